/* A tree into a zip file, on several threads and in little memory: pieces of files are read and
 * compressed side by side, and written in order. */
#ifndef PACK_ZIP_WRITE_H
#define PACK_ZIP_WRITE_H

#include "pack/sink.h"
#include "pack/tree.h"

struct zip_options {
    int level;        /* 0 (stored) to 12 */
    unsigned threads; /* 0: one per processor */
    int last_zip;     /* open for reading: where known members are; -1 if there are none */
};

/* What is known of a file of the tree: before zip_write of those in the last zip, after it of all.
 */
struct zip_packed {
    uint64_t at;          /* of its local header */
    uint64_t packed_size; /* of its data */
    uint32_t crc;
    uint8_t method;
    bool known;                   /* the last zip has it, to be copied */
    bool digested;                /* `digest` is set */
    uint8_t digest[SHA256_BYTES]; /* see content_digest */
};

/* Adds all of the tree to the sink; packed[i] then says where files[i] is. False after
 * [cannot-read], [changed-file] (vanished or changed since the scan): one for each such file. That
 * the sink failed shows in the sink. */
bool zip_write(struct sink *out, struct diags *ds, const struct tree *t,
               const struct zip_options *options, struct zip_packed *packed);

#endif
