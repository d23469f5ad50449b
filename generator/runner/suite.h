/* Pipeline tests: a machine, named cases with input and mocks, and what must come of each. The
 * format is described in tests/pipelines/README.md; this module reads a file's nodes, runs cases
 * and says what differs. */
#ifndef RUNNER_SUITE_H
#define RUNNER_SUITE_H

#include "runner/coverage.h"
#include "runner/mock.h"
#include "runner/store.h"

struct suite_case {
    struct str name;
    const struct node *node, *input, *mocks, *buckets, *expect;
    int64_t start_ms; /* 0: the default */
    uint64_t seed;
};

struct suite {
    const struct node *pipeline, *definition; /* one of the two */
    struct str stage;                         /* "dev" unless it says otherwise */
    const struct node *mocks, *buckets;       /* for all cases */
    VEC(struct suite_case) cases;
};

/* False after diagnostics: unknown keys, cases without a name or with the same one. */
bool suite_read(struct arena *a, struct diags *ds, const struct node *root, struct suite *out);

/* What the cases of a file run with. */
struct suite_run {
    struct arena *arena;
    struct diags *ds;
    const struct suite *suite;
    const struct asl_machine *machine;
    const struct program *program;
    struct str name;           /* of the machine */
    struct str folder;         /* that `buckets` are relative to */
    struct coverage *coverage; /* or NULL */
};

struct suite_verdict {
    bool passed;
    struct buf differences; /* a line each; release with buf_done */
    uint64_t states;
    int64_t elapsed_ms;
};

/* Runs one case. False after diagnostics: its mocks or expectations cannot be read. */
bool suite_run_case(const struct suite_run *sr, const struct suite_case *c,
                    struct suite_verdict *verdict);

/* A file to start from: the machine's tasks with answers to fill in, and one case. `pipeline` is
 * what to write behind the key of that name, or `definition` where is_definition. */
void suite_draft(const struct asl_machine *m, struct str pipeline, bool is_definition,
                 struct buf *out);

#endif
