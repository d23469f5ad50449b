-- How many there are of each {{ dimension }}.
SELECT {{ dimension }}, count(*) AS n
FROM lake.things
GROUP BY {{ dimension }};
