/* Straight lines. Items linked by the weightiest link on both sides form a unit that stands on one
 * vertical line. Units that do not cross are ordered from left to right by who stands beside whom;
 * pushing in that order makes room. The idea of aligned units is that of Brandes and Köpf, "Fast
 * and simple horizontal coordinate assignment" (2001). */
#include "emit/layout_graph.h"

#include <stdlib.h>

enum {
    ROUNDS = 8,
    PUSHED_MAX = 64, /* units that one unit may push aside */
    PUSH_RATIO = 4,  /* how much lighter they have to be */
};

static const int64_t FAR = INT64_MAX / 4;

struct unit {
    size_t first;   /* item */
    int64_t x;      /* of the line, to begin with */
    int64_t weight; /* of the links to other units */
    size_t waits;   /* for units to the left */
};

struct aligning {
    struct graph *g;
    size_t *next;    /* of items: the link to the unit's next item, or SIZE_MAX */
    char *follows;   /* of items: is one's next */
    size_t *of;      /* of items: unit */
    int64_t *shifts; /* of items, from the unit's line: straight are links, not centres */
    struct unit *units;
    size_t *order;  /* of units, from left to right */
    int64_t *lines; /* of units: where they stand */
    size_t n;
};

/* ---- who stands above whom ------------------------------------------------------------------ */

static int claim_of(const struct link *l)
{
    return 2 * l->weight + (l->pull > 4 * l->weight);
}

static int compare_sizes(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* The link on one side of an item that deserves to be straight: the weightiest, bends first, the
 * middle one of an odd number of equals; SIZE_MAX if there is none such. */
static size_t main_link(const struct graph *g, const struct item *it, bool up, size_t *scratch)
{
    const size_t *links = up ? it->up.p : it->down.p;
    size_t n = up ? it->up.n : it->down.n, equals = 0;
    int most = 0;
    for (size_t i = 0; i < n; i++)
        most = claim_of(&g->links.p[links[i]]) > most ? claim_of(&g->links.p[links[i]]) : most;
    for (size_t i = 0; i < n; i++) {
        const struct link *l = &g->links.p[links[i]];
        if (claim_of(l) == most)
            scratch[equals++] = g->items.p[up ? l->top : l->bottom].pos;
    }
    if (equals % 2 == 0)
        return SIZE_MAX;
    qsort(scratch, equals, sizeof *scratch, compare_sizes);
    for (size_t i = 0; i < n; i++) {
        const struct link *l = &g->links.p[links[i]];
        if (claim_of(l) == most && g->items.p[up ? l->top : l->bottom].pos == scratch[equals / 2])
            return links[i];
    }
    return SIZE_MAX;
}

static void choose_links(struct aligning *a, size_t *scratch)
{
    const struct graph *g = a->g;
    for (size_t i = 0; i < g->items.n; i++) {
        a->next[i] = main_link(g, &g->items.p[i], false, scratch);
        if (a->next[i] == SIZE_MAX)
            continue;
        const struct item *below = &g->items.p[g->links.p[a->next[i]].bottom];
        if (main_link(g, below, true, scratch) != a->next[i])
            a->next[i] = SIZE_MAX;
    }
}

/* Of two chosen links that cross, the weightier one stays chosen. */
static void drop_crossing(struct aligning *a, size_t rank, size_t *kept)
{
    const struct graph *g = a->g;
    size_t n = 0;
    for (size_t i = 0; i < g->ranks[rank].items.n; i++) {
        size_t at = g->ranks[rank].items.p[i];
        if (a->next[at] == SIZE_MAX)
            continue;
        const struct link *l = &g->links.p[a->next[at]];
        size_t pos = g->items.p[l->bottom].pos;
        while (n) {
            const struct link *last = &g->links.p[a->next[kept[n - 1]]];
            if (g->items.p[last->bottom].pos < pos || claim_of(last) >= claim_of(l))
                break;
            a->next[kept[--n]] = SIZE_MAX;
        }
        if (n && g->items.p[g->links.p[a->next[kept[n - 1]]].bottom].pos > pos)
            a->next[at] = SIZE_MAX;
        else
            kept[n++] = at;
    }
}

/* ---- units ---------------------------------------------------------------------------------- */

/* Goes along a unit: the item after `at`, or SIZE_MAX. */
static size_t item_after(const struct aligning *a, size_t at)
{
    return a->next[at] == SIZE_MAX ? SIZE_MAX : a->g->links.p[a->next[at]].bottom;
}

static const struct item *beside(const struct graph *g, const struct item *it, bool left)
{
    const struct rank *r = &g->ranks[it->rank];
    if (left ? !it->pos : it->pos + 1 == r->items.n)
        return NULL;
    return &g->items.p[r->items.p[left ? it->pos - 1 : it->pos + 1]];
}

static void add_unit(struct aligning *a, size_t first)
{
    struct unit *u = &a->units[a->n];
    int64_t shift = 0, sum = 0, n = 0;
    u->first = first;
    for (size_t at = first; at != SIZE_MAX; at = item_after(a, at)) {
        const struct item *it = &a->g->items.p[at];
        a->of[at] = a->n;
        a->shifts[at] = shift;
        sum += it->x - shift;
        n++;
        u->waits += beside(a->g, it, true) != NULL;
        if (a->next[at] != SIZE_MAX)
            shift += a->g->links.p[a->next[at]].dtop - a->g->links.p[a->next[at]].dbottom;
    }
    u->x = sum / n;
    a->n++;
}

/* False if units stand to the left of each other, which only links that cross could make. */
static bool order_units(struct aligning *a)
{
    size_t done = 0, n = 0;
    const struct graph *g = a->g;
    for (size_t u = 0; u < a->n; u++)
        if (!a->units[u].waits)
            a->order[n++] = u;
    for (; done < n; done++) {
        size_t at = a->units[a->order[done]].first;
        for (; at != SIZE_MAX; at = item_after(a, at)) {
            const struct item *right = beside(g, &g->items.p[at], false);
            if (right && !--a->units[a->of[right - g->items.p]].waits)
                a->order[n++] = a->of[right - g->items.p];
        }
    }
    return n == a->n;
}

/* How close unit u's line may come to those on one side, as they stand. */
static int64_t bound_of(const struct aligning *a, const struct unit *u, bool left,
                        const int64_t *lines)
{
    const struct graph *g = a->g;
    int64_t bound = left ? -FAR : FAR;
    for (size_t at = u->first; at != SIZE_MAX; at = item_after(a, at)) {
        const struct item *it = &g->items.p[at], *other = beside(g, it, left);
        if (!other)
            continue;
        size_t o = (size_t)(other - g->items.p);
        int64_t gap = left ? graph_distance(other, it) : -graph_distance(it, other);
        int64_t x = lines[a->of[o]] + a->shifts[o] + gap - a->shifts[at];
        bound = (left ? x > bound : x < bound) ? x : bound;
    }
    return bound;
}

/* Room for everybody: halfway between what pushing to the right and pushing to the left give. */
static void make_room(struct aligning *a)
{
    int64_t *right = arena_make_n(a->g->arena, int64_t, a->n);
    int64_t *left = arena_make_n(a->g->arena, int64_t, a->n);
    for (size_t i = 0; i < a->n; i++) {
        const struct unit *u = &a->units[a->order[i]];
        int64_t bound = bound_of(a, u, true, right);
        right[a->order[i]] = u->x < bound ? bound : u->x;
    }
    for (size_t i = a->n; i-- > 0;) {
        const struct unit *u = &a->units[a->order[i]];
        int64_t bound = bound_of(a, u, false, left);
        left[a->order[i]] = u->x > bound ? bound : u->x;
    }
    for (size_t i = 0; i < a->n; i++)
        a->units[i].x = (left[i] + right[i]) / 2;
}

/* ---- going where the neighbours are --------------------------------------------------------- */

static int64_t line_of(const struct aligning *a, size_t item)
{
    return a->lines[a->of[item]] + a->shifts[item];
}

/* Mean of where the links to other units lead; sets the unit's weight. */
static int64_t wish_of(const struct aligning *a, struct unit *u)
{
    int64_t sum = 0;
    const struct graph *g = a->g;
    u->weight = 0;
    for (size_t at = u->first; at != SIZE_MAX; at = item_after(a, at)) {
        const struct item *it = &g->items.p[at];
        for (size_t i = 0; i < it->up.n + it->down.n; i++) {
            bool up = i < it->up.n;
            const struct link *l = &g->links.p[up ? it->up.p[i] : it->down.p[i - it->up.n]];
            size_t other = up ? l->top : l->bottom;
            int64_t d = up ? l->dtop - l->dbottom : l->dbottom - l->dtop;
            if (a->of[other] == a->of[at])
                continue;
            sum += l->pull * (line_of(a, other) + d - a->shifts[at]);
            u->weight += l->pull;
        }
        if (it->near != NO_ITEM && a->of[it->near] != a->of[at]) {
            sum += line_of(a, (size_t)it->near) - a->shifts[at];
            u->weight++;
        }
    }
    return u->weight ? sum / u->weight : u->x;
}

struct move {
    size_t unit;
    int64_t from;
};

/* Moves a unit and whatever lighter ones stand in the way; false, and nothing moved, if there are
 * heavier ones. */
static bool push_unit(struct aligning *a, size_t unit, int64_t x)
{
    struct move moves[PUSHED_MAX];
    const struct graph *g = a->g;
    bool right = x > a->lines[unit];
    size_t n = 0;
    moves[n++] = (struct move){ unit, a->lines[unit] };
    a->lines[unit] = x;
    for (size_t k = 0; k < n; k++) {
        size_t at = a->units[moves[k].unit].first;
        for (; at != SIZE_MAX; at = item_after(a, at)) {
            const struct item *it = &g->items.p[at], *other = beside(g, it, !right);
            if (!other)
                continue;
            size_t o = (size_t)(other - g->items.p), v = a->of[o];
            int64_t gap = right ? graph_distance(it, other) : -graph_distance(other, it);
            int64_t least = line_of(a, at) + gap - a->shifts[o];
            if (right ? a->lines[v] >= least : a->lines[v] <= least)
                continue;
            if (n == PUSHED_MAX || a->units[v].weight * PUSH_RATIO > a->units[unit].weight)
                goto undo;
            moves[n++] = (struct move){ v, a->lines[v] };
            a->lines[v] = least;
        }
    }
    return true;
undo:
    while (n-- > 0)
        a->lines[moves[n].unit] = moves[n].from;
    return false;
}

static void settle_units(struct aligning *a)
{
    for (size_t i = 0; i < a->n; i++)
        a->lines[i] = a->units[i].x;
    for (size_t round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < a->n; i++) {
            size_t at = a->order[round % 2 ? i : a->n - 1 - i];
            struct unit *u = &a->units[at];
            int64_t low = bound_of(a, u, true, a->lines), high = bound_of(a, u, false, a->lines);
            int64_t x = wish_of(a, u);
            if ((x < low || x > high) && push_unit(a, at, x))
                continue;
            x = x > high ? high : x;
            a->lines[at] = x < low ? low : x;
        }
    for (size_t i = 0; i < a->g->items.n; i++)
        a->g->items.p[i].x = line_of(a, i);
}

void graph_align(struct graph *g)
{
    struct arena_mark mark = arena_mark(g->arena);
    struct aligning a = { .g = g };
    size_t *scratch = arena_make_n(g->arena, size_t, g->links.n + g->items.n);
    a.next = arena_make_n(g->arena, size_t, g->items.n);
    a.follows = arena_make_n(g->arena, char, g->items.n);
    a.of = arena_make_n(g->arena, size_t, g->items.n);
    a.shifts = arena_make_n(g->arena, int64_t, g->items.n);
    a.units = arena_make_n(g->arena, struct unit, g->items.n);
    a.order = arena_make_n(g->arena, size_t, g->items.n);
    a.lines = arena_make_n(g->arena, int64_t, g->items.n);
    choose_links(&a, scratch);
    for (size_t r = 0; r < g->nranks; r++)
        drop_crossing(&a, r, scratch);
    for (size_t i = 0; i < g->items.n; i++)
        if (a.next[i] != SIZE_MAX)
            a.follows[g->links.p[a.next[i]].bottom] = 1;
    for (size_t i = 0; i < g->items.n; i++)
        if (!a.follows[i])
            add_unit(&a, i);
    if (order_units(&a)) {
        make_room(&a);
        settle_units(&a);
    }
    arena_reset(g->arena, mark);
}
