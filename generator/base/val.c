#include "base/val.h"

#include "base/mem.h"

#include <math.h>

/* `note` holds the kind of what is no string, so that the list of what is to be released needs no
 * memory of its own. */
struct entry {
    struct val key, value;
};

struct heap_map {
    struct val_heap head;
    size_t n; /* where a list has it */
    union {
        size_t cap;
        struct val_heap *next_dead;
    };
    struct entry *entries;
    uint32_t *slots; /* open addressing, entry number + 1; NULL while the map is small */
    size_t nslots;   /* a power of two */
};

struct heap_ext {
    struct val_heap head;
    const struct val_ext_type *type;
    void *self;
    struct val_heap *next_dead;
};

enum { SMALL_MAP = 8 };

static struct val_heap_str *as_str(struct val v)
{
    return (struct val_heap_str *)v.heap;
}

static struct val_heap_list *as_list(struct val v)
{
    return (struct val_heap_list *)v.heap;
}

static struct heap_map *as_map(struct val v)
{
    return (struct heap_map *)v.heap;
}

static struct heap_ext *as_ext(struct val v)
{
    return (struct heap_ext *)v.heap;
}

/* Releasing: whatever loses its last holder is put on a list of the dead, linked through members
 * that the dead no longer need. */

static void bury(struct val v, struct val_heap **dead)
{
    if (v.kind < VAL_STR || --v.heap->refs > 0)
        return;
    switch (v.kind) {
    case VAL_LIST:
        as_list(v)->next_dead = *dead;
        break;
    case VAL_MAP:
        as_map(v)->next_dead = *dead;
        break;
    case VAL_EXT:
        as_ext(v)->next_dead = *dead;
        break;
    default:
        mem_free(v.heap);
        return;
    }
    *dead = v.heap;
}

static struct val_heap *empty_list(struct val_heap_list *l)
{
    struct val_heap *dead = l->next_dead;
    for (size_t i = 0; i < l->n; i++)
        bury(l->items[i], &dead);
    mem_free(l->items);
    return dead;
}

static struct val_heap *empty_map(struct heap_map *m)
{
    struct val_heap *dead = m->next_dead;
    for (size_t i = 0; i < m->n; i++) {
        bury(m->entries[i].key, &dead);
        bury(m->entries[i].value, &dead);
    }
    mem_free(m->entries);
    mem_free(m->slots);
    return dead;
}

static struct val_heap *empty_ext(struct heap_ext *x)
{
    struct val_heap *dead = x->next_dead;
    if (x->type->free)
        bury(x->type->free(x->self), &dead);
    return dead;
}

void val_release(struct val v)
{
    struct val_heap *dead = NULL;
    v.heap->refs = 1;
    bury(v, &dead);
    while (dead) {
        struct val_heap *h = dead;
        if (h->note == VAL_LIST)
            dead = empty_list((struct val_heap_list *)h);
        else if (h->note == VAL_MAP)
            dead = empty_map((struct heap_map *)h);
        else
            dead = empty_ext((struct heap_ext *)h);
        mem_free(h);
    }
}

struct val val_null(void)
{
    return (struct val){ .kind = VAL_NULL };
}

struct val val_bool(bool b)
{
    return (struct val){ .kind = VAL_BOOL, .boolean = b };
}

struct val val_int(int64_t i)
{
    return (struct val){ .kind = VAL_INT, .integer = i };
}

struct val val_float(double d)
{
    return (struct val){ .kind = VAL_FLOAT, .number = d };
}

static size_t checked(size_t n, size_t size, size_t head)
{
    size_t total;
    if (!size_mul(n, size, &total) || !size_add(total, head, &total))
        total = SIZE_MAX; /* more than any machine has: ends in mem.c */
    return total;
}

struct val val_str_make(size_t n, char **bytes)
{
    struct val_heap_str *s = mem_alloc(checked(n, 1, sizeof *s));
    s->head = (struct val_heap){ .refs = 1 };
    s->n = s->cap = n;
    *bytes = s->p;
    return (struct val){ .kind = VAL_STR, .heap = &s->head };
}

struct val val_str(struct str s)
{
    char *p;
    struct val v = val_str_make(s.n, &p);
    if (s.n)
        memcpy(p, s.p, s.n);
    return v;
}

struct val val_str_append(struct val a, struct str b)
{
    struct val_heap_str *s = as_str(a);
    size_t need = checked(s->n, 1, b.n);
    if (s->head.refs > 1) {
        char *p;
        struct val v = val_str_make(need, &p);
        memcpy(p, s->p, s->n);
        if (b.n)
            memcpy(p + s->n, b.p, b.n);
        v.flags = a.flags;
        val_free(a);
        return v;
    }
    bool own = b.p >= s->p && b.p < s->p + s->n; /* b is a piece of a */
    size_t from = own ? (size_t)(b.p - s->p) : 0;
    if (need > s->cap) {
        size_t cap = need + need / 2;
        s = mem_realloc(s, checked(cap, 1, sizeof *s));
        s->cap = cap;
    }
    if (b.n)
        memcpy(s->p + s->n, own ? s->p + from : b.p, b.n);
    s->n = need;
    s->head.note = 0;
    a.heap = &s->head;
    return a;
}

struct val val_list(void)
{
    struct val_heap_list *l = mem_alloc(sizeof *l);
    *l = (struct val_heap_list){ .head = { .refs = 1, .note = VAL_LIST } };
    return (struct val){ .kind = VAL_LIST, .heap = &l->head };
}

/* The list itself if nobody else holds it, otherwise a copy in its place. */
static struct val own_list(struct val list)
{
    struct val_heap_list *l = as_list(list);
    if (l->head.refs > 1) {
        struct val copy = val_list();
        struct val_heap_list *c = as_list(copy);
        c->cap = l->n + 1 + l->n / 2;
        c->items = mem_alloc(checked(c->cap, sizeof *c->items, 0));
        for (size_t i = 0; i < l->n; i++)
            c->items[i] = val_copy(l->items[i]);
        c->n = l->n;
        copy.flags = list.flags;
        val_free(list);
        return copy;
    }
    return list;
}

struct val val_list_push(struct val list, struct val item)
{
    list = own_list(list);
    struct val_heap_list *l = as_list(list);
    if (l->n == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 4;
        l->items = mem_realloc(l->items, checked(l->cap, sizeof *l->items, 0));
    }
    l->items[l->n++] = item;
    return list;
}

struct val val_list_set(struct val list, size_t i, struct val item)
{
    list = own_list(list);
    struct val old = as_list(list)->items[i];
    as_list(list)->items[i] = item;
    val_free(old);
    return list;
}

struct val val_list_get(struct val list, size_t i)
{
    struct val item = val_copy(peek_item(list, i));
    val_free(list);
    return item;
}

/* Maps. */

static uint32_t mix(uint64_t h)
{
    h *= 0x9e3779b97f4a7c15u;
    return (uint32_t)(h >> 32) | 1u; /* never 0, which means "not known yet" */
}

/* Eight bytes at a time; for tables in memory only. */
static uint32_t hash_text(struct str s)
{
    uint64_t h = s.n;
    size_t i = 0;
    for (; i + 8 <= s.n; i += 8) {
        uint64_t word;
        memcpy(&word, s.p + i, 8);
        h = (h ^ word) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    uint64_t rest = 0;
    if (i < s.n)
        memcpy(&rest, s.p + i, s.n - i);
    h = (h ^ rest) * 0xff51afd7ed558ccdu;
    return mix(h ^ (h >> 29));
}

static uint32_t hash_number(double d)
{
    uint64_t bits;
    if (d >= -9223372036854775808.0 && d < 9223372036854775808.0 && d == floor(d))
        return mix((uint64_t)(int64_t)d);
    memcpy(&bits, &d, sizeof bits);
    return mix(bits);
}

static uint32_t hash_key(struct val key)
{
    switch (key.kind) {
    case VAL_STR: {
        struct val_heap_str *s = as_str(key);
        if (!s->head.note)
            s->head.note = hash_text((struct str){ s->p, s->n });
        return s->head.note;
    }
    case VAL_BOOL:
        return mix((uint64_t)key.boolean);
    case VAL_INT:
        return mix((uint64_t)key.integer);
    case VAL_FLOAT:
        return hash_number(key.number);
    default:
        return 1;
    }
}

static bool is_number(struct val v)
{
    return v.kind == VAL_INT || v.kind == VAL_FLOAT;
}

static bool numbers_equal(struct val a, struct val b)
{
    if (a.kind == VAL_INT && b.kind == VAL_INT)
        return a.integer == b.integer;
    if (a.kind == VAL_INT)
        return num_compare(a.integer, b.number) == 0;
    if (b.kind == VAL_INT)
        return num_compare(b.integer, a.number) == 0;
    return a.number == b.number;
}

static struct val bool_as_int(struct val v)
{
    return v.kind == VAL_BOOL ? val_int(v.boolean) : v;
}

static bool keys_equal(struct val a, struct val b)
{
    if (a.kind == VAL_STR || b.kind == VAL_STR)
        return a.kind == b.kind && str_eq(peek_str(a), peek_str(b));
    a = bool_as_int(a);
    b = bool_as_int(b);
    if (is_number(a) && is_number(b))
        return numbers_equal(a, b);
    return a.kind == b.kind;
}

struct val val_map(void)
{
    struct heap_map *m = mem_alloc(sizeof *m);
    *m = (struct heap_map){ .head = { .refs = 1, .note = VAL_MAP } };
    return (struct val){ .kind = VAL_MAP, .heap = &m->head };
}

static size_t find_text(const struct heap_map *m, struct str key)
{
    uint32_t hash = hash_text(key);
    if (!m->slots) {
        for (size_t i = 0; i < m->n; i++) {
            struct val k = m->entries[i].key;
            if (k.hash == hash && k.kind == VAL_STR && str_eq(peek_str(k), key))
                return i;
        }
        return SIZE_MAX;
    }
    for (size_t s = hash & (m->nslots - 1); m->slots[s]; s = (s + 1) & (m->nslots - 1)) {
        struct val k = m->entries[m->slots[s] - 1].key;
        if (k.hash == hash && k.kind == VAL_STR && str_eq(peek_str(k), key))
            return m->slots[s] - 1;
    }
    return SIZE_MAX;
}

/* In a small map: hashes tell most keys apart. */
static size_t find_short(const struct heap_map *m, struct val key)
{
    uint32_t hash = hash_key(key);
    for (size_t i = 0; i < m->n; i++) {
        struct val k = m->entries[i].key;
        if (k.hash == hash && k.kind == VAL_STR &&
            (k.heap == key.heap || str_eq(peek_str(k), peek_str(key))))
            return i;
    }
    return SIZE_MAX;
}

static size_t find_other(const struct heap_map *m, struct val key)
{
    for (size_t i = 0; i < m->n; i++)
        if (keys_equal(m->entries[i].key, key))
            return i;
    return SIZE_MAX;
}

static size_t find_key(const struct heap_map *m, struct val key)
{
    if (!m->slots)
        return key.kind == VAL_STR ? find_short(m, key) : find_other(m, key);
    for (size_t s = hash_key(key) & (m->nslots - 1); m->slots[s]; s = (s + 1) & (m->nslots - 1))
        if (keys_equal(m->entries[m->slots[s] - 1].key, key))
            return m->slots[s] - 1;
    return SIZE_MAX;
}

static void index_entry(struct heap_map *m, size_t i)
{
    size_t s = m->entries[i].key.hash & (m->nslots - 1);
    while (m->slots[s])
        s = (s + 1) & (m->nslots - 1);
    m->slots[s] = (uint32_t)(i + 1);
}

static void rebuild_index(struct heap_map *m)
{
    mem_free(m->slots);
    m->slots = NULL;
    if (m->n <= SMALL_MAP)
        return;
    m->nslots = 32;
    while (m->nslots < m->n * 2)
        m->nslots *= 2;
    m->slots = mem_alloc(checked(m->nslots, sizeof *m->slots, 0));
    memset(m->slots, 0, m->nslots * sizeof *m->slots);
    for (size_t i = 0; i < m->n; i++)
        index_entry(m, i);
}

static struct val own_map(struct val map)
{
    struct heap_map *m = as_map(map);
    if (m->head.refs == 1)
        return map;
    struct val copy = val_map();
    struct heap_map *c = as_map(copy);
    c->cap = m->n + 1 + m->n / 2;
    c->entries = mem_alloc(checked(c->cap, sizeof *c->entries, 0));
    for (size_t i = 0; i < m->n; i++)
        c->entries[i] =
            (struct entry){ val_copy(m->entries[i].key), val_copy(m->entries[i].value) };
    c->n = m->n;
    rebuild_index(c);
    copy.flags = map.flags;
    val_free(map);
    return copy;
}

struct val val_reserve(struct val v, size_t n)
{
    if (v.kind == VAL_LIST) {
        v = own_list(v);
        struct val_heap_list *l = as_list(v);
        size_t cap = checked(n, 1, l->n);
        if (cap > l->cap) {
            l->items = mem_realloc(l->items, checked(cap, sizeof *l->items, 0));
            l->cap = cap;
        }
        return v;
    }
    v = own_map(v);
    struct heap_map *m = as_map(v);
    size_t cap = checked(n, 1, m->n);
    if (cap > m->cap) {
        m->entries = mem_realloc(m->entries, checked(cap, sizeof *m->entries, 0));
        m->cap = cap;
    }
    return v;
}

static void add_entry(struct heap_map *m, struct val key, struct val value)
{
    if (m->n == m->cap) {
        m->cap = m->cap ? m->cap * 2 : 4;
        m->entries = mem_realloc(m->entries, checked(m->cap, sizeof *m->entries, 0));
    }
    key.hash = hash_key(key);
    m->entries[m->n++] = (struct entry){ key, value };
    if (m->n > SMALL_MAP && (!m->slots || m->n * 2 > m->nslots))
        rebuild_index(m);
    else if (m->slots)
        index_entry(m, m->n - 1);
}

static void replace_value(struct heap_map *m, size_t i, struct val value)
{
    struct val old = m->entries[i].value;
    m->entries[i].value = value;
    val_free(old);
}

struct val val_map_put(struct val map, struct val key, struct val value)
{
    map = own_map(map);
    struct heap_map *m = as_map(map);
    size_t i = find_key(m, key);
    if (i == SIZE_MAX) {
        add_entry(m, key, value);
        return map;
    }
    val_free(key); /* the first spelling of a key stays, as in Python */
    replace_value(m, i, value);
    return map;
}

struct val val_map_set(struct val map, struct str key, struct val value)
{
    map = own_map(map);
    struct heap_map *m = as_map(map);
    size_t i = find_text(m, key);
    if (i == SIZE_MAX)
        add_entry(m, val_str(key), value);
    else
        replace_value(m, i, value);
    return map;
}

struct val val_map_get(struct val map, struct str key)
{
    struct val v = val_copy(peek_get(map, key));
    val_free(map);
    return v;
}

struct val val_map_remove(struct val map, struct val key)
{
    size_t at = find_key(as_map(map), key);
    val_free(key);
    if (at == SIZE_MAX)
        return map;
    map = own_map(map);
    struct heap_map *m = as_map(map);
    struct entry gone = m->entries[at];
    memmove(m->entries + at, m->entries + at + 1, (m->n - at - 1) * sizeof *m->entries);
    m->n--;
    if (m->slots)
        rebuild_index(m);
    val_free(gone.key);
    val_free(gone.value);
    return map;
}

struct val peek_get(struct val map, struct str key)
{
    size_t i = find_text(as_map(map), key);
    return i == SIZE_MAX ? (struct val){ 0 } : as_map(map)->entries[i].value;
}

struct val peek_lookup(struct val map, struct val key)
{
    size_t i = find_key(as_map(map), key);
    return i == SIZE_MAX ? (struct val){ 0 } : as_map(map)->entries[i].value;
}

struct val peek_key_at(struct val map, size_t i)
{
    return as_map(map)->entries[i].key;
}

struct val peek_value_at(struct val map, size_t i)
{
    return as_map(map)->entries[i].value;
}

void poke_swap(struct val a, struct val b)
{
    if (a.kind == VAL_LIST) {
        struct val_heap_list x = *as_list(a), *la = as_list(a), *lb = as_list(b);
        la->n = lb->n, la->cap = lb->cap, la->items = lb->items;
        lb->n = x.n, lb->cap = x.cap, lb->items = x.items;
        return;
    }
    struct val_heap head_a = a.heap[0], head_b = b.heap[0];
    struct heap_map x = *as_map(a);
    *as_map(a) = *as_map(b);
    *as_map(b) = x;
    a.heap[0] = head_a;
    b.heap[0] = head_b;
}

struct val val_ext(const struct val_ext_type *type, void *self)
{
    struct heap_ext *x = mem_alloc(sizeof *x);
    *x = (struct heap_ext){ .head = { .refs = 1, .note = VAL_EXT }, .type = type, .self = self };
    return (struct val){ .kind = VAL_EXT, .heap = &x->head };
}

const struct val_ext_type *peek_ext_type(struct val v)
{
    return as_ext(v)->type;
}

void *peek_ext(struct val v)
{
    return as_ext(v)->self;
}
