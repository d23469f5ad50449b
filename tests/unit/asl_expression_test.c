#include "asl/asl_expression.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_right(void **state)
{
    static const char *const rows[] = {
        "1",
        "-1.5e-3",
        "$",
        "a.b[0].*",
        "**.x",
        "a[]",
        "a[b = 'c' and d in [1..3]]",
        "$f()",
        "$f(?, 2)",
        "(1; 2;)",
        "()",
        "[]",
        "{}",
        "{'a': 1, b: [2, 3]}",
        "a{b: c, 'd': $sum(e)}",
        "a ? b : c ? d : e",
        "a ? {'x': 1} : [b ? c]",
        "function($x, $y) { $x + $y }(1, 2)",
        "function($x)<n-n>{ $x }",
        "\xce\xbb($x){ $x }",
        "$map(a, function($v, $i) { $v.b & '-' & $string($i) })",
        "a^(<b, >c.d)",
        "a^(b)",
        "a@$b#$i.c",
        "a.%.b",
        "|a|{'b': 1}|",
        "$ ~> |a|{'b': 1}, ['c']|",
        "$contains(a, /^[a\\/b]+[/]$/i)",
        "a / b",
        "`odd name`.x",
        "\"it's\" & 'a \\'b\\''",
        "$x := 1",
        "a /* why */ + b",
        "and or or",
        "a != b and c <= d or e >= f",
        "$states.input.items[price > 10].{ 'n': name }",
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t at = 0;
        struct asl_uses uses;
        const char *wrong = asl_expression_wrong(str_from(rows[i]), &at, &uses);
        if (wrong)
            fail_msg("%s: %s at %zu", rows[i], wrong, at);
    }
}

static void test_wrong(void **state)
{
    static const struct {
        const char *text, *wrong;
        size_t at;
    } rows[] = {
        { "", "there is no expression between the marks", 0 },
        { " /* x */ ", "there is no expression between the marks", 9 },
        { "1 +", "a value is missing at the end", 3 },
        { "10 + * 2", "an operator is missing here", 7 },
        { "a b", "an operator is missing here", 2 },
        { "(1", "')' is missing", 2 },
        { "[1, 2", "']' is missing", 5 },
        { "{'a': 1", "'}' is missing", 7 },
        { "a[1,2)", "',' cannot stand here", 3 },
        { "a[1)", "this ')' closes nothing", 3 },
        { "1)", "this ')' closes nothing", 1 },
        { "{'a'}", "':' and a value are missing before '}'", 4 },
        { "{'a':}", "a value is missing before '}'", 5 },
        { "f(,)", "a value is missing here", 2 },
        { "a[?(@.b)]", "'?' cannot stand here", 2 },
        { "'a", "a string is not closed", 0 },
        { "`a", "a quoted name is not closed", 0 },
        { "$match(a, /b", "a regular expression is not closed", 10 },
        { "//", "a regular expression is empty", 0 },
        { "a /* b", "a comment is not closed", 2 },
        { "a : b", "':' cannot stand here", 2 },
        { "a ; b", "';' separates expressions in parentheses only", 2 },
        { "a^b", "'(' must follow '^'", 1 },
        { "a@b", "a variable must follow here", 1 },
        { "function($x)", "a function has no body", 0 },
        { "|a|b", "'|' is missing", 4 },
        { "$x :=", "a value is missing at the end", 5 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t at = 0;
        struct asl_uses uses;
        const char *wrong = asl_expression_wrong(str_from(rows[i].text), &at, &uses);
        if (!wrong || strcmp(wrong, rows[i].wrong) != 0 || at != rows[i].at)
            fail_msg("%s: %s at %zu", rows[i].text, wrong ? wrong : "right", at);
    }
}

static void test_deep(void **state)
{
    static char text[100001];
    size_t at;
    struct asl_uses uses;
    (void)state;
    memset(text, '(', sizeof text - 1);
    assert_string_equal(asl_expression_wrong((struct str){ text, 100000 }, &at, &uses),
                        "it is nested too deeply");
}

static void test_uses(void **state)
{
    struct asl_uses u;
    size_t at;
    (void)state;
    assert_null(asl_expression_wrong(S("$states.input + $states . result + '$$'"), &at, &u));
    assert_int_equal(u.result, 16);
    assert_int_equal(u.error, SIZE_MAX);
    assert_int_equal(u.document, SIZE_MAX);
    assert_null(asl_expression_wrong(S("$f($$, $states.errorOutput.Error)"), &at, &u));
    assert_int_equal(u.document, 3);
    assert_int_equal(u.error, 7);
    assert_int_equal(u.result, SIZE_MAX);
    assert_null(asl_expression_wrong(S("$states.results & $statess.result"), &at, &u));
    assert_int_equal(u.result, SIZE_MAX);
}

static void test_marks(void **state)
{
    struct str inner = { 0 };
    (void)state;
    assert_int_equal(asl_expression_marks(S("{% a %}"), &inner), ASL_MARKS_BOTH);
    assert_true(str_eq(inner, S(" a ")));
    assert_int_equal(asl_expression_marks(S("{%%}"), &inner), ASL_MARKS_BOTH);
    assert_int_equal(inner.n, 0);
    assert_int_equal(asl_expression_marks(S("{%}"), &inner), ASL_MARKS_OPEN);
    assert_int_equal(asl_expression_marks(S("x %}"), NULL), ASL_MARKS_CLOSE);
    assert_int_equal(asl_expression_marks(S(" {% a %}"), NULL), ASL_MARKS_CLOSE);
    assert_int_equal(asl_expression_marks(S("a {% b %} c"), NULL), ASL_MARKS_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_right), cmocka_unit_test(test_wrong),
                                        cmocka_unit_test(test_deep), cmocka_unit_test(test_uses),
                                        cmocka_unit_test(test_marks) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
