/* JSONPath cases with the results that Jayway gave: jayway.jsonl and cts.jsonl in DIR.
 * --level=1: value or error; --level=2: whether it is refused when compiled or when evaluated. */
#include "corpus.h"
#include "jsonpath/jsonpath.h"

#include "base/json_write.h"
#include "base/num.h"

#include <stdio.h>

struct options {
    int64_t level;
};

static bool option(void *data, struct str text)
{
    struct options *o = data;
    return str_starts(text, S("--level=")) && num_get_int(str_sub(text, 8, text.n), &o->level) &&
           o->level >= 1 && o->level <= 2;
}

static struct str field(struct val map, const char *key)
{
    struct val v = peek_get(map, str_from(key));
    return v.kind == VAL_STR ? peek_str(v) : (struct str){ 0 };
}

static const char *show(struct buf *out, const char *what, struct val v)
{
    struct json_writer w;
    buf_printf(out, "%s ", what);
    json_writer_init(&w, out, 0);
    json_val(&w, v);
    if (out->n > 300)
        out->n = 300;
    buf_putc(out, '\0');
    return out->p;
}

/* NULL, or why the outcome is not the expected one. */
static const char *judge_value(struct val c, const struct jsonpath *p, struct buf *why)
{
    struct val expect = peek_get(c, S("expect"));
    struct jsonpath_env env = { .input = peek_get(c, S("document")) };
    struct jsonpath_fail fail = { 0 };
    struct val got = jsonpath_eval(p, &env, &fail);
    const char *verdict = NULL;
    if (str_eq(field(expect, "kind"), S("error"))) {
        if (got.kind != VAL_UNDEFINED)
            verdict = show(why, "should fail, gave", got);
    } else if (got.kind == VAL_UNDEFINED) {
        buf_putc(&fail.text, '\0');
        buf_printf(why, "failed: %s%c", fail.text.p, '\0');
        verdict = why->p;
    } else if (!peek_equal(got, peek_get(expect, S("value")))) {
        verdict = show(why, "wrong value", got);
    }
    jsonpath_fail_done(&fail);
    val_free(got);
    return verdict;
}

static const char *judge(struct arena *a, struct val c, const struct options *o, struct buf *why)
{
    struct val expect = peek_get(c, S("expect"));
    struct jsonpath_error err;
    const struct jsonpath *p = jsonpath_compile(a, field(c, "selector"), &err);
    bool at_parse = str_eq(field(expect, "stage"), S("parse"));
    if (!p) {
        if (str_eq(field(expect, "kind"), S("error")) && (at_parse || o->level < 2))
            return NULL;
        buf_printf(why, "does not compile: %.*s at %zu%c", STR(err.text), err.at, '\0');
        return why->p;
    }
    struct val definite = peek_get(c, S("definite"));
    if (definite.kind == VAL_BOOL && definite.boolean != p->definite)
        return p->definite ? "should be indefinite" : "should be definite";
    if (str_eq(field(expect, "kind"), S("accepted")))
        return NULL;
    if (at_parse && (o->level >= 2 || peek_get(c, S("document")).kind == VAL_UNDEFINED))
        return "should not compile";
    return judge_value(c, p, why);
}

static void run_file(struct corpus *c, struct str name, const struct options *o)
{
    struct str rest = corpus_read(c, name), line;
    struct str family = str_sub(name, 0, str_find_char(name, '.', 0));
    while (str_split(&rest, '\n', &line)) {
        struct val v = corpus_json(line, name);
        struct arena scratch = { 0 };
        struct buf why;
        buf_init(&why, 0);
        struct str id = arena_printf(&c->arena, "%.*s", STR(field(v, "id")));
        if (corpus_wants(c, id)) {
            const char *verdict = judge(&scratch, v, o, &why);
            struct buf text;
            buf_init(&text, 0);
            if (verdict)
                buf_printf(&text, "%.*s: %s%c", STR(field(v, "selector")), verdict, '\0');
            corpus_result(c, family, id, verdict ? text.p : NULL);
            buf_done(&text);
        }
        buf_done(&why);
        arena_done(&scratch);
        val_free(v);
    }
}

int main(int argc, char **argv)
{
    struct corpus c;
    struct options o = { .level = 1 };
    corpus_init(&c, argc, argv, option, &o);
    run_file(&c, S("jayway.jsonl"), &o);
    run_file(&c, S("cts.jsonl"), &o);
    return corpus_close(&c);
}
