/* The bytes of a tar file around its members' data, as layers of images want them. Source: POSIX
 * pax(1), "ustar Interchange Format" and "pax Extended Header"; OCI image specification, "Image
 * Layer Filesystem Changeset".
 *
 * Nothing that varies is in them: every member belongs to 0:0, has no names of users, and is dated
 * 1970-01-01. A path that ustar has no room for, and a size, stand in a pax header. */
#ifndef PACK_TAR_H
#define PACK_TAR_H

#include "base/buf.h"

enum { TAR_BLOCK = 512 };

enum tar_kind { TAR_FILE = '0', TAR_FOLDER = '5' };

struct tar_member {
    enum tar_kind kind;
    struct str path; /* relative, without "." and ".."; of a folder without '/' at the end */
    unsigned mode;   /* permissions: 0644 */
    uint64_t size;   /* of a file */
};

/* The member's header, with what it needs in front; its length depends on nothing but kind, path
 * and size. */
void tar_put_header(struct buf *out, const struct tar_member *m);
size_t tar_header_size(const struct tar_member *m);

/* Bytes that the data of a member takes, and those of zeros at the end of the archive. */
uint64_t tar_padded(uint64_t size);
enum { TAR_END = 2 * TAR_BLOCK };

#endif
