/* Everything that the template engine says, word for word, with its carets. */
#include "unit.h"

#include "template_run.h"

static const struct {
    const char *name;
    struct str template;
    const char *expected;
} cases[] = {
#include "template_message_cases.inc"
};

static void messages(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct run r;
        run_init(&r);
        struct template_options o = run_options(&r);
        struct source *result = run_template(&r, &o, cases[i].template);
        if (!str_eq(buf_str(&r.out), str_from(cases[i].expected))) {
            print_error("%s: expected\n%sbut it says\n%.*s", cases[i].name, cases[i].expected,
                        STR(buf_str(&r.out)));
            wrong++;
        }
        if ((result == NULL) != (r.diags.errors > 0)) {
            print_error("%s: %zu errors, and %s\n", cases[i].name, r.diags.errors,
                        result ? "a text" : "none");
            wrong++;
        }
        run_done(&r);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(messages) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
