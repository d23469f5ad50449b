#include "pack/zip_read.h"

#include "base/mem.h"
#include "pack/content.h"

#include <unistd.h>

enum { END_SIZE = 22, WIDE_END_SIZE = 56 + 20, CENTRAL_SIZE = 46, MAX_DIRECTORY = 256 << 20 };

static uint64_t get(const uint8_t *p, size_t nbytes)
{
    uint64_t v = 0;
    for (size_t i = 0; i < nbytes; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

struct directory {
    uint64_t n, at, size;
};

/* From the end records (APPNOTE 4.3.14 to 4.3.16). */
static bool find_directory(int fd, uint64_t size, struct directory *d)
{
    uint8_t end[WIDE_END_SIZE + END_SIZE];
    size_t have = size < sizeof end ? (size_t)size : sizeof end;
    if (size < END_SIZE || !content_read(fd, end, have, size - have))
        return false;
    const uint8_t *p = end + have - END_SIZE, *wide = end;
    *d = (struct directory){ get(p + 10, 2), get(p + 16, 4), get(p + 12, 4) };
    if (get(p, 4) != 0x06054B50)
        return false;
    uint64_t tail = END_SIZE;
    if (have == sizeof end && get(wide, 4) == 0x06064B50 && get(wide + 56, 4) == 0x07064B50) {
        *d = (struct directory){ get(wide + 32, 8), get(wide + 48, 8), get(wide + 40, 8) };
        tail = sizeof end;
    }
    return d->size <= MAX_DIRECTORY && d->size <= size && d->at == size - tail - d->size;
}

/* Numbers that did not fit stand in the zip64 field, in this order (4.5.3). */
static bool get_wide(struct zip_member *m, const uint8_t *extra, size_t n)
{
    uint64_t *fields[] = { &m->size, &m->packed_size, &m->at };
    if (n < 4 || get(extra, 2) != 1 || get(extra + 2, 2) != n - 4)
        return false;
    size_t at = 4;
    for (size_t i = 0; i < 3; i++) {
        if (*fields[i] != 0xFFFFFFFF)
            continue;
        if (n - at < 8)
            return false;
        *fields[i] = get(extra + at, 8);
        at += 8;
    }
    return at == n;
}

/* The member at p, of which n bytes are left, into m: bytes it takes, or 0. */
static size_t get_member(const uint8_t *p, size_t n, struct zip_member *m)
{
    if (n < CENTRAL_SIZE || get(p, 4) != 0x02014B50)
        return 0;
    size_t path_n = (size_t)get(p + 28, 2), extra_n = (size_t)get(p + 30, 2);
    uint64_t mode = get(p + 38, 4) >> 16;
    *m = (struct zip_member){
        .path = { (const char *)p + CENTRAL_SIZE, path_n },
        .executable = mode == 0100755,
        .method = (uint8_t)get(p + 10, 2),
        .crc = (uint32_t)get(p + 16, 4),
        .packed_size = get(p + 20, 4),
        .size = get(p + 24, 4),
        .at = get(p + 42, 4),
    };
    if (path_n + extra_n > n - CENTRAL_SIZE || get(p + 32, 2) != 0 ||
        (mode != 0100755 && mode != 0100644))
        return 0;
    if (extra_n && !get_wide(m, p + CENTRAL_SIZE + path_n, extra_n))
        return 0;
    return CENTRAL_SIZE + path_n + extra_n;
}

bool zip_read(int fd, uint64_t size, bool (*each)(void *ctx, const struct zip_member *m), void *ctx)
{
    struct directory d;
    if (!find_directory(fd, size, &d))
        return false;
    uint8_t *p = mem_alloc((size_t)d.size);
    bool ok = content_read(fd, p, (size_t)d.size, d.at);
    size_t at = 0;
    for (uint64_t i = 0; i < d.n && ok; i++) {
        struct zip_member m;
        size_t took = get_member(p + at, (size_t)d.size - at, &m);
        ok = took > 0 && m.at < d.at && m.packed_size <= d.at - m.at && each(ctx, &m);
        at += took;
    }
    mem_free(p);
    return ok && at == d.size;
}
