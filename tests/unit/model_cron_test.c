#include "model/cron.h"

#include "model/zones.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

enum { HOUR = 3600, DAY = 86400 };

/* Midnights, in days since 1970. */
enum {
    JAN_1_2027 = 20819, /* a Friday */
    FEB_1_2027 = JAN_1_2027 + 31,
    MAY_1_2027 = JAN_1_2027 + 120,  /* a Saturday */
    AUG_1_2027 = JAN_1_2027 + 212,  /* a Sunday */
    OCT_31_2027 = JAN_1_2027 + 303, /* a Sunday */
};

static const struct {
    const char *inside;
    int day;    /* the day it is asked about */
    bool comes; /* on that day */
} DAYS[] = {
    { "0 12 1 1 ? 2027", JAN_1_2027, true },
    { "0 12 1 1 ? 2028", JAN_1_2027, false },
    { "0 12 2 1 ? 2027", JAN_1_2027, false },
    { "0 12 ? * FRI *", JAN_1_2027, true },
    { "0 12 ? * 6 *", JAN_1_2027, true },
    { "0 12 ? * SUN-THU *", JAN_1_2027, false },
    { "0 12 ? * 6#1 *", JAN_1_2027, true },
    { "0 12 ? * 6#1 *", JAN_1_2027 + 7, false },
    { "0 12 ? * 6#2 *", JAN_1_2027 + 7, true },
    { "0 12 ? * 6#5 *", JAN_1_2027 + 28, true },
    { "0 12 ? * 6L *", JAN_1_2027 + 28, true },
    { "0 12 ? * 6L *", JAN_1_2027 + 21, false },
    { "0 12 ? * L *", JAN_1_2027 + 1, true }, /* the last day of the week */
    { "0 12 L * ? *", FEB_1_2027 + 27, true },
    { "0 12 L * ? *", FEB_1_2027 + 26, false },
    { "0 12 LW * ? *", OCT_31_2027, false },
    { "0 12 LW * ? *", OCT_31_2027 - 2, true },
    { "0 12 1W * ? *", MAY_1_2027, false },
    { "0 12 1W * ? *", MAY_1_2027 + 2, true }, /* not into April */
    { "0 12 1W * ? *", AUG_1_2027 + 1, true },
    { "0 12 15W 5 ? *", MAY_1_2027 + 13, true }, /* the 15th is a Saturday */
    { "0 12 16W 5 ? *", MAY_1_2027 + 16, true }, /* the 16th is a Sunday */
    { "0 12 31W 10 ? *", OCT_31_2027 - 2, true },
    { "0 12 31W 2 ? *", FEB_1_2027 + 27, false },
    { "0 12 */10 * ? *", JAN_1_2027 + 10, true },
    { "0 12 5/10 * ? *", JAN_1_2027 + 14, true },
    { "0 12 5-9/2 * ? *", JAN_1_2027 + 7, false },
};

static struct cron read(const char *inside)
{
    struct arena a = { 0 };
    struct diags ds;
    struct cron c;
    diags_init(&ds, &a);
    if (!cron_read(&ds, str_from(inside), (struct span){ 0 }, &c))
        fail_msg("%s: %s", inside, ds.all.p[0]->message.p);
    arena_done(&a);
    return c;
}

static void test_days(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof DAYS / sizeof *DAYS; i++) {
        struct cron c = read(DAYS[i].inside);
        int64_t midnight = (int64_t)DAYS[i].day * DAY;
        if (cron_comes(&c, midnight, midnight + DAY - 1) != DAYS[i].comes)
            fail_msg("%s on day %d", DAYS[i].inside, DAYS[i].day);
    }
}

static void test_times(void **state)
{
    (void)state;
    struct cron c = read("15,45 8-9 * * ? *");
    const int64_t day = (int64_t)JAN_1_2027 * DAY;
    assert_true(cron_comes(&c, day + 8 * HOUR + 900, day + 8 * HOUR + 900));
    assert_false(cron_comes(&c, day + 8 * HOUR + 901, day + 8 * HOUR + 2699));
    assert_true(cron_comes(&c, day + 9 * HOUR + 2700, day + 10 * HOUR));
    assert_false(cron_comes(&c, day + 10 * HOUR, day + 32 * HOUR));
    assert_true(cron_comes(&c, day + 10 * HOUR, day + 33 * HOUR));
    assert_false(cron_comes(&c, day + 10 * HOUR, day));
}

static const struct {
    const char *inside;
    bool comes;
    int last;
} EVER[] = {
    { "0 0 30 2 ? *", false, 2199 },     { "0 0 29 2 ? 2027-2029", true, 2029 },
    { "0 0 29 2 ? 2100", false, 2100 },  { "0 0 ? 2 1#5 2033-2059", false, 2059 },
    { "0 0 ? 2 1#5 2032", true, 2032 },  { "0 0 31 4,6 ? *", false, 2199 },
    { "0 0 31 4-7 ? 1970", true, 1970 },
};

static void test_ever(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof EVER / sizeof *EVER; i++) {
        struct cron c = read(EVER[i].inside);
        if (cron_comes(&c, INT64_MIN, INT64_MAX) != EVER[i].comes ||
            cron_last_year(&c) != EVER[i].last)
            fail_msg("%s", EVER[i].inside);
    }
}

static void test_zones(void **state)
{
    (void)state;
    for (size_t i = 0; zone_at(i); i++) {
        if (i && str_cmp(str_from(zone_at(i - 1)), str_from(zone_at(i))) >= 0)
            fail_msg("%s is out of order", zone_at(i));
        assert_true(zone_exists(str_from(zone_at(i))));
    }
    assert_true(zone_exists(S("UTC")));
    assert_true(zone_exists(S("America/Argentina/Buenos_Aires")));
    assert_false(zone_exists(S("europe/brussels")));
    assert_false(zone_exists(S("Europe/Brussel")));
    assert_false(zone_exists(S("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_ever),
        cmocka_unit_test(test_zones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
