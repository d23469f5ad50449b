#include "base/num.h"

#include "base/mem.h"
#include "base/num_powers.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

__extension__ typedef unsigned __int128 u128;

size_t num_put_int(char out[static NUM_TEXT], int64_t i)
{
    char digits[20];
    size_t n = 0, at = 0;
    uint64_t u = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
    do
        digits[n++] = (char)('0' + u % 10);
    while (u /= 10);
    if (i < 0)
        out[at++] = '-';
    while (n)
        out[at++] = digits[--n];
    out[at] = '\0';
    return at;
}

/* A finite positive number as digits * 10^exponent, the digits as few as tell it from every other
 * double, without trailing zeros. */
struct decimal {
    uint64_t digits;
    int exponent;
};

static struct power power_of_ten(int k)
{
    return POWERS[k - POWER_MIN];
}

/* floor(log2(10^e)) and floor(log10(2^e)), the latter of 3/4 * 2^e where `narrow`; exact over the
 * exponents of doubles. The shifts of negative numbers round down on every compiler we know. */
static int floor_log2_pow10(int e)
{
    return (e * 1741647) >> 19;
}

static int floor_log10_pow2(int e, bool narrow)
{
    return (e * 1262611 - (narrow ? 524031 : 0)) >> 22;
}

/* The integer part of g * c / 2^128, its last bit set if anything was cut off. */
static uint64_t multiply_to_odd(struct power g, uint64_t c)
{
    u128 low = (u128)g.low * c;
    u128 high = (u128)g.high * c + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* Schubfach (R. Giulietti, "The Schubfach way to render doubles", 2020): of the decimals within
 * the rounding interval of c * 2^q, the shortest, and of those the nearest. Everything is scaled by
 * 4 * 10^-k, so that the interval is between 4 and 40 wide. */
static struct decimal shortest(uint64_t c, int q, bool narrow)
{
    int k = floor_log10_pow2(q, narrow);
    int h = q + floor_log2_pow10(-k) + 1;
    struct power g = power_of_ten(-k);
    if (-k < 0 || -k > 55)
        g.low++; /* rounded up where inexact; no row ends in all ones */

    bool odd = c & 1; /* ends of the interval round away from an odd significand */
    uint64_t lower = multiply_to_odd(g, (4 * c - 2 + narrow) << h) + odd;
    uint64_t value = multiply_to_odd(g, (4 * c) << h);
    uint64_t upper = multiply_to_odd(g, (4 * c + 2) << h) - odd;

    uint64_t s = value / 4;
    if (s >= 10) {
        uint64_t ten = s / 10;
        bool down = lower <= 40 * ten, up = 40 * ten + 40 <= upper;
        if (down != up)
            return (struct decimal){ ten + up, k + 1 };
    }
    bool down = lower <= 4 * s, up = 4 * s + 4 <= upper;
    if (down == up)
        up = value > 4 * s + 2 || (value == 4 * s + 2 && (s & 1));
    return (struct decimal){ s + up, k };
}

static struct decimal to_decimal(double d)
{
    enum { FRACTION_BITS = 52, BIAS = 1075 };
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    uint64_t fraction = bits & (((uint64_t)1 << FRACTION_BITS) - 1);
    int exponent = (int)(bits >> FRACTION_BITS & 0x7FF);
    uint64_t c = exponent ? fraction | (uint64_t)1 << FRACTION_BITS : fraction;
    int q = (exponent ? exponent : 1) - BIAS;

    struct decimal r;
    if (q <= 0 && q > -53 && (c & (((uint64_t)1 << -q) - 1)) == 0)
        r = (struct decimal){ c >> -q, 0 }; /* an integer below 2^53 */
    else
        r = shortest(c, q, fraction == 0 && exponent > 1);
    while (r.digits % 10 == 0) {
        r.digits /= 10;
        r.exponent++;
    }
    return r;
}

/* The decimal's digits and where its point stands: 0.DIGITS * 10^point. */
struct layout {
    char digits[20];
    int n, point;
};

static struct layout lay_out(double d)
{
    struct decimal r = to_decimal(d);
    struct layout l;
    char text[NUM_TEXT];
    l.n = (int)num_put_int(text, (int64_t)r.digits);
    memcpy(l.digits, text, (size_t)l.n);
    l.point = l.n + r.exponent;
    return l;
}

static char *put_bytes(char *out, const char *p, int n)
{
    memcpy(out, p, (size_t)n);
    return out + n;
}

static char *put_zeros(char *out, int n)
{
    memset(out, '0', (size_t)n);
    return out + n;
}

/* d.ddde±x with at least `width` digits in the exponent. */
static char *put_exponent_form(char *out, const struct layout *l, int width)
{
    *out++ = l->digits[0];
    if (l->n > 1) {
        *out++ = '.';
        out = put_bytes(out, l->digits + 1, l->n - 1);
    }
    int e = l->point - 1;
    *out++ = 'e';
    *out++ = e < 0 ? '-' : '+';
    char text[NUM_TEXT];
    int n = (int)num_put_int(text, e < 0 ? -e : e);
    if (n < width)
        out = put_zeros(out, width - n);
    return put_bytes(out, text, n);
}

static char *put_plain_form(char *out, const struct layout *l)
{
    if (l->point <= 0) {
        out = put_bytes(out, "0.", 2);
        out = put_zeros(out, -l->point);
        return put_bytes(out, l->digits, l->n);
    }
    if (l->point >= l->n) {
        out = put_bytes(out, l->digits, l->n);
        return put_zeros(out, l->point - l->n);
    }
    out = put_bytes(out, l->digits, l->point);
    *out++ = '.';
    return put_bytes(out, l->digits + l->point, l->n - l->point);
}

static size_t put_word(char *out, const char *word)
{
    size_t n = strlen(word);
    memcpy(out, word, n + 1);
    return n;
}

size_t num_put_double(char out[static NUM_TEXT], double d)
{
    if (isnan(d))
        return put_word(out, "NaN");
    if (isinf(d))
        return put_word(out, d < 0 ? "-Infinity" : "Infinity");
    char *p = out;
    if (d < 0) {
        *p++ = '-';
        d = -d;
    }
    if (!(d > 0))
        return put_word(out, "0");
    struct layout l = lay_out(d);
    p = l.point > 21 || l.point < -5 ? put_exponent_form(p, &l, 1) : put_plain_form(p, &l);
    *p = '\0';
    return (size_t)(p - out);
}

size_t num_put_double_python(char out[static NUM_TEXT], double d)
{
    if (isnan(d))
        return put_word(out, "nan");
    if (isinf(d))
        return put_word(out, d < 0 ? "-inf" : "inf");
    char *p = out;
    if (signbit(d)) {
        *p++ = '-';
        d = -d;
    }
    if (!(d > 0))
        return put_word(p, "0.0") + (size_t)(p - out);
    struct layout l = lay_out(d);
    if (l.point > 16 || l.point < -3) {
        p = put_exponent_form(p, &l, 2);
    } else {
        p = put_plain_form(p, &l);
        if (l.point >= l.n)
            p = put_bytes(p, ".0", 2);
    }
    *p = '\0';
    return (size_t)(p - out);
}

bool num_get_int(struct str s, int64_t *out)
{
    bool negative = s.n && s.p[0] == '-';
    size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+');
    if (i == s.n)
        return false;
    int64_t value = 0;
    for (; i < s.n; i++) {
        if (!ascii_is_digit(s.p[i]))
            return false;
        int digit = s.p[i] - '0'; /* downwards, since INT64_MIN has no positive twin */
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value))
            return false;
    }
    return negative ? (*out = value, true) : !__builtin_sub_overflow((int64_t)0, value, out);
}

/* A number as it is written: w * 10^exponent, `cut` if more digits than fit stood behind w. */
struct written_number {
    uint64_t w;
    int64_t exponent;
    bool negative, cut;
};

static const int64_t EXPONENT_CEILING = 1000000000000; /* beyond what any text can make up for */

/* [+-] ( digits [ . digits? ] | . digits ) ( [eE] [+-] digits )? */
static bool scan_number(struct str s, struct written_number *r)
{
    enum { DIGITS = 19 }; /* always fit 64 bits */
    *r = (struct written_number){ .negative = s.n && s.p[0] == '-' };
    size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+');
    int kept = 0;
    bool any = false, point = false;
    for (; i < s.n && (ascii_is_digit(s.p[i]) || (s.p[i] == '.' && !point)); i++) {
        if (s.p[i] == '.') {
            point = true;
            continue;
        }
        any = true;
        if (kept < DIGITS) {
            r->w = r->w * 10 + (uint64_t)(s.p[i] - '0');
            kept += r->w != 0;
            r->exponent -= point;
        } else {
            r->cut |= s.p[i] != '0';
            r->exponent += !point;
        }
    }
    if (!any)
        return false;
    if (i == s.n)
        return true;
    if (s.p[i] != 'e' && s.p[i] != 'E')
        return false;
    i++;
    bool minus = i < s.n && s.p[i] == '-';
    i += i < s.n && (s.p[i] == '-' || s.p[i] == '+');
    if (i == s.n)
        return false;
    int64_t e = 0;
    for (; i < s.n; i++) {
        if (!ascii_is_digit(s.p[i]))
            return false;
        if (e < EXPONENT_CEILING)
            e = e * 10 + (s.p[i] - '0');
    }
    r->exponent += minus ? -e : e;
    return true;
}

/* Both factors are exact doubles, so one operation rounds once (W. Clinger, "How to read floating
 * point numbers accurately", 1990). */
bool num_exact_double(uint64_t w, int64_t exponent, double *out)
{
    static const double TENS[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
    if (w > (uint64_t)1 << 53 || exponent < -22 || exponent > 22)
        return false;
    *out = exponent < 0 ? (double)w / TENS[-exponent] : (double)w * TENS[exponent];
    return true;
}

/* The bits of the double nearest to w * 10^q, w not 0 and q within the table (D. Lemire, "Number
 * parsing at a gigabyte per second", 2021; N. Mushtak and D. Lemire, "Fast number parsing without
 * fallback", 2022). */
static uint64_t eisel_lemire(uint64_t w, int q)
{
    int zeros = __builtin_clzll(w);
    w <<= zeros;
    struct power t = power_of_ten(q);
    if (q < 0 && q >= -27)
        t.low++; /* quotients that come out even must not fall below */
    u128 product = (u128)w * t.high;
    if ((product >> 64 & 0x1FF) == 0x1FF) {
        u128 more = (u128)w * t.low;
        product += (uint64_t)(more >> 64);
    }
    uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
    int upper = (int)(high >> 63);
    int shift = upper + 64 - 52 - 3;
    uint64_t m = high >> shift; /* 54 bits: the significand and one to round by */
    int exponent = floor_log2_pow10(q) + 63 + upper - zeros + 1023;

    if (exponent <= 0) { /* below the normal numbers */
        if (1 - exponent >= 64)
            return 0;
        m >>= 1 - exponent;
        return (m + (m & 1)) >> 1; /* may round up to the smallest normal: its bits are the same */
    }
    if (low <= 1 && q >= -4 && q <= 23 && (m & 3) == 1 && m << shift == high)
        m &= ~(uint64_t)1; /* exactly between two doubles: to the even one */
    m = (m + (m & 1)) >> 1;
    if (m >= (uint64_t)2 << 52) {
        m = (uint64_t)1 << 52;
        exponent++;
    }
    if (exponent >= 0x7FF)
        return (uint64_t)0x7FF << 52;
    return (m & ~((uint64_t)1 << 52)) | (uint64_t)exponent << 52;
}

static double double_from_bits(uint64_t bits)
{
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

static double read_in_range(uint64_t w, int64_t q)
{
    if (w == 0 || q < POWER_MIN)
        return 0;
    if (q > 308)
        return HUGE_VAL;
    return double_from_bits(eisel_lemire(w, (int)q));
}

/* More digits than 64 bits hold, and they matter: the C library reads any number of them. */
static double read_long(struct str s)
{
    char *text = mem_alloc(s.n + 1);
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    double d = strtod_l(text, NULL, c);
    freelocale(c);
    mem_free(text);
    return fabs(d);
}

bool num_get_double(struct str s, double *out)
{
    struct written_number n;
    if (!scan_number(s, &n))
        return false;
    double d;
    if (n.cut || !num_exact_double(n.w, n.exponent, &d)) {
        d = read_in_range(n.w, n.exponent);
        if (n.cut && d != read_in_range(n.w + 1, n.exponent))
            d = read_long(s);
    }
    *out = n.negative ? -d : d;
    return true;
}

int num_compare(int64_t i, double d)
{
    if (isnan(d))
        return 2;
    if (d >= 9223372036854775808.0)
        return -1;
    if (d < -9223372036854775808.0)
        return 1;
    int64_t whole = (int64_t)d;
    if (i != whole)
        return i < whole ? -1 : 1;
    double rest = d - (double)whole;
    return rest > 0 ? -1 : rest < 0;
}
