/* Nodes that the plan is made of: plain data and CloudFormation's functions. */
#include "plan/plan.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/json_write.h"

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

struct node *plan_strings(struct plan *p, const struct vstrs *v)
{
    struct node *list = plan_list(p);
    for (size_t i = 0; i < v->n; i++)
        node_push(p->arena, list, node_str(p->arena, v->items[i].span, v->items[i].s));
    return list;
}

struct str plan_json(struct plan *p, const struct node *data)
{
    struct buf text;
    struct json_writer w;
    buf_init(&text, 0);
    json_writer_init(&w, &text, 0);
    json_node(&w, data);
    struct str s = arena_str(p->arena, buf_str(&text));
    buf_done(&text);
    return s;
}

void plan_put(struct plan *p, struct node *map, const char *key, struct node *value)
{
    node_put(p->arena, map, str_from(key), NOWHERE, value);
}

void plan_put_text(struct plan *p, struct node *map, const char *key, const char *value)
{
    plan_put(p, map, key, plan_text(p, value));
}

struct node *plan_call(struct plan *p, const char *function, struct node *argument)
{
    struct node *n = plan_map(p);
    plan_put(p, n, function, argument);
    return n;
}

struct node *plan_ref(struct plan *p, const struct resource *r)
{
    return plan_call(p, "Ref", plan_str(p, r->id));
}

struct node *plan_attr(struct plan *p, const struct resource *r, const char *attribute)
{
    struct node *pair = plan_list(p);
    node_push(p->arena, pair, plan_str(p, r->id));
    node_push(p->arena, pair, plan_text(p, attribute));
    return plan_call(p, "Fn::GetAtt", pair);
}

struct node *plan_sub(struct plan *p, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    struct str s = arena_vprintf(p->arena, fmt, args);
    va_end(args);
    return plan_call(p, "Fn::Sub", plan_str(p, s));
}

struct node *plan_sub_with(struct plan *p, struct node *variables, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    struct str s = arena_vprintf(p->arena, fmt, args);
    va_end(args);
    struct node *pair = plan_list(p);
    node_push(p->arena, pair, plan_str(p, s));
    node_push(p->arena, pair, variables);
    return plan_call(p, "Fn::Sub", pair);
}

struct node *plan_by_region(struct plan *p, struct str name, const char *key, struct node *rows)
{
    bool known = false;
    for (size_t i = 0; i < p->mappings.n; i++)
        known = known || str_eq(p->mappings.p[i].name, name);
    if (!known)
        vec_push(p->arena, &p->mappings, ((struct mapping){ name, rows }));
    struct node *path = plan_list(p);
    node_push(p->arena, path, plan_str(p, name));
    node_push(p->arena, path, plan_call(p, "Ref", plan_text(p, "AWS::Region")));
    node_push(p->arena, path, plan_text(p, key));
    return plan_call(p, "Fn::FindInMap", path);
}

struct node *plan_asset_key(struct plan *p, const struct asset *as)
{
    return plan_call(p, PLAN_ASSET_KEY, plan_str(p, as->id));
}

struct node *plan_asset_bucket(struct plan *p)
{
    return plan_call(p, "Ref", plan_text(p, "AssetBucket"));
}

struct node *plan_asset_image(struct plan *p, const struct asset *as)
{
    struct node *tag = plan_call(p, "Tag", plan_call(p, PLAN_ASSET_TAG, plan_str(p, as->id)));
    struct node *pair = plan_list(p);
    node_push(p->arena, pair,
              plan_text(p, "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/"
                           "${" PLAN_IMAGE_REPOSITORY "}:${Tag}"));
    node_push(p->arena, pair, tag);
    return plan_call(p, "Fn::Sub", pair);
}

struct node *plan_asset_image_repository(struct plan *p)
{
    return plan_sub(p, "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/"
                       "${" PLAN_IMAGE_REPOSITORY "}");
}

/* ---- lists of run-time values --------------------------------------------------------------- */

static void put_item(struct buf *out, const struct node *n)
{
    struct json_writer w;
    if (n->kind != NODE_STR) {
        json_writer_init(&w, out, 0);
        json_node(&w, n);
        return;
    }
    if (plan_is_runtime(n->str)) {
        buf_put(out, n->str);
        return;
    }
    buf_putc(out, '\'');
    for (size_t i = 0; i < n->str.n; i++) { /* Source: Step Functions, "Reserved characters" */
        if (memchr("'\\{}", n->str.p[i], 4))
            buf_putc(out, '\\');
        buf_putc(out, n->str.p[i]);
    }
    buf_putc(out, '\'');
}

struct str plan_list_call(struct plan *p, const struct node *list)
{
    bool any = false;
    for (size_t i = 0; i < list->seq.n; i++) {
        const struct node *n = list->seq.items[i];
        if (n->kind == NODE_MAP || n->kind == NODE_SEQ)
            return (struct str){ 0 };
        any = any || (n->kind == NODE_STR && plan_is_runtime(n->str));
    }
    if (!any)
        return (struct str){ 0 };
    struct buf text;
    buf_init(&text, 0);
    buf_put(&text, S("States.Array("));
    for (size_t i = 0; i < list->seq.n; i++) {
        if (i)
            buf_put(&text, S(", "));
        put_item(&text, list->seq.items[i]);
    }
    buf_putc(&text, ')');
    struct str s = arena_str(p->arena, buf_str(&text));
    buf_done(&text);
    return s;
}

/* ---- strings that deployment fills in ------------------------------------------------------- */

struct node *plan_placeholder(struct plan *p, struct str name, const struct node *value)
{
    struct str free = name; /* names may differ only in characters that placeholders do not have */
    for (int n = 2;; n++) {
        size_t i = 0;
        while (i < p->substitutions.n && !str_eq(p->substitutions.p[i].name, free))
            i++;
        if (i == p->substitutions.n)
            vec_push(p->arena, &p->substitutions, ((struct substitution){ free, value }));
        if (node_equal(p->substitutions.p[i].value, value))
            return plan_textf(p, "${%.*s}", STR(free));
        free = arena_printf(p->arena, "%.*s%d", STR(name), n);
    }
}

/* Blanks and signs as dashes: few services take them in names, and patterns in policies mean
 * something else by them. */
static struct str without_signs(struct plan *p, struct str name)
{
    struct str s = arena_str(p->arena, name);
    char *out = (char *)s.p;
    for (size_t i = 0; i < s.n; i++)
        if (!ascii_is_alnum(out[i]) && out[i] != '_' && (unsigned char)out[i] < 0x80)
            out[i] = '-';
    return s;
}

struct str plan_physical_name(struct plan *p, struct str name, size_t max)
{
    name = without_signs(p, name);
    struct str pipeline = p->pipeline->full_name;
    if (pipeline.n + 1 + name.n <= max)
        return arena_printf(p->arena, "%.*s-%.*s", STR(pipeline), STR(name));
    if (name.n + 6 > max)
        return arena_str(p->arena, str_sub(name, 0, max));
    size_t room = max - name.n - 6; /* of the pipeline: its beginning, '-', its last four, '-' */
    return arena_printf(p->arena, "%.*s-%.*s-%.*s", (int)room, pipeline.p, 4,
                        pipeline.p + pipeline.n - 4, STR(name));
}

/* Source: CloudFormation API reference, CreateStack, StackName. */
struct str plan_stack_name(const struct plan *p)
{
    enum { DIGITS = 4 };
    struct str name = p->pipeline->full_name;
    char *out = arena_alloc(p->arena, name.n + 1);
    bool plain = name.n && ascii_is_alpha(name.p[0]);
    for (size_t i = 0; i < name.n; i++) {
        bool keep = ascii_is_alnum(name.p[i]) || name.p[i] == '-';
        out[i] = keep ? name.p[i] : '-';
        plain = plain && keep;
    }
    if (plain)
        return name;
    uint8_t digest[SHA256_BYTES];
    char hex[DIGITS];
    sha256(digest, name);
    hex_put(hex, digest, DIGITS / 2);
    return arena_printf(p->arena, "%s%.*s-%.*s", ascii_is_alpha(out[0]) ? "" : "p-", (int)name.n,
                        out, DIGITS, hex);
}

struct str plan_dashed(struct plan *p, struct str text, size_t max)
{
    char *out = arena_alloc(p->arena, text.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n && n < max; i++) {
        if (ascii_is_alnum(text.p[i]))
            out[n++] = ascii_lower(text.p[i]);
        else if (n && out[n - 1] != '-')
            out[n++] = '-';
    }
    while (n && out[n - 1] == '-')
        n--;
    return (struct str){ out, n };
}

enum { DIGEST_NAME = 32 }; /* hexadecimal digits of MD5 */

/* Names of executions are no help: those that a schedule starts have 73 characters, and people may
 * put anything into theirs. */
struct vstr plan_job_name(struct plan *p, const struct step *s, size_t max)
{
    struct vstr v = { .span = s->item.name.span, .set = true, .runtime = true };
    struct str what = p->inline_maps ? S("States.UUID()")
                      : s->common.retry.n
                          ? S("States.Format('{}-{}', $$.Execution.Id, $$.State.RetryCount)")
                          : S("$$.Execution.Id");
    struct str name = plan_job_prefix(p, s, max);
    if (name.n)
        v.s = arena_printf(p->arena, "States.Format('%.*s{}', States.Hash(%.*s, 'MD5'))", STR(name),
                           STR(what));
    else
        v.s = arena_printf(p->arena, "States.Hash(States.Format('%.*s {}', %.*s), 'MD5')",
                           STR(plan_dashed(p, s->item.name.s, s->item.name.s.n)), STR(what));
    return v;
}

struct str plan_job_prefix(struct plan *p, const struct step *s, size_t max)
{
    if (max < DIGEST_NAME + 2)
        return (struct str){ 0 };
    struct str name = plan_dashed(p, s->item.name.s, max - DIGEST_NAME - 1);
    return name.n ? arena_printf(p->arena, "%.*s-", STR(name)) : name;
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
