#include "base/arena.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static bool all_zero(const void *p, size_t n)
{
    const char *c = p;
    for (size_t i = 0; i < n; i++)
        if (c[i])
            return false;
    return true;
}

static void aligned_zeroed_and_apart(void **state)
{
    (void)state;
    static const size_t sizes[] = { 0,   1,    7,     8,     16,      24,     31,
                                    100, 4096, 70000, 20000, 1 << 20, 3 << 20 };
    struct arena a = { 0 };
    for (int round = 0; round < 100; round++) {
        for (size_t i = 0; i < COUNT(sizes); i++) {
            if (round > 3 && sizes[i] > 5000)
                continue;
            char *p = arena_alloc(&a, sizes[i]);
            assert_true((uintptr_t)p % (sizes[i] % 16 ? 8 : 16) == 0);
            assert_true(all_zero(p, sizes[i]));
            memset(p, 0xEE, sizes[i]);
        }
    }
    arena_done(&a);
    assert_null(a.block);
}

static void reset_gives_zeroed_memory_again(void **state)
{
    (void)state;
    struct arena a = { 0 };
    char *kept = arena_alloc(&a, 100);
    memset(kept, 'k', 100);
    struct arena_mark mark = arena_mark(&a);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 3000; i++) { /* into blocks that come from the system */
            char *p = arena_alloc(&a, 1000);
            assert_true(all_zero(p, 1000));
            memset(p, 'x', 1000);
        }
        struct arena_mark inner = arena_mark(&a);
        char *p = arena_alloc(&a, 64);
        memset(p, 'y', 64);
        arena_reset(&a, inner);
        assert_true(all_zero(arena_alloc(&a, 64), 64));
        arena_reset(&a, mark);
    }
    for (int i = 0; i < 100; i++)
        assert_int_equal(kept[i], 'k');
    arena_reset(&a, (struct arena_mark){ 0 });
    assert_null(a.block);
    arena_done(&a);
}

static void text(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct str s = arena_str(&a, S("a\0b"));
    assert_int_equal(s.n, 3);
    assert_memory_equal(s.p, "a\0b", 4);
    assert_int_equal(arena_str(&a, (struct str){ 0 }).n, 0);
    assert_text("printf", arena_printf(&a, "%d-%s-%.*s", 7, "x", STR(S("yz"))), "7-x-yz");
    struct buf_like {
        char bytes[3000];
    } big;
    memset(&big, 'b', sizeof big);
    big.bytes[sizeof big.bytes - 1] = '\0';
    assert_int_equal(arena_printf(&a, "%s%s", big.bytes, big.bytes).n, 5998);
    arena_done(&a);
}

static void vectors_grow(void **state)
{
    (void)state;
    struct arena a = { 0 };
    VEC(int) v = { 0 };
    for (int i = 0; i < 1000; i++)
        vec_push(&a, &v, i * 3);
    assert_int_equal(v.n, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(v.p[i], i * 3);
    arena_done(&a);
}

static void maps_keep_order_and_find(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct map m = { 0 };
    static int values[2000];
    assert_null(map_get(&m, S("0")));
    for (int i = 0; i < 2000; i++)
        assert_null(map_put(&a, &m, arena_printf(&a, "%d", i * 7919 % 2000), &values[i]));
    assert_int_equal(m.n, 2000);
    for (int i = 0; i < 2000; i++) {
        struct str key = arena_printf(&a, "%d", i * 7919 % 2000);
        assert_int_equal(map_find(&m, key), i);
        assert_ptr_equal(map_get(&m, key), &values[i]);
        assert_true(map_has(&m, key));
    }
    assert_int_equal(map_find(&m, S("2000")), SIZE_MAX);
    assert_ptr_equal(map_put(&a, &m, S("0"), NULL), &values[0]);
    assert_true(map_has(&m, S("0")));
    assert_null(map_get(&m, S("0")));
    assert_int_equal(m.n, 2000);
    assert_null(map_put(&a, &m, S(""), &values[1]));
    assert_ptr_equal(map_get(&m, S("")), &values[1]);
    assert_null(map_put(&a, &m, S("a\0b"), &values[2]));
    assert_false(map_has(&m, S("a")));
    arena_done(&a);
}

static void sizes_are_checked(void **state)
{
    (void)state;
    size_t out = 5;
    assert_true(size_add(SIZE_MAX - 1, 1, &out) && out == SIZE_MAX);
    assert_true(size_mul(SIZE_MAX / 2, 2, &out) && out == SIZE_MAX - 1);
    out = 5;
    assert_false(size_add(SIZE_MAX, 1, &out) || size_mul(SIZE_MAX / 2 + 1, 2, &out));
}

/* What the function does in a child process: how it ends, and what it says. */
static int status_of(void (*what)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        fclose(stderr);
        what();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void ask_for_everything(void)
{
    struct arena a = { 0 };
    arena_alloc_n(&a, SIZE_MAX / 2, 3);
}

static void ask_for_almost_everything(void)
{
    struct arena a = { 0 };
    arena_alloc(&a, SIZE_MAX / 4);
}

static void reach_the_unreachable(void)
{
    UNREACHABLE();
}

static void no_memory_ends_the_program(void **state)
{
    (void)state;
    int status = status_of(ask_for_everything);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    status = status_of(ask_for_almost_everything);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    status = status_of(reach_the_unreachable);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* AddressSanitizer says so if one is released twice or never. */
static void adopted_blocks_go_with_the_arena(void **state)
{
    (void)state;
    struct arena a = { 0 };
    char *kept = mem_alloc(100), *gone = mem_alloc(1000000);
    memset(kept, 'k', 100);
    memset(gone, 'g', 1000000);
    arena_adopt(&a, kept);
    arena_adopt(&a, NULL);
    struct arena_mark mark = arena_mark(&a);
    arena_adopt(&a, gone);
    arena_reset(&a, mark);
    assert_int_equal(kept[99], 'k');
    arena_adopt(&a, mem_alloc(1));
    arena_done(&a);
    assert_null(a.adopted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aligned_zeroed_and_apart),
        cmocka_unit_test(reset_gives_zeroed_memory_again),
        cmocka_unit_test(adopted_blocks_go_with_the_arena),
        cmocka_unit_test(text),
        cmocka_unit_test(vectors_grow),
        cmocka_unit_test(maps_keep_order_and_find),
        cmocka_unit_test(sizes_are_checked),
        cmocka_unit_test(no_memory_ends_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
