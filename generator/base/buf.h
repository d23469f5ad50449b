/* A growing byte string on the heap, with a ceiling: past `max` bytes nothing more is added and
 * `over` says so, once, for the caller to report. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

#include <stdarg.h>

struct buf {
    char *p;
    size_t n, cap, max; /* cap is at most max + 1, and more than n but where both are 0 */
    bool over;
};

/* max 0 means no ceiling but memory. Release with buf_done, which leaves an empty buffer. */
void buf_init(struct buf *b, size_t max);
void buf_done(struct buf *b);

static inline struct str buf_str(const struct buf *b)
{
    return (struct str){ b->p, b->n };
}

char *buf_grow(struct buf *b, size_t n);

/* Room for n more bytes at the end, not yet counted in b->n; NULL when over the ceiling. Behind
 * them is a byte to spare: vsnprintf wants it for its NUL. */
static inline char *buf_room(struct buf *b, size_t n)
{
    return n < b->cap - b->n && !b->over ? b->p + b->n : buf_grow(b, n);
}
void buf_put(struct buf *b, struct str s);
void buf_putc(struct buf *b, char c);
void buf_fill(struct buf *b, char c, size_t n);
__attribute__((format(printf, 2, 3))) void buf_printf(struct buf *b, const char *fmt, ...);
void buf_vprintf(struct buf *b, const char *fmt, va_list args);

#endif
