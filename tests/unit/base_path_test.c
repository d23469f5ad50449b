#include "base/path.h"

#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static void joined(void **state)
{
    (void)state;
    static const struct {
        const char *dir, *name, *want;
    } cases[] = {
        { "a", "b", "a/b" },       { "a/", "b", "a/b" },      { "", "b", "b" },  { ".", "b", "b" },
        { "a", "/b", "/b" },       { "/", "b", "/b" },        { "a", "", "a/" }, { "", "", "" },
        { "a", "../b", "a/../b" }, { "/a", "b/c", "/a/b/c" },
    };
    struct arena a = { 0 };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_text(cases[i].dir, path_join(&a, str_from(cases[i].dir), str_from(cases[i].name)),
                    cases[i].want);
    arena_done(&a);
}

static void cleaned(void **state)
{
    (void)state;
    static const struct {
        const char *path, *want;
    } cases[] = {
        { "", "." },
        { ".", "." },
        { "./", "." },
        { "a", "a" },
        { "a/", "a" },
        { "a//b", "a/b" },
        { "./a/./b/.", "a/b" },
        { "a/..", "." },
        { "a/../b", "b" },
        { "..", ".." },
        { "../a", "../a" },
        { "a/../../b", "../b" },
        { "../../a/..", "../.." },
        { "/", "/" },
        { "//", "/" },
        { "/..", "/" },
        { "/../a", "/a" },
        { "/a/..", "/" },
        { "/a/../b/", "/b" },
        { "/a/b/../../..", "/" },
        { "a/b/../c", "a/c" },
        { "...", "..." },
        { "a/.../b", "a/.../b" },
        { ".a/..b", ".a/..b" },
        { "aa/bb/cc/../../dd", "aa/dd" },
    };
    struct arena a = { 0 };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct str clean = path_clean(&a, str_from(cases[i].path));
        assert_text(cases[i].path, clean, cases[i].want);
        assert_text(cases[i].path, path_clean(&a, clean), cases[i].want);
    }
    arena_done(&a);
}

static void taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char *path, *dir, *base, *stem;
    } cases[] = {
        { "a/b/c.tar.gz", "a/b", "c.tar.gz", "c.tar" },
        { "c.yaml", ".", "c.yaml", "c" },
        { "/c", "/", "c", "c" },
        { "a/.hidden", "a", ".hidden", ".hidden" },
        { "a/b/", "a/b", "", "" },
        { "", ".", "", "" },
        { "a.b/c", "a.b", "c", "c" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct str path = str_from(cases[i].path);
        assert_text(cases[i].path, path_dir(path), cases[i].dir);
        assert_text(cases[i].path, path_base(path), cases[i].base);
        assert_text(cases[i].path, path_stem(path), cases[i].stem);
    }
}

static void escaping(void **state)
{
    (void)state;
    static const char *const out[] = { "..", "../a", "/", "/a", "../.." };
    static const char *const inside[] = { ".", "a", "..a", "a/b", "...", "..a/b" };
    for (size_t i = 0; i < COUNT(out); i++)
        if (!path_escapes(str_from(out[i])))
            fail_msg("'%s' leaves its base", out[i]);
    for (size_t i = 0; i < COUNT(inside); i++)
        if (path_escapes(str_from(inside[i])))
            fail_msg("'%s' does not leave its base", inside[i]);
}

static void relative(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *want;
    } cases[] = {
        { "/a", "/a", "." },
        { "/a", "/a/b", "b" },
        { "/a/b", "/a", ".." },
        { "/a/b", "/a/c", "../c" },
        { "/a/b", "/c", "../../c" },
        { "/", "/a/b", "a/b" },
        { "/a/b", "/", "../.." },
        { "/", "/", "." },
        { "/ab", "/a", "../a" },
        { "/a", "/ab", "../ab" },
        { "/a/bc/d", "/a/bd/e", "../../bd/e" },
    };
    struct arena a = { 0 };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_text(cases[i].to, path_relative(&a, str_from(cases[i].from), str_from(cases[i].to)),
                    cases[i].want);
    arena_done(&a);
}

static void the_root_of_a_project(void **state)
{
    (void)state;
    struct arena a = { 0 };
    char dir[] = "/tmp/path-test-XXXXXX";
    assert_non_null(mkdtemp(dir));
    struct str below = arena_printf(&a, "%s/p/configs", dir);
    struct str deep = arena_printf(&a, "%s/p/x/y", dir);
    struct str root = arena_printf(&a, "%s/p", dir), x = arena_printf(&a, "%s/p/x", dir);
    assert_int_equal(mkdir(root.p, 0777), 0);
    assert_int_equal(mkdir(x.p, 0777), 0);
    assert_int_equal(mkdir(deep.p, 0777), 0);
    assert_int_equal(path_find_root(&a, deep).n, 0);
    assert_int_equal(mkdir(below.p, 0777), 0);
    assert_text("above", path_find_root(&a, deep), root.p);
    assert_text("at", path_find_root(&a, root), root.p);
    assert_text("in configs", path_find_root(&a, below), root.p);
    assert_text("of a file", path_find_root(&a, path_join(&a, below, S("none.yaml"))), root.p);
    rmdir(below.p);
    struct str code = arena_printf(&a, "%s/p/customcode", dir);
    assert_int_equal(mkdir(code.p, 0777), 0);
    assert_text("customcode", path_find_root(&a, deep), root.p);

    char old[4096];
    assert_non_null(getcwd(old, sizeof old));
    assert_int_equal(chdir(deep.p), 0);
    assert_text("relative", path_find_root(&a, S(".")), root.p);
    assert_text("absolute", path_absolute(&a, S("../z/./f")),
                arena_printf(&a, "%s/p/x/z/f", dir).p);
    assert_int_equal(chdir(old), 0);
    rmdir(code.p);
    rmdir(deep.p);
    rmdir(x.p);
    rmdir(root.p);
    assert_int_equal(rmdir(dir), 0);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joined),      cmocka_unit_test(cleaned),
        cmocka_unit_test(taken_apart), cmocka_unit_test(escaping),
        cmocka_unit_test(relative),    cmocka_unit_test(the_root_of_a_project),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
