#include "base/vec.h"

void *vec_grow(struct arena *a, const void *p, size_t n, size_t size, size_t *cap)
{
    size_t grown = *cap ? *cap * 2 : 4;
    void *q = arena_alloc_n(a, grown, size);
    if (n)
        memcpy(q, p, n * size);
    *cap = grown;
    return q;
}
