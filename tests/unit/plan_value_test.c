#include "plan/plan.h"

#include "base/buf.h"
#include "base/json_write.h"
#include "unit.h"

/* ---- names of jobs -------------------------------------------------------------------------- */

struct name_case {
    const char *name, *step;
    size_t max;
    bool retries;
    int maps;
    const char *text;
};

#define LONG "a-very-long-name-for-a-training-job"

static const struct name_case NAMES[] = {
    { "prefix and digest", "Train it", 63, false, 0,
      "States.Format('train-it-{}', States.Hash($$.Execution.Id, 'MD5'))" },
    { "dashes stay single, none at the ends", "__Train -- (it)!", 63, false, 0,
      "States.Format('train-it-{}', States.Hash($$.Execution.Id, 'MD5'))" },
    { "cut to the limit", LONG, 63, false, 0,
      "States.Format('a-very-long-name-for-a-trainin-{}', "
      "States.Hash($$.Execution.Id, 'MD5'))" },
    { "not cut behind a dash", LONG, 48, false, 0,
      "States.Format('a-very-long-nam-{}', States.Hash($$.Execution.Id, 'MD5'))" },
    { "cut at a dash", LONG, 40, false, 0,
      "States.Format('a-very-{}', States.Hash($$.Execution.Id, 'MD5'))" },
    { "no room for a prefix", "Tune", 32, false, 0,
      "States.Hash(States.Format('tune {}', $$.Execution.Id), 'MD5')" },
    { "no letters at all", "???", 63, false, 0,
      "States.Hash(States.Format(' {}', $$.Execution.Id), 'MD5')" },
    { "each retry has its own", "Train", 63, true, 0,
      "States.Format('train-{}', States.Hash(States.Format('{}-{}', $$.Execution.Id, "
      "$$.State.RetryCount), 'MD5'))" },
    { "each iteration has its own", "Train", 63, false, 2,
      "States.Format('train-{}', States.Hash(States.UUID(), 'MD5'))" },
};

static struct plan *plan_in(struct arena *a)
{
    struct plan *p = arena_make(a, struct plan);
    p->arena = a;
    return p;
}

static void job_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(NAMES); i++) {
        struct arena a = { 0 };
        struct plan *p = plan_in(&a);
        struct step s = { 0 };
        s.item.name.s = str_from(NAMES[i].step);
        s.common.retry.n = NAMES[i].retries;
        p->inline_maps = NAMES[i].maps;
        struct vstr name = plan_job_name(p, &s, NAMES[i].max);
        assert_text(NAMES[i].name, name.s, NAMES[i].text);
        assert_true(name.runtime);
        assert_true(plan_job_prefix(p, &s, NAMES[i].max).n + 32 <= NAMES[i].max);
        arena_done(&a);
    }
}

/* ---- CloudFormation ------------------------------------------------------------------------- */

static struct str json_of(struct arena *a, const struct node *n)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, 0);
    json_writer_init(&w, &b, 0);
    json_node(&w, n);
    struct str s = arena_str(a, buf_str(&b));
    buf_done(&b);
    return s;
}

static void what_depends_on_the_region(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct plan *p = plan_in(&a);
    struct node *rows = plan_map(p), *variables = plan_map(p);
    plan_put(p, variables, "A", plan_by_region(p, S("Accounts"), "one", rows));
    plan_by_region(p, S("Accounts"), "two", plan_map(p));
    assert_int_equal(p->mappings.n, 1);
    assert_ptr_equal(p->mappings.p[0].rows, rows);
    assert_text("Fn::Sub with variables", json_of(&a, plan_sub_with(p, variables, "${A}.%s", "x")),
                "{\"Fn::Sub\":[\"${A}.x\",{\"A\":{\"Fn::FindInMap\":[\"Accounts\","
                "{\"Ref\":\"AWS::Region\"},\"one\"]}}]}");
    arena_done(&a);
}

static void placeholders(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct plan *p = plan_in(&a);
    const struct node *one = plan_text(p, "one"), *two = plan_text(p, "two");
    assert_text("new", plan_placeholder(p, S("AB"), one)->str, "${AB}");
    assert_text("the same", plan_placeholder(p, S("AB"), plan_text(p, "one"))->str, "${AB}");
    assert_text("another of that name", plan_placeholder(p, S("AB"), two)->str, "${AB2}");
    assert_text("the other again", plan_placeholder(p, S("AB"), two)->str, "${AB2}");
    assert_int_equal(p->substitutions.n, 2);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(job_names),
        cmocka_unit_test(what_depends_on_the_region),
        cmocka_unit_test(placeholders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
