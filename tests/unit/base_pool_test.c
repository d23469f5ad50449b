#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "unit.h"

enum { JOBS = 1000 };

struct crew {
    unsigned squares[JOBS];
    atomic_uint runs[JOBS];
    atomic_size_t highest;
    atomic_uint out_of_order;
    atomic_uint busy, most_busy;
};

static void work(void *ctx, size_t i)
{
    struct crew *c = ctx;
    unsigned busy = atomic_fetch_add(&c->busy, 1) + 1, most = atomic_load(&c->most_busy);
    while (busy > most && !atomic_compare_exchange_weak(&c->most_busy, &most, busy))
        continue;
    c->squares[i] = (unsigned)(i * i);
    atomic_fetch_add(&c->runs[i], 1);
    if (i % 16 == 0)
        sched_yield();
    atomic_fetch_sub(&c->busy, 1);
}

static void every_job_runs_once(void **state)
{
    (void)state;
    static const unsigned threads[] = { 0, 1, 2, 3, 8, 2000 };
    static const size_t jobs[] = { 0, 1, 2, 7, JOBS };
    for (size_t t = 0; t < COUNT(threads); t++) {
        for (size_t j = 0; j < COUNT(jobs); j++) {
            struct crew *c = calloc(1, sizeof *c);
            assert_non_null(c);
            pool_run(jobs[j], threads[t], work, c);
            for (size_t i = 0; i < JOBS; i++) {
                assert_int_equal(c->runs[i], i < jobs[j]);
                assert_int_equal(c->squares[i], i < jobs[j] ? i * i : 0);
            }
            if (threads[t])
                assert_true(c->most_busy <= threads[t]);
            free(c);
        }
    }
}

static void note_order(void *ctx, size_t i)
{
    struct crew *c = ctx;
    size_t before = atomic_exchange(&c->highest, i + 1);
    if (before != i)
        atomic_fetch_add(&c->out_of_order, 1);
}

static void one_thread_goes_in_order(void **state)
{
    (void)state;
    struct crew *c = calloc(1, sizeof *c);
    assert_non_null(c);
    pool_run(JOBS, 1, note_order, c);
    assert_int_equal(c->out_of_order, 0);
    free(c);
}

static void wait_for_each_other(void *ctx, size_t i)
{
    (void)i;
    pthread_barrier_wait(ctx);
}

static void jobs_run_at_the_same_time(void **state)
{
    (void)state;
    pthread_barrier_t barrier;
    assert_int_equal(pthread_barrier_init(&barrier, NULL, 4), 0);
    pool_run(8, 4, wait_for_each_other, &barrier);
    pthread_barrier_destroy(&barrier);
}

static void run_inside(void *ctx, size_t i)
{
    struct crew *c = ctx;
    pool_run(i + 1, 2, work, c);
}

static void pools_nest(void **state)
{
    (void)state;
    struct crew *c = calloc(1, sizeof *c);
    assert_non_null(c);
    pool_run(4, 1, run_inside, c);
    assert_int_equal(c->runs[0], 4);
    assert_int_equal(c->runs[3], 1);
    free(c);
}

static void processors(void **state)
{
    (void)state;
    cpu_set_t old, one;
    assert_true(pool_processors() >= 1);
    assert_int_equal(sched_getaffinity(0, sizeof old, &old), 0);
    CPU_ZERO(&one);
    for (size_t i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &old) && CPU_COUNT(&one) == 0)
            CPU_SET(i, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(pool_processors(), 1);
    assert_int_equal(sched_setaffinity(0, sizeof old, &old), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_runs_once),
        cmocka_unit_test(one_thread_goes_in_order),
        cmocka_unit_test(jobs_run_at_the_same_time),
        cmocka_unit_test(pools_nest),
        cmocka_unit_test(processors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
