#include "template/format.h"

#include "base/num.h"
#include "base/utf8.h"
#include "template/big.h"
#include "template/filters.h"
#include "template/object.h"

#include <math.h>
#include <stdio.h>

enum { MOST_DIGITS = 400 }; /* of precision */

/* A number in parts, to be put together with padding between sign and digits. */
struct parts {
    char sign;          /* or '\0' */
    const char *prefix; /* "0x" … */
    struct buf digits;
};

static void pad(struct vm *vm, struct buf *out, char c, size_t n)
{
    if (n && vm_claim(vm, n))
        buf_fill(out, c, n);
}

static bool is_integral(struct val v)
{
    return v.kind == VAL_INT || v.kind == VAL_BOOL || is_ext(v, &big_type);
}

static bool as_float(struct val v, double *d)
{
    switch (v.kind) {
    case VAL_FLOAT:
        *d = v.number;
        return true;
    case VAL_INT:
        *d = (double)v.integer;
        return true;
    case VAL_BOOL:
        *d = v.boolean;
        return true;
    default:
        if (!is_ext(v, &big_type))
            return false;
        *d = big_to_double(v);
        return true;
    }
}

static void put_radix(struct buf *out, uint64_t u, unsigned base, bool upper)
{
    char digits[64];
    size_t n = 0;
    do {
        digits[n++] = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[u % base];
        u /= base;
    } while (u);
    while (n)
        buf_putc(out, digits[--n]);
}

/* The digits of an integer (or of a float cut off) in the base of `type`. */
static bool integer_parts(struct vm *vm, struct val v, char type, struct parts *p)
{
    struct val whole = v.kind == VAL_BOOL ? val_int(v.boolean) : val_copy(v);
    if (v.kind == VAL_FLOAT) {
        if (!isfinite(v.number)) {
            vm_fail(vm, "number-overflow", "this float is no integer");
            return false;
        }
        whole = big_from_double(trunc(v.number));
    }
    unsigned base = type == 'x' || type == 'X' ? 16 : type == 'o' ? 8 : type == 'b' ? 2 : 10;
    if (whole.kind == VAL_INT) {
        if (whole.integer < 0)
            p->sign = '-';
        uint64_t u = whole.integer < 0 ? 0 - (uint64_t)whole.integer : (uint64_t)whole.integer;
        put_radix(&p->digits, u, base, type == 'X');
    } else if (base == 10) {
        big_put(&p->digits, whole);
        if (p->digits.p[0] == '-') {
            p->sign = '-';
            memmove(p->digits.p, p->digits.p + 1, --p->digits.n);
        }
    } else {
        vm_fail(vm, "integer-overflow", "only decimal digits are known of integers this large");
    }
    val_free(whole);
    return !vm->failed;
}

static void float_parts(double d, char type, int precision, bool alternate, struct parts *p)
{
    char text[MOST_DIGITS + 400];
    int n = 0;
    if (signbit(d) && !isnan(d)) {
        p->sign = '-';
        d = -d;
    }
    if (precision > MOST_DIGITS)
        precision = MOST_DIGITS;
    if (!isfinite(d)) {
        bool upper = ascii_is_upper(type);
        buf_put(&p->digits, isnan(d) ? upper ? S("NAN") : S("nan") : upper ? S("INF") : S("inf"));
        return;
    }
    switch (type) {
    case 'e':
        n = snprintf(text, sizeof text, alternate ? "%#.*e" : "%.*e", precision, d);
        break;
    case 'E':
        n = snprintf(text, sizeof text, alternate ? "%#.*E" : "%.*E", precision, d);
        break;
    case 'g':
        n = snprintf(text, sizeof text, alternate ? "%#.*g" : "%.*g", precision, d);
        break;
    case 'G':
        n = snprintf(text, sizeof text, alternate ? "%#.*G" : "%.*G", precision, d);
        break;
    default:
        n = snprintf(text, sizeof text, alternate ? "%#.*f" : "%.*f", precision, d);
        break;
    }
    buf_put(&p->digits, (struct str){ text, (size_t)n });
}

/* "…" % values. */

struct percent {
    struct vm *vm;
    struct buf *out;
    struct str format;
    size_t at;
    struct val values;
    size_t next;
    bool map_used;
    bool safe;
};

static struct val borrowed_none(void)
{
    return val_null();
}

static struct val next_value(struct percent *p)
{
    bool tuple = is_tuple(p->values);
    size_t n = tuple ? peek_count(p->values) : 1;
    if (p->next >= n) {
        vm_fail(p->vm, "wrong-count", "there are fewer values than the format asks for");
        return borrowed_none();
    }
    p->next++;
    return tuple ? peek_item(p->values, p->next - 1) : p->values;
}

/* %(name): the value of that key; borrowed. */
static bool named_value(struct percent *p, struct val *v)
{
    size_t end = p->at + 1, depth = 1;
    for (; end < p->format.n && depth; end++)
        depth += p->format.p[end] == '(' ? 1 : p->format.p[end] == ')' ? (size_t)-1 : 0;
    if (depth) {
        vm_fail(p->vm, "bad-format", "the format ends inside a '%%('");
        return false;
    }
    struct str name = str_sub(p->format, p->at + 1, end - 1);
    p->at = end;
    if (p->values.kind != VAL_MAP) {
        vm_fail(p->vm, "wrong-type", "'%%(%.*s)' needs a map of values", STR(name));
        return false;
    }
    p->map_used = true;
    *v = peek_get(p->values, name);
    if (is_missing(*v)) {
        vm_fail(p->vm, "bad-format", "there is no value '%.*s' for the format", STR(name));
        return false;
    }
    return true;
}

struct spec {
    bool left, plus, blank, alternate, zero;
    size_t width;
    int precision; /* -1: none */
};

static bool read_count(struct percent *p, int64_t *n)
{
    *n = 0;
    if (p->at < p->format.n && p->format.p[p->at] == '*') {
        p->at++;
        struct val v = next_value(p);
        return !p->vm->failed && value_int(p->vm, v, "the width", n);
    }
    for (; p->at < p->format.n && ascii_is_digit(p->format.p[p->at]); p->at++)
        if (*n < 100000000)
            *n = *n * 10 + (p->format.p[p->at] - '0');
    return true;
}

static bool read_spec(struct percent *p, struct spec *s)
{
    int64_t n;
    *s = (struct spec){ .precision = -1 };
    for (; p->at < p->format.n; p->at++) {
        char c = p->format.p[p->at];
        if (c == '-')
            s->left = true;
        else if (c == '+')
            s->plus = true;
        else if (c == ' ')
            s->blank = true;
        else if (c == '#')
            s->alternate = true;
        else if (c == '0')
            s->zero = true;
        else
            break;
    }
    if (!read_count(p, &n))
        return false;
    s->left |= n < 0;
    s->width = (size_t)(n < 0 ? -n : n);
    if (p->at < p->format.n && p->format.p[p->at] == '.') {
        p->at++;
        if (!read_count(p, &n))
            return false;
        s->precision = n < 0 ? 0 : n > MOST_DIGITS ? MOST_DIGITS : (int)n;
    }
    while (p->at < p->format.n && strchr("hlL", p->format.p[p->at]) && p->format.p[p->at])
        p->at++; /* sizes of C, which Python ignores too */
    return true;
}

static void put_padded(struct percent *p, const struct spec *s, struct str text)
{
    size_t n = utf8_length(text), blank = s->width > n ? s->width - n : 0;
    if (!s->left)
        pad(p->vm, p->out, ' ', blank);
    buf_put(p->out, text);
    if (s->left)
        pad(p->vm, p->out, ' ', blank);
}

static void put_number(struct percent *p, const struct spec *s, struct parts *n)
{
    char sign = n->sign ? n->sign : s->plus ? '+' : s->blank ? ' ' : '\0';
    size_t digits = n->digits.n, used = digits + (sign != '\0') + strlen(n->prefix);
    size_t fill = s->width > used ? s->width - used : 0;
    if (!s->left && !s->zero)
        pad(p->vm, p->out, ' ', fill);
    if (sign)
        buf_putc(p->out, sign);
    buf_put(p->out, str_from(n->prefix));
    if (!s->left && s->zero)
        pad(p->vm, p->out, '0', fill);
    buf_put(p->out, buf_str(&n->digits));
    if (s->left)
        pad(p->vm, p->out, ' ', fill);
}

static void put_integer(struct percent *p, const struct spec *s, struct val v, char type)
{
    struct parts n = { .prefix = "" };
    buf_init(&n.digits, 0);
    bool radix = type == 'x' || type == 'X' || type == 'o';
    if (!is_integral(v) && (radix || v.kind != VAL_FLOAT)) {
        if (v.kind == VAL_UNDEFINED)
            undefined_fail(p->vm, v);
        else
            vm_fail(p->vm, "wrong-type", "'%%%c' needs a number, not %s", type, value_kind(v));
    } else if (integer_parts(p->vm, v, type, &n)) {
        struct buf zeros;
        buf_init(&zeros, 0);
        if (s->precision > 0 && n.digits.n < (size_t)s->precision)
            buf_fill(&zeros, '0', (size_t)s->precision - n.digits.n);
        buf_put(&zeros, buf_str(&n.digits));
        buf_done(&n.digits);
        n.digits = zeros;
        if (s->alternate && radix)
            n.prefix = type == 'x' ? "0x" : type == 'X' ? "0X" : "0o";
        put_number(p, s, &n);
    }
    buf_done(&n.digits);
}

static void put_float(struct percent *p, const struct spec *s, struct val v, char type)
{
    double d;
    if (!as_float(v, &d)) {
        if (v.kind == VAL_UNDEFINED)
            undefined_fail(p->vm, v);
        else
            vm_fail(p->vm, "wrong-type", "'%%%c' needs a number, not %s", type, value_kind(v));
        return;
    }
    struct parts n = { .prefix = "" };
    buf_init(&n.digits, 0);
    int precision = s->precision < 0 ? 6 : s->precision;
    float_parts(d, type, (type == 'g' || type == 'G') && precision == 0 ? 1 : precision,
                s->alternate, &n);
    put_number(p, s, &n);
    buf_done(&n.digits);
}

static void put_character(struct percent *p, const struct spec *s, struct val v)
{
    char utf8[4];
    if (v.kind == VAL_STR && utf8_length(peek_str(v)) == 1)
        put_padded(p, s, peek_str(v));
    else if (v.kind == VAL_INT && v.integer >= 0 && v.integer <= 0x10FFFF)
        put_padded(p, s, (struct str){ utf8, utf8_put(utf8, (uint32_t)v.integer) });
    else
        vm_fail(p->vm, "wrong-type", "'%%c' needs a character or its code, not %s", value_kind(v));
}

static void put_text_of(struct percent *p, const struct spec *s, struct val v, bool repr)
{
    struct buf b, escaped;
    buf_init(&b, p->vm->out.max);
    buf_init(&escaped, 0);
    if (repr)
        value_put_repr(p->vm, &b, v);
    else
        value_put(p->vm, &b, v);
    struct str text = buf_str(&b);
    p->out->over |= b.over;
    if (p->safe && !(is_safe(v) && !repr)) {
        put_escaped(&escaped, text);
        text = buf_str(&escaped);
    }
    if (s->precision >= 0) {
        size_t at = 0;
        for (int i = 0; i < s->precision && at < text.n; i++)
            utf8_next(text, &at);
        text.n = at;
    }
    put_padded(p, s, text);
    buf_done(&b);
    buf_done(&escaped);
}

/* One directive; p->at is behind its '%'. */
static void put_directive(struct percent *p)
{
    struct spec s;
    struct val v = { 0 };
    bool named = p->at < p->format.n && p->format.p[p->at] == '(';
    if ((named && !named_value(p, &v)) || !read_spec(p, &s))
        return;
    if (p->at >= p->format.n) {
        vm_fail(p->vm, "bad-format", "the format ends behind a '%%'; write '%%%%' for the sign");
        return;
    }
    char type = p->format.p[p->at++];
    if (type == '%') {
        buf_putc(p->out, '%');
        return;
    }
    if (!named)
        v = next_value(p);
    if (p->vm->failed)
        return;
    switch (type) {
    case 's':
        put_text_of(p, &s, v, false);
        break;
    case 'r':
    case 'a':
        put_text_of(p, &s, v, true);
        break;
    case 'd':
    case 'i':
    case 'u':
    case 'x':
    case 'X':
    case 'o':
        put_integer(p, &s, v, type);
        break;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        put_float(p, &s, v, type);
        break;
    case 'c':
        put_character(p, &s, v);
        break;
    default:
        vm_fail(p->vm, "bad-format", "'%%%c' is no format", type);
        break;
    }
}

struct val format_percent(struct vm *vm, struct val format, struct val values)
{
    struct buf out;
    buf_init(&out, vm->out.max);
    struct percent p = {
        .vm = vm, .out = &out, .format = peek_str(format), .values = values, .safe = is_safe(format)
    };
    while (!vm->failed && p.at < p.format.n && vm_spend(vm, 1)) {
        size_t sign = str_find_char(p.format, '%', p.at);
        size_t end = sign == SIZE_MAX ? p.format.n : sign;
        buf_put(&out, str_sub(p.format, p.at, end));
        p.at = end + 1;
        if (sign != SIZE_MAX)
            put_directive(&p);
    }
    size_t n = is_tuple(values) ? peek_count(values) : 1;
    if (!vm->failed && p.next < n && !p.map_used && values.kind != VAL_MAP &&
        !(values.kind == VAL_LIST && !is_tuple(values)))
        vm_fail(vm, "wrong-count", "there are more values than the format asks for");
    struct val r = value_from_buf(vm, &out);
    r.flags = p.safe ? STR_SAFE : 0;
    return r;
}
