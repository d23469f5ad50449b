/* Ranks: which edges go against the flow, how far down each item stands, where edges bend. */
#include "base/map.h"
#include "emit/layout_graph.h"

/* Bends of one picture beyond which long edges go straight through, whatever is there. */
enum { BENDS_MAX = 60000 };

struct adjacent {
    VEC(size_t) edges; /* leaving an item */
};

struct visit {
    size_t item, next;
};

/* The bends on the way to one item, shared by all edges of a kind: ranks[k] is the k-th away. */
struct line {
    VEC(size_t) items;
};

size_t graph_add_item(struct graph *g, enum item_kind kind, int64_t w, int64_t h)
{
    struct item it = { .kind = kind, .w = w, .h = h, .near = NO_ITEM };
    vec_push(g->arena, &g->items, it);
    return g->items.n - 1;
}

/* ---- the flow ------------------------------------------------------------------------------- */

enum { UNSEEN, OPEN, DONE };

/* Depth-first from `root`; an edge to an item that is still open closes a loop. Finished items go
 * onto `order`, so that it ends up in reverse topological order. */
static size_t visit_from(struct graph *g, const struct adjacent *out, size_t root, char *seen,
                         struct visit *stack, size_t *order, size_t n)
{
    size_t depth = 1;
    stack[0] = (struct visit){ root, 0 };
    seen[root] = OPEN;
    while (depth) {
        struct visit *v = &stack[depth - 1];
        if (v->next == out[v->item].edges.n) {
            seen[v->item] = DONE;
            order[n++] = v->item;
            depth--;
            continue;
        }
        struct graph_edge *e = &g->edges.p[out[v->item].edges.p[v->next++]];
        if (seen[e->to] == OPEN)
            e->back = true;
        else if (seen[e->to] == UNSEEN) {
            seen[e->to] = OPEN;
            stack[depth++] = (struct visit){ e->to, 0 };
        }
    }
    return n;
}

/* Items in an order in which every edge that is not `back` goes forward. */
static size_t *sort_topologically(struct graph *g, const struct adjacent *out)
{
    size_t count = g->items.n, n = 0;
    char *seen = arena_make_n(g->arena, char, count);
    struct visit *stack = arena_make_n(g->arena, struct visit, count);
    size_t *order = arena_make_n(g->arena, size_t, count);
    for (int entries = 1; entries >= 0; entries--)
        for (size_t i = 0; i < count; i++)
            if (seen[i] == UNSEEN && (g->items.p[i].kind == ITEM_ENTRY) == entries)
                n = visit_from(g, out, i, seen, stack, order, n);
    for (size_t i = 0; i < n / 2; i++) {
        size_t other = order[n - 1 - i];
        order[n - 1 - i] = order[i];
        order[i] = other;
    }
    return order;
}

/* ---- ranks ---------------------------------------------------------------------------------- */

static bool has_label(const struct graph *g, const struct adjacent *a)
{
    for (size_t i = 0; i < a->edges.n; i++) {
        const struct graph_edge *e = &g->edges.p[a->edges.p[i]];
        if (e->label_w && !e->back)
            return true;
    }
    return false;
}

/* Longest path from the top. Below an item with labelled edges all its neighbours stay one rank
 * lower, so that they line up below the labels. */
static void set_ranks(struct graph *g, const struct adjacent *out, const size_t *order)
{
    size_t top = 0, last = 0;
    for (size_t i = 0; i < g->items.n; i++)
        if (g->items.p[i].kind == ITEM_ENTRY)
            top = 1;
    for (size_t i = 0; i < g->items.n; i++)
        g->items.p[i].rank = g->items.p[i].kind == ITEM_ENTRY ? 0 : top;
    for (size_t i = 0; i < g->items.n; i++) {
        const struct item *it = &g->items.p[order[i]];
        const struct adjacent *a = &out[order[i]];
        size_t step = has_label(g, a) ? 2 : 1;
        for (size_t j = 0; j < a->edges.n; j++) {
            const struct graph_edge *e = &g->edges.p[a->edges.p[j]];
            struct item *to = &g->items.p[e->to];
            if (!e->back && to->rank < it->rank + step)
                to->rank = it->rank + step;
        }
    }
    for (size_t i = 0; i < g->items.n; i++)
        if (g->items.p[i].rank > last)
            last = g->items.p[i].rank;
    for (size_t i = 0; i < g->items.n; i++)
        if (g->items.p[i].kind == ITEM_EXIT)
            g->items.p[i].rank = last;
    g->nranks = last + 1;
}

/* ---- bends ---------------------------------------------------------------------------------- */

static size_t add_link(struct graph *g, size_t top, size_t bottom, int weight)
{
    enum item_kind from = g->items.p[top].kind, to = g->items.p[bottom].kind;
    struct link l = { .top = top, .bottom = bottom, .weight = weight };
    bool inner = from == ITEM_LABEL || (from == ITEM_BEND && to >= ITEM_BEND);
    l.pull = inner ? 16 * weight : to == ITEM_LABEL ? weight : 4 * weight;
    vec_push(g->arena, &g->links, l);
    size_t at = g->links.n - 1;
    vec_push(g->arena, &g->items.p[top].down, at);
    vec_push(g->arena, &g->items.p[bottom].up, at);
    return at;
}

static size_t add_bend(struct graph *g, size_t rank, bool upward)
{
    size_t at = graph_add_item(g, ITEM_BEND, 0, 0);
    g->items.p[at].rank = rank;
    g->items.p[at].upward = upward;
    return at;
}

static size_t add_label(struct graph *g, struct graph_edge *e, size_t rank)
{
    size_t at = graph_add_item(g, ITEM_LABEL, e->label_w, e->label_h);
    g->items.p[at].rank = rank;
    g->items.p[at].upward = e->back;
    vec_push(g->arena, &e->via, at);
    return at;
}

static struct line *find_line(struct graph *g, struct map *lines, const struct graph_edge *e)
{
    uint64_t key[] = { e->to, (uint64_t)e->kind, e->back, e->goal[0], e->goal[1] };
    struct str text = { (const char *)key, sizeof key };
    struct line *found = map_get(lines, text);
    if (!found) {
        found = arena_make(g->arena, struct line);
        map_put(g->arena, lines, arena_str(g->arena, text), found);
    }
    return found;
}

/* Down from the item below `from` to the one above `to`. */
static void bend_forward(struct graph *g, struct map *lines, struct graph_edge *e)
{
    size_t r = g->items.p[e->from].rank + 1, end = g->items.p[e->to].rank;
    size_t last = e->from;
    e->first_link = e->last_link = SIZE_MAX;
    if (e->label_w && r < end) {
        size_t label = add_label(g, e, r++);
        e->first_link = add_link(g, last, label, e->weight);
        last = label;
    }
    if (r < end) {
        struct line *line = find_line(g, lines, e);
        for (size_t k = line->items.n; k < end - r; k++) {
            size_t bend = add_bend(g, end - 1 - k, false);
            size_t below = k ? line->items.p[k - 1] : e->to;
            size_t at = add_link(g, bend, below, e->weight);
            e->last_link = k ? e->last_link : at;
            vec_push(g->arena, &line->items, bend);
        }
        for (size_t k = end - r; k-- > 0;)
            vec_push(g->arena, &e->via, line->items.p[k]);
        size_t at = add_link(g, last, line->items.p[end - r - 1], e->weight);
        e->first_link = e->via.p[0] == line->items.p[end - r - 1] ? at : e->first_link;
        return;
    }
    e->last_link = add_link(g, last, e->to, e->weight);
    e->first_link = last == e->from ? e->last_link : e->first_link;
}

/* Up from beside `from` to beside `to`, with a half turn at either end. */
static void bend_backward(struct graph *g, struct map *lines, struct graph_edge *e)
{
    size_t top = g->items.p[e->to].rank, r = g->items.p[e->from].rank;
    size_t label = SIZE_MAX;
    e->first_link = e->last_link = SIZE_MAX;
    if (e->label_w) {
        label = add_label(g, e, r);
        g->items.p[label].near = (int)e->from;
        if (r == top)
            return;
        r--;
    }
    struct line *line = find_line(g, lines, e);
    for (size_t k = line->items.n; k < r - top + 1; k++) {
        size_t bend = add_bend(g, top + k, true);
        if (k)
            add_link(g, line->items.p[k - 1], bend, e->weight);
        g->items.p[bend].near = k ? NO_ITEM : (int)e->to;
        vec_push(g->arena, &line->items, bend);
    }
    size_t join = line->items.p[r - top];
    if (label != SIZE_MAX)
        add_link(g, join, label, e->weight);
    else if (g->items.p[join].near == NO_ITEM)
        g->items.p[join].near = (int)e->from;
    for (size_t k = r - top + 1; k-- > 0;)
        vec_push(g->arena, &e->via, line->items.p[k]);
}

static void bend_edges(struct graph *g)
{
    struct map lines = { 0 };
    size_t nodes = g->items.n;
    for (size_t i = 0; i < g->edges.n; i++) {
        struct graph_edge *e = &g->edges.p[i];
        size_t from = g->items.p[e->from].rank, to = g->items.p[e->to].rank;
        bool longer = e->back || to - from > 2;
        if (longer && g->items.n - nodes > BENDS_MAX) {
            e->direct = true;
            e->first_link = e->last_link = SIZE_MAX;
        } else if (e->back)
            bend_backward(g, &lines, e);
        else
            bend_forward(g, &lines, e);
    }
}

void graph_rank(struct graph *g)
{
    struct adjacent *out = arena_make_n(g->arena, struct adjacent, g->items.n);
    for (size_t i = 0; i < g->edges.n; i++)
        vec_push(g->arena, &out[g->edges.p[i].from].edges, i);
    const size_t *order = sort_topologically(g, out);
    set_ranks(g, out, order);
    bend_edges(g);
    g->ranks = arena_make_n(g->arena, struct rank, g->nranks);
}
