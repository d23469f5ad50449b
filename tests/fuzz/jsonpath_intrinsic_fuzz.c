/* An intrinsic call or path, a line end, a JSON document as its input. */
#include "fuzz.h"

#include "base/json.h"
#include "jsonpath/intrinsic.h"

static uint64_t next_number(void *data)
{
    return ++*(uint64_t *)data;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str all = { (const char *)data, size }, text = all;
    size_t cut = str_find_char(all, '\n', 0);
    struct val doc = { 0 };
    if (cut != SIZE_MAX) {
        size_t at;
        text = str_sub(all, 0, cut);
        doc = json_parse_val(str_sub(all, cut + 1, all.n), &at);
    }
    struct arena a = { 0 };
    struct jsonpath_error err;
    struct expression e;
    bool ok = expression_compile(&a, text, &e, &err);
    MUST(ok || (err.text.n > 0 && err.at <= text.n));
    if (ok) {
        uint64_t number = 0;
        struct jsonpath_fail fail = { 0 };
        struct jsonpath_env env = { .input = doc, .random = next_number, .data = &number };
        struct val v = expression_eval(&e, &env, &fail);
        MUST(v.kind != VAL_UNDEFINED || fail.trouble != JSONPATH_FOUND);
        val_free(v);
        jsonpath_fail_done(&fail);
    }
    val_free(doc);
    arena_done(&a);
    return 0;
}
