#include "base/buf.h"

#include "base/mem.h"

#include <stdio.h>

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){ .max = max };
}

void buf_done(struct buf *b)
{
    mem_free(b->p);
    *b = (struct buf){ .max = b->max };
}

/* buf_room, where there may be too little. */
char *buf_grow(struct buf *b, size_t n)
{
    size_t need, room;
    if (b->over || !size_add(b->n, n, &need) || !size_add(need, 1, &room) ||
        (b->max && need > b->max)) {
        b->over = true;
        return NULL;
    }
    if (room > b->cap) {
        size_t cap = b->cap ? b->cap + b->cap / 2 : 256;
        if (b->max && cap > b->max)
            cap = b->max + 1;
        if (cap < room)
            cap = room;
        b->p = mem_realloc(b->p, cap);
        b->cap = cap;
    }
    return b->p + b->n;
}

void buf_put(struct buf *b, struct str s)
{
    char *to = s.n ? buf_room(b, s.n) : NULL;
    if (to) {
        memcpy(to, s.p, s.n);
        b->n += s.n;
    }
}

void buf_putc(struct buf *b, char c)
{
    char *to = buf_room(b, 1);
    if (to) {
        *to = c;
        b->n++;
    }
}

void buf_fill(struct buf *b, char c, size_t n)
{
    char *to = n ? buf_room(b, n) : NULL;
    if (to) {
        memset(to, c, n);
        b->n += n;
    }
}

/* Most texts fit into what is there, and are formatted once. */
void buf_vprintf(struct buf *b, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    size_t left = b->over ? 0 : b->cap - b->n;
    int n = vsnprintf(left ? b->p + b->n : NULL, left, fmt, again);
    va_end(again);
    if (n < 0)
        UNREACHABLE();
    char *to = buf_room(b, (size_t)n);
    if (to && (size_t)n >= left)
        vsnprintf(to, (size_t)n + 1, fmt, args);
    if (to)
        b->n += (size_t)n;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    buf_vprintf(b, fmt, args);
    va_end(args);
}
