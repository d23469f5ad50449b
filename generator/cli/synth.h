/* From a config to its plan, for the verbs that need one. */
#ifndef CLI_SYNTH_H
#define CLI_SYNTH_H

#include "cli/cli.h"
#include "frontend/project.h"
#include "plan/plan.h"

/* A project at `root` and `stage`; `defines` are texts "key=value". False after a message about
 * usage. */
bool synth_project(struct cli *c, struct project *pr, struct str root, struct str stage,
                   const struct texts *defines);

/* The checked plan of the config; NULL after diagnostics. */
struct plan *synth_plan(struct project *pr, struct str config);

#endif
