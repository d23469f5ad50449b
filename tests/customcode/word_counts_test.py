import io
import json
import unittest

from batch.word_counts.count import count, run


class Body(io.BytesIO):
    def iter_lines(self):
        return iter(self.read().splitlines())


class FakeS3:
    """As much of S3's client as the job uses."""

    def __init__(self, objects):
        self.objects = objects

    def get_paginator(self, action):
        assert action == "list_objects_v2"
        return self

    def paginate(self, Bucket, Prefix):
        keys = [key for key in self.objects if key.startswith(Prefix)]
        return [{"Contents": [{"Key": key}]} for key in keys] + [{}]

    def get_object(self, Bucket, Key):
        return {"Body": Body(self.objects[Key])}

    def put_object(self, Bucket, Key, Body):
        self.objects[Key] = Body


class WordCounts(unittest.TestCase):
    def test_counts(self):
        lines = ['{"text": "Good good bad"}', "", '{"stars": 3}', '{"text": "a bad"}']
        self.assertEqual(list(count(lines).items()), [("bad", 2), ("good", 2), ("a", 1)])

    def test_only_the_day(self):
        store = FakeS3({"clean/2030-01-01/a.json": b'{"text": "one"}\n{"text": "two"}\n',
                        "clean/2030-01-01/b.json": b'{"text": "two"}',
                        "clean/2030-01-02/a.json": b'{"text": "three"}'})
        self.assertEqual(run(store, "bucket", "2030-01-01"), 2)
        self.assertEqual(json.loads(store.objects["words/2030-01-01.json"]), {"two": 2, "one": 1})


if __name__ == "__main__":
    unittest.main()
