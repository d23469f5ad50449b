/* Where the last block of a DEFLATE stream begins and ends, without unpacking it. */
#ifndef PACK_SKIM_H
#define PACK_SKIM_H

#include "base/str.h"

struct skim {
    size_t last_bit; /* of the last block's first bit, which marks it as the last */
    size_t end_bit;  /* behind the stream */
    bool aligned;    /* the last block is a stored one and ends with a byte */
};

/* False if the stream is malformed or goes on behind its n bytes. */
bool deflate_skim(const uint8_t *p, size_t n, struct skim *out);

#endif
