/* Where run-time data comes from and where it is read: follows every state of a machine in the
 * order in which they may run, and knows of the data before each what can be known. A path that
 * nothing can have produced is an error, one that only some of the ways produce a warning.
 *
 * flow.c goes from state to state, flow_read.c looks paths up, answers.c knows services. */
#ifndef CHECK_FLOW_H
#define CHECK_FLOW_H

#include "asl/asl.h"
#include "base/map.h"
#include "check/shape.h"

/* Reports on the machine's paths. `input` is what executions begin with. `scratch` is for work that
 * ends with the call. */
void flow_check(struct arena *scratch, struct diags *ds, const struct asl_machine *m,
                const struct shape *input);

/* ---- for the module's own files -------------------------------------------------------------- */

/* What a state begins with. */
struct flow_env {
    const struct shape *data, *variables; /* NULL: nothing leads here */
};

struct flow_place {
    struct flow_env in;
    uint32_t order; /* in its block, from 1; 0: not reached */
    bool dirty;     /* `in` has changed since it was looked at */
};

struct flow {
    struct arena *a;
    struct diags *ds;
    struct flow_place *places; /* by state number */
    const struct asl_state *state;
    const struct shape *variables; /* of that state */
    const struct shape *execution; /* $$.Execution.Input */
    const struct shape *item;      /* $$.Map.Item.Value, or NULL outside of maps */
    const struct shape *context;   /* made of those when it is asked for; NULL: not yet */
    struct map warned;             /* paths that may be missing */
    int quiet;                     /* above 0: what is known may still change, say nothing */
    int depth;
};

/* What a text node is when `$` is `data`: a path, or the call of an intrinsic function. */
const struct shape *flow_read(struct flow *f, const struct node *text, const struct shape *data);
/* What a payload template makes. */
const struct shape *flow_template(struct flow *f, const struct node *n, const struct shape *data);
/* `input` with `value` at a reference path. */
const struct shape *flow_store(struct flow *f, const struct node *path, const struct shape *input,
                               const struct shape *value);
/* The same environment, knowing that there is something at the path. */
struct flow_env flow_assume(struct flow *f, const struct node *path, struct flow_env env);

/* What the task's service answers. */
const struct shape *answers_find(struct arena *a, const struct asl_resource *resource);

#endif
