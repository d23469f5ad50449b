/* Takes a pipeline's stack away. */
#ifndef DEPLOY_DESTROY_H
#define DEPLOY_DESTROY_H

#include "deploy/deploy.h"

struct destroy_options {
    bool unprotect;           /* take the protection away first */
    const struct str *retain; /* resources to leave behind where deleting them failed before */
    size_t nretain;
};

/* Reads the stack into d->before; false after a diagnostic. DEPLOYMENT_CURRENT: there is none. */
bool destroy_look(struct deployment *d, const struct destroy_options *o);
/* What stays when the stack goes, by the template: names with a blank behind each. */
struct str destroy_kept(struct deployment *d);
/* Deletes it and follows; d->state is DEPLOYMENT_DONE when it is gone. */
void destroy_apply(struct deployment *d, const struct destroy_options *o);

#endif
