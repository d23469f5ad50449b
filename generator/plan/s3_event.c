/* Rules of EventBridge for what happens to objects in S3; and payloads made of events.
 * Source: AWS::Events::Rule; EventBridge user guide, "Event patterns", "Input transformation". */
#include "plan/plan.h"

#include "base/buf.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "schema/bind.h"

/* ---- pattern -------------------------------------------------------------------------------- */

static struct node *list_of(struct plan *p, struct node *one)
{
    struct node *list = plan_list(p);
    node_push(p->arena, list, one);
    return list;
}

/* '*' and '\' stand for themselves only behind a backslash. */
static void put_escaped(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '*' || s.p[i] == '\\')
            buf_putc(out, '\\');
        buf_putc(out, s.p[i]);
    }
}

static struct node *key_pattern(struct plan *p, const struct s3_event *ev)
{
    if (!ev->suffix.s.n)
        return plan_call(p, "prefix", plan_str(p, ev->prefix.s));
    if (!ev->prefix.s.n)
        return plan_call(p, "suffix", plan_str(p, ev->suffix.s));
    struct buf text;
    buf_init(&text, 0);
    put_escaped(&text, ev->prefix.s);
    buf_putc(&text, '*');
    put_escaped(&text, ev->suffix.s);
    struct str all = arena_str(p->arena, buf_str(&text));
    buf_done(&text);
    return plan_call(p, "wildcard", plan_str(p, all));
}

static struct node *pattern(struct plan *p, const struct s3_event *ev, struct node *bucket)
{
    struct node *types = plan_list(p), *detail = plan_map(p), *n = plan_map(p);
    for (size_t i = 0; i < ev->events.n; i++)
        node_push(p->arena, types, plan_text(p, s3_event_type(ev->events.items[i].s)));
    if (!types->seq.n)
        node_push(p->arena, types, plan_text(p, "Object Created"));
    plan_put(p, detail, "bucket", plan_call(p, "name", list_of(p, bucket)));
    if (ev->prefix.s.n || ev->suffix.s.n)
        plan_put(p, detail, "object", plan_call(p, "key", list_of(p, key_pattern(p, ev))));
    plan_put(p, n, "source", list_of(p, plan_text(p, "aws.s3")));
    plan_put(p, n, "detail-type", types);
    plan_put(p, n, "detail", detail);
    return n;
}

/* ---- payload -------------------------------------------------------------------------------- */

struct transformer {
    struct plan *plan;
    struct node *paths; /* name → path; NULL: paths stand in the template, into "$.body" */
    struct json_writer w;
};

/* The name of a path's variable; the same path has one name. */
static struct str variable(struct transformer *t, struct str path)
{
    for (size_t i = 0; i < t->paths->map.n; i++)
        if (str_eq(t->paths->map.entries[i].value->str, path))
            return t->paths->map.entries[i].key;
    struct str name = arena_printf(t->plan->arena, "v%u", (unsigned)t->paths->map.n + 1);
    plan_put(t->plan, t->paths, name.p, plan_str(t->plan, path));
    return name;
}

/* "<v1>", or "<$.body.id>" for "$.id". */
static struct str reference(struct transformer *t, struct str path)
{
    if (!t->paths)
        return arena_printf(t->plan->arena, "<$.body%.*s>", STR(str_sub(path, 1, path.n)));
    return arena_printf(t->plan->arena, "<%.*s>", STR(variable(t, path)));
}

static void put_template(struct transformer *t, const struct node *n, int depth)
{
    if (n->kind == NODE_STR && text_is_runtime_path(n->str)) {
        json_raw(&t->w, reference(t, n->str));
    } else if (depth > LIMIT_JSON_DEPTH || (n->kind != NODE_MAP && n->kind != NODE_SEQ)) {
        json_node(&t->w, n);
    } else if (n->kind == NODE_MAP) {
        json_begin_map(&t->w);
        for (size_t i = 0; i < n->map.n; i++) {
            json_key(&t->w, n->map.entries[i].key);
            put_template(t, n->map.entries[i].value, depth + 1);
        }
        json_end_map(&t->w);
    } else {
        json_begin_list(&t->w);
        for (size_t i = 0; i < n->seq.n; i++)
            put_template(t, n->seq.items[i], depth + 1);
        json_end_list(&t->w);
    }
}

static struct str template_text(struct transformer *t, const struct node *payload)
{
    struct buf text;
    buf_init(&text, 0);
    json_writer_init(&t->w, &text, 0);
    put_template(t, payload, 0);
    struct str s = arena_str(t->plan->arena, buf_str(&text));
    buf_done(&text);
    return s;
}

struct str plan_message_template(struct plan *p, const struct node *payload)
{
    struct transformer t = { .plan = p };
    return template_text(&t, payload ? payload : plan_text(p, "$"));
}

static void put_input(struct plan *p, struct node *target, const struct node *payload)
{
    struct transformer t = { .plan = p, .paths = plan_map(p) };
    if (!payload)
        return;
    struct node *template = plan_str(p, template_text(&t, payload));
    if (!t.paths->map.n) {
        plan_put(p, target, "Input", template);
        return;
    }
    struct node *input = plan_map(p);
    plan_put(p, input, "InputPathsMap", t.paths);
    plan_put(p, input, "InputTemplate", template);
    plan_put(p, target, "InputTransformer", input);
}

/* ---- rule ----------------------------------------------------------------------------------- */

/* The bucket's name; one of this pipeline then sends its events to EventBridge. */
static struct node *bucket_of(struct plan *p, const struct s3_event *ev)
{
    if (ev->bucket.set)
        return plan_str(p, ev->bucket.s);
    struct resource *r = plan_find(p, ev->bucket_ref, "s3_bucket");
    if (!r)
        return NULL;
    res_put(p, r, "NotificationConfiguration",
            plan_call(p, "EventBridgeConfiguration",
                      plan_call(p, "EventBridgeEnabled", plan_bool(p, true))));
    return plan_ref(p, r);
}

struct resource *plan_add_s3_event(struct plan *p, struct str name, const struct s3_event *ev,
                                   const struct node *target, const struct role_decl *role)
{
    struct span where = ev->bucket.set ? ev->bucket.span : ev->bucket_ref.span;
    struct node *bucket = bucket_of(p, ev);
    if (!bucket)
        return NULL;
    struct resource *rule = plan_add_resource(p, name, "S3Event", "AWS::Events::Rule", where);
    res_put(p, rule, "EventPattern", pattern(p, ev, bucket));
    if (!ev->enabled.v)
        res_put(p, rule, "State", plan_text(p, "DISABLED"));
    struct node *t = plan_map(p);
    plan_put(p, t, "Arn", (struct node *)target);
    plan_put_text(p, t, "Id", "Target");
    if (role)
        plan_put(p, t, "RoleArn", plan_role_arn(p, role));
    put_input(p, t, ev->payload.node);
    res_put(p, rule, "Targets", list_of(p, t));
    struct watch watch = { bucket, ev->prefix.s, ev->suffix.s, where };
    vec_push(p->arena, &p->watches, watch);
    return rule;
}
