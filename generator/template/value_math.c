/* Arithmetic: Python's numbers, and its + * % for strings and lists. */
#include "template/big.h"
#include "template/format.h"
#include "template/object.h"

#include <math.h>

static bool is_integer(struct val v)
{
    return v.kind == VAL_INT || v.kind == VAL_BOOL || is_ext(v, &big_type);
}

static bool is_number(struct val v)
{
    return is_integer(v) || v.kind == VAL_FLOAT;
}

static struct val plain_integer(struct val v)
{
    return v.kind == VAL_BOOL ? val_int(v.boolean) : v;
}

static double as_double(struct val v)
{
    if (v.kind == VAL_FLOAT)
        return v.number;
    v = plain_integer(v);
    return v.kind == VAL_INT ? (double)v.integer : big_to_double(v);
}

static struct val no_operation(struct vm *vm, enum ast_binary op, struct val a, struct val b)
{
    static const char *const names[] = {
        [BIN_ADD] = "+",       [BIN_SUB] = "-", [BIN_MUL] = "*", [BIN_DIV] = "/",
        [BIN_FLOORDIV] = "//", [BIN_MOD] = "%", [BIN_POW] = "**"
    };
    struct diag *d = vm_fail(vm, "wrong-type", "'%s' cannot be used with %s and %s", names[op],
                             value_kind(a), value_kind(b));
    if (d && op == BIN_ADD && (a.kind == VAL_STR || b.kind == VAL_STR))
        diag_help(d, "'~' joins any values as text");
    return val_null();
}

static struct val by_zero(struct vm *vm)
{
    vm_fail(vm, "division-by-zero", "division by zero");
    return val_null();
}

/* a // b and a % b for b != 0, rounded down. */
static int64_t floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}

static int64_t floor_mod(int64_t a, int64_t b)
{
    int64_t r = a % b;
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

static bool small_pow(int64_t base, int64_t exponent, int64_t *out)
{
    int64_t r = 1;
    for (;;) {
        if (exponent & 1 && __builtin_mul_overflow(r, base, &r))
            return false;
        exponent >>= 1;
        if (!exponent)
            break;
        if (__builtin_mul_overflow(base, base, &base))
            return false;
    }
    *out = r;
    return true;
}

/* Where the result fits; false sends the caller to big numbers. */
static bool small_integers(enum ast_binary op, int64_t a, int64_t b, int64_t *r)
{
    switch (op) {
    case BIN_ADD:
        return !__builtin_add_overflow(a, b, r);
    case BIN_SUB:
        return !__builtin_sub_overflow(a, b, r);
    case BIN_MUL:
        return !__builtin_mul_overflow(a, b, r);
    case BIN_FLOORDIV:
        if (b == -1)
            return !__builtin_sub_overflow(0, a, r);
        *r = floor_div(a, b);
        return true;
    case BIN_MOD:
        *r = b == -1 ? 0 : floor_mod(a, b);
        return true;
    default:
        return small_pow(a, b, r);
    }
}

static struct val float_floor(double a, double b, bool want_mod)
{
    double mod = fmod(a, b), div = (a - mod) / b;
    if (mod != 0) {
        if ((b < 0) != (mod < 0)) {
            mod += b;
            div -= 1.0;
        }
    } else {
        mod = copysign(0.0, b);
    }
    if (want_mod)
        return val_float(mod);
    if (div == 0)
        return val_float(copysign(0.0, a / b));
    double down = floor(div);
    return val_float(div - down > 0.5 ? down + 1.0 : down);
}

static struct val float_pow(struct vm *vm, double a, double b)
{
    if (a == 0 && b < 0)
        return by_zero(vm);
    if (a < 0 && isfinite(b) && b != floor(b)) {
        vm_fail(vm, "not-a-number", "a negative number has no power that is not whole");
        return val_null();
    }
    double r = pow(a, b);
    if (isinf(r) && isfinite(a) && isfinite(b)) {
        vm_fail(vm, "number-overflow", "this power is too large for a float");
        return val_null();
    }
    return val_float(r);
}

static struct val float_binary(struct vm *vm, enum ast_binary op, struct val va, struct val vb)
{
    double a = as_double(va), b = as_double(vb);
    if (b == 0 && (op == BIN_DIV || op == BIN_FLOORDIV || op == BIN_MOD))
        return by_zero(vm);
    switch (op) {
    case BIN_ADD:
        return val_float(a + b);
    case BIN_SUB:
        return val_float(a - b);
    case BIN_MUL:
        return val_float(a * b);
    case BIN_DIV:
        return val_float(a / b);
    case BIN_POW:
        return float_pow(vm, a, b);
    default:
        return float_floor(a, b, op == BIN_MOD);
    }
}

/* The quotient of two integers: rounded once where both fit a long double's mantissa. */
static struct val true_divide(struct vm *vm, struct val a, struct val b)
{
    double r;
    if (a.kind == VAL_INT && b.kind == VAL_INT)
        r = (double)((long double)a.integer / (long double)b.integer);
    else
        r = as_double(a) / as_double(b);
    if (isinf(r) || isnan(r)) {
        vm_fail(vm, "number-overflow", "this quotient is too large for a float");
        return val_null();
    }
    return val_float(r);
}

static bool is_zero(struct val v)
{
    return v.kind == VAL_INT && v.integer == 0;
}

static bool is_negative(struct val v)
{
    return v.kind == VAL_INT ? v.integer < 0 : big_is_negative(v);
}

static struct val integer_binary(struct vm *vm, enum ast_binary op, struct val a, struct val b)
{
    int64_t r;
    a = plain_integer(a);
    b = plain_integer(b);
    if (is_zero(b) && (op == BIN_DIV || op == BIN_FLOORDIV || op == BIN_MOD))
        return by_zero(vm);
    if (op == BIN_DIV)
        return true_divide(vm, a, b);
    if (op == BIN_POW && is_negative(b))
        return float_pow(vm, as_double(a), as_double(b));
    if (a.kind == VAL_INT && b.kind == VAL_INT && small_integers(op, a.integer, b.integer, &r))
        return val_int(r);
    return big_binary(vm, op, a, b);
}

/* Sequences. */

static struct val join_text(struct vm *vm, struct val a, struct val b)
{
    bool safe = is_safe(a) || is_safe(b);
    struct val x = safe ? value_escape(vm, a) : val_copy(a);
    struct val y = safe ? value_escape(vm, b) : val_copy(b);
    if (vm_claim(vm, peek_str(x).n + peek_str(y).n))
        x = val_str_append(x, peek_str(y));
    val_free(y);
    x.flags = safe ? STR_SAFE : 0;
    return x;
}

static struct val join_lists(struct vm *vm, struct val a, struct val b)
{
    struct val r = val_copy(a);
    if (vm_claim(vm, (peek_count(a) + peek_count(b)) * sizeof(struct val)))
        for (size_t i = 0; i < peek_count(b); i++)
            r = val_list_push(r, val_copy(peek_item(b, i)));
    return r;
}

static struct val repeat(struct vm *vm, struct val seq, struct val times)
{
    int64_t n = times.kind == VAL_BOOL ? times.boolean : times.integer;
    size_t each = seq.kind == VAL_STR ? peek_str(seq).n : peek_count(seq) * sizeof(struct val);
    size_t total;
    if (n < 0)
        n = 0;
    if (__builtin_mul_overflow((size_t)n, each, &total))
        total = SIZE_MAX;
    if (!vm_claim(vm, total))
        return val_null();
    if (each == 0)
        n = 0;
    if (seq.kind == VAL_STR) {
        char *p;
        struct val v = val_str_make(total, &p);
        for (int64_t i = 0; i < n; i++)
            memcpy(p + (size_t)i * each, peek_str(seq).p, each);
        v.flags = seq.flags;
        return v;
    }
    struct val v = val_list();
    v.flags = is_tuple(seq) ? LIST_TUPLE : LIST_PLAIN;
    for (int64_t i = 0; i < n; i++)
        for (size_t k = 0; k < peek_count(seq); k++)
            v = val_list_push(v, val_copy(peek_item(seq, k)));
    return v;
}

static bool is_sequence(struct val v)
{
    return v.kind == VAL_STR || v.kind == VAL_LIST;
}

static bool is_small_integer(struct val v)
{
    return v.kind == VAL_INT || v.kind == VAL_BOOL;
}

struct val value_binary(struct vm *vm, enum ast_binary op, struct val a, struct val b)
{
    if (a.kind == VAL_UNDEFINED || b.kind == VAL_UNDEFINED) {
        if (op == BIN_MOD && a.kind == VAL_STR)
            return format_percent(vm, a, b);
        undefined_fail(vm, a.kind == VAL_UNDEFINED ? a : b);
        return val_null();
    }
    if (is_integer(a) && is_integer(b))
        return integer_binary(vm, op, a, b);
    if (is_number(a) && is_number(b))
        return float_binary(vm, op, a, b);
    if (op == BIN_ADD && a.kind == VAL_STR && b.kind == VAL_STR)
        return join_text(vm, a, b);
    if (op == BIN_ADD && a.kind == VAL_LIST && b.kind == VAL_LIST && is_sequence(a) &&
        is_sequence(b) && is_tuple(a) == is_tuple(b))
        return join_lists(vm, a, b);
    if (op == BIN_MUL && is_sequence(a) && is_small_integer(b))
        return repeat(vm, a, b);
    if (op == BIN_MUL && is_sequence(b) && is_small_integer(a))
        return repeat(vm, b, a);
    if (op == BIN_MOD && a.kind == VAL_STR)
        return format_percent(vm, a, b);
    return no_operation(vm, op, a, b);
}

struct val value_negate(struct vm *vm, struct val v, bool negative)
{
    if (v.kind == VAL_UNDEFINED) {
        undefined_fail(vm, v);
        return val_null();
    }
    if (v.kind == VAL_FLOAT)
        return val_float(negative ? -v.number : v.number);
    if (!is_integer(v)) {
        vm_fail(vm, "wrong-type", "'%c' cannot be used with %s", negative ? '-' : '+',
                value_kind(v));
        return val_null();
    }
    v = plain_integer(v);
    if (!negative)
        return val_copy(v);
    return v.kind == VAL_INT && v.integer != INT64_MIN ? val_int(-v.integer) : big_negate(v);
}
