#include "emit/svg_group.h"

#include <stdlib.h>

struct visit {
    size_t state, next;
};

/* States in topological order, links that close loops left out of account. */
struct flow {
    size_t *order; /* states */
    size_t *place; /* of states in it */
};

enum { UNSEEN, OPEN, DONE };

static size_t visit_from(const struct grouping *g, size_t root, char *seen, struct visit *stack,
                         size_t *order, size_t left)
{
    size_t depth = 1;
    stack[0] = (struct visit){ root, 0 };
    seen[root] = OPEN;
    while (depth) {
        struct visit *v = &stack[depth - 1];
        const struct grouping_state *s = &g->states.p[v->state];
        if (v->next == s->next.n) {
            order[--left] = v->state;
            seen[v->state] = DONE;
            depth--;
            continue;
        }
        size_t to = s->next.p[v->next++];
        if (seen[to] == UNSEEN) {
            seen[to] = OPEN;
            stack[depth++] = (struct visit){ to, 0 };
        }
    }
    return left;
}

static struct flow find_flow(struct grouping *g)
{
    size_t n = g->states.n, left = n;
    struct flow f = { arena_make_n(g->arena, size_t, n), arena_make_n(g->arena, size_t, n) };
    char *seen = arena_make_n(g->arena, char, n);
    struct visit *stack = arena_make_n(g->arena, struct visit, n);
    for (size_t i = 0; i < n; i++)
        if (seen[i] == UNSEEN)
            left = visit_from(g, i, seen, stack, f.order, left);
    for (size_t i = 0; i < n; i++)
        f.place[f.order[i]] = i;
    return f;
}

struct closure {
    size_t group, first, last; /* places in the flow */
    size_t n;                  /* members */
    char *inside;              /* of places first … last */
};

enum { FROM = 1, TO = 2 };

/* All states on a way from a member to a member. */
static void close_group(const struct grouping *g, const struct flow *f, struct closure *c)
{
    c->inside = arena_make_n(g->arena, char, c->last - c->first + 1);
    c->n = 0;
    for (size_t i = c->first; i <= c->last; i++) {
        const struct grouping_state *s = &g->states.p[f->order[i]];
        if (s->group == c->group)
            c->inside[i - c->first] |= FROM;
        for (size_t k = 0; c->inside[i - c->first] & FROM && k < s->next.n; k++) {
            size_t to = f->place[s->next.p[k]];
            if (to > i && to <= c->last)
                c->inside[to - c->first] |= FROM;
        }
    }
    for (size_t i = c->last + 1; i-- > c->first;) {
        const struct grouping_state *s = &g->states.p[f->order[i]];
        bool to_member = s->group == c->group;
        for (size_t k = 0; k < s->next.n; k++) {
            size_t to = f->place[s->next.p[k]];
            to_member |= to > i && to <= c->last && c->inside[to - c->first] & TO;
        }
        if (to_member)
            c->inside[i - c->first] |= TO;
        c->n += c->inside[i - c->first] == (FROM | TO);
    }
}

static int compare_closures(const void *a, const void *b)
{
    const struct closure *x = a, *y = b;
    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

/* Puts a box around c's members if they all stand in the same one so far and do not fill it. */
static void add_box(struct grouping *g, const struct flow *f, const struct closure *c, size_t *room)
{
    size_t outer = SIZE_MAX;
    for (size_t i = c->first, seen = 0; i <= c->last; i++) {
        size_t box = g->states.p[f->order[i]].box;
        if (c->inside[i - c->first] != (FROM | TO))
            continue;
        if (seen++ && box != outer)
            return;
        outer = box;
    }
    if (outer != SIZE_MAX && room[outer] == c->n)
        return;
    struct grouping_box box = { c->group, outer };
    room[g->boxes.n] = c->n;
    vec_push(g->arena, &g->boxes, box);
    for (size_t i = c->first; i <= c->last; i++)
        if (c->inside[i - c->first] == (FROM | TO))
            g->states.p[f->order[i]].box = g->boxes.n - 1;
}

void grouping_run(struct grouping *g)
{
    struct flow f = find_flow(g);
    struct closure *all = arena_make_n(g->arena, struct closure, g->ngroups);
    size_t *room = arena_make_n(g->arena, size_t, g->ngroups);
    size_t n = 0;
    for (size_t i = 0; i < g->ngroups; i++)
        all[i] = (struct closure){ .group = i, .first = SIZE_MAX };
    for (size_t i = 0; i < g->states.n; i++) {
        struct grouping_state *s = &g->states.p[f.order[i]];
        s->box = SIZE_MAX;
        if (s->group == SIZE_MAX)
            continue;
        struct closure *c = &all[s->group];
        c->first = c->first == SIZE_MAX ? i : c->first;
        c->last = i;
    }
    for (size_t i = 0; i < g->ngroups; i++)
        if (all[i].first != SIZE_MAX && all[i].last > all[i].first)
            all[n++] = all[i];
    for (size_t i = 0; i < n; i++)
        close_group(g, &f, &all[i]);
    qsort(all, n, sizeof *all, compare_closures);
    for (size_t i = 0; i < n; i++)
        add_box(g, &f, &all[i], room);
}
