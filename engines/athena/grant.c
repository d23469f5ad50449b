/* What running queries takes: Athena's own actions, the place of the results, the data of the
 * tables. Written from the Step Functions page "IAM policies for calling Athena" and the Athena
 * user guide, "Access to workgroups", "Access to Amazon S3". */
#include "model/s3.h"
#include "query.h"

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

void athena_grant_work(struct work *w)
{
    grant_athena(w);
    grant_results(w);
    grant_data(w);
}
