"""Numbers about the rows of a query, split by dimensions."""


def measure_expression(dialect, measure):
    """count, avg, … of the measure's sql, over the rows for which all of its filters hold."""
    function = measure.get("type", "count")
    what = measure.get("sql")
    if what is None:
        what = "1" if function == "count" else dialect.name(measure["name"])
    filters = [f"({f['sql']})" for f in measure.get("filters") or []]
    if filters:
        what = f"CASE WHEN {' AND '.join(filters)} THEN {what} END"
    return f"{function.upper()}({what})"


def metric_query(dialect, sql, dimensions, measures):
    """The query, and the names of its columns: dimensions first."""
    measures = measures or [{"name": "count"}]
    columns = [(d["name"], d.get("sql") or dialect.name(d["name"])) for d in dimensions or []]
    columns += [(m["name"], measure_expression(dialect, m)) for m in measures]
    shown = ", ".join(f"{what} AS {dialect.name(name)}" for name, what in columns)
    group = ", ".join(d.get("sql") or dialect.name(d["name"]) for d in dimensions or [])
    query = f"SELECT {shown} FROM ({sql}) q" + (f" GROUP BY {group}" if group else "")
    return query, [d["name"] for d in dimensions or []], [m["name"] for m in measures]
