def clean(spark, ref): pass
