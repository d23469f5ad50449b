/* The schedules of a deployed pipeline: rules of EventBridge. */
#ifndef DEPLOY_SCHEDULE_H
#define DEPLOY_SCHEDULE_H

#include "deploy/cloud.h"
#include "deploy/manifest.h"

struct schedule_rule {
    struct str id, name; /* logical, physical */
    struct str expression;
    bool enabled;
};

struct schedule_rules {
    VEC(struct schedule_rule) all;
};

/* Those that the stack has, by the template of the manifest, and how they stand. */
bool schedule_read(struct cloud *c, const struct manifest *m, struct schedule_rules *rules);
bool schedule_set(struct cloud *c, const struct schedule_rule *rule, bool enabled);

#endif
