#include "base/utf8.h"

#include "unit.h"

static const struct {
    const char *name;
    struct str text;
    size_t invalid_at, length;
} cases[] = {
    { "nothing", S_INIT(""), SIZE_MAX, 0 },
    { "ASCII", S_INIT("abc\0d"), SIZE_MAX, 5 },
    { "two bytes", S_INIT("\xC2\x80\xDF\xBF"), SIZE_MAX, 2 },
    { "three bytes", S_INIT("\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF"), SIZE_MAX, 4 },
    { "four bytes", S_INIT("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"), SIZE_MAX, 2 },
    { "a continuation byte", S_INIT("a\x80z"), 1, 3 },
    { "overlong, two bytes", S_INIT("\xC1\xBF"), 0, 2 },
    { "overlong, three bytes", S_INIT("\xE0\x9F\xBF"), 0, 3 },
    { "overlong, four bytes", S_INIT("\xF0\x8F\xBF\xBF"), 0, 4 },
    { "a surrogate", S_INIT("\xED\xA0\x80"), 0, 3 },
    { "above Unicode", S_INIT("\xF4\x90\x80\x80"), 0, 4 },
    { "five bytes", S_INIT("\xF8\x88\x80\x80\x80"), 0, 5 },
    { "FE and FF", S_INIT("ab\xFE\xFF"), 2, 4 },
    { "cut off after one of two", S_INIT("ab\xC3"), 2, 3 },
    { "cut off after two of three", S_INIT("\xE2\x82"), 0, 2 },
    { "cut off after three of four", S_INIT("\xF0\x9F\x98"), 0, 3 },
    { "cut off by a letter", S_INIT("\xE2\x82x"), 0, 3 },
    { "wrong only behind 32 bytes", S_INIT("0123456789abcdef0123456789abcdef0123\xFF"), 36, 37 },
    { "long and mixed",
      S_INIT("0123456789abcdef0123456789abcde\xC3\xA9"
             "0123456789abcdef0123456789abcdef"),
      SIZE_MAX, 64 },
};

static void validated_and_counted(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *copy = malloc(cases[i].text.n + 1);
        assert_non_null(copy);
        memcpy(copy, cases[i].text.p, cases[i].text.n);
        struct str s = { copy, cases[i].text.n };
        if (utf8_invalid_at(s) != cases[i].invalid_at)
            fail_msg("%s: invalid at %zu", cases[i].name, utf8_invalid_at(s));
        if (utf8_length(s) != cases[i].length)
            fail_msg("%s: %zu code points", cases[i].name, utf8_length(s));
        free(copy);
    }
    assert_int_equal(utf8_invalid_at((struct str){ 0 }), SIZE_MAX);
    assert_int_equal(utf8_length((struct str){ 0 }), 0);
}

static void every_code_point_there_and_back(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        char bytes[4];
        size_t n = utf8_put(bytes, code), at = 0;
        struct str s = { bytes, n };
        bool surrogate = code >= 0xD800 && code <= 0xDFFF;
        assert_int_equal(n, code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);
        if (utf8_next(s, &at) != (surrogate ? 0xFFFD : code) || at != (surrogate ? 1 : n))
            fail_msg("U+%04X is read otherwise", code);
        assert_int_equal(utf8_sequence(s), surrogate ? 0 : n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(validated_and_counted),
        cmocka_unit_test(every_code_point_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
