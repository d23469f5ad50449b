/* JSONPaths and intrinsic calls as a definition may hold them, for messages at creation. What they
 * are is the jsonpath layer's business; this module asks it, and tells what the checks need. */
#ifndef ASL_PATH_H
#define ASL_PATH_H

#include "base/vec.h"

struct asl_syntax {
    const char *wrong;         /* what is wrong, for a message; NULL: nothing is */
    size_t at, len;            /* where in the text */
    bool filter;               /* what is wrong is inside a filter */
    bool one;                  /* a reference path: no wildcards, slices, filters, ".." */
    bool input;                /* begins at the state's input: "$", "$.…", "$[…" */
    bool task_token;           /* reads $$.Task.Token */
    VEC(struct str) variables; /* read by it, without the '$' */
};

/* A path: input "$…", context object "$$…" or variable "$name…". */
struct asl_syntax asl_path_syntax(struct arena *a, struct str text);

/* An intrinsic call, "States.Name(…)". string_only: one that can only give a string. */
struct asl_syntax asl_call_syntax(struct arena *a, struct str text, bool string_only);

#endif
