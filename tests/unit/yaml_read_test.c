/* Documents and what becomes of them, as JSON. */
#include "base/json_write.h"
#include "yaml/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct {
    const char *name, *document, *json;
} cases[] = {
    { "nothing", "", "null" },
    { "comments only", "# a\n\n# b\n", "null" },
    { "dashes only", "---\n", "null" },
    { "end mark", "---\na: 1\n...\n", "{\"a\":1}" },
    { "byte order mark",
      "\xEF\xBB\xBF"
      "a: 1\n",
      "{\"a\":1}" },
    { "mark and nothing", "\xEF\xBB\xBF", "null" },
    { "Windows line ends", "a: 1\r\nb:\r\n  - x\r\n  - |\r\n    y\r\n    z\r\n",
      "{\"a\":1,\"b\":[\"x\",\"y\\nz\\n\"]}" },
    { "old line ends", "a: 1\rb: 2\r", "{\"a\":1,\"b\":2}" },
    { "kinds", "[~, true, 1, 1.5, x, 'x', \"x\", [], {}]",
      "[null,true,1,1.5,\"x\",\"x\",\"x\",[],{}]" },
    { "JSON", "{\"a\": [1, 2.5e3, \"x\\u00e9\\n\"], \"b\":{\"c\":null},\n\t\"d\": \"\\/\"}",
      "{\"a\":[1,2500,\"x\xC3\xA9\\n\"],\"b\":{\"c\":null},\"d\":\"/\"}" },
    { "YAML 1.1 booleans", "on: yes\nno: off\n", "{\"on\":\"yes\",\"no\":\"off\"}" },
    { "keys are text", "1: a\n0x10: b\ntrue: c\n~: d\n1.50: e\n\"\": f\n",
      "{\"1\":\"a\",\"0x10\":\"b\",\"true\":\"c\",\"~\":\"d\",\"1.50\":\"e\",\"\":\"f\"}" },
    { "keys with marks", "? a\n: 1\n? b\n", "{\"a\":1,\"b\":null}" },
    { "tagged keys", "!!str 1: a\n!!int 2: b\n", "{\"1\":\"a\",\"2\":\"b\"}" },
    { "set", "{a, b: 1, c: }", "{\"a\":null,\"b\":1,\"c\":null}" },
    { "pairs in a list", "[a: 1, b, \"c\": d]", "[{\"a\":1},\"b\",{\"c\":\"d\"}]" },
    { "text of several lines", "a: b\n  c\n\n  d\n", "{\"a\":\"b c\\nd\"}" },
    { "quotes of several lines", "a: \"b\n  c\\\n  d\"\nb: 'x\n\n  y'\n",
      "{\"a\":\"b cd\",\"b\":\"x\\ny\"}" },
    { "blocks", "a: |\n  x\n\nb: |-\n  x\n\nc: |+\n  x\n\nd: >\n  x\n  y\n\n  z\ne: |2\n    x\n",
      "{\"a\":\"x\\n\",\"b\":\"x\",\"c\":\"x\\n\\n\",\"d\":\"x y\\nz\\n\",\"e\":\"  x\\n\"}" },
    { "tags",
      "a: !!str 12\nb: !!int \"3\"\nc: !!float 3\nd: !!bool 'true'\ne: !!null ''\n"
      "f: !!seq []\ng: !!map {}\nh: !!str\n",
      "{\"a\":\"12\",\"b\":3,\"c\":3,\"d\":true,\"e\":null,\"f\":[],\"g\":{},\"h\":\"\"}" },
    { "verbatim tag", "a: !<tag:yaml.org,2002:str> 1\n", "{\"a\":\"1\"}" },
    { "declared tag", "%TAG !y! tag:yaml.org,2002:\n---\na: !y!str 1\n", "{\"a\":\"1\"}" },

    { "expressions",
      "a: !jsonata $x\nb: !jsonata \"$y + 'z'\"\nc: !jsonata '{% $x %}'\n"
      "d: !jsonata |\n  $sum(\n    $x)\n",
      "{\"a\":\"$x\",\"b\":\"$y + 'z'\",\"c\":\"$x\",\"d\":\"$sum(\\n  $x)\\n\"}" },
    { "expressions in their braces",
      "a: !jsonata {% $x ? {\"a\": 1} : [1, 2] %} # c\nb: [!jsonata {% \"}\" %}, !jsonata {%1%}]\n"
      "c: {d: !jsonata {% # %}, e: &e !jsonata {% a: b %}}\nf: *e\n",
      "{\"a\":\"$x ? {\\\"a\\\": 1} : [1, 2]\",\"b\":[\"\\\"}\\\"\",\"1\"],"
      "\"c\":{\"d\":\"#\",\"e\":\"a: b\"},\"f\":\"a: b\"}" },
    { "expression over lines", "a: !jsonata {%\n    {\n \"x\": 1\n}\n%}\nb: 2\n",
      "{\"a\":\"{\\n \\\"x\\\": 1\\n}\",\"b\":2}" },
    { "expression behind other letters",
      "\xC3\xA4\xF0\x9F\x98\x80: !jsonata {% \xC3\xA4 %}\n"
      "b: \"\xC3\xB6\"\n",
      "{\"\xC3\xA4\xF0\x9F\x98\x80\":\"\xC3\xA4\",\"b\":\"\xC3\xB6\"}" },
    { "expressions that are not",
      "a: \"!jsonata {% x %}\"\nb: |\n  !jsonata {% y %}\n# !jsonata {% z\nc: !jsonata {% q %}\n"
      "d: '!jsonata {% \"it''s\" %}'\ne: text !jsonata {% x %}\n",
      "{\"a\":\"!jsonata {% x %}\",\"b\":\"!jsonata {% y %}\\n\",\"c\":\"q\","
      "\"d\":\"!jsonata {% \\\"it's\\\" %}\",\"e\":\"text !jsonata {% x %}\"}" },

    { "aliases", "a: &a [1, &b x]\nc: *a\nd: {e: *b}\n*b : y\n",
      "{\"a\":[1,\"x\"],\"c\":[1,\"x\"],\"d\":{\"e\":\"x\"},\"x\":\"y\"}" },
    { "anchor anew", "- &a 1\n- *a\n- &a 2\n- *a\n", "[1,1,2,2]" },
    { "anchor of nothing", "a: &a\nb: *a\n", "{\"a\":null,\"b\":null}" },
    { "anchor and tag", "a: &a !!str 1\nb: !!str &b 2\nc: [*a, *b]\n",
      "{\"a\":\"1\",\"b\":\"2\",\"c\":[\"1\",\"2\"]}" },
    { "anchor of a key", "&k a: 1\nb: *k\n", "{\"a\":1,\"b\":\"a\"}" },
    { "merge", "base: &base {a: 1, b: 2}\nx:\n  b: 3\n  <<: *base\n",
      "{\"base\":{\"a\":1,\"b\":2},\"x\":{\"b\":3,\"a\":1}}" },
    { "merge of a list, the first wins", "- &a {x: 1, y: 1}\n- &b {y: 2, z: 2}\n- {<<: [*a, *b]}\n",
      "[{\"x\":1,\"y\":1},{\"y\":2,\"z\":2},{\"x\":1,\"y\":1,\"z\":2}]" },
    { "merge of a merge", "- &a {x: 1}\n- &b {<<: *a, y: 2}\n- <<: *b\n  x: 3\n",
      "[{\"x\":1},{\"y\":2,\"x\":1},{\"x\":3,\"y\":2}]" },
    { "merge in place", "<<: {a: 1}\nb: 2\n", "{\"b\":2,\"a\":1}" },
    { "merge that is not", "\"<<\": 1\n", "{\"<<\":1}" },
    { "merge sign as a value", "a: <<\n", "{\"a\":\"<<\"}" },
};

static bool check(const char *name, const char *document, const char *json)
{
    struct arena a = { 0 };
    struct diags ds;
    struct buf out;
    struct json_writer w;
    diags_init(&ds, &a);
    buf_init(&out, 0);
    json_writer_init(&w, &out, 0);
    struct node *n = yaml_read(&a, &ds, source_make(&a, S("in.yaml"), str_from(document)), NULL);
    if (n)
        json_node(&w, n);
    diags_print(&ds, &out, false);
    bool same = str_eq(buf_str(&out), str_from(json));
    if (!same)
        print_error("%s: expected\n%s\nbut it is\n%.*s\n", name, json, STR(buf_str(&out)));
    buf_done(&out);
    arena_done(&a);
    return same;
}

static void reads(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        wrong += !check(cases[i].name, cases[i].document, cases[i].json);
    assert_int_equal(wrong, 0);
}

/* Aliases and merges share the nodes of their anchors. */
static void shares(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    struct str text = S("a: &a {x: {y: 1}}\nb: *a\nc: {<<: *a}\n");
    struct node *n = yaml_read(&a, &ds, source_make(&a, S("in.yaml"), text), NULL);
    assert_ptr_equal(node_get(n, S("a")), node_get(n, S("b")));
    assert_ptr_equal(node_get(node_get(n, S("a")), S("x")), node_get(node_get(n, S("c")), S("x")));
    arena_done(&a);
}

static void knows_how_it_was_written(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    struct str text = S("[plain, 'single', \"double\", !!str tagged, !jsonata $x, 1, !!int '1']");
    struct node *n = yaml_read(&a, &ds, source_make(&a, S("in.yaml"), text), NULL);
    static const bool quoted[] = { false, true, true, true, true, false, false };
    assert_int_equal(n->seq.n, 7);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(n->seq.items[i]->quoted, quoted[i]);
        assert_int_equal(n->seq.items[i]->tag, i == 4 ? TAG_JSONATA : TAG_NONE);
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(shares),
        cmocka_unit_test(knows_how_it_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
