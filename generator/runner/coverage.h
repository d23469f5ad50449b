/* What cases reached of a machine: states, rules and defaults of choices, retriers, catchers. */
#ifndef RUNNER_COVERAGE_H
#define RUNNER_COVERAGE_H

#include "base/buf.h"
#include "runner/run.h"

struct coverage_state {
    const struct asl_state *state;
    uint64_t entered;
    uint64_t *rules; /* one more than there are: Default */
    uint64_t *retriers, *catchers;
};

struct coverage {
    struct coverage_state *states; /* by number */
    size_t n;
};

struct coverage *coverage_new(struct arena *a, const struct asl_machine *m);
void coverage_event(struct coverage *c, const struct run_event *e);
void coverage_taken(struct coverage *c, const struct asl_state *s, enum run_turn turn,
                    size_t index);

/* What was never reached, a line each, and the score; all of it in *reached of *total. */
void coverage_report(const struct coverage *c, struct buf *out, size_t *reached, size_t *total);

#endif
