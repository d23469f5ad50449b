#include "aws/instant.h"

/* Days since 1970-01-01 of a day in the proleptic Gregorian calendar, years from 1970 on. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month <= 2 ? year - 1 : year, m = (month + 9) % 12; /* March is 0 */
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 719469;
}

/* n digits at *at, which moves past them; -1 if they are none. */
static int64_t digits(struct str s, size_t *at, size_t n)
{
    int64_t value = 0;
    if (s.n < *at + n)
        return -1;
    for (size_t end = *at + n; *at < end; ++*at) {
        if (!ascii_is_digit(s.p[*at]))
            return -1;
        value = value * 10 + (s.p[*at] - '0');
    }
    return value;
}

static bool mark(struct str s, size_t *at, char c)
{
    if (*at >= s.n || ascii_lower(s.p[*at]) != ascii_lower(c))
        return false;
    ++*at;
    return true;
}

/* "08:49:37" */
static bool clock_time(struct str s, size_t *at, int64_t *seconds)
{
    int64_t h = digits(s, at, 2);
    int64_t m = mark(s, at, ':') ? digits(s, at, 2) : -1;
    int64_t sec = mark(s, at, ':') ? digits(s, at, 2) : -1;
    *seconds = h * 3600 + m * 60 + sec;
    return h >= 0 && h < 24 && m >= 0 && m < 60 && sec >= 0 && sec <= 60;
}

static bool valid_day(int64_t year, int64_t month, int64_t day)
{
    return year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

bool instant_parse(struct str s, int64_t *out)
{
    size_t at = 0;
    int64_t time, year = digits(s, &at, 4);
    int64_t month = mark(s, &at, '-') ? digits(s, &at, 2) : -1;
    int64_t day = mark(s, &at, '-') ? digits(s, &at, 2) : -1;
    if (!valid_day(year, month, day) || !mark(s, &at, 'T') || !clock_time(s, &at, &time))
        return false;
    if (mark(s, &at, '.'))
        while (at < s.n && ascii_is_digit(s.p[at]))
            at++;
    *out = days_of(year, month, day) * 86400 + time;
    if (mark(s, &at, 'Z'))
        return at == s.n;
    bool behind = at < s.n && s.p[at] == '-';
    if (at >= s.n || (!behind && s.p[at] != '+'))
        return at == s.n; /* without an offset: UTC, as the SSO cache of old tools has it */
    at++;
    int64_t hours = digits(s, &at, 2);
    mark(s, &at, ':');
    int64_t minutes = digits(s, &at, 2);
    *out += (behind ? 1 : -1) * (hours * 3600 + minutes * 60);
    return hours >= 0 && minutes >= 0 && at == s.n;
}

bool instant_parse_http(struct str s, int64_t *out)
{
    static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    size_t at = str_find_char(s, ',', 0);
    at = at == SIZE_MAX ? 0 : at + 1;
    int64_t month = -1, time;
    mark(s, &at, ' ');
    int64_t day = digits(s, &at, 2);
    if (day < 0 || !mark(s, &at, ' ') || s.n < at + 3)
        return false;
    for (int64_t i = 0; i < 12; i++)
        if (memcmp(MONTHS + 3 * i, s.p + at, 3) == 0)
            month = i + 1;
    at += 3;
    int64_t year = mark(s, &at, ' ') ? digits(s, &at, 4) : -1;
    if (!valid_day(year, month, day) || !mark(s, &at, ' ') || !clock_time(s, &at, &time))
        return false;
    *out = days_of(year, month, day) * 86400 + time;
    return true;
}
