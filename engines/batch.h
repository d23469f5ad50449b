/* What the engines of AWS Batch share: names, parameters, job definitions. */
#ifndef ENGINES_BATCH_H
#define ENGINES_BATCH_H

#include "plan/plan.h"

enum { BATCH_NAME_MAX = 128 };

/* Reports a name that Batch would not take; `what` is what it names ("a job queue"). */
void batch_check_name(struct diags *ds, const struct vstr *name, const char *what);

/* Publishes `value` as the SSM parameter /<pipeline>/<stage>/<kind>/<name> for other pipelines. */
void batch_add_parameter(struct plan *p, struct vstr name, const char *kind, struct node *value);
/* The value of an SSM parameter, known when the stack is deployed. */
struct node *batch_parameter(struct plan *p, struct str name);

/* Whether a compute environment, a job queue or a job definition of this pipeline is for Fargate.
 */
bool batch_is_fargate(const struct plan *p, const struct resource *r);

/* A job definition, as a resource or inside a step. */
struct batch_definition;
extern const struct fields batch_definition_fields;
void batch_check_definition(struct diags *ds, const struct vstr *name, struct vstr role,
                            const struct batch_definition *d);
/* The job definition of that name in this pipeline, NULL if there is none. */
const struct batch_definition *batch_find_definition(const struct plan *p, struct str name);
/* Whether it says how long a try may take, and how often to try. */
bool batch_has_timeout(const struct batch_definition *d);
bool batch_has_retries(const struct batch_definition *d);
/* Adds it and the roles that it needs; `role` (perhaps not set) is what the job's code has. */
struct resource *batch_add_definition(struct plan *p, const struct item *it, struct vstr role,
                                      const struct batch_definition *d);

#endif
