/* What steps of Glue's job files do: a table of their keys each, and what they need and make. Old
 * blueprints' handlers, all of them registered; customcode/glue/driver runs them. */
#include "job_file.h"
#include "model/s3.h"
#include "schema/bind.h"

static void wrong(struct glue_reading *r, struct diag *d, const char *help)
{
    if (help)
        diag_help(d, "%s", help);
    r->good = false;
}

/* ---- s3, file ------------------------------------------------------------------------------- */

struct s3_body {
    struct vstr bucket, prefix;
    struct vbool multiprefix;
    struct venum read_method;
    struct vany options;
};
#define F(kind, name, ...) FIELD_##kind(struct s3_body, name, __VA_ARGS__)
static const struct field s3_rows[] = {
    F(STR, bucket, .required = true, .doc = "Bucket that holds the data."),
    F(STR, prefix, .required = true, .doc = "Folder or object in it."),
    F(BOOL, multiprefix, .dflt = "false",
      .doc = "Each folder below the prefix is a table of its own: <step>_<folder>."),
    F(ENUM, read_method, .values = WORDS("glue", "spark"), .dflt = "glue",
      .doc = "glue: a dynamic frame, as job bookmarks want it; spark: Spark's own reader."),
    F(MAP, options, .example = "{format: csv, header: true}",
      .doc = "format (csv by default), and what that reader knows: header, sep, inferSchema, …"),
};
#undef F
static const struct fields s3_fields =
    FIELDS(struct s3_body, "s3", s3_rows, .doc = "Reads a table from S3.");

static void take_s3(struct glue_reading *r, struct vstr name, const void *body, struct node *config)
{
    const struct s3_body *b = body;
    (void)config;
    glue_add_place(r, b->bucket.s, b->prefix.s, PLAN_S3_READ | PLAN_S3_OBJECT, b->bucket.span,
                   "reads it");
    glue_add_frame(r, name.s);
}

struct file_body {
    struct vstr path;
    struct vany options;
};
#define F(kind, name, ...) FIELD_##kind(struct file_body, name, __VA_ARGS__)
static const struct field file_rows[] = {
    F(STR, path, .required = true, .check = s3_check_field, .doc = "Place of the data.",
      .example = "\"s3://bucket/folder/\""),
    F(MAP, options, .doc = "format, and what Spark's reader of that format knows."),
};
#undef F
static const struct fields file_fields =
    FIELDS(struct file_body, "file", file_rows, .doc = "Reads a table with Spark's own reader.");

static void add_url(struct glue_reading *r, struct vstr url, unsigned access, const char *does)
{
    struct str bucket, prefix;
    if (s3_split(url.s, &bucket, &prefix))
        glue_add_place(r, bucket, prefix, access, url.span, does);
}

static void take_file(struct glue_reading *r, struct vstr name, const void *body,
                      struct node *config)
{
    const struct file_body *b = body;
    (void)config;
    add_url(r, b->path, PLAN_S3_READ | PLAN_S3_OBJECT, "reads it");
    glue_add_frame(r, name.s);
}

/* ---- query, assertion, metric --------------------------------------------------------------- */

struct query_body {
    struct vstr sql, file;
};
#define SQL_ROWS(F)                                                       \
    F(STR, sql, .doc = "A query."), F(STR, file, .example = "report.sql", \
                                      .doc = "File that holds it: a template in sql_queries/.")
#define F(kind, name, ...) FIELD_##kind(struct query_body, name, __VA_ARGS__)
static const struct field query_rows[] = { SQL_ROWS(F) };
#undef F
static const struct fields query_fields =
    FIELDS(struct query_body, "query", query_rows,
           .doc = "Makes a table by a query of the other steps' and the catalog's tables.");

static void take_query(struct glue_reading *r, struct vstr name, const void *body,
                       struct node *config)
{
    const struct query_body *b = body;
    glue_take_sql(r, name, b->sql, b->file, config);
    glue_add_frame(r, name.s);
}

struct assertion_body {
    struct vstr sql, file;
    struct venum sign;
    struct vint value;
};
#define F(kind, name, ...) FIELD_##kind(struct assertion_body, name, __VA_ARGS__)
static const struct field assertion_rows[] = {
    SQL_ROWS(F),
    F(ENUM, sign, .values = WORDS("lt", "gt", "lte", "gte", "eq"), .dflt = "gt",
      .doc = "The job fails if the query's number of rows is so, compared with value."),
    F(INT, value, .min = 0, .max = INT64_MAX, .dflt = "0", .unit = "rows",
      .doc = "What the number of rows is compared with: gt and 0 fail for any row."),
};
#undef F
static const struct fields assertion_fields =
    FIELDS(struct assertion_body, "assertion", assertion_rows,
           .doc = "Fails the job where a query finds what should not be.");

static void take_assertion(struct glue_reading *r, struct vstr name, const void *body,
                           struct node *config)
{
    const struct assertion_body *b = body;
    glue_take_sql(r, name, b->sql, b->file, config);
    if (b->sign.v != 0 || b->value.v != 0) /* fewer than none */
        return;
    wrong(r,
          diag_error(r->plan->ds, "bad-value", b->sign.span,
                     "this can never fail: no query has less than 0 rows"),
          "give 'value': how many rows there must be");
}

struct dimension {
    struct vstr name, sql, type;
};
struct filter {
    struct vstr sql;
};
struct measure {
    struct vstr name, sql;
    struct venum type;
    struct vobjs filters; /* struct filter */
};
struct metric_body {
    struct vstr sql, file;
    struct vobjs dimensions, measures;
};
#define F(kind, name, ...) FIELD_##kind(struct dimension, name, __VA_ARGS__)
static const struct field dimension_rows[] = {
    F(STR, name, .required = true, .doc = "Its name."),
    F(STR, sql, .doc = "What it is; the column of its name by default."),
    F(STR, type, .doc = "For people."),
};
#undef F
static const struct fields dimension_fields =
    FIELDS(struct dimension, "dimension", dimension_rows, .doc = "What a metric is split by.");
static const struct field filter_rows[] = {
    FIELD_STR(struct filter, sql, .required = true, .doc = "A condition."),
};
static const struct fields filter_fields =
    FIELDS(struct filter, "filter", filter_rows, .doc = "Rows that count.");
#define F(kind, name, ...) FIELD_##kind(struct measure, name, __VA_ARGS__)
static const struct field measure_rows[] = {
    F(STR, name, .required = true, .doc = "Its name, and that of its metric."),
    F(STR, sql, .doc = "What is measured; the column of its name by default."),
    F(ENUM, type, .values = WORDS("count", "avg", "sum", "min", "max"), .dflt = "count",
      .doc = "How."),
    F(OBJS, filters, .sub = &filter_fields, .doc = "Only rows for which all of these hold."),
};
#undef F
static const struct fields measure_fields =
    FIELDS(struct measure, "measure", measure_rows, .doc = "A number that a metric gives.");
#define F(kind, name, ...) FIELD_##kind(struct metric_body, name, __VA_ARGS__)
static const struct field metric_rows[] = {
    SQL_ROWS(F),
    F(OBJS, dimensions, .sub = &dimension_fields, .doc = "What the numbers are split by."),
    F(OBJS, measures, .sub = &measure_fields,
      .doc = "Numbers to publish; the number of rows by default."),
};
#undef F
static const struct fields metric_fields = FIELDS(
    struct metric_body, "metric", metric_rows,
    .doc = "Publishes numbers about a query's rows to CloudWatch, and makes a table of them.");

static void take_metric(struct glue_reading *r, struct vstr name, const void *body,
                        struct node *config)
{
    const struct metric_body *b = body;
    glue_take_sql(r, name, b->sql, b->file, config);
    r->out->metrics = true;
    glue_add_frame(r, name.s);
}

/* ---- materialize, convert_to_parquet -------------------------------------------------------- */

struct materialize_body {
    struct vstr target, bucket, prefix, path, database, table, out_table_name_prefix, description;
    struct venum mode;
    struct vbool multiprefix, header;
    struct vint num_out_files;
    struct vstr delimiter;
    struct vany partitions, options;
};
#define F(kind, name, ...) FIELD_##kind(struct materialize_body, name, __VA_ARGS__)
static const struct field materialize_rows[] = {
    F(STR, target, .required = true, .doc = "Step whose table is written."),
    F(STR, bucket, .doc = "Bucket to write to."),
    F(STR, prefix, .doc = "Folder in it."),
    F(STR, path, .check = s3_check_field,
      .doc = "In place of bucket and prefix: s3://bucket/folder/."),
    F(STR, database, .required = true, .doc = "Database of the table in the catalog."),
    F(STR, table, .doc = "Its name there; the target's by default."),
    F(STR, out_table_name_prefix, .doc = "Begins the name."),
    F(ENUM, mode, .values = WORDS("overwrite", "append", "ignore", "error"), .dflt = "overwrite",
      .doc = "What to do where the table is there already."),
    F(ANY, partitions, .example = "[year, month]",
      .doc = "Columns that split the data; with multiprefix a map from table to columns."),
    F(INT, num_out_files, .min = 1, .max = 1000000, .doc = "Files to write."),
    F(BOOL, multiprefix, .dflt = "false", .doc = "Write each table of a target that has several."),
    F(BOOL, header, .dflt = "true", .doc = "csv: a first line with names."),
    F(STR, delimiter, .dflt = ",", .doc = "csv: what stands between values."),
    F(STR, description, .doc = "The table's description in the catalog."),
    F(MAP, options, .required = true, .example = "{format: parquet}",
      .doc = "format, and what Spark's writer of that format knows."),
};
#undef F
static const struct fields materialize_fields =
    FIELDS(struct materialize_body, "materialize", materialize_rows,
           .doc = "Writes a table to S3 and into the catalog.");

static void check_format(struct glue_reading *r, const struct node *options)
{
    const struct node *format = node_get(options, S("format"));
    if (!node_is_str(format))
        wrong(r,
              diag_error(r->plan->ds, format ? "wrong-type" : "missing-key",
                         format ? format->span : options->span, "'options' has no format"),
              "for example 'options: {format: parquet}'");
}

static void take_materialize(struct glue_reading *r, struct vstr name, const void *body,
                             struct node *config)
{
    const struct materialize_body *b = body;
    struct plan *p = r->plan;
    unsigned access = PLAN_S3_READ | PLAN_S3_WRITE | PLAN_S3_MARKER;
    if (b->mode.v == 0)
        access |= PLAN_S3_DELETE;
    bool known = glue_need_frame(r, b->target);
    if (b->path.set == (b->bucket.set && b->prefix.set))
        wrong(r,
              diag_error(p->ds, b->path.set ? "conflict" : "missing-key", name.span,
                         "step '%.*s' takes %s", STR(name.s),
                         b->path.set ? "either 'path' or 'bucket' and 'prefix'"
                                     : "'bucket' and 'prefix'"),
              NULL);
    check_format(r, b->options.node);
    add_url(r, b->path, access, "writes it");
    if (b->bucket.set)
        glue_add_place(r, b->bucket.s, b->prefix.s, access, b->bucket.span, "writes it");
    struct str table = b->table.set ? b->table.s : b->target.s;
    struct glue_table t = { .database = b->database.s, .span = b->database.span };
    t.name = arena_printf(p->arena, "%.*s%.*s", STR(b->out_table_name_prefix.s), STR(table));
    if (b->multiprefix.v || str_find(t.name, S("${"), 0) != SIZE_MAX)
        t.name = S("");
    if (str_find(t.database, S("${"), 0) != SIZE_MAX)
        t.database = S("");
    vec_push(p->arena, &r->out->tables, t);
    plan_put(p, config, "table", plan_str(p, table));
    if (known)
        glue_add_frame(r, name.s);
}

struct convert_body {
    struct vstr input_format, input_bucket, input_key, output_bucket, output_key;
    struct vint partitions;
    struct vany options;
};
#define F(kind, name, ...) FIELD_##kind(struct convert_body, name, __VA_ARGS__)
static const struct field convert_rows[] = {
    F(STR, input_format, .required = true, .example = "csv", .doc = "Format of the input."),
    F(STR, input_bucket, .required = true, .doc = "Bucket of the input."),
    F(STR, input_key, .required = true, .doc = "Folder or object of the input."),
    F(STR, output_bucket, .required = true, .doc = "Bucket to write to."),
    F(STR, output_key, .required = true, .doc = "Folder to write to."),
    F(INT, partitions, .required = true, .min = 1, .max = 1000000, .example = "1",
      .doc = "Files to write."),
    F(MAP, options,
      .doc = "What Spark's reader of the format knows; csv reads names from the first "
             "line and guesses types by default."),
};
#undef F
static const struct fields convert_fields =
    FIELDS(struct convert_body, "convert_to_parquet", convert_rows,
           .doc = "Reads data in any format and writes it as Parquet.");

static void take_convert(struct glue_reading *r, struct vstr name, const void *body,
                         struct node *config)
{
    const struct convert_body *b = body;
    (void)config;
    glue_add_place(r, b->input_bucket.s, b->input_key.s, PLAN_S3_READ | PLAN_S3_OBJECT,
                   b->input_bucket.span, "reads it");
    glue_add_place(r, b->output_bucket.s, b->output_key.s,
                   PLAN_S3_READ | PLAN_S3_WRITE | PLAN_S3_DELETE | PLAN_S3_MARKER,
                   b->output_bucket.span, "writes it");
    glue_add_frame(r, name.s);
}

/* ---- columns -------------------------------------------------------------------------------- */

struct obfuscate_body {
    struct vstrs obfuscate_cols;
    struct vstr target;
};
#define F(kind, name, ...) FIELD_##kind(struct obfuscate_body, name, __VA_ARGS__)
static const struct field obfuscate_rows[] = {
    F(STRS, obfuscate_cols, .required = true, .example = "[name, email]",
      .doc =
          "Columns whose values become their MD5 digests: a list, or names with commas between."),
    F(STR, target, .required = true, .doc = "Step whose table is copied so."),
};
#undef F
static const struct fields obfuscate_fields =
    FIELDS(struct obfuscate_body, "obfuscate", obfuscate_rows,
           .doc = "Makes a table in which columns are digests. Not secret: digests of few possible "
                  "values are guessed.");

/* "name, email" is a list of two. */
static void take_obfuscate(struct glue_reading *r, struct vstr name, const void *body,
                           struct node *config)
{
    const struct obfuscate_body *b = body;
    struct node *list = plan_list(r->plan);
    for (size_t i = 0; i < b->obfuscate_cols.n; i++) {
        struct str rest = b->obfuscate_cols.items[i].s, part;
        while (str_split(&rest, ',', &part))
            node_push(r->plan->arena, list, plan_str(r->plan, str_trim(part)));
    }
    plan_put(r->plan, config, "obfuscate_cols", list);
    if (glue_need_frame(r, b->target))
        glue_add_frame(r, name.s);
}

struct target_body {
    struct vstr target;
};
static const struct field target_rows[] = {
    FIELD_STR(struct target_body, target, .required = true,
              .doc = "Step whose table is copied so."),
};
static const struct fields rename_fields =
    FIELDS(struct target_body, "rename_whitespace_cols", target_rows,
           .doc = "Makes a table in whose column names blanks are '_'.");

static void take_rename(struct glue_reading *r, struct vstr name, const void *body,
                        struct node *config)
{
    const struct target_body *b = body;
    (void)config;
    if (glue_need_frame(r, b->target))
        glue_add_frame(r, name.s);
}

/* ---- data quality --------------------------------------------------------------------------- */

/* Checks, with the parameters that they must and may have. Names are Deequ's; those in lower case
 * are old blueprints' own, which check several columns. */
static const struct quality_check {
    const char *name, *needs, *may;
} QUALITY_CHECKS[] = {
    { "hasSize", "assertion", "" },
    { "isComplete", "column", "" },
    { "hasCompleteness", "column assertion", "" },
    { "isUnique", "column", "" },
    { "isPrimaryKey", "columns", "" },
    { "hasUniqueness", "columns assertion", "" },
    { "hasDistinctness", "columns assertion", "" },
    { "hasUniqueValueRatio", "columns assertion", "" },
    { "hasNumberOfDistinctValues", "column assertion", "" },
    { "hasApproxCountDistinct", "column assertion", "" },
    { "hasApproxQuantile", "column quantile assertion", "" },
    { "hasMinLength", "column assertion", "" },
    { "hasMaxLength", "column assertion", "" },
    { "hasMin", "column assertion", "" },
    { "hasMax", "column assertion", "" },
    { "hasMean", "column assertion", "" },
    { "hasSum", "column assertion", "" },
    { "hasStandardDeviation", "column assertion", "" },
    { "hasCorrelation", "columnA columnB assertion", "" },
    { "satisfies", "columnCondition constraintName", "assertion" },
    { "hasPattern", "column pattern", "assertion" },
    { "hasDataType", "column dataType", "assertion" },
    { "isPositive", "column", "assertion" },
    { "isNonNegative", "column", "assertion" },
    { "isLessThan", "columnA columnB", "assertion" },
    { "isLessThanOrEqualTo", "columnA columnB", "assertion" },
    { "isGreaterThan", "columnA columnB", "assertion" },
    { "isGreaterThanOrEqualTo", "columnA columnB", "assertion" },
    { "isContainedIn", "column allowedValues", "assertion" },
    { "isInInterval", "column lowerBound upperBound", "includeLowerBound includeUpperBound" },
    { "all_between", "columns", "lowerBound upperBound null_value assertion" },
    { "have_completeness", "columns", "assertion" },
    { "all_positives", "columns", "assertion" },
    { "all_non_negatives", "columns", "assertion" },
};
enum { QUALITY_COUNT = sizeof QUALITY_CHECKS / sizeof *QUALITY_CHECKS };

struct check_body {
    struct vstr check;
    struct vany params;
};
struct group_body {
    struct vstr checkgroup;
    struct venum error_level;
    struct vobjs checks; /* struct check_body */
};
struct deequ_body {
    struct vstr from;
    struct vobjs checkgroups; /* struct group_body */
};
#define F(kind, name, ...) FIELD_##kind(struct check_body, name, __VA_ARGS__)
static const struct field check_rows[] = {
    F(STR, check, .required = true, .example = "isComplete",
      .doc = "What to check, as Deequ calls it."),
    F(MAP, params, .example = "{column: id}", .doc = "Its parameters."),
};
#undef F
static const struct fields check_fields =
    FIELDS(struct check_body, "check", check_rows, .doc = "A check.");
#define F(kind, name, ...) FIELD_##kind(struct group_body, name, __VA_ARGS__)
static const struct field group_rows[] = {
    F(STR, checkgroup, .doc = "What the checks are about; the step's name by default."),
    F(ENUM, error_level, .values = WORDS("error", "warning"), .dflt = "warning",
      .doc = "error: the job fails if one of the checks does."),
    F(OBJS, checks, .required = true, .sub = &check_fields, .doc = "Checks."),
};
#undef F
static const struct fields group_fields =
    FIELDS(struct group_body, "checkgroup", group_rows, .doc = "Checks that belong together.");
#define F(kind, name, ...) FIELD_##kind(struct deequ_body, name, __VA_ARGS__)
static const struct field deequ_rows[] = {
    F(STR, from, .required = true, .doc = "Step whose table is checked."),
    F(OBJS, checkgroups, .required = true, .sub = &group_fields, .doc = "Groups of checks."),
};
#undef F
static const struct fields deequ_fields =
    FIELDS(struct deequ_body, "deequ", deequ_rows,
           .doc = "Checks the quality of a table, by queries: no library is needed.");

static bool in_words(struct str word, const char *words)
{
    struct str rest = str_from(words), one;
    while (str_split(&rest, ' ', &one))
        if (one.n && str_eq(one, word))
            return true;
    return false;
}

static const struct quality_check *find_check(struct glue_reading *r, struct vstr name)
{
    struct str names[QUALITY_COUNT];
    for (size_t i = 0; i < QUALITY_COUNT; i++) {
        names[i] = str_from(QUALITY_CHECKS[i].name);
        if (str_eq(names[i], name.s))
            return &QUALITY_CHECKS[i];
    }
    struct diag *d = diag_error(r->plan->ds, "unknown-value", name.span, "there is no check '%.*s'",
                                STR(name.s));
    diag_suggest(d, name.s, names, QUALITY_COUNT);
    wrong(r, d, NULL);
    return NULL;
}

/* {op: gte, value: 0.9} or {op: between, lowerBound: 0, upperBound: 1} */
static void check_assertion(struct glue_reading *r, const struct node *n)
{
    static const char OPS[] = "eq neq gt gte lt lte between";
    const struct node *op = node_get(n, S("op"));
    if (n->kind != NODE_MAP)
        wrong(r,
              diag_error(r->plan->ds, "wrong-type", n->span, "'assertion' is %s; expected a map",
                         node_kind_name(n)),
              "for example 'assertion: {op: gte, value: 0.9}'");
    else if (op && (op->kind != NODE_STR || !in_words(op->str, OPS)))
        wrong(r,
              diag_error(r->plan->ds, "unknown-value", op->span, "'op' cannot be '%.*s'",
                         STR(span_text(op->span))),
              "expected one of eq, neq, gt, gte, lt, lte, between");
    else if (!node_get(n, op && str_eq(op->str, S("between")) ? S("upperBound") : S("value")))
        wrong(
            r, diag_error(r->plan->ds, "missing-key", n->span, "'assertion' compares with nothing"),
            "for example '{op: gte, value: 0.9}' or '{op: between, lowerBound: 0, upperBound: 1}'");
}

static void check_params(struct glue_reading *r, const struct check_body *b)
{
    const struct quality_check *c = find_check(r, b->check);
    const struct node *params = b->params.node;
    struct str rest = str_from(c ? c->needs : ""), word;
    while (c && str_split(&rest, ' ', &word))
        if (word.n && !node_get(params, word))
            wrong(r,
                  diag_error(r->plan->ds, "missing-key", b->check.span,
                             "check '%s' needs the parameter '%.*s'", c->name, STR(word)),
                  NULL);
    for (size_t i = 0; c && params && i < params->map.n; i++) {
        const struct node_entry *e = &params->map.entries[i];
        if (str_eq(e->key, S("assertion")))
            check_assertion(r, e->value);
        if (!in_words(e->key, c->needs) && !in_words(e->key, c->may)) {
            struct diag *d = diag_error(r->plan->ds, "unknown-key", e->key_span,
                                        "check '%s' has no parameter '%.*s'", c->name, STR(e->key));
            diag_help(d, "it has %s%s%s", c->needs, *c->may && *c->needs ? " " : "", c->may);
            wrong(r, d, NULL);
        }
    }
}

static void take_deequ(struct glue_reading *r, struct vstr name, const void *body,
                       struct node *config)
{
    const struct deequ_body *b = body;
    const struct group_body *g = b->checkgroups.items;
    (void)config;
    for (size_t i = 0; i < b->checkgroups.n; i++) {
        const struct check_body *c = g[i].checks.items;
        for (size_t k = 0; k < g[i].checks.n; k++)
            check_params(r, &c[k]);
    }
    if (glue_need_frame(r, b->from))
        glue_add_frame(r, name.s);
}

struct profiling_body {
    struct vstr from, bucketdf_name, database, table;
};
#define F(kind, name, ...) FIELD_##kind(struct profiling_body, name, __VA_ARGS__)
static const struct field profiling_rows[] = {
    F(STR, from, .required = true, .doc = "Step whose table is profiled."),
    F(STR, bucketdf_name, .required = true, .example = "buckets",
      .doc = "Name of a second table: how often the values of each column occur, and percentiles."),
    F(STR, database, .doc = "Stands in the tables, to tell profiles apart."),
    F(STR, table, .doc = "Stands in the tables, to tell profiles apart."),
};
#undef F
static const struct fields profiling_fields =
    FIELDS(struct profiling_body, "profiling", profiling_rows,
           .doc = "Makes two tables that describe a table's columns.");

static void take_profiling(struct glue_reading *r, struct vstr name, const void *body,
                           struct node *config)
{
    const struct profiling_body *b = body;
    (void)config;
    if (!glue_need_frame(r, b->from))
        return;
    glue_add_frame(r, name.s);
    glue_add_frame(r, b->bucketdf_name.s);
}

/* ---- udf, mock ------------------------------------------------------------------------------ */

struct udf_body {
    struct vstr module, function;
};
#define F(kind, name, ...) FIELD_##kind(struct udf_body, name, __VA_ARGS__)
static const struct field udf_rows[] = {
    F(STR, module, .required = true, .example = "clean",
      .doc = "Module in customcode/glue/udfs, without .py."),
    F(STR, function, .dflt = "udf",
      .doc = "Its function, called as function(spark, ref); what it returns is the step's table."),
};
#undef F
static const struct fields udf_fields =
    FIELDS(struct udf_body, "udf", udf_rows, .doc = "Calls a function of the project.");

static void take_udf(struct glue_reading *r, struct vstr name, const void *body,
                     struct node *config)
{
    const struct udf_body *b = body;
    (void)config;
    struct vstr module = b->module;
    if (str_starts(module.s, S("udfs.")))
        module.s = str_sub(module.s, 5, module.s.n);
    plan_need_file(r->plan, S("customcode/glue/udfs"),
                   arena_printf(r->plan->arena, "%.*s.py", STR(module.s)), module.span);
    plan_put(r->plan, config, "module", plan_str(r->plan, module.s));
    r->out->udfs = true;
    glue_add_frame(r, name.s);
}

struct mock_body {
    struct vstr message;
};
static const struct field mock_rows[] = {
    FIELD_STR(struct mock_body, message, .doc = "What to log."),
};
static const struct fields mock_fields =
    FIELDS(struct mock_body, "mock", mock_rows, .doc = "Logs a message.");

static void take_mock(struct glue_reading *r, struct vstr name, const void *body,
                      struct node *config)
{
    (void)r;
    (void)name;
    (void)body;
    (void)config;
}

/* ---- all of them ---------------------------------------------------------------------------- */

const struct glue_handler glue_handlers[] = {
    { "s3", "Reads a table from S3.", &s3_fields, take_s3 },
    { "file", "Reads a table with Spark's own reader.", &file_fields, take_file },
    { "query", "Makes a table by a query.", &query_fields, take_query },
    { "materialize", "Writes a table to S3 and into the catalog.", &materialize_fields,
      take_materialize },
    { "assertion", "Fails the job where a query finds what should not be.", &assertion_fields,
      take_assertion },
    { "deequ", "Checks the quality of a table.", &deequ_fields, take_deequ },
    { "profiling", "Describes a table's columns.", &profiling_fields, take_profiling },
    { "obfuscate", "Replaces columns by digests.", &obfuscate_fields, take_obfuscate },
    { "rename_whitespace_cols", "Takes blanks out of column names.", &rename_fields, take_rename },
    { "udf", "Calls a function of the project.", &udf_fields, take_udf },
    { "mock", "Logs a message.", &mock_fields, take_mock },
    { "metric", "Publishes numbers about rows.", &metric_fields, take_metric },
    { "convert_to_parquet", "Converts data to Parquet.", &convert_fields, take_convert },
};
const size_t glue_handler_count = sizeof glue_handlers / sizeof *glue_handlers;
