/* Filters over sequences. Those that are lazy in Python give a lazy sequence here as well: it can
 * be read once, and has no length. */
#include "template/filters.h"
#include "template/object.h"

static struct val no_item(struct vm *vm, struct str what)
{
    struct undefined u = { .hint = what, .name = what, .span = vm_span(vm) };
    return undefined_value(vm, &u);
}

struct val filter_first(struct vm *vm, struct val self, const struct args *args)
{
    struct val v;
    (void)args;
    if (!value_is_iterable(self)) {
        vm_fail(vm, "wrong-type", "%s cannot be iterated", value_kind(self));
        return val_null();
    }
    struct val it = loop_make(vm, val_copy(self), 0);
    if (!loop_next(vm, peek_ext(it), &v))
        v = no_item(vm, S("No first item, sequence was empty."));
    val_free(it);
    return v;
}

struct val filter_last(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    if (is_ext(self, &generator_type) || !value_is_iterable(self)) {
        struct diag *d = vm_fail(vm, "wrong-type", "%s has no end to begin from", value_kind(self));
        if (d && self.kind == VAL_EXT)
            diag_help(d, "put '| list' before it");
        return val_null();
    }
    if (self.kind == VAL_STR && peek_str(self).n)
        return value_getitem(vm, self, val_int(-1));
    struct val items = value_items(vm, self), v;
    size_t n = peek_count(items);
    v = n ? val_copy(peek_item(items, n - 1)) : no_item(vm, S("No last item, sequence was empty."));
    val_free(items);
    return v;
}

/* Builds must not differ from run to run, so the choice depends on the sequence alone. */
struct val filter_random(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    size_t n = value_length(vm, self);
    if (vm->failed)
        return val_null();
    if (n == 0)
        return no_item(vm, S("No random item, sequence was empty."));
    return value_getitem(vm, self, val_int((int64_t)(n * 7919 / 104729 % n)));
}

struct val filter_list(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    struct val items = value_items(vm, self), list = val_list();
    if (vm_claim(vm, peek_count(items) * sizeof list)) /* a list of its own, as list() makes */
        for (size_t i = 0; i < peek_count(items); i++)
            list = val_list_push(list, val_copy(peek_item(items, i)));
    val_free(items);
    return list;
}

static struct val reversed_text(struct val self)
{
    struct str s = peek_str(self);
    char *p;
    struct val v = val_str_make(s.n, &p);
    for (size_t at = 0; at < s.n;) { /* characters stay whole */
        size_t end = at + 1;
        while (end < s.n && ((unsigned char)s.p[end] & 0xC0) == 0x80)
            end++;
        memcpy(p + s.n - end, s.p + at, end - at);
        at = end;
    }
    v.flags = self.flags;
    return v;
}

struct val filter_reverse(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    if (self.kind == VAL_STR)
        return reversed_text(self);
    if (!value_is_iterable(self)) {
        vm_fail(vm, "filter-argument", "filter 'reverse' needs a sequence, not %s",
                value_kind(self));
        return val_null();
    }
    bool lazy = !is_ext(self, &generator_type) && self.kind != VAL_UNDEFINED;
    struct val items = value_items(vm, self), r = val_list();
    if (vm_claim(vm, peek_count(items) * sizeof r))
        for (size_t i = peek_count(items); i-- > 0;)
            r = val_list_push(r, val_copy(peek_item(items, i)));
    val_free(items);
    return lazy ? generator_make(r, "reverse") : r;
}

struct val filter_items(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    struct val r = val_list();
    if (self.kind == VAL_MAP) {
        for (size_t i = 0; i < peek_count(self) && vm_spend(vm, 1); i++) {
            struct val pair = val_list_push(val_tuple(), val_copy(peek_key_at(self, i)));
            r = val_list_push(r, val_list_push(pair, val_copy(peek_value_at(self, i))));
        }
    } else if (self.kind != VAL_UNDEFINED) {
        vm_fail(vm, "wrong-type", "filter 'items' needs a map, not %s", value_kind(self));
    }
    return generator_make(r, "items");
}

struct val filter_batch(struct vm *vm, struct val self, const struct args *args)
{
    int64_t size;
    struct val items = value_items(vm, self), r = val_list(), row = val_list();
    if (!value_int(vm, args->v[0], "linecount", &size)) {
        val_free(row);
        val_free(items);
        return r;
    }
    bool any = false;
    for (size_t i = 0; i < peek_count(items) && vm_spend(vm, 1); i++) {
        if (any && (int64_t)peek_count(row) == size) {
            r = val_list_push(r, row);
            row = val_list();
        }
        row = val_list_push(row, val_copy(peek_item(items, i)));
        any = true;
    }
    if (peek_count(row)) {
        while (arg_some(args, 1) && (int64_t)peek_count(row) < size && vm_spend(vm, 1) &&
               vm_claim(vm, sizeof row))
            row = val_list_push(row, val_copy(args->v[1]));
        r = val_list_push(r, row);
    } else {
        val_free(row);
    }
    val_free(items);
    return generator_make(r, "batch");
}

struct val filter_slice(struct vm *vm, struct val self, const struct args *args)
{
    int64_t slices;
    struct val items = value_items(vm, self), r = val_list();
    if (!value_int(vm, args->v[0], "slices", &slices) || vm->failed)
        goto out;
    if (slices == 0) {
        vm_fail(vm, "division-by-zero", "filter 'slice' cannot make 0 slices");
        goto out;
    }
    int64_t n = (int64_t)peek_count(items), each = slices > 0 ? n / slices : 0;
    int64_t extra = slices > 0 ? n % slices : 0, at = 0;
    for (int64_t k = 0; k < slices && vm_spend(vm, 1) && vm_claim(vm, 64); k++) {
        struct val part = val_list();
        for (int64_t i = 0; i < each + (k < extra); i++)
            part = val_list_push(part, val_copy(peek_item(items, (size_t)at++)));
        if (arg_some(args, 1) && k >= extra)
            part = val_list_push(part, val_copy(args->v[1]));
        r = val_list_push(r, part);
    }
out:
    val_free(items);
    return generator_make(r, "slice");
}

struct val filter_attr(struct vm *vm, struct val self, const struct args *args)
{
    struct str name;
    if (!arg_str(vm, args, 0, "name", (struct str){ 0 }, &name))
        return val_null();
    if (self.kind == VAL_MAP && !builtin_find(template_map_methods, name)) {
        struct undefined u = { .name = name,
                               .in = value_class(self),
                               .kind = value_kind(self),
                               .attribute = true,
                               .span = vm_span(vm) };
        return undefined_value(vm, &u); /* the items of a map are not its attributes */
    }
    return value_getattr(vm, self, name);
}

/* map(name, …), select(test, …) and their kind: the row called for each item, and the arguments
 * that go to it. */

static const struct builtin *row_named(struct vm *vm, struct val name, struct builtin_table table,
                                       const char *what)
{
    if (name.kind != VAL_STR) {
        if (name.kind == VAL_UNDEFINED)
            undefined_fail(vm, name);
        else
            vm_fail(vm, "wrong-type", "the name of a %s is a string, not %s", what,
                    value_kind(name));
        return NULL;
    }
    const struct builtin *row = builtin_find(table, peek_str(name));
    if (!row)
        builtin_unknown(vm, peek_str(name), what[0] == 't');
    return row;
}

static struct args rest_of(const struct args *args, size_t from)
{
    struct args rest = *args;
    rest.v += from;
    rest.n -= from;
    return rest;
}

static struct val map_attribute(struct vm *vm, struct val items, const struct args *args)
{
    struct val attribute = { 0 }, dflt = { 0 }, r = val_list();
    for (size_t k = 0; k < args->nkwargs; k++) {
        struct str name = peek_str(args->kwnames[k]);
        if (str_eq(name, S("attribute")))
            attribute = args->kwargs[k];
        else if (str_eq(name, S("default")))
            dflt = args->kwargs[k];
        else
            vm_fail(vm, "filter-argument", "filter 'map' has no argument '%.*s'", STR(name));
    }
    if (dflt.kind == VAL_NULL)
        dflt = (struct val){ 0 };
    for (size_t i = 0; i < peek_count(items) && vm_spend(vm, 1); i++)
        r = val_list_push(r, attribute_path(vm, peek_item(items, i), attribute, dflt));
    return r;
}

static bool has_kwarg(const struct args *args, struct str name)
{
    for (size_t k = 0; k < args->nkwargs; k++)
        if (str_eq(peek_str(args->kwnames[k]), name))
            return true;
    return false;
}

struct val filter_map(struct vm *vm, struct val self, const struct args *args)
{
    struct val r = val_list();
    if (self.kind == VAL_UNDEFINED && !value_truth(vm, self))
        return generator_make(r, "map");
    struct val items = value_items(vm, self);
    if (args->n == 0 && has_kwarg(args, S("attribute"))) {
        val_free(r);
        r = map_attribute(vm, items, args);
    } else if (args->n == 0) {
        vm_fail(vm, "filter-argument", "filter 'map' needs the name of a filter, or attribute=…");
    } else {
        const struct builtin *row = row_named(vm, args->v[0], template_filters, "filter");
        struct args rest = rest_of(args, 1);
        for (size_t i = 0; row && i < peek_count(items) && vm_spend(vm, 1); i++)
            r = val_list_push(r, vm_apply(vm, row, "filter", peek_item(items, i), &rest));
    }
    val_free(items);
    return generator_make(r, "map");
}

static bool passes(struct vm *vm, struct val v, const struct builtin *test, const struct args *args)
{
    if (!test)
        return value_truth(vm, v);
    struct val verdict = vm_apply(vm, test, "test", v, args);
    bool pass = !vm->failed && value_truth(vm, verdict);
    val_free(verdict);
    return pass;
}

static struct val choose(struct vm *vm, struct val self, const struct args *args, bool want,
                         bool by_attribute, const char *name)
{
    struct val r = val_list();
    if (self.kind == VAL_UNDEFINED && !value_truth(vm, self))
        return generator_make(r, name);
    struct val items = value_items(vm, self);
    size_t off = by_attribute ? 1 : 0;
    const struct builtin *test = NULL;
    if (args->n < off)
        vm_fail(vm, "filter-argument", "filter '%s' needs the name of an attribute", name);
    else if (args->n > off)
        test = row_named(vm, args->v[off], template_tests, "test");
    struct args rest = args->n > off ? rest_of(args, off + 1) : (struct args){ 0 };
    for (size_t i = 0; i < peek_count(items) && vm_spend(vm, 1); i++) {
        struct val item = peek_item(items, i);
        struct val v =
            by_attribute ? attribute_path(vm, item, args->v[0], (struct val){ 0 }) : val_copy(item);
        if (!vm->failed && passes(vm, v, test, &rest) == want)
            r = val_list_push(r, val_copy(item));
        val_free(v);
    }
    val_free(items);
    return generator_make(r, name);
}

struct val filter_select(struct vm *vm, struct val self, const struct args *args)
{
    return choose(vm, self, args, true, false, "select");
}

struct val filter_reject(struct vm *vm, struct val self, const struct args *args)
{
    return choose(vm, self, args, false, false, "reject");
}

struct val filter_selectattr(struct vm *vm, struct val self, const struct args *args)
{
    return choose(vm, self, args, true, true, "selectattr");
}

struct val filter_rejectattr(struct vm *vm, struct val self, const struct args *args)
{
    return choose(vm, self, args, false, true, "rejectattr");
}
