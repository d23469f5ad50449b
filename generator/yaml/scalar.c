#include "yaml/scalar.h"

#include "base/num.h"

#include <math.h>

static bool is_one_of(struct str s, const struct str *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(s, words[i]))
            return true;
    return false;
}

#define WORDS(...)       \
    (const struct str[]) \
    {                    \
        __VA_ARGS__      \
    }
#define IS_WORD(s, ...) \
    is_one_of(s, WORDS(__VA_ARGS__), sizeof(WORDS(__VA_ARGS__)) / sizeof(struct str))

/* Digits of a base, '_' between them skipped where `underscores`; at least one. */
static bool read_digits(struct str digits, int base, bool underscores, struct scalar *out)
{
    int64_t integer = 0;
    double number = 0;
    bool fits = true, any = false;
    for (size_t i = 0; i < digits.n; i++) {
        if (underscores && digits.p[i] == '_')
            continue;
        int value = ascii_hex(digits.p[i]);
        if (value < 0 || value >= base)
            return false;
        any = true;
        number = number * base + value;
        fits = fits && !__builtin_mul_overflow(integer, base, &integer) &&
               !__builtin_add_overflow(integer, value, &integer);
    }
    if (fits)
        *out = (struct scalar){ .kind = NODE_INT, .integer = integer };
    else
        *out = (struct scalar){ .kind = NODE_FLOAT, .number = number };
    return any;
}

static size_t skip_digits(struct str s, size_t at)
{
    while (at < s.n && ascii_is_digit(s.p[at]))
        at++;
    return at;
}

static size_t skip_sign(struct str s)
{
    return s.n && (s.p[0] == '-' || s.p[0] == '+');
}

/* [-+]? [0-9]+ */
static bool read_decimal(struct str s, struct scalar *out)
{
    size_t digits = skip_sign(s);
    if (digits == s.n || skip_digits(s, digits) != s.n)
        return false;
    *out = (struct scalar){ .kind = NODE_INT };
    if (num_get_int(s, &out->integer))
        return true;
    out->kind = NODE_FLOAT;
    return num_get_double(s, &out->number);
}

static bool read_number(struct str s, struct scalar *out)
{
    if (read_decimal(s, out))
        return true;
    if (str_starts(s, S("0o")))
        return read_digits(str_sub(s, 2, s.n), 8, false, out);
    if (str_starts(s, S("0x")))
        return read_digits(str_sub(s, 2, s.n), 16, false, out);
    out->kind = NODE_FLOAT;
    if (num_get_double(s, &out->number)) /* takes what the schema does: "1.", ".5", "+1e3" */
        return true;
    struct str unsigned_part = str_sub(s, skip_sign(s), s.n);
    if (IS_WORD(unsigned_part, S(".inf"), S(".Inf"), S(".INF")))
        *out = (struct scalar){ .kind = NODE_FLOAT,
                                .number = s.p[0] == '-' ? -(double)INFINITY : (double)INFINITY };
    else if (IS_WORD(s, S(".nan"), S(".NaN"), S(".NAN")))
        *out = (struct scalar){ .kind = NODE_FLOAT, .number = (double)NAN };
    else
        return false;
    return true;
}

struct scalar scalar_read(struct str s)
{
    struct scalar out = { .kind = NODE_STR };
    char first = s.n ? s.p[0] : '~';
    if (ascii_is_digit(first) || first == '-' || first == '+' || first == '.') {
        if (!read_number(s, &out))
            out.kind = NODE_STR;
        return out;
    }
    if (s.n > 5) /* longer than "false", shorter than a second look */
        return out;
    if (s.n == 0 || IS_WORD(s, S("~"), S("null"), S("Null"), S("NULL")))
        return (struct scalar){ .kind = NODE_NULL };
    if (IS_WORD(s, S("true"), S("True"), S("TRUE")))
        return (struct scalar){ .kind = NODE_BOOL, .boolean = true };
    if (IS_WORD(s, S("false"), S("False"), S("FALSE")))
        return (struct scalar){ .kind = NODE_BOOL, .boolean = false };
    return out;
}

/* [1-9] [0-9_]* ( : [0-5]? [0-9] )+ in base 60, as YAML 1.1 had it for times */
static bool read_sexagesimal(struct str s, struct scalar *out)
{
    int64_t total = 0;
    struct str rest = s, part;
    size_t parts = 0;
    while (str_split(&rest, ':', &part)) {
        struct scalar value;
        if (parts && (part.n > 2 || (part.n == 2 && part.p[0] > '5')))
            return false;
        if (!read_digits(part, 10, parts == 0, &value) || value.kind != NODE_INT ||
            __builtin_mul_overflow(total, 60, &total) ||
            __builtin_add_overflow(total, value.integer, &total))
            return false;
        parts++;
    }
    *out = (struct scalar){ .kind = NODE_INT, .integer = total };
    return parts > 1 && s.p[0] != '0' && s.p[s.n - 1] != ':';
}

struct scalar scalar_read_11(struct str s)
{
    struct scalar out = { .kind = NODE_STR };
    if (scalar_read(s).kind != NODE_STR)
        return out;
    if (IS_WORD(s, S("y"), S("Y"), S("yes"), S("Yes"), S("YES"), S("on"), S("On"), S("ON")))
        return (struct scalar){ .kind = NODE_BOOL, .boolean = true };
    if (IS_WORD(s, S("n"), S("N"), S("no"), S("No"), S("NO"), S("off"), S("Off"), S("OFF")))
        return (struct scalar){ .kind = NODE_BOOL, .boolean = false };
    size_t sign = skip_sign(s);
    struct str u = str_sub(s, sign, s.n);
    if (u.n == 0 || !ascii_is_digit(u.p[0]))
        return out;
    bool is_number = str_starts(u, S("0b"))   ? read_digits(str_sub(u, 2, u.n), 2, true, &out)
                     : str_starts(u, S("0x")) ? read_digits(str_sub(u, 2, u.n), 16, true, &out)
                     : u.p[0] == '0'          ? read_digits(u, 8, true, &out)
                                     : read_digits(u, 10, true, &out) || read_sexagesimal(u, &out);
    if (!is_number || out.kind != NODE_INT)
        return (struct scalar){ .kind = NODE_STR };
    if (sign && s.p[0] == '-')
        out.integer = -out.integer;
    return out;
}

bool scalar_has_leading_zero(struct str s)
{
    size_t sign = skip_sign(s);
    return s.n > sign + 1 && s.p[sign] == '0' && skip_digits(s, sign) == s.n;
}
