/* From a place in a string's text back to the source. Whatever the style, what is not blank stands
 * in both in the same order: so the two are walked side by side, and blanks, which folding and
 * indentation make of each other, are matched as they come. */
#include "base/utf8.h"
#include "yaml/yaml.h"

struct walk {
    struct str text;    /* of the node */
    struct str written; /* the source up to the node's end */
    size_t i, j;        /* in the one, in the other */
    char quote;         /* '"', '\'' or 0 */
};

static uint32_t hex(const struct walk *w, size_t at, size_t n)
{
    uint32_t code = 0;
    for (size_t i = at; i < at + n && i < w->written.n; i++) {
        char c = ascii_lower(w->written.p[i]);
        code = code << 4 | (uint32_t)(ascii_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    return code;
}

/* Length of the escape at w->j and the character it stands for. */
static size_t escape(const struct walk *w, uint32_t *code)
{
    static const char letters[] = "0abt\tnvfre \"/\\N_LP";
    static const uint32_t codes[] = { 0,    7,   8,   9,   9,    10,   11,   12,     13,
                                      0x1B, ' ', '"', '/', '\\', 0x85, 0xA0, 0x2028, 0x2029 };
    char kind = w->j + 1 < w->written.n ? w->written.p[w->j + 1] : '\0';
    size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    const char *letter = kind ? strchr(letters, kind) : NULL;
    *code = digits ? hex(w, w->j + 2, digits) : letter ? codes[letter - letters] : 0xFFFD;
    if (kind != 'u' || *code < 0xD800 || *code > 0xDBFF)
        return 2 + digits;
    *code = 0x10000 + ((*code - 0xD800) << 10) + (hex(w, w->j + 8, 4) - 0xDC00);
    return 12; /* a pair, in JSON */
}

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

/* Over what the source has and the text has not. */
static void skip(struct walk *w)
{
    bool blank = w->i < w->text.n && ascii_is_space(w->text.p[w->i]);
    while (w->j < w->written.n) {
        char c = w->written.p[w->j];
        bool continued = w->quote == '"' && c == '\\' && w->j + 1 < w->written.n &&
                         is_line_end(w->written.p[w->j + 1]);
        if (!continued && (blank || !ascii_is_space(c)))
            break;
        w->j += continued ? 2 : 1;
        if (continued)
            while (w->j < w->written.n && ascii_is_space(w->written.p[w->j]))
                w->j++;
    }
}

/* One character of the text, and what it was written as; false if the two part. */
static bool step(struct walk *w)
{
    char c = w->text.p[w->i], s = w->j < w->written.n ? w->written.p[w->j] : '\0';
    if (w->quote == '"' && s == '\\') {
        uint32_t code;
        char utf8[4];
        size_t len = escape(w, &code);
        if (code > 0x10FFFF)
            return false;
        struct str decoded = { utf8, utf8_put(utf8, code) };
        bool same = str_starts(str_sub(w->text, w->i, w->text.n), decoded);
        w->i += same ? decoded.n : 0;
        w->j += len;
        return same || ascii_is_space(utf8[0]); /* matched by a blank before */
    }
    if (c != s) {
        w->i++;
        return ascii_is_space(c); /* made of a line end, or of none */
    }
    w->i++;
    w->j += w->quote == '\'' && c == '\'' ? 2 : 1;
    return true;
}

/* Header of a block scalar: "|2-  # comment". */
static size_t header_end(struct str written, size_t at)
{
    while (at < written.n && !is_line_end(written.p[at]))
        at++;
    return at;
}

/* "{%", which is not part of an expression. */
static void skip_brace(struct walk *w)
{
    while (w->j < w->written.n && ascii_is_space(w->written.p[w->j]))
        w->j++;
    if (str_starts(str_sub(w->written, w->j, w->written.n), S("{%")) &&
        !str_starts(w->text, S("{%")))
        w->j += 2;
}

static bool borrows(const struct node *n)
{
    const char *from = n->span.src->text.p, *to = from + n->span.src->text.n;
    return n->str.p >= from && n->str.p + n->str.n <= to;
}

static struct span exact(const struct span *all, size_t from, size_t to)
{
    return (struct span){ all->src, (uint32_t)from, (uint32_t)(to > from ? to - from : 0) };
}

struct span yaml_inside(const struct node *n, size_t at, size_t len)
{
    if (!node_is_str(n) || !n->span.src || at > n->str.n || len > n->str.n - at)
        return n->span;
    if (borrows(n)) {
        size_t begin = (size_t)(n->str.p - n->span.src->text.p) + at;
        return exact(&n->span, begin, begin + len);
    }
    struct walk w = { .text = n->str, .j = n->span.at };
    w.written = str_sub(n->span.src->text, 0, (size_t)n->span.at + n->span.len);
    char first = w.j < w.written.n ? w.written.p[w.j] : '\0';
    if (first == '"' || first == '\'') {
        w.quote = first;
        w.j++;
        w.written.n--;
    } else if (first == '|' || first == '>') {
        w.j = header_end(w.written, w.j);
        if (w.j < w.written.n)
            w.j += str_starts(str_sub(w.written, w.j, w.written.n), S("\r\n")) ? 2 : 1;
    }
    if (n->tag == TAG_JSONATA)
        skip_brace(&w);
    size_t from = SIZE_MAX;
    for (;;) {
        skip(&w);
        if (w.i == at || (from == SIZE_MAX && w.i > at))
            from = w.j;
        if (from != SIZE_MAX && len == 0)
            return exact(&n->span, from, from);
        if (w.i == w.text.n || !step(&w))
            return n->span;
        if (from != SIZE_MAX && w.i >= at + len)
            return exact(&n->span, from, w.j);
    }
}
