/* The state machines, state by state. Names are unique in a machine, so nesting does not matter. */
#include "deploy/diff.h"

#include "base/limits.h"
#include "base/map.h"

struct states {
    struct arena *arena;
    struct map all; /* name → const struct node * */
};

static void collect(struct states *s, const struct node *scope, int depth)
{
    const struct node *states = node_get(scope, S("States"));
    if (!states || states->kind != NODE_MAP || depth > LIMIT_DEPTH)
        return;
    for (size_t i = 0; i < states->map.n; i++) {
        const struct node *state = states->map.entries[i].value;
        const struct node *branches = node_get(state, S("Branches"));
        map_put(s->arena, &s->all, states->map.entries[i].key, (void *)state);
        for (size_t j = 0; branches && branches->kind == NODE_SEQ && j < branches->seq.n; j++)
            collect(s, branches->seq.items[j], depth + 1);
        collect(s, node_get(state, S("ItemProcessor")), depth + 1);
        collect(s, node_get(state, S("Iterator")), depth + 1);
    }
}

static bool equal(const struct node *a, const struct node *b)
{
    return a == b || (a && b && node_equal(a, b));
}

/* Of a processor or branch: its own fields, for its states are compared by themselves. */
static bool scopes_equal(const struct node *a, const struct node *b)
{
    if (!a || !b || a->kind != NODE_MAP || b->kind != NODE_MAP)
        return equal(a, b);
    for (size_t i = 0; i < a->map.n; i++)
        if (!str_eq(a->map.entries[i].key, S("States")) &&
            !equal(a->map.entries[i].value, node_get(b, a->map.entries[i].key)))
            return false;
    for (size_t i = 0; i < b->map.n; i++)
        if (!node_get(a, b->map.entries[i].key))
            return false;
    return true;
}

static bool fields_equal(struct str key, const struct node *a, const struct node *b)
{
    if (str_eq(key, S("States")))
        return true;
    if (str_eq(key, S("ItemProcessor")) || str_eq(key, S("Iterator")))
        return scopes_equal(a, b);
    if (!str_eq(key, S("Branches")) || !a || !b || a->kind != NODE_SEQ || b->kind != NODE_SEQ ||
        a->seq.n != b->seq.n)
        return equal(a, b);
    for (size_t i = 0; i < a->seq.n; i++)
        if (!scopes_equal(a->seq.items[i], b->seq.items[i]))
            return false;
    return true;
}

static void compare(struct states *s, struct diff *d, struct str name, const struct node *old,
                    const struct node *new)
{
    struct state_change c = { .kind = CHANGE_UPDATE, .name = name };
    for (size_t i = 0; old->kind == NODE_MAP && i < old->map.n; i++) {
        struct str key = old->map.entries[i].key;
        if (!fields_equal(key, old->map.entries[i].value, node_get(new, key)))
            vec_push(s->arena, &c.fields, key);
    }
    for (size_t i = 0; new->kind == NODE_MAP &&i < new->map.n; i++)
        if (!node_get(old, new->map.entries[i].key))
            vec_push(s->arena, &c.fields, new->map.entries[i].key);
    if (c.fields.n)
        vec_push(s->arena, &d->states, c);
}

void diff_states(struct arena *a, struct diff *d, const struct node *old, const struct node *new)
{
    struct states was = { .arena = a }, is = { .arena = a };
    collect(&was, old, 0);
    collect(&is, new, 0);
    if (old && new)
        compare(&was, d, (struct str){ 0 }, old, new);
    for (size_t i = 0; i < was.all.n; i++)
        if (!map_has(&is.all, was.all.entries[i].key))
            vec_push(a, &d->states,
                     ((struct state_change){ CHANGE_REMOVE, was.all.entries[i].key, { 0 } }));
    for (size_t i = 0; i < is.all.n; i++) {
        struct str name = is.all.entries[i].key;
        const struct node *before = map_get(&was.all, name);
        if (before)
            compare(&is, d, name, before, is.all.entries[i].value);
        else
            vec_push(a, &d->states, ((struct state_change){ CHANGE_ADD, name, { 0 } }));
    }
}
