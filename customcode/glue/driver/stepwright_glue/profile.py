"""What a table's columns look like: one row for each column, and how its values are spread."""

from stepwright_glue.sql import share

PERCENTILES = range(1, 101)
BUCKETS = 100  # values of a column that are listed, most frequent first

PROFILE_COLUMNS = ["column", "dataType", "completeness", "approximateNumDistinctValues", "mean_col",
                   "maximum", "minimum", "sum_col", "stdDev_col", "approxQ1", "approxQ2",
                   "approxQ3", "database", "table"]
BUCKET_COLUMNS = ["column_name", "metric_type", "value_str", "value_float", "count_col", "ratio",
                  "database", "table"]


def column_query(dialect, table, column, numeric):
    """One row: completeness, distinct values, and of numbers mean, max, min, sum, deviation,
    quartiles."""
    name = dialect.name(column)
    parts = [share(f"{name} IS NOT NULL"), f"COUNT(DISTINCT {name})"]
    if numeric:
        parts += [f"{f}({name})" for f in ("AVG", "MAX", "MIN", "SUM", "stddev_pop")]
        parts += [dialect.quantile(name, q) for q in (0.25, 0.5, 0.75)]
    else:
        parts += ["NULL"] * 8
    shown = ", ".join(f"{p} AS c{i}" for i, p in enumerate(parts))
    return f"SELECT {shown} FROM {dialect.name(table)}"


def histogram_query(dialect, table, column):
    name = dialect.name(column)
    return (f"SELECT {dialect.text(name)} AS v, COUNT(*) AS n FROM {dialect.name(table)} "
            f"GROUP BY {name} ORDER BY n DESC, v LIMIT {BUCKETS}")


def percentile_query(dialect, table, column):
    name = dialect.name(column)
    shown = ", ".join(f"{dialect.quantile(name, p / 100)} AS p{p}" for p in PERCENTILES)
    return f"SELECT {shown} FROM {dialect.name(table)}"


def profile_table(engine, table, types, database="", label=""):
    """Rows of PROFILE_COLUMNS and of BUCKET_COLUMNS. `types`: {column: (type, is it a number)}."""
    dialect = engine.dialect
    total = engine.value(f"SELECT COUNT(*) FROM {dialect.name(table)}")
    profiles, buckets = [], []
    for column, (kind, numeric) in types.items():
        row = engine.fetch(column_query(dialect, table, column, numeric))[0]
        profiles.append([column, kind, row[0], row[1]]
                        + [None if v is None else float(v) for v in row[2:]] + [database, label])
        for value, count in engine.fetch(histogram_query(dialect, table, column)):
            number = float(value) if numeric and value is not None else None
            text = "NullValue" if value is None else "" if numeric else value
            buckets.append([column, "histogram" if numeric else "category", text, number,
                            float(count), count / total, database, label])
        if numeric:
            row = engine.fetch(percentile_query(dialect, table, column))[0]
            buckets += [[column, "approxPercentile", "", float(p),
                         None if v is None else float(v), None, database, label]
                        for p, v in zip(PERCENTILES, row)]
    return profiles, buckets
