#include "model/s3.h"

enum {
    BUCKET_MIN = 3,
    BUCKET_MAX = 63
}; /* Source: Amazon S3, "General purpose bucket naming rules" */

static bool is_bucket(struct str s)
{
    if (s.n < BUCKET_MIN || s.n > BUCKET_MAX)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!ascii_is_lower(s.p[i]) && !ascii_is_digit(s.p[i]) && s.p[i] != '-' && s.p[i] != '.')
            return false;
    return s.p[0] != '-' && s.p[0] != '.' && s.p[s.n - 1] != '-' && s.p[s.n - 1] != '.';
}

bool s3_split(struct str url, struct str *bucket, struct str *prefix)
{
    if (!str_starts(url, S("s3://")))
        return false;
    struct str rest = str_sub(url, 5, url.n);
    size_t slash = str_find_char(rest, '/', 0);
    *bucket = str_sub(rest, 0, slash == SIZE_MAX ? rest.n : slash);
    *prefix = str_sub(rest, slash == SIZE_MAX ? rest.n : slash + 1, rest.n);
    while (prefix->n && prefix->p[prefix->n - 1] == '/')
        prefix->n--;
    return is_bucket(*bucket);
}

static void check_one(struct bind *b, const struct field *f, const struct node *n)
{
    struct str bucket, prefix;
    if (n->kind != NODE_STR || s3_split(n->str, &bucket, &prefix))
        return;
    struct diag *d = diag_error(b->ds, "bad-s3", n->span, "'%s' is '%.*s'; expected a place in S3",
                                f->key, STR(n->str));
    if (str_starts(n->str, S("s3://")))
        diag_help(d, "a bucket's name has 3 to 63 lower-case letters, digits, '-' and '.'");
    else
        diag_help(d, "write s3://bucket/prefix/");
}

void s3_check_field(struct bind *b, const struct field *f, const struct node *value)
{
    check_one(b, f, value);
    for (size_t i = 0; value->kind == NODE_SEQ && i < value->seq.n; i++)
        check_one(b, f, value->seq.items[i]);
}
