#include "emit/svg_text.h"

#include "base/utf8.h"
#include "emit/layout.h"

/* Advance widths of ' ' … '~' in thousandths of the font size. Source: the metrics of Helvetica
 * that Adobe published for the core 14 fonts; Arial and Liberation Sans have the same. */
static const uint16_t ascii_widths[] = {
    278,  278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, /*  !"#… */
    556,  556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, /* 0 … ? */
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, /* @ … O */
    667,  778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, /* P … _ */
    333,  556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, /* ` … o */
    556,  556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,      /* p … ~ */
};

enum { WIDE = 1000, USUAL = 580, ELLIPSIS_WIDTH = 1000 };

static const struct str ELLIPSIS = S_INIT("…");

/* East Asian scripts and pictographs fill a square; combining marks nothing. */
static int64_t code_width(uint32_t c)
{
    if (c < ' ' || (c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f))
        return 0;
    if (c <= '~')
        return ascii_widths[c - ' '];
    if (c == 0x2026 || (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xd7a3) ||
        (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xff60) || c >= 0x1f000)
        return WIDE;
    return USUAL;
}

/* Thousandths of a pixel at `size`, to units; bold is wider by a twelfth on the average. */
static int64_t to_units(int64_t thousandths, struct font font)
{
    int64_t w = thousandths * font.size * LAYOUT_PX;
    return (font.bold ? w * 13 / 12 : w) / 1000;
}

int64_t text_width(struct str s, struct font font)
{
    int64_t sum = 0;
    for (size_t at = 0; at < s.n;)
        sum += code_width(utf8_next(s, &at));
    return to_units(sum, font);
}

/* Bytes of the beginning of s that fit into `width`. */
static size_t fitting(struct str s, struct font font, int64_t width)
{
    int64_t sum = 0;
    for (size_t at = 0; at < s.n;) {
        size_t next = at;
        sum += code_width(utf8_next(s, &next));
        if (to_units(sum, font) > width)
            return at;
        at = next;
    }
    return s.n;
}

struct str text_shorten(struct arena *a, struct str s, struct font font, int64_t width)
{
    if (fitting(s, font, width) == s.n)
        return s;
    size_t n = fitting(s, font, width - to_units(ELLIPSIS_WIDTH, font));
    return arena_printf(a, "%.*s%.*s", STR(str_trim(str_sub(s, 0, n))), STR(ELLIPSIS));
}

/* May a line end between these two characters? */
static bool may_break(char before, char after)
{
    if (before == ' ' || after == ' ')
        return true;
    if (before == '_' || before == '-' || before == '.' || before == '/' || before == ':')
        return after != before;
    return (ascii_is_lower(before) || ascii_is_digit(before)) && ascii_is_upper(after);
}

/* Bytes of s for a line: as many as fit, back to a break in the second half of them. */
static size_t line_length(struct str s, struct font font, int64_t width)
{
    size_t n = fitting(s, font, width);
    if (n == s.n)
        return n;
    for (size_t at = n; at > n / 2; at--)
        if (may_break(s.p[at - 1], s.p[at]))
            return at;
    return n;
}

size_t text_wrap(struct arena *a, struct str s, struct font font, int64_t width, size_t max,
                 struct str *lines)
{
    size_t n = 0;
    s = str_trim(s);
    while (n + 1 < max) {
        size_t length = line_length(s, font, width);
        if (length == s.n || !length)
            break;
        lines[n++] = str_trim(str_sub(s, 0, length));
        s = str_trim(str_sub(s, length, s.n));
    }
    lines[n++] = text_shorten(a, s, font, width);
    return n;
}

