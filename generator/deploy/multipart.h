/* One large file in parts. */
#ifndef DEPLOY_MULTIPART_H
#define DEPLOY_MULTIPART_H

#include "deploy/upload.h"

/* Sends the file; parts that an earlier run has sent are recognised by their digests and kept. A
 * failure leaves the parts for the next run (the bucket's rules expire them). */
bool multipart_send(struct cloud *c, struct str bucket, const struct manifest_file *f);

/* ---- shared with upload.c -------------------------------------------------------------------- */

typedef bool upload_begin(void *ctx, size_t i, struct aws_call *call);
typedef bool upload_ended(void *ctx, size_t i, struct aws_call *call);
bool upload_run(struct cloud *c, size_t n, upload_begin *begin, upload_ended *ended, void *ctx);
struct str upload_base64(struct arena *a, const uint8_t *bytes, size_t n);
struct str upload_path(struct arena *a, struct str key);

#endif
