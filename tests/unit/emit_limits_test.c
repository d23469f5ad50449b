/* What AWS Lambda takes: sizes of functions with their layers, and how many those are. */
#include "emit/limits.h"

#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MB *1024 * 1024

static const struct limits_bundle bundles[] = {
    { S_INIT("small"), 1000, 2000 },
    { S_INIT("half"), 40 MB, 125 MB },
    { S_INIT("more"), 40 MB, 125 MB + 1 },
    { S_INIT("zip"), 50 MB + 1, 60 MB },
};

static const char SOURCES[] = "{\"F\": \"configs/x.yaml:7\", \"L\": \"configs/x.yaml:3\"}";

#define LAYER(name, bundle)                                                                  \
    "\"" name "\": {\"Type\": \"AWS::Lambda::LayerVersion\", \"Properties\": {\"Content\": " \
    "{\"S3Key\": {\"Stepwright::AssetKey\": \"" bundle "\"}}}}"
#define FUNCTION(bundle, layers)                                               \
    "\"F\": {\"Type\": \"AWS::Lambda::Function\", \"Properties\": {\"Code\": " \
    "{\"S3Key\": {\"Stepwright::AssetKey\": \"" bundle "\"}}, \"Layers\": [" layers "]}}"
#define REF(name) "{\"Ref\": \"" name "\"}"
#define ARN "\"arn:aws:lambda:eu-west-1:111122223333:layer:x:1\""

static const struct {
    const char *name, *resources, *said; /* all that is said, in parts; "" for nothing */
    bool good;
} cases[] = {
    { "nothing", "", "", true },
    { "small", FUNCTION("small", ""), "", true },
    { "as much as goes", FUNCTION("half", REF("L")) "," LAYER("L", "half"), "", true },
    { "a byte too much", FUNCTION("half", REF("L")) "," LAYER("L", "more"),
      "function 'F' (configs/x.yaml:7) has 262144001 bytes unpacked with its layers; AWS Lambda "
      "allows 262144000 [too-large]\n      | its own files have 131072000 bytes\n"
      "      | layer \'L\' (configs/x.yaml:3) has 131072001\n",
      false },
    { "layers of others", FUNCTION("half", ARN "," REF("P")), "", true },
    { "six layers", FUNCTION("small", ARN "," ARN "," ARN "," ARN "," ARN "," ARN),
      "function 'F' (configs/x.yaml:7) has 6 layers; AWS Lambda allows 5 [too-many-layers]",
      false },
    { "a large zip", FUNCTION("zip", ""),
      "the zip of function 'F' (configs/x.yaml:7) has 52428801 bytes; AWS Lambda takes more than "
      "52428800 from S3 only [large-zip]",
      true },
    { "odd ones",
      "\"F\": 3, \"G\": {\"Type\": \"AWS::Lambda::Function\", \"Properties\": {\"Code\": "
      "[], \"Layers\": {}}}",
      "", true },
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena a = { 0 };
        struct diags ds;
        struct buf out;
        diags_init(&ds, &a);
        buf_init(&out, 0);
        struct str text = arena_printf(&a, "{\"Resources\": {%s}}", cases[i].resources);
        const struct node *template = json_read_node(&a, &ds, source_make(&a, S("t"), text));
        const struct node *sources =
            json_read_node(&a, &ds, source_make(&a, S("s"), str_from(SOURCES)));
        assert_true(template && sources);
        bool good =
            limits_check(&a, &ds, template, sources, bundles, sizeof bundles / sizeof *bundles);
        diags_print(&ds, &out, false);
        struct str said = buf_str(&out);
        bool right =
            *cases[i].said ? str_find(said, str_from(cases[i].said), 0) != SIZE_MAX : said.n == 0;
        if (good != cases[i].good || !right)
            fail_msg("%s: %d, '%.*s'", cases[i].name, good, STR(said));
        buf_done(&out);
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
