/* Who may do what, and why: the policies of all roles with the lines that need them. */
#include "emit/emit.h"

#include "base/json_write.h"

static void write_line(struct json_writer *w, struct span at)
{
    if (!at.src)
        return;
    json_put_str(w, "file", at.src->path);
    json_key(w, S("line"));
    json_int(w, (int64_t)source_position(at.src, at.at).line);
}

/* Of what a macro or an include made, also the line that called for it. */
static void write_reason(struct json_writer *w, const struct grant *g)
{
    const struct frame *call = NULL;
    struct span at = span_origin(g->span, &call);
    while (call && call->up)
        call = call->up;
    json_begin_map(w);
    json_put_str(w, "reason", g->reason);
    write_line(w, at);
    if (call) {
        json_key(w, S("called"));
        json_begin_map(w);
        write_line(w, span_origin(call->at, NULL));
        json_end_map(w);
    }
    json_end_map(w);
}

/* Grants of one statement often share a reason: a log takes three actions. */
static bool said_before(const struct statement *st, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (str_eq(st->because.p[j]->reason, st->because.p[i]->reason) &&
            st->because.p[j]->span.at == st->because.p[i]->span.at)
            return true;
    return false;
}

static void write_statement(struct json_writer *w, const struct statement *st)
{
    json_begin_map(w);
    json_key(w, S("Action"));
    json_begin_list(w);
    for (size_t i = 0; i < st->actions.n; i++)
        json_str(w, st->actions.p[i]);
    json_end_list(w);
    json_key(w, S("Resource"));
    json_begin_list(w);
    for (size_t i = 0; i < st->resources.n; i++)
        json_node(w, st->resources.p[i]);
    json_end_list(w);
    if (st->condition) {
        json_key(w, S("Condition"));
        json_node(w, st->condition);
    }
    json_key(w, S("because"));
    json_begin_list(w);
    for (size_t i = 0; i < st->because.n; i++)
        if (!said_before(st, i))
            write_reason(w, st->because.p[i]);
    json_end_list(w);
    json_end_map(w);
}

/* What the user took away again. */
static void write_removed(struct json_writer *w, const struct role_decl *role)
{
    json_key(w, S("removed"));
    json_begin_list(w);
    for (size_t i = 0; i < role->removed.n; i++) {
        const struct grant *g = &role->removed.p[i];
        json_begin_map(w);
        json_put_str(w, "Action", g->action);
        json_key(w, S("Resource"));
        json_node(w, g->resource);
        json_key(w, S("because"));
        write_reason(w, g);
        json_end_map(w);
    }
    json_end_list(w);
}

static void write_role(struct json_writer *w, const struct plan *p, const struct role_decl *role)
{
    const struct statements *sts = &role->statements;
    json_begin_map(w);
    if (role->resource)
        json_put_str(w, "role", role->resource->id);
    else
        json_put_str(w, "existing_role", p->pipeline->role.s);
    json_put_str(w, "for", role->who);
    json_put_str(w, "assumed_by", role->service);
    json_key(w, S("statements"));
    json_begin_list(w);
    for (size_t i = 0; i < sts->n; i++)
        write_statement(w, &sts->items[i]);
    json_end_list(w);
    if (role->removed.n)
        write_removed(w, role);
    json_end_map(w);
}

void emit_iam(const struct plan *p, struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out, 2);
    json_begin_map(&w);
    json_put_str(&w, "pipeline", p->pipeline->id);
    json_put_str(&w, "stage", p->pipeline->stage->name);
    json_key(&w, S("roles"));
    json_begin_list(&w);
    for (size_t i = 0; i < p->roles.n; i++)
        write_role(&w, p, p->roles.p[i]);
    json_end_list(&w);
    json_end_map(&w);
    buf_putc(out, '\n');
}
