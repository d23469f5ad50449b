/* Inside of layout: one frame as a flat graph of items on ranks. */
#ifndef EMIT_LAYOUT_GRAPH_H
#define EMIT_LAYOUT_GRAPH_H

#include "base/vec.h"
#include "emit/layout.h"

enum { NO_ITEM = -1 };

enum item_kind {
    ITEM_NODE,
    ITEM_ENTRY, /* where edges come in from around the frame: on top */
    ITEM_EXIT,  /* where they leave: at the bottom */
    ITEM_BEND,  /* where an edge passes a rank */
    ITEM_LABEL, /* the same, with an edge's label on it */
};

struct item {
    enum item_kind kind;
    int64_t w, h;
    int64_t x, y; /* centre, top */
    int64_t axis; /* where edges end by preference, relative to the centre */
    size_t rank, pos;
    int near;    /* item in the same rank that it is joined to in a half turn, or NO_ITEM */
    bool upward; /* a bend or label that edges pass from below */
    bool taken;  /* a bend that an edge has been routed through */
    bool tall;   /* holds frames: starts at the top of its rank, the others keep to a line */
    int64_t key; /* while sorting */
    VEC(size_t) up, down; /* links */
};

/* Between items in neighbouring ranks; d*: where it ends, relative to the centre of the item. */
struct link {
    size_t top, bottom;
    int64_t dtop, dbottom;
    int weight; /* of the edge */
    int pull;   /* the same, more behind bends and labels: those should stand straight */
};

struct graph_edge {
    size_t from, to;
    int64_t dfrom, dto;        /* in: where it ends, relative to the centres */
    bool fixed_from, fixed_to; /* the above must stay; otherwise they are free to choose */
    size_t goal[2];            /* equal for edges that go on together inside of `to` */
    int kind, weight;
    int64_t label_w, label_h;
    int64_t label_x, label_y;
    bool back;       /* against the flow */
    bool direct;     /* has no bends though it is long: the graph is too large for them */
    VEC(size_t) via; /* items in the order walked */
    size_t first_link, last_link;   /* those at `from` and `to`, SIZE_MAX if there is none */
    VEC(struct layout_station) way; /* out */
    bool arrives;                   /* out: false if it ends where another edge goes on */
};

struct rank {
    VEC(size_t) items; /* from left to right */
    int64_t y, h;
};

struct graph {
    struct arena *arena;
    VEC(struct item) items;
    VEC(struct link) links;
    VEC(struct graph_edge) edges;
    struct rank *ranks;
    size_t nranks;
    int64_t w, h;
};

size_t graph_add_item(struct graph *g, enum item_kind kind, int64_t w, int64_t h);

/* The stages, in this order. */
void graph_rank(struct graph *g);  /* finds loops, ranks, bends and links */
void graph_order(struct graph *g); /* fills ranks[].items with few crossings */
void graph_place(struct graph *g); /* x, y, w, h */
void graph_align(struct graph *g); /* part of it: puts chains onto vertical lines */
void graph_route(struct graph *g); /* ways of edges, label positions */

/* Room between the centres of two neighbours in a rank. */
int64_t graph_distance(const struct item *left, const struct item *right);

#endif
