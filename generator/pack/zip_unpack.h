/* A zip of ours back into a folder: what a bundle holds, for a layer of an image. */
#ifndef PACK_ZIP_UNPACK_H
#define PACK_ZIP_UNPACK_H

#include "base/diag.h"

/* Writes what the zip holds below `dir`, which is made and should be empty; checksums are compared.
 * False after [no-file], [cannot-read], [bad-zip] or [cannot-write]. */
bool zip_unpack(struct arena *a, struct diags *ds, struct str zip, struct str dir);

#endif
