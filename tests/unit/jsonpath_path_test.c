#include "jsonpath/jsonpath.h"

#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const struct {
    const char *name, *text;
    size_t at;
    const char *message; /* part of it */
} refused[] = {
    { "nothing", "", 0, "begins with '$'" },
    { "no dollar", "a.b", 0, "begins with '$'" },
    { "leading blank", " $.a", 0, "begins with '$'" },
    { "trailing dot", "$.a.", 3, "cannot end with '.'" },
    { "three dots", "$...a", 3, "'.' cannot stand here" },
    { "open bracket", "$.a[0", 3, "not closed" },
    { "open name", "$['a", 2, "not closed" },
    { "name with a blank", "$.a b", 3, "brackets" },
    { "index too large", "$[99999999999]", 2, "no index" },
    { "empty slice", "$[:]", 2, "a start or an end" },
    { "filter without brackets", "$[?@.a]", 3, "'(' is missing" },
    { "wrong operator", "$[?(@.a = 1)]", 8, "no filter operator" },
    { "bare word", "$.a[?(@.b==Failure)]", 11, "string in quotes" },
    { "open call", "$.a.sum(1", 7, "not closed" },
    { "bad regex", "$[?(@ =~ /(/)]", 11, "regular expression" },
    { "variable with a hole", "$a b", 2, "expected '.' or '['" },
    { "context", "$$x", 2, "expected '.' or '['" },
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct arena a = { 0 };
        struct jsonpath_error err;
        const struct jsonpath *p = jsonpath_compile(&a, str_from(refused[i].text), &err);
        if (p)
            fail_msg("%s: compiles", refused[i].name);
        if (err.at != refused[i].at ||
            str_find(err.text, str_from(refused[i].message), 0) == SIZE_MAX)
            fail_msg("%s: %zu %.*s", refused[i].name, err.at, STR(err.text));
        arena_done(&a);
    }
}

static const struct {
    const char *text;
    enum jsonpath_root root;
    const char *variable;
    bool definite, reference;
} classes[] = {
    { "$", JSONPATH_INPUT, "", true, true },
    { "$ ", JSONPATH_INPUT, "", true, true },
    { "$.a.b[3]", JSONPATH_INPUT, "", true, true },
    { "$['a']['b c']", JSONPATH_INPUT, "", true, true },
    { "$.a[-1]", JSONPATH_INPUT, "", true, false },
    { "$.a[*]", JSONPATH_INPUT, "", false, false },
    { "$..a", JSONPATH_INPUT, "", false, false },
    { "$.a[?(@.b)]", JSONPATH_INPUT, "", false, false },
    { "$['a','b']", JSONPATH_INPUT, "", true, false },
    { "$.a.length()", JSONPATH_INPUT, "", true, false },
    { "$$", JSONPATH_CONTEXT, "", true, true },
    { "$$.Execution.Id", JSONPATH_CONTEXT, "", true, true },
    { "$$['Map'].Item", JSONPATH_CONTEXT, "", true, true },
    { "$x", JSONPATH_VARIABLE, "x", true, true },
    { "$x1_y.z[0]", JSONPATH_VARIABLE, "x1_y", true, true },
    { "$größe[1:]", JSONPATH_VARIABLE, "größe", false, false },
};

static void test_classes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        struct arena a = { 0 };
        struct jsonpath_error err;
        const struct jsonpath *p = jsonpath_compile(&a, str_from(classes[i].text), &err);
        if (!p)
            fail_msg("%s: %.*s", classes[i].text, STR(err.text));
        if (p->root != classes[i].root || p->definite != classes[i].definite ||
            p->reference != classes[i].reference ||
            !str_eq(p->variable, str_from(classes[i].variable)))
            fail_msg("%s: wrong class", classes[i].text);
        arena_done(&a);
    }
}

static struct val json(const char *text)
{
    size_t at;
    struct val v = json_parse_val(str_from(text), &at);
    assert_int_not_equal(v.kind, VAL_UNDEFINED);
    return v;
}

static const struct {
    const char *path, *input, *message;
} misses[] = {
    { "$.a", "{}", "No results for path: $['a']" },
    { "$.a['b']", "{\"a\":{}}", "No results for path: $['a']['b']" },
    { "$.a.b", "{}", "Missing property in path $['a']" },
    { "$.a[\"x'y\"]", "{\"a\":{}}", "No results for path: $['a'][\"x\\'y\"]" },
    { "$.a[2]", "{\"a\":[0]}", "No results for path: $['a'][2]" },
    { "$.a[0]", "{\"a\":null}", "The path $['a'] is null" },
    { "$.a.b", "{\"a\":1}", "Expected to find an object in path $['a'] but found a number" },
    { "$.a.nope()", "{\"a\":1}", "Function with name: nope does not exist." },
};

static void test_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof misses / sizeof *misses; i++) {
        struct arena a = { 0 };
        struct jsonpath_error err;
        const struct jsonpath *p = jsonpath_compile(&a, str_from(misses[i].path), &err);
        assert_non_null(p);
        struct jsonpath_fail fail = { 0 };
        struct jsonpath_env env = { .input = json(misses[i].input) };
        struct val v = jsonpath_eval(p, &env, &fail);
        if (v.kind != VAL_UNDEFINED || !str_eq(buf_str(&fail.text), str_from(misses[i].message)))
            fail_msg("%s: %.*s", misses[i].path, STR(buf_str(&fail.text)));
        assert_ptr_equal(fail.path, p);
        jsonpath_fail_done(&fail);
        val_free(env.input);
        arena_done(&a);
    }
}

static const struct {
    const char *path, *doc, *value, *want; /* want NULL: States.ResultPathMatchFailure */
} put_cases[] = {
    { "$", "{\"a\":1}", "2", "2" },
    { "$.b", "{\"a\":1}", "2", "{\"a\":1,\"b\":2}" },
    { "$.a.b.c", "{}", "2", "{\"a\":{\"b\":{\"c\":2}}}" },
    { "$.a.b", "{\"a\":{\"x\":1}}", "2", "{\"a\":{\"x\":1,\"b\":2}}" },
    { "$.a[1]", "{\"a\":[1,2,3]}", "9", "{\"a\":[1,9,3]}" },
    { "$.a[1].b", "{\"a\":[1,{}]}", "9", "{\"a\":[1,{\"b\":9}]}" },
    { "$.a[3]", "{\"a\":[1,2,3]}", "9", NULL },
    { "$.a.b", "{\"a\":1}", "9", NULL },
    { "$.a", "[1]", "9", NULL },
    { "$[0]", "{}", "9", NULL },
};

static void test_put(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof put_cases / sizeof *put_cases; i++) {
        struct arena a = { 0 };
        struct jsonpath_error err;
        const struct jsonpath *p = jsonpath_compile(&a, str_from(put_cases[i].path), &err);
        assert_non_null(p);
        struct val doc = json(put_cases[i].doc), kept = val_copy(doc);
        struct val got = jsonpath_put(p, doc, json(put_cases[i].value));
        struct val before = json(put_cases[i].doc);
        assert_true(peek_equal(kept, before)); /* a shared document is left alone */
        if (!put_cases[i].want) {
            assert_int_equal(got.kind, VAL_UNDEFINED);
        } else {
            struct val want = json(put_cases[i].want);
            if (!peek_equal(got, want))
                fail_msg("%s into %s", put_cases[i].path, put_cases[i].doc);
            val_free(want);
        }
        val_free(before);
        val_free(got);
        val_free(kept);
        arena_done(&a);
    }
}

static struct val one_variable(void *data, struct str name)
{
    return str_eq(name, S("x")) ? *(struct val *)data : (struct val){ 0 };
}

static void test_variables(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct jsonpath_error err;
    struct val x = json("{\"y\":[1,2]}");
    struct jsonpath_env env = { .variable = one_variable, .data = &x };
    struct val v = jsonpath_eval(jsonpath_compile(&a, S("$x.y[1]"), &err), &env, NULL);
    assert_int_equal(v.integer, 2);
    struct jsonpath_fail fail = { 0 };
    v = jsonpath_eval(jsonpath_compile(&a, S("$z.y"), &err), &env, &fail);
    assert_int_equal(v.kind, VAL_UNDEFINED);
    assert_int_equal(fail.trouble, JSONPATH_UNKNOWN);
    jsonpath_fail_done(&fail);
    val_free(x);
    arena_done(&a);
}

/* Paths made to take forever end with a message. */
static void test_bombs(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct jsonpath_error err;
    struct val list = val_list();
    for (int i = 0; i < 100; i++)
        list = val_list_push(list, val_int(i));
    struct val doc = val_list();
    for (int i = 0; i < 100; i++)
        doc = val_list_push(doc, val_copy(list));
    struct jsonpath_env env = { .input = doc };
    struct jsonpath_fail fail = { 0 };
    const struct jsonpath *p =
        jsonpath_compile(&a, S("$[?(@[?(@ in $..*)] && $..[?($..* contains @)])]"), &err);
    assert_non_null(p);
    struct val v = jsonpath_eval(p, &env, &fail);
    assert_int_equal(v.kind, VAL_UNDEFINED);
    assert_int_equal(fail.trouble, JSONPATH_TOO_MUCH);
    jsonpath_fail_done(&fail);
    val_free(doc);
    val_free(list);
    char deep[4000];
    memset(deep, '(', sizeof deep);
    memcpy(deep, "$[?(", 4);
    assert_null(jsonpath_compile(&a, (struct str){ deep, sizeof deep }, &err));
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),   cmocka_unit_test(test_classes),
        cmocka_unit_test(test_messages),  cmocka_unit_test(test_put),
        cmocka_unit_test(test_variables), cmocka_unit_test(test_bombs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
