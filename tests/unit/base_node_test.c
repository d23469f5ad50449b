#include "base/limits.h"
#include "base/node.h"

#include "unit.h"

static const struct span nowhere = { 0 };

static struct node *integer(struct arena *a, int64_t i)
{
    return node_int(a, nowhere, i);
}

static void maps_of_every_size(void **state)
{
    (void)state;
    static const int sizes[] = { 0, 1, 4, 5, 8, 9, 16, 17, 100, 5000 };
    struct arena a = { 0 };
    for (size_t s = 0; s < COUNT(sizes); s++) {
        struct node *map = node_map(&a, nowhere);
        for (int i = 0; i < sizes[s]; i++) {
            struct str key = arena_printf(&a, "key %d", i);
            struct span span = { NULL, (uint32_t)i, 1 };
            assert_null(node_put(&a, map, key, span, integer(&a, i)));
        }
        assert_int_equal(map->map.n, sizes[s]);
        for (int i = 0; i < sizes[s]; i++) {
            struct str key = arena_printf(&a, "key %d", i);
            assert_int_equal(node_get(map, key)->integer, i);
            assert_int_equal(node_entry(map, key)->key_span.at, i);
            assert_true(str_eq(map->map.entries[i].key, key));
        }
        assert_null(node_get(map, S("key")));
        assert_null(node_get(map, arena_printf(&a, "key %d", sizes[s])));
    }
    arena_done(&a);
}

static void putting_again_gives_the_former_value(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct node *map = node_map(&a, nowhere), *first = integer(&a, 1), *second = integer(&a, 2);
    assert_null(node_put(&a, map, S("a"), nowhere, first));
    assert_ptr_equal(node_put(&a, map, S("a"), nowhere, second), first);
    assert_ptr_equal(node_get(map, S("a")), second);
    assert_int_equal(map->map.n, 1);
    arena_done(&a);
}

static struct node_entry *make_entries(struct arena *a, size_t n)
{
    struct node_entry *entries = arena_make_n(a, struct node_entry, n);
    for (size_t i = 0; i < n; i++)
        entries[i] =
            (struct node_entry){ arena_printf(a, "%zu", i), nowhere, integer(a, (int64_t)i) };
    return entries;
}

static void filled_at_once(void **state)
{
    (void)state;
    static const size_t sizes[] = { 1, 2, 8, 9, 33, 1000 };
    struct arena a = { 0 };
    for (size_t s = 0; s < COUNT(sizes); s++) {
        size_t n = sizes[s];
        struct node *map = node_map(&a, nowhere);
        assert_true(node_fill_map(&a, map, make_entries(&a, n), n));
        assert_int_equal(map->map.n, n);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(node_get(map, arena_printf(&a, "%zu", i))->integer, i);
        assert_null(node_get(map, S("x")));
        assert_null(node_put(&a, map, S("x"), nowhere, integer(&a, 7)));
        assert_int_equal(node_get(map, S("x"))->integer, 7);
        assert_int_equal(node_get(map, S("0"))->integer, 0);

        if (n < 2)
            continue;
        struct node_entry *entries = make_entries(&a, n);
        entries[n - 1].key = entries[0].key;
        map = node_map(&a, nowhere);
        assert_false(node_fill_map(&a, map, entries, n));
        assert_int_equal(map->map.n, 0);
        assert_null(node_get(map, S("0")));
        assert_null(node_put(&a, map, S("0"), nowhere, integer(&a, 5)));
        assert_int_equal(node_get(map, S("0"))->integer, 5);
    }
    arena_done(&a);
}

static void lists(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct node *seq = node_seq(&a, nowhere);
    for (int i = 0; i < 100; i++)
        node_push(&a, seq, integer(&a, i));
    assert_int_equal(seq->seq.n, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(seq->seq.items[i]->integer, i);
    struct node *items[] = { integer(&a, 1) }, *filled = node_seq(&a, nowhere);
    node_fill_seq(filled, items, 1);
    node_push(&a, filled, integer(&a, 2)); /* moves on to an array of its own */
    assert_int_equal(filled->seq.items[1]->integer, 2);
    arena_done(&a);
}

static void equality(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct node *one = integer(&a, 1), *uno = node_float(&a, nowhere, 1.0);
    assert_true(node_equal(one, uno) && node_equal(uno, one));
    assert_false(node_equal(one, node_float(&a, nowhere, 1.5)));
    assert_false(node_equal(one, node_bool(&a, nowhere, true)));
    assert_false(node_equal(one, node_str(&a, nowhere, S("1"))));
    assert_false(node_equal(node_null(&a, nowhere), node_bool(&a, nowhere, false)));
    assert_true(node_equal(node_null(&a, nowhere), node_null(&a, nowhere)));
    assert_true(node_equal(node_str(&a, nowhere, S("x")), node_str(&a, nowhere, S("x"))));

    struct node *m = node_map(&a, nowhere), *n = node_map(&a, nowhere);
    node_put(&a, m, S("a"), nowhere, one);
    node_put(&a, m, S("b"), nowhere, node_seq(&a, nowhere));
    node_put(&a, n, S("b"), nowhere, node_seq(&a, nowhere));
    assert_false(node_equal(m, n) || node_equal(n, m));
    node_put(&a, n, S("a"), nowhere, uno);
    assert_true(node_equal(m, n) && node_equal(n, m));
    node_push(&a, node_get(n, S("b")), one);
    assert_false(node_equal(m, n));
    node_push(&a, node_get(m, S("b")), uno);
    assert_true(node_equal(m, n));
    node_put(&a, n, S("c"), nowhere, one);
    node_put(&a, m, S("d"), nowhere, one);
    assert_false(node_equal(m, n));
    arena_done(&a);
}

/* An integer equals a float only if it is that very number. */
static void integers_that_a_double_cannot_hold(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct node *odd = integer(&a, 9007199254740993), *even = integer(&a, 9007199254740992);
    struct node *near = node_float(&a, nowhere, 9007199254740992.0);
    assert_true(node_equal(even, near) && node_equal(near, even));
    assert_false(node_equal(odd, near) || node_equal(near, odd));
    assert_false(
        node_equal(integer(&a, INT64_MAX), node_float(&a, nowhere, 9223372036854775808.0)));
    arena_done(&a);
}

static void no_stack_is_deep_enough(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct node *in = node_seq(&a, nowhere), *other = node_seq(&a, nowhere);
    for (int i = 0; i < 1000000; i++) {
        struct node *out = node_seq(&a, nowhere), *out2 = node_seq(&a, nowhere);
        node_push(&a, out, in);
        node_push(&a, out2, other);
        in = out;
        other = out2;
    }
    assert_false(node_equal(in, other)); /* deeper than any reader lets through */
    arena_done(&a);
}

static void names_of_kinds(void **state)
{
    (void)state;
    struct arena a = { 0 };
    assert_string_equal(node_kind_name(NULL), "nothing");
    assert_string_equal(node_kind_name(integer(&a, 1)), "an integer");
    assert_string_equal(node_kind_name(node_map(&a, nowhere)), "a map");
    assert_true(node_is_str(node_str(&a, nowhere, S(""))));
    assert_false(node_is_str(NULL) || node_is_str(integer(&a, 1)));
    assert_null(node_get(NULL, S("a")));
    assert_null(node_get(integer(&a, 1), S("a")));
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_of_every_size),
        cmocka_unit_test(putting_again_gives_the_former_value),
        cmocka_unit_test(filled_at_once),
        cmocka_unit_test(lists),
        cmocka_unit_test(equality),
        cmocka_unit_test(integers_that_a_double_cannot_hold),
        cmocka_unit_test(no_stack_is_deep_enough),
        cmocka_unit_test(names_of_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
