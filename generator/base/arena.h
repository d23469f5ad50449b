/* Memory that lives together and is released together. Everything handed out is zeroed and aligned
 * for any type. Nothing in an arena may own a heap block, a file or a handle; a heap block that was
 * grown outside becomes the arena's own by arena_adopt. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

#include <stdarg.h>

struct arena_block;

struct arena {
    struct arena_block *block; /* the one being filled; older ones hang behind it */
    size_t used;               /* bytes taken from `block` */
    struct arena_adopted *adopted;
};

struct arena_mark {
    struct arena_block *block;
    size_t used;
    struct arena_adopted *adopted;
};

/* A zeroed struct arena is ready to use. arena_done releases all memory and leaves it so. */
void arena_done(struct arena *a);

/* Everything made after `mark` is gone after arena_reset (and poisoned under AddressSanitizer). */
struct arena_mark arena_mark(const struct arena *a);
void arena_reset(struct arena *a, struct arena_mark mark);

void *arena_alloc(struct arena *a, size_t size);
void *arena_alloc_n(struct arena *a, size_t n, size_t size);
#define arena_make(a, T) ((T *)arena_alloc((a), sizeof(T)))
#define arena_make_n(a, T, n) ((T *)arena_alloc_n((a), (n), sizeof(T)))

/* Takes what came from mem_alloc; p may be NULL. For large results that would else be copied. */
void arena_adopt(struct arena *a, void *p);

/* Copy of s; a NUL stands behind it, so that .p serves outside APIs. */
struct str arena_str(struct arena *a, struct str s);
/* Text as printf makes it, NUL behind it. */
__attribute__((format(printf, 2, 3))) struct str arena_printf(struct arena *a, const char *fmt,
                                                              ...);
struct str arena_vprintf(struct arena *a, const char *fmt, va_list args);

#endif
