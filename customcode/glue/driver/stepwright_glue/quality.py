"""Checks of data quality, named and meant as Deequ's, as plain SQL: each computes one number of a
table, and an assertion compares it."""

from dataclasses import dataclass

from stepwright_glue.sql import share

INTEGRAL = r"^[-+]?\d+$"
FRACTIONAL = r"^[-+]?\d*\.\d+$"
BOOLEAN = r"^(true|false)$"


@dataclass
class Constraint:
    label: str
    query: str  # gives one row with one number
    assertion: dict


@dataclass
class Outcome:
    group: str
    level: str
    constraint: str
    passed: bool
    message: str


def holds(assertion, value):
    """Whether the number is as the assertion says; without a number it is not."""
    if value is None:
        return False
    op = assertion.get("op", "eq")
    if op == "between":
        return assertion.get("lowerBound", 0) <= value <= assertion["upperBound"]
    wanted = assertion["value"]
    return {
        "eq": value == wanted,
        "neq": value != wanted,
        "gt": value > wanted,
        "gte": value >= wanted,
        "lt": value < wanted,
        "lte": value <= wanted,
    }[op]


def describe(assertion):
    op = assertion.get("op", "eq")
    if op == "between":
        return f"between {assertion.get('lowerBound', 0)} and {assertion['upperBound']}"
    return f"{op} {assertion['value']}"


class Builder:
    """SQL of each check over the table `table`."""

    ONE = {"op": "eq", "value": 1}

    def __init__(self, dialect, table):
        self.dialect = dialect
        self.table = dialect.name(table)

    def constraints(self, check, params):
        """A check's constraints: one, or one for each of its columns."""
        params = dict(params or {})
        assertion = params.pop("assertion", None) or self.ONE
        if check in EACH:
            names = params.pop("columns")
            return [
                self._one(check, EACH[check](self, name, params), [name], assertion)
                for name in names
            ]
        return [self._one(check, CHECKS[check](self, **params), list(params.values()), assertion)]

    def _one(self, check, expression, shown, assertion):
        label = f"{check}({', '.join(str(v) for v in shown)})"
        whole = expression.startswith("SELECT ")
        query = expression if whole else f"SELECT {expression} FROM {self.table}"
        return Constraint(label, query, assertion)

    # ---- numbers of a column

    def completeness(self, column):
        return share(f"{self.dialect.name(column)} IS NOT NULL")

    def length(self, function, column):
        return f"{function}(LENGTH({self.dialect.text(self.dialect.name(column))}))"

    def groups(self, columns, number):
        """A number of the groups of equal values; rows without any value do not count."""
        names = [self.dialect.name(c) for c in _list(columns)]
        some = " OR ".join(f"{n} IS NOT NULL" for n in names)
        inner = (f"SELECT COUNT(*) AS n FROM {self.table} WHERE {some} "
                 f"GROUP BY {', '.join(names)}")
        return f"SELECT {number} FROM ({inner}) g"

    def uniqueness(self, columns):
        return self.groups(columns, "SUM(CASE WHEN n = 1 THEN 1.0 ELSE 0.0 END) / SUM(n)")

    def distinctness(self, columns):
        return self.groups(columns, "COUNT(*) * 1.0 / SUM(n)")

    def unique_ratio(self, columns):
        return self.groups(columns, "SUM(CASE WHEN n = 1 THEN 1.0 ELSE 0.0 END) / COUNT(*)")

    def data_type(self, column, kind):
        """The part of the values that look like the type; of null, the part of the rows."""
        name = self.dialect.name(column)
        if kind == "null":
            return share(f"{name} IS NULL")
        patterns = {
            "integer": [INTEGRAL],
            "fractional": [FRACTIONAL],
            "numeric": [INTEGRAL, FRACTIONAL],
            "boolean": [BOOLEAN],
            "string": [INTEGRAL, FRACTIONAL, BOOLEAN],
        }[kind]
        text = self.dialect.text(name)
        like = " OR ".join(f"({self.dialect.matches(text, p)})" for p in patterns)
        condition = f"NOT ({like})" if kind == "string" else like
        return (f"AVG(CASE WHEN {name} IS NULL THEN NULL WHEN {condition} THEN 1.0 ELSE 0.0 END)")

    def interval(self, column, low, high, with_low=True, with_high=True, nulls=True):
        name = self.dialect.name(column)
        inside = (f"{name} {'>=' if with_low else '>'} {self.dialect.literal(low)} AND "
                  f"{name} {'<=' if with_high else '<'} {self.dialect.literal(high)}")
        return share(f"{name} IS NULL OR ({inside})" if nulls else inside)

    def compare(self, a, sign, b):
        return share(f"{self.dialect.name(a)} {sign} {self.dialect.name(b)}")

    def positive(self, column):
        return share(f"COALESCE({self.dialect.name(column)}, 1) > 0")

    def non_negative(self, column):
        return share(f"COALESCE({self.dialect.name(column)}, 0) >= 0")

    def contained(self, column, values):
        name = self.dialect.name(column)
        listed = ", ".join(self.dialect.literal(v) for v in values)
        return share(f"{name} IS NULL OR {name} IN ({listed})")


def _list(columns):
    return [columns] if isinstance(columns, str) else list(columns)


def _aggregate(function):
    return lambda b, column: f"{function}({b.dialect.name(column)})"


def _compare(sign):
    return lambda b, columnA, columnB: b.compare(columnA, sign, columnB)


CHECKS = {
    "hasSize": lambda b: "COUNT(*)",
    "isComplete": Builder.completeness,
    "hasCompleteness": Builder.completeness,
    "isUnique": lambda b, column: b.uniqueness(column),
    "isPrimaryKey": lambda b, columns: b.uniqueness(columns),
    "hasUniqueness": Builder.uniqueness,
    "hasDistinctness": Builder.distinctness,
    "hasUniqueValueRatio": Builder.unique_ratio,
    "hasNumberOfDistinctValues": lambda b, column: f"COUNT(DISTINCT {b.dialect.name(column)})",
    "hasApproxCountDistinct": lambda b, column: f"COUNT(DISTINCT {b.dialect.name(column)})",
    "hasApproxQuantile":
        lambda b, column, quantile: b.dialect.quantile(b.dialect.name(column), quantile),
    "hasMinLength": lambda b, column: b.length("MIN", column),
    "hasMaxLength": lambda b, column: b.length("MAX", column),
    "hasMin": _aggregate("MIN"),
    "hasMax": _aggregate("MAX"),
    "hasMean": _aggregate("AVG"),
    "hasSum": _aggregate("SUM"),
    "hasStandardDeviation": _aggregate("stddev_pop"),
    "hasCorrelation":
        lambda b, columnA, columnB: f"corr({b.dialect.name(columnA)}, {b.dialect.name(columnB)})",
    "satisfies": lambda b, columnCondition, constraintName: share(columnCondition),
    "hasPattern":
        lambda b, column, pattern:
            share(b.dialect.matches(b.dialect.text(b.dialect.name(column)), pattern)),
    "hasDataType": lambda b, column, dataType: b.data_type(column, dataType),
    "isPositive": Builder.positive,
    "isNonNegative": Builder.non_negative,
    "isLessThan": _compare("<"),
    "isLessThanOrEqualTo": _compare("<="),
    "isGreaterThan": _compare(">"),
    "isGreaterThanOrEqualTo": _compare(">="),
    "isContainedIn": lambda b, column, allowedValues: b.contained(column, allowedValues),
    "isInInterval":
        lambda b, column, lowerBound, upperBound, includeLowerBound=True, includeUpperBound=True:
            b.interval(column, lowerBound, upperBound, includeLowerBound, includeUpperBound),
}

# Checks of several columns, one constraint each.
EACH = {
    "all_between":
        lambda b, column, p: b.interval(column, p.get("lowerBound", 0), p.get("upperBound", 1),
                                        nulls=p.get("null_value", "keep") == "discard"),
    "have_completeness": lambda b, column, p: b.completeness(column),
    "all_positives": lambda b, column, p: b.positive(column),
    "all_non_negatives": lambda b, column, p: b.non_negative(column),
}


def run_checks(engine, table, groups, default_group):
    """Outcomes of all checks of all groups, in order."""
    builder = Builder(engine.dialect, table)
    outcomes = []
    for group in groups:
        for check in group["checks"]:
            for constraint in builder.constraints(check["check"], check.get("params")):
                value = engine.value(constraint.query)
                passed = holds(constraint.assertion, value)
                message = "" if passed else (
                    f"value {value} is not {describe(constraint.assertion)}")
                outcomes.append(Outcome(group.get("checkgroup") or default_group,
                                        group.get("error_level", "warning"), constraint.label,
                                        passed, message))
    return outcomes
