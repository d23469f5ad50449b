/* DEFLATE (RFC 1951) of a file in pieces, so that a large file takes little memory and all cores:
 * libdeflate compresses whole buffers only, so the end-of-stream mark that it leaves in each piece
 * is taken out again. Same bytes in, same bytes out, whatever thread does it. */
#ifndef PACK_DEFLATE_H
#define PACK_DEFLATE_H

#include "base/str.h"

enum { DEFLATE_MAX_LEVEL = 12 };

struct deflater;

/* For one thread at a time; level 1 (fast) to 12 (small). */
struct deflater *deflater_new(int level);
void deflater_free(struct deflater *d);
/* Heap memory that one of that level takes, roughly. */
size_t deflater_size(int level);

/* Room that deflate_piece may need for n bytes. */
size_t deflate_room(size_t n);

/* Compresses data to `out`, which has room for `cap` bytes; returns the length, or 0 where cap does
 * not do. Unless it is the last piece, what comes out ends at a byte's end and the next piece's
 * bytes may follow. */
size_t deflate_piece(struct deflater *d, struct str data, bool last, uint8_t *out, size_t cap);

/* CRC-32 as zip and gzip have it; start with 0. */
uint32_t crc32_add(uint32_t crc, struct str data);
/* That of two texts in a row, from theirs and the second one's length. */
uint32_t crc32_join(uint32_t first, uint32_t second, uint64_t second_n);

#endif
