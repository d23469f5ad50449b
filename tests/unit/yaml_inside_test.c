/* From a piece of a string's text to the bytes that it was written as. */
#include "yaml/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* In `document`, which is one string, the piece `text` is written as `written` at byte `at`. */
static const struct {
    const char *name, *document, *text, *written;
    unsigned at;
} cases[] = {
    { "plain", "one two three", "two", "two", 4 },
    { "plain over lines", "one\n  two\n\n  three", "three", "three", 13 },
    { "plain over lines, before", "one\n  two\n  three", "one", "one", 0 },
    { "plain over lines, across", "one\n  two", "e tw", "e\n  tw", 2 },
    { "single quotes", "'one two'", "two", "two", 5 },
    { "single quotes with a quote", "'it''s so'", "so", "so", 7 },
    { "single quotes, the quote", "'it''s so'", "'", "''", 3 },
    { "single quotes over lines", "'a\n\n  b  \n  c'", "c", "c", 12 },
    { "double quotes", "\"one two\"", "two", "two", 5 },
    { "escapes before", "\"\\t\\x41\\u00e9\\U0001F600x\"", "x", "x", 23 },
    { "escape itself", "\"a\\u00e9b\"", "\xC3\xA9", "\\u00e9", 2 },
    { "newline escape", "\"a\\nb\"", "b", "b", 4 },
    { "continued line", "\"a\\\n   b\"", "b", "b", 7 },
    { "escaped blank", "\"a\n \\  b\"", "b", "b", 7 },
    { "backslash and quote", "\"\\\\ \\\" b\"", "b", "b", 7 },
    { "folded in double quotes", "\"a  \n  b\"", "b", "b", 7 },
    { "literal", "|\n  one\n  two\n", "two", "two", 10 },
    { "literal across", "|\n  one\n  two\n", "e\ntw", "e\n  tw", 6 },
    { "literal deeper", "|\n  one\n    two\n  three\n", "three", "three", 18 },
    { "literal with its indentation", "|2-  # c\n    x\n   y\n", "y", "y", 18 },
    { "literal with Windows line ends", "|\r\n  one\r\n  two\r\n", "two", "two", 12 },
    { "folded", ">\n  one\n  two\n\n  three\n", "three", "three", 17 },
    { "folded deeper", ">\n  one\n    two\n  three\n", "two", "two", 12 },
    { "letters of several bytes", "|\n  \xC3\xA4\xC3\xB6\n  \xE2\x82\xACx\n", "x", "x", 14 },
    { "expression", "!jsonata {% $a + $b %}", "$b", "$b", 17 },
    { "expression over lines", "!jsonata {%\n  $a +\n  $b\n%}", "$b", "$b", 21 },
    { "expression in quotes", "!jsonata \"{% $a \\u002B $b %}\"", "$b", "$b", 23 },
    { "expression in a block", "!jsonata |\n  {\n    $a\n  }\n", "$a", "$a", 19 },
};

static void finds_pieces(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena a = { 0 };
        struct diags ds;
        diags_init(&ds, &a);
        struct str document = str_from(cases[i].document), text = str_from(cases[i].text);
        struct node *n = yaml_read(&a, &ds, source_make(&a, S("in.yaml"), document), NULL);
        assert_true(node_is_str(n));
        size_t at = str_find(n->str, text, 0);
        assert_true(at != SIZE_MAX);
        struct span span = yaml_inside(n, at, text.n);
        if (span.at != cases[i].at || !str_eq(span_text(span), str_from(cases[i].written))) {
            print_error("%s: at %u: '%.*s'\n", cases[i].name, (unsigned)span.at,
                        STR(span_text(span)));
            wrong++;
        }
        arena_done(&a);
    }
    assert_int_equal(wrong, 0);
}

static void knows_its_limits(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    struct source *src = source_make(&a, S("in.yaml"), S("['a\n b', 12, \"\"]"));
    struct node *list = yaml_read(&a, &ds, src, NULL);
    const struct node *text = list->seq.items[0], *number = list->seq.items[1];
    assert_true(yaml_inside(number, 0, 1).at == number->span.at);
    assert_int_equal(yaml_inside(text, 3, 1).len, text->span.len); /* outside of it */
    assert_int_equal(yaml_inside(text, 1, SIZE_MAX).len, text->span.len);
    assert_int_equal(yaml_inside(text, 0, 0).at, 2);
    assert_int_equal(yaml_inside(text, 0, 0).len, 0);
    assert_int_equal(yaml_inside(text, 3, 0).at, 6);
    assert_int_equal(yaml_inside(list->seq.items[2], 0, 0).len, 0);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_pieces),
        cmocka_unit_test(knows_its_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
