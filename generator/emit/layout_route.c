/* Ways of edges: a station at either end and one wherever the edge passes a rank. */
#include "emit/layout_graph.h"

static void add_station(struct graph *g, struct graph_edge *e, int64_t x, int64_t y0, int64_t y1)
{
    struct layout_station s = { x, y0, y1 };
    vec_push(g->arena, &e->way, s);
}

/* Where a bend has been passed before, that edge's line goes on; the way stops there. */
static bool pass_item(struct graph *g, struct graph_edge *e, struct item *it)
{
    const struct rank *r = &g->ranks[it->rank];
    int64_t top = r->y, bottom = r->y + r->h;
    if (it->kind == ITEM_LABEL) {
        e->label_x = it->x - it->w / 2;
        e->label_y = it->y;
    } else if (it->taken) {
        int64_t y = it->upward ? bottom : top;
        add_station(g, e, it->x, y, y);
        return false;
    }
    it->taken = true;
    add_station(g, e, it->x, it->upward ? bottom : top, it->upward ? top : bottom);
    return true;
}

static void route_edge(struct graph *g, struct graph_edge *e)
{
    const struct item *from = &g->items.p[e->from], *to = &g->items.p[e->to];
    const struct rank *first = &g->ranks[from->rank], *last = &g->ranks[to->rank];
    int64_t start = from->kind == ITEM_NODE ? from->y + from->h : from->y;
    add_station(g, e, from->x + e->dfrom, start, first->y + first->h);
    for (size_t i = 0; i < e->via.n; i++)
        if (!pass_item(g, e, &g->items.p[e->via.p[i]]))
            return;
    int64_t end = to->kind == ITEM_EXIT ? g->h : to->y;
    add_station(g, e, to->x + e->dto, last->y, end);
    e->arrives = true;
}

void graph_route(struct graph *g)
{
    for (size_t i = 0; i < g->edges.n; i++)
        route_edge(g, &g->edges.p[i]);
}
