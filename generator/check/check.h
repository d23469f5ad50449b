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

/* Warns of resources that nothing uses. check_plan calls it. */
void check_unused(struct plan *p);

/* Warns of permissions that hold for everything and need not, each with its reason. check_plan
 * calls it. */
void check_wide(struct plan *p);

/* Warns of those that cannot be narrower, for reviewers. */
void check_permissions(struct plan *p);

#endif
