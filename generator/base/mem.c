#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

_Noreturn void mem_exhausted(size_t size)
{
    fprintf(stderr, "stepwright: out of memory (%zu bytes asked for)\n", size);
    exit(3);
}

void *mem_alloc(size_t size)
{
    void *p = malloc(size ? size : 1);
    if (!p)
        mem_exhausted(size);
    return p;
}

void *mem_realloc(void *p, size_t size)
{
    void *q = realloc(p, size ? size : 1);
    if (!q)
        mem_exhausted(size);
    return q;
}

void mem_free(void *p)
{
    free(p);
}

void *mem_pages(size_t size)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (p == MAP_FAILED)
        mem_exhausted(size);
    return p;
}

void mem_free_pages(void *p, size_t size)
{
    munmap(p, size);
}

_Noreturn void mem_unreachable(const char *file, int line)
{
    fprintf(stderr, "stepwright: internal error at %s:%d\n", file, line);
    abort();
}
