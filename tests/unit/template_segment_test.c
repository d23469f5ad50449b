/* Where each byte of a rendered text came from: for every piece of output, the template text that
 * it is traced to, whether it is that text byte for byte, and the calls that led there. */
#include "unit.h"

#include "template_run.h"

static const struct {
    const char *name;
    struct str template;
    const char *expected; /* a line per segment: output, '=' or '<-', origin, and frames */
} cases[] = {
    { "plain text", S_INIT("a: 1\n"), "[a: 1\\n] = [a: 1\\n]\n" },
    { "an expression", S_INIT("a: {{ stage }}!\n"),
      "[a: ] = [a: ]\n[prod] <- [stage]\n[!\\n] = [!\\n]\n" },
    { "a filter", S_INIT("{{ stage | upper }}"), "[PROD] <- [upper]\n" },
    { "neighbours in the text are one", S_INIT("a{% if stage %}b{% endif %}"),
      "[a] = [a]\n[b] = [b]\n" },
    { "a loop", S_INIT("{% for n in names %}- {{ n }}\n{% endfor %}"),
      "[- ] = [- ]\n[a] <- [n]\n[\\n] = [\\n]\n[- ] = [- ]\n[b] <- [n]\n[\\n] = [\\n]\n" },
    { "nothing printed, no segment", S_INIT("a{{ '' }}{{ ''|upper }}b"), "[a] = [a]\n[b] = [b]\n" },
    { "white space that a tag took away", S_INIT("a  {%- if stage %}  b{% endif %}"),
      "[a] = [a]\n[  b] = [  b]\n" },
    { "a macro", S_INIT("{% macro m(x) %}<{{ x }}>{% endmacro %}a {{ m(1) }} b"),
      "[a ] = [a ]\n"
      "[<] = [<] in macro 'm' (m(1))\n"
      "[1] <- [x] in macro 'm' (m(1))\n"
      "[>] = [>] in macro 'm' (m(1))\n"
      "[ b] = [ b]\n" },
    { "a macro in a macro",
      S_INIT("{% macro a() %}A{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ b() }}"),
      "[A] = [A] in macro 'a' (a()) in macro 'b' (b())\n" },
    { "a macro whose result is kept",
      S_INIT("{% macro m() %}text{% endmacro %}{% set t = m() %}{{ t }}"),
      "[text] = [text] in macro 'm' (m())\n" },
    { "a macro that is indented",
      S_INIT("{% macro m() %}a:\n- {{ stage }}\n{% endmacro %}"
             "x:\n  {{ m() | indent(2) }}"),
      "[x:\\n  ] = [x:\\n  ]\n"
      "[a:] = [a:] in macro 'm' (m())\n"
      "[\\n  ] <- [indent(2)]\n"
      "[- ] = [- ] in macro 'm' (m())\n"
      "[prod] <- [stage] in macro 'm' (m())\n"
      "[\\n] <- [indent(2)]\n" },
    { "a set block", S_INIT("{% set t %}k: {{ stage }}{% endset %}{{ t }}"),
      "[k: ] = [k: ]\n[prod] <- [stage]\n" },
    { "a filter block", S_INIT("{% filter indent(1) %}a\nb{% endfilter %}"),
      "[a] = [a]\n[\\n ] <- [indent(1)]\n[b] = [b]\n" },
    { "a call block",
      S_INIT("{% macro m() %}({{ caller() }}){% endmacro %}{% call m() %}x{% endcall %}"),
      "[(] = [(] in macro 'm' (m())\n"
      "[x] = [x] in macro 'm' (m())\n"
      "[)] = [)] in macro 'm' (m())\n" },
    { "an included file", S_INIT("a\n{% include 'fine.yaml' %}"),
      "[a\\n] = [a\\n]\n"
      "[part:\\n  stage: ] = [part:\\n  stage: ] fine.yaml 'fine.yaml' is included here "
      "('fine.yaml')\n"
      "[prod] <- [stage] fine.yaml 'fine.yaml' is included here ('fine.yaml')\n"
      "[\\n] = [\\n] fine.yaml 'fine.yaml' is included here ('fine.yaml')\n" },
    { "an extended file",
      S_INIT("{% extends 'layout.yaml' %}{% block b %}{{ super() }}d: 4\n{% endblock %}"),
      "[a: 1\\n] = [a: 1\\n] layout.yaml 'layout.yaml' is extended here ('layout.yaml')\n"
      "[b: ] = [b: ] layout.yaml 'layout.yaml' is extended here ('layout.yaml')\n"
      "[prod] <- [stage] layout.yaml 'layout.yaml' is extended here ('layout.yaml')\n"
      "[\\n] = [\\n] layout.yaml 'layout.yaml' is extended here ('layout.yaml')\n"
      "[d: 4\\n] = [d: 4\\n] 'layout.yaml' is extended here ('layout.yaml')\n"
      "[c: 3\\n] = [c: 3\\n] layout.yaml 'layout.yaml' is extended here ('layout.yaml')\n" },
    { "Windows line ends", S_INIT("a\r\nb\r\n"), "[a] = [a]\n[\\nb] = [\\nb]\n[\\n] = [\\n]\n" },
    { "raw text", S_INIT("{% raw %}{{ x }}{% endraw %}"), "[{{ x }}] = [{{ x }}]\n" },
    { "a JSONata value", S_INIT("a: !jsonata \"{% $x %}\"\n"),
      "[a: !jsonata \"{% $x %}\"\\n] = [a: !jsonata \"{% $x %}\"\\n]\n" },
};

static void put_escaped_text(struct buf *out, struct str s)
{
    buf_putc(out, '[');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\n')
            buf_put(out, S("\\n"));
        else
            buf_putc(out, s.p[i]);
    }
    buf_putc(out, ']');
}

static struct str describe(struct buf *out, const struct source *src)
{
    for (size_t i = 0; i < src->nsegments; i++) {
        uint32_t at = src->segments[i].at;
        uint32_t end = i + 1 < src->nsegments ? src->segments[i + 1].at : (uint32_t)src->text.n;
        const struct frame *frame;
        struct span from = span_origin((struct span){ src, at, end - at }, &frame);
        put_escaped_text(out, str_sub(src->text, at, end));
        buf_put(out, src->segments[i].literal ? S(" = ") : S(" <- "));
        put_escaped_text(out, span_text(from));
        if (!str_eq(from.src->path, S("in.yaml")))
            buf_printf(out, " %.*s", STR(from.src->path));
        for (; frame; frame = frame->up)
            buf_printf(out, " %.*s (%.*s)", STR(frame->what), STR(span_text(frame->at)));
        buf_putc(out, '\n');
    }
    return buf_str(out);
}

static void segments(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct run r;
        run_init(&r);
        struct template_options o = run_options(&r);
        struct source *result = run_template(&r, &o, cases[i].template);
        if (!result)
            fail_msg("%s: %.*s", cases[i].name, STR(buf_str(&r.out)));
        struct buf out;
        buf_init(&out, 0);
        assert_text(cases[i].name, describe(&out, result), cases[i].expected);
        buf_done(&out);
        run_done(&r);
    }
}

/* One frame for all rounds of a loop: a large output must not have a frame for each line. */
static void calls_from_one_place_share_their_frame(void **state)
{
    (void)state;
    struct run r;
    run_init(&r);
    struct template_options o = run_options(&r);
    struct source *result = run_template(&r, &o,
                                         S("{% macro m(i) %}- {{ i }}\n{% endmacro %}{% for i in "
                                           "range(1000) %}{{ m(i) }}{% endfor %}"));
    assert_non_null(result);
    assert_true(result->nsegments >= 2000);
    for (size_t i = 1; i < result->nsegments; i++)
        assert_int_equal(result->segments[i].origin, result->segments[0].origin);
    run_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments),
        cmocka_unit_test(calls_from_one_place_share_their_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
