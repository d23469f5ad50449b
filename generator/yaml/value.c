/* Scalars: keys, values, and what their tags make of them. */
#include "base/utf8.h"
#include "yaml/reader.h"
#include "yaml/scalar.h"
#include "yaml/tag.h"
#include "yaml/words.h"

/* The event's text: from the source where it stands there as it is, which saves the copy. */
static struct str text_of(struct reader *r, const yaml_event_t *e, struct place p)
{
    struct str value = { (const char *)e->data.scalar.value, e->data.scalar.length };
    bool quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    struct str written = str_sub(r->src->text, p.value + quoted, p.end);
    if (value.n <= written.n && memcmp(value.p, written.p, value.n) == 0)
        return (struct str){ written.p, value.n };
    return arena_str(r->session->arena, value);
}

/* A scalar that carries no tag and no quotes. */
static struct node *plain(struct reader *r, struct span span, struct str text)
{
    struct arena *a = r->session->arena;
    struct scalar s = scalar_read(text);
    switch (s.kind) {
    case NODE_NULL:
        return node_null(a, span);
    case NODE_BOOL:
        return node_bool(a, span, s.boolean);
    case NODE_INT:
        return node_int(a, span, s.integer);
    case NODE_FLOAT:
        return node_float(a, span, s.number);
    default:
        return node_str(a, span, text);
    }
}

static struct node *quoted(struct reader *r, struct span span, struct str text)
{
    struct node *n = node_str(r->session->arena, span, text);
    n->quoted = true;
    return n;
}

enum { MOST_WARNINGS = 20 }; /* who writes more of them knows */

/* 012 and 012345678901: somebody means ten, or a string of digits. */
static void warn_leading_zero(struct reader *r, const struct node *n, struct str text)
{
    if ((n->kind != NODE_INT && n->kind != NODE_FLOAT) || !scalar_has_leading_zero(text) ||
        r->session->warnings++ >= MOST_WARNINGS)
        return;
    bool negative = text.p[0] == '-';
    struct str digits = text;
    while (digits.n > 1 && !(digits.p[0] >= '1' && digits.p[0] <= '9'))
        digits = str_sub(digits, 1, digits.n);
    struct diag *d = diag_warning(r->session->ds, "yaml-1.1", n->span,
                                  "'%.*s' is the number %s%.*s, without the zero in front",
                                  STR(text), negative ? "-" : "", STR(digits));
    bool octal = !negative && str_find_char(text, '8', 0) == SIZE_MAX &&
                 str_find_char(text, '9', 0) == SIZE_MAX;
    if (octal)
        diag_help(d, "quote it to keep the digits; for an octal number write 0o%.*s", STR(digits));
    else
        diag_help(d, "quote it to keep the digits");
}

static struct node *wrong_tag(struct reader *r, struct span span, struct str text,
                              enum tagged tagged)
{
    static const char *const kinds[] = {
        [TAGGED_INT] = "an integer", [TAGGED_FLOAT] = "a number", [TAGGED_BOOL] = "true or false",
        [TAGGED_NULL] = "null",      [TAGGED_SEQ] = "a list",     [TAGGED_MAP] = "a map",
    };
    diag_error(r->session->ds, "wrong-tag", span, "%.*s needs %s; '%.*s' is not",
               STR(tag_name(tagged)), kinds[tagged], STR(words_clip(&r->scratch, text)));
    return node_null(r->session->arena, span);
}

/* !!int and its kind: the text must be what the tag says, quoted or not. */
static struct node *typed(struct reader *r, struct span span, struct str text, enum tagged tagged)
{
    static const enum node_kind kinds[] = {
        [TAGGED_INT] = NODE_INT,   [TAGGED_FLOAT] = NODE_FLOAT, [TAGGED_BOOL] = NODE_BOOL,
        [TAGGED_NULL] = NODE_NULL, [TAGGED_SEQ] = NODE_SEQ,     [TAGGED_MAP] = NODE_MAP,
    };
    struct scalar s = scalar_read(text);
    if (tagged == TAGGED_FLOAT && s.kind == NODE_INT)
        return node_float(r->session->arena, span, (double)s.integer);
    if (s.kind != kinds[tagged])
        return wrong_tag(r, span, text, tagged);
    return plain(r, span, text);
}

/* {% … %} around an expression says the same as the tag. */
static struct node *jsonata(struct reader *r, struct place p, struct span span, struct str text)
{
    const struct expr *e = exprs_find(&r->exprs, p.value - r->chars.skipped);
    if (e) {
        size_t behind = p.value + e->len;
        if (p.end > behind) {
            struct diag *d = diag_error(r->session->ds, "jsonata", reader_span(r, behind, p.end),
                                        "text follows the '%%}' that ends the expression");
            diag_help(d, "put all of the expression between '{%%' and '%%}'");
        }
        text = str_sub(r->src->text, p.value, behind);
    }
    struct str trimmed = str_trim(text);
    if (trimmed.n >= 4 && str_starts(trimmed, S("{%")) && str_ends(trimmed, S("%}")))
        text = str_trim(str_sub(trimmed, 2, trimmed.n - 2));
    if (trimmed.n == 0)
        diag_error(r->session->ds, "jsonata", p.tag, "!jsonata has no expression");
    struct node *n = quoted(r, span, text);
    n->tag = TAG_JSONATA;
    return n;
}

static struct node *tagged_node(struct reader *r, struct place p, struct span span, struct str text,
                                enum tagged tagged)
{
    switch (tagged) {
    case TAGGED_JSONATA:
        return jsonata(r, p, span, text);
    case TAGGED_UNKNOWN:
        tag_report_unknown(r->session->ds, p.tag);
        return node_null(r->session->arena, span);
    case TAGGED_STR:
        return quoted(r, span, text);
    default:
        return typed(r, span, text, tagged);
    }
}

/* Such a blank cannot be told from others, and no text is meant to begin or end with one. */
static void check_blanks(struct reader *r, struct place p)
{
    struct str text = str_sub(r->src->text, p.value, p.end);
    struct str blank = chars_odd_blank(text);
    if (!blank.n)
        return;
    size_t at = (size_t)(blank.p - r->src->text.p), next = 0;
    struct diag *d =
        diag_error(r->session->ds, "bad-character", reader_span(r, at, at + blank.n),
                   "this looks like a space but is U+%04X", (unsigned)utf8_next(blank, &next));
    diag_help(d, "write an ordinary space, or quote the text to keep it");
}

/* An entry {a:1} of a map in brackets is the key "a:1" without a value: nobody means that. */
static void check_glued_pair(struct reader *r, struct place p)
{
    const struct open *top = reader_top(r);
    if (!top || !top->flow || top->state != KEY_READ || p.value != p.end)
        return;
    struct span span = top->key_span;
    struct str key = str_sub(r->src->text, span.at, span.at + span.len);
    size_t colon = str_find_char(key, ':', 0);
    if (colon == SIZE_MAX || span.at + key.n != p.value || key.p[0] == '"' || key.p[0] == '\'')
        return;
    struct diag *d = diag_error(r->session->ds, "missing-space", span,
                                "'%.*s' has no space after ':'", STR(words_clip(&r->scratch, key)));
    diag_help(d, "write '%.*s: %.*s'", STR(words_clip(&r->scratch, str_sub(key, 0, colon))),
              STR(words_clip(&r->scratch, str_sub(key, colon + 1, key.n))));
}

static struct node *untagged(struct reader *r, const yaml_event_t *e, struct span span,
                             struct str text)
{
    if (e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return quoted(r, span, text);
    struct node *n = plain(r, span, text);
    warn_leading_zero(r, n, text);
    return n;
}

static void value(struct reader *r, const yaml_event_t *e, struct place p, struct str text)
{
    struct span span = reader_span(r, p.value, p.end);
    struct anchor *anchor =
        e->data.scalar.anchor ? anchor_add(r, e->data.scalar.anchor, p.at) : NULL;
    enum tagged tagged = tag_find((const char *)e->data.scalar.tag);
    size_t height = 0, nodes = r->session->nodes;
    if (!reader_count(r, 1, span, NULL))
        return;
    check_glued_pair(r, p);
    struct node *n = tagged == TAGGED_INCLUDE
                         ? include_node(r, text, text.n ? span : p.tag, &height)
                     : p.tag.src ? tagged_node(r, p, span, text, tagged)
                                 : untagged(r, e, span, text);
    if (anchor) {
        anchor->node = n;
        anchor->nodes = r->session->nodes - nodes;
        anchor->height = height;
    }
    reader_attach(r, n, height, span);
}

static void key(struct reader *r, const yaml_event_t *e, struct place p, struct str text)
{
    struct span span = reader_span(r, p.value, p.end);
    enum tagged tagged = tag_find((const char *)e->data.scalar.tag);
    if (tagged == TAGGED_UNKNOWN)
        tag_report_unknown(r->session->ds, p.tag);
    else if (tagged == TAGGED_INCLUDE || tagged == TAGGED_JSONATA)
        diag_error(r->session->ds, "wrong-tag", p.tag, "a key cannot be %.*s",
                   STR(tag_name(tagged)));
    if (e->data.scalar.anchor) {
        struct anchor *anchor = anchor_add(r, e->data.scalar.anchor, p.at);
        bool is_plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !p.tag.src;
        anchor->node = is_plain ? plain(r, span, text) : quoted(r, span, text);
        anchor->nodes = 1;
    }
    key_read(r, text, span, e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !p.tag.src);
}

void value_scalar(struct reader *r, const yaml_event_t *e)
{
    struct place p = place_scalar(r, e);
    struct str text = text_of(r, e, p);
    if (e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        check_blanks(r, p);
    if (reader_wants_key(r))
        key(r, e, p, text);
    else
        value(r, e, p, text);
}
