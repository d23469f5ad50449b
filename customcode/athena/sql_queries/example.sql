SELECT 'an example' AS text
