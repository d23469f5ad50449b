/* Rules that need the whole plan. */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include "plan/plan.h"

/* Reports what is wrong with the plan of the project at `root`. */
void check_plan(struct plan *p, struct str root);

/* Warns of triggers that the pipeline's own output may set off. check_plan calls it. */
void check_recursion(struct plan *p);

/* Reports names that their services would refuse, and two that are alike. check_plan calls it. */
void check_resource_names(struct plan *p);

/* Reports what is more than AWS takes: resources, outputs, tags, bytes of the template; and of the
 * state machine. check_plan calls them. */
void check_limits(struct plan *p);
void check_definition_size(struct plan *p);

/* Warns of time limits that what is around them makes void. check_plan calls it. */
void check_timeouts(struct plan *p);

/* Warns of ARNs that are none, or of another region or account than the stage. check_plan calls it.
 */
void check_arns(struct plan *p);

/* Warns of resources that nothing uses. check_plan calls it. */
void check_unused(struct plan *p);

/* Warns of permissions that hold for everything and need not, each with its reason. check_plan
 * calls it. */
void check_wide(struct plan *p);

/* Warns of those that cannot be narrower, for reviewers. */
void check_permissions(struct plan *p);

#endif
