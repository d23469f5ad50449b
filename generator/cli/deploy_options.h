/* What the verbs that talk to AWS have in common: which stacks, where, and how they end. */
#ifndef CLI_DEPLOY_OPTIONS_H
#define CLI_DEPLOY_OPTIONS_H

#include "cli/cli.h"
#include "deploy/deploy.h"

struct deploy_request {
    struct str stage, out; /* --stage, --out: where the build put the manifests */
    struct deploy_options options;
    struct texts skip;
    bool yes, quiet;
    VEC(struct str) manifests;
    VEC(struct deployment) all;
    struct progress progress;
};

#define DEPLOY_OPTIONS(r)                                                                     \
    { "--stage", OPTION_TEXT, &(r).stage, false }, { "--out", OPTION_TEXT, &(r).out, false }, \
        { "--region", OPTION_TEXT, &(r).options.region, false },                              \
        { "--profile", OPTION_TEXT, &(r).options.profile, false },                            \
        { "--endpoint-url", OPTION_TEXT, &(r).options.endpoint_url, false },                  \
    {                                                                                         \
        "--quiet", OPTION_FLAG, &(r).quiet, false                                             \
    }

/* The manifests that the arguments mean: files, pipelines of --stage, or all of the stage. False
 * after a message or a diagnostic; *usage says which. */
bool deploy_find(struct cli *c, struct deploy_request *r, const struct texts *args, bool *usage);
/* Opens a deployment for each; false after diagnostics. Release with deploy_close either way. */
bool deploy_open(struct cli *c, struct deploy_request *r);
void deploy_close(struct deploy_request *r);
/* Runs `work` for each deployment, several at a time. */
void deploy_each(struct deploy_request *r, void (*work)(struct deployment *d));
/* Takes over the deployments' diagnostics; true if there is no error among them. */
bool deploy_collect(struct cli *c, struct deploy_request *r);

/* From now on an interruption says that what CloudFormation has begun goes on without us. */
void deploy_mind_interrupts(void);

/* Asks on the terminal. Without one, or without a yes, false; *asked says whether somebody was. */
bool deploy_ask(const char *question, bool *asked);

#endif
