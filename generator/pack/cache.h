/* The folder where work is kept for another day, shared by all build trees of a user: what is in it
 * may vanish at any time, and costs time and nothing else. */
#ifndef PACK_CACHE_H
#define PACK_CACHE_H

#include "base/arena.h"

#define CACHE_BYTES ((uint64_t)2 << 30) /* of blobs, unless somebody says otherwise */

/* STEPWRIGHT_CACHE, where that is set: a folder, or "off". Else stepwright/ in XDG_CACHE_HOME, or
 * in .cache of HOME. Empty if there is to be none. Source: XDG Base Directory Specification 0.8. */
struct str cache_folder(struct arena *a);

/* Where the index of the zip `out` lies in the cache; empty where there is no cache. */
struct str cache_index_path(struct arena *a, struct str cache, struct str out);
/* Likewise of what is noted about its last change. */
struct str cache_note_path(struct arena *a, struct str cache, struct str out);

/* What STEPWRIGHT_CACHE_SIZE says, or CACHE_BYTES. */
uint64_t cache_limit(void);
/* "2G", "500M", "64k", "1000": bytes; false if it is nothing of the kind. */
bool cache_parse_size(struct str text, uint64_t *bytes);

#endif
