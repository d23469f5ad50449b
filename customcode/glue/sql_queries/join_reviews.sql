SELECT r.id, r.author, r.stars, r.text, p.name AS product, '${day}' AS day
FROM {{ ref("raw") }} r
JOIN {{ ref("tidy") }} p ON p.product_id = r.product_id
