#include "base/num.h"
#include "base/num_powers.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

__extension__ typedef unsigned __int128 u128;

static uint64_t bits_of(double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

static double from_bits(uint64_t bits)
{
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

/* splitmix64: the same numbers on every machine */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static const struct {
    int64_t value;
    const char *text;
} ints[] = {
    { 0, "0" },
    { 7, "7" },
    { -1, "-1" },
    { 1000000, "1000000" },
    { INT64_MAX, "9223372036854775807" },
    { INT64_MIN, "-9223372036854775808" },
};

static void ints_to_text_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++) {
        char out[NUM_TEXT];
        int64_t back;
        assert_int_equal(num_put_int(out, ints[i].value), strlen(ints[i].text));
        assert_string_equal(out, ints[i].text);
        assert_true(num_get_int(str_from(ints[i].text), &back));
        assert_true(back == ints[i].value);
    }
    int64_t back;
    assert_true(num_get_int(S("+0012"), &back) && back == 12);
    assert_true(num_get_int(S("-0"), &back) && back == 0);
}

static void no_ints(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "-",
        "+",
        "--1",
        "1 ",
        " 1",
        "1.0",
        "0x10",
        "1e3",
        "9223372036854775808",
        "12a",
        "-9223372036854775809",
        "99999999999999999999",
        "+-1",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int64_t value = 42;
        if (num_get_int(str_from(texts[i]), &value))
            fail_msg("'%s' was taken for %lld", texts[i], (long long)value);
    }
    int64_t value;
    assert_false(num_get_int((struct str){ "1\0", 2 }, &value));
}

static const struct {
    double value;
    const char *js, *python;
} doubles[] = {
    { 0.0, "0", "0.0" },
    { -0.0, "0", "-0.0" },
    { 1.0, "1", "1.0" },
    { -1.5, "-1.5", "-1.5" },
    { 0.1, "0.1", "0.1" },
    { 0.3, "0.3", "0.3" },
    { 0.1 + 0.2, "0.30000000000000004", "0.30000000000000004" },
    { 100.0, "100", "100.0" },
    { 123456.789, "123456.789", "123456.789" },
    { 1e15, "1000000000000000", "1000000000000000.0" },
    { 1e16, "10000000000000000", "1e+16" },
    { 123456789012345680.0, "123456789012345680", "1.2345678901234568e+17" },
    { 1e20, "100000000000000000000", "1e+20" },
    { 1e21, "1e+21", "1e+21" },
    { 1.5e21, "1.5e+21", "1.5e+21" },
    { 0.0001, "0.0001", "0.0001" },
    { 0.00001, "0.00001", "1e-05" },
    { 0.000001, "0.000001", "1e-06" },
    { 0.0000001, "1e-7", "1e-07" },
    { 1.25e-7, "1.25e-7", "1.25e-07" },
    { 9007199254740991.0, "9007199254740991", "9007199254740991.0" },
    { 9007199254740992.0, "9007199254740992", "9007199254740992.0" },
    { 9007199254740994.0, "9007199254740994", "9007199254740994.0" },
    { 5e-324, "5e-324", "5e-324" },
    { 2.2250738585072011e-308, "2.225073858507201e-308", "2.225073858507201e-308" },
    { 2.2250738585072014e-308, "2.2250738585072014e-308", "2.2250738585072014e-308" },
    { 1.7976931348623157e308, "1.7976931348623157e+308", "1.7976931348623157e+308" },
    { 9.5e-323, "9.4e-323", "9.4e-323" },
    { 2e-323, "2e-323", "2e-323" },
    { 9007199254740993e3, "9007199254740993000", "9.007199254740993e+18" },
    { 4.35, "4.35", "4.35" },
    { 1e23, "1e+23", "1e+23" },
    { 9.999999999999999e22, "1e+23", "1e+23" },
    { 8.41e21, "8.41e+21", "8.41e+21" },
    { 0x1p132, "5.444517870735016e+39", "5.444517870735016e+39" },
    { 1.152921504606847e40, "1.152921504606847e+40", "1.152921504606847e+40" },
    { 9.061488e15, "9061488000000000", "9061488000000000.0" },
};

static void doubles_to_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++) {
        char out[NUM_TEXT];
        assert_int_equal(num_put_double(out, doubles[i].value), strlen(doubles[i].js));
        assert_string_equal(out, doubles[i].js);
        assert_int_equal(num_put_double_python(out, doubles[i].value), strlen(doubles[i].python));
        assert_string_equal(out, doubles[i].python);
    }
    char out[NUM_TEXT];
    num_put_double(out, (double)NAN);
    assert_string_equal(out, "NaN");
    num_put_double(out, -HUGE_VAL);
    assert_string_equal(out, "-Infinity");
    num_put_double_python(out, (double)NAN);
    assert_string_equal(out, "nan");
    num_put_double_python(out, -HUGE_VAL);
    assert_string_equal(out, "-inf");
}

static const struct {
    const char *text;
    double value;
} readings[] = {
    { "0", 0 },
    { "00012", 12 },
    { "+1.5", 1.5 },
    { ".5", 0.5 },
    { "5.", 5 },
    { "5.e2", 500 },
    { "1e0005", 100000 },
    { "1E+2", 100 },
    { "1e-2", 0.01 },
    { "1e400", HUGE_VAL },
    { "-1e400", -HUGE_VAL },
    { "1e-400", 0 },
    { "1e999999999999999999999", HUGE_VAL },
    { "1e-999999999999999999999", 0 },
    { "0e999999999999999999999", 0 },
    { "1.7976931348623157e308", 1.7976931348623157e308 },
    { "1.7976931348623158e308", 1.7976931348623157e308 },
    { "1.7976931348623159e308", HUGE_VAL },
    { "17976931348623158079372897140530341507993413271003782693617377898044496829276475094664"
      "90179775872070963302864166928879109465555478519404026306574886715058206819089020007083"
      "83676273854845817711531764475730270069855571366959622842914819860834936475292719074168"
      "444365510704342711559699508093042880177904174497792",
      HUGE_VAL },
    { "2.4703282292062327e-324", 0 },
    { "-2.4703282292062327208e-324", -0.0 }, /* many digits, and the sign of zero */
    { "2.4703282292062328e-324", 5e-324 },
    { "2.2250738585072011e-308", 2.2250738585072011e-308 },
    { "2.2250738585072012e-308", 2.2250738585072014e-308 },
    { "9007199254740993", 9007199254740992.0 },
    { "9007199254740993.0000000000000000000000000001", 9007199254740994.0 },
    { "9007199254740992.9999999999999999999999999999", 9007199254740992.0 },
    { "0.500000000000000166533453693773481063544750213623046875", 0x1.0000000000002p-1 },
    { "3.2378839133029012895883524125015321748630e-319", 3.2378839133029012e-319 },
    { "6929495644600919.5", 6929495644600920.0 },
    { "0.000000000000000000000000000000000000000000000000001e51", 1 },
    { "100000000000000000000000000000000000000000000000000e-50", 1 },
    { "8.5e15", 8.5e15 },
    { "1e22", 1e22 },
    { "1e23", 1e23 },
};

static void texts_to_doubles(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
        double d = -1;
        if (!num_get_double(str_from(readings[i].text), &d))
            fail_msg("'%s' was refused", readings[i].text);
        if (bits_of(d) != bits_of(readings[i].value))
            fail_msg("'%s' was read as %a, not %a", readings[i].text, d, readings[i].value);
    }
    double d;
    assert_true(num_get_double(S("-0"), &d) && signbit(d));
}

static void no_doubles(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",      "-",   ".",   "+.", "1e", "1e+",  "e5",  "1.2.3", "1,5",
        "0x1p3", "inf", "nan", " 1", "1 ", "1e5.", "--1", "1e5e5",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double d;
        if (num_get_double(str_from(texts[i]), &d))
            fail_msg("'%s' was taken for %g", texts[i], d);
    }
}

/* One digit less does not read back: what we printed is the shortest. */
static void check_against_libc(double d, const char *text)
{
    char *end, shorter[64];
    if (bits_of(strtod(text, &end)) != bits_of(d) || *end)
        fail_msg("%a printed as %s, which strtod reads otherwise", d, text);
    int digits = 0, zeros = 0;
    for (const char *p = text; *p && *p != 'e'; p++) {
        if (!ascii_is_digit(*p) || (*p == '0' && digits == 0))
            continue;
        zeros = *p == '0' ? zeros + 1 : 0;
        digits++;
    }
    digits -= zeros;
    if (digits < 2)
        return;
    snprintf(shorter, sizeof shorter, "%.*e", digits - 2, d);
    if (bits_of(strtod(shorter, NULL)) == bits_of(d))
        fail_msg("%a printed as %s, but %s is enough", d, text, shorter);
}

static void check_round_trip(double d, bool thorough)
{
    char out[NUM_TEXT];
    size_t n = num_put_double(out, d);
    double back;
    if (!num_get_double((struct str){ out, n }, &back) || bits_of(back) != bits_of(d))
        fail_msg("%a printed as %s, read back as %a", d, out, back);
    if (thorough)
        check_against_libc(d, out);
}

static void a_million_random_doubles(void **state)
{
    (void)state;
    uint64_t seed = 20240607;
    for (size_t i = 0; i < 1000000; i++) {
        double d = from_bits(next_random(&seed) & (uint64_t)INT64_MAX);
        if (isfinite(d) && d > 0)
            check_round_trip(d, i % 8 == 0);
    }
    for (size_t i = 0; i < 200000; i++) { /* short decimals, and products that nearly are */
        double d = (double)(next_random(&seed) % 1000000000) / 100;
        check_round_trip(d * 1.1 + 0.01, i % 8 == 0);
        check_round_trip(d + 0.01, i % 8 == 0);
    }
}

static void edges_of_every_binary_exponent(void **state)
{
    (void)state;
    for (uint64_t e = 0; e < 2047; e++) {
        for (uint64_t i = 0; i < 4; i++) {
            check_round_trip(from_bits((e << 52) + i + 1), true);
            check_round_trip(from_bits((e << 52) + (((uint64_t)1 << 52) - 1 - i)), true);
        }
        if (e)
            check_round_trip(from_bits(e << 52), true);
    }
}

/* Decimals of 1 to 30 digits against strtod, most of them near the middle of two doubles. */
static void random_texts_as_strtod_reads_them(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 200000; i++) {
        char text[80];
        uint64_t r = next_random(&seed);
        if (i % 2) {
            double d = from_bits(r & (uint64_t)INT64_MAX);
            if (!isfinite(d))
                continue;
            snprintf(text, sizeof text, "%.*e", 16 + (int)(r % 14), d);
            text[strcspn(text, "e") - 1] = (char)('0' + r % 10);
        } else {
            snprintf(text, sizeof text, "%llu.%llue%d", (unsigned long long)(r >> (r % 60)),
                     (unsigned long long)next_random(&seed), (int)(r % 700) - 350);
        }
        double ours, theirs = strtod(text, NULL);
        if (!num_get_double(str_from(text), &ours) || bits_of(ours) != bits_of(theirs))
            fail_msg("%s read as %a, strtod says %a", text, ours, theirs);
    }
}

static void integers_against_doubles(void **state)
{
    (void)state;
    static const struct {
        int64_t i;
        double d;
        int want;
    } cases[] = {
        { 1, 1.0, 0 },
        { 1, 1.5, -1 },
        { 2, 1.5, 1 },
        { -1, -1.5, 1 },
        { -2, -1.5, -1 },
        { 0, -0.0, 0 },
        { 0, 5e-324, -1 },
        { 0, -5e-324, 1 },
        { 9007199254740993, 9007199254740992.0, 1 },
        { 9007199254740993, 9007199254740994.0, -1 },
        { INT64_MAX, 9223372036854775808.0, -1 },
        { INT64_MAX, 9223372036854774784.0, 1 },
        { INT64_MIN, -9223372036854775808.0, 0 },
        { INT64_MIN, -9223372036854777856.0, 1 },
        { INT64_MAX, HUGE_VAL, -1 },
        { INT64_MIN, -HUGE_VAL, 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int c = num_compare(cases[i].i, cases[i].d);
        if ((c > 0) - (c < 0) != cases[i].want)
            fail_msg("%lld against %a gives %d", (long long)cases[i].i, cases[i].d, c);
    }
    assert_int_equal(num_compare(0, (double)NAN), 2);
}

/* A natural number, least word first, wide enough for 10^342 * 2^128. */
struct big {
    uint64_t word[24];
};

static void big_times(struct big *b, uint64_t factor)
{
    u128 carry = 0;
    for (size_t i = 0; i < 24; i++) {
        carry += (u128)b->word[i] * factor;
        b->word[i] = (uint64_t)carry;
        carry >>= 64;
    }
    assert_true(carry == 0);
}

static int big_top(const struct big *b)
{
    int i = 23;
    while (b->word[i] == 0)
        i--;
    return i * 64 + 63 - __builtin_clzll(b->word[i]);
}

static int big_compare(const struct big *a, const struct big *b)
{
    for (int i = 23; i >= 0; i--)
        if (a->word[i] != b->word[i])
            return a->word[i] < b->word[i] ? -1 : 1;
    return 0;
}

static struct big big_power(int k)
{
    struct big b = { { 1 } };
    for (int i = 0; i < k; i++)
        big_times(&b, 10);
    return b;
}

static struct power top_bits(const struct big *b)
{
    struct power p = { 0, 0 };
    int top = big_top(b);
    for (int i = 0; i < 128; i++) {
        int at = top - i;
        uint64_t bit = at >= 0 ? b->word[at / 64] >> (at % 64) & 1 : 0;
        *(i < 64 ? &p.high : &p.low) |= bit << (63 - i % 64);
    }
    return p;
}

/* floor(2^s / 10^k): the only 128-bit t with t * 10^k <= 2^s < (t + 1) * 10^k. */
static bool is_reciprocal(struct power t, int k)
{
    struct big ten = big_power(k), low = { { 0 } }, high, two = { { 0 } };
    struct big shifted = ten;
    big_times(&shifted, t.low);
    low = shifted;
    shifted = ten;
    big_times(&shifted, t.high);
    u128 carry = 0;
    for (size_t i = 0; i < 24; i++) { /* low + shifted * 2^64 */
        carry += (u128)low.word[i] + (i ? shifted.word[i - 1] : 0);
        low.word[i] = (uint64_t)carry;
        carry >>= 64;
    }
    high = low;
    carry = 0;
    for (size_t i = 0; i < 24; i++) {
        carry += (u128)high.word[i] + ten.word[i];
        high.word[i] = (uint64_t)carry;
        carry >>= 64;
    }
    int s = big_top(&high);
    two.word[s / 64] = (uint64_t)1 << (s % 64);
    return t.high >> 63 && big_compare(&low, &two) <= 0 && big_compare(&two, &high) < 0;
}

static void every_power_of_ten_is_right(void **state)
{
    (void)state;
    for (int k = 0; k <= POWER_MAX; k++) {
        struct big b = big_power(k);
        struct power want = top_bits(&b), have = POWERS[k - POWER_MIN];
        if (want.high != have.high || want.low != have.low)
            fail_msg("10^%d is wrong", k);
    }
    for (int k = 1; k <= -POWER_MIN; k++)
        if (!is_reciprocal(POWERS[-k - POWER_MIN], k))
            fail_msg("10^-%d is wrong", k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ints_to_text_and_back),
        cmocka_unit_test(no_ints),
        cmocka_unit_test(doubles_to_text),
        cmocka_unit_test(texts_to_doubles),
        cmocka_unit_test(no_doubles),
        cmocka_unit_test(a_million_random_doubles),
        cmocka_unit_test(edges_of_every_binary_exponent),
        cmocka_unit_test(random_texts_as_strtod_reads_them),
        cmocka_unit_test(integers_against_doubles),
        cmocka_unit_test(every_power_of_ten_is_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
