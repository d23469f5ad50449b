/* Heap memory that never fails: running out ends the program here, with a message, and nowhere
 * else. Also the checked size arithmetic for numbers that come from input. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

/* Zero bytes are allowed and give a pointer to free like any other. Owner: the caller, who
 * releases it with mem_free. The memory is not cleared. */
void *mem_alloc(size_t size);
void *mem_realloc(void *p, size_t size);
void mem_free(void *p);
/* Large zeroed memory straight from the system, all of it present: a fault for every page would
 * cost more than filling it. Owner: the caller, who releases it with mem_free_pages. */
void *mem_pages(size_t size);
void mem_free_pages(void *p, size_t size);

/* Ends the program as the above do, for a library that reports running out of memory. */
_Noreturn void mem_exhausted(size_t size);

/* a + b or a * b into *out; false, and *out untouched, if the result does not fit. */
static inline bool size_add(size_t a, size_t b, size_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

static inline bool size_mul(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

/* Marks code that a bug alone can reach. */
#define UNREACHABLE() mem_unreachable(__FILE__, __LINE__)
_Noreturn void mem_unreachable(const char *file, int line);

#endif
