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

enum { BLOCK_SIZE = 64 * 1024, ALIGN = 16 };

struct arena_block {
    struct arena_block *older;
    size_t size;
    _Alignas(ALIGN) char data[];
};

static void drop_block(struct arena *a)
{
    struct arena_block *b = a->block;
    a->block = b->older;
    UNPOISON(b->data, b->size);
    mem_free(b);
}

void arena_done(struct arena *a)
{
    while (a->block)
        drop_block(a);
    a->used = 0;
}

struct arena_mark arena_mark(const struct arena *a)
{
    return (struct arena_mark){ a->block, a->used };
}

void arena_reset(struct arena *a, struct arena_mark mark)
{
    while (a->block != mark.block)
        drop_block(a);
    if (a->block)
        POISON(a->block->data + mark.used, a->block->size - mark.used);
    a->used = mark.used;
}

static void add_block(struct arena *a, size_t need)
{
    size_t size = need > BLOCK_SIZE / 4 ? need : BLOCK_SIZE;
    size_t total;
    if (!size_add(size, sizeof(struct arena_block), &total))
        total = SIZE_MAX;
    struct arena_block *b = mem_alloc(total);
    b->older = a->block;
    b->size = size;
    POISON(b->data, size);
    a->block = b;
    a->used = 0;
}

void *arena_alloc(struct arena *a, size_t size)
{
    size_t need;
    if (!size_add(size ? size : 1, ALIGN - 1, &need))
        need = SIZE_MAX;
    need &= ~(size_t)(ALIGN - 1);
    if (!a->block || a->block->size - a->used < need)
        add_block(a, need);
    char *p = a->block->data + a->used;
    a->used += need;
    UNPOISON(p, size);
    return memset(p, 0, size);
}

void *arena_alloc_n(struct arena *a, size_t n, size_t size)
{
    size_t total;
    if (!size_mul(n, size, &total))
        total = SIZE_MAX - BLOCK_SIZE; /* more than any machine has: ends in mem.c */
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
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0)
        UNREACHABLE();
    char *p = arena_alloc(a, (size_t)n + 1);
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
