"""Runs job files in Glue: what the compiler made of customcode/glue/glue_jobs/*.yaml."""
