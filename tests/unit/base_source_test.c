#include "base/source.h"

#include "unit.h"

static const struct {
    const char *name, *text;
    const char *lines[6];
} texts[] = {
    { "empty", "", { "" } },
    { "no line end", "ab", { "ab" } },
    { "one line", "ab\n", { "ab", "" } },
    { "LF", "a\nbc\n\nd", { "a", "bc", "", "d" } },
    { "CRLF", "a\r\nbc\r\n", { "a", "bc", "" } },
    { "CR", "a\rbc\r\rd", { "a", "bc", "", "d" } },
    { "all three", "a\rb\nc\r\nd", { "a", "b", "c", "d" } },
    { "CR at the end", "a\r", { "a", "" } },
    { "CR CR LF", "a\r\r\nb", { "a", "", "b" } },
    { "LF CR", "a\n\rb", { "a", "", "b" } },
    { "only line ends", "\n\n", { "", "", "" } },
};

static void lines(void **state)
{
    (void)state;
    struct arena a = { 0 };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct source *src = source_make(&a, S("f"), str_from(texts[i].text));
        size_t n = 0;
        while (n < COUNT(texts[i].lines) && texts[i].lines[n])
            n++;
        if (src->nlines != n)
            fail_msg("%s: %zu lines", texts[i].name, src->nlines);
        for (size_t k = 0; k < n; k++)
            assert_text(texts[i].name, source_line(src, k + 1), texts[i].lines[k]);
    }
    arena_done(&a);
}

static void positions(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct source *src = source_make(&a, S("f"), S("ab\r\n\xC3\xA9z\n\nq"));
    static const struct position want[] = {
        { 1, 1 }, { 1, 2 }, { 1, 3 }, { 1, 4 }, { 2, 1 }, { 2, 2 },
        { 2, 2 }, { 2, 3 }, { 3, 1 }, { 4, 1 }, { 4, 2 }, { 4, 2 },
    };
    for (size_t at = 0; at < COUNT(want); at++) {
        struct position p = source_position(src, at);
        if (p.line != want[at].line || p.column != want[at].column)
            fail_msg("byte %zu is at %zu:%zu", at, p.line, p.column);
    }
    arena_done(&a);
}

static void many_lines(void **state)
{
    (void)state;
    struct arena a = { 0 };
    char *text = arena_alloc(&a, 30000);
    for (size_t i = 0; i < 30000; i++)
        text[i] = i % 3 == 2 ? '\n' : 'x';
    struct source *src = source_make(&a, S("f"), (struct str){ text, 30000 });
    assert_int_equal(src->nlines, 10001);
    for (size_t at = 0; at < 30000; at++) {
        struct position p = source_position(src, at);
        assert_int_equal(p.line, at / 3 + 1);
        assert_int_equal(p.column, at % 3 + 1);
    }
    arena_done(&a);
}

static void joining(void **state)
{
    (void)state;
    struct source one = { .text = S_INIT("0123456789") }, other = { 0 };
    struct span a = { &one, 2, 2 }, b = { &one, 6, 1 };
    struct span j = span_join(a, b);
    assert_text("joined", span_text(j), "23456");
    assert_text("backwards keeps the first", span_text(span_join(b, a)), "6");
    j = span_join(a, (struct span){ &other, 6, 1 });
    assert_text("of another file", span_text(j), "23");
    assert_int_equal(span_text((struct span){ 0 }).n, 0);
}

/* A template that renders to a template: two steps home. */
static void home_through_two_templates(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct source *written = source_make(&a, S("t"), S("{{ a }}-{{ b }}\n"));
    struct source *middle = source_make(&a, S("t"), S("{{c}}-x\n"));
    struct source *made = source_make(&a, S("t"), S("12345-x\n"));
    struct segment first[] = {
        { .at = 0, .from = { written, 0, 7 } },
        { .at = 5, .literal = true, .from = { written, 7, 1 } },
        { .at = 6, .from = { written, 8, 7 } },
        { .at = 7, .literal = true, .from = { written, 15, 1 } },
    };
    struct segment second[] = {
        { .at = 0, .from = { middle, 0, 5 } },
        { .at = 5, .literal = true, .from = { middle, 5, 3 } },
    };
    source_map(&a, middle, first, COUNT(first));
    source_map(&a, made, second, COUNT(second));
    assert_text("computed twice", span_text(span_origin((struct span){ made, 2, 1 }, NULL)),
                "{{ a }}");
    assert_text("literal, then computed", span_text(span_origin((struct span){ made, 6, 1 }, NULL)),
                "{{ b }}");
    assert_text("literal twice", span_text(span_origin((struct span){ made, 5, 1 }, NULL)), "-");
    assert_text("across both", span_text(span_origin((struct span){ made, 4, 3 }, NULL)),
                "{{ a }}-{{ b }}");
    arena_done(&a);
}

/* The body of a loop comes from the same place again and again. */
static void backwards_in_the_template(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct source *written = source_make(&a, S("t"), S("{% for %}ab{{ i }}{% endfor %}"));
    struct source *made = source_make(&a, S("t"), S("ab1ab2"));
    struct segment segments[] = {
        { .at = 0, .literal = true, .from = { written, 9, 2 } },
        { .at = 2, .from = { written, 11, 7 } },
        { .at = 3, .literal = true, .from = { written, 9, 2 } },
        { .at = 5, .from = { written, 11, 7 } },
    };
    source_map(&a, made, segments, COUNT(segments));
    assert_text("second round", span_text(span_origin((struct span){ made, 4, 1 }, NULL)), "b");
    assert_text("from the first round into the second",
                span_text(span_origin((struct span){ made, 2, 2 }, NULL)), "{{ i }}");
    assert_text("over both rounds", span_text(span_origin((struct span){ made, 0, 6 }, NULL)),
                "ab{{ i }}");
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(positions),
        cmocka_unit_test(many_lines),
        cmocka_unit_test(joining),
        cmocka_unit_test(home_through_two_templates),
        cmocka_unit_test(backwards_in_the_template),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
