#include "pack/deflate.h"

#include "base/mem.h"
#include "pack/skim.h"

#include <libdeflate.h>

struct deflater {
    struct libdeflate_compressor *lib;
};

struct deflater *deflater_new(int level)
{
    struct deflater *d = mem_alloc(sizeof *d);
    d->lib = libdeflate_alloc_compressor(level);
    if (!d->lib)
        UNREACHABLE(); /* a level that does not exist; memory is ours to run out of elsewhere */
    return d;
}

void deflater_free(struct deflater *d)
{
    libdeflate_free_compressor(d->lib);
    mem_free(d);
}

size_t deflater_size(int level)
{
    return level < 10 ? (size_t)1 << 20 : (size_t)12 << 20;
}

/* An empty stored block: what makes a piece end with a byte. */
static const uint8_t sync_block[] = { 0x00, 0x00, 0xFF, 0xFF };

size_t deflate_room(size_t n)
{
    return libdeflate_deflate_compress_bound(NULL, n) + 1 + sizeof sync_block;
}

/* Takes the mark off the last of the n bytes' blocks and closes the last byte. */
static size_t reopen(uint8_t *p, size_t n, size_t cap)
{
    struct skim last;
    if (!deflate_skim(p, n, &last) || (last.end_bit + 7) / 8 != n)
        UNREACHABLE(); /* libdeflate made it */
    p[last.last_bit / 8] &= (uint8_t) ~(1u << last.last_bit % 8);
    if (last.aligned)
        return n;
    bool fits = last.end_bit % 8 > 0 && last.end_bit % 8 <= 5; /* the three bits of a header */
    if (cap - n < sizeof sync_block + 1)
        return 0;
    if (!fits)
        p[n++] = 0;
    memcpy(p + n, sync_block, sizeof sync_block);
    return n + sizeof sync_block;
}

size_t deflate_piece(struct deflater *d, struct str data, bool last, uint8_t *out, size_t cap)
{
    size_t n = libdeflate_deflate_compress(d->lib, data.p, data.n, out, cap);
    return n == 0 || last ? n : reopen(out, n, cap);
}

uint32_t crc32_add(uint32_t crc, struct str data)
{
    return libdeflate_crc32(crc, data.p, data.n);
}

/* Polynomials over GF(2) modulo the one of CRC-32, bits reversed: x^0 is the top bit. */
enum { X0 = 31, X8 = 23 };
static const uint32_t modulus = 0xEDB88320;

static uint32_t times(uint32_t a, uint32_t b)
{
    uint32_t product = 0;
    for (int bit = X0; bit >= 0; bit--) {
        if (a >> bit & 1)
            product ^= b;
        b = b >> 1 ^ (b & 1 ? modulus : 0);
    }
    return product;
}

/* Adding a byte multiplies by x^8; the first CRC moves on by as many bytes as the second text has.
 */
uint32_t crc32_join(uint32_t first, uint32_t second, uint64_t second_n)
{
    uint32_t power = 1u << X8;
    for (uint64_t n = second_n; n; n >>= 1) {
        if (n & 1)
            first = times(first, power);
        power = times(power, power);
    }
    return first ^ second;
}
