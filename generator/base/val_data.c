/* Values as data: equality, size, and the way from and to nodes. Nothing here recurses deeper than
 * a stated limit. */
#include "base/limits.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/utf8.h"
#include "base/val.h"

#include <math.h>

/* Pairs still to be compared, so that depth costs heap and not stack. */
struct pair {
    struct val a, b;
};

struct pairs {
    struct pair *p;
    size_t n, cap;
};

static void push_pair(struct pairs *t, struct val a, struct val b)
{
    if (t->n == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 16;
        t->p = mem_realloc(t->p, t->cap * sizeof *t->p);
    }
    t->p[t->n++] = (struct pair){ a, b };
}

static bool maps_equal(struct pairs *t, struct val a, struct val b)
{
    if (peek_count(a) != peek_count(b))
        return false;
    for (size_t i = 0; i < peek_count(a); i++) {
        struct val other = peek_lookup(b, peek_key_at(a, i));
        if (other.kind == VAL_UNDEFINED)
            return false;
        push_pair(t, peek_value_at(a, i), other);
    }
    return true;
}

/* Equal as far as can be seen here; what lies below goes to t. */
static bool shallow_equal(struct pairs *t, struct val a, struct val b)
{
    if (a.kind == VAL_INT && b.kind == VAL_FLOAT)
        return num_compare(a.integer, b.number) == 0;
    if (a.kind == VAL_FLOAT && b.kind == VAL_INT)
        return num_compare(b.integer, a.number) == 0;
    if (a.kind != b.kind)
        return false;
    if (a.kind >= VAL_STR && a.heap == b.heap)
        return true;
    switch (a.kind) {
    case VAL_UNDEFINED:
    case VAL_NULL:
        return true;
    case VAL_BOOL:
        return a.boolean == b.boolean;
    case VAL_INT:
        return a.integer == b.integer;
    case VAL_FLOAT:
        return a.number == b.number;
    case VAL_STR:
        return str_eq(peek_str(a), peek_str(b));
    case VAL_LIST:
        if (peek_count(a) != peek_count(b))
            return false;
        for (size_t i = 0; i < peek_count(a); i++)
            push_pair(t, peek_item(a, i), peek_item(b, i));
        return true;
    case VAL_MAP:
        return maps_equal(t, a, b);
    default:
        return false;
    }
}

bool peek_equal(struct val a, struct val b)
{
    struct pairs todo = { 0 };
    bool equal = shallow_equal(&todo, a, b);
    while (equal && todo.n) {
        struct pair e = todo.p[--todo.n];
        equal = shallow_equal(&todo, e.a, e.b);
    }
    mem_free(todo.p);
    return equal;
}

bool val_equal(struct val a, struct val b)
{
    bool equal = peek_equal(a, b);
    val_free(a);
    val_free(b);
    return equal;
}

/* Values still to be visited, borrowed. */
struct visits {
    struct val *p;
    size_t n, cap;
};

static void push_visit(struct visits *t, struct val v)
{
    if (t->n == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 32;
        t->p = mem_realloc(t->p, t->cap * sizeof *t->p);
    }
    t->p[t->n++] = v;
}

static size_t text_size(struct str s)
{
    size_t n = 2;
    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        unsigned char c = (unsigned char)s.p[at];
        if (c >= 0x20 && c < 0x80) {
            n += c == '"' || c == '\\' ? 2 : 1;
            at++;
        } else if (c < 0x20) {
            n += c && strchr("\b\f\n\r\t", c) ? 2 : 6;
            at++;
        } else {
            n += utf8_next(s, &at) == 0xFFFD ? 3 : at - from;
        }
    }
    return n;
}

static size_t scalar_size(struct val v)
{
    char text[NUM_TEXT];
    switch (v.kind) {
    case VAL_BOOL:
        return v.boolean ? 4 : 5;
    case VAL_INT:
        return num_put_int(text, v.integer);
    case VAL_FLOAT:
        return isfinite(v.number) ? num_put_double(text, v.number) : 4;
    case VAL_STR:
        return text_size(peek_str(v));
    default:
        return 4;
    }
}

/* The brackets and separators of v; what is in it goes to t. */
static size_t container_size(struct visits *t, struct val v)
{
    size_t n = peek_count(v), size = 2 + (n ? n - 1 : 0);
    for (size_t i = 0; i < n; i++) {
        if (v.kind == VAL_LIST) {
            push_visit(t, peek_item(v, i));
            continue;
        }
        struct val key = peek_key_at(v, i);
        size += 1 + scalar_size(key) + (key.kind == VAL_STR ? 0 : 2);
        push_visit(t, peek_value_at(v, i));
    }
    return size;
}

size_t peek_json_size(struct val v)
{
    if (v.kind != VAL_LIST && v.kind != VAL_MAP)
        return scalar_size(v);
    struct visits todo = { 0 };
    size_t size = container_size(&todo, v);
    while (todo.n && size < VAL_SIZE_MAX) {
        struct val item = todo.p[--todo.n];
        bool holds = item.kind == VAL_LIST || item.kind == VAL_MAP;
        size += holds ? container_size(&todo, item) : scalar_size(item);
    }
    mem_free(todo.p);
    return size < VAL_SIZE_MAX ? size : VAL_SIZE_MAX;
}

struct val val_from_node(const struct node *n)
{
    struct val v;
    switch (n->kind) {
    case NODE_NULL:
        return val_null();
    case NODE_BOOL:
        return val_bool(n->boolean);
    case NODE_INT:
        return val_int(n->integer);
    case NODE_FLOAT:
        return val_float(n->number);
    case NODE_STR:
        return val_str(n->str);
    case NODE_SEQ:
        v = val_list();
        for (size_t i = 0; i < n->seq.n; i++)
            v = val_list_push(v, val_from_node(n->seq.items[i]));
        return v;
    case NODE_MAP:
        v = val_map();
        for (size_t i = 0; i < n->map.n; i++)
            v = val_map_set(v, n->map.entries[i].key, val_from_node(n->map.entries[i].value));
        return v;
    }
    UNREACHABLE();
}

static struct str key_text(struct arena *a, struct val key)
{
    char text[NUM_TEXT];
    switch (key.kind) {
    case VAL_STR:
        return arena_str(a, peek_str(key));
    case VAL_INT:
        return arena_str(a, (struct str){ text, num_put_int(text, key.integer) });
    case VAL_FLOAT:
        return arena_str(a, (struct str){ text, num_put_double(text, key.number) });
    case VAL_BOOL:
        return key.boolean ? S("true") : S("false");
    default:
        return S("null");
    }
}

static struct node *to_node(struct arena *a, struct val v, struct span span, int depth)
{
    struct node *n;
    switch (v.kind) {
    case VAL_BOOL:
        return node_bool(a, span, v.boolean);
    case VAL_INT:
        return node_int(a, span, v.integer);
    case VAL_FLOAT:
        return node_float(a, span, v.number);
    case VAL_STR:
        return node_str(a, span, arena_str(a, peek_str(v)));
    case VAL_LIST:
    case VAL_MAP:
        break;
    default:
        return node_null(a, span);
    }
    if (depth == LIMIT_JSON_DEPTH)
        return NULL;
    n = v.kind == VAL_LIST ? node_seq(a, span) : node_map(a, span);
    for (size_t i = 0; i < peek_count(v); i++) {
        struct val item = v.kind == VAL_LIST ? peek_item(v, i) : peek_value_at(v, i);
        struct node *below = to_node(a, item, span, depth + 1);
        if (!below)
            return NULL;
        if (v.kind == VAL_LIST)
            node_push(a, n, below);
        else
            node_put(a, n, key_text(a, peek_key_at(v, i)), span, below);
    }
    return n;
}

struct node *val_to_node(struct arena *a, struct val v, struct span span)
{
    struct node *n = to_node(a, v, span, 0);
    val_free(v);
    return n;
}
