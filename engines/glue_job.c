/* The step that runs a Glue job: one that a job file describes, a script of the project, or a job
 * that exists already. Job files are read in glue/; connections are in glue.c. Written from
 * AWS::Glue::Job, the Glue developer guide ("Job parameters", "Adding jobs", "Setting up IAM
 * permissions"), and the Step Functions page on Glue. */
#include "base/json_write.h"
#include "base/path.h"
#include "glue/job_file.h"
#include "model/s3.h"
#include "schema/bind.h"

/* ---- fields --------------------------------------------------------------------------------- */

struct job {
    struct vstr config, script, job_name, role, glue_version, security_configuration;
    struct venum worker_type, bookmark, execution_class;
    struct vint number_of_workers, timeout_minutes, max_concurrent_runs, max_retries;
    struct vbool enable_auto_scaling, enable_metrics, wait_for_completion;
    struct vstrs connection, extra_py_files, extra_jars, additional_python_modules, read_from,
        write_to;
    struct vany variables, arguments, default_arguments;
};

enum { WORKERS_MIN = 1, WORKERS_MAX = 299 }; /* Source: Glue quotas, workers of a job */
enum { MINUTES_DEFAULT = 480, MINUTES_MAX = 10080 };

static void check_version(struct bind *b, const struct field *f, const struct node *value);

#define F(kind, name, ...) FIELD_##kind(struct job, name, __VA_ARGS__)
static const struct field job_rows[] = {
    F(STR, config, .aliases = WORDS("job_file", "config_file"), .example = "ingest.yaml",
      .doc = "Job file: in customcode/glue/glue_jobs, or from the root if it holds a '/'."),
    F(STR, script, .example = "customcode/glue/scripts/clean.py",
      .doc = "In place of a job file: a PySpark script of the project."),
    F(STR, job_name, .check = check_names_one, .runtime = true,
      .doc = "In place of either: a Glue job that exists already."),
    F(STR, role, .doc = "ARN of an existing role for the job in place of one of its own."),
    F(STR, glue_version, .aliases = WORDS("version"), .dflt = "5.0", .check = check_version,
      .example = "\"5.0\"", .doc = "Version of Glue.", .source = "AWS::Glue::Job, GlueVersion"),
    F(ENUM, worker_type,
      .values = WORDS("G.1X", "G.2X", "G.4X", "G.8X", "G.12X", "G.16X", "R.1X", "R.2X", "R.4X",
                      "R.8X", "G.025X"),
      .dflt = "G.1X", .any_case = true, .doc = "What each worker is.",
      .source = "AWS::Glue::Job, WorkerType"),
    F(INT, number_of_workers, .aliases = WORDS("workers"), .min = WORKERS_MIN, .max = WORKERS_MAX,
      .dflt = "2", .runtime = true, .doc = "Workers; with auto-scaling at most so many.",
      .source = "AWS::Glue::Job, NumberOfWorkers"),
    F(BOOL, enable_auto_scaling, .aliases = WORDS("auto_scaling"), .dflt = "false",
      .doc = "Add and drop workers as there is work.", .source = "Glue, --enable-auto-scaling"),
    F(ENUM, bookmark, .aliases = WORDS("enable_bookmark"),
      .values = WORDS("disable", "enable", "pause", "job-bookmark-disable", "job-bookmark-enable",
                      "job-bookmark-pause"),
      .dflt = "disable", .doc = "Whether the job keeps in mind what it has read.",
      .source = "Glue, --job-bookmark-option"),
    F(STRS, connection, .aliases = WORDS("connections"), .example = "warehouse",
      .doc = "glue_connection resources of this pipeline, or names of others."),
    F(INT, timeout_minutes, .unit = "minutes", .min = 1, .max = MINUTES_MAX,
      .doc =
          "Stop the job after this long. By default as long as the step's `timeout`, which is in "
          "seconds like that of every step, or 480 minutes.",
      .source = "AWS::Glue::Job, Timeout"),
    F(INT, max_concurrent_runs, .min = 1, .max = 1000, .dflt = "1",
      .doc = "Runs at a time, of all executions together; one more fails.",
      .source = "AWS::Glue::Job, MaxConcurrentRuns"),
    F(INT, max_retries, .min = 0, .max = 10, .dflt = "0",
      .doc = "Times that Glue itself runs it again; `retry` of the step can do more.",
      .source = "AWS::Glue::Job, MaxRetries"),
    F(ENUM, execution_class, .values = WORDS("STANDARD", "FLEX"), .dflt = "STANDARD",
      .any_case = true, .doc = "FLEX is cheaper and may wait to start.",
      .source = "AWS::Glue::Job, ExecutionClass"),
    F(STR, security_configuration, .min = 1, .max = 255,
      .doc = "Name of a Glue security configuration."),
    F(BOOL, enable_metrics, .dflt = "true", .doc = "Publish the job's metrics."),
    F(MAP, variables, .doc = "Template variables of the job file and its SQL."),
    F(MAP, arguments, .example = "{day: $.day}",
      .doc =
          "Arguments of the run, constants or run-time paths: --day for a script, ${day} in a job "
          "file."),
    F(MAP, default_arguments, .example = "{\"--conf\": spark.sql.shuffle.partitions=10}",
      .doc = "Further parameters of the job, as Glue names them; they win over those set here.",
      .source = "Glue, job parameters"),
    F(STRS, extra_py_files, .example = "[customcode/glue/libs]",
      .doc = "Python for the job: folders of the project, or s3:// places."),
    F(STRS, extra_jars, .doc = "Java for the job: files of the project, or s3:// places."),
    F(STRS, additional_python_modules, .example = "[\"pandas==2.2.3\"]",
      .doc = "Packages to install before it starts."),
    F(STRS, read_from, .check = s3_check_field, .example = "[\"s3://bucket/raw/\"]",
      .doc = "Places that the job reads besides those that its job file names; with queries of the "
             "catalog's tables, where their data lie."),
    F(STRS, write_to, .check = s3_check_field, .example = "[\"s3://bucket/clean/\"]",
      .doc = "Places that the job writes to besides those that its job file names."),
    F(BOOL, wait_for_completion, .dflt = "true", .doc = "Go on only when the job has succeeded."),
};
#undef F
static const struct fields job_fields =
    FIELDS(struct job, "glue_job", job_rows, .doc = "Runs a job in Glue.");

/* Source: Glue developer guide, "AWS Glue versions". */
static void check_version(struct bind *b, const struct field *f, const struct node *value)
{
    struct str s = value->str;
    size_t dot = str_find_char(s, '.', 0);
    bool good = dot != SIZE_MAX && dot > 0 && dot + 1 < s.n;
    (void)f;
    for (size_t i = 0; i < s.n; i++)
        good = good && (ascii_is_digit(s.p[i]) || i == dot);
    if (!good)
        diag_help(
            diag_error(b->ds, "bad-version", value->span, "'%.*s' is no version of Glue", STR(s)),
            "for example \"5.0\"");
    else if (dot == 1 && s.p[0] < '3')
        diag_help(diag_warning(b->ds, "retired-version", value->span,
                               "Glue %.*s is at its end, and the driver wants 3.0 or later",
                               STR(s)),
                  "write \"5.0\"");
}

static bool has_job(const struct job *b)
{
    return !b->job_name.set;
}

static void check_job(struct diags *ds, const struct item *it)
{
    const struct job *b = it->body;
    int ways = b->config.set + b->script.set + b->job_name.set;
    if (ways != 1) {
        struct diag *d = diag_error(ds, ways ? "conflict" : "missing-key", it->name.span,
                                    "'%.*s' has %s of config, script and job_name", STR(it->name.s),
                                    ways ? "more than one" : "none");
        if (!ways)
            diag_help(d, "for example 'config: ingest.yaml', a file in customcode/glue/glue_jobs");
    }
    if (b->variables.node && !b->config.set)
        diag_error(ds, "conflict", b->variables.node->span, "'variables' are for job files");
    if (b->execution_class.v == 1 && b->worker_type.v != 0 && b->worker_type.v != 1)
        diag_help(
            diag_error(ds, "conflict", b->worker_type.span, "FLEX wants workers G.1X or G.2X"),
            "leave out 'execution_class'");
}

/* ---- files ---------------------------------------------------------------------------------- */

/* Text with the asset bucket and a key that is known only after linking. */
static struct node *asset_text(struct plan *p, const char *before, struct node *key)
{
    struct node *pair = plan_list(p), *names = plan_map(p), *sub = plan_map(p);
    plan_put(p, names, "Key", key);
    node_push(p->arena, pair, plan_textf(p, "%s${AssetBucket}/${Key}", before));
    node_push(p->arena, pair, names);
    plan_put(p, sub, "Fn::Sub", pair);
    return sub;
}

/* A file or folder that the job gets: its place, and the right to read it. */
struct shipping {
    struct plan *plan;
    const struct step *step;
    struct role_decl *role; /* NULL: somebody else's */
};

static struct node *ship(const struct shipping *sh, struct node *key, struct span span)
{
    struct plan *p = sh->plan;
    if (sh->role)
        plan_grant_to(p, sh->role, "s3:GetObject",
                      asset_text(p, "arn:${AWS::Partition}:s3:::", key), span,
                      arena_printf(p->arena, "job '%.*s' loads what it consists of",
                                   STR(sh->step->item.name.s)));
    return asset_text(p, "s3://", key);
}

static struct node *ship_file(const struct shipping *sh, struct str path, struct span span)
{
    struct vstr at = { path_clean(sh->plan->arena, path), span, true, false };
    return ship(sh, plan_asset_key(sh->plan, plan_add_file_asset(sh->plan, at)), span);
}

static struct node *ship_folder(const struct shipping *sh, struct str path, struct span span)
{
    struct vstr at = { path_clean(sh->plan->arena, path), span, true, false };
    return ship(sh, plan_asset_key(sh->plan, plan_add_asset(sh->plan, at, S(""))), span);
}

static struct node *joined(struct plan *p, struct node *list)
{
    if (list->seq.n == 1)
        return list->seq.items[0];
    struct node *pair = plan_list(p), *join = plan_map(p);
    node_push(p->arena, pair, plan_text(p, ","));
    node_push(p->arena, pair, list);
    plan_put(p, join, "Fn::Join", pair);
    return join;
}

/* Own files are uploaded; what is in S3 already only needs to be read. */
static void add_listed(const struct shipping *sh, struct node *to, const struct vstrs *paths,
                       bool folders)
{
    struct plan *p = sh->plan;
    for (size_t i = 0; i < paths->n; i++) {
        struct vstr v = paths->items[i];
        if (!str_starts(v.s, S("s3://"))) {
            bool file = !folders || str_ends(v.s, S(".zip")) || str_ends(v.s, S(".whl"));
            node_push(p->arena, to, (file ? ship_file : ship_folder)(sh, v.s, v.span));
            continue;
        }
        struct str place = str_sub(v.s, 5, v.s.n);
        node_push(p->arena, to, node_str(p->arena, v.span, v.s));
        if (sh->role)
            plan_grant_to(p, sh->role, "s3:GetObject",
                          plan_sub(p, "arn:${AWS::Partition}:s3:::%.*s", STR(place)), v.span,
                          arena_printf(p->arena, "job '%.*s' loads what it consists of",
                                       STR(sh->step->item.name.s)));
    }
}

/* ---- the job's role ------------------------------------------------------------------------- */

#define HERE "${AWS::Region}:${AWS::AccountId}:"

struct granting {
    struct plan *plan;
    const struct step *step;
    struct role_decl *role;
};

static void grant(const struct granting *g, const char *action, const struct node *on,
                  const char *does)
{
    plan_grant_to(g->plan, g->role, action, on, g->step->item.name.span,
                  arena_printf(g->plan->arena, "job '%.*s' %s", STR(g->step->item.name.s), does));
}

/* Source: Glue developer guide, "Logging behavior", and AWSGlueServiceRole. */
static void grant_running(const struct granting *g, bool bookmark)
{
    struct plan *p = g->plan;
    const struct job *b = g->step->item.body;
    const struct node *groups =
        plan_sub(p, "arn:${AWS::Partition}:logs:" HERE "log-group:/aws-glue/jobs/*");
    grant(g, "logs:CreateLogGroup", groups, "writes its log");
    grant(g, "logs:CreateLogStream", groups, "writes its log");
    grant(g, "logs:PutLogEvents", groups, "writes its log");
    if (b->security_configuration.set) {
        grant(g, "logs:AssociateKmsKey", groups, "encrypts its log");
        grant(g, "glue:GetSecurityConfiguration", plan_text(p, "*"), "reads how to encrypt");
    }
    if (bookmark) /* Glue knows no resources for it. Source: Service Authorization, AWS Glue */
        grant(g, "glue:GetJobBookmark", plan_text(p, "*"), "reads its bookmark");
}

/* Metrics have no resource, but a namespace. */
static void grant_metrics(const struct granting *g, bool own)
{
    struct plan *p = g->plan;
    const struct job *b = g->step->item.body;
    struct node *spaces = plan_list(p), *equals = plan_map(p), *condition = plan_map(p);
    if (b->enable_metrics.v)
        node_push(p->arena, spaces, plan_text(p, "Glue"));
    if (own)
        node_push(p->arena, spaces, plan_text(p, "Stepwright"));
    if (!spaces->seq.n)
        return;
    plan_put(p, equals, "cloudwatch:namespace", spaces);
    plan_put(p, condition, "StringEquals", equals);
    plan_grant_if(
        p, g->role, "cloudwatch:PutMetricData", plan_text(p, "*"), condition,
        g->step->item.name.span,
        arena_printf(p->arena, "job '%.*s' publishes metrics", STR(g->step->item.name.s)));
}

/* Interfaces in a VPC. Describing has no resources. Source: AWSGlueServiceRole. */
static void grant_network(const struct granting *g)
{
    static const char *const DESCRIBING[] = {
        "ec2:DescribeNetworkInterfaces", "ec2:DescribeRouteTables",  "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",           "ec2:DescribeVpcAttribute", "ec2:DescribeVpcEndpoints",
    };
    struct plan *p = g->plan;
    const struct node *all = plan_text(p, "*");
    for (size_t i = 0; i < sizeof DESCRIBING / sizeof *DESCRIBING; i++)
        grant(g, DESCRIBING[i], all, "runs in a VPC");
    static const char *const PARTS[] = { "network-interface", "security-group", "subnet" };
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++)
        grant(g, "ec2:CreateNetworkInterface",
              plan_sub(p, "arn:${AWS::Partition}:ec2:" HERE "%s/*", PARTS[i]), "runs in a VPC");
    const struct node *interfaces =
        plan_sub(p, "arn:${AWS::Partition}:ec2:" HERE "network-interface/*");
    grant(g, "ec2:DeleteNetworkInterface", interfaces, "runs in a VPC");
    struct node *keys = plan_list(p), *equals = plan_map(p), *condition = plan_map(p);
    node_push(p->arena, keys, plan_text(p, "aws-glue-service-resource"));
    plan_put(p, equals, "aws:TagKeys", keys);
    plan_put(p, condition, "ForAllValues:StringEquals", equals);
    plan_grant_if(p, g->role, "ec2:CreateTags", interfaces, condition, g->step->item.name.span,
                  arena_printf(p->arena, "job '%.*s' runs in a VPC", STR(g->step->item.name.s)));
}

/* A secret by ARN or by name, whose ARN ends in six characters more. */
static void grant_secret(const struct granting *g, struct str id)
{
    struct plan *p = g->plan;
    grant(g, "secretsmanager:GetSecretValue",
          str_starts(id, S("arn:"))
              ? plan_str(p, id)
              : plan_sub(p, "arn:${AWS::Partition}:secretsmanager:" HERE "secret:%.*s-??????",
                         STR(id)),
          "reads its connection's secret");
}

static void grant_connection(const struct granting *g, const struct resource *own, struct str name)
{
    struct plan *p = g->plan;
    grant(g, "glue:GetConnection", plan_sub(p, "arn:${AWS::Partition}:glue:" HERE "catalog"),
          "uses a connection");
    grant(g, "glue:GetConnection",
          plan_sub(p, "arn:${AWS::Partition}:glue:" HERE "connection/%.*s", STR(name)),
          "uses a connection");
    const struct node *input = own ? node_get(own->props, S("ConnectionInput")) : NULL;
    const struct node *secret =
        node_get(node_get(input, S("ConnectionProperties")), S("SECRET_ID"));
    if (node_is_str(secret))
        grant_secret(g, secret->str);
}

/* Spark asks for these two whatever the job does. Source: Glue developer guide, "AWS Glue Data
 * Catalog support for Spark SQL jobs". */
static void grant_catalog_start(const struct granting *g)
{
    static const char *const ACTIONS[] = { "glue:GetDatabase", NULL };
    static const char *const NAMES[] = { "default", "global_temp" };
    struct plan *p = g->plan;
    for (size_t i = 0; i < 2; i++)
        plan_grant_catalog(
            p, g->role, ACTIONS, str_from(NAMES[i]), S(""), g->step->item.name.span,
            arena_printf(p->arena, "job '%.*s' opens the catalog", STR(g->step->item.name.s)));
    grant(g, "glue:GetUserDefinedFunctions",
          plan_sub(p, "arn:${AWS::Partition}:glue:" HERE "catalog"), "opens the catalog");
    for (size_t i = 0; i < 2; i++)
        grant(g, "glue:GetUserDefinedFunctions",
              i ? plan_sub(p, "arn:${AWS::Partition}:glue:" HERE "userDefinedFunction/default/*")
                : plan_sub(p, "arn:${AWS::Partition}:glue:" HERE "database/default"),
              "opens the catalog");
}

static void grant_table(const struct granting *g, const struct glue_table *t)
{
    static const char *const ACTIONS[] = { "glue:BatchCreatePartition", "glue:CreateTable",
                                           "glue:DeleteTable",          "glue:GetDatabase",
                                           "glue:GetPartitions",        "glue:GetTable",
                                           "glue:UpdateTable",          NULL };
    struct plan *p = g->plan;
    plan_grant_catalog(
        p, g->role, ACTIONS, t->database, t->name, t->span,
        arena_printf(p->arena, "job '%.*s' writes this table", STR(g->step->item.name.s)));
}

static void warn_any_bucket(const struct granting *g, const char *what, const char *key)
{
    if (g->plan->pipeline->role.s.n) /* an existing role: what it may do is not up to us */
        return;
    struct diag *d = diag_warning(g->plan->ds, "wide-permission", g->step->item.name.span,
                                  "job '%.*s' may %s any bucket of the account",
                                  STR(g->step->item.name.s), what);
    diag_help(d, "where is not known here; list it: '%s: [s3://bucket/prefix/]'", key);
}

static void grant_listed(const struct granting *g, const struct vstrs *places, unsigned access,
                         const char *does)
{
    for (size_t i = 0; i < places->n; i++)
        plan_grant_s3(
            g->plan, g->role, access, places->items[i].s, places->items[i].span,
            arena_printf(g->plan->arena, "job '%.*s' %s", STR(g->step->item.name.s), does));
}

/* What the job file names, and what it only hints at: tables whose data lie anywhere. */
static void grant_job_file(const struct granting *g, const struct glue_job_file *file)
{
    struct plan *p = g->plan;
    const struct job *b = g->step->item.body;
    struct str name = g->step->item.name.s;
    bool any = false;
    unsigned data = 0;
    for (size_t i = 0; i < file->places.n; i++) {
        const struct glue_place *at = &file->places.p[i];
        bool writes = at->access & PLAN_S3_WRITE;
        if (!at->url.n && (writes ? b->write_to.set : b->read_from.set))
            continue; /* known at run time only, but said to be one of those */
        plan_grant_s3(p, g->role, at->access, at->url, at->span,
                      arena_printf(p->arena, "job '%.*s' %s", STR(name), at->does));
        if (!at->url.n)
            warn_any_bucket(g, writes ? "write to" : "read", writes ? "write_to" : "read_from");
    }
    for (size_t i = 0; i < file->tables.n; i++)
        grant_table(g, &file->tables.p[i]);
    for (size_t i = 0; i < file->queries.n; i++) {
        const struct sql_statement *st = &file->queries.p[i];
        if (st->tables_known && !st->tables.n)
            continue;
        any = true;
        data |= plan_grant_sql(p, g->role, st, S("default"), g->step->item.name.span,
                               arena_printf(p->arena, "job '%.*s' queries tables", STR(name)));
    }
    if (any || file->tables.n)
        grant_catalog_start(g);
    if (any && !b->read_from.set) {
        plan_grant_s3(p, g->role, data, S(""), g->step->item.name.span,
                      arena_printf(p->arena, "job '%.*s' reads tables' data", STR(name)));
        warn_any_bucket(g, "read", "read_from");
    }
}

/* ---- the job -------------------------------------------------------------------------------- */

static void put_text(struct plan *p, struct node *map, const char *key, struct str s)
{
    plan_put(p, map, key, plan_str(p, s));
}

static const char *bookmark_option(const struct job *b)
{
    static const char *const OPTIONS[] = { "job-bookmark-disable", "job-bookmark-enable",
                                           "job-bookmark-pause" };
    return OPTIONS[b->bookmark.v % 3];
}

/* The script, and what it needs beside it. */
static struct node *add_code(const struct shipping *sh, struct node *args,
                             const struct glue_job_file *file)
{
    struct plan *p = sh->plan;
    const struct step *s = sh->step;
    const struct job *b = s->item.body;
    struct node *python = plan_list(p), *jars = plan_list(p), *script;
    if (b->config.set) {
        script = ship_file(sh, S("customcode/glue/glue_main.py"), b->config.span);
        node_push(p->arena, python, ship_folder(sh, S("customcode/glue/driver"), b->config.span));
        if (file->udfs)
            node_push(p->arena, python, ship_folder(sh, S("customcode/glue/udfs"), b->config.span));
        struct buf text;
        buf_init(&text, 0);
        struct json_writer w;
        json_writer_init(&w, &text, 2);
        json_node(&w, file->document);
        buf_putc(&text, '\n');
        plan_put(
            p, args, "--JOB_FILE",
            ship(sh,
                 plan_add_text(p, s->item.name.s, "glue.json", arena_str(p->arena, buf_str(&text))),
                 b->config.span));
        buf_done(&text);
    } else {
        script = ship_file(sh, b->script.s, b->script.span);
    }
    add_listed(sh, python, &b->extra_py_files, true);
    add_listed(sh, jars, &b->extra_jars, false);
    if (python->seq.n)
        plan_put(p, args, "--extra-py-files", joined(p, python));
    if (jars->seq.n)
        plan_put(p, args, "--extra-jars", joined(p, jars));
    return script;
}

static void add_parameters(struct plan *p, const struct job *b, struct node *args)
{
    put_text(p, args, "--STAGE", p->pipeline->stage->name);
    plan_put_text(p, args, "--job-language", "python");
    plan_put_text(p, args, "--job-bookmark-option", bookmark_option(b));
    plan_put_text(p, args, "--enable-glue-datacatalog", "true");
    plan_put_text(p, args, "--enable-continuous-cloudwatch-log", "true");
    if (b->enable_metrics.v)
        plan_put_text(p, args, "--enable-metrics", "true");
    if (b->enable_auto_scaling.v)
        plan_put_text(p, args, "--enable-auto-scaling", "true");
    struct buf modules;
    buf_init(&modules, 0);
    for (size_t i = 0; i < b->additional_python_modules.n; i++)
        buf_printf(&modules, "%s%.*s", i ? "," : "", STR(b->additional_python_modules.items[i].s));
    if (b->additional_python_modules.n)
        put_text(p, args, "--additional-python-modules", arena_str(p->arena, buf_str(&modules)));
    buf_done(&modules);
    const struct node *more = b->default_arguments.node;
    for (size_t i = 0; more && i < more->map.n; i++) {
        const struct node_entry *e = &more->map.entries[i];
        struct str key =
            str_starts(e->key, S("--")) ? e->key : arena_printf(p->arena, "--%.*s", STR(e->key));
        node_put(p->arena, args, key, e->key_span, e->value);
    }
}

static int64_t minutes_of(const struct step *s)
{
    const struct job *b = s->item.body;
    if (b->timeout_minutes.set)
        return b->timeout_minutes.v;
    int64_t seconds = s->common.timeout.v;
    if (!s->common.timeout.set || s->common.timeout.path.n)
        return MINUTES_DEFAULT;
    return (seconds + 59) / 60 < MINUTES_MAX ? (seconds + 59) / 60 : MINUTES_MAX;
}

static void add_connections(struct plan *p, const struct step *s, struct resource *r,
                            struct role_decl *role)
{
    const struct job *b = s->item.body;
    struct node *names = plan_list(p), *connections = plan_map(p);
    const struct granting g = { p, s, role };
    for (size_t i = 0; i < b->connection.n; i++) {
        struct vstr name = b->connection.items[i];
        struct resource *own = plan_lookup(p, name.s, "glue_connection");
        struct str near = own ? S("") : plan_nearest(p, name.s, "glue_connection");
        if (near.n)
            diag_help(diag_warning(p->ds, "unknown-reference", name.span,
                                   "no glue_connection is named '%.*s'; an existing connection of "
                                   "the account is meant",
                                   STR(name.s)),
                      "did you mean '%.*s'?", STR(near));
        node_push(p->arena, names, own ? plan_ref(p, own) : plan_str(p, name.s));
        if (role)
            grant_connection(&g, own, own ? plan_physical_name(p, name.s, 255) : name.s);
    }
    if (!names->seq.n)
        return;
    plan_put(p, connections, "Connections", names);
    res_put(p, r, "Connections", connections);
    if (role)
        grant_network(&g);
}

static void put_settings(struct plan *p, const struct step *s, struct resource *r)
{
    const struct job *b = s->item.body;
    struct node *execution = plan_map(p);
    plan_put(p, execution, "MaxConcurrentRuns", plan_int(p, b->max_concurrent_runs.v));
    res_put_str(p, r, "Description", s->item.description);
    res_put(p, r, "GlueVersion", plan_str(p, b->glue_version.s));
    res_put(p, r, "WorkerType", plan_str(p, b->worker_type.s));
    res_put(p, r, "NumberOfWorkers",
            plan_int(p, b->number_of_workers.path.n ? 2 : b->number_of_workers.v));
    res_put(p, r, "Timeout", plan_int(p, minutes_of(s)));
    res_put(p, r, "MaxRetries", plan_int(p, b->max_retries.v));
    res_put(p, r, "ExecutionProperty", execution);
    res_put(p, r, "ExecutionClass", plan_str(p, b->execution_class.s));
    res_put_str(p, r, "SecurityConfiguration", b->security_configuration);
}

/* <pipeline>-<name>-<stage>, as Glue jobs of blueprints always were called. */
static struct str name_of(struct plan *p, const struct step *s)
{
    struct str stage = p->pipeline->stage->name;
    struct str name = arena_printf(p->arena, "%.*s-%.*s", STR(s->item.name.s), STR(stage));
    return plan_physical_name(p, name, 255);
}

static void add_job(struct plan *p, const struct step *s, const struct glue_job_file *file,
                    struct str name)
{
    const struct job *b = s->item.body;
    struct role_decl *role = NULL;
    if (!b->role.set) {
        struct str who = arena_printf(p->arena, "Glue job '%.*s'", STR(s->item.name.s));
        role = plan_add_role(p, s->item.name.s, "glue.amazonaws.com", who, s->item.name.span);
    }
    struct resource *r =
        plan_add_resource(p, s->item.name.s, "Job", "AWS::Glue::Job", s->item.name.span);
    plan_own_role(p, &s->item, role);
    const struct shipping sh = { p, s, role };
    struct node *args = plan_map(p), *command = plan_map(p);
    struct node *script = add_code(&sh, args, file);
    add_parameters(p, b, args);
    plan_put_text(p, command, "Name", "glueetl");
    plan_put_text(p, command, "PythonVersion", "3");
    plan_put(p, command, "ScriptLocation", script);
    put_text(p, r->props, "Name", name);
    put_settings(p, s, r);
    res_put(p, r, "Role", role ? plan_role_arn(p, role) : plan_str(p, b->role.s));
    res_put(p, r, "Command", command);
    res_put(p, r, "DefaultArguments", args);
    add_connections(p, s, r, role);
    if (!role)
        return;
    const struct granting g = { p, s, role };
    grant_running(&g, b->bookmark.v % 3 != 0);
    grant_metrics(&g, file->metrics);
    grant_job_file(&g, file);
    grant_listed(&g, &b->read_from, PLAN_S3_READ | PLAN_S3_OBJECT, "reads it");
    grant_listed(&g, &b->write_to, PLAN_S3_READ | PLAN_S3_WRITE | PLAN_S3_DELETE | PLAN_S3_MARKER,
                 "writes it");
}

/* ---- the step ------------------------------------------------------------------------------- */

/* Glue wants strings under --names. A number known at run time becomes one by States.Format. */
static struct node *run_arguments(struct plan *p, const struct node *given)
{
    struct node *out = plan_map(p);
    for (size_t i = 0; given && i < given->map.n; i++) {
        const struct node_entry *e = &given->map.entries[i];
        const struct node *v = e->value;
        struct str key =
            str_starts(e->key, S("--")) ? e->key : arena_printf(p->arena, "--%.*s", STR(e->key));
        struct node *text = (struct node *)v;
        if (v->kind == NODE_STR && text_is_runtime_path(v->str))
            text = node_str(p->arena, v->span,
                            arena_printf(p->arena, "States.Format('{}', %.*s)", STR(v->str)));
        else if (v->kind != NODE_STR)
            text = node_str(p->arena, v->span, span_text(v->span));
        node_put(p->arena, out, key, e->key_span, text);
    }
    return out->map.n ? out : NULL;
}

static bool check_arguments(struct plan *p, const struct node *given)
{
    size_t before = p->ds->errors;
    for (size_t i = 0; given && i < given->map.n; i++) {
        const struct node_entry *e = &given->map.entries[i];
        if (e->value->kind == NODE_MAP || e->value->kind == NODE_SEQ || e->value->kind == NODE_NULL)
            diag_error(p->ds, "wrong-type", e->value->span, "argument '%.*s' is %s; expected text",
                       STR(e->key), node_kind_name(e->value));
    }
    return p->ds->errors == before;
}

static void add_task(struct plan *p, const struct step *s, struct str name)
{
    const struct job *b = s->item.body;
    bool waits = b->wait_for_completion.v;
    struct state *t =
        plan_add_task(p, s, "Glue Job: ", waits ? "glue:startJobRun.sync" : "glue:startJobRun");
    if (has_job(b)) {
        task_arg_node(p, t, "JobName", plan_str(p, name));
    } else {
        task_arg(p, t, "JobName", b->job_name);
        plan_own_role(p, &s->item, NULL);
    }
    task_arg_node(p, t, "Arguments", run_arguments(p, b->arguments.node));
    if (b->number_of_workers.path.n) {
        task_arg_node(p, t, "WorkerType", plan_str(p, b->worker_type.s));
        task_arg_int(p, t, "NumberOfWorkers", b->number_of_workers);
    }
    static const char *const ACTIONS[] = { "glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns",
                                           "glue:BatchStopJobRun" };
    struct str which = has_job(b) ? name : b->job_name.runtime ? S("*") : b->job_name.s;
    const struct node *arn = plan_sub(p, "arn:${AWS::Partition}:glue:" HERE "job/%.*s", STR(which));
    for (size_t i = 0; i < (waits ? 4 : 1); i++)
        plan_grant(p, s, ACTIONS[i], arn,
                   i == 0   ? "starts its job"
                   : i == 3 ? "stops its job with itself"
                            : "waits for its job");
}

static struct vstr job_file_path(struct plan *p, struct vstr v)
{
    if (str_find_char(v.s, '/', 0) == SIZE_MAX)
        v.s = arena_printf(p->arena, "customcode/glue/glue_jobs/%.*s", STR(v.s));
    return v;
}

static void lower_job(struct plan *p, const struct step *s)
{
    const struct job *b = s->item.body;
    struct glue_job_file file = { 0 };
    struct str name = name_of(p, s);
    if (b->config.set + b->script.set + b->job_name.set != 1 ||
        !check_arguments(p, b->arguments.node))
        return;
    if (b->config.set && !glue_read_job_file(p, s, job_file_path(p, b->config), b->variables.node,
                                             b->arguments.node, &file))
        return;
    if (has_job(b))
        add_job(p, s, &file, name);
    add_task(p, s, name);
}

static const struct kind kinds[] = {
    { .type = "glue_job",
      .roles = ROLE_STEP,
      .doc = "Runs a job in Glue.",
      .source = "AWS::Glue::Job",
      .example = "config: example.yaml\n"
                 "properties:\n"
                 "  worker_type: G.1X\n"
                 "  workers: 4\n"
                 "  timeout_minutes: 60\n",
      .fields = &job_fields,
      .check = check_job,
      .lower_step = lower_job },
};

const struct engine engine_glue_job = {
    .abi = ENGINE_ABI,
    .name = "glue_job",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
