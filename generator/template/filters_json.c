/* tojson: JSON as Python writes it (keys sorted, ASCII only), safe to stand in HTML. */
#include "base/mem.h"
#include "base/num.h"
#include "base/utf8.h"
#include "template/big.h"
#include "template/filters.h"
#include "template/object.h"
#include "template/sort.h"

#include <math.h>

struct json {
    struct vm *vm;
    struct buf *out;
    bool pretty;
    struct str indent;
};

static void put_json(struct json *j, struct val v, int depth);

static void put_json_text(struct buf *out, struct str s)
{
    buf_putc(out, '"');
    for (size_t at = 0; at < s.n;) {
        uint32_t c = utf8_next(s, &at);
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", (char)c);
        else if (c >= '\b' && c <= '\r' && c != '\v')
            buf_printf(out, "\\%c", "btn?fr"[c - '\b']);
        else if (c == '<' || c == '>' || c == '&' || c == '\'' || c < 0x20 ||
                 (c > 0x7E && c < 0x10000))
            buf_printf(out, "\\u%04x", c);
        else if (c < 0x7F)
            buf_putc(out, (char)c);
        else
            buf_printf(out, "\\u%04x\\u%04x", 0xD800 + ((c - 0x10000) >> 10),
                       0xDC00 + ((c - 0x10000) & 0x3FF));
    }
    buf_putc(out, '"');
}

static void put_json_float(struct buf *out, double d)
{
    char text[NUM_TEXT];
    if (isnan(d))
        buf_put(out, S("NaN"));
    else if (isinf(d))
        buf_put(out, d < 0 ? S("-Infinity") : S("Infinity"));
    else
        buf_put(out, (struct str){ text, num_put_double_python(text, d) });
}

static void put_break(struct json *j, int depth)
{
    if (!j->pretty)
        return;
    buf_putc(j->out, '\n');
    for (int i = 0; i < depth && !j->out->over; i++)
        buf_put(j->out, j->indent);
}

static void put_separator(struct json *j)
{
    buf_put(j->out, j->pretty ? S(",") : S(", "));
}

static void put_json_list(struct json *j, struct val v, int depth)
{
    size_t n = peek_count(v);
    buf_putc(j->out, '[');
    for (size_t i = 0; i < n && !j->vm->failed && !j->out->over; i++) {
        if (i)
            put_separator(j);
        put_break(j, depth + 1);
        put_json(j, peek_item(v, i), depth + 1);
    }
    if (n)
        put_break(j, depth);
    buf_putc(j->out, ']');
}

static void put_json_key(struct json *j, struct val key)
{
    if (key.kind == VAL_STR) {
        put_json_text(j->out, peek_str(key));
        return;
    }
    buf_putc(j->out, '"');
    put_json(j, key, 0);
    buf_putc(j->out, '"');
}

/* The entries in the order of their keys. */
static void put_json_map(struct json *j, struct val v, int depth)
{
    size_t n = peek_count(v);
    buf_putc(j->out, '{');
    struct keyed *k = mem_alloc(n * sizeof *k);
    for (size_t i = 0; i < n; i++)
        k[i] = (struct keyed){ peek_key_at(v, i), peek_value_at(v, i) };
    sort_keyed(j->vm, k, n, false, false);
    for (size_t i = 0; i < n && !j->vm->failed && !j->out->over; i++) {
        if (i)
            put_separator(j);
        put_break(j, depth + 1);
        put_json_key(j, k[i].key);
        buf_put(j->out, S(": "));
        put_json(j, k[i].item, depth + 1);
    }
    mem_free(k);
    if (n)
        put_break(j, depth);
    buf_putc(j->out, '}');
}

static void put_json(struct json *j, struct val v, int depth)
{
    char text[NUM_TEXT];
    if (depth > VALUE_DEPTH) {
        vm_fail(j->vm, "too-deep", "this value nests deeper than %d levels", VALUE_DEPTH);
        return;
    }
    switch (v.kind) {
    case VAL_NULL:
        buf_put(j->out, S("null"));
        return;
    case VAL_BOOL:
        buf_put(j->out, v.boolean ? S("true") : S("false"));
        return;
    case VAL_INT:
        buf_put(j->out, (struct str){ text, num_put_int(text, v.integer) });
        return;
    case VAL_FLOAT:
        put_json_float(j->out, v.number);
        return;
    case VAL_STR:
        put_json_text(j->out, peek_str(v));
        return;
    case VAL_LIST:
        put_json_list(j, v, depth);
        return;
    case VAL_MAP:
        put_json_map(j, v, depth);
        return;
    default:
        if (!is_ext(v, &big_type))
            break;
        big_put(j->out, v);
        return;
    }
    vm_fail(j->vm, "wrong-type", "%s has no form in JSON", value_kind(v));
}

struct val filter_tojson(struct vm *vm, struct val self, const struct args *args)
{
    struct buf out, indent;
    buf_init(&out, vm->out.max);
    buf_init(&indent, 0);
    struct json j = { .vm = vm, .out = &out };
    if (arg_some(args, 0)) {
        int64_t width = 0;
        j.pretty = true;
        if (args->v[0].kind == VAL_STR)
            buf_put(&indent, peek_str(args->v[0]));
        else if (value_int(vm, args->v[0], "indent", &width) && width > 0 &&
                 vm_claim(vm, (size_t)width))
            buf_fill(&indent, ' ', (size_t)width);
        j.indent = buf_str(&indent);
    }
    put_json(&j, self, 0);
    buf_done(&indent);
    return val_safe(value_from_buf(vm, &out));
}
