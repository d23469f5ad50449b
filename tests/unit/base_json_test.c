#include "base/json.h"
#include "base/json_write.h"
#include "base/limits.h"

#include "unit.h"

/* A str from a literal that may hold NUL bytes. */
#define TEXT(literal)                \
    {                                \
        literal, sizeof(literal) - 1 \
    }

/* What RFC 8259 accepts, and how it is written again. */
static const struct {
    const char *name;
    struct str text;
    const char *again;
} good[] = {
    { "null", TEXT("null"), "null" },
    { "true", TEXT("true"), "true" },
    { "false", TEXT("false"), "false" },
    { "a lonely string", TEXT("\"\""), "\"\"" },
    { "a lonely number", TEXT("0"), "0" },
    { "an empty list", TEXT("[]"), "[]" },
    { "an empty list with blanks", TEXT("[ \t\r\n]"), "[]" },
    { "an empty map", TEXT("{}"), "{}" },
    { "an empty map with blanks", TEXT(" { } "), "{}" },
    { "blanks everywhere", TEXT("\t[ 1 ,\n2\r, { \"a\" : 3 } ]\n"), "[1,2,{\"a\":3}]" },
    { "an empty key", TEXT("{\"\":0}"), "{\"\":0}" },
    { "nesting", TEXT("[[],[[]],{\"a\":{\"b\":[{}]}}]"), "[[],[[]],{\"a\":{\"b\":[{}]}}]" },
    { "keys in their order", TEXT("{\"b\":1,\"a\":2,\"c\":3}"), "{\"b\":1,\"a\":2,\"c\":3}" },
    { "nine keys",
      TEXT("{\"1\":1,\"2\":2,\"3\":3,\"4\":4,\"5\":5,\"6\":6,\"7\":7,\"8\":8,\"9\":9}"),
      "{\"1\":1,\"2\":2,\"3\":3,\"4\":4,\"5\":5,\"6\":6,\"7\":7,\"8\":8,\"9\":9}" },

    { "zero", TEXT("[0,-0]"), "[0,0]" },
    { "integers", TEXT("[1,-1,10,1234567890]"), "[1,-1,10,1234567890]" },
    { "the largest integers", TEXT("[9223372036854775807,-9223372036854775808]"),
      "[9223372036854775807,-9223372036854775808]" },
    { "integers beyond 64 bits are doubles", TEXT("[9223372036854775808,-9223372036854775809]"),
      "[9223372036854776000,-9223372036854776000]" },
    { "an integer of thirty digits", TEXT("123456789012345678901234567890"),
      "1.2345678901234568e+29" },
    { "fractions", TEXT("[0.5,-0.25,123.456]"), "[0.5,-0.25,123.456]" },
    { "a whole double", TEXT("1.0"), "1" },
    { "exponents", TEXT("[1e2,1E2,1e+2,1e-2,1.5e3,-2E-3,0e5,0E+7]"),
      "[100,100,100,0.01,1500,-0.002,0,0]" },
    { "an exponent with zeros in front", TEXT("1e0010"), "10000000000" },
    { "too small is zero", TEXT("1e-400"), "0" },
    { "the largest double", TEXT("1.7976931348623157e308"), "1.7976931348623157e+308" },
    { "the smallest double", TEXT("5e-324"), "5e-324" },
    { "more digits than a double has", TEXT("3.14159265358979323846264338327950288"),
      "3.141592653589793" },
    { "nineteen digits and a point", TEXT("1234567890.123456789"), "1234567890.1234567" },
    { "zeros behind the point", TEXT("0.00000000000000000000000000000000001"), "1e-35" },

    { "short escapes", TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
    { "\\u in ASCII", TEXT("\"\\u0041\\u005C\\u0022\""), "\"A\\\\\\\"\"" },
    { "\\u beyond ASCII", TEXT("\"\\u00e9\\u20AC\""), "\"\xC3\xA9\xE2\x82\xAC\"" },
    { "a surrogate pair", TEXT("\"\\ud83d\\uDE00\""), "\"\xF0\x9F\x98\x80\"" },
    { "the last pair", TEXT("\"\\udbff\\udfff\""), "\"\xF4\x8F\xBF\xBF\"" },
    { "escaped NUL", TEXT("\"a\\u0000b\""), "\"a\\u0000b\"" },
    { "escaped control characters", TEXT("\"\\u001f\\u007f\""), "\"\\u001f\x7F\"" },
    { "noncharacters", TEXT("\"\\uFFFF\\uFFFE\""), "\"\xEF\xBF\xBF\xEF\xBF\xBE\"" },
    { "UTF-8 as it is", TEXT("\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\""),
      "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"" },
    { "DEL and line separators as they are", TEXT("\"\x7F\xE2\x80\xA8\xE2\x80\xA9\""),
      "\"\x7F\xE2\x80\xA8\xE2\x80\xA9\"" },
    { "a long string", TEXT("\"0123456789abcdef0123456789abcdef0123456789\""),
      "\"0123456789abcdef0123456789abcdef0123456789\"" },
    { "an escape far inside", TEXT("\"0123456789abcdef0123456789abcdef\\n0123456789\""),
      "\"0123456789abcdef0123456789abcdef\\n0123456789\"" },
    { "a quote at every place of a word", TEXT("[\"\\\"\",\"a\\\"\",\"abcdefghijklmno\\\"\"]"),
      "[\"\\\"\",\"a\\\"\",\"abcdefghijklmno\\\"\"]" },
    { "an escaped key", TEXT("{\"a\\tb\":\"c\\td\"}"), "{\"a\\tb\":\"c\\td\"}" },
};

/* What it refuses: where, and what we say. */
static const struct {
    const char *name;
    struct str text;
    size_t at, len;
    const char *slug, *message;
} bad[] = {
    { "nothing", TEXT(""), 0, 0, "bad-json", "the text ends here; expected a JSON value" },
    { "only blanks", TEXT(" \n"), 2, 0, "bad-json", "the text ends here; expected a JSON value" },
    { "a byte order mark", TEXT("\xEF\xBB\xBF{}"), 0, 3, "bad-json",
      "a byte order mark stands before the JSON value" },
    { "UTF-16", TEXT("\xFF\xFE{\0}\0"), 0, 1, "not-utf8", "byte 0xFF is not valid UTF-8" },
    { "a NUL byte", TEXT("\0"), 0, 1, "bad-json", "unexpected byte 0x00; expected a JSON value" },
    { "NUL behind the value", TEXT("1\0"), 1, 1, "bad-json",
      "unexpected byte 0x00; expected the end behind the JSON value" },
    { "two values", TEXT("{} []"), 3, 1, "bad-json",
      "unexpected '['; expected the end behind the JSON value" },
    { "a comma behind the value", TEXT("1,"), 1, 1, "bad-json",
      "unexpected ','; expected the end behind the JSON value" },
    { "form feed is no blank", TEXT("[\f]"), 1, 1, "bad-json",
      "unexpected byte 0x0C; expected a value or ']'" },
    { "a no-break space is no blank", TEXT("[\xC2\xA0]"), 1, 2, "bad-json",
      "unexpected '\xC2\xA0'; expected a value or ']'" },

    { "an unclosed list", TEXT("[1"), 2, 0, "bad-json", "the text ends here; expected ',' or ']'" },
    { "a list closed as a map", TEXT("[1}"), 2, 1, "bad-json",
      "unexpected '}'; expected ',' or ']'" },
    { "a bracket too many", TEXT("[]]"), 2, 1, "bad-json",
      "unexpected ']'; expected the end behind the JSON value" },
    { "a comma at the end of a list", TEXT("[1,]"), 3, 1, "bad-json",
      "unexpected ']'; expected a value behind ','" },
    { "a comma at the beginning", TEXT("[,1]"), 1, 1, "bad-json",
      "unexpected ','; expected a value or ']'" },
    { "two commas", TEXT("[1,,2]"), 3, 1, "bad-json",
      "unexpected ','; expected a value behind ','" },
    { "no comma", TEXT("[1 2]"), 3, 1, "bad-json", "unexpected '2'; expected ',' or ']'" },
    { "a colon in a list", TEXT("[\"a\":1]"), 4, 1, "bad-json",
      "unexpected ':'; expected ',' or ']'" },

    { "an unclosed map", TEXT("{\"a\":1"), 6, 0, "bad-json",
      "the text ends here; expected ',' or '}'" },
    { "a map without its end", TEXT("{"), 1, 0, "bad-json",
      "the text ends here; expected a key in double quotes or '}'" },
    { "a comma at the end of a map", TEXT("{\"a\":1,}"), 7, 1, "bad-json",
      "unexpected '}'; expected a key in double quotes behind ','" },
    { "a key without quotes", TEXT("{a:1}"), 1, 1, "bad-json",
      "unexpected 'a'; expected a key in double quotes or '}'" },
    { "a number as key", TEXT("{1:1}"), 1, 1, "bad-json",
      "unexpected '1'; expected a key in double quotes or '}'" },
    { "no colon", TEXT("{\"a\" 1}"), 5, 1, "bad-json",
      "unexpected '1'; expected ':' behind the key" },
    { "a key alone", TEXT("{\"a\"}"), 4, 1, "bad-json",
      "unexpected '}'; expected ':' behind the key" },
    { "no value", TEXT("{\"a\":}"), 5, 1, "bad-json",
      "unexpected '}'; expected a value behind ':'" },
    { "two colons", TEXT("{\"a\"::1}"), 5, 1, "bad-json",
      "unexpected ':'; expected a value behind ':'" },
    { "a comma for a colon", TEXT("{\"a\",1}"), 4, 1, "bad-json",
      "unexpected ','; expected ':' behind the key" },

    { "a leading zero", TEXT("[012]"), 1, 3, "bad-json",
      "the number '012' begins with a superfluous 0" },
    { "a negative leading zero", TEXT("-01"), 0, 3, "bad-json",
      "the number '-01' begins with a superfluous 0" },
    { "two zeros", TEXT("00"), 0, 2, "bad-json", "the number '00' begins with a superfluous 0" },
    { "minus alone", TEXT("[-]"), 2, 1, "bad-json", "unexpected ']'; expected a digit behind '-'" },
    { "minus at the end", TEXT("-"), 1, 0, "bad-json",
      "the text ends here; expected a digit behind '-'" },
    { "two minuses", TEXT("--1"), 1, 1, "bad-json", "unexpected '-'; expected a digit behind '-'" },
    { "minus infinity", TEXT("-Infinity"), 1, 8, "bad-json",
      "unexpected 'Infinity'; expected a digit behind '-'" },
    { "plus", TEXT("+1"), 0, 1, "bad-json", "unexpected '+'; expected a JSON value" },
    { "a point first", TEXT(".5"), 0, 1, "bad-json", "unexpected '.'; expected a JSON value" },
    { "minus and a point", TEXT("-.5"), 1, 1, "bad-json",
      "unexpected '.'; expected a digit behind '-'" },
    { "a point last", TEXT("[5.]"), 3, 1, "bad-json",
      "unexpected ']'; expected a digit behind '.'" },
    { "a point before the exponent", TEXT("1.e3"), 2, 2, "bad-json",
      "unexpected 'e3'; expected a digit behind '.'" },
    { "two points", TEXT("1.2.3"), 3, 1, "bad-json",
      "unexpected '.'; expected the end behind the JSON value" },
    { "an empty exponent", TEXT("1e"), 2, 0, "bad-json",
      "the text ends here; expected a digit in the exponent" },
    { "an exponent of a sign", TEXT("1e+]"), 3, 1, "bad-json",
      "unexpected ']'; expected a digit in the exponent" },
    { "a broken exponent", TEXT("1e1.5"), 3, 1, "bad-json",
      "unexpected '.'; expected the end behind the JSON value" },
    { "hexadecimal", TEXT("0x10"), 1, 3, "bad-json",
      "unexpected 'x10'; expected the end behind the JSON value" },
    { "letters behind a number", TEXT("[1a]"), 2, 1, "bad-json",
      "unexpected 'a'; expected ',' or ']'" },
    { "too large a double", TEXT("[1e400]"), 1, 5, "bad-json",
      "the number '1e400' is too large; expected at most 1.7976931348623157e308" },
    { "full-width digits", TEXT("\xEF\xBC\x91"), 0, 3, "bad-json",
      "unexpected '\xEF\xBC\x91'; expected a JSON value" },

    { "half a word", TEXT("tru"), 0, 3, "bad-json", "unexpected 'tru'; expected a JSON value" },
    { "a longer word", TEXT("[truest]"), 1, 6, "bad-json",
      "unexpected 'truest'; expected a value or ']'" },
    { "a word and a digit", TEXT("null0"), 0, 5, "bad-json",
      "unexpected 'null0'; expected a JSON value" },
    { "capitals", TEXT("True"), 0, 4, "bad-json", "unexpected 'True'; expected a JSON value" },
    { "NaN", TEXT("NaN"), 0, 3, "bad-json", "unexpected 'NaN'; expected a JSON value" },
    { "a comment", TEXT("[1] // one"), 4, 1, "bad-json",
      "unexpected '/'; expected the end behind the JSON value" },
    { "single quotes", TEXT("['a']"), 1, 1, "bad-json", "unexpected '''; expected a value or ']'" },

    { "an unclosed string", TEXT("[\"abc]"), 1, 1, "bad-json", "the string has no closing '\"'" },
    { "a quote alone", TEXT("\""), 0, 1, "bad-json", "the string has no closing '\"'" },
    { "an escaped closing quote", TEXT("\"abc\\\""), 0, 1, "bad-json",
      "the string has no closing '\"'" },
    { "a line feed", TEXT("\"a\nb\""), 2, 1, "bad-json",
      "the line ends inside a string; expected '\"' or the escape \\n" },
    { "a carriage return", TEXT("\"a\rb\""), 2, 1, "bad-json",
      "the line ends inside a string; expected '\"' or the escape \\r" },
    { "a tab", TEXT("\"a\tb\""), 2, 1, "bad-json",
      "control character in a string; expected the escape \\u0009" },
    { "NUL in a string", TEXT("\"a\0b\""), 2, 1, "bad-json",
      "control character in a string; expected the escape \\u0000" },
    { "a control character far inside", TEXT("\"0123456789abcdef0123456789abcde\x1F\""), 32, 1,
      "bad-json", "control character in a string; expected the escape \\u001f" },
    { "an unknown escape", TEXT("\"\\x41\""), 1, 2, "bad-json", "unknown escape '\\x'" },
    { "an escaped letter beyond ASCII", TEXT("\"\\\xC3\xA9\""), 1, 3, "bad-json",
      "unknown escape '\\\xC3\xA9'" },
    { "a backslash at the end", TEXT("\"\\"), 1, 1, "bad-json",
      "'\\' is not followed by a character that can be escaped" },
    { "an escaped line feed", TEXT("\"\\\n\""), 1, 1, "bad-json",
      "'\\' is not followed by a character that can be escaped" },
    { "\\u with three digits", TEXT("\"\\u123\""), 1, 2, "bad-json",
      "'\\u' is not followed by four hexadecimal digits" },
    { "\\u with a sign", TEXT("\"\\u+123\""), 1, 2, "bad-json",
      "'\\u' is not followed by four hexadecimal digits" },
    { "\\u at the end", TEXT("\"\\u"), 1, 2, "bad-json",
      "'\\u' is not followed by four hexadecimal digits" },
    { "\\U", TEXT("\"\\U0041\""), 1, 2, "bad-json", "unknown escape '\\U'" },
    { "a high surrogate alone", TEXT("\"\\ud800\""), 1, 6, "bad-json",
      "'\\ud800' is half a character; expected \\udc00 to \\udfff behind it" },
    { "two high surrogates", TEXT("\"\\ud800\\ud800\""), 1, 6, "bad-json",
      "'\\ud800' is half a character; expected \\udc00 to \\udfff behind it" },
    { "a high surrogate and a letter", TEXT("\"\\ud800\\u0041\""), 1, 6, "bad-json",
      "'\\ud800' is half a character; expected \\udc00 to \\udfff behind it" },
    { "a high surrogate and half an escape", TEXT("\"\\ud800\\u"), 1, 6, "bad-json",
      "'\\ud800' is half a character; expected \\udc00 to \\udfff behind it" },
    { "a low surrogate alone", TEXT("\"\\uDFFF\""), 1, 6, "bad-json",
      "'\\uDFFF' is half a character; expected \\ud800 to \\udbff before it" },

    { "a lonely continuation byte", TEXT("\"\x80\""), 1, 1, "not-utf8",
      "byte 0x80 is not valid UTF-8" },
    { "an overlong slash", TEXT("\"\xC0\xAF\""), 1, 1, "not-utf8", "byte 0xC0 is not valid UTF-8" },
    { "a surrogate in UTF-8", TEXT("\"\xED\xA0\x80\""), 1, 1, "not-utf8",
      "byte 0xED is not valid UTF-8" },
    { "beyond Unicode", TEXT("\"\xF4\x90\x80\x80\""), 1, 1, "not-utf8",
      "byte 0xF4 is not valid UTF-8" },
    { "a sequence that is cut off", TEXT("\"0123456789abcdef\xE2\x82"), 17, 1, "not-utf8",
      "byte 0xE2 is not valid UTF-8" },
    { "Latin-1", TEXT("{\"caf\xE9\":1}"), 5, 1, "not-utf8", "byte 0xE9 is not valid UTF-8" },

    { "a key twice", TEXT("{\"a\":1,\"b\":2,\"a\":3}"), 13, 3, "duplicate-key",
      "key 'a' stands here a second time" },
    { "a key twice, once escaped", TEXT("{\"a\":1,\"\\u0061\":3}"), 7, 8, "duplicate-key",
      "key 'a' stands here a second time" },
    { "a key twice among many",
      TEXT("[{\"0\":0,\"1\":0,\"2\":0,\"3\":0,\"4\":0,\"5\":0,\"6\":0,\"7\":0,\"8\":0,\"3\":0}]"),
      56, 3, "duplicate-key", "key '3' stands here a second time" },
};

struct run {
    struct arena arena;
    struct diags diags;
    struct buf out;
};

static void start(struct run *r)
{
    *r = (struct run){ 0 };
    diags_init(&r->diags, &r->arena);
    buf_init(&r->out, 0);
}

static void finish(struct run *r)
{
    buf_done(&r->out);
    arena_done(&r->arena);
}

/* On a heap block of its own size, so that a sanitizer sees a byte too many being read. */
static struct source *make_source(struct run *r, struct str text, char **copy)
{
    *copy = malloc(text.n ? text.n : 1);
    assert_non_null(*copy);
    memcpy(*copy, text.p, text.n);
    return source_make(&r->arena, S("t.json"), (struct str){ *copy, text.n });
}

static void accepted_and_written_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct run r;
        struct json_writer w;
        char *copy;
        start(&r);
        struct source *src = make_source(&r, good[i].text, &copy);
        struct node *n = json_read_node(&r.arena, &r.diags, src);
        if (!n)
            fail_msg("%s: refused with '%.*s'", good[i].name, STR(r.diags.all.p[0]->message));
        assert_int_equal(r.diags.all.n, 0);
        json_writer_init(&w, &r.out, 0);
        json_node(&w, n);
        assert_text(good[i].name, buf_str(&r.out), good[i].again);

        r.out.n = 0;
        struct val v = json_read_val(&r.diags, src);
        json_writer_init(&w, &r.out, 0);
        json_val(&w, v);
        assert_text(good[i].name, buf_str(&r.out), good[i].again);
        val_free(v);
        free(copy);
        finish(&r);
    }
}

static void refused_with_a_message(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct run r;
        char *copy;
        start(&r);
        struct source *src = make_source(&r, bad[i].text, &copy);
        if (json_read_node(&r.arena, &r.diags, src))
            fail_msg("%s: accepted", bad[i].name);
        assert_int_equal(r.diags.all.n, 1);
        const struct diag *d = r.diags.all.p[0];
        assert_text(bad[i].name, d->message, bad[i].message);
        assert_string_equal(d->slug, bad[i].slug);
        if (d->span.at != bad[i].at || d->span.len != bad[i].len)
            fail_msg("%s: points at %u+%u, not %zu+%zu", bad[i].name, d->span.at, d->span.len,
                     bad[i].at, bad[i].len);

        assert_int_equal(json_read_val(&r.diags, src).kind, VAL_UNDEFINED);
        assert_int_equal(r.diags.all.n, 2);
        assert_text(bad[i].name, r.diags.all.p[1]->message, bad[i].message);

        size_t error_at = SIZE_MAX;
        struct val v = json_parse_val((struct str){ copy, bad[i].text.n }, &error_at);
        bool twice = str_eq(str_from(bad[i].slug), S("duplicate-key"));
        assert_int_equal(v.kind == VAL_UNDEFINED, !twice);
        assert_int_equal(error_at, twice ? SIZE_MAX : bad[i].at);
        val_free(v);
        free(copy);
        finish(&r);
    }
}

static struct node *read_text(struct run *r, struct str text)
{
    return json_read_node(&r->arena, &r->diags, source_make(&r->arena, S("t.json"), text));
}

static void every_node_has_its_span(void **state)
{
    (void)state;
    struct run r;
    start(&r);
    struct node *n = read_text(&r, S(" {\"a\": [1, \"x\\n\", null ], \"bc\":-2.5e1}\n"));
    assert_non_null(n);
    assert_text("map", span_text(n->span), "{\"a\": [1, \"x\\n\", null ], \"bc\":-2.5e1}");
    assert_text("key", span_text(n->map.entries[1].key_span), "\"bc\"");
    struct node *list = node_get(n, S("a"));
    assert_text("list", span_text(list->span), "[1, \"x\\n\", null ]");
    assert_text("integer", span_text(list->seq.items[0]->span), "1");
    assert_text("string", span_text(list->seq.items[1]->span), "\"x\\n\"");
    assert_text("null", span_text(list->seq.items[2]->span), "null");
    assert_text("number", span_text(node_get(n, S("bc"))->span), "-2.5e1");
    assert_true(list->seq.items[1]->quoted);
    finish(&r);
}

static void strings_without_escapes_are_borrowed(void **state)
{
    (void)state;
    struct run r;
    start(&r);
    struct str text = S("[\"plain\",\"esc\\\\aped\"]");
    struct node *n = read_text(&r, text);
    assert_ptr_equal(n->seq.items[0]->str.p, text.p + 2);
    assert_text("escaped", n->seq.items[1]->str, "esc\\aped");
    finish(&r);
}

static void numbers_keep_their_kind(void **state)
{
    (void)state;
    struct run r;
    start(&r);
    struct node *n = read_text(&r, S("[1,1.0,1e0,-0,9223372036854775807,9223372036854775808]"));
    static const enum node_kind kinds[] = { NODE_INT, NODE_FLOAT, NODE_FLOAT,
                                            NODE_INT, NODE_INT,   NODE_FLOAT };
    for (size_t i = 0; i < COUNT(kinds); i++)
        assert_int_equal(n->seq.items[i]->kind, kinds[i]);
    assert_true(n->seq.items[5]->number == 9223372036854775808.0);
    finish(&r);
}

static struct buf nested(int depth)
{
    struct buf b;
    buf_init(&b, 0);
    for (int i = 0; i < depth; i++)
        buf_put(&b, i % 2 ? S("{\"a\":") : S("["));
    buf_putc(&b, '1');
    for (int i = depth - 1; i >= 0; i--)
        buf_putc(&b, i % 2 ? '}' : ']');
    return b;
}

static void depth_is_limited(void **state)
{
    (void)state;
    struct run r;
    start(&r);
    struct buf deep = nested(LIMIT_JSON_DEPTH), deeper = nested(LIMIT_JSON_DEPTH + 1);
    struct node *n = read_text(&r, buf_str(&deep));
    assert_non_null(n);
    assert_true(node_equal(n, n));
    assert_null(read_text(&r, buf_str(&deeper)));
    assert_string_equal(r.diags.all.p[0]->slug, "too-deep");
    assert_text("message", r.diags.all.p[0]->message,
                "lists and maps are nested more than 512 deep");
    size_t error_at;
    struct val v = json_parse_val(buf_str(&deep), &error_at);
    assert_int_equal(v.kind, VAL_LIST);
    val_free(v);
    struct buf hopeless;
    buf_init(&hopeless, 0);
    buf_fill(&hopeless, '[', 1000000);
    assert_int_equal(json_parse_val(buf_str(&hopeless), &error_at).kind, VAL_UNDEFINED);
    assert_int_equal(error_at, LIMIT_JSON_DEPTH);
    buf_done(&hopeless);
    buf_done(&deep);
    buf_done(&deeper);
    finish(&r);
}

static void the_last_of_equal_keys_wins_in_parse_val(void **state)
{
    (void)state;
    size_t error_at;
    struct val v = json_parse_val(S("{\"a\":1,\"b\":2,\"a\":[3]}"), &error_at);
    assert_int_equal(peek_count(v), 2);
    assert_int_equal(peek_item(peek_get(v, S("a")), 0).integer, 3);
    val_free(v);
}

static void messages_with_excerpt_and_notes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "{\"a\": 1,\n \"b\": 2,\n \"a\": 3, \"a\": 4}",
          "t.json:3:2: error: key 'a' stands here a second time [duplicate-key]\n"
          "    3 |  \"a\": 3, \"a\": 4}\n"
          "      |  ^^^\n"
          "t.json:1:2: note: 'a' is first written here\n"
          "    1 | {\"a\": 1,\n"
          "      |  ^^^\n"
          "t.json:3:10: error: key 'a' stands here a second time [duplicate-key]\n"
          "    3 |  \"a\": 3, \"a\": 4}\n"
          "      |          ^^^\n"
          "t.json:1:2: note: 'a' is first written here\n"
          "    1 | {\"a\": 1,\n"
          "      |  ^^^\n" },
        { "{\"a\": [1,\n       2\n",
          "t.json:3:1: error: the text ends here; expected ',' or ']' [bad-json]\n"
          "    3 | \n"
          "      | ^\n"
          "t.json:1:7: note: the list begins here\n"
          "    1 | {\"a\": [1,\n"
          "      |       ^\n" },
        { "{\"flag\": True}",
          "t.json:1:10: error: unexpected 'True'; expected a value behind ':' [bad-json]\n"
          "    1 | {\"flag\": True}\n"
          "      |          ^^^^ did you mean 'true'?\n" },
        { "{ // why\n}",
          "t.json:1:3: error: unexpected '/'; expected a key in double quotes or '}' [bad-json]\n"
          "    1 | { // why\n"
          "      |   ^ JSON has no comments\n" },
        { "{'a': 1}",
          "t.json:1:2: error: unexpected '''; expected a key in double quotes or '}' [bad-json]\n"
          "    1 | {'a': 1}\n"
          "      |  ^ strings stand in double quotes\n" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct run r;
        start(&r);
        assert_null(read_text(&r, str_from(cases[i].text)));
        diags_print(&r.diags, &r.out, false);
        assert_text(cases[i].text, buf_str(&r.out), cases[i].want);
        finish(&r);
    }
}

/* A document that needs no diagnostics costs none of their memory; a long one of duplicates ends.
 */
static void a_hundred_thousand_duplicates(void **state)
{
    (void)state;
    struct run r;
    start(&r);
    struct buf text;
    buf_init(&text, 0);
    buf_putc(&text, '{');
    for (int i = 0; i < 100000; i++)
        buf_printf(&text, "%s\"key\":%d", i ? "," : "", i);
    buf_putc(&text, '}');
    assert_null(read_text(&r, buf_str(&text)));
    assert_int_equal(r.diags.errors, 99999);
    assert_int_equal(r.diags.all.n, LIMIT_DIAGS);
    buf_done(&text);
    finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepted_and_written_again),
        cmocka_unit_test(refused_with_a_message),
        cmocka_unit_test(every_node_has_its_span),
        cmocka_unit_test(strings_without_escapes_are_borrowed),
        cmocka_unit_test(numbers_keep_their_kind),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(the_last_of_equal_keys_wins_in_parse_val),
        cmocka_unit_test(messages_with_excerpt_and_notes),
        cmocka_unit_test(a_hundred_thousand_duplicates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
