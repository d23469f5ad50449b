/* The schedules of a deployed pipeline, which EventBridge Scheduler keeps. */
#ifndef DEPLOY_SCHEDULE_H
#define DEPLOY_SCHEDULE_H

#include "deploy/cloud.h"
#include "deploy/manifest.h"

struct deployed_schedule {
    struct str id, name; /* logical, physical */
    struct str expression;
    bool enabled;
    const struct node *data; /* as GetSchedule has it */
};

struct deployed_schedules {
    VEC(struct deployed_schedule) all;
};

/* Those that the stack has, by the template of the manifest, and how they stand. */
bool schedule_read(struct cloud *c, const struct manifest *m, struct deployed_schedules *out);
bool schedule_set(struct cloud *c, const struct deployed_schedule *sc, bool enabled);

#endif
