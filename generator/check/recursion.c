/* Whether a pipeline that starts when objects arrive writes such objects itself. What it may write
 * is what its roles are allowed to: permissions are narrow, so they tell. */
#include "check/check.h"

#include "base/buf.h"
#include "base/limits.h"

/* The name of the bucket behind a Ref, where the pipeline chose it. */
static struct str bucket_name(struct plan *p, struct str text)
{
    if (!str_starts(text, S("${")) || !str_ends(text, S("}")))
        return text;
    const struct resource *r = map_get(&p->logical_ids, str_sub(text, 2, text.n - 1));
    const struct node *name = r ? node_get(r->props, S("BucketName")) : NULL;
    return name && name->kind == NODE_STR ? name->str : text;
}

struct place {
    struct str bucket, key; /* may hold '*' and '?' */
};

/* "arn:aws:s3:::bucket/key*", "${Bucket.Arn}/key*"; false if it is of no objects. */
static bool place_of(struct plan *p, const struct node *arn, struct place *to)
{
    struct str text = plan_arn_text(p, arn);
    *to = (struct place){ S(""), S("") };
    if (!text.p)
        return false;
    size_t colons = str_find(text, S(":s3:::"), 0), slash, attribute;
    if (str_eq(text, S("*"))) {
        *to = (struct place){ text, text };
        return true;
    }
    if (colons != SIZE_MAX) {
        text = str_sub(text, colons + 6, text.n);
        slash = str_find_char(text, '/', 0);
        if (slash == SIZE_MAX && str_ends(text, S("*")))
            *to = (struct place){ text, S("*") };
        else if (slash != SIZE_MAX)
            *to = (struct place){ bucket_name(p, str_sub(text, 0, slash)),
                                  str_sub(text, slash + 1, text.n) };
        return slash != SIZE_MAX || str_ends(text, S("*"));
    }
    attribute = str_find(text, S(".Arn}/"), 0);
    if (!str_starts(text, S("${")) || attribute == SIZE_MAX)
        return false;
    struct str name = str_sub(text, 2, attribute);
    struct str id = arena_printf(p->arena, "${%.*s}", STR(name));
    *to = (struct place){ bucket_name(p, id), str_sub(text, attribute + 6, text.n) };
    return true;
}

/* ---- comparing ------------------------------------------------------------------------------ */

static size_t first_wildcard(struct str s)
{
    size_t i = 0;
    while (i < s.n && s.p[i] != '*' && s.p[i] != '?')
        i++;
    return i;
}

static bool begins_alike(struct str a, struct str b)
{
    return str_starts(a, b) || str_starts(b, a);
}

static bool ends_alike(struct str a, struct str b)
{
    return str_ends(a, b) || str_ends(b, a);
}

static bool buckets_meet(struct str pattern, struct str bucket)
{
    size_t head = first_wildcard(pattern);
    return head < pattern.n ? begins_alike(str_sub(pattern, 0, head), bucket)
                            : str_eq(pattern, bucket);
}

/* Whether a key can both match the pattern and begin and end so. */
static bool keys_meet(struct str pattern, struct str prefix, struct str suffix)
{
    size_t head = first_wildcard(pattern), tail = pattern.n;
    if (head == pattern.n)
        return str_starts(pattern, prefix) && str_ends(pattern, suffix);
    while (pattern.p[tail - 1] != '*' && pattern.p[tail - 1] != '?')
        tail--;
    return begins_alike(str_sub(pattern, 0, head), prefix) &&
           ends_alike(str_sub(pattern, tail, pattern.n), suffix);
}

static bool writes(struct str action)
{
    return str_eq(action, S("s3:PutObject")) || str_eq(action, S("s3:*")) ||
           str_eq(action, S("s3:Put*"));
}

static void compare(struct plan *p, const struct watch *w, const struct grant *g)
{
    struct place out;
    struct str bucket = bucket_name(p, plan_arn_text(p, w->bucket));
    if (!writes(g->action) || !place_of(p, g->resource, &out) ||
        !buckets_meet(out.bucket, bucket) || !keys_meet(out.key, w->prefix, w->suffix))
        return;
    struct diag *d = diag_warning(p->ds, "recursion", w->span,
                                  "the pipeline may set off this trigger itself: it writes to "
                                  "'%.*s' in the same bucket",
                                  STR(out.key));
    diag_note(d, g->span, "%.*s", STR(g->reason));
    diag_help(d, "give the trigger a prefix or suffix that nothing it starts writes");
}

void check_recursion(struct plan *p)
{
    for (size_t i = 0; i < p->watches.n; i++)
        for (size_t r = 0; r < p->roles.n; r++)
            for (size_t j = 0; j < p->roles.p[r]->grants.n; j++)
                compare(p, &p->watches.p[i], &p->roles.p[r]->grants.p[j]);
}
