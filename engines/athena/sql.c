/* From SQL as it is written to queries: statements, values for question marks, prepared statements.
 * Written from the Athena user guide, "Use parameterized queries". */
#include "plan/format.h"
#include "query.h"
#include "schema/bind.h"

enum { QUERY_MAX = 262144 }; /* bytes; Source: StartQueryExecution, QueryString */

/* ---- values --------------------------------------------------------------------------------- */

static bool is_call(struct str s)
{
    return str_starts(s, S("States.")) && str_ends(s, S(")"));
}

static bool is_runtime(const struct node *n)
{
    return n->kind == NODE_STR && (text_is_runtime_path(n->str) || is_call(n->str));
}

/* 'it''s': a string of SQL. A value known at run time stands between quotes as it is. */
static void add_string(struct format *b, const struct node *n)
{
    format_text(b, S("'"));
    struct str text = n->kind == NODE_STR ? n->str : span_text(n->span);
    if (is_runtime(n))
        format_value(b, text);
    for (size_t i = 0; !is_runtime(n) && i < text.n; i++) {
        format_text(b, str_sub(text, i, i + 1));
        if (text.p[i] == '\'')
            format_text(b, S("'"));
    }
    format_text(b, S("'"));
}

static void add_bare(struct format *b, const struct node *n)
{
    if (is_runtime(n))
        format_value(b, n->str);
    else
        format_text(b, n->kind == NODE_STR ? n->str : span_text(n->span));
}

/* One value of the list: a constant, a path, or {number: …}, {string: …}, {sql: …}. */
static bool add_value(struct diags *ds, struct format *b, const struct node *n)
{
    const struct node *inner = n;
    bool string = n->kind == NODE_STR;
    if (n->kind == NODE_MAP && n->map.n == 1) {
        const struct node_entry *e = &n->map.entries[0];
        bool known =
            str_eq(e->key, S("number")) || str_eq(e->key, S("string")) || str_eq(e->key, S("sql"));
        string = str_eq(e->key, S("string"));
        inner = known ? e->value : n;
    }
    if (inner->kind == NODE_MAP || inner->kind == NODE_SEQ || inner->kind == NODE_NULL) {
        struct diag *d = diag_error(ds, "wrong-type", inner->span,
                                    "a value is %s; expected text, a "
                                    "number or true or false",
                                    node_kind_name(inner));
        diag_help(d,
                  "{number: $.n} for a number known at run time, {sql: \"DATE '2030-01-01'\"} for "
                  "SQL");
        return false;
    }
    if (string)
        add_string(b, inner);
    else
        add_bare(b, inner);
    return true;
}

static const struct node *value_list(const struct source_body *own, const struct query_step *step)
{
    const struct node *n = own->variables.node ? own->variables.node : step->what.variables.node;
    return n && n->kind == NODE_SEQ ? n : NULL;
}

/* ExecutionParameters: texts of SQL values. */
static void set_values(struct work *w, struct query *q, const struct node *list)
{
    struct plan *p = w->plan;
    struct node *constants = plan_list(p);
    struct buf call;
    bool runtime = false;
    buf_init(&call, 0);
    for (size_t i = 0; i < list->seq.n; i++) {
        struct format b;
        format_init(&b, p->arena);
        w->good = add_value(p->ds, &b, list->seq.items[i]) && w->good;
        if (!b.runtime) { /* as an argument of States.Array */
            node_push(p->arena, constants, plan_str(p, arena_str(p->arena, buf_str(&b.plain))));
            buf_printf(&call, "%s'%.*s'", i ? ", " : "", STR(buf_str(&b.pattern)));
        }
        bool one = b.runtime;
        struct vstr v = format_done(&b, list->seq.items[i]->span);
        if (one)
            buf_printf(&call, "%s%.*s", i ? ", " : "", STR(v.s));
        runtime = runtime || one;
    }
    if (runtime)
        q->values =
            (struct vstr){ .s = arena_printf(p->arena, "States.Array(%.*s)", STR(buf_str(&call))),
                           .span = list->span,
                           .set = true,
                           .runtime = true };
    else if (list->seq.n)
        q->value_list = constants;
    buf_done(&call);
}

/* As many values as question marks. Only a warning: job files that several steps share may hold
 * what is meant for one of them. */
static void check_count(struct work *w, const struct sql_statement *st, const struct node *list,
                        struct span span)
{
    size_t given = list ? list->seq.n : 0;
    if (!st || st->parameters == given)
        return;
    struct diag *d = diag_warning(w->plan->ds, "wrong-count", given ? list->span : span,
                                  "this query will fail: it has %zu question mark%s, and %zu "
                                  "value%s given",
                                  st->parameters, st->parameters == 1 ? "" : "s", given,
                                  given == 1 ? " is" : "s are");
    if (!given)
        diag_help(d, "list them: 'variables: [$.day]'");
}

/* ---- reading SQL ---------------------------------------------------------------------------- */

/* The first text argument of States.Format('…', …), its escapes undone: what the statement is, with
 * {} for what is filled in. */
static struct str pattern_of(struct arena *a, struct str call)
{
    size_t at = str_find_char(call, '\'', 0), n = 0;
    if (at == SIZE_MAX)
        return (struct str){ 0 };
    char *out = arena_alloc(a, call.n);
    for (size_t i = at + 1; i < call.n && call.p[i] != '\''; i++) {
        if (call.p[i] == '\\' && i + 1 < call.n)
            i++;
        out[n++] = call.p[i];
    }
    return (struct str){ out, n };
}

static void add_query(struct work *w, struct job *j, struct query q)
{
    vec_push(w->plan->arena, &j->queries, q);
    w->total++;
}

/* CloudFormation would look for a value to put there. */
static bool plain_text(struct work *w, struct str text, struct span span)
{
    struct diags *ds = w->plan->ds;
    struct diag *d = NULL;
    if (text.n > QUERY_MAX) {
        diag_error(ds, "too-large", span, "the query has %zu bytes; expected at most %d", text.n,
                   QUERY_MAX);
    } else if (str_find(text, S("${"), 0) != SIZE_MAX) {
        d = diag_error(ds, "placeholder", span,
                       "'${' in a query would be filled in when deploying");
        diag_help(d, "write '$' || '{' in a string");
    } else {
        return true;
    }
    w->good = false;
    return false;
}

/* `text` lies in `src` if that is not NULL; otherwise `span` is all that is known of its place. */
static void add_sql(struct work *w, struct job *j, const struct source_body *b, struct str text,
                    const struct source *src, struct span span)
{
    struct plan *p = w->plan;
    bool call = is_call(str_trim(text));
    struct sql_text sql;
    sql_read(p->arena, call ? pattern_of(p->arena, text) : text, &sql);
    if (sql.open || (!sql.all.n && src) || (call && sql.all.n != 1)) {
        struct span at = src && !call ? (struct span){ src, (uint32_t)sql.open_at, 1 } : span;
        if (sql.open)
            diag_error(p->ds, "bad-sql", at, "this %s does not end", sql.open);
        else
            diag_error(p->ds, "bad-sql", span, "there are %zu statements; expected one%s",
                       sql.all.n, call ? "" : " or more");
        w->good = false;
        return;
    }
    const struct node *list = value_list(b, w->body);
    for (size_t i = 0; i < sql.all.n; i++) {
        const struct sql_statement *st = &sql.all.p[i];
        struct query q = { .span = span, .statement = st };
        if (src && !call)
            q.span = (struct span){ src, (uint32_t)st->at, (uint32_t)st->text.n };
        q.text = (struct vstr){ call ? str_trim(text) : st->text, q.span, true, call };
        const struct node *values = st->parameters || b->variables.node ? list : NULL;
        struct span at = src ? (struct span){ src, (uint32_t)st->at, 1 } : span;
        if (!plain_text(w, q.text.s, at))
            continue;
        check_count(w, st, values, at);
        if (values)
            set_values(w, &q, values);
        add_query(w, j, q);
    }
}

static void add_variables(struct plan *p, struct node *to, const struct node *from)
{
    for (size_t i = 0; from && from->kind == NODE_MAP && i < from->map.n; i++)
        node_put(p->arena, to, from->map.entries[i].key, from->map.entries[i].key_span,
                 from->map.entries[i].value);
}

/* Of the job file, the job and the step; the latter is strongest, for it is nearest to the user. */
static const struct node *template_variables(struct work *w, const struct source_body *b)
{
    struct node *all = plan_map(w->plan);
    add_variables(w->plan, all, w->own);
    add_variables(w->plan, all, b->variables.node);
    add_variables(w->plan, all, w->body->what.variables.node);
    return all;
}

/* One entry of `file` may name several, separated by commas, as it always could. */
static void add_files(struct work *w, struct job *j, const struct source_body *b, struct vstr names)
{
    struct str rest = names.s, name;
    while (str_split(&rest, ',', &name)) {
        struct vstr path = { str_trim(name), names.span, true, false };
        struct source *src = plan_read_text(w->plan, path, template_variables(w, b));
        if (src)
            add_sql(w, j, b, src->text, src, names.span);
        w->good = w->good && src;
    }
}

/* ---- prepared statements -------------------------------------------------------------------- */

static const struct sql_statement *statement_of(struct plan *p, const struct resource *r)
{
    const struct node *text = r ? node_get(r->props, S("QueryStatement")) : NULL;
    if (!text || !text->str.n)
        return NULL;
    struct sql_text *sql = arena_make(p->arena, struct sql_text);
    sql_read(p->arena, text->str, sql);
    return sql->all.n ? &sql->all.p[0] : NULL;
}

static void add_execution(struct work *w, struct job *j, const struct source_body *b)
{
    struct plan *p = w->plan;
    struct vstr name = b->prepared_statement;
    const struct resource *r = plan_lookup(p, name.s, "athena_prepared_statement");
    const struct node *list = value_list(b, w->body);
    struct query q = {
        .span = name.span, .executes = true, .prepared = r, .statement = statement_of(p, r)
    };
    struct format text;
    check_count(w, q.statement, list, name.span);
    format_init(&text, p->arena);
    format_text(&text, S("EXECUTE "));
    format_text(&text, name.s);
    for (size_t i = 0; list && i < list->seq.n; i++) {
        format_text(&text, i ? S(", ") : S(" USING "));
        w->good = add_value(p->ds, &text, list->seq.items[i]) && w->good;
    }
    q.text = format_done(&text, name.span);
    add_query(w, j, q);
}

void athena_add_source(struct work *w, struct job *j, const struct source_body *b)
{
    for (size_t i = 0; i < b->file.n; i++)
        add_files(w, j, b, b->file.items[i]);
    if (b->query_string.set)
        add_sql(w, j, b, b->query_string.s, NULL, b->query_string.span);
    if (b->prepared_statement.set)
        add_execution(w, j, b);
}
