WITH one (a) AS (SELECT x FROM "My Db"."t" WHERE d IS DISTINCT FROM ?), two AS (VALUES 1)
SELECT EXTRACT(DAY FROM d), 'it''s; -- not' FROM one JOIN db.x ON 1 = 1, two /* ; */ CROSS JOIN UNNEST(a);
-- done;
