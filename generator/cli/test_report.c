#include "cli/test_report.h"

#include "base/json_write.h"
#include "base/xml.h"

void test_report_add(struct test_report *r, struct str file, struct str name, bool passed,
                     struct str differences, uint64_t states, int64_t elapsed_ms)
{
    struct test_result t = { .file = file,
                             .name = arena_str(r->arena, name),
                             .differences = arena_str(r->arena, differences),
                             .passed = passed,
                             .states = states,
                             .elapsed_ms = elapsed_ms };
    vec_push(r->arena, &r->all, t);
    passed ? r->passed++ : r->failed++;
}

/* Each line of the text behind `before`. */
static void put_lines(struct buf *out, struct str text, const char *before)
{
    struct str line;
    while (str_split(&text, '\n', &line))
        buf_printf(out, "%s%.*s\n", before, STR(line));
}

void test_report_text(const struct test_result *t, struct buf *out, bool colour)
{
    const char *on = !colour ? "" : t->passed ? "\033[32m" : "\033[31m";
    buf_printf(out, "  %s%s%s  %.*s (%llu states)\n", on, t->passed ? "ok  " : "FAIL",
               colour ? "\033[0m" : "", STR(t->name), (unsigned long long)t->states);
    put_lines(out, t->differences, "        ");
}

void test_report_tap(const struct test_report *r, struct buf *out)
{
    buf_printf(out, "TAP version 14\n1..%zu\n", r->all.n);
    for (size_t i = 0; i < r->all.n; i++) {
        const struct test_result *t = &r->all.p[i];
        buf_printf(out, "%sok %zu - ", t->passed ? "" : "not ", i + 1);
        for (size_t k = 0; k < t->name.n; k++) { /* '#' would begin a directive */
            if (t->name.p[k] == '#' || t->name.p[k] == '\\')
                buf_putc(out, '\\');
            buf_putc(out, t->name.p[k] == '\n' ? ' ' : t->name.p[k]);
        }
        buf_putc(out, '\n');
        if (t->passed)
            continue;
        buf_put(out, S("  ---\n  message: |\n"));
        put_lines(out, t->differences, "    ");
        buf_printf(out, "  file: %.*s\n  ...\n", STR(t->file));
    }
}

static void junit_case(const struct test_result *t, struct buf *out)
{
    buf_put(out, S("    <testcase classname=\""));
    xml_put(out, t->file);
    buf_put(out, S("\" name=\""));
    xml_put(out, t->name);
    buf_put(out, S("\" time=\"0\""));
    if (t->passed) {
        buf_put(out, S("/>\n"));
        return;
    }
    struct str rest = t->differences, first = { 0 };
    str_split(&rest, '\n', &first);
    buf_put(out, S(">\n      <failure message=\""));
    xml_put(out, first);
    buf_put(out, S("\">"));
    xml_put(out, t->differences);
    buf_put(out, S("</failure>\n    </testcase>\n"));
}

void test_report_junit(const struct test_report *r, struct buf *out)
{
    buf_printf(out,
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"%zu\" "
               "failures=\"%zu\">\n",
               r->all.n, r->failed);
    for (size_t i = 0; i < r->all.n;) {
        size_t end = i, failed = 0;
        for (; end < r->all.n && str_eq(r->all.p[end].file, r->all.p[i].file); end++)
            failed += !r->all.p[end].passed;
        buf_put(out, S("  <testsuite name=\""));
        xml_put(out, r->all.p[i].file);
        buf_printf(out, "\" tests=\"%zu\" failures=\"%zu\">\n", end - i, failed);
        for (; i < end; i++)
            junit_case(&r->all.p[i], out);
        buf_put(out, S("  </testsuite>\n"));
    }
    buf_put(out, S("</testsuites>\n"));
}

void test_report_json(const struct test_report *r, struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out, 2);
    json_begin_map(&w);
    json_key(&w, S("passed"));
    json_int(&w, (int64_t)r->passed);
    json_key(&w, S("failed"));
    json_int(&w, (int64_t)r->failed);
    json_key(&w, S("cases"));
    json_begin_list(&w);
    for (size_t i = 0; i < r->all.n; i++) {
        const struct test_result *t = &r->all.p[i];
        json_begin_map(&w);
        json_key(&w, S("file"));
        json_str(&w, t->file);
        json_key(&w, S("name"));
        json_str(&w, t->name);
        json_key(&w, S("passed"));
        json_bool(&w, t->passed);
        json_key(&w, S("differences"));
        json_begin_list(&w);
        struct str rest = t->differences, line;
        while (str_split(&rest, '\n', &line))
            json_str(&w, line);
        json_end_list(&w);
        json_key(&w, S("states"));
        json_int(&w, (int64_t)t->states);
        json_key(&w, S("elapsedMilliseconds"));
        json_int(&w, t->elapsed_ms);
        json_end_map(&w);
    }
    json_end_list(&w);
    json_end_map(&w);
    buf_putc(out, '\n');
}
