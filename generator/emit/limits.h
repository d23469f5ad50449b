/* What AWS Lambda takes, before anybody deploys it: sizes of functions with their layers, and how
 * many those are, known once the bundles are made. Source: AWS Lambda developer guide, "Lambda
 * quotas", deployment package and layers. */
#ifndef EMIT_LIMITS_H
#define EMIT_LIMITS_H

#include "base/diag.h"
#include "base/node.h"

struct limits_bundle {
    struct str id;
    int64_t bytes, unpacked_bytes;
};

/* Looks at the functions of an unlinked template. `sources` is a map from logical ids to
 * "config:line", or NULL. False after [too-large] or [too-many-layers]; a zip that Lambda takes
 * from S3 only is warned about [large-zip]. */
bool limits_check(struct arena *a, struct diags *ds, const struct node *template,
                  const struct node *sources, const struct limits_bundle *bundles, size_t n);

#endif
