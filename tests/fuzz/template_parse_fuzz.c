/* Lexer, parser and compiler of templates on any text: a template or a message, and messages that
 * point into the text. The first byte chooses the options. */
#include "template_common.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = { (const char *)data + 1, size - 1 };
    if (size == 0 || utf8_invalid_at(text) != SIZE_MAX)
        return 0;
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    struct template_options o = fuzz_options(data[0]);
    struct template *t = template_compile(&ds, &o, source_make(&a, S("a.yaml"), text));
    MUST(t ? ds.errors == 0 : ds.errors >= 1);
    fuzz_check_diags(&ds);
    template_free(t);
    arena_done(&a);
    return 0;
}
