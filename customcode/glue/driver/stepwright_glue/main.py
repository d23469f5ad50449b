"""The entry point: arguments, job file, Spark; then the steps."""

import logging

from stepwright_glue.job import JobError, parse_arguments, read_job
from stepwright_glue.runner import run_job


def read_place(place):
    """The text at s3://bucket/key, or in a local file."""
    if not place.startswith("s3://"):
        with open(place, encoding="utf-8") as file:
            return file.read()
    import boto3

    bucket, _, key = place[len("s3://"):].partition("/")
    return boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode("utf-8")


def main(argv):
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    arguments = parse_arguments(argv)
    if "JOB_FILE" not in arguments:
        raise JobError("the argument --JOB_FILE is missing")
    job = read_job(read_place(arguments["JOB_FILE"]), arguments)

    from stepwright_glue.spark import SparkEngine

    engine = SparkEngine(arguments, job)
    run_job(job, engine)
    engine.commit()
