/* The step that runs Athena queries: SQL files, prepared statements, or a job file that arranges
 * several of them. Reading is in athena/, workgroups and statements themselves are in athena.c.
 * Written from the Step Functions page on Athena, the StartQueryExecution API, and the Athena user
 * guide, "Querying with prepared statements" and "Fine-grained access to databases and tables". */
#include "athena/query.h"
#include "model/s3.h"
#include "schema/bind.h"

/* ---- the step ------------------------------------------------------------------------------- */

#define F(kind, name, ...) FIELD_##kind(struct query_step, name, __VA_ARGS__)
static const struct field step_rows[] = {
    F(STR, config_file, .aliases = WORDS("job_file"),
      .doc = "Job file: steps one after the other, the jobs of each side by side.",
      .example = "customcode/athena/athena_jobs/example.yaml"),
    SOURCE_ROWS(struct query_step, what.),
    F(STR, workgroup, .check = check_names_one,
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

static void check_step(struct diags *ds, const struct item *it)
{
    const struct query_step *b = it->body;
    athena_check_source(ds, &b->what, b->config_file.set, it->name);
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
    if (athena_count_ways(&w->body->what, w->body->config_file.set) !=
        1) /* reported by the check */
        return;
    athena_read_work(w);
    find_workgroup(w);
    if (!w->good || !w->total)
        return;
    check_several(w);
    for (size_t i = 0; i < w->phases.n; i++)
        add_phase(w, w->phases.p[i]);
    athena_grant_work(w);
}

static const struct kind kinds[] = {
    { .type = "athena_query",
      .roles = ROLE_STEP,
      .doc = "Runs queries in Athena.",
      .source = "Step Functions, Run Athena queries",
      .example = "query_string: SELECT count(*) FROM lake.reviews\n"
                 "workgroup: primary\n"
                 "query_result_location: s3://my-bucket/athena/\n"
                 "read_from: [s3://my-bucket/reviews/]\n",
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
