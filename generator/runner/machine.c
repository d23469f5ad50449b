#include "runner/machine.h"

#include "base/limits.h"

struct walk {
    void (*visit)(void *data, const struct asl_state *s);
    void *data;
};

static void walk_block(const struct walk *w, const struct asl_block *b, int depth)
{
    for (size_t i = 0; depth <= LIMIT_DEPTH && i < b->states.n; i++) {
        const struct asl_state *s = b->states.p[i];
        w->visit(w->data, s);
        if (s->type == ASL_PARALLEL)
            for (size_t k = 0; k < s->parallel.branches.n; k++)
                walk_block(w, &s->parallel.branches.p[k], depth + 1);
        else if (s->type == ASL_MAP && s->map.processor)
            walk_block(w, s->map.processor, depth + 1);
    }
}

void machine_each_state(const struct asl_machine *m,
                        void (*visit)(void *data, const struct asl_state *s), void *data)
{
    const struct walk w = { visit, data };
    walk_block(&w, &m->top, 0);
}
