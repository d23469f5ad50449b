"""Data quality: each check's number, against SQLite, and what becomes of failures."""

import unittest

from glue_sqlite import SqliteEngine
from stepwright_glue.job import Job, Step
from stepwright_glue.quality import CHECKS, EACH, Builder, holds
from stepwright_glue.runner import StepFailed, run_job

COLUMNS = ["id", "a", "b", "name", "code", "one"]
ROWS = [
    (1, 1.0, 2.0, "Ada", "12", 1),
    (2, 2.0, 4.0, "Bob", "1.5", 1),
    (3, 3.0, 6.0, "Ada", "true", 1),
    (4, None, 8.0, None, None, 1),
]

# check, parameters, the number
NUMBERS = [
    ("hasSize", {}, 4),
    ("isComplete", {"column": "name"}, 0.75),
    ("hasCompleteness", {"column": "id"}, 1.0),
    ("isUnique", {"column": "id"}, 1.0),
    ("isUnique", {"column": "name"}, 1 / 3),
    ("isPrimaryKey", {"columns": ["id", "name"]}, 1.0),
    ("hasUniqueness", {"columns": "one"}, 0.0),
    ("hasDistinctness", {"columns": ["name"]}, 2 / 3),
    ("hasUniqueValueRatio", {"columns": ["name"]}, 0.5),
    ("hasNumberOfDistinctValues", {"column": "name"}, 2),
    ("hasApproxCountDistinct", {"column": "id"}, 4),
    ("hasApproxQuantile", {"column": "b", "quantile": 0.5}, 4.0),
    ("hasMinLength", {"column": "code"}, 2),
    ("hasMaxLength", {"column": "code"}, 4),
    ("hasMin", {"column": "a"}, 1.0),
    ("hasMax", {"column": "a"}, 3.0),
    ("hasMean", {"column": "a"}, 2.0),
    ("hasSum", {"column": "b"}, 20.0),
    ("hasStandardDeviation", {"column": "b"}, 5 ** 0.5),
    ("hasCorrelation", {"columnA": "id", "columnB": "b"}, 1.0),
    ("satisfies", {"columnCondition": "a + b > 5", "constraintName": "x"}, 0.5),
    ("hasPattern", {"column": "name", "pattern": "^A"}, 0.5),
    ("hasDataType", {"column": "code", "dataType": "integer"}, 1 / 3),
    ("hasDataType", {"column": "code", "dataType": "fractional"}, 1 / 3),
    ("hasDataType", {"column": "code", "dataType": "numeric"}, 2 / 3),
    ("hasDataType", {"column": "code", "dataType": "boolean"}, 1 / 3),
    ("hasDataType", {"column": "code", "dataType": "string"}, 0.0),
    ("hasDataType", {"column": "code", "dataType": "null"}, 0.25),
    ("isPositive", {"column": "a"}, 1.0),
    ("isNonNegative", {"column": "b"}, 1.0),
    ("isLessThan", {"columnA": "a", "columnB": "b"}, 0.75),
    ("isLessThanOrEqualTo", {"columnA": "id", "columnB": "b"}, 1.0),
    ("isGreaterThan", {"columnA": "b", "columnB": "id"}, 1.0),
    ("isGreaterThanOrEqualTo", {"columnA": "id", "columnB": "b"}, 0.0),
    ("isContainedIn", {"column": "name", "allowedValues": ["Ada", "it's"]}, 0.75),
    ("isInInterval", {"column": "b", "lowerBound": 2, "upperBound": 8}, 1.0),
    ("isInInterval", {"column": "b", "lowerBound": 2, "upperBound": 8, "includeLowerBound": False,
                      "includeUpperBound": False}, 0.5),
    ("all_between", {"columns": ["a"], "lowerBound": 1, "upperBound": 2}, 0.5),
    ("all_between", {"columns": ["a"], "lowerBound": 1, "upperBound": 2, "null_value": "discard"},
     0.75),
    ("have_completeness", {"columns": ["a"]}, 0.75),
    ("all_positives", {"columns": ["b"]}, 1.0),
    ("all_non_negatives", {"columns": ["a"]}, 1.0),
]


def checked(groups):
    engine = SqliteEngine({"s3://b/t": (COLUMNS, ROWS)})
    job = Job("j", [Step("t", "file", {"path": "s3://b/t"}),
                    Step("q", "deequ", {"from": "t", "checkgroups": groups})])
    return engine, job


class Quality(unittest.TestCase):
    def test_numbers(self):
        engine = SqliteEngine()
        engine.add("t", COLUMNS, ROWS)
        builder = Builder(engine.dialect, "t")
        for check, params, want in NUMBERS:
            with self.subTest(check=check, params=params):
                constraint, = builder.constraints(check, params)
                self.assertAlmostEqual(engine.value(constraint.query), want)

    def test_every_check_has_a_case(self):
        self.assertEqual({n[0] for n in NUMBERS}, set(CHECKS) | set(EACH))

    def test_assertions(self):
        cases = [({"op": "eq", "value": 1}, 1, True), ({"value": 1}, 2, False),
                 ({"op": "neq", "value": 1}, 2, True), ({"op": "gt", "value": 1}, 1, False),
                 ({"op": "gte", "value": 1}, 1, True), ({"op": "lt", "value": 1}, 0.5, True),
                 ({"op": "lte", "value": 1}, 1.5, False),
                 ({"op": "between", "lowerBound": 1, "upperBound": 2}, 2, True),
                 ({"op": "between", "upperBound": 2}, -1, False), ({"value": 1}, None, False)]
        for assertion, value, want in cases:
            with self.subTest(assertion=assertion, value=value):
                self.assertEqual(holds(assertion, value), want)

    def test_warning(self):
        engine, job = checked([{"checkgroup": "names", "error_level": "warning", "checks": [
            {"check": "isComplete", "params": {"column": "name"}},
            {"check": "isUnique", "params": {"column": "id"}}]}])
        run_job(job, engine)
        self.assertEqual(engine.fetch(
            'SELECT "check", check_level, check_status, "constraint", constraint_status, '
            'constraint_message FROM q'), [
            ("names", "Warning", "Warning", "isComplete(name)", "Failure",
             "value 0.75 is not eq 1"),
            ("names", "Warning", "Warning", "isUnique(id)", "Success", "")])

    def test_error(self):
        engine, job = checked([{"error_level": "error", "checks": [
            {"check": "have_completeness", "params": {"columns": ["id", "a"], "assertion": {
                "op": "gte", "value": 0.9}}}]}])
        with self.assertRaisesRegex(StepFailed, r"have_completeness\(a\): value 0.75 is not gte"):
            run_job(job, engine)
        self.assertEqual(engine.value("SELECT COUNT(*) FROM q"), 2)


if __name__ == "__main__":
    unittest.main()
