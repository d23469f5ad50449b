/* Everything that the reader says, word for word, with its carets. */
#include "yaml/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct {
    const char *name;
    struct str document;
    const char *expected;
} cases[] = {
#include "yaml_message_cases.inc"
};

static bool check(const char *name, struct str document, const char *expected)
{
    struct arena a = { 0 };
    struct diags ds;
    struct buf out;
    diags_init(&ds, &a);
    buf_init(&out, 0);
    struct source *src = source_make(&a, S("in.yaml"), document);
    struct node *n = yaml_read(&a, &ds, src, NULL);
    diags_print(&ds, &out, false);
    bool same = str_eq(buf_str(&out), str_from(expected));
    if (!same)
        print_error("%s: expected\n%sbut it says\n%.*s", name, expected, STR(buf_str(&out)));
    if ((n == NULL) != (ds.errors > 0)) {
        print_error("%s: %zu errors, and %s\n", name, ds.errors, n ? "a document" : "none");
        same = false;
    }
    buf_done(&out);
    arena_done(&a);
    return same;
}

static void says_what_is_wrong(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        wrong += !check(cases[i].name, cases[i].document, cases[i].expected);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(says_what_is_wrong) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
