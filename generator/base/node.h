/* JSON-like data that somebody wrote: YAML documents, definitions, the plan. Nodes live in an
 * arena, every one with its span; once built they do not change. What is computed is a `val`. */
#ifndef BASE_NODE_H
#define BASE_NODE_H

#include "base/source.h"

enum node_kind { NODE_NULL, NODE_BOOL, NODE_INT, NODE_FLOAT, NODE_STR, NODE_SEQ, NODE_MAP };

/* How it was written, where that matters. */
enum node_tag {
    TAG_NONE,
    TAG_JSONATA, /* !jsonata: an expression, its text in `str` */
};

struct node_entry {
    struct str key;
    struct span key_span;
    struct node *value;
};

/* 40 bytes: what a large document weighs is mostly this. */
struct node {
    enum node_kind kind : 8;
    enum node_tag tag : 8;
    bool quoted; /* a string that stood in quotes or a block scalar: never a mistyped other kind */
    struct span span;
    union {
        bool boolean;
        int64_t integer;
        double number; /* NODE_FLOAT; JSON integers beyond 64 bits are floats too */
        struct str str;
        struct {
            struct node **items;
            uint32_t n, cap;
        } seq;
        struct {
            struct node_entry *entries; /* in the order written; keys are unique */
            uint32_t n, cap;            /* more than a few: a lookup table stands behind them */
        } map;
    };
};

struct node *node_null(struct arena *a, struct span span);
struct node *node_bool(struct arena *a, struct span span, bool value);
struct node *node_int(struct arena *a, struct span span, int64_t value);
struct node *node_float(struct arena *a, struct span span, double value);
struct node *node_str(struct arena *a, struct span span, struct str value); /* borrows value */
struct node *node_seq(struct arena *a, struct span span);
struct node *node_map(struct arena *a, struct span span);

/* Building. node_push appends; node_put sets a key and returns the entry's former value, or NULL.
 * Both return `value`'s container for nothing: keep your own pointer. */
void node_push(struct arena *a, struct node *seq, struct node *value);
struct node *node_put(struct arena *a, struct node *map, struct str key, struct span key_span,
                      struct node *value);

/* The same at once, into an empty list or map, which may keep the array. False where a key stands
 * twice; the map is still empty then. */
void node_fill_seq(struct node *seq, struct node **items, size_t n);
bool node_fill_map(struct arena *a, struct node *map, struct node_entry *entries, size_t n);

/* The value of a key, or NULL; also NULL where `map` is NULL or no map. */
struct node *node_get(const struct node *map, struct str key);
const struct node_entry *node_entry(const struct node *map, struct str key);

/* "a map", "a list", "a string" …: for messages. */
const char *node_kind_name(const struct node *n);
bool node_is_str(const struct node *n);

/* Equal data; spans, tags and key order do not count; 1 equals 1.0. */
bool node_equal(const struct node *a, const struct node *b);

#endif
