/* Whole renders on any text with small limits: a text or a message, never both and never neither;
 * every byte of the text has an origin, and literal ones stand there. Templates can load "self" and
 * "macros". The first byte chooses the options. */
#include "template_common.h"

enum { OUTPUT = 1 << 16, STEPS = 20000, CALLS = 30 };

struct input {
    struct arena arena;
    struct str text;
};

static struct source *load(void *ctx, struct str name, const struct source *by, struct span cause)
{
    static const struct str macros =
        S_INIT("{% macro m(a, b=1) %}[{{ a }}{{ b }}{{ caller(a) if caller }}]{% endmacro %}"
               "{% set exported = [1] %}{% block name %}base{% endblock %}{{ stage }}");
    struct input *in = ctx;
    (void)by;
    (void)cause;
    if (str_eq(name, S("self")))
        return source_make(&in->arena, name, in->text);
    return str_eq(name, S("macros")) ? source_make(&in->arena, name, macros) : NULL;
}

static struct val call_env(void *ctx, const struct template_call *call)
{
    (void)ctx;
    if (call->nargs == 1)
        return val_copy(call->args[0]);
    diag_error(call->diags, "wrong-arguments", call->span, "env_var() takes one name");
    return (struct val){ 0 };
}

static struct val variables(void)
{
    struct val job = val_map_set(val_map(), S("name"), val_str(S("extract")));
    job = val_map_set(job, S("after"), val_list_push(val_list(), val_str(S("b"))));
    struct val jobs = val_list_push(val_list_push(val_list(), val_copy(job)), job);
    struct val v = val_map_set(val_map(), S("jobs"), jobs);
    v = val_map_set(v, S("stage"), val_str(S("prod")));
    v = val_map_set(v, S("n"), val_int(3));
    v = val_map_set(v, S("big"), template_integer(S("123456789012345678901234567890")));
    v = val_map_set(v, S("f"), val_float(-1.5));
    v = val_map_set(v, S("none_"), val_null());
    return val_map_set(v, S("x"), val_str(S("\xC3\x9F <x> {} %s")));
}

static void check_segments(const struct source *src)
{
    for (size_t i = 0; i < src->nsegments; i++) {
        const struct packed_segment *s = &src->segments[i];
        const struct source *from = src->origins[s->origin].src;
        size_t end = i + 1 < src->nsegments ? src->segments[i + 1].at : src->text.n;
        MUST(i == 0 ? s->at == 0 : s->at > src->segments[i - 1].at);
        MUST((size_t)s->from + s->len <= from->text.n);
        if (s->literal) {
            MUST(end - s->at == s->len);
            MUST(memcmp(src->text.p + s->at, from->text.p + s->from, s->len) == 0);
        }
    }
    MUST(src->text.n == 0 || src->nsegments > 0);
    MUST(utf8_invalid_at(src->text) == SIZE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { .text = { (const char *)data + 1, size - 1 } };
    if (size == 0 || utf8_invalid_at(in.text) != SIZE_MAX)
        return 0;
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    struct template_function env = { S_INIT("env_var"), call_env, NULL };
    struct template_options o = fuzz_options(data[0]);
    o.loader = (struct template_loader){ load, &in };
    o.functions = &env;
    o.nfunctions = 1;
    o.max_output = OUTPUT;
    o.max_steps = STEPS;
    o.max_calls = CALLS;
    struct source *src = source_make(&a, S("a.yaml"), in.text);
    struct source *result = template_render(&a, &ds, &o, src, variables());
    MUST(result ? ds.errors == 0 : ds.errors >= 1);
    fuzz_check_diags(&ds);
    if (result) {
        MUST(result->text.n <= OUTPUT);
        check_segments(result);
    }
    arena_done(&a);
    arena_done(&in.arena);
    return 0;
}
