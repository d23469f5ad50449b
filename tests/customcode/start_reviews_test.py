import json
import unittest

from lambda_functions.start_reviews.handler import start

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:reviews"


class FakeStepFunctions:
    """Keeps what it is asked; names in `taken` have run before."""

    class exceptions:
        class ExecutionAlreadyExists(Exception):
            pass

    def __init__(self, taken=()):
        self.taken = set(taken)
        self.requests = []

    def start_execution(self, **request):
        self.requests.append(request)
        if request.get("name") in self.taken:
            raise self.exceptions.ExecutionAlreadyExists()
        return {"executionArn": f"arn:{len(self.requests)}"}


def sns(*messages):
    return {
        "Records": [
            {"EventSource": "aws:sns", "Sns": {"MessageId": f"id-{i}", "Message": message}}
            for i, message in enumerate(messages)
        ]
    }


class StartReviews(unittest.TestCase):
    def test_a_payload_is_the_input(self):
        client = FakeStepFunctions()
        payload = {"reviews": [{"stars": 5, "text": "schön"}]}
        self.assertEqual(start(client, MACHINE, payload), ["arn:1"])
        (request,) = client.requests
        self.assertEqual(request["stateMachineArn"], MACHINE)
        self.assertEqual(json.loads(request["input"]), payload)
        self.assertNotIn("name", request)

    def test_no_records_is_a_payload(self):
        client = FakeStepFunctions()
        start(client, MACHINE, {"Records": []})
        self.assertEqual(json.loads(client.requests[0]["input"]), {"Records": []})

    def test_each_message_starts_its_own(self):
        client = FakeStepFunctions()
        self.assertEqual(start(client, MACHINE, sns('{"a": 1}', '{"a": 2}')), ["arn:1", "arn:2"])
        self.assertEqual([r["name"] for r in client.requests], ["id-0", "id-1"])
        self.assertEqual([json.loads(r["input"]) for r in client.requests], [{"a": 1}, {"a": 2}])

    def test_a_message_delivered_twice_runs_once(self):
        client = FakeStepFunctions(taken=["id-0"])
        self.assertEqual(start(client, MACHINE, sns("{}", "{}")), ["arn:2"])

    def test_a_message_that_is_not_json_starts_nothing(self):
        client = FakeStepFunctions()
        with self.assertRaisesRegex(ValueError, "message id-1 is not JSON"):
            start(client, MACHINE, sns("{}", "five stars"))
        self.assertEqual(client.requests, [])

    def test_a_record_of_another_service(self):
        event = {"Records": [{"eventSource": "aws:s3", "s3": {}}]}
        with self.assertRaisesRegex(ValueError, "'aws:s3'; expected one of SNS"):
            start(FakeStepFunctions(), MACHINE, event)


if __name__ == "__main__":
    unittest.main()
