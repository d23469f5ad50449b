DROP TABLE IF EXISTS stage.things;

CREATE TABLE stage.things
WITH (format = 'PARQUET', external_location = 's3://lake-bucket/stage/{{ stage }}/things/') AS
SELECT * FROM lake.things WHERE name <> 'a;b'; -- not the end
