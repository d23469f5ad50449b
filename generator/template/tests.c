/* What stands behind `is`. */
#include "base/utf8.h"
#include "template/big.h"
#include "template/filters.h"
#include "template/object.h"
#include "template/unicode.h"

static struct val remainder_is(struct vm *vm, struct val self, struct val by, int64_t want)
{
    struct val rest = value_binary(vm, BIN_MOD, self, by);
    bool same = !vm->failed && value_equal(vm, rest, val_int(want));
    val_free(rest);
    return val_bool(same);
}

static struct val test_odd(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    return remainder_is(vm, self, val_int(2), 1);
}

static struct val test_even(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    return remainder_is(vm, self, val_int(2), 0);
}

static struct val test_divisibleby(struct vm *vm, struct val self, const struct args *args)
{
    return remainder_is(vm, self, args->v[0], 0);
}

static struct val test_defined(struct vm *vm, struct val self, const struct args *args)
{
    (void)vm;
    (void)args;
    return val_bool(self.kind != VAL_UNDEFINED);
}

static struct val test_undefined(struct vm *vm, struct val self, const struct args *args)
{
    (void)vm;
    (void)args;
    return val_bool(self.kind == VAL_UNDEFINED);
}

static struct val is_row(struct vm *vm, struct val self, struct builtin_table table)
{
    if (self.kind == VAL_UNDEFINED)
        value_truth(vm, self);
    return val_bool(self.kind == VAL_STR && builtin_find(table, peek_str(self)));
}

static struct val test_filter(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    return is_row(vm, self, template_filters);
}

static struct val test_test(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    return is_row(vm, self, template_tests);
}

#define KIND_TEST(name, condition)                                                         \
    static struct val test_##name(struct vm *vm, struct val self, const struct args *args) \
    {                                                                                      \
        (void)vm;                                                                          \
        (void)args;                                                                        \
        return val_bool(condition);                                                        \
    }
KIND_TEST(none, self.kind == VAL_NULL)
KIND_TEST(boolean, self.kind == VAL_BOOL)
KIND_TEST(false, self.kind == VAL_BOOL && !self.boolean)
KIND_TEST(true, self.kind == VAL_BOOL && self.boolean)
KIND_TEST(integer, self.kind == VAL_INT || is_ext(self, &big_type))
KIND_TEST(float, self.kind == VAL_FLOAT)
KIND_TEST(string, self.kind == VAL_STR)
KIND_TEST(mapping, self.kind == VAL_MAP)
KIND_TEST(number, self.kind == VAL_INT || self.kind == VAL_FLOAT || self.kind == VAL_BOOL ||
                      is_ext(self, &big_type))
KIND_TEST(callable, object_is_callable(self) || self.kind == VAL_UNDEFINED)
KIND_TEST(sameas, value_same(self, args->v[0]))
KIND_TEST(escaped, is_safe(self) || is_ext(self, &module_type) ||
                       (self.kind == VAL_UNDEFINED && vm->options->undefined == TEMPLATE_CHAINABLE))
#undef KIND_TEST

static struct val test_sequence(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    if (self.kind == VAL_UNDEFINED) /* it has a length and items, unless those are errors */
        return val_bool(vm->options->undefined != TEMPLATE_STRICT);
    return val_bool(self.kind == VAL_STR || self.kind == VAL_MAP || self.kind == VAL_LIST ||
                    is_ext(self, &range_type));
}

static struct val test_iterable(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    if (self.kind == VAL_UNDEFINED)
        value_truth(vm, self);
    return val_bool(value_is_iterable(self));
}

/* All cased letters are of this case, and there is one. */
static struct val all_case(struct vm *vm, struct val self, bool (*is)(uint32_t))
{
    struct val text = value_str(vm, self);
    struct str s = peek_str(text);
    bool any = false, all = true;
    for (size_t at = 0; at < s.n && all;) {
        uint32_t c = utf8_next(s, &at);
        any |= is(c);
        all = !code_is_cased(c) || is(c);
    }
    val_free(text);
    return val_bool(any && all);
}

static struct val test_lower(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    return all_case(vm, self, code_is_lower);
}

static struct val test_upper(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    return all_case(vm, self, code_is_upper);
}

#define COMPARE_TEST(name, op)                                                             \
    static struct val test_##name(struct vm *vm, struct val self, const struct args *args) \
    {                                                                                      \
        return val_bool(value_compare(vm, op, self, args->v[0]));                          \
    }
COMPARE_TEST(eq, CMP_EQ)
COMPARE_TEST(ne, CMP_NE)
COMPARE_TEST(lt, CMP_LT)
COMPARE_TEST(le, CMP_LE)
COMPARE_TEST(gt, CMP_GT)
COMPARE_TEST(ge, CMP_GE)
COMPARE_TEST(in, CMP_IN)
#undef COMPARE_TEST

static const struct builtin tests[] = {
    { S_INIT("!="), test_ne, "other", 1 },
    { S_INIT("<"), test_lt, "other", 1 },
    { S_INIT("<="), test_le, "other", 1 },
    { S_INIT("=="), test_eq, "other", 1 },
    { S_INIT(">"), test_gt, "other", 1 },
    { S_INIT(">="), test_ge, "other", 1 },
    { S_INIT("boolean"), test_boolean, "", 0 },
    { S_INIT("callable"), test_callable, "", 0 },
    { S_INIT("defined"), test_defined, "", 0 },
    { S_INIT("divisibleby"), test_divisibleby, "num", 1 },
    { S_INIT("eq"), test_eq, "other", 1 },
    { S_INIT("equalto"), test_eq, "other", 1 },
    { S_INIT("escaped"), test_escaped, "", 0 },
    { S_INIT("even"), test_even, "", 0 },
    { S_INIT("false"), test_false, "", 0 },
    { S_INIT("filter"), test_filter, "", 0 },
    { S_INIT("float"), test_float, "", 0 },
    { S_INIT("ge"), test_ge, "other", 1 },
    { S_INIT("greaterthan"), test_gt, "other", 1 },
    { S_INIT("gt"), test_gt, "other", 1 },
    { S_INIT("in"), test_in, "seq", 1 },
    { S_INIT("integer"), test_integer, "", 0 },
    { S_INIT("iterable"), test_iterable, "", 0 },
    { S_INIT("le"), test_le, "other", 1 },
    { S_INIT("lessthan"), test_lt, "other", 1 },
    { S_INIT("lower"), test_lower, "", 0 },
    { S_INIT("lt"), test_lt, "other", 1 },
    { S_INIT("mapping"), test_mapping, "", 0 },
    { S_INIT("ne"), test_ne, "other", 1 },
    { S_INIT("none"), test_none, "", 0 },
    { S_INIT("number"), test_number, "", 0 },
    { S_INIT("odd"), test_odd, "", 0 },
    { S_INIT("sameas"), test_sameas, "other", 1 },
    { S_INIT("sequence"), test_sequence, "", 0 },
    { S_INIT("string"), test_string, "", 0 },
    { S_INIT("test"), test_test, "", 0 },
    { S_INIT("true"), test_true, "", 0 },
    { S_INIT("undefined"), test_undefined, "", 0 },
    { S_INIT("upper"), test_upper, "", 0 },
};

const struct builtin_table template_tests = { tests, sizeof tests / sizeof *tests };
