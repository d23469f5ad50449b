/* Items, attributes, slices, and walking through values. */
#include "base/mem.h"
#include "base/utf8.h"
#include "template/big.h"
#include "template/object.h"
#include "template/unicode.h"

/* The last one of them is remembered with its base, from which a message can suggest. */
static struct val remember(struct vm *vm, struct val v, struct val base)
{
    vm->last_undefined = (const struct undefined *)(const void *)v.heap;
    val_free(vm->last_base);
    vm->last_base = val_copy(base);
    return v;
}

static struct val no_attribute(struct vm *vm, struct val base, struct str name)
{
    struct undefined u = { .name = name,
                           .in = value_class(base),
                           .kind = value_kind(base),
                           .attribute = true,
                           .span = vm_span(vm) };
    return remember(vm, undefined_value(vm, &u), base);
}

static struct val no_element(struct vm *vm, struct val base, struct val key)
{
    if (key.kind == VAL_STR)
        return no_attribute(vm, base, peek_str(key));
    struct buf text;
    buf_init(&text, 1000);
    if (key.kind < VAL_LIST)
        value_put_repr(vm, &text, key);
    else
        buf_put(&text, str_from(value_kind(key)));
    struct undefined u = { .name = buf_str(&text),
                           .in = value_class(base),
                           .kind = value_kind(base),
                           .span = vm_span(vm) };
    struct val v = undefined_value(vm, &u);
    buf_done(&text);
    return remember(vm, v, base);
}

/* A method by its name; missing if the class has none such. */
static struct val find_method(struct val v, struct builtin_table table, struct str name)
{
    const struct builtin *row = builtin_find(table, name);
    return row ? method_make(val_copy(v), row) : (struct val){ 0 };
}

static struct val list_attribute(struct val v, struct str name)
{
    if (v.flags == LIST_GROUP && (str_eq(name, S("grouper")) || str_eq(name, S("list"))))
        return val_copy(peek_item(v, str_eq(name, S("list"))));
    if (v.flags != LIST_PLAIN &&
        !(is_tuple(v) && (str_eq(name, S("count")) || str_eq(name, S("index")))))
        return (struct val){ 0 };
    return find_method(v, template_list_methods, name);
}

/* v.name in the narrow sense: not the items of a map. Missing where there is none. */
static struct val own_attribute(struct vm *vm, struct val v, struct str name)
{
    switch (v.kind) {
    case VAL_STR:
        return find_method(v, template_str_methods, name);
    case VAL_LIST:
        return list_attribute(v, name);
    case VAL_MAP:
        return find_method(v, template_map_methods, name);
    case VAL_EXT:
        return object_getattr(vm, v, name);
    case VAL_INT:
    case VAL_BOOL:
        if (str_eq(name, S("real")) || str_eq(name, S("numerator")))
            return v.kind == VAL_BOOL ? val_int(v.boolean) : v;
        if (str_eq(name, S("imag")) || str_eq(name, S("denominator")))
            return val_int(str_eq(name, S("denominator")));
        return (struct val){ 0 };
    default:
        return (struct val){ 0 };
    }
}

static struct val of_undefined(struct vm *vm, struct val v)
{
    if (vm->options->undefined != TEMPLATE_CHAINABLE)
        undefined_fail(vm, v);
    return v;
}

/* What an undefined value knows of itself, even where all else about it is an error. */
static struct val undefined_attribute(struct vm *vm, struct val v, struct str name)
{
    const struct undefined *u = (const struct undefined *)(const void *)v.heap;
    if (str_eq(name, S("_undefined_name")))
        return val_str(u->name);
    if (str_eq(name, S("_undefined_hint")))
        return u->hint.n ? val_str(u->hint) : val_null();
    return of_undefined(vm, v);
}

struct val value_getattr(struct vm *vm, struct val v, struct str name)
{
    if (v.kind == VAL_UNDEFINED)
        return undefined_attribute(vm, v, name);
    struct val found = own_attribute(vm, v, name);
    if (is_missing(found) && v.kind == VAL_MAP)
        found = val_copy(peek_get(v, name));
    return is_missing(found) && !vm->failed ? no_attribute(vm, v, name) : found;
}

static bool as_index(struct val key, int64_t *out)
{
    if (key.kind == VAL_BOOL)
        *out = key.boolean;
    else if (key.kind == VAL_INT)
        *out = key.integer;
    else
        return false;
    return true;
}

/* The i-th of n, from the end where negative; SIZE_MAX if there is none such. */
static size_t in_range(int64_t i, size_t n)
{
    if (i < 0)
        i += (int64_t)n;
    return i >= 0 && (uint64_t)i < n ? (size_t)i : SIZE_MAX;
}

static struct val str_item(struct val v, int64_t i)
{
    struct str s = peek_str(v);
    size_t n = is_ascii(s) ? s.n : utf8_length(s), at = in_range(i, n);
    if (at == SIZE_MAX)
        return (struct val){ 0 };
    size_t from = n == s.n ? at : code_offset(s, at), to = from;
    utf8_next(s, &to);
    struct val c = val_str(str_sub(s, from, to));
    c.flags = v.flags;
    return c;
}

static struct val by_index(struct val v, int64_t i)
{
    size_t at;
    if (v.kind == VAL_STR)
        return str_item(v, i);
    if (v.kind == VAL_LIST) {
        at = in_range(i, peek_count(v));
        return at == SIZE_MAX ? (struct val){ 0 } : val_copy(peek_item(v, at));
    }
    if (is_ext(v, &range_type)) {
        const struct range *r = peek_ext(v);
        at = in_range(i, r->n);
        return at == SIZE_MAX ? (struct val){ 0 } : val_int(r->start + (int64_t)at * r->step);
    }
    return (struct val){ 0 };
}

struct val value_getitem(struct vm *vm, struct val v, struct val key)
{
    struct val found = { 0 };
    int64_t i;
    if (v.kind == VAL_UNDEFINED)
        return of_undefined(vm, v);
    if (v.kind == VAL_MAP) {
        if (key.kind > VAL_UNDEFINED && key.kind < VAL_LIST)
            found = val_copy(peek_lookup(v, key));
    } else if (as_index(key, &i)) {
        found = by_index(v, i);
    }
    if (is_missing(found) && key.kind == VAL_STR)
        found = own_attribute(vm, v, peek_str(key));
    return is_missing(found) && !vm->failed ? no_element(vm, v, key) : found;
}

/* Slices. */

static bool slice_bound(struct vm *vm, struct val v, int64_t none, int64_t *out)
{
    if (v.kind == VAL_NULL) {
        *out = none;
        return true;
    }
    if (as_index(v, out))
        return true;
    if (v.kind == VAL_UNDEFINED)
        undefined_fail(vm, v);
    else
        vm_fail(vm, "wrong-type", "a slice goes by integers, not %s", value_kind(v));
    return false;
}

static int64_t clamp_bound(int64_t i, int64_t n, int64_t low, int64_t high)
{
    if (i < 0)
        i = i < -n ? -1 : i + n;
    return i < low ? low : i > high ? high : i;
}

struct slice {
    int64_t start, step;
    size_t n;
};

static bool make_slice(struct vm *vm, size_t length, const struct val bounds[3], struct slice *out)
{
    int64_t n = (int64_t)length, start, stop, step;
    if (!slice_bound(vm, bounds[2], 1, &step))
        return false;
    if (step == 0) {
        vm_fail(vm, "bad-value", "a slice cannot go in steps of 0");
        return false;
    }
    bool down = step < 0;
    if (step < -INT64_MAX)
        step = -INT64_MAX;
    if (!slice_bound(vm, bounds[0], down ? INT64_MAX : 0, &start) ||
        !slice_bound(vm, bounds[1], down ? INT64_MIN : INT64_MAX, &stop))
        return false;
    start = clamp_bound(start, n, down ? -1 : 0, down ? n - 1 : n);
    stop = clamp_bound(stop, n, down ? -1 : 0, down ? n - 1 : n);
    out->start = start;
    out->step = step;
    if (down ? stop >= start : start >= stop)
        out->n = 0;
    else
        out->n = (size_t)((down ? start - stop - 1 : stop - start - 1) / (down ? -step : step)) + 1;
    return true;
}

static struct val slice_str(struct vm *vm, struct val v, const struct slice *sl)
{
    struct str s = peek_str(v);
    struct buf out;
    buf_init(&out, 0);
    if (is_ascii(s)) {
        for (size_t k = 0; k < sl->n; k++)
            buf_putc(&out, s.p[sl->start + (int64_t)k * sl->step]);
    } else {
        size_t n = utf8_length(s), i = 0;
        uint32_t *offsets = mem_alloc((n + 1) * sizeof *offsets);
        for (size_t at = 0; at < s.n; i++) {
            offsets[i] = (uint32_t)at;
            utf8_next(s, &at);
        }
        offsets[i] = (uint32_t)s.n;
        for (size_t k = 0; k < sl->n; k++) {
            int64_t at = sl->start + (int64_t)k * sl->step;
            buf_put(&out, str_sub(s, offsets[at], offsets[at + 1]));
        }
        mem_free(offsets);
    }
    struct val r = value_from_buf(vm, &out);
    r.flags = v.flags;
    return r;
}

struct val value_slice(struct vm *vm, struct val v, struct val start, struct val stop,
                       struct val step)
{
    const struct val bounds[] = { start, stop, step };
    struct slice sl;
    if (v.kind == VAL_UNDEFINED)
        return of_undefined(vm, v);
    bool list = v.kind == VAL_LIST;
    if (!list && v.kind != VAL_STR && !is_ext(v, &range_type)) {
        vm_fail(vm, "wrong-type", "%s cannot be sliced", value_kind(v));
        return val_null();
    }
    if (!make_slice(vm, value_length(vm, v), bounds, &sl))
        return val_null();
    if (v.kind == VAL_STR)
        return slice_str(vm, v, &sl);
    if (v.kind == VAL_EXT) {
        const struct range *r = peek_ext(v);
        int64_t first = r->start + sl.start * r->step, by = r->step * sl.step;
        return range_make(first, first + (int64_t)sl.n * by, by);
    }
    struct val r = val_list();
    r.flags = is_tuple(v) ? LIST_TUPLE : LIST_PLAIN;
    if (vm_claim(vm, sl.n * sizeof r))
        for (size_t k = 0; k < sl.n; k++)
            r = val_list_push(r, val_copy(peek_item(v, (size_t)(sl.start + (int64_t)k * sl.step))));
    return r;
}

/* Sizes and items. */

bool value_has_length(struct val v)
{
    return v.kind == VAL_STR || v.kind == VAL_LIST || v.kind == VAL_MAP ||
           v.kind == VAL_UNDEFINED || is_ext(v, &range_type) || is_ext(v, &loop_type) ||
           is_ext(v, &view_type);
}

size_t value_length(struct vm *vm, struct val v)
{
    switch (v.kind) {
    case VAL_UNDEFINED:
        value_truth(vm, v); /* fails where strict */
        return 0;
    case VAL_STR:
        return utf8_length(peek_str(v));
    case VAL_LIST:
    case VAL_MAP:
        return peek_count(v);
    default:
        break;
    }
    if (is_ext(v, &range_type))
        return ((const struct range *)peek_ext(v))->n;
    if (is_ext(v, &loop_type))
        return loop_length(peek_ext(v));
    if (is_ext(v, &view_type))
        return peek_count(((const struct view *)peek_ext(v))->map);
    struct diag *d = vm_fail(vm, "wrong-type", "%s has no length", value_kind(v));
    if (d && is_ext(v, &generator_type))
        diag_help(d, "'%s' gives its items one by one; put '| list' behind it",
                  ((const struct generator *)peek_ext(v))->made_by);
    return 0;
}

bool value_is_iterable(struct val v)
{
    return v.kind == VAL_STR || v.kind == VAL_LIST || v.kind == VAL_MAP ||
           v.kind == VAL_UNDEFINED || is_ext(v, &range_type) || is_ext(v, &generator_type) ||
           is_ext(v, &loop_type) || is_ext(v, &view_type);
}

struct val value_items(struct vm *vm, struct val v)
{
    struct val item;
    if (v.kind == VAL_LIST) {
        struct val same = val_copy(v);
        same.flags = LIST_PLAIN;
        return same;
    }
    struct val r = val_list();
    if (!value_is_iterable(v)) {
        vm_fail(vm, "wrong-type", "%s cannot be iterated", value_kind(v));
        return r;
    }
    struct val it = loop_make(vm, val_copy(v), 0);
    while (!vm->failed && loop_next(vm, peek_ext(it), &item)) {
        if (!vm_spend(vm, 1) || !vm_claim(vm, 2 * sizeof item)) {
            val_free(item);
            break;
        }
        r = val_list_push(r, item);
    }
    val_free(it);
    return r;
}

struct val value_lookup(struct vm *vm, struct val map, struct val v)
{
    if (v.kind > VAL_UNDEFINED && v.kind < VAL_LIST)
        return peek_lookup(map, v);
    if (!is_tuple(v) && v.kind != VAL_EXT)
        value_check_key(vm, v);
    return (struct val){ 0 };
}

bool value_check_key(struct vm *vm, struct val v)
{
    if (v.kind > VAL_UNDEFINED && v.kind < VAL_LIST)
        return true;
    if (v.kind == VAL_UNDEFINED)
        value_truth(vm, v);
    else
        vm_fail(vm, "wrong-type", "%s cannot be a key of a map", value_kind(v));
    return false;
}

/* What an extension holds on to. */
static struct val held_by(struct val v)
{
    const struct val_ext_type *type = peek_ext_type(v);
    if (type == &namespace_type)
        return ((struct namespace *)peek_ext(v))->map;
    if (type == &view_type)
        return ((struct view *)peek_ext(v))->map;
    if (type == &generator_type)
        return ((struct generator *)peek_ext(v))->items;
    if (type == &method_type)
        return ((struct method *)peek_ext(v))->self;
    if (type == &module_type)
        return ((struct module *)peek_ext(v))->exports;
    if (type == &cycler_type)
        return ((struct cycler *)peek_ext(v))->items;
    if (type == &joiner_type)
        return ((struct joiner *)peek_ext(v))->sep;
    if (type == &loop_type)
        return ((struct loop *)peek_ext(v))->source;
    return (struct val){ 0 };
}

/* What is still to be looked at, and which shared values were: those could come again and again. */
struct todo {
    struct val *p;
    size_t n, cap;
    const struct val_heap **seen; /* open addressing */
    size_t nseen, seen_cap;
};

static size_t seen_slot(const struct todo *t, const struct val_heap *heap)
{
    size_t i = ((size_t)(uintptr_t)heap >> 4) * 0x9E3779B97F4A7C15u >> 20;
    for (i &= t->seen_cap - 1; t->seen[i] && t->seen[i] != heap; i = (i + 1) & (t->seen_cap - 1))
        continue;
    return i;
}

static void grow_seen(struct todo *t)
{
    struct todo old = *t;
    t->seen_cap = old.seen_cap ? old.seen_cap * 2 : 64;
    t->seen = mem_alloc(t->seen_cap * sizeof *t->seen);
    memset(t->seen, 0, t->seen_cap * sizeof *t->seen);
    for (size_t i = 0; i < old.seen_cap; i++)
        if (old.seen[i])
            t->seen[seen_slot(t, old.seen[i])] = old.seen[i];
    mem_free(old.seen);
}

/* Whether heap is here for the first time. */
static bool first_time(struct todo *t, const struct val_heap *heap)
{
    if (t->nseen * 2 >= t->seen_cap)
        grow_seen(t);
    size_t i = seen_slot(t, heap);
    if (t->seen[i])
        return false;
    t->seen[i] = heap;
    t->nseen++;
    return true;
}

static void todo_push(struct todo *t, struct val v)
{
    if (v.kind < VAL_LIST || (v.heap->refs > 1 && !first_time(t, v.heap)))
        return;
    if (t->n == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 32;
        t->p = mem_realloc(t->p, t->cap * sizeof *t->p);
    }
    t->p[t->n++] = v;
}

bool value_reaches(struct vm *vm, struct val outer, struct val inner)
{
    struct todo todo = { 0 };
    bool found = false;
    todo_push(&todo, outer);
    while (todo.n && !found && vm_spend(vm, 1)) {
        struct val v = todo.p[--todo.n];
        found = v.heap == inner.heap;
        if (v.kind == VAL_LIST) {
            for (size_t i = 0; i < peek_count(v); i++)
                todo_push(&todo, peek_item(v, i));
        } else if (v.kind == VAL_MAP) {
            for (size_t i = 0; i < peek_count(v); i++)
                todo_push(&todo, peek_value_at(v, i));
        } else {
            todo_push(&todo, held_by(v));
            if (is_ext(v, &loop_type)) {
                const struct loop *l = peek_ext(v);
                todo_push(&todo, l->before);
                todo_push(&todo, l->current);
                todo_push(&todo, l->changed);
            }
        }
    }
    mem_free(todo.p);
    mem_free(todo.seen);
    return found || vm->failed;
}

bool value_int(struct vm *vm, struct val v, const char *what, int64_t *out)
{
    if (as_index(v, out))
        return true;
    if (v.kind == VAL_UNDEFINED)
        undefined_fail(vm, v);
    else if (is_ext(v, &big_type))
        vm_fail(vm, "integer-overflow", "%s does not fit 64 bits", what);
    else
        vm_fail(vm, "wrong-type", "%s is %s; expected an integer", what, value_kind(v));
    return false;
}
