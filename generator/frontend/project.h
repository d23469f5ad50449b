/* A project: a folder with configs/ and customcode/, seen at one stage. Loads its pipelines: stage
 * settings, variables, template, YAML, model. */
#ifndef FRONTEND_PROJECT_H
#define FRONTEND_PROJECT_H

#include "base/depfile.h"
#include "frontend/variables.h"
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
    bool env_compat;    /* settings also from the environment, by the names old blueprints used */
    bool lenient;       /* undefined variables are empty, as in old blueprints */
    struct reads reads; /* every file and folder that was read */
    struct names environment; /* names that env_var() was asked for */
};

/* The pipeline in `config` (a path relative to the root) at the project's stage; NULL after
 * diagnostics. */
struct pipeline *project_load(struct project *pr, struct str config);

/* What project_load does on its way, for verbs that want no more: stage and variables of a config
 * (release with variables_done even after a failure), and its text after templating. */
struct stage *project_variables(struct project *pr, struct str config, struct variables *v);
struct source *project_render(struct project *pr, struct str config);

/* configs/stages.yaml: the stage named pr->stage_name, all its keys set as variables. Without the
 * file every stage exists and says nothing. NULL after a diagnostic. */
struct stage *project_read_stage(struct project *pr, struct variables *v);

/* configs/variables.yaml: what is global, then what the stage says; false after a diagnostic.
 * Without the file there is nothing to add. */
bool project_read_variables(struct project *pr, struct variables *v);

/* A source rendered as a template and read as YAML; NULL after a diagnostic. */
struct node *project_parse(struct project *pr, const struct source *src, const struct variables *v);

/* The variables that the file sets itself, in a top-level block `variables:`; false after a
 * diagnostic. */
bool project_own_variables(struct project *pr, const struct source *src, struct variables *v);

/* A source rendered as a template; NULL after a diagnostic. */
struct source *project_render_source(struct project *pr, const struct source *src,
                                     const struct variables *v);

/* The file at `path`, recorded as read; NULL after a diagnostic at `cause`. */
struct source *project_source(struct project *pr, struct span cause, struct str path);

#endif
