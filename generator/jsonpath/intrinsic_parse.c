#include "jsonpath/intrinsic.h"

#include "jsonpath/program.h"

#include "base/diag.h"
#include "base/num.h"

static const struct {
    struct str name;
    int min, max; /* arguments; max -1: any number */
} functions[INTRINSICS] = {
    [INTRINSIC_ARRAY] = { S_INIT("States.Array"), 0, -1 },
    [INTRINSIC_ARRAY_CONTAINS] = { S_INIT("States.ArrayContains"), 2, 2 },
    [INTRINSIC_ARRAY_GET_ITEM] = { S_INIT("States.ArrayGetItem"), 2, 2 },
    [INTRINSIC_ARRAY_LENGTH] = { S_INIT("States.ArrayLength"), 1, 1 },
    [INTRINSIC_ARRAY_PARTITION] = { S_INIT("States.ArrayPartition"), 2, 2 },
    [INTRINSIC_ARRAY_RANGE] = { S_INIT("States.ArrayRange"), 3, 3 },
    [INTRINSIC_ARRAY_UNIQUE] = { S_INIT("States.ArrayUnique"), 1, 1 },
    [INTRINSIC_BASE64_DECODE] = { S_INIT("States.Base64Decode"), 1, 1 },
    [INTRINSIC_BASE64_ENCODE] = { S_INIT("States.Base64Encode"), 1, 1 },
    [INTRINSIC_FORMAT] = { S_INIT("States.Format"), 1, -1 },
    [INTRINSIC_HASH] = { S_INIT("States.Hash"), 2, 2 },
    [INTRINSIC_JSON_MERGE] = { S_INIT("States.JsonMerge"), 3, 3 },
    [INTRINSIC_JSON_TO_STRING] = { S_INIT("States.JsonToString"), 1, 1 },
    [INTRINSIC_MATH_ADD] = { S_INIT("States.MathAdd"), 2, 2 },
    [INTRINSIC_MATH_RANDOM] = { S_INIT("States.MathRandom"), 2, 3 },
    [INTRINSIC_STRING_SPLIT] = { S_INIT("States.StringSplit"), 2, 2 },
    [INTRINSIC_STRING_TO_JSON] = { S_INIT("States.StringToJson"), 1, 1 },
    [INTRINSIC_UUID] = { S_INIT("States.UUID"), 0, 0 },
};

struct str intrinsic_name(enum intrinsic f)
{
    return functions[f].name;
}

static void skip(struct parser *ps)
{
    while (ps->at < ps->s.n && ascii_is_space(ps->s.p[ps->at]))
        ps->at++;
}

static char peek(struct parser *ps)
{
    skip(ps);
    return ps->at < ps->s.n ? ps->s.p[ps->at] : 0;
}

/* 'text': \' \\ \{ \} stand for the second character; any other backslash for itself. */
static bool read_string(struct parser *ps, struct intrinsic_arg *arg)
{
    size_t from = ps->at + 1, to = scan_unescaped(ps->s, '\'', from);
    if (to == SIZE_MAX)
        return parse_fail(ps, ps->at, "the string is not closed: missing '");
    arg->kind = INTRINSIC_ARG_STRING;
    arg->raw = str_sub(ps->s, from, to);
    ps->at = to + 1;
    struct buf text;
    buf_init(&text, 0);
    for (size_t i = 0; i < arg->raw.n; i++) {
        if (arg->raw.p[i] == '\\' && i + 1 < arg->raw.n && memchr("'\\{}", arg->raw.p[i + 1], 4))
            i++;
        buf_putc(&text, arg->raw.p[i]);
    }
    arg->text = arena_str(ps->arena, buf_str(&text));
    buf_done(&text);
    return true;
}

/* Where the path at ps->at ends: at a comma or closing bracket outside its own brackets. */
static size_t path_end(struct parser *ps)
{
    for (size_t i = ps->at; i < ps->s.n; i++) {
        char c = ps->s.p[i];
        if (c == ',' || c == ')')
            return i;
        if (c == '[' || c == '(') {
            i = scan_closing(ps->s, i, false);
            if (i == SIZE_MAX)
                break;
        }
    }
    return ps->s.n;
}

static bool read_path(struct parser *ps, struct intrinsic_arg *arg)
{
    size_t end = path_end(ps);
    struct str text = str_trim(str_sub(ps->s, ps->at, end));
    struct jsonpath_error err;
    arg->kind = INTRINSIC_ARG_PATH;
    arg->path = jsonpath_compile(ps->arena, text, &err);
    if (!arg->path) {
        ps->err->filter = err.filter;
        return parse_fail(ps, ps->at + err.at, "%.*s", STR(err.text));
    }
    ps->at = end;
    return true;
}

static bool read_scalar(struct parser *ps, struct intrinsic_arg *arg)
{
    size_t from = ps->at, to = from;
    while (to < ps->s.n && !memchr(",()' \t\r\n", ps->s.p[to], 8))
        to++;
    struct str word = str_sub(ps->s, from, to);
    int64_t i;
    double d;
    arg->kind = INTRINSIC_ARG_SCALAR;
    if (str_eq(word, S("true")) || str_eq(word, S("false")))
        arg->scalar = val_bool(word.n == 4);
    else if (str_eq(word, S("null")))
        arg->scalar = val_null();
    else if (num_get_int(word, &i))
        arg->scalar = val_int(i);
    else if (num_get_double(word, &d) && d - d == 0)
        arg->scalar = val_float(d);
    else
        return parse_fail(ps, from,
                          "expected a string in single quotes, a number, true, false, "
                          "null, a path or a function call");
    ps->at = to;
    return true;
}

static const struct intrinsic_call *read_call(struct parser *ps);

static bool read_arg(struct parser *ps, struct intrinsic_arg *arg)
{
    char c = peek(ps);
    arg->at = ps->at;
    if (c == '\'')
        return read_string(ps, arg);
    if (c == '$')
        return read_path(ps, arg);
    if (!str_starts(str_sub(ps->s, ps->at, ps->s.n), S("States.")))
        return read_scalar(ps, arg);
    arg->kind = INTRINSIC_ARG_CALL;
    arg->call = read_call(ps);
    return arg->call != NULL;
}

static bool read_args(struct parser *ps, struct intrinsic_call *call)
{
    VEC(struct intrinsic_arg) args = { 0 };
    size_t open = ps->at++;
    bool more = peek(ps) != ')';
    while (more) {
        struct intrinsic_arg arg = { 0 };
        if (!read_arg(ps, &arg))
            return false;
        vec_push(ps->arena, &args, arg);
        more = peek(ps) == ',';
        if (more)
            ps->at++;
    }
    if (peek(ps) != ')')
        return parse_fail(ps, ps->at < ps->s.n ? ps->at : open, "expected ',' or ')'");
    ps->at++;
    call->args = args.p;
    call->nargs = args.n;
    return true;
}

/* ---- checks of what is written out ---- */

static bool check_count(struct parser *ps, size_t at, const struct intrinsic_call *call)
{
    int min = functions[call->function].min, max = functions[call->function].max;
    struct str name = functions[call->function].name;
    if ((int64_t)call->nargs >= min && (max < 0 || (int64_t)call->nargs <= max))
        return true;
    if (max < 0)
        return parse_fail(ps, at, "%.*s takes at least %d argument%s, not %zu", STR(name), min,
                          min == 1 ? "" : "s", call->nargs);
    if (min < max)
        return parse_fail(ps, at, "%.*s takes %d or %d arguments, not %zu", STR(name), min, max,
                          call->nargs);
    return parse_fail(ps, at, "%.*s takes %d argument%s, not %zu", STR(name), min,
                      min == 1 ? "" : "s", call->nargs);
}

static size_t count_holes(struct str raw)
{
    size_t n = 0;
    for (size_t i = 0; i + 1 < raw.n; i++) {
        if (raw.p[i] == '\\')
            i++;
        else if (raw.p[i] == '{' && raw.p[i + 1] == '}')
            n++;
    }
    return n;
}

static bool is_scalar(const struct intrinsic_arg *arg, enum val_kind kind)
{
    return arg->kind == INTRINSIC_ARG_SCALAR && arg->scalar.kind == kind;
}

static bool check_literals(struct parser *ps, const struct intrinsic_call *call)
{
    if (call->function == INTRINSIC_FORMAT && call->args[0].kind == INTRINSIC_ARG_STRING) {
        size_t holes = count_holes(call->args[0].raw);
        if (holes != call->nargs - 1)
            return parse_fail(
                ps, call->args[0].at, "the template has %zu {}, but %zu value%s follow%s", holes,
                call->nargs - 1, call->nargs == 2 ? "" : "s", call->nargs == 2 ? "s" : "");
    }
    if (call->function == INTRINSIC_FORMAT && call->args[0].kind == INTRINSIC_ARG_SCALAR)
        return parse_fail(ps, call->args[0].at, "the template must be a string");
    if (call->function == INTRINSIC_JSON_MERGE && call->args[2].kind == INTRINSIC_ARG_SCALAR &&
        !(is_scalar(&call->args[2], VAL_BOOL) && !call->args[2].scalar.boolean))
        return parse_fail(ps, call->args[2].at,
                          "the third argument must be false: deep merging is not supported");
    return true;
}

/* States.Name '(' [arg {',' arg}] ')' */
static const struct intrinsic_call *read_call(struct parser *ps)
{
    size_t from = ps->at, to = from;
    while (to < ps->s.n && (ascii_is_alnum(ps->s.p[to]) || ps->s.p[to] == '.'))
        to++;
    struct str name = str_sub(ps->s, from, to);
    struct intrinsic_call *call = arena_make(ps->arena, struct intrinsic_call);
    while (call->function < INTRINSICS && !str_eq(name, functions[call->function].name))
        call->function++;
    ps->at = to;
    if (call->function == INTRINSICS) {
        struct str names[INTRINSICS];
        for (size_t i = 0; i < INTRINSICS; i++)
            names[i] = functions[i].name;
        size_t near = diag_nearest(name, names, INTRINSICS);
        if (near == SIZE_MAX)
            parse_fail(ps, from, "unknown intrinsic function '%.*s'", STR(name));
        else
            parse_fail(ps, from, "unknown intrinsic function '%.*s'; did you mean '%.*s'?",
                       STR(name), STR(names[near]));
        return NULL;
    }
    if (++ps->depth > INTRINSIC_MAX_NESTING) {
        parse_fail(ps, from, "calls are nested more than %d deep", INTRINSIC_MAX_NESTING);
        return NULL;
    }
    if (peek(ps) != '(') {
        parse_fail(ps, ps->at, "expected '(' behind %.*s", STR(name));
        return NULL;
    }
    if (!read_args(ps, call) || !check_count(ps, from, call) || !check_literals(ps, call))
        return NULL;
    ps->depth--;
    call->text = str_sub(ps->s, from, ps->at);
    return call;
}

const struct intrinsic_call *intrinsic_compile(struct arena *a, struct str text,
                                               struct jsonpath_error *err)
{
    *err = (struct jsonpath_error){ 0 };
    struct parser ps = { .arena = a, .s = text, .err = err };
    if (text.n > JSONPATH_MAX_BYTES) {
        parse_fail(&ps, 0, "the call is longer than %d bytes", JSONPATH_MAX_BYTES);
        return NULL;
    }
    peek(&ps);
    if (!str_starts(str_sub(text, ps.at, text.n), S("States."))) {
        parse_fail(&ps, ps.at, "an intrinsic function begins with 'States.'");
        return NULL;
    }
    const struct intrinsic_call *call = read_call(&ps);
    if (call && peek(&ps) != 0) {
        parse_fail(&ps, ps.at, "something stands behind the call");
        return NULL;
    }
    return call;
}

bool expression_compile(struct arena *a, struct str text, struct expression *out,
                        struct jsonpath_error *err)
{
    *out = (struct expression){ .text = text };
    if (text.n && text.p[0] == '$') {
        out->path = jsonpath_compile(a, text, err);
        return out->path != NULL;
    }
    if (str_starts(text, S("States."))) {
        out->call = intrinsic_compile(a, text, err);
        return out->call != NULL;
    }
    *err = (struct jsonpath_error){ .text = S("expected a path that begins with '$' or an "
                                              "intrinsic function, States.…") };
    return false;
}
