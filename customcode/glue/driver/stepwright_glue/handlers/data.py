"""query, obfuscate, rename_whitespace_cols, udf, mock: tables from tables."""

import importlib
import logging

log = logging.getLogger("stepwright_glue")


def query(step, context):
    context.add(step.name, context.engine.sql(step.config["sql"]))


def select(dialect, columns, table):
    """SELECT of (expression, name) pairs."""
    shown = ", ".join(f"{what} AS {dialect.name(name)}" for what, name in columns)
    return f"SELECT {shown} FROM {dialect.name(table)}"


def obfuscate(step, context):
    dialect = context.engine.dialect
    target = step.config["target"]
    hidden = set(step.config["obfuscate_cols"])
    columns = context.engine.columns(context.frame(target))
    unknown = sorted(hidden - set(columns))
    if unknown:
        raise ValueError(f"'{target}' has no column {', '.join(unknown)}")
    pairs = [(f"md5({dialect.text(dialect.name(c))})" if c in hidden else dialect.name(c), c)
             for c in columns]
    context.add(step.name, context.engine.sql(select(dialect, pairs, target)))


def rename_whitespace_cols(step, context):
    dialect = context.engine.dialect
    target = step.config["target"]
    columns = context.engine.columns(context.frame(target))
    renamed = [c.replace(" ", "_") for c in columns]
    twice = sorted({c for c in renamed if renamed.count(c) > 1})
    if twice:
        raise ValueError(f"'{target}' would have two columns {', '.join(twice)}")
    pairs = [(dialect.name(c), new) for c, new in zip(columns, renamed)]
    context.add(step.name, context.engine.sql(select(dialect, pairs, target)))


def udf(step, context):
    function = getattr(importlib.import_module(step.config["module"]),
                       step.config.get("function", "udf"))

    def ref(name):
        """The name of another step's table, which has to be there."""
        context.frame(name)
        return name

    frame = function(context.engine.spark, ref)
    if frame is not None:
        context.add(step.name, frame)


def mock(step, context):
    log.info("%s", step.config.get("message", ""))
