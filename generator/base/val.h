/* JSON-like data that is computed: templates, JSONPath, JSONata, the runner. A struct val is 16
 * bytes, passed by value; strings, lists, maps and extensions are reference-counted.
 *
 *   Every val_* call consumes its `struct val` arguments and returns a new one; val_copy is how you
 *   keep yours. peek_* calls only look: they consume nothing, and what they return is borrowed
 *   from their argument.
 *
 * An unshared value is updated in place. Values stay on one thread and never form cycles. */
#ifndef BASE_VAL_H
#define BASE_VAL_H

#include "base/node.h"
#include "base/num.h"

enum val_kind {
    VAL_UNDEFINED, /* absence; a zeroed struct val */
    VAL_NULL,
    VAL_BOOL,
    VAL_INT,
    VAL_FLOAT,
    VAL_STR,
    VAL_LIST,
    VAL_MAP,
    VAL_EXT, /* what one layer adds for itself: functions, namespaces, … */
};

/* What is counted. These shapes are the business of val.c; they stand here only for the functions
 * that are too small and too frequent to be called. */
struct val_heap {
    uint32_t refs;
    uint32_t note; /* a string's hash once it is known, otherwise the kind */
};

struct val_heap_str {
    struct val_heap head;
    size_t n, cap;
    char p[];
};

struct val_heap_list {
    struct val_heap head;
    size_t n;
    union {
        size_t cap;
        struct val_heap *next_dead;
    };
    struct val *items;
};

struct val {
    enum val_kind kind : 8;
    uint8_t flags; /* free for the layer that made it (Jinja: tuple, safe text); survives copying */
    uint32_t hash; /* val.c's: of a key inside a map */
    union {
        bool boolean;
        int64_t integer;
        double number;
        struct val_heap *heap;
    };
};

void val_release(struct val v); /* for val_free: the last holder is gone */

static inline struct val val_copy(struct val v)
{
    if (v.kind >= VAL_STR)
        v.heap->refs++;
    return v;
}

/* Never recurses, however deep the value. */
static inline void val_free(struct val v)
{
    if (v.kind >= VAL_STR && --v.heap->refs == 0)
        val_release(v);
}

/* Scalars. val_str copies the bytes. */
struct val val_null(void);
struct val val_bool(bool b);
struct val val_int(int64_t i);
struct val val_float(double d);
struct val val_str(struct str s);
/* A string of n bytes for the caller to fill, before it is shared, at *bytes. */
struct val val_str_make(size_t n, char **bytes);
/* `a` with `b` behind it, in place where `a` is unshared. */
struct val val_str_append(struct val a, struct str b);
static inline struct str peek_str(struct val v) /* v.kind is VAL_STR */
{
    struct val_heap_str *s = (struct val_heap_str *)v.heap;
    return (struct str){ s->p, s->n };
}

/* A list or map with room for n more, where the number is known beforehand. */
struct val val_reserve(struct val v, size_t n);

/* Lists. Indexes are in range, or it is a bug. */
struct val val_list(void);
struct val val_list_push(struct val list, struct val item);
struct val val_list_set(struct val list, size_t i, struct val item);
struct val val_list_get(struct val list, size_t i);
static inline size_t peek_count(struct val v) /* items of a list, entries of a map */
{
    return ((struct val_heap_list *)v.heap)->n; /* both begin alike */
}
static inline struct val peek_item(struct val list, size_t i)
{
    return ((struct val_heap_list *)list.heap)->items[i];
}

/* Maps, ordered by insertion. Keys are strings; a layer may also use null, booleans and numbers
 * (1, 1.0 and true are one key, as in Python). val_map_get of a missing key is VAL_UNDEFINED. */
struct val val_map(void);
struct val val_map_put(struct val map, struct val key, struct val value);
struct val val_map_set(struct val map, struct str key, struct val value);
struct val val_map_get(struct val map, struct str key);
struct val val_map_remove(struct val map, struct val key);
struct val peek_get(struct val map, struct str key);
struct val peek_lookup(struct val map, struct val key);
struct val peek_key_at(struct val map, size_t i);
struct val peek_value_at(struct val map, size_t i);

/* Reference semantics, for languages that have them: exchanges the contents of two lists or of two
 * maps, shared or not, so that every holder of the one sees what the other held. Consumes nothing.
 * The caller makes sure that no cycle comes about. */
void poke_swap(struct val a, struct val b);

/* Extensions: a counted pointer to the layer's own memory and how to release it. `free` releases
 * self and hands back one value that it held (or VAL_UNDEFINED), which is then released without
 * recursion. */
struct val_ext_type {
    const char *name;
    struct val (*free)(void *self);
};
struct val val_ext(const struct val_ext_type *type, void *self);
const struct val_ext_type *peek_ext_type(struct val v);
void *peek_ext(struct val v);

/* Deep equality as JSON has it: 1 equals 1.0, key order does not count, flags do not count. */
bool val_equal(struct val a, struct val b);
bool peek_equal(struct val a, struct val b);

/* Bytes this value and everything below it would take as compact JSON text; cheap for scalars.
 * Counting stops at VAL_SIZE_MAX, whatever else there is. */
enum { VAL_SIZE_MAX = 1 << 30 };
size_t peek_json_size(struct val v);

/* Data from a document, whose parser has limited its depth. */
struct val val_from_node(const struct node *n);
/* Every node with the span given; undefined and extensions become null. NULL where v is nested
 * deeper than LIMIT_JSON_DEPTH. */
struct node *val_to_node(struct arena *a, struct val v, struct span span);

#endif
