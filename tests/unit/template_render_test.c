/* What outside suites do not show: options of our own, functions and data of the caller, and that
 * neither is changed by a render. */
#include "unit.h"

#include "template_run.h"

static const struct {
    const char *name;
    struct str template;
    const char *expected;
} cases[] = {
    { "functions of the caller", S_INIT("{{ env_var('HOME') }}"), "/home/maria" },
    { "the last newline stays", S_INIT("a: 1\n\n"), "a: 1\n\n" },
    { "a byte order mark goes",
      S_INIT("\xEF\xBB\xBF"
             "a: 1\n"),
      "a: 1\n" },
    { "Windows line ends become plain ones", S_INIT("a\r\nb\rc\n"), "a\nb\nc\n" },
    { "JSONata in double quotes", S_INIT("a: !jsonata \"{% $x & '%}' %}\"\n"),
      "a: !jsonata \"{% $x & '%}' %}\"\n" },
    { "JSONata without quotes", S_INIT("a: !jsonata {% $x{'a': {{1}}} %} # {{ stage }}\n"),
      "a: !jsonata {% $x{'a': {{1}}} %} # prod\n" },
    { "JSONata in single quotes", S_INIT("a: !jsonata '{% \"{{\" %}'\n"),
      "a: !jsonata '{% \"{{\" %}'\n" },
    { "JSONata in a block scalar",
      S_INIT("a: !jsonata |\n  {% $x\n    + {# 1 #} %}\nb: {{ stage }}\n"),
      "a: !jsonata |\n  {% $x\n    + {# 1 #} %}\nb: prod\n" },
    { "JSONata in a flow map", S_INIT("{a: !jsonata \"{% $x %}\", b: {{ count }}}\n"),
      "{a: !jsonata \"{% $x %}\", b: 3}\n" },
    { "the tag needs a blank", S_INIT("a: !jsonata{{ count }}\n"), "a: !jsonata3\n" },
    { "the tag without braces", S_INIT("a: !jsonata $x + {{ count }}\n"), "a: !jsonata $x + 3\n" },
    { "do and loop controls are there",
      S_INIT("{% set l = [] %}{% for i in range(9) %}{% if i == 2 %}{% continue %}{% endif %}"
             "{% if i > 3 %}{% break %}{% endif %}{% do l.append(i) %}{% endfor %}{{ l }}"),
      "[0, 1, 3]" },
    { "break out of a set block",
      S_INIT("{% for i in [1, 2] %}{% set x %}lost{% break %}{% endset %}{% endfor %}after"),
      "after" },
    { "continue inside autoescape",
      S_INIT("{% for i in [1, 2] %}{% autoescape true %}{{ '<' }}{% continue %}{% endautoescape %}"
             "{% endfor %}{{ '<' }}"),
      "&lt;&lt;<" },
    { "aliases see what is appended",
      S_INIT("{% set a = [1] %}{% set b = a %}{% do b.append(2) %}{{ a }}"), "[1, 2]" },
    { "a macro is a value",
      S_INIT("{% macro m() %}x{% endmacro %}{% set f = m %}{{ f() ~ m.name }}"), "xm" },
    { "a macro defined in a macro sees its arguments",
      S_INIT("{% macro o(a) %}{% macro i(b) %}{{ a }}{{ b }}{% endmacro %}{{ i(2) }}{% endmacro %}"
             "{{ o(1) }}{{ o(3) }}"),
      "1232" },
    { "a macro kept beyond its surroundings",
      S_INIT("{% set ns = namespace() %}{% macro o(a) %}{% macro i() %}{{ a }}{% endmacro %}"
             "{% set ns.f = i %}{% endmacro %}{{ o('kept') }}{{ ns.f() }}"),
      "kept" },
    { "large integers",
      S_INIT("{{ 2 ** 64 }} {{ 2 ** 64 // 3 }} {{ -(2 ** 64) % 10 }} "
             "{{ 2 ** 64 - 2 ** 64 + 1 }} {{ 2 ** 64 > 1e19 }}"),
      "18446744073709551616 6148914691236517205 4 1 True" },
};

static void renders(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct run r;
        run_init(&r);
        struct template_options o = run_options(&r);
        struct source *result = run_template(&r, &o, cases[i].template);
        if (!result)
            fail_msg("%s: %.*s", cases[i].name, STR(buf_str(&r.out)));
        assert_text(cases[i].name, result->text, cases[i].expected);
        run_done(&r);
    }
}

/* Methods that change lists and maps do not reach the caller's data, nor the next render. */
static void data_of_the_caller_stays(void **state)
{
    (void)state;
    static const struct str texts[] = {
        S_INIT("{% do names.append('c') %}{% do job.update({'x': 1}) %}{{ names }}{{ given }}"),
        S_INIT("{% do job['items'].append(1) %}{{ names.pop() }}{{ given.pop() }}"),
        S_INIT("{% set x = names['append']('c') %}{{ names }}"),
        S_INIT("{% include 'macros.j2' %}{{ names }}"),
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct run r;
        run_init(&r);
        struct template_options o = run_options(&r);
        o.globals = val_map_set(val_map(), S("given"), val_list_push(val_list(), val_int(1)));
        struct val before = run_variables(), variables = run_variables();
        struct val globals_before =
            val_map_set(val_map(), S("given"), val_list_push(val_list(), val_int(1)));
        struct source *src = source_make(&r.arena, S("in.yaml"), texts[i]);
        struct template *t = template_compile(&r.diags, &o, src);
        assert_non_null(t);
        struct source *first = template_run(&r.arena, &r.diags, t, val_copy(variables));
        struct source *second = template_run(&r.arena, &r.diags, t, val_copy(variables));
        assert_non_null(first);
        assert_non_null(second);
        assert_true(str_eq(first->text, second->text));
        assert_true(val_equal(variables, before));
        assert_true(val_equal(o.globals, globals_before));
        template_free(t);
        run_done(&r);
    }
}

static void modes_of_undefined(void **state)
{
    (void)state;
    static const struct {
        enum template_undefined mode;
        struct str template;
        const char *expected; /* NULL: an error */
    } modes[] = {
        { TEMPLATE_STRICT, S_INIT("[{{ x }}]"), NULL },
        { TEMPLATE_STRICT, S_INIT("[{{ x | default('d') }}{{ x is defined }}]"), "[dFalse]" },
        { TEMPLATE_STRICT, S_INIT("{% set y = x %}[{{ 'z' if false }}]"), "[]" },
        { TEMPLATE_LENIENT, S_INIT("[{{ x }}{% if x %}{% endif %}{% for i in x %}{% endfor %}]"),
          "[]" },
        { TEMPLATE_LENIENT, S_INIT("[{{ x.y }}]"), NULL },
        { TEMPLATE_CHAINABLE, S_INIT("[{{ x.y[1].z }}]"), "[]" },
        { TEMPLATE_CHAINABLE, S_INIT("[{{ x.y + 1 }}]"), NULL },
        { TEMPLATE_DEBUG, S_INIT("[{{ x }}{{ job.y }}]"),
          "[{{ x }}{{ no such element: dict object['y'] }}]" },
    };
    for (size_t i = 0; i < COUNT(modes); i++) {
        struct run r;
        run_init(&r);
        struct template_options o = run_options(&r);
        o.undefined = modes[i].mode;
        struct source *result = run_template(&r, &o, modes[i].template);
        assert_int_equal(result != NULL, modes[i].expected != NULL);
        if (result)
            assert_text("mode", result->text, modes[i].expected);
        run_done(&r);
    }
}

/* What the loader reports itself is not reported again, nor taken for "not there". */
static void trouble_of_the_loader(void **state)
{
    (void)state;
    struct run r;
    run_init(&r);
    struct template_options o = run_options(&r);
    assert_null(run_template(&r, &o, S("{% include 'unreadable.yaml' ignore missing %}")));
    assert_int_equal(r.diags.errors, 1);
    assert_int_equal(diags_exit(&r.diags), 3);
    run_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(renders),
        cmocka_unit_test(data_of_the_caller_stays),
        cmocka_unit_test(modes_of_undefined),
        cmocka_unit_test(trouble_of_the_loader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
