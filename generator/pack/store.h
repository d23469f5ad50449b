/* What was made before, by any build tree of this user: blobs by their SHA-256, and actions that
 * say which blobs came of what. Safe for many builds at once and for one that is killed: a file
 * gets its name when it is whole, and what is read is compared with its name. Nothing waits for the
 * disk (fsync): what a power failure tears is found out in the same way, and made again.
 *
 *   <cache>/cas/ab/cdef…           a blob, named by the digest of its bytes
 *   <cache>/ac/ab/cdef…/0123…      an action: digests of blobs, one per line. For a bundle, the
 * first name is of the files' names, sizes and modes, the second also of what they hold: without
 * the first, nobody needs to read them to know that it is not there. Its time is when it was last
 * of use; blobs that no action names are removed by the next sweep. */
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

/* ---- for who makes other things than bundles ---- */

enum { STORE_MAX_BLOBS = 256 }; /* that an action may name */

/* The key of an action of that kind; the recipe is all that decides what comes of it. */
void store_key_of(struct store_key *key, struct str kind, struct str recipe);

/* Digests that the action noted: hexadecimal, one per line. Empty if there is no such action. */
struct str store_recall(const struct store *s, const struct store_key *key);
/* Notes them, for blobs that are kept already. Where it cannot, nothing happens. */
void store_note(const struct store *s, const struct store_key *key, struct str digests);

/* Where the blob of that digest lies; empty if it is not there. Who reads it compares it with its
 * digest, and drops it if it is another. It is of use today: the sweep will know. */
struct str store_find(const struct store *s, struct str digest);
/* Adds the blob to the sink, compared: true if it was there and whole; otherwise as store_fetch. */
bool store_load(const struct store *s, struct str digest, struct sink *out);
/* Keeps the file at `path`, whose digest it is: true if the blob is there then. A link where that
 * can be, so nobody may write into the file afterwards. */
bool store_put(const struct store *s, struct str digest, struct str path);
void store_drop(const struct store *s, struct str digest);

#endif
