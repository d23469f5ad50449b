/* A cache that a team and its CI share, behind HTTP or in S3: blobs and actions of the store by GET
 * and PUT, below <STEPWRIGHT_CACHE_URL>/cas/<digest> and /ac/<action>. Any server that keeps files
 * will do, and so does s3://bucket/prefix.
 *
 * It can only save time. What comes from it is compared with its digest before it gets a name in
 * the local cache; where it fails, in whatever way, there is one warning [remote-cache] and a
 * minute of peace. The transfers are made by `stepwright-aws`, which is started for them: this
 * program links no network library. */
#ifndef PACK_REMOTE_H
#define PACK_REMOTE_H

#include "pack/store.h"

/* Whether there is one to ask. */
bool remote_is_on(const struct store *s);

/* Brings the action and its blob into the store: true if they are there now. */
bool remote_fetch(const struct store *s, struct diags *ds, const struct store_key *key);

/* Shares what store_keep has just kept, unless STEPWRIGHT_CACHE_PUT is "off". */
void remote_keep(const struct store *s, struct diags *ds, const struct store_key *key,
                 struct str path, const uint8_t sha256[static SHA256_BYTES]);

#endif
