/* Bundles and templates into a bucket, under names made of their digests: what is there already
 * is not sent again, and what is sent is checked by S3 against the digest. */
#ifndef DEPLOY_UPLOAD_H
#define DEPLOY_UPLOAD_H

#include "deploy/cloud.h"
#include "deploy/manifest.h"
#include "deploy/progress.h"

enum {
    UPLOAD_WINDOW = 16,     /* requests under way at a time */
    UPLOAD_PART = 16 << 20, /* above this a file goes in parts of this size … */
    UPLOAD_PARTS = 10000,   /* … unless they would be more than S3 allows */
};

struct uploads {
    VEC(const struct manifest_file *) all;
};

/* Those of the files that the bucket lacks; false after a diagnostic. */
bool upload_find_missing(struct cloud *c, struct str bucket,
                         const struct manifest_file *const *files, size_t n,
                         struct uploads *missing);

/* Sends them, large ones in parts; parts of an earlier run that was cut off are kept. */
bool upload_send(struct cloud *c, struct progress *p, struct str bucket,
                 const struct uploads *files);

#endif
