#include "pack/resolve_store.h"

#include "base/mem.h"
#include "pack/bundle.h"
#include "pack/folder.h"
#include "pack/remote.h"
#include "pack/zip_unpack.h"

#include <unistd.h>

static struct store_key key_of(struct str key)
{
    struct store_key k;
    store_key_of(&k, S("resolved 1"), key);
    return k;
}

static struct str zip_beside(struct arena *a, struct str dir)
{
    return arena_printf(a, "%.*s.zip", STR(dir));
}

static bool load(const struct store *s, struct str digest, struct str zip)
{
    struct diags none;
    struct sink sink;
    diags_init(&none, s->arena);
    if (!sink_open(&sink, s->arena, &none, zip))
        return false;
    if (store_load(s, digest, &sink))
        return sink_publish(&sink, &none);
    sink_drop(&sink);
    return false;
}

bool resolve_recall(struct arena *a, struct diags *ds, struct str cache, struct str key,
                    struct str dir)
{
    struct store s = { a, cache };
    struct store_key k = key_of(key);
    struct diags none;
    diags_init(&none, a);
    if (!store_recall(&s, &k).n && !remote_fetch(&s, ds, &k))
        return false;
    struct str zip = zip_beside(a, dir);
    bool ok = load(&s, store_recall(&s, &k), zip) && zip_unpack(a, &none, zip, dir);
    unlink(zip.p);
    return ok;
}

static bool pack(struct arena *a, struct str dir, struct str zip, uint8_t *digest)
{
    struct tree t;
    struct diags none;
    struct sink sink;
    struct tree_root root = { dir, S(""), -1, true };
    struct zip_options options = { BUNDLE_LEVEL_FAST, 0, -1 };
    diags_init(&none, a);
    bool ok = tree_scan(&t, a, &none, &root, 1) && t.n && sink_open(&sink, a, &none, zip);
    if (ok) {
        struct zip_packed *packed = mem_alloc(t.n * sizeof *packed);
        memset(packed, 0, t.n * sizeof *packed);
        ok = zip_write(&sink, &none, &t, &options, packed);
        if (!ok)
            sink_drop(&sink);
        mem_free(packed);
    }
    tree_done(&t);
    return ok && sink_commit(&sink, &none, NULL, digest) != WRITE_FAILED;
}

void resolve_keep(struct arena *a, struct diags *ds, struct str cache, struct str key,
                  struct str dir)
{
    struct store s = { a, cache };
    struct store_key k = key_of(key);
    uint8_t digest[SHA256_BYTES];
    struct str zip = zip_beside(a, dir);
    if (pack(a, dir, zip, digest)) {
        store_keep(&s, &k, zip, digest);
        remote_keep(&s, ds, &k, zip, digest);
    }
    unlink(zip.p);
}
