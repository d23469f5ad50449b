#include "pack/zip.h"

enum {
    LOCAL_SIZE = 30,
    WIDE_LOCAL_EXTRA = 20,
    VERSION_STORED = 10,
    VERSION_DEFLATED = 20,
    VERSION_WIDE = 45,
    MADE_ON_UNIX = 3 << 8,
    FLAG_UTF8 = 1 << 11,
    DATE_1980 = 1 << 5 | 1, /* years since 1980, month, day */
    EXTRA_WIDE = 0x0001,
};

/* These stand where the number itself is in a zip64 field. */
static const uint64_t wide16 = 0xFFFF, wide32 = 0xFFFFFFFF;

static const uint32_t mode_plain = 0100644, mode_executable = 0100755;

static void put(struct buf *out, uint64_t value, size_t nbytes)
{
    char *p = buf_room(out, nbytes);
    if (!p)
        return;
    for (size_t i = 0; i < nbytes; i++)
        p[i] = (char)(value >> (8 * i) & 0xFF);
    out->n += nbytes;
}

static uint64_t narrow(uint64_t value, uint64_t wide)
{
    return value < wide ? value : wide;
}

bool zip_is_wide(uint64_t size)
{
    return size >= wide32;
}

size_t zip_local_size(struct str path, uint64_t size)
{
    return LOCAL_SIZE + path.n + (zip_is_wide(size) ? WIDE_LOCAL_EXTRA : 0);
}

/* From "version needed" to the CRC: the same in both headers. */
static void put_common(struct buf *out, const struct zip_member *m, bool wide)
{
    put(out, wide ? VERSION_WIDE : m->method == ZIP_STORED ? VERSION_STORED : VERSION_DEFLATED, 2);
    put(out, FLAG_UTF8, 2);
    put(out, m->method, 2);
    put(out, 0, 2);
    put(out, DATE_1980, 2);
    put(out, m->crc, 4);
}

void zip_put_local(struct buf *out, const struct zip_member *m)
{
    bool wide = zip_is_wide(m->size);
    put(out, 0x04034B50, 4);
    put_common(out, m, wide);
    put(out, wide ? wide32 : m->packed_size, 4);
    put(out, wide ? wide32 : m->size, 4);
    put(out, m->path.n, 2);
    put(out, wide ? WIDE_LOCAL_EXTRA : 0, 2);
    buf_put(out, m->path);
    if (wide) {
        put(out, EXTRA_WIDE, 2);
        put(out, 16, 2);
        put(out, m->size, 8);
        put(out, m->packed_size, 8);
    }
}

void zip_put_central(struct buf *out, const struct zip_member *m)
{
    bool wide_size = m->size >= wide32, wide_packed = m->packed_size >= wide32,
         wide_at = m->at >= wide32;
    size_t extra = 8 * ((size_t)wide_size + wide_packed + wide_at);
    bool wide = extra > 0;
    put(out, 0x02014B50, 4);
    put(out, MADE_ON_UNIX | (wide ? VERSION_WIDE : VERSION_DEFLATED), 2);
    put_common(out, m, wide);
    put(out, narrow(m->packed_size, wide32), 4);
    put(out, narrow(m->size, wide32), 4);
    put(out, m->path.n, 2);
    put(out, wide ? extra + 4 : 0, 2);
    put(out, 0, 2); /* comment */
    put(out, 0, 2); /* disk */
    put(out, 0, 2); /* internal attributes */
    put(out, (uint64_t)(m->executable ? mode_executable : mode_plain) << 16, 4);
    put(out, narrow(m->at, wide32), 4);
    buf_put(out, m->path);
    if (!wide)
        return;
    put(out, EXTRA_WIDE, 2);
    put(out, extra, 2);
    if (wide_size)
        put(out, m->size, 8);
    if (wide_packed)
        put(out, m->packed_size, 8);
    if (wide_at)
        put(out, m->at, 8);
}

static void put_wide_end(struct buf *out, uint64_t n, uint64_t at, uint64_t size)
{
    uint64_t end_at = at + size;
    put(out, 0x06064B50, 4);
    put(out, 44, 8); /* bytes that follow */
    put(out, MADE_ON_UNIX | VERSION_WIDE, 2);
    put(out, VERSION_WIDE, 2);
    put(out, 0, 4);
    put(out, 0, 4);
    put(out, n, 8);
    put(out, n, 8);
    put(out, size, 8);
    put(out, at, 8);

    put(out, 0x07064B50, 4); /* and where to find it */
    put(out, 0, 4);
    put(out, end_at, 8);
    put(out, 1, 4);
}

void zip_put_end(struct buf *out, uint64_t n, uint64_t at, uint64_t size)
{
    if (n >= wide16 || at >= wide32 || size >= wide32)
        put_wide_end(out, n, at, size);
    put(out, 0x06054B50, 4);
    put(out, 0, 2);
    put(out, 0, 2);
    put(out, narrow(n, wide16), 2);
    put(out, narrow(n, wide16), 2);
    put(out, narrow(size, wide32), 4);
    put(out, narrow(at, wide32), 4);
    put(out, 0, 2);
}
