/* The skimmer on any bytes: it ends, and where it says that a stream ends, libdeflate says so too.
 */
#include "fuzz.h"

#include "base/mem.h"
#include "pack/skim.h"

#include <libdeflate.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { ROOM = 1 << 20 };
    struct skim at;
    bool ok = deflate_skim(data, size, &at);
    if (ok)
        MUST(at.last_bit < at.end_bit && at.end_bit <= 8 * size);
    struct libdeflate_decompressor *u = libdeflate_alloc_decompressor();
    uint8_t *out = mem_alloc(ROOM);
    size_t used, made;
    if (libdeflate_deflate_decompress_ex(u, data, size, out, ROOM, &used, &made) ==
        LIBDEFLATE_SUCCESS)
        MUST(ok && (at.end_bit + 7) / 8 == used);
    mem_free(out);
    libdeflate_free_decompressor(u);
    return 0;
}
