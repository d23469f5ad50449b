/* Quotes and escapes. */
#include "base/utf8.h"
#include "yaml/syntax.h"

void syntax_open_quote(const struct syntax *s)
{
    size_t at = s->opening.at;
    struct diag *d = diag_error(s->ds, "unclosed-quote", syntax_span(s, at, at + 1),
                                "the quote that opens here is never closed");
    diag_help(d, "close it, or put the whole value in the other kind of quotes");
}

/* A string that is complete, and text behind it: 'it's', or a quote missing lines above. */
void syntax_behind_quote(const struct syntax *s)
{
    size_t close = s->last_end - 1;
    char quote = s->text.p[close];
    struct spot end = words_spot(s->r->src, close);
    if (end.line != s->last.line) {
        struct diag *d =
            diag_error(s->ds, "unclosed-quote", syntax_span(s, s->last.at, s->last.at + 1),
                       "this string goes on to line %zu; a closing quote is missing", end.line);
        diag_note(d, syntax_span(s, close, close + 1), "it is closed by this quote");
        return;
    }
    struct diag *d = diag_error(s->ds, "bad-quote", words_value(s->r->src, s->here.at, false),
                                "text follows the closing quote");
    struct span closing = syntax_span(s, close, close + 1);
    if (!str_eq(span_text(closing), span_text(span_origin(closing, NULL))))
        diag_help(d, "the template filled in this quote; {{ … | tojson }} adds quotes that fit");
    else if (syntax_char(s, s->here.at) == ',')
        diag_help(d, "remove the ','");
    else if (quote == '\'')
        diag_help(d, "inside of single quotes, a quote is written twice: ''");
    else
        diag_help(d, "inside of double quotes, a quote is written \\\"");
    diag_note(d, syntax_span(s, s->last.at, s->last_end), "the string is complete here");
}

/* Value of n hexadecimal digits at `at`, or UINT32_MAX. */
static uint32_t hex(const struct syntax *s, size_t at, size_t n)
{
    uint32_t value = 0;
    for (size_t i = 0; i < n; i++) {
        char c = ascii_lower(syntax_char(s, at + i));
        if (!ascii_is_digit(c) && (c < 'a' || c > 'f'))
            return UINT32_MAX;
        value = value << 4 | (uint32_t)(ascii_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    return value;
}

/* \ud83d\ude00, as JSON writes what is beyond 16 bits. */
static bool surrogates(const struct syntax *s, size_t at, uint32_t *code)
{
    uint32_t high = hex(s, at + 2, 4), low = hex(s, at + 8, 4);
    if (syntax_char(s, at + 6) != '\\' || syntax_char(s, at + 7) != 'u')
        return false;
    *code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    return high >= 0xD800 && high < 0xDC00 && low >= 0xDC00 && low < 0xE000;
}

void syntax_escape(const struct syntax *s)
{
    size_t at = s->here.at;
    while (at > s->opening.at && syntax_char(s, at) != '\\')
        at--;
    char kind = syntax_char(s, at + 1);
    size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    uint32_t code;
    if (!digits) {
        size_t len = at + 1 < s->text.n ? utf8_sequence(str_sub(s->text, at + 1, s->text.n)) : 0;
        struct span span = syntax_span(s, at, at + 1 + len);
        struct diag *d =
            diag_error(s->ds, "bad-escape", span, "'%.*s' is no escape", STR(span_text(span)));
        diag_help(d, "write '\\\\' for a backslash, or put the value in single quotes");
    } else if (hex(s, at + 2, digits) == UINT32_MAX) {
        diag_error(s->ds, "bad-escape", syntax_span(s, at, at + 2),
                   "'\\%c' needs %zu hexadecimal digits after it", kind, digits);
    } else if (kind == 'u' && surrogates(s, at, &code)) {
        struct diag *d = diag_error(s->ds, "bad-escape", syntax_span(s, at, at + 12),
                                    "YAML has no escapes in pairs");
        diag_help(d, "write \\U%08X", (unsigned)code);
    } else {
        diag_error(s->ds, "bad-escape", syntax_span(s, at, at + 2 + digits),
                   "there is no such character");
    }
}
