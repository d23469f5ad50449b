#include "base/str.h"

#include "unit.h"

static void compared(void **state)
{
    (void)state;
    static const struct {
        struct str a, b;
        int want;
    } cases[] = {
        { S_INIT(""), S_INIT(""), 0 },          { S_INIT("a"), S_INIT("a"), 0 },
        { S_INIT("a"), S_INIT("b"), -1 },       { S_INIT("a"), S_INIT("ab"), -1 },
        { S_INIT("b"), S_INIT("ab"), 1 },       { S_INIT(""), S_INIT("a"), -1 },
        { S_INIT("a\0b"), S_INIT("a\0c"), -1 }, { S_INIT("\x7F"), S_INIT("\x80"), -1 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int c = str_cmp(cases[i].a, cases[i].b), back = str_cmp(cases[i].b, cases[i].a);
        assert_int_equal((c > 0) - (c < 0), cases[i].want);
        assert_int_equal((back > 0) - (back < 0), -cases[i].want);
        assert_int_equal(str_eq(cases[i].a, cases[i].b), cases[i].want == 0);
    }
    assert_true(str_eq((struct str){ 0 }, S("")));
    assert_int_equal(str_cmp((struct str){ 0 }, S("")), 0);
}

static void beginnings_and_ends(void **state)
{
    (void)state;
    assert_true(str_starts(S("abc"), S("ab")) && str_starts(S("abc"), S("abc")));
    assert_true(str_starts(S("abc"), S("")) && str_starts((struct str){ 0 }, (struct str){ 0 }));
    assert_false(str_starts(S("ab"), S("abc")) || str_starts(S("abc"), S("b")));
    assert_true(str_ends(S("abc"), S("bc")) && str_ends(S("abc"), S("abc")));
    assert_true(str_ends(S("abc"), S("")));
    assert_false(str_ends(S("bc"), S("abc")) || str_ends(S("abc"), S("b")));
}

static void found(void **state)
{
    (void)state;
    static const struct {
        const char *s, *what;
        size_t from, want;
    } cases[] = {
        { "abcabc", "abc", 0, 0 },
        { "abcabc", "abc", 1, 3 },
        { "abcabc", "abc", 4, SIZE_MAX },
        { "abcabc", "c", 3, 5 },
        { "abcabc", "abcd", 0, SIZE_MAX },
        { "abc", "", 0, 0 },
        { "abc", "", 3, 3 },
        { "abc", "", 4, SIZE_MAX },
        { "", "a", 0, SIZE_MAX },
        { "aab", "ab", 0, 1 },
        { "abc", "c", 9, SIZE_MAX },
        { "aaaab", "aab", 0, 2 },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(str_find(str_from(cases[i].s), str_from(cases[i].what), cases[i].from),
                         cases[i].want);
    assert_int_equal(str_find_char(S("a\0b"), '\0', 0), 1);
    assert_int_equal(str_find_char(S("abc"), 'a', 1), SIZE_MAX);
    assert_int_equal(str_find_char(S("abc"), 'a', 5), SIZE_MAX);
    assert_int_equal(str_rfind_char(S("a/b/c"), '/'), 3);
    assert_int_equal(str_rfind_char(S("abc"), '/'), SIZE_MAX);
    assert_int_equal(str_rfind_char((struct str){ 0 }, '/'), SIZE_MAX);
}

static void trimmed(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "", "" },
        { " ", "" },
        { " \t\r\n\v\fa b\n", "a b" },
        { "a", "a" },
        { "\xA0"
          "a",
          "\xA0"
          "a" },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_text(cases[i][0], str_trim(str_from(cases[i][0])), cases[i][1]);
}

static void split(void **state)
{
    (void)state;
    static const struct {
        const char *s;
        size_t n;
        const char *parts[4];
    } cases[] = {
        { "", 0, { NULL } },        { "a", 1, { "a" } },
        { "a,b", 2, { "a", "b" } }, { "a,,b", 3, { "a", "", "b" } },
        { ",a", 2, { "", "a" } },   { "a,", 1, { "a" } },
        { ",", 1, { "" } },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct str rest = str_from(cases[i].s), part;
        size_t n = 0;
        while (str_split(&rest, ',', &part)) {
            assert_true(n < cases[i].n);
            assert_text(cases[i].s, part, cases[i].parts[n]);
            n++;
        }
        assert_int_equal(n, cases[i].n);
    }
    struct str none = { 0 }, part;
    assert_false(str_split(&none, ',', &part));
}

static void distances(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        size_t want;
    } cases[] = {
        { "", "", 0 },
        { "abc", "abc", 0 },
        { "abc", "ABC", 0 },
        { "abc", "ab", 1 },
        { "abc", "abcd", 1 },
        { "abc", "axc", 1 },
        { "abc", "acb", 1 },
        { "abc", "", 3 },
        { "", "abc", 3 },
        { "kitten", "sitting", 3 },
        { "worker_tpye", "worker_type", 1 },
        { "ca", "abc", 3 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(str_distance(str_from(cases[i].a), str_from(cases[i].b)), cases[i].want);
        assert_int_equal(str_distance(str_from(cases[i].b), str_from(cases[i].a)), cases[i].want);
    }
    char longest[65];
    memset(longest, 'x', sizeof longest);
    assert_int_equal(str_distance((struct str){ longest, 64 }, S("x")), 63);
    assert_int_equal(str_distance((struct str){ longest, 65 }, S("x")), SIZE_MAX);
}

static void fits(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool fold, want;
    } cases[] = {
        { "", "", false, true },
        { "", "a", false, false },
        { "*", "", false, true },
        { "*", "abc", false, true },
        { "a*c", "abbc", false, true },
        { "a*c", "abcd", false, false },
        { "*b*", "abc", false, true },
        { "a?c", "abc", false, true },
        { "a?c", "ac", false, false },
        { "?", "", false, false },
        { "a**b", "ab", false, true },
        { "*ab", "aab", false, true },
        { "S3:get*", "s3:GetObject", true, true },
        { "S3:get*", "s3:GetObject", false, false },
        { "a*b*c", "aXbYbZ", false, false },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (str_fits(str_from(cases[i].pattern), str_from(cases[i].text), cases[i].fold) !=
            cases[i].want)
            fail_msg("'%s' and '%s'", cases[i].pattern, cases[i].text);
}

/* Of the test vectors that the authors of FNV publish with it (G. Fowler, L. C. Noll, K.-P. Vo). */
static void hashes(void **state)
{
    (void)state;
    assert_true(str_hash(S("")) == 0xcbf29ce484222325u);
    assert_true(str_hash(S("a")) == 0xaf63dc4c8601ec8cu);
    assert_true(str_hash(S("foobar")) == 0x85944171f73967e8u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compared), cmocka_unit_test(beginnings_and_ends),
        cmocka_unit_test(found),    cmocka_unit_test(trimmed),
        cmocka_unit_test(split),    cmocka_unit_test(distances),
        cmocka_unit_test(hashes),   cmocka_unit_test(fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
