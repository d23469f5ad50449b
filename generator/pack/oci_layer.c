#include "pack/oci_layer.h"

#include "base/mem.h"
#include "base/path.h"
#include "base/pool.h"
#include "pack/content.h"
#include "pack/deflate.h"
#include "pack/sink.h"
#include "pack/tar.h"

#include <errno.h>
#include <libdeflate.h>
#include <stdio.h>
#include <unistd.h>
#include <zstd.h>

enum {
    PIECE = 2 << 20, /* bytes of the tar that are compressed at once */
    ROUND = 2,       /* pieces for each thread, until they are written */
    MAX_THREADS = 16,
    GZIP_LEVEL = 4, /* 2 % larger than 5, which takes a third more time */
    ZSTD_LEVEL = 3,
};

static const struct span NOWHERE;

/* ---- what the tar holds --------------------------------------------------------------------- */

struct entry {
    uint64_t at; /* of its header in the tar */
    struct str path;
    uint32_t file; /* of the tree; NO_FILE for a folder */
    uint32_t header;
};
static const uint32_t NO_FILE = UINT32_MAX;

struct contents {
    const struct tree *tree;
    VEC(struct entry) entries;
    uint64_t bytes; /* of the tar */
};

struct known_folder {
    struct str path;
    unsigned mode;
};

/* Folders that a program expects to have other permissions than most. */
static const struct known_folder special_folders[] = {
    { S_INIT("root"), 0700 },
    { S_INIT("tmp"), 01777 },
    { S_INIT("var/tmp"), 01777 },
};

static unsigned folder_mode(struct str path)
{
    for (size_t i = 0; i < sizeof special_folders / sizeof *special_folders; i++)
        if (str_eq(special_folders[i].path, path))
            return special_folders[i].mode;
    return 0755;
}

/* In many bases these are links (/bin to /usr/bin): a folder of that name would take their place,
 * and all that is behind them. */
static bool is_link_elsewhere(struct str path)
{
    static const struct str LINKS[] = { S_INIT("bin"),     S_INIT("lib"),     S_INIT("lib32"),
                                        S_INIT("lib64"),   S_INIT("libx32"),  S_INIT("sbin"),
                                        S_INIT("var/run"), S_INIT("var/lock") };
    for (size_t i = 0; i < sizeof LINKS / sizeof *LINKS; i++)
        if (str_eq(LINKS[i], path))
            return true;
    return false;
}

static struct tar_member member_of(const struct contents *c, const struct entry *e)
{
    if (e->file == NO_FILE)
        return (struct tar_member){ TAR_FOLDER, e->path, folder_mode(e->path), 0 };
    const struct tree_file *f = &c->tree->files[e->file];
    bool executable = f->executable || f->started;
    return (struct tar_member){ TAR_FILE, e->path, executable ? 0755 : 0644, f->stamp.size };
}

static void add_entry(struct arena *a, struct contents *c, struct str path, uint32_t file)
{
    struct entry e = { .at = c->bytes, .path = path, .file = file };
    struct tar_member m = member_of(c, &e);
    e.header = (uint32_t)tar_header_size(&m);
    c->bytes += e.header + tar_padded(m.size);
    vec_push(a, &c->entries, e);
}

/* The folders above `path` that are not above `last` as well. */
static void add_folders(struct arena *a, struct contents *c, struct str last, struct str path,
                        bool on_base)
{
    size_t same = 0;
    while (same < last.n && same < path.n && last.p[same] == path.p[same])
        same++;
    for (size_t at = str_find_char(path, '/', 0); at != SIZE_MAX;
         at = str_find_char(path, '/', at + 1)) {
        bool known = at < same; /* `last` has the slash, too */
        struct str folder = str_sub(path, 0, at);
        if (!known && !(on_base && is_link_elsewhere(folder)))
            add_entry(a, c, folder, NO_FILE);
    }
}

static void list_contents(struct arena *a, struct contents *c, const struct tree *t,
                          const struct oci_layer_options *o)
{
    *c = (struct contents){ .tree = t };
    struct str last = { 0 };
    for (size_t i = 0; i < t->n; i++) {
        struct str path = tree_path(&t->files[i]);
        if (o->to.n)
            path = path_join(a, o->to, path);
        add_folders(a, c, last, path, o->on_base);
        add_entry(a, c, path, (uint32_t)i);
        last = path;
    }
    c->bytes += TAR_END;
}

/* The last entry that begins at or before `at`. */
static size_t find_entry(const struct contents *c, uint64_t at)
{
    size_t low = 0, high = c->entries.n;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (c->entries.p[middle].at <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* ---- a piece of the tar --------------------------------------------------------------------- */

struct piece {
    uint64_t at;
    size_t n; /* bytes of the tar, in `raw` */
    uint8_t *raw, *packed;
    size_t packed_n;
    uint32_t crc;
    uint32_t trouble; /* the file that could not be read */
    int error;        /* errno of that */
};

/* Copies what [from, from + n) of something at `at` has in common with the piece. */
static uint8_t *shared(struct piece *p, uint64_t at, uint64_t n, uint64_t *from, size_t *many)
{
    uint64_t begin = at > p->at ? at : p->at, end = at + n;
    if (end > p->at + p->n)
        end = p->at + p->n;
    if (end <= begin)
        return NULL;
    *from = begin - at;
    *many = (size_t)(end - begin);
    return p->raw + (begin - p->at);
}

static void put_header(const struct contents *c, struct piece *p, const struct entry *e)
{
    uint64_t from;
    size_t n;
    uint8_t *to = shared(p, e->at, e->header, &from, &n);
    if (!to)
        return;
    struct tar_member m = member_of(c, e);
    struct buf header;
    buf_init(&header, 0);
    tar_put_header(&header, &m);
    memcpy(to, header.p + from, n);
    buf_done(&header);
}

static int put_file(const struct contents *c, struct piece *p, const struct entry *e)
{
    const struct tree_file *f = &c->tree->files[e->file];
    uint64_t from;
    size_t n;
    uint8_t *to = shared(p, e->at + e->header, f->stamp.size, &from, &n);
    if (!to)
        return 0;
    int fd = tree_open(c->tree, f), error = 0;
    if (fd < 0)
        return errno == EBADF ? ESTALE : errno;
    if (!content_read(fd, to, n, from))
        error = errno;
    else if (!tree_unchanged(f, fd))
        error = ESTALE;
    close(fd);
    return error;
}

static void fill_piece(const struct contents *c, struct piece *p)
{
    memset(p->raw, 0, p->n);
    for (size_t i = c->entries.n ? find_entry(c, p->at) : 0;
         i < c->entries.n && c->entries.p[i].at < p->at + p->n && !p->error; i++) {
        const struct entry *e = &c->entries.p[i];
        put_header(c, p, e);
        if (e->file == NO_FILE)
            continue;
        p->error = put_file(c, p, e);
        p->trouble = e->file;
    }
}

/* ---- compressing ---------------------------------------------------------------------------- */

struct codec {
    enum oci_codec kind;
    int level;
    size_t room;                 /* for one piece */
    struct deflater **deflaters; /* one for each piece of a round */
    ZSTD_CCtx **zstds;
};

static void codec_init(struct codec *k, const struct oci_layer_options *o, size_t pieces)
{
    *k = (struct codec){ .kind = o->codec, .level = o->level };
    if (k->level == 0)
        k->level = k->kind == OCI_GZIP ? GZIP_LEVEL : ZSTD_LEVEL;
    k->room = k->kind == OCI_GZIP ? deflate_room(PIECE) : ZSTD_compressBound(PIECE);
    k->deflaters = mem_alloc(pieces * sizeof *k->deflaters);
    k->zstds = mem_alloc(pieces * sizeof *k->zstds);
    for (size_t i = 0; i < pieces; i++) {
        k->deflaters[i] = k->kind == OCI_GZIP ? deflater_new(k->level) : NULL;
        k->zstds[i] = k->kind == OCI_ZSTD ? ZSTD_createCCtx() : NULL;
        if (k->kind == OCI_ZSTD && !k->zstds[i])
            mem_exhausted(k->room);
    }
}

static void codec_done(struct codec *k, size_t pieces)
{
    for (size_t i = 0; i < pieces; i++) {
        if (k->deflaters[i])
            deflater_free(k->deflaters[i]);
        ZSTD_freeCCtx(k->zstds[i]);
    }
    mem_free(k->deflaters);
    mem_free(k->zstds);
}

/* zstd: a frame for each piece, which a reader takes one after the other (RFC 8878, 3). */
static void compress_piece(struct codec *k, struct piece *p, size_t slot, bool last)
{
    struct str raw = { (const char *)p->raw, p->n };
    if (k->kind == OCI_GZIP) {
        p->crc = crc32_add(0, raw);
        p->packed_n = deflate_piece(k->deflaters[slot], raw, last, p->packed, k->room);
        return;
    }
    p->packed_n = ZSTD_compressCCtx(k->zstds[slot], p->packed, k->room, p->raw, p->n, k->level);
    if (ZSTD_isError(p->packed_n))
        UNREACHABLE(); /* there is room, and the level exists */
}

struct str oci_layer_codec(struct arena *a, const struct oci_layer_options *o)
{
    if (o->codec == OCI_GZIP)
        return arena_printf(a, "gzip libdeflate-%s %d", LIBDEFLATE_VERSION_STRING,
                            o->level ? o->level : GZIP_LEVEL);
    return arena_printf(a, "zstd libzstd-%s %d", ZSTD_versionString(),
                        o->level ? o->level : ZSTD_LEVEL);
}

/* ---- writing -------------------------------------------------------------------------------- */

struct writing {
    struct contents contents;
    struct codec codec;
    bool dry; /* only the digest of the tar is wanted */
    struct sink sink;
    struct sha256 *diff;
    uint32_t crc;
    size_t width;         /* pieces in a round */
    struct piece *rounds; /* two of them: one is made while the other is written */
    struct piece *now, *before;
    size_t now_n, before_n;
};

/* Source: RFC 1952, 2.3. Neither name nor time; the system is unknown. */
static void begin_stream(struct writing *w)
{
    static const uint8_t header[] = { 0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF };
    if (w->codec.kind == OCI_GZIP)
        sink_put(&w->sink, (struct str){ (const char *)header, sizeof header });
}

static void end_stream(struct writing *w)
{
    if (w->codec.kind != OCI_GZIP)
        return;
    uint8_t trailer[8];
    for (int i = 0; i < 4; i++) {
        trailer[i] = (uint8_t)(w->crc >> (8 * i));
        trailer[4 + i] = (uint8_t)(w->contents.bytes >> (8 * i));
    }
    sink_put(&w->sink, (struct str){ (const char *)trailer, sizeof trailer });
}

static void write_round(struct writing *w)
{
    for (size_t i = 0; i < w->before_n; i++) {
        const struct piece *p = &w->before[i];
        sha256_add(w->diff, (struct str){ (const char *)p->raw, p->n });
        if (w->dry)
            continue;
        w->crc = p->at ? crc32_join(w->crc, p->crc, p->n) : p->crc;
        sink_put(&w->sink, (struct str){ (const char *)p->packed, p->packed_n });
    }
}

/* Job 0 writes the round before; each of the others makes a piece of this one. */
static void work(void *ctx, size_t job)
{
    struct writing *w = ctx;
    if (job == 0) {
        write_round(w);
        return;
    }
    struct piece *p = &w->now[job - 1];
    fill_piece(&w->contents, p);
    if (!p->error && !w->dry)
        compress_piece(&w->codec, p, job - 1, p->at + p->n == w->contents.bytes);
}

static void plan_round(struct writing *w, uint64_t *at)
{
    w->now_n = 0;
    while (w->now_n < w->width && *at < w->contents.bytes) {
        struct piece *p = &w->now[w->now_n++];
        uint64_t left = w->contents.bytes - *at;
        p->at = *at;
        p->n = left < PIECE ? (size_t)left : PIECE;
        p->error = 0;
        if (!p->raw) {
            p->raw = mem_alloc(PIECE);
            p->packed = mem_alloc(w->codec.room);
        }
        *at += p->n;
    }
}

static void report_trouble(struct diags *ds, const struct tree *t, uint32_t file, int error)
{
    struct arena scratch = { 0 };
    struct str path = tree_full_path(&scratch, t, &t->files[file]);
    if (error == ENOENT || error == ENOTDIR)
        diag_world(ds, "changed-file", NOWHERE, "'%.*s' vanished while it was packed", STR(path));
    else if (error == ESTALE || error == EBADF)
        diag_world(ds, "changed-file", NOWHERE, "'%.*s' changed while it was packed", STR(path));
    else
        diag_world(ds, "cannot-read", NOWHERE, "cannot read '%.*s': %s", STR(path),
                   strerror(error));
    arena_done(&scratch);
}

static bool check_round(const struct writing *w, struct diags *ds)
{
    bool ok = true;
    for (size_t i = 0; i < w->now_n; i++) {
        if (!w->now[i].error)
            continue;
        report_trouble(ds, w->contents.tree, w->now[i].trouble, w->now[i].error);
        ok = false;
    }
    return ok;
}

static bool write_rounds(struct writing *w, struct diags *ds, unsigned threads)
{
    uint64_t at = 0;
    for (bool second = false; at < w->contents.bytes || w->before_n; second = !second) {
        w->now = w->rounds + (second ? w->width : 0);
        plan_round(w, &at);
        pool_run(w->now_n + 1, threads, work, w);
        if (!check_round(w, ds))
            return false;
        w->before = w->now;
        w->before_n = w->now_n;
        if (w->sink.error)
            break;
    }
    return true;
}

/* The blob gets its name when its bytes are known. */
static bool commit(struct writing *w, struct arena *a, struct diags *ds, struct str blobs,
                   struct oci_layer *out)
{
    uint8_t digest[SHA256_BYTES];
    out->bytes = sink_at(&w->sink);
    sink_digest(&w->sink, out->digest);
    w->sink.path = path_join(a, blobs, str_from(out->digest));
    return sink_commit(&w->sink, ds, NULL, digest) != WRITE_FAILED;
}

static bool write_layer(struct writing *w, struct arena *a, struct diags *ds, const struct tree *t,
                        const struct oci_layer_options *o, struct oci_layer *out)
{
    unsigned threads = o->threads ? o->threads : pool_processors();
    threads = threads > MAX_THREADS ? MAX_THREADS : threads;
    w->width = (size_t)threads * ROUND;
    w->rounds = mem_alloc(2 * w->width * sizeof *w->rounds);
    memset(w->rounds, 0, 2 * w->width * sizeof *w->rounds);
    codec_init(&w->codec, o, w->dry ? 0 : w->width);
    list_contents(a, &w->contents, t, o);
    w->diff = sha256_new();
    if (!w->dry)
        begin_stream(w);
    bool ok = write_rounds(w, ds, threads);
    if (!w->dry)
        end_stream(w);
    uint8_t diff[SHA256_BYTES];
    sha256_take(w->diff, diff);
    hex_put(out->diff_id, diff, SHA256_BYTES);
    codec_done(&w->codec, w->dry ? 0 : w->width);
    for (size_t i = 0; i < 2 * w->width; i++) {
        mem_free(w->rounds[i].raw);
        mem_free(w->rounds[i].packed);
    }
    mem_free(w->rounds);
    return ok;
}

bool oci_layer_diff(struct arena *a, struct diags *ds, const struct tree *t,
                    const struct oci_layer_options *o, struct oci_layer *out)
{
    struct writing w = { .dry = true };
    *out = (struct oci_layer){ 0 };
    return write_layer(&w, a, ds, t, o, out);
}

bool oci_layer_write(struct arena *a, struct diags *ds, const struct tree *t,
                     const struct oci_layer_options *o, struct str blobs, struct oci_layer *out)
{
    struct writing w = { 0 };
    *out = (struct oci_layer){ 0 };
    if (!sink_open(&w.sink, a, ds, path_join(a, blobs, S("layer"))))
        return false;
    if (write_layer(&w, a, ds, t, o, out))
        return commit(&w, a, ds, blobs, out);
    sink_drop(&w.sink);
    return false;
}
