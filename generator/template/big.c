#include "template/big.h"

#include "base/mem.h"
#include "base/num.h"
#include "template/object.h"

#include <math.h>

/* Sign and magnitude, the lowest limb first, no zero limb on top. */
struct big {
    bool negative;
    size_t n;
    uint32_t p[];
};

static struct val big_free(void *self)
{
    mem_free(self);
    return (struct val){ 0 };
}

const struct val_ext_type big_type = { "an integer", big_free };

static struct big *big_alloc(size_t n)
{
    struct big *b = mem_alloc(sizeof *b + n * sizeof *b->p);
    *b = (struct big){ .n = n };
    memset(b->p, 0, n * sizeof *b->p);
    return b;
}

static void big_trim(struct big *b)
{
    while (b->n && b->p[b->n - 1] == 0)
        b->n--;
}

/* Takes b: a plain integer where it fits. */
static struct val big_value(struct big *b)
{
    big_trim(b);
    if (b->n <= 2) {
        uint64_t u = (b->n > 0 ? b->p[0] : 0) | (uint64_t)(b->n > 1 ? b->p[1] : 0) << 32;
        if (u <= (uint64_t)INT64_MAX + b->negative) {
            int64_t i = b->negative ? (int64_t)(0 - u) : (int64_t)u;
            mem_free(b);
            return val_int(i);
        }
    }
    return val_ext(&big_type, b);
}

/* A copy as a big, whatever kind of integer v is. */
static struct big *big_of(struct val v)
{
    if (v.kind == VAL_EXT) {
        const struct big *from = peek_ext(v);
        struct big *b = big_alloc(from->n);
        b->negative = from->negative;
        memcpy(b->p, from->p, from->n * sizeof *b->p);
        return b;
    }
    struct big *b = big_alloc(2);
    b->negative = v.integer < 0;
    uint64_t u = b->negative ? 0 - (uint64_t)v.integer : (uint64_t)v.integer;
    b->p[0] = (uint32_t)u;
    b->p[1] = (uint32_t)(u >> 32);
    big_trim(b);
    return b;
}

static int magnitude_compare(const struct big *a, const struct big *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    for (size_t i = a->n; i-- > 0;)
        if (a->p[i] != b->p[i])
            return a->p[i] < b->p[i] ? -1 : 1;
    return 0;
}

static struct big *magnitude_add(const struct big *a, const struct big *b)
{
    size_t n = (a->n > b->n ? a->n : b->n) + 1;
    struct big *r = big_alloc(n);
    uint64_t carry = 0;
    for (size_t i = 0; i < n; i++) {
        carry += (uint64_t)(i < a->n ? a->p[i] : 0) + (i < b->n ? b->p[i] : 0);
        r->p[i] = (uint32_t)carry;
        carry >>= 32;
    }
    return r;
}

/* a - b, where a is not the smaller. */
static struct big *magnitude_sub(const struct big *a, const struct big *b)
{
    struct big *r = big_alloc(a->n);
    int64_t borrow = 0;
    for (size_t i = 0; i < a->n; i++) {
        int64_t d = (int64_t)a->p[i] - (i < b->n ? b->p[i] : 0) - borrow;
        borrow = d < 0;
        r->p[i] = (uint32_t)(d + (borrow << 32));
    }
    return r;
}

static struct big *signed_add(const struct big *a, const struct big *b, bool negate_b)
{
    bool b_negative = b->negative != negate_b;
    struct big *r;
    if (a->negative == b_negative) {
        r = magnitude_add(a, b);
        r->negative = a->negative;
    } else if (magnitude_compare(a, b) >= 0) {
        r = magnitude_sub(a, b);
        r->negative = a->negative;
    } else {
        r = magnitude_sub(b, a);
        r->negative = b_negative;
    }
    return r;
}

static struct big *multiply(const struct big *a, const struct big *b)
{
    struct big *r = big_alloc(a->n + b->n);
    for (size_t i = 0; i < a->n; i++) {
        uint64_t carry = 0;
        for (size_t j = 0; j < b->n || carry; j++) {
            carry += r->p[i + j] + (uint64_t)a->p[i] * (j < b->n ? b->p[j] : 0);
            r->p[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
    }
    r->negative = a->negative != b->negative;
    return r;
}

/* a = a * factor + add; the room for another limb is there. */
static void scale(struct big *a, uint32_t factor, uint32_t add)
{
    uint64_t carry = add;
    for (size_t i = 0; i < a->n; i++) {
        carry += (uint64_t)a->p[i] * factor;
        a->p[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry)
        a->p[a->n++] = (uint32_t)carry;
}

/* a = a / divisor; returns the remainder. */
static uint32_t shrink(struct big *a, uint32_t divisor)
{
    uint64_t rest = 0;
    for (size_t i = a->n; i-- > 0;) {
        rest = rest << 32 | a->p[i];
        a->p[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    big_trim(a);
    return (uint32_t)rest;
}

/* Bit by bit: simple, and fast enough for numbers of a few thousand bits. *rest gets what is left.
 * Both signs are ignored. */
static struct big *divide(const struct big *a, const struct big *b, struct big **rest)
{
    struct big *q = big_alloc(a->n), *r = big_alloc(b->n + 1);
    r->n = 0;
    for (size_t bit = a->n * 32; bit-- > 0;) {
        uint32_t carry = a->p[bit / 32] >> (bit % 32) & 1;
        for (size_t i = 0; i < r->n; i++) {
            uint32_t top = r->p[i] >> 31;
            r->p[i] = r->p[i] << 1 | carry;
            carry = top;
        }
        if (carry)
            r->p[r->n++] = carry;
        if (magnitude_compare(r, b) >= 0) {
            struct big *less = magnitude_sub(r, b);
            memcpy(r->p, less->p, less->n * sizeof *r->p);
            big_trim(less);
            r->n = less->n;
            mem_free(less);
            q->p[bit / 32] |= 1u << (bit % 32);
        }
    }
    *rest = r;
    return q;
}

/* Python's // and %: rounded down, the remainder with the divisor's sign. */
static struct big *floor_divide(const struct big *a, const struct big *b, bool want_rest)
{
    struct big *rest, *q = divide(a, b, &rest);
    big_trim(q);
    q->negative = a->negative != b->negative;
    if (q->negative && rest->n) {
        struct big *one = big_of(val_int(1)), *next = magnitude_add(q, one);
        struct big *less = magnitude_sub(b, rest);
        next->negative = true;
        mem_free(q);
        mem_free(one);
        mem_free(rest);
        q = next;
        rest = less;
    }
    rest->negative = b->negative;
    mem_free(want_rest ? q : rest);
    return want_rest ? rest : q;
}

static struct big *power(const struct big *base, int64_t exponent)
{
    struct big *r = big_of(val_int(1)), *square = big_of(val_int(0)), *next;
    mem_free(square);
    square = big_alloc(base->n);
    square->negative = base->negative;
    memcpy(square->p, base->p, base->n * sizeof *base->p);
    for (; exponent; exponent >>= 1) {
        if (exponent & 1) {
            next = multiply(r, square);
            big_trim(next);
            mem_free(r);
            r = next;
        }
        if (exponent > 1) {
            next = multiply(square, square);
            big_trim(next);
            mem_free(square);
            square = next;
        }
    }
    mem_free(square);
    return r;
}

/* Limbs that the result may take. */
static size_t result_limbs(enum ast_binary op, const struct big *a, struct val b, size_t nb)
{
    switch (op) {
    case BIN_MUL:
        return a->n + nb;
    case BIN_POW:
        if (a->n == 0 || (a->n == 1 && a->p[0] == 1))
            return 1;
        return b.kind != VAL_INT || b.integer > BIG_LIMBS * 32 ? SIZE_MAX
                                                               : a->n * (size_t)b.integer / 2 + 1;
    default:
        return (a->n > nb ? a->n : nb) + 1;
    }
}

struct val big_binary(struct vm *vm, enum ast_binary op, struct val va, struct val vb)
{
    struct big *a = big_of(va), *b = big_of(vb), *r = NULL;
    size_t limbs = result_limbs(op, a, vb, b->n);
    if (limbs > BIG_LIMBS) {
        vm_fail(vm, "integer-overflow", "this integer would have more than %d bits",
                BIG_LIMBS * 32);
    } else if (vm_spend(vm, a->n * b->n + limbs)) {
        switch (op) {
        case BIN_ADD:
            r = signed_add(a, b, false);
            break;
        case BIN_SUB:
            r = signed_add(a, b, true);
            break;
        case BIN_MUL:
            r = multiply(a, b);
            break;
        case BIN_POW:
            if (a->n == 1 && a->p[0] == 1 && vb.kind != VAL_INT) /* 1 or -1 to a huge power */
                r = power(a, big_is_odd(vb));
            else
                r = power(a, vb.kind == VAL_INT ? vb.integer : 1);
            break;
        default:
            r = floor_divide(a, b, op == BIN_MOD);
            break;
        }
    }
    mem_free(a);
    mem_free(b);
    return r ? big_value(r) : val_null();
}

struct val big_negate(struct val v)
{
    struct big *b = big_of(v);
    b->negative = !b->negative;
    return big_value(b);
}

bool big_is_negative(struct val v)
{
    return ((const struct big *)peek_ext(v))->negative;
}

bool big_is_odd(struct val v)
{
    return ((const struct big *)peek_ext(v))->p[0] & 1;
}

/* Rounded to nearest: the top 64 bits, with whatever lies below as a sticky bit. */
double big_to_double(struct val v)
{
    const struct big *b = peek_ext(v);
    uint64_t top = (uint64_t)b->p[b->n - 1] << 32 | (b->n > 1 ? b->p[b->n - 2] : 0);
    int shift = __builtin_clzll(top);
    uint32_t third = b->n > 2 ? b->p[b->n - 3] : 0;
    if (shift)
        top = top << shift | (uint64_t)third >> (32 - shift);
    bool sticky = shift ? (uint32_t)(third << shift) != 0 : third != 0;
    for (size_t i = 0; i + 3 < b->n && !sticky; i++)
        sticky = b->p[i] != 0;
    double d = ldexp((double)(top | sticky), (int)(b->n - 2) * 32 - shift);
    return b->negative ? -d : d;
}

struct val big_from_double(double d)
{
    if (d >= -9223372036854775808.0 && d < 9223372036854775808.0)
        return val_int((int64_t)d);
    int exponent;
    double fraction = frexp(fabs(d), &exponent);
    uint64_t mantissa = (uint64_t)ldexp(fraction, 64);
    int shift = exponent - 64;
    struct big *b = big_alloc((size_t)(exponent / 32) + 3);
    for (int i = 0; i < 64; i++)
        if (mantissa >> i & 1 && i + shift >= 0)
            b->p[(i + shift) / 32] |= 1u << ((i + shift) % 32);
    b->negative = d < 0;
    return big_value(b);
}

int big_compare(struct val a, struct val b)
{
    if (a.kind == VAL_FLOAT || b.kind == VAL_FLOAT) {
        double d = a.kind == VAL_FLOAT ? a.number : b.number;
        if (isnan(d))
            return 2;
        int c;
        if (isinf(d)) {
            c = d < 0 ? 1 : -1;
        } else {
            struct val whole = big_from_double(d); /* large doubles have no fraction */
            c = big_compare(a.kind == VAL_FLOAT ? b : a, whole);
            val_free(whole);
        }
        return a.kind == VAL_FLOAT ? -c : c;
    }
    struct big *x = big_of(a), *y = big_of(b);
    int c;
    if (x->negative != y->negative)
        c = x->negative ? -1 : 1;
    else
        c = x->negative ? magnitude_compare(y, x) : magnitude_compare(x, y);
    mem_free(x);
    mem_free(y);
    return c;
}

void big_put(struct buf *out, struct val v)
{
    struct big *b = big_of(v);
    size_t room = b->n * 10 + 2, at = room;
    char *text = mem_alloc(room);
    bool negative = b->negative;
    while (b->n) {
        uint32_t part = shrink(b, 1000000000);
        for (int i = 0; i < 9 && (b->n || part || i == 0); i++, part /= 10)
            text[--at] = (char)('0' + part % 10);
    }
    if (negative)
        text[--at] = '-';
    buf_put(out, (struct str){ text + at, room - at });
    mem_free(text);
    mem_free(b);
}

static int digit_value(char c)
{
    c = ascii_lower(c);
    if (ascii_is_digit(c))
        return c - '0';
    return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 36;
}

/* Digits in a base up to 36; false if there are others, or too many. */
bool big_parse(struct str digits, int base, bool negative, struct val *out)
{
    if (digits.n == 0 || digits.n > BIG_LIMBS * 6)
        return false;
    struct big *b = big_alloc(digits.n / 6 + 2); /* base 36 is less than 6 bits a digit */
    b->n = 0;
    b->negative = negative;
    for (size_t i = 0; i < digits.n; i++) {
        int digit = digit_value(digits.p[i]);
        if (digit >= base) {
            mem_free(b);
            return false;
        }
        scale(b, (uint32_t)base, (uint32_t)digit);
    }
    *out = big_value(b);
    return true;
}

struct val template_integer(struct str s)
{
    int64_t i;
    struct val v;
    if (num_get_int(s, &i))
        return val_int(i);
    bool negative = s.n && s.p[0] == '-';
    int base = 10;
    if (negative || (s.n && s.p[0] == '+'))
        s = str_sub(s, 1, s.n);
    if (s.n > 2 && s.p[0] == '0' && !ascii_is_digit(s.p[1])) {
        char c = ascii_lower(s.p[1]);
        base = c == 'x' ? 16 : c == 'o' ? 8 : 2;
        s = str_sub(s, 2, s.n);
    }
    return big_parse(s, base, negative, &v) ? v : val_float(INFINITY);
}
