States.Format('ALTER TABLE lake.fact SET LOCATION "s3://lake-bucket/fact/{}/"',{{ execution_id }})
