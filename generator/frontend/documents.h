/* What engines read of a project: see model/documents.h. */
#ifndef FRONTEND_DOCUMENTS_H
#define FRONTEND_DOCUMENTS_H

#include "frontend/project.h"
#include "model/documents.h"

/* The project's files as a pipeline with the variables `v` sees them; `v` may be done afterwards,
 * the project must live on. */
const struct documents *documents_make(struct project *pr, const struct variables *v);

#endif
