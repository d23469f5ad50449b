/* A folder into FILE.zip, FILE.zip.json and a depfile: whatever the threads, whatever fails. */
#include "base/file.h"
#include "base/mem.h"
#include "pack/bundle.h"
#include "pack/tree.h"
#include "pack/zip_write.h"

#include "../support/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct scene {
    struct folder folder;
    struct arena arena;
    struct diags diags;
    struct bundle_options options;
    struct bundle_result result;
};

static void begin(struct scene *s)
{
    *s = (struct scene){ .options = { .level = BUNDLE_LEVEL } };
    folder_make(&s->folder);
    s->options.dir = str_from(folder_at(&s->folder, "d"));
    s->options.out = str_from(folder_at(&s->folder, "out/x.zip"));
    s->options.cache = str_from(folder_at(&s->folder, "cache"));
    diags_init(&s->diags, &s->arena);
}

static void end(struct scene *s)
{
    arena_done(&s->arena);
    folder_remove(&s->folder);
}

static bool make(struct scene *s)
{
    diags_init(&s->diags, &s->arena);
    return bundle_make(&s->arena, &s->diags, &s->options, &s->result);
}

static const char *first_slug(struct scene *s)
{
    diags_sort(&s->diags);
    return s->diags.all.n ? s->diags.all.p[0]->slug : "";
}

static void put_noise(struct scene *s, const char *name, size_t n)
{
    char *p = mem_alloc(n);
    uint64_t state = n;
    for (size_t i = 0; i < n; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        p[i] = (char)(state >> 56);
    }
    folder_bytes(&s->folder, name, (struct str){ p, n });
    mem_free(p);
}

static void put_text(struct scene *s, const char *name, size_t n)
{
    char *p = mem_alloc(n);
    for (size_t i = 0; i < n; i++)
        p[i] = (char)("0123456789abcdef"[i * i / 7 % 16]);
    folder_bytes(&s->folder, name, (struct str){ p, n });
    mem_free(p);
}

/* Small files, large ones of several pieces, some that do not compress. */
static void put_tree(struct scene *s)
{
    char name[40];
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "d/pkg%d/m%d.py", i % 7, i);
        put_text(s, name, (size_t)i * 37);
    }
    put_text(s, "d/large.txt", 5000000);
    put_noise(s, "d/noise.bin", 4200000);
    put_noise(s, "d/small-noise.bin", 3000);
    put_text(s, "d/edge.txt", 2 << 20);
    put_text(s, "d/edge-and-one.txt", (2 << 20) + 1);
    folder_file(&s->folder, "d/empty", "");
}

static void test_threads_do_not_show(void **state)
{
    (void)state;
    struct scene s;
    char first[SHA256_HEX + 1] = "";
    begin(&s);
    put_tree(&s);
    for (unsigned threads = 1; threads <= 8; threads++) {
        s.options.threads = threads;
        s.options.cache = (struct str){ 0 };
        assert_true(make(&s));
        assert_true(threads > 1 || s.result.changed);
        assert_true(threads == 1 || !s.result.changed);
        if (threads == 1)
            memcpy(first, s.result.sha256, sizeof first);
        assert_string_equal(first, s.result.sha256);
    }
    assert_int_equal(s.result.files, 206);
    /* noise is stored as it is, however large */
    assert_true(s.result.bytes > 4203000 && s.result.bytes < 4900000);
    end(&s);
}

static void test_record(void **state)
{
    (void)state;
    struct scene s;
    char text[400];
    begin(&s);
    folder_file(&s.folder, "d/a", "12345");
    assert_true(make(&s));
    snprintf(text, sizeof text,
             "{\n  \"sha256\": \"%s\",\n  \"bytes\": %d,\n  \"unpacked_bytes\": 5,\n"
             "  \"files\": 1\n}\n",
             s.result.sha256, 30 + 46 + 2 * 1 + 5 + 22);
    assert_string_equal(folder_read(&s.folder, "out/x.zip.json").p, text);
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX + 1] = "";
    sha256(digest, folder_read(&s.folder, "out/x.zip"));
    hex_put(hex, digest, SHA256_BYTES);
    assert_string_equal(hex, s.result.sha256);
    end(&s);
}

/* The bytes do not depend on the version of any library where nothing is compressed. */
static void test_known_bytes(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_file(&s.folder, "d/b/c", "hi");
    folder_file(&s.folder, "d/bootstrap", "");
    s.options.level = 0;
    assert_true(make(&s));
    static const char expected[] =
        "PK\3\4\12\0\0\10\0\0\0\0\41\0\xac\x2a\x93\xd8\2\0\0\0\2\0\0\0\3\0\0\0b/chi"
        "PK\3\4\12\0\0\10\0\0\0\0\41\0\0\0\0\0\0\0\0\0\0\0\0\0\11\0\0\0bootstrap"
        "PK\1\2\24\3\12\0\0\10\0\0\0\0\41\0\xac\x2a\x93\xd8\2\0\0\0\2\0\0\0\3\0\0\0\0\0\0\0\0\0"
        "\0\0\xa4\x81\0\0\0\0b/c"
        "PK\1\2\24\3\12\0\0\10\0\0\0\0\41\0\0\0\0\0\0\0\0\0\0\0\0\0\11\0\0\0\0\0\0\0\0\0"
        "\0\0\xed\x81\43\0\0\0bootstrap"
        "PK\5\6\0\0\0\0\2\0\2\0\150\0\0\0\112\0\0\0\0\0";
    struct str got = folder_read(&s.folder, "out/x.zip");
    assert_int_equal(got.n, sizeof expected - 1);
    assert_memory_equal(got.p, expected, sizeof expected - 1);
    end(&s);
}

static void test_depfile(void **state)
{
    (void)state;
    struct scene s;
    char text[2000];
    begin(&s);
    folder_file(&s.folder, "d/a b/c#1$", "");
    folder_file(&s.folder, "d/.bundleignore", "out\n");
    folder_file(&s.folder, "d/out/x", "");
    s.options.depfile = str_from(folder_at(&s.folder, "out/x.d"));
    assert_true(make(&s));
    const char *p = s.folder.path.p;
    snprintf(text, sizeof text,
             "%s/out/x.zip: %s/d \\\n  %s/d/.bundleignore \\\n  %s/d/a\\ b \\\n"
             "  %s/d/a\\ b/c\\#1$$\n",
             p, p, p, p, p);
    assert_string_equal(folder_read(&s.folder, "out/x.d").p, text);
    s.options.depfile_target = S("bundles/x.zip");
    assert_true(make(&s));
    assert_true(str_starts(folder_read(&s.folder, "out/x.d"), S("bundles/x.zip: /")));
    end(&s);
}

static void test_executable(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_file(&s.folder, "d/run", "");
    s.options.executable = S("run");
    assert_true(make(&s));
    s.options.executable = S("start");
    assert_false(make(&s));
    assert_string_equal(first_slug(&s), "no-executable");
    end(&s);
}

static void test_output_inside(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_file(&s.folder, "d/a", "");
    folder_file(&s.folder, "d/build/a", "");
    s.options.out = str_from(folder_at(&s.folder, "d/x.zip"));
    assert_false(make(&s));
    assert_string_equal(first_slug(&s), "output-inside");
    s.options.out = str_from(folder_at(&s.folder, "d/build/x.zip"));
    assert_false(make(&s));
    assert_string_equal(first_slug(&s), "output-inside");
    folder_file(&s.folder, "d/.bundleignore", "/build/\n");
    assert_true(make(&s));
    end(&s);
}

/* Errors before anything is compressed leave the last good zip. */
static void test_wrong_input(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_file(&s.folder, "d/a", "good");
    assert_true(make(&s));
    struct str before = folder_read(&s.folder, "out/x.zip");
    folder_link(&s.folder, "d/b", "/etc/passwd");
    assert_false(make(&s));
    assert_string_equal(first_slug(&s), "outside-link");
    assert_true(str_eq(before, folder_read(&s.folder, "out/x.zip")));
    assert_int_equal(folder_count(&s.folder, "out"), 2);
    end(&s);
}

/* The n-th write fails, for every n: what was there stays, nothing else appears. */
static void test_failures(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_file(&s.folder, "d/a", "good");
    s.options.depfile = str_from(folder_at(&s.folder, "out/x.d"));
    assert_true(make(&s));
    struct str zip = folder_read(&s.folder, "out/x.zip");
    struct str depfile = folder_read(&s.folder, "out/x.d");
    put_text(&s, "d/large", 5000000);
    put_noise(&s, "d/noise", 4200000);
    int n = 0;
    do {
        assert_true(str_eq(depfile, folder_read(&s.folder, "out/x.d")));
        assert_int_equal(folder_count(&s.folder, "out"), 3);
        file_fail_write(++n);
        bool ok = make(&s);
        file_fail_write(0);
        assert_int_equal(s.diags.errors, !ok);
        if (ok)
            break;
        assert_string_equal(first_slug(&s), "cannot-write");
        assert_int_equal(diags_exit(&s.diags), 3);
        struct str now = folder_read(&s.folder, "out/x.zip");
        assert_true(str_eq(zip, now) || now.n > 4200000); /* or whole: the record failed */
    } while (n < 1000);
    assert_true(n > 20);
    assert_int_equal(s.result.files, 3);
    assert_int_equal(folder_count(&s.folder, "out"), 3);
    end(&s);
}

/* Files that go or change between the look at the folder and the packing. */
static void test_changes_while_packed(void **state)
{
    (void)state;
    struct scene s;
    struct tree t;
    struct zip_options zip = { .level = 6, .threads = 3, .last_zip = -1 };
    struct zip_packed packed[5] = { 0 };
    struct tree_root root = { S(""), S(""), -1, false };
    struct sink sink;
    begin(&s);
    root.dir = s.options.dir;
    folder_file(&s.folder, "d/a", "1");
    folder_file(&s.folder, "d/gone", "2");
    folder_file(&s.folder, "d/gone2", "2");
    put_text(&s, "d/grown", 3000000);
    folder_file(&s.folder, "d/z", "3");
    assert_true(tree_scan(&t, &s.arena, &s.diags, &root, 1));
    folder_must(unlink(folder_at(&s.folder, "d/gone")) == 0, "remove", "gone");
    folder_must(unlink(folder_at(&s.folder, "d/gone2")) == 0, "remove", "gone2");
    put_text(&s, "d/grown", 3000001);
    assert_true(sink_open(&sink, &s.arena, &s.diags, s.options.out));
    assert_false(zip_write(&sink, &s.diags, &t, &zip, packed));
    sink_drop(&sink);
    tree_done(&t);
    struct buf text;
    buf_init(&text, 0);
    diags_print(&s.diags, &text, false);
    buf_putc(&text, '\0');
    char expected[1000];
    const char *p = s.folder.path.p;
    snprintf(expected, sizeof expected,
             "stepwright: error: '%s/d/gone' vanished while it was packed [changed-file]\n"
             "stepwright: error: '%s/d/gone2' vanished while it was packed [changed-file]\n"
             "stepwright: error: '%s/d/grown' changed while it was packed [changed-file]\n",
             p, p, p);
    assert_string_equal(text.p, expected);
    assert_int_equal(diags_exit(&s.diags), 3);
    buf_done(&text);
    end(&s);
}

static void test_unreadable(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_file(&s.folder, "d/a", "");
    folder_file(&s.folder, "d/shut", "1");
    folder_sub(&s.folder, "out");
    chmod(folder_at(&s.folder, "d/shut"), 0);
    chmod(folder_at(&s.folder, "out"), 0777);
    bool root = geteuid() == 0;
    if (root && seteuid(65534) != 0) {
        end(&s);
        skip();
    }
    bool ok = make(&s);
    if (root)
        folder_must(seteuid(0) == 0, "become", "root");
    assert_false(ok);
    assert_string_equal(first_slug(&s), "cannot-read");
    assert_int_equal(diags_exit(&s.diags), 3);
    assert_int_equal(folder_count(&s.folder, "out"), 0);
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_do_not_show),  cmocka_unit_test(test_record),
        cmocka_unit_test(test_known_bytes),          cmocka_unit_test(test_depfile),
        cmocka_unit_test(test_executable),           cmocka_unit_test(test_output_inside),
        cmocka_unit_test(test_wrong_input),          cmocka_unit_test(test_failures),
        cmocka_unit_test(test_changes_while_packed), cmocka_unit_test(test_unreadable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
