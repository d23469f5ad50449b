"""materialize, convert_to_parquet: tables to S3."""

from stepwright_glue.handlers.inputs import split_options


def partitions_of(partitions, table):
    """Columns that split the data: a name, a list, or a map from table to either."""
    if isinstance(partitions, dict):
        partitions = partitions.get(table)
    if not partitions:
        return []
    return [partitions] if isinstance(partitions, str) else list(partitions)


def output_options(config):
    """Format and options for the writer; the old keys beside `options` come first."""
    format_name, options = split_options(config["options"], "parquet")
    if format_name == "csv":
        options = {"header": config.get("header", True), "delimiter": config.get("delimiter", ","),
                   **options}
    return format_name, options


def place_of(config, part):
    place = config.get("path") or f"s3://{config['bucket']}/{config['prefix']}"
    return f"{place.rstrip('/')}/{part}" if part else place


def materialize(step, context):
    """An empty table is not written: the one that is there stays as it is."""
    config = step.config
    engine = context.engine
    many = bool(config.get("multiprefix"))
    frames = context.family(config["target"]) if many else {
        config["table"]: context.frame(config["target"])}
    format_name, options = output_options(config)
    for part, frame in frames.items():
        table = config.get("out_table_name_prefix", "") + part
        if not engine.is_empty(frame):
            engine.save_table(frame, database=config["database"], table=table,
                              path=place_of(config, part if many else ""),
                              format_name=format_name, options=options,
                              mode=config.get("mode", "overwrite"),
                              partitions=partitions_of(config.get("partitions"), part),
                              files=config.get("num_out_files"))
            if config.get("description"):
                engine.describe_table(config["database"], table, config["description"])
        context.add(f"{step.name}_{part}" if many else step.name, frame)


def convert_to_parquet(step, context):
    config = step.config
    options = dict(config.get("options") or {})
    if config["input_format"] == "csv":
        options = {"header": True, "inferSchema": True, **options}
    frame = context.engine.read(f"s3://{config['input_bucket']}/{config['input_key']}",
                                config["input_format"], options, method="spark", step=step.name)
    context.engine.save_files(frame, f"s3://{config['output_bucket']}/{config['output_key']}",
                              "parquet", files=config["partitions"])
    context.add(step.name, frame)
