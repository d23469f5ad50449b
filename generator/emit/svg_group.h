/* Which states of a scope a group's box goes around. A box may hold others; it also takes in what
 * lies on a way that leaves the group and comes back. Groups of one state get none, nor do those
 * whose boxes would cut into each other. */
#ifndef EMIT_SVG_GROUP_H
#define EMIT_SVG_GROUP_H

#include "base/vec.h"

struct grouping_state {
    size_t group;     /* in: number of its group, or SIZE_MAX */
    VEC(size_t) next; /* in: states that may follow it */
    size_t box;       /* out: the innermost box around it, or SIZE_MAX */
};

struct grouping_box {
    size_t group;
    size_t outer; /* the box around it, or SIZE_MAX; comes before it */
};

struct grouping {
    struct arena *arena;
    VEC(struct grouping_state) states; /* the first is where the scope begins */
    size_t ngroups;
    VEC(struct grouping_box) boxes; /* out */
};

void grouping_run(struct grouping *g);

#endif
