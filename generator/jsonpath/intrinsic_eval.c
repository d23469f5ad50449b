#include "jsonpath/intrinsic.h"

#include "jsonpath/program.h"
#include "jsonpath/text.h"

#include "base/json.h"
#include "base/num.h"
#include "base/utf8.h"

#include <math.h>

/* A call under way: its arguments' values, owned. */
struct invocation {
    const struct intrinsic_call *call;
    const struct jsonpath_env *env;
    struct jsonpath_fail *fail;
    struct val *args;
};

static const struct val undefined;

static __attribute__((format(printf, 2, 3))) struct val refuse(struct invocation *f,
                                                               const char *fmt, ...)
{
    f->fail->trouble = JSONPATH_CALL;
    f->fail->text.n = 0;
    buf_printf(&f->fail->text, "%.*s: ", STR(intrinsic_name(f->call->function)));
    va_list args;
    va_start(args, fmt);
    buf_vprintf(&f->fail->text, fmt, args);
    va_end(args);
    return undefined;
}

static bool want(struct invocation *f, size_t i, enum val_kind kind)
{
    static const char *const names[] = {
        [VAL_STR] = "a string", [VAL_LIST] = "an array", [VAL_MAP] = "an object"
    };
    if (f->args[i].kind == kind)
        return true;
    refuse(f, "argument %zu must be %s", i + 1, names[kind]);
    return false;
}

/* Rounded as Java's Math.round does: halves up, towards positive infinity. */
static bool want_integer(struct invocation *f, size_t i, int64_t *out)
{
    struct val v = f->args[i];
    if (v.kind == VAL_INT) {
        *out = v.integer;
        return true;
    }
    double d = v.kind == VAL_FLOAT ? floor(v.number + 0.5) : NAN;
    if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0)) {
        refuse(f, "argument %zu must be a whole number", i + 1);
        return false;
    }
    *out = (int64_t)d;
    return true;
}

/* ---- arrays ---- */

static struct val make_array(struct invocation *f)
{
    struct val list = val_list();
    for (size_t i = 0; i < f->call->nargs; i++)
        list = val_list_push(list, val_copy(f->args[i]));
    return list;
}

static bool list_has(struct val list, struct val item)
{
    for (size_t i = 0; i < peek_count(list); i++)
        if (peek_equal(peek_item(list, i), item))
            return true;
    return false;
}

static struct val array_contains(struct invocation *f)
{
    return want(f, 0, VAL_LIST) ? val_bool(list_has(f->args[0], f->args[1])) : undefined;
}

static struct val array_get_item(struct invocation *f)
{
    int64_t i;
    if (!want(f, 0, VAL_LIST) || !want_integer(f, 1, &i))
        return undefined;
    if (i < 0 || (uint64_t)i >= peek_count(f->args[0]))
        return refuse(f, "index %lld is outside the array of %zu items", (long long)i,
                      peek_count(f->args[0]));
    return val_copy(peek_item(f->args[0], (size_t)i));
}

static struct val array_length(struct invocation *f)
{
    return want(f, 0, VAL_LIST) ? val_int((int64_t)peek_count(f->args[0])) : undefined;
}

static struct val array_partition(struct invocation *f)
{
    int64_t size;
    if (!want(f, 0, VAL_LIST) || !want_integer(f, 1, &size))
        return undefined;
    if (size < 1)
        return refuse(f, "the chunk size must be positive");
    struct val list = val_list(), chunk = val_list();
    size_t n = peek_count(f->args[0]);
    for (size_t i = 0; i < n; i++) {
        chunk = val_list_push(chunk, val_copy(peek_item(f->args[0], i)));
        if ((int64_t)peek_count(chunk) == size || i + 1 == n) {
            list = val_list_push(list, chunk);
            chunk = val_list();
        }
    }
    val_free(chunk);
    return list;
}

static struct val array_range(struct invocation *f)
{
    int64_t from, to, step, distance;
    if (!want_integer(f, 0, &from) || !want_integer(f, 1, &to) || !want_integer(f, 2, &step))
        return undefined;
    if (step == 0 || __builtin_sub_overflow(to, from, &distance))
        return refuse(f, "the step must not be zero");
    struct val list = val_list();
    if ((distance < 0) != (step < 0) && distance != 0)
        return list;
    /* INT64_MIN / -1 cannot be: such a distance has more items than the limit anyway. */
    int64_t n =
        step == -1 && distance < -INTRINSIC_MAX_RANGE ? INTRINSIC_MAX_RANGE : distance / step;
    if (n >= INTRINSIC_MAX_RANGE) {
        val_free(list);
        return refuse(f, "the range has more than %d items", INTRINSIC_MAX_RANGE);
    }
    for (int64_t i = 0; i <= n; i++)
        list = val_list_push(list, val_int(from + i * step));
    return list;
}

static struct val array_unique(struct invocation *f)
{
    if (!want(f, 0, VAL_LIST))
        return undefined;
    struct val list = val_list(), seen = val_map();
    for (size_t i = 0; i < peek_count(f->args[0]); i++) {
        struct val item = peek_item(f->args[0], i);
        struct buf key;
        buf_init(&key, 0);
        text_canonical(&key, item); /* equal values have one text: no quadratic search */
        if (peek_get(seen, buf_str(&key)).kind == VAL_UNDEFINED) {
            seen = val_map_set(seen, buf_str(&key), val_null());
            list = val_list_push(list, val_copy(item));
        }
        buf_done(&key);
    }
    val_free(seen);
    return list;
}

/* ---- text ---- */

static bool want_short_text(struct invocation *f, size_t i)
{
    if (!want(f, i, VAL_STR))
        return false;
    if (utf8_length(peek_str(f->args[i])) > INTRINSIC_MAX_TEXT) {
        refuse(f, "argument %zu is longer than %d characters", i + 1, INTRINSIC_MAX_TEXT);
        return false;
    }
    return true;
}

static struct val take_text(struct buf *b)
{
    struct val v = val_str(buf_str(b));
    buf_done(b);
    return v;
}

static struct val base64(struct invocation *f)
{
    if (!want_short_text(f, 0))
        return undefined;
    struct buf out;
    buf_init(&out, 0);
    struct str s = peek_str(f->args[0]);
    bool ok = true;
    if (f->call->function == INTRINSIC_BASE64_ENCODE)
        text_base64_encode(&out, s);
    else
        ok = text_base64_decode(&out, s) && utf8_invalid_at(buf_str(&out)) == SIZE_MAX;
    if (ok)
        return take_text(&out);
    buf_done(&out);
    return refuse(f, "the argument is no Base64 of UTF-8 text");
}

static struct val hash(struct invocation *f)
{
    if (!want(f, 1, VAL_STR))
        return undefined;
    struct buf data, out;
    buf_init(&data, 0);
    buf_init(&out, 0);
    if (f->args[0].kind == VAL_STR)
        buf_put(&data, peek_str(f->args[0]));
    else
        text_json(&data, f->args[0]);
    struct val v = undefined;
    if (utf8_length(buf_str(&data)) > INTRINSIC_MAX_TEXT)
        refuse(f, "the data is longer than %d characters", INTRINSIC_MAX_TEXT);
    else if (!text_hash(&out, peek_str(f->args[1]), buf_str(&data)))
        refuse(f, "unknown algorithm '%.*s'; there are MD5, SHA-1, SHA-256, SHA-384 and SHA-512",
               STR(peek_str(f->args[1])));
    else
        v = val_str(buf_str(&out));
    buf_done(&data);
    buf_done(&out);
    return v;
}

/* The template's {} replaced; its escapes undone. */
static bool fill_template(struct invocation *f, struct str raw, struct buf *out)
{
    size_t next = 1;
    for (size_t i = 0; i < raw.n; i++) {
        bool pair = i + 1 < raw.n;
        if (pair && raw.p[i] == '\\' && memchr("'\\{}", raw.p[i + 1], 4)) {
            buf_putc(out, raw.p[++i]);
        } else if (pair && raw.p[i] == '{' && raw.p[i + 1] == '}') {
            if (next >= f->call->nargs)
                return false;
            text_java(out, f->args[next++]);
            i++;
        } else {
            buf_putc(out, raw.p[i]);
        }
    }
    return next == f->call->nargs;
}

static struct val format(struct invocation *f)
{
    if (!want(f, 0, VAL_STR))
        return undefined;
    const struct intrinsic_arg *arg = &f->call->args[0];
    struct buf out;
    buf_init(&out, INTRINSIC_MAX_BYTES);
    struct str raw = arg->kind == INTRINSIC_ARG_STRING ? arg->raw : peek_str(f->args[0]);
    bool ok = fill_template(f, raw, &out);
    if (ok && !out.over)
        return take_text(&out);
    bool over = out.over;
    buf_done(&out);
    return over ? refuse(f, "the result is longer than %d bytes", INTRINSIC_MAX_BYTES)
                : refuse(f, "the number of {} in the template and of values differ");
}

static struct val string_split(struct invocation *f)
{
    if (!want(f, 0, VAL_STR) || !want(f, 1, VAL_STR))
        return undefined;
    struct str s = peek_str(f->args[0]), marks = peek_str(f->args[1]);
    struct val list = val_list();
    size_t from = 0;
    for (size_t at = 0; at <= s.n;) {
        size_t end = at;
        bool cut = at == s.n;
        if (!cut) {
            uint32_t c = utf8_next(s, &at);
            for (size_t k = 0; k < marks.n && !cut;)
                cut = utf8_next(marks, &k) == c;
        } else {
            at++;
        }
        if (cut) {
            if (end > from)
                list = val_list_push(list, val_str(str_sub(s, from, end)));
            from = at;
        }
    }
    return list;
}

/* ---- JSON ---- */

static struct val json_merge(struct invocation *f)
{
    if (!want(f, 0, VAL_MAP) || !want(f, 1, VAL_MAP))
        return undefined;
    if (f->args[2].kind != VAL_BOOL || f->args[2].boolean)
        return refuse(f, "the third argument must be false: deep merging is not supported");
    struct val merged = val_copy(f->args[0]);
    for (size_t i = 0; i < peek_count(f->args[1]); i++)
        merged = val_map_put(merged, val_copy(peek_key_at(f->args[1], i)),
                             val_copy(peek_value_at(f->args[1], i)));
    return merged;
}

static struct val json_to_string(struct invocation *f)
{
    struct buf out;
    buf_init(&out, INTRINSIC_MAX_BYTES);
    text_json(&out, f->args[0]);
    if (!out.over)
        return take_text(&out);
    buf_done(&out);
    return refuse(f, "the result is longer than %d bytes", INTRINSIC_MAX_BYTES);
}

static struct val string_to_json(struct invocation *f)
{
    if (!want(f, 0, VAL_STR))
        return undefined;
    struct str text = str_trim(peek_str(f->args[0]));
    if (!text.n)
        return val_null();
    size_t at = 0;
    struct val v = json_parse_val(text, &at);
    if (v.kind == VAL_UNDEFINED)
        return refuse(f, "the argument is no JSON: error at byte %zu", at);
    if (v.kind == VAL_FLOAT && v.number == 0 && str_eq(text, S("-0")))
        return val_int(0);
    return v;
}

/* ---- numbers ---- */

static struct val math_add(struct invocation *f)
{
    int64_t a, b, sum;
    if (!want_integer(f, 0, &a) || !want_integer(f, 1, &b))
        return undefined;
    if (__builtin_add_overflow(a, b, &sum))
        return refuse(f, "the sum does not fit into 64 bits");
    return val_int(sum);
}

/* splitmix64: one good number for each seed. */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static bool draw(struct invocation *f, uint64_t *out)
{
    if (!f->env->random) {
        refuse(f, "there is no source of random numbers here");
        return false;
    }
    *out = f->env->random(f->env->data);
    return true;
}

static struct val math_random(struct invocation *f)
{
    int64_t from, to, seed, distance;
    uint64_t bits;
    if (!want_integer(f, 0, &from) || !want_integer(f, 1, &to))
        return undefined;
    if (from >= to || __builtin_sub_overflow(to, from, &distance))
        return refuse(f, "the start must be less than the end");
    if (f->call->nargs == 3) {
        if (!want_integer(f, 2, &seed))
            return undefined;
        bits = mix((uint64_t)seed);
    } else if (!draw(f, &bits)) {
        return undefined;
    }
    return val_int(from + (int64_t)(bits % (uint64_t)distance));
}

static struct val uuid(struct invocation *f)
{
    uint64_t high, low;
    if (!draw(f, &high) || !draw(f, &low))
        return undefined;
    high = (high & ~0xf000u) | 0x4000u;                      /* RFC 4122: version 4, … */
    low = (low & 0x3fffffffffffffffu) | 0x8000000000000000u; /* … variant 1 */
    struct buf out;
    buf_init(&out, 0);
    buf_printf(&out, "%08llx-%04llx-%04llx-%04llx-%012llx", (unsigned long long)(high >> 32),
               (unsigned long long)(high >> 16 & 0xffff), (unsigned long long)(high & 0xffff),
               (unsigned long long)(low >> 48), (unsigned long long)(low & 0xffffffffffffu));
    return take_text(&out);
}

/* ---- calling ---- */

static struct val (*const implementations[INTRINSICS])(struct invocation *) = {
    [INTRINSIC_ARRAY] = make_array,
    [INTRINSIC_ARRAY_CONTAINS] = array_contains,
    [INTRINSIC_ARRAY_GET_ITEM] = array_get_item,
    [INTRINSIC_ARRAY_LENGTH] = array_length,
    [INTRINSIC_ARRAY_PARTITION] = array_partition,
    [INTRINSIC_ARRAY_RANGE] = array_range,
    [INTRINSIC_ARRAY_UNIQUE] = array_unique,
    [INTRINSIC_BASE64_DECODE] = base64,
    [INTRINSIC_BASE64_ENCODE] = base64,
    [INTRINSIC_FORMAT] = format,
    [INTRINSIC_HASH] = hash,
    [INTRINSIC_JSON_MERGE] = json_merge,
    [INTRINSIC_JSON_TO_STRING] = json_to_string,
    [INTRINSIC_MATH_ADD] = math_add,
    [INTRINSIC_MATH_RANDOM] = math_random,
    [INTRINSIC_STRING_SPLIT] = string_split,
    [INTRINSIC_STRING_TO_JSON] = string_to_json,
    [INTRINSIC_UUID] = uuid,
};

static struct val eval_arg(const struct intrinsic_arg *arg, const struct jsonpath_env *env,
                           struct jsonpath_fail *fail)
{
    switch (arg->kind) {
    case INTRINSIC_ARG_PATH:
        return jsonpath_eval(arg->path, env, fail);
    case INTRINSIC_ARG_CALL:
        return intrinsic_eval(arg->call, env, fail);
    case INTRINSIC_ARG_STRING:
        return val_str(arg->text);
    case INTRINSIC_ARG_SCALAR:
        return arg->scalar;
    }
    UNREACHABLE();
}

enum { ARGS_ON_STACK = 8 };

/* Nested INTRINSIC_MAX_NESTING deep at most. */
struct val intrinsic_eval(const struct intrinsic_call *call, const struct jsonpath_env *env,
                          struct jsonpath_fail *fail)
{
    struct val few[ARGS_ON_STACK];
    struct val *args = call->nargs <= ARGS_ON_STACK ? few : mem_alloc(call->nargs * sizeof *args);
    size_t n = 0;
    struct val result = undefined;
    while (n < call->nargs) {
        args[n] = eval_arg(&call->args[n], env, fail);
        if (args[n].kind == VAL_UNDEFINED)
            goto out;
        n++;
    }
    struct invocation f = { .call = call, .env = env, .fail = fail, .args = args };
    result = implementations[call->function](&f);
out:
    while (n > 0)
        val_free(args[--n]);
    if (args != few)
        mem_free(args);
    return result;
}

struct val expression_eval(const struct expression *e, const struct jsonpath_env *env,
                           struct jsonpath_fail *fail)
{
    return e->path ? jsonpath_eval(e->path, env, fail) : intrinsic_eval(e->call, env, fail);
}
