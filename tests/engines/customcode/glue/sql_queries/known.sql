-- Airlines of {{ stage }} that the catalog knows.
SELECT a.*
FROM {{ ref("airlines") }} a JOIN {{ database }}.countries c ON a.country = c.code
WHERE a.day = '${day}';
