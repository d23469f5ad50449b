/* Which bytes a node and a key say that they were written in, for every style of scalar, behind
 * letters of several bytes, comments and anchors. The dump shows the text of each span. */
#include "yaml/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct {
    const char *name, *document, *dump;
} cases[] = {
#include "yaml_span_cases.inc"
};

static void put_span(struct buf *out, struct span span)
{
    struct str text = span_text(span);
    buf_printf(out, "%u <", (unsigned)span.at);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\n')
            buf_put(out, S("\\n"));
        else if (text.p[i] == '\r')
            buf_put(out, S("\\r"));
        else
            buf_putc(out, text.p[i]);
    }
    buf_put(out, S(">\n"));
}

static void dump(struct buf *out, const struct node *n, size_t depth)
{
    static const char *const kinds[] = { "null", "bool", "int", "float", "str", "seq", "map" };
    buf_fill(out, ' ', depth * 2);
    buf_printf(out, "%s ", kinds[n->kind]);
    put_span(out, n->span);
    for (size_t i = 0; n->kind == NODE_SEQ && i < n->seq.n; i++)
        dump(out, n->seq.items[i], depth + 1);
    for (size_t i = 0; n->kind == NODE_MAP && i < n->map.n; i++) {
        const struct node_entry *e = &n->map.entries[i];
        buf_fill(out, ' ', depth * 2);
        buf_printf(out, "- %.*s: ", STR(e->key));
        put_span(out, e->key_span);
        dump(out, e->value, depth + 1);
    }
}

static bool check(const char *name, const char *document, const char *expected)
{
    struct arena a = { 0 };
    struct diags ds;
    struct buf out;
    diags_init(&ds, &a);
    buf_init(&out, 0);
    struct node *n = yaml_read(&a, &ds, source_make(&a, S("in.yaml"), str_from(document)), NULL);
    if (n)
        dump(&out, n, 0);
    diags_print(&ds, &out, false);
    bool same = str_eq(buf_str(&out), str_from(expected));
    if (!same)
        print_error("%s: expected\n%sbut it is\n%.*s", name, expected, STR(buf_str(&out)));
    buf_done(&out);
    arena_done(&a);
    return same;
}

static void points_at_what_was_written(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        wrong += !check(cases[i].name, cases[i].document, cases[i].dump);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(points_at_what_was_written) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
