/* The plan's states as a document of the States Language. Values that a user wrote keep their
 * spans, and so do states: what is wrong with the document is shown in the config. */
#include "plan/plan.h"

/* Order in which a state's fields are written. */
static const char *const ORDER[] = {
    "Comment",
    "Resource",
    "Seconds",
    "SecondsPath",
    "Timestamp",
    "TimestampPath",
    "Error",
    "ErrorPath",
    "Cause",
    "CausePath",
    "InputPath",
    "ItemReader",
    "ItemsPath",
    "ItemSelector",
    "ItemBatcher",
    "MaxConcurrency",
    "MaxConcurrencyPath",
    "Label",
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
    "ResultWriter",
    "Credentials",
    "Parameters",
    "Result",
    "ResultSelector",
    "ResultPath",
    "OutputPath",
    "Assign",
    "TimeoutSeconds",
    "TimeoutSecondsPath",
    "HeartbeatSeconds",
    "HeartbeatSecondsPath",
};
enum { ORDER_COUNT = sizeof ORDER / sizeof *ORDER };

static bool in_order(struct str key)
{
    for (size_t i = 0; i < ORDER_COUNT; i++)
        if (str_eq(str_from(ORDER[i]), key))
            return true;
    return false;
}

static struct node *text(struct plan *p, const struct state *s, struct str value)
{
    return node_str(p->arena, s->span, value);
}

static void put(struct plan *p, const struct state *s, struct node *map, const char *key,
                struct node *value)
{
    node_put(p->arena, map, str_from(key), s->span, value);
}

/* The known fields in their order, then whatever else an engine has put in. */
static void add_body(struct plan *p, const struct state *s, struct node *out)
{
    for (size_t i = 0; i < ORDER_COUNT; i++) {
        const struct node_entry *e = node_entry(s->body, str_from(ORDER[i]));
        if (e)
            put(p, s, out, ORDER[i], e->value);
    }
    for (size_t i = 0; i < s->body->map.n; i++)
        if (!in_order(s->body->map.entries[i].key))
            node_put(p->arena, out, s->body->map.entries[i].key, s->span,
                     s->body->map.entries[i].value);
}

static void add_scope(struct plan *p, const struct scope *sc, struct node *out);

/* A rule's condition with its Next. */
static struct node *rule_node(struct plan *p, const struct state *s, const struct rule *r)
{
    struct node *out = node_map(p->arena, s->span);
    for (size_t i = 0; i < r->condition->map.n; i++) {
        const struct node_entry *e = &r->condition->map.entries[i];
        node_put(p->arena, out, e->key, e->key_span, e->value);
    }
    put(p, s, out, "Next", text(p, s, r->next->name));
    return out;
}

static void add_choices(struct plan *p, const struct state *s, struct node *out)
{
    struct node *list = node_seq(p->arena, s->span);
    for (size_t i = 0; i < s->rules.n; i++)
        node_push(p->arena, list, rule_node(p, s, s->rules.p[i]));
    put(p, s, out, "Choices", list);
    if (s->otherwise)
        put(p, s, out, "Default", text(p, s, s->otherwise->name));
}

static void add_catchers(struct plan *p, const struct state *s, struct node *out)
{
    struct node *list = node_seq(p->arena, s->span);
    for (size_t i = 0; i < s->catchers.n; i++) {
        const struct catcher *c = s->catchers.p[i];
        struct node *n = node_map(p->arena, s->span);
        put(p, s, n, "ErrorEquals", (struct node *)c->error_equals);
        bool stored = c->result_path.n && !str_eq(c->result_path, S("null"));
        put(p, s, n, "ResultPath",
            stored ? text(p, s, c->result_path) : node_null(p->arena, s->span));
        if (c->assign)
            put(p, s, n, "Assign", (struct node *)c->assign);
        put(p, s, n, "Next", text(p, s, c->next->name));
        node_push(p->arena, list, n);
    }
    put(p, s, out, "Catch", list);
}

static void add_scopes(struct plan *p, const struct state *s, struct node *out)
{
    if (strcmp(s->type, "Parallel") == 0) {
        struct node *list = node_seq(p->arena, s->span);
        for (size_t i = 0; i < s->scopes.n; i++) {
            struct node *branch = node_map(p->arena, s->span);
            add_scope(p, s->scopes.p[i], branch);
            node_push(p->arena, list, branch);
        }
        put(p, s, out, "Branches", list);
    } else if (s->scopes.n) {
        struct node *processor = node_map(p->arena, s->span);
        if (s->processor_config)
            put(p, s, processor, "ProcessorConfig", s->processor_config);
        add_scope(p, s->scopes.p[0], processor);
        put(p, s, out, "ItemProcessor", processor);
    }
}

static struct node *state_node(struct plan *p, const struct state *s)
{
    struct node *out = node_map(p->arena, s->span);
    put(p, s, out, "Type", text(p, s, str_from(s->type)));
    add_body(p, s, out);
    add_scopes(p, s, out);
    if (s->retry)
        put(p, s, out, "Retry", s->retry);
    if (s->catchers.n)
        add_catchers(p, s, out);
    if (strcmp(s->type, "Choice") == 0)
        add_choices(p, s, out);
    else if (s->next)
        put(p, s, out, "Next", text(p, s, s->next->name));
    else if (strcmp(s->type, "Succeed") != 0 && strcmp(s->type, "Fail") != 0)
        put(p, s, out, "End", node_bool(p->arena, s->span, true));
    return out;
}

static void add_scope(struct plan *p, const struct scope *sc, struct node *out)
{
    struct node *states = node_map(p->arena, sc->start->span);
    for (size_t i = 0; i < sc->states.n; i++) {
        const struct state *s = sc->states.p[i];
        node_put(p->arena, states, s->name, s->span, state_node(p, s));
    }
    put(p, sc->start, out, "StartAt", text(p, sc->start, sc->start->name));
    put(p, sc->start, out, "States", states);
}

struct node *plan_machine_node(struct plan *p)
{
    const struct pipeline *pl = p->pipeline;
    const struct vstr *comment = pl->description.s.n ? &pl->description : &pl->name;
    struct node *out = node_map(p->arena, pl->main->span);
    if (comment->s.n)
        node_put(p->arena, out, S("Comment"), comment->span,
                 node_str(p->arena, comment->span, comment->s));
    if (pl->timeout.v)
        node_put(p->arena, out, S("TimeoutSeconds"), pl->timeout.span,
                 node_int(p->arena, pl->timeout.span, pl->timeout.v));
    add_scope(p, p->machine, out);
    return out;
}
