#include "asl/asl_time.h"

/* n digits at *at as a number; -1 if they are not there. */
static int digits(struct str s, size_t *at, size_t n)
{
    int value = 0;
    if (*at + n > s.n)
        return -1;
    for (size_t i = 0; i < n; i++) {
        char c = s.p[*at + i];
        if (!ascii_is_digit(c))
            return -1;
        value = value * 10 + (c - '0');
    }
    *at += n;
    return value;
}

static bool take(struct str s, size_t *at, char c)
{
    if (*at >= s.n || s.p[*at] != c)
        return false;
    ++*at;
    return true;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar; years are counted from March, so that
 * the leap day comes last. */
static int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t shifted = month > 2 ? month - 3 : month + 9;
    int64_t of_year = (153 * shifted + 2) / 5 + day - 1;
    int64_t leap = y >= 0 ? y / 4 - y / 100 + y / 400 : -1;
    return y * 365 + leap + of_year - 719468;
}

static int days_in_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* "Z" or "+hh:mm"; the offset in seconds. */
static bool zone(struct str s, size_t *at, int *offset)
{
    *offset = 0;
    if (take(s, at, 'Z'))
        return true;
    int sign = take(s, at, '+') ? 1 : take(s, at, '-') ? -1 : 0;
    if (sign == 0)
        return false;
    int hours = digits(s, at, 2);
    if (!take(s, at, ':'))
        return false;
    int minutes = digits(s, at, 2);
    *offset = sign * (hours * 3600 + minutes * 60);
    return hours >= 0 && hours <= 23 && minutes >= 0 && minutes <= 59;
}

static bool fraction(struct str s, size_t *at, uint32_t *nanos)
{
    *nanos = 0;
    if (!take(s, at, '.'))
        return true;
    size_t from = *at;
    for (uint32_t unit = 100000000; *at < s.n && ascii_is_digit(s.p[*at]); ++*at, unit /= 10)
        *nanos += unit * (uint32_t)(s.p[*at] - '0');
    return *at > from;
}

bool asl_time_parse(struct str s, struct asl_time *out)
{
    size_t at = 0;
    int offset;
    int year = digits(s, &at, 4);
    bool ok = take(s, &at, '-');
    int month = digits(s, &at, 2);
    ok = take(s, &at, '-') && ok;
    int day = digits(s, &at, 2);
    ok = take(s, &at, 'T') && ok;
    int hour = digits(s, &at, 2);
    ok = take(s, &at, ':') && ok;
    int minute = digits(s, &at, 2);
    ok = take(s, &at, ':') && ok;
    int second = digits(s, &at, 2);
    if (!ok || year < 0 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23 ||
        minute < 0 || minute > 59 || second < 0 || second > 59 ||
        day > days_in_month(year, month) || !fraction(s, &at, &out->nanos) ||
        !zone(s, &at, &offset) || at != s.n)
        return false;
    out->seconds =
        days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
    return true;
}
