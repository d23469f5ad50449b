#include "model/literal.h"

#include "base/json_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct {
    const char *text;
    const char *json; /* or the message, where it does not begin with a bracket, digit … */
    bool bad;
} CASES[] = {
    { "{'secret': 'somesecret', 'bucket': \"b\"}", "{\"secret\":\"somesecret\",\"bucket\":\"b\"}",
      0 },
    { "{'a': None, 'b': True, 'c': False, 'd': -1.5, 'e': 3,}",
      "{\"a\":null,\"b\":true,\"c\":false,\"d\":-1.5,\"e\":3}", 0 },
    { " [1, (2, 3), [], {}] ", "[1,[2,3],[],{}]", 0 },
    { "'it\\'s\\n\\x41\\u00e9'", "\"it's\\nAé\"", 0 },
    { "{\"json\": [true, null]}", "{\"json\":[true,null]}", 0 },
    { "",
      "the payload is not readable here: expected a quoted string, a number, True, False, "
      "None, { or [",
      1 },
    { "{'a': nope}",
      "the payload is not readable here: expected a quoted string, a number, True, "
      "False, None, { or [",
      1 },
    { "{'a' 1}", "the payload is not readable here: expected ':'", 1 },
    { "{a: 1}", "the payload is not readable here: expected a quoted key", 1 },
    { "[1 2]", "the payload is not readable here: expected ',' or ']'", 1 },
    { "'open", "the payload is not readable here: expected the string's closing quote", 1 },
    { "{} x", "the payload is not readable here: expected nothing more", 1 },
    { "{'a': 1", "the payload is not readable here: expected ',' or '}'", 1 },
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct arena a = { 0 };
        struct diags ds;
        struct buf out;
        diags_init(&ds, &a);
        buf_init(&out, 0);
        struct str text = str_from(CASES[i].text);
        const struct node *n = literal_read(&a, &ds, node_str(&a, (struct span){ 0 }, text));
        assert_int_equal(n == NULL, CASES[i].bad);
        if (n) {
            struct json_writer w;
            json_writer_init(&w, &out, 0);
            json_node(&w, n);
        } else {
            buf_put(&out, ds.all.p[0]->message);
        }
        buf_putc(&out, '\0');
        assert_string_equal(out.p, CASES[i].json);
        buf_done(&out);
        arena_done(&a);
    }
}

static void test_depth(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct diags ds;
    struct buf deep;
    diags_init(&ds, &a);
    buf_init(&deep, 0);
    buf_fill(&deep, '[', 100000);
    assert_null(literal_read(&a, &ds, node_str(&a, (struct span){ 0 }, buf_str(&deep))));
    assert_int_equal(ds.all.n, 1);
    buf_done(&deep);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases),
                                        cmocka_unit_test(test_depth) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
