#include "base/num.h"
#include "template/big.h"
#include "template/filters.h"
#include "template/object.h"
#include "template/parse_number.h"

#include <math.h>
#include <stdio.h>

struct val filter_abs(struct vm *vm, struct val self, const struct args *args)
{
    (void)args;
    if (self.kind == VAL_FLOAT)
        return val_float(fabs(self.number));
    if (self.kind == VAL_BOOL)
        return val_int(self.boolean);
    if (self.kind == VAL_INT)
        return value_negate(vm, self, self.integer < 0);
    if (is_ext(self, &big_type))
        return value_negate(vm, self, big_is_negative(self));
    if (self.kind == VAL_UNDEFINED)
        undefined_fail(vm, self);
    else
        vm_fail(vm, "wrong-type", "filter 'abs' needs a number, not %s", value_kind(self));
    return val_null();
}

static struct val integer_of_float(struct vm *vm, double d, bool *good)
{
    *good = !isnan(d);
    if (isinf(d)) {
        vm_fail(vm, "number-overflow", "infinity is no integer");
        return val_null();
    }
    return *good ? big_from_double(trunc(d)) : val_null();
}

/* Python's int(self): *good is false where it is none, without a report. */
static struct val to_integer(struct vm *vm, struct val self, int64_t base, bool *good)
{
    struct val v = val_null();
    double d;
    *good = true;
    switch (self.kind) {
    case VAL_BOOL:
        return val_int(self.boolean);
    case VAL_INT:
        return self;
    case VAL_FLOAT:
        return integer_of_float(vm, self.number, good);
    case VAL_STR:
        if (python_int(peek_str(self), (int)base, &v))
            return v;
        *good = python_float(peek_str(self), &d);
        return *good ? integer_of_float(vm, d, good) : v;
    case VAL_UNDEFINED:
        undefined_fail(vm, self);
        return v;
    default:
        *good = is_ext(self, &big_type);
        return *good ? val_copy(self) : v;
    }
}

struct val filter_int(struct vm *vm, struct val self, const struct args *args)
{
    int64_t base;
    bool good;
    if (!arg_int(vm, args, 1, "base", 10, &base))
        return val_null();
    if (self.kind == VAL_STR && (base < 0 || base == 1 || base > 36)) {
        vm_fail(vm, "bad-value", "base is %lld; expected 0 or 2 to 36", (long long)base);
        return val_null();
    }
    struct val v = to_integer(vm, self, base, &good);
    if (good || vm->failed)
        return v;
    return arg_given(args, 0) ? val_copy(args->v[0]) : val_int(0);
}

struct val filter_float(struct vm *vm, struct val self, const struct args *args)
{
    double d;
    switch (self.kind) {
    case VAL_BOOL:
        return val_float(self.boolean);
    case VAL_INT:
        return val_float((double)self.integer);
    case VAL_FLOAT:
        return self;
    case VAL_STR:
        if (python_float(peek_str(self), &d))
            return val_float(d);
        break;
    case VAL_UNDEFINED:
        undefined_fail(vm, self);
        return val_null();
    default:
        if (is_ext(self, &big_type))
            return val_float(big_to_double(self));
        break;
    }
    return arg_given(args, 0) ? val_copy(args->v[0]) : val_float(0);
}

/* Rounded on the decimal digits, ties to even, as Python does. */
static struct val round_float(double d, int64_t places)
{
    char text[512];
    double r;
    if (!isfinite(d) || places > 322)
        return val_float(d);
    if (places >= 0) {
        int n = snprintf(text, sizeof text, "%.*f", (int)places, d);
        if (n < 0 || (size_t)n >= sizeof text)
            return val_float(d);
        num_get_double((struct str){ text, (size_t)n }, &r);
        return val_float(r);
    }
    if (places < -308)
        return val_float(copysign(0, d));
    double unit = pow(10, (double)-places);
    return val_float(nearbyint(d / unit) * unit);
}

/* An integer to a multiple of a power of ten, ties to even. */
static struct val round_integer(int64_t i, int64_t places)
{
    if (places >= 0)
        return val_int(i);
    if (places < -18)
        return val_int(0);
    int64_t unit = 1;
    for (int64_t k = places; k < 0; k++)
        unit *= 10;
    int64_t rest = i % unit, down = i - rest, twice;
    if (rest < 0) {
        rest += unit;
        if (__builtin_sub_overflow(down, unit, &down))
            return val_int(i);
    }
    bool odd = (down / unit) % 2 != 0;
    bool up =
        __builtin_mul_overflow(rest, (int64_t)2, &twice) || twice > unit || (twice == unit && odd);
    int64_t r = down;
    if (up && __builtin_add_overflow(down, unit, &r))
        return val_int(i);
    return val_int(r);
}

static struct val round_up_or_down(struct vm *vm, struct val self, int64_t places, bool up)
{
    struct val ten = val_int(10), exponent = val_int(places);
    struct val unit = value_binary(vm, BIN_POW, ten, exponent);
    struct val scaled = value_binary(vm, BIN_MUL, self, unit), whole, r = val_null();
    if (!vm->failed) {
        bool good = true;
        whole = scaled.kind == VAL_FLOAT
                    ? integer_of_float(vm, up ? ceil(scaled.number) : floor(scaled.number), &good)
                    : val_copy(scaled);
        if (!good)
            vm_fail(vm, "not-a-number", "NaN cannot be rounded");
        if (!vm->failed)
            r = value_binary(vm, BIN_DIV, whole, unit);
        val_free(whole);
    }
    val_free(scaled);
    val_free(unit);
    return r;
}

struct val filter_round(struct vm *vm, struct val self, const struct args *args)
{
    int64_t places;
    struct str method;
    if (!arg_int(vm, args, 0, "precision", 0, &places) ||
        !arg_str(vm, args, 1, "method", S("common"), &method))
        return val_null();
    bool ceiling = str_eq(method, S("ceil")), down = str_eq(method, S("floor"));
    if (!ceiling && !down && !str_eq(method, S("common"))) {
        vm_fail(vm, "filter-argument", "method is '%.*s'; expected common, ceil or floor",
                STR(method));
        return val_null();
    }
    if (self.kind == VAL_UNDEFINED) {
        undefined_fail(vm, self);
        return val_null();
    }
    bool number = self.kind == VAL_FLOAT || self.kind == VAL_INT || self.kind == VAL_BOOL ||
                  is_ext(self, &big_type);
    if (!number) {
        vm_fail(vm, "wrong-type", "filter 'round' needs a number, not %s", value_kind(self));
        return val_null();
    }
    if (ceiling || down)
        return round_up_or_down(vm, self, places, ceiling);
    if (self.kind == VAL_FLOAT)
        return round_float(self.number, places);
    if (self.kind == VAL_EXT)
        return val_copy(self);
    return round_integer(self.kind == VAL_BOOL ? self.boolean : self.integer, places);
}

struct val filter_filesizeformat(struct vm *vm, struct val self, const struct args *args)
{
    static const char *const prefixes[][2] = {
        { "kB", "KiB" }, { "MB", "MiB" }, { "GB", "GiB" }, { "TB", "TiB" },
        { "PB", "PiB" }, { "EB", "EiB" }, { "ZB", "ZiB" }, { "YB", "YiB" },
    };
    bool binary = arg_truth(vm, args, 0, false);
    struct args none = { 0 };
    struct val size = filter_float(vm, self, &none);
    double d;
    if (vm->failed)
        return val_null();
    if (size.kind != VAL_FLOAT || (self.kind == VAL_STR && !python_float(peek_str(self), &d)) ||
        (self.kind != VAL_STR && self.kind != VAL_FLOAT && self.kind != VAL_INT &&
         self.kind != VAL_BOOL && !is_ext(self, &big_type))) {
        vm_fail(vm, "bad-value", "filter 'filesizeformat' needs a number, not %s",
                value_kind(self));
        return val_null();
    }
    double bytes = size.number, base = binary ? 1024 : 1000, unit = base * base;
    struct buf b;
    buf_init(&b, 0);
    if (bytes == 1) {
        buf_put(&b, S("1 Byte"));
    } else if (bytes < base) {
        buf_printf(&b, "%.0f Bytes", trunc(bytes) + 0.0);
    } else {
        size_t i = 0;
        for (; i < 7 && !(bytes < unit); i++)
            unit *= base;
        buf_printf(&b, "%.1f %s", base * bytes / unit, prefixes[i][binary]);
    }
    return value_from_buf(vm, &b);
}

struct val filter_sum(struct vm *vm, struct val self, const struct args *args)
{
    struct val items = value_items(vm, self);
    struct val sum = arg_given(args, 1) ? val_copy(args->v[1]) : val_int(0);
    if (!vm->failed && sum.kind == VAL_STR)
        vm_fail(vm, "wrong-type", "strings are put together by 'join', not 'sum'");
    for (size_t i = 0; !vm->failed && i < peek_count(items) && vm_spend(vm, 1); i++) {
        struct val item = arg_some(args, 0) ? attribute_path(vm, peek_item(items, i), args->v[0],
                                                             (struct val){ 0 })
                                            : val_copy(peek_item(items, i));
        struct val next = value_binary(vm, BIN_ADD, sum, item);
        val_free(sum);
        val_free(item);
        sum = next;
    }
    val_free(items);
    return sum;
}
