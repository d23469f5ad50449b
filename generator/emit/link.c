#include "emit/link.h"

#include "base/digest.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "base/path.h"
#include "emit/emit.h"
#include "emit/limits.h"

struct bundle {
    struct str id, path; /* path relative to `out` */
    struct str sha256, key;
    int64_t bytes, unpacked_bytes;
    bool image; /* goes to a registry; `key` is its tag */
};

struct link {
    struct arena *arena;
    struct diags *ds;
    struct str assets_path, out;
    const struct link_folders *folders;
    struct reads *reads;
    const struct node *assets;
    struct str name; /* of the pipeline */
    VEC(struct bundle) bundles;
    bool good;
};

static const struct span NOWHERE;

static const struct node *read_json(struct link *l, struct str path)
{
    struct source *src = source_read(l->arena, l->ds, NOWHERE, (struct str){ 0 }, path);
    if (src && l->reads)
        reads_add(l->reads, path);
    return src ? json_read_node(l->arena, l->ds, src) : NULL;
}

static struct str text_at(const struct node *map, const char *key)
{
    const struct node *n = node_get(map, str_from(key));
    return n && n->kind == NODE_STR ? n->str : (struct str){ 0 };
}

static struct str hex_of(struct link *l, struct str data)
{
    uint8_t digest[SHA256_BYTES];
    char *hex = arena_alloc(l->arena, SHA256_HEX);
    sha256(digest, data);
    hex_put(hex, digest, SHA256_BYTES);
    return (struct str){ hex, SHA256_HEX };
}

/* `path` as the manifest, which lies in `out`, names it. */
static struct str seen_from_out(struct link *l, struct str path)
{
    return path_relative(l->arena, path_absolute(l->arena, l->out), path_absolute(l->arena, path));
}

/* A folder's bundle is <id>.zip; a file keeps its extension, which its id ends in; an image's
 * folder is called by its id. */
static bool read_bundle(struct link *l, const struct node *asset)
{
    struct str id = text_at(asset, "id"), kind = text_at(asset, "kind");
    bool image = str_eq(kind, S("image")), file = str_eq(kind, S("file"));
    struct str name = file || image ? id : arena_printf(l->arena, "%.*s.zip", STR(id));
    size_t dot = str_rfind_char(name, '.');
    struct str extension = dot == SIZE_MAX ? (struct str){ 0 } : str_sub(name, dot, name.n);
    struct str zip =
        path_join(l->arena, file || image ? l->folders->bundles : l->folders->zips, name);
    struct str record = arena_printf(l->arena, "%.*s.json", STR(zip));
    const struct node *n = read_json(l, record);
    const struct node *bytes = node_get(n, S("bytes"));
    const struct node *unpacked = node_get(n, S("unpacked_bytes"));
    struct str sha = text_at(n, "sha256");
    if (!n)
        return false;
    if (sha.n != SHA256_HEX || !bytes || bytes->kind != NODE_INT) {
        diag_error(l->ds, "bad-record", n->span, "'%.*s' is no record of a bundle", STR(record));
        return false;
    }
    struct bundle b = { id,
                        seen_from_out(l, zip),
                        sha,
                        arena_printf(l->arena, "stepwright/%.*s%.*s", STR(sha), STR(extension)),
                        bytes->integer,
                        unpacked && unpacked->kind == NODE_INT ? unpacked->integer : 0,
                        image };
    if (image)
        b.key = sha;
    vec_push(l->arena, &l->bundles, b);
    return true;
}

static bool read_bundles(struct link *l)
{
    const struct node *list = node_get(l->assets, S("bundles"));
    bool good = true;
    for (size_t i = 0; list && list->kind == NODE_SEQ && i < list->seq.n; i++)
        good = read_bundle(l, list->seq.items[i]) && good;
    return good;
}

static const struct bundle *find_bundle(const struct link *l, struct str id)
{
    for (size_t i = 0; i < l->bundles.n; i++)
        if (str_eq(l->bundles.p[i].id, id))
            return &l->bundles.p[i];
    return NULL;
}

/* <name>.<suffix> stands beside the assets. */
static struct str beside(struct link *l, struct str suffix)
{
    return path_join(l->arena, path_dir(l->assets_path),
                     arena_printf(l->arena, "%.*s.%.*s", STR(l->name), STR(suffix)));
}

/* A file beside the assets, by its digest; without a key, for it need not be uploaded. */
static bool read_file(struct link *l, struct str suffix, struct bundle *b)
{
    struct str path = beside(l, suffix), text;
    if (!file_read(l->arena, l->ds, NOWHERE, (struct str){ 0 }, path, LIMIT_SOURCE_BYTES, &text))
        return false;
    if (l->reads)
        reads_add(l->reads, path);
    *b = (struct bundle){ .id = suffix,
                          .path = seen_from_out(l, path),
                          .sha256 = hex_of(l, text),
                          .bytes = (int64_t)text.n };
    return true;
}

/* One that the template names (the state machine) becomes an upload of its own, once. */
static const struct bundle *add_file(struct link *l, struct str suffix)
{
    struct bundle b;
    if (find_bundle(l, suffix))
        return find_bundle(l, suffix);
    if (!read_file(l, suffix, &b))
        return NULL;
    b.key = arena_printf(l->arena, "stepwright/%.*s.%.*s", STR(b.sha256), STR(suffix));
    vec_push(l->arena, &l->bundles, b);
    return &l->bundles.p[l->bundles.n - 1];
}

/* {"Stepwright::AssetKey": id} → the key, anywhere in the template; likewise an image's tag. */
static const struct node *fill(struct link *l, const struct node *n)
{
    if (n->kind == NODE_SEQ) {
        struct node *list = node_seq(l->arena, n->span);
        for (size_t i = 0; i < n->seq.n; i++)
            node_push(l->arena, list, (struct node *)fill(l, n->seq.items[i]));
        return list;
    }
    if (n->kind != NODE_MAP)
        return n;
    struct str id = text_at(n, PLAN_ASSET_KEY), file = text_at(n, PLAN_FILE_KEY);
    if (!id.n)
        id = text_at(n, PLAN_ASSET_TAG);
    if (id.n || file.n) {
        const struct bundle *b = id.n ? find_bundle(l, id) : add_file(l, file);
        if (!b)
            l->good = false;
        return b ? node_str(l->arena, n->span, b->key) : n;
    }
    struct node *map = node_map(l->arena, n->span);
    for (size_t i = 0; i < n->map.n; i++)
        node_put(l->arena, map, n->map.entries[i].key, n->map.entries[i].key_span,
                 (struct node *)fill(l, n->map.entries[i].value));
    return map;
}

static bool write_file(struct link *l, const char *suffix, struct buf *text)
{
    struct str path =
        path_join(l->arena, l->out, arena_printf(l->arena, "%.*s.%s", STR(l->name), suffix));
    enum written w = file_write(l->ds, path, buf_str(text));
    return w != WRITE_FAILED;
}

static void write_bundle(struct json_writer *w, const struct bundle *b)
{
    json_begin_map(w);
    json_put_str(w, "id", b->id);
    json_put_str(w, "path", b->path);
    json_put_str(w, "sha256", b->sha256);
    json_key(w, S("bytes"));
    json_int(w, b->bytes);
    if (b->key.n)
        json_put_str(w, b->image ? "tag" : "key", b->key);
    json_end_map(w);
}

static void write_bundles(struct link *l, struct json_writer *w, bool images)
{
    for (size_t i = 0; i < l->bundles.n; i++)
        if (l->bundles.p[i].image == images)
            write_bundle(w, &l->bundles.p[i]);
}

static bool any_images(const struct link *l)
{
    for (size_t i = 0; i < l->bundles.n; i++)
        if (l->bundles.p[i].image)
            return true;
    return false;
}

/* What compile knew, but for the lists that the uploads replace. */
static void copy_facts(struct link *l, struct json_writer *w)
{
    for (size_t i = 0; i < l->assets->map.n; i++) {
        const struct node_entry *e = &l->assets->map.entries[i];
        if (str_eq(e->key, S("bundles")) || str_eq(e->key, S("texts")))
            continue;
        json_key(w, e->key);
        json_node(w, e->value);
    }
}

/* What deploy reads but does not upload: the state machine and who may do what. */
static bool write_files(struct link *l, struct json_writer *w)
{
    static const struct str suffixes[] = { S_INIT("asl.json"), S_INIT("iam.json") };
    bool good = true;
    json_key(w, S("files"));
    json_begin_list(w);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        struct bundle b;
        if (!file_exists((struct str){ 0 }, beside(l, suffixes[i])))
            continue;
        if (read_file(l, suffixes[i], &b))
            write_bundle(w, &b);
        else
            good = false;
    }
    json_end_list(w);
    return good;
}

static bool make_manifest(struct link *l, struct str template, struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out, 2);
    json_begin_map(&w);
    copy_facts(l, &w);
    json_key(&w, S("uploads"));
    json_begin_list(&w);
    write_bundles(l, &w, false);
    json_end_list(&w);
    if (any_images(l)) {
        json_key(&w, S("images"));
        json_begin_list(&w);
        write_bundles(l, &w, true);
        json_end_list(&w);
    }
    bool good = write_files(l, &w);
    struct bundle t = { S("template"),
                        arena_printf(l->arena, "%.*s.template.min.json", STR(l->name)),
                        hex_of(l, template),
                        { 0 },
                        (int64_t) template.n,
                        0,
                        false };
    t.key = arena_printf(l->arena, "stepwright/%.*s.template.json", STR(t.sha256));
    json_key(&w, S("template"));
    write_bundle(&w, &t);
    json_end_map(&w);
    buf_putc(out, '\n');
    return good;
}

static bool write_all(struct link *l, const struct node *template)
{
    struct buf readable, minified, manifest;
    struct json_writer w;
    buf_init(&readable, 0);
    buf_init(&minified, 0);
    buf_init(&manifest, 0);
    json_writer_init(&w, &readable, 2);
    json_node(&w, template);
    buf_putc(&readable, '\n');
    json_writer_init(&w, &minified, 0);
    json_node(&w, template);
    bool good = make_manifest(l, buf_str(&minified), &manifest);
    good = good && write_file(l, "template.json", &readable) &&
           write_file(l, "template.min.json", &minified) &&
           write_file(l, "manifest.json", &manifest);
    buf_done(&readable);
    buf_done(&minified);
    buf_done(&manifest);
    return good;
}

static bool check_limits(struct link *l, const struct node *template)
{
    struct limits_bundle *all = arena_make_n(l->arena, struct limits_bundle, l->bundles.n + 1);
    for (size_t i = 0; i < l->bundles.n; i++)
        all[i] = (struct limits_bundle){ l->bundles.p[i].id, l->bundles.p[i].bytes,
                                         l->bundles.p[i].unpacked_bytes };
    return limits_check(l->arena, l->ds, template, node_get(l->assets, S("sources")), all,
                        l->bundles.n);
}

bool link_pipeline(struct arena *a, struct diags *ds, struct str assets,
                   const struct link_folders *folders, struct str out, struct reads *reads)
{
    struct link l = { .arena = a,
                      .ds = ds,
                      .assets_path = assets,
                      .folders = folders,
                      .out = out,
                      .reads = reads,
                      .good = true };
    l.assets = read_json(&l, assets);
    if (!l.assets)
        return false;
    l.name = text_at(l.assets, "pipeline");
    if (!l.name.n) {
        diag_error(ds, "bad-record", l.assets->span, "'%.*s' was not made by compile", STR(assets));
        return false;
    }
    const struct node *template = read_json(&l, beside(&l, S("unlinked.json")));
    if (!template || !read_bundles(&l) || !check_limits(&l, template))
        return false;
    template = fill(&l, template);
    return l.good && write_all(&l, template);
}
