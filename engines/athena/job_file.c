/* Job files of Athena: steps one after the other, the jobs of each side by side. */
#include "query.h"
#include "schema/bind.h"

/* ---- one source ----------------------------------------------------------------------------- */

int athena_count_ways(const struct source_body *b, bool job_file)
{
    return job_file + b->file.set + b->query_string.set + b->prepared_statement.set;
}

void athena_check_source(struct diags *ds, const struct source_body *b, bool job_file,
                         struct vstr name)
{
    int ways = athena_count_ways(b, job_file);
    if (ways == 1)
        return;
    struct diag *d = diag_error(ds, ways ? "conflict" : "missing-key", name.span,
                                "'%.*s' has %s query", STR(name.s), ways ? "more than one" : "no");
    diag_help(d,
              ways ? "give only one of %sfile, query_string and prepared_statement"
                   : "give %sfile, query_string or prepared_statement",
              job_file || !ways ? "config_file, " : "");
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
    athena_check_source(w->plan->ds, &b.what, false, b.name);
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
        athena_add_source(w, j, &b.what);
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

void athena_read_work(struct work *w)
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
    athena_add_source(w, j, &w->body->what);
}
