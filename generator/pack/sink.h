/* A file that is too large to hold in memory, written front to back: like file_write, it appears
 * whole or not at all, and only if its bytes are others than before. Until then it has no name
 * where the file system allows that, so that even a killed process leaves nothing behind. */
#ifndef PACK_SINK_H
#define PACK_SINK_H

#include "base/digest.h"
#include "base/file.h"
#include "pack/stamp.h"

struct sink {
    struct arena *arena;
    struct str path, dir;
    struct str name; /* of the temporary file; empty while it has none */
    int fd;
    int error;     /* errno of the first thing that failed; nothing is done after it */
    uint8_t *held; /* bytes not yet written */
    size_t nheld;
    uint64_t at;           /* bytes before them */
    struct sha256 *digest; /* of those, as long as nothing is written out of order; or NULL */
    uint8_t sha256[SHA256_BYTES]; /* of everything, once that is made */
    bool digested;
    struct stamp stamp; /* of the file that stands there in the end */
};

/* Begins a file that will be `path`; missing folders are made. False after [cannot-write]. */
bool sink_open(struct sink *s, struct arena *a, struct diags *ds, struct str path);

/* Adds bytes. Failures show in s->error and are reported by sink_commit. */
void sink_put(struct sink *s, struct str data);
/* Adds n bytes of another file, from an offset on. */
void sink_copy(struct sink *s, int fd, uint64_t at, uint64_t n);
/* Bytes added so far. */
uint64_t sink_at(const struct sink *s);
/* Writes over bytes added before. */
void sink_put_at(struct sink *s, uint64_t at, struct str data);
/* Takes back everything behind `at`. */
void sink_rewind(struct sink *s, uint64_t at);

/* SHA-256 of what was added so far, in hexadecimal; nothing may be added behind it. */
void sink_digest(struct sink *s, char hex[static SHA256_HEX + 1]);

/* What stood at the path before, if that is known and need not be read again. */
struct sink_before {
    struct stamp stamp;
    const uint8_t *sha256;
};

/* Makes the file appear, unless it is the one that stands there, and says in `digest` what it
 * holds; WRITE_FAILED after [cannot-write]: the file that was there still is. s->stamp is of the
 * file that stands there then. `before` may be NULL. Releases s. */
enum written sink_commit(struct sink *s, struct diags *ds, const struct sink_before *before,
                         uint8_t digest[static SHA256_BYTES]);
/* Makes the file appear, whatever it holds; false after [cannot-write]. Releases s. */
bool sink_publish(struct sink *s, struct diags *ds);
/* Releases s; the file never was. */
void sink_drop(struct sink *s);

#endif
