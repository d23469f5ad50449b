#include "base/json_parse.h"

#include "base/limits.h"
#include "base/num.h"
#include "base/utf8.h"

#include <math.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

struct parser {
    const char *begin, *at, *end;
    struct json_sink sink;
    const struct source *src;
    struct diags *ds;
    size_t error_at;
    struct json_event event;   /* the next one, as far as it is known */
    struct buf key_text, text; /* strings with their escapes resolved */
    size_t depth;
    bool fresh;                         /* nothing stands in the innermost list or map yet */
    const char *open[LIMIT_JSON_DEPTH]; /* where each list and map begins */
};

/* ---- errors ---- */

static bool is_word_char(char c)
{
    return ascii_is_alnum(c) || c == '_';
}

/* The diagnostic, or NULL where none is wanted. */
__attribute__((format(printf, 5, 6))) static struct diag *
fail(struct parser *p, const char *at, size_t len, const char *slug, const char *fmt, ...)
{
    p->error_at = (size_t)(at - p->begin);
    if (!p->ds)
        return NULL;
    va_list args;
    va_start(args, fmt);
    struct str message = arena_vprintf(p->ds->arena, fmt, args);
    va_end(args);
    struct span span = { p->src, (uint32_t)p->error_at, (uint32_t)len };
    return diag_error(p->ds, slug, span, "%.*s", STR(message));
}

static void note_open(struct parser *p, struct diag *d)
{
    if (!d || !p->depth)
        return;
    const char *open = p->open[p->depth - 1];
    struct span span = { p->src, (uint32_t)(open - p->begin), 1 };
    diag_note(d, span, *open == '{' ? "the map begins here" : "the list begins here");
}

static void help_unexpected(struct diag *d, struct str what)
{
    if (!d)
        return;
    static const struct {
        struct str word;
        const char *help;
    } rows[] = {
        { S_INIT("True"), "did you mean 'true'?" },
        { S_INIT("False"), "did you mean 'false'?" },
        { S_INIT("None"), "did you mean 'null'?" },
        { S_INIT("NaN"), "JSON has no such number" },
        { S_INIT("Infinity"), "JSON has no such number" },
        { S_INIT("'"), "strings stand in double quotes" },
        { S_INIT("/"), "JSON has no comments" },
        { S_INIT("#"), "JSON has no comments" },
        { S_INIT("+"), "a number has no '+' in front" },
        { S_INIT("."), "a number begins with a digit" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_eq(what, rows[i].word))
            diag_help(d, "%s", rows[i].help);
}

/* Reports what stands at p->at: a word, a character or the end. */
static bool unexpected(struct parser *p, const char *expected)
{
    const char *from = p->at, *to = from;
    if (from == p->end) {
        note_open(p, fail(p, from, 0, "bad-json", "the text ends here; expected %s", expected));
        return false;
    }
    while (to < p->end && is_word_char(*to))
        to++;
    if (to == from)
        to += utf8_sequence((struct str){ from, (size_t)(p->end - from) });
    struct str what = { from, (size_t)(to - from) };
    unsigned char c = (unsigned char)*from;
    struct diag *d;
    if (c < 0x20 || c == 0x7F)
        d = fail(p, from, 1, "bad-json", "unexpected byte 0x%02X; expected %s", c, expected);
    else if (what.n > 40)
        d = fail(p, from, what.n, "bad-json", "unexpected word; expected %s", expected);
    else
        d = fail(p, from, what.n, "bad-json", "unexpected '%.*s'; expected %s", STR(what),
                 expected);
    help_unexpected(d, what);
    return false;
}

/* ---- tokens ---- */

static inline bool put(struct parser *p, enum json_event_kind kind, const char *from,
                       const char *to)
{
    p->event.kind = kind;
    p->event.at = (size_t)(from - p->begin);
    p->event.len = (size_t)(to - from);
    p->sink.put(p->sink.self, &p->event);
    p->at = to;
    return true;
}

static inline void skip_blanks(struct parser *p)
{
    const char *at = p->at;
    while (at < p->end && (unsigned char)*at <= ' ' &&
           (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    p->at = at;
}

/* The first byte from `at` that a string does not hold as it is: quote, backslash, control. */
static inline const char *plain_end(const char *at, const char *end)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\');
    const __m128i control = _mm_set1_epi8(0x1F);
    for (; end - at >= 16; at += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, slash));
        hit = _mm_or_si128(hit, _mm_cmpeq_epi8(_mm_min_epu8(x, control), x));
        unsigned mask = (unsigned)_mm_movemask_epi8(hit);
        if (mask)
            return at + __builtin_ctz(mask);
    }
#else
    /* A byte b of x is below n where b - n borrows and b has no top bit; x ^ c is 0 where x is c.
     */
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    for (; end - at >= 8; at += 8) {
        uint64_t x;
        memcpy(&x, at, sizeof x);
        uint64_t quote = x ^ ones * '"', slash = x ^ ones * '\\';
        if ((((x - ones * 0x20) & ~x) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) &
            tops)
            break;
    }
#endif
    while (at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20)
        at++;
    return at;
}

/* Four hexadecimal digits at `at`, or UINT32_MAX. */
static uint32_t hex4(const char *at, const char *end)
{
    uint32_t value = 0;
    if (end - at < 4)
        return UINT32_MAX;
    for (int i = 0; i < 4; i++) {
        int digit = ascii_hex(at[i]);
        if (digit < 0)
            return UINT32_MAX;
        value = value << 4 | (uint32_t)digit;
    }
    return value;
}

static size_t escape_length(const struct parser *p, const char *at, size_t len)
{
    size_t left = (size_t)(p->end - at);
    return len < left ? len : left;
}

/* \uXXXX at `at`, or two of them that make one code point; returns the end, or NULL. */
static const char *unicode_escape(struct parser *p, struct buf *out, const char *at)
{
    uint32_t code = hex4(at + 2, p->end);
    if (code == UINT32_MAX) {
        fail(p, at, escape_length(p, at, 2), "bad-json",
             "'\\u' is not followed by four hexadecimal digits");
        return NULL;
    }
    const char *next = at + 6;
    if (code >= 0xD800 && code <= 0xDFFF) {
        uint32_t low = UINT32_MAX;
        if (code < 0xDC00 && p->end - next >= 2 && next[0] == '\\' && next[1] == 'u')
            low = hex4(next + 2, p->end);
        if (low < 0xDC00 || low > 0xDFFF) {
            fail(p, at, 6, "bad-json",
                 code < 0xDC00
                     ? "'%.6s' is half a character; expected \\udc00 to \\udfff behind it"
                     : "'%.6s' is half a character; expected \\ud800 to \\udbff before it",
                 at);
            return NULL;
        }
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        next += 6;
    }
    char utf8[4];
    buf_put(out, (struct str){ utf8, utf8_put(utf8, code) });
    return next;
}

/* The escape at `at`, appended to `out`; returns its end, or NULL. */
static const char *escape(struct parser *p, struct buf *out, const char *at)
{
    static const char FROM[] = "\"\\/bfnrt", TO[] = "\"\\/\b\f\n\r\t";
    char c = p->end - at > 1 ? at[1] : '\0';
    if (c == 'u')
        return unicode_escape(p, out, at);
    const char *hit = c ? strchr(FROM, c) : NULL;
    if (hit) {
        buf_putc(out, TO[hit - FROM]);
        return at + 2;
    }
    size_t len =
        p->end - at > 1 ? utf8_sequence((struct str){ at + 1, (size_t)(p->end - at - 1) }) : 0;
    if ((unsigned char)c < 0x20)
        fail(p, at, 1, "bad-json", "'\\' is not followed by a character that can be escaped");
    else
        fail(p, at, 1 + len, "bad-json", "unknown escape '%.*s'", (int)(1 + len), at);
    return NULL;
}

static void bad_string_end(struct parser *p, const char *quote, const char *at)
{
    if (at == p->end)
        fail(p, quote, 1, "bad-json", "the string has no closing '\"'");
    else if (*at == '\n' || *at == '\r')
        fail(p, at, 1, "bad-json", "the line ends inside a string; expected '\"' or the escape %s",
             *at == '\n' ? "\\n" : "\\r");
    else
        fail(p, at, 1, "bad-json", "control character in a string; expected the escape \\u%04x",
             (unsigned char)*at);
}

/* The string from `quote` on with its first escape at `at`; returns its end, or NULL. */
static const char *decode_string(struct parser *p, struct buf *out, const char *quote,
                                 const char *at)
{
    out->n = 0;
    for (const char *from = quote + 1;;) {
        buf_put(out, (struct str){ from, (size_t)(at - from) });
        if (at < p->end && *at == '"')
            return at + 1;
        if (at == p->end || *at != '\\') {
            bad_string_end(p, quote, at);
            return NULL;
        }
        from = escape(p, out, at);
        if (!from)
            return NULL;
        at = plain_end(from, p->end);
    }
}

/* The string at p->at, of which p->at becomes the end; `out` takes what has escapes. */
static inline bool string(struct parser *p, struct buf *out, struct json_text *t)
{
    const char *quote = p->at, *at = plain_end(quote + 1, p->end);
    t->at = (size_t)(quote - p->begin);
    t->decoded = at == p->end || *at != '"';
    if (t->decoded) {
        at = decode_string(p, out, quote, at);
        if (!at)
            return false;
        t->str = buf_str(out);
    } else {
        t->str = (struct str){ quote + 1, (size_t)(at - quote - 1) };
        at++;
    }
    t->len = (size_t)(at - quote);
    p->at = at;
    return true;
}

/* Digits at p->at, at least one, added to *w, which wraps around. */
static bool digits(struct parser *p, uint64_t *w, const char *expected)
{
    const char *at = p->at;
    uint64_t value = *w;
    for (; at < p->end && ascii_is_digit(*at); at++)
        value = value * 10 + (uint64_t)(*at - '0');
    *w = value;
    if (at == p->at)
        return unexpected(p, expected);
    p->at = at;
    return true;
}

/* RFC 8259 section 9 leaves the range of numbers to the reader; ours is that of a double. */
static bool in_range(struct parser *p, const char *from, double number)
{
    int shown = p->at - from > 40 ? 40 : (int)(p->at - from);
    if (!isinf(number))
        return true;
    fail(p, from, (size_t)(p->at - from), "bad-json",
         "the number '%.*s' is too large; expected at most 1.7976931348623157e308", shown, from);
    return false;
}

/* [.digits] [e[+-]digits] */
static bool fraction(struct parser *p, const char *first, uint64_t w, bool negative, double *out)
{
    size_t places = 0;
    bool exponent = false;
    if (*p->at == '.') {
        const char *from = ++p->at;
        if (!digits(p, &w, "a digit behind '.'"))
            return false;
        places = (size_t)(p->at - from);
    }
    size_t written = (size_t)(p->at - first);
    if (p->at < p->end && (*p->at == 'e' || *p->at == 'E')) {
        uint64_t ignored = 0;
        exponent = true;
        p->at++;
        if (p->at < p->end && (*p->at == '-' || *p->at == '+'))
            p->at++;
        if (!digits(p, &ignored, "a digit in the exponent"))
            return false;
    }
    enum { SURE = 19 }; /* that many digits and a point have not wrapped around */
    if (exponent || written > SURE || !num_exact_double(w, -(int64_t)places, out))
        num_get_double((struct str){ first, (size_t)(p->at - first) }, out);
    if (negative)
        *out = -*out;
    return true;
}

/* An integer as it stands, or the nearest double where 64 bits do not hold it. */
static bool integer(struct parser *p, const char *from, const char *first, uint64_t w)
{
    enum { SURE = 18 };
    struct str text = { from, (size_t)(p->at - from) };
    struct json_event *e = &p->event;
    if (p->at - first <= SURE)
        e->integer = from < first ? -(int64_t)w : (int64_t)w;
    else if (!num_get_int(text, &e->integer)) {
        num_get_double(text, &e->number);
        return in_range(p, from, e->number) && put(p, JSON_FLOAT, from, p->at);
    }
    return put(p, JSON_INT, from, p->at);
}

static bool superfluous_zero(struct parser *p, const char *from)
{
    int shown = p->at - from > 40 ? 40 : (int)(p->at - from);
    struct diag *d = fail(p, from, (size_t)(p->at - from), "bad-json",
                          "the number '%.*s' begins with a superfluous 0", shown, from);
    if (d)
        diag_help(d, "JSON has decimal numbers only");
    return false;
}

/* [-] ( 0 | 1-9 digits ) [.digits] [e[+-]digits] */
static bool number(struct parser *p)
{
    const char *from = p->at, *first = from + (*from == '-');
    double *out = &p->event.number;
    uint64_t w = 0;
    p->at = first;
    if (!digits(p, &w, "a digit behind '-'"))
        return false;
    if (*first == '0' && p->at - first > 1)
        return superfluous_zero(p, from);
    if (p->at == p->end || (*p->at != '.' && *p->at != 'e' && *p->at != 'E'))
        return integer(p, from, first, w);
    return fraction(p, first, w, from < first, out) && in_range(p, from, *out) &&
           put(p, JSON_FLOAT, from, p->at);
}

static bool word(struct parser *p, struct str text, enum json_event_kind kind, const char *expected)
{
    struct str rest = { p->at, (size_t)(p->end - p->at) };
    if (!str_starts(rest, text) || (rest.n > text.n && is_word_char(rest.p[text.n])))
        return unexpected(p, expected);
    p->event.boolean = text.p[0] == 't';
    return put(p, kind, p->at, p->at + text.n);
}

/* ---- structure ---- */

static bool open_container(struct parser *p, enum json_event_kind kind)
{
    if (p->depth == LIMIT_JSON_DEPTH) {
        fail(p, p->at, 1, "too-deep", "lists and maps are nested more than %d deep",
             LIMIT_JSON_DEPTH);
        return false;
    }
    p->open[p->depth++] = p->at;
    p->fresh = true;
    return put(p, kind, p->at, p->at + 1);
}

static bool close_container(struct parser *p)
{
    p->fresh = false;
    return put(p, JSON_END, p->open[--p->depth], p->at + 1);
}

/* A scalar whole; of a list or map the beginning. */
static bool value(struct parser *p, const char *expected)
{
    const char *from = p->at;
    if (from == p->end)
        return unexpected(p, expected);
    switch (*from) {
    case '"':
        return string(p, &p->text, &p->event.text) && put(p, JSON_STR, from, p->at);
    case '{':
        return open_container(p, JSON_BEGIN_MAP);
    case '[':
        return open_container(p, JSON_BEGIN_LIST);
    case 't':
        return word(p, S("true"), JSON_BOOL, expected);
    case 'f':
        return word(p, S("false"), JSON_BOOL, expected);
    case 'n':
        return word(p, S("null"), JSON_NULL, expected);
    default:
        if (*from == '-' || ascii_is_digit(*from))
            return number(p);
        return unexpected(p, expected);
    }
}

/* string ':' */
static bool key(struct parser *p, const char *expected)
{
    if (p->at == p->end || *p->at != '"')
        return unexpected(p, expected);
    if (!string(p, &p->key_text, &p->event.key))
        return false;
    skip_blanks(p);
    if (p->at == p->end || *p->at != ':')
        return unexpected(p, "':' behind the key");
    p->at++;
    skip_blanks(p);
    return true;
}

/* What follows in the innermost list or map: its end, or the next item. */
static bool next_item(struct parser *p)
{
    bool map = *p->open[p->depth - 1] == '{', first = p->fresh;
    skip_blanks(p);
    if (p->at < p->end && *p->at == (map ? '}' : ']'))
        return close_container(p);
    if (!first) {
        if (p->at == p->end || *p->at != ',')
            return unexpected(p, map ? "',' or '}'" : "',' or ']'");
        p->at++;
        skip_blanks(p);
    }
    p->fresh = false;
    if (!map)
        return value(p, first ? "a value or ']'" : "a value behind ','");
    return key(p, first ? "a key in double quotes or '}'" : "a key in double quotes behind ','") &&
           value(p, "a value behind ':'");
}

static bool document(struct parser *p)
{
    struct str text = { p->begin, (size_t)(p->end - p->begin) };
    size_t bad = utf8_invalid_at(text);
    if (bad != SIZE_MAX) {
        fail(p, p->begin + bad, 1, "not-utf8", "byte 0x%02X is not valid UTF-8",
             (unsigned char)text.p[bad]);
        return false;
    }
    if (str_starts(text, S("\xEF\xBB\xBF"))) {
        fail(p, p->begin, 3, "bad-json", "a byte order mark stands before the JSON value");
        return false;
    }
    skip_blanks(p);
    if (!value(p, "a JSON value"))
        return false;
    while (p->depth)
        if (!next_item(p))
            return false;
    skip_blanks(p);
    return p->at == p->end || unexpected(p, "the end behind the JSON value");
}

bool json_parse(const struct source *src, struct json_sink sink, struct diags *ds, size_t *error_at)
{
    static const char NOTHING[] = "";
    struct parser p = { .sink = sink, .src = src, .ds = ds };
    p.begin = p.at = src->text.p ? src->text.p : NOTHING;
    p.end = p.begin + src->text.n;
    bool ok = document(&p);
    if (!ok)
        *error_at = p.error_at;
    buf_done(&p.key_text);
    buf_done(&p.text);
    return ok;
}
