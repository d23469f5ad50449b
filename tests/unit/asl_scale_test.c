/* Large and hostile definitions: an error or a stated limit, never a crash. */
#include "asl/asl.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct outcome {
    bool ok;
    size_t errors;
    struct str slug; /* of the first diagnostic */
};

static struct outcome check(struct buf *text)
{
    struct arena a = { 0 };
    struct diags ds;
    const struct asl_options o = { 0 };
    diags_init(&ds, &a);
    bool ok = asl_check(&a, &ds, source_make(&a, S("t"), buf_str(text)), &o);
    struct outcome out = { ok, ds.errors, ds.all.n ? str_from(ds.all.p[0]->slug) : S("") };
    arena_done(&a);
    buf_done(text);
    return out;
}

static void put_chain(struct buf *b, int n, bool broken)
{
    buf_init(b, 0);
    buf_printf(b, "{\"StartAt\":\"0\",\"States\":{");
    for (int i = 0; i < n; i++)
        buf_printf(b, "\"%d\":{\"Type\":\"Pass\",\"Next\":\"%d%s\"},", i, i + 1, broken ? "x" : "");
    buf_printf(b, "\"%d\":{\"Type\":\"Succeed\"}}}", n);
}

static void test_many_states(void **state)
{
    struct buf b;
    (void)state;
    put_chain(&b, 10000, false);
    assert_true(check(&b).ok);
}

static void test_many_errors(void **state)
{
    struct buf b;
    (void)state;
    put_chain(&b, 10000, true);
    assert_int_equal(check(&b).errors, 10000);
}

static void test_large(void **state)
{
    struct buf b;
    (void)state;
    put_chain(&b, 1, false);
    buf_fill(&b, ' ', (1 << 20) - b.n);
    assert_true(check(&b).ok);
    put_chain(&b, 1, false);
    buf_fill(&b, ' ', (1 << 20) - b.n + 1);
    struct outcome out = check(&b);
    assert_int_equal(out.errors, 1);
    assert_true(str_eq(out.slug, S("too-large")));
}

static void put_nested(struct buf *b, int depth)
{
    buf_init(b, 0);
    for (int i = 0; i < depth; i++)
        buf_printf(b,
                   "%s\"StartAt\":\"%d\",\"States\":{\"%d\":{\"Type\":\"Map\",\"End\":true,"
                   "\"ItemProcessor\":{",
                   i ? "" : "{", i, i);
    buf_printf(b, "\"StartAt\":\"x\",\"States\":{\"x\":{\"Type\":\"Succeed\"}}}");
    for (int i = 0; i < depth; i++)
        buf_printf(b, "}}}");
}

static void test_deep_maps(void **state)
{
    struct buf b;
    (void)state;
    put_nested(&b, 100);
    assert_true(check(&b).ok);
    put_nested(&b, 160);
    struct outcome out = check(&b);
    assert_int_equal(out.errors, 1);
    assert_true(str_eq(out.slug, S("too-deep")));
    put_nested(&b, 10000);
    assert_false(check(&b).ok);
}

static void put_rule(struct buf *b, int depth)
{
    buf_init(b, 0);
    buf_printf(b, "{\"StartAt\":\"c\",\"States\":{\"s\":{\"Type\":\"Succeed\"},\"c\":{\"Type\":"
                  "\"Choice\",\"Choices\":[{\"Next\":\"s\",\"Not\":");
    for (int i = 0; i < depth; i++)
        buf_printf(b, "{\"Not\":");
    buf_printf(b, "{\"Variable\":\"$.a\",\"IsNull\":true}");
    buf_fill(b, '}', (size_t)depth + 1);
    buf_printf(b, "]}}}");
}

static void test_deep_rules(void **state)
{
    struct buf b;
    (void)state;
    put_rule(&b, 100);
    assert_true(check(&b).ok);
    put_rule(&b, 200);
    assert_true(str_eq(check(&b).slug, S("too-deep")));
    put_rule(&b, 100000);
    assert_false(check(&b).ok);
}

static void put_path(struct buf *b, int brackets)
{
    buf_init(b, 0);
    buf_printf(b, "{\"StartAt\":\"s\",\"States\":{\"s\":{\"Type\":\"Pass\",\"End\":true,"
                  "\"Parameters\":");
    for (int i = 0; i < 500; i++)
        buf_printf(b, "{\"a\":");
    buf_printf(b, "{\"b.$\":\"$");
    for (int i = 0; i < brackets; i++)
        buf_printf(b, "[0]");
    buf_printf(b, "\"}");
    buf_fill(b, '}', 500 + 3);
}

/* A template as deep as the JSON reader allows, and a path that is one long list of brackets. */
static void test_deep_values(void **state)
{
    struct buf b;
    (void)state;
    put_path(&b, 20000);
    assert_true(check(&b).ok);
    put_path(&b, 100000);
    assert_true(str_eq(check(&b).slug, S("bad-path")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_states), cmocka_unit_test(test_many_errors),
        cmocka_unit_test(test_large),       cmocka_unit_test(test_deep_maps),
        cmocka_unit_test(test_deep_rules),  cmocka_unit_test(test_deep_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
