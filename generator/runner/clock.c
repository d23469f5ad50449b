#include "runner/engine.h"

/* The date of a day since 1970-01-01, Gregorian; years counted from March. */
static void civil(int64_t days, int64_t *year, int *month, int *day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t of_era = z - era * 146097;
    int64_t of_era_year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * of_era_year + of_era_year / 4 - of_era_year / 100);
    int64_t shifted = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = of_era_year + era * 400 + (*month <= 2);
}

struct val clock_text(int64_t ms)
{
    int64_t days = ms / 86400000, rest = ms % 86400000, year;
    int month, day;
    if (rest < 0) {
        rest += 86400000;
        days--;
    }
    civil(days, &year, &month, &day);
    struct buf text;
    buf_init(&text, 0);
    buf_printf(&text, "%04lld-%02d-%02dT%02d:%02d:%02d.%03dZ", (long long)year, month, day,
               (int)(rest / 3600000), (int)(rest / 60000 % 60), (int)(rest / 1000 % 60),
               (int)(rest % 1000));
    struct val v = val_str(buf_str(&text));
    buf_done(&text);
    return v;
}
