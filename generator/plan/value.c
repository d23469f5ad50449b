/* Nodes that the plan is made of: plain data and CloudFormation's functions. */
#include "plan/plan.h"

static const struct span NOWHERE;

struct node *plan_str(struct plan *p, struct str s)
{
    return node_str(p->arena, NOWHERE, s);
}

struct node *plan_text(struct plan *p, const char *s)
{
    return plan_str(p, str_from(s));
}

struct node *plan_textf(struct plan *p, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    struct str s = arena_vprintf(p->arena, fmt, args);
    va_end(args);
    return plan_str(p, s);
}

struct node *plan_int(struct plan *p, int64_t i)
{
    return node_int(p->arena, NOWHERE, i);
}

struct node *plan_bool(struct plan *p, bool b)
{
    return node_bool(p->arena, NOWHERE, b);
}

struct node *plan_map(struct plan *p)
{
    return node_map(p->arena, NOWHERE);
}

struct node *plan_list(struct plan *p)
{
    return node_seq(p->arena, NOWHERE);
}

void plan_put(struct plan *p, struct node *map, const char *key, struct node *value)
{
    node_put(p->arena, map, str_from(key), NOWHERE, value);
}

void plan_put_text(struct plan *p, struct node *map, const char *key, const char *value)
{
    plan_put(p, map, key, plan_text(p, value));
}

/* {"key": value} */
static struct node *single(struct plan *p, const char *key, struct node *value)
{
    struct node *n = plan_map(p);
    plan_put(p, n, key, value);
    return n;
}

struct node *plan_ref(struct plan *p, const struct resource *r)
{
    return single(p, "Ref", plan_str(p, r->id));
}

struct node *plan_attr(struct plan *p, const struct resource *r, const char *attribute)
{
    struct node *pair = plan_list(p);
    node_push(p->arena, pair, plan_str(p, r->id));
    node_push(p->arena, pair, plan_text(p, attribute));
    return single(p, "Fn::GetAtt", pair);
}

struct node *plan_sub(struct plan *p, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    struct str s = arena_vprintf(p->arena, fmt, args);
    va_end(args);
    return single(p, "Fn::Sub", plan_str(p, s));
}

struct node *plan_asset_key(struct plan *p, const struct asset *as)
{
    return single(p, PLAN_ASSET_KEY, plan_str(p, as->id));
}

struct node *plan_asset_bucket(struct plan *p)
{
    return single(p, "Ref", plan_text(p, "AssetBucket"));
}

struct node *plan_placeholder(struct plan *p, struct str name, const struct node *value)
{
    for (size_t i = 0; i < p->substitutions.n; i++)
        if (str_eq(p->substitutions.p[i].name, name))
            return plan_textf(p, "${%.*s}", STR(name));
    struct substitution s = { name, value };
    vec_push(p->arena, &p->substitutions, s);
    return plan_textf(p, "${%.*s}", STR(name));
}

struct str plan_physical_name(struct plan *p, struct str name, size_t max)
{
    struct str pipeline = p->pipeline->full_name;
    if (pipeline.n + 1 + name.n <= max)
        return arena_printf(p->arena, "%.*s-%.*s", STR(pipeline), STR(name));
    if (name.n + 6 > max)
        return arena_str(p->arena, str_sub(name, 0, max));
    size_t room = max - name.n - 6; /* of the pipeline: its beginning, '-', its last four, '-' */
    return arena_printf(p->arena, "%.*s-%.*s-%.*s", (int)room, pipeline.p, 4,
                        pipeline.p + pipeline.n - 4, STR(name));
}

enum { EXECUTION_NAME = 36, DIGEST_NAME = 32 };

struct vstr plan_job_name(struct plan *p, const struct step *s, size_t max)
{
    char *name = arena_alloc(p->arena, s->item.name.s.n);
    size_t n = 0;
    for (size_t i = 0; i < s->item.name.s.n; i++) {
        char c = s->item.name.s.p[i];
        if (ascii_is_alnum(c))
            name[n++] = ascii_lower(c);
        else if (n && name[n - 1] != '-')
            name[n++] = '-';
    }
    if (max > DIGEST_NAME && n > max - EXECUTION_NAME - 1)
        n = max - EXECUTION_NAME - 1;
    while (n && name[n - 1] == '-')
        n--;
    struct vstr v = { .span = s->item.name.span, .set = true, .runtime = true };
    if (max > DIGEST_NAME && n)
        v.s = arena_printf(p->arena, "States.Format('%.*s-{}', $$.Execution.Name)", (int)n, name);
    else
        v.s =
            arena_printf(p->arena, "States.Hash(States.Format('%.*s-{}', $$.Execution.Id), 'MD5')",
                         (int)n, name);
    return v;
}

void plan_add_output(struct plan *p, struct str name, struct str description,
                     const struct node *value)
{
    struct output o = { name, description, value };
    vec_push(p->arena, &p->outputs, o);
}

const char *plan_partition(const struct plan *p)
{
    struct str region = p->pipeline->stage->region;
    if (str_starts(region, S("cn-")))
        return "aws-cn";
    return str_starts(region, S("us-gov-")) ? "aws-us-gov" : "aws";
}
