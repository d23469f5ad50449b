/* Filters that put things in order. Sorting is stable, also in reverse. */
#include "template/sort.h"

#include "base/mem.h"
#include "template/filters.h"
#include "template/object.h"

static bool has_plain_order(struct val a, struct val b)
{
    return a.kind == b.kind && (a.kind == VAL_STR || a.kind == VAL_INT);
}

/* Whether a goes behind b, which stands after it. */
static bool behind(struct vm *vm, const struct keyed *a, const struct keyed *b, bool reverse,
                   bool lenient)
{
    if (lenient && !has_plain_order(a->key, b->key) && value_equal(vm, a->key, b->key))
        return false;
    int c = value_order(vm, a->key, b->key, "<");
    return reverse ? c < 0 : c > 0 && c != 2;
}

static void merge(struct vm *vm, struct keyed *from, struct keyed *to, size_t low, size_t mid,
                  size_t high, bool reverse, bool lenient)
{
    size_t i = low, j = mid, k = low;
    while (i < mid && j < high) {
        if (!vm->failed && behind(vm, &from[i], &from[j], reverse, lenient))
            to[k++] = from[j++];
        else
            to[k++] = from[i++];
    }
    while (i < mid)
        to[k++] = from[i++];
    while (j < high)
        to[k++] = from[j++];
}

void sort_keyed(struct vm *vm, struct keyed *items, size_t n, bool reverse, bool lenient)
{
    struct keyed *room = mem_alloc(n * sizeof *room), *from = items, *to = room;
    for (size_t width = 1; width < n && !vm->failed; width *= 2) {
        for (size_t low = 0; low < n; low += 2 * width) {
            size_t mid = low + width < n ? low + width : n;
            size_t high = low + 2 * width < n ? low + 2 * width : n;
            merge(vm, from, to, low, mid, high, reverse, lenient);
        }
        struct keyed *swap = from;
        from = to;
        to = swap;
    }
    if (from != items && n)
        memcpy(items, from, n * sizeof *items);
    mem_free(room);
}

static struct val sort_key(struct vm *vm, struct val item, struct val attribute, bool with_case,
                           struct val dflt)
{
    struct val v = attribute_path(vm, item, attribute, dflt);
    if (with_case)
        return v;
    struct val lower = ignore_case(vm, v);
    val_free(v);
    return lower;
}

/* "a,b" makes a list of keys, as every attribute of sort does. */
static struct val multi_key(struct vm *vm, struct val item, struct val attribute, bool with_case)
{
    struct val none = { 0 };
    if (attribute.kind != VAL_STR || str_find_char(peek_str(attribute), ',', 0) == SIZE_MAX)
        return sort_key(vm, item, attribute, with_case, none);
    struct val keys = val_list();
    struct str rest = peek_str(attribute);
    for (bool more = true; more && !vm->failed;) {
        size_t comma = str_find_char(rest, ',', 0);
        more = comma != SIZE_MAX;
        struct val part = val_str(str_sub(rest, 0, more ? comma : rest.n));
        keys = val_list_push(keys, sort_key(vm, item, part, with_case, none));
        val_free(part);
        if (more)
            rest = str_sub(rest, comma + 1, rest.n);
    }
    return keys;
}

static struct keyed *keyed_items(struct vm *vm, struct val items)
{
    size_t n = peek_count(items);
    struct keyed *k = mem_alloc(n * sizeof *k);
    vm_claim(vm, n * sizeof *k);
    for (size_t i = 0; i < n; i++)
        k[i] = (struct keyed){ .item = peek_item(items, i) };
    return k;
}

static void free_keys(struct keyed *k, size_t n)
{
    for (size_t i = 0; i < n; i++)
        val_free(k[i].key);
    mem_free(k);
}

struct val filter_sort(struct vm *vm, struct val self, const struct args *args)
{
    struct val items = value_items(vm, self), r = val_list();
    bool reverse = arg_truth(vm, args, 0, false), with_case = arg_truth(vm, args, 1, false);
    size_t n = peek_count(items);
    struct keyed *k = keyed_items(vm, items);
    for (size_t i = 0; i < n && vm_spend(vm, 1); i++)
        k[i].key = multi_key(vm, k[i].item, arg(args, 2), with_case);
    if (!vm->failed)
        sort_keyed(vm, k, n, reverse, true);
    for (size_t i = 0; i < n && !vm->failed; i++)
        r = val_list_push(r, val_copy(k[i].item));
    free_keys(k, n);
    val_free(items);
    return r;
}

struct val filter_dictsort(struct vm *vm, struct val self, const struct args *args)
{
    struct str by;
    bool with_case = arg_truth(vm, args, 0, false), reverse = arg_truth(vm, args, 2, false);
    if (!arg_str(vm, args, 1, "by", S("key"), &by))
        return val_null();
    bool value = str_eq(by, S("value"));
    if (!value && !str_eq(by, S("key"))) {
        vm_fail(vm, "filter-argument", "by is '%.*s'; expected key or value", STR(by));
        return val_null();
    }
    if (self.kind != VAL_MAP) {
        if (self.kind == VAL_UNDEFINED)
            undefined_fail(vm, self);
        else
            vm_fail(vm, "wrong-type", "filter 'dictsort' needs a map, not %s", value_kind(self));
        return val_null();
    }
    size_t n = peek_count(self);
    struct keyed *k = mem_alloc(n * sizeof *k);
    struct val r = val_list();
    for (size_t i = 0; i < n; i++) {
        struct val key = value ? peek_value_at(self, i) : peek_key_at(self, i);
        struct val pair = val_list_push(val_tuple(), val_copy(peek_key_at(self, i)));
        k[i].item = val_list_push(pair, val_copy(peek_value_at(self, i)));
        k[i].key = with_case ? val_copy(key) : ignore_case(vm, key);
    }
    if (vm_claim(vm, n * 128))
        sort_keyed(vm, k, n, reverse, false);
    for (size_t i = 0; i < n; i++)
        r = val_list_push(r, k[i].item);
    free_keys(k, n);
    return r;
}

static struct val extreme(struct vm *vm, struct val self, const struct args *args, bool max)
{
    struct val items = value_items(vm, self), best_key = { 0 }, r;
    bool with_case = arg_truth(vm, args, 0, false);
    size_t best = 0;
    for (size_t i = 0; i < peek_count(items) && vm_spend(vm, 1); i++) {
        struct val key =
            sort_key(vm, peek_item(items, i), arg(args, 1), with_case, (struct val){ 0 });
        int c = i && !vm->failed ? value_order(vm, key, best_key, max ? ">" : "<") : 0;
        if (i == 0 || (max ? c > 0 && c != 2 : c < 0)) {
            val_free(best_key);
            best_key = key;
            best = i;
        } else {
            val_free(key);
        }
    }
    if (peek_count(items)) {
        r = val_copy(peek_item(items, best));
    } else {
        struct undefined u = { .hint = S_INIT("No aggregated item, sequence was empty."),
                               .name = S_INIT("min or max"),
                               .span = vm_span(vm) };
        r = undefined_value(vm, &u);
    }
    val_free(best_key);
    val_free(items);
    return r;
}

struct val filter_min(struct vm *vm, struct val self, const struct args *args)
{
    return extreme(vm, self, args, false);
}

struct val filter_max(struct vm *vm, struct val self, const struct args *args)
{
    return extreme(vm, self, args, true);
}

/* What was seen: hashable keys in a map, tuples and the undefined in a list. */
struct seen {
    struct val map, list;
};

static bool see(struct vm *vm, struct seen *s, struct val key)
{
    if (key.kind > VAL_UNDEFINED && key.kind < VAL_LIST) {
        if (!is_missing(peek_lookup(s->map, key)))
            return false;
        s->map = val_map_put(s->map, val_copy(key), val_bool(true));
        return true;
    }
    if (key.kind == VAL_UNDEFINED)
        value_truth(vm, key);
    else if (!is_tuple(key) && key.kind != VAL_EXT)
        value_check_key(vm, key);
    for (size_t i = 0; i < peek_count(s->list) && !vm->failed; i++)
        if (value_equal(vm, peek_item(s->list, i), key))
            return false;
    s->list = val_list_push(s->list, val_copy(key));
    return true;
}

struct val filter_unique(struct vm *vm, struct val self, const struct args *args)
{
    struct val items = value_items(vm, self), r = val_list();
    bool with_case = arg_truth(vm, args, 0, false);
    struct seen seen = { val_map(), val_list() };
    for (size_t i = 0; i < peek_count(items) && vm_spend(vm, 1); i++) {
        struct val item = peek_item(items, i);
        struct val key = sort_key(vm, item, arg(args, 1), with_case, (struct val){ 0 });
        if (!vm->failed && see(vm, &seen, key))
            r = val_list_push(r, val_copy(item));
        val_free(key);
    }
    val_free(seen.map);
    val_free(seen.list);
    val_free(items);
    return generator_make(r, "unique");
}

/* One group is (grouper, list); the grouper is the first item's own attribute, whatever its case.
 */
static struct val make_group(struct vm *vm, const struct keyed *k, size_t n, struct val attribute,
                             struct val dflt)
{
    struct val list = val_list(), group = val_list();
    for (size_t i = 0; i < n; i++)
        list = val_list_push(list, val_copy(k[i].item));
    group.flags = LIST_GROUP;
    group = val_list_push(group, attribute_path(vm, k[0].item, attribute, dflt));
    return val_list_push(group, list);
}

struct val filter_groupby(struct vm *vm, struct val self, const struct args *args)
{
    struct val items = value_items(vm, self), r = val_list();
    struct val dflt = arg_some(args, 1) ? args->v[1] : (struct val){ 0 };
    bool with_case = arg_truth(vm, args, 2, false);
    size_t n = peek_count(items);
    struct keyed *k = keyed_items(vm, items);
    for (size_t i = 0; i < n && vm_spend(vm, 1); i++)
        k[i].key = sort_key(vm, k[i].item, args->v[0], with_case, dflt);
    if (!vm->failed)
        sort_keyed(vm, k, n, false, false);
    for (size_t i = 0, end; i < n && !vm->failed; i = end) {
        for (end = i + 1; end < n && value_equal(vm, k[i].key, k[end].key); end++)
            continue;
        r = val_list_push(r, make_group(vm, k + i, end - i, args->v[0], dflt));
    }
    free_keys(k, n);
    val_free(items);
    return r;
}
