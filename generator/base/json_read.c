/* What is built from the events of json_parse.c: nodes in an arena, or values. Both builders keep
 * the items of all unfinished lists and maps on one stack, so that each container is made at its
 * end, in its final size. */
#include "base/json.h"

#include "base/json_parse.h"
#include "base/limits.h"
#include "base/mem.h"

static void report_duplicate(struct diags *ds, struct str key, struct span here, struct span first)
{
    int shown = key.n > 80 ? 80 : (int)key.n;
    struct diag *d =
        diag_error(ds, "duplicate-key", here, "key '%.*s' stands here a second time", shown, key.p);
    diag_note(d, first, "'%.*s' is first written here", shown, key.p);
}

/* ---- nodes ---- */

/* Doubles an array of items on the heap. */
static void *grow(void *items, size_t size, size_t *cap)
{
    *cap = *cap ? *cap * 2 : 64;
    return mem_realloc(items, *cap * size);
}

struct node_builder {
    struct arena *arena;
    struct diags *ds;
    const struct source *src;
    struct node_entry *items; /* in a list without keys */
    size_t n, cap;
    size_t first[LIMIT_JSON_DEPTH]; /* where the items of each open container begin */
    size_t depth;
    bool in_map;        /* the innermost container is one */
    bool twice;         /* a key stood twice in a map */
    struct node *spare; /* nodes that wait to be used */
    size_t nspare;
};

static void fill_list(struct node_builder *b, struct node *list, const struct node_entry *from,
                      size_t n)
{
    struct node **items = arena_make_n(b->arena, struct node *, n);
    for (size_t i = 0; i < n; i++)
        items[i] = from[i].value;
    node_fill_seq(list, items, n);
}

static void fill_map(struct node_builder *b, struct node *map, const struct node_entry *from,
                     size_t n)
{
    struct node_entry *entries = arena_make_n(b->arena, struct node_entry, n);
    memcpy(entries, from, n * sizeof *entries);
    if (node_fill_map(b->arena, map, entries, n))
        return;
    for (size_t i = 0; i < n; i++) {
        size_t before = map->map.n;
        node_put(b->arena, map, from[i].key, from[i].key_span, from[i].value);
        if (map->map.n == before)
            report_duplicate(b->ds, from[i].key, from[i].key_span,
                             node_entry(map, from[i].key)->key_span);
    }
    b->twice = true;
}

/* Moves the innermost container's items off the stack into it. */
static void end_node(struct node_builder *b, const struct json_event *e)
{
    size_t first = b->first[--b->depth], n = b->n - first;
    struct node *container = b->items[first - 1].value;
    container->span.len = (uint32_t)e->len;
    b->n = first;
    if (n && container->kind == NODE_MAP)
        fill_map(b, container, b->items + first, n);
    else if (n)
        fill_list(b, container, b->items + first, n);
    b->in_map = b->depth && b->items[b->first[b->depth - 1] - 1].value->kind == NODE_MAP;
}

static struct str keep_text(struct node_builder *b, const struct json_text *t)
{
    return t->decoded ? arena_str(b->arena, t->str) : t->str;
}

static struct span make_span(const struct source *src, size_t at, size_t len)
{
    return (struct span){ src, (uint32_t)at, (uint32_t)len };
}

/* One at a time they would cost as much to ask for as to fill. */
static struct node *take_spare(struct node_builder *b)
{
    enum { BATCH = 16 };
    if (b->nspare == 0) {
        b->spare = arena_make_n(b->arena, struct node, BATCH);
        b->nspare = BATCH;
    }
    b->nspare--;
    return b->spare++;
}

static void set_scalar(struct node_builder *b, struct node *n, const struct json_event *e)
{
    switch (e->kind) {
    case JSON_NULL:
        n->kind = NODE_NULL;
        return;
    case JSON_BOOL:
        n->kind = NODE_BOOL;
        n->boolean = e->boolean;
        return;
    case JSON_INT:
        n->kind = NODE_INT;
        n->integer = e->integer;
        return;
    case JSON_FLOAT:
        n->kind = NODE_FLOAT;
        n->number = e->number;
        return;
    case JSON_STR:
        n->kind = NODE_STR;
        n->quoted = true;
        n->str = keep_text(b, &e->text);
        return;
    default:
        UNREACHABLE();
    }
}

static void put_node(void *self, const struct json_event *e)
{
    struct node_builder *b = self;
    if (e->kind == JSON_END) {
        end_node(b, e);
        return;
    }
    if (b->n == b->cap)
        b->items = grow(b->items, sizeof *b->items, &b->cap);
    struct node_entry *it = &b->items[b->n++];
    struct node *n = it->value = take_spare(b);
    n->span = make_span(b->src, e->at, e->len);
    if (b->in_map) {
        it->key = keep_text(b, &e->key);
        it->key_span = make_span(b->src, e->key.at, e->key.len);
    }
    if (e->kind != JSON_BEGIN_LIST && e->kind != JSON_BEGIN_MAP) {
        set_scalar(b, n, e);
        return;
    }
    b->in_map = e->kind == JSON_BEGIN_MAP;
    n->kind = b->in_map ? NODE_MAP : NODE_SEQ;
    b->first[b->depth++] = b->n;
}

struct node *json_read_node(struct arena *a, struct diags *ds, const struct source *src)
{
    struct node_builder b = { .arena = a, .ds = ds, .src = src };
    size_t error_at;
    bool ok = json_parse(src, (struct json_sink){ put_node, &b }, ds, &error_at);
    struct node *root = ok && !b.twice ? b.items[0].value : NULL;
    mem_free(b.items);
    return root;
}

/* ---- values ---- */

struct val_item {
    struct val key; /* in a map */
    size_t key_at, key_len;
    struct val value;
};

enum { KNOWN_KEYS = 64 };

struct val_builder {
    struct diags *ds; /* NULL: the last of two equal keys wins */
    const struct source *src;
    struct val_item *items;
    size_t n, cap;
    size_t first[LIMIT_JSON_DEPTH];
    size_t depth;
    bool twice;
    struct val known[KNOWN_KEYS]; /* keys seen lately: most stand in many maps, and one copy does */
};

static struct val make_key(struct val_builder *b, struct str key)
{
    size_t h = key.n ? (unsigned char)key.p[0] + 7u * (unsigned char)key.p[key.n - 1] + key.n : 0;
    struct val *known = &b->known[h % KNOWN_KEYS];
    if (known->kind != VAL_STR || !str_eq(peek_str(*known), key)) {
        val_free(*known);
        *known = val_str(key);
    }
    return val_copy(*known);
}

static void report_val_duplicate(struct val_builder *b, const struct val_item *first,
                                 const struct val_item *it)
{
    struct str key = peek_str(it->key);
    while (!str_eq(peek_str(first->key), key))
        first++;
    report_duplicate(b->ds, key, make_span(b->src, it->key_at, it->key_len),
                     make_span(b->src, first->key_at, first->key_len));
    b->twice = true;
}

static struct val fill_val_map(struct val_builder *b, struct val map, const struct val_item *from,
                               size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t before = peek_count(map);
        map = val_map_put(map, val_copy(from[i].key), from[i].value);
        if (b->ds && peek_count(map) == before)
            report_val_duplicate(b, from, &from[i]);
    }
    for (size_t i = 0; i < n; i++)
        val_free(from[i].key);
    return map;
}

static void end_val(struct val_builder *b)
{
    size_t first = b->first[--b->depth], n = b->n - first;
    struct val *container = &b->items[first - 1].value;
    b->n = first;
    if (n == 0)
        return;
    *container = val_reserve(*container, n);
    if (container->kind == VAL_MAP) {
        *container = fill_val_map(b, *container, b->items + first, n);
        return;
    }
    for (size_t i = first; i < first + n; i++)
        *container = val_list_push(*container, b->items[i].value);
}

static struct val make_val(const struct json_event *e)
{
    switch (e->kind) {
    case JSON_NULL:
        return val_null();
    case JSON_BOOL:
        return val_bool(e->boolean);
    case JSON_INT:
        return val_int(e->integer);
    case JSON_FLOAT:
        return val_float(e->number);
    case JSON_STR:
        return val_str(e->text.str);
    case JSON_BEGIN_LIST:
        return val_list();
    case JSON_BEGIN_MAP:
        return val_map();
    case JSON_END:
        break;
    }
    UNREACHABLE();
}

static void put_val(void *self, const struct json_event *e)
{
    struct val_builder *b = self;
    if (e->kind == JSON_END) {
        end_val(b);
        return;
    }
    if (b->n == b->cap)
        b->items = grow(b->items, sizeof *b->items, &b->cap);
    struct val_item *it = &b->items[b->n];
    *it = (struct val_item){ .value = make_val(e) };
    if (b->depth && b->items[b->first[b->depth - 1] - 1].value.kind == VAL_MAP) {
        it->key = make_key(b, e->key.str);
        it->key_at = e->key.at;
        it->key_len = e->key.len;
    }
    b->n++;
    if (e->kind == JSON_BEGIN_LIST || e->kind == JSON_BEGIN_MAP)
        b->first[b->depth++] = b->n;
}

static struct val read_val(struct diags *ds, const struct source *src, size_t *error_at)
{
    struct val_builder b = { .ds = ds, .src = src };
    struct val root = { 0 };
    if (json_parse(src, (struct json_sink){ put_val, &b }, ds, error_at) && !b.twice) {
        root = b.items[0].value;
        b.n = 0;
    }
    for (size_t i = 0; i < b.n; i++) {
        val_free(b.items[i].key);
        val_free(b.items[i].value);
    }
    for (size_t i = 0; i < KNOWN_KEYS; i++)
        val_free(b.known[i]);
    mem_free(b.items);
    return root;
}

struct val json_read_val(struct diags *ds, const struct source *src)
{
    size_t error_at;
    return read_val(ds, src, &error_at);
}

struct val json_parse_val(struct str text, size_t *error_at)
{
    struct source src = { .text = text };
    return read_val(NULL, &src, error_at);
}
