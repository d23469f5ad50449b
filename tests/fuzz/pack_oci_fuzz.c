/* Indexes, manifests and configurations of images on any bytes: each is refused with a diagnostic,
 * or what it says can be written again. */
#include "fuzz.h"

#include "base/file.h"
#include "pack/oci_document.h"

#include <stdlib.h>

#define MUST_REPORT(ok, ds) MUST((ok) || (ds).errors > 0)

static void check(const struct oci_descriptor *d)
{
    MUST(d->sha256.n == SHA256_HEX && d->bytes >= 0);
}

static void read_index(struct arena *a, const struct source *src)
{
    static const struct oci_platform PLATFORM = { S_INIT("linux"), S_INIT("arm64"), S_INIT("v8") };
    struct diags ds;
    struct oci_index index;
    struct buf out;
    diags_init(&ds, a);
    bool ok = oci_parse_index(a, &ds, src, &index);
    MUST_REPORT(ok, ds);
    for (size_t i = 0; ok && i < index.all.n; i++)
        check(&index.all.p[i]);
    if (!ok)
        return;
    const struct oci_descriptor *d = oci_choose(&index, &PLATFORM);
    MUST(!d || str_eq(d->architecture, PLATFORM.architecture));
    buf_init(&out, 0);
    oci_put_index(&out, &index);
    MUST(oci_parse_index(a, &ds, source_make(a, S("again"), buf_str(&out)), &index));
    buf_done(&out);
}

static void read_manifest(struct arena *a, const struct source *src)
{
    struct diags ds;
    struct oci_manifest manifest;
    diags_init(&ds, a);
    bool ok = oci_parse_manifest(a, &ds, src, &manifest);
    MUST_REPORT(ok, ds);
    MUST(!ok || manifest.layers.n <= OCI_MAX_LAYERS);
    for (size_t i = 0; ok && i < manifest.layers.n; i++)
        check(&manifest.layers.p[i]);
}

static void read_config(struct arena *a, const struct source *src)
{
    static const struct oci_platform PLATFORM = { S_INIT("linux"), S_INIT("amd64"), { 0 } };
    struct diags ds;
    struct oci_config config, again;
    struct oci_spec spec = { .user = S("1") };
    struct oci_parts parts = { 0 };
    struct buf out;
    diags_init(&ds, a);
    bool ok = oci_parse_config(a, &ds, src, &config);
    MUST_REPORT(ok, ds);
    if (!ok)
        return;
    for (size_t i = 0; i < config.diff_ids.n; i++) {
        struct oci_part part = { .diff_id = config.diff_ids.p[i] };
        vec_push(a, &parts.all, part);
    }
    buf_init(&out, 0);
    oci_put_config(&out, a, &spec, &config, &PLATFORM, &parts);
    MUST(oci_parse_config(a, &ds, source_make(a, S("again"), buf_str(&out)), &again));
    MUST(again.diff_ids.n == config.diff_ids.n && str_eq(again.architecture, S("amd64")));
    buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    const struct source *src =
        source_make(&a, S("document"), arena_str(&a, (struct str){ (const char *)data, size }));
    if (source_check_utf8(&ds, src)) {
        read_index(&a, src);
        read_manifest(&a, src);
        read_config(&a, src);
    }
    arena_done(&a);
    return 0;
}
