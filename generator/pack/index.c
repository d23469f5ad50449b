#include "pack/index.h"

#include "base/mem.h"
#include "base/path.h"
#include "base/pool.h"
#include "pack/content.h"
#include "pack/deflate.h"

#include <assert.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the file ----
 *
 *   head | files, sorted by path | folders | strings, each with a NUL | CRC-32 of all before
 *
 * in the byte order and the layout of this machine; MAGIC differs where those do. */

static const uint64_t MAGIC = 0x3230786469777473; /* "stwidx02", read as a number */

enum { INDEX_MAX_BYTES = 256 << 20, COPY_BYTES = 64 << 10 };

struct index_text {
    uint32_t at, n;
};

struct index_file {
    struct index_text path;
    struct stamp stamp;
    uint64_t at, packed_size;
    uint32_t crc;
    uint8_t method, executable, root, unused;
    uint8_t digest[SHA256_BYTES];
};

struct index_folder {
    struct index_text path;
    struct stamp stamp;
    uint32_t is_rules, root;
};

struct index_head {
    uint64_t magic;
    uint64_t nfiles, nfolders, nstrings;
    int64_t scanned_ns;
    struct index_text codec, call, roots;
    struct stamp zip, record, depfile;
    uint8_t sha256[SHA256_BYTES];
};

static_assert(sizeof(struct index_file) == 96, "no gaps that would be written unset");
static_assert(sizeof(struct index_folder) == 48, "no gaps that would be written unset");
static_assert(sizeof(struct index_head) == 192, "no gaps that would be written unset");

/* ---- reading ---- */

static struct str text_at(const struct index *ix, struct index_text t)
{
    return (struct str){ ix->strings + t.at, t.n };
}

static bool text_fits(const struct index *ix, struct index_text t)
{
    uint64_t n = ix->head->nstrings;
    return t.at < n && t.n < n - t.at && ix->strings[t.at + t.n] == '\0';
}

/* Whether all counts and offsets stay within the n bytes. */
static bool lay_out(struct index *ix, size_t n)
{
    const struct index_head *h = ix->memory;
    if (n < sizeof *h + sizeof(uint32_t) || h->magic != MAGIC || h->nfiles > TREE_MAX_FILES ||
        h->nfolders > INDEX_MAX_BYTES / sizeof(struct index_folder) ||
        h->nstrings > INDEX_MAX_BYTES)
        return false;
    uint64_t files = h->nfiles * sizeof(struct index_file);
    uint64_t folders = h->nfolders * sizeof(struct index_folder);
    if (sizeof *h + files + folders + h->nstrings + sizeof(uint32_t) != n)
        return false;
    const char *p = ix->memory;
    ix->head = h;
    ix->files = (const void *)(p + sizeof *h);
    ix->folders = (const void *)(p + sizeof *h + files);
    ix->strings = p + sizeof *h + files + folders;
    bool ok = text_fits(ix, h->codec) && text_fits(ix, h->call) && text_fits(ix, h->roots);
    for (uint64_t i = 0; i < h->nfiles && ok; i++)
        ok = text_fits(ix, ix->files[i].path) && ix->files[i].root < TREE_MAX_ROOTS;
    for (uint64_t i = 0; i < h->nfolders && ok; i++)
        ok = text_fits(ix, ix->folders[i].path) && ix->folders[i].root < TREE_MAX_ROOTS;
    return ok;
}

void index_read(struct index *ix, struct str path)
{
    struct arena scratch = { 0 };
    struct stat st;
    *ix = (struct index){ 0 };
    int fd = open(arena_str(&scratch, path).p, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    arena_done(&scratch);
    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > (off_t)sizeof(uint32_t) &&
        st.st_size <= INDEX_MAX_BYTES) {
        size_t n = (size_t)st.st_size;
        uint32_t crc;
        char *p = ix->memory = mem_alloc(n);
        bool ok = content_read(fd, (uint8_t *)p, n, 0);
        if (ok)
            memcpy(&crc, p + n - sizeof crc, sizeof crc);
        if (!ok || crc != crc32_add(0, (struct str){ p, n - sizeof crc }) || !lay_out(ix, n))
            index_done(ix);
    }
    close(fd);
}

void index_done(struct index *ix)
{
    mem_free(ix->memory);
    *ix = (struct index){ 0 };
}

struct index_subject index_subject(const struct index *ix)
{
    const struct index_head *h = ix->head;
    struct index_subject s = {
        .codec = text_at(ix, h->codec),
        .call = text_at(ix, h->call),
        .zip = h->zip,
        .record = h->record,
        .depfile = h->depfile,
    };
    memcpy(s.sha256, h->sha256, SHA256_BYTES);
    return s;
}

uint64_t index_count(const struct index *ix)
{
    return ix->head->nfiles;
}

struct index_entry index_get(const struct index *ix, uint64_t i)
{
    const struct index_file *f = &ix->files[i];
    return (struct index_entry){ text_at(ix, f->path), f->executable, f->digest };
}

bool index_is_of(const struct index *ix, const struct stamp *zip, struct str codec)
{
    return ix->memory && zip->inode && stamp_equal(zip, &ix->head->zip) &&
           str_eq(codec, text_at(ix, ix->head->codec));
}

/* ---- following ---- */

static bool trusted(const struct index *ix, const struct stamp *then, const struct stamp *now)
{
    return stamp_equal(then, now) && stamp_settled(then, ix->head->scanned_ns);
}

static bool same_folders(const struct index *ix, struct tree *t)
{
    for (uint64_t i = 0; i < ix->head->nfolders; i++) {
        const struct index_folder *f = &ix->folders[i];
        struct str path = text_at(ix, f->path);
        struct stat st;
        if (fstatat(t->roots[f->root].fd, path.n ? path.p : ".", &st, 0) != 0)
            return false;
        struct tree_folder now = { path, stamp_make(&st), (uint8_t)f->root, f->is_rules != 0 };
        if (!trusted(ix, &f->stamp, &now.stamp))
            return false;
        vec_push(t->arena, &t->folders, now);
    }
    return true;
}

/* A file of another inode may be a link that now leads elsewhere: that wants a scan. */
static bool same_files(const struct index *ix, struct tree *t, bool *same)
{
    *same = true;
    for (uint64_t i = 0; i < ix->head->nfiles; i++) {
        const struct index_file *f = &ix->files[i];
        struct str path = text_at(ix, f->path);
        struct tree_file now = { .path = path.p, .path_n = (uint32_t)path.n, .root = f->root };
        struct stat st;
        if (fstatat(t->roots[f->root].fd, tree_source(t, &now).p, &st, 0) != 0 ||
            !S_ISREG(st.st_mode) || st.st_ino != f->stamp.inode)
            return false;
        now.stamp = stamp_make(&st);
        now.executable = (st.st_mode & S_IXUSR) != 0;
        tree_add(t, &now);
        *same = *same && now.executable == f->executable && trusted(ix, &f->stamp, &now.stamp);
    }
    return true;
}

/* The folders and where in the bundle they lie, as one text. */
static struct str roots_text(struct arena *a, const struct tree_root *roots, size_t n)
{
    struct str text = { 0 };
    for (size_t i = 0; i < n; i++)
        text =
            arena_printf(a, "%.*s%.*s\n%.*s\n", STR(text), STR(roots[i].dir), STR(roots[i].prefix));
    return text;
}

bool index_follow(const struct index *ix, struct tree *t, struct arena *a,
                  const struct tree_root *roots, size_t n, bool *same)
{
    *t = (struct tree){ 0 };
    if (!str_eq(text_at(ix, ix->head->roots), roots_text(a, roots, n)))
        return false;
    if (tree_open_roots(t, a, roots, n) && same_folders(ix, t) && same_files(ix, t, same))
        return true;
    tree_done(t);
    return false;
}

/* ---- matching ---- */

static void take_entry(struct zip_packed *known, const struct index_file *f)
{
    *known = (struct zip_packed){
        .at = f->at,
        .packed_size = f->packed_size,
        .crc = f->crc,
        .method = f->method,
        .known = true,
        .digested = true,
    };
    memcpy(known->digest, f->digest, SHA256_BYTES);
}

struct match {
    const struct tree *tree;
    struct zip_packed *known;
    uint32_t *unsure; /* files whose stamps do not tell */
    size_t nunsure;
};

static void check_unsure(void *ctx, size_t i)
{
    struct match *m = ctx;
    uint32_t file = m->unsure[i];
    struct zip_packed *known = &m->known[file];
    uint8_t digest[SHA256_BYTES];
    known->digested = content_digest(m->tree, &m->tree->files[file], digest);
    known->known = known->digested && memcmp(digest, known->digest, SHA256_BYTES) == 0;
    memcpy(known->digest, digest, SHA256_BYTES);
}

void index_match(const struct index *ix, const struct tree *t, unsigned threads,
                 struct zip_packed *known)
{
    struct match m = { .tree = t, .known = known };
    m.unsure = mem_alloc(t->n * sizeof *m.unsure);
    uint64_t at = 0;
    for (size_t i = 0; i < t->n; i++) {
        const struct tree_file *f = &t->files[i];
        int order = -1;
        known[i] = (struct zip_packed){ 0 };
        while (at < ix->head->nfiles &&
               (order = str_cmp(text_at(ix, ix->files[at].path), tree_path(f))) < 0)
            at++;
        if (at == ix->head->nfiles || order != 0 || ix->files[at].stamp.size != f->stamp.size)
            continue;
        take_entry(&known[i], &ix->files[at]);
        if (!trusted(ix, &ix->files[at].stamp, &f->stamp))
            m.unsure[m.nunsure++] = (uint32_t)i;
    }
    pool_run(m.nunsure, threads, check_unsure, &m);
    mem_free(m.unsure);
}

/* ---- writing ---- */

struct writer {
    struct sink sink;
    uint32_t crc;
    uint64_t nstrings; /* bytes of the texts placed so far */
};

static void put(struct writer *w, const void *p, size_t n)
{
    struct str bytes = { p, n };
    w->crc = crc32_add(w->crc, bytes);
    sink_put(&w->sink, bytes);
}

/* Where the next text will lie: they are written in the order in which they are placed. */
static struct index_text place(struct writer *w, struct str text)
{
    struct index_text t = { (uint32_t)w->nstrings, (uint32_t)text.n };
    w->nstrings += text.n + 1;
    return t;
}

static void put_text(struct writer *w, struct str text)
{
    put(w, text.p, text.n);
    put(w, "", 1);
}

static uint64_t strings_size(const struct index_subject *s, struct str roots, const struct tree *t)
{
    uint64_t n = s->codec.n + s->call.n + roots.n + 3;
    for (size_t i = 0; i < t->n; i++)
        n += t->files[i].path_n + 1;
    for (size_t i = 0; i < t->folders.n; i++)
        n += t->folders.p[i].path.n + 1;
    return n;
}

static void put_all(struct writer *w, const struct index_subject *s, const struct tree *t,
                    const struct zip_packed *packed, int64_t scanned_ns)
{
    struct str roots = roots_text(t->arena, t->roots, t->nroots);
    struct index_head head = {
        .magic = MAGIC,
        .nfiles = t->n,
        .nfolders = t->folders.n,
        .nstrings = strings_size(s, roots, t),
        .scanned_ns = scanned_ns,
        .codec = place(w, s->codec),
        .zip = s->zip,
        .record = s->record,
        .depfile = s->depfile,
    };
    head.call = place(w, s->call);
    head.roots = place(w, roots);
    memcpy(head.sha256, s->sha256, SHA256_BYTES);
    put(w, &head, sizeof head);
    for (size_t i = 0; i < t->n; i++) {
        const struct tree_file *f = &t->files[i];
        struct index_file file = {
            .path = place(w, tree_path(f)),
            .stamp = f->stamp,
            .at = packed[i].at,
            .packed_size = packed[i].packed_size,
            .crc = packed[i].crc,
            .method = packed[i].method,
            .executable = f->executable,
            .root = f->root,
        };
        memcpy(file.digest, packed[i].digest, SHA256_BYTES);
        put(w, &file, sizeof file);
    }
    for (size_t i = 0; i < t->folders.n; i++) {
        const struct tree_folder *f = &t->folders.p[i];
        struct index_folder folder = { place(w, f->path), f->stamp, f->is_rules, f->root };
        put(w, &folder, sizeof folder);
    }
    put_text(w, s->codec);
    put_text(w, s->call);
    put_text(w, roots);
    for (size_t i = 0; i < t->n; i++)
        put_text(w, tree_path(&t->files[i]));
    for (size_t i = 0; i < t->folders.n; i++)
        put_text(w, t->folders.p[i].path);
    uint32_t crc = w->crc;
    put(w, &crc, sizeof crc);
}

void index_write(struct arena *a, struct str path, const struct index_subject *subject,
                 const struct tree *t, const struct zip_packed *packed, int64_t scanned_ns)
{
    struct writer w = { 0 };
    struct diags none; /* what fails here costs the next run time, no more */
    diags_init(&none, a);
    if (!sink_open(&w.sink, a, &none, path))
        return;
    put_all(&w, subject, t, packed, scanned_ns);
    sink_publish(&w.sink, &none);
}
