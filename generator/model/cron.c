#include "model/cron.h"

#include "base/num.h"

struct cron_field {
    const char *name;
    int min, max;
    const char *words; /* names for the values from min up, three letters each */
    bool question;     /* '?' allowed */
};

static const struct cron_field CRON[] = {
    { "minutes", 0, 59, NULL, false },
    { "hours", 0, 23, NULL, false },
    { "day of month", 1, 31, NULL, true },
    { "month", 1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC", false },
    { "day of week", 1, 7, "SUNMONTUEWEDTHUFRISAT", true },
    { "year", CRON_YEAR_MIN, CRON_YEAR_MAX, NULL, false },
};
enum { CRON_FIELDS = sizeof CRON / sizeof *CRON, DAY_OF_MONTH = 2, DAY_OF_WEEK = 4 };

enum { VALUES_MAX = CRON_YEAR_MAX - CRON_YEAR_MIN + 1 };

/* ---- reading -------------------------------------------------------------------------------- */

/* A number or a name of the field; false if it is neither or out of range. */
static bool read_value(const struct cron_field *f, struct str s, int *out)
{
    int64_t i;
    if (num_get_int(s, &i) && ascii_is_digit(s.p[0])) {
        *out = (int)i;
        return i >= f->min && i <= f->max;
    }
    if (!f->words || s.n != 3)
        return false;
    for (int w = 0; f->min + w <= f->max; w++)
        if (str_distance(s, (struct str){ f->words + (size_t)w * 3, 3 }) == 0) {
            *out = f->min + w;
            return true;
        }
    return false;
}

/* range = value [ "-" value ] ; step = ( "*" | range ) [ "/" number ]. A single value with a step
 * begins there and goes on to the end. */
static bool read_step(const struct cron_field *f, struct str s, uint8_t *set)
{
    size_t slash = str_find_char(s, '/', 0);
    int64_t step = 1;
    if (slash != SIZE_MAX) {
        if (!num_get_int(str_sub(s, slash + 1, s.n), &step) || step < 1 || step > f->max)
            return false;
        s = str_sub(s, 0, slash);
    }
    int from = f->min, to = f->max;
    size_t dash = str_find_char(s, '-', 0);
    if (!str_eq(s, S("*"))) {
        if (!read_value(f, dash == SIZE_MAX ? s : str_sub(s, 0, dash), &from))
            return false;
        if (dash != SIZE_MAX && !read_value(f, str_sub(s, dash + 1, s.n), &to))
            return false;
        if (dash == SIZE_MAX && slash == SIZE_MAX)
            to = from;
    }
    for (int i = from; i <= to; i += (int)step)
        set[i - f->min] = 1;
    return from <= to;
}

/* "L", "15W", "LW" among days of the month. */
static bool read_month_special(struct str s, struct cron *out)
{
    int day;
    out->last_day = str_eq(s, S("L"));
    out->last_workday = str_eq(s, S("LW"));
    if (out->last_day || out->last_workday)
        return true;
    if (s.n < 2 || s.p[s.n - 1] != 'W' ||
        !read_value(&CRON[DAY_OF_MONTH], str_sub(s, 0, s.n - 1), &day))
        return false;
    out->nearest = UINT32_C(1) << day;
    return true;
}

/* "L", "6L", "3#2" among days of the week. */
static bool read_week_special(struct str s, struct cron *out)
{
    int day = 7;
    int64_t nth;
    size_t hash = str_find_char(s, '#', 0);
    if (hash != SIZE_MAX) {
        if (!read_value(&CRON[DAY_OF_WEEK], str_sub(s, 0, hash), &day) ||
            !num_get_int(str_sub(s, hash + 1, s.n), &nth) || nth < 1 || nth > 5)
            return false;
        out->weekdays = UINT32_C(1) << day;
        out->nth = (uint8_t)nth;
        return true;
    }
    if (str_eq(s, S("L"))) { /* of the week */
        out->weekdays = UINT32_C(1) << day;
        return true;
    }
    if (s.n < 2 || s.p[s.n - 1] != 'L' ||
        !read_value(&CRON[DAY_OF_WEEK], str_sub(s, 0, s.n - 1), &day))
        return false;
    out->last_weekday = (uint8_t)day;
    return true;
}

static bool read_set(const struct cron_field *f, struct str s, uint8_t *set)
{
    struct str part;
    if (s.n && s.p[s.n - 1] == ',')
        return false;
    while (str_split(&s, ',', &part))
        if (!read_step(f, part, set))
            return false;
    return true;
}

static uint64_t bits(const struct cron_field *f, const uint8_t *set)
{
    uint64_t all = 0;
    for (int i = f->min; i <= f->max; i++)
        if (set[i - f->min])
            all |= UINT64_C(1) << i;
    return all;
}

static bool read_field(size_t i, struct str s, struct cron *out)
{
    const struct cron_field *f = &CRON[i];
    uint8_t set[VALUES_MAX] = { 0 };
    if (str_eq(s, S("?")))
        return f->question;
    if ((i == DAY_OF_MONTH && read_month_special(s, out)) ||
        (i == DAY_OF_WEEK && read_week_special(s, out)))
        return true;
    if (!read_set(f, s, set))
        return false;
    switch (i) {
    case 0:
        out->minutes = bits(f, set);
        return true;
    case 1:
        out->hours = (uint32_t)bits(f, set);
        return true;
    case DAY_OF_MONTH:
        out->days = (uint32_t)bits(f, set);
        return true;
    case 3:
        out->months = (uint32_t)bits(f, set);
        return true;
    case DAY_OF_WEEK:
        out->weekdays = (uint32_t)bits(f, set);
        return true;
    default:
        memcpy(out->years, set, sizeof out->years);
        return true;
    }
}

static bool bad_field(struct diags *ds, const struct cron_field *f, struct str s, struct span span)
{
    struct diag *d = diag_error(ds, "bad-schedule", span, "'%.*s' is no value for %s in cron(…)",
                                STR(s), f->name);
    diag_help(d, "expected %d to %d%s%s", f->min, f->max, f->words ? ", names" : "",
              f->question ? ", * or ?" : " or *");
    return false;
}

static bool bad_count(struct diags *ds, size_t n, struct span span)
{
    struct diag *d = diag_error(ds, "bad-schedule", span,
                                "cron(…) has %zu fields; expected 6: minutes, hours, day of month, "
                                "month, day of week, year",
                                n);
    if (n == 5)
        diag_help(d, "unlike Unix cron there is a year: add ' *' at the end");
    return false;
}

bool cron_read(struct diags *ds, struct str inside, struct span span, struct cron *out)
{
    struct str fields[CRON_FIELDS], part;
    size_t n = 0;
    *out = (struct cron){ 0 };
    while (str_split(&inside, ' ', &part)) {
        if (!part.n)
            continue;
        if (n < CRON_FIELDS)
            fields[n] = part;
        n++;
    }
    if (n != CRON_FIELDS)
        return bad_count(ds, n, span);
    for (size_t i = 0; i < CRON_FIELDS; i++)
        if (!read_field(i, fields[i], out))
            return bad_field(ds, &CRON[i], fields[i], span);
    bool month = str_eq(fields[DAY_OF_MONTH], S("?"));
    out->by_week = month;
    if (month != str_eq(fields[DAY_OF_WEEK], S("?")))
        return true;
    struct diag *d = diag_error(ds, "bad-schedule", span,
                                month ? "day of month and day of week are both '?'"
                                      : "day of month and day of week are both given");
    diag_help(d, "exactly one of them must be '?'");
    return false;
}

/* ---- the calendar --------------------------------------------------------------------------- */

struct day {
    int year, month, day, length; /* length of the month */
    int weekday;                  /* 1 is Sunday */
};

static int month_length(int year, int month)
{
    static const int LENGTHS[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return LENGTHS[month - 1] + (month == 2 && leap);
}

/* Whether `d` is the working day of its month that is nearest to day `wanted`. */
static bool is_nearest(const struct day *d, int wanted)
{
    if (d->weekday == 1 || d->weekday == 7 || wanted > d->length)
        return false;
    int away = d->day - wanted, on = ((d->weekday - 1 - away) % 7 + 14) % 7; /* 0: a Sunday */
    if (on == 6)
        return away == (wanted == 1 ? 2 : -1);
    if (on == 0)
        return away == (wanted == d->length ? -2 : 1);
    return away == 0;
}

static bool day_matches(const struct cron *c, const struct day *d)
{
    if (c->by_week) {
        if (c->last_weekday)
            return d->weekday == c->last_weekday && d->day + 7 > d->length;
        if (!(c->weekdays >> d->weekday & 1))
            return false;
        return !c->nth || (d->day + 6) / 7 == c->nth;
    }
    if (c->last_day)
        return d->day == d->length;
    if (c->last_workday)
        return is_nearest(d, d->length);
    for (int wanted = 1; c->nearest && wanted <= d->length; wanted++)
        if (c->nearest >> wanted & 1)
            return is_nearest(d, wanted);
    return c->days >> d->day & 1;
}

enum { DAY_S = 86400 };

static bool time_matches(const struct cron *c, int64_t midnight, int64_t from, int64_t to)
{
    for (int m = 0; m < 24 * 60; m++) {
        int64_t at = midnight + m * 60;
        if (at >= from && at <= to && (c->hours >> m / 60 & 1) && (c->minutes >> m % 60 & 1))
            return true;
    }
    return false;
}

bool cron_comes(const struct cron *c, int64_t from, int64_t to)
{
    int64_t midnight = 0;
    struct day d = { .weekday = 5 }; /* 1970 began on a Thursday */
    for (d.year = CRON_YEAR_MIN; d.year <= CRON_YEAR_MAX; d.year++)
        for (d.month = 1; d.month <= 12; d.month++) {
            d.length = month_length(d.year, d.month);
            bool month = c->years[d.year - CRON_YEAR_MIN] && (c->months >> d.month & 1);
            for (d.day = 1; d.day <= d.length; d.day++) {
                bool inside = midnight + DAY_S > from && midnight <= to;
                if (month && inside && day_matches(c, &d) && time_matches(c, midnight, from, to))
                    return true;
                midnight += DAY_S;
                d.weekday = d.weekday % 7 + 1;
            }
        }
    return false;
}

int cron_last_year(const struct cron *c)
{
    int last = CRON_YEAR_MIN;
    for (int y = CRON_YEAR_MIN; y <= CRON_YEAR_MAX; y++)
        if (c->years[y - CRON_YEAR_MIN])
            last = y;
    return last;
}
