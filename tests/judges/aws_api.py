"""Holds every task's Parameters against the service's API as botocore knows it: unknown and missing
members, types, words of enumerations, lengths, patterns. What is only known at run time, and
placeholders, may be anything.   aws_api.py MACHINE.asl.json..."""
import json
import re
import sys

import botocore.session

# Names of integrations that botocore knows under another name.
SERVICES = {"cloudwatchlogs": "logs", "eventbridge": "events", "sfn": "stepfunctions", "states": "stepfunctions"}
# Members whose text the optimised integrations make out of any JSON.
JSON = {"sns.Message", "sqs.MessageBody", "events.Entries[].Detail", "states.Input", "lambda.Payload"}
# What has no model of that name, or is sent in another shape.
SKIP = {"http", "apigateway", "eks", "emr-containers", "bedrock", "mediaconvert"}
loader = botocore.session.get_session()
models, faults, tasks = {}, [], 0


def operation(service, action):
    name = SERVICES.get(service, service)
    if name not in models:
        models[name] = loader.get_service_model(name)
    by_name = {n.lower(): n for n in models[name].operation_names}
    found = by_name.get(action.lower())
    return models[name].operation_model(found) if found else None


def check_scalar(value, shape, where):
    kind = shape.type_name
    if re.sub(r"\[\d+\]", "[]", where.split("|")[-1]) in JSON:
        return
    if kind in ("string", "timestamp", "blob"):
        if not isinstance(value, str):
            faults.append(f"{where}: {value!r} is no string")
        elif "${" not in value:
            if getattr(shape, "enum", None) and value not in shape.enum:
                faults.append(f"{where}: {value!r} is none of {shape.enum[:12]}")
            limit = shape.metadata.get("max")
            if limit and len(value) > limit:
                faults.append(f"{where}: longer than {limit}")
            pattern = shape.metadata.get("pattern")
            try:
                if pattern and "\\u" not in pattern and "\\p" not in pattern and not re.fullmatch(pattern, value, re.S):
                    faults.append(f"{where}: {value!r} is not {pattern}")
            except re.error:
                pass
    elif kind == "boolean":
        if not isinstance(value, bool):
            faults.append(f"{where}: {value!r} is no boolean")
    elif kind in ("integer", "long", "float", "double"):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            faults.append(f"{where}: {value!r} is no number")
        elif value < shape.metadata.get("min", value) or value > shape.metadata.get("max", value):
            faults.append(f"{where}: {value!r} is out of range")


def check(value, shape, where):
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            faults.append(f"{where}: no structure")
            return
        members = {n.lower(): n for n in shape.members}
        given = set()
        for key, inner in value.items():
            plain = key[:-2] if key.endswith(".$") else key
            name = members.get(plain.lower())
            if not name or name[1:] != plain[1:]:
                faults.append(f"{where}.{plain}: unknown")
                continue
            given.add(name)
            if not key.endswith(".$"):
                check(inner, shape.members[name], f"{where}.{plain}")
        for name in shape.required_members:
            # Step Functions fills in the tokens that make a call idempotent.
            if name not in given and not shape.members[name].metadata.get("idempotencyToken"):
                faults.append(f"{where}.{name}: missing")
    elif kind == "list":
        if not isinstance(value, list):
            faults.append(f"{where}: no list")
            return
        if not shape.metadata.get("min", 0) <= len(value) <= shape.metadata.get("max", len(value)):
            faults.append(f"{where}: {len(value)} items")
        for i, inner in enumerate(value):
            check(inner, shape.member, f"{where}[{i}]")
    elif kind == "map":
        for key, inner in value.items():
            if not key.endswith(".$"):
                check(inner, shape.value, f"{where}.{key}")
    else:
        check_scalar(value, shape, where)


def walk(states, file):
    global tasks
    for name, state in states.items():
        for branch in state.get("Branches", []):
            walk(branch["States"], file)
        for key in ("ItemProcessor", "Iterator"):
            if key in state:
                walk(state[key]["States"], file)
        match = re.fullmatch(r"arn:[^:]*:states:::(aws-sdk:)?([a-z0-9-]+):([A-Za-z0-9]+)(\.[a-zA-Z:0-9]+)?", str(state.get("Resource")))
        if not match or match[2] in SKIP or "Parameters" not in state:
            continue
        try:
            op = operation(match[2], match[3])
        except botocore.exceptions.UnknownServiceError:
            continue
        where = f"{file}: {name}: {match[3]} "
        if not op:
            faults.append(f"{where}: {match[2]} has no such action")
            continue
        tasks += 1
        check(state["Parameters"], op.input_shape, f"{where}|{match[1] or ''}{match[2]}")


for path in sys.argv[1:]:
    with open(path) as f:
        text = f.read()
    if text.strip():
        walk(json.loads(text).get("States", {}), path.split("/")[-2])
print(f"{tasks} tasks, {len(faults)} faults", *faults, sep="\n")
sys.exit(bool(faults) or not tasks)
