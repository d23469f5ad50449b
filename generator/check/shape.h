/* What is known of a piece of run-time data before anything runs: its kind, the keys it has. Shapes
 * are immutable and share what they have in common; all of them live in one arena. */
#ifndef CHECK_SHAPE_H
#define CHECK_SHAPE_H

#include "base/node.h"

enum shape_kind {
    SHAPE_ANY, /* unknown; keys that it is known to have may be listed all the same */
    SHAPE_NULL,
    SHAPE_BOOL,
    SHAPE_NUMBER,
    SHAPE_TEXT,
    SHAPE_LIST,
    SHAPE_MAP,
};

/* Whether a listed key is there. */
enum shape_presence {
    SHAPE_ALWAYS,
    SHAPE_SOMETIMES, /* on some of the ways that lead here */
    SHAPE_OPTIONAL,  /* the input's schema does not require it */
};

struct shape;

/* A node of a treap: ordered by name, heaped by a hash of it, so that equal sets of keys are equal
 * trees and maps that differ in one key share the rest. */
struct shape_key {
    struct str name;
    const struct shape *value;
    enum shape_presence presence;
    bool assumed;     /* it must be there because it was read: nothing is known to make it */
    struct span made; /* where it comes from, or nowhere */
    uint64_t rank;
    const struct shape_key *left, *right;
};

struct shape {
    enum shape_kind kind;
    bool open;                        /* MAP: may have keys that are not listed; ANY always may */
    const struct shape_key *keys;     /* ANY, MAP */
    const struct shape *item;         /* LIST: each of its items, or NULL: anything */
    const struct shape *const *items; /* LIST: the items one by one, or NULL */
    size_t n;
};

/* Shapes without more to say; `open` counts for maps. */
const struct shape *shape_of(enum shape_kind kind);
const struct shape *shape_map(struct arena *a, bool open);
const struct shape *shape_list(struct arena *a, const struct shape *item);
const struct shape *shape_tuple(struct arena *a, const struct shape *const *items, size_t n);
/* Data that is written down. */
const struct shape *shape_literal(struct arena *a, const struct node *n);
/* What a JSON Schema (see schema/contract.h) allows. Maps with `properties` have no others unless
 * `additionalProperties` says so. */
const struct shape *shape_of_schema(struct arena *a, const struct node *schema);

/* The key, or NULL where it is not listed. */
const struct shape_key *shape_get(const struct shape *s, struct str name);
/* Whether a key that is not listed may be there. */
bool shape_may_have_more(const struct shape *s);
/* The same map with one key set; what is unknown is a map from then on. */
const struct shape *shape_with(struct arena *a, const struct shape *s, struct str name,
                               const struct shape *value, enum shape_presence presence,
                               struct span made);

/* The same for a key that must be there, as it was read: not listed where another way joins that
 * does not list it. */
const struct shape *shape_assume(struct arena *a, const struct shape *s, struct str name,
                                 const struct shape *value);

/* What is known where either may have come. */
const struct shape *shape_join(struct arena *a, const struct shape *x, const struct shape *y);
/* States.JsonMerge(x, y, false): the keys of both, y's where both have one. */
const struct shape *shape_merge(struct arena *a, const struct shape *x, const struct shape *y);
/* Whether nothing would be told differently of the two. */
bool shape_same(const struct shape *x, const struct shape *y);

/* "a string", "a list": for messages. */
const char *shape_kind_name(const struct shape *s);

#endif
