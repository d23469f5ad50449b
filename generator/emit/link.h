/* The last step before deployment: digests of the built bundles go into the template, and the
 * manifest says what has to be uploaded, in order. */
#ifndef EMIT_LINK_H
#define EMIT_LINK_H

#include "base/depfile.h"
#include "base/diag.h"

/* Reads <name>.assets.json at `assets` and what stands beside it, and the records of bundles in the
 * folder `bundles`; writes <name>.template.json (readable), <name>.template.min.json (for upload)
 * and <name>.manifest.json into the folder `out`. Paths in the manifest are relative to `out`.
 * Files read go to `reads` unless it is NULL. False after diagnostics. */
bool link_pipeline(struct arena *a, struct diags *ds, struct str assets, struct str bundles,
                   struct str out, struct reads *reads);

#endif
