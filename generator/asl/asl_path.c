#include "asl/asl_path.h"

#include "jsonpath/intrinsic.h"

#include <assert.h>

/* Functions that can give a string, so that ErrorPath and CausePath may call them. Source: States
 * Language, "Fail State". */
static const bool gives_string[] = {
    [INTRINSIC_ARRAY_GET_ITEM] = true, [INTRINSIC_BASE64_DECODE] = true,
    [INTRINSIC_BASE64_ENCODE] = true,  [INTRINSIC_FORMAT] = true,
    [INTRINSIC_HASH] = true,           [INTRINSIC_JSON_TO_STRING] = true,
    [INTRINSIC_UUID] = true,
};
static_assert(sizeof gives_string == INTRINSICS, "UUID is the last function");

static struct asl_syntax wrong_at(struct arena *a, const struct jsonpath_error *err)
{
    struct asl_syntax out = { .at = err->at, .len = 1, .filter = err->filter };
    out.wrong = arena_str(a, err->text).p;
    return out;
}

static void note_path(struct arena *a, struct asl_syntax *out, const struct jsonpath *p)
{
    if (p->root == JSONPATH_VARIABLE)
        vec_push(a, &out->variables, p->variable);
    if (str_eq(p->text, S("$$.Task.Token")))
        out->task_token = true;
}

struct asl_syntax asl_path_syntax(struct arena *a, struct str text)
{
    struct jsonpath_error err = { 0 };
    if (text.n == 0 || text.p[0] != '$') /* AWS takes blanks behind a path, and none before it */
        return (struct asl_syntax){ .wrong = "a path begins with '$'", .len = text.n };
    const struct jsonpath *p = jsonpath_compile(a, text, &err);
    if (!p)
        return wrong_at(a, &err);
    struct asl_syntax out = { .one = p->reference, .input = p->root == JSONPATH_INPUT };
    note_path(a, &out, p);
    return out;
}

/* Calls nest at most INTRINSIC_MAX_NESTING deep. */
static void note_call(struct arena *a, struct asl_syntax *out, const struct intrinsic_call *call)
{
    for (size_t i = 0; i < call->nargs; i++) {
        if (call->args[i].kind == INTRINSIC_ARG_PATH)
            note_path(a, out, call->args[i].path);
        else if (call->args[i].kind == INTRINSIC_ARG_CALL)
            note_call(a, out, call->args[i].call);
    }
}

struct asl_syntax asl_call_syntax(struct arena *a, struct str text, bool string_only)
{
    struct jsonpath_error err = { 0 };
    const struct intrinsic_call *call = intrinsic_compile(a, text, &err);
    if (!call)
        return wrong_at(a, &err);
    if (string_only && !gives_string[call->function])
        return (struct asl_syntax){ .wrong = "this function does not give a string",
                                    .len = intrinsic_name(call->function).n };
    struct asl_syntax out = { 0 };
    note_call(a, &out, call);
    return out;
}
