/* Amazon EMR Serverless: the step that runs a Spark or Hive job and waits for it.
 * Written from the EMR Serverless API page of StartJobRun, the Step Functions page on EMR
 * Serverless and the EMR Serverless user guide ("Job runtime roles"). */
#include "base/path.h"
#include "model/checks.h"
#include "model/s3.h"
#include "plan/plan.h"

/* ---- fields --------------------------------------------------------------------------------- */

struct spark {
    struct vstr entry_point, spark_submit_parameters;
    struct vany entry_point_arguments;
};
struct hive {
    struct vstr query, init_query, parameters;
};
struct emr_job {
    struct vstr application_id, job_name, role, log_uri;
    struct vobj spark, hive; /* struct spark, struct hive */
    struct vany application_configuration, configuration_overrides, tags;
    struct vint execution_timeout;
    struct vstrs read_from, write_to;
    struct vbool wait_for_completion;
};

#define F(kind, name, ...) FIELD_##kind(struct spark, name, __VA_ARGS__)
static const struct field spark_rows[] = {
    F(STR, entry_point, .required = true, .runtime = true, .example = "customcode/emr/clean.py",
      .doc = "The script or JAR: a file of the project, or a place in S3."),
    F(ANY, entry_point_arguments, .check = check_words, .aliases = WORDS("arguments"),
      .example = "[\"--date\", $.date]", .doc = "Its arguments."),
    F(STR, spark_submit_parameters, .runtime = true, .min = 1, .max = 102400,
      .example = "--conf spark.executor.memory=4g", .doc = "Options of spark-submit."),
};
#undef F
static const struct fields spark_fields =
    FIELDS(struct spark, "spark", spark_rows, .doc = "A Spark job.");

#define F(kind, name, ...) FIELD_##kind(struct hive, name, __VA_ARGS__)
static const struct field hive_rows[] = {
    F(STR, query, .required = true, .runtime = true, .example = "customcode/emr/load.sql",
      .doc = "The query: a file of the project, or a place in S3."),
    F(STR, init_query, .runtime = true, .aliases = WORDS("init_query_file"),
      .doc = "A query that runs before, likewise."),
    F(STR, parameters, .runtime = true, .doc = "Options of Hive.",
      .example = "--hiveconf hive.exec.scratchdir=s3://data/scratch"),
};
#undef F
static const struct fields hive_fields =
    FIELDS(struct hive, "hive", hive_rows, .doc = "A Hive job.");

#define F(kind, name, ...) FIELD_##kind(struct emr_job, name, __VA_ARGS__)
static const struct field rows[] = {
    F(STR, application_id, .required = true, .runtime = true, .aliases = WORDS("application"),
      .example = "00fabcd1234ef567", .doc = "The application: its id."),
    F(OBJ, spark, .sub = &spark_fields, .doc = "A Spark job.",
      .example = "{entry_point: customcode/emr/clean.py}"),
    F(OBJ, hive, .sub = &hive_fields, .doc = "A Hive job, in place of a Spark job."),
    F(STR, job_name, .runtime = true, .min = 1, .max = 256,
      .doc = "Name of the run; by default made of the step's and the execution's."),
    F(STR, role, .aliases = WORDS("execution_role", "execution_role_arn"), .check = check_arn,
      .doc = "ARN of the role that the job's code has, in place of one of its own."),
    F(STRS, read_from, .aliases = WORDS("read_access"), .check = s3_check_field,
      .doc = "Places in S3 that the job reads.", .example = "[\"s3://data/in/\"]"),
    F(STRS, write_to, .aliases = WORDS("write_access"), .check = s3_check_field,
      .doc = "Places in S3 that the job writes to.", .example = "[\"s3://data/out/\"]"),
    F(STR, log_uri, .check = s3_check_field, .doc = "Place in S3 for logs.",
      .example = "s3://data/logs/"),
    F(ANY, application_configuration,
      .example = "[{Classification: spark-defaults, Properties: {}}]",
      .doc = "Configurations, as StartJobRun has them."),
    F(MAP, configuration_overrides,
      .doc =
          "In place of log_uri and application_configuration: all of it, as StartJobRun has it."),
    F(INT, execution_timeout, .runtime = true, .min = 0, .max = 1000000, .unit = "minutes",
      .aliases = WORDS("execution_timeout_minutes"),
      .doc = "End the run after this long; 720 by default, 0 never.",
      .source = "StartJobRun, executionTimeoutMinutes"),
    F(MAP, tags, .check = check_texts, .doc = "Tags of the run."),
    F(BOOL, wait_for_completion, .dflt = "true", .doc = "Wait for the run to end."),
};
#undef F
static const struct fields fields = FIELDS(struct emr_job, "emr_serverless", rows,
                                           .doc = "Runs a Spark or Hive job in EMR Serverless.");

/* ---- checks --------------------------------------------------------------------------------- */

static void check_file(struct diags *ds, const struct vstr *v, const char *key)
{
    struct str bucket, prefix;
    if (!v->set || v->runtime)
        return;
    if (str_starts(v->s, S("s3:"))) {
        if (!s3_split(v->s, &bucket, &prefix))
            diag_error(ds, "bad-s3", v->span, "'%s' is '%.*s'; expected s3://bucket/key", key,
                       STR(v->s));
        return;
    }
    if (v->s.p[0] == '/' || str_starts(v->s, S("../"))) {
        struct diag *d = diag_error(ds, "outside-project", v->span,
                                    "'%s' leaves the project: '%.*s'", key, STR(v->s));
        diag_help(d, "give a path relative to the project's root, or a place in S3");
    }
}

static void check_job(struct diags *ds, const struct item *it)
{
    const struct emr_job *j = it->body;
    const struct spark *s = j->spark.p;
    const struct hive *h = j->hive.p;
    if ((s != NULL) == (h != NULL)) {
        struct diag *d = diag_error(ds, s ? "conflict" : "missing-key", it->name.span,
                                    "'%.*s' takes %s of 'spark' and 'hive'", STR(it->name.s),
                                    s ? "only one" : "one");
        if (!s)
            diag_help(d, "for example 'spark: {entry_point: customcode/emr/clean.py}'");
    }
    if (s)
        check_file(ds, &s->entry_point, "entry_point");
    if (h) {
        check_file(ds, &h->query, "query");
        check_file(ds, &h->init_query, "init_query");
    }
    if (j->configuration_overrides.node && (j->log_uri.set || j->application_configuration.node))
        diag_error(ds, "conflict", j->configuration_overrides.node->span,
                   "'configuration_overrides' takes the place of 'log_uri' and "
                   "'application_configuration'");
    if (j->role.set && (j->read_from.n || j->write_to.n))
        diag_error(
            ds, "conflict", j->role.span,
            "'read_from' and 'write_to' are for a role of its own, but 'role' names one that "
            "exists");
}

/* ---- files ---------------------------------------------------------------------------------- */

/* Puts a file's place in S3: one of the project is uploaded, and its place known after linking. */
static void put_file(struct plan *p, const struct step *s, struct node *to, const char *key,
                     struct vstr file, struct role_decl *role)
{
    struct str why =
        arena_printf(p->arena, "job of step '%.*s' runs this file", STR(s->item.name.s));
    if (!file.set)
        return;
    if (file.runtime) {
        plan_put(p, to, arena_printf(p->arena, "%s.$", key).p,
                 node_str(p->arena, file.span, file.s));
        return;
    }
    if (str_starts(file.s, S("s3:"))) {
        plan_put(p, to, key, node_str(p->arena, file.span, file.s));
        if (role)
            plan_grant_to(
                p, role, "s3:GetObject",
                plan_sub(p, "arn:${AWS::Partition}:s3:::%.*s", STR(str_sub(file.s, 5, file.s.n))),
                file.span, why);
        return;
    }
    file.s = path_clean(p->arena, file.s);
    const struct asset *as = plan_add_file_asset(p, file);
    struct node *parts = plan_list(p), *pair = plan_list(p);
    node_push(p->arena, parts, plan_text(p, "s3://${AssetBucket}/${Key}"));
    node_push(p->arena, parts, plan_call(p, "Key", plan_asset_key(p, as)));
    struct str name = plan_placeholder_name(p, s->item.name.s, key);
    plan_put(p, to, key, plan_placeholder(p, name, plan_call(p, "Fn::Sub", parts)));
    node_push(p->arena, pair, plan_text(p, "arn:${AWS::Partition}:s3:::${AssetBucket}/${Key}"));
    node_push(p->arena, pair, plan_call(p, "Key", plan_asset_key(p, as)));
    if (role)
        plan_grant_to(p, role, "s3:GetObject", plan_call(p, "Fn::Sub", pair), file.span, why);
}

/* ---- role ----------------------------------------------------------------------------------- */

#define HERE "${AWS::Region}:${AWS::AccountId}:"

static struct node *application_arn(struct plan *p, const struct emr_job *j)
{
    return plan_sub(p, "arn:${AWS::Partition}:emr-serverless:" HERE "/applications/%.*s",
                    STR(j->application_id.runtime ? S("*") : j->application_id.s));
}

static struct role_decl *add_role(struct plan *p, const struct step *s)
{
    const struct emr_job *j = s->item.body;
    struct str name = s->item.name.s;
    if (j->role.set) {
        plan_own_role(p, &s->item, NULL);
        return NULL;
    }
    struct role_decl *role = plan_add_role(
        p, arena_printf(p->arena, "%.*s-Job", STR(name)), "emr-serverless.amazonaws.com",
        arena_printf(p->arena, "job of step '%.*s'", STR(name)), s->item.name.span);
    plan_confine_role(p, role, application_arn(p, j));
    for (size_t i = 0; i < j->read_from.n; i++)
        plan_grant_s3(p, role, PLAN_S3_READ, j->read_from.items[i].s, j->read_from.items[i].span,
                      arena_printf(p->arena, "job of step '%.*s' reads from it", STR(name)));
    for (size_t i = 0; i < j->write_to.n; i++)
        plan_grant_s3(p, role, PLAN_S3_WRITE | PLAN_S3_DELETE, j->write_to.items[i].s,
                      j->write_to.items[i].span,
                      arena_printf(p->arena, "job of step '%.*s' writes to it", STR(name)));
    if (j->log_uri.set)
        plan_grant_s3(p, role, PLAN_S3_WRITE, j->log_uri.s, j->log_uri.span,
                      arena_printf(p->arena, "job of step '%.*s' keeps logs there", STR(name)));
    plan_own_role(p, &s->item, role);
    return role;
}

/* ---- lowering ------------------------------------------------------------------------------- */

static void put_text(struct plan *p, struct node *to, const char *key, struct vstr v)
{
    if (v.s.n)
        plan_put(p, to, v.runtime ? arena_printf(p->arena, "%s.$", key).p : key,
                 node_str(p->arena, v.span, v.s));
}

static struct node *driver_of(struct plan *p, const struct step *s, struct role_decl *role)
{
    const struct emr_job *j = s->item.body;
    const struct spark *spark = j->spark.p;
    const struct hive *hive = j->hive.p;
    struct node *n = plan_map(p);
    if (spark) {
        put_file(p, s, n, "EntryPoint", spark->entry_point, role);
        plan_put_words(p, n, "EntryPointArguments", spark->entry_point_arguments.node);
        put_text(p, n, "SparkSubmitParameters", spark->spark_submit_parameters);
        return plan_call(p, "SparkSubmit", n);
    }
    put_file(p, s, n, "Query", hive->query, role);
    put_file(p, s, n, "InitQueryFile", hive->init_query, role);
    put_text(p, n, "Parameters", hive->parameters);
    return plan_call(p, "Hive", n);
}

static struct node *overrides_of(struct plan *p, const struct emr_job *j)
{
    struct node *n = plan_map(p);
    if (j->configuration_overrides.node)
        return (struct node *)j->configuration_overrides.node;
    if (j->application_configuration.node)
        plan_put(p, n, "ApplicationConfiguration",
                 (struct node *)j->application_configuration.node);
    if (j->log_uri.set)
        plan_put(p, n, "MonitoringConfiguration",
                 plan_call(p, "S3MonitoringConfiguration",
                           plan_call(p, "LogUri", plan_str(p, j->log_uri.s))));
    return n->map.n ? n : NULL;
}

static void put_role(struct plan *p, const struct step *s, struct state *t,
                     const struct role_decl *role)
{
    const struct emr_job *j = s->item.body;
    struct node *arn = role ? plan_role_arn(p, role) : plan_str(p, j->role.s);
    struct str name = plan_placeholder_name(p, s->item.name.s, "JobRoleArn");
    task_arg_node(p, t, "ExecutionRoleArn", role ? plan_placeholder(p, name, arn) : arn);
    plan_grant_pass_role(p, s, arn, "emr-serverless.amazonaws.com");
}

/* Source: Step Functions, "IAM policies for calling Amazon EMR Serverless". */
static void grant_job(struct plan *p, const struct step *s)
{
    const struct emr_job *j = s->item.body;
    plan_grant(p, s, "emr-serverless:StartJobRun", application_arn(p, j), "starts a job run");
    struct node *runs =
        plan_sub(p, "arn:${AWS::Partition}:emr-serverless:" HERE "/applications/%.*s/jobruns/*",
                 STR(j->application_id.runtime ? S("*") : j->application_id.s));
    if (j->tags.node)
        plan_grant(p, s, "emr-serverless:TagResource", runs, "tags its job run");
    if (!j->wait_for_completion.v)
        return;
    plan_grant(p, s, "emr-serverless:GetJobRun", runs, "waits for its job run to end");
    plan_grant(p, s, "emr-serverless:CancelJobRun", runs,
               "ends its job run when the execution is stopped");
    plan_grant_sync_rule(p, s, "StepFunctionsGetEventsForEMRServerlessJobRule");
}

static void lower_job(struct plan *p, const struct step *s)
{
    const struct emr_job *j = s->item.body;
    bool waits = j->wait_for_completion.v;
    struct state *t =
        plan_add_task(p, s, "EMR Serverless: ",
                      waits ? "emr-serverless:startJobRun.sync" : "emr-serverless:startJobRun");
    struct role_decl *role = add_role(p, s);
    task_arg(p, t, "ApplicationId", j->application_id);
    task_arg(p, t, "Name", j->job_name.set ? j->job_name : plan_job_name(p, s, 256));
    put_role(p, s, t, role);
    task_arg_node(p, t, "JobDriver", driver_of(p, s, role));
    task_arg_node(p, t, "ConfigurationOverrides", overrides_of(p, j));
    if (j->execution_timeout.set && !j->execution_timeout.v && !j->execution_timeout.path.n)
        task_arg_node(p, t, "ExecutionTimeoutMinutes", plan_int(p, 0));
    else
        task_arg_int(p, t, "ExecutionTimeoutMinutes", j->execution_timeout);
    task_arg_node(p, t, "Tags", j->tags.node);
    grant_job(p, s);
}

static const struct kind kind = { .type = "emr_serverless",
                                  .roles = ROLE_STEP,
                                  .doc = "Runs a Spark or Hive job in EMR Serverless.",
                                  .source = "Step Functions, Run EMR Serverless jobs",
                                  .example =
                                      "application: 00fabcd1234ef567\n"
                                      "spark: {entry_point: \"s3://my-bucket/scripts/clean.py\"}\n"
                                      "execution_timeout: 60\n",
                                  .fields = &fields,
                                  .check = check_job,
                                  .lower_step = lower_job };

const struct engine engine_emr_serverless = {
    .abi = ENGINE_ABI,
    .name = "emr_serverless",
    .kinds = &kind,
    .nkinds = 1,
};
