/* Brackets that do not match, and what stands between them. */
#include "yaml/syntax.h"

/* The bracket that closes the one at `open`, or the first wrong one, or the end of the text. */
static size_t find_close(struct str text, size_t open)
{
    char stack[LIMIT_DEPTH];
    size_t depth = 0;
    for (size_t at = open; at < text.n; at++) {
        char c = text.p[at];
        if (c == '[' || c == '{') {
            if (depth == LIMIT_DEPTH)
                return text.n;
            stack[depth++] = c == '[' ? ']' : '}';
        } else if (c == ']' || c == '}') {
            if (c != stack[--depth] || depth == 0)
                return at;
        } else if ((c == '"' || c == '\'') && memchr(" \t\n:,[{", text.p[at - 1], 7)) {
            for (at++; at < text.n && text.p[at] != c; at++)
                at += text.p[at] == '\\' && c == '"';
        } else if (c == '#' && ascii_is_space(text.p[at - 1])) {
            while (at + 1 < text.n && text.p[at + 1] != '\n')
                at++;
        }
    }
    return text.n;
}

/* In [$.a[0]], the word around `at`. */
static struct span word_around(const struct syntax *s, size_t at)
{
    size_t from = at, to = find_close(s->text, at) + 1;
    while (from && !memchr(" \t\r\n,[{", s->text.p[from - 1], 7))
        from--;
    while (to < s->here.end && !memchr(" \t,]}", s->text.p[to], 5))
        to++;
    return syntax_span(s, from, to);
}

static void missing_comma(const struct syntax *s)
{
    size_t at = s->here.at;
    char c = syntax_char(s, at);
    struct span span = syntax_span(s, at, at + 1);
    if (s->last.line < s->here.line && c == ':') { /* the line above runs into this one's key */
        span = syntax_span(s, s->last.at, s->last.end);
        span = words_value(s->r->src, span.at, false);
        at = span.at + span.len;
        span = syntax_span(s, at - 1, at);
        diag_error(s->ds, "missing-comma", span, "',' is missing after this");
        return;
    }
    if ((c == '[' || c == '{') && at && !ascii_is_space(s->text.p[at - 1])) {
        span = word_around(s, at);
        struct diag *d = diag_error(s->ds, "unquoted-value", span,
                                    "in brackets, a value that holds '%c' must be quoted", c);
        diag_help(d, "write %.*s", STR(words_quote(&s->r->scratch, span_text(span))));
        return;
    }
    if (c == ':')
        syntax_unquoted(s, s->last.at, "a value that holds ': ' must be quoted");
    else
        diag_error(s->ds, "missing-comma", span, "',' is missing before this");
}

void syntax_bracket(const struct syntax *s)
{
    size_t open = s->opening.at, close = find_close(s->text, open);
    char c = syntax_char(s, open), found = syntax_char(s, close);
    struct span bracket = syntax_span(s, open, open + 1);
    char wanted = c == '[' ? ']' : '}';
    if (c != '[' && c != '{') { /* a pair in a list: [a: b] */
        missing_comma(s);
    } else if (close == s->text.n) {
        struct diag *d = diag_error(s->ds, "unbalanced", bracket, "'%c' is never closed", c);
        diag_help(d, "close it with '%c'", wanted);
    } else if (found != wanted) {
        struct diag *d = diag_error(s->ds, "unbalanced", syntax_span(s, close, close + 1),
                                    "'%c' does not close '%c'", found, c);
        diag_help(d, "write '%c'", wanted);
        diag_note(d, bracket, "'%c' stands here", c);
    } else {
        missing_comma(s);
    }
}
