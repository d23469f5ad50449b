/* .bundleignore: which names a pattern leaves out, and what is wrong with a bad one. */
#include "pack/ignore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct match_case {
    const char *name, *rules, *path;
    bool is_folder, ignored;
};

static const struct match_case matches[] = {
    { "name at top", "a.log", "a.log", false, true },
    { "name below", "a.log", "x/y/a.log", false, true },
    { "name of a folder", "out", "x/out", true, true },
    { "other name", "a.log", "b.log", false, false },
    { "name is not a prefix", "a", "ab", false, false },
    { "star", "*.log", "x/b.log", false, true },
    { "star takes nothing", "*.log", ".log", false, true },
    { "star alone", "*", "x", false, true },
    { "two stars in a name", "a*b*c", "aXbXbYc", false, true },
    { "two stars in a name, not to the end", "a*b*c", "aXbXbYcd", false, false },
    { "star does not cross folders", "/a*c", "a/c", false, false },
    { "question mark", "a?c", "abc", false, true },
    { "question mark wants one", "a?c", "ac", false, false },
    { "question mark takes a character", "a?c",
      "a\xC3\xA9"
      "c",
      false, true },
    { "question mark takes a stray byte", "a?c",
      "a\xFF"
      "c",
      false, true },
    { "bracket", "[abc]x", "bx", false, true },
    { "bracket not", "[!abc]x", "bx", false, false },
    { "bracket caret", "[^abc]x", "dx", false, true },
    { "bracket range", "[0-9]", "7", false, true },
    { "bracket range ends", "[a-c]", "d", false, false },
    { "bracket with bracket first", "[]x]", "]", false, true },
    { "bracket with dash last", "[a-]", "-", false, true },
    { "bracket with escape", "[\\]x]", "]", false, true },
    { "bracket of characters", "[\xC3\xA0-\xC3\xBC]", "\xC3\xA9", false, true },
    { "anchored in front", "/a", "a", false, true },
    { "anchored in front, below", "/a", "x/a", false, false },
    { "anchored between", "x/a", "x/a", false, true },
    { "anchored between, below", "x/a", "y/x/a", false, false },
    { "folder only, folder", "out/", "out", true, true },
    { "folder only, file", "out/", "out", false, false },
    { "folder only, at depth", "out/", "x/out", true, true },
    { "anchored folder only", "/out/", "x/out", true, false },
    { "deep in front", "**/a", "x/y/a", false, true },
    { "deep in front, none", "**/a", "a", false, true },
    { "deep in front of two", "**/b/a", "x/b/a", false, true },
    { "deep between, none", "x/**/a", "x/a", false, true },
    { "deep between, two", "x/**/a", "x/y/z/a", false, true },
    { "deep between, elsewhere", "x/**/a", "y/z/a", false, false },
    { "deep behind", "x/**", "x/y/a", false, true },
    { "deep behind wants a name", "x/**", "x", true, false },
    { "deep twice", "a/**/b/**/c", "a/b/b/x/c", false, true },
    { "deep backs up", "a/**/b/c", "a/b/x/b/c", false, true },
    { "deep backs up in vain", "a/**/b/c", "a/b/x/b/d", false, false },
    { "deep with more stars", "x/***/a", "x/y/z/a", false, true },
    { "double star in a name is a star", "a**b", "axxb", false, true },
    { "double star in a name does not cross", "x/a**b", "x/a/b", false, false },
    { "comment", "#a", "#a", false, false },
    { "escaped comment", "\\#a", "#a", false, true },
    { "escaped negation", "\\!a", "!a", false, true },
    { "escaped star", "a\\*", "a*", false, true },
    { "escaped star is no star", "a\\*", "ab", false, false },
    { "blanks at the end", "a   ", "a", false, true },
    { "escaped blank at the end", "a\\ ", "a ", false, true },
    { "blank between", "a b", "a b", false, true },
    { "carriage return", "a\r\nb\r", "a", false, true },
    { "byte order mark",
      "\xEF\xBB\xBF"
      "a",
      "a", false, true },
    { "no line end", "x\na", "a", false, true },
    { "taken back", "*.log\n!keep.log", "keep.log", false, false },
    { "last one decides", "!keep.log\n*.log", "keep.log", false, true },
    { "lone slash", "/", "a", true, false },
    { "lone negation", "!", "a", false, false },
    { "empty", "", "a", false, false },
    { "many stars", "*a*a*a*a*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      false, false },
};

static void test_matches(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof matches / sizeof *matches; i++) {
        const struct match_case *c = &matches[i];
        struct arena a = { 0 };
        struct diags ds;
        struct ignore ig = { 0 };
        diags_init(&ds, &a);
        bool ok = ignore_read(&a, &ds, source_make(&a, S("x"), str_from(c->rules)), &ig);
        bool ignored = ignore_match(&ig, str_from(c->path), c->is_folder);
        if (!ok || ignored != c->ignored)
            fail_msg("%s: '%s' is %s", c->name, c->path, ignored ? "ignored" : "kept");
        arena_done(&a);
    }
}

static void test_folders_stack(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct diags ds;
    struct ignore top = { 0 }, lib = { .up = &top, .base = 4 };
    diags_init(&ds, &a);
    assert_true(ignore_read(&a, &ds, source_make(&a, S("t"), S("*.log\n/x\nlib/y")), &top));
    assert_true(ignore_read(&a, &ds, source_make(&a, S("l"), S("!a.log\n/z\n")), &lib));
    assert_false(ignore_match(&lib, S("lib/a.log"), false));
    assert_true(ignore_match(&lib, S("lib/b.log"), false));
    assert_true(ignore_match(&lib, S("lib/z"), false));
    assert_false(ignore_match(&lib, S("lib/q/z"), false));
    assert_false(ignore_match(&lib, S("lib/x"), false));
    assert_true(ignore_match(&lib, S("lib/y"), false));
    arena_done(&a);
}

static void test_default(void **state)
{
    static const struct {
        const char *path;
        bool is_folder, ignored;
    } cases[] = {
        { "x/__pycache__", true, true }, { "a.pyc", false, true }, { ".git", true, true },
        { "x/.DS_Store", false, true },  { "a.swp", false, true }, { ".bundleignore", false, true },
        { "__pycache__", false, false }, { "tests", true, false }, { "a.py", false, false },
        { "bootstrap", false, false },   { ".env", false, false },
    };
    (void)state;
    struct arena a = { 0 };
    const struct ignore *ig = ignore_default(&a);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (ignore_match(ig, str_from(cases[i].path), cases[i].is_folder) != cases[i].ignored)
            fail_msg("%s", cases[i].path);
    arena_done(&a);
}

struct bad_case {
    const char *rules, *text;
};

static const struct bad_case bad[] = {
    { "ok\na[b\n", "x:2:1: error: pattern 'a[b' leaves a '[' open; write '\\[' for the letter "
                   "[bad-pattern]\n    2 | a[b\n      | ^^^\n" },
    { "a/b\\", "x:1:3: error: pattern 'b\\' ends with a '\\' that escapes nothing [bad-pattern]\n"
               "    1 | a/b\\\n      |   ^^\n" },
    { "![[:alpha:]]", "x:1:2: error: pattern '[[:alpha:]]' uses a class; list the letters, as in "
                      "[a-z] [bad-pattern]\n    1 | ![[:alpha:]]\n      |  ^^^^^^^^^^^\n" },
};

static void test_bad_patterns(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct arena a = { 0 };
        struct diags ds;
        struct ignore ig = { 0 };
        struct buf text;
        diags_init(&ds, &a);
        assert_false(ignore_read(&a, &ds, source_make(&a, S("x"), str_from(bad[i].rules)), &ig));
        buf_init(&text, 0);
        diags_print(&ds, &text, false);
        buf_putc(&text, '\0');
        assert_string_equal(text.p, bad[i].text);
        buf_done(&text);
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_folders_stack),
        cmocka_unit_test(test_default),
        cmocka_unit_test(test_bad_patterns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
