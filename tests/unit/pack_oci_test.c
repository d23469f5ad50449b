/* Tar headers, and what of other people's images is understood. */
#include "../support/folder.h"
#include "unit.h"

#include "base/diag.h"
#include "base/mem.h"
#include "pack/oci_layer.h"
#include "pack/oci_read.h"
#include "pack/tar.h"

/* ---- tar ------------------------------------------------------------------------------------ */

static char long_path[300];

static const struct tar_case {
    const char *name;
    enum tar_kind kind;
    const char *path;
    uint64_t size;
    size_t header;         /* its length */
    const char *at_name;   /* name field of the last block */
    const char *at_prefix; /* likewise */
    const char *size_field;
} tar_cases[] = {
    { "a file", TAR_FILE, "app/a.py", 5, 512, "app/a.py", "", "00000000005" },
    { "a folder", TAR_FOLDER, "app", 0, 512, "app/", "", "00000000000" },
    { "the largest size in octal", TAR_FILE, "a", 077777777777, 512, "a", "", "77777777777" },
    { "a larger size", TAR_FILE, "a", 0100000000000, 1536, "a", "", "00000000000" },
    { "100 bytes", TAR_FILE,
      "01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901"
      "23456789",
      0, 512,
      "01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901"
      "23456789",
      "", "00000000000" },
    { "cut at a slash", TAR_FILE,
      "folder/folder/"
      "01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901"
      "23456789",
      0, 512,
      "01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901"
      "23456789",
      "folder/folder", "00000000000" },
    { "no slash to cut at", TAR_FILE, long_path, 7, 1536, NULL, "", "00000000007" },
};

/* The field of a header as tar sees it: up to a NUL or its end. */
static struct str field(struct str block, size_t at, size_t n)
{
    struct str f = str_sub(block, at, at + n);
    size_t end = str_find_char(f, '\0', 0);
    return str_sub(f, 0, end == SIZE_MAX ? n : end);
}

static bool sum_is_right(struct str block)
{
    unsigned sum = 8 * ' ', said = 0;
    for (size_t i = 0; i < block.n; i++)
        if (i < 148 || i >= 156)
            sum += (unsigned char)block.p[i];
    for (size_t i = 148; i < 154; i++)
        said = said * 8 + (unsigned)(block.p[i] - '0');
    return said == sum;
}

static void test_tar(void **state)
{
    (void)state;
    memset(long_path, 'x', sizeof long_path - 1);
    for (size_t i = 0; i < COUNT(tar_cases); i++) {
        const struct tar_case *c = &tar_cases[i];
        struct tar_member m = { c->kind, str_from(c->path), 0644, c->size };
        struct buf out;
        buf_init(&out, 0);
        tar_put_header(&out, &m);
        if (out.n != c->header || tar_header_size(&m) != c->header)
            fail_msg("%s: the header has %zu bytes", c->name, out.n);
        struct str last = str_sub(buf_str(&out), out.n - TAR_BLOCK, out.n);
        if (!sum_is_right(last) || !sum_is_right(str_sub(buf_str(&out), 0, TAR_BLOCK)))
            fail_msg("%s: a checksum is wrong", c->name);
        if (c->at_name)
            assert_text(c->name, field(last, 0, 100), c->at_name);
        assert_text(c->name, field(last, 345, 155), c->at_prefix);
        assert_text(c->name, field(last, 124, 12), c->size_field);
        assert_text(c->name, field(last, 136, 12), "00000000000");
        buf_done(&out);
    }
}

/* ---- documents ------------------------------------------------------------------------------ */

#define HEX "7cc4b5aefd1d0cadf8d97d4350462ba51c694ebca145b08d7d41b41acc8db5aa"
#define ENTRY(os, arch, more)                                                                   \
    "{\"mediaType\":\"" OCI_MANIFEST "\",\"size\":1,\"digest\":\"sha256:" HEX "\",\"platform\"" \
    ":{\"os\":\"" os "\",\"architecture\":\"" arch "\"" more "}}"

struct document_case {
    const char *name;
    bool (*parse)(struct arena *a, struct diags *ds, const struct source *src);
    const char *text;
    const char *slug; /* NULL: it is fine */
};

static bool as_index(struct arena *a, struct diags *ds, const struct source *src)
{
    struct oci_index index;
    return oci_parse_index(a, ds, src, &index);
}
static bool as_manifest(struct arena *a, struct diags *ds, const struct source *src)
{
    struct oci_manifest manifest;
    return oci_parse_manifest(a, ds, src, &manifest);
}
static bool as_config(struct arena *a, struct diags *ds, const struct source *src)
{
    struct oci_config config;
    return oci_parse_config(a, ds, src, &config);
}

#define LAYER(type) "{\"mediaType\":\"" type "\",\"size\":1,\"digest\":\"sha256:" HEX "\"}"
#define MANIFEST(layers) "{\"config\":" LAYER(OCI_CONFIG) ",\"layers\":[" layers "]}"

static const struct document_case document_cases[] = {
    { "an empty index", as_index, "{\"manifests\":[]}", NULL },
    { "an index without a list", as_index, "{\"manifests\":{}}", "bad-image" },
    { "an index that is a list", as_index, "[]", "bad-image" },
    { "an entry that is a string", as_index, "{\"manifests\":[\"x\"]}", "bad-image" },
    { "a short digest", as_index, "{\"manifests\":[{\"size\":1,\"digest\":\"sha256:12\"}]}",
      "bad-image" },
    { "another kind of digest", as_index,
      "{\"manifests\":[{\"size\":1,\"digest\":\"sha512:" HEX "\"}]}", "bad-image" },
    { "a digest that is a path", as_index,
      "{\"manifests\":[{\"size\":1,\"digest\":\"sha256:../../../../../../../../../../../../../../"
      "../../../../../etc/passwd\"}]}",
      "bad-image" },
    { "a negative size", as_index, "{\"manifests\":[{\"size\":-1,\"digest\":\"sha256:" HEX "\"}]}",
      "bad-image" },
    { "a manifest", as_manifest, MANIFEST(LAYER(OCI_LAYER "+gzip")), NULL },
    { "Docker's layer", as_manifest,
      MANIFEST(LAYER("application/vnd.docker.image.rootfs.diff.tar.gzip")), NULL },
    { "a layer that may not be passed on", as_manifest,
      MANIFEST(LAYER("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")), "bad-image" },
    { "a manifest without config", as_manifest, "{\"layers\":[]}", "bad-image" },
    { "a config", as_config, "{\"rootfs\":{\"diff_ids\":[\"sha256:" HEX "\"]}}", NULL },
    { "a config without layers", as_config, "{\"rootfs\":{}}", "bad-image" },
};

static void test_documents(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(document_cases); i++) {
        const struct document_case *c = &document_cases[i];
        struct arena a = { 0 };
        struct diags ds;
        diags_init(&ds, &a);
        bool ok = c->parse(&a, &ds, source_make(&a, S("x"), str_from(c->text)));
        const char *slug = ds.all.n ? ds.all.p[0]->slug : NULL;
        if (ok != !c->slug || (slug && (!c->slug || strcmp(slug, c->slug) != 0)))
            fail_msg("%s: %s", c->name, slug ? slug : "it is taken");
        arena_done(&a);
    }
}

static const struct choice_case {
    const char *platform;
    int index; /* -1: none */
} choice_cases[] = {
    { "linux/amd64", 1 },   { "linux/arm64", 2 },     { "linux/arm64/v8", 2 },
    { "linux/arm/v7", 4 },  { "linux/arm", 3 },       { "linux/s390x", -1 },
    { "windows/amd64", 0 }, { "linux/arm64/v9", -1 }, { "unknown/unknown", -1 },
};

static void test_choice(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct diags ds;
    struct oci_index index;
    diags_init(&ds, &a);
    const char *text =
        "{\"manifests\":[" ENTRY("windows", "amd64", "") "," ENTRY("linux", "amd64", "") "," ENTRY(
            "linux", "arm64",
            "") "," ENTRY("linux", "arm",
                          ",\"variant\":\"v6\"") "," ENTRY("linux", "arm",
                                                           ",\"variant\":\"v7\"") ","
                                                                                  "{\"size\":1,"
                                                                                  "\"digest\":"
                                                                                  "\"sha256:" HEX
                                                                                  "\",\"platform\":"
                                                                                  "{\"os\":"
                                                                                  "\"unknown\","
                                                                                  "\"architecture\""
                                                                                  ":\"unknown\"},"
                                                                                  "\"annotations\":"
                                                                                  "{\"vnd.docker."
                                                                                  "reference."
                                                                                  "type\":\"x\"}}]"
                                                                                  "}";
    assert_true(oci_parse_index(&a, &ds, source_make(&a, S("x"), str_from(text)), &index));
    for (size_t i = 0; i < COUNT(choice_cases); i++) {
        struct oci_platform p = oci_platform(str_from(choice_cases[i].platform));
        const struct oci_descriptor *d = oci_choose(&index, &p);
        if ((d ? (int)(d - index.all.p) : -1) != choice_cases[i].index)
            fail_msg("%s: entry %d", choice_cases[i].platform, d ? (int)(d - index.all.p) : -1);
    }
    arena_done(&a);
}

/* ---- layers --------------------------------------------------------------------------------- */

/* Small files, and one of several pieces. */
static void put_tree(struct folder *f)
{
    enum { LARGE = 9 << 20 };
    char name[40], *p = mem_alloc(LARGE);
    for (size_t i = 0; i < LARGE; i++)
        p[i] = (char)("0123456789abcdef"[i * (i >> 9) % 16]);
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "d/pkg%d/m%d.py", i % 7, i);
        folder_bytes(f, name, (struct str){ p, (size_t)i * 137 });
    }
    folder_bytes(f, "d/large", (struct str){ p, LARGE });
    mem_free(p);
}

/* Whatever the threads: the same layer, and the digest of its tar beforehand. */
static void test_threads(void **state)
{
    (void)state;
    struct folder f;
    struct arena a = { 0 };
    struct diags ds;
    struct tree t;
    folder_make(&f);
    put_tree(&f);
    diags_init(&ds, &a);
    struct tree_root root = { .dir = str_from(folder_at(&f, "d")) };
    assert_true(tree_scan(&t, &a, &ds, &root, 1));
    for (int codec = OCI_GZIP; codec <= OCI_ZSTD; codec++) {
        struct oci_layer first = { 0 }, layer;
        for (unsigned threads = 1; threads < 6; threads += 2) {
            struct oci_layer_options o = { .codec = (enum oci_codec)codec,
                                           .threads = threads,
                                           .to = S("opt/x") };
            assert_true(oci_layer_write(&a, &ds, &t, &o, str_from(folder_at(&f, "blobs")), &layer));
            if (threads == 1)
                first = layer;
            assert_string_equal(layer.digest, first.digest);
            assert_string_equal(layer.diff_id, first.diff_id);
            assert_true(oci_layer_diff(&a, &ds, &t, &o, &layer));
            assert_string_equal(layer.diff_id, first.diff_id);
        }
    }
    folder_file(&f, "d/pkg1/m1.py", "changed since the scan");
    struct oci_layer_options o = { .threads = 3 };
    struct oci_layer layer;
    assert_false(oci_layer_write(&a, &ds, &t, &o, str_from(folder_at(&f, "blobs")), &layer));
    assert_string_equal(ds.all.p[0]->slug, "changed-file");
    tree_done(&t);
    arena_done(&a);
    folder_remove(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tar),
        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_choice),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
