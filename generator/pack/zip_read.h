/* Where the members of a zip of ours are: its central directory, read back. Zips of others are not
 * our business, and are refused where they differ. */
#ifndef PACK_ZIP_READ_H
#define PACK_ZIP_READ_H

#include "pack/zip.h"

/* Reads the directory of the zip open at fd, which has `size` bytes, and calls `each` for every
 * member in turn, until one call returns false. False if it is not a zip as zip_write makes them,
 * or `each` said so. The member's path is borrowed for the call. */
bool zip_read(int fd, uint64_t size, bool (*each)(void *ctx, const struct zip_member *m),
              void *ctx);

#endif
