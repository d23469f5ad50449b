/* The skimmer on any bytes: it ends, and where both it and libdeflate find a whole stream, they
 * agree on its end (libdeflate also takes codes that RFC 1951 leaves out). What libdeflate makes of
 * the same bytes as text, it always finds its way through. */
#include "fuzz.h"

#include "base/mem.h"
#include "pack/deflate.h"
#include "pack/skim.h"

#include <libdeflate.h>

enum { ROOM = 1 << 20 };

static void skim_stream(const uint8_t *data, size_t size)
{
    struct skim at;
    bool ok = deflate_skim(data, size, &at);
    if (!ok)
        return;
    MUST(at.last_bit < at.end_bit && at.end_bit <= 8 * size);
    struct libdeflate_decompressor *u = libdeflate_alloc_decompressor();
    uint8_t *out = mem_alloc(ROOM);
    size_t used, made;
    if (libdeflate_deflate_decompress_ex(u, data, size, out, ROOM, &used, &made) ==
        LIBDEFLATE_SUCCESS)
        MUST((at.end_bit + 7) / 8 == used);
    mem_free(out);
    libdeflate_free_decompressor(u);
}

/* The bytes twice, as two pieces of one stream. */
static void skim_own(const uint8_t *data, size_t size)
{
    struct str text = { (const char *)data, size };
    struct deflater *d = deflater_new(size ? data[0] % DEFLATE_MAX_LEVEL + 1 : 1);
    size_t cap = 2 * deflate_room(size), used, made;
    uint8_t *packed = mem_alloc(cap), *out = mem_alloc(2 * size);
    size_t n = deflate_piece(d, text, false, packed, cap);
    MUST(n > 0);
    size_t more = deflate_piece(d, text, true, packed + n, cap - n);
    MUST(more > 0);
    struct libdeflate_decompressor *u = libdeflate_alloc_decompressor();
    MUST(libdeflate_deflate_decompress_ex(u, packed, n + more, out, 2 * size, &used, &made) ==
         LIBDEFLATE_SUCCESS);
    MUST(used == n + more && made == 2 * size && memcmp(out, data, size) == 0);
    libdeflate_free_decompressor(u);
    mem_free(out);
    mem_free(packed);
    deflater_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    skim_stream(data, size);
    if (size > 0)
        skim_own(data, size);
    return 0;
}
