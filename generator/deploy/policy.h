/* The smallest policy that somebody needs who deploys a set of pipelines. */
#ifndef DEPLOY_POLICY_H
#define DEPLOY_POLICY_H

#include "base/json_write.h"
#include "deploy/manifest.h"

struct policy_place {
    struct str bucket, execution_role;
};

struct policy_input {
    const struct manifest *m;
    const struct node *template;
};

/* Writes the policy document. Where CloudFormation takes on an execution role the deployer needs no
 * rights of the services themselves; without one, those that CloudFormation uses for each type of
 * resource. Types that are not known are returned, a blank behind each, in `a`. */
struct str policy_write(struct arena *a, struct json_writer *w, const struct policy_place *place,
                        const struct policy_input *all, size_t n);

#endif
