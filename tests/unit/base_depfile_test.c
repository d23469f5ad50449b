#include "base/depfile.h"

#include <unistd.h>

#include "unit.h"

static const struct {
    const char *name, *target;
    const char *paths[4];
    const char *want;
} cases[] = {
    { "nothing read", "out", { NULL }, "out:\n" },
    { "one", "out", { "a.yaml" }, "out: a.yaml\n" },
    { "sorted, each once",
      "build/x.json",
      { "b", "a", "b", "A" },
      "build/x.json: A \\\n  a \\\n  b\n" },
    { "blanks", "my out", { "a b c" }, "my\\ out: a\\ b\\ c\n" },
    { "a backslash before a blank", "o", { "a\\ b" }, "o: a\\\\\\ b\n" },
    { "backslashes elsewhere", "o", { "a\\b\\" }, "o: a\\b\\\n" },
    { "hash and dollar", "o", { "a#b$c" }, "o: a\\#b$$c\n" },
    { "beyond ASCII", "o", { "caf\xC3\xA9" }, "o: caf\xC3\xA9\n" },
};

static void written_as_make_reads_it(void **state)
{
    (void)state;
    struct arena a = { 0 };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct diags ds;
        diags_init(&ds, &a);
        struct reads r = { .arena = &a };
        for (size_t k = 0; k < 4 && cases[i].paths[k]; k++)
            reads_add(&r, str_from(cases[i].paths[k]));
        char dir[] = "depfile-test-XXXXXX";
        assert_non_null(mkdtemp(dir));
        struct str file = arena_printf(&a, "%s/sub/x.d", dir), text;
        assert_true(depfile_write(&ds, &r, file, str_from(cases[i].target)));
        assert_true(file_read(&a, &ds, (struct span){ 0 }, S(""), file, 1000, &text));
        assert_text(cases[i].name, text, cases[i].want);
        unlink(file.p);
        rmdir(arena_printf(&a, "%s/sub", dir).p);
        rmdir(dir);
    }
    arena_done(&a);
}

static void paths_are_copied(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct reads r = { .arena = &a };
    char path[] = "abc";
    reads_add(&r, str_from(path));
    path[0] = 'x';
    reads_add(&r, S("abc"));
    assert_int_equal(r.paths.n, 1);
    assert_true(map_has(&r.paths, S("abc")));
    arena_done(&a);
}

static void a_line_end_in_a_name_is_an_error(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    struct reads r = { .arena = &a };
    reads_add(&r, S("a\nb"));
    assert_false(depfile_write(&ds, &r, S("none.d"), S("o")));
    assert_int_equal(ds.all.n, 1);
    assert_string_equal(ds.all.p[0]->slug, "bad-file-name");
    assert_int_not_equal(access("none.d", F_OK), 0);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_as_make_reads_it),
        cmocka_unit_test(paths_are_copied),
        cmocka_unit_test(a_line_end_in_a_name_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
