def handler(event, context):
    return {"from": "alone"}
