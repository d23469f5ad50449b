/* The syntax of JSONPaths and intrinsic calls as a definition may hold them, for messages at
 * creation. Running them is the jsonpath layer's business; this module is the seam to it. */
#ifndef ASL_PATH_H
#define ASL_PATH_H

#include "base/vec.h"

struct asl_syntax {
    const char *wrong;         /* what is wrong, for a message; NULL: nothing is */
    size_t at, len;            /* where in the text */
    struct str function;       /* the unknown function that is wrong */
    bool one;                  /* names one place: no wildcards, slices, filters, ".." */
    bool input;                /* begins at the state's input: "$", "$.…", "$[…" */
    bool task_token;           /* reads $$.Task.Token */
    VEC(struct str) variables; /* read by it, without the '$' */
};

/* A path: input "$…", context object "$$…" or variable "$name…". */
struct asl_syntax asl_path_syntax(struct arena *a, struct str text);

/* An intrinsic call, "States.Name(…)". string_only: one that can only give a string. */
struct asl_syntax asl_call_syntax(struct arena *a, struct str text, bool string_only);

/* Names of all intrinsic functions, sorted, with "States." before each; for suggestions. */
const struct str *asl_call_names(size_t *n);

#endif
