#include "pack/oci_image.h"

#include "base/file.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/path.h"
#include "pack/oci_document.h"
#include "pack/sink.h"
#include "pack/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct span NOWHERE;

struct making {
    struct arena *arena;
    struct diags *ds;
    const struct oci_spec *spec;
    struct str out, record;
    struct reads *reads;
    struct store store;
    struct map blobs; /* that the image has: digest → something */
    int64_t bytes;
    bool changed;
};

/* ---- blobs ---------------------------------------------------------------------------------- */

static struct str blob_path(struct making *m, struct str sha256)
{
    return oci_blob_path(m->arena, m->out, sha256);
}

static void note_blob(struct making *m, struct str sha256, int64_t bytes)
{
    if (map_has(&m->blobs, sha256))
        return;
    map_put(m->arena, &m->blobs, sha256, m);
    m->bytes += bytes;
}

/* A document as a blob; its descriptor. */
static bool put_document(struct making *m, const char *type, struct buf *text,
                         struct oci_descriptor *d)
{
    uint8_t digest[SHA256_BYTES];
    char *hex = arena_alloc(m->arena, SHA256_HEX);
    sha256(digest, buf_str(text));
    hex_put(hex, digest, SHA256_BYTES);
    *d = (struct oci_descriptor){ .media_type = str_from(type),
                                  .sha256 = { hex, SHA256_HEX },
                                  .bytes = (int64_t)text->n };
    enum written w = file_write(m->ds, blob_path(m, d->sha256), buf_str(text));
    note_blob(m, d->sha256, d->bytes);
    m->changed = m->changed || w == WRITE_CHANGED;
    return w != WRITE_FAILED;
}

/* Whether the file at `path` holds n bytes of that digest. */
static bool is_whole(struct str path, struct str sha256, int64_t bytes)
{
    int fd = open(path.p, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool whole = oci_is_whole(fd, sha256, bytes);
    close(fd);
    return whole;
}

/* A blob of the base: the same file where the file system allows, else a copy. */
static bool take_blob(struct making *m, const struct oci_descriptor *d)
{
    struct str from = oci_blob_path(m->arena, m->spec->base, d->sha256);
    struct str to = blob_path(m, d->sha256);
    struct stat st;
    note_blob(m, d->sha256, d->bytes);
    if (stat(to.p, &st) == 0 && st.st_size == d->bytes)
        return true; /* it was compared when it came: what a base costs is paid once */
    if (!is_whole(from, d->sha256, d->bytes)) {
        diag_error(m->ds, "bad-digest", NOWHERE, "'%.*s' does not hold what it is called by",
                   STR(from));
        return false;
    }
    unlink(to.p);
    m->changed = true;
    if (link(from.p, to.p) == 0)
        return true;
    struct sink s;
    int fd = open(from.p, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0 || !sink_open(&s, m->arena, m->ds, to)) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    sink_copy(&s, fd, 0, (uint64_t)st.st_size);
    close(fd);
    return sink_publish(&s, m->ds);
}

/* ---- the record ----------------------------------------------------------------------------- */

static struct str val_text(struct arena *a, const struct node *map, const char *key)
{
    const struct node *n = node_get(map, str_from(key));
    return node_is_str(n) ? arena_str(a, n->str) : (struct str){ 0 };
}

/* What is wrong with a record of ours is nobody's business: then nothing is known. */
static const struct node *read_record(struct arena *a, struct str record)
{
    struct diags silent;
    struct str text;
    diags_init(&silent, a);
    if (!file_exists((struct str){ 0 }, record) ||
        !file_read(a, &silent, NOWHERE, (struct str){ 0 }, record, OCI_DOCUMENT_BYTES, &text))
        return NULL;
    return json_read_node(a, &silent, source_make(a, record, text));
}

static bool write_record(struct diags *ds, struct str record, const struct oci_result *r,
                         struct str key)
{
    struct buf text;
    struct json_writer w;
    buf_init(&text, 0);
    json_writer_init(&w, &text, 2);
    json_begin_map(&w);
    json_put_str(&w, "sha256", r->sha256);
    json_put_int(&w, "bytes", r->bytes);
    if (key.n)
        json_put_str(&w, "key", key);
    json_end_map(&w);
    buf_putc(&text, '\n');
    enum written done = file_write(ds, record, buf_str(&text));
    buf_done(&text);
    return done != WRITE_FAILED;
}

/* ---- layers --------------------------------------------------------------------------------- */

static void note_reads(struct making *m, const struct tree *t)
{
    for (size_t i = 0; m->reads && i < t->folders.n; i++)
        reads_add(m->reads, tree_folder_path(m->arena, t, &t->folders.p[i]));
    for (size_t i = 0; m->reads && i < t->n; i++)
        reads_add(m->reads, tree_full_path(m->arena, t, &t->files[i]));
}

/* Names, sizes and modes, which cost nothing to look at. */
static struct str shape_of(struct making *m, const struct tree *t,
                           const struct oci_layer_options *o)
{
    struct buf text;
    uint8_t digest[SHA256_BYTES];
    char *hex = arena_alloc(m->arena, SHA256_HEX);
    buf_init(&text, 0);
    buf_printf(&text, "%d %.*s%c", o->on_base, STR(o->to), '\0');
    for (size_t i = 0; i < t->n; i++) {
        const struct tree_file *f = &t->files[i];
        buf_put(&text, tree_path(f));
        buf_printf(&text, "%c%d %llu\n", '\0', f->executable, (unsigned long long)f->stamp.size);
    }
    sha256(digest, buf_str(&text));
    hex_put(hex, digest, SHA256_BYTES);
    buf_done(&text);
    return (struct str){ hex, SHA256_HEX };
}

static struct store_key key_of(struct making *m, const char *kind, struct str codec,
                               struct str what)
{
    struct store_key key;
    struct str recipe = arena_printf(m->arena, "%.*s\n%.*s", STR(codec), STR(what));
    store_key_of(&key, str_from(kind), recipe);
    return key;
}

/* The blob of a layer whose tar was compressed before: into the layout, unless it is there. */
static bool load_layer(struct making *m, const struct store_key *key, struct oci_layer *layer)
{
    struct str digest = store_recall(&m->store, key), line;
    struct stat st;
    if (!str_split(&digest, '\n', &line) || line.n != SHA256_HEX)
        return false;
    struct str path = blob_path(m, line);
    memcpy(layer->digest, line.p, SHA256_HEX);
    if (stat(path.p, &st) != 0 || !is_whole(path, line, (int64_t)st.st_size)) {
        struct sink s;
        if (!sink_open(&s, m->arena, m->ds, path))
            return false;
        if (!store_load(&m->store, line, &s)) {
            sink_drop(&s);
            return false;
        }
        if (!sink_publish(&s, m->ds) || stat(path.p, &st) != 0)
            return false;
        m->changed = true;
    }
    layer->bytes = (uint64_t)st.st_size;
    return true;
}

/* The layer of a tree: the one made before, here or in another build tree, if its tar is the same.
 */
static bool make_layer(struct making *m, const struct tree *t, const struct oci_layer_options *o,
                       struct oci_layer *layer)
{
    struct str codec = oci_layer_codec(m->arena, o), blobs = path_dir(blob_path(m, S("x")));
    struct store_key shape = key_of(m, "layer-shape", codec, shape_of(m, t, o)), key;
    if (store_recall(&m->store, &shape).n) {
        if (!oci_layer_diff(m->arena, m->ds, t, o, layer))
            return false;
        key = key_of(m, "layer", codec, str_from(layer->diff_id));
        if (load_layer(m, &key, layer))
            return true;
        if (m->ds->errors)
            return false;
    }
    if (!oci_layer_write(m->arena, m->ds, t, o, blobs, layer))
        return false;
    m->changed = true;
    struct str digest = str_from(layer->digest);
    if (store_put(&m->store, digest, blob_path(m, digest))) {
        key = key_of(m, "layer", codec, str_from(layer->diff_id));
        store_note(&m->store, &key, digest);
        store_note(&m->store, &shape, digest);
    }
    return true;
}

/* Which part of a path a container takes for an order to delete; empty if there is none. */
static struct str whiteout_in(struct str path)
{
    struct str part;
    while (str_split(&path, '/', &part))
        if (str_starts(part, S(".wh.")))
            return part;
    return (struct str){ 0 };
}

/* Source: OCI image-spec, layer.md, "Whiteouts". */
static bool check_names(struct making *m, const struct tree *t)
{
    bool ok = true;
    for (size_t i = 0; i < t->n; i++) {
        struct str part = whiteout_in(tree_path(&t->files[i]));
        if (!part.n)
            continue;
        struct str path = tree_full_path(m->arena, t, &t->files[i]);
        diag_help(diag_error(m->ds, "whiteout-name", NOWHERE,
                             "'%.*s' cannot be in an image: '%.*s' would delete what is there",
                             STR(path), STR(part)),
                  "rename it, or name it in .bundleignore");
        ok = false;
    }
    return ok;
}

static bool add_layer(struct making *m, const struct oci_folder *f, struct oci_parts *parts)
{
    static const struct tree_limits LIMITS = { OCI_LAYER_BYTES, S_INIT("a layer") };
    struct tree_root root = { .dir = f->dir, .whole = f->whole };
    struct oci_layer_options o = { .codec = m->spec->codec,
                                   .level = m->spec->level,
                                   .threads = m->spec->threads,
                                   .to = f->to,
                                   .on_base = m->spec->base.n > 0 };
    struct oci_layer layer;
    struct tree t;
    bool ok = tree_scan(&t, m->arena, m->ds, &root, 1) && tree_check(&t, m->ds, &LIMITS) &&
              check_names(m, &t) && tree_check_outside(m->arena, m->ds, &t, m->record) &&
              tree_check_outside(m->arena, m->ds, &t, path_join(m->arena, m->out, S("index.json")));
    if (ok && !f->made)
        note_reads(m, &t);
    ok = ok && make_layer(m, &t, &o, &layer);
    tree_done(&t);
    if (!ok)
        return false;
    const char *type = o.codec == OCI_GZIP ? OCI_LAYER "+gzip" : OCI_LAYER "+zstd";
    struct oci_part part = {
        .descriptor = { .media_type = str_from(type),
                        .sha256 = arena_str(m->arena, str_from(layer.digest)),
                        .bytes = (int64_t)layer.bytes },
        .diff_id = arena_str(m->arena, str_from(layer.diff_id)),
        .note = f->note,
    };
    vec_push(m->arena, &parts->all, part);
    note_blob(m, part.descriptor.sha256, part.descriptor.bytes);
    return true;
}

static bool add_base(struct making *m, const struct oci_platform *platform,
                     struct oci_config *config, struct oci_parts *parts)
{
    struct oci_descriptor d;
    struct oci_manifest manifest;
    struct str base = m->spec->base;
    if (m->reads)
        reads_add(m->reads, path_join(m->arena, base, S("index.json")));
    if (!oci_find_manifest(m->arena, m->ds, base, platform, &d))
        return false;
    struct source *src = oci_read_blob(m->arena, m->ds, base, &d);
    if (!src || !oci_parse_manifest(m->arena, m->ds, src, &manifest))
        return false;
    struct source *text = oci_read_blob(m->arena, m->ds, base, &manifest.config);
    if (!text || !oci_parse_config(m->arena, m->ds, text, config))
        return false;
    if (config->diff_ids.n != manifest.layers.n) {
        diag_error(m->ds, "bad-image", NOWHERE, "'%.*s' has %zu layers, but its manifest has %zu",
                   STR(text->path), config->diff_ids.n, manifest.layers.n);
        return false;
    }
    if (config->architecture.n && !str_eq(config->architecture, platform->architecture)) {
        diag_error(m->ds, "no-platform", NOWHERE, "'%.*s' is for %.*s, not for %.*s", STR(base),
                   STR(config->architecture), STR(platform->architecture));
        return false;
    }
    for (size_t i = 0; i < manifest.layers.n; i++) {
        struct oci_part part = { .descriptor = manifest.layers.p[i],
                                 .diff_id = config->diff_ids.p[i] };
        if (!take_blob(m, &part.descriptor))
            return false;
        vec_push(m->arena, &parts->all, part);
    }
    return true;
}

/* ---- images --------------------------------------------------------------------------------- */

static bool make_platform(struct making *m, struct str name, struct oci_descriptor *out)
{
    struct oci_platform platform = oci_platform(name);
    struct oci_config base = { 0 };
    struct oci_parts parts = { 0 };
    struct oci_descriptor config;
    struct buf text;
    if (m->spec->base.n && !add_base(m, &platform, &base, &parts))
        return false;
    for (size_t i = 0; i < m->spec->layers.n; i++) {
        const struct oci_folder *f = &m->spec->layers.p[i];
        if ((!f->platform.n || str_eq(f->platform, name)) && !add_layer(m, f, &parts))
            return false;
    }
    if (parts.all.n > OCI_MAX_LAYERS) {
        diag_error(m->ds, "too-many-layers", NOWHERE, "the image has %zu layers; at most %d work",
                   parts.all.n, OCI_MAX_LAYERS);
        return false;
    }
    buf_init(&text, 0);
    oci_put_config(&text, m->arena, m->spec, m->spec->base.n ? &base : NULL, &platform, &parts);
    bool ok = put_document(m, OCI_CONFIG, &text, &config);
    text.n = 0;
    oci_put_manifest(&text, &config, &parts);
    ok = ok && put_document(m, OCI_MANIFEST, &text, out);
    buf_done(&text);
    out->os = platform.os;
    out->architecture = platform.architecture;
    out->variant = platform.variant;
    return ok;
}

/* index.json names what people pull: the image, or the index of several. */
static bool write_layout(struct making *m, struct oci_descriptor top)
{
    struct buf text;
    struct oci_index index = { 0 };
    top.name = S("latest");
    vec_push(m->arena, &index.all, top);
    buf_init(&text, 0);
    oci_put_index(&text, &index);
    enum written w =
        file_write(m->ds, path_join(m->arena, m->out, S("index.json")), buf_str(&text));
    buf_done(&text);
    m->changed = m->changed || w == WRITE_CHANGED;
    return w != WRITE_FAILED && file_write(m->ds, path_join(m->arena, m->out, S("oci-layout")),
                                           S("{\"imageLayoutVersion\":\"1.0.0\"}")) != WRITE_FAILED;
}

/* Blobs of images that were here before. */
static bool remove_others(struct arena *a, struct diags *ds, struct str out,
                          const struct map *blobs)
{
    struct str dir = path_join(a, out, S("blobs/sha256"));
    struct names names = { 0 };
    if (!file_list(a, ds, NOWHERE, (struct str){ 0 }, dir, &names))
        return false;
    for (size_t i = 0; i < names.all.n; i++)
        if (!map_has(blobs, names.all.p[i]))
            unlink(path_join(a, dir, names.all.p[i]).p);
    return true;
}

static bool make_all(struct making *m, struct oci_descriptor *top)
{
    struct oci_index index = { 0 };
    for (size_t i = 0; i < m->spec->platforms.n; i++) {
        struct oci_descriptor d;
        if (!make_platform(m, m->spec->platforms.p[i], &d))
            return false;
        vec_push(m->arena, &index.all, d);
    }
    *top = index.all.p[0];
    if (index.all.n == 1)
        return true;
    struct buf text;
    buf_init(&text, 0);
    oci_put_index(&text, &index);
    bool ok = put_document(m, OCI_INDEX, &text, top);
    buf_done(&text);
    return ok;
}

bool oci_image_make(struct arena *a, struct diags *ds, const struct oci_spec *spec, struct str out,
                    struct reads *reads, struct oci_result *result)
{
    struct making m = { .arena = a, .ds = ds, .spec = spec, .out = out, .reads = reads };
    struct oci_descriptor top;
    m.store = (struct store){ a, spec->cache };
    m.record = arena_printf(a, "%.*s.json", STR(out));
    if (!file_make_dirs(ds, path_join(a, out, S("blobs/sha256"))))
        return false;
    if (!make_all(&m, &top) || !write_layout(&m, top) || !remove_others(a, ds, out, &m.blobs))
        return false;
    *result = (struct oci_result){ .sha256 = top.sha256, .bytes = m.bytes, .changed = m.changed };
    return write_record(ds, m.record, result, (struct str){ 0 });
}

/* ---- images that others made ---------------------------------------------------------------- */

/* Every blob below a descriptor of index.json, noted and checked to be there. */
static bool walk(struct arena *a, struct diags *ds, struct str out, const struct oci_descriptor *d,
                 struct map *blobs, int64_t *bytes, int depth);

static bool walk_manifest(struct arena *a, struct diags *ds, struct str out,
                          const struct source *src, struct map *blobs, int64_t *bytes)
{
    struct oci_manifest manifest;
    if (!oci_parse_manifest(a, ds, src, &manifest))
        return false;
    vec_push(a, &manifest.layers, manifest.config);
    for (size_t i = 0; i < manifest.layers.n; i++) {
        const struct oci_descriptor *d = &manifest.layers.p[i];
        if (!map_has(blobs, d->sha256))
            *bytes += d->bytes;
        map_put(a, blobs, d->sha256, blobs);
        if (!is_whole(oci_blob_path(a, out, d->sha256), d->sha256, d->bytes)) {
            diag_error(ds, "bad-digest", NOWHERE, "'%.*s' is not whole",
                       STR(oci_blob_path(a, out, d->sha256)));
            return false;
        }
    }
    return true;
}

static bool walk(struct arena *a, struct diags *ds, struct str out, const struct oci_descriptor *d,
                 struct map *blobs, int64_t *bytes, int depth)
{
    enum { DEEPEST = 4 };
    struct oci_index index;
    struct source *src = oci_read_blob(a, ds, out, d);
    if (!src || depth == DEEPEST)
        return false;
    map_put(a, blobs, d->sha256, blobs);
    *bytes += d->bytes;
    if (!oci_is_index(d->media_type))
        return walk_manifest(a, ds, out, src, blobs, bytes);
    bool ok = oci_parse_index(a, ds, src, &index);
    for (size_t i = 0; ok && i < index.all.n; i++)
        ok = walk(a, ds, out, &index.all.p[i], blobs, bytes, depth + 1);
    return ok;
}

static bool walk_layout(struct arena *a, struct diags *ds, struct str out,
                        struct oci_descriptor *top, struct map *blobs, int64_t *bytes)
{
    struct oci_index index;
    if (!oci_read_layout(a, ds, out, &index))
        return false;
    if (index.all.n != 1) {
        diag_error(ds, "bad-image", NOWHERE, "'%.*s' has %zu images; expected one", STR(out),
                   index.all.n);
        return false;
    }
    *top = index.all.p[0];
    return walk(a, ds, out, top, blobs, bytes, 0);
}

bool oci_image_record(struct arena *a, struct diags *ds, struct str out, struct str key,
                      struct oci_result *result)
{
    struct oci_descriptor top;
    struct map blobs = { 0 };
    int64_t bytes = 0;
    if (!walk_layout(a, ds, out, &top, &blobs, &bytes) || !remove_others(a, ds, out, &blobs))
        return false;
    *result = (struct oci_result){ .sha256 = top.sha256, .bytes = bytes, .changed = true };
    return write_record(ds, arena_printf(a, "%.*s.json", STR(out)), result, key);
}

bool oci_image_is_current(struct arena *a, struct str out, struct str key)
{
    struct diags silent;
    struct oci_descriptor top;
    struct map blobs = { 0 };
    int64_t bytes = 0;
    diags_init(&silent, a);
    const struct node *record = read_record(a, arena_printf(a, "%.*s.json", STR(out)));
    return record && str_eq(val_text(a, record, "key"), key) && file_exists(out, S("index.json")) &&
           walk_layout(a, &silent, out, &top, &blobs, &bytes) &&
           str_eq(top.sha256, val_text(a, record, "sha256"));
}
