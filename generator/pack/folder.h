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

/* Removes files and folders in `dir` that are called `prefix` and the id of a process that is no
 * more, and what is behind it. */
bool folder_delete_left(struct arena *a, struct diags *ds, struct str dir, struct str prefix);

/* Puts `from` in the place of `to`, which is removed: at any moment one of them is there, where the
 * file system can do that. False after [cannot-write]. */
bool folder_replace(struct arena *a, struct diags *ds, struct str from, struct str to);

#endif
