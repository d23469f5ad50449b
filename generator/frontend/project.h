/* A project: a folder with configs/ and customcode/, seen at one stage. Loads its pipelines: stage
 * settings, variables, template, YAML, model. */
#ifndef FRONTEND_PROJECT_H
#define FRONTEND_PROJECT_H

#include "base/depfile.h"
#include "base/val.h"
#include "model/model.h"

struct define { /* -D key=value: stronger than any file */
    struct str key, value;
};

struct project {
    struct arena *arena;
    struct diags *ds;
    const struct engines *engines;
    struct str root; /* folder that paths are relative to; empty is the working folder */
    struct str stage_name;
    VEC(struct define) defines;
    struct reads reads; /* every file that was read, relative to the root */
};

/* The pipeline in `config` (a path relative to the root) at the project's stage; NULL after
 * diagnostics. */
struct pipeline *project_load(struct project *pr, struct str config);

/* configs/stages.yaml: the stage named pr->stage_name, and all its keys as template variables put
 * into `variables`. Without the file every stage exists and says nothing. NULL after a diagnostic.
 */
struct stage *project_read_stage(struct project *pr, struct val *variables);

/* configs/variables.yaml on top of `variables`: what is global, then what the stage says; false
 * after a diagnostic. Without the file there is nothing to add. */
bool project_read_variables(struct project *pr, struct val *variables);

/* A source rendered as a template and read as YAML; NULL after a diagnostic. Consumes nothing. */
struct node *project_parse(struct project *pr, const struct source *src, struct val variables);

/* The file at `path`, recorded as read; NULL after a diagnostic at `cause`. */
struct source *project_source(struct project *pr, struct span cause, struct str path);

#endif
