#include "base/arena.h"

#include "base/mem.h"

#include <stdio.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

/* Blocks double in size up to a ceiling, so that a large document takes few of them. From PAGES on
 * they come from the system. */
enum { BLOCK_MIN = 64 * 1024, BLOCK_MAX = 1024 * 1024, PAGES = BLOCK_MAX, ALIGN = 16 };

struct arena_block {
    struct arena_block *older;
    size_t size;  /* of data */
    size_t dirty; /* what lies behind these bytes was never handed out and is zero */
    _Alignas(ALIGN) char data[];
};

static struct arena_block *new_block(size_t size)
{
    size_t total;
    if (!size_add(size, sizeof(struct arena_block), &total))
        total = SIZE_MAX; /* more than any machine has: ends in mem.c */
    struct arena_block *b = total < PAGES ? mem_alloc(total) : mem_pages(total);
    b->size = size;
    b->dirty = total < PAGES ? size : 0;
    POISON(b->data, size);
    return b;
}

static void drop_block(struct arena *a)
{
    struct arena_block *b = a->block;
    size_t total = b->size + sizeof *b;
    a->block = b->older;
    UNPOISON(b->data, b->size);
    if (total < PAGES)
        mem_free(b);
    else
        mem_free_pages(b, total);
}

/* Stands in the arena that has to release p. */
struct arena_adopted {
    void *p;
    struct arena_adopted *older;
};

static void drop_adopted(struct arena *a, const struct arena_adopted *until)
{
    while (a->adopted != until) {
        mem_free(a->adopted->p);
        a->adopted = a->adopted->older;
    }
}

void arena_adopt(struct arena *a, void *p)
{
    struct arena_adopted *adopted = arena_make(a, struct arena_adopted);
    *adopted = (struct arena_adopted){ p, a->adopted };
    a->adopted = adopted;
}

void arena_done(struct arena *a)
{
    drop_adopted(a, NULL);
    while (a->block)
        drop_block(a);
    a->used = 0;
}

struct arena_mark arena_mark(const struct arena *a)
{
    return (struct arena_mark){ a->block, a->used, a->adopted };
}

void arena_reset(struct arena *a, struct arena_mark mark)
{
    drop_adopted(a, mark.adopted);
    while (a->block != mark.block)
        drop_block(a);
    if (a->block)
        POISON(a->block->data + mark.used, a->block->size - mark.used);
    a->used = mark.used;
}

/* A block that has room for `need` bytes. What is large gets one of its own. */
static void add_block(struct arena *a, size_t need)
{
    size_t size = BLOCK_MIN;
    if (a->block && a->block->size >= BLOCK_MIN)
        size = a->block->size < BLOCK_MAX / 2 ? a->block->size * 2 : BLOCK_MAX;
    struct arena_block *b = new_block(need > size / 4 ? need : size);
    b->older = a->block;
    a->block = b;
    a->used = 0;
}

void *arena_alloc(struct arena *a, size_t size)
{
    /* A type's size is a multiple of its alignment: what is no multiple of 16 is content with 8. */
    size_t need, align = size % ALIGN ? 8 : ALIGN;
    if (!size_add(size ? size : 1, 7, &need))
        need = SIZE_MAX;
    need &= ~(size_t)7;
    size_t at = (a->used + align - 1) & ~(align - 1);
    if (!a->block || at > a->block->size || a->block->size - at < need) {
        add_block(a, need);
        at = 0;
    }
    struct arena_block *b = a->block;
    char *p = b->data + at;
    a->used = at + need;
    UNPOISON(p, size);
    if (at < b->dirty)
        memset(p, 0, size);
    if (a->used > b->dirty)
        b->dirty = a->used;
    return p;
}

void *arena_alloc_n(struct arena *a, size_t n, size_t size)
{
    size_t total;
    if (!size_mul(n, size, &total))
        total = SIZE_MAX - BLOCK_MAX; /* more than any machine has: ends in mem.c */
    return arena_alloc(a, total);
}

struct str arena_str(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);
    if (s.n)
        memcpy(p, s.p, s.n);
    return (struct str){ p, s.n };
}

struct str arena_vprintf(struct arena *a, const char *fmt, va_list args)
{
    char text[256]; /* most fit, and are formatted once */
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(text, sizeof text, fmt, again);
    va_end(again);
    if (n < 0)
        UNREACHABLE();
    char *p = arena_alloc(a, (size_t)n + 1);
    if ((size_t)n < sizeof text)
        memcpy(p, text, (size_t)n);
    else
        vsnprintf(p, (size_t)n + 1, fmt, args);
    return (struct str){ p, (size_t)n };
}

struct str arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    struct str s = arena_vprintf(a, fmt, args);
    va_end(args);
    return s;
}
