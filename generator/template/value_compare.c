/* Truth, equality and order of values. */
#include "template/big.h"
#include "template/object.h"

bool value_truth(struct vm *vm, struct val v)
{
    switch (v.kind) {
    case VAL_UNDEFINED:
        if (vm->options->undefined == TEMPLATE_STRICT && is_undefined(v) &&
            !((const struct undefined *)(const void *)v.heap)->lenient)
            undefined_fail(vm, v);
        return false;
    case VAL_NULL:
        return false;
    case VAL_BOOL:
        return v.boolean;
    case VAL_INT:
        return v.integer != 0;
    case VAL_FLOAT:
        return v.number != 0;
    case VAL_STR:
        return peek_str(v).n != 0;
    case VAL_LIST:
    case VAL_MAP:
        return peek_count(v) != 0;
    case VAL_EXT:
        if (is_ext(v, &range_type))
            return ((struct range *)peek_ext(v))->n != 0;
        if (is_ext(v, &loop_type))
            return loop_length(peek_ext(v)) != 0;
        if (is_ext(v, &view_type))
            return peek_count(((const struct view *)peek_ext(v))->map) != 0;
        return true;
    }
    return false;
}

static bool is_number(struct val v)
{
    return v.kind == VAL_INT || v.kind == VAL_FLOAT || v.kind == VAL_BOOL || is_ext(v, &big_type);
}

static struct val plain_number(struct val v)
{
    return v.kind == VAL_BOOL ? val_int(v.boolean) : v;
}

/* <0, 0, >0, or 2 where one is NaN. */
static int compare_numbers(struct val a, struct val b)
{
    a = plain_number(a);
    b = plain_number(b);
    if (a.kind == VAL_EXT || b.kind == VAL_EXT)
        return big_compare(a, b);
    if (a.kind == VAL_INT && b.kind == VAL_INT)
        return a.integer < b.integer ? -1 : a.integer > b.integer;
    if (a.kind == VAL_INT)
        return num_compare(a.integer, b.number);
    if (b.kind == VAL_INT) {
        int c = num_compare(b.integer, a.number);
        return c == 2 ? 2 : -c;
    }
    if (a.number != a.number || b.number != b.number)
        return 2;
    return a.number < b.number ? -1 : a.number > b.number;
}

/* Python's sequences that compare with each other. */
static int list_family(struct val v)
{
    return is_tuple(v) ? LIST_TUPLE : v.flags;
}

static bool check_depth(struct vm *vm, int depth)
{
    if (depth <= VALUE_DEPTH)
        return true;
    vm_fail(vm, "too-deep", "this value nests deeper than %d levels", VALUE_DEPTH);
    return false;
}

static bool equal(struct vm *vm, struct val a, struct val b, int depth);

static bool equal_lists(struct vm *vm, struct val a, struct val b, int depth)
{
    if (list_family(a) != list_family(b) || peek_count(a) != peek_count(b))
        return false;
    for (size_t i = 0; i < peek_count(a); i++)
        if (!equal(vm, peek_item(a, i), peek_item(b, i), depth + 1))
            return false;
    return true;
}

static bool equal_maps(struct vm *vm, struct val a, struct val b, int depth)
{
    if (peek_count(a) != peek_count(b))
        return false;
    for (size_t i = 0; i < peek_count(a); i++) {
        struct val other = peek_lookup(b, peek_key_at(a, i));
        if (is_missing(other) || !equal(vm, peek_value_at(a, i), other, depth + 1))
            return false;
    }
    return true;
}

/* Keys are compared as sets, items as maps; views of values are equal to themselves only. */
static bool equal_views(struct vm *vm, const struct view *a, const struct view *b, int depth)
{
    if (a->class != b->class || a->class == VIEW_VALUES)
        return false;
    if (a->class == VIEW_ITEMS)
        return equal_maps(vm, a->map, b->map, depth);
    bool same = peek_count(a->map) == peek_count(b->map);
    for (size_t i = 0; same && i < peek_count(a->map); i++)
        same = !is_missing(peek_lookup(b->map, peek_key_at(a->map, i)));
    return same;
}

static bool equal_objects(struct vm *vm, struct val a, struct val b, int depth)
{
    if (a.heap == b.heap)
        return true;
    if (is_ext(a, &view_type) && is_ext(b, &view_type))
        return equal_views(vm, peek_ext(a), peek_ext(b), depth);
    if (!is_ext(a, &range_type) || !is_ext(b, &range_type))
        return false;
    const struct range *x = peek_ext(a), *y = peek_ext(b);
    return x->n == y->n &&
           (x->n == 0 || (x->start == y->start && (x->n == 1 || x->step == y->step)));
}

static bool equal(struct vm *vm, struct val a, struct val b, int depth)
{
    if (!vm_spend(vm, 1) || !check_depth(vm, depth))
        return false;
    if (is_number(a) && is_number(b))
        return compare_numbers(a, b) == 0;
    if (a.kind == VAL_UNDEFINED || b.kind == VAL_UNDEFINED) {
        if (vm->options->undefined == TEMPLATE_STRICT)
            undefined_fail(vm, a.kind == VAL_UNDEFINED ? a : b);
        return a.kind == b.kind;
    }
    if (a.kind != b.kind)
        return false;
    switch (a.kind) {
    case VAL_NULL:
        return true;
    case VAL_STR:
        return a.heap == b.heap || str_eq(peek_str(a), peek_str(b));
    case VAL_LIST:
        return equal_lists(vm, a, b, depth);
    case VAL_MAP:
        return a.heap == b.heap || equal_maps(vm, a, b, depth);
    case VAL_EXT:
        return equal_objects(vm, a, b, depth);
    default:
        return false;
    }
}

bool value_equal(struct vm *vm, struct val a, struct val b)
{
    return equal(vm, a, b, 0);
}

bool value_same(struct val a, struct val b)
{
    if (a.kind != b.kind)
        return false;
    switch (a.kind) {
    case VAL_BOOL:
        return a.boolean == b.boolean;
    case VAL_INT: /* Python keeps one object of each small integer */
        return a.integer == b.integer && a.integer >= -5 && a.integer <= 256;
    case VAL_FLOAT:
        return false;
    case VAL_NULL:
        return true;
    case VAL_STR:
        return a.heap == b.heap || (peek_str(a).n <= 1 && str_eq(peek_str(a), peek_str(b)));
    default:
        return a.heap == b.heap;
    }
}

static int no_order(struct vm *vm, struct val a, struct val b, const char *op)
{
    if (is_undefined(a))
        undefined_fail(vm, a);
    else if (is_undefined(b))
        undefined_fail(vm, b);
    else
        vm_fail(vm, "wrong-type", "'%s' cannot compare %s with %s", op, value_kind(a),
                value_kind(b));
    return 0;
}

static int order(struct vm *vm, struct val a, struct val b, const char *op, int depth);

static int order_lists(struct vm *vm, struct val a, struct val b, const char *op, int depth)
{
    size_t n = peek_count(a), m = peek_count(b);
    for (size_t i = 0; i < n && i < m && !vm->failed; i++)
        if (!equal(vm, peek_item(a, i), peek_item(b, i), depth + 1))
            return vm->failed ? 0 : order(vm, peek_item(a, i), peek_item(b, i), op, depth + 1);
    return n < m ? -1 : n > m;
}

static int order(struct vm *vm, struct val a, struct val b, const char *op, int depth)
{
    if (!vm_spend(vm, 1) || !check_depth(vm, depth))
        return 0;
    if (is_number(a) && is_number(b))
        return compare_numbers(a, b);
    if (a.kind == VAL_STR && b.kind == VAL_STR) {
        int c = str_cmp(peek_str(a), peek_str(b));
        return c < 0 ? -1 : c > 0;
    }
    if (a.kind == VAL_LIST && b.kind == VAL_LIST && list_family(a) == list_family(b) &&
        list_family(a) <= LIST_TUPLE)
        return order_lists(vm, a, b, op, depth);
    return no_order(vm, a, b, op);
}

int value_order(struct vm *vm, struct val a, struct val b, const char *op)
{
    return order(vm, a, b, op, 0);
}

static bool contains_text(struct vm *vm, struct val in, struct val item)
{
    if (is_undefined(item)) {
        undefined_fail(vm, item);
        return false;
    }
    if (item.kind != VAL_STR) {
        vm_fail(vm, "wrong-type", "'in' looks for a string in a string, not for %s",
                value_kind(item));
        return false;
    }
    return str_find(peek_str(in), peek_str(item), 0) != SIZE_MAX;
}

static bool contains_item(struct vm *vm, struct val in, struct val item)
{
    bool found = false;
    struct val items = value_items(vm, in);
    for (size_t i = 0; !vm->failed && !found && i < peek_count(items); i++)
        found = value_equal(vm, peek_item(items, i), item);
    val_free(items);
    return found;
}

bool value_contains(struct vm *vm, struct val in, struct val item)
{
    switch (in.kind) {
    case VAL_STR:
        return contains_text(vm, in, item);
    case VAL_LIST:
        for (size_t i = 0; i < peek_count(in) && !vm->failed; i++)
            if (value_equal(vm, peek_item(in, i), item))
                return true;
        return false;
    case VAL_MAP:
        return !is_missing(value_lookup(vm, in, item));
    default:
        if (value_is_iterable(in))
            return contains_item(vm, in, item);
        vm_fail(vm, "wrong-type", "'in' cannot look into %s", value_kind(in));
        return false;
    }
}

bool value_compare(struct vm *vm, enum ast_compare op, struct val a, struct val b)
{
    static const char *const names[] = {
        [CMP_LT] = "<", [CMP_LE] = "<=", [CMP_GT] = ">", [CMP_GE] = ">="
    };
    int c;
    switch (op) {
    case CMP_EQ:
        return value_equal(vm, a, b);
    case CMP_NE:
        return !value_equal(vm, a, b);
    case CMP_IN:
        return value_contains(vm, b, a);
    case CMP_NOTIN:
        return !value_contains(vm, b, a);
    default:
        break;
    }
    c = value_order(vm, a, b, names[op]);
    if (c == 2)
        return false; /* NaN */
    switch (op) {
    case CMP_LT:
        return c < 0;
    case CMP_LE:
        return c <= 0;
    case CMP_GT:
        return c > 0;
    default:
        return c >= 0;
    }
}
