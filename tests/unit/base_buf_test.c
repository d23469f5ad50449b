#include "base/buf.h"

#include "unit.h"

static void it_grows(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 0);
    assert_int_equal(buf_str(&b).n, 0);
    buf_put(&b, S(""));
    buf_put(&b, (struct str){ 0 });
    buf_fill(&b, 'x', 0);
    assert_int_equal(b.n, 0);
    for (int i = 0; i < 1000; i++) {
        buf_put(&b, S("ab\0"));
        buf_putc(&b, 'c');
        buf_printf(&b, "%d;", i);
        buf_fill(&b, '.', 2);
    }
    assert_memory_equal(b.p, "ab\0c0;..ab\0c1;..", 16);
    assert_int_equal(b.n, 1000 * 7 + 10 + 90 * 2 + 900 * 3);
    assert_false(b.over);
    buf_done(&b);
    assert_null(b.p);
}

static void printf_takes_what_does_not_fit_at_first(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 0);
    char text[1001];
    memset(text, 't', 1000);
    text[1000] = '\0';
    buf_printf(&b, "<%s>", text);
    assert_int_equal(b.n, 1002);
    assert_int_equal(b.p[1001], '>');
    buf_done(&b);
}

static void the_ceiling(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 10);
    buf_put(&b, S("12345"));
    buf_printf(&b, "%s", "6789");
    buf_putc(&b, '0');
    assert_false(b.over);
    assert_int_equal(b.n, 10);
    buf_putc(&b, 'x');
    assert_true(b.over);
    assert_int_equal(b.n, 10);
    buf_put(&b, S("")); /* still over, still as it was */
    buf_fill(&b, 'x', 3);
    buf_printf(&b, "%d", 5);
    assert_true(b.over);
    assert_memory_equal(b.p, "1234567890", 10);
    buf_done(&b);

    buf_init(&b, 10);
    buf_printf(&b, "%s", "1234567890"); /* fits, though vsnprintf wants a byte more */
    assert_false(b.over);
    assert_int_equal(b.n, 10);
    assert_null(buf_room(&b, SIZE_MAX));
    assert_true(b.over);
    buf_done(&b);
}

static void room_is_for_the_caller_to_fill(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 0);
    char *p = buf_room(&b, 3);
    assert_non_null(p);
    memcpy(p, "abc", 3);
    b.n += 3;
    assert_text("filled", buf_str(&b), "abc");
    assert_non_null(buf_room(&b, 0));
    buf_done(&b);
    assert_non_null(buf_room(&b, 0)); /* of an empty buffer as well */
    buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_grows),
        cmocka_unit_test(printf_takes_what_does_not_fit_at_first),
        cmocka_unit_test(the_ceiling),
        cmocka_unit_test(room_is_for_the_caller_to_fill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
