/* The plan's states in Amazon States Language. */
#include "emit/emit.h"

#include "base/json_write.h"

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

static void put_member(struct json_writer *w, const char *key, const struct node *value)
{
    json_key(w, str_from(key));
    json_node(w, value);
}

static bool in_order(struct str key)
{
    for (size_t i = 0; i < ORDER_COUNT; i++)
        if (str_eq(str_from(ORDER[i]), key))
            return true;
    return false;
}

/* The known fields in their order, then whatever else an engine has put in. */
static void write_body(struct json_writer *w, const struct state *s)
{
    for (size_t i = 0; i < ORDER_COUNT; i++) {
        const struct node *value = node_get(s->body, str_from(ORDER[i]));
        if (value)
            put_member(w, ORDER[i], value);
    }
    for (size_t i = 0; i < s->body->map.n; i++)
        if (!in_order(s->body->map.entries[i].key)) {
            json_key(w, s->body->map.entries[i].key);
            json_node(w, s->body->map.entries[i].value);
        }
}

static void write_scope(struct json_writer *w, const struct scope *sc);

/* A rule's condition with its Next. */
static void write_rule(struct json_writer *w, const struct rule *r)
{
    json_begin_map(w);
    for (size_t i = 0; i < r->condition->map.n; i++) {
        json_key(w, r->condition->map.entries[i].key);
        json_node(w, r->condition->map.entries[i].value);
    }
    json_key(w, S("Next"));
    json_str(w, r->next->name);
    json_end_map(w);
}

static void write_choices(struct json_writer *w, const struct state *s)
{
    json_key(w, S("Choices"));
    json_begin_list(w);
    for (size_t i = 0; i < s->rules.n; i++)
        write_rule(w, s->rules.p[i]);
    json_end_list(w);
    if (s->otherwise) {
        json_key(w, S("Default"));
        json_str(w, s->otherwise->name);
    }
}

static void write_catchers(struct json_writer *w, const struct state *s)
{
    json_key(w, S("Catch"));
    json_begin_list(w);
    for (size_t i = 0; i < s->catchers.n; i++) {
        const struct catcher *c = s->catchers.p[i];
        json_begin_map(w);
        put_member(w, "ErrorEquals", c->error_equals);
        json_key(w, S("ResultPath"));
        if (c->result_path.n && !str_eq(c->result_path, S("null")))
            json_str(w, c->result_path);
        else
            json_null(w);
        if (c->assign)
            put_member(w, "Assign", c->assign);
        json_key(w, S("Next"));
        json_str(w, c->next->name);
        json_end_map(w);
    }
    json_end_list(w);
}

static void write_scopes(struct json_writer *w, const struct state *s)
{
    if (strcmp(s->type, "Parallel") == 0) {
        json_key(w, S("Branches"));
        json_begin_list(w);
        for (size_t i = 0; i < s->scopes.n; i++) {
            json_begin_map(w);
            write_scope(w, s->scopes.p[i]);
            json_end_map(w);
        }
        json_end_list(w);
    } else if (s->scopes.n) {
        json_key(w, S("ItemProcessor"));
        json_begin_map(w);
        if (s->processor_config)
            put_member(w, "ProcessorConfig", s->processor_config);
        write_scope(w, s->scopes.p[0]);
        json_end_map(w);
    }
}

static void write_state(struct json_writer *w, const struct state *s)
{
    json_key(w, s->name);
    json_begin_map(w);
    json_key(w, S("Type"));
    json_str(w, str_from(s->type));
    write_body(w, s);
    write_scopes(w, s);
    if (s->retry)
        put_member(w, "Retry", s->retry);
    if (s->catchers.n)
        write_catchers(w, s);
    if (strcmp(s->type, "Choice") == 0) {
        write_choices(w, s);
    } else if (s->next) {
        json_key(w, S("Next"));
        json_str(w, s->next->name);
    } else if (strcmp(s->type, "Succeed") != 0 && strcmp(s->type, "Fail") != 0) {
        json_key(w, S("End"));
        json_bool(w, true);
    }
    json_end_map(w);
}

static void write_scope(struct json_writer *w, const struct scope *sc)
{
    json_key(w, S("StartAt"));
    json_str(w, sc->start->name);
    json_key(w, S("States"));
    json_begin_map(w);
    for (size_t i = 0; i < sc->states.n; i++)
        write_state(w, sc->states.p[i]);
    json_end_map(w);
}

void emit_asl(const struct plan *p, struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out, 2);
    json_begin_map(&w);
    const struct pipeline *pl = p->pipeline;
    struct str comment = pl->description.s.n ? pl->description.s : pl->name.s;
    if (comment.n) {
        json_key(&w, S("Comment"));
        json_str(&w, comment);
    }
    if (pl->timeout.v) {
        json_key(&w, S("TimeoutSeconds"));
        json_int(&w, pl->timeout.v);
    }
    write_scope(&w, p->machine);
    json_end_map(&w);
    buf_putc(out, '\n');
}

size_t emit_count_states(const struct scope *sc)
{
    size_t n = 0;
    for (size_t i = 0; sc && i < sc->states.n; i++) {
        n++;
        for (size_t j = 0; j < sc->states.p[i]->scopes.n; j++)
            n += emit_count_states(sc->states.p[i]->scopes.p[j]);
    }
    return n;
}
