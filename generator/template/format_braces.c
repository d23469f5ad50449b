/* "…".format(…) and its format specifications. */
#include "base/num.h"
#include "base/utf8.h"
#include "template/big.h"
#include "template/filters.h"
#include "template/format.h"
#include "template/object.h"

#include <math.h>
#include <stdio.h>

/* [[fill]align][sign][#][0][width][grouping][.precision][type] */
struct spec {
    struct str fill; /* one character */
    char align;      /* < > ^ = or '\0' */
    char sign;       /* + - or blank */
    char group;      /* , _ or '\0' */
    char type;
    bool alternate;
    size_t width;
    int precision; /* -1: none */
};

static size_t read_number(struct str s, size_t *at)
{
    size_t n = 0;
    for (; *at < s.n && ascii_is_digit(s.p[*at]); ++*at)
        if (n < 100000000)
            n = n * 10 + (size_t)(s.p[*at] - '0');
    return n;
}

static bool is_align(struct str s, size_t at)
{
    return at < s.n && s.p[at] && strchr("<>^=", s.p[at]);
}

static bool parse_spec(struct vm *vm, struct str s, struct spec *out)
{
    size_t at = 0, first = 0;
    *out = (struct spec){ .fill = S(" "), .sign = '-', .precision = -1 };
    if (s.n)
        utf8_next(s, &first);
    if (s.n && is_align(s, first)) {
        out->fill = str_sub(s, 0, first);
        out->align = s.p[first];
        at = first + 1;
    } else if (is_align(s, 0)) {
        out->align = s.p[at++];
    }
    if (at < s.n && (s.p[at] == '+' || s.p[at] == '-' || s.p[at] == ' '))
        out->sign = s.p[at++];
    if (at < s.n && s.p[at] == '#') {
        out->alternate = true;
        at++;
    }
    if (at < s.n && s.p[at] == '0') {
        if (!out->align) {
            out->fill = S("0");
            out->align = '=';
        }
        at++;
    }
    out->width = read_number(s, &at);
    if (at < s.n && (s.p[at] == ',' || s.p[at] == '_'))
        out->group = s.p[at++];
    if (at < s.n && s.p[at] == '.') {
        at++;
        size_t n = read_number(s, &at);
        out->precision = n > 400 ? 400 : (int)n;
    }
    if (at < s.n)
        out->type = s.p[at++];
    if (at == s.n)
        return true;
    vm_fail(vm, "bad-format", "'%.*s' is no format", STR(s));
    return false;
}

static void put_fill(struct vm *vm, struct buf *out, const struct spec *s, size_t n)
{
    if (!n || !vm_claim(vm, n))
        return;
    while (n-- > 0 && !out->over)
        buf_put(out, s->fill);
}

static void put_aligned(struct vm *vm, struct buf *out, const struct spec *s, struct str head,
                        struct str body, char dflt)
{
    size_t used = utf8_length(head) + utf8_length(body);
    size_t fill = s->width > used ? s->width - used : 0;
    char align = s->align ? s->align : dflt;
    size_t left = align == '>' ? fill : align == '^' ? fill / 2 : 0;
    put_fill(vm, out, s, left);
    buf_put(out, head);
    if (align == '=') {
        put_fill(vm, out, s, fill);
        left = fill;
    }
    buf_put(out, body);
    put_fill(vm, out, s, fill - left);
}

/* The integer part of a number's text with separators in it. */
static void put_grouped(struct buf *out, struct str digits, char group, size_t every)
{
    size_t whole = 0;
    while (whole < digits.n &&
           (ascii_is_digit(digits.p[whole]) || (every == 4 && ascii_is_alnum(digits.p[whole]))))
        whole++;
    for (size_t i = 0; i < digits.n; i++) {
        if (i && i < whole && (whole - i) % every == 0)
            buf_putc(out, group);
        buf_putc(out, digits.p[i]);
    }
}

static void put_number(struct vm *vm, struct buf *out, const struct spec *s, bool negative,
                       const char *prefix, struct str digits)
{
    struct buf head, body;
    buf_init(&head, 0);
    buf_init(&body, 0);
    if (negative)
        buf_putc(&head, '-');
    else if (s->sign != '-')
        buf_putc(&head, s->sign);
    buf_put(&head, str_from(prefix));
    if (s->group)
        put_grouped(&body, digits, s->group, s->type && strchr("xXob", s->type) ? 4 : 3);
    else
        buf_put(&body, digits);
    put_aligned(vm, out, s, buf_str(&head), buf_str(&body), '>');
    buf_done(&head);
    buf_done(&body);
}

static void put_integer(struct vm *vm, struct buf *out, const struct spec *s, struct val v)
{
    struct buf digits;
    buf_init(&digits, 0);
    bool negative = false;
    const char *prefix = "";
    char type = s->type ? s->type : 'd';
    if (v.kind == VAL_EXT) {
        big_put(&digits, v);
        negative = digits.p[0] == '-';
        if (negative)
            memmove(digits.p, digits.p + 1, --digits.n);
    } else {
        negative = v.integer < 0;
        uint64_t u = negative ? 0 - (uint64_t)v.integer : (uint64_t)v.integer;
        unsigned base = type == 'b' ? 2 : type == 'o' ? 8 : type == 'd' || type == 'n' ? 10 : 16;
        char text[64];
        size_t n = 0;
        do {
            text[n++] = (type == 'X' ? "0123456789ABCDEF" : "0123456789abcdef")[u % base];
            u /= base;
        } while (u);
        while (n)
            buf_putc(&digits, text[--n]);
        if (s->alternate && base != 10)
            prefix = type == 'b' ? "0b" : type == 'o' ? "0o" : type == 'x' ? "0x" : "0X";
    }
    put_number(vm, out, s, negative, prefix, buf_str(&digits));
    buf_done(&digits);
}

static int print_float(char *text, size_t size, char type, int precision, bool alternate, double d)
{
    switch (type) {
    case 'e':
        return snprintf(text, size, alternate ? "%#.*e" : "%.*e", precision, d);
    case 'E':
        return snprintf(text, size, alternate ? "%#.*E" : "%.*E", precision, d);
    case 'g':
    case 'n':
        return snprintf(text, size, alternate ? "%#.*g" : "%.*g", precision, d);
    case 'G':
        return snprintf(text, size, alternate ? "%#.*G" : "%.*G", precision, d);
    default:
        return snprintf(text, size, alternate ? "%#.*f" : "%.*f", precision, d);
    }
}

static void put_float(struct vm *vm, struct buf *out, const struct spec *s, double d)
{
    char text[900];
    size_t n;
    bool negative = signbit(d) && !isnan(d);
    double u = negative ? -d : d;
    int precision = s->precision < 0 ? 6 : s->precision;
    if (!isfinite(u)) {
        n = (size_t)snprintf(text, sizeof text, "%s", isnan(u) ? "nan" : "inf");
    } else if (!s->type && s->precision < 0) {
        n = num_put_double_python(text, u);
    } else if (!s->type) {
        n = (size_t)print_float(text, sizeof text, 'g', precision ? precision : 1, false, u);
        if (!strpbrk(text, ".e")) {
            memcpy(text + n, ".0", 3);
            n += 2;
        }
    } else if (s->type == '%') {
        n = (size_t)print_float(text, sizeof text - 1, 'f', precision, s->alternate, u * 100);
        text[n++] = '%';
    } else {
        bool general = s->type == 'g' || s->type == 'G' || s->type == 'n';
        n = (size_t)print_float(text, sizeof text, s->type, general && !precision ? 1 : precision,
                                s->alternate, u);
    }
    put_number(vm, out, s, negative, "", (struct str){ text, n });
}

static void put_string(struct vm *vm, struct buf *out, const struct spec *s, struct str text)
{
    if (s->align == '=' && s->fill.p[0] != '0') {
        vm_fail(vm, "bad-format", "'=' aligns numbers, not strings");
        return;
    }
    if (s->precision >= 0) {
        size_t at = 0;
        for (int i = 0; i < s->precision && at < text.n; i++)
            utf8_next(text, &at);
        text.n = at;
    }
    struct spec copy = *s;
    if (copy.align == '=')
        copy.align = '<';
    put_aligned(vm, out, &copy, (struct str){ 0 }, text, '<');
}

static bool type_is(const struct spec *s, const char *types)
{
    return !s->type || strchr(types, s->type);
}

void format_put(struct vm *vm, struct buf *out, struct val v, struct str spec)
{
    struct spec s;
    if (spec.n == 0) {
        value_put(vm, out, v);
        return;
    }
    if (!parse_spec(vm, spec, &s))
        return;
    bool integral = v.kind == VAL_INT || is_ext(v, &big_type);
    if (v.kind == VAL_BOOL && s.type && s.type != 's') {
        v = val_int(v.boolean);
        integral = true;
    }
    if (v.kind == VAL_STR && type_is(&s, "s")) {
        put_string(vm, out, &s, peek_str(v));
    } else if (v.kind == VAL_BOOL && type_is(&s, "s")) {
        put_string(vm, out, &s, v.boolean ? S("True") : S("False"));
    } else if (integral && s.type == 'c' && v.kind == VAL_INT && v.integer >= 0 &&
               v.integer <= 0x10FFFF) {
        char utf8[4];
        put_string(vm, out, &s, (struct str){ utf8, utf8_put(utf8, (uint32_t)v.integer) });
    } else if (integral && type_is(&s, "dboxXn") && s.precision < 0) {
        put_integer(vm, out, &s, v);
    } else if ((v.kind == VAL_FLOAT || integral) && type_is(&s, "eEfFgGn%")) {
        put_float(vm, out, &s,
                  v.kind == VAL_FLOAT ? v.number
                  : v.kind == VAL_INT ? (double)v.integer
                                      : big_to_double(v));
    } else if (v.kind == VAL_UNDEFINED) {
        undefined_fail(vm, v);
    } else {
        vm_fail(vm, "bad-format", "format '%.*s' does not suit %s", STR(spec), value_kind(v));
    }
}

/* Replacement fields. */

struct braces {
    struct vm *vm;
    struct buf *out;
    const struct args *args;
    size_t next;
    bool numbered, automatic;
    bool safe;
};

static bool is_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!ascii_is_digit(s.p[i]))
            return false;
    return s.n > 0;
}

/* The argument a field begins with: by number, by name, or the next one. */
static struct val first_value(struct braces *b, struct str name)
{
    struct vm *vm = b->vm;
    if (name.n && !is_digits(name)) {
        for (size_t k = 0; k < b->args->nkwargs; k++)
            if (str_eq(peek_str(b->args->kwnames[k]), name))
                return val_copy(b->args->kwargs[k]);
        vm_fail(vm, "bad-format", "there is no value '%.*s' for the format", STR(name));
        return val_null();
    }
    int64_t i = 0;
    if (name.n == 0) {
        b->automatic = true;
        i = (int64_t)b->next++;
    } else {
        b->numbered = true;
        if (!num_get_int(name, &i))
            i = INT64_MAX;
    }
    if (b->automatic && b->numbered)
        vm_fail(vm, "bad-format", "fields are numbered all, or none");
    else if ((uint64_t)i >= b->args->n)
        vm_fail(vm, "bad-format", "there is no value %lld for the format", (long long)i);
    else
        return val_copy(b->args->v[i]);
    return val_null();
}

/* The value of "name.attr[key]". */
static struct val field_value(struct braces *b, struct str field)
{
    size_t at = 0;
    while (at < field.n && field.p[at] != '.' && field.p[at] != '[')
        at++;
    struct val v = first_value(b, str_sub(field, 0, at)), next;
    while (at < field.n && !b->vm->failed) {
        bool index = field.p[at] == '[';
        size_t from = ++at;
        while (at < field.n &&
               (index ? field.p[at] != ']' : field.p[at] != '.' && field.p[at] != '['))
            at++;
        struct str part = str_sub(field, from, at);
        if (index)
            at++;
        if (index) {
            struct val key = is_digits(part) ? template_integer(part) : val_str(part);
            next = value_getitem(b->vm, v, key);
            val_free(key);
        } else {
            next = v.kind == VAL_MAP ? (struct val){ 0 } : value_getattr(b->vm, v, part);
        }
        val_free(v);
        v = next;
        if (v.kind == VAL_UNDEFINED && !b->vm->failed)
            vm_fail(b->vm, "bad-format", "there is no '%.*s' for the format", STR(part));
    }
    return v;
}

static void put_fields(struct braces *b, struct str format, int depth);

static void put_converted(struct braces *b, struct val v, char conversion, struct str spec)
{
    struct buf text, plain;
    buf_init(&text, b->vm->out.max);
    buf_init(&plain, b->vm->out.max);
    bool safe = b->safe && is_safe(v) && !conversion;
    if (conversion) {
        if (conversion == 's')
            value_put(b->vm, &plain, v);
        else
            value_put_repr(b->vm, &plain, v);
        struct val s = val_str(buf_str(&plain));
        format_put(b->vm, &text, s, spec);
        val_free(s);
    } else {
        format_put(b->vm, &text, v, spec);
    }
    b->out->over |= text.over || plain.over;
    if (b->safe && !safe)
        put_escaped(b->out, buf_str(&text));
    else
        buf_put(b->out, buf_str(&text));
    buf_done(&plain);
    buf_done(&text);
}

/* field[!conversion][:spec], without the braces. */
static void put_field(struct braces *b, struct str body, int depth)
{
    size_t at = 0, brackets = 0;
    for (; at < body.n; at++) {
        char c = body.p[at];
        if (c == '[')
            brackets++;
        else if (c == ']' && brackets)
            brackets--;
        else if (!brackets && (c == '!' || c == ':'))
            break;
    }
    struct str field = str_sub(body, 0, at);
    char conversion = '\0';
    if (at < body.n && body.p[at] == '!') {
        conversion = at + 1 < body.n ? body.p[at + 1] : '?';
        at += 2;
        if (!strchr("rsa", conversion) || (at < body.n && body.p[at] != ':')) {
            vm_fail(b->vm, "bad-format", "'!' is followed by r, s or a");
            return;
        }
    }
    struct val v = field_value(b, field);
    struct buf spec;
    buf_init(&spec, 10000);
    if (at < body.n && !b->vm->failed) {
        struct braces inner = *b;
        inner.out = &spec;
        inner.safe = false;
        put_fields(&inner, str_sub(body, at + 1, body.n), depth + 1);
        if (spec.over)
            vm_fail(b->vm, "bad-format", "a format specification is too long");
        b->next = inner.next;
        b->automatic |= inner.automatic;
        b->numbered |= inner.numbered;
    }
    if (!b->vm->failed)
        put_converted(b, v, conversion, buf_str(&spec));
    buf_done(&spec);
    val_free(v);
}

static size_t field_end(struct str s, size_t at)
{
    for (size_t depth = 1; at < s.n; at++) {
        if (s.p[at] == '{')
            depth++;
        else if (s.p[at] == '}' && --depth == 0)
            return at;
    }
    return SIZE_MAX;
}

static void put_fields(struct braces *b, struct str format, int depth)
{
    if (depth > 1) {
        vm_fail(b->vm, "bad-format", "the fields of a format nest too deep");
        return;
    }
    for (size_t at = 0; at < format.n && !b->vm->failed && vm_spend(b->vm, 1); at++) {
        char c = format.p[at];
        if ((c == '{' || c == '}') && at + 1 < format.n && format.p[at + 1] == c && !depth) {
            buf_putc(b->out, c);
            at++;
        } else if (c == '}') {
            vm_fail(b->vm, "bad-format", "a '}' in the format closes nothing; write '}}'");
        } else if (c == '{') {
            size_t end = field_end(format, at + 1);
            if (end == SIZE_MAX) {
                vm_fail(b->vm, "bad-format", "a '{' in the format is not closed; write '{{'");
                return;
            }
            put_field(b, str_sub(format, at + 1, end), depth);
            at = end;
        } else {
            buf_putc(b->out, c);
        }
    }
}

struct val format_braces(struct vm *vm, struct val format, const struct args *args)
{
    struct buf out;
    buf_init(&out, vm->out.max);
    struct braces b = { .vm = vm, .out = &out, .args = args, .safe = is_safe(format) };
    put_fields(&b, peek_str(format), 0);
    struct val r = value_from_buf(vm, &out);
    r.flags = b.safe ? STR_SAFE : 0;
    return r;
}
