/* Folders as a whole: removing, copying and putting one in the place of another. */
#ifndef PACK_FOLDER_H
#define PACK_FOLDER_H

#include "base/diag.h"

enum { FOLDER_MAX_DEPTH = 256 };

/* Removes the file or folder and all below; links are removed, not followed. What is not there is
 * fine; false after [cannot-write]. */
bool folder_delete(struct arena *a, struct diags *ds, struct str path);

/* Copies what a bundle of `from` would hold (ignore files count) into the folder `to`, which is
 * made. */
bool folder_copy(struct arena *a, struct diags *ds, struct str from, struct str to);

/* Puts `from` in the place of `to`, which is removed. False after [cannot-write]. */
bool folder_replace(struct arena *a, struct diags *ds, struct str from, struct str to);

#endif
