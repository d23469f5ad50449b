/* Amazon Athena: workgroups and prepared statements. The step that runs queries is athena_query.c.
 * Written from AWS::Athena::WorkGroup and AWS::Athena::PreparedStatement. */
#include "model/s3.h"
#include "model/sql.h"
#include "plan/plan.h"
#include "schema/bind.h"

/* ---- workgroup ------------------------------------------------------------------------------ */

struct workgroup {
    struct vstr query_result_location, kms_key;
    struct venum encryption_option, engine_version, state;
    struct vbool enforce_workgroup_configuration, publish_cloudwatch_metrics,
        recursive_delete_option, requester_pays;
    struct vint bytes_scanned_cutoff_per_query;
};

#define F(kind, name, ...) FIELD_##kind(struct workgroup, name, __VA_ARGS__)
static const struct field workgroup_rows[] = {
    F(STR, query_result_location, .required = true, .check = s3_check_field,
      .aliases = WORDS("output_location"), .example = "\"s3://bucket/athena/\"",
      .doc = "Where results of queries go. What steps may write is limited to this place.",
      .source = "AWS::Athena::WorkGroup, OutputLocation"),
    F(BOOL, enforce_workgroup_configuration, .dflt = "true",
      .doc = "A query's own settings, its result location among them, are ignored.",
      .source = "AWS::Athena::WorkGroup, EnforceWorkGroupConfiguration"),
    F(ENUM, encryption_option, .values = WORDS("SSE_S3", "SSE_KMS", "CSE_KMS"),
      .doc = "How results are encrypted; by default as their bucket says.",
      .source = "AWS::Athena::WorkGroup, EncryptionOption"),
    F(STR, kms_key, .min = 1, .max = 2048, .doc = "ARN of the key for SSE_KMS and CSE_KMS."),
    F(INT, bytes_scanned_cutoff_per_query, .unit = "bytes", .min = 10000000, .max = INT64_MAX,
      .doc = "Stop a query that reads more than this.",
      .source = "AWS::Athena::WorkGroup, BytesScannedCutoffPerQuery"),
    F(BOOL, publish_cloudwatch_metrics, .dflt = "true", .doc = "Publish metrics of its queries.",
      .source = "AWS::Athena::WorkGroup, PublishCloudWatchMetricsEnabled"),
    F(BOOL, requester_pays, .dflt = "false",
      .doc = "Queries may read buckets whose readers pay for it.",
      .source = "AWS::Athena::WorkGroup, RequesterPaysEnabled"),
    F(ENUM, engine_version, .values = WORDS("AUTO", "Athena engine version 3"), .dflt = "AUTO",
      .doc = "Engine that runs the queries.", .source = "AWS::Athena::WorkGroup, EngineVersion"),
    F(ENUM, state, .values = WORDS("ENABLED", "DISABLED"), .dflt = "ENABLED", .any_case = true,
      .doc = "DISABLED refuses queries."),
    F(BOOL, recursive_delete_option, .dflt = "true",
      .doc = "The workgroup can be deleted although it has run queries; their history goes along.",
      .source = "AWS::Athena::WorkGroup, RecursiveDeleteOption"),
};
#undef F
static const struct fields workgroup_fields = FIELDS(
    struct workgroup, "athena_workgroup", workgroup_rows,
    .doc =
        "An Athena workgroup. It is called as written, whatever the stage: where stages share an "
        "account, put {{ stage }} into the name.");

static bool good_name(struct str s, size_t max, const char *first, const char *further)
{
    for (size_t i = 0; i < s.n; i++) {
        bool fine = i || !first ? ascii_is_alnum(s.p[i]) : ascii_is_alpha(s.p[i]);
        if (!fine && str_find_char(str_from(i || !first ? further : first), s.p[i], 0) == SIZE_MAX)
            return false;
    }
    return s.n <= max;
}

static void check_workgroup(struct diags *ds, const struct item *it)
{
    const struct workgroup *w = it->body;
    if (!good_name(it->name.s, 128, NULL, "._-")) {
        struct diag *d = diag_error(ds, "bad-name", it->name.span, "'%.*s' cannot name a workgroup",
                                    STR(it->name.s));
        diag_help(d, "use at most 128 letters, digits, '.', '_' and '-'");
    }
    bool wants_key = w->encryption_option.v > 0;
    if (wants_key && !w->kms_key.set)
        diag_error(ds, "missing-key", w->encryption_option.span,
                   "encryption_option is %.*s, but there is no 'kms_key'",
                   STR(w->encryption_option.s));
    else if (!wants_key && w->kms_key.set)
        diag_help(
            diag_error(ds, "conflict", w->kms_key.span, "'kms_key' is for SSE_KMS and CSE_KMS"),
            "add 'encryption_option: SSE_KMS'");
}

static struct node *result_configuration(struct plan *p, const struct workgroup *w)
{
    struct node *n = plan_map(p), *encryption = plan_map(p);
    plan_put(p, n, "OutputLocation",
             node_str(p->arena, w->query_result_location.span, w->query_result_location.s));
    if (w->encryption_option.set) {
        plan_put(p, encryption, "EncryptionOption", plan_str(p, w->encryption_option.s));
        if (w->kms_key.set)
            plan_put(p, encryption, "KmsKey", plan_str(p, w->kms_key.s));
        plan_put(p, n, "EncryptionConfiguration", encryption);
    }
    return n;
}

static void lower_workgroup(struct plan *p, const struct item *it)
{
    const struct workgroup *w = it->body;
    struct resource *r =
        plan_add_resource(p, it->name.s, "WorkGroup", "AWS::Athena::WorkGroup", it->name.span);
    struct node *n = plan_map(p), *version = plan_map(p);
    res_put(p, r, "Name", plan_str(p, it->name.s));
    res_put_str(p, r, "Description", it->description);
    res_put(p, r, "State", plan_str(p, w->state.s));
    res_put_bool(p, r, "RecursiveDeleteOption", w->recursive_delete_option);
    plan_put(p, version, "SelectedEngineVersion", plan_str(p, w->engine_version.s));
    plan_put(p, n, "EnforceWorkGroupConfiguration",
             plan_bool(p, w->enforce_workgroup_configuration.v));
    plan_put(p, n, "EngineVersion", version);
    plan_put(p, n, "PublishCloudWatchMetricsEnabled",
             plan_bool(p, w->publish_cloudwatch_metrics.v));
    plan_put(p, n, "RequesterPaysEnabled", plan_bool(p, w->requester_pays.v));
    if (w->bytes_scanned_cutoff_per_query.set)
        plan_put(p, n, "BytesScannedCutoffPerQuery",
                 plan_int(p, w->bytes_scanned_cutoff_per_query.v));
    plan_put(p, n, "ResultConfiguration", result_configuration(p, w));
    res_put(p, r, "WorkGroupConfiguration", n);
    plan_publish(p, it, r, "athena_workgroup");
}

/* ---- prepared statement --------------------------------------------------------------------- */

struct query_source {
    struct vstr file, query_string;
    struct vany variables;
};
struct statement_body {
    struct vobj query; /* struct query_source */
    struct vstr file, query_string, workgroup;
    struct vany variables;
};

enum { QUERY_MAX = 262144 }; /* bytes; Source: Athena PreparedStatement, QueryStatement */

#define F(kind, name, ...) FIELD_##kind(struct query_source, name, __VA_ARGS__)
static const struct field source_rows[] = {
    F(STR, file, .doc = "File that holds the SQL, relative to the project's root; a template."),
    F(STR, query_string, .aliases = WORDS("sql"), .doc = "The SQL itself."),
    F(MAP, variables, .doc = "Template variables of the file, besides the pipeline's."),
};
#undef F
static const struct fields source_fields =
    FIELDS(struct query_source, "query", source_rows, .doc = "A query, or the file that holds it.");

#define F(kind, name, ...) FIELD_##kind(struct statement_body, name, __VA_ARGS__)
static const struct field statement_rows[] = {
    F(OBJ, query, .sub = &source_fields, .doc = "The query; its keys may as well stand outside."),
    F(STR, file, .example = "customcode/athena/sql_queries/reviews.sql",
      .doc = "File that holds the SQL, relative to the project's root; a template."),
    F(STR, query_string, .aliases = WORDS("sql"),
      .example = "SELECT * FROM lake.reviews WHERE day = ?",
      .doc = "The SQL itself. Each ? is filled in by the step that executes the statement."),
    F(STR, workgroup, .required = true, .example = "primary",
      .doc = "An athena_workgroup of this pipeline, or the name of another one of the account."),
    F(MAP, variables, .doc = "Template variables of the file, besides the pipeline's."),
};
#undef F
static const struct fields statement_fields =
    FIELDS(struct statement_body, "athena_prepared_statement", statement_rows,
           .doc = "A prepared statement of an Athena workgroup, called as written.");

static struct vstr file_of(const struct statement_body *b)
{
    const struct query_source *q = b->query.p;
    return q && q->file.set ? q->file : b->file;
}

static struct vstr text_of(const struct statement_body *b)
{
    const struct query_source *q = b->query.p;
    return q && q->query_string.set ? q->query_string : b->query_string;
}

static void check_statement(struct diags *ds, const struct item *it)
{
    const struct statement_body *b = it->body;
    bool file = file_of(b).set, text = text_of(b).set;
    if (!file && !text) {
        struct diag *d = diag_error(ds, "missing-key", it->name.span,
                                    "prepared statement '%.*s' has no query", STR(it->name.s));
        diag_help(d, "give 'query_string' or 'file'");
    } else if (file && text) {
        diag_error(ds, "conflict", file_of(b).span, "'file' and 'query_string' are both given");
    }
    if (!good_name(it->name.s, 256, "_", "_@:")) {
        struct diag *d = diag_error(ds, "bad-name", it->name.span,
                                    "'%.*s' cannot name a prepared statement", STR(it->name.s));
        diag_help(d, "begin with a letter or '_', go on with letters, digits, '_', '@' and ':'");
    }
}

/* The one statement of the query, with its span; NULL after a diagnostic. */
static struct node *statement_text(struct plan *p, const struct statement_body *b)
{
    const struct query_source *q = b->query.p;
    struct vstr file = file_of(b), text = text_of(b);
    struct span span = text.span;
    struct source *src = NULL;
    if (file.set == text.set) /* reported by the check */
        return NULL;
    if (file.set) {
        src =
            plan_read_text(p, file, q && q->variables.node ? q->variables.node : b->variables.node);
        if (!src)
            return NULL;
        text.s = src->text;
        span = file.span;
    }
    struct sql_text sql;
    sql_read(p->arena, text.s, &sql);
    if (sql.open && src)
        span = (struct span){ src, (uint32_t)sql.open_at, 1 };
    if (sql.open || sql.all.n != 1 || sql.all.p[0].text.n > QUERY_MAX) {
        if (sql.open)
            diag_error(p->ds, "bad-sql", span, "this %s does not end", sql.open);
        else if (sql.all.n != 1)
            diag_error(p->ds, "bad-sql", span,
                       "there are %zu statements; a prepared statement is one", sql.all.n);
        else
            diag_error(p->ds, "too-large", span, "the statement has %zu bytes; expected at most %d",
                       sql.all.p[0].text.n, QUERY_MAX);
        return NULL;
    }
    return node_str(p->arena, span, sql.all.p[0].text);
}

static void lower_statement(struct plan *p, const struct item *it)
{
    const struct statement_body *b = it->body;
    struct node *text = statement_text(p, b);
    if (!text)
        text = plan_text(p, "");
    struct resource *r = plan_add_resource(p, it->name.s, "PreparedStatement",
                                           "AWS::Athena::PreparedStatement", it->name.span);
    struct resource *workgroup = plan_lookup(p, b->workgroup.s, "athena_workgroup");
    res_put(p, r, "StatementName", plan_str(p, it->name.s));
    res_put_str(p, r, "Description", it->description);
    res_put(p, r, "WorkGroup", workgroup ? plan_ref(p, workgroup) : plan_str(p, b->workgroup.s));
    res_put(p, r, "QueryStatement", text);
    plan_publish(p, it, r, "athena_prepared_statement");
}

/* ---- engine --------------------------------------------------------------------------------- */

static const struct kind kinds[] = {
    { .type = "athena_workgroup",
      .roles = ROLE_RESOURCE,
      .doc = "An Athena workgroup.",
      .source = "AWS::Athena::WorkGroup",
      .example = "query_result_location: s3://my-bucket/athena/\n",
      .fields = &workgroup_fields,
      .check = check_workgroup,
      .lower_resource = lower_workgroup },
    { .type = "athena_prepared_statement",
      .aliases = WORDS("athena_prepare_statement"),
      .roles = ROLE_RESOURCE,
      .doc = "A prepared statement of an Athena workgroup.",
      .source = "AWS::Athena::PreparedStatement",
      .example = "workgroup: primary\n"
                 "query_string: SELECT * FROM lake.reviews WHERE day = ?\n",
      .fields = &statement_fields,
      .check = check_statement,
      .lower_resource = lower_statement },
};

const struct engine engine_athena = {
    .abi = ENGINE_ABI,
    .name = "athena",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
