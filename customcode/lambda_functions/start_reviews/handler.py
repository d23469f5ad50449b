"""Starts the pipeline: from a schedule, from a message on an SNS topic, or by hand.

A schedule's payload, or any other event, becomes the input of the execution. A message is the
input itself, as JSON; each message of an event starts an execution of its own, named after the
message, so that one that SNS delivers twice runs once.
"""

import json
import os

MACHINE = "PIPELINE_STATE_MACHINE_ARN"


def executions(event):
    """The executions that an event asks for, as (name or None, input)."""
    records = event.get("Records") if isinstance(event, dict) else None
    if not records:
        return [(None, event)]
    found = []
    for record in records:
        message = record.get("Sns")
        if message is None:
            source = record.get("EventSource") or record.get("eventSource")
            raise ValueError(f"cannot start from a record of {source!r}; expected one of SNS")
        try:
            payload = json.loads(message["Message"])
        except json.JSONDecodeError as error:
            raise ValueError(f"message {message['MessageId']} is not JSON: {error}") from error
        found.append((message["MessageId"], payload))
    return found


def start(client, machine, event):
    """Starts what the event asks for; returns the ARNs of the executions that are new."""
    started = []
    for name, payload in executions(event):
        request = {"stateMachineArn": machine, "input": json.dumps(payload)}
        if name is not None:
            request["name"] = name
        try:
            started.append(client.start_execution(**request)["executionArn"])
        except client.exceptions.ExecutionAlreadyExists:
            print(f"{name} has run already")
    return started


def handler(event, context):
    import boto3  # Lambda has it; the tests do without

    return {"executions": start(boto3.client("stepfunctions"), os.environ[MACHINE], event)}
