#include "model/sql.h"

#include "base/buf.h"
#include "base/mem.h"
#include "unit.h"

/* Each statement on a line: VERB [reads] [?n] | tables | s3 places */
static const struct {
    const char *name, *sql, *want;
} CASES[] = {
    { "nothing", " ; -- only a comment\n;/* and\nanother */", "" },
    { "a query", "SELECT a, b FROM db.t", "SELECT A selects | db.t\n" },
    { "several statements", "DROP TABLE IF EXISTS a.b;\nSELECT 1; ",
      "DROP TABLE IF EXISTS A | a.b\nSELECT 1 selects |\n" },
    { "a semicolon that ends nothing", "SELECT ';', \";\" -- ;\n /* ; */ FROM t WHERE x = 'it''s;'",
      "SELECT selects | t\n" },
    { "quoted names", "select * from \"My Db\".\"t\" where \"var1\"=? and `var2`=?",
      "SELECT selects ?2 | My Db.t\n" },
    { "question marks in strings", "SELECT '?' FROM t -- ?\nWHERE a = ?",
      "SELECT selects ?1 | t\n" },
    { "a join", "SELECT * FROM a.x JOIN b.y ON x.i = y.i LEFT JOIN z USING (i), w q",
      "SELECT selects | a.x b.y z w\n" },
    { "each table once", "SELECT * FROM A.x, a.X", "SELECT selects | A.x\n" },
    { "a list of tables", "SELECT f(a, b) FROM x, y AS q, db.z WHERE a IN (1, 2)",
      "SELECT F selects | x y db.z\n" },
    { "subqueries", "SELECT * FROM (SELECT a FROM x) JOIN (SELECT b FROM y, z) ON 1 = 1",
      "SELECT selects | x y z\n" },
    { "common table expressions",
      "WITH one AS (SELECT * FROM x), two (a, b) AS (SELECT a, b FROM ONE) "
      "SELECT * FROM two, one, three",
      "SELECT selects | x three\n" },
    { "FROM that is no clause",
      "SELECT EXTRACT(DAY FROM d), TRIM(BOTH 'x' FROM e) FROM t WHERE a IS DISTINCT FROM b",
      "SELECT EXTRACT selects | t\n" },
    { "table functions",
      "SELECT * FROM t CROSS JOIN UNNEST(a) AS u(x), TABLE(exclude(q)), sequence(1, 2)",
      "SELECT selects | t\n" },
    { "lateral view", "SELECT x FROM t LATERAL VIEW explode(a) u AS x",
      "SELECT X FROM T LATERAL VIEW "
      "selects | t\n" },
    { "insert", "INSERT INTO db.t (a, b) SELECT a, b FROM s", "INSERT INTO DB selects | db.t s\n" },
    { "insert overwrite", "insert overwrite table t select 1",
      "INSERT OVERWRITE TABLE T SELECT 1 "
      "selects | t\n" },
    { "create table as",
      "CREATE TABLE db.t WITH (external_location = 's3://b/p/', format='PARQUET') AS SELECT 1",
      "CREATE TABLE DB selects | db.t | s3://b/p/\n" },
    { "external table",
      "CREATE EXTERNAL TABLE IF NOT EXISTS t (a int) CLUSTERED BY (a) INTO 4 BUCKETS LOCATION "
      "'s3://b/x/'",
      "CREATE EXTERNAL TABLE IF NOT EXISTS | t | s3://b/x/\n" },
    { "a place in double quotes", "ALTER TABLE d.t SET LOCATION \"s3://b/y/\"",
      "ALTER TABLE D | d.t | s3://b/y/\n" },
    { "databases", "CREATE DATABASE IF NOT EXISTS lake; drop schema lake cascade",
      "CREATE DATABASE IF NOT EXISTS LAKE | lake.\nDROP SCHEMA LAKE CASCADE | lake.\n" },
    { "views", "CREATE OR REPLACE VIEW d.v AS SELECT * FROM t",
      "CREATE OR REPLACE VIEW D selects | d.v t\n" },
    { "unload", "UNLOAD (SELECT * FROM t) TO 's3://b/out/' WITH (format='JSON')",
      "UNLOAD selects | t | s3://b/out/\n" },
    { "merge", "MERGE INTO t USING s ON t.i = s.i WHEN MATCHED THEN UPDATE SET a = s.a",
      "MERGE INTO T USING S ON | t s\n" },
    { "update", "UPDATE d.t SET a = 1 WHERE b = 2", "UPDATE D | d.t\n" },
    { "delete", "DELETE FROM d.t WHERE b = 2", "DELETE FROM D | d.t\n" },
    { "optimise", "OPTIMIZE d.t REWRITE DATA USING BIN_PACK", "OPTIMIZE D | d.t\n" },
    { "repair", "MSCK REPAIR TABLE d.t", "MSCK REPAIR TABLE D | d.t\n" },
    { "describe", "DESCRIBE FORMATTED d.t", "DESCRIBE FORMATTED D | d.t\n" },
    { "execute", "EXECUTE q USING 1, 'x'", "EXECUTE Q USING 1 |\n" },
    { "show", "SHOW TABLES IN d", "SHOW TABLES IN D | (unknown)\n" },
    { "our catalog", "SELECT * FROM AwsDataCatalog.d.t", "SELECT selects | d.t\n" },
    { "another catalog", "SELECT * FROM ddb.d.t", "SELECT selects | d.t (unknown)\n" },
    { "a name that is filled in", "SELECT * FROM db.{} WHERE a = '{}'",
      "SELECT selects | (unknown)\n" },
    { "part of a name that is filled in", "SELECT * FROM db.t_{}", "SELECT selects | (unknown)\n" },
    { "in brackets", "(SELECT 1) UNION (SELECT 2 FROM t)", "SELECT 1 selects | t\n" },
    { "other letters", "SELECT é FROM größe", "SELECT é FROM GRößE selects | größe\n" },
    { "a string that does not end", "SELECT 'x", "SELECT selects |\nopen string at 7\n" },
    { "a comment that does not end", "SELECT 1 /* x", "SELECT 1 selects |\nopen comment at 9\n" },
    { "a name that does not end", "SELECT \"x", "SELECT selects |\nopen quoted name at 7\n" },
    { "only a quote", "'", "|\nopen string at 0\n" },
    { "unbalanced brackets", ")))((( FROM , ( JOIN", "| (unknown)\n" },
    { "a table at the end", "SELECT * FROM", "SELECT selects | (unknown)\n" },
};

static void write_statement(struct buf *out, const struct sql_statement *st)
{
    buf_printf(out, "%.*s%s%s", STR(st->verb), st->verb.n ? " " : "",
               st->selects ? "selects " : "");
    if (st->parameters)
        buf_printf(out, "?%zu ", st->parameters);
    buf_putc(out, '|');
    for (size_t i = 0; i < st->tables.n; i++)
        buf_printf(out, " %.*s%s%.*s", STR(st->tables.p[i].database),
                   st->tables.p[i].database.n ? "." : "", STR(st->tables.p[i].name));
    buf_printf(out, "%s%s", st->tables_known ? "" : " (unknown)", st->locations.n ? " |" : "");
    for (size_t i = 0; i < st->locations.n; i++)
        buf_printf(out, " %.*s", STR(st->locations.p[i]));
    buf_putc(out, '\n');
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct arena a = { 0 };
        struct sql_text got;
        struct buf out;
        buf_init(&out, 0);
        sql_read(&a, str_from(CASES[i].sql), &got);
        for (size_t k = 0; k < got.all.n; k++)
            write_statement(&out, &got.all.p[k]);
        if (got.open)
            buf_printf(&out, "open %s at %zu\n", got.open, got.open_at);
        assert_text(CASES[i].name, buf_str(&out), CASES[i].want);
        buf_done(&out);
        arena_done(&a);
    }
}

static void test_text_and_place(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct sql_text got;
    sql_read(&a, S(" select 1 ;\n  select 2\n"), &got);
    assert_int_equal(got.all.n, 2);
    assert_text("text", got.all.p[1].text, "select 2");
    assert_int_equal(got.all.p[1].at, 14);
    assert_true(sql_begins(&got.all.p[0], "SELECT"));
    assert_true(sql_begins(&got.all.p[0], "SELECT 1"));
    assert_false(sql_begins(&got.all.p[0], "SEL"));
    arena_done(&a);
}

/* Deeper than any table is kept for: still read to the end. */
static void test_depth(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct buf text;
    buf_init(&text, 0);
    for (int i = 0; i < 100000; i++)
        buf_put(&text, S("(SELECT * FROM "));
    struct sql_text got;
    sql_read(&a, buf_str(&text), &got);
    assert_int_equal(got.all.n, 1);
    buf_done(&text);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_text_and_place),
        cmocka_unit_test(test_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
