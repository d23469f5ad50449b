/* Bundles that were made before, by any build tree of this user: blobs by their SHA-256, and
 * actions that say which blob came of which files. Safe for many builds at once and for one that is
 * killed: whatever has a name is whole, and what is read is compared with its name.
 *
 *   <cache>/cas/ab/cdef…           a blob, named by the digest of its bytes
 *   <cache>/ac/ab/cdef…/0123…      an action: the digest of a blob. The first name is of the files'
 *                                  names, sizes and modes, the second also of what they hold:
 * without the first, nobody needs to read them to know that it is not there. Its time is when it
 * was last of use. */
#ifndef PACK_STORE_H
#define PACK_STORE_H

#include "pack/zip_write.h"

struct store {
    struct arena *arena;
    struct str cache; /* see cache_folder; empty: nothing is found and nothing kept */
};

struct store_key {
    char shape[SHA256_HEX + 1], action[SHA256_HEX + 1];
};

/* The key of a tree packed by that codec; without digests only its shape. */
void store_key(struct store_key *key, struct str codec, const struct tree *t,
               const struct zip_packed *packed, bool digests);

/* Whether actions of that shape are known. */
bool store_knows_shape(const struct store *s, const struct store_key *key);

/* Adds the blob that came of the action to the sink: true if it is there and whole. Otherwise the
 * sink is to be dropped; a damaged blob is gone then. */
bool store_fetch(const struct store *s, const struct store_key *key, struct sink *out);

/* Keeps the file at `path` of that digest. Where it cannot, nothing happens. */
void store_keep(const struct store *s, const struct store_key *key, struct str path,
                const uint8_t sha256[static SHA256_BYTES]);

#endif
