/* Gathered packages in the store, as a zip, for build trees to come. */
#ifndef PACK_RESOLVE_STORE_H
#define PACK_RESOLVE_STORE_H

#include "base/diag.h"

/* Fills the folder `dir` with what was kept under that key; false if there is nothing. Of the
 * diagnostics only [remote-cache] can come. */
bool resolve_recall(struct arena *a, struct diags *ds, struct str cache, struct str key,
                    struct str dir);

/* Keeps what the folder holds. Where it cannot, nothing happens. */
void resolve_keep(struct arena *a, struct diags *ds, struct str cache, struct str key,
                  struct str dir);

#endif
