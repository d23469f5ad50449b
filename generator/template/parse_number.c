#include "template/parse_number.h"

#include "base/mem.h"
#include "base/num.h"
#include "template/big.h"
#include "template/unicode.h"

#include <math.h>

/* s without '_' between its characters, in memory to be freed; false if one stands elsewhere. */
static bool without_underscores(struct str s, struct str *out)
{
    char *p = mem_alloc(s.n + 1);
    size_t n = 0;
    bool good = true;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '_')
            p[n++] = s.p[i];
        else if (i == 0 || i + 1 == s.n || !ascii_is_alnum(s.p[i - 1]) ||
                 !ascii_is_alnum(s.p[i + 1]))
            good = false;
    }
    *out = (struct str){ p, n };
    return good;
}

static int prefix_base(struct str s)
{
    if (s.n < 2 || s.p[0] != '0')
        return 0;
    switch (ascii_lower(s.p[1])) {
    case 'b':
        return 2;
    case 'o':
        return 8;
    case 'x':
        return 16;
    default:
        return 0;
    }
}

bool python_int(struct str s, int base, struct val *out)
{
    s = trim_start(trim_end(s));
    bool negative = s.n && s.p[0] == '-';
    if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
        s = str_sub(s, 1, s.n);
    int prefix = prefix_base(s);
    if (prefix && (base == 0 || base == prefix)) {
        s = str_sub(s, 2, s.n);
        base = prefix;
        if (s.n && s.p[0] == '_')
            s = str_sub(s, 1, s.n);
    } else if (base == 0) {
        base = 10;
        for (size_t i = 1; i < s.n && s.p[0] == '0'; i++)
            if (s.p[i] != '0' && s.p[i] != '_')
                return false;
    }
    struct str digits;
    bool good = without_underscores(s, &digits) && big_parse(digits, base, negative, out);
    mem_free((char *)digits.p);
    return good;
}

static bool is_word(struct str s, struct str word)
{
    if (s.n != word.n)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (ascii_lower(s.p[i]) != word.p[i])
            return false;
    return true;
}

/* digits [. digits] [e digits], with at least one digit in front or behind the point. */
static bool has_float_form(struct str s)
{
    size_t i = 0, digits = 0;
    for (; i < s.n && ascii_is_digit(s.p[i]); i++)
        digits++;
    if (i < s.n && s.p[i] == '.')
        for (i++; i < s.n && ascii_is_digit(s.p[i]); i++)
            digits++;
    if (!digits)
        return false;
    if (i < s.n && ascii_lower(s.p[i]) == 'e') {
        i++;
        if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
            i++;
        size_t from = i;
        while (i < s.n && ascii_is_digit(s.p[i]))
            i++;
        if (i == from)
            return false;
    }
    return i == s.n;
}

bool python_float(struct str s, double *out)
{
    s = trim_start(trim_end(s));
    bool negative = s.n && s.p[0] == '-';
    if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
        s = str_sub(s, 1, s.n);
    if (is_word(s, S("inf")) || is_word(s, S("infinity"))) {
        *out = negative ? -INFINITY : INFINITY;
        return true;
    }
    if (is_word(s, S("nan"))) {
        *out = NAN;
        return true;
    }
    struct str digits;
    bool good = without_underscores(s, &digits) && has_float_form(digits);
    if (good) {
        struct str text = digits;
        if (text.n && text.p[0] == '.') { /* num.h wants a digit first */
            char *p = mem_alloc(text.n + 1);
            p[0] = '0';
            memcpy(p + 1, text.p, text.n);
            text = (struct str){ p, text.n + 1 };
            good = num_get_double(text, out);
            mem_free(p);
        } else {
            good = num_get_double(text, out);
        }
        if (negative)
            *out = -*out;
    }
    mem_free((char *)digits.p);
    return good;
}
