/* A pool of threads over a fixed list of jobs. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>

/* Runs work(ctx, i) for each i in [0, n) on up to `threads` threads (0: one per processor), the
 * caller's included, and returns when all are done. Jobs start in order; they must not touch
 * each other's data. Where a thread cannot be made, fewer do the work. */
void pool_run(size_t n, unsigned threads, void (*work)(void *ctx, size_t i), void *ctx);

/* Processors that this process may use. */
unsigned pool_processors(void);

#endif
