"""assertion, deequ, profiling, metric: what is known of tables."""

import logging

from stepwright_glue.metrics import metric_query
from stepwright_glue.profile import BUCKET_COLUMNS, PROFILE_COLUMNS, profile_table
from stepwright_glue.quality import run_checks

log = logging.getLogger("stepwright_glue")

RESULT_COLUMNS = ["check", "check_level", "check_status", "constraint", "constraint_status",
                  "constraint_message"]


class AssertionFailed(Exception):
    """The data is not as the job's author wants it."""


def breaks(rows, sign, value):
    """Whether that many rows are what the assertion is against."""
    return {"lt": rows < value, "gt": rows > value, "lte": rows <= value, "gte": rows >= value,
            "eq": rows == value}[sign]


def assertion(step, context):
    sign, value = step.config.get("sign", "gt"), step.config.get("value", 0)
    rows = context.engine.value(f"SELECT COUNT(*) FROM ({step.config['sql']}) q")
    if breaks(rows, sign, value):
        raise AssertionFailed(f"the query has {rows} rows, and fails for {sign} {value}")


def deequ(step, context):
    table = step.config["from"]
    context.frame(table)
    outcomes = run_checks(context.engine, table, step.config["checkgroups"], step.name)
    worst = {}
    for o in outcomes:
        bad = "Error" if o.level == "error" else "Warning"
        worst.setdefault(o.group, "Success")
        if not o.passed:
            worst[o.group] = "Error" if "Error" in (bad, worst[o.group]) else bad
            log.warning("%s: %s: %s", step, o.constraint, o.message)
    rows = [[o.group, o.level.capitalize(), worst[o.group], o.constraint,
             "Success" if o.passed else "Failure", o.message] for o in outcomes]
    context.add(step.name, context.engine.make(RESULT_COLUMNS, rows))
    failed = [o for o in outcomes if not o.passed and o.level == "error"]
    if failed:
        raise AssertionFailed("; ".join(f"{o.constraint}: {o.message}" for o in failed))


def profiling(step, context):
    config = step.config
    types = context.engine.types(context.frame(config["from"]))
    profiles, buckets = profile_table(context.engine, config["from"], types,
                                      config.get("database", ""), config.get("table", ""))
    context.add(step.name, context.engine.make(PROFILE_COLUMNS, profiles))
    context.add(config["bucketdf_name"], context.engine.make(BUCKET_COLUMNS, buckets))


def metric(step, context):
    config = step.config
    query, dimensions, measures = metric_query(context.engine.dialect, config["sql"],
                                               config.get("dimensions"), config.get("measures"))
    context.add(step.name, context.engine.sql(query))
    for row in context.engine.fetch(query):
        split = dict(zip(dimensions, row))
        for name, value in zip(measures, row[len(dimensions):]):
            if value is not None:
                context.engine.publish(f"{step.name}/{name}", float(value), split)
