/* The blueprint's native format: `groups`, `aws_resources`, `triggers` → the model. */
#ifndef FRONTEND_BLUEPRINT_H
#define FRONTEND_BLUEPRINT_H

#include "model/model.h"

/* Reads the document `node` of the config `src`; the stage and names are filled in by the caller.
 * Reports every error of the document and leaves out what has one, so that the rest can be checked
 * too; NULL if nothing can be made of it. */
struct pipeline *blueprint_read(struct arena *a, struct diags *ds, const struct engines *engines,
                                const struct node *node);

/* The tables of what does not belong to an engine, for schema and reference pages. */
extern const struct fields blueprint_document, blueprint_group, blueprint_step, blueprint_sequence,
    blueprint_item;

#endif
