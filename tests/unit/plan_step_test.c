#include "plan/chain.h"

#include "base/buf.h"
#include "unit.h"

/* ---- kinds whose steps have several states -------------------------------------------------- */

static void one(struct plan *p, const struct step *s)
{
    plan_add_task(p, s, "Do ", "x:do");
}

static void two(struct plan *p, const struct step *s)
{
    plan_add_helper_task(p, s, "Prepare ", "x:prepare");
    plan_add_task(p, s, "Do ", "x:do");
}

static void storing(struct plan *p, const struct step *s)
{
    struct state *t = plan_add_task(p, s, "Do ", "x:do");
    plan_put_text(p, t->body, "ResultPath", "$.done");
}

/* Starts, then looks until it is ready; both ways out of the choice lie behind the step. */
static void looping(struct plan *p, const struct step *s)
{
    plan_add_task(p, s, "Do ", "x:do");
    struct state *look = plan_add_helper_task(p, s, "Look ", "x:look");
    struct state *ready = plan_add_helper(p, s, "Choice", "Ready ");
    struct state *pause = plan_add_helper(p, s, "Wait", "Pause ");
    plan_goto(p, pause, look);
    plan_add_case(p, ready, plan_map(p), "ready", NULL);
    plan_add_case(p, ready, plan_map(p), "broken",
                  plan_add_failure(p, s, "Broken ", "Broken", S("States.Format('{}', $x)")));
    plan_add_case(p, ready, NULL, NULL, pause);
    plan_catch(p, look, "Gone", plan_map(p), pause);
}

/* Two ways through, of which neither passes the other's states. */
static void branching(struct plan *p, const struct step *s)
{
    struct state *choice = plan_add_helper(p, s, "Choice", "Which ");
    struct state *left = plan_add_task(p, s, "Left ", "x:left");
    plan_goto(p, left, choice);
    plan_goto(p, left, NULL);
    struct state *right = plan_add_task(p, s, "Right ", "x:right");
    plan_add_case(p, choice, plan_map(p), "left", left);
    plan_add_case(p, choice, NULL, NULL, right);
}

static void failing(struct plan *p, const struct step *s)
{
    struct state *t = plan_add_task(p, s, "Do ", "x:do");
    plan_goto(p, t, plan_add_failure(p, s, "No ", "No", S("because")));
}

static const struct kind KINDS[] = {
    { .type = "one", .lower_step = one },         { .type = "two", .lower_step = two },
    { .type = "looping", .lower_step = looping }, { .type = "branching", .lower_step = branching },
    { .type = "failing", .lower_step = failing }, { .type = "storing", .lower_step = storing },
};

/* ---- pipelines ------------------------------------------------------------------------------ */

static struct sequence *sequence_of(struct arena *a, const char *text);

/* "a:two" is step a of that kind; "a:two!" has a catch without groups, "a:two!h" one with the step
 * h:one. */
static struct step *step_of(struct arena *a, struct str text)
{
    struct step *s = arena_make(a, struct step);
    size_t colon = str_find_char(text, ':', 0), bang = str_find_char(text, '!', 0);
    struct str kind = str_sub(text, colon + 1, bang == SIZE_MAX ? text.n : bang);
    s->item.name.s = str_sub(text, 0, colon);
    for (size_t i = 0; i < COUNT(KINDS); i++)
        if (str_eq(kind, str_from(KINDS[i].type)))
            s->item.kind = &KINDS[i];
    assert_non_null(s->item.kind);
    if (bang == SIZE_MAX)
        return s;
    struct handler *h = arena_make(a, struct handler);
    h->result_path.s = S("$.error");
    struct str handled = str_sub(text, bang + 1, text.n);
    if (handled.n)
        h->groups.seq = sequence_of(a, arena_printf(a, "%.*s:one", STR(handled)).p);
    s->common.catch.items = h;
    s->common.catch.n = 1;
    return s;
}

/* Groups separated by blanks, the steps of one by '|'. */
static struct sequence *sequence_of(struct arena *a, const char *text)
{
    struct sequence *seq = arena_make(a, struct sequence);
    struct str rest = str_from(text), group, step;
    while (str_split(&rest, ' ', &group)) {
        struct group *g = arena_make(a, struct group);
        g->name.s = arena_printf(a, "Group %zu", seq->groups.n + 1);
        while (str_split(&group, '|', &step))
            vec_push(a, &g->steps, step_of(a, step));
        vec_push(a, &seq->groups, g);
    }
    return seq;
}

static void write_target(struct buf *b, const char *label, const struct state *to)
{
    struct str name = to ? to->name : S("end");
    buf_printf(b, "%s -> %.*s", label, STR(name));
}

static void write_scope(struct buf *b, const struct scope *sc)
{
    for (size_t i = 0; i < sc->states.n; i++) {
        const struct state *s = sc->states.p[i];
        buf_printf(b, "%.*s", STR(s->name));
        if (strcmp(s->type, "Choice") != 0 && strcmp(s->type, "Fail") != 0)
            write_target(b, "", s->next);
        for (size_t j = 0; j < s->rules.n; j++)
            write_target(b, ", case", s->rules.p[j]->next);
        if (s->otherwise)
            write_target(b, ", default", s->otherwise);
        for (size_t j = 0; j < s->catchers.n; j++)
            write_target(b, s->catchers.p[j]->result_path.n ? ", catch" : ", own catch",
                         s->catchers.p[j]->next);
        for (size_t j = 0; j < s->scopes.n; j++) {
            buf_printf(b, " {");
            write_scope(b, s->scopes.p[j]);
            buf_printf(b, "}");
        }
        buf_printf(b, i + 1 < sc->states.n ? "\n" : "");
    }
}

/* ---- cases ---------------------------------------------------------------------------------- */

struct test_case {
    const char *name, *groups, *machine;
};

static const struct test_case CASES[] = {
    { "one state after the other", "a:one b:one",
      "Do a -> Do b\n"
      "Do b -> end" },
    { "a helper goes first", "a:one b:two c:one",
      "Do a -> Prepare b\n"
      "Prepare b -> Do b\n"
      "Do b -> Do c\n"
      "Do c -> end" },
    { "a handler stands at each state and joins behind the step", "a:two!h b:one",
      "Prepare a -> Do a, catch -> Do h\n"
      "Do h -> Do b\n"
      "Do a -> Do b, catch -> Do h\n"
      "Do b -> end" },
    { "a handler without groups joins behind the step", "a:two! b:one",
      "Prepare a -> Do a, catch -> Do b\n"
      "Do a -> Do b, catch -> Do b\n"
      "Do b -> end" },
    { "a handler at the end", "a:two!",
      "Prepare a -> Do a, catch -> Done: a\n"
      "Do a -> end, catch -> Done: a\n"
      "Done: a -> end" },
    { "back to an earlier state", "a:looping b:one",
      "Do a -> Look a\n"
      "Look a -> Ready a, own catch -> Pause a\n"
      "Ready a, case -> Do b, case -> Broken a, default -> Pause a\n"
      "Pause a -> Look a\n"
      "Broken a\n"
      "Do b -> end" },
    { "a failure inside can be caught, the own catch comes first", "a:looping!h b:one",
      "Do a -> Look a, catch -> Do h\n"
      "Do h -> Do b\n"
      "Look a -> Ready a, own catch -> Pause a, catch -> Do h\n"
      "Ready a, case -> Do b, case -> Broken a, default -> Pause a\n"
      "Pause a -> Look a\n"
      "Broken a -> Do b, catch -> Do h {Raise: Broken a}\n"
      "Do b -> end" },
    { "a step that ends in a choice ends the machine", "a:looping",
      "Do a -> Look a\n"
      "Look a -> Ready a, own catch -> Pause a\n"
      "Ready a, case -> Done: a, case -> Broken a, default -> Pause a\n"
      "Pause a -> Look a\n"
      "Broken a\n"
      "Done: a -> end" },
    { "two ways through", "a:one b:branching c:one",
      "Do a -> Which b\n"
      "Which b, case -> Left b, default -> Right b\n"
      "Left b -> Do c\n"
      "Right b -> Do c\n"
      "Do c -> end" },
    { "inside a branch", "a:two!h|b:one c:one",
      "Group 1 -> Do c {Prepare a -> Do a, catch -> Do h\n"
      "Do h -> end\n"
      "Do a -> end, catch -> Do h} {Do b -> end}\n"
      "Do c -> end" },
};

static struct plan *plan_of(struct arena *a, struct diags *ds, const char *groups)
{
    struct pipeline *pl = arena_make(a, struct pipeline);
    pl->stage = arena_make(a, struct stage);
    pl->full_name = S("test");
    pl->main = sequence_of(a, groups);
    return plan_make(a, ds, pl);
}

static void steps_of_several_states(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct arena a = { 0 };
        struct diags ds;
        diags_init(&ds, &a);
        struct buf b;
        buf_init(&b, 0);
        const struct plan *p = plan_of(&a, &ds, CASES[i].groups);
        write_scope(&b, p->machine);
        assert_text(CASES[i].name, buf_str(&b), CASES[i].machine);
        if (ds.errors)
            fail_msg("%s: there are errors", CASES[i].name);
        buf_done(&b);
        arena_done(&a);
    }
}

static void a_step_that_always_fails_lets_nothing_follow(void **state)
{
    (void)state;
    static const struct {
        const char *groups;
        size_t errors;
    } cases[] = { { "a:failing", 0 },
                  { "a:failing b:one", 1 },
                  { "a:failing b:one|c:one", 1 },
                  { "a:failing! b:one", 0 },
                  { "a:one!h b:failing c:one", 1 } };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena a = { 0 };
        struct diags ds;
        diags_init(&ds, &a);
        plan_of(&a, &ds, cases[i].groups);
        if (ds.errors != cases[i].errors)
            fail_msg("'%s' has %zu errors; expected %zu", cases[i].groups, ds.errors,
                     cases[i].errors);
        arena_done(&a);
    }
}

static void groups_keep_what_their_states_store(void **state)
{
    (void)state;
    static const struct {
        const char *groups;
        bool merged;
    } cases[] = { { "a:one|b:one", false }, { "a:one|b:storing", true }, { "a:two|b:one", false } };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena a = { 0 };
        struct diags ds;
        diags_init(&ds, &a);
        const struct plan *p = plan_of(&a, &ds, cases[i].groups);
        const struct state *group = p->machine->start;
        if (!node_get(group->body, S("OutputPath")) == cases[i].merged)
            fail_msg("'%s': merged %d", cases[i].groups, !cases[i].merged);
        arena_done(&a);
    }
}

static void a_cause_may_be_read_at_run_time(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    const struct plan *looping = plan_of(&a, &ds, "a:looping");
    const struct plan *failing = plan_of(&a, &ds, "a:failing");
    const struct state *broken = looping->machine->states.p[4];
    const struct state *no = failing->machine->states.p[1];
    assert_text("path", node_get(broken->body, S("CausePath"))->str, "States.Format('{}', $x)");
    assert_text("text", node_get(no->body, S("Cause"))->str, "because");
    assert_text("error", node_get(no->body, S("Error"))->str, "No");
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_of_several_states),
        cmocka_unit_test(a_step_that_always_fails_lets_nothing_follow),
        cmocka_unit_test(groups_keep_what_their_states_store),
        cmocka_unit_test(a_cause_may_be_read_at_run_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
