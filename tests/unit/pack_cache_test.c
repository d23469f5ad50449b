/* Where the cache is and how large it may get. */
#include "pack/cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

struct place_case {
    const char *own, *xdg, *home, *folder;
};

static const struct place_case places[] = {
    { NULL, NULL, NULL, "" },
    { NULL, NULL, "/home/me", "/home/me/.cache/stepwright/v1" },
    { NULL, "/x", "/home/me", "/x/stepwright/v1" },
    { NULL, "relative", "/home/me", "/home/me/.cache/stepwright/v1" },
    { NULL, "", "", "" },
    { "/own", "/x", "/home/me", "/own/v1" },
    { "off", "/x", "/home/me", "" },
    { "", "/x", NULL, "/x/stepwright/v1" },
};

static void set(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

static void test_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct arena a = { 0 };
        set("STEPWRIGHT_CACHE", places[i].own);
        set("XDG_CACHE_HOME", places[i].xdg);
        set("HOME", places[i].home);
        struct str folder = cache_folder(&a);
        if (!str_eq(folder, str_from(places[i].folder)))
            fail_msg("case %zu: '%.*s'", i, STR(folder));
        arena_done(&a);
    }
}

static void test_index_paths(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct str one = cache_index_path(&a, S("/c"), S("x.zip"));
    assert_true(str_starts(one, S("/c/idx/")) && one.n == 7 + 32);
    assert_true(str_eq(one, cache_index_path(&a, S("/c"), S("./y/../x.zip"))));
    assert_false(str_eq(one, cache_index_path(&a, S("/c"), S("y.zip"))));
    assert_int_equal(cache_index_path(&a, S(""), S("x.zip")).n, 0);
    arena_done(&a);
}

static const struct {
    const char *text;
    bool ok;
    uint64_t bytes;
} sizes[] = {
    { "0", true, 0 },
    { "1000", true, 1000 },
    { "64k", true, 65536 },
    { "64K", true, 65536 },
    { "500M", true, 524288000 },
    { "2G", true, 2147483648 },
    { "1T", true, 1099511627776 },
    { "8388607T", true, 9223370937343148032u },
    { "8388608T", false, 0 },
    { "", false, 0 },
    { "G", false, 0 },
    { "-1", false, 0 },
    { "1.5G", false, 0 },
    { "2GB", false, 0 },
};

static void test_sizes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint64_t bytes = 0;
        bool ok = cache_parse_size(str_from(sizes[i].text), &bytes);
        if (ok != sizes[i].ok || (ok && bytes != sizes[i].bytes))
            fail_msg("'%s': %d, %llu", sizes[i].text, ok, (unsigned long long)bytes);
    }
    setenv("STEPWRIGHT_CACHE_SIZE", "5M", 1);
    assert_int_equal(cache_limit(), 5 << 20);
    setenv("STEPWRIGHT_CACHE_SIZE", "much", 1);
    assert_int_equal(cache_limit(), CACHE_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_places),
                                        cmocka_unit_test(test_index_paths),
                                        cmocka_unit_test(test_sizes) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
