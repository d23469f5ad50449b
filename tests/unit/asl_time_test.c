#include "asl/asl_time.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_right(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
        uint32_t nanos;
    } rows[] = {
        { "1970-01-01T00:00:00Z", 0, 0 },
        { "1969-12-31T23:59:59Z", -1, 0 },
        { "2000-02-29T12:00:00Z", 951825600, 0 },
        { "2016-03-05T21:29:29.243167252Z", 1457213369, 243167252 },
        { "2016-03-05T21:29:29.2431672529Z", 1457213369, 243167252 },
        { "2016-03-05T21:29:29.5+02:00", 1457206169, 500000000 },
        { "2016-03-05T21:29:29-00:30", 1457215169, 0 },
        { "0000-01-01T00:00:00Z", -62167219200, 0 },
        { "9999-12-31T23:59:59Z", 253402300799, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct asl_time t = { 0 };
        if (!asl_time_parse(str_from(rows[i].text), &t) || t.seconds != rows[i].seconds ||
            t.nanos != rows[i].nanos)
            fail_msg("%s: %lld.%09u", rows[i].text, (long long)t.seconds, t.nanos);
    }
}

static void test_wrong(void **state)
{
    static const char *const rows[] = {
        "",
        "2016",
        "2016-03-05",
        "2016-03-05T21:29:29",
        "2016-03-05 21:29:29Z",
        "2016-03-05t21:29:29Z",
        "2016-03-05T21:29:29z",
        "2016-3-05T21:29:29Z",
        "2016-13-05T21:29:29Z",
        "2016-00-05T21:29:29Z",
        "2015-02-29T21:29:29Z",
        "1900-02-29T21:29:29Z",
        "2016-03-05T24:29:29Z",
        "2016-03-05T21:60:29Z",
        "2016-03-05T21:29:60Z",
        "2016-03-05T21:29:29.Z",
        "2016-03-05T21:29:29Z ",
        "2016-03-05T21:29:29+0200",
        "2016-03-05T21:29:29+24:00",
        "05-12-2016T21:29:29Z",
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct asl_time t;
        if (asl_time_parse(str_from(rows[i]), &t))
            fail_msg("taken for a timestamp: %s", rows[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_right),
                                        cmocka_unit_test(test_wrong) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
