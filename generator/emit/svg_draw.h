/* A laid out picture as SVG. */
#ifndef EMIT_SVG_DRAW_H
#define EMIT_SVG_DRAW_H

#include "emit/svg_picture.h"
#include "emit/svg_text.h"

/* Line heights in pixels. */
enum { LINE_NAME = 16, LINE_DETAIL = 15, LINE_LABEL = 14 };

#define FONT_NAME ((struct font){ 13, true })
#define FONT_HEAD ((struct font){ 13, true })
#define FONT_DETAIL ((struct font){ 11, false })
#define FONT_LABEL ((struct font){ 11, false })

void draw_picture(const struct picture *p, struct buf *out);

#endif
