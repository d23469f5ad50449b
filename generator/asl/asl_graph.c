/* How states hang together: names, transitions, ends, and whether each can be reached. AWS says
 * MISSING_TRANSITION_TARGET, MISSING_END_STATE and DUPLICATE_STATE_NAME for these. */
#include "asl/asl_check.h"

#include "asl/asl_text.h"

#include "base/utf8.h"

enum {
    NAME_MAX_CHARS = 80,  /* quota of state names */
    SUGGEST_MAX = 200000, /* names compared per machine in search of a suggestion */
};

static void check_name(struct check *c, const struct asl_state *s)
{
    size_t n = utf8_length(s->name);
    if (n == 0)
        diag_error(c->ds, "bad-name", s->name_span, "a state has an empty name");
    if (n > NAME_MAX_CHARS)
        diag_error(c->ds, "bad-name", s->name_span,
                   "the state's name has %zu characters; at most %d are allowed", n,
                   NAME_MAX_CHARS);
    const struct asl_state *first = map_get(&c->names, s->name);
    if (!first) {
        map_put(c->a, &c->names, s->name, (void *)s);
        return;
    }
    struct diag *d =
        diag_error(c->ds, "duplicate-state", s->name_span,
                   "there are two states %.*s; names are unique in the whole state machine",
                   STR(asl_shown(c->a, s->name)));
    diag_note(d, first->name_span, "the first one is here");
}

static void name_block(struct check *c, const struct asl_block *block)
{
    for (size_t i = 0; i < block->states.n; i++) {
        const struct asl_state *s = block->states.p[i];
        check_name(c, s);
        for (size_t k = 0; s->type == ASL_PARALLEL && k < s->parallel.branches.n; k++)
            name_block(c, &s->parallel.branches.p[k]); /* as deep as the parser went */
        if (s->type == ASL_MAP && s->map.processor)
            name_block(c, s->map.processor);
    }
}

void check_names(struct check *c)
{
    name_block(c, &c->m->top);
}

void check_target(struct check *c, const struct asl_value *v)
{
    const struct asl_block *block = c->block;
    if (map_has(&block->by_name, v->text) || block->states.n == 0)
        return; /* what is wrong with States has been said */
    c->block_broken = true;
    struct diag *d = diag_error(c->ds, "no-such-state", v->node->span,
                                "'%.*s' is %.*s, but there is no such state", STR(v->field->key),
                                STR(asl_shown(c->a, v->text)));
    const struct asl_state *elsewhere = map_get(&c->names, v->text);
    if (elsewhere) {
        diag_note(d, elsewhere->name_span,
                  "this one is in another 'States'; a transition cannot lead there");
        return;
    }
    size_t n = block->states.n;
    if (c->suggested + n > SUGGEST_MAX)
        return;
    c->suggested += n;
    struct str *names = arena_make_n(c->a, struct str, n);
    for (size_t i = 0; i < n; i++)
        names[i] = block->states.p[i]->name;
    diag_suggest(d, v->text, names, n);
}

/* States that wait to be looked at; `seen` is by position in the block. */
struct reach {
    bool *seen;
    size_t *todo;
    size_t n, base;
    const struct map *by_name;
};

static void visit(struct reach *r, const struct asl_state *s)
{
    if (!s)
        return;
    size_t i = map_find(r->by_name, s->name);
    if (i == SIZE_MAX || r->seen[i])
        return;
    r->seen[i] = true;
    r->todo[r->n++] = i;
}

static void visit_next(struct reach *r, const struct asl_state *s)
{
    visit(r, s->target);
    for (size_t i = 0; i < s->catchers.n; i++)
        visit(r, s->catchers.p[i].target);
    if (s->type != ASL_CHOICE)
        return;
    visit(r, s->choice.otherwise_target);
    for (size_t i = 0; i < s->choice.rules.n; i++)
        visit(r, s->choice.rules.p[i].target);
}

static void check_reach(struct check *c, const struct asl_block *block)
{
    size_t n = block->states.n;
    struct reach r = { .seen = arena_make_n(c->a, bool, n),
                       .todo = arena_make_n(c->a, size_t, n),
                       .by_name = &block->by_name };
    visit(&r, block->start);
    while (r.n > 0)
        visit_next(&r, block->states.p[r.todo[--r.n]]);
    for (size_t i = 0; i < n; i++)
        if (!r.seen[i])
            diag_error(c->ds, "unreachable-state", block->states.p[i]->name_span,
                       "no transition leads to state %.*s",
                       STR(asl_shown(c->a, block->states.p[i]->name)));
}

/* Whether a transition of the state was refused, so that nobody knows where it leads. */
static bool is_open(const struct asl_state *s)
{
    if (ASL_SET(s->next) || s->terminal)
        return !ASL_SET(s->next) && node_get(s->node, S("Next"));
    return s->type != ASL_CHOICE || node_get(s->node, S("Next"));
}

void check_graph(struct check *c, const struct asl_block *block)
{
    bool terminal = false;
    const struct asl_value *v = &block->states_value;
    if (v->form == ASL_JSON && block->states.n == 0)
        diag_error(c->ds, "no-states", v->node->span, "'States' is empty; expected at least one");
    if (v->form != ASL_JSON || block->states.n == 0)
        return;
    for (size_t i = 0; i < block->states.n; i++) {
        const struct asl_state *s = block->states.p[i];
        terminal |= s->terminal;
        c->block_broken |= s->type == ASL_TYPES || s->next.form == ASL_HOLE || is_open(s);
    }
    if (!terminal && !c->block_broken) {
        struct diag *d =
            diag_error(c->ds, "no-end", v->key, "no state ends %s: every one leads to another",
                       block->owner ? "this block" : "the state machine");
        diag_help(d, "give one of them \"End\": true, or add a Succeed or Fail state");
    }
    /* Where a transition leads nowhere, states behind it would be reported for no fault. */
    if (terminal && !c->block_broken && block->start)
        check_reach(c, block);
}
