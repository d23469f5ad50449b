/* Frames: every one becomes a flat graph, from the inside out; edges that cross the border of a
 * node are cut there, at a port that the graphs on both sides know. */
#include "emit/layout.h"

#include "base/map.h"
#include "emit/layout_graph.h"

enum { ROW_MAX = 1500 * LAYOUT_PX }; /* of frames side by side, before they get another row */

enum { NONE, ENTRY = ITEM_ENTRY, EXIT = ITEM_EXIT };

/* Where an edge of one graph goes on: a port in a graph inside the node that it ends at. */
struct port {
    size_t frame, item; /* frame SIZE_MAX: it ends at the node itself */
};

struct cut {
    struct port from, to;
};

struct piece { /* of an edge of the layout */
    size_t frame, edge;
};

struct pieces {
    VEC(struct piece) items;
};

struct inside { /* of a frame */
    struct graph g;
    VEC(struct cut) cuts; /* of g.edges */
    VEC(char) used;       /* of g.edges: its way is part of an edge already */
    size_t ports;
    int64_t shift; /* of the graph in the frame */
};

struct run {
    struct layout *l;
    struct inside *insides; /* of frames */
    size_t *items;          /* of nodes, in their frames' graphs */
    struct pieces *pieces;  /* of edges */
    size_t *depth;          /* of frames */
    struct map ports, known;
};

static const struct port NO_PORT = { SIZE_MAX, SIZE_MAX };

void layout_init(struct layout *l, struct arena *a)
{
    *l = (struct layout){ .arena = a };
    struct layout_frame root = { .owner = SIZE_MAX };
    vec_push(a, &l->frames, root);
}

size_t layout_add_frame(struct layout *l, size_t owner)
{
    struct layout_frame f = { .owner = owner };
    vec_push(l->arena, &l->frames, f);
    vec_push(l->arena, &l->nodes.p[owner].frames, l->frames.n - 1);
    return l->frames.n - 1;
}

size_t layout_add_node(struct layout *l, size_t frame, int64_t w, int64_t h)
{
    struct layout_node n = { .frame = frame, .w = w, .h = h };
    vec_push(l->arena, &l->nodes, n);
    vec_push(l->arena, &l->frames.p[frame].nodes, l->nodes.n - 1);
    return l->nodes.n - 1;
}

size_t layout_add_edge(struct layout *l, size_t from, size_t to)
{
    struct layout_edge e = { .from = from, .to = to, .weight = 1 };
    vec_push(l->arena, &l->edges, e);
    return l->edges.n - 1;
}

/* ---- cutting edges -------------------------------------------------------------------------- */

/* Equal keys, equal entries: the number that `fresh` gets, or the one it got before. */
static size_t number_of(struct arena *a, struct map *m, const uint64_t *key, size_t n, size_t fresh)
{
    struct str text = { (const char *)key, n * sizeof *key };
    size_t at = map_find(m, text);
    if (at != SIZE_MAX)
        return *(size_t *)m->entries[at].value;
    size_t *value = arena_make(a, size_t);
    *value = fresh;
    map_put(a, m, arena_str(a, text), value);
    return fresh;
}

/* All edges of a kind to the same node share a port. */
static struct port find_port(struct run *r, size_t frame, enum item_kind kind,
                             const struct layout_edge *e)
{
    struct graph *g = &r->insides[frame].g;
    uint64_t key[] = { frame, (uint64_t)kind, e->to, (uint64_t)e->kind };
    size_t item = number_of(r->l->arena, &r->ports, key, 4, g->items.n);
    if (item == g->items.n) {
        graph_add_item(g, kind, 0, 0);
        r->insides[frame].ports++;
    }
    return (struct port){ frame, item };
}

struct end {
    size_t item;
    struct port port; /* where the line goes on inside of it */
};

static void add_piece(struct run *r, size_t edge, size_t frame, struct end from, struct end to)
{
    const struct layout_edge *e = &r->l->edges.p[edge];
    struct inside *in = &r->insides[frame];
    bool labelled = e->label_w && !r->pieces[edge].items.n;
    uint64_t key[] = { frame,           from.item,         to.item,
                       from.port.frame, from.port.item,    to.port.frame,
                       to.port.item,    (uint64_t)e->kind, labelled ? edge : SIZE_MAX };
    size_t at = number_of(r->l->arena, &r->known, key, 9, in->g.edges.n);
    if (at == in->g.edges.n) {
        struct graph_edge ge = { .from = from.item, .to = to.item };
        ge.goal[0] = to.port.frame;
        ge.goal[1] = to.port.item;
        ge.kind = e->kind;
        ge.weight = e->weight;
        ge.label_w = labelled ? e->label_w + (e->label_w & 1) : 0;
        ge.label_h = labelled ? e->label_h : 0;
        ge.fixed_from = from.port.frame != SIZE_MAX;
        ge.fixed_to = to.port.frame != SIZE_MAX;
        struct cut cut = { from.port, to.port };
        vec_push(r->l->arena, &in->g.edges, ge);
        vec_push(r->l->arena, &in->cuts, cut);
        vec_push(r->l->arena, &in->used, 0);
    }
    struct piece piece = { frame, at };
    vec_push(r->l->arena, &r->pieces[edge].items, piece);
}

/* One piece from the inside of `from` to each border around it, one between the borders of the two
 * nodes side by side, and one from each border around `to` inwards. */
static void cut_edge(struct run *r, size_t edge)
{
    const struct layout *l = r->l;
    const struct layout_edge *e = &l->edges.p[edge];
    size_t out = l->nodes.p[e->from].frame, in = l->nodes.p[e->to].frame, into = 0;
    struct end from = { r->items[e->from], NO_PORT };
    VEC(size_t) inwards = { 0 }; /* frames to enter, the innermost first */
    while (out != in) {
        if (r->depth[out] >= r->depth[in]) {
            struct port port = find_port(r, out, ITEM_EXIT, e);
            add_piece(r, edge, out, from, (struct end){ port.item, NO_PORT });
            size_t owner = l->frames.p[out].owner;
            from = (struct end){ r->items[owner], port };
            out = l->nodes.p[owner].frame;
        } else {
            vec_push(l->arena, &inwards, in);
            in = l->nodes.p[l->frames.p[in].owner].frame;
        }
    }
    for (into = inwards.n;; into--) {
        struct end to = { r->items[e->to], NO_PORT };
        if (into) {
            size_t next = inwards.p[into - 1];
            to.port = find_port(r, next, ITEM_ENTRY, e);
            to.item = r->items[l->frames.p[next].owner];
        }
        add_piece(r, edge, in, from, to);
        if (!into)
            break;
        in = inwards.p[into - 1];
        from = (struct end){ to.port.item, NO_PORT };
    }
}

/* ---- frames --------------------------------------------------------------------------------- */

static bool has_ports(const struct run *r, const struct layout_node *n)
{
    for (size_t i = 0; i < n->frames.n; i++)
        if (r->insides[n->frames.p[i]].ports)
            return true;
    return false;
}

/* Centres frames [from, to) of n, `w` wide together, in the node. */
static void centre_row(struct run *r, struct layout_node *n, size_t from, size_t to, int64_t w)
{
    for (size_t i = from; i < to; i++)
        r->l->frames.p[n->frames.p[i]].x += (n->w - w) / 2;
}

/* Width at which a node's frames get another row, so that the rows are about as wide. */
static int64_t row_limit(const struct run *r, const struct layout_node *n)
{
    int64_t all = 0, widest = 0;
    if (has_ports(r, n))
        return INT64_MAX;
    for (size_t i = 0; i < n->frames.n; i++) {
        int64_t w = r->l->frames.p[n->frames.p[i]].w + n->padding;
        all += w;
        widest = w > widest ? w : widest;
    }
    int64_t rows = (all + ROW_MAX - 1) / ROW_MAX;
    return rows < 2 ? INT64_MAX : n->padding + all / rows + widest / 2;
}

/* Sets a node's frames side by side, relative to the node, and its size. */
static void arrange_frames(struct run *r, struct layout_node *n)
{
    struct layout_frame *frames = r->l->frames.p;
    int64_t limit = row_limit(r, n);
    int64_t x = n->padding, y = n->head, tallest = 0;
    for (size_t i = 0; i < n->frames.n; i++) {
        struct layout_frame *f = &frames[n->frames.p[i]];
        if (x > n->padding && x + f->w > limit) {
            x = n->padding;
            y += tallest + n->padding;
            tallest = 0;
        }
        f->x = x;
        f->y = y;
        x += f->w + n->padding;
        n->w = x > n->w ? x : n->w;
        tallest = f->h > tallest ? f->h : tallest;
    }
    y += tallest + n->padding;
    n->w += n->w & 1;
    n->h = y > n->h ? y : n->h;
    for (size_t i = 0, from = 0; i < n->frames.n; i++) {
        const struct layout_frame *f = &frames[n->frames.p[i]];
        if (i + 1 == n->frames.n || frames[n->frames.p[i + 1]].y != f->y) {
            centre_row(r, n, from, i + 1, f->x + f->w + n->padding);
            from = i + 1;
        }
    }
}

/* Where a port is, from the centre of the node that it belongs to. */
static int64_t port_offset(const struct run *r, struct port port)
{
    const struct layout_frame *f = &r->l->frames.p[port.frame];
    const struct inside *in = &r->insides[port.frame];
    return f->x + in->shift + in->g.items.p[port.item].x - r->l->nodes.p[f->owner].w / 2;
}

/* A node with one frame that no edge enters: lines go on as if they did. */
static int64_t axis_of(const struct run *r, const struct layout_node *n)
{
    if (n->frames.n != 1 || has_ports(r, n))
        return 0;
    const struct layout_frame *f = &r->l->frames.p[n->frames.p[0]];
    const struct inside *in = &r->insides[n->frames.p[0]];
    if (!f->nodes.n)
        return 0;
    return f->x + in->shift + in->g.items.p[r->items[f->nodes.p[0]]].x - n->w / 2;
}

static void run_frame(struct run *r, size_t frame)
{
    struct layout_frame *f = &r->l->frames.p[frame];
    struct inside *in = &r->insides[frame];
    for (size_t i = 0; i < f->nodes.n; i++) {
        struct layout_node *n = &r->l->nodes.p[f->nodes.p[i]];
        struct item *it = &in->g.items.p[r->items[f->nodes.p[i]]];
        n->w += n->w & 1;
        if (n->frames.n)
            arrange_frames(r, n);
        it->w = n->w;
        it->h = n->h;
        it->tall = n->frames.n > 0;
        it->axis = axis_of(r, n);
    }
    for (size_t i = 0; i < in->g.edges.n; i++) {
        struct graph_edge *e = &in->g.edges.p[i];
        e->dfrom = e->fixed_from ? port_offset(r, in->cuts.p[i].from) : 0;
        e->dto = e->fixed_to ? port_offset(r, in->cuts.p[i].to) : 0;
    }
    if (in->g.items.n) {
        graph_rank(&in->g);
        graph_order(&in->g);
        graph_place(&in->g);
        graph_route(&in->g);
    }
    f->w = in->g.w > f->w ? in->g.w : f->w;
    f->h = f->head + in->g.h;
    in->shift = (f->w - in->g.w) / 2;
}

/* Makes a frame's place absolute, its owner's being so. */
static void place_frame(struct run *r, size_t frame)
{
    struct layout_frame *f = &r->l->frames.p[frame];
    const struct inside *in = &r->insides[frame];
    if (f->owner == SIZE_MAX)
        return;
    struct layout_node *owner = &r->l->nodes.p[f->owner];
    f->x += owner->x;
    f->y += owner->y;
    for (size_t i = 0; i < in->g.items.n; i++) {
        const struct item *it = &in->g.items.p[i];
        int64_t x = f->x + in->shift + it->x;
        if (it->kind != ITEM_ENTRY)
            continue;
        owner->lines_from = x < owner->lines_from ? x : owner->lines_from;
        owner->lines_to = x > owner->lines_to ? x : owner->lines_to;
    }
}

static void place_nodes(struct run *r)
{
    struct layout *l = r->l;
    for (size_t i = 0; i < l->frames.n; i++) {
        const struct layout_frame *f = &l->frames.p[i];
        const struct inside *in = &r->insides[i];
        place_frame(r, i);
        for (size_t k = 0; k < f->nodes.n; k++) {
            struct layout_node *n = &l->nodes.p[f->nodes.p[k]];
            const struct item *it = &in->g.items.p[r->items[f->nodes.p[k]]];
            n->x = f->x + in->shift + it->x - it->w / 2;
            n->y = f->y + f->head + it->y;
            n->lines_from = n->x + n->w;
            n->lines_to = n->x;
        }
    }
}

/* ---- putting edges together ----------------------------------------------------------------- */

static void join_edge(struct run *r, size_t edge)
{
    struct layout_edge *e = &r->l->edges.p[edge];
    const struct pieces *pieces = &r->pieces[edge];
    for (size_t i = 0; i < pieces->items.n; i++) {
        const struct piece *p = &pieces->items.p[i];
        const struct layout_frame *f = &r->l->frames.p[p->frame];
        struct inside *in = &r->insides[p->frame];
        const struct graph_edge *ge = &in->g.edges.p[p->edge];
        int64_t dx = f->x + in->shift, dy = f->y + f->head;
        if (in->used.p[p->edge])
            return;
        in->used.p[p->edge] = 1;
        if (ge->label_w) {
            e->label_x = ge->label_x + dx;
            e->label_y = ge->label_y + dy;
        }
        for (size_t k = 0; k < ge->way.n; k++) {
            struct layout_station s = ge->way.p[k];
            s.x += dx;
            s.y0 += dy;
            s.y1 += dy;
            vec_push(r->l->arena, &e->way, s);
        }
        if (!ge->arrives)
            return;
    }
    e->arrow = true;
}

void layout_run(struct layout *l)
{
    struct run r = { .l = l };
    r.insides = arena_make_n(l->arena, struct inside, l->frames.n);
    r.items = arena_make_n(l->arena, size_t, l->nodes.n);
    r.pieces = arena_make_n(l->arena, struct pieces, l->edges.n);
    r.depth = arena_make_n(l->arena, size_t, l->frames.n);
    for (size_t i = 0; i < l->frames.n; i++) {
        const struct layout_frame *f = &l->frames.p[i];
        r.insides[i].g.arena = l->arena;
        r.depth[i] = f->owner == SIZE_MAX ? 0 : r.depth[l->nodes.p[f->owner].frame] + 1;
        for (size_t k = 0; k < f->nodes.n; k++)
            r.items[f->nodes.p[k]] = graph_add_item(&r.insides[i].g, ITEM_NODE, 0, 0);
    }
    for (size_t i = 0; i < l->edges.n; i++)
        cut_edge(&r, i);
    for (size_t i = l->frames.n; i-- > 0;)
        run_frame(&r, i);
    place_nodes(&r);
    for (size_t i = 0; i < l->edges.n; i++)
        join_edge(&r, i);
}
