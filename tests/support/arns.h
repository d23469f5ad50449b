/* What CloudFormation would make of a value in one of our templates, for tests: references become
 * the names and ARNs that the resources get, in one account and region. */
#ifndef SUPPORT_ARNS_H
#define SUPPORT_ARNS_H

#include "base/node.h"

#define ARNS_ACCOUNT "111122223333"
#define ARNS_REGION "eu-west-1"

/* `value` with every function and reference filled in. What has no answer here becomes the text
 * "unknown: …", which fits no ARN, and is counted in *unknown. Parameters of the template have the
 * value of their name in lower case; resources without a name of their own are called
 * pipeline-dev-<logical id>. */
struct node *arns_fill(struct arena *a, const struct node *document, const struct node *value,
                       size_t *unknown);

#endif
