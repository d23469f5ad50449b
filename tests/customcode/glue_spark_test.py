"""The same driver on Spark itself. Skipped where there is none."""

import tempfile
import unittest
from pathlib import Path

import glue_sqlite  # noqa: F401  the driver's folder
from glue_quality_test import COLUMNS, NUMBERS, ROWS
from stepwright_glue.job import Job, Step
from stepwright_glue.runner import run_job

try:
    import pyspark  # noqa: F401
except ImportError:
    pyspark = None


@unittest.skipUnless(pyspark, "there is no pyspark")
class Spark(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        from stepwright_glue.spark import SparkEngine

        cls.engine = SparkEngine({}, Job("test", []))

    def test_numbers(self):
        from stepwright_glue.quality import Builder

        self.engine.register("t", self.engine.make(COLUMNS, ROWS))
        builder = Builder(self.engine.dialect, "t")
        for check, params, want in NUMBERS:
            with self.subTest(check=check, params=params):
                constraint, = builder.constraints(check, params)
                self.assertAlmostEqual(self.engine.value(constraint.query), want)

    def test_a_job(self):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "people.csv"
            source.write_text("id,first name,age\n1,Ada,36\n2,Bob,\n")
            job = Job("job", [
                Step("people", "file", {"path": str(source), "options": {
                    "format": "csv", "header": True, "inferSchema": True}}),
                Step("plain", "rename_whitespace_cols", {"target": "people"}),
                Step("hidden", "obfuscate", {"target": "plain", "obfuscate_cols": ["first_name"]}),
                Step("p", "profiling", {"from": "plain", "bucketdf_name": "b"}),
                Step("none", "assertion", {"sql": "SELECT * FROM plain WHERE id IS NULL"}),
            ])
            run_job(job, self.engine)
            self.assertEqual(self.engine.fetch("SELECT first_name FROM hidden ORDER BY id"), [
                ("1a382809b7c03f686e12dd15677c5497",), ("2fc1c0beb992cd7096975cfebf9d5c3b",)])
            self.assertEqual(self.engine.value("SELECT COUNT(*) FROM p"), 3)


if __name__ == "__main__":
    if pyspark:
        unittest.main()
    print("skipped: there is no pyspark")
