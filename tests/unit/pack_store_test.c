/* The store as makers of other things than bundles use it, and what the sweep leaves of it. */
#include "pack/store.h"

#include "pack/sweep.h"

#include "../support/folder.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static const int64_t DAY_NS = (int64_t)24 * 3600 * 1000000000;

struct scene {
    struct folder folder;
    struct arena arena;
    struct diags diags;
    struct store store;
};

static void begin(struct scene *s)
{
    *s = (struct scene){ 0 };
    folder_make(&s->folder);
    diags_init(&s->diags, &s->arena);
    s->store.arena = &s->arena;
    s->store.cache = arena_str(&s->arena, str_from(folder_at(&s->folder, "cache")));
}

static void end(struct scene *s)
{
    arena_done(&s->arena);
    folder_remove(&s->folder);
}

static struct str digest_of(struct scene *s, const char *text)
{
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX];
    sha256(digest, str_from(text));
    hex_put(hex, digest, SHA256_BYTES);
    return arena_str(&s->arena, (struct str){ hex, SHA256_HEX });
}

/* Keeps a file that holds `text`. */
static struct str put(struct scene *s, const char *text)
{
    struct str digest = digest_of(s, text);
    folder_file(&s->folder, "file", text);
    assert_true(store_put(&s->store, digest, str_from(folder_at(&s->folder, "file"))));
    unlink(folder_at(&s->folder, "file"));
    return digest;
}

/* Whether the blob is there, whole and what `text` says. */
static bool load(struct scene *s, struct str digest, const char *text)
{
    struct sink sink;
    struct str path = str_from(folder_at(&s->folder, "loaded"));
    assert_true(sink_open(&sink, &s->arena, &s->diags, path));
    if (!store_load(&s->store, digest, &sink)) {
        sink_drop(&sink);
        return false;
    }
    assert_true(sink_publish(&sink, &s->diags));
    return str_eq(folder_read(&s->folder, "loaded"), str_from(text));
}

static void test_blobs(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    struct str one = put(&s, "one"), two = digest_of(&s, "two");
    assert_true(load(&s, one, "one"));
    assert_false(load(&s, two, "two"));
    struct str path = store_find(&s.store, one);
    assert_true(path.n && access(path.p, R_OK) == 0);
    assert_int_equal(store_find(&s.store, two).n, 0);
    put(&s, "one"); /* twice is once */
    store_drop(&s.store, one);
    assert_int_equal(store_find(&s.store, one).n, 0);
    end(&s);
}

/* A blob that is not what its name says is not given out, and gone. */
static void test_damage(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    struct str one = put(&s, "one"), path = store_find(&s.store, one);
    FILE *f = fopen(path.p, "w");
    assert_non_null(f);
    fputs("two", f);
    fclose(f);
    assert_false(load(&s, one, "one"));
    assert_int_equal(store_find(&s.store, one).n, 0);
    end(&s);
}

static void test_names_that_are_no_digests(void **state)
{
    static const char *const names[] = {
        "", "x", "../../../etc/passwd", "../../../../../../../../../../../../../../../../etc/passwd"
    };
    (void)state;
    struct scene s;
    begin(&s);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct str name = str_from(names[i]);
        if (store_put(&s.store, name, S("/etc/passwd")) || store_find(&s.store, name).n)
            fail_msg("'%s' is taken for a digest", names[i]);
    }
    end(&s);
}

static void test_actions(void **state)
{
    (void)state;
    struct scene s;
    struct store_key key, other;
    begin(&s);
    store_key_of(&key, S("image"), S("FROM scratch"));
    store_key_of(&other, S("image"), S("FROM scratch "));
    assert_string_not_equal(key.action, other.action);
    assert_int_equal(store_recall(&s.store, &key).n, 0);
    struct str one = put(&s, "one"), two = put(&s, "two");
    struct str both = arena_printf(&s.arena, "%.*s\n%.*s", STR(one), STR(two));
    store_note(&s.store, &key, both);
    assert_true(str_eq(store_recall(&s.store, &key), both));
    assert_int_equal(store_recall(&s.store, &other).n, 0);
    store_note(&s.store, &key, S("no digest"));
    assert_int_equal(store_recall(&s.store, &key).n, 0);
    end(&s);
}

static void test_no_cache(void **state)
{
    (void)state;
    struct scene s;
    struct store_key key;
    begin(&s);
    s.store.cache = S("");
    struct str one = digest_of(&s, "one");
    folder_file(&s.folder, "file", "one");
    assert_false(store_put(&s.store, one, str_from(folder_at(&s.folder, "file"))));
    assert_int_equal(store_find(&s.store, one).n, 0);
    store_key_of(&key, S("image"), S(""));
    store_note(&s.store, &key, one);
    assert_int_equal(store_recall(&s.store, &key).n, 0);
    end(&s);
}

static void age(struct scene *s, const struct store_key *key, int days)
{
    char path[512];
    snprintf(path, sizeof path, "%s/ac/%.2s/%s/%s", s->store.cache.p, key->shape, key->shape + 2,
             key->action);
    struct timespec t[2] = { { .tv_sec = 1000000000 - 86400 * days },
                             { .tv_sec = 1000000000 - 86400 * days } };
    assert_int_equal(utimensat(AT_FDCWD, path, t, 0), 0);
}

/* What an action of several blobs needs stays together, or goes together. */
static void test_sweep(void **state)
{
    (void)state;
    struct scene s;
    struct sweep swept;
    struct store_key old, young, blob;
    begin(&s);
    struct str one = put(&s, "1........."), two = put(&s, "2........."),
               shared = put(&s, "3.........");
    store_key_of(&old, S("image"), S("old"));
    store_key_of(&young, S("image"), S("young"));
    store_note(&s.store, &old, arena_printf(&s.arena, "%.*s\n%.*s", STR(one), STR(shared)));
    store_note(&s.store, &young, arena_printf(&s.arena, "%.*s\n%.*s", STR(two), STR(shared)));
    struct str all[] = { one, two, shared };
    for (size_t i = 0; i < 3; i++) {
        store_key_of(&blob, S("blob"), all[i]);
        age(&s, &blob, 100);
    }
    age(&s, &old, 20);
    age(&s, &young, 10);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t tomorrow = (int64_t)now.tv_sec * 1000000000 + DAY_NS;
    assert_true(sweep_collect(&s.arena, &s.diags, s.store.cache, 25, tomorrow, &swept));
    assert_int_equal(swept.blobs, 2);
    assert_int_equal(swept.blob_bytes, 20);
    assert_int_equal(store_recall(&s.store, &old).n, 0);
    assert_true(store_recall(&s.store, &young).n > 0);
    assert_true(load(&s, two, "2.........") && load(&s, shared, "3........."));
    assert_false(load(&s, one, "1........."));
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blobs),    cmocka_unit_test(test_damage),
        cmocka_unit_test(test_actions),  cmocka_unit_test(test_names_that_are_no_digests),
        cmocka_unit_test(test_no_cache), cmocka_unit_test(test_sweep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
