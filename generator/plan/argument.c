/* What a task is called with: "Parameters", and values whose run-time parts are keys with ".$". */
#include "plan/plan.h"

#include "base/limits.h"

static struct node *parameters(struct plan *p, struct state *t)
{
    struct node *n = node_get(t->body, S("Parameters"));
    if (!n) {
        n = plan_map(p);
        plan_put(p, t->body, "Parameters", n);
    }
    return n;
}

void task_arg(struct plan *p, struct state *t, const char *key, struct vstr value)
{
    if (!value.s.n)
        return;
    struct str name = value.runtime ? arena_printf(p->arena, "%s.$", key) : str_from(key);
    node_put(p->arena, parameters(p, t), name, value.span, node_str(p->arena, value.span, value.s));
}

/* "/Key" is a field of the state itself, whose run-time form is "KeyPath". */
void task_arg_int(struct plan *p, struct state *t, const char *key, struct vint value)
{
    bool own = key[0] == '/';
    struct node *to = own ? t->body : parameters(p, t);
    if (value.path.n)
        node_put(p->arena, to, arena_printf(p->arena, "%s%s", key + own, own ? "Path" : ".$"),
                 value.span, node_str(p->arena, value.span, value.path));
    else if (value.set || value.v)
        node_put(p->arena, to, str_from(key + own), value.span,
                 node_int(p->arena, value.span, value.v));
}

void task_arg_node(struct plan *p, struct state *t, const char *key, const struct node *value)
{
    if (!value)
        return;
    struct node *holder = plan_map(p);
    plan_put(p, holder, key, (struct node *)value);
    const struct node *made = plan_payload(p, holder);
    const struct node_entry *e = &made->map.entries[0];
    node_put(p->arena, parameters(p, t), e->key, e->key_span, e->value);
}

static bool is_runtime_value(const struct node *n)
{
    return n->kind == NODE_STR && plan_is_runtime(n->str);
}

/* Only a key that ends in ".$" has its value filled in, and a list's items have no keys. */
static void refuse_path(struct plan *p, const struct node *item)
{
    struct diag *d = diag_error(p->ds, "runtime-path", item->span,
                                "'%.*s' stands in a list of maps or lists, where nothing is filled "
                                "in",
                                STR(item->str));
    diag_help(d, "put it into a map: '{value: …}'");
}

static struct node *payload_at(struct plan *p, const struct node *value, int depth)
{
    if (depth > LIMIT_JSON_DEPTH || (value->kind != NODE_MAP && value->kind != NODE_SEQ))
        return (struct node *)value;
    if (value->kind == NODE_SEQ) {
        struct node *list = node_seq(p->arena, value->span);
        for (size_t i = 0; i < value->seq.n; i++) {
            if (is_runtime_value(value->seq.items[i]))
                refuse_path(p, value->seq.items[i]);
            node_push(p->arena, list, payload_at(p, value->seq.items[i], depth + 1));
        }
        return list;
    }
    struct node *map = node_map(p->arena, value->span);
    for (size_t i = 0; i < value->map.n; i++) {
        const struct node_entry *e = &value->map.entries[i];
        struct str key = e->key, call = { 0 };
        if (e->value->kind == NODE_SEQ)
            call = plan_list_call(p, e->value);
        struct node *made =
            call.n ? node_str(p->arena, e->value->span, call) : payload_at(p, e->value, depth + 1);
        if ((call.n || is_runtime_value(e->value)) && !str_ends(key, S(".$")))
            key = arena_printf(p->arena, "%.*s.$", STR(key));
        node_put(p->arena, map, key, e->key_span, made);
    }
    return map;
}

struct node *plan_payload(struct plan *p, const struct node *value)
{
    return payload_at(p, value, 0);
}

static bool mentions_token_at(const struct node *n, int depth)
{
    if (!n || depth > LIMIT_JSON_DEPTH)
        return false;
    if (n->kind == NODE_STR)
        return str_find(n->str, S("$$.Task.Token"), 0) != SIZE_MAX;
    for (size_t i = 0; n->kind == NODE_SEQ && i < n->seq.n; i++)
        if (mentions_token_at(n->seq.items[i], depth + 1))
            return true;
    for (size_t i = 0; n->kind == NODE_MAP && i < n->map.n; i++)
        if (mentions_token_at(n->map.entries[i].value, depth + 1))
            return true;
    return false;
}

bool plan_mentions_token(const struct node *data)
{
    return mentions_token_at(data, 0);
}
