/* From a config to its plan, for the verbs that need one. */
#ifndef CLI_SYNTH_H
#define CLI_SYNTH_H

#include "cli/cli.h"
#include "frontend/project.h"
#include "plan/plan.h"

/* What every verb that reads configs takes. */
struct synth_options {
    struct str stage, root, undefined;
    struct texts defines;
    bool env_compat;
};
#define SYNTH_OPTIONS(o)                                                                     \
    { "--root", OPTION_TEXT, &(o).root, false }, { "-D", OPTION_LIST, &(o).defines, false }, \
        { "--env-compat", OPTION_FLAG, &(o).env_compat, false },                             \
    {                                                                                        \
        "--undefined", OPTION_TEXT, &(o).undefined, false                                    \
    }

/* A project at `root` and o->stage. False after a message about usage. */
bool synth_project(struct cli *c, struct project *pr, struct str root,
                   const struct synth_options *o);

/* The checked plan of the config; NULL after diagnostics. */
struct plan *synth_plan(struct project *pr, struct str config);

#endif
