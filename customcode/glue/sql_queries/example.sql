-- What a step of type query makes: file: example.sql
SELECT 'an example' AS text
