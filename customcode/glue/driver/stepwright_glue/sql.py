"""Pieces of SQL. What Spark calls differently from other engines, an engine's Dialect says."""


class Dialect:
    """Spark's SQL."""

    def name(self, text):
        return "`" + text.replace("`", "``") + "`"

    def text(self, expression):
        return f"CAST({expression} AS STRING)"

    def matches(self, expression, pattern):
        return f"{expression} RLIKE {self.literal(pattern)}"

    def quantile(self, expression, fraction):
        return f"percentile_approx({expression}, {float(fraction)!r})"

    def literal(self, value):
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, (int, float)):
            return repr(value)
        # A backslash would escape what follows it in Spark's strings.
        return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"


def share(condition):
    """The part of the rows for which the condition holds; unknown counts as not."""
    return f"AVG(CASE WHEN {condition} THEN 1.0 ELSE 0.0 END)"
