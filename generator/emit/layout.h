/* Layered drawing of directed graphs whose nodes may hold graphs of their own. In: nodes with
 * sizes, edges with label sizes, nesting. Out: coordinates, and for each edge the way it takes.
 *
 * Nodes stand in frames. Frame 0 is the picture; every other one lies inside a node, its owner,
 * side by side with the owner's other frames. Edges may cross the borders of nodes. Every frame is
 * laid out after Sugiyama, Tagawa, Toda (1981): ranks, bends where an edge passes a rank, fewer
 * crossings, coordinates. The flow goes down; edges leave at the bottom of a node and arrive at the
 * top. Edges of one kind to the same node share their line from where they meet.
 *
 * Pure integer arithmetic: the same picture on every machine. LAYOUT_PX units make a pixel. */
#ifndef EMIT_LAYOUT_H
#define EMIT_LAYOUT_H

#include "base/vec.h"

enum { LAYOUT_PX = 10 };

struct layout_node {
    size_t frame;    /* that it stands in */
    int64_t w, h;    /* in: its size, or the least size if it owns frames. Out: its size */
    int64_t head;    /* in: room above its frames */
    int64_t padding; /* in: room beside, between and below its frames */
    int64_t x, y;    /* out: left upper corner */
    int64_t lines_from, lines_to; /* out: where edges pass its head; from > to if none does */
    VEC(size_t) frames;
};

struct layout_frame {
    size_t owner;      /* node, or SIZE_MAX for the picture */
    int64_t head;      /* in: room above its nodes */
    int64_t w, h;      /* in: the least width. Out: its size */
    int64_t x, y;      /* out: left upper corner */
    VEC(size_t) nodes; /* the first is where the flow begins */
};

/* A straight vertical piece of an edge, walked from y0 to y1, down or up. Between stations a curve
 * leaves vertically and arrives vertically. */
struct layout_station {
    int64_t x, y0, y1;
};

struct layout_edge {
    size_t from, to;
    int kind;                 /* 0: the main kind; others leave a node beside those */
    int weight;               /* 1 … 64: how much a straight line matters */
    int64_t label_w, label_h; /* in: 0 without a label */
    int64_t label_x, label_y; /* out: left upper corner */
    VEC(struct layout_station) way;
    bool arrow; /* out: the way ends at `to`; otherwise where it meets another edge */
};

struct layout {
    struct arena *arena;
    VEC(struct layout_node) nodes;
    VEC(struct layout_frame) frames;
    VEC(struct layout_edge) edges;
};

void layout_init(struct layout *l, struct arena *a);
/* Each returns the index of what it added. A frame's owner and a node's frame have to be there. */
size_t layout_add_frame(struct layout *l, size_t owner);
size_t layout_add_node(struct layout *l, size_t frame, int64_t w, int64_t h);
size_t layout_add_edge(struct layout *l, size_t from, size_t to);

/* Fills everything marked "out". Frame 0 has the size of the picture. */
void layout_run(struct layout *l);

#endif
