#include "base/node.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/vec.h"

enum { SMALL = 8 };

static struct node *make(struct arena *a, enum node_kind kind, struct span span)
{
    struct node *n = arena_make(a, struct node);
    n->kind = kind;
    n->span = span;
    return n;
}

struct node *node_null(struct arena *a, struct span span)
{
    return make(a, NODE_NULL, span);
}

struct node *node_bool(struct arena *a, struct span span, bool value)
{
    struct node *n = make(a, NODE_BOOL, span);
    n->boolean = value;
    return n;
}

struct node *node_int(struct arena *a, struct span span, int64_t value)
{
    struct node *n = make(a, NODE_INT, span);
    n->integer = value;
    return n;
}

struct node *node_float(struct arena *a, struct span span, double value)
{
    struct node *n = make(a, NODE_FLOAT, span);
    n->number = value;
    return n;
}

struct node *node_str(struct arena *a, struct span span, struct str value)
{
    struct node *n = make(a, NODE_STR, span);
    n->str = value;
    return n;
}

struct node *node_seq(struct arena *a, struct span span)
{
    return make(a, NODE_SEQ, span);
}

struct node *node_map(struct arena *a, struct span span)
{
    return make(a, NODE_MAP, span);
}

void node_reserve(struct arena *a, struct node *container, size_t n)
{
    if (n == 0)
        return;
    if (container->kind == NODE_SEQ) {
        container->seq.items = arena_make_n(a, struct node *, n);
        container->seq.cap = n;
        return;
    }
    container->map.entries = arena_make_n(a, struct node_entry, n);
    container->map.cap = n;
    if (n <= SMALL)
        return;
    container->map.nslots = 32;
    while (container->map.nslots < n * 2)
        container->map.nslots *= 2;
    container->map.slots = arena_make_n(a, uint32_t, container->map.nslots);
}

void node_push(struct arena *a, struct node *seq, struct node *value)
{
    if (seq->seq.n == seq->seq.cap)
        seq->seq.items =
            vec_grow(a, seq->seq.items, seq->seq.n, sizeof *seq->seq.items, &seq->seq.cap);
    seq->seq.items[seq->seq.n++] = value;
}

static size_t slot_of(const struct node *map, struct str key)
{
    size_t i = (size_t)str_hash(key) & (map->map.nslots - 1);
    while (map->map.slots[i] && !str_eq(map->map.entries[map->map.slots[i] - 1].key, key))
        i = (i + 1) & (map->map.nslots - 1);
    return i;
}

static void rehash(struct arena *a, struct node *map)
{
    map->map.nslots = map->map.nslots ? map->map.nslots * 2 : 32;
    map->map.slots = arena_make_n(a, uint32_t, map->map.nslots);
    for (size_t i = 0; i < map->map.n; i++)
        map->map.slots[slot_of(map, map->map.entries[i].key)] = (uint32_t)(i + 1);
}

const struct node_entry *node_entry(const struct node *map, struct str key)
{
    if (!map || map->kind != NODE_MAP)
        return NULL;
    if (map->map.slots) {
        uint32_t hit = map->map.slots[slot_of(map, key)];
        return hit ? &map->map.entries[hit - 1] : NULL;
    }
    for (size_t i = 0; i < map->map.n; i++)
        if (str_eq(map->map.entries[i].key, key))
            return &map->map.entries[i];
    return NULL;
}

struct node *node_get(const struct node *map, struct str key)
{
    const struct node_entry *e = node_entry(map, key);
    return e ? e->value : NULL;
}

struct node *node_put(struct arena *a, struct node *map, struct str key, struct span key_span,
                      struct node *value)
{
    const struct node_entry *e = node_entry(map, key);
    if (e) {
        struct node *old = e->value;
        map->map.entries[e - map->map.entries].value = value;
        return old;
    }
    if (map->map.n == map->map.cap)
        map->map.entries =
            vec_grow(a, map->map.entries, map->map.n, sizeof *map->map.entries, &map->map.cap);
    map->map.entries[map->map.n++] = (struct node_entry){ key, key_span, value };
    if (map->map.n > SMALL && map->map.n * 2 > map->map.nslots)
        rehash(a, map);
    else if (map->map.slots)
        map->map.slots[slot_of(map, key)] = (uint32_t)map->map.n;
    return NULL;
}

const char *node_kind_name(const struct node *n)
{
    if (!n)
        return "nothing";
    switch (n->kind) {
    case NODE_NULL:
        return "null";
    case NODE_BOOL:
        return "a boolean";
    case NODE_INT:
        return "an integer";
    case NODE_FLOAT:
        return "a number";
    case NODE_STR:
        return "a string";
    case NODE_SEQ:
        return "a list";
    case NODE_MAP:
        return "a map";
    }
    UNREACHABLE();
}

bool node_is_str(const struct node *n)
{
    return n && n->kind == NODE_STR;
}

static bool equal_at(const struct node *a, const struct node *b, int depth);

static bool equal_seq(const struct node *a, const struct node *b, int depth)
{
    if (a->seq.n != b->seq.n)
        return false;
    for (size_t i = 0; i < a->seq.n; i++)
        if (!equal_at(a->seq.items[i], b->seq.items[i], depth))
            return false;
    return true;
}

static bool equal_map(const struct node *a, const struct node *b, int depth)
{
    if (a->map.n != b->map.n)
        return false;
    for (size_t i = 0; i < a->map.n; i++) {
        const struct node *other = node_get(b, a->map.entries[i].key);
        if (!other || !equal_at(a->map.entries[i].value, other, depth))
            return false;
    }
    return true;
}

static bool equal_at(const struct node *a, const struct node *b, int depth)
{
    if (depth > LIMIT_JSON_DEPTH)
        return false; /* readers let nothing that deep through */
    if (a->kind != b->kind) {
        if (a->kind == NODE_INT && b->kind == NODE_FLOAT)
            return (double)a->integer == b->number;
        if (a->kind == NODE_FLOAT && b->kind == NODE_INT)
            return a->number == (double)b->integer;
        return false;
    }
    switch (a->kind) {
    case NODE_NULL:
        return true;
    case NODE_BOOL:
        return a->boolean == b->boolean;
    case NODE_INT:
        return a->integer == b->integer;
    case NODE_FLOAT:
        return !(a->number < b->number) && !(a->number > b->number);
    case NODE_STR:
        return str_eq(a->str, b->str);
    case NODE_SEQ:
        return equal_seq(a, b, depth + 1);
    case NODE_MAP:
        return equal_map(a, b, depth + 1);
    }
    UNREACHABLE();
}

bool node_equal(const struct node *a, const struct node *b)
{
    return equal_at(a, b, 0);
}
