#include "pack/oci_read.h"

#include "base/file.h"
#include "base/json.h"
#include "base/path.h"

#include <unistd.h>

enum { INDEXES_MAX = 4 }; /* in each other */

static const struct span NOWHERE;

struct media_type {
    struct str docker, oci;
};

static const struct media_type LAYERS[] = {
    { S_INIT("application/vnd.docker.image.rootfs.diff.tar"), S_INIT(OCI_LAYER) },
    { S_INIT("application/vnd.docker.image.rootfs.diff.tar.gzip"), S_INIT(OCI_LAYER "+gzip") },
    { S_INIT("application/vnd.docker.image.rootfs.diff.tar.zstd"), S_INIT(OCI_LAYER "+zstd") },
};

bool oci_is_index(struct str t)
{
    return str_eq(t, S(OCI_INDEX)) ||
           str_eq(t, S("application/vnd.docker.distribution.manifest.list.v2+json"));
}

bool oci_is_manifest(struct str t)
{
    return str_eq(t, S(OCI_MANIFEST)) ||
           str_eq(t, S("application/vnd.docker.distribution.manifest.v2+json"));
}

/* The layer's media type in OCI's words; empty if it is no layer that can be passed on. */
static struct str layer_type(struct str t)
{
    for (size_t i = 0; i < sizeof LAYERS / sizeof *LAYERS; i++)
        if (str_eq(t, LAYERS[i].docker) || str_eq(t, LAYERS[i].oci))
            return LAYERS[i].oci;
    return (struct str){ 0 };
}

/* ---- pieces of documents -------------------------------------------------------------------- */

static struct str text_at(const struct node *map, const char *key)
{
    const struct node *n = node_get(map, str_from(key));
    return node_is_str(n) ? n->str : (struct str){ 0 };
}

static bool is_hex(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!ascii_is_digit(s.p[i]) && (s.p[i] < 'a' || s.p[i] > 'f'))
            return false;
    return s.n == SHA256_HEX;
}

/* "sha256:…" into the digits; false after [bad-image]. */
static bool take_digest(struct diags *ds, const struct node *n, struct span where, struct str *out)
{
    struct str s = node_is_str(n) ? n->str : (struct str){ 0 };
    if (str_starts(s, S("sha256:")) && is_hex(str_sub(s, 7, s.n))) {
        *out = str_sub(s, 7, s.n);
        return true;
    }
    diag_error(ds, "bad-image", n ? n->span : where,
               "expected a digest, sha256: and 64 hexadecimal digits");
    return false;
}

static bool take_descriptor(struct diags *ds, const struct node *n, struct oci_descriptor *out)
{
    *out = (struct oci_descriptor){ 0 };
    if (n->kind != NODE_MAP) {
        diag_error(ds, "bad-image", n->span, "expected a descriptor, not %s", node_kind_name(n));
        return false;
    }
    const struct node *size = node_get(n, S("size")), *platform = node_get(n, S("platform"));
    const struct node *notes = node_get(n, S("annotations"));
    if (!size || size->kind != NODE_INT || size->integer < 0) {
        diag_error(ds, "bad-image", size ? size->span : n->span, "expected a descriptor's size");
        return false;
    }
    out->bytes = size->integer;
    out->media_type = text_at(n, "mediaType");
    out->os = text_at(platform, "os");
    out->architecture = text_at(platform, "architecture");
    out->variant = text_at(platform, "variant");
    out->name = text_at(notes, "org.opencontainers.image.ref.name");
    out->attestation = text_at(notes, "vnd.docker.reference.type").n > 0;
    return take_digest(ds, node_get(n, S("digest")), n->span, &out->sha256);
}

/* The document as a map, its list under `key`; NULL after a diagnostic. */
static const struct node *read_document(struct arena *a, struct diags *ds, const struct source *src,
                                        const char *key, const struct node **list)
{
    const struct node *root = json_read_node(a, ds, src);
    if (!root)
        return NULL;
    *list = node_get(root, str_from(key));
    if (root->kind == NODE_MAP && *list && (*list)->kind == NODE_SEQ)
        return root;
    diag_error(ds, "bad-image", root->span, "expected a document with a list '%s'", key);
    return NULL;
}

/* ---- documents ------------------------------------------------------------------------------ */

bool oci_parse_index(struct arena *a, struct diags *ds, const struct source *src,
                     struct oci_index *out)
{
    const struct node *list;
    *out = (struct oci_index){ 0 };
    if (!read_document(a, ds, src, "manifests", &list))
        return false;
    for (uint32_t i = 0; i < list->seq.n; i++) {
        struct oci_descriptor d;
        if (!take_descriptor(ds, list->seq.items[i], &d))
            return false;
        vec_push(a, &out->all, d);
    }
    return true;
}

static bool take_layer(struct diags *ds, const struct node *n, struct oci_descriptor *out)
{
    if (!take_descriptor(ds, n, out))
        return false;
    struct str type = layer_type(out->media_type);
    if (!type.n) {
        struct diag *d = diag_error(ds, "bad-image", n->span, "the layer is of type '%.*s'",
                                    STR(out->media_type));
        diag_help(d, "expected a tar, plain or compressed by gzip or zstd");
        return false;
    }
    out->media_type = type;
    return true;
}

bool oci_parse_manifest(struct arena *a, struct diags *ds, const struct source *src,
                        struct oci_manifest *out)
{
    const struct node *list;
    *out = (struct oci_manifest){ 0 };
    const struct node *root = read_document(a, ds, src, "layers", &list);
    const struct node *config = node_get(root, S("config"));
    if (!root)
        return false;
    if (!config || list->seq.n > OCI_MAX_LAYERS) {
        diag_error(ds, "bad-image", root->span,
                   config ? "the image has more than %d layers" : "expected a 'config'",
                   OCI_MAX_LAYERS);
        return false;
    }
    if (!take_descriptor(ds, config, &out->config))
        return false;
    for (uint32_t i = 0; i < list->seq.n; i++) {
        struct oci_descriptor d;
        if (!take_layer(ds, list->seq.items[i], &d))
            return false;
        vec_push(a, &out->layers, d);
    }
    return true;
}

/* Entries that say of themselves that they made a layer. */
static size_t count_history(const struct node *history)
{
    size_t n = 0;
    for (uint32_t i = 0; history && history->kind == NODE_SEQ && i < history->seq.n; i++) {
        const struct node *empty = node_get(history->seq.items[i], S("empty_layer"));
        n += !(empty && empty->kind == NODE_BOOL && empty->boolean);
    }
    return n;
}

bool oci_parse_config(struct arena *a, struct diags *ds, const struct source *src,
                      struct oci_config *out)
{
    *out = (struct oci_config){ 0 };
    out->root = json_read_node(a, ds, src);
    if (!out->root)
        return false;
    const struct node *list = node_get(node_get(out->root, S("rootfs")), S("diff_ids"));
    if (!list || list->kind != NODE_SEQ) {
        diag_error(ds, "bad-image", out->root->span,
                   "expected an image's configuration with 'rootfs.diff_ids'");
        return false;
    }
    for (uint32_t i = 0; i < list->seq.n; i++) {
        struct str digest;
        if (!take_digest(ds, list->seq.items[i], list->span, &digest))
            return false;
        vec_push(a, &out->diff_ids, digest);
    }
    out->os = text_at(out->root, "os");
    out->architecture = text_at(out->root, "architecture");
    out->variant = text_at(out->root, "variant");
    out->config = node_get(out->root, S("config"));
    if (out->config && out->config->kind != NODE_MAP)
        out->config = NULL;
    const struct node *history = node_get(out->root, S("history"));
    if (out->diff_ids.n && count_history(history) == out->diff_ids.n)
        out->history = history;
    return true;
}

/* ---- layouts -------------------------------------------------------------------------------- */

struct str oci_blob_path(struct arena *a, struct str layout, struct str sha256)
{
    return path_join(a, layout, arena_printf(a, "blobs/sha256/%.*s", STR(sha256)));
}

bool oci_is_whole(int fd, struct str sha256_hex, int64_t n)
{
    uint8_t chunk[64 << 10], digest[SHA256_BYTES];
    char hex[SHA256_HEX];
    struct sha256 *d = sha256_new();
    int64_t at = 0;
    ssize_t got;
    while ((got = pread(fd, chunk, sizeof chunk, at)) > 0) {
        sha256_add(d, (struct str){ (const char *)chunk, (size_t)got });
        at += got;
    }
    sha256_take(d, digest);
    hex_put(hex, digest, SHA256_BYTES);
    return got == 0 && at == n && str_eq((struct str){ hex, SHA256_HEX }, sha256_hex);
}

struct source *oci_read_blob(struct arena *a, struct diags *ds, struct str layout,
                             const struct oci_descriptor *d)
{
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX];
    struct str text, path = oci_blob_path(a, layout, d->sha256);
    if (!file_read(a, ds, NOWHERE, (struct str){ 0 }, path, OCI_DOCUMENT_BYTES, &text))
        return NULL;
    sha256(digest, text);
    hex_put(hex, digest, SHA256_BYTES);
    struct source *src = source_make(a, path, text);
    if (!str_eq((struct str){ hex, SHA256_HEX }, d->sha256)) {
        diag_error(ds, "bad-digest", NOWHERE, "'%.*s' does not hold what it is called by",
                   STR(path));
        return NULL;
    }
    return source_check_utf8(ds, src) ? src : NULL;
}

bool oci_read_layout(struct arena *a, struct diags *ds, struct str layout, struct oci_index *out)
{
    struct source *src =
        source_read(a, ds, NOWHERE, (struct str){ 0 }, path_join(a, layout, S("index.json")));
    return src && oci_parse_index(a, ds, src, out);
}

struct oci_platform oci_platform(struct str text)
{
    struct oci_platform p = { 0 };
    str_split(&text, '/', &p.os);
    str_split(&text, '/', &p.architecture);
    p.variant = text;
    return p;
}

/* arm64 is v8 where nobody says otherwise. */
static struct str variant_of(struct str architecture, struct str variant)
{
    return !variant.n && str_eq(architecture, S("arm64")) ? S("v8") : variant;
}

const struct oci_descriptor *oci_choose(const struct oci_index *index, const struct oci_platform *p)
{
    for (size_t i = 0; i < index->all.n; i++) {
        const struct oci_descriptor *d = &index->all.p[i];
        if (!d->attestation && str_eq(d->os, p->os) && str_eq(d->architecture, p->architecture) &&
            (!p->variant.n || str_eq(variant_of(d->architecture, d->variant),
                                     variant_of(p->architecture, p->variant))))
            return d;
    }
    return NULL;
}

/* The one image of the index, whatever it says of its platform, if it says nothing. */
static const struct oci_descriptor *only_one(const struct oci_index *index)
{
    const struct oci_descriptor *found = NULL;
    for (size_t i = 0; i < index->all.n; i++) {
        const struct oci_descriptor *d = &index->all.p[i];
        if (d->attestation)
            continue;
        if (found || (d->architecture.n && !oci_is_index(d->media_type)))
            return NULL;
        found = d;
    }
    return found;
}

static void report_platform(struct diags *ds, struct str layout, const struct oci_index *index,
                            const struct oci_platform *p)
{
    struct diag *d = diag_error(ds, "no-platform", NOWHERE, "'%.*s' has no image for %.*s/%.*s",
                                STR(layout), STR(p->os), STR(p->architecture));
    for (size_t i = 0; i < index->all.n; i++)
        if (index->all.p[i].architecture.n && !index->all.p[i].attestation)
            diag_help(d, "it has one for %.*s/%.*s", STR(index->all.p[i].os),
                      STR(index->all.p[i].architecture));
}

bool oci_find_manifest(struct arena *a, struct diags *ds, struct str layout,
                       const struct oci_platform *platform, struct oci_descriptor *out)
{
    struct oci_index index;
    if (!oci_read_layout(a, ds, layout, &index))
        return false;
    for (int depth = 0; depth < INDEXES_MAX; depth++) {
        const struct oci_descriptor *d = oci_choose(&index, platform);
        if (!d)
            d = only_one(&index);
        if (!d) {
            report_platform(ds, layout, &index, platform);
            return false;
        }
        *out = *d;
        if (!oci_is_index(d->media_type))
            return true;
        struct source *src = oci_read_blob(a, ds, layout, d);
        if (!src || !oci_parse_index(a, ds, src, &index))
            return false;
    }
    diag_error(ds, "bad-image", NOWHERE, "'%.*s' has too many indexes in each other", STR(layout));
    return false;
}
