/* The step that runs Athena queries: SQL files, prepared statements, or a job file that arranges
 * several of them. Workgroups and statements themselves are in athena.c.
 * Written from the Step Functions page on Athena, the StartQueryExecution API, and the Athena user
 * guide, "Querying with prepared statements" and "Fine-grained access to databases and tables". */
#include "model/s3.h"
#include "model/sql.h"
#include "plan/format.h"
#include "plan/plan.h"
#include "schema/bind.h"

/* ---- the step ------------------------------------------------------------------------------- */

/* What is run: one of the three ways, in a step or in a job of a job file. */
struct source_body {
    struct vstrs file;
    struct vstr query_string, prepared_statement;
    struct vany variables; /* a map for templates, or a list of values for question marks */
};
struct query_step {
    struct source_body what;
    struct vstr config_file, workgroup, database, catalog, query_result_location;
    struct vstrs read_from, write_to;
    struct vbool wait_for_completion;
};

#define SOURCE_ROWS(T, F)                                                                           \
    { .key = "file",                                                                                \
      .kind = FIELD_KIND_STRS,                                                                      \
      .offset = offsetof(T, F file),                                                                \
      .aliases = WORDS("files"),                                                                    \
      .doc = "SQL files, relative to the project's root: templates, each of one or more "           \
             "statements, which run one after the other.",                                          \
      .example = "customcode/athena/sql_queries/reviews.sql" },                                     \
        { .key = "query_string",                                                                    \
          .kind = FIELD_KIND_STR,                                                                   \
          .offset = offsetof(T, F query_string),                                                    \
          .aliases = WORDS("query", "sql"),                                                         \
          .doc = "The SQL itself, or a States.Format(…) that makes it at run time." },              \
        { .key = "prepared_statement",                                                              \
          .kind = FIELD_KIND_STR,                                                                   \
          .offset = offsetof(T, F prepared_statement),                                              \
          .doc = "A prepared statement to execute, of this pipeline or of the workgroup." },        \
    {                                                                                               \
        .key = "variables", .kind = FIELD_KIND_ANY, .offset = offsetof(T, F variables),             \
        .aliases = WORDS("parameters"), .example = "{dimension: colour}",                           \
        .doc = "A map: template variables of the files. A list: values for the question marks, "    \
               "constants or run-time paths, as text; {number: $.n} is a number, {sql: …} stays " \
               "as it is."                                                                          \
    }

#define F(kind, name, ...) FIELD_##kind(struct query_step, name, __VA_ARGS__)
static const struct field step_rows[] = {
    F(STR, config_file, .aliases = WORDS("job_file"),
      .doc = "Job file: steps one after the other, the jobs of each side by side.",
      .example = "customcode/athena/athena_jobs/example.yaml"),
    SOURCE_ROWS(struct query_step, what.),
    F(STR, workgroup,
      .doc =
          "An athena_workgroup of this pipeline or another one of the account. By default that of "
          "the prepared statement, the only one that the pipeline declares, or else primary."),
    F(STR, database, .doc = "Database of tables that are named without one; default by default.",
      .source = "StartQueryExecution, QueryExecutionContext"),
    F(STR, catalog, .dflt = "AwsDataCatalog", .doc = "Data catalog of the tables."),
    F(STR, query_result_location, .aliases = WORDS("output_location"), .check = s3_check_field,
      .example = "\"s3://bucket/athena/\"",
      .doc = "Where results go, if the workgroup leaves that to its queries, or, for the policy, "
             "where the workgroup puts them."),
    F(STRS, read_from, .aliases = WORDS("data"), .check = s3_check_field,
      .example = "[\"s3://bucket/reviews/\"]",
      .doc =
          "Places of the tables' data. Without them the step may read any bucket of the account, "
          "which is warned about; [] where Lake Formation alone grants access."),
    F(STRS, write_to, .check = s3_check_field, .example = "[\"s3://bucket/clean/\"]",
      .doc = "Places that INSERT and the like write to, besides those that the SQL itself names."),
    F(BOOL, wait_for_completion, .dflt = "true", .doc = "Go on only when the query has succeeded."),
};
#undef F
static const struct fields step_fields =
    FIELDS(struct query_step, "athena_query", step_rows, .doc = "Runs queries in Athena.");

static int count_ways(const struct source_body *b, bool job_file)
{
    return job_file + b->file.set + b->query_string.set + b->prepared_statement.set;
}

static void check_source(struct diags *ds, const struct source_body *b, bool job_file,
                         struct vstr name)
{
    int ways = count_ways(b, job_file);
    if (ways == 1)
        return;
    struct diag *d = diag_error(ds, ways ? "conflict" : "missing-key", name.span,
                                "'%.*s' has %s query", STR(name.s), ways ? "more than one" : "no");
    diag_help(d,
              ways ? "give only one of %sfile, query_string and prepared_statement"
                   : "give %sfile, query_string or prepared_statement",
              job_file || !ways ? "config_file, " : "");
}

static void check_step(struct diags *ds, const struct item *it)
{
    const struct query_step *b = it->body;
    check_source(ds, &b->what, b->config_file.set, it->name);
}

/* ---- what is run ---------------------------------------------------------------------------- */

struct query {
    struct span span;
    struct vstr text;                      /* QueryString */
    struct vstr values;                    /* ExecutionParameters, if a call makes them */
    const struct node *value_list;         /* … or a list of constants */
    const struct sql_statement *statement; /* what it does; NULL: unknown, a prepared statement of
                                              somebody else's */
    const struct resource *prepared;       /* the statement of this pipeline that it executes */
    bool executes;
};
struct job {
    struct vstr name;
    VEC(struct query) queries;
};
struct phase {
    struct vstr name;
    VEC(struct job *) jobs;
};
struct work {
    struct plan *plan;
    const struct step *step;
    const struct query_step *body;
    struct node *own;           /* variables that the job file sets */
    struct resource *workgroup; /* of this pipeline, or NULL */
    struct vstr workgroup_name;
    VEC(struct phase *) phases;
    size_t total; /* queries */
    bool good;
};

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

static void add_source(struct work *w, struct job *j, const struct source_body *b)
{
    for (size_t i = 0; i < b->file.n; i++)
        add_files(w, j, b, b->file.items[i]);
    if (b->query_string.set)
        add_sql(w, j, b, b->query_string.s, NULL, b->query_string.span);
    if (b->prepared_statement.set)
        add_execution(w, j, b);
}

/* ---- job files ------------------------------------------------------------------------------ */

struct file_body {
    struct vstr name, description;
    struct vany variables, steps;
};
struct phase_body {
    struct vstr name, description;
    struct vany jobs;
};
struct job_body {
    struct vstr name, description;
    struct venum type;
    struct source_body what;
};

#define F(kind, name, ...) FIELD_##kind(struct file_body, name, __VA_ARGS__)
static const struct field file_rows[] = {
    F(STR, name, .doc = "For people."),
    F(STR, description, .aliases = WORDS("comment"), .doc = "For people."),
    F(ANY, variables, .doc = "Template variables of this file, or `file:` that holds them."),
    F(ANY, steps, .required = true, .doc = "Steps, which run one after the other."),
};
#undef F
static const struct fields file_fields =
    FIELDS(struct file_body, "the job file", file_rows, .doc = "A job file for Athena.");

#define F(kind, name, ...) FIELD_##kind(struct phase_body, name, __VA_ARGS__)
static const struct field phase_rows[] = {
    F(STR, name, .required = true, .min = 1, .max = 80, .doc = "Its name."),
    F(STR, description, .aliases = WORDS("comment"), .doc = "For people."),
    F(ANY, jobs, .required = true, .doc = "Jobs, which run side by side."),
};
#undef F
static const struct fields phase_fields =
    FIELDS(struct phase_body, "step", phase_rows, .doc = "A step of a job file.");

#define F(kind, name, ...) FIELD_##kind(struct job_body, name, __VA_ARGS__)
static const struct field job_rows[] = {
    F(STR, name, .required = true, .min = 1, .max = 80, .doc = "Its name."),
    F(STR, description, .aliases = WORDS("comment"), .doc = "For people."),
    F(ENUM, type, .values = WORDS("sql", "prepared_statement", "prepared"),
      .doc = "What its config is about."),
    SOURCE_ROWS(struct job_body, what.),
};
#undef F
static const struct fields job_fields =
    FIELDS(struct job_body, "job", job_rows, .doc = "A job of a job file.");

static const char *const WRAPPERS[] = { "config", NULL };

/* A filled list of maps; NULL after a diagnostic. */
static const struct node *list_of(struct diags *ds, const struct node *n, const char *key,
                                  struct span empty)
{
    if (n->kind == NODE_SEQ && n->seq.n)
        return n;
    struct diag *d =
        diag_error(ds, n->kind == NODE_SEQ ? "empty-value" : "wrong-type",
                   n->kind == NODE_NULL ? empty : n->span, "'%s' is %s; expected a list", key,
                   n->kind == NODE_SEQ ? "empty" : node_kind_name(n));
    if (n->kind == NODE_MAP)
        diag_help(d, "begin each item with '- '");
    return NULL;
}

/* "job 'count'" */
static struct str label_of(struct work *w, const struct node *n, const char *what)
{
    const struct node *name = node_get(n, S("name"));
    return node_is_str(name) ? arena_printf(w->plan->arena, "%s '%.*s'", what, STR(name->str))
                             : str_from(what);
}

static bool bind_map(struct work *w, const struct node *n, const struct fields *fields, void *out)
{
    struct bind b = { .arena = w->plan->arena, .ds = w->plan->ds };
    struct bind_part part = { fields, out };
    if (n->kind == NODE_MAP)
        return bind_parts(&b, n, WRAPPERS, &part, 1, label_of(w, n, fields->name));
    diag_error(w->plan->ds, "wrong-type", n->span, "%s is %s; expected a map", fields->name,
               node_kind_name(n));
    return false;
}

static void read_job(struct work *w, struct phase *ph, const struct node *n)
{
    struct job_body b = { 0 };
    if (!bind_map(w, n, &job_fields, &b)) {
        w->good = false;
        return;
    }
    size_t before = w->plan->ds->errors;
    check_source(w->plan->ds, &b.what, false, b.name);
    if (b.type.set && (b.type.v == 0) == b.what.prepared_statement.set &&
        w->plan->ds->errors == before)
        diag_help(diag_error(w->plan->ds, "conflict", b.type.span,
                             "the type is %.*s, but there is %s", STR(b.type.s),
                             b.type.v ? "SQL" : "a prepared statement"),
                  "write 'type: %s', or no type", b.type.v ? "sql" : "prepared_statement");
    w->good = w->good && w->plan->ds->errors == before;
    struct job *j = arena_make(w->plan->arena, struct job);
    j->name = b.name;
    if (w->plan->ds->errors == before)
        add_source(w, j, &b.what);
    vec_push(w->plan->arena, &ph->jobs, j);
}

static void read_phase(struct work *w, const struct node *n)
{
    struct phase_body b = { 0 };
    const struct node *jobs = NULL;
    if (bind_map(w, n, &phase_fields, &b))
        jobs = list_of(w->plan->ds, b.jobs.node, "jobs", b.name.span);
    if (!jobs) {
        w->good = false;
        return;
    }
    struct phase *ph = arena_make(w->plan->arena, struct phase);
    ph->name = b.name;
    vec_push(w->plan->arena, &w->phases, ph);
    for (size_t i = 0; i < jobs->seq.n; i++)
        read_job(w, ph, jobs->seq.items[i]);
}

static void read_job_file(struct work *w)
{
    struct vstr path = w->body->config_file;
    const struct node *outer = w->body->what.variables.node;
    const struct node *doc =
        plan_read_yaml(w->plan, path, outer && outer->kind == NODE_MAP ? outer : NULL, &w->own);
    struct file_body b = { 0 };
    const struct node *steps = NULL;
    if (doc && bind_map(w, doc, &file_fields, &b))
        steps = list_of(w->plan->ds, b.steps.node, "steps", doc->span);
    w->good = w->good && steps;
    for (size_t i = 0; steps && i < steps->seq.n; i++)
        read_phase(w, steps->seq.items[i]);
}

static void read_work(struct work *w)
{
    if (w->body->config_file.set) {
        read_job_file(w);
        return;
    }
    struct phase *ph = arena_make(w->plan->arena, struct phase);
    struct job *j = arena_make(w->plan->arena, struct job);
    ph->name = j->name = w->step->item.name;
    vec_push(w->plan->arena, &ph->jobs, j);
    vec_push(w->plan->arena, &w->phases, ph);
    add_source(w, j, &w->body->what);
}

/* ---- states --------------------------------------------------------------------------------- */

/* A list of numbers would be enough, but names tell what failed: "reviews, clean 2". */
static struct step *part_of(struct work *w, const struct job *j, size_t i)
{
    struct step *s = arena_make(w->plan->arena, struct step);
    *s = *w->step;
    struct vstr name = w->step->item.name;
    if (w->phases.n > 1 || w->phases.p[0]->jobs.n > 1) {
        name.s = arena_printf(w->plan->arena, "%.*s, %.*s", STR(name.s), STR(j->name.s));
        name.span = j->name.span;
    }
    if (j->queries.n > 1)
        name.s = arena_printf(w->plan->arena, "%.*s %zu", STR(name.s), i + 1);
    s->item.name = name;
    return s;
}

static void add_task(struct work *w, const struct step *s, const struct query *q)
{
    struct plan *p = w->plan;
    const struct query_step *b = w->body;
    bool waits = b->wait_for_completion.v;
    struct state *t = plan_add_task(
        p, s, "Athena: ", waits ? "athena:startQueryExecution.sync" : "athena:startQueryExecution");
    struct node *context = plan_map(p), *result = plan_map(p);
    task_arg(p, t, "QueryString", q->text);
    task_arg(p, t, "WorkGroup", w->workgroup_name);
    if (b->database.set)
        plan_put(p, context, "Database", node_str(p->arena, b->database.span, b->database.s));
    if (b->catalog.set)
        plan_put(p, context, "Catalog", node_str(p->arena, b->catalog.span, b->catalog.s));
    if (context->map.n)
        task_arg_node(p, t, "QueryExecutionContext", context);
    if (b->query_result_location.set) {
        plan_put(p, result, "OutputLocation",
                 node_str(p->arena, b->query_result_location.span, b->query_result_location.s));
        task_arg_node(p, t, "ResultConfiguration", result);
    }
    task_arg(p, t, "ExecutionParameters", q->values);
    task_arg_node(p, t, "ExecutionParameters", q->value_list);
}

static void add_tasks(struct work *w, const struct job *j, bool caught)
{
    for (size_t i = 0; i < j->queries.n; i++) {
        struct step *s = part_of(w, j, i);
        if (caught)
            s->common.catch = (struct vobjs){ 0 };
        add_task(w, s, &j->queries.p[i]);
    }
}

/* A branch of a Parallel state, which does the catching. */
struct branch {
    struct work *work;
    const struct job *job;
};

static void lower_branch(struct plan *p, const struct step *s)
{
    (void)p;
    const struct branch *b = s->item.body;
    add_tasks(b->work, b->job, true);
}

static const struct kind branch_kind = { .type = "athena_query",
                                         .roles = ROLE_STEP,
                                         .lower_step = lower_branch };

static struct sequence *branch_of(struct work *w, const struct job *j)
{
    struct arena *a = w->plan->arena;
    struct sequence *seq = arena_make(a, struct sequence);
    struct group *g = arena_make(a, struct group);
    struct step *s = arena_make(a, struct step);
    struct branch *b = arena_make(a, struct branch);
    *s = *w->step;
    *b = (struct branch){ w, j };
    s->item.kind = &branch_kind;
    s->item.body = b;
    vec_push(a, &g->steps, s);
    vec_push(a, &seq->groups, g);
    return seq;
}

static void add_phase(struct work *w, const struct phase *ph)
{
    if (ph->jobs.n == 1) {
        add_tasks(w, ph->jobs.p[0], false);
        return;
    }
    struct step *s = arena_make(w->plan->arena, struct step);
    *s = *w->step;
    s->item.name.s =
        arena_printf(w->plan->arena, "%.*s, %.*s", STR(w->step->item.name.s), STR(ph->name.s));
    s->item.name.span = ph->name.span;
    struct state *par = plan_add_helper(w->plan, s, "Parallel", "Athena: ");
    for (size_t i = 0; i < ph->jobs.n; i++)
        plan_add_scope(w->plan, par, branch_of(w, ph->jobs.p[i]), ph->jobs.p[i]->name.s);
}

/* ---- grants --------------------------------------------------------------------------------- */

static struct node *workgroup_arn(struct work *w)
{
    return plan_sub(w->plan,
                    "arn:${AWS::Partition}:athena:${AWS::Region}:${AWS::AccountId}:workgroup/%.*s",
                    STR(w->workgroup_name.s));
}

static void grant_athena(struct work *w)
{
    struct plan *p = w->plan;
    const struct node *arn = workgroup_arn(w);
    plan_grant(p, w->step, "athena:StartQueryExecution", arn, "runs its query");
    if (w->body->wait_for_completion.v) {
        plan_grant(p, w->step, "athena:GetQueryExecution", arn, "waits for its query");
        plan_grant(p, w->step, "athena:StopQueryExecution", arn, "stops its query with itself");
    }
    plan_grant(p, w->step, "athena:GetDataCatalog",
               plan_sub(p,
                        "arn:${AWS::Partition}:athena:${AWS::Region}:${AWS::AccountId}:"
                        "datacatalog/%.*s",
                        STR(w->body->catalog.s)),
               "looks tables up");
    /* Lake Formation knows no resources, and gives only what it has been told to give. */
    plan_grant(p, w->step, "lakeformation:GetDataAccess", plan_text(p, "*"),
               "reads what Lake Formation governs");
}

static const struct node *result_settings(const struct work *w)
{
    if (!w->workgroup)
        return NULL;
    const struct node *n = node_get(w->workgroup->props, S("WorkGroupConfiguration"));
    return node_get(n, S("ResultConfiguration"));
}

static struct str reason_of(struct work *w, const char *does)
{
    return arena_printf(w->plan->arena, "step '%.*s' %s", STR(w->step->item.name.s), does);
}

/* The whole account's buckets, with a word on how to say less. */
static void grant_any_bucket(struct work *w, unsigned access, struct span span, const char *reason,
                             const char *what, const char *help)
{
    struct plan *p = w->plan;
    plan_grant_s3(p, p->machine_role, access, S(""), w->step->item.name.span, reason_of(w, reason));
    if (p->pipeline->role.s.n) /* an existing role: what it may do is not up to us */
        return;
    struct diag *d =
        diag_warning(p->ds, "wide-permission", span, "step '%.*s' may %s any bucket of the account",
                     STR(w->step->item.name.s), what);
    diag_help(d, "%s", help);
}

static void grant_results(struct work *w)
{
    struct plan *p = w->plan;
    const struct node *settings = result_settings(w);
    const struct node *place = node_get(settings, S("OutputLocation"));
    const struct node *key =
        node_get(node_get(settings, S("EncryptionConfiguration")), S("KmsKey"));
    struct span at = w->step->item.name.span;
    struct str why = reason_of(w, "keeps its results");
    unsigned access = PLAN_S3_READ | PLAN_S3_WRITE;
    if (place)
        plan_grant_s3(p, p->machine_role, access, place->str, at, why);
    if (w->body->query_result_location.set)
        plan_grant_s3(p, p->machine_role, access, w->body->query_result_location.s, at, why);
    if (!place && !w->body->query_result_location.set)
        grant_any_bucket(w, access, w->workgroup_name.span, "keeps its results",
                         "keep its results in",
                         "where the workgroup keeps results is not known here; say "
                         "'query_result_location: s3://bucket/prefix/'");
    if (key) {
        plan_grant_to(p, p->machine_role, "kms:Decrypt", key, at, why);
        plan_grant_to(p, p->machine_role, "kms:GenerateDataKey", key, at, why);
    }
}

static void grant_places(struct work *w, unsigned access, const struct vstrs *places,
                         const char *reason)
{
    for (size_t i = 0; i < places->n; i++)
        plan_grant_s3(w->plan, w->plan->machine_role, access, places->items[i].s,
                      places->items[i].span, reason_of(w, reason));
}

/* "s3://bucket/day={}/" of States.Format: the folder above what is filled in. */
static struct str known_part(struct str place)
{
    size_t brace = str_find_char(place, '{', 0);
    if (brace == SIZE_MAX)
        return place;
    struct str known = str_sub(place, 0, brace);
    return str_sub(known, 0, str_rfind_char(known, '/') + 1);
}

static void grant_statement(struct work *w, const struct query *q, unsigned *reads,
                            unsigned *writes)
{
    struct plan *p = w->plan;
    struct str database = w->body->database.set ? w->body->database.s : S("default");
    struct sql_statement unknown = { .tables_known = false, .selects = true };
    const struct sql_statement *st = q->statement ? q->statement : &unknown;
    struct span at = w->step->item.name.span;
    struct str rest = st->verb, first = S("EXECUTE");
    if (q->statement)
        str_split(&rest, ' ', &first);
    unsigned data = plan_grant_sql(
        p, p->machine_role, st, database, at,
        arena_printf(p->arena, "step '%.*s' runs %.*s", STR(w->step->item.name.s), STR(first)));
    unsigned changes = data & (PLAN_S3_WRITE | PLAN_S3_DELETE);
    for (size_t i = 0; i < st->locations.n; i++)
        plan_grant_s3(p, p->machine_role, data | PLAN_S3_READ, known_part(st->locations.p[i]), at,
                      reason_of(w, "names it in its SQL"));
    if (st->tables.n || !st->tables_known) /* not SELECT 1 */
        *reads |= data & PLAN_S3_READ;
    /* CREATE TABLE AS without a place writes to where results are kept. */
    if (!st->locations.n && !sql_begins(st, "CREATE TABLE"))
        *writes |= changes;
    if (q->executes)
        plan_grant(p, w->step, "athena:GetPreparedStatement", workgroup_arn(w),
                   "executes a prepared statement");
}

static void grant_data(struct work *w)
{
    const struct query_step *b = w->body;
    unsigned reads = 0, writes = 0;
    for (size_t i = 0; i < w->phases.n; i++)
        for (size_t k = 0; k < w->phases.p[i]->jobs.n; k++) {
            const struct job *j = w->phases.p[i]->jobs.p[k];
            for (size_t q = 0; q < j->queries.n; q++)
                grant_statement(w, &j->queries.p[q], &reads, &writes);
        }
    grant_places(w, PLAN_S3_READ, &b->read_from, "reads tables' data");
    grant_places(w, writes | PLAN_S3_READ | PLAN_S3_WRITE, &b->write_to, "writes tables' data");
    if (reads && !b->read_from.set)
        grant_any_bucket(w, reads, w->step->item.name.span, "reads tables' data", "read",
                         "where the tables' data lie is not known here; list it: 'read_from: "
                         "[s3://bucket/prefix/]', or [] if Lake Formation grants access");
    if (writes && !b->write_to.set)
        grant_any_bucket(w, writes, w->step->item.name.span, "writes tables' data", "write to",
                         "where the tables' data lie is not known here; list it: 'write_to: "
                         "[s3://bucket/prefix/]'");
}

/* ---- lowering ------------------------------------------------------------------------------- */

/* Workgroups of this pipeline, one after the other; NULL at the end. */
static struct resource *next_workgroup(const struct plan *p, size_t *at, struct vstr *name)
{
    while (*at < p->pipeline->resources.n) {
        const struct item *it = p->pipeline->resources.p[(*at)++];
        struct resource *r = plan_lookup(p, it->name.s, "athena_workgroup");
        if (!r || !str_eq(str_from(it->kind->type), S("athena_workgroup")))
            continue;
        *name = it->name;
        return r;
    }
    return NULL;
}

/* The name in a prepared statement's WorkGroup property: itself, or a reference to one of ours. */
static struct vstr workgroup_of(const struct plan *p, const struct resource *prepared)
{
    const struct node *n = node_get(prepared->props, S("WorkGroup"));
    const struct node *id = node_get(n, S("Ref"));
    struct vstr name = { 0 };
    size_t at = 0;
    for (struct resource *r; id && (r = next_workgroup(p, &at, &name));)
        if (str_eq(r->id, id->str))
            return name;
    return (struct vstr){ .s = n && n->kind == NODE_STR ? n->str : S(""), .set = true };
}

/* A statement is executed in the workgroup that holds it. */
static void follow_statement(struct work *w, const struct query *q, struct vstr *name)
{
    if (!q->prepared)
        return;
    struct vstr of = workgroup_of(w->plan, q->prepared);
    if (name->s.n && !str_eq(name->s, of.s)) {
        struct diag *d = diag_warning(w->plan->ds, "conflict", q->span,
                                      "this query will fail: its statement is in workgroup '%.*s', "
                                      "and the step runs in '%.*s'",
                                      STR(of.s), STR(name->s));
        diag_note(d, q->prepared->span, "the statement is declared here");
        return;
    }
    name->s = of.s;
}

static void find_workgroup(struct work *w)
{
    struct plan *p = w->plan;
    struct vstr name = w->body->workgroup, other;
    for (size_t i = 0; i < w->phases.n; i++)
        for (size_t k = 0; k < w->phases.p[i]->jobs.n; k++)
            for (size_t q = 0; q < w->phases.p[i]->jobs.p[k]->queries.n; q++)
                follow_statement(w, &w->phases.p[i]->jobs.p[k]->queries.p[q], &name);
    size_t at = 0;
    if (!name.s.n && next_workgroup(p, &at, &name) && next_workgroup(p, &at, &other))
        name = (struct vstr){ 0 };
    if (!name.s.n)
        name.s = S("primary");
    if (!w->body->workgroup.set)
        name.span = w->step->item.name.span;
    name.set = true;
    w->workgroup = plan_lookup(p, name.s, "athena_workgroup");
    w->workgroup_name = name;
}

/* One place cannot hold the results of several queries. */
static void check_several(struct work *w)
{
    const struct step_common *c = &w->step->common;
    const struct {
        const char *key;
        bool set;
        struct span span;
    } KEYS[] = {
        { "result_path", c->result_path.set, c->result_path.span },
        { "output_path", c->output_path.set, c->output_path.span },
        { "result_selector", c->result_selector.node != NULL,
          c->result_selector.node ? c->result_selector.node->span : w->step->item.name.span },
        { "assign", c->assign.node != NULL,
          c->assign.node ? c->assign.node->span : w->step->item.name.span },
    };
    for (size_t i = 0; w->total > 1 && i < sizeof KEYS / sizeof *KEYS; i++) {
        if (!KEYS[i].set)
            continue;
        struct diag *d =
            diag_error(w->plan->ds, "conflict", KEYS[i].span,
                       "'%s' is for one query, and this step runs %zu", KEYS[i].key, w->total);
        diag_help(d, "make a step of the query whose result is wanted");
    }
}

static void lower_query(struct plan *p, const struct step *s)
{
    struct work *w = arena_make(p->arena, struct work);
    *w = (struct work){ .plan = p, .step = s, .body = s->item.body, .good = true };
    if (count_ways(&w->body->what, w->body->config_file.set) != 1) /* reported by the check */
        return;
    read_work(w);
    find_workgroup(w);
    if (!w->good || !w->total)
        return;
    check_several(w);
    for (size_t i = 0; i < w->phases.n; i++)
        add_phase(w, w->phases.p[i]);
    grant_athena(w);
    grant_results(w);
    grant_data(w);
}

static const struct kind kinds[] = {
    { .type = "athena_query",
      .roles = ROLE_STEP,
      .doc = "Runs queries in Athena.",
      .source = "Step Functions, Run Athena queries",
      .fields = &step_fields,
      .check = check_step,
      .lower_step = lower_query },
};

const struct engine engine_athena_query = {
    .abi = ENGINE_ABI,
    .name = "athena_query",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
