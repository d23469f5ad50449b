#include "pack/zip_write.h"

#include "base/mem.h"
#include "base/path.h"
#include "base/pool.h"
#include "pack/content.h"
#include "pack/deflate.h"
#include "pack/zip.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum {
    WORKERS_BYTES = 24 << 20, /* for all threads' buffers together */
    WAITING_BYTES = 8 << 20,  /* compressed, and waiting for their turn to be written */
    HEADER_BYTES = 64 << 10,  /* a header, with the longest name */
};

/* A part of a file, compressed or not, until it is written. */
struct piece {
    uint32_t file, part;
    uint32_t crc;
    uint8_t method;
    bool ready;
    uint8_t *data; /* n bytes, then the digest of what they were made of */
    size_t n;
};

/* What a thread needs; there are as many as threads at work at once. */
struct worker {
    struct worker *next;
    struct deflater *deflater;
    uint8_t *in, *out;
    size_t in_cap, out_cap;
};

struct packing {
    const struct tree *tree;
    const struct zip_options *options;
    struct sink *out;
    struct zip_packed *packed;
    int *troubles; /* per file: errno of what went wrong; NULL until something does */

    struct piece *pieces;
    size_t npieces;

    struct sha256 *digest; /* of the pieces' digests, of the large file being written */
    uint32_t written;      /* files before it are in the zip */

    pthread_mutex_t lock; /* for all below */
    pthread_cond_t moved; /* `next` or `waiting` has changed */
    struct worker *idle;
    size_t next;    /* the piece to be written next */
    size_t waiting; /* bytes of pieces that are ready */
    bool writing;   /* a thread is at it */

    atomic_bool failed; /* nothing will come of it: only look for more that is wrong */
};

/* ---- pieces of files ---- */

/* Of all files but those that the last zip has. */
static void list_pieces(struct packing *p)
{
    const struct tree *t = p->tree;
    for (size_t i = 0; i < t->n; i++)
        if (!p->packed[i].known)
            p->npieces += content_pieces(t->files[i].stamp.size);
    p->pieces = mem_alloc(p->npieces * sizeof *p->pieces);
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++)
        for (uint32_t part = 0;
             !p->packed[i].known && part < content_pieces(t->files[i].stamp.size); part++)
            p->pieces[n++] = (struct piece){ .file = (uint32_t)i, .part = part };
}

/* ---- workers ---- */

static struct worker *take_worker(struct packing *p)
{
    pthread_mutex_lock(&p->lock);
    struct worker *w = p->idle;
    if (w)
        p->idle = w->next;
    pthread_mutex_unlock(&p->lock);
    if (!w) {
        w = mem_alloc(sizeof *w);
        *w = (struct worker){ 0 };
        if (p->options->level > 0)
            w->deflater = deflater_new(p->options->level);
    }
    return w;
}

static void give_worker(struct packing *p, struct worker *w)
{
    pthread_mutex_lock(&p->lock);
    w->next = p->idle;
    p->idle = w;
    pthread_mutex_unlock(&p->lock);
}

static void free_workers(struct worker *w)
{
    while (w) {
        struct worker *next = w->next;
        if (w->deflater)
            deflater_free(w->deflater);
        mem_free(w->in);
        mem_free(w->out);
        mem_free(w);
        w = next;
    }
}

static void want(uint8_t **p, size_t *cap, size_t n)
{
    if (*p && *cap >= n)
        return;
    mem_free(*p);
    *cap = n < 64 << 10 ? 64 << 10 : n;
    *p = mem_alloc(*cap);
}

/* So many that their buffers stay below the ceiling, whatever the machine has. */
static unsigned count_threads(const struct packing *p)
{
    uint64_t largest = 64 << 10;
    for (size_t i = 0; i < p->tree->n; i++)
        if (p->tree->files[i].stamp.size > largest)
            largest = p->tree->files[i].stamp.size;
    if (largest > CONTENT_PIECE)
        largest = CONTENT_PIECE;
    uint64_t fit = WORKERS_BYTES / (2 * largest + deflater_size(p->options->level));
    unsigned threads = p->options->threads ? p->options->threads : pool_processors();
    return threads <= fit ? threads : fit ? (unsigned)fit : 1;
}

/* ---- reading and compressing ---- */

/* The piece's bytes into w->in; 0 or errno. */
static int read_piece(const struct packing *p, const struct piece *piece, struct worker *w,
                      size_t *n)
{
    const struct tree_file *f = &p->tree->files[piece->file];
    *n = content_piece_size(f->stamp.size, piece->part);
    int fd = tree_open(p->tree, f);
    if (fd < 0)
        return errno;
    int error = 0;
    if (!p->failed) {
        want(&w->in, &w->in_cap, *n);
        if (!content_read(fd, w->in, *n, content_piece_at(piece->part)))
            error = errno;
        else if (!tree_unchanged(f, fd))
            error = ESTALE;
    }
    close(fd);
    return error;
}

/* Compresses w->in, into w->out if that is shorter. Parts of large files always are compressed:
 * whether it was worth it shows when the last one is done. */
static struct str compress_piece(const struct packing *p, struct piece *piece, struct worker *w,
                                 size_t n)
{
    struct str in = { (const char *)w->in, n };
    uint32_t parts = content_pieces(p->tree->files[piece->file].stamp.size);
    piece->crc = crc32_add(0, in);
    piece->method = ZIP_STORED;
    if (!w->deflater || n == 0)
        return in;
    size_t cap = parts > 1 ? deflate_room(n) : n;
    want(&w->out, &w->out_cap, cap);
    size_t packed = deflate_piece(w->deflater, in, piece->part + 1 == parts, w->out, cap);
    if (packed == 0 || (parts == 1 && packed >= n))
        return in;
    piece->method = ZIP_DEFLATED;
    return (struct str){ (const char *)w->out, packed };
}

/* ---- writing, one piece at a time and in order ---- */

static struct zip_member member_of(const struct packing *p, uint32_t file)
{
    const struct tree_file *f = &p->tree->files[file];
    const struct zip_packed *m = &p->packed[file];
    return (struct zip_member){
        .path = tree_path(f),
        .executable = f->executable || f->started,
        .method = m->method,
        .crc = m->crc,
        .size = f->stamp.size,
        .packed_size = m->packed_size,
        .at = m->at,
    };
}

static void put_header(struct packing *p, uint32_t file, bool again)
{
    struct zip_member m = member_of(p, file);
    struct buf header;
    buf_init(&header, HEADER_BYTES);
    zip_put_local(&header, &m);
    if (again)
        sink_put_at(p->out, m.at, buf_str(&header));
    else
        sink_put(p->out, buf_str(&header));
    buf_done(&header);
}

/* A large file that compression made no shorter: written again as it is. */
static int store_again(struct packing *p, uint32_t file, uint64_t data_at)
{
    const struct tree_file *f = &p->tree->files[file];
    struct zip_packed *m = &p->packed[file];
    uint32_t crc = 0;
    uint8_t chunk[64 << 10];
    int fd = tree_open(p->tree, f);
    if (fd < 0)
        return errno;
    sink_rewind(p->out, data_at);
    int error = 0;
    for (uint64_t at = 0; at < f->stamp.size && !error;) {
        size_t n = f->stamp.size - at < sizeof chunk ? (size_t)(f->stamp.size - at) : sizeof chunk;
        struct str data = { (const char *)chunk, n };
        if (!content_read(fd, chunk, n, at)) {
            error = errno;
            break;
        }
        crc = crc32_add(crc, data);
        sink_put(p->out, data);
        at += n;
    }
    close(fd);
    if (!error && crc != m->crc)
        error = ESTALE;
    m->method = ZIP_STORED;
    m->packed_size = f->stamp.size;
    return error;
}

/* The last part is written: now sizes and checksum are known. */
static int end_large(struct packing *p, uint32_t file)
{
    const struct tree_file *f = &p->tree->files[file];
    struct zip_packed *m = &p->packed[file];
    uint64_t data_at = m->at + zip_local_size(tree_path(f), f->stamp.size);
    int error = 0;
    m->packed_size = sink_at(p->out) - data_at;
    if (m->packed_size >= f->stamp.size && m->method != ZIP_STORED)
        error = store_again(p, file, data_at);
    put_header(p, file, true);
    return error;
}

/* Files [written, to) are in the last zip: as they lie there in a row, they are copied. */
static void copy_known(struct packing *p, uint32_t to)
{
    const struct tree *t = p->tree;
    while (p->written < to) {
        uint64_t from = p->packed[p->written].at, end = from;
        for (; p->written < to && p->packed[p->written].at == end; p->written++) {
            struct zip_packed *m = &p->packed[p->written];
            const struct tree_file *f = &t->files[p->written];
            m->at = sink_at(p->out) + (end - from);
            end += zip_local_size(tree_path(f), f->stamp.size) + m->packed_size;
        }
        sink_copy(p->out, p->options->last_zip, from, end - from);
    }
}

static void add_digest(struct packing *p, struct zip_packed *m, uint32_t parts, uint32_t part,
                       const uint8_t *digest)
{
    if (parts == 1) {
        memcpy(m->digest, digest, SHA256_BYTES);
        return;
    }
    if (part == 0)
        p->digest = sha256_new();
    sha256_add(p->digest, (struct str){ (const char *)digest, SHA256_BYTES });
    if (part + 1 < parts)
        return;
    sha256_take(p->digest, m->digest);
    p->digest = NULL;
}

/* 0 or errno of reading; failures of writing show in the sink. */
static int write_piece(struct packing *p, const struct piece *piece)
{
    const struct tree_file *f = &p->tree->files[piece->file];
    struct zip_packed *m = &p->packed[piece->file];
    uint32_t parts = content_pieces(f->stamp.size);
    if (piece->part == 0) {
        copy_known(p, piece->file);
        p->written = piece->file + 1;
        *m = (struct zip_packed){ .at = sink_at(p->out),
                                  .packed_size = piece->n,
                                  .crc = piece->crc,
                                  .method = piece->method };
        put_header(p, piece->file, false);
    } else {
        m->crc = crc32_join(m->crc, piece->crc, content_piece_size(f->stamp.size, piece->part));
    }
    sink_put(p->out, (struct str){ (const char *)piece->data, piece->n });
    add_digest(p, m, parts, piece->part, piece->data + piece->n);
    return parts > 1 && piece->part + 1 == parts ? end_large(p, piece->file) : 0;
}

/* With the lock held. */
static void note_trouble(struct packing *p, uint32_t file, int error)
{
    if (!p->troubles) {
        p->troubles = mem_alloc(p->tree->n * sizeof *p->troubles);
        memset(p->troubles, 0, p->tree->n * sizeof *p->troubles);
    }
    p->troubles[file] = error;
    p->failed = true;
}

/* With the lock held: writes what is ready and next, unless another thread does. */
static void write_ready(struct packing *p)
{
    if (p->writing)
        return;
    p->writing = true;
    while (p->next < p->npieces && p->pieces[p->next].ready) {
        struct piece *piece = &p->pieces[p->next];
        bool failed = p->failed;
        pthread_mutex_unlock(&p->lock);
        int error = failed ? 0 : write_piece(p, piece);
        mem_free(piece->data);
        pthread_mutex_lock(&p->lock);
        if (error)
            note_trouble(p, piece->file, error);
        if (p->out->error)
            p->failed = true;
        p->waiting -= piece->n;
        p->next++;
        pthread_cond_broadcast(&p->moved);
    }
    p->writing = false;
}

/* Too much is waiting to be written, and it is not this piece that it waits for. */
static void wait_for_room(struct packing *p, size_t i)
{
    pthread_mutex_lock(&p->lock);
    while (p->waiting > WAITING_BYTES && i != p->next)
        pthread_cond_wait(&p->moved, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

static void pack_piece(void *ctx, size_t i)
{
    struct packing *p = ctx;
    struct piece *piece = &p->pieces[i];
    wait_for_room(p, i);
    struct worker *w = take_worker(p);
    size_t n;
    int error = read_piece(p, piece, w, &n);
    if (!error && !p->failed) {
        struct str packed = compress_piece(p, piece, w, n);
        piece->data = mem_alloc(packed.n + SHA256_BYTES);
        memcpy(piece->data, packed.p, packed.n);
        sha256(piece->data + packed.n, (struct str){ (const char *)w->in, n });
        piece->n = packed.n;
    }
    give_worker(p, w);

    pthread_mutex_lock(&p->lock);
    if (error)
        note_trouble(p, piece->file, error);
    piece->ready = true;
    p->waiting += piece->n;
    write_ready(p);
    pthread_mutex_unlock(&p->lock);
}

/* ---- the whole ---- */

static void put_directory(struct packing *p)
{
    uint64_t at = sink_at(p->out);
    struct buf text;
    buf_init(&text, 0);
    for (size_t i = 0; i < p->tree->n; i++) {
        struct zip_member m = member_of(p, (uint32_t)i);
        zip_put_central(&text, &m);
        sink_put(p->out, buf_str(&text));
        text.n = 0;
    }
    zip_put_end(&text, p->tree->n, at, sink_at(p->out) - at);
    sink_put(p->out, buf_str(&text));
    buf_done(&text);
}

static void report_troubles(const struct packing *p, struct diags *ds)
{
    struct arena scratch = { 0 };
    for (size_t i = 0; p->troubles && i < p->tree->n; i++) {
        int error = p->troubles[i];
        struct str path = { 0 };
        if (error)
            path = tree_full_path(&scratch, p->tree, &p->tree->files[i]);
        if (error == ENOENT || error == ENOTDIR)
            diag_world(ds, "changed-file", (struct span){ 0 },
                       "'%.*s' vanished while it was packed", STR(path));
        else if (error == ESTALE)
            diag_world(ds, "changed-file", (struct span){ 0 }, "'%.*s' changed while it was packed",
                       STR(path));
        else if (error)
            diag_world(ds, "cannot-read", (struct span){ 0 }, "cannot read '%.*s': %s", STR(path),
                       strerror(error));
    }
    arena_done(&scratch);
}

bool zip_write(struct sink *out, struct diags *ds, const struct tree *t,
               const struct zip_options *options, struct zip_packed *packed)
{
    struct packing p = { .tree = t, .options = options, .out = out, .packed = packed };
    pthread_mutex_init(&p.lock, NULL);
    pthread_cond_init(&p.moved, NULL);
    list_pieces(&p);
    pool_run(p.npieces, count_threads(&p), pack_piece, &p);
    if (!p.failed) {
        copy_known(&p, (uint32_t)t->n);
        put_directory(&p);
    }
    report_troubles(&p, ds);
    bool ok = !p.troubles;
    uint8_t unused[SHA256_BYTES];
    if (p.digest)
        sha256_take(p.digest, unused);
    free_workers(p.idle);
    mem_free(p.pieces);
    mem_free(p.troubles);
    pthread_cond_destroy(&p.moved);
    pthread_mutex_destroy(&p.lock);
    return ok;
}
