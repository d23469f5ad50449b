/* Crossings: the order of items within each rank, by barycentres and exchanges of neighbours. */
#include "emit/layout_graph.h"

#include <stdlib.h>

enum {
    SWEEPS_MAX = 16,
    SWEEPS_IDLE = 4,  /* without a better order */
    SWEEPS_LARGE = 4, /* for graphs with more links than … */
    LARGE = 20000,
    EXCHANGE_PAIRS = 1024, /* of links, beyond which two neighbours are not compared */
    POS = 1024,            /* one place in a rank, in keys */
};

/* ---- to begin with -------------------------------------------------------------------------- */

struct neighbours {
    VEC(size_t) items; /* that are near an item */
};

struct walk {
    struct graph *g;
    const struct neighbours *near;
    char *placed;
    VEC(size_t) todo;
};

static void place_item(struct walk *w, size_t at)
{
    struct item *it = &w->g->items.p[at];
    struct rank *r = &w->g->ranks[it->rank];
    w->placed[at] = 1;
    it->pos = r->items.n;
    vec_push(w->g->arena, &r->items, at);
}

static void plan_below(struct walk *w, size_t at)
{
    const struct item *it = &w->g->items.p[at];
    for (size_t i = it->down.n; i-- > 0;)
        vec_push(w->g->arena, &w->todo, w->g->links.p[it->down.p[i]].bottom);
}

/* Depth-first downwards: trees come out without a crossing. What an item is joined to by a half
 * turn gets the place to its right. */
static void walk_from(struct walk *w, size_t root)
{
    vec_push(w->g->arena, &w->todo, root);
    while (w->todo.n) {
        size_t at = w->todo.p[--w->todo.n];
        if (w->placed[at])
            continue;
        place_item(w, at);
        const struct neighbours *near = &w->near[at];
        for (size_t i = 0; i < near->items.n; i++) {
            if (w->placed[near->items.p[i]])
                continue;
            place_item(w, near->items.p[i]);
            plan_below(w, near->items.p[i]);
        }
        plan_below(w, at);
    }
}

static void order_first(struct graph *g)
{
    struct neighbours *near = arena_make_n(g->arena, struct neighbours, g->items.n);
    struct walk w = { .g = g, .near = near };
    w.placed = arena_make_n(g->arena, char, g->items.n);
    for (size_t i = 0; i < g->items.n; i++)
        if (g->items.p[i].near != NO_ITEM)
            vec_push(g->arena, &near[g->items.p[i].near].items, i);
    for (size_t i = 0; i < g->items.n; i++)
        if (!g->items.p[i].up.n && g->items.p[i].near == NO_ITEM)
            walk_from(&w, i);
    for (size_t i = 0; i < g->items.n; i++)
        if (!w.placed[i])
            walk_from(&w, i);
}

/* ---- counting ------------------------------------------------------------------------------- */

struct ends {
    size_t top, bottom;
};

static int compare_ends(const void *a, const void *b)
{
    const struct ends *x = a, *y = b;
    if (x->top != y->top)
        return x->top < y->top ? -1 : 1;
    return (x->bottom > y->bottom) - (x->bottom < y->bottom);
}

/* Inversions among the lower ends of links sorted by their upper ones, by a binary indexed tree.
 * Source: Barth, Jünger, Mutzel, "Simple and efficient bilayer cross counting" (2002). */
static uint64_t count_inversions(const struct ends *ends, size_t n, uint32_t *tree, size_t width)
{
    uint64_t crossings = 0;
    memset(tree, 0, (width + 1) * sizeof *tree);
    for (size_t i = 0; i < n; i++) {
        size_t smaller = 0;
        for (size_t k = ends[i].bottom + 1; k; k &= k - 1)
            smaller += tree[k];
        crossings += i - smaller;
        for (size_t k = ends[i].bottom + 1; k <= width; k += k & (~k + 1))
            tree[k]++;
    }
    return crossings;
}

static uint64_t count_crossings(struct graph *g)
{
    uint64_t crossings = 0;
    struct arena_mark mark = arena_mark(g->arena);
    struct ends *ends = arena_make_n(g->arena, struct ends, g->links.n);
    uint32_t *tree = arena_make_n(g->arena, uint32_t, g->items.n + 1);
    for (size_t r = 0; r + 1 < g->nranks; r++) {
        size_t n = 0;
        for (size_t i = 0; i < g->ranks[r].items.n; i++) {
            const struct item *it = &g->items.p[g->ranks[r].items.p[i]];
            for (size_t j = 0; j < it->down.n; j++) {
                size_t bottom = g->links.p[it->down.p[j]].bottom;
                ends[n++] = (struct ends){ i, g->items.p[bottom].pos };
            }
        }
        qsort(ends, n, sizeof *ends, compare_ends);
        crossings += count_inversions(ends, n, tree, g->ranks[r + 1].items.n);
    }
    arena_reset(g->arena, mark);
    return crossings;
}

/* ---- barycentres ---------------------------------------------------------------------------- */

struct place {
    int64_t key;
    int64_t tie; /* decides between equal keys */
    size_t item;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->tie > y->tie) - (x->tie < y->tie);
}

/* Mean place of an item's neighbours in the rank above or below, ends of links on wide items told
 * apart; its own place without neighbours. */
static int64_t barycentre(const struct graph *g, const struct item *it, bool above)
{
    int64_t sum = 0;
    size_t n = above ? it->up.n : it->down.n;
    for (size_t i = 0; i < n; i++) {
        const struct link *l = &g->links.p[above ? it->up.p[i] : it->down.p[i]];
        const struct item *other = &g->items.p[above ? l->top : l->bottom];
        int64_t d = above ? l->dtop : l->dbottom;
        sum += (int64_t)other->pos * POS + (other->w ? d * (POS * 3 / 4) / other->w : 0);
    }
    return n ? sum / (int64_t)n : (int64_t)it->pos * POS;
}

/* Equals keep their order, or change it where `turn` says so: that gets out of dead ends. */
static void sort_rank(struct graph *g, size_t r, bool above, bool turn, struct place *places)
{
    struct rank *rank = &g->ranks[r];
    for (size_t i = 0; i < rank->items.n; i++) {
        struct item *it = &g->items.p[rank->items.p[i]];
        it->key = barycentre(g, it, above);
    }
    for (size_t i = 0; i < rank->items.n; i++) {
        struct item *it = &g->items.p[rank->items.p[i]];
        bool alone = above ? !it->up.n : !it->down.n;
        if (alone && it->near != NO_ITEM) /* right beside it */
            it->key = g->items.p[it->near].key + 1;
        int64_t tie = turn ? -(int64_t)i : (int64_t)i;
        places[i] = (struct place){ it->key, tie, rank->items.p[i] };
    }
    qsort(places, rank->items.n, sizeof *places, compare_places);
    for (size_t i = 0; i < rank->items.n; i++) {
        rank->items.p[i] = places[i].item;
        g->items.p[places[i].item].pos = i;
    }
}

/* ---- exchanges ------------------------------------------------------------------------------ */

/* Crossings between the links of two items with `a` on the left, minus those with `b` there. */
static int64_t gain_of(const struct graph *g, const struct item *a, const struct item *b,
                       bool above)
{
    int64_t gain = 0;
    size_t na = above ? a->up.n : a->down.n, nb = above ? b->up.n : b->down.n;
    if (na * nb > EXCHANGE_PAIRS)
        return 0;
    for (size_t i = 0; i < na; i++) {
        const struct link *la = &g->links.p[above ? a->up.p[i] : a->down.p[i]];
        size_t pa = g->items.p[above ? la->top : la->bottom].pos;
        for (size_t j = 0; j < nb; j++) {
            const struct link *lb = &g->links.p[above ? b->up.p[j] : b->down.p[j]];
            size_t pb = g->items.p[above ? lb->top : lb->bottom].pos;
            gain += (pa > pb) - (pa < pb);
        }
    }
    return gain;
}

static void exchange_neighbours(struct graph *g)
{
    for (size_t r = 0; r < g->nranks; r++) {
        struct rank *rank = &g->ranks[r];
        for (size_t i = 0; i + 1 < rank->items.n; i++) {
            struct item *a = &g->items.p[rank->items.p[i]];
            struct item *b = &g->items.p[rank->items.p[i + 1]];
            if (gain_of(g, a, b, true) + gain_of(g, a, b, false) <= 0)
                continue;
            size_t item = rank->items.p[i];
            rank->items.p[i] = rank->items.p[i + 1];
            rank->items.p[i + 1] = item;
            a->pos = i + 1;
            b->pos = i;
        }
    }
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void save_order(const struct graph *g, size_t *best)
{
    for (size_t i = 0; i < g->items.n; i++)
        best[i] = g->items.p[i].pos;
}

static void restore_order(struct graph *g, const size_t *best)
{
    for (size_t i = 0; i < g->items.n; i++) {
        g->items.p[i].pos = best[i];
        g->ranks[g->items.p[i].rank].items.p[best[i]] = i;
    }
}

void graph_order(struct graph *g)
{
    order_first(g);
    uint64_t least = count_crossings(g);
    if (!least)
        return;
    size_t *best = arena_make_n(g->arena, size_t, g->items.n);
    struct place *places = arena_make_n(g->arena, struct place, g->items.n);
    int sweeps = g->links.n > LARGE ? SWEEPS_LARGE : SWEEPS_MAX, idle = 0;
    save_order(g, best);
    for (int s = 0; s < sweeps && least && idle < SWEEPS_IDLE; s++) {
        bool down = s % 2 == 0;
        for (size_t i = 1; i < g->nranks; i++)
            sort_rank(g, down ? i : g->nranks - 1 - i, down, s % 4 >= 2, places);
        exchange_neighbours(g);
        uint64_t now = count_crossings(g);
        idle++;
        if (now < least) {
            least = now;
            idle = 0;
            save_order(g, best);
        }
    }
    restore_order(g, best);
}
