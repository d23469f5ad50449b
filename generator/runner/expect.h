/* What a case saw, held against what it expects. */
#ifndef RUNNER_EXPECT_H
#define RUNNER_EXPECT_H

#include "base/diag.h"
#include "base/map.h"
#include "base/node.h"
#include "runner/run.h"

/* What happened in a run, as far as expectations look at it. */
struct witness {
    struct arena *arena;
    VEC(struct str) path; /* states entered, in order; those of a distributed Map's children too */
    struct map visits;    /* name -> uint64_t */
    struct map payloads;  /* name -> struct val, a list: what each task was asked */
};

void witness_init(struct witness *w, struct arena *a);
void witness_done(struct witness *w);
void witness_event(struct witness *w, const struct run_event *e);
void witness_asked(struct witness *w, const struct task_request *q);

/* Reports keys that no expectation has and states that the machine does not have. */
bool expect_check(struct diags *ds, struct arena *a, const struct node *expect,
                  const struct asl_machine *m);

/* Writes a line per difference; true where there is none. `expect` may be NULL: it must succeed. */
bool expect_judge(const struct node *expect, const struct run_result *r, const struct witness *w,
                  struct arena *a, struct buf *differences);

#endif
