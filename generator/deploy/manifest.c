#include "deploy/manifest.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"
#include "base/path.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

enum { MANIFEST_VERSION = 1 }; /* what link writes */

static const struct span NOWHERE;

static struct str text_at(const struct node *map, const char *key)
{
    const struct node *n = node_get(map, str_from(key));
    return n && n->kind == NODE_STR ? n->str : (struct str){ 0 };
}

static const struct node *map_at(const struct node *map, const char *key)
{
    const struct node *n = node_get(map, str_from(key));
    return n && n->kind == NODE_MAP ? n : NULL;
}

static bool read_file(struct arena *a, struct diags *ds, const struct manifest *m,
                      const struct node *n, struct manifest_file *f)
{
    const struct node *bytes = node_get(n, S("bytes"));
    struct str path = text_at(n, "path");
    *f = (struct manifest_file){ .id = text_at(n, "id"),
                                 .sha256 = text_at(n, "sha256"),
                                 .key = text_at(n, "key") };
    if (!f->key.n)
        f->key = text_at(n, "tag");
    if (!f->id.n || !path.n || f->sha256.n != SHA256_HEX || !bytes || bytes->kind != NODE_INT) {
        diag_error(ds, "bad-manifest", n ? n->span : NOWHERE,
                   "'%.*s' names a file without id, path, sha256 or bytes", STR(m->path));
        return false;
    }
    f->path = arena_str(a, path_clean(a, path_join(a, path_dir(m->path), path)));
    f->bytes = bytes->integer;
    return true;
}

static bool read_files(struct arena *a, struct diags *ds, const struct manifest *m,
                       const struct node *n, const char *key, bool required,
                       struct manifest_files *files)
{
    const struct node *list = node_get(n, str_from(key));
    bool good = true;
    if (!list && !required)
        return true;
    if (!list || list->kind != NODE_SEQ) {
        diag_error(ds, "bad-manifest", list ? list->span : n->span, "'%.*s' has %s '%s'; %s",
                   STR(m->path), list ? "something else than a list as" : "no", key,
                   "build it again");
        return false;
    }
    for (size_t i = 0; i < list->seq.n; i++) {
        struct manifest_file f;
        if (read_file(a, ds, m, list->seq.items[i], &f))
            vec_push(a, &files->all, f);
        else
            good = false;
    }
    return good;
}

static bool check_version(struct diags *ds, const struct manifest *m, const struct node *n)
{
    const struct node *version = node_get(n, S("version"));
    if (version && version->kind == NODE_INT && version->integer == MANIFEST_VERSION)
        return true;
    diag_error(ds, "bad-manifest", version ? version->span : n->span,
               "'%.*s' is not of version %d: another stepwright made it; build it again",
               STR(m->path), MANIFEST_VERSION);
    return false;
}

bool manifest_read(struct arena *a, struct diags *ds, struct str path, struct manifest *m)
{
    struct source *src = source_read(a, ds, NOWHERE, (struct str){ 0 }, path);
    const struct node *n = src ? json_read_node(a, ds, src) : NULL;
    if (!n)
        return false;
    const struct node *protection = node_get(n, S("protection"));
    *m = (struct manifest){ .path = path,
                            .pipeline = text_at(n, "pipeline"),
                            .stage = text_at(n, "stage"),
                            .stack = text_at(n, "stack"),
                            .config = text_at(n, "config"),
                            .account = text_at(n, "account"),
                            .region = text_at(n, "region"),
                            .bucket = text_at(n, "bucket"),
                            .protection =
                                protection && protection->kind == NODE_BOOL && protection->boolean,
                            .tags = map_at(n, "tags"),
                            .sources = map_at(n, "sources") };
    if (!m->pipeline.n || !m->stage.n || !m->stack.n || !node_get(n, S("template"))) {
        diag_error(ds, "bad-manifest", n->span, "'%.*s' was not made by link", STR(path));
        return false;
    }
    return check_version(ds, m, n) && read_files(a, ds, m, n, "uploads", true, &m->uploads) &&
           read_files(a, ds, m, n, "images", false, &m->images) &&
           read_files(a, ds, m, n, "files", true, &m->files) &&
           read_file(a, ds, m, node_get(n, S("template")), &m->template);
}

static bool changed(struct diags *ds, const struct manifest *m, const struct manifest_file *f,
                    const char *what)
{
    struct diag *d =
        diag_error(ds, "changed-since-build", NOWHERE, "'%.*s' %s since '%.*s' was linked",
                   STR(f->path), what, STR(m->path));
    diag_help(d, "build again, so that what is deployed is what was built");
    return false;
}

static bool check_size(struct diags *ds, const struct manifest *m, const struct manifest_file *f)
{
    struct stat st;
    if (stat(f->path.p, &st) != 0) {
        if (errno == ENOENT)
            return changed(ds, m, f, "is gone");
        diag_world(ds, "cannot-read", NOWHERE, "cannot read '%.*s'", STR(f->path));
        return false;
    }
    return st.st_size == f->bytes || changed(ds, m, f, "has changed");
}

bool manifest_check_file(struct diags *ds, const struct manifest *m, const struct manifest_file *f)
{
    char block[65536], hex[SHA256_HEX];
    uint8_t digest[SHA256_BYTES];
    if (!check_size(ds, m, f))
        return false;
    FILE *file = fopen(f->path.p, "rb");
    if (!file) {
        diag_world(ds, "cannot-read", NOWHERE, "cannot read '%.*s'", STR(f->path));
        return false;
    }
    struct sha256 *running = sha256_new();
    for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;)
        sha256_add(running, (struct str){ block, n });
    bool failed = ferror(file) != 0;
    fclose(file);
    sha256_take(running, digest);
    if (failed) {
        diag_world(ds, "cannot-read", NOWHERE, "cannot read '%.*s'", STR(f->path));
        return false;
    }
    hex_put(hex, digest, SHA256_BYTES);
    return str_eq((struct str){ hex, SHA256_HEX }, f->sha256) || changed(ds, m, f, "has changed");
}

bool manifest_check(struct diags *ds, const struct manifest *m, enum manifest_depth depth)
{
    bool good = manifest_check_file(ds, m, &m->template);
    for (size_t i = 0; i < m->files.all.n; i++)
        good = manifest_check_file(ds, m, &m->files.all.p[i]) && good;
    for (size_t i = 0; i < m->uploads.all.n; i++) {
        const struct manifest_file *f = &m->uploads.all.p[i];
        good =
            (depth == MANIFEST_FULL ? manifest_check_file(ds, m, f) : check_size(ds, m, f)) && good;
    }
    return good;
}

const struct node *manifest_document(struct arena *a, struct diags *ds, const struct manifest *m,
                                     struct str id)
{
    const struct manifest_file *f = str_eq(id, m->template.id) ? &m->template : NULL;
    for (size_t i = 0; !f && i < m->files.all.n; i++)
        if (str_eq(m->files.all.p[i].id, id))
            f = &m->files.all.p[i];
    if (!f || f->bytes == 0)
        return NULL;
    struct source *src = source_read(a, ds, NOWHERE, (struct str){ 0 }, f->path);
    return src ? json_read_node(a, ds, src) : NULL;
}

struct str manifest_source(const struct manifest *m, struct str logical_id)
{
    const struct node *n = node_get(m->sources, logical_id);
    return n && n->kind == NODE_STR ? n->str : (struct str){ 0 };
}
