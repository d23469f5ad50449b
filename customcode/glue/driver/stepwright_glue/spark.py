"""Spark, in Glue or by itself, behind the few calls that handlers make. Nothing else of the driver
knows it, so that the rest can be tested without."""

from stepwright_glue.handlers.inputs import glue_options
from stepwright_glue.sql import Dialect

NUMBERS = ("byte", "short", "int", "long", "float", "double", "decimal", "tinyint", "smallint",
           "bigint")


class SparkEngine:
    def __init__(self, arguments, job):
        self.dialect = Dialect()
        self.job = job
        self.glue_context = None
        self.glue_job = None
        try:
            from awsglue.context import GlueContext
            from awsglue.job import Job
            from pyspark.context import SparkContext
        except ImportError:
            from pyspark.sql import SparkSession

            self.spark = SparkSession.builder.appName(job.name or "job").getOrCreate()
            return
        self.glue_context = GlueContext(SparkContext.getOrCreate())
        self.spark = self.glue_context.spark_session
        self.glue_job = Job(self.glue_context)
        self.glue_job.init(arguments.get("JOB_NAME", job.name), arguments)

    def commit(self):
        """Keeps what bookmarks have come to."""
        if self.glue_job:
            self.glue_job.commit()

    # ---- tables

    def sql(self, query):
        return self.spark.sql(query)

    def register(self, name, frame):
        frame.createOrReplaceTempView(name)

    def columns(self, frame):
        return list(frame.columns)

    def types(self, frame):
        return {name: (kind, kind.split("(")[0] in NUMBERS) for name, kind in frame.dtypes}

    def is_empty(self, frame):
        return not frame.head(1)

    def make(self, columns, rows):
        """A table of rows; numbers and texts, by the first value of each column that is there."""
        from pyspark.sql.types import DoubleType, LongType, StringType, StructField, StructType

        def kind(i):
            value = next((r[i] for r in rows if r[i] is not None), "")
            if isinstance(value, float):
                return DoubleType()
            return LongType() if isinstance(value, int) else StringType()

        schema = StructType([StructField(c, kind(i), True) for i, c in enumerate(columns)])
        return self.spark.createDataFrame([tuple(r) for r in rows], schema)

    def fetch(self, query):
        return [tuple(row) for row in self.spark.sql(query).collect()]

    def value(self, query):
        value = self.fetch(query)[0][0]
        return float(value) if type(value).__name__ == "Decimal" else value

    # ---- files

    def folders(self, bucket, prefix):
        """Prefixes of the folders right below `prefix`."""
        import boto3

        prefix = prefix.rstrip("/") + "/" if prefix.strip("/") else ""
        pages = boto3.client("s3").get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=prefix, Delimiter="/")
        return sorted(p["Prefix"] for page in pages for p in page.get("CommonPrefixes", []))

    def read(self, path, format_name, options, method, step):
        if method == "glue" and self.glue_context:
            # The context's name is what a bookmark is kept under.
            return self.glue_context.create_dynamic_frame.from_options(
                connection_type="s3", connection_options={"paths": [path], "recurse": True},
                format=format_name, format_options=glue_options(format_name, options),
                transformation_ctx=step).toDF()
        return self.spark.read.format(format_name).options(**options).load(path)

    def _writer(self, frame, format_name, options, mode, partitions, files):
        if files:
            frame = frame.coalesce(files)
        writer = frame.write.format(format_name).options(**options).mode(mode)
        return writer.partitionBy(*partitions) if partitions else writer

    def save_table(self, frame, database, table, path, format_name, options, mode, partitions,
                   files):
        writer = self._writer(frame, format_name, options, mode, partitions, files)
        writer.option("path", path).saveAsTable(f"{database}.{table}" if database else table)

    def save_files(self, frame, path, format_name, files):
        self._writer(frame.repartition(files), format_name, {}, "overwrite", [], None).save(path)

    # ---- AWS

    def describe_table(self, database, table, description):
        import boto3

        glue = boto3.client("glue")
        found = glue.get_table(DatabaseName=database, Name=table)["Table"]
        keep = ("Name", "Owner", "LastAccessTime", "LastAnalyzedTime", "Retention",
                "StorageDescriptor", "PartitionKeys", "ViewOriginalText", "ViewExpandedText",
                "TableType", "Parameters", "TargetTable")
        glue.update_table(DatabaseName=database, TableInput={
            **{k: found[k] for k in keep if found.get(k)}, "Description": description})

    def publish(self, name, value, dimensions):
        import boto3

        shown = {"Pipeline": self.job.pipeline, "Job": self.job.name,
                 **{k: str(v) for k, v in dimensions.items() if v is not None}}
        boto3.client("cloudwatch").put_metric_data(Namespace="Stepwright", MetricData=[{
            "MetricName": name, "Value": value,
            "Dimensions": [{"Name": k, "Value": v} for k, v in shown.items() if v]}])
