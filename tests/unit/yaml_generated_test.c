/* Text that a template made: messages point at the line that somebody wrote. */
#include "yaml/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* A template in which "[[…]]" stands for `value`, as the template layer would render it: one
 * literal segment around each computed one. */
static struct source *render(struct arena *a, const char *template, const char *value,
                             const struct frame *frame)
{
    struct str text = str_from(template);
    struct source *written = source_make(a, S("configs/a.yaml"), text);
    VEC(struct segment) segments = { 0 };
    struct buf out;
    buf_init(&out, 0);
    for (size_t at = 0; at <= text.n;) {
        size_t open = str_find(text, S("[["), at);
        size_t end = open == SIZE_MAX ? text.n : open;
        struct span from = { written, (uint32_t)at, (uint32_t)(end - at) };
        vec_push(a, &segments, ((struct segment){ (uint32_t)out.n, true, from, NULL }));
        buf_put(&out, str_sub(text, at, end));
        if (open == SIZE_MAX)
            break;
        size_t close = str_find(text, S("]]"), open) + 2;
        from = (struct span){ written, (uint32_t)open, (uint32_t)(close - open) };
        vec_push(a, &segments, ((struct segment){ (uint32_t)out.n, false, from, frame }));
        buf_put(&out, str_from(value));
        at = close;
    }
    struct source *src = source_make(a, written->path, arena_str(a, buf_str(&out)));
    source_map(a, src, segments.p, segments.n);
    buf_done(&out);
    return src;
}

static const struct {
    const char *name, *template, *value, *expected;
} cases[] = {
    { "an error behind what was filled in", "a: [[x]]\nb: [1, 2\n", "a longer text than before",
      "configs/a.yaml:2:4: error: '[' is never closed [unbalanced]\n"
      "    2 | b: [1, 2\n"
      "      |    ^ close it with ']'\n" },
    { "an error in what was filled in", "a: [[name]] # c\nb: 1\n", "x: y",
      "configs/a.yaml:1:4: error: a value that holds ': ' must be quoted [unquoted-value]\n"
      "    1 | a: [[name]] # c\n"
      "      |    ^^^^^^^^ the template makes it 'x: y'; put quotes around the whole value\n" },
    { "a value of which a part was filled in", "a: - [[name]]: z\n", "x",
      "configs/a.yaml:1:4: error: a list cannot begin on the line of its key [yaml-syntax]\n"
      "    1 | a: - [[name]]: z\n"
      "      |    ^ begin it on the next line, or quote the value\n" },
    { "a value beside what was filled in", "[[key]]: b: c\n", "a",
      "configs/a.yaml:1:10: error: a value that holds ': ' must be quoted [unquoted-value]\n"
      "    1 | [[key]]: b: c\n"
      "      |          ^^^^ write \"b: c\"\n" },
    { "a line that came out indented", "a:\n    b: 1\n[[lines]]e: 1\n", "  c: 1\n  d: 1\n",
      "configs/a.yaml:3:1: error: 'c' is indented by 2, which matches no line above "
      "[bad-indent]\n"
      "    3 | [[lines]]e: 1\n"
      "      | ^^^^^^^^^ indent it by 4, like 'b', or by 0, like 'a'\n"
      "configs/a.yaml:1:1: note: 'a' is here\n"
      "    1 | a:\n"
      "      | ^\n"
      "configs/a.yaml:2:5: note: 'b' is here\n"
      "    2 |     b: 1\n"
      "      |     ^\n" },
    { "a key that came out twice", "x: 1\n[[loop]]y: 2\n", "k: 1\nk: 2\n",
      "configs/a.yaml:2:1: error: key 'k' stands here a second time [duplicate-key]\n"
      "    2 | [[loop]]y: 2\n"
      "      | ^^^^^^^^\n"
      "configs/a.yaml:2:1: note: 'k' is first written here\n"
      "    2 | [[loop]]y: 2\n"
      "      | ^^^^^^^^\n" },
    { "a character that came out", "a: [[x]]\n", "\x01",
      "configs/a.yaml:1:4: error: a control character (U+0001) stands in the text "
      "[bad-character]\n"
      "    1 | a: [[x]]\n"
      "      |    ^^^^^ remove it, or write \\x01 in double quotes\n" },
    { "a quote that came out", "a: \"[[x]]\"\n", "the \"big\" one",
      "configs/a.yaml:1:5: error: text follows the closing quote [bad-quote]\n"
      "    1 | a: \"[[x]]\"\n"
      "      |     ^^^^^^ the template filled in this quote; {{ … | tojson }} adds quotes that "
      "fit\n"
      "configs/a.yaml:1:4: note: the string is complete here\n"
      "    1 | a: \"[[x]]\"\n"
      "      |    ^^^^^^\n" },
    { "behind letters of several bytes", "\xC3\xA4: [[x]] # \xC3\xB6\n\xC3\xBC: *z\n",
      "\xF0\x9F\x98\x80\xF0\x9F\x98\x80",
      "configs/a.yaml:2:4: error: '*z' names no anchor that stands before it [unknown-alias]\n"
      "    2 | \xC3\xBC: *z\n"
      "      |    ^^ quote the value if the '*' belongs to it\n" },
};

static bool check(const char *name, const char *template, const char *value, const char *expected)
{
    struct arena a = { 0 };
    struct diags ds;
    struct buf out;
    diags_init(&ds, &a);
    buf_init(&out, 0);
    struct node *n = yaml_read(&a, &ds, render(&a, template, value, NULL), NULL);
    diags_print(&ds, &out, false);
    bool same = !n && str_eq(buf_str(&out), str_from(expected));
    if (!same)
        print_error("%s: expected\n%sbut it says\n%.*s", name, expected, STR(buf_str(&out)));
    buf_done(&out);
    arena_done(&a);
    return same;
}

static void points_home(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        wrong += !check(cases[i].name, cases[i].template, cases[i].value, cases[i].expected);
    assert_int_equal(wrong, 0);
}

static struct source *load(void *context, struct arena *a, struct diags *ds, struct str path,
                           struct span cause, const struct frame *frame)
{
    struct str *asked = context;
    (void)ds;
    (void)cause;
    *asked = path;
    struct source *src = source_make(a, path, S("x: 1\nx: 2\n"));
    src->frame = frame;
    return src;
}

/* What a macro wrote includes from where the macro's text stands, and the way there is told. */
static void includes_from_where_it_was_written(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct diags ds;
    struct buf out;
    diags_init(&ds, &a);
    buf_init(&out, 0);
    struct source *macros = source_make(&a, S("macros/m.j2"), S("!include part.yaml\n"));
    struct source *config = source_make(&a, S("configs/a.yaml"), S("a: [[part()]]\n"));
    struct frame call = { .what = S("in macro 'part'"), .at = { config, 3, 10 } };
    struct segment segments[] = {
        { 0, true, { config, 0, 3 }, NULL },
        { 3, true, { macros, 0, 18 }, &call },
        { 21, true, { config, 13, 1 }, NULL },
    };
    struct source *src = source_make(&a, S("configs/a.yaml"), S("a: !include part.yaml\n"));
    source_map(&a, src, segments, 3);

    struct str asked = { 0 };
    struct yaml_options options = { load, &asked };
    assert_null(yaml_read(&a, &ds, src, &options));
    diags_print(&ds, &out, false);
    assert_true(str_eq(asked, S("macros/part.yaml")));
    struct str expected =
        S("macros/part.yaml:2:1: error: key 'x' stands here a second time [duplicate-key]\n"
          "    2 | x: 2\n"
          "      | ^\n"
          "macros/part.yaml:1:1: note: 'x' is first written here\n"
          "    1 | x: 1\n"
          "      | ^\n"
          "macros/m.j2:1:10: note: included from here\n"
          "    1 | !include part.yaml\n"
          "      |          ^^^^^^^^^\n"
          "configs/a.yaml:1:4: note: in macro 'part'\n"
          "    1 | a: [[part()]]\n"
          "      |    ^^^^^^^^^^\n");
    if (!str_eq(buf_str(&out), expected))
        fail_msg("it says\n%.*s", STR(buf_str(&out)));
    buf_done(&out);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_home),
        cmocka_unit_test(includes_from_where_it_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
