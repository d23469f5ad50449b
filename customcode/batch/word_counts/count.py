"""Counts the words of a day's reviews: reads JSON lines below clean/<day>/, writes words/<day>.json.

    python count.py --day 2030-01-01 s3://bucket
"""

import argparse
import json
from collections import Counter


def count(lines):
    """Words of the reviews' texts, most frequent first; of equal ones the first in the alphabet."""
    counts = Counter()
    for line in lines:
        if line.strip():
            counts.update(json.loads(line).get("text", "").lower().split())
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def lines_below(client, bucket, prefix):
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Contents", []):
            body = client.get_object(Bucket=bucket, Key=found["Key"])["Body"]
            for line in body.iter_lines():
                yield line.decode()


def run(client, bucket, day):
    counts = count(lines_below(client, bucket, f"clean/{day}/"))
    client.put_object(Bucket=bucket, Key=f"words/{day}.json", Body=json.dumps(counts).encode())
    return len(counts)


def main(argv=None):
    parser = argparse.ArgumentParser(description="Counts the words of a day's reviews.")
    parser.add_argument("bucket", help="s3://bucket")
    parser.add_argument("--day", required=True)
    arguments = parser.parse_args(argv)
    import boto3  # the image has it; the tests do without

    bucket = arguments.bucket.removeprefix("s3://").strip("/")
    print(run(boto3.client("s3"), bucket, arguments.day), "words")


if __name__ == "__main__":
    main()
