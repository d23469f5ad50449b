#include "runner/coverage.h"

#include "runner/machine.h"

struct setup {
    struct arena *arena;
    struct coverage *c;
};

static void add(void *data, const struct asl_state *s)
{
    struct setup *u = data;
    struct coverage_state *k = &u->c->states[s->number];
    k->state = s;
    if (s->type == ASL_CHOICE)
        k->rules = arena_make_n(u->arena, uint64_t, s->choice.rules.n + 1);
    k->retriers = arena_make_n(u->arena, uint64_t, s->retry.n);
    k->catchers = arena_make_n(u->arena, uint64_t, s->catchers.n);
}

struct coverage *coverage_new(struct arena *a, const struct asl_machine *m)
{
    struct coverage *c = arena_make(a, struct coverage);
    struct setup u = { a, c };
    c->n = m->nstates;
    c->states = arena_make_n(a, struct coverage_state, c->n);
    machine_each_state(m, add, &u);
    return c;
}

void coverage_event(struct coverage *c, const struct run_event *e)
{
    if (e->type == EVENT_STATE_ENTERED)
        c->states[e->state->number].entered++;
}

void coverage_taken(struct coverage *c, const struct asl_state *s, enum run_turn turn, size_t index)
{
    struct coverage_state *k = &c->states[s->number];
    uint64_t *counts = turn == TURN_RULE    ? k->rules
                       : turn == TURN_RETRY ? k->retriers
                                            : k->catchers;
    counts[index]++;
}

struct tally {
    struct buf *out;
    size_t reached, total;
};

static void count(struct tally *t, uint64_t times, const struct asl_state *s, const char *what,
                  size_t index)
{
    t->total++;
    if (times) {
        t->reached++;
        return;
    }
    buf_printf(t->out, "  never reached: state '%.*s'", STR(s->name));
    if (what)
        buf_printf(t->out, ", %s %zu", what, index + 1);
    buf_putc(t->out, '\n');
}

static void count_default(struct tally *t, const struct coverage_state *k)
{
    const struct asl_state *s = k->state;
    if (!ASL_SET(s->choice.otherwise))
        return;
    t->total++;
    if (k->rules[s->choice.rules.n])
        t->reached++;
    else
        buf_printf(t->out, "  never reached: state '%.*s', its Default\n", STR(s->name));
}

/* What hangs on a state is counted once the state itself is reached: one gap, one line. */
static void count_state(struct tally *t, const struct coverage_state *k)
{
    const struct asl_state *s = k->state;
    count(t, k->entered, s, NULL, 0);
    if (!k->entered)
        return;
    if (s->type == ASL_CHOICE) {
        for (size_t i = 0; i < s->choice.rules.n; i++)
            count(t, k->rules[i], s, "rule", i);
        count_default(t, k);
    }
    for (size_t i = 0; i < s->retry.n; i++)
        count(t, k->retriers[i], s, "retrier", i);
    for (size_t i = 0; i < s->catchers.n; i++)
        count(t, k->catchers[i], s, "catcher", i);
}

void coverage_report(const struct coverage *c, struct buf *out, size_t *reached, size_t *total)
{
    struct tally t = { .out = out };
    for (size_t i = 0; i < c->n; i++)
        count_state(&t, &c->states[i]);
    *reached += t.reached;
    *total += t.total;
}
