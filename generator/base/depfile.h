/* The list of files a command read, as Make and Ninja read it. Shape and traps: one target, a
 * blank behind the colon, blanks, '#' and '$' escaped. */
#ifndef BASE_DEPFILE_H
#define BASE_DEPFILE_H

#include "base/file.h"
#include "base/map.h"

/* Paths read so far; each once, in order of first reading. */
struct reads {
    struct arena *arena;
    struct map paths;
};

void reads_add(struct reads *r, struct str path);

/* Writes "target: path path …" to `file`, sorted; false after a diagnostic [cannot-write,
 * bad-file-name]. */
bool depfile_write(struct diags *ds, const struct reads *r, struct str file, struct str target);

/* One path as it stands in such a file, for who writes a very long one by himself. */
void depfile_put_path(struct buf *out, struct str path);

#endif
