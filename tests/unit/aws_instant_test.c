#include "unit.h"

#include "aws/instant.h"

static void test_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool http, ok;
        int64_t want;
    } CASES[] = {
        { "1970-01-01T00:00:00Z", false, true, 0 },
        { "2015-08-30T12:36:00Z", false, true, 1440938160 },
        { "2000-02-29T23:59:59Z", false, true, 951868799 },
        { "2026-11-21T12:00:00.123Z", false, true, 1795262400 },
        { "2026-11-21T12:00:00+00:00", false, true, 1795262400 },
        { "2026-11-21T14:30:00+02:30", false, true, 1795262400 },
        { "2026-11-21T10:00:00-0200", false, true, 1795262400 },
        { "2026-11-21T12:00:00", false, true, 1795262400 },
        { "2026-11-21T12:00:00ZZ", false, false, 0 },
        { "2026-13-21T12:00:00Z", false, false, 0 },
        { "2026-11-21T24:00:00Z", false, false, 0 },
        { "2026-11-21 12:00:00Z", false, false, 0 },
        { "2026-11-21T12:00", false, false, 0 },
        { "2026-11-21T12:00:00+", false, false, 0 },
        { "", false, false, 0 },
        { "Sun, 06 Nov 1994 08:49:37 GMT", true, true, 784111777 },
        { "Sat, 21 Nov 2026 12:00:00 GMT", true, true, 1795262400 },
        { "Sun, 06 Nop 1994 08:49:37 GMT", true, false, 0 },
        { "Sun, 6 Nov 1994 08:49:37 GMT", true, false, 0 },
        { "Sun", true, false, 0 },
        { "", true, false, 0 },
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        int64_t got = 0;
        struct str s = str_from(CASES[i].text);
        bool ok = CASES[i].http ? instant_parse_http(s, &got) : instant_parse(s, &got);
        if (ok != CASES[i].ok || (ok && got != CASES[i].want))
            fail_msg("'%s': %d, %lld", CASES[i].text, ok, (long long)got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_texts) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
