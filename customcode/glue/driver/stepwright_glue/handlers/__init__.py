"""What each type of step does: a function of the step and the context. The compiler knows the same
types and has checked their config (engines/glue/handlers.c)."""

from stepwright_glue.handlers import data, inputs, outputs, rules

HANDLERS = {
    "s3": inputs.s3,
    "file": inputs.file,
    "query": data.query,
    "materialize": outputs.materialize,
    "assertion": rules.assertion,
    "deequ": rules.deequ,
    "profiling": rules.profiling,
    "obfuscate": data.obfuscate,
    "rename_whitespace_cols": data.rename_whitespace_cols,
    "udf": data.udf,
    "mock": data.mock,
    "metric": rules.metric,
    "convert_to_parquet": outputs.convert_to_parquet,
}
