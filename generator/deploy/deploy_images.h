/* Images that a deployment needs, into the account's registry. */
#ifndef DEPLOY_DEPLOY_IMAGES_H
#define DEPLOY_DEPLOY_IMAGES_H

#include "deploy/deploy.h"

/* Those of the manifest, from their layouts to ECR in the stack's account and region, each under
 * its digest as the tag; what is there already is not sent. False after diagnostics. */
bool deploy_push_images(struct deployment *d);

#endif
