#include "base/json_write.h"

#include <math.h>

#include "unit.h"

static void strings(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str text;
        const char *want;
    } cases[] = {
        { "empty", S_INIT(""), "\"\"" },
        { "plain", S_INIT("abc"), "\"abc\"" },
        { "quote and backslash", S_INIT("a\"b\\c"), "\"a\\\"b\\\\c\"" },
        { "slash", S_INIT("a/b"), "\"a/b\"" },
        { "short escapes", S_INIT("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"" },
        { "other controls", S_INIT("\x01\x1F\v"), "\"\\u0001\\u001f\\u000b\"" },
        { "NUL", S_INIT("a\0b"), "\"a\\u0000b\"" },
        { "DEL", S_INIT("\x7F"), "\"\x7F\"" },
        { "UTF-8", S_INIT("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"),
          "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"" },
        { "an invalid byte",
          S_INIT("a\xFF"
                 "b"),
          "\"a\xEF\xBF\xBD"
          "b\"" },
        { "cut off", S_INIT("ab\xE2\x82"), "\"ab\xEF\xBF\xBD\xEF\xBF\xBD\"" },
        { "escape at the beginning", S_INIT("\n0123456789abcdef"), "\"\\n0123456789abcdef\"" },
        { "escape at the end", S_INIT("0123456789abcdef\n"), "\"0123456789abcdef\\n\"" },
        { "escapes side by side", S_INIT("01234567\n\"\\89abcdef"),
          "\"01234567\\n\\\"\\\\89abcdef\"" },
        { "long and mixed",
          S_INIT("0123456\xC3\xA9"
                 "89abcdef0123456789abcdef\xC3\xA9"),
          "\"0123456\xC3\xA9"
          "89abcdef0123456789abcdef\xC3\xA9\"" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf out;
        struct json_writer w;
        char *copy = malloc(cases[i].text.n + 1);
        assert_non_null(copy);
        memcpy(copy, cases[i].text.p, cases[i].text.n);
        buf_init(&out, 0);
        json_writer_init(&w, &out, 0);
        json_str(&w, (struct str){ copy, cases[i].text.n });
        assert_text(cases[i].name, buf_str(&out), cases[i].want);
        buf_done(&out);
        free(copy);
    }
}

/* Eight bytes are looked at in one go: two that are no plain ASCII, in texts of any length,
 * anywhere. */
static void what_is_not_plain_stands_anywhere(void **state)
{
    (void)state;
    enum { LONGEST = 27 };
    static const char *const ODD[] = { "\"", "\\", "\n", "\xC3\xA9", "\x80", "\x7F", "!" };
    static const char *const WRITTEN[] = { "\\\"",         "\\\\", "\\n", "\xC3\xA9",
                                           "\xEF\xBF\xBD", "\x7F", "!" };
    for (size_t n = 1; n <= LONGEST; n++)
        for (size_t first = 0; first < n; first++)
            for (size_t second = first + 1; second <= n; second++) {
                struct buf text, want, out;
                struct json_writer w;
                buf_init(&text, 0);
                buf_init(&want, 0);
                buf_init(&out, 0);
                buf_putc(&want, '"');
                for (size_t i = 0; i < n; i++) {
                    size_t odd = (first + second) % COUNT(ODD);
                    bool is = i == first || i == second;
                    buf_put(&text, is ? str_from(ODD[odd]) : S("a"));
                    buf_put(&want, is ? str_from(WRITTEN[odd]) : S("a"));
                }
                buf_put(&want, (struct str){ "\"", 2 }); /* and the NUL that assert_text wants */
                char *copy = malloc(text.n);
                assert_non_null(copy);
                memcpy(copy, text.p, text.n);
                json_writer_init(&w, &out, 0);
                json_str(&w, (struct str){ copy, text.n });
                assert_text("anywhere", buf_str(&out), want.p);
                free(copy);
                buf_done(&text);
                buf_done(&want);
                buf_done(&out);
            }
}

static void put_some(struct json_writer *w)
{
    json_begin_map(w);
    json_key(w, S("list"));
    json_begin_list(w);
    json_int(w, INT64_MIN);
    json_float(w, 0.1);
    json_float(w, (double)NAN);
    json_float(w, HUGE_VAL);
    json_float(w, -0.0);
    json_bool(w, true);
    json_bool(w, false);
    json_null(w);
    json_begin_list(w);
    json_end_list(w);
    json_begin_map(w);
    json_end_map(w);
    json_end_list(w);
    json_key(w, S("raw"));
    json_raw(w, S("{\"a\":1}"));
    json_key(w, S("map"));
    json_begin_map(w);
    json_key(w, S("k"));
    json_str(w, S("v"));
    json_end_map(w);
    json_end_map(w);
}

static void compact_and_indented(void **state)
{
    (void)state;
    struct buf out;
    struct json_writer w;
    buf_init(&out, 0);
    json_writer_init(&w, &out, 0);
    put_some(&w);
    assert_text("compact", buf_str(&out),
                "{\"list\":[-9223372036854775808,0.1,null,null,0,true,false,null,[],{}],"
                "\"raw\":{\"a\":1},\"map\":{\"k\":\"v\"}}");
    out.n = 0;
    json_writer_init(&w, &out, 2);
    put_some(&w);
    assert_text("indented", buf_str(&out),
                "{\n"
                "  \"list\": [\n"
                "    -9223372036854775808,\n"
                "    0.1,\n"
                "    null,\n"
                "    null,\n"
                "    0,\n"
                "    true,\n"
                "    false,\n"
                "    null,\n"
                "    [],\n"
                "    {}\n"
                "  ],\n"
                "  \"raw\": {\"a\":1},\n"
                "  \"map\": {\n"
                "    \"k\": \"v\"\n"
                "  }\n"
                "}");
    buf_done(&out);
}

static void keys_of_values_that_are_no_strings(void **state)
{
    (void)state;
    struct buf out;
    struct json_writer w;
    struct val v = val_map();
    v = val_map_put(v, val_int(1), val_int(10));
    v = val_map_put(v, val_float(1.5), val_bool(true));
    v = val_map_put(v, val_null(), val_null());
    v = val_map_put(v, val_bool(false), (struct val){ 0 });
    v = val_map_set(v, S("s"), val_str(S("t")));
    buf_init(&out, 0);
    json_writer_init(&w, &out, 0);
    json_val(&w, v);
    assert_text("keys", buf_str(&out),
                "{\"1\":10,\"1.5\":true,\"null\":null,\"false\":null,\"s\":\"t\"}");
    val_free(v);
    buf_done(&out);
}

static void no_stack_is_deep_enough(void **state)
{
    (void)state;
    enum { DEEP = 300000 };
    struct arena a = { 0 };
    struct node *n = node_seq(&a, (struct span){ 0 });
    struct val v = val_list();
    for (int i = 1; i < DEEP; i++) {
        struct node *outer = node_seq(&a, (struct span){ 0 });
        node_push(&a, outer, n);
        n = outer;
        v = val_list_push(val_list(), v);
    }
    struct buf out;
    struct json_writer w;
    buf_init(&out, 0);
    json_writer_init(&w, &out, 0);
    json_node(&w, n);
    assert_int_equal(out.n, 2 * DEEP);
    assert_int_equal(w.depth, 0);
    out.n = 0;
    json_writer_init(&w, &out, 0);
    json_val(&w, v);
    assert_int_equal(out.n, 2 * DEEP);
    val_free(v);
    buf_done(&out);
    arena_done(&a);
}

static void over_the_ceiling_of_the_buffer(void **state)
{
    (void)state;
    struct buf out;
    struct json_writer w;
    buf_init(&out, 20);
    json_writer_init(&w, &out, 2);
    put_some(&w);
    assert_true(out.over);
    assert_true(out.n <= 20);
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings),
        cmocka_unit_test(what_is_not_plain_stands_anywhere),
        cmocka_unit_test(compact_and_indented),
        cmocka_unit_test(keys_of_values_that_are_no_strings),
        cmocka_unit_test(no_stack_is_deep_enough),
        cmocka_unit_test(over_the_ceiling_of_the_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
