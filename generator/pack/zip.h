/* The bytes of a zip file around its members' data. Source: PKWARE APPNOTE 6.3.10, sections 4.3.7
 * (local header), 4.3.12 (central directory), 4.3.14 to 4.3.16 (end records), 4.5.3 (zip64).
 *
 * Nothing that varies is in them: every member is dated 1980-01-01 00:00, the mode is 0644 or 0755,
 * sizes stand in the local header, names are marked as UTF-8, and the only extra field is zip64's,
 * where a number does not fit in its place. */
#ifndef PACK_ZIP_H
#define PACK_ZIP_H

#include "base/buf.h"

enum zip_method { ZIP_STORED = 0, ZIP_DEFLATED = 8 };

struct zip_member {
    struct str path;
    bool executable;
    uint8_t method;
    uint32_t crc;
    uint64_t size, packed_size;
    uint64_t at; /* of its local header */
};

/* A member that large needs zip64 fields in its local header. */
bool zip_is_wide(uint64_t size);

/* The local header; its length depends on path and size only, so that it can be written again once
 * the rest is known. */
void zip_put_local(struct buf *out, const struct zip_member *m);
size_t zip_local_size(struct str path, uint64_t size);
void zip_put_central(struct buf *out, const struct zip_member *m);
/* For n members whose central directory begins at `at` and takes `size` bytes. */
void zip_put_end(struct buf *out, uint64_t n, uint64_t at, uint64_t size);

#endif
