/* Keeping the store in order: what is in it, what has been of no use for the longest, what is
 * damaged. Other processes may use it meanwhile. */
#ifndef PACK_SWEEP_H
#define PACK_SWEEP_H

#include "base/diag.h"

struct sweep {
    uint64_t blobs, blob_bytes, actions, indexes; /* that are there (and stay) */
    uint64_t removed, removed_bytes;              /* files of any kind that went */
    uint64_t damaged; /* of those, blobs that were not what they should be */
};

/* Counts. A cache that is not there yet is empty; false after [cannot-read]. */
bool sweep_count(struct arena *a, struct diags *ds, struct str cache, struct sweep *s);

/* Removes leavings of processes that were killed, indexes of a month ago, and of the blobs those
 * that were of no use for the longest, until the others have at most max_bytes. `now_ns` is the
 * time. */
bool sweep_collect(struct arena *a, struct diags *ds, struct str cache, uint64_t max_bytes,
                   int64_t now_ns, struct sweep *s);

/* Reads every blob and removes those that are damaged, each with a warning [damaged-blob]. */
bool sweep_verify(struct arena *a, struct diags *ds, struct str cache, struct sweep *s);

/* sweep_collect, silently, if the last one was an hour ago. */
void sweep_if_due(struct str cache, uint64_t max_bytes, int64_t now_ns);

#endif
