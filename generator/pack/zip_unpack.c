#include "pack/zip_unpack.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "pack/content.h"
#include "pack/deflate.h"
#include "pack/zip_read.h"

#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MEMBER_MAX = 1 << 30 }; /* bytes of a file, which is held in memory */

static const struct span NOWHERE;

struct unpacking {
    struct arena *arena;
    struct diags *ds;
    struct str zip, dir;
    int fd;
    struct libdeflate_decompressor *lib;
};

static bool bad(struct unpacking *u, struct str path)
{
    diag_error(u->ds, "bad-zip", NOWHERE, "'%.*s' is damaged at '%.*s'", STR(u->zip), STR(path));
    return false;
}

/* The member's bytes, n of them, if they are what its checksum says. */
static bool inflate(struct unpacking *u, const struct zip_member *m, uint8_t *packed, uint8_t *out)
{
    if (!content_read(u->fd, packed, (size_t)m->packed_size,
                      m->at + zip_local_size(m->path, m->size)))
        return false;
    if (m->method == ZIP_STORED && m->packed_size == m->size)
        memcpy(out, packed, (size_t)m->size);
    else if (m->method != ZIP_DEFLATED ||
             libdeflate_deflate_decompress(u->lib, packed, (size_t)m->packed_size, out,
                                           (size_t)m->size, NULL) != LIBDEFLATE_SUCCESS)
        return false;
    return crc32_add(0, (struct str){ (const char *)out, (size_t)m->size }) == m->crc;
}

static bool unpack_member(void *ctx, const struct zip_member *m)
{
    struct unpacking *u = ctx;
    if (path_escapes(path_clean(u->arena, m->path)) || m->size > MEMBER_MAX ||
        m->packed_size > MEMBER_MAX)
        return bad(u, m->path);
    uint8_t *packed = mem_alloc((size_t)m->packed_size), *out = mem_alloc((size_t)m->size);
    struct str path = arena_str(u->arena, path_join(u->arena, u->dir, m->path));
    bool ok = inflate(u, m, packed, out) || bad(u, m->path);
    ok = ok && file_write(u->ds, path, (struct str){ (const char *)out, (size_t)m->size }) !=
                   WRITE_FAILED;
    if (ok && m->executable && chmod(path.p, 0755) != 0) {
        diag_world(u->ds, "cannot-write", NOWHERE, "cannot write '%.*s': %s", STR(path),
                   strerror(errno));
        ok = false;
    }
    mem_free(packed);
    mem_free(out);
    return ok;
}

bool zip_unpack(struct arena *a, struct diags *ds, struct str zip, struct str dir)
{
    struct unpacking u = { .arena = a, .ds = ds, .zip = zip, .dir = dir };
    struct stat st;
    u.fd = open(arena_str(a, zip).p, O_RDONLY | O_CLOEXEC);
    if (u.fd < 0 || fstat(u.fd, &st) != 0) {
        if (errno == ENOENT)
            diag_error(ds, "no-file", NOWHERE, "file '%.*s' does not exist", STR(zip));
        else
            diag_world(ds, "cannot-read", NOWHERE, "cannot read '%.*s': %s", STR(zip),
                       strerror(errno));
        if (u.fd >= 0)
            close(u.fd);
        return false;
    }
    u.lib = libdeflate_alloc_decompressor();
    size_t errors = ds->errors;
    bool ok = file_make_dirs(ds, dir) && zip_read(u.fd, (uint64_t)st.st_size, unpack_member, &u);
    if (!ok && ds->errors == errors)
        diag_error(ds, "bad-zip", NOWHERE, "'%.*s' is no bundle", STR(zip));
    libdeflate_free_decompressor(u.lib);
    close(u.fd);
    return ok;
}
