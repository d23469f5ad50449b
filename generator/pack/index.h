/* What the last run knew of a bundle, in a file of the cache: what the file system said of every
 * file and folder, what each file held, and where in the zip it is. While a file is what it was, it
 * is neither read nor compressed again; while all are, nothing is done at all.
 *
 * It is a cache of one machine: wrong, foreign or missing, it costs time and nothing else. */
#ifndef PACK_INDEX_H
#define PACK_INDEX_H

#include "pack/zip_write.h"

struct index_file; /* one file, as it lies in memory and on disk */
struct index_folder;
struct index_head;

struct index {
    void *memory; /* the whole file; NULL where there is none to be used */
    const struct index_head *head;
    const struct index_file *files;
    const struct index_folder *folders;
    const char *strings;
};

/* What an index speaks of. */
struct index_subject {
    struct str codec;             /* how members were compressed: others are of no use */
    struct str call;              /* everything else that decides what is written */
    uint8_t sha256[SHA256_BYTES]; /* of the zip */
    struct stamp zip, record, depfile;
};

/* Reads the index at `path`; ix->memory is NULL if there is none, or none that is whole. Release
 * with index_done. */
void index_read(struct index *ix, struct str path);
void index_done(struct index *ix);

/* Whether it speaks of the zip that is at `zip`, made with that codec. */
bool index_is_of(const struct index *ix, const struct stamp *zip, struct str codec);
struct index_subject index_subject(const struct index *ix);

/* One file that it lists, 0 to index_count - 1, sorted by path. */
struct index_entry {
    struct str path;
    bool executable;
    const uint8_t *digest;
};
uint64_t index_count(const struct index *ix);
struct index_entry index_get(const struct index *ix, uint64_t i);

/* Fills t with what the index lists, as the file system has it now: true if no folder has changed
 * since, and every file still is there. *same says whether none of them has changed either.
 * Otherwise t is empty, and a scan tells more. */
bool index_follow(const struct index *ix, struct tree *t, struct arena *a,
                  const struct tree_root *roots, size_t n, bool *same);

/* Which of the tree's files are in the zip already: known[i] is filled for each. Files whose stamps
 * do not tell are read, on several threads, and compared by what they hold. */
void index_match(const struct index *ix, const struct tree *t, unsigned threads,
                 struct zip_packed *known);

/* Leaves an index for the next run; that it could not is no error. The tree was looked at from
 * scanned_ns on: stamps that were young then are not to be believed. */
void index_write(struct arena *a, struct str path, const struct index_subject *subject,
                 const struct tree *t, const struct zip_packed *packed, int64_t scanned_ns);

#endif
