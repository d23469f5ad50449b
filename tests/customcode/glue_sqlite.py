"""SQLite in Spark's place: what the Glue driver does by SQL really happens, without Spark."""

import hashlib
import math
import re
import sqlite3
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "customcode" / "glue" / "driver"))

from stepwright_glue.sql import Dialect  # noqa: E402


class SqliteDialect(Dialect):
    def text(self, expression):
        return f"CAST({expression} AS TEXT)"

    def matches(self, expression, pattern):
        return f"{expression} REGEXP {self.literal(pattern)}"

    def literal(self, value):
        if isinstance(value, bool):
            return "1" if value else "0"
        if isinstance(value, str):
            return "'" + value.replace("'", "''") + "'"
        return super().literal(value)


class _Spread:
    def __init__(self):
        self.values = []

    def step(self, *values):
        if None not in values:
            self.values.append(values if len(values) > 1 else values[0])


class _Deviation(_Spread):
    def finalize(self):
        if not self.values:
            return None
        mean = sum(self.values) / len(self.values)
        return math.sqrt(sum((v - mean) ** 2 for v in self.values) / len(self.values))


class _Quantile(_Spread):
    """The smallest value with that part of the values at or below it, as Spark's."""

    def finalize(self):
        if not self.values:
            return None
        ordered = sorted(v for v, _ in self.values)
        return ordered[max(0, math.ceil(self.values[0][1] * len(ordered)) - 1)]


class _Correlation(_Spread):
    def finalize(self):
        n = len(self.values)
        ma, mb = (sum(v[i] for v in self.values) / n for i in (0, 1))
        cov = sum((a - ma) * (b - mb) for a, b in self.values)
        va = sum((a - ma) ** 2 for a, _ in self.values)
        vb = sum((b - mb) ** 2 for _, b in self.values)
        return cov / math.sqrt(va * vb)


class Frame:
    """A table of the connection, by name."""

    def __init__(self, name):
        self.name = name


class SqliteEngine:
    spark = "spark itself"

    def __init__(self, files=None, folders=None):
        self.dialect = SqliteDialect()
        self.db = sqlite3.connect(":memory:")
        self.files = files or {}  # path: (columns, rows)
        self.tree = folders or {}
        self.calls = []
        self.count = 0
        self.db.create_function("md5", 1, lambda v: v and hashlib.md5(v.encode()).hexdigest())
        self.db.create_function("regexp", 2, lambda p, v: v is not None and bool(re.search(p, v)))
        self.db.create_aggregate("stddev_pop", 1, _Deviation)
        self.db.create_aggregate("percentile_approx", 2, _Quantile)
        self.db.create_aggregate("corr", 2, _Correlation)

    # ---- what handlers call

    def sql(self, query):
        self.count += 1
        self.db.execute(f"CREATE TABLE frame{self.count} AS {query}")
        return Frame(f"frame{self.count}")

    def register(self, name, frame):
        self.db.execute(f"DROP VIEW IF EXISTS {self.dialect.name(name)}")
        self.db.execute(f"CREATE VIEW {self.dialect.name(name)} AS SELECT * FROM {frame.name}")

    def columns(self, frame):
        return [d[0] for d in self.db.execute(f"SELECT * FROM {frame.name}").description]

    def types(self, frame):
        row = self.fetch(f"SELECT * FROM {frame.name} LIMIT 1")[0]
        return {c: ("int" if isinstance(v, int) else "double" if isinstance(v, float) else "string",
                    isinstance(v, (int, float))) for c, v in zip(self.columns(frame), row)}

    def is_empty(self, frame):
        return self.value(f"SELECT COUNT(*) FROM {frame.name}") == 0

    def make(self, columns, rows):
        self.count += 1
        names = ", ".join(self.dialect.name(c) for c in columns)
        self.db.execute(f"CREATE TABLE frame{self.count} ({names})")
        marks = ", ".join("?" for _ in columns)
        self.db.executemany(f"INSERT INTO frame{self.count} VALUES ({marks})", rows)
        return Frame(f"frame{self.count}")

    def fetch(self, query):
        return self.db.execute(query).fetchall()

    def value(self, query):
        return self.fetch(query)[0][0]

    def folders(self, bucket, prefix):
        return self.tree[f"{bucket}/{prefix}"]

    def read(self, path, format_name, options, method, step):
        self.calls.append(("read", path, format_name, options, method, step))
        return self.make(*self.files[path])

    def save_table(self, frame, **how):
        self.calls.append(("save_table", self.fetch(f"SELECT * FROM {frame.name}"), how))

    def save_files(self, frame, path, format_name, files):
        self.calls.append(("save_files", self.fetch(f"SELECT * FROM {frame.name}"), path,
                           format_name, files))

    def describe_table(self, database, table, description):
        self.calls.append(("describe_table", database, table, description))

    def publish(self, name, value, dimensions):
        self.calls.append(("publish", name, value, dimensions))

    # ---- for tests

    def add(self, name, columns, rows):
        frame = self.make(columns, rows)
        self.register(name, frame)
        return frame

    def named(self, kind):
        return [c[1:] for c in self.calls if c[0] == kind]
