#include "base/pool.h"

#include "base/mem.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

struct crew {
    size_t n;
    atomic_size_t next;
    void (*work)(void *ctx, size_t i);
    void *ctx;
};

static void *run_jobs(void *arg)
{
    struct crew *c = arg;
    for (;;) {
        size_t i = atomic_fetch_add(&c->next, 1);
        if (i >= c->n)
            return NULL;
        c->work(c->ctx, i);
    }
}

unsigned pool_processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int n = CPU_COUNT(&set);
    return n > 0 ? (unsigned)n : 1;
}

void pool_run(size_t n, unsigned threads, void (*work)(void *ctx, size_t i), void *ctx)
{
    struct crew crew = { .n = n, .work = work, .ctx = ctx };
    if (threads == 0)
        threads = pool_processors();
    if (threads > n)
        threads = (unsigned)n;
    size_t helpers = threads > 1 ? threads - 1 : 0, made = 0;
    pthread_t *ids = mem_alloc(helpers * sizeof *ids);
    while (made < helpers && pthread_create(&ids[made], NULL, run_jobs, &crew) == 0)
        made++;
    run_jobs(&crew);
    for (size_t i = 0; i < made; i++)
        pthread_join(ids[i], NULL);
    mem_free(ids);
}
