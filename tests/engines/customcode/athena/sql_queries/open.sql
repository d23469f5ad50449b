SELECT *
FROM lake.things
WHERE name = 'open
