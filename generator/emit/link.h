/* The last step before deployment: digests of the built bundles go into the template, and the
 * manifest says what has to be uploaded, in order. */
#ifndef EMIT_LINK_H
#define EMIT_LINK_H

#include "base/depfile.h"
#include "base/diag.h"

/* Where records of bundles lie: those of zips may lie apart, as each way of compression has a
 * folder of its own. */
struct link_folders {
    struct str bundles, zips;
};

/* Reads <name>.assets.json at `assets` and what stands beside it, and the records of bundles;
 * writes <name>.template.json (readable), <name>.template.min.json (for upload)
 * and <name>.manifest.json into the folder `out`. Paths in the manifest are relative to `out`.
 * Files read go to `reads` unless it is NULL. False after diagnostics, those of
 * limits_check among them. */
bool link_pipeline(struct arena *a, struct diags *ds, struct str assets,
                   const struct link_folders *folders, struct str out, struct reads *reads);

#endif
