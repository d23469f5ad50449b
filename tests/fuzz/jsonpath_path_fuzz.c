/* A path, a line end, a JSON document: compiled, evaluated, written to. */
#include "fuzz.h"

#include "base/json.h"
#include "jsonpath/jsonpath.h"

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
    const struct jsonpath *p = jsonpath_compile(&a, text, &err);
    MUST(p ? err.text.p == NULL : err.text.n > 0 && err.at <= text.n);
    if (p && doc.kind != VAL_UNDEFINED) {
        struct jsonpath_fail fail = { 0 };
        struct jsonpath_env env = { .input = doc, .context = doc };
        struct val v = jsonpath_eval(p, &env, &fail);
        MUST(v.kind != VAL_UNDEFINED || fail.trouble != JSONPATH_FOUND);
        MUST(v.kind == VAL_UNDEFINED || p->definite || v.kind == VAL_LIST);
        struct val peeked = jsonpath_peek(p, &env);
        MUST(peeked.kind == VAL_UNDEFINED || peek_equal(peeked, v));
        val_free(v);
        jsonpath_fail_done(&fail);
        if (p->reference) {
            struct val put = jsonpath_put(p, val_copy(doc), val_int(7));
            env.input = env.context = put;
            if (put.kind != VAL_UNDEFINED && p->root != JSONPATH_VARIABLE)
                MUST(peek_equal(jsonpath_peek(p, &env), val_int(7)));
            val_free(put);
        }
    }
    val_free(doc);
    arena_done(&a);
    return 0;
}
