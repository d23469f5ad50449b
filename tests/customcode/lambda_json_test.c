/* The JSON reader of functions in C, and the text that they write. */
#include "lambda_runtime/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ljson parse(const char *text)
{
    struct ljson value;

    if (!ljson_parse(text, strlen(text), &value))
        fail_msg("not accepted: %s", text);
    return value;
}

static const char *const accepted[] = {
    "0",          "-0",
    "12.5e+3",    "1E9",
    "\"\"",       "\"\\u00e9\\\"\\\\\\/\\b\"",
    " [ ] ",      "{ }",
    "[1,[2,{}]]", "{\"a\":{\"a\":1}}",
    "true",       "\tfalse\r\n",
    "null",       "\"\xc3\xa9\"",
};

static const char *const refused[] = {
    "",     " ",        "01",       "-",         "1.",         ".5",   "1e",      "+1",
    "0x1",  "NaN",      "tru",      "truex",     "[1,]",       "[,1]", "[1 2]",   "[",
    "]",    "{\"a\"}",  "{\"a\":}", "{a:1}",     "{\"a\":1,}", "\"",   "\"\\x\"", "\"\\u12g4\"",
    "\"\\", "\"a\nb\"", "1 1",      "{\"a\":1]", "\"\\u123",
};

static void test_grammar(void **state)
{
    struct ljson value;

    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++)
        parse(accepted[i]);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (ljson_parse(refused[i], strlen(refused[i]), &value) || value.p != NULL)
            fail_msg("accepted: %s", refused[i]);
    assert_false(ljson_parse("\"\0\"", 3, &value));
    assert_false(ljson_parse("\"\\\0\"", 4, &value));
}

/* Every prefix of a document, in memory of exactly its size: a reader that looks too far is caught
 * by the sanitizer. */
static void test_prefixes(void **state)
{
    static const char whole[] = "{\"a\\u00e9\\n\": [1.5e3, true, {\"b\": null}], \"c\": -0.1}";

    (void)state;
    for (size_t n = 0; n <= sizeof whole - 1; n++) {
        char *copy = malloc(n > 0 ? n : 1);
        struct ljson value;
        assert_non_null(copy);
        memcpy(copy, whole, n);
        assert_int_equal(ljson_parse(copy, n, &value), n == sizeof whole - 1);
        free(copy);
    }
}

static void test_depth(void **state)
{
    char deep[2 * LJSON_MAX_DEPTH + 2];
    struct ljson value;

    (void)state;
    memset(deep, '[', LJSON_MAX_DEPTH);
    memset(deep + LJSON_MAX_DEPTH, ']', LJSON_MAX_DEPTH);
    assert_true(ljson_parse(deep, 2 * LJSON_MAX_DEPTH, &value));
    memset(deep, '[', LJSON_MAX_DEPTH + 1);
    memset(deep + LJSON_MAX_DEPTH + 1, ']', LJSON_MAX_DEPTH + 1);
    assert_false(ljson_parse(deep, 2 * LJSON_MAX_DEPTH + 2, &value));
    memset(deep, '[', sizeof deep);
    assert_false(ljson_parse(deep, sizeof deep, &value));
}

static void test_types(void **state)
{
    struct ljson v = parse("{\"n\":null,\"b\":true,\"i\":1,\"s\":\"\",\"a\":[],\"o\":{}}");

    (void)state;
    assert_int_equal(ljson_type(v), LJSON_OBJECT);
    assert_int_equal(ljson_type(ljson_get(v, "n")), LJSON_NULL);
    assert_int_equal(ljson_type(ljson_get(v, "b")), LJSON_BOOL);
    assert_int_equal(ljson_type(ljson_get(v, "i")), LJSON_NUMBER);
    assert_int_equal(ljson_type(ljson_get(v, "s")), LJSON_STRING);
    assert_int_equal(ljson_type(ljson_get(v, "a")), LJSON_ARRAY);
    assert_int_equal(ljson_type(ljson_get(v, "o")), LJSON_OBJECT);
    assert_int_equal(ljson_type(ljson_get(v, "x")), LJSON_ABSENT);
    assert_int_equal(ljson_type(ljson_get(ljson_get(v, "x"), "y")), LJSON_ABSENT);
    assert_int_equal(ljson_type(ljson_get(ljson_get(v, "a"), "y")), LJSON_ABSENT);
}

static void test_get(void **state)
{
    struct ljson v = parse("{ \"a\\u0062\" : 1 , \"ab\" : 2, \"a\" : 3, \"a\\u0000b\": 4 }");
    double n;

    (void)state;
    assert_true(ljson_number(ljson_get(v, "ab"), &n) && n == 1);
    assert_true(ljson_number(ljson_get(v, "a"), &n) && n == 3);
    assert_int_equal(ljson_type(ljson_get(v, "")), LJSON_ABSENT);
}

static void test_walk(void **state)
{
    const char *const values[] = { "1", "[2, [3]]", "\"4]\"", "{\"five\" : 5}" };
    size_t i = 0;

    (void)state;
    for (struct ljson_walk w = ljson_walk(parse("[1,[2, [3]] , \"4]\",\n{\"five\" : 5}]"));
         ljson_next(&w); i++) {
        assert_int_equal(w.value.n, strlen(values[i]));
        assert_memory_equal(w.value.p, values[i], w.value.n);
    }
    assert_int_equal(i, 4);
    for (struct ljson_walk w = ljson_walk(parse("{\"k\" : {\"l\":1} , \"m\":2}")); ljson_next(&w);
         i++)
        assert_true(ljson_equals(w.key, i == 4 ? "k" : "m"));
    assert_int_equal(i, 6);
    struct ljson_walk none = ljson_walk(parse("7"));
    assert_false(ljson_next(&none));
}

static const struct {
    const char *text;
    bool good;
    int64_t value;
} integers[] = {
    { "5", true, 5 },      { "5.0", true, 5 },    { "50e-1", true, 5 },
    { "-0", true, 0 },     { "-7", true, -7 },    { "9007199254740992", true, 9007199254740992 },
    { "5.5", false, 0 },   { "1e300", false, 0 }, { "1e999", false, 0 },
    { "\"5\"", false, 0 }, { "null", false, 0 },
};

static void test_integers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
        int64_t n = 0;
        if (ljson_integer(parse(integers[i].text), &n) != integers[i].good ||
            (integers[i].good && n != integers[i].value))
            fail_msg("%s", integers[i].text);
    }
}

static const struct {
    const char *json;
    const char *text;
} strings[] = {
    { "\"\"", "" },
    { "\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "a\"\\/\b\f\n\r\t" },
    { "\"\\u0041\\u00e9\\u20AC\"", "A\xc3\xa9\xe2\x82\xac" },
    { "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" },
    { "\"\\ud83d\"", "\xef\xbf\xbd" },
    { "\"\\ude00\\ud83d\\u0041\"", "\xef\xbf\xbd\xef\xbf\xbd"
                                   "A" },
    { "\"\\ud83d\\n\"", "\xef\xbf\xbd\n" },
    { "\"\xf0\x9f\x98\x80\"", "\xf0\x9f\x98\x80" },
};

static void test_strings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        struct ltext t = { 0 };
        ltext_puts(&t, "");
        assert_true(ljson_string(parse(strings[i].json), &t));
        assert_string_equal(t.p, strings[i].text);
        assert_true(ljson_equals(parse(strings[i].json), strings[i].text));
        assert_false(ljson_equals(parse(strings[i].json), "something else"));
        ltext_done(&t);
    }
}

static void test_text(void **state)
{
    struct ltext t = { 0 };
    static const char raw[] = "a\"\\\n\x01\xc3\xa9\0z";

    (void)state;
    ltext_json_string(&t, raw, sizeof raw - 1);
    assert_string_equal(t.p, "\"a\\\"\\\\\\n\\u0001\xc3\xa9\\u0000z\"");
    ltext_clear(&t);
    ltext_printf(&t, "%d%%", 7);
    assert_string_equal(t.p, "7%");
    ltext_done(&t);
}

static void test_text_ceiling(void **state)
{
    struct ltext t = { .ceiling = 10 };

    (void)state;
    ltext_puts(&t, "0123456789");
    assert_false(t.failed);
    ltext_puts(&t, "x");
    assert_true(t.failed);
    assert_string_equal(t.p, "0123456789");
    ltext_clear(&t);
    ltext_printf(&t, "%d", 12345);
    assert_false(t.failed);
    ltext_printf(&t, "%d", 123456);
    assert_true(t.failed);
    assert_string_equal(t.p, "12345");
    ltext_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grammar),  cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_depth),    cmocka_unit_test(test_types),
        cmocka_unit_test(test_get),      cmocka_unit_test(test_walk),
        cmocka_unit_test(test_integers), cmocka_unit_test(test_strings),
        cmocka_unit_test(test_text),     cmocka_unit_test(test_text_ceiling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
