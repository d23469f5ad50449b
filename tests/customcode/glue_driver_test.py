"""The Glue driver: reading jobs, order, handlers, against SQLite."""

import json
import re
import sys
import types
import unittest
from pathlib import Path

from glue_sqlite import ROOT, SqliteEngine
from stepwright_glue.handlers import HANDLERS
from stepwright_glue.handlers.inputs import glue_options, part_name
from stepwright_glue.handlers.outputs import partitions_of
from stepwright_glue.handlers.rules import breaks
from stepwright_glue.job import Job, JobError, Step, fill_in, parse_arguments, read_job
from stepwright_glue.runner import Context, StepFailed, run_job

PEOPLE = (["id", "first name", "age"], [(1, "Ada", 36), (2, "Bob", None), (3, "Ada", 50)])


def run(steps, engine=None, **job):
    engine = engine or SqliteEngine()
    made = Job("job", [Step(*s) for s in steps], **job)
    return engine, run_job(made, engine)


class Reading(unittest.TestCase):
    def test_arguments(self):
        argv = ["--JOB_FILE", "s3://b/k", "--day=2030-01-01", "--flag", "--n", "3", "stray"]
        self.assertEqual(parse_arguments(argv), {"JOB_FILE": "s3://b/k", "day": "2030-01-01",
                                                 "flag": "", "n": "3"})

    def test_fill_in(self):
        value = {"a": ["${x}-${y}", 5, None, {"b": "$x ${x}"}], "c": "${"}
        self.assertEqual(fill_in(value, {"x": "1", "y": "2"}),
                         {"a": ["1-2", 5, None, {"b": "$x 1"}], "c": "${"})
        with self.assertRaisesRegex(JobError, "without the argument --z"):
            fill_in("${z}", {})

    def test_read_job(self):
        text = json.dumps({"version": 1, "job": "j", "pipeline": "p-dev", "stage": "dev",
                           "arguments": ["day"], "steps": [{
                               "name": "a", "type": "mock", "at": "x.yaml:3",
                               "config": {"message": "on ${day}"}}]})
        job = read_job(text, {"day": "monday", "JOB_NAME": "j"})
        self.assertEqual(job.steps[0].config, {"message": "on monday"})
        self.assertEqual(str(job.steps[0]), "step 'a' [mock] (x.yaml:3)")
        self.assertEqual(job.arguments, {"day": "monday"})
        with self.assertRaisesRegex(JobError, "--day"):
            read_job(text, {})
        with self.assertRaisesRegex(JobError, "version 2"):
            read_job(text.replace('"version": 1', '"version": 2'), {})


class Running(unittest.TestCase):
    def test_order_and_failure(self):
        engine = SqliteEngine({"s3://b/people": PEOPLE})
        read = ("people", "file", {"path": "s3://b/people", "options": {"format": "csv"}})
        with self.assertRaisesRegex(StepFailed, r"step 'bad' \[query\] \(x.yaml:9\): .*nothing"):
            run([read, ("bad", "query", {"sql": "SELECT * FROM nothing"}, "x.yaml:9"),
                 ("after", "udf", {"module": "never_loaded"})], engine)
        with self.assertRaisesRegex(StepFailed, "the driver knows no such type"):
            run([("a", "sparkle", {})])

    def test_context(self):
        context = Context(SqliteEngine(), Job("j", []))
        with self.assertRaisesRegex(JobError, "no step made a table 'x'"):
            context.frame("x")
        engine = context.engine
        context.add_family("raw", {"a": engine.make(["i"], [(1,)]), "b": engine.make(["i"], [])})
        self.assertEqual(sorted(context.frames), ["raw_a", "raw_b"])
        with self.assertRaisesRegex(JobError, "several tables; name one: raw_a, raw_b"):
            context.frame("raw")

    def test_mock(self):
        with self.assertLogs("stepwright_glue", "INFO") as said:
            _, context = run([("hello", "mock", {"message": "50% of ${x} done"}), ("still", "mock", {})])
        self.assertEqual([record.getMessage() for record in said.records
                          if record.funcName == "mock"], ["50% of ${x} done", ""])
        self.assertEqual(context.frames, {})

    def test_udf(self):
        module = types.ModuleType("udf_of_a_test")
        seen = []

        def clean(spark, ref):
            seen.append((spark, ref("people")))
            return engine.sql(f"SELECT id FROM {ref('people')} WHERE age > 40")

        module.clean = clean
        module.udf = lambda spark, ref: None
        sys.modules["udf_of_a_test"] = module
        engine = SqliteEngine({"s3://b/people": PEOPLE})
        read = ("people", "file", {"path": "s3://b/people"})
        _, context = run([read, ("old", "udf", {"module": "udf_of_a_test", "function": "clean"}),
                          ("nothing", "udf", {"module": "udf_of_a_test"})], engine)
        self.assertEqual(seen, [("spark itself", "people")])
        self.assertEqual(engine.fetch("SELECT id FROM old"), [(3,)])
        self.assertNotIn("nothing", context.frames)


class Inputs(unittest.TestCase):
    def test_s3(self):
        engine = SqliteEngine({"s3://b/p": PEOPLE})
        run([("people", "s3", {"bucket": "b", "prefix": "p", "multiprefix": False,
                               "read_method": "glue", "options": {"format": "csv", "sep": ";"}})],
            engine)
        self.assertEqual(engine.named("read"), [("s3://b/p", "csv", {"sep": ";"}, "glue", "people")])
        self.assertEqual(engine.value("SELECT COUNT(*) FROM people"), 3)

    def test_several_prefixes(self):
        engine = SqliteEngine({"s3://b/raw/a/": PEOPLE, "s3://b/raw/b 1/": PEOPLE},
                              {"b/raw/": ["raw/a/", "raw/b 1/"]})
        run([("raw", "s3", {"bucket": "b", "prefix": "raw/", "multiprefix": True}),
             ("store", "materialize", {"target": "raw", "multiprefix": True, "database": "lake",
                                       "bucket": "b", "prefix": "out", "table": "raw",
                                       "out_table_name_prefix": "t_", "mode": "append",
                                       "partitions": {"b1": "age"},
                                       "options": {"format": "parquet"}})], engine)
        saved = [how for _, how in engine.named("save_table")]
        self.assertEqual([(h["table"], h["path"], h["partitions"], h["mode"]) for h in saved],
                         [("t_a", "s3://b/out/a", [], "append"),
                          ("t_b1", "s3://b/out/b1", ["age"], "append")])
        self.assertEqual(engine.value("SELECT COUNT(*) FROM store_b1"), 3)

    def test_names_and_options(self):
        self.assertEqual(part_name("raw/2030 a-b/"), "2030ab")
        self.assertEqual(glue_options("csv", {"header": True, "sep": ";", "inferSchema": True}),
                         {"withHeader": True, "separator": ";"})
        self.assertEqual(glue_options("json", {"jsonPath": "$.a"}), {"jsonPath": "$.a"})


class Tables(unittest.TestCase):
    def setUp(self):
        self.engine = SqliteEngine({"s3://b/people": PEOPLE})
        self.read = ("people", "file", {"path": "s3://b/people"})

    def test_columns(self):
        run([self.read, ("plain", "rename_whitespace_cols", {"target": "people"}),
             ("hidden", "obfuscate", {"target": "plain", "obfuscate_cols": ["first_name", "age"]})],
            self.engine)
        self.assertEqual(self.engine.fetch("SELECT * FROM hidden")[:2], [
            (1, "1a382809b7c03f686e12dd15677c5497", "19ca14e7ea6328a42e0eb13d585e4c22"),
            (2, "2fc1c0beb992cd7096975cfebf9d5c3b", None)])
        with self.assertRaisesRegex(StepFailed, "has no column email"):
            run([self.read, ("h", "obfuscate", {"target": "people", "obfuscate_cols": ["email"]})],
                self.engine)

    def test_clashing_columns(self):
        engine = SqliteEngine({"s3://b/x": (["a b", "a_b"], [])})
        with self.assertRaisesRegex(StepFailed, "two columns a_b"):
            run([("x", "file", {"path": "s3://b/x"}),
                 ("y", "rename_whitespace_cols", {"target": "x"})], engine)

    def test_materialize(self):
        config = {"target": "people", "database": "lake", "table": "people", "path": "s3://b/out/",
                  "mode": "overwrite", "partitions": ["age"], "num_out_files": 2, "header": False,
                  "delimiter": ";", "description": "People", "options": {"format": "csv"}}
        run([self.read, ("store", "materialize", config)], self.engine)
        (rows, how), = self.engine.named("save_table")
        self.assertEqual(len(rows), 3)
        self.assertEqual(how, {"database": "lake", "table": "people", "path": "s3://b/out/",
                               "format_name": "csv", "options": {"header": False, "delimiter": ";"},
                               "mode": "overwrite", "partitions": ["age"], "files": 2})
        self.assertEqual(self.engine.named("describe_table"), [("lake", "people", "People")])

    def test_nothing_to_materialize(self):
        run([self.read, ("none", "query", {"sql": "SELECT * FROM people WHERE id > 9"}),
             ("store", "materialize", {"target": "none", "database": "lake", "table": "none",
                                       "path": "s3://b/o", "options": {"format": "parquet"},
                                       "description": "None"})], self.engine)
        self.assertEqual(self.engine.named("save_table"), [])
        self.assertEqual(self.engine.named("describe_table"), [])

    def test_partitions(self):
        self.assertEqual(partitions_of("a", "t"), ["a"])
        self.assertEqual(partitions_of({"t": ["a", "b"]}, "t"), ["a", "b"])
        self.assertEqual(partitions_of({"u": "a"}, "t"), [])
        self.assertEqual(partitions_of(None, "t"), [])

    def test_convert(self):
        self.engine.files["s3://b/in"] = PEOPLE
        run([("p", "convert_to_parquet", {"input_format": "csv", "input_bucket": "b",
                                          "input_key": "in", "output_bucket": "c",
                                          "output_key": "out", "partitions": 4,
                                          "options": {"sep": ";"}})], self.engine)
        self.assertEqual(self.engine.named("read")[0][1:4],
                         ("csv", {"header": True, "inferSchema": True, "sep": ";"}, "spark"))
        self.assertEqual(self.engine.named("save_files")[0][1:], ("s3://c/out", "parquet", 4))


class Rules(unittest.TestCase):
    def setUp(self):
        self.engine = SqliteEngine({"s3://b/people": PEOPLE})
        self.read = ("people", "file", {"path": "s3://b/people"})

    def test_breaks(self):
        cases = [(0, "gt", 0, False), (1, "gt", 0, True), (0, "eq", 0, True), (1, "eq", 0, False),
                 (4, "lt", 5, True), (5, "lt", 5, False), (5, "lte", 5, True), (5, "gte", 6, False)]
        for rows, sign, value, want in cases:
            with self.subTest(rows=rows, sign=sign, value=value):
                self.assertEqual(breaks(rows, sign, value), want)

    def test_assertion(self):
        run([self.read, ("fine", "assertion", {"sql": "SELECT * FROM people WHERE id IS NULL"})],
            self.engine)
        with self.assertRaisesRegex(StepFailed, "the query has 1 rows, and fails for gt 0"):
            run([self.read, ("no", "assertion", {"sql": "SELECT * FROM people WHERE age IS NULL",
                                                 "sign": "gt", "value": 0})], self.engine)

    def test_metric(self):
        run([self.read, ("m", "metric", {
            "sql": "SELECT *, \"first name\" AS name FROM people",
            "dimensions": [{"name": "name"}],
            "measures": [{"name": "mean", "sql": "age", "type": "avg"},
                         {"name": "old", "filters": [{"sql": "age > 40"}]}]})], self.engine)
        self.assertEqual(sorted(self.engine.named("publish"), key=str), [
            ("m/mean", 43.0, {"name": "Ada"}), ("m/old", 0.0, {"name": "Bob"}),
            ("m/old", 1.0, {"name": "Ada"})])
        self.assertEqual(self.engine.fetch("SELECT name, old FROM m ORDER BY name"),
                         [("Ada", 1), ("Bob", 0)])

    def test_profile(self):
        run([self.read, ("p", "profiling", {"from": "people", "bucketdf_name": "b",
                                            "database": "lake", "table": "people"})], self.engine)
        rows = {r[0]: r for r in self.engine.fetch(
            'SELECT "column", dataType, completeness, mean_col, minimum, approxQ2, "table" FROM p')}
        self.assertEqual(rows["id"][1:], ("int", 1.0, 2.0, 1.0, 2.0, "people"))
        self.assertEqual(rows["first name"][1:5], ("string", 1.0, None, None))
        self.assertAlmostEqual(rows["age"][2], 2 / 3)
        self.assertEqual(self.engine.fetch(
            "SELECT value_str, count_col FROM b WHERE column_name = 'first name'"),
            [("Ada", 2.0), ("Bob", 1.0)])
        self.assertEqual(self.engine.value(
            "SELECT COUNT(*) FROM b WHERE metric_type = 'approxPercentile' "
            "AND column_name = 'age'"), 100)


class Agreement(unittest.TestCase):
    """The compiler's output is the driver's input."""

    def test_types(self):
        expect = ROOT / "tests/engines/glue_job/handlers/expect/pipeline.all.glue.json"
        job = read_job(expect.read_text(), {"day": "monday", "bucket": "b"})
        self.assertEqual({s.type for s in job.steps} | {"query"}, set(HANDLERS))
        self.assertEqual(job.steps[-1].config["message"], "done for monday")

    def test_the_compiler_knows_the_same_types(self):
        table = (ROOT / "engines/glue/handlers.c").read_text()
        table = table[table.index("glue_handlers[] = {"):]
        known = re.findall(r'^    {\s*"(\w+)"', table, re.MULTILINE)
        self.assertEqual(sorted(known), sorted(HANDLERS))

    def test_the_readme_knows_the_same_types(self):
        readme = (ROOT / "customcode/glue/README.md").read_text()
        table = readme[readme.index("| type | does |"):].split("\n\n")[0]
        self.assertEqual(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE), list(HANDLERS))

    def test_every_type_is_run(self):
        text = "".join(file.read_text() for file in Path(__file__).parent.glob("glue_*_test.py"))
        for name in HANDLERS:
            if not re.search(rf'\("\w+", "{name}", {{', text):
                self.fail(f"no test runs a step of type {name}")

    def test_a_compiled_job_runs(self):
        expect = ROOT / "tests/engines/glue_job/full/expect/pipeline.ingest.glue.json"
        job = read_job(expect.read_text(), {"day": "monday", "n": "3"})
        airlines = (["id", "country", "day"], [(1, "FR", "monday"), (2, "XX", "monday"),
                                               (3, "FR", "tuesday")])
        engine = SqliteEngine({"s3://lake-bucket/raw/airlines/monday/": airlines})
        engine.db.execute("ATTACH ':memory:' AS lake_dev")
        engine.db.execute("CREATE TABLE lake_dev.countries (code)")
        engine.db.execute("INSERT INTO lake_dev.countries VALUES ('FR')")
        run_job(job, engine)
        (rows, how), = engine.named("save_table")
        self.assertEqual(rows, [(1, "FR", "monday")])
        self.assertEqual((how["database"], how["table"], how["path"]),
                         ("lake_dev", "airlines", "s3://lake-bucket/clean/airlines"))


if __name__ == "__main__":
    unittest.main()
