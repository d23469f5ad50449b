#include "pack/bundle.h"

#include "base/depfile.h"
#include "base/file.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "base/path.h"
#include "pack/tree.h"
#include "pack/zip_write.h"

#include <stdlib.h>
#include <string.h>

static const struct span NOWHERE;

/* A zip that lies in the folder it is made of would hold itself, the second time. */
static bool check_outside(struct arena *a, struct diags *ds, const struct tree *t, struct str out)
{
    bool ok = true;
    char *dir = realpath(t->dir.p, NULL);
    char *to = realpath(arena_str(a, path_dir(out)).p, NULL);
    if (dir && to) {
        struct str inside = path_relative(a, str_from(dir), str_from(to));
        if (str_eq(inside, S(".")))
            inside = S("");
        for (size_t i = 0; i < t->folders.n && ok; i++)
            ok = !str_eq(t->folders.p[i], inside);
    }
    free(dir);
    free(to);
    if (!ok)
        diag_help(diag_error(ds, "output-inside", NOWHERE,
                             "'%.*s' would lie in the folder that it is made of", STR(out)),
                  "write it elsewhere, or into a folder that .bundleignore names");
    return ok;
}

static bool mark_executable(struct diags *ds, const struct tree *t, struct str name)
{
    struct tree_file *bootstrap = tree_find(t, S("bootstrap"));
    if (bootstrap)
        bootstrap->executable = true;
    if (name.n == 0)
        return true;
    struct tree_file *f = tree_find(t, name);
    if (f)
        f->executable = true;
    else
        diag_error(ds, "no-executable", NOWHERE, "'%.*s' holds no file '%.*s' to start",
                   STR(t->dir), STR(name));
    return f != NULL;
}

static bool write_zip(struct arena *a, struct diags *ds, const struct tree *t,
                      const struct bundle_options *o, struct bundle_result *result)
{
    struct zip_options zip = { .level = o->level, .threads = o->threads };
    struct zip_packed *packed = mem_alloc(t->n * sizeof *packed);
    uint8_t digest[SHA256_BYTES];
    struct sink sink;
    bool ok = false;
    if (!sink_open(&sink, a, ds, o->out))
        goto out;
    if (!zip_write(&sink, ds, t, &zip, packed)) {
        sink_drop(&sink);
        goto out;
    }
    result->bytes = sink_at(&sink);
    enum written done = sink_commit(&sink, ds, digest);
    result->changed = done == WRITE_CHANGED;
    ok = done != WRITE_FAILED;
    if (ok)
        hex_put(result->sha256, digest, SHA256_BYTES);
out:
    mem_free(packed);
    return ok;
}

static bool write_record(struct arena *a, struct diags *ds, struct str out,
                         const struct bundle_result *r)
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
    struct str path = arena_printf(a, "%.*s.json", STR(out));
    enum written done = file_write(ds, path, buf_str(&text));
    buf_done(&text);
    return done != WRITE_FAILED;
}

/* Files by name, and the folders, whose times tell of files that come and go. */
static bool write_depfile(struct arena *a, struct diags *ds, const struct tree *t,
                          const struct bundle_options *o)
{
    struct reads reads = { .arena = a };
    if (o->depfile.n == 0)
        return true;
    for (size_t i = 0; i < t->folders.n; i++)
        reads_add(&reads, tree_full_path(a, t, t->folders.p[i]));
    for (size_t i = 0; i < t->n; i++)
        reads_add(&reads, tree_full_path(a, t, tree_path(&t->files[i])));
    return depfile_write(ds, &reads, o->depfile, o->depfile_target.n ? o->depfile_target : o->out);
}

bool bundle_make(struct arena *a, struct diags *ds, const struct bundle_options *o,
                 struct bundle_result *result)
{
    struct tree_limits limits = { o->limit ? o->limit : BUNDLE_LAMBDA_BYTES,
                                  o->limit ? S("the limit given") : S("AWS Lambda") };
    struct tree t;
    *result = (struct bundle_result){ 0 };
    bool ok = tree_scan(&t, a, ds, o->dir, &limits) && mark_executable(ds, &t, o->executable) &&
              file_make_dirs(ds, path_dir(o->out)) && check_outside(a, ds, &t, o->out);
    if (ok) {
        result->files = t.n;
        result->unpacked_bytes = t.bytes;
        ok = write_zip(a, ds, &t, o, result) && write_record(a, ds, o->out, result) &&
             write_depfile(a, ds, &t, o);
    }
    tree_done(&t);
    return ok;
}

bool bundle_copy(struct arena *a, struct diags *ds, const struct bundle_options *o,
                 struct bundle_result *result)
{
    uint8_t digest[SHA256_BYTES];
    struct reads reads = { .arena = a };
    struct str text, none = { 0 };
    *result = (struct bundle_result){ 0 };
    if (!file_read(a, ds, NOWHERE, none, o->dir, BUNDLE_FILE_BYTES, &text))
        return false;
    sha256(digest, text);
    hex_put(result->sha256, digest, SHA256_BYTES);
    result->bytes = result->unpacked_bytes = text.n;
    result->files = 1;
    reads_add(&reads, o->dir);
    enum written done = file_write(ds, o->out, text);
    result->changed = done == WRITE_CHANGED;
    return done != WRITE_FAILED && write_record(a, ds, o->out, result) &&
           (!o->depfile.n || depfile_write(ds, &reads, o->depfile,
                                           o->depfile_target.n ? o->depfile_target : o->out));
}
