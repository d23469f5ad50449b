/* Grants on data: places in S3, tables of the Glue Data Catalog. */
#include "model/s3.h"
#include "plan/plan.h"

/* ---- S3 ------------------------------------------------------------------------------------- */

enum { ON_BUCKET, ON_OBJECTS };

static const struct s3_action {
    const char *name;
    int on;
    unsigned access;
} S3_ACTIONS[] = {
    { "s3:GetBucketLocation", ON_BUCKET, PLAN_S3_READ | PLAN_S3_WRITE },
    { "s3:ListBucket", ON_BUCKET, PLAN_S3_READ },
    { "s3:ListBucketMultipartUploads", ON_BUCKET, PLAN_S3_WRITE },
    { "s3:GetObject", ON_OBJECTS, PLAN_S3_READ },
    { "s3:AbortMultipartUpload", ON_OBJECTS, PLAN_S3_WRITE },
    { "s3:ListMultipartUploadParts", ON_OBJECTS, PLAN_S3_WRITE },
    { "s3:PutObject", ON_OBJECTS, PLAN_S3_WRITE },
    { "s3:DeleteObject", ON_OBJECTS, PLAN_S3_DELETE },
};

struct node *plan_own_account(struct plan *p)
{
    struct node *equals = plan_map(p), *condition = plan_map(p);
    plan_put(p, equals, "aws:ResourceAccount", plan_sub(p, "${AWS::AccountId}"));
    plan_put(p, condition, "StringEquals", equals);
    return condition;
}

static void grant_objects(struct plan *p, struct role_decl *role, unsigned access,
                          const struct node *arn, struct span span, struct str reason)
{
    for (size_t i = 0; i < sizeof S3_ACTIONS / sizeof *S3_ACTIONS; i++)
        if (S3_ACTIONS[i].on == ON_OBJECTS && (S3_ACTIONS[i].access & access))
            plan_grant_to(p, role, S3_ACTIONS[i].name, arn, span, reason);
}

void plan_grant_s3(struct plan *p, struct role_decl *role, unsigned access, struct str place,
                   struct span span, struct str reason)
{
    struct str bucket = S("*"), prefix = { 0 };
    bool known = s3_split(place, &bucket, &prefix);
    const struct node *arns[] = {
        [ON_BUCKET] = plan_sub(p, "arn:${AWS::Partition}:s3:::%.*s", STR(bucket)),
        [ON_OBJECTS] = plan_sub(p, "arn:${AWS::Partition}:s3:::%.*s/%.*s%s*", STR(bucket),
                                STR(prefix), prefix.n ? "/" : ""),
    };
    const struct node *condition = known ? NULL : plan_own_account(p);
    for (size_t i = 0; i < sizeof S3_ACTIONS / sizeof *S3_ACTIONS; i++)
        if (S3_ACTIONS[i].access & access)
            plan_grant_if(p, role, S3_ACTIONS[i].name, arns[S3_ACTIONS[i].on], condition, span,
                          reason);
    if (known && prefix.n && (access & PLAN_S3_OBJECT) && !str_ends(place, S("/")))
        grant_objects(p, role, access,
                      plan_sub(p, "arn:${AWS::Partition}:s3:::%.*s/%.*s", STR(bucket), STR(prefix)),
                      span, reason);
    if (known && prefix.n && (access & PLAN_S3_MARKER))
        grant_objects(
            p, role, access,
            plan_sub(p, "arn:${AWS::Partition}:s3:::%.*s/%.*s_$folder$", STR(bucket), STR(prefix)),
            span, reason);
}

/* ---- tables --------------------------------------------------------------------------------- */

static struct node *catalog_arn(struct plan *p, const char *what, struct str database,
                                struct str table)
{
    return plan_sub(p, "arn:${AWS::Partition}:glue:${AWS::Region}:${AWS::AccountId}:%s%.*s%s%.*s",
                    what, STR(database), table.n ? "/" : "", STR(table));
}

void plan_grant_catalog(struct plan *p, struct role_decl *role, const char *const *actions,
                        struct str database, struct str table, struct span span, struct str reason)
{
    struct str all = S("*"), none = S("");
    const struct node *arns[] = {
        catalog_arn(p, "catalog", none, none),
        catalog_arn(p, "database/", database.n ? database : all, none),
        catalog_arn(p, "table/", database.n ? database : all, table.n ? table : all),
    };
    for (; *actions; actions++) {
        bool tables = str_find(str_from(*actions), S("Database"), 0) == SIZE_MAX ||
                      str_eq(str_from(*actions), S("glue:DeleteDatabase"));
        for (size_t i = 0; i < (tables ? 3 : 2); i++)
            plan_grant_to(p, role, *actions, arns[i], span, reason);
    }
}

/* ---- SQL ------------------------------------------------------------------------------------ */

/* What statements need besides reading. Source: Athena user guide, "Fine-grained access to
 * databases and tables in the AWS Glue Data Catalog". The first row that fits holds. */
static const struct sql_rule {
    const char *verb;
    const char *actions[6];
    unsigned data; /* of the tables' data: PLAN_S3_… */
} SQL_RULES[] = {
    { "ALTER DATABASE", { "glue:UpdateDatabase" }, 0 },
    { "ALTER SCHEMA", { "glue:UpdateDatabase" }, 0 },
    { "ALTER TABLE",
      { "glue:BatchCreatePartition", "glue:CreatePartition", "glue:DeletePartition",
        "glue:UpdatePartition", "glue:UpdateTable" },
      0 },
    { "CREATE DATABASE", { "glue:CreateDatabase" }, 0 },
    { "CREATE SCHEMA", { "glue:CreateDatabase" }, 0 },
    { "CREATE EXTERNAL TABLE", { "glue:CreateTable" }, 0 },
    { "CREATE OR REPLACE VIEW", { "glue:CreateTable", "glue:UpdateTable" }, 0 },
    { "CREATE VIEW", { "glue:CreateTable" }, 0 },
    { "CREATE TABLE",
      { "glue:BatchCreatePartition", "glue:CreateTable", "glue:UpdateTable" },
      PLAN_S3_WRITE },
    { "DELETE", { "glue:UpdateTable" }, PLAN_S3_READ | PLAN_S3_WRITE | PLAN_S3_DELETE },
    { "DROP DATABASE", { "glue:DeleteDatabase", "glue:DeleteTable", "glue:GetTables" }, 0 },
    { "DROP SCHEMA", { "glue:DeleteDatabase", "glue:DeleteTable", "glue:GetTables" }, 0 },
    { "DROP TABLE", { "glue:DeletePartition", "glue:DeleteTable" }, 0 },
    { "DROP VIEW", { "glue:DeleteTable" }, 0 },
    { "INSERT",
      { "glue:BatchCreatePartition", "glue:CreatePartition", "glue:UpdateTable" },
      PLAN_S3_WRITE },
    { "MERGE", { "glue:UpdateTable" }, PLAN_S3_READ | PLAN_S3_WRITE | PLAN_S3_DELETE },
    { "MSCK REPAIR TABLE", { "glue:BatchCreatePartition", "glue:CreatePartition" }, PLAN_S3_READ },
    { "OPTIMIZE", { "glue:UpdateTable" }, PLAN_S3_READ | PLAN_S3_WRITE | PLAN_S3_DELETE },
    { "SELECT", { NULL }, PLAN_S3_READ },
    { "SHOW", { "glue:GetDatabases", "glue:GetTables" }, 0 },
    { "UNLOAD", { NULL }, PLAN_S3_WRITE },
    { "UPDATE", { "glue:UpdateTable" }, PLAN_S3_READ | PLAN_S3_WRITE | PLAN_S3_DELETE },
    { "VACUUM", { "glue:UpdateTable" }, PLAN_S3_READ | PLAN_S3_WRITE | PLAN_S3_DELETE },
};

static const struct sql_rule *find_rule(const struct sql_statement *st)
{
    for (size_t i = 0; i < sizeof SQL_RULES / sizeof *SQL_RULES; i++)
        if (sql_begins(st, SQL_RULES[i].verb))
            return &SQL_RULES[i];
    return NULL;
}

unsigned plan_grant_sql(struct plan *p, struct role_decl *role, const struct sql_statement *st,
                        struct str database, struct span span, struct str reason)
{
    static const char *const READING[] = { "glue:BatchGetPartition", "glue:GetDatabase",
                                           "glue:GetPartition",      "glue:GetPartitions",
                                           "glue:GetTable",          NULL };
    const struct sql_rule *rule = find_rule(st);
    struct str all = S("");
    bool changes = rule && rule->actions[0];
    if (!st->tables_known)
        plan_grant_catalog(p, role, READING, all, all, span, reason);
    if (!st->tables_known && changes)
        plan_grant_catalog(p, role, rule->actions, all, all, span, reason);
    for (size_t i = 0; st->tables_known && i < st->tables.n; i++) {
        struct sql_table t = st->tables.p[i];
        struct str in = t.database.n ? t.database : database;
        plan_grant_catalog(p, role, READING, in, all, span, reason);
        if (changes && i == 0) /* the first one is what is changed */
            plan_grant_catalog(p, role, rule->actions, in, t.name, span, reason);
    }
    return (rule ? rule->data : 0) | (st->selects ? PLAN_S3_READ : 0);
}
