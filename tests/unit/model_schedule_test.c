#include "model/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const struct {
    const char *text;
    const char *message; /* NULL: fine */
} CASES[] = {
    { "cron(0 22 * * ? *)", NULL },
    { "cron(0/15 8-17 ? * MON-FRI *)", NULL },
    { "cron(0 10 L * ? 2027)", NULL },
    { "cron(0 10 15W * ? *)", NULL },
    { "cron(0 10 ? * 6L *)", NULL },
    { "cron(0 10 ? * tue#2 *)", NULL },
    { "cron(5,10,15 0 1 JAN,JUL ? 2026-2030)", NULL },
    { "rate(1 day)", NULL },
    { "rate(5 minutes)", NULL },
    { "cron(0 22 * * *)", "cron(…) has 5 fields; expected 6: minutes, hours, day of month, month, "
                          "day of week, year" },
    { "cron(0 22 * * * *)", "day of month and day of week are both given" },
    { "cron(0 22 ? * ? *)", "day of month and day of week are both '?'" },
    { "cron(60 22 * * ? *)", "'60' is no value for minutes in cron(…)" },
    { "cron(0 24 * * ? *)", "'24' is no value for hours in cron(…)" },
    { "cron(0 0 1 13 ? *)", "'13' is no value for month in cron(…)" },
    { "cron(0 0 ? * 0 *)", "'0' is no value for day of week in cron(…)" },
    { "cron(0 0 ? * MOO *)", "'MOO' is no value for day of week in cron(…)" },
    { "cron(0 0 5-1 * ? *)", "'5-1' is no value for day of month in cron(…)" },
    { "cron(? 0 1 * ? *)", "'?' is no value for minutes in cron(…)" },
    { "cron(0, 0 1 * ? *)", "'0,' is no value for minutes in cron(…)" },
    { "cron(*/0 0 1 * ? *)", "'*/0' is no value for minutes in cron(…)" },
    { "rate(5 minute)", "rate(5 minute) mixes singular and plural" },
    { "rate(1 days)", "rate(1 days) mixes singular and plural" },
    { "rate(0 minutes)", "rate(…) is '0 minutes'; expected a number and a unit" },
    { "rate(5)", "rate(…) is '5'; expected a number and a unit" },
    { "at(2027-03-01T08:00:00)", NULL },
    { "at(2028-02-29T23:59:59)", NULL },
    { "at(2027-02-29T08:00:00)", "at(…) is '2027-02-29T08:00:00', which is no time" },
    { "at(2027-03-01)", "at(…) is '2027-03-01', which is no time" },
    { "at(2027-03-01T24:00:00)", "at(…) is '2027-03-01T24:00:00', which is no time" },
    { "at()", "at(…) is '', which is no time" },
    { "at", "'at' is no schedule" },
    { "cron(", "'cron(' is no schedule" },
    { "rate(5 weeks)", "'weeks' is no unit for rate(…)" },
    { "0 22 * * *", "'0 22 * * *' is no schedule" },
    { "", "'' is no schedule" },
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct arena a = { 0 };
        struct diags ds;
        diags_init(&ds, &a);
        bool good = schedule_check(&ds, str_from(CASES[i].text), (struct span){ 0 });
        if (good != !CASES[i].message || ds.all.n != !good)
            fail_msg("%s: %s", CASES[i].text, good ? "accepted" : ds.all.p[0]->message.p);
        if (!good)
            assert_string_equal(ds.all.p[0]->message.p, CASES[i].message);
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
