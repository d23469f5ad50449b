/* A file written front to back: whole or not at all, and only if it is another one. */
#include "pack/sink.h"

#include "../support/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct scene {
    struct folder folder;
    struct arena arena;
    struct diags diags;
    struct sink sink;
    uint8_t digest[SHA256_BYTES];
};

static void begin(struct scene *s)
{
    *s = (struct scene){ 0 };
    folder_make(&s->folder);
    diags_init(&s->diags, &s->arena);
}

static void end(struct scene *s)
{
    arena_done(&s->arena);
    folder_remove(&s->folder);
}

static bool open_file(struct scene *s)
{
    return sink_open(&s->sink, &s->arena, &s->diags, str_from(folder_at(&s->folder, "x/y/file")));
}

static bool holds(struct scene *s, const char *text)
{
    return str_eq(folder_read(&s->folder, "x/y/file"), str_from(text));
}

static void test_write(void **state)
{
    (void)state;
    struct scene s;
    uint8_t digest[SHA256_BYTES];
    begin(&s);
    assert_true(open_file(&s));
    sink_put(&s.sink, S("hello "));
    sink_put(&s.sink, S("world, and more"));
    assert_int_equal(sink_at(&s.sink), 21);
    sink_put_at(&s.sink, 6, S("W"));
    sink_rewind(&s.sink, 11);
    sink_put(&s.sink, S("!"));
    assert_int_equal(folder_count(&s.folder, "x/y"), 0); /* nothing to see before the end */
    assert_int_equal(sink_commit(&s.sink, &s.diags, NULL, s.digest), WRITE_CHANGED);
    assert_true(holds(&s, "hello World!"));
    assert_int_equal(folder_count(&s.folder, "x/y"), 1);
    sha256(digest, S("hello World!"));
    assert_memory_equal(digest, s.digest, SHA256_BYTES);
    end(&s);
}

static void test_same(void **state)
{
    (void)state;
    struct scene s;
    struct stat before, after;
    begin(&s);
    folder_file(&s.folder, "x/y/file", "same");
    stat(folder_at(&s.folder, "x/y/file"), &before);
    assert_true(open_file(&s));
    sink_put(&s.sink, S("same"));
    assert_int_equal(sink_commit(&s.sink, &s.diags, NULL, s.digest), WRITE_SAME);
    stat(folder_at(&s.folder, "x/y/file"), &after);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_true(open_file(&s));
    sink_put(&s.sink, S("sane"));
    assert_int_equal(sink_commit(&s.sink, &s.diags, NULL, s.digest), WRITE_CHANGED);
    assert_true(holds(&s, "sane"));
    end(&s);
}

static void test_large(void **state)
{
    (void)state;
    enum { N = 700000 };
    struct scene s;
    begin(&s);
    char *text = arena_alloc(&s.arena, N);
    for (size_t i = 0; i < N; i++)
        text[i] = (char)(i * i >> 7);
    assert_true(open_file(&s));
    for (size_t at = 0, n = 1; at < N; at += n, n = n * 3 + 1)
        sink_put(&s.sink, str_sub((struct str){ text, N }, at, at + n < N ? at + n : N));
    assert_int_equal(sink_commit(&s.sink, &s.diags, NULL, s.digest), WRITE_CHANGED);
    assert_true(str_eq(folder_read(&s.folder, "x/y/file"), (struct str){ text, N }));
    end(&s);
}

static void test_drop(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_file(&s.folder, "x/y/file", "old");
    assert_true(open_file(&s));
    sink_put(&s.sink, S("new"));
    sink_drop(&s.sink);
    assert_true(holds(&s, "old"));
    assert_int_equal(folder_count(&s.folder, "x/y"), 1);
    end(&s);
}

/* The n-th step fails, for every n: the old file stands, and no other is left. */
static void test_failures(void **state)
{
    (void)state;
    for (int n = 1;; n++) {
        struct scene s;
        begin(&s);
        folder_file(&s.folder, "x/y/file", "old");
        file_fail_write(n);
        assert_true(open_file(&s));
        for (int i = 0; i < 3; i++) {
            sink_put(&s.sink, S("new "));
            sink_put_at(&s.sink, 0, S("N"));
        }
        enum written done = sink_commit(&s.sink, &s.diags, NULL, s.digest);
        file_fail_write(0);
        assert_int_equal(folder_count(&s.folder, "x/y"), 1);
        if (done != WRITE_FAILED) {
            assert_true(n > 6);
            assert_true(holds(&s, "New new new "));
            end(&s);
            return;
        }
        assert_true(holds(&s, "old"));
        assert_int_equal(s.diags.errors, 1);
        assert_string_equal(s.diags.all.p[0]->slug, "cannot-write");
        assert_int_equal(diags_exit(&s.diags), 3);
        end(&s);
    }
}

static void test_no_place(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_file(&s.folder, "x", "a file where a folder should be");
    assert_false(open_file(&s));
    assert_string_equal(s.diags.all.p[0]->slug, "cannot-write");
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write),    cmocka_unit_test(test_same),
        cmocka_unit_test(test_large),    cmocka_unit_test(test_drop),
        cmocka_unit_test(test_failures), cmocka_unit_test(test_no_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
