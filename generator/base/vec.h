/* Growing arrays in an arena. VEC(T) declares one; a zeroed one is empty. Old copies stay in the
 * arena until it is reset, which doubling keeps below the size of the array itself. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/arena.h"

#define VEC(T)         \
    struct {           \
        T *p;          \
        size_t n, cap; \
    }

/* Appends value x. Evaluates v more than once. */
#define vec_push(a, v, x)                                                            \
    ((v)->n == (v)->cap                                                              \
         ? (void)((v)->p = vec_grow((a), (v)->p, (v)->n, sizeof *(v)->p, &(v)->cap)) \
         : (void)0,                                                                  \
     (void)((v)->p[(v)->n++] = (x)))

void *vec_grow(struct arena *a, const void *p, size_t n, size_t size, size_t *cap);

#endif
