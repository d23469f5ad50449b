/* Reading files, and writing them only when their bytes change. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/diag.h"

/* The whole file into `a`; false after a diagnostic at `cause` (may be zeroed): missing file and
 * not a regular file are the user's input [no-file], an unreadable one the world [cannot-read],
 * one over `limit` bytes [too-large]. `path` is opened relative to the directory `root`, or as it
 * is where root is empty; messages show `path`. */
bool file_read(struct arena *a, struct diags *ds, struct span cause, struct str root,
               struct str path, size_t limit, struct str *text);

/* The file as a source whose path is `path`; NULL after a diagnostic. Must be valid UTF-8
 * [not-utf8, pointing at the byte]; a leading BOM is kept in the text for the parser to skip. */
struct source *source_read(struct arena *a, struct diags *ds, struct span cause, struct str root,
                           struct str path);

/* Whether the text is valid UTF-8; false after [not-utf8] at the first byte that is not. */
bool source_check_utf8(struct diags *ds, const struct source *src);

/* Whether something stands at `path`, seen from `root`; and whether it is a folder. */
bool file_exists(struct str root, struct str path);
bool file_is_dir(struct str root, struct str path);

struct names {
    VEC(struct str) all;
};

/* Names of what a folder holds, sorted by bytes, without "." and ".."; false after a diagnostic at
 * `cause`: [no-file] or [cannot-read]. */
bool file_list(struct arena *a, struct diags *ds, struct span cause, struct str root,
               struct str path, struct names *names);

/* What file_write did. */
enum written { WRITE_FAILED, WRITE_SAME, WRITE_CHANGED };

/* Makes `path` hold `data`: through a temporary file in the same directory and rename, and only if
 * the bytes differ. Missing folders are made. After a failure [cannot-write] the old file stands
 * and no temporary file is left. */
enum written file_write(struct diags *ds, struct str path, struct str data);

/* Creates the folder and those above it; false after [cannot-write]. */
bool file_make_dirs(struct diags *ds, struct str path);

/* For tests of failure paths: the n-th write, flush or rename from now on fails with ENOSPC, once;
 * 0 switches it off. Also set by the environment variable STEPWRIGHT_FAIL_WRITE at the first use.
 */
void file_fail_write(int n);
/* For those who write by themselves: whether the step about to be made shall fail, errno then says
 * why. Ask once before each. */
bool file_fails_now(void);

#endif
