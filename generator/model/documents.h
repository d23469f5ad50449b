/* Files beside a config that its steps are made of: job descriptions, SQL. An engine asks for them
 * through this; who answers records what was read, so that an edit compiles again, and renders
 * templates, so that every message points at what somebody wrote. */
#ifndef MODEL_DOCUMENTS_H
#define MODEL_DOCUMENTS_H

#include "schema/field.h"

struct documents {
    /* The file `path`, relative to the project root, rendered with the pipeline's template
     * variables and over them those of `more` (a map or NULL): as text, or read as YAML, which may
     * set variables of its own in a top-level block `variables:`; *own (or NULL) receives a map of
     * those. NULL after a diagnostic. */
    struct source *(*text)(void *ctx, struct vstr path, const struct node *more);
    struct node *(*yaml)(void *ctx, struct vstr path, const struct node *more, struct node **own);
    void *ctx;
};

#endif
