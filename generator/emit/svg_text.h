/* Text in pictures: how wide it is, where to break it, how to write it. Widths are those of
 * Helvetica and Arial, which browsers' default sans fonts are close to. In units of layout. */
#ifndef EMIT_SVG_TEXT_H
#define EMIT_SVG_TEXT_H

#include "base/arena.h"
#include "base/buf.h"

struct font {
    int size; /* pixels */
    bool bold;
};

int64_t text_width(struct str s, struct font font);

/* s, or as much of its beginning as fits into `width` with "…" behind it. */
struct str text_shorten(struct arena *a, struct str s, struct font font, int64_t width);

/* Breaks s into at most `max` lines of at most `width`, after blanks, signs and before capitals
 * where it can; what is left over is shortened. Returns the number of lines, at least 1. */
size_t text_wrap(struct arena *a, struct str s, struct font font, int64_t width, size_t max,
                 struct str *lines);

#endif
