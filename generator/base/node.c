#include "base/node.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/num.h"
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

/* Doubles what an array may hold; the old copy stays behind in the arena. */
static void *grow(struct arena *a, const void *p, size_t n, size_t size, uint32_t *cap)
{
    size_t room = *cap;
    void *q = vec_grow(a, p, n, size, &room);
    if (room > UINT32_MAX)
        UNREACHABLE(); /* a source is smaller than that, and every item has a byte in one */
    *cap = (uint32_t)room;
    return q;
}

void node_push(struct arena *a, struct node *seq, struct node *value)
{
    if (seq->seq.n == seq->seq.cap)
        seq->seq.items = grow(a, seq->seq.items, seq->seq.n, sizeof *seq->seq.items, &seq->seq.cap);
    seq->seq.items[seq->seq.n++] = value;
}

/* The lookup table: entry number + 1 by hash of the key, open addressing, at most half full. It
 * lies behind the last entry that there is room for, so that small maps pay nothing for it. */
static size_t slot_count(size_t cap)
{
    size_t n = 32;
    while (n < cap * 2)
        n *= 2;
    return n;
}

static uint32_t *slots_of(const struct node *map)
{
    return (uint32_t *)(void *)(map->map.entries + map->map.cap);
}

static size_t slot_of(const struct node *map, struct str key)
{
    const uint32_t *slots = slots_of(map);
    size_t mask = slot_count(map->map.cap) - 1, i = (size_t)str_hash(key) & mask;
    while (slots[i] && !str_eq(map->map.entries[slots[i] - 1].key, key))
        i = (i + 1) & mask;
    return i;
}

/* Room for `cap` entries; those that are there move along. */
static void reserve_map(struct arena *a, struct node *map, size_t cap)
{
    size_t bytes, table = cap > SMALL ? slot_count(cap) * sizeof(uint32_t) : 0;
    if (!size_mul(cap, sizeof(struct node_entry), &bytes) || !size_add(bytes, table, &bytes) ||
        cap > UINT32_MAX)
        UNREACHABLE(); /* as in grow */
    struct node_entry *entries = arena_alloc(a, bytes);
    if (map->map.n)
        memcpy(entries, map->map.entries, map->map.n * sizeof *entries);
    map->map.entries = entries;
    map->map.cap = (uint32_t)cap;
    for (uint32_t i = 0; table && i < map->map.n; i++)
        slots_of(map)[slot_of(map, entries[i].key)] = i + 1;
}

const struct node_entry *node_entry(const struct node *map, struct str key)
{
    if (!map || map->kind != NODE_MAP)
        return NULL;
    if (map->map.cap > SMALL) {
        uint32_t hit = slots_of(map)[slot_of(map, key)];
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
        reserve_map(a, map, map->map.cap ? (size_t)map->map.cap * 2 : 4);
    map->map.entries[map->map.n++] = (struct node_entry){ key, key_span, value };
    if (map->map.cap > SMALL)
        slots_of(map)[slot_of(map, key)] = map->map.n;
    return NULL;
}

void node_fill_seq(struct node *seq, struct node **items, size_t n)
{
    seq->seq.items = items;
    seq->seq.n = seq->seq.cap = (uint32_t)n;
}

/* For few entries; compared in pairs. */
static bool keys_differ(const struct node_entry *entries, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (str_eq(entries[i].key, entries[k].key))
                return false;
    return true;
}

bool node_fill_map(struct arena *a, struct node *map, struct node_entry *entries, size_t n)
{
    if (n > SMALL) {
        reserve_map(a, map, n);
        for (size_t i = 0; i < n && map->map.n == i; i++)
            node_put(a, map, entries[i].key, entries[i].key_span, entries[i].value);
    } else if (keys_differ(entries, n)) {
        map->map.entries = entries;
        map->map.n = map->map.cap = (uint32_t)n;
    }
    if (map->map.n == n)
        return true;
    map->map.entries = NULL;
    map->map.n = map->map.cap = 0;
    return false;
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
            return num_compare(a->integer, b->number) == 0;
        if (a->kind == NODE_FLOAT && b->kind == NODE_INT)
            return num_compare(b->integer, a->number) == 0;
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
