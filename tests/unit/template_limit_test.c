/* Templates that never end or would fill the memory stop soon, with a message that names the limit.
 */
#include "unit.h"

#include "template_run.h"

#include "base/limits.h"

#include <time.h>

static const struct {
    const char *name;
    struct str template;
    const char *says;
} cases[] = {
    { "a loop without end", S_INIT("{% for i in range(1000000000000) %}{% endfor %}"),
      "the template takes more than 1 million steps" },
    { "loops in loops",
      S_INIT(
          "{% for i in range(99999) %}{% for k in range(99999) %}{{ '' }}{% endfor %}{% endfor %}"),
      "the template takes more than 1 million steps" },
    { "a macro that calls itself", S_INIT("{% macro m(i) %}{{ m(i + 1) }}{% endmacro %}{{ m(0) }}"),
      "deeper than 200 levels" },
    { "a macro that sums itself up",
      S_INIT("{% macro m(i) %}{% set x = m(i + 1) %}{{ x }}{% endmacro %}{{ m(0) }}"),
      "deeper than 200 levels" },
    { "a recursive loop without end",
      S_INIT("{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}"), "deeper than 200 levels" },
    { "an include of itself", S_INIT("{% include 'self.yaml' %}"), "deeper than 20 levels" },
    { "a gigabyte of output",
      S_INIT("{% for i in range(10000000) %}{{ "
             "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' }}"
             "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{% endfor %}"),
      "the template writes more than 1048576 bytes" },
    { "a gigabyte in a variable",
      S_INIT("{% set ns = namespace(s='xxxxxxxxxxxxxxxx') %}{% for i in range(99) %}"
             "{% set ns.s = ns.s ~ ns.s %}{% endfor %}"),
      "1048576 bytes" },
    { "a gigabyte by *", S_INIT("{{ ('x' * 1000000 * 1000000) | length }}"), "8388608 bytes" },
    { "a gigabyte of list", S_INIT("{{ ([1] * 1000000000) | length }}"), "8388608 bytes" },
    { "doubling a list",
      S_INIT("{% set ns = namespace(l=[1]) %}{% for i in range(99) %}{% set ns.l = ns.l + ns.l %}"
             "{% endfor %}"),
      "8388608 bytes" },
    { "a list of a range", S_INIT("{{ range(10000000000) | list | length }}"), "" },
    { "centred in a gigabyte", S_INIT("{{ 'x' | center(10000000000) }}"), "8388608 bytes" },
    { "a wide format", S_INIT("{{ '%1000000000d' % 1 }}"), "bytes" },
    { "a wide replacement field", S_INIT("{{ '{:>1000000000}'.format(1) }}"), "bytes" },
    { "replacing grows", S_INIT("{{ ('x' * 100000) | replace('x', 'y' * 100000) }}"), "bytes" },
    { "a large power", S_INIT("{{ 9 ** 99999999 }}"), "more than 65536 bits" },
    { "values in values",
      S_INIT("{% set ns = namespace(l=[]) %}{% for i in range(900) %}{% set ns.l = [ns.l] %}"
             "{% endfor %}{{ ns.l }}"),
      "nests deeper than 400 levels" },
    { "as JSON",
      S_INIT("{% set ns = namespace(l=[]) %}{% for i in range(900) %}{% set ns.l = [ns.l] %}"
             "{% endfor %}{{ ns.l | tojson }}"),
      "nests deeper than 400 levels" },
    { "compared",
      S_INIT(
          "{% set ns = namespace(l=[], m=[]) %}{% for i in range(900) %}{% set ns.l = [ns.l] %}"
          "{% set ns.m = [ns.m] %}{% endfor %}{{ ns.l == ns.m }}"),
      "nests deeper than 400 levels" },
    { "shared values printed",
      S_INIT("{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}"
             "{% endfor %}{{ ns.l }}"),
      "bytes" },
    { "shared values compared",
      S_INIT("{% set ns = namespace(l=[1], m=[1]) %}{% for i in range(60) %}"
             "{% set ns.l = [ns.l, ns.l] %}{% set ns.m = [ns.m, ns.m] %}{% endfor %}"
             "{{ ns.l == ns.m }}"),
      "1 million steps" },
    { "namespaces in namespaces",
      S_INIT("{% set a = namespace() %}{% set ns = namespace(x=a) %}{% for i in range(300) %}"
             "{% set ns.x = namespace(x=ns.x) %}{% endfor %}{{ ns }}"),
      "namespaces nest deeper than 20 levels" },
    { "macros that hold macros",
      S_INIT("{% set ns = namespace(f=none) %}{% macro m(g) %}{% macro n() %}{{ g }}{% endmacro %}"
             "{% set ns.f = n %}{% endmacro %}{% for i in range(30000) %}{{ m(ns.f) }}{% endfor %}"
             "{{ ns.f() | length }}{{ 1 / 0 }}"),
      "division by zero" },
};

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void limits_stop_soon(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct run r;
        run_init(&r);
        struct template_options o = run_options(&r);
        o.max_output = 1 << 20;
        o.max_steps = 1000000;
        double begin = cpu_seconds();
        struct source *result = run_template(&r, &o, cases[i].template);
        double spent = cpu_seconds() - begin;
        if (result)
            fail_msg("%s: it went through", cases[i].name);
        if (str_find(buf_str(&r.out), str_from(cases[i].says), 0) == SIZE_MAX)
            fail_msg("%s: says %.*s", cases[i].name, STR(buf_str(&r.out)));
        if (spent > 5) /* a tenth of that without sanitizers */
            fail_msg("%s: takes %.1f s", cases[i].name, spent);
        run_done(&r);
    }
}

/* The limits that a caller does not set are those of base/limits.h. */
static void limits_that_are_always_there(void **state)
{
    (void)state;
    struct run r;
    run_init(&r);
    struct template_options o = run_options(&r);
    assert_null(run_template(&r, &o, S("{% for i in range(1000000000000) %}{% endfor %}")));
    assert_true(str_find(buf_str(&r.out), S("more than 50 million steps"), 0) != SIZE_MAX);
    assert_int_equal(LIMIT_TEMPLATE_STEPS, 50000000);
    run_done(&r);
}

/* The limits that a caller sets. */
static void limits_of_the_caller(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str template;
        size_t output, steps;
        unsigned calls;
        const char *says;
    } small[] = {
        { "output, exactly", S_INIT("0123456789"), 10, 0, 0, NULL },
        { "output, one too many", S_INIT("0123456789a"), 10, 0, 0, "more than 10 bytes" },
        { "output of an expression", S_INIT("{{ '0123456789a' }}"), 10, 0, 0,
          "more than 10 bytes" },
        { "steps", S_INIT("{% for i in range(100) %}{% endfor %}"), 0, 50, 0,
          "more than 50 steps" },
        { "calls", S_INIT("{% macro m(i) %}{{ m(i) }}{% endmacro %}{{ m(1) }}"), 0, 0, 5,
          "deeper than 5 levels" },
    };
    for (size_t i = 0; i < COUNT(small); i++) {
        struct run r;
        run_init(&r);
        struct template_options o = run_options(&r);
        o.max_output = small[i].output;
        o.max_steps = small[i].steps;
        o.max_calls = small[i].calls;
        struct source *result = run_template(&r, &o, small[i].template);
        if (!small[i].says && !result)
            fail_msg("%s: %.*s", small[i].name, STR(buf_str(&r.out)));
        if (small[i].says &&
            (result || str_find(buf_str(&r.out), str_from(small[i].says), 0) == SIZE_MAX))
            fail_msg("%s: says %.*s", small[i].name, STR(buf_str(&r.out)));
        run_done(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_stop_soon),
        cmocka_unit_test(limits_that_are_always_there),
        cmocka_unit_test(limits_of_the_caller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
