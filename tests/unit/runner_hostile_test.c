/* Machines and data made to hurt: each ends with an error or a stated limit. */
#include "base/json.h"
#include "runner/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static struct run_result run(struct str definition, struct val input, uint64_t max_states)
{
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    const struct source *src = source_make(&a, S("test"), definition);
    const struct node *root = json_read_node(&a, &ds, src);
    struct asl_options options = { 0 };
    struct asl_machine *m = root ? asl_parse(&a, &ds, root, &options) : NULL;
    struct program *p = m && ds.errors == 0 ? program_new(&a, &ds, m) : NULL;
    struct run_result r = { .status = RUN_ABORTED };
    if (p) {
        struct run_options o = { .max_states = max_states };
        r = run_program(p, input, &o);
        r.state = NULL; /* it lived in the arena */
    } else {
        val_free(input);
        r.cause = val_str(ds.all.p[0]->message);
    }
    program_free(p);
    arena_done(&a);
    return r;
}

static bool text_has(struct val v, const char *part)
{
    return v.kind == VAL_STR && str_find(peek_str(v), str_from(part), 0) != SIZE_MAX;
}

static void test_ten_thousand_states(void **state)
{
    (void)state;
    struct buf d;
    buf_init(&d, 0);
    buf_put(&d, S("{\"StartAt\":\"S0\",\"States\":{"));
    for (int i = 0; i < 10000; i++)
        buf_printf(&d, "\"S%d\":{\"Type\":\"Pass\",\"Next\":\"S%d\"},", i, i + 1);
    buf_put(&d, S("\"S10000\":{\"Type\":\"Succeed\"}}}"));
    struct run_result r = run(buf_str(&d), val_map(), 0);
    assert_int_equal(r.status, RUN_SUCCEEDED);
    assert_int_equal(r.states, 10001);
    run_result_done(&r);
    buf_done(&d);
}

/* Branches in branches: as deep as the reader lets them be, and deeper. */
static void test_deep_nesting(void **state)
{
    (void)state;
    for (int depth = 20; depth <= 2000; depth *= 10) {
        struct buf d;
        buf_init(&d, 0);
        for (int i = 0; i < depth; i++)
            buf_printf(&d,
                       "{\"StartAt\":\"P%d\",\"States\":{\"P%d\":{\"Type\":\"Parallel\",\"End\":"
                       "true,\"Branches\":[",
                       i, i);
        buf_put(&d, S("{\"StartAt\":\"S\",\"States\":{\"S\":{\"Type\":\"Succeed\"}}}"));
        for (int i = 0; i < depth; i++)
            buf_put(&d, S("]}}}"));
        struct run_result r = run(buf_str(&d), val_int(1), 0);
        if (depth == 20)
            assert_int_equal(r.status, RUN_SUCCEEDED);
        else
            assert_true(r.status == RUN_SUCCEEDED || r.status == RUN_ABORTED ||
                        text_has(r.error, "States."));
        run_result_done(&r);
        buf_done(&d);
    }
}

/* Each turn doubles the data: the limit of 256 KiB ends it. */
static void test_growing_data(void **state)
{
    (void)state;
    struct run_result r =
        run(S("{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\",\"Parameters\":{\"a.$\":"
              "\"$\",\"b.$\":\"$\"},\"Next\":\"A\"}}}"),
            val_str(S("x")), 0);
    assert_int_equal(r.status, RUN_FAILED);
    assert_true(text_has(r.error, "States.DataLimitExceeded"));
    run_result_done(&r);
}

/* Each turn nests it deeper. */
static void test_deepening_data(void **state)
{
    (void)state;
    struct run_result r =
        run(S("{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\",\"Parameters\":{\"a.$\":"
              "\"$\"},\"Next\":\"A\"}}}"),
            val_int(1), 0);
    assert_int_equal(r.status, RUN_FAILED);
    assert_true(text_has(r.cause, "nested more than"));
    run_result_done(&r);
}

/* A thousand in a thousand in a thousand. */
static void test_map_bomb(void **state)
{
    (void)state;
    struct buf d;
    buf_init(&d, 0);
    for (int i = 0; i < 6; i++)
        buf_printf(&d,
                   "{\"StartAt\":\"R%d\",\"States\":{\"R%d\":{\"Type\":\"Pass\",\"Parameters\":{"
                   "\"l.$\":\"States.ArrayRange(1, 1000, 1)\"},\"Next\":\"M%d\"},\"M%d\":{"
                   "\"Type\":\"Map\",\"ItemsPath\":\"$.l\",\"End\":true,\"ItemProcessor\":",
                   i, i, i, i);
    buf_put(&d, S("{\"StartAt\":\"S\",\"States\":{\"S\":{\"Type\":\"Succeed\"}}}"));
    for (int i = 0; i < 6; i++)
        buf_put(&d, S("}}}"));
    struct run_result r = run(buf_str(&d), val_int(1), 100000);
    assert_int_equal(r.status, RUN_ABORTED);
    assert_true(text_has(r.cause, "stopped after") || text_has(r.cause, "at a time"));
    run_result_done(&r);
    buf_done(&d);
}

static void test_large_input(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text, 0);
    buf_fill(&text, 'x', RUN_DATA_LIMIT);
    struct run_result r = run(S("{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Succeed\"}}}"),
                              val_str(buf_str(&text)), 0);
    assert_int_equal(r.status, RUN_FAILED);
    run_result_done(&r);
    buf_done(&text);
}

/* Numbers at the edge of their types as waits, limits and indexes. */
static void test_huge_numbers(void **state)
{
    (void)state;
    static const char *const inputs[] = { "1e308", "-1e308", "9223372036854775807",
                                          "-1",    "1e-9",   "\"9999999999999999999999\"" };
    static const char *const fields[] = { "\"Type\":\"Wait\",\"SecondsPath\":\"$\"",
                                          "\"Type\":\"Map\",\"ItemsPath\":\"$$.Execution.Input\","
                                          "\"MaxConcurrencyPath\":\"$\",\"ItemProcessor\":{"
                                          "\"StartAt\":\"S\",\"States\":{\"S\":{\"Type\":"
                                          "\"Succeed\"}}}",
                                          "\"Type\":\"Pass\",\"Parameters\":{\"a.$\":"
                                          "\"States.ArrayRange(0, $, 1)\"}",
                                          "\"Type\":\"Pass\",\"Parameters\":{\"a.$\":"
                                          "\"States.MathAdd($, $)\"}" };
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        for (size_t k = 0; k < sizeof fields / sizeof *fields; k++) {
            struct buf d;
            size_t at;
            buf_init(&d, 0);
            buf_printf(&d, "{\"StartAt\":\"A\",\"States\":{\"A\":{%s,\"End\":true}}}", fields[k]);
            struct run_result r = run(buf_str(&d), json_parse_val(str_from(inputs[i]), &at), 100);
            assert_true(r.status == RUN_SUCCEEDED || r.error.kind == VAL_STR);
            run_result_done(&r);
            buf_done(&d);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ten_thousand_states),
        cmocka_unit_test(test_deep_nesting),
        cmocka_unit_test(test_growing_data),
        cmocka_unit_test(test_deepening_data),
        cmocka_unit_test(test_map_bomb),
        cmocka_unit_test(test_large_input),
        cmocka_unit_test(test_huge_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
