/* What files hold, as a digest that tells two of them apart. Large files are taken in pieces, which
 * several threads can see to. */
#ifndef PACK_CONTENT_H
#define PACK_CONTENT_H

#include "base/digest.h"
#include "pack/tree.h"

enum { CONTENT_PIECE = 2 << 20 }; /* bytes that are read, compressed and digested at once */

/* How many pieces a file of that size has; an empty one has one. */
uint32_t content_pieces(uint64_t size);
/* Where a piece begins and how many bytes it has. */
uint64_t content_piece_at(uint32_t piece);
size_t content_piece_size(uint64_t size, uint32_t piece);

/* n bytes at an offset; false and errno, which is ESTALE if the file is shorter. */
bool content_read(int fd, uint8_t *to, size_t n, uint64_t at);

/* SHA-256 of the file's bytes, or if it has several pieces, of their digests in a row. False if it
 * cannot be read or is not what the scan saw. */
bool content_digest(const struct tree *t, const struct tree_file *f,
                    uint8_t digest[static SHA256_BYTES]);

#endif
