/* States.* calls with the values that AWS gave: intrinsics.jsonl in DIR. */
#include "corpus.h"
#include "jsonpath/intrinsic.h"
#include "jsonpath/text.h"

#include <stdio.h>

static struct str field(struct val map, const char *key)
{
    struct val v = peek_get(map, str_from(key));
    return v.kind == VAL_STR ? peek_str(v) : (struct str){ 0 };
}

/* NULL, or why; the text is in `why`. */
static const char *judge(struct arena *a, struct val c, struct buf *why)
{
    struct jsonpath_error err;
    struct expression e;
    if (!expression_compile(a, field(c, "expr"), &e, &err)) {
        buf_printf(why, "does not compile: %.*s at %zu%c", STR(err.text), err.at, '\0');
        return why->p;
    }
    struct jsonpath_env env = { .input = peek_get(c, S("input")),
                                .context = peek_get(c, S("context")) };
    struct jsonpath_fail fail = { 0 };
    struct val got = expression_eval(&e, &env, &fail);
    struct val want = peek_get(peek_get(c, S("expect")), S("value"));
    bool right = got.kind != VAL_UNDEFINED && peek_equal(got, want);
    if (!right && got.kind == VAL_UNDEFINED) {
        buf_printf(why, "failed: %.*s%c", STR(buf_str(&fail.text)), '\0');
    } else if (!right) {
        buf_put(why, S("wrong value "));
        text_json(why, got);
        buf_putc(why, '\0');
    }
    jsonpath_fail_done(&fail);
    val_free(got);
    return right ? NULL : why->p;
}

int main(int argc, char **argv)
{
    struct corpus c;
    corpus_init(&c, argc, argv, NULL, NULL);
    struct str rest = corpus_read(&c, S("intrinsics.jsonl")), line;
    while (str_split(&rest, '\n', &line)) {
        struct val v = corpus_json(line, S("intrinsics.jsonl"));
        struct arena scratch = { 0 };
        struct buf why;
        buf_init(&why, 0);
        struct str id = arena_str(&c.arena, field(v, "id"));
        if (corpus_wants(&c, id))
            corpus_result(&c, S("intrinsics"), id, judge(&scratch, v, &why));
        buf_done(&why);
        arena_done(&scratch);
        val_free(v);
    }
    return corpus_close(&c);
}
