#include "jsonpath/intrinsic.h"

#include "base/json.h"
#include "jsonpath/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const struct {
    const char *text;
    size_t at;
    const char *message; /* part of it */
} refused[] = {
    { "States.Fromat('{}', $.a)", 0, "did you mean 'States.Format'?" },
    { "States.Array", 12, "expected '('" },
    { "States.Array(1", 12, "expected ',' or ')'" },
    { "States.Array(1) x", 16, "behind the call" },
    { "States.Array(x)", 13, "expected a string in single quotes" },
    { "States.Array(\"x\")", 13, "single quotes" },
    { "States.Array('x)", 13, "not closed" },
    { "States.ArrayLength()", 0, "takes 1 argument, not 0" },
    { "States.MathRandom(1)", 0, "takes 2 or 3 arguments, not 1" },
    { "States.Format('{} {}', 1)", 14, "has 2 {}, but 1 value follows" },
    { "States.Format('\\{}', 1)", 14, "has 0 {}, but 1 value follows" },
    { "States.JsonMerge($.a, $.b, true)", 27, "must be false" },
    { "States.Array($.a[)", 17, "expected a name in quotes" },
    { "States.Array(States.Array($.a b))", 29, "brackets" },
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct arena a = { 0 };
        struct jsonpath_error err;
        struct expression e;
        if (expression_compile(&a, str_from(refused[i].text), &e, &err))
            fail_msg("%s: compiles", refused[i].text);
        if (err.at != refused[i].at ||
            str_find(err.text, str_from(refused[i].message), 0) == SIZE_MAX)
            fail_msg("%s: %zu %.*s", refused[i].text, err.at, STR(err.text));
        arena_done(&a);
    }
}

/* Results as compact JSON; those that begin with '!' are part of a failure's message. */
static const struct {
    const char *text, *want;
} results[] = {
    { "States.Array()", "[]" },
    { "States.Array(1, 'a', null, true, -2.5)", "[1,\"a\",null,true,-2.5]" },
    { "States.Array('it\\'s \\{\\} \\\\ \\n')", "[\"it's {} \\\\ \\\\n\"]" },
    { "States.ArrayGetItem(States.Array(1, 2), 1)", "2" },
    { "States.ArrayGetItem(States.Array(1, 2), 2)", "!outside the array of 2 items" },
    { "States.ArrayGetItem(States.Array(1, 2), -1)", "!outside" },
    { "States.ArrayLength($.s)", "!argument 1 must be an array" },
    { "States.ArrayPartition($.list, 0)", "!must be positive" },
    { "States.ArrayRange(1, 9, 2)", "[1,3,5,7,9]" },
    { "States.ArrayRange(9, 1, -4)", "[9,5,1]" },
    { "States.ArrayRange(1, 9, -2)", "[]" },
    { "States.ArrayRange(1, 1, 5)", "[1]" },
    { "States.ArrayRange(1, 9, 0)", "!must not be zero" },
    { "States.ArrayRange(1, 1001, 1)", "!more than 1000" },
    { "States.ArrayUnique($.twice)", "[1,\"a\",{\"k\":1,\"l\":2}]" },
    { "States.Base64Encode('a\\'b')", "\"YSdi\"" },
    { "States.Base64Decode('YSdi')", "\"a'b\"" },
    { "States.Base64Decode('YSdi=')", "!no Base64" },
    { "States.Base64Decode('/w==')", "!no Base64 of UTF-8" },
    { "States.Format('{}{}\\{\\}', 1.0, null)", "\"1.0null{}\"" },
    { "States.Format($.template, $.o)", "\"<{a=1, b=[x, y]}>\"" },
    { "States.Format($.template)", "!differ" },
    { "States.Hash('a', 'SHA-256')",
      "\"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb\"" },
    { "States.Hash('a', 'SHA-3')", "!unknown algorithm 'SHA-3'" },
    { "States.JsonMerge($.o, $.o2, false)", "{\"a\":2,\"b\":[\"x\",\"y\"],\"c\":3}" },
    { "States.JsonToString($.o)", "\"{\\\"a\\\":1,\\\"b\\\":[\\\"x\\\",\\\"y\\\"]}\"" },
    { "States.MathAdd(1.5, 1.51)", "4" },
    { "States.MathAdd(9223372036854775807, 1)", "!64 bits" },
    { "States.MathAdd('1', 1)", "!whole number" },
    { "States.MathRandom(5, 6)", "5" },
    { "States.MathRandom(6, 5)", "!less than the end" },
    { "States.StringSplit('a.b+c', '.+')", "[\"a\",\"b\",\"c\"]" },
    { "States.StringSplit('größe', 'ö')", "[\"gr\",\"ße\"]" },
    { "States.StringSplit('abc', '')", "[\"abc\"]" },
    { "States.StringToJson('\\{\"a\": [1]\\}')", "{\"a\":[1]}" },
    { "States.StringToJson('nope')", "!no JSON" },
    { "States.UUID()", "\"00000000-0000-4007-8000-000000000007\"" },
    { "$.missing", "!No results for path" },
};

static uint64_t seven(void *data)
{
    (void)data;
    return 7;
}

static void check(size_t i, struct val got, const struct jsonpath_fail *fail)
{
    const char *want = results[i].want;
    struct buf text;
    buf_init(&text, 0);
    text_json(&text, got);
    bool right = want[0] == '!'
                     ? got.kind == VAL_UNDEFINED &&
                           str_find(buf_str(&fail->text), str_from(want + 1), 0) != SIZE_MAX
                     : got.kind != VAL_UNDEFINED && str_eq(buf_str(&text), str_from(want));
    if (!right)
        fail_msg("%s: %.*s %.*s", results[i].text, STR(buf_str(&text)), STR(buf_str(&fail->text)));
    buf_done(&text);
}

static void test_results(void **state)
{
    (void)state;
    size_t at;
    struct val input =
        json_parse_val(S("{\"s\":\"x\",\"list\":[1],\"o\":{\"a\":1,\"b\":[\"x\",\"y\"]},"
                         "\"o2\":{\"a\":2,\"c\":3},\"template\":\"<{}>\","
                         "\"twice\":[1,1.0,\"a\",\"a\",{\"k\":1,\"l\":2},{\"l\":2,\"k\":1}]}"),
                       &at);
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        struct arena a = { 0 };
        struct jsonpath_error err;
        struct expression e;
        if (!expression_compile(&a, str_from(results[i].text), &e, &err))
            fail_msg("%s: %.*s", results[i].text, STR(err.text));
        struct jsonpath_env env = { .input = input, .random = seven };
        struct jsonpath_fail fail = { 0 };
        struct val got = expression_eval(&e, &env, &fail);
        check(i, got, &fail);
        jsonpath_fail_done(&fail);
        val_free(got);
        arena_done(&a);
    }
    val_free(input);
}

static void test_nesting(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct jsonpath_error err;
    for (int n = 9; n <= 11; n++) {
        struct buf text;
        buf_init(&text, 0);
        for (int i = 0; i < n; i++)
            buf_put(&text, S("States.Array("));
        buf_fill(&text, ')', (size_t)n);
        assert_int_equal(intrinsic_compile(&a, buf_str(&text), &err) != NULL, n <= 10);
        buf_done(&text);
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_results),
        cmocka_unit_test(test_nesting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
