#include "base/json.h"
#include "check/shape.h"
#include "unit.h"

/* Shapes are written as JSON here; "?" stands for anything. */
static const struct shape *shape(struct arena *a, const char *json)
{
    struct diags ds;
    diags_init(&ds, a);
    const struct source *src = source_make(a, S("test"), str_from(json));
    const struct node *n = json_read_node(a, &ds, src);
    assert_non_null(n);
    if (node_is_str(n) && str_eq(n->str, S("?")))
        return shape_of(SHAPE_ANY);
    return shape_literal(a, n);
}

static void put_keys(struct buf *out, const struct shape_key *k);

/* {a b? …}: sorted keys, '?' behind those that need not be there, "…" where there may be others. */
static void put(struct buf *out, const struct shape *s)
{
    static const char *const LETTERS = "?0bnt";
    if (s->kind == SHAPE_LIST) {
        buf_putc(out, '[');
        if (s->item)
            put(out, s->item);
        buf_putc(out, ']');
    } else if (s->kind == SHAPE_MAP || s->keys) {
        buf_putc(out, '{');
        put_keys(out, s->keys);
        buf_put(out, shape_may_have_more(s) ? S("…}") : S("}"));
    } else {
        buf_putc(out, LETTERS[s->kind]);
    }
}

static void put_keys(struct buf *out, const struct shape_key *k)
{
    if (!k)
        return;
    put_keys(out, k->left);
    buf_printf(out, "%.*s%s:", STR(k->name), k->presence == SHAPE_ALWAYS ? "" : "?");
    put(out, k->value);
    buf_putc(out, ' ');
    put_keys(out, k->right);
}

static void expect(const char *name, const struct shape *s, const char *text)
{
    struct buf out;
    buf_init(&out, 0);
    put(&out, s);
    if (!str_eq(buf_str(&out), str_from(text)))
        fail_msg("%s: got %.*s, expected %s", name, STR(buf_str(&out)), text);
    buf_done(&out);
}

static const struct {
    const char *name, *x, *y, *join, *merge;
} pairs[] = {
    { "equal", "{\"a\":1}", "{\"a\":2}", "{a:n }", "{a:n }" },
    { "one side only", "{\"a\":1}", "{\"b\":2}", "{a?:n b?:n }", "{a:n b:n }" },
    { "nothing on one side", "{}", "{\"b\":2}", "{b?:n }", "{b:n }" },
    { "other kinds", "{\"a\":1}", "{\"a\":\"x\"}", "{a:? }", "{a:t }" },
    { "inside", "{\"a\":{\"x\":1}}", "{\"a\":{\"y\":1}}", "{a:{x?:n y?:n } }", "{a:{y:n } }" },
    { "unknown", "{\"a\":1}", "\"?\"", "{a?:n …}", "{a:n …}" },
    { "both unknown", "\"?\"", "\"?\"", "?", "{…}" },
    { "lists", "[1, 2]", "[\"x\"]", "[?]", "{…}" },
    { "an empty list", "[]", "[\"x\"]", "[t]", "{…}" },
    { "list and map", "[]", "{}", "?", "{…}" },
    { "items of a list", "{\"l\":[{\"a\":1},{\"b\":2}]}", "{}", "{l?:[{a?:n b?:n }] }",
      "{l:[{a?:n b?:n }] }" },
    { "many", "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1}",
      "{\"b\":1,\"d\":1,\"f\":1,\"g\":true}", "{a?:n b:n c?:n d:n e?:n f:n g?:b }",
      "{a:n b:n c:n d:n e:n f:n g:b }" },
};

static void two_shapes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct arena a = { 0 };
        const struct shape *x = shape(&a, pairs[i].x), *y = shape(&a, pairs[i].y);
        expect(pairs[i].name, shape_join(&a, x, y), pairs[i].join);
        expect(pairs[i].name, shape_join(&a, y, x), pairs[i].join);
        expect(pairs[i].name, shape_merge(&a, x, y), pairs[i].merge);
        assert_true(shape_same(shape_join(&a, x, y), shape_join(&a, y, x)));
        arena_done(&a);
    }
}

static const struct {
    const char *name, *schema, *text;
} schemas[] = {
    { "nothing said", "{}", "?" },
    { "any map", "{\"type\":\"object\"}", "{…}" },
    { "properties", "{\"required\":[\"a\"],\"properties\":{\"a\":{},\"b\":{\"type\":\"string\"}}}",
      "{a:? b?:t }" },
    { "and others", "{\"type\":\"object\",\"properties\":{\"a\":{}},\"additionalProperties\":true}",
      "{a?:? …}" },
    { "none", "{\"type\":\"object\",\"additionalProperties\":false}", "{}" },
    { "list", "{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}", "[n]" },
    { "list of anything", "{\"type\":\"array\"}", "[]" },
    { "an object or null", "{\"type\":[\"object\",\"null\"],\"properties\":{\"a\":{}}}",
      "{a?:? }" },
    { "several types", "{\"type\":[\"object\",\"string\"],\"properties\":{\"a\":{}}}", "?" },
    { "null", "{\"type\":\"null\"}", "0" },
};

static void from_schemas(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
        struct arena a = { 0 };
        struct diags ds;
        diags_init(&ds, &a);
        const struct source *src = source_make(&a, S("test"), str_from(schemas[i].schema));
        expect(schemas[i].name, shape_of_schema(&a, json_read_node(&a, &ds, src)), schemas[i].text);
        arena_done(&a);
    }
}

/* Keys are found whatever the order in which they were put, and putting one again replaces it. */
static void many_keys(void **state)
{
    (void)state;
    struct arena a = { 0 };
    const struct shape *s = shape_of(SHAPE_MAP), *other = s;
    const struct span nowhere = { 0 };
    enum { N = 1000 };
    for (int i = 0; i < N; i++) {
        struct str up = arena_printf(&a, "key%d", i), down = arena_printf(&a, "key%d", N - 1 - i);
        s = shape_with(&a, s, up, shape_of(SHAPE_NUMBER), SHAPE_ALWAYS, nowhere);
        other = shape_with(&a, other, down, shape_of(SHAPE_NUMBER), SHAPE_ALWAYS, nowhere);
    }
    assert_true(shape_same(s, other));
    for (int i = 0; i < N; i++)
        assert_non_null(shape_get(s, arena_printf(&a, "key%d", i)));
    assert_null(shape_get(s, S("key")));
    s = shape_with(&a, s, S("key7"), shape_of(SHAPE_TEXT), SHAPE_ALWAYS, nowhere);
    assert_int_equal(shape_get(s, S("key7"))->value->kind, SHAPE_TEXT);
    assert_false(shape_same(s, other));
    arena_done(&a);
}

/* What was only read is not missed where another way joins. */
static void assumptions(void **state)
{
    (void)state;
    struct arena a = { 0 };
    const struct shape *any = shape_of(SHAPE_ANY), *text = shape_of(SHAPE_TEXT);
    const struct shape *read = shape_assume(&a, shape_assume(&a, any, S("b"), text), S("d"), text);
    expect("assumed", read, "{b:t d:t …}");
    expect("joined with the unknown", shape_join(&a, read, any), "?");
    expect("and the other way", shape_join(&a, any, read), "?");
    expect("joined with others", shape_join(&a, read, shape(&a, "{\"a\":1,\"c\":1,\"e\":1}")),
           "{a?:n c?:n e?:n …}");
    expect("joined with what is made", shape_join(&a, read, shape(&a, "{\"b\":\"x\"}")), "{b:t …}");
    expect("joined with itself", shape_join(&a, read, read), "{b:t d:t …}");
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_shapes),
        cmocka_unit_test(from_schemas),
        cmocka_unit_test(many_keys),
        cmocka_unit_test(assumptions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
