#include "pack/tar.h"

#include "base/num.h"

enum {
    NAME_MAX_BYTES = 100,
    PREFIX_MAX_BYTES = 155,
    SIZE_DIGITS = 11, /* octal */
};

/* Offsets in a header block. */
enum {
    AT_NAME = 0,
    AT_MODE = 100,
    AT_UID = 108,
    AT_GID = 116,
    AT_SIZE = 124,
    AT_MTIME = 136,
    AT_SUM = 148,
    AT_KIND = 156,
    AT_MAGIC = 257,
    AT_PREFIX = 345,
};

/* "%0<digits>o" and a NUL. */
static void put_octal(uint8_t *at, int digits, uint64_t value)
{
    for (int i = digits; i-- > 0; value >>= 3)
        at[i] = (uint8_t)('0' + (value & 7));
    at[digits] = '\0';
}

/* How a path is cut in two at a '/', neither part too long: the length of the first; 0 where it
 * need not be, SIZE_MAX where it cannot be. */
static size_t cut_path(struct str path)
{
    if (path.n <= NAME_MAX_BYTES)
        return 0;
    size_t cut = str_find_char(path, '/', path.n - NAME_MAX_BYTES - 1);
    return cut == SIZE_MAX || cut == 0 || cut > PREFIX_MAX_BYTES || cut + 1 == path.n ? SIZE_MAX
                                                                                      : cut;
}

static void put_block(struct buf *out, struct str path, size_t cut, char kind, unsigned mode,
                      uint64_t size)
{
    uint8_t b[TAR_BLOCK] = { 0 };
    struct str name = cut ? str_sub(path, cut + 1, path.n) : path;
    memcpy(b + AT_NAME, name.p, name.n);
    memcpy(b + AT_PREFIX, path.p, cut);
    put_octal(b + AT_MODE, 7, mode);
    put_octal(b + AT_UID, 7, 0);
    put_octal(b + AT_GID, 7, 0);
    put_octal(b + AT_SIZE, SIZE_DIGITS, size);
    put_octal(b + AT_MTIME, 11, 0);
    b[AT_KIND] = (uint8_t)kind;
    memcpy(b + AT_MAGIC,
           "ustar\0"
           "00",
           8);
    memset(b + AT_SUM, ' ', 8);
    unsigned sum = 0;
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += b[i];
    put_octal(b + AT_SUM, 6, sum);
    buf_put(out, (struct str){ (const char *)b, sizeof b });
}

/* Digits of "<length> key=value\n", where the length counts itself. */
static size_t record_size(struct str key, struct str value)
{
    size_t rest = key.n + value.n + 3, digits = 1;
    for (size_t limit = 10; rest + digits >= limit; limit *= 10)
        digits++;
    return rest + digits;
}

static void put_record(struct buf *out, struct str key, struct str value)
{
    buf_printf(out, "%zu %.*s=", record_size(key, value), STR(key));
    buf_put(out, value);
    buf_putc(out, '\n');
}

struct extension {
    struct str path; /* that does not fit in its place; else empty */
    char size[NUM_TEXT];
    size_t size_n;
    size_t bytes; /* of the records */
};

static struct str path_of(const struct tar_member *m, char *with_slash)
{
    if (m->kind != TAR_FOLDER)
        return m->path;
    memcpy(with_slash, m->path.p, m->path.n);
    with_slash[m->path.n] = '/';
    return (struct str){ with_slash, m->path.n + 1 };
}

static struct extension extend(struct str path, uint64_t size)
{
    struct extension x = { 0 };
    if (cut_path(path) == SIZE_MAX) {
        x.path = path;
        x.bytes += record_size(S("path"), path);
    }
    if (size >> (3 * SIZE_DIGITS)) {
        x.size_n = num_put_int(x.size, (int64_t)size);
        x.bytes += record_size(S("size"), (struct str){ x.size, x.size_n });
    }
    return x;
}

static void pad(struct buf *out, size_t n)
{
    buf_fill(out, '\0', (size_t)tar_padded(n) - n);
}

enum { LONGEST = 8192 }; /* bytes of a path: more than a tree has */

void tar_put_header(struct buf *out, const struct tar_member *m)
{
    char room[LONGEST];
    struct str path = path_of(m, room);
    struct extension x = extend(path, m->size);
    size_t cut = cut_path(path);
    if (x.bytes) {
        put_block(out, S("pax"), 0, 'x', 0644, x.bytes);
        if (x.path.n)
            put_record(out, S("path"), x.path);
        if (x.size_n)
            put_record(out, S("size"), (struct str){ x.size, x.size_n });
        pad(out, x.bytes);
    }
    if (x.path.n) { /* the end of the path, for a reader that knows no pax */
        path = str_sub(path, path.n - NAME_MAX_BYTES, path.n);
        cut = 0;
    }
    put_block(out, path, cut, (char)m->kind, m->mode, x.size_n ? 0 : m->size);
}

size_t tar_header_size(const struct tar_member *m)
{
    char room[LONGEST];
    struct extension x = extend(path_of(m, room), m->size);
    return x.bytes ? 2 * TAR_BLOCK + (size_t)tar_padded(x.bytes) : TAR_BLOCK;
}

uint64_t tar_padded(uint64_t size)
{
    return (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
}
