#include "model/literal.h"

#include "base/limits.h"
#include "base/num.h"
#include "base/utf8.h"

#include <math.h>

struct reader {
    struct arena *arena;
    struct diags *ds;
    struct str text;
    size_t at;
    struct span whole; /* of the string in its file */
    int depth;
};

/* Where byte `at` of the text stands, if the string was written on one line without escapes; the
 * whole string otherwise. */
static struct span place(const struct reader *r, size_t at, size_t len)
{
    struct span s = r->whole;
    struct str written = span_text(s);
    size_t lead = written.n >= r->text.n ? (written.n - r->text.n) / 2 : SIZE_MAX;
    if (lead > 1 || !str_eq(str_sub(written, lead, lead + r->text.n), r->text))
        return s;
    return (struct span){ s.src, s.at + (uint32_t)(lead + at), (uint32_t)len };
}

static struct node *fail(struct reader *r, const char *expected)
{
    struct diag *d = diag_error(r->ds, "bad-literal", place(r, r->at, r->at < r->text.n),
                                "the payload is not readable here: expected %s", expected);
    diag_help(d, "write it as a YAML map");
    return NULL;
}

static void skip_blanks(struct reader *r)
{
    while (r->at < r->text.n && ascii_is_space(r->text.p[r->at]))
        r->at++;
}

static bool take(struct reader *r, char c)
{
    skip_blanks(r);
    if (r->at == r->text.n || r->text.p[r->at] != c)
        return false;
    r->at++;
    return true;
}

/* \xHH, \uHHHH, \UHHHHHHHH: the digits behind the letter. */
static bool read_hex(struct reader *r, size_t digits, uint32_t *code)
{
    *code = 0;
    for (size_t i = 0; i < digits; i++) {
        int d = r->at < r->text.n ? ascii_hex(r->text.p[r->at]) : -1;
        if (d < 0)
            return false;
        *code = *code << 4 | (uint32_t)d;
        r->at++;
    }
    return *code <= 0x10FFFF && (*code < 0xD800 || *code > 0xDFFF);
}

static bool read_escape(struct reader *r, char out[static 4], size_t *n)
{
    static const char FROM[] = "ntrbfav0/\\'\"", TO[] = "\n\t\r\b\f\a\v\0/\\'\"";
    char c = r->text.p[r->at++];
    uint32_t code;
    size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (digits) {
        if (!read_hex(r, digits, &code))
            return false;
        *n = utf8_put(out, code);
        return true;
    }
    const char *hit = memchr(FROM, c, sizeof FROM - 1);
    out[0] = hit ? TO[hit - FROM] : '\\';
    out[1] = c;
    *n = hit ? 1 : 2; /* Python keeps the backslash of an unknown escape */
    return true;
}

static bool read_string(struct reader *r, struct str *out)
{
    char quote = r->text.p[r->at++];
    char *p = arena_alloc(r->arena, (r->text.n - r->at) * 2 + 4);
    size_t n = 0, len;
    while (r->at < r->text.n && r->text.p[r->at] != quote) {
        char c = r->text.p[r->at++];
        if (c != '\\') {
            p[n++] = c;
        } else {
            if (r->at == r->text.n || !read_escape(r, p + n, &len))
                return false;
            n += len;
        }
    }
    if (r->at == r->text.n)
        return false;
    r->at++;
    *out = (struct str){ p, n };
    return true;
}

static struct node *read_word(struct reader *r)
{
    size_t from = r->at;
    while (r->at < r->text.n &&
           (ascii_is_alnum(r->text.p[r->at]) || memchr("+-._", r->text.p[r->at], 4)))
        r->at++;
    struct str word = str_sub(r->text, from, r->at);
    struct span span = place(r, from, word.n);
    int64_t i;
    double d;
    if (str_eq(word, S("None")) || str_eq(word, S("null")))
        return node_null(r->arena, span);
    if (str_eq(word, S("True")) || str_eq(word, S("true")))
        return node_bool(r->arena, span, true);
    if (str_eq(word, S("False")) || str_eq(word, S("false")))
        return node_bool(r->arena, span, false);
    if (num_get_int(word, &i))
        return node_int(r->arena, span, i);
    if (num_get_double(word, &d) && !isfinite(d)) {
        diag_error(r->ds, "bad-number", span, "%.*s is no number that JSON has", STR(word));
        return NULL;
    }
    if (num_get_double(word, &d))
        return node_float(r->arena, span, d);
    r->at = from;
    return fail(r, "a quoted string, a number, True, False, None, { or [");
}

static struct node *read_value(struct reader *r);

static struct node *read_list(struct reader *r, char close)
{
    struct node *list = node_seq(r->arena, place(r, r->at - 1, 1));
    while (!take(r, close)) {
        struct node *item = read_value(r);
        if (!item)
            return NULL;
        node_push(r->arena, list, item);
        if (take(r, ','))
            continue;
        if (!take(r, close))
            return fail(r, close == ']' ? "',' or ']'" : "',' or ')'");
        break;
    }
    return list;
}

/* Whether a string begins here; Python 2 puts a u in front of it, which is skipped. */
static bool at_string(struct reader *r)
{
    size_t at = r->at;
    if (at + 1 < r->text.n && r->text.p[at] == 'u')
        at++;
    if (at == r->text.n || (r->text.p[at] != '\'' && r->text.p[at] != '"'))
        return false;
    r->at = at;
    return true;
}

static struct node *read_map(struct reader *r)
{
    struct node *map = node_map(r->arena, place(r, r->at - 1, 1));
    while (!take(r, '}')) {
        skip_blanks(r);
        size_t from = r->at;
        struct str key;
        if (!at_string(r) || !read_string(r, &key))
            return fail(r, "a quoted key");
        struct span span = place(r, from, r->at - from);
        if (!take(r, ':'))
            return fail(r, "':'");
        struct node *value = read_value(r);
        if (!value)
            return NULL;
        node_put(r->arena, map, key, span, value);
        if (take(r, ','))
            continue;
        if (!take(r, '}'))
            return fail(r, "',' or '}'");
        break;
    }
    return map;
}

static struct node *read_value(struct reader *r)
{
    struct node *n;
    struct str s;
    if (r->depth >= LIMIT_DEPTH)
        return fail(r, "less nesting");
    r->depth++;
    skip_blanks(r);
    size_t from = r->at;
    if (take(r, '{'))
        n = read_map(r);
    else if (take(r, '['))
        n = read_list(r, ']');
    else if (take(r, '('))
        n = read_list(r, ')');
    else if (at_string(r))
        n = read_string(r, &s) ? node_str(r->arena, place(r, from, r->at - from), s)
                               : fail(r, "the string's closing quote");
    else
        n = read_word(r);
    r->depth--;
    return n;
}

const struct node *literal_read(struct arena *a, struct diags *ds, const struct node *text)
{
    if (text->kind != NODE_STR)
        return text;
    struct reader r = { .arena = a, .ds = ds, .text = text->str, .whole = text->span };
    struct node *n = read_value(&r);
    skip_blanks(&r);
    return n && r.at < r.text.n ? fail(&r, "nothing more") : n;
}

void literal_check_field(struct bind *b, const struct field *f, const struct node *value)
{
    (void)f;
    literal_read(b->arena, b->ds, value);
}
