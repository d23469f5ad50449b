/* Texts that messages point into. A source is a file, or text that a template made of one; the
 * latter knows, segment by segment, where its bytes came from, so that a message about generated
 * text is shown at the place that somebody wrote. */
#ifndef BASE_SOURCE_H
#define BASE_SOURCE_H

#include "base/arena.h"

struct source;

/* A piece of a source, in bytes. A zeroed span points nowhere. */
struct span {
    const struct source *src;
    uint32_t at, len;
};

/* How a template got to a place: the macro call, include or !include that led there. */
struct frame {
    struct str what;        /* "in macro 'step'", printed as a note */
    struct span at;         /* the call */
    const struct frame *up; /* the one around it, or NULL */
};

/* Bytes [at, next segment's at) of a generated text. */
struct segment {
    uint32_t at;
    bool literal;     /* copied byte for byte from `from`; otherwise computed by what is there */
    struct span from; /* in the template's own source */
    const struct frame *frame;
};

/* The same as sources hold it: a template makes tens of thousands, from few places. */
struct packed_segment {
    uint32_t at, from;
    uint32_t len : 31, literal : 1;
    uint32_t origin; /* which of the source's origins */
};

struct segment_origin {
    const struct source *src;
    const struct frame *frame;
};

struct source {
    struct str path; /* as messages show it: relative to the project root */
    struct str text;
    const struct packed_segment *segments; /* sorted by `at`; NULL for a file */
    size_t nsegments;
    const struct segment_origin *origins;
    const struct frame *frame; /* how this file was included, or NULL */
    const uint32_t *lines;     /* offset of each line's first byte */
    size_t nlines;
};

/* A source over `text` (borrowed, below SOURCE_MAX bytes), its line index built. Lines end with
 * LF, CRLF or CR. */
struct source *source_make(struct arena *a, struct str path, struct str text);

/* Says where the text of `src` came from: segments sorted by `at`, copied. */
void source_map(struct arena *a, struct source *src, const struct segment *segments, size_t n);

struct position {
    size_t line, column; /* from 1; the column counts code points */
};

struct position source_position(const struct source *src, size_t at);
/* The text of line n (from 1) without its line end. */
struct str source_line(const struct source *src, size_t line);

static inline struct str span_text(struct span s)
{
    return s.src ? str_sub(s.src->text, s.at, s.at + s.len) : (struct str){ 0 };
}

/* The span somebody wrote that `s` came from: through every template to a file. *frame (may be
 * NULL) receives the calls that led there. */
struct span span_origin(struct span s, const struct frame **frame);

/* From the start of a to the end of b, which lies behind it in the same source; a otherwise. */
struct span span_join(struct span a, struct span b);

#endif
