#include "yaml/words.h"

#include "base/buf.h"
#include "base/utf8.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct spot words_spot(const struct source *src, size_t at)
{
    struct spot spot = { .at = at, .line = source_position(src, at).line };
    struct str line = source_line(src, spot.line);
    spot.begin = (size_t)(line.p - src->text.p);
    spot.end = spot.begin + line.n;
    spot.first = spot.begin;
    if (str_starts(line, S("\xEF\xBB\xBF")))
        spot.first += 3;
    while (spot.first < spot.end && is_blank(src->text.p[spot.first]))
        spot.first++;
    return spot;
}

size_t words_indent(const struct source *src, size_t at)
{
    return source_position(src, words_spot(src, at).first).column - 1;
}

/* Whether a quote at `at` opens a string: elsewhere it is an apostrophe. */
static bool opens_quote(struct str text, size_t from, size_t at)
{
    if (text.p[at] != '"' && text.p[at] != '\'')
        return false;
    return at == from || memchr(" \t:,[{-(", text.p[at - 1], 8);
}

/* Behind the string that opens at `at`, or `to`. */
static size_t skip_quoted(struct str text, size_t at, size_t to)
{
    char quote = text.p[at++];
    while (at < to && text.p[at] != quote)
        at += text.p[at] == '\\' && quote == '"' ? 2 : 1;
    return at < to ? at + 1 : to;
}

size_t words_colon(struct str text, size_t from, size_t to)
{
    for (size_t at = from; at < to;) {
        if (opens_quote(text, from, at)) {
            at = skip_quoted(text, at, to);
            continue;
        }
        if (text.p[at] == ':' && (at + 1 == text.n || ascii_is_space(text.p[at + 1])))
            return at;
        at++;
    }
    return SIZE_MAX;
}

size_t words_brace(struct str text, size_t from, size_t to)
{
    char before = '\0'; /* the last that is no blank */
    for (size_t at = from; at < to;) {
        char c = text.p[at];
        if (opens_quote(text, from, at)) {
            at = skip_quoted(text, at, to);
            before = '"';
            continue;
        }
        if (c == '{' && at + 1 < text.n && (text.p[at + 1] == '{' || text.p[at + 1] == '%') &&
            (!before || memchr(":-[,{", before, 5)))
            return at;
        if (!is_blank(c))
            before = c;
        at++;
    }
    return SIZE_MAX;
}

bool words_in_brackets(struct str text, size_t line, size_t at)
{
    size_t open = 0;
    for (size_t i = line; i < at;) {
        if (opens_quote(text, line, i)) {
            i = skip_quoted(text, i, at);
            continue;
        }
        if (text.p[i] == '[' || text.p[i] == '{')
            open++;
        else if (open && (text.p[i] == ']' || text.p[i] == '}'))
            open--;
        i++;
    }
    return open > 0;
}

struct span words_value(const struct source *src, size_t at, bool in_brackets)
{
    struct spot spot = words_spot(src, at);
    size_t end = at;
    for (; end < spot.end; end++) {
        char c = src->text.p[end];
        if (in_brackets && (c == ',' || c == ']' || c == '}'))
            break;
        if (c == '#' && end > at && is_blank(src->text.p[end - 1]))
            break;
    }
    while (end > at && is_blank(src->text.p[end - 1]))
        end--;
    return (struct span){ src, (uint32_t)at, (uint32_t)(end - at) };
}

struct span words_template(const struct source *src, size_t at, bool in_brackets)
{
    struct span value = words_value(src, at, false);
    struct str text = str_sub(src->text, 0, value.at + value.len);
    size_t close = str_find(text, S("}}"), at);
    if (close == SIZE_MAX)
        return value;
    size_t colon = words_colon(text, close, text.n);
    if (in_brackets)
        value.len = (uint32_t)(close + 2 - at);
    else if (colon != SIZE_MAX) /* it is a key */
        value.len = (uint32_t)(colon - at);
    return value;
}

struct str words_quote(struct arena *a, struct str text)
{
    enum { LONGEST = 80 };
    if (text.n > LONGEST)
        return S("\"…\"");
    bool single = memchr(text.p, '"', text.n) || memchr(text.p, '\\', text.n);
    struct buf out;
    buf_init(&out, 0);
    buf_putc(&out, single ? '\'' : '"');
    for (size_t i = 0; i < text.n; i++) {
        if (single && text.p[i] == '\'')
            buf_putc(&out, '\'');
        buf_putc(&out, text.p[i]);
    }
    buf_putc(&out, single ? '\'' : '"');
    struct str quoted = arena_str(a, buf_str(&out));
    buf_done(&out);
    return quoted;
}

struct str words_clip(struct arena *a, struct str text)
{
    enum { LONGEST = 40 };
    size_t at = 0;
    for (size_t n = 0; at < text.n && n < LONGEST && text.p[at] != '\n' && text.p[at] != '\r'; n++)
        utf8_next(text, &at);
    return at == text.n ? text : arena_printf(a, "%.*s…", STR(str_sub(text, 0, at)));
}
