/* Filters for HTML and URLs. */
#include "base/mem.h"
#include "base/utf8.h"
#include "template/filters.h"
#include "template/object.h"
#include "template/unicode.h"

struct val filter_escape(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    return value_escape(vm, self);
}

struct val filter_forceescape(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    struct val text = value_str(vm, self);
    struct buf b;
    buf_init(&b, vm->out.max);
    put_escaped(&b, peek_str(text));
    val_free(text);
    return val_safe(value_from_buf(vm, &b));
}

struct val filter_safe(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    return val_safe(value_str(vm, self));
}

/* Character references. */

static const struct {
    struct str name;
    uint32_t code;
} entities[] = {
    { S_INIT("amp"), '&' },      { S_INIT("apos"), '\'' },   { S_INIT("copy"), 0xA9 },
    { S_INIT("euro"), 0x20AC },  { S_INIT("gt"), '>' },      { S_INIT("hellip"), 0x2026 },
    { S_INIT("laquo"), 0xAB },   { S_INIT("lt"), '<' },      { S_INIT("mdash"), 0x2014 },
    { S_INIT("middot"), 0xB7 },  { S_INIT("nbsp"), 0xA0 },   { S_INIT("ndash"), 0x2013 },
    { S_INIT("quot"), '"' },     { S_INIT("raquo"), 0xBB },  { S_INIT("reg"), 0xAE },
    { S_INIT("sect"), 0xA7 },    { S_INIT("szlig"), 0xDF },  { S_INIT("times"), 0xD7 },
    { S_INIT("trade"), 0x2122 }, { S_INIT("auml"), 0xE4 },   { S_INIT("ouml"), 0xF6 },
    { S_INIT("uuml"), 0xFC },    { S_INIT("eacute"), 0xE9 }, { S_INIT("egrave"), 0xE8 },
    { S_INIT("agrave"), 0xE0 },  { S_INIT("ccedil"), 0xE7 }, { S_INIT("deg"), 0xB0 },
};

/* The character that "&name;", "&#10;" or "&#x0a;" at `at` stands for, or 0; *end is behind it. */
static uint32_t reference_at(struct str s, size_t at, size_t *end)
{
    size_t semi = str_find_char(s, ';', at);
    if (semi == SIZE_MAX || semi - at > 10)
        return 0;
    struct str name = str_sub(s, at + 1, semi);
    *end = semi + 1;
    if (name.n > 1 && name.p[0] == '#') {
        bool hex = ascii_lower(name.p[1]) == 'x';
        uint32_t code = 0;
        for (size_t i = hex ? 2 : 1; i < name.n; i++) {
            char c = ascii_lower(name.p[i]);
            if (ascii_is_digit(c))
                code = code * (hex ? 16 : 10) + (uint32_t)(c - '0');
            else if (hex && c >= 'a' && c <= 'f')
                code = code * 16 + (uint32_t)(c - 'a' + 10);
            else
                return 0;
            if (code > 0x10FFFF)
                return 0xFFFD;
        }
        return code >= 0xD800 && code < 0xE000 ? 0xFFFD : code;
    }
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
        if (str_eq(entities[i].name, name))
            return entities[i].code;
    return 0;
}

static void put_unescaped(struct buf *out, struct str s)
{
    for (size_t at = 0; at < s.n;) {
        size_t end;
        uint32_t code = s.p[at] == '&' ? reference_at(s, at, &end) : 0;
        if (code) {
            char utf8[4];
            buf_put(out, (struct str){ utf8, utf8_put(utf8, code) });
            at = end;
        } else {
            buf_putc(out, s.p[at++]);
        }
    }
}

/* Everything from `open` to the next `close` goes. */
static struct str without(struct buf *out, struct str s, struct str open, struct str close)
{
    size_t at = 0;
    for (;;) {
        size_t from = str_find(s, open, at);
        size_t to = from == SIZE_MAX ? SIZE_MAX : str_find(s, close, from + open.n);
        if (to == SIZE_MAX)
            break;
        buf_put(out, str_sub(s, at, from));
        at = to + close.n;
    }
    if (at < s.n)
        buf_put(out, str_sub(s, at, s.n));
    return buf_str(out);
}

struct val filter_striptags(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    struct val text = value_str(vm, self);
    struct buf no_comments, no_tags, plain, out;
    buf_init(&no_comments, 0);
    buf_init(&no_tags, 0);
    buf_init(&plain, 0);
    buf_init(&out, 0);
    struct str s = without(&no_comments, peek_str(text), S("<!--"), S("-->"));
    s = trim_start(trim_end(without(&no_tags, s, S("<"), S(">"))));
    while (s.n) { /* white space between words becomes one blank */
        size_t at = 0;
        while (at < s.n && !space_at(s, at))
            utf8_next(s, &at);
        buf_put(&plain, str_sub(s, 0, at));
        s = trim_start(str_sub(s, at, s.n));
        if (s.n)
            buf_putc(&plain, ' ');
    }
    put_unescaped(&out, buf_str(&plain));
    val_free(text);
    buf_done(&no_comments);
    buf_done(&no_tags);
    buf_done(&plain);
    return value_from_buf(vm, &out);
}

struct val filter_xmlattr(struct vm *vm, struct val self, const struct args *args)
{
    if (self.kind != VAL_MAP) {
        if (self.kind == VAL_UNDEFINED)
            undefined_fail(vm, self);
        else
            vm_fail(vm, "wrong-type", "filter 'xmlattr' needs a map, not %s", value_kind(self));
        return val_null();
    }
    struct buf b;
    buf_init(&b, vm->out.max);
    bool space = arg_truth(vm, args, 0, true);
    for (size_t i = 0; i < peek_count(self) && vm_spend(vm, 1); i++) {
        struct val key = peek_key_at(self, i), v = peek_value_at(self, i);
        if (v.kind == VAL_NULL || v.kind == VAL_UNDEFINED)
            continue;
        if (key.kind != VAL_STR) {
            vm_fail(vm, "wrong-type", "an attribute's name is a string, not %s", value_kind(key));
            break;
        }
        for (size_t k = 0; k < peek_str(key).n; k++) {
            char c = peek_str(key).p[k];
            if (ascii_is_space(c) || c == '/' || c == '>' || c == '=')
                vm_fail(vm, "bad-value", "an attribute's name cannot hold '%c'", c);
        }
        if (b.n || space)
            buf_putc(&b, ' ');
        value_put_escaped(vm, &b, key);
        buf_put(&b, S("=\""));
        value_put_escaped(vm, &b, v);
        buf_putc(&b, '"');
    }
    struct val r = value_from_buf(vm, &b);
    return vm_autoescape(vm) ? val_safe(r) : r;
}

static void put_quoted(struct buf *out, struct str s, bool query)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (ascii_is_alnum(c) || c == '_' || c == '.' || c == '-' || c == '~' ||
            (c == '/' && !query))
            buf_putc(out, c);
        else if (c == ' ' && query)
            buf_putc(out, '+');
        else
            buf_printf(out, "%%%02X", (unsigned char)c);
    }
}

static void put_pair(struct vm *vm, struct buf *out, struct val key, struct val v)
{
    struct val k = value_str(vm, key), text = value_str(vm, v);
    if (out->n)
        buf_putc(out, '&');
    put_quoted(out, peek_str(k), true);
    buf_putc(out, '=');
    put_quoted(out, peek_str(text), true);
    val_free(k);
    val_free(text);
}

struct val filter_urlencode(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    struct buf b;
    buf_init(&b, vm->out.max);
    if (self.kind == VAL_MAP) {
        for (size_t i = 0; i < peek_count(self) && !vm->failed; i++)
            put_pair(vm, &b, peek_key_at(self, i), peek_value_at(self, i));
    } else if (self.kind != VAL_STR && value_is_iterable(self)) {
        struct val items = value_items(vm, self);
        for (size_t i = 0; i < peek_count(items) && !vm->failed; i++) {
            struct val pair = value_items(vm, peek_item(items, i));
            if (!vm->failed && peek_count(pair) != 2)
                vm_fail(vm, "wrong-count", "filter 'urlencode' needs pairs; item %zu has %zu parts",
                        i + 1, peek_count(pair));
            if (!vm->failed)
                put_pair(vm, &b, peek_item(pair, 0), peek_item(pair, 1));
            val_free(pair);
        }
        val_free(items);
    } else {
        struct val text = value_str(vm, self);
        put_quoted(&b, peek_str(text), false);
        val_free(text);
    }
    return value_from_buf(vm, &b);
}
