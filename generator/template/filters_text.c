#include "base/utf8.h"
#include "template/filters.h"
#include "template/format.h"
#include "template/methods.h"
#include "template/unicode.h"
#include "template/vm.h"

/* ASCII letters changed one by one. */
static struct val changed_ascii(struct val text, char (*change)(char))
{
    struct str s = peek_str(text);
    char *p;
    struct val r = val_str_make(s.n, &p);
    for (size_t i = 0; i < s.n; i++)
        p[i] = change(s.p[i]);
    r.flags = text.flags;
    return r;
}

/* str(self) put through a change that keeps safe text safe. */
static struct val changed(struct vm *vm, struct val self, void (*put)(struct buf *, struct str))
{
    struct val text = value_str(vm, self);
    struct buf b;
    buf_init(&b, 0);
    put(&b, peek_str(text));
    struct val r = value_from_buf(vm, &b);
    r.flags = text.flags;
    val_free(text);
    return r;
}

struct val filter_upper(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    if (self.kind == VAL_STR && is_ascii(peek_str(self)))
        return changed_ascii(self, ascii_upper);
    return changed(vm, self, put_upper);
}

struct val filter_lower(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    if (self.kind == VAL_STR && is_ascii(peek_str(self)))
        return changed_ascii(self, ascii_lower);
    return changed(vm, self, put_lower);
}

struct val filter_capitalize(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    return changed(vm, self, put_capitalized);
}

/* Words begin behind white space, '-', and opening brackets; apostrophes do not begin one. */
static bool begins_word(uint32_t c)
{
    return c == '-' || c == '(' || c == '{' || c == '[' || c == '<' || code_is_space(c);
}

static void put_jinja_title(struct buf *out, struct str s)
{
    size_t from = 0;
    for (size_t at = 0; from < s.n; from = at) {
        while (at < s.n) {
            size_t next = at;
            if (begins_word(utf8_next(s, &next)))
                break;
            at = next;
        }
        size_t first = from;
        if (at > from) {
            utf8_next(s, &first);
            put_upper(out, str_sub(s, from, first));
            put_lower(out, str_sub(s, first, at));
        }
        from = at;
        while (at < s.n) {
            size_t next = at;
            if (!begins_word(utf8_next(s, &next)))
                break;
            at = next;
        }
        buf_put(out, str_sub(s, from, at));
    }
}

struct val filter_title(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    struct val r = changed(vm, self, put_jinja_title);
    r.flags = 0; /* "".join(…) makes a plain string */
    return r;
}

struct val filter_string(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    return value_str(vm, self);
}

struct val filter_trim(struct vm *vm, struct val self, const struct args *args)
{
    struct val text = value_str(vm, self);
    struct val r = vm->failed ? val_null() : str_strip(vm, text, args, true, true);
    val_free(text);
    return r;
}

struct val filter_center(struct vm *vm, struct val self, const struct args *args)
{
    struct val text = value_str(vm, self), width = val_int(80);
    if (arg_given(args, 0))
        width = args->v[0];
    struct args given = { &width, 1, NULL, NULL, 0 };
    struct val r = vm->failed ? val_null() : str_justify(vm, text, &given, 'c');
    val_free(text);
    return r;
}

struct val filter_length(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    return val_int((int64_t)value_length(vm, self));
}

struct val filter_default(struct vm *vm, struct val self, const struct args *args)
{
    bool use = self.kind == VAL_UNDEFINED;
    if (!use && arg_truth(vm, args, 1, false))
        use = !value_truth(vm, self);
    if (!use)
        return val_copy(self);
    return arg_given(args, 0) ? val_copy(args->v[0]) : val_str(S(""));
}

static bool is_markup_case(struct vm *vm, struct val s, const struct args *args)
{
    return vm_autoescape(vm) && (is_safe(s) || is_safe(args->v[0]) || is_safe(args->v[1]));
}

struct val filter_replace(struct vm *vm, struct val self, const struct args *args)
{
    int64_t count = -1;
    if (arg_some(args, 2) && !value_int(vm, args->v[2], "count", &count))
        return val_null();
    bool safe = is_markup_case(vm, self, args);
    struct val text = safe && !is_safe(self) ? value_escape(vm, self) : value_str(vm, self);
    struct val old = value_str(vm, args->v[0]), new = value_str(vm, args->v[1]);
    if (safe) { /* safe text replaces by escaped text */
        struct val o = value_escape(vm, old), n = value_escape(vm, new);
        val_free(old);
        val_free(new);
        old = o;
        new = n;
    }
    struct val r = vm->failed
                       ? val_null()
                       : str_replaced(vm, peek_str(text), peek_str(old), peek_str(new), count);
    if (r.kind == VAL_STR)
        r.flags = safe ? STR_SAFE : 0;
    val_free(text);
    val_free(old);
    val_free(new);
    return r;
}

struct val filter_format(struct vm *vm, struct val self, const struct args *args)
{
    if (args->n && args->nkwargs) {
        vm_fail(vm, "filter-argument",
                "filter 'format' takes values in order or by name, not both");
        return val_null();
    }
    struct val text = value_str(vm, self), values;
    if (args->nkwargs) {
        values = val_map();
        for (size_t i = 0; i < args->nkwargs; i++)
            values = val_map_put(values, val_copy(args->kwnames[i]), val_copy(args->kwargs[i]));
    } else {
        values = val_tuple();
        for (size_t i = 0; i < args->n; i++)
            values = val_list_push(values, val_copy(args->v[i]));
    }
    struct val r = vm->failed ? val_null() : format_percent(vm, text, values);
    val_free(values);
    val_free(text);
    return r;
}

/* join: with escaping on, one safe part makes the whole safe. */
struct val filter_join(struct vm *vm, struct val self, const struct args *args)
{
    struct val items = value_items(vm, self), part;
    bool attribute = arg_some(args, 1);
    bool escape = false;
    if (attribute && !vm->failed) {
        struct val parts = val_list();
        for (size_t i = 0; i < peek_count(items) && vm_spend(vm, 1); i++)
            parts = val_list_push(
                parts, attribute_path(vm, peek_item(items, i), args->v[1], (struct val){ 0 }));
        val_free(items);
        items = parts;
    }
    struct val sep = arg_given(args, 0) ? value_str(vm, args->v[0]) : val_str(S(""));
    if (vm_autoescape(vm)) {
        escape = is_safe(sep);
        for (size_t i = 0; i < peek_count(items); i++)
            escape |= is_safe(peek_item(items, i));
    }
    struct buf b;
    buf_init(&b, vm->out.max);
    for (size_t i = 0; i < peek_count(items) && vm_spend(vm, 1); i++) {
        part = peek_item(items, i);
        if (i && escape)
            value_put_escaped(vm, &b, sep);
        else if (i)
            buf_put(&b, peek_str(sep));
        if (escape)
            value_put_escaped(vm, &b, part);
        else
            value_put(vm, &b, part);
    }
    val_free(items);
    val_free(sep);
    struct val r = value_from_buf(vm, &b);
    return escape ? val_safe(r) : r;
}
