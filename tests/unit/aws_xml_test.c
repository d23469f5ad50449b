#include "unit.h"

#include "aws/xml.h"
#include "base/json_write.h"

/* The value as JSON text, or "no" where there is none. */
static struct str read(struct arena *a, struct str text)
{
    struct str root = S("");
    struct val v = xml_val(a, text, &root);
    struct buf b;
    struct json_writer w;
    buf_init(&b, 0);
    json_writer_init(&w, &b, 0);
    if (v.kind == VAL_UNDEFINED) {
        buf_put(&b, S("no"));
    } else {
        buf_printf(&b, "%.*s ", STR(root));
        json_val(&w, v);
    }
    val_free(v);
    struct str s = arena_str(a, buf_str(&b));
    buf_done(&b);
    return s;
}

static void test_values(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *want;
    } CASES[] = {
        { "text", "<a>x</a>", "a \"x\"" },
        { "empty", "<a/>", "a \"\"" },
        { "map", "<a><b>1</b><c>2</c></a>", "a {\"b\":\"1\",\"c\":\"2\"}" },
        { "members", "<a><member>1</member><member>2</member></a>", "a [\"1\",\"2\"]" },
        { "one member", "<a><member>1</member></a>", "a [\"1\"]" },
        { "items", "<a><item><k>1</k></item></a>", "a [{\"k\":\"1\"}]" },
        { "member and another", "<a><member>1</member><b>2</b></a>",
          "a {\"member\":[\"1\"],\"b\":\"2\"}" },
        { "repeated", "<a><b>1</b><c/><b>2</b><b>3</b></a>",
          "a {\"b\":[\"1\",\"2\",\"3\"],\"c\":\"\"}" },
        { "white space between", "<a>\n  <b> x </b>\n</a>", "a {\"b\":\" x \"}" },
        { "declaration, namespace, attributes",
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?><x:a xmlns:x=\"u\" k=\"v\"><x:b>1</x:b></x:a>",
          "a {\"b\":\"1\"}" },
        { "the five entities", "<a>&lt;&gt;&amp;&quot;&apos;&#233;</a>", "a \"<>&\\\"'\xc3\xa9\"" },
        { "cdata", "<a><![CDATA[<b>]]></a>", "a \"<b>\"" },
        { "a document type", "<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>", "no" },
        { "html", "<!DOCTYPE html><html></html>", "no" },
        { "cut short", "<a><b>1</b>", "no" },
        { "nothing", "", "no" },
        { "text only", "hello", "no" },
        { "json", "{\"a\":1}", "no" },
        { "something behind", "<a/><b/>", "no" },
        { "unknown entity", "<a>&nbsp;</a>", "no" },
        { "not utf-8", "<a>\xff</a>", "no" },
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct arena a = { 0 };
        assert_text(CASES[i].name, read(&a, str_from(CASES[i].text)), CASES[i].want);
        arena_done(&a);
    }
}

static void test_depth(void **state)
{
    (void)state;
    for (size_t depth = XML_MAX_DEPTH; depth <= XML_MAX_DEPTH + 1; depth++) {
        struct arena a = { 0 };
        struct buf b;
        buf_init(&b, 0);
        for (size_t i = 0; i < depth; i++)
            buf_put(&b, S("<a>"));
        for (size_t i = 0; i < depth; i++)
            buf_put(&b, S("</a>"));
        struct val v = xml_val(&a, buf_str(&b), NULL);
        assert_int_equal(v.kind != VAL_UNDEFINED, depth == XML_MAX_DEPTH);
        val_free(v);
        buf_done(&b);
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
