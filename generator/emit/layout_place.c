/* Coordinates. Across: each rank in turn moves to where its neighbours want it, exactly solved for
 * the given order and distances; then chains of items are made straight. Down: ranks below each
 * other. */
#include "emit/layout_graph.h"

#define PX(n) ((int64_t)(n)*LAYOUT_PX)

enum {
    SWEEPS_APART = 3,     /* down by the neighbours above, up by those below */
    SWEEPS_TOGETHER = 40, /* by both, in graphs of up to … */
    SMALL = 2000,         /* items; fewer in larger ones, but at least … */
    SWEEPS_LARGE = 6,
};

/* ---- distances ------------------------------------------------------------------------------ */

int64_t graph_distance(const struct item *left, const struct item *right)
{
    bool label = left->kind == ITEM_LABEL || right->kind == ITEM_LABEL;
    bool nodes = left->kind == ITEM_NODE && right->kind == ITEM_NODE;
    bool bends = left->kind != ITEM_NODE && right->kind != ITEM_NODE;
    int64_t gap = label ? PX(12) : nodes ? PX(28) : bends ? PX(18) : PX(20);
    return left->w / 2 + right->w / 2 + gap;
}

/* Ports alone need no room at all, bends, labels and marks less than boxes do. */
static int64_t room_of(const struct graph *g, const struct rank *r)
{
    int64_t room = PX(8);
    for (size_t i = 0; i < r->items.n; i++) {
        const struct item *it = &g->items.p[r->items.p[i]];
        int64_t own = it->kind == ITEM_NODE && it->h > PX(20)           ? PX(40)
                      : it->kind == ITEM_ENTRY || it->kind == ITEM_EXIT ? PX(8)
                                                                        : PX(22);
        room = own > room ? own : room;
    }
    return room;
}

static int64_t clamp(int64_t v, int64_t low, int64_t high)
{
    return v < low ? low : v > high ? high : v;
}

/* ---- where edges end at nodes --------------------------------------------------------------- */

struct exits { /* of a node, by kind of edge: main or beside */
    int64_t sum[2], n[2];
};

static const struct item *first_stop(const struct graph *g, const struct graph_edge *e)
{
    return &g->items.p[e->via.n ? e->via.p[0] : e->to];
}

static void set_end(struct graph *g, size_t link, bool top, int64_t d)
{
    if (link == SIZE_MAX)
        return;
    if (top)
        g->links.p[link].dtop = d;
    else
        g->links.p[link].dbottom = d;
}

/* The main edges use the middle of a node, the other kinds leave beside them, on the side where
 * they are going; loops leave and arrive near the corner. */
static void choose_ends(struct graph *g)
{
    struct exits *exits = arena_make_n(g->arena, struct exits, g->items.n);
    for (size_t i = 0; i < g->edges.n; i++) {
        const struct graph_edge *e = &g->edges.p[i];
        if (e->back)
            continue;
        exits[e->from].sum[e->kind != 0] += (int64_t)first_stop(g, e)->pos;
        exits[e->from].n[e->kind != 0]++;
    }
    for (size_t i = 0; i < g->edges.n; i++) {
        struct graph_edge *e = &g->edges.p[i];
        const struct item *from = &g->items.p[e->from], *to = &g->items.p[e->to];
        const struct exits *x = &exits[e->from];
        e->dfrom = e->fixed_from ? e->dfrom : from->axis;
        e->dto = e->fixed_to ? e->dto : to->axis;
        if (e->back) {
            bool right = !e->via.n || g->items.p[e->via.p[0]].pos > from->pos;
            bool onto = !e->via.n || g->items.p[e->via.p[e->via.n - 1]].pos > to->pos;
            int64_t dfrom = clamp(from->w * 3 / 8, 0, PX(64));
            int64_t dto = clamp(to->w * 3 / 8, 0, PX(64));
            e->dfrom = e->fixed_from ? e->dfrom : right ? dfrom : -dfrom;
            e->dto = e->fixed_to ? e->dto : onto ? dto : -dto;
        } else if (e->kind && x->n[0] && !e->fixed_from) {
            int64_t d = clamp(from->w / 4, 0, PX(40));
            d = x->sum[1] * x->n[0] >= x->sum[0] * x->n[1] ? d : -d;
            int64_t most = from->w * 3 / 8;
            e->dfrom = clamp(from->axis + d, -most, most);
        }
        if (!e->back) {
            set_end(g, e->first_link, true, e->dfrom);
            set_end(g, e->last_link, false, e->dto);
        }
    }
}

/* ---- across --------------------------------------------------------------------------------- */

struct wish {
    int64_t x, weight;
};

/* Neighbouring items that touch and move as one. */
struct block {
    int64_t sum, weight; /* of wishes, made relative to the block's first item */
    size_t n;
};

struct placing {
    struct graph *g;
    struct wish *wishes;
    struct block *blocks;
    int64_t *offsets; /* of items from the left end of their rank, packed */
};

static struct wish wish_of(const struct graph *g, const struct item *it, bool up, bool down)
{
    int64_t sum = 0, weight = 0;
    for (size_t i = 0; up && i < it->up.n; i++) {
        const struct link *l = &g->links.p[it->up.p[i]];
        sum += l->pull * (g->items.p[l->top].x + l->dtop - l->dbottom);
        weight += l->pull;
    }
    for (size_t i = 0; down && i < it->down.n; i++) {
        const struct link *l = &g->links.p[it->down.p[i]];
        sum += l->pull * (g->items.p[l->bottom].x + l->dbottom - l->dtop);
        weight += l->pull;
    }
    if (it->near != NO_ITEM) {
        sum += g->items.p[it->near].x;
        weight++;
    }
    if (!weight)
        return (struct wish){ it->x, 1 };
    return (struct wish){ sum / weight, weight };
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Least squares under "keep your distance to the left": pool adjacent violators.
 * Source: Barlow et al., "Statistical inference under order restrictions" (1972). */
static void settle_rank(struct placing *p, struct rank *r)
{
    size_t blocks = 0;
    for (size_t i = 0; i < r->items.n; i++) {
        struct item *it = &p->g->items.p[r->items.p[i]];
        p->offsets[i] = 0;
        if (i)
            p->offsets[i] =
                p->offsets[i - 1] + graph_distance(&p->g->items.p[r->items.p[i - 1]], it);
        const struct wish *w = &p->wishes[i];
        struct block b = { w->weight * (w->x - p->offsets[i]), w->weight, 1 };
        while (blocks) {
            const struct block *last = &p->blocks[blocks - 1];
            if (floor_div(last->sum, last->weight) < floor_div(b.sum, b.weight))
                break;
            b.sum += last->sum;
            b.weight += last->weight;
            b.n += last->n;
            blocks--;
        }
        p->blocks[blocks++] = b;
    }
    for (size_t b = 0, i = 0; b < blocks; b++)
        for (size_t k = 0; k < p->blocks[b].n; k++, i++)
            p->g->items.p[r->items.p[i]].x =
                floor_div(p->blocks[b].sum, p->blocks[b].weight) + p->offsets[i];
}

static void sweep(struct placing *p, bool downward, bool up, bool down)
{
    struct graph *g = p->g;
    for (size_t i = 0; i < g->nranks; i++) {
        struct rank *r = &g->ranks[downward ? i : g->nranks - 1 - i];
        for (size_t k = 0; k < r->items.n; k++)
            p->wishes[k] = wish_of(g, &g->items.p[r->items.p[k]], up, down);
        settle_rank(p, r);
    }
}

/* ---- all of it across ------------------------------------------------------------------------ */

static void place_across(struct graph *g)
{
    struct placing p = { .g = g };
    p.wishes = arena_make_n(g->arena, struct wish, g->items.n);
    p.blocks = arena_make_n(g->arena, struct block, g->items.n);
    p.offsets = arena_make_n(g->arena, int64_t, g->items.n);
    for (int i = 0; i < SWEEPS_APART; i++) {
        sweep(&p, true, true, false);
        sweep(&p, false, false, true);
    }
    size_t sweeps = g->items.n > SMALL ? SWEEPS_TOGETHER * SMALL / g->items.n : SWEEPS_TOGETHER;
    for (size_t i = 0; i < sweeps || i < SWEEPS_LARGE; i++)
        sweep(&p, i % 2 == 0, true, true);
    graph_align(g);
    int64_t left = INT64_MAX, right = INT64_MIN;
    for (size_t i = 0; i < g->items.n; i++) {
        const struct item *it = &g->items.p[i];
        left = it->x - it->w / 2 < left ? it->x - it->w / 2 : left;
        right = it->x + it->w / 2 > right ? it->x + it->w / 2 : right;
    }
    for (size_t i = 0; i < g->items.n; i++)
        g->items.p[i].x -= left;
    g->w = right - left;
}

/* ---- down ----------------------------------------------------------------------------------- */

static void mark_turns(const struct graph *g, char *above, char *below)
{
    for (size_t i = 0; i < g->edges.n; i++) {
        const struct graph_edge *e = &g->edges.p[i];
        if (e->back) {
            above[g->items.p[e->to].rank] = 1;
            below[g->items.p[e->from].rank] = 1;
        }
    }
}

/* Edges that go far to the side get more room to do so. */
static int64_t gap_below(const struct graph *g, size_t r, bool turns)
{
    int64_t far = 0;
    int64_t above = room_of(g, &g->ranks[r]), below = room_of(g, &g->ranks[r + 1]);
    int64_t least = above < below ? above : below;
    for (size_t i = 0; i < g->ranks[r].items.n; i++) {
        const struct item *it = &g->items.p[g->ranks[r].items.p[i]];
        for (size_t j = 0; j < it->down.n; j++) {
            const struct link *l = &g->links.p[it->down.p[j]];
            int64_t d = it->x + l->dtop - g->items.p[l->bottom].x - l->dbottom;
            d = d < 0 ? -d : d;
            far = d > far ? d : far;
        }
    }
    int64_t gap = least + clamp(least < PX(20) ? far / 4 : far / 10, 0, PX(40));
    return turns ? clamp(gap, PX(42), INT64_MAX) : gap;
}

static void place_rank_down(struct graph *g, struct rank *r)
{
    int64_t line = 0; /* height of what is centred on a line */
    r->h = 0;
    for (size_t i = 0; i < r->items.n; i++) {
        const struct item *it = &g->items.p[r->items.p[i]];
        r->h = it->h > r->h ? it->h : r->h;
        line = !it->tall && it->h > line ? it->h : line;
    }
    for (size_t i = 0; i < r->items.n; i++) {
        struct item *it = &g->items.p[r->items.p[i]];
        it->y = r->y + (it->tall ? 0 : (line - it->h) / 2);
    }
}

static void place_down(struct graph *g)
{
    char *above = arena_make_n(g->arena, char, g->nranks);
    char *below = arena_make_n(g->arena, char, g->nranks);
    mark_turns(g, above, below);
    int64_t y = above[0] ? PX(28) : 0;
    for (size_t r = 0; r < g->nranks; r++) {
        g->ranks[r].y = y;
        place_rank_down(g, &g->ranks[r]);
        y += g->ranks[r].h;
        if (r + 1 < g->nranks)
            y += gap_below(g, r, below[r] || above[r + 1]);
    }
    g->h = y + (below[g->nranks - 1] ? PX(28) : 0);
}

void graph_place(struct graph *g)
{
    choose_ends(g);
    place_across(g);
    place_down(g);
}
