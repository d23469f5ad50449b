#include "pack/content.h"

#include "base/mem.h"

#include <errno.h>
#include <unistd.h>

uint32_t content_pieces(uint64_t size)
{
    return size <= CONTENT_PIECE ? 1 : (uint32_t)((size + CONTENT_PIECE - 1) / CONTENT_PIECE);
}

uint64_t content_piece_at(uint32_t piece)
{
    return (uint64_t)piece * CONTENT_PIECE;
}

size_t content_piece_size(uint64_t size, uint32_t piece)
{
    uint64_t left = size - content_piece_at(piece);
    return left < CONTENT_PIECE ? (size_t)left : CONTENT_PIECE;
}

bool content_read(int fd, uint8_t *to, size_t n, uint64_t at)
{
    while (n) {
        ssize_t got = pread(fd, to, n, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            errno = ESTALE;
        if (got <= 0)
            return false;
        to += got;
        n -= (size_t)got;
        at += (uint64_t)got;
    }
    return true;
}

static bool digest_pieces(int fd, uint64_t size, uint8_t *bytes,
                          uint8_t digest[static SHA256_BYTES])
{
    uint32_t pieces = content_pieces(size);
    struct sha256 *all = pieces > 1 ? sha256_new() : NULL;
    bool ok = true;
    for (uint32_t i = 0; i < pieces && ok; i++) {
        size_t n = content_piece_size(size, i);
        ok = content_read(fd, bytes, n, content_piece_at(i));
        if (!ok)
            break;
        sha256(digest, (struct str){ (const char *)bytes, n });
        if (all)
            sha256_add(all, (struct str){ (const char *)digest, SHA256_BYTES });
    }
    if (all)
        sha256_take(all, digest);
    return ok;
}

bool content_digest(const struct tree *t, const struct tree_file *f,
                    uint8_t digest[static SHA256_BYTES])
{
    int fd = tree_open(t, f);
    if (fd < 0)
        return false;
    uint8_t *bytes = mem_alloc(content_piece_size(f->stamp.size, 0));
    bool ok = digest_pieces(fd, f->stamp.size, bytes, digest) && tree_unchanged(f, fd);
    mem_free(bytes);
    close(fd);
    return ok;
}
