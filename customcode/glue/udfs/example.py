"""Functions that steps of type udf call, with Spark and a function that names other steps' tables."""


def udf(spark, ref):
    """What is returned becomes the step's table."""
    return spark.sql(f"SELECT COUNT(*) AS n FROM {ref('people')}")
