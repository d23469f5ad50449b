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

struct node_item {
    struct str key; /* in a map */
    struct span key_span;
    struct node *value;
};

struct node_builder {
    struct arena *arena;
    struct diags *ds;
    const struct source *src;
    struct node_item *items;
    size_t n, cap;
    size_t first[LIMIT_JSON_DEPTH]; /* where the items of each open container begin */
    size_t depth;
    bool keyed; /* the last item is a key that waits for its value */
    bool twice; /* a key stood twice in a map */
};

static struct node_item *push_node_item(struct node_builder *b)
{
    if (b->n == b->cap) {
        b->cap = b->cap ? b->cap * 2 : 64;
        b->items = mem_realloc(b->items, b->cap * sizeof *b->items);
    }
    struct node_item *it = &b->items[b->n++];
    *it = (struct node_item){ 0 };
    return it;
}

static void put_entry(struct node_builder *b, struct node *map, const struct node_item *it)
{
    size_t before = map->map.n;
    node_put(b->arena, map, it->key, it->key_span, it->value);
    if (map->map.n > before)
        return;
    report_duplicate(b->ds, it->key, it->key_span, node_entry(map, it->key)->key_span);
    b->twice = true;
}

/* Moves the innermost container's items off the stack into it. */
static void end_node(struct node_builder *b, const struct json_event *e)
{
    size_t first = b->first[--b->depth];
    struct node *container = b->items[first - 1].value;
    node_reserve(b->arena, container, b->n - first);
    for (size_t i = first; i < b->n; i++) {
        if (container->kind == NODE_MAP)
            put_entry(b, container, &b->items[i]);
        else
            node_push(b->arena, container, b->items[i].value);
    }
    container->span.len = (uint32_t)e->len;
    b->n = first;
}

static struct node *make_node(struct node_builder *b, const struct json_event *e, struct span span)
{
    switch (e->kind) {
    case JSON_NULL:
        return node_null(b->arena, span);
    case JSON_BOOL:
        return node_bool(b->arena, span, e->boolean);
    case JSON_INT:
        return node_int(b->arena, span, e->integer);
    case JSON_FLOAT:
        return node_float(b->arena, span, e->number);
    case JSON_BEGIN_LIST:
        return node_seq(b->arena, span);
    case JSON_BEGIN_MAP:
        return node_map(b->arena, span);
    case JSON_STR: {
        struct node *n =
            node_str(b->arena, span, e->decoded ? arena_str(b->arena, e->str) : e->str);
        n->quoted = true;
        return n;
    }
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
    struct span span = { b->src, (uint32_t)e->at, (uint32_t)e->len };
    struct node_item *it = b->keyed ? &b->items[b->n - 1] : push_node_item(b);
    b->keyed = e->kind == JSON_KEY;
    if (b->keyed) {
        it->key = e->decoded ? arena_str(b->arena, e->str) : e->str;
        it->key_span = span;
        return;
    }
    it->value = make_node(b, e, span);
    if (e->kind == JSON_BEGIN_LIST || e->kind == JSON_BEGIN_MAP)
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
    bool keyed;
    bool twice;
    struct val known[KNOWN_KEYS]; /* keys seen lately: most stand in many maps, and one copy does */
};

static struct val_item *push_val_item(struct val_builder *b)
{
    if (b->n == b->cap) {
        b->cap = b->cap ? b->cap * 2 : 64;
        b->items = mem_realloc(b->items, b->cap * sizeof *b->items);
    }
    struct val_item *it = &b->items[b->n++];
    *it = (struct val_item){ 0 };
    return it;
}

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

static void report_val_duplicate(struct val_builder *b, size_t first, const struct val_item *it)
{
    struct str key = peek_str(it->key);
    const struct val_item *other = &b->items[first];
    while (!str_eq(peek_str(other->key), key))
        other++;
    report_duplicate(b->ds, key,
                     (struct span){ b->src, (uint32_t)it->key_at, (uint32_t)it->key_len },
                     (struct span){ b->src, (uint32_t)other->key_at, (uint32_t)other->key_len });
    b->twice = true;
}

static struct val put_val_entry(struct val_builder *b, struct val map, size_t first,
                                const struct val_item *it)
{
    size_t before = peek_count(map);
    map = val_map_put(map, val_copy(it->key), it->value);
    if (b->ds && peek_count(map) == before)
        report_val_duplicate(b, first, it);
    return map;
}

static void end_val(struct val_builder *b)
{
    size_t first = b->first[--b->depth];
    struct val *container = &b->items[first - 1].value;
    for (size_t i = first; i < b->n; i++) {
        struct val_item *it = &b->items[i];
        if (container->kind == VAL_MAP)
            *container = put_val_entry(b, *container, first, it);
        else
            *container = val_list_push(*container, it->value);
        it->value = (struct val){ 0 };
    }
    for (size_t i = first; i < b->n; i++)
        val_free(b->items[i].key);
    b->n = first;
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
        return val_str(e->str);
    case JSON_BEGIN_LIST:
        return val_list();
    case JSON_BEGIN_MAP:
        return val_map();
    default:
        UNREACHABLE();
    }
}

static void put_val(void *self, const struct json_event *e)
{
    struct val_builder *b = self;
    if (e->kind == JSON_END) {
        end_val(b);
        return;
    }
    struct val_item *it = b->keyed ? &b->items[b->n - 1] : push_val_item(b);
    b->keyed = e->kind == JSON_KEY;
    if (b->keyed) {
        it->key = make_key(b, e->str);
        it->key_at = e->at;
        it->key_len = e->len;
        return;
    }
    it->value = make_val(e);
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
