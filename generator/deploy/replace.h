/* Which changes make CloudFormation replace a resource. A change set knows better; this is for a
 * comparison without one. */
#ifndef DEPLOY_REPLACE_H
#define DEPLOY_REPLACE_H

#include "base/str.h"

/* Whether changing the top-level property of a resource of the type replaces it. */
bool replace_forced(struct str type, struct str property);

/* Whether replacing it is how a resource of the type is changed at all, and loses nothing: a new
 * version of a layer, a permission written anew. */
bool replace_is_usual(struct str type);

#endif
