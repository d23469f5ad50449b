/* What is too deep or too large ends in one message, soon. */
#include "base/limits.h"
#include "yaml/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct diags ds;
    struct buf text;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    diags_init(&f->ds, &f->arena);
    buf_init(&f->text, 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    buf_done(&f->text);
    arena_done(&f->arena);
    free(f);
    return 0;
}

static struct node *read_text(struct fixture *f)
{
    return yaml_read(&f->arena, &f->ds, source_make(&f->arena, S("in.yaml"), buf_str(&f->text)),
                     NULL);
}

static void repeat(struct buf *b, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_put(b, str_from(text));
}

static void assert_says(struct fixture *f, const char *slug, const char *message, size_t at)
{
    assert_int_equal(f->ds.all.n, 1);
    const struct diag *d = f->ds.all.p[0];
    assert_string_equal(d->slug, slug);
    assert_true(str_eq(d->message, str_from(message)));
    assert_int_equal(d->span.at, at);
}

static const char DEEP[] = "lists and maps are nested more than 200 deep";

static void brackets_200_deep_are_fine(void **state)
{
    struct fixture *f = *state;
    repeat(&f->text, "[", LIMIT_DEPTH);
    repeat(&f->text, "]", LIMIT_DEPTH);
    assert_non_null(read_text(f));
}

static void brackets_1000_deep(void **state)
{
    struct fixture *f = *state;
    repeat(&f->text, "[", 1000);
    repeat(&f->text, "]", 1000);
    assert_null(read_text(f));
    assert_says(f, "too-deep", DEEP, LIMIT_DEPTH);
}

static void open_brackets_without_end(void **state)
{
    struct fixture *f = *state;
    repeat(&f->text, "{a: [", 1000000);
    assert_null(read_text(f));
    assert_says(f, "too-deep", DEEP, LIMIT_DEPTH / 2 * 5);
}

static void lines_1000_deep(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 1000; i++) {
        buf_fill(&f->text, ' ', i);
        buf_put(&f->text, S("a:\n"));
    }
    assert_null(read_text(f));
    /* the first line of level 201: what 200 lines of 3 bytes and their blanks take, and its own */
    assert_says(f, "too-deep", DEEP, 200 * 3 + 199 * 200 / 2 + 200);
}

static void dashes_1000_deep(void **state)
{
    struct fixture *f = *state;
    repeat(&f->text, "- ", 1000);
    assert_null(read_text(f));
    assert_says(f, "too-deep", DEEP, LIMIT_DEPTH * 2);
}

static void keys_1000_deep(void **state)
{
    struct fixture *f = *state;
    repeat(&f->text, "? ", 1000);
    assert_null(read_text(f));
    assert_true(f->ds.errors <= 2);
}

/* a: &a [x, x], b: &b [*a, *a], … : 2^30 values in 30 lines */
static void alias_bomb(void **state)
{
    struct fixture *f = *state;
    buf_put(&f->text, S("a0: &a0 [x, x]\n"));
    for (int i = 1; i < 30; i++)
        buf_printf(&f->text, "a%d: &a%d [*a%d, *a%d]\n", i, i, i - 1, i - 1);
    assert_null(read_text(f));
    assert_int_equal(f->ds.all.n, 1);
    const struct diag *d = f->ds.all.p[0];
    assert_string_equal(d->slug, "too-large");
    assert_true(str_eq(d->message, S("the document has more than 1048576 values, counting what "
                                     "each alias stands for")));
    assert_int_equal(d->notes.n, 1);
    /* an stands for 2^(n + 2) - 1; up to a17 they fit */
    assert_true(str_eq(d->notes.p[0].text, S("this stands for 524287 values")));
}

/* A merge copies entries: they count as well. */
static void merge_bomb(void **state)
{
    struct fixture *f = *state;
    buf_put(&f->text, S("- &a {"));
    for (int i = 0; i < 2000; i++)
        buf_printf(&f->text, "k%d: 1, ", i);
    buf_put(&f->text, S("}\n"));
    repeat(&f->text, "- <<: *a\n", 2000);
    assert_null(read_text(f));
    assert_int_equal(f->ds.all.n, 1);
    assert_string_equal(f->ds.all.p[0]->slug, "too-large");
}

/* Each alias goes one deeper, although the text is never nested more than twice. */
static void aliases_1000_deep(void **state)
{
    struct fixture *f = *state;
    buf_put(&f->text, S("- &a0 [x]\n"));
    for (int i = 1; i < 1000; i++)
        buf_printf(&f->text, "- &a%d [*a%d]\n", i, i - 1);
    assert_null(read_text(f));
    assert_int_equal(f->ds.all.n, 1);
    assert_string_equal(f->ds.all.p[0]->slug, "too-deep");
    assert_int_equal(source_position(f->ds.all.p[0]->span.src, f->ds.all.p[0]->span.at).line, 200);
}

static void more_than_a_million_values(void **state)
{
    struct fixture *f = *state;
    buf_putc(&f->text, '[');
    repeat(&f->text, "1,", LIMIT_YAML_NODES);
    buf_putc(&f->text, ']');
    assert_null(read_text(f));
    assert_says(f, "too-large", "the document has more than 1048576 values",
                1 + 2 * (LIMIT_YAML_NODES - 1));
}

/* Errors without number take neither memory nor time without end; so do warnings. */
static void a_million_errors(void **state)
{
    struct fixture *f = *state;
    repeat(&f->text, "a: 1\n", 1000000);
    assert_null(read_text(f));
    assert_true(f->ds.errors <= LIMIT_DIAGS);
}

static void a_million_warnings(void **state)
{
    struct fixture *f = *state;
    repeat(&f->text, "- 01\n", 1000000);
    assert_non_null(read_text(f));
    assert_int_equal(f->ds.all.n, 20);
    assert_int_equal(f->ds.errors, 0);
}

static void a_long_line(void **state)
{
    struct fixture *f = *state;
    buf_put(&f->text, S("a: "));
    repeat(&f->text, "b: ", 1000000);
    assert_null(read_text(f));
    assert_says(f, "unquoted-value", "a value that holds ': ' must be quoted", 3);
    assert_true(str_eq(f->ds.all.p[0]->helps.p[0], S("write \"…\"")));
}

/* Seconds of CPU to read the document. */
static double cost(const char *item, size_t n)
{
    void *state;
    set_up(&state);
    struct fixture *f = state;
    repeat(&f->text, item, n);
    clock_t begin = clock();
    assert_non_null(read_text(f));
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    tear_down(&state);
    return seconds;
}

/* Four times the text takes four times the time, or a little more; a square would take sixteen. */
static void time_is_linear(void **state)
{
    (void)state;
    static const char *const items[] = {
        "- name: \xC3\xA4 step of the pipeline\n  type: lambda_function\n  n: 12\n",
        "- |\n  \xE2\x82\xAC\n  text\n\n\n",
        "- !jsonata {% $x %}\n",
        "- {\xC3\xA4: [1, 2, {\"a\":b}]}\n",
        "- &a {x: 1}\n- {<<: *a}\n",
        "- 012\n",
    };
    for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
        size_t n = 400000 / strlen(items[i]);
        double small = cost(items[i], n), large = cost(items[i], n * 4);
        if (large > small * 10 && large > 0.3)
            fail_msg("item %zu: %g s, and four times as much %g s", i, small, large);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(brackets_200_deep_are_fine, set_up, tear_down),
        cmocka_unit_test_setup_teardown(brackets_1000_deep, set_up, tear_down),
        cmocka_unit_test_setup_teardown(open_brackets_without_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_1000_deep, set_up, tear_down),
        cmocka_unit_test_setup_teardown(dashes_1000_deep, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keys_1000_deep, set_up, tear_down),
        cmocka_unit_test_setup_teardown(alias_bomb, set_up, tear_down),
        cmocka_unit_test_setup_teardown(merge_bomb, set_up, tear_down),
        cmocka_unit_test_setup_teardown(aliases_1000_deep, set_up, tear_down),
        cmocka_unit_test_setup_teardown(more_than_a_million_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_million_errors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_million_warnings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_long_line, set_up, tear_down),
        cmocka_unit_test(time_is_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
