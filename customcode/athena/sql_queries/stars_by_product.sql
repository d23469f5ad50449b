CREATE TABLE {{ lake }}.stars_by_product
WITH (format = 'PARQUET', external_location = 's3://{{ bucket }}/stars_by_product/') AS
SELECT product, avg(stars) AS stars, count(*) AS reviews
FROM {{ lake }}.reviews
GROUP BY product
