def handler(event, context):
    return {"from": "shared"}
