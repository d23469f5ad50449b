/* What an account needs before its first deployment: bootstrap.template.json, in the program. */
#ifndef DEPLOY_BOOTSTRAP_H
#define DEPLOY_BOOTSTRAP_H

#include "deploy/deploy.h"

#define BOOTSTRAP_STACK "stepwright-bootstrap"
#define BOOTSTRAP_CDK "CDKToolkit"

struct str bootstrap_template(void);

struct bootstrap_options {
    struct str account, region;    /* as the stage says; empty: whose credentials these are */
    struct str execution_policies; /* ARNs with commas */
    struct str github;             /* owner/name */
};

/* Writes template and manifest into the folder `dir`; the manifest's path, which deployment_open
 * takes like any other. Empty after a diagnostic. */
struct str bootstrap_write(struct arena *a, struct diags *ds, struct str dir,
                           const struct bootstrap_options *o);
/* The parameters for deploy_options.parameters. */
const struct node *bootstrap_parameters(struct arena *a, const struct bootstrap_options *o);

#endif
