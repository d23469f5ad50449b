-- The ten products that are liked most, of those with more than a few reviews.
INSERT OVERWRITE TABLE best_products
SELECT product, avg(stars) AS stars
FROM reviews
GROUP BY product
HAVING count(*) > 5
ORDER BY stars DESC
LIMIT 10;
