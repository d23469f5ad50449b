/* pprint: repr() with sorted keys, broken into lines of 80 as Python's pprint does. */
#include "base/mem.h"
#include "base/utf8.h"
#include "template/filters.h"
#include "template/object.h"
#include "template/sort.h"
#include "template/unicode.h"

enum { PPRINT_WIDTH = 80 };

struct pretty {
    struct vm *vm;
    struct buf *out;
};

static void pretty_repr(struct vm *vm, struct buf *out, struct val v, int depth);

/* Where keys of different kinds have no order, Python goes by the names of their types. */
static int type_rank(struct val v)
{
    switch (v.kind) {
    case VAL_NULL:
        return 0; /* NoneType */
    case VAL_BOOL:
        return 1;
    case VAL_FLOAT:
        return 2;
    case VAL_INT:
        return 3;
    default:
        return 4; /* str */
    }
}

static bool have_order(struct val a, struct val b)
{
    bool numbers = a.kind >= VAL_BOOL && a.kind <= VAL_FLOAT;
    return a.kind == b.kind ? a.kind != VAL_NULL
                            : numbers && b.kind >= VAL_BOOL && b.kind <= VAL_FLOAT;
}

/* The entries by key. Borrowed; to be freed. */
static struct keyed *sorted_entries(struct vm *vm, struct val map)
{
    size_t n = peek_count(map);
    struct keyed *k = mem_alloc(n * sizeof *k);
    bool mixed = false;
    for (size_t i = 0; i < n; i++) {
        k[i] = (struct keyed){ peek_key_at(map, i), peek_value_at(map, i) };
        mixed |= !have_order(k[i].key, k[0].key);
    }
    if (!mixed) {
        sort_keyed(vm, k, n, false, false);
        return k;
    }
    for (size_t i = 1; i < n && vm_spend(vm, i); i++) {
        for (size_t j = i; j > 0; j--) {
            int c = have_order(k[j].key, k[j - 1].key)
                        ? value_order(vm, k[j].key, k[j - 1].key, "<")
                        : type_rank(k[j].key) - type_rank(k[j - 1].key);
            if (c >= 0)
                break;
            struct keyed swap = k[j];
            k[j] = k[j - 1];
            k[j - 1] = swap;
        }
    }
    return k;
}

static void repr_map(struct vm *vm, struct buf *out, struct val v, int depth)
{
    struct keyed *k = sorted_entries(vm, v);
    buf_putc(out, '{');
    for (size_t i = 0; i < peek_count(v) && !vm->failed && !out->over; i++) {
        if (i)
            buf_put(out, S(", "));
        pretty_repr(vm, out, k[i].key, depth + 1);
        buf_put(out, S(": "));
        pretty_repr(vm, out, k[i].item, depth + 1);
    }
    buf_putc(out, '}');
    mem_free(k);
}

static void pretty_repr(struct vm *vm, struct buf *out, struct val v, int depth)
{
    if (depth > VALUE_DEPTH) {
        vm_fail(vm, "too-deep", "this value nests deeper than %d levels", VALUE_DEPTH);
    } else if (v.kind == VAL_MAP) {
        repr_map(vm, out, v, depth);
    } else if (v.kind == VAL_LIST) {
        bool tuple = is_tuple(v);
        buf_putc(out, tuple ? '(' : '[');
        for (size_t i = 0; i < peek_count(v) && !vm->failed && !out->over; i++) {
            if (i)
                buf_put(out, S(", "));
            pretty_repr(vm, out, peek_item(v, i), depth + 1);
        }
        if (tuple && peek_count(v) == 1)
            buf_putc(out, ',');
        buf_putc(out, tuple ? ')' : ']');
    } else {
        value_put_repr(vm, out, v);
    }
}

static void put_pretty(struct pretty *p, struct val v, size_t indent, size_t allowance, int level);

static void put_line(struct pretty *p, size_t indent)
{
    buf_put(p->out, S(",\n"));
    buf_fill(p->out, ' ', indent);
}

static void put_pretty_list(struct pretty *p, struct val v, size_t indent, size_t allowance,
                            int level)
{
    bool tuple = is_tuple(v);
    size_t n = peek_count(v), close = tuple && n == 1 ? 2 : 1;
    buf_putc(p->out, tuple ? '(' : '[');
    for (size_t i = 0; i < n && !p->vm->failed && !p->out->over; i++) {
        if (i)
            put_line(p, indent + 1);
        put_pretty(p, peek_item(v, i), indent + 1, i + 1 == n ? allowance + close : 1, level);
    }
    buf_put(p->out, !tuple ? S("]") : n == 1 ? S(",)") : S(")"));
}

static void put_pretty_map(struct pretty *p, struct val v, size_t indent, size_t allowance,
                           int level)
{
    size_t n = peek_count(v);
    struct keyed *k = sorted_entries(p->vm, v);
    buf_putc(p->out, '{');
    for (size_t i = 0; i < n && !p->vm->failed && !p->out->over; i++) {
        if (i)
            put_line(p, indent + 1);
        size_t before = p->out->n;
        pretty_repr(p->vm, p->out, k[i].key, 0);
        size_t key = utf8_length(str_sub(buf_str(p->out), before, p->out->n));
        buf_put(p->out, S(": "));
        put_pretty(p, k[i].item, indent + 1 + key + 2, i + 1 == n ? allowance + 1 : 1, level);
    }
    buf_putc(p->out, '}');
    mem_free(k);
}

static size_t repr_length(struct str s)
{
    struct buf b;
    buf_init(&b, 0);
    put_repr_str(&b, s);
    size_t n = utf8_length(buf_str(&b));
    buf_done(&b);
    return n;
}

/* The chunks of a long string, one a line. */
struct chunks {
    struct str *p;
    size_t n, cap;
};

static void add_chunk(struct chunks *c, struct str s)
{
    if (c->n == c->cap) {
        c->cap = c->cap ? c->cap * 2 : 16;
        c->p = mem_realloc(c->p, c->cap * sizeof *c->p);
    }
    c->p[c->n++] = s;
}

/* \S*\s* from `at` on. */
static size_t word_end(struct str s, size_t at)
{
    size_t n;
    while (at < s.n && !space_at(s, at))
        utf8_next(s, &at);
    while ((n = space_at(s, at)))
        at += n;
    return at;
}

static void split_line(struct chunks *c, struct str line, size_t width, size_t last_width)
{
    size_t begin = 0, end = 0;
    while (end < line.n) {
        size_t next = word_end(line, end);
        size_t most = next >= line.n ? last_width : width;
        if (repr_length(str_sub(line, begin, next)) > most) {
            if (end > begin)
                add_chunk(c, str_sub(line, begin, end));
            begin = end;
        }
        end = next;
    }
    if (end > begin)
        add_chunk(c, str_sub(line, begin, end));
}

static void put_pretty_str(struct pretty *p, struct val v, size_t indent, size_t allowance,
                           int level)
{
    struct chunks c = { 0 };
    struct str rest = peek_str(v), line;
    bool outermost = level == 1;
    if (outermost) {
        indent++;
        allowance++;
    }
    size_t width = indent < PPRINT_WIDTH ? PPRINT_WIDTH - indent : 0;
    while (next_line(&rest, &line, true) && vm_spend(p->vm, 1)) {
        size_t most = rest.n ? width : width > allowance ? width - allowance : 0;
        if (repr_length(line) <= most)
            add_chunk(&c, line);
        else
            split_line(&c, line, width, most);
    }
    if (c.n <= 1) {
        put_repr_str(p->out, peek_str(v));
    } else {
        if (outermost)
            buf_putc(p->out, '(');
        for (size_t i = 0; i < c.n; i++) {
            if (i) {
                buf_putc(p->out, '\n');
                buf_fill(p->out, ' ', indent);
            }
            put_repr_str(p->out, c.p[i]);
        }
        if (outermost)
            buf_putc(p->out, ')');
    }
    mem_free(c.p);
}

static void put_pretty(struct pretty *p, struct val v, size_t indent, size_t allowance, int level)
{
    struct buf flat;
    buf_init(&flat, p->out->max);
    pretty_repr(p->vm, &flat, v, 0);
    size_t used = indent + allowance;
    bool fits = used <= PPRINT_WIDTH && utf8_length(buf_str(&flat)) <= PPRINT_WIDTH - used;
    vm_spend(p->vm, flat.n / 16);
    p->out->over |= flat.over;
    if (p->vm->failed) {
        buf_done(&flat);
        return;
    }
    if (!fits && v.kind == VAL_MAP)
        put_pretty_map(p, v, indent, allowance, level + 1);
    else if (!fits && v.kind == VAL_LIST)
        put_pretty_list(p, v, indent, allowance, level + 1);
    else if (!fits && v.kind == VAL_STR && !is_safe(v))
        put_pretty_str(p, v, indent, allowance, level + 1);
    else
        buf_put(p->out, buf_str(&flat));
    buf_done(&flat);
}

struct val filter_pprint(struct vm *vm, struct val self, const struct args *args)
{
    struct buf out;
    (void)args;
    buf_init(&out, vm->out.max);
    struct pretty p = { vm, &out };
    put_pretty(&p, self, 0, 0, 0);
    return value_from_buf(vm, &out);
}
