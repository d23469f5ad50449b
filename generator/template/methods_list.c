/* The methods of Python's lists and dictionaries. Those that change what they are called on change
 * it for every holder, as Python does. */
#include "template/filters.h"
#include "template/methods.h"
#include "template/object.h"
#include "template/sort.h"

/* The contents of a list or map, taken out so that nobody else holds them. */
static struct val take_out(struct val self)
{
    struct val room = self.kind == VAL_LIST ? val_list() : val_map();
    poke_swap(self, room);
    return room;
}

static struct val put_back(struct val self, struct val contents)
{
    poke_swap(self, contents);
    val_free(contents);
    return val_null();
}

static bool may_hold(struct vm *vm, struct val self, struct val item)
{
    if (!vm_claim(vm, 2 * sizeof item))
        return false;
    if (item.kind < VAL_LIST || !value_reaches(vm, item, self))
        return true;
    if (!vm->failed)
        vm_fail(vm, "cycle", "%s cannot hold itself", value_kind(self));
    return false;
}

static struct val list_append(struct vm *vm, struct val self, const struct args *args)
{
    if (!may_hold(vm, self, args->v[0]))
        return val_null();
    return put_back(self, val_list_push(take_out(self), val_copy(args->v[0])));
}

static struct val list_extend(struct vm *vm, struct val self, const struct args *args)
{
    struct val items = value_items(vm, args->v[0]);
    if (items.heap == self.heap) { /* its own items: as they are now */
        val_free(items);
        items = filter_list(vm, self, args);
    }
    for (size_t i = 0; !vm->failed && i < peek_count(items); i++)
        if (may_hold(vm, self, peek_item(items, i)))
            put_back(self, val_list_push(take_out(self), val_copy(peek_item(items, i))));
    val_free(items);
    return val_null();
}

static struct val list_clear(struct vm *vm, struct val self, const struct args *args)
{
    (void)vm;
    (void)args;
    val_free(take_out(self));
    return val_null();
}

static struct val list_copy(struct vm *vm, struct val self, const struct args *args)
{
    return filter_list(vm, self, args);
}

static struct val list_count(struct vm *vm, struct val self, const struct args *args)
{
    int64_t n = 0;
    for (size_t i = 0; i < peek_count(self) && !vm->failed; i++)
        n += value_equal(vm, peek_item(self, i), args->v[0]);
    return val_int(n);
}

static size_t clamp_index(int64_t i, size_t n)
{
    if (i < 0)
        i += (int64_t)n;
    return i < 0 ? 0 : (uint64_t)i > n ? n : (size_t)i;
}

static struct val list_index(struct vm *vm, struct val self, const struct args *args)
{
    int64_t start, end;
    size_t n = peek_count(self);
    if (!arg_int(vm, args, 1, "start", 0, &start) || !arg_int(vm, args, 2, "end", INT64_MAX, &end))
        return val_null();
    for (size_t i = clamp_index(start, n); i < clamp_index(end, n) && !vm->failed; i++)
        if (value_equal(vm, peek_item(self, i), args->v[0]))
            return val_int((int64_t)i);
    if (!vm->failed)
        vm_fail(vm, "not-found", "%s does not hold what index() looks for", value_kind(self));
    return val_null();
}

/* The items of self without the i-th, or with one before it. */
static struct val rebuilt(struct val self, size_t at, const struct val *insert)
{
    struct val old = take_out(self), r = val_list();
    for (size_t i = 0; i <= peek_count(old); i++) {
        if (i == at && insert)
            r = val_list_push(r, val_copy(*insert));
        if (i < peek_count(old) && (insert || i != at))
            r = val_list_push(r, val_copy(peek_item(old, i)));
    }
    val_free(old);
    return put_back(self, r);
}

static struct val list_insert(struct vm *vm, struct val self, const struct args *args)
{
    int64_t i;
    if (!value_int(vm, args->v[0], "the index", &i) || !may_hold(vm, self, args->v[1]) ||
        !vm_spend(vm, peek_count(self)))
        return val_null();
    return rebuilt(self, clamp_index(i, peek_count(self)), &args->v[1]);
}

static struct val list_pop(struct vm *vm, struct val self, const struct args *args)
{
    int64_t i, n = (int64_t)peek_count(self);
    if (!arg_int(vm, args, 0, "the index", -1, &i) || !vm_spend(vm, (size_t)n))
        return val_null();
    if (i < 0)
        i += n;
    if (i < 0 || i >= n) {
        vm_fail(vm, "not-found", n ? "the list has no such item to pop" : "the list is empty");
        return val_null();
    }
    struct val item = val_copy(peek_item(self, (size_t)i));
    rebuilt(self, (size_t)i, NULL);
    return item;
}

static struct val list_remove(struct vm *vm, struct val self, const struct args *args)
{
    for (size_t i = 0; i < peek_count(self) && !vm->failed; i++)
        if (value_equal(vm, peek_item(self, i), args->v[0]))
            return rebuilt(self, i, NULL);
    if (!vm->failed)
        vm_fail(vm, "not-found", "the list does not hold what remove() looks for");
    return val_null();
}

static struct val list_reverse(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    struct val old = take_out(self), r = val_list();
    if (vm_spend(vm, peek_count(old)))
        for (size_t i = peek_count(old); i-- > 0;)
            r = val_list_push(r, val_copy(peek_item(old, i)));
    val_free(old);
    return put_back(self, r);
}

static struct val list_sort(struct vm *vm, struct val self, const struct args *args)
{
    bool reverse = arg_truth(vm, args, 1, false);
    if (arg_some(args, 0)) {
        vm_fail(vm, "wrong-arguments", "sort() cannot use a key here; use the filter 'sort'");
        return val_null();
    }
    size_t n = peek_count(self);
    struct keyed *k = arena_make_n(&vm->own, struct keyed, n);
    struct val r = val_list();
    for (size_t i = 0; i < n; i++)
        k[i].key = k[i].item = peek_item(self, i);
    if (vm_claim(vm, n * sizeof *k))
        sort_keyed(vm, k, n, reverse, false);
    for (size_t i = 0; i < n; i++)
        r = val_list_push(r, val_copy(k[i].item));
    return put_back(self, r);
}

static const struct builtin list_methods[] = {
    { S_INIT("append"), list_append, "object", 1 },
    { S_INIT("clear"), list_clear, "", 0 },
    { S_INIT("copy"), list_copy, "", 0 },
    { S_INIT("count"), list_count, "value", 1 },
    { S_INIT("extend"), list_extend, "iterable", 1 },
    { S_INIT("index"), list_index, "value,start,stop", 1 },
    { S_INIT("insert"), list_insert, "index,object", 2 },
    { S_INIT("pop"), list_pop, "index", 0 },
    { S_INIT("remove"), list_remove, "value", 1 },
    { S_INIT("reverse"), list_reverse, "", 0 },
    { S_INIT("sort"), list_sort, "key,reverse", 0 },
};

const struct builtin_table template_list_methods = { list_methods,
                                                     sizeof list_methods / sizeof *list_methods };

/* Maps. */

static struct val dict_clear(struct vm *vm, struct val self, const struct args *args)
{
    return list_clear(vm, self, args);
}

static struct val dict_copy(struct vm *vm, struct val self, const struct args *args)
{
    struct val r = val_map();
    (void)args;
    for (size_t i = 0; i < peek_count(self) && vm_spend(vm, 1) && vm_claim(vm, 32); i++)
        r = val_map_put(r, val_copy(peek_key_at(self, i)), val_copy(peek_value_at(self, i)));
    return r;
}

static struct val dict_fromkeys(struct vm *vm, struct val self, const struct args *args)
{
    struct val keys = value_items(vm, args->v[0]), r = val_map();
    (void)self;
    for (size_t i = 0; i < peek_count(keys) && vm_spend(vm, 1) && vm_claim(vm, 32); i++)
        if (value_check_key(vm, peek_item(keys, i)))
            r = val_map_put(r, val_copy(peek_item(keys, i)),
                            arg_given(args, 1) ? val_copy(args->v[1]) : val_null());
    val_free(keys);
    return r;
}

static struct val dict_get(struct vm *vm, struct val self, const struct args *args)
{
    struct val v = value_lookup(vm, self, args->v[0]);
    if (!is_missing(v))
        return val_copy(v);
    return arg_given(args, 1) ? val_copy(args->v[1]) : val_null();
}

static struct val dict_items(struct vm *vm, struct val self, const struct args *args)
{
    (void)vm;
    (void)args;
    return view_make(val_copy(self), VIEW_ITEMS);
}

static struct val dict_keys(struct vm *vm, struct val self, const struct args *args)
{
    (void)vm;
    (void)args;
    return view_make(val_copy(self), VIEW_KEYS);
}

static struct val dict_values(struct vm *vm, struct val self, const struct args *args)
{
    (void)vm;
    (void)args;
    return view_make(val_copy(self), VIEW_VALUES);
}

static struct val dict_pop(struct vm *vm, struct val self, const struct args *args)
{
    struct val v = val_copy(value_lookup(vm, self, args->v[0]));
    if (!is_missing(v) && vm_spend(vm, peek_count(self))) {
        put_back(self, val_map_remove(take_out(self), val_copy(args->v[0])));
        return v;
    }
    val_free(v);
    if (arg_given(args, 1))
        return val_copy(args->v[1]);
    if (!vm->failed)
        vm_fail(vm, "not-found", "the map does not hold what pop() looks for");
    return val_null();
}

static struct val dict_popitem(struct vm *vm, struct val self, const struct args *args)
{
    size_t n = peek_count(self);
    (void)args;
    if (n == 0) {
        vm_fail(vm, "not-found", "the map is empty");
        return val_null();
    }
    struct val pair = val_list_push(val_tuple(), val_copy(peek_key_at(self, n - 1)));
    pair = val_list_push(pair, val_copy(peek_value_at(self, n - 1)));
    put_back(self, val_map_remove(take_out(self), val_copy(peek_item(pair, 0))));
    return pair;
}

static struct val dict_setdefault(struct vm *vm, struct val self, const struct args *args)
{
    struct val dflt = arg_given(args, 1) ? args->v[1] : val_null();
    if (!value_check_key(vm, args->v[0]))
        return val_null();
    struct val v = peek_lookup(self, args->v[0]);
    if (!is_missing(v))
        return val_copy(v);
    if (may_hold(vm, self, dflt))
        put_back(self, val_map_put(take_out(self), val_copy(args->v[0]), val_copy(dflt)));
    return val_copy(dflt);
}

static void update_one(struct vm *vm, struct val self, struct val key, struct val v)
{
    if (value_check_key(vm, key) && may_hold(vm, self, v))
        put_back(self, val_map_put(take_out(self), val_copy(key), val_copy(v)));
}

/* Pairs from a map, or from a sequence of pairs, into self. */
void map_merge(struct vm *vm, struct val self, struct val from)
{
    if (from.kind == VAL_MAP) {
        struct val held = val_copy(from);
        for (size_t i = 0; i < peek_count(held) && vm_spend(vm, 1); i++) {
            struct val key = val_copy(peek_key_at(held, i)), v = val_copy(peek_value_at(held, i));
            update_one(vm, self, key, v);
            val_free(key);
            val_free(v);
        }
        val_free(held);
        return;
    }
    struct val pairs = value_items(vm, from);
    for (size_t i = 0; i < peek_count(pairs) && vm_spend(vm, 1); i++) {
        struct val pair = value_items(vm, peek_item(pairs, i));
        if (!vm->failed && peek_count(pair) != 2)
            vm_fail(vm, "wrong-count", "a map is made of pairs; item %zu has %zu parts", i + 1,
                    peek_count(pair));
        if (!vm->failed)
            update_one(vm, self, peek_item(pair, 0), peek_item(pair, 1));
        val_free(pair);
    }
    val_free(pairs);
}

static struct val dict_update(struct vm *vm, struct val self, const struct args *args)
{
    if (args->n > 1) {
        vm_fail(vm, "wrong-arguments", "method 'update' takes one map, and named values");
        return val_null();
    }
    if (args->n)
        map_merge(vm, self, args->v[0]);
    for (size_t k = 0; k < args->nkwargs && !vm->failed; k++)
        update_one(vm, self, args->kwnames[k], args->kwargs[k]);
    return val_null();
}

static const struct builtin dict_methods[] = {
    { S_INIT("clear"), dict_clear, "", 0 },
    { S_INIT("copy"), dict_copy, "", 0 },
    { S_INIT("fromkeys"), dict_fromkeys, "iterable,value", 1 },
    { S_INIT("get"), dict_get, "key,default", 1 },
    { S_INIT("items"), dict_items, "", 0 },
    { S_INIT("keys"), dict_keys, "", 0 },
    { S_INIT("pop"), dict_pop, "key,default", 1 },
    { S_INIT("popitem"), dict_popitem, "", 0 },
    { S_INIT("setdefault"), dict_setdefault, "key,default", 1 },
    { S_INIT("update"), dict_update, NULL, 0 },
    { S_INIT("values"), dict_values, "", 0 },
};

const struct builtin_table template_map_methods = { dict_methods,
                                                    sizeof dict_methods / sizeof *dict_methods };
