/* Values as text: str(), repr(), HTML escaping; and undefined values. */
#include "base/mem.h"
#include "base/num.h"
#include "base/utf8.h"
#include "template/object.h"
#include "template/unicode.h"

struct val val_tuple(void)
{
    struct val v = val_list();
    v.flags = LIST_TUPLE;
    return v;
}

struct val value_from_buf(struct vm *vm, struct buf *b)
{
    if (b->over)
        vm_fail(vm, "too-large", "this text is longer than %zu bytes", b->max);
    vm_claim(vm, b->n);
    struct val v = val_str(buf_str(b));
    buf_done(b);
    return v;
}

const char *value_kind(struct val v)
{
    switch (v.kind) {
    case VAL_UNDEFINED:
        return "an undefined value";
    case VAL_NULL:
        return "none";
    case VAL_BOOL:
        return "a boolean";
    case VAL_INT:
        return "an integer";
    case VAL_FLOAT:
        return "a float";
    case VAL_STR:
        return "a string";
    case VAL_LIST:
        return is_tuple(v) ? "a tuple" : "a list";
    case VAL_MAP:
        return "a map";
    case VAL_EXT:
        return peek_ext_type(v)->name;
    }
    UNREACHABLE();
}

const char *value_class(struct val v)
{
    switch (v.kind) {
    case VAL_UNDEFINED:
        return "Undefined";
    case VAL_NULL:
        return "None";
    case VAL_BOOL:
        return "bool object";
    case VAL_INT:
        return "int object";
    case VAL_FLOAT:
        return "float object";
    case VAL_STR:
        return is_safe(v) ? "markupsafe.Markup object" : "str object";
    case VAL_LIST:
        return is_tuple(v) ? "tuple object" : "list object";
    case VAL_MAP:
        return "dict object";
    case VAL_EXT:
        return is_ext(v, &big_type) ? "int object" : peek_ext_type(v)->name;
    }
    UNREACHABLE();
}

/* Undefined values. One of a kind is kept for each place and name. */

struct val undefined_value(struct vm *vm, const struct undefined *u)
{
    struct buf *key = &vm->scratch;
    key->n = 0;
    buf_put(key, (struct str){ (const char *)&u->span, sizeof u->span });
    buf_put(key, (struct str){ (const char *)&u->in, sizeof u->in });
    buf_put(key, u->name);
    struct undefined *known = map_get(&vm->undefineds, buf_str(key));
    if (!known) {
        known = arena_make(&vm->own, struct undefined);
        *known = *u;
        known->name = arena_str(&vm->own, u->name);
        known->hint = arena_str(&vm->own, u->hint);
        map_put(&vm->own, &vm->undefineds, arena_str(&vm->own, buf_str(key)), known);
        vm_claim(vm, sizeof *known + key->n * 2);
    }
    return (struct val){ .kind = VAL_UNDEFINED, .heap = (struct val_heap *)(void *)known };
}

static const struct undefined *undefined_of(struct val v)
{
    return (const struct undefined *)(const void *)v.heap;
}

static void suggest_variable(struct vm *vm, struct diag *d, struct str name)
{
    VEC(struct str) names = { 0 };
    const struct call *c = vm->top;
    for (const struct env *e = c->env; e; e = e->up)
        for (uint32_t i = 0; i < e->f->nslots; i++)
            if (!is_missing(e->slots[i]))
                vec_push(&vm->own, &names, e->f->slot_names[i]);
    struct val all = context_all(c->env->ctx);
    for (size_t i = 0; i < peek_count(all); i++)
        if (peek_key_at(all, i).kind == VAL_STR)
            vec_push(&vm->own, &names, peek_str(peek_key_at(all, i)));
    for (size_t i = 0; i < vm->options->nfunctions; i++)
        vec_push(&vm->own, &names, vm->options->functions[i].name);
    for (size_t i = 0; i < template_globals.n; i++)
        vec_push(&vm->own, &names, template_globals.rows[i].name);
    diag_suggest(d, name, names.p, names.n);
    val_free(all);
}

enum { SHOWN_KEYS = 8 };

/* The names that v has: the keys of a map, otherwise its methods. */
static size_t names_of(struct vm *vm, struct val v, struct str **out)
{
    struct builtin_table table = { 0 };
    VEC(struct str) names = { 0 };
    if (v.kind == VAL_MAP)
        for (size_t i = 0; i < peek_count(v); i++)
            if (peek_key_at(v, i).kind == VAL_STR)
                vec_push(&vm->own, &names, peek_str(peek_key_at(v, i)));
    if (v.kind == VAL_STR)
        table = template_str_methods;
    else if (v.kind == VAL_LIST)
        table = template_list_methods;
    for (size_t i = 0; i < table.n; i++)
        vec_push(&vm->own, &names, table.rows[i].name);
    *out = names.p;
    return names.n;
}

static void suggest_key(struct vm *vm, struct diag *d, struct str name, bool attribute)
{
    if (!attribute) {
        size_t count = vm->last_base.kind == VAL_LIST ? peek_count(vm->last_base) : 0;
        if (count)
            diag_help(d, "it has %zu item%s", count, count == 1 ? "" : "s");
        return;
    }
    struct str *names;
    size_t n = names_of(vm, vm->last_base, &names), near = diag_nearest(name, names, n);
    if (near != SIZE_MAX) {
        diag_help(d, "did you mean '%.*s'?", STR(names[near]));
    } else if (vm->last_base.kind == VAL_MAP && n && n <= SHOWN_KEYS) {
        struct str text = names[0];
        for (size_t i = 1; i < n; i++)
            text = arena_printf(&vm->own, "%.*s, %.*s", STR(text), STR(names[i]));
        diag_help(d, "its keys: %.*s", STR(text));
    }
}

static struct diag *report_undefined(struct vm *vm, const struct undefined *u)
{
    if (u->hint.n) { /* in Jinja's words, which tests see; messages have no capitals and stops */
        struct str rest = str_sub(u->hint, 1, u->hint.n - (u->hint.p[u->hint.n - 1] == '.'));
        return vm_fail_at(vm, u->span, "undefined-value", "%c%.*s", ascii_lower(u->hint.p[0]),
                          STR(rest));
    }
    if (!u->in)
        return vm_fail_at(vm, u->span, "undefined-variable", "variable '%.*s' is undefined",
                          STR(u->name));
    if (!u->attribute)
        return vm_fail_at(vm, u->span, "undefined-attribute", "the %s has no item %.*s",
                          strchr(u->kind, ' ') + 1, STR(u->name));
    if (!strcmp(u->kind, "a map"))
        return vm_fail_at(vm, u->span, "undefined-attribute", "this map has no key '%.*s'",
                          STR(u->name));
    return vm_fail_at(vm, u->span, "undefined-attribute", "%s has no attribute '%.*s'", u->kind,
                      STR(u->name));
}

void undefined_fail(struct vm *vm, struct val v)
{
    const struct undefined *u = undefined_of(v);
    if (vm->failed)
        return;
    struct span used = vm_span(vm);
    struct diag *d = report_undefined(vm, u);
    if (!u->in && !u->hint.n)
        suggest_variable(vm, d, u->name);
    else if (vm->last_undefined == u)
        suggest_key(vm, d, u->name, u->attribute || u->hint.n);
    struct position from = source_position(u->span.src, u->span.at);
    if (used.src != u->span.src || source_position(used.src, used.at).line != from.line)
        diag_note(d, used, "used here");
}

static void put_undefined(struct vm *vm, struct buf *out, struct val v)
{
    const struct undefined *u = undefined_of(v);
    enum template_undefined mode = vm->options->undefined;
    if (u->lenient)
        return;
    if (mode == TEMPLATE_STRICT) {
        undefined_fail(vm, v);
    } else if (mode == TEMPLATE_DEBUG) {
        if (u->hint.n)
            buf_printf(out, "{{ undefined value printed: %.*s }}", STR(u->hint));
        else if (!u->in)
            buf_printf(out, "{{ %.*s }}", STR(u->name));
        else if (u->attribute)
            buf_printf(out, "{{ no such element: %s['%.*s'] }}", u->in, STR(u->name));
        else
            buf_printf(out, "{{ no such element: %s[%.*s] }}", u->in, STR(u->name));
    }
}

/* repr() of a string: single quotes, unless it holds those and no double ones. */
void put_repr_str(struct buf *out, struct str s)
{
    bool single = str_find_char(s, '\'', 0) != SIZE_MAX;
    char quote = single && str_find_char(s, '"', 0) == SIZE_MAX ? '"' : '\'';
    buf_putc(out, quote);
    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        uint32_t c = utf8_next(s, &at);
        if (c == (unsigned char)quote || c == '\\')
            buf_printf(out, "\\%c", (char)c);
        else if (c == '\n')
            buf_put(out, S("\\n"));
        else if (c == '\r')
            buf_put(out, S("\\r"));
        else if (c == '\t')
            buf_put(out, S("\\t"));
        else if (code_is_printable(c))
            buf_put(out, str_sub(s, from, at));
        else if (c < 0x100)
            buf_printf(out, "\\x%02x", c);
        else if (c < 0x10000)
            buf_printf(out, "\\u%04x", c);
        else
            buf_printf(out, "\\U%08x", c);
    }
    buf_putc(out, quote);
}

static void put_repr(struct vm *vm, struct buf *out, struct val v, int depth);

static void put_list(struct vm *vm, struct buf *out, struct val v, int depth)
{
    size_t n = peek_count(v);
    buf_putc(out, is_tuple(v) ? '(' : '[');
    for (size_t i = 0; i < n && !vm->failed && !out->over; i++) {
        if (i)
            buf_put(out, S(", "));
        put_repr(vm, out, peek_item(v, i), depth + 1);
    }
    if (n == 1 && is_tuple(v))
        buf_putc(out, ',');
    buf_putc(out, is_tuple(v) ? ')' : ']');
}

static void put_map(struct vm *vm, struct buf *out, struct val v, int depth)
{
    buf_putc(out, '{');
    for (size_t i = 0; i < peek_count(v) && !vm->failed && !out->over; i++) {
        if (i)
            buf_put(out, S(", "));
        put_repr(vm, out, peek_key_at(v, i), depth + 1);
        buf_put(out, S(": "));
        put_repr(vm, out, peek_value_at(v, i), depth + 1);
    }
    buf_putc(out, '}');
}

static void put_scalar(struct buf *out, struct val v)
{
    char text[NUM_TEXT];
    switch (v.kind) {
    case VAL_BOOL:
        buf_put(out, v.boolean ? S("True") : S("False"));
        break;
    case VAL_INT:
        buf_put(out, (struct str){ text, num_put_int(text, v.integer) });
        break;
    case VAL_FLOAT:
        buf_put(out, (struct str){ text, num_put_double_python(text, v.number) });
        break;
    default:
        buf_put(out, S("None"));
        break;
    }
}

static void put_repr(struct vm *vm, struct buf *out, struct val v, int depth)
{
    if (depth > VALUE_DEPTH) {
        vm_fail(vm, "too-deep", "this value nests deeper than %d levels", VALUE_DEPTH);
        return;
    }
    switch (v.kind) {
    case VAL_UNDEFINED:
        buf_put(out, S("Undefined"));
        break;
    case VAL_STR:
        if (is_safe(v))
            buf_put(out, S("Markup("));
        put_repr_str(out, peek_str(v));
        if (is_safe(v))
            buf_putc(out, ')');
        break;
    case VAL_LIST:
        put_list(vm, out, v, depth);
        break;
    case VAL_MAP:
        put_map(vm, out, v, depth);
        break;
    case VAL_EXT:
        if (!object_put(vm, out, v) && !vm->failed)
            vm_fail(vm, "no-text", "%s has no text of its own", value_kind(v));
        break;
    default:
        put_scalar(out, v);
        break;
    }
}

void value_put_repr(struct vm *vm, struct buf *out, struct val v)
{
    put_repr(vm, out, v, 0);
}

void value_put(struct vm *vm, struct buf *out, struct val v)
{
    switch (v.kind) {
    case VAL_UNDEFINED:
        put_undefined(vm, out, v);
        break;
    case VAL_STR:
        buf_put(out, peek_str(v));
        break;
    case VAL_LIST:
    case VAL_MAP:
    case VAL_EXT:
        put_repr(vm, out, v, 0);
        break;
    default:
        put_scalar(out, v);
        break;
    }
}

/* Text under construction may not grow past what a template may write. */
static void begin_text(struct vm *vm, struct buf *b)
{
    buf_init(b, vm->out.max);
}

struct val value_str(struct vm *vm, struct val v)
{
    if (v.kind == VAL_STR)
        return val_copy(v);
    struct buf b;
    begin_text(vm, &b);
    value_put(vm, &b, v);
    return value_from_buf(vm, &b);
}

void put_escaped(struct buf *out, struct str s)
{
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        struct str to = { 0 };
        switch (s.p[i]) {
        case '&':
            to = S("&amp;");
            break;
        case '<':
            to = S("&lt;");
            break;
        case '>':
            to = S("&gt;");
            break;
        case '\'':
            to = S("&#39;");
            break;
        case '"':
            to = S("&#34;");
            break;
        default:
            continue;
        }
        buf_put(out, str_sub(s, from, i));
        buf_put(out, to);
        from = i + 1;
    }
    if (from < s.n)
        buf_put(out, str_sub(s, from, s.n));
}

/* Text of its own that is HTML already: what Python's __html__ gives. */
static bool has_html(struct vm *vm, struct val v)
{
    return is_safe(v) || is_ext(v, &module_type) ||
           (is_undefined(v) && vm->options->undefined == TEMPLATE_CHAINABLE);
}

void value_put_escaped(struct vm *vm, struct buf *out, struct val v)
{
    if (has_html(vm, v)) {
        value_put(vm, out, v);
    } else if (v.kind == VAL_STR) {
        put_escaped(out, peek_str(v));
    } else {
        struct val text = value_str(vm, v);
        put_escaped(out, peek_str(text));
        val_free(text);
    }
}

struct val value_escape(struct vm *vm, struct val v)
{
    if (is_safe(v))
        return val_copy(v);
    struct buf b;
    begin_text(vm, &b);
    value_put_escaped(vm, &b, v);
    return val_safe(value_from_buf(vm, &b));
}
