#include "pack/bundle.h"

#include "base/depfile.h"
#include "base/file.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/pool.h"
#include "pack/cache.h"
#include "pack/content.h"
#include "pack/index.h"
#include "pack/remote.h"
#include "pack/store.h"
#include "pack/sweep.h"
#include "pack/tree.h"
#include "pack/why.h"
#include "pack/zip_read.h"
#include "pack/zip_write.h"

#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const struct span NOWHERE;

static bool mark_executable(struct diags *ds, const struct tree *t, struct str name)
{
    struct tree_file *bootstrap = tree_find(t, S("bootstrap"));
    if (bootstrap)
        bootstrap->started = true;
    if (name.n == 0)
        return true;
    struct tree_file *f = tree_find(t, name);
    if (f)
        f->started = true;
    else
        diag_error(ds, "no-executable", NOWHERE, "'%.*s' holds no file '%.*s' to start",
                   STR(t->roots[0].dir), STR(name));
    return f != NULL;
}

/* One run of the verb. */
struct run {
    struct arena *arena;
    struct diags *diags;
    const struct bundle_options *options;
    struct bundle_result *result;
    struct str record, index_path;
    struct index index;
    struct tree tree;
    bool followed; /* the tree's files were taken from the index */
    struct zip_packed *packed;
    struct index_subject subject; /* of the index that this run leaves */
    int64_t started_ns;
};

/* The stamp of an output that may not be asked for. */
static struct stamp output_stamp(struct arena *a, struct str path)
{
    return path.n ? stamp_path(arena_str(a, path).p) : (struct stamp){ 0 };
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Members made by another codec would not be what this one makes. */
static struct str codec_name(struct arena *a, int level)
{
    return arena_printf(a, "zip 1, pieces of %d, libdeflate %s, level %d", CONTENT_PIECE,
                        LIBDEFLATE_VERSION_STRING, level);
}

/* All else that decides what is written; parts are told apart by a byte that no path holds. */
static struct str call_name(struct arena *a, const struct bundle_options *o)
{
    return arena_printf(a, "%.*s\n%.*s\n%.*s\n%.*s\n%llu", STR(o->dir), STR(o->depfile),
                        STR(o->depfile_target), STR(o->executable), (unsigned long long)o->limit);
}

/* Where known members can be read from: the zip that the index speaks of, and no other. */
static int open_last_zip(const struct run *r)
{
    struct stat st;
    if (!r->index.memory)
        return -1;
    int fd = open(arena_str(r->arena, r->options->out).p, O_RDONLY | O_CLOEXEC);
    struct stamp stamp = { 0 };
    if (fd >= 0 && fstat(fd, &st) == 0)
        stamp = stamp_make(&st);
    if (fd >= 0 && !index_is_of(&r->index, &stamp, r->subject.codec)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static void digest_file(void *ctx, size_t i)
{
    struct run *r = ctx;
    struct zip_packed *m = &r->packed[i];
    if (!m->digested)
        m->digested = content_digest(&r->tree, &r->tree.files[i], m->digest);
}

struct filling {
    struct run *run;
    size_t n;
    bool fill; /* or only look */
};

static bool fill_packed(void *ctx, const struct zip_member *m)
{
    struct filling *f = ctx;
    const struct tree_file *file = f->n < f->run->tree.n ? &f->run->tree.files[f->n] : NULL;
    if (!file || !str_eq(m->path, tree_path(file)) || m->size != file->stamp.size ||
        m->executable != (file->executable || file->started))
        return false;
    struct zip_packed *p = &f->run->packed[f->n++];
    if (!f->fill)
        return true;
    p->at = m->at;
    p->packed_size = m->packed_size;
    p->crc = m->crc;
    p->method = m->method;
    return true;
}

/* Whether the zip that was fetched has the files that it should have: an action that names another
 * bundle's blob does no harm. Where they are in it is known then, and the next run builds on it. */
static bool holds_tree(struct run *r, const struct sink *out)
{
    struct filling look = { r, 0, false }, fill = { r, 0, true };
    return zip_read(out->fd, sink_at(out), fill_packed, &look) && look.n == r->tree.n &&
           zip_read(out->fd, sink_at(out), fill_packed, &fill);
}

/* Whether the bundle was made before, here or in another build tree: then the sink has it. Files
 * are read for it only where something of that shape is known. */
static bool fetch(struct run *r, struct sink *out)
{
    struct store store = { r->arena, r->options->cache };
    struct store_key key;
    store_key(&key, r->subject.codec, &r->tree, NULL, false);
    bool remote = remote_is_on(&store);
    if (!remote && !store_knows_shape(&store, &key))
        return false;
    pool_run(r->tree.n, r->options->threads, digest_file, r);
    for (size_t i = 0; i < r->tree.n; i++)
        if (!r->packed[i].digested)
            return false; /* unreadable or changing: packing it says what is wrong */
    store_key(&key, r->subject.codec, &r->tree, r->packed, true);
    if (remote && !store_recall(&store, &key).n && !remote_fetch(&store, r->diags, &key))
        return false;
    /* What could not be written is reported when it is committed. */
    return store_fetch(&store, &key, out) && (out->error || holds_tree(r, out));
}

/* Into the cache; the name that the file gets there changes its time, but not the file. */
static void keep(struct run *r)
{
    struct store store = { r->arena, r->options->cache };
    struct store_key key;
    store_key(&key, r->subject.codec, &r->tree, r->packed, true);
    store_keep(&store, &key, r->options->out, r->subject.sha256);
    remote_keep(&store, r->diags, &key, r->options->out, r->subject.sha256);
    struct stamp now = output_stamp(r->arena, r->options->out);
    if (now.inode == r->subject.zip.inode && now.size == r->subject.zip.size &&
        now.mtime_ns == r->subject.zip.mtime_ns)
        r->subject.zip = now;
    sweep_if_due(r->options->cache, cache_limit(), r->started_ns);
}

/* Makes the zip in the sink, from the last one, from the cache or anew; false after diagnostics. */
static bool fill_sink(struct run *r, struct sink *sink, const struct zip_options *zip,
                      bool *fetched)
{
    const struct bundle_options *o = r->options;
    *fetched = false;
    if (!sink_open(sink, r->arena, r->diags, o->out))
        return false;
    if (o->cache.n) {
        *fetched = fetch(r, sink);
        if (*fetched)
            return true;
        if (sink_at(sink) > 0) {
            sink_drop(sink);
            if (!sink_open(sink, r->arena, r->diags, o->out))
                return false;
        }
    }
    if (zip_write(sink, r->diags, &r->tree, zip, r->packed))
        return true;
    sink_drop(sink);
    return false;
}

static bool write_zip(struct run *r)
{
    const struct bundle_options *o = r->options;
    struct zip_options zip = { o->level, o->threads, open_last_zip(r) };
    struct index_subject last = { 0 };
    struct sink_before before = { .sha256 = last.sha256 };
    struct sink sink;
    bool fetched;
    r->packed = mem_alloc(r->tree.n * sizeof *r->packed);
    memset(r->packed, 0, r->tree.n * sizeof *r->packed);
    if (zip.last_zip >= 0) {
        last = index_subject(&r->index);
        before.stamp = last.zip;
        index_match(&r->index, &r->tree, o->threads, r->packed);
    }
    if (!r->followed && r->tree.n > WHY_MAX_FILES)
        index_done(&r->index); /* a followed one holds the tree's paths */
    bool ok = fill_sink(r, &sink, &zip, &fetched);
    if (zip.last_zip >= 0)
        close(zip.last_zip);
    if (!ok)
        return false;
    r->result->bytes = sink_at(&sink);
    enum written done = sink_commit(&sink, r->diags, &before, r->subject.sha256);
    if (done == WRITE_FAILED)
        return false;
    r->result->changed = done == WRITE_CHANGED;
    r->subject.zip = sink.stamp;
    hex_put(r->result->sha256, r->subject.sha256, SHA256_BYTES);
    if (!fetched && o->cache.n && r->result->changed)
        keep(r);
    if (o->cache.n && r->result->changed)
        why_write(r->arena, o->cache, o->out, &r->index, &r->subject, &r->tree, r->packed);
    return true;
}

static bool write_record(struct diags *ds, struct str path, const struct bundle_result *r)
{
    struct buf text;
    struct json_writer w;
    buf_init(&text, 0);
    json_writer_init(&w, &text, 2);
    json_begin_map(&w);
    json_key(&w, S("sha256"));
    json_str(&w, (struct str){ r->sha256, SHA256_HEX });
    json_key(&w, S("bytes"));
    json_int(&w, (int64_t)r->bytes);
    json_key(&w, S("unpacked_bytes"));
    json_int(&w, (int64_t)r->unpacked_bytes);
    json_key(&w, S("files"));
    json_int(&w, (int64_t)r->files);
    json_end_map(&w);
    buf_putc(&text, '\n');
    enum written done = file_write(ds, path, buf_str(&text));
    buf_done(&text);
    return done != WRITE_FAILED;
}

/* The folders, whose times tell of files that come and go, and the files. */
static bool write_depfile(struct diags *ds, const struct tree *t, const struct bundle_options *o)
{
    struct arena scratch = { 0 };
    struct buf text;
    if (o->depfile.n == 0)
        return true;
    buf_init(&text, 0);
    depfile_put_path(&text, o->depfile_target.n ? o->depfile_target : o->out);
    buf_putc(&text, ':');
    for (size_t i = 0; i < t->folders.n + t->n; i++) {
        struct arena_mark mark = arena_mark(&scratch);
        struct str path = i < t->folders.n
                              ? tree_folder_path(&scratch, t, &t->folders.p[i])
                              : tree_full_path(&scratch, t, &t->files[i - t->folders.n]);
        buf_put(&text, i ? S(" \\\n  ") : S(" "));
        depfile_put_path(&text, path);
        arena_reset(&scratch, mark);
    }
    buf_putc(&text, '\n');
    enum written done = file_write(ds, o->depfile, buf_str(&text));
    buf_done(&text);
    arena_done(&scratch);
    return done != WRITE_FAILED;
}

/* Whether what the last run left is what this one would make: then nothing is done. */
static bool nothing_to_do(struct run *r)
{
    struct index_subject last = index_subject(&r->index);
    struct stamp record = output_stamp(r->arena, r->record);
    struct stamp depfile = output_stamp(r->arena, r->options->depfile);
    if (!str_eq(last.call, r->subject.call) || !stamp_equal(&record, &last.record) ||
        !stamp_equal(&depfile, &last.depfile))
        return false;
    r->result->bytes = last.zip.size;
    hex_put(r->result->sha256, last.sha256, SHA256_BYTES);
    return true;
}

/* Fills r->tree; *same if it is the one that the last run packed. */
static bool look(struct run *r, bool *same)
{
    const struct bundle_options *o = r->options;
    struct stamp zip = output_stamp(r->arena, o->out);
    *same = false;
    if (r->index_path.n)
        index_read(&r->index, r->index_path);
    struct tree_root roots[] = { { o->dir, o->prefix, -1, false }, { o->with, S(""), -1, false } };
    size_t n = o->with.n ? 2 : 1;
    r->followed = index_is_of(&r->index, &zip, r->subject.codec) &&
                  index_follow(&r->index, &r->tree, r->arena, roots, n, same);
    if (r->followed)
        return true;
    *same = false;
    return tree_scan(&r->tree, r->arena, r->diags, roots, n);
}

static bool check(struct run *r)
{
    const struct bundle_options *o = r->options;
    struct tree_limits limits = { o->limit ? o->limit : BUNDLE_LAMBDA_BYTES,
                                  o->limit ? S("the limit given") : S("AWS Lambda") };
    return tree_check(&r->tree, r->diags, &limits) &&
           mark_executable(r->diags, &r->tree, o->executable) &&
           file_make_dirs(r->diags, path_dir(o->out)) &&
           tree_check_outside(r->arena, r->diags, &r->tree, o->out);
}

static bool make(struct run *r)
{
    bool same;
    if (!look(r, &same))
        return false;
    r->result->files = r->tree.n;
    r->result->unpacked_bytes = tree_bytes(&r->tree);
    if (same && nothing_to_do(r))
        return true;
    if (!check(r) || !write_zip(r) || !write_record(r->diags, r->record, r->result) ||
        !write_depfile(r->diags, &r->tree, r->options))
        return false;
    r->subject.record = output_stamp(r->arena, r->record);
    r->subject.depfile = output_stamp(r->arena, r->options->depfile);
    if (r->index_path.n)
        index_write(r->arena, r->index_path, &r->subject, &r->tree, r->packed, r->started_ns);
    return true;
}

/* A device or pipe would be replaced by a file, and what uses it would break. */
static bool check_replaceable(struct arena *a, struct diags *ds, struct str out)
{
    struct stat st;
    if (stat(arena_str(a, out).p, &st) != 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
        return true; /* of a folder, the writing says so */
    diag_help(
        diag_error(ds, "special-file", NOWHERE, "'%.*s' is a device, pipe or socket", STR(out)),
        "expected a file, or a name that is free");
    return false;
}

bool bundle_make(struct arena *a, struct diags *ds, const struct bundle_options *o,
                 struct bundle_result *result)
{
    *result = (struct bundle_result){ 0 };
    if (!check_replaceable(a, ds, o->out))
        return false;
    struct run r = { .arena = a, .diags = ds, .options = o, .result = result };
    r.record = arena_printf(a, "%.*s.json", STR(o->out));
    r.index_path = cache_index_path(a, o->cache, o->out);
    r.subject.codec = codec_name(a, o->level);
    r.subject.call = call_name(a, o);
    r.started_ns = now_ns();
    bool ok = make(&r);
    tree_done(&r.tree);
    index_done(&r.index);
    mem_free(r.packed);
    return ok;
}

/* ---- a file as it is ---- */

static int open_source(struct arena *a, struct diags *ds, struct str path, struct stat *st)
{
    int fd = open(arena_str(a, path).p, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && fstat(fd, st) == 0 && S_ISREG(st->st_mode))
        return fd;
    if (fd >= 0)
        diag_error(ds, "no-file", NOWHERE, "'%.*s' is a %s; expected a file", STR(path),
                   S_ISDIR(st->st_mode) ? "folder" : "device or pipe");
    else if (errno == ENOENT || errno == ENOTDIR)
        diag_error(ds, "no-file", NOWHERE, "file '%.*s' does not exist", STR(path));
    else
        diag_world(ds, "cannot-read", NOWHERE, "cannot read '%.*s': %s", STR(path),
                   strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool copy_file(struct arena *a, struct diags *ds, const struct bundle_options *o,
                      struct bundle_result *result)
{
    struct stat st, after;
    struct sink sink;
    uint8_t digest[SHA256_BYTES];
    int fd = open_source(a, ds, o->dir, &st);
    if (fd < 0 || !sink_open(&sink, a, ds, o->out)) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    sink_copy(&sink, fd, 0, (uint64_t)st.st_size);
    struct stamp before = stamp_make(&st), now = { 0 };
    if (fstat(fd, &after) == 0)
        now = stamp_make(&after);
    close(fd);
    if (!stamp_equal(&before, &now)) {
        diag_world(ds, "changed-file", NOWHERE, "'%.*s' changed while it was copied", STR(o->dir));
        sink_drop(&sink);
        return false;
    }
    result->bytes = result->unpacked_bytes = (uint64_t)st.st_size;
    result->files = 1;
    enum written done = sink_commit(&sink, ds, NULL, digest);
    result->changed = done == WRITE_CHANGED;
    hex_put(result->sha256, digest, SHA256_BYTES);
    return done != WRITE_FAILED;
}

bool bundle_copy(struct arena *a, struct diags *ds, const struct bundle_options *o,
                 struct bundle_result *result)
{
    struct reads reads = { .arena = a };
    *result = (struct bundle_result){ 0 };
    reads_add(&reads, o->dir);
    return check_replaceable(a, ds, o->out) && copy_file(a, ds, o, result) &&
           write_record(ds, arena_printf(a, "%.*s.json", STR(o->out)), result) &&
           (!o->depfile.n || depfile_write(ds, &reads, o->depfile,
                                           o->depfile_target.n ? o->depfile_target : o->out));
}
