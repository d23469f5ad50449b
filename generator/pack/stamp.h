/* What the file system says of a file, enough to see that it is still the same: whatever writes to
 * a file, or puts another in its place, changes one of these. */
#ifndef PACK_STAMP_H
#define PACK_STAMP_H

#include "base/str.h"

struct stat;

struct stamp {
    uint64_t size, inode;
    int64_t mtime_ns, ctime_ns;
};

struct stamp stamp_make(const struct stat *st);
/* Of a regular file; zeroed if there is none. */
struct stamp stamp_path(const char *path);
bool stamp_equal(const struct stamp *a, const struct stamp *b);

/* Whether the stamp is old enough at `now_ns` to be believed: clocks of file systems tick coarsely,
 * and a second change within one tick does not show. */
bool stamp_settled(const struct stamp *s, int64_t now_ns);

#endif
