#include "base/val.h"

#include "base/limits.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void test_strings_append_in_place_or_copy(void **state)
{
    (void)state;
    struct val a = val_str(S("ab"));
    struct val kept = val_copy(a);
    a = val_str_append(a, S("cd"));
    assert_true(str_eq(peek_str(a), S("abcd")));
    assert_true(str_eq(peek_str(kept), S("ab")));
    struct str piece = str_sub(peek_str(a), 1, 3);
    a = val_str_append(a, piece); /* a piece of itself */
    assert_true(str_eq(peek_str(a), S("abcdbc")));
    for (int i = 0; i < 100; i++)
        a = val_str_append(a, S("x"));
    assert_int_equal(peek_str(a).n, 106);
    val_free(a);
    val_free(kept);
}

static void test_flags_survive(void **state)
{
    (void)state;
    struct val a = val_str(S("a"));
    a.flags = 3;
    struct val b = val_copy(a);
    assert_int_equal(b.flags, 3);
    b = val_str_append(b, S("b"));
    assert_int_equal(b.flags, 3);
    struct val list = val_list();
    list.flags = 1;
    struct val other = val_list_push(val_copy(list), val_int(1));
    assert_int_equal(other.flags, 1);
    val_free(a);
    val_free(b);
    val_free(list);
    val_free(other);
}

static void test_shared_lists_are_not_changed(void **state)
{
    (void)state;
    struct val a = val_list();
    for (int i = 0; i < 10; i++)
        a = val_list_push(a, val_int(i));
    struct val b = val_copy(a);
    b = val_list_set(b, 0, val_str(S("first")));
    b = val_list_push(b, val_list());
    assert_int_equal(peek_count(a), 10);
    assert_int_equal(peek_count(b), 11);
    assert_int_equal(peek_item(a, 0).integer, 0);
    assert_int_equal(peek_item(b, 0).kind, VAL_STR);
    struct val item = val_list_get(b, 10);
    assert_int_equal(item.kind, VAL_LIST);
    val_free(item);
    val_free(a);
}

static void test_maps_keep_order_and_find(void **state)
{
    (void)state;
    char name[16];
    struct val m = val_map();
    for (int i = 0; i < 1000; i++) {
        int n = snprintf(name, sizeof name, "k%d", i * 7 % 1000);
        m = val_map_set(m, (struct str){ name, (size_t)n }, val_int(i));
    }
    struct val before = val_copy(m);
    m = val_map_set(m, S("k7"), val_str(S("new")));
    assert_int_equal(peek_count(m), 1000);
    assert_true(str_eq(peek_str(peek_key_at(m, 1)), S("k7")));
    assert_int_equal(peek_value_at(m, 1).kind, VAL_STR);
    assert_int_equal(peek_get(before, S("k7")).integer, 1);
    m = val_map_remove(m, val_str(S("k7")));
    m = val_map_remove(m, val_str(S("absent")));
    assert_int_equal(peek_count(m), 999);
    assert_int_equal(peek_get(m, S("k7")).kind, VAL_UNDEFINED);
    assert_int_equal(peek_get(m, S("k14")).integer, 2);
    assert_true(str_eq(peek_str(peek_key_at(m, 1)), S("k14")));
    struct val got = val_map_get(m, S("k993"));
    assert_int_equal(got.kind, VAL_INT);
    val_free(before);
}

/* One key each, as in Python: 1, 1.0, true; 0, -0.0, false. Both below and above the size from
 * which maps are indexed. */
static void test_number_keys(void **state)
{
    (void)state;
    for (int fill = 0; fill <= 40; fill += 20) {
        struct val m = val_map();
        for (int i = 0; i < fill; i++)
            m = val_map_put(m, val_int(i + 100), val_null());
        m = val_map_put(m, val_int(1), val_str(S("one")));
        m = val_map_put(m, val_float(0.5), val_str(S("half")));
        m = val_map_put(m, val_null(), val_str(S("null")));
        m = val_map_put(m, val_str(S("1")), val_str(S("text")));
        assert_int_equal(peek_count(m), fill + 4);
        m = val_map_put(m, val_bool(true), val_str(S("true")));
        assert_int_equal(peek_count(m), fill + 4);
        assert_int_equal(peek_key_at(m, (size_t)fill).kind, VAL_INT);
        assert_true(str_eq(peek_str(peek_lookup(m, val_float(1.0))), S("true")));
        assert_true(str_eq(peek_str(peek_lookup(m, val_float(0.5))), S("half")));
        assert_true(str_eq(peek_str(peek_lookup(m, val_null())), S("null")));
        assert_true(str_eq(peek_str(peek_get(m, S("1"))), S("text")));
        assert_int_equal(peek_lookup(m, val_int(0)).kind, VAL_UNDEFINED);
        m = val_map_put(m, val_float(-0.0), val_int(5));
        assert_int_equal(peek_lookup(m, val_bool(false)).integer, 5);
        val_free(m);
    }
}

static void test_swap_is_seen_by_every_holder(void **state)
{
    (void)state;
    struct val list = val_list_push(val_list(), val_int(1));
    struct val alias = val_copy(list);
    struct val room = val_list();
    poke_swap(list, room);
    room = val_list_push(room, val_int(2));
    poke_swap(list, room);
    val_free(room);
    assert_int_equal(peek_count(alias), 2);
    assert_int_equal(peek_item(alias, 1).integer, 2);
    val_free(list);
    val_free(alias);

    struct val map = val_map_set(val_map(), S("a"), val_int(1));
    alias = val_copy(map);
    room = val_map_set(val_map(), S("b"), val_int(2));
    poke_swap(map, room);
    assert_int_equal(peek_get(alias, S("b")).integer, 2);
    assert_int_equal(peek_get(room, S("a")).integer, 1);
    val_free(map);
    val_free(alias);
    val_free(room);
}

struct link {
    int *freed;
    struct val next;
};

static struct val free_link(void *self)
{
    struct link *l = self;
    struct val next = l->next;
    ++*l->freed;
    test_free(l);
    return next;
}

static void test_deep_values_are_released_without_recursion(void **state)
{
    (void)state;
    static const struct val_ext_type link_type = { "link", free_link };
    enum { DEEP = 300000 };
    int freed = 0;
    struct val v = val_null();
    for (int i = 0; i < DEEP; i++) {
        if (i % 3 == 0) {
            v = val_list_push(val_list(), v);
        } else if (i % 3 == 1) {
            v = val_map_set(val_map(), S("k"), v);
        } else {
            struct link *l = test_malloc(sizeof *l);
            *l = (struct link){ &freed, v };
            v = val_ext(&link_type, l);
        }
    }
    struct val same = val_copy(v);
    assert_true(peek_equal(v, same));
    assert_ptr_equal(peek_ext_type(v), &link_type);
    val_free(same);
    assert_int_equal(freed, 0);
    val_free(v);
    assert_int_equal(freed, DEEP / 3);
}

static struct val sample(int i)
{
    switch (i) {
    case 0:
        return val_null();
    case 1:
        return val_bool(true);
    case 2:
        return val_int(1);
    case 3:
        return val_float(1.5);
    case 4:
        return val_str(S("1"));
    case 5:
        return val_list_push(val_list(), val_int(1));
    case 6:
        return val_map_set(val_map_set(val_map(), S("a"), val_int(1)), S("b"), val_list());
    case 7:
        return val_map_set(val_map_set(val_map(), S("a"), val_int(1)), S("b"), val_map());
    case 8:
        return val_int(INT64_C(9007199254740993));
    case 9:
        return val_float(9007199254740992.0);
    default:
        return (struct val){ 0 };
    }
}

static void test_equality(void **state)
{
    (void)state;
    for (int i = 0; i <= 10; i++)
        for (int j = 0; j <= 10; j++)
            assert_int_equal(val_equal(sample(i), sample(j)), i == j);
    assert_true(val_equal(val_int(1), val_float(1.0)));
    struct val a = val_map_set(val_map_set(val_map(), S("b"), val_list()), S("a"), val_float(1));
    assert_true(val_equal(a, sample(6)));
}

static void test_numbers_compare_exactly(void **state)
{
    (void)state;
    static const struct {
        int64_t i;
        double d;
        int want;
    } cases[] = {
        { 1, 1.0, 0 },
        { 1, 1.5, -1 },
        { -1, -1.5, 1 },
        { INT64_MAX, 9.3e18, -1 },
        { INT64_MAX, 9223372036854775808.0, -1 },
        { INT64_MIN, -9223372036854775808.0, 0 },
        { INT64_MIN, -1e300, 1 },
        { INT64_C(9007199254740993), 9007199254740992.0, 1 },
        { 0, INFINITY, -1 },
        { 0, -INFINITY, 1 },
        { 0, NAN, 2 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(num_compare(cases[i].i, cases[i].d), cases[i].want);
}

static void test_json_size(void **state)
{
    (void)state;
    static const struct {
        struct str text;
        size_t want;
    } cases[] = {
        { S_INIT(""), 2 },         { S_INIT("a\"\\"), 7 }, { S_INIT("\n\t\x01"), 12 },
        { S_INIT("\xc3\xa4"), 4 }, { S_INIT("\xff"), 5 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct val v = val_str(cases[i].text);
        assert_int_equal(peek_json_size(v), cases[i].want);
        val_free(v);
    }
    struct val v = val_map_set(val_map(), S("a"), val_list_push(val_list(), val_int(-12)));
    v = val_map_set(v, S("b"), val_list_push(val_list_push(val_list(), val_null()), val_map()));
    v = val_map_put(v, val_int(7), val_bool(false));
    assert_int_equal(peek_json_size(v), strlen("{\"a\":[-12],\"b\":[null,{}],\"7\":false}"));
    val_free(v);
}

static void test_json_size_of_a_bomb_stops(void **state)
{
    (void)state;
    struct val v = val_list();
    for (int i = 0; i < 100; i++)
        v = val_list_push(val_list_push(val_list(), val_copy(v)), v);
    assert_int_equal(peek_json_size(v), VAL_SIZE_MAX);
    val_free(v);
}

static void test_nodes_and_back(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct span none = { 0 };
    for (int i = 0; i < 10; i++) {
        struct node *n = val_to_node(&a, sample(i), none);
        struct val back = val_from_node(n);
        struct val first = sample(i);
        assert_true(peek_equal(back, first));
        val_free(back);
        val_free(first);
    }
    struct val deep = val_null();
    for (int i = 0; i <= LIMIT_JSON_DEPTH; i++)
        deep = val_list_push(val_list(), deep);
    assert_null(val_to_node(&a, deep, none));
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings_append_in_place_or_copy),
        cmocka_unit_test(test_flags_survive),
        cmocka_unit_test(test_shared_lists_are_not_changed),
        cmocka_unit_test(test_maps_keep_order_and_find),
        cmocka_unit_test(test_number_keys),
        cmocka_unit_test(test_swap_is_seen_by_every_holder),
        cmocka_unit_test(test_deep_values_are_released_without_recursion),
        cmocka_unit_test(test_equality),
        cmocka_unit_test(test_numbers_compare_exactly),
        cmocka_unit_test(test_json_size),
        cmocka_unit_test(test_json_size_of_a_bomb_stops),
        cmocka_unit_test(test_nodes_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
