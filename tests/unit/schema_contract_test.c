#include "base/json.h"
#include "schema/contract.h"
#include "unit.h"

static struct node *parse(struct arena *a, struct diags *ds, const char *json)
{
    struct node *n = json_read_node(a, ds, source_make(a, S("test"), str_from(json)));
    assert_non_null(n);
    return n;
}

/* The messages alone, a line each. */
static void put_messages(struct buf *out, struct diags *ds)
{
    diags_sort(ds);
    for (size_t i = 0; i < ds->all.n; i++)
        buf_printf(out, "%s%.*s", i ? "\n" : "", STR(ds->all.p[i]->message));
}

static const struct {
    const char *name, *schema, *data, *messages;
} cases[] = {
    { "anything", "{}", "[1, null]", "" },
    { "type", "{\"type\":\"string\"}", "1", "'$' is an integer; expected string" },
    { "several types", "{\"type\":[\"string\",\"null\"]}", "null", "" },
    { "none of the types", "{\"type\":[\"string\",\"null\"]}", "{}",
      "'$' is a map; expected string or null" },
    { "an integer is a number", "{\"type\":\"number\"}", "1", "" },
    { "1.0 is an integer", "{\"type\":\"integer\"}", "1.0", "" },
    { "1.5 is none", "{\"type\":\"integer\"}", "1.5", "'$' is a number; expected integer" },
    { "enum", "{\"enum\":[1,\"a\",{\"x\":[]}]}", "{\"x\":[]}", "" },
    { "not in enum", "{\"enum\":[1,\"a\"]}", "2", "'$' is none of the values that it may have" },
    { "const", "{\"const\":1}", "2", "'$' is not the value that it must have" },
    { "minimum", "{\"minimum\":1}", "1", "" },
    { "below", "{\"minimum\":1.5}", "1", "'$' is 1; expected 1.5 or more" },
    { "above", "{\"maximum\":3}", "4", "'$' is 4; expected 3 or less" },
    { "at the border", "{\"exclusiveMinimum\":1}", "1", "'$' is 1; expected more than 1" },
    { "at the other", "{\"exclusiveMaximum\":1}", "1", "'$' is 1; expected less than 1" },
    { "bounds of numbers are not for text", "{\"minimum\":1,\"maximum\":1}", "\"x\"", "" },
    { "length in characters", "{\"minLength\":2,\"maxLength\":2}", "\"\xc3\xa4\xc3\xb6\"", "" },
    { "too short", "{\"minLength\":2}", "\"x\"", "'$' has 1 characters; expected at least 2" },
    { "too long", "{\"maxLength\":0}", "\"x\"", "'$' has 1 characters; expected at most 0" },
    { "items", "{\"items\":{\"type\":\"integer\"}}", "[1, \"x\", 2, null]",
      "'$[1]' is a string; expected integer\n'$[3]' is null; expected integer" },
    { "too few", "{\"minItems\":1}", "[]", "'$' has 0 items; expected at least 1" },
    { "too many", "{\"maxItems\":1}", "[1,2]", "'$' has 2 items; expected at most 1" },
    { "twice", "{\"uniqueItems\":true}", "[1,2,1.0]", "'$' has item 0 twice" },
    { "may be twice", "{\"uniqueItems\":false}", "[1,1]", "" },
    { "required", "{\"required\":[\"a\",\"b\"]}", "{\"a\":1}", "'$' has no 'b'" },
    { "required of maps only", "{\"required\":[\"a\"]}", "1", "" },
    { "inside", "{\"properties\":{\"a\":{\"items\":{\"properties\":{\"b\":{\"type\":\"null\"}}}}}}",
      "{\"a\":[{},{\"b\":true}]}", "'$.a[1].b' is a boolean; expected null" },
    { "no others", "{\"properties\":{\"a\":{}},\"additionalProperties\":false}",
      "{\"a\":1,\"b\":2}", "'$.b' is not among the properties" },
    { "others like this", "{\"additionalProperties\":{\"type\":\"string\"}}",
      "{\"a\":\"x\",\"b\":2}", "'$.b' is an integer; expected string" },
};

static void data(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena a = { 0 };
        struct diags ds;
        struct buf out;
        diags_init(&ds, &a);
        buf_init(&out, 0);
        const struct node *schema = parse(&a, &ds, cases[i].schema);
        assert_true(contract_check(&ds, schema));
        bool fits = contract_accepts(&ds, schema, parse(&a, &ds, cases[i].data), schema->span);
        put_messages(&out, &ds);
        assert_text(cases[i].name, buf_str(&out), cases[i].messages);
        assert_int_equal(fits, cases[i].messages[0] == '\0');
        buf_done(&out);
        arena_done(&a);
    }
}

static const struct {
    const char *name, *schema, *messages;
} schemas[] = {
    { "all keywords",
      "{\"$schema\":\"x\",\"$id\":\"x\",\"$comment\":\"x\",\"title\":\"x\",\"description\":\"x\","
      "\"default\":1,\"examples\":[],\"format\":\"date\",\"type\":\"object\",\"required\":[],"
      "\"properties\":{},\"additionalProperties\":{},\"items\":{},\"enum\":[1],\"const\":1,"
      "\"minimum\":1,\"maximum\":1,\"exclusiveMinimum\":1,\"exclusiveMaximum\":1,\"minLength\":1,"
      "\"maxLength\":1,\"minItems\":1,\"maxItems\":1,\"uniqueItems\":true}",
      "" },
    { "unknown keyword", "{\"oneOf\":[]}", "the schema says 'oneOf', which is not understood" },
    { "unknown type", "{\"type\":\"int\"}", "'type' is 'int'; expected a type" },
    { "type is no name", "{\"type\":1}", "'type' is an integer; expected a type" },
    { "no types", "{\"type\":[]}", "'type' is empty; expected at least one type" },
    { "no schema", "{\"items\":[]}", "'items' is empty; expected a schema" },
    { "inside", "{\"properties\":{\"a\":{\"items\":{\"minimum\":\"1\"}}}}",
      "'minimum' is a string; expected a number" },
    { "negative", "{\"minItems\":-1}", "'minItems' is an integer; expected a number from 0 on" },
    { "required is a flag", "{\"required\":true}",
      "'required' is a boolean; expected a list of names" },
};

static void the_schema_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(schemas); i++) {
        struct arena a = { 0 };
        struct diags ds;
        struct buf out;
        diags_init(&ds, &a);
        buf_init(&out, 0);
        bool good = contract_check(&ds, parse(&a, &ds, schemas[i].schema));
        put_messages(&out, &ds);
        assert_text(schemas[i].name, buf_str(&out), schemas[i].messages);
        assert_int_equal(good, schemas[i].messages[0] == '\0');
        buf_done(&out);
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data),
        cmocka_unit_test(the_schema_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
