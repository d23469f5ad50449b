/* Inside of the layer: a syntax error and the places that libyaml connects with it. */
#ifndef YAML_SYNTAX_H
#define YAML_SYNTAX_H

#include "yaml/reader.h"
#include "yaml/words.h"

struct syntax {
    struct reader *r;
    struct diags *ds;
    struct str text;     /* of the source */
    const char *problem; /* libyaml's words */
    struct spot here;    /* where it stopped */
    struct spot opening; /* what it was reading then: the map, the bracket, the quote; or `here` */
    struct spot last;    /* the last scalar that was complete, */
    size_t last_end;     /* and its end */
};

static inline struct span syntax_span(const struct syntax *s, size_t at, size_t end)
{
    size_t n = s->text.n;
    return reader_span(s->r, at < n ? at : n, end < n ? end : n);
}

static inline char syntax_char(const struct syntax *s, size_t at)
{
    return at < s->text.n ? s->text.p[at] : '\0';
}

/* [unquoted-value]: the value at `at` has to be quoted, for the reason that `fmt` gives. */
__attribute__((format(printf, 3, 4))) void syntax_unquoted(const struct syntax *s, size_t at,
                                                           const char *fmt, ...);
/* A closing bracket that closes nothing. */
void syntax_stray(const struct syntax *s, size_t at);

/* syntax_block.c: indentation, keys and dashes. */
void syntax_no_colon(const struct syntax *s);
void syntax_second_colon(const struct syntax *s);
void syntax_expected_key(const struct syntax *s);
void syntax_expected_dash(const struct syntax *s);
void syntax_expected_document(const struct syntax *s);

/* syntax_flow.c: brackets. */
void syntax_bracket(const struct syntax *s);

/* syntax_quote.c: quotes and escapes. */
void syntax_open_quote(const struct syntax *s);
void syntax_behind_quote(const struct syntax *s);
void syntax_escape(const struct syntax *s);

#endif
