"""s3, file: tables from outside."""

import re

# Glue's dynamic frames call some of Spark's options differently.
GLUE_OPTIONS = {"header": "withHeader", "sep": "separator", "escape": "escaper",
                "quote": "quoteChar"}


def split_options(options, default_format="csv"):
    """The format, and the rest."""
    rest = dict(options or {})
    return rest.pop("format", default_format), rest


def glue_options(format_name, options):
    """The options as dynamic frames know them; for csv under their names."""
    if format_name != "csv":
        return options
    out = {GLUE_OPTIONS.get(key, key): value for key, value in options.items()}
    out.pop("inferSchema", None)
    return out


def part_name(prefix):
    """"raw/2030 a/" → "2030a": what stands in the table's name."""
    return re.sub(r"[^A-Za-z0-9_]", "", prefix.rstrip("/").rsplit("/", 1)[-1])


def s3(step, context):
    config = step.config
    format_name, options = split_options(config.get("options"))

    def read(prefix):
        return context.engine.read(f"s3://{config['bucket']}/{prefix}", format_name, options,
                                   method=config.get("read_method", "glue"), step=step.name)

    if not config.get("multiprefix"):
        context.add(step.name, read(config["prefix"]))
        return
    folders = context.engine.folders(config["bucket"], config["prefix"])
    context.add_family(step.name, {part_name(folder): read(folder) for folder in folders})


def file(step, context):
    format_name, options = split_options(step.config.get("options"), "parquet")
    context.add(step.name, context.engine.read(step.config["path"], format_name, options,
                                               method="spark", step=step.name))
