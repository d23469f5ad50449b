#include "check/shape.h"

#include "base/limits.h"

#include <string.h>

enum { DEPTH_MAX = 64 }; /* what is nested deeper is unknown: data in loops may grow for ever */

static const struct shape SCALARS[] = {
    [SHAPE_ANY] = { .kind = SHAPE_ANY },   [SHAPE_NULL] = { .kind = SHAPE_NULL },
    [SHAPE_BOOL] = { .kind = SHAPE_BOOL }, [SHAPE_NUMBER] = { .kind = SHAPE_NUMBER },
    [SHAPE_TEXT] = { .kind = SHAPE_TEXT }, [SHAPE_LIST] = { .kind = SHAPE_LIST },
    [SHAPE_MAP] = { .kind = SHAPE_MAP },
};

const struct shape *shape_of(enum shape_kind kind)
{
    return &SCALARS[kind];
}

static struct shape *make(struct arena *a, enum shape_kind kind)
{
    struct shape *s = arena_make(a, struct shape);
    s->kind = kind;
    return s;
}

const struct shape *shape_map(struct arena *a, bool open)
{
    struct shape *s = make(a, SHAPE_MAP);
    s->open = open;
    return s;
}

const struct shape *shape_list(struct arena *a, const struct shape *item)
{
    struct shape *s = make(a, SHAPE_LIST);
    s->item = item;
    return s;
}

const struct shape *shape_tuple(struct arena *a, const struct shape *const *items, size_t n)
{
    struct shape *s = make(a, SHAPE_LIST);
    s->items = items;
    s->n = n;
    s->item = n ? items[0] : NULL;
    for (size_t i = 1; i < n; i++)
        s->item = shape_join(a, s->item, items[i]);
    return s;
}

const char *shape_kind_name(const struct shape *s)
{
    static const char *const NAMES[] = {
        [SHAPE_ANY] = "unknown",     [SHAPE_NULL] = "null",     [SHAPE_BOOL] = "a boolean",
        [SHAPE_NUMBER] = "a number", [SHAPE_TEXT] = "a string", [SHAPE_LIST] = "a list",
        [SHAPE_MAP] = "a map",
    };
    return NAMES[s->kind];
}

/* ---- keys ----------------------------------------------------------------------------------- */

const struct shape_key *shape_get(const struct shape *s, struct str name)
{
    const struct shape_key *k = s->keys;
    while (k) {
        int order = str_cmp(name, k->name);
        if (order == 0)
            return k;
        k = order < 0 ? k->left : k->right;
    }
    return NULL;
}

bool shape_may_have_more(const struct shape *s)
{
    return s->kind == SHAPE_ANY || (s->kind == SHAPE_MAP && s->open);
}

static struct shape_key *copy_key(struct arena *a, const struct shape_key *k)
{
    struct shape_key *c = arena_make(a, struct shape_key);
    *c = *k;
    return c;
}

static bool is_above(const struct shape_key *x, const struct shape_key *y)
{
    return x->rank != y->rank ? x->rank > y->rank : str_cmp(x->name, y->name) < 0;
}

/* The keys before and behind `name`; returns the one of that name, or NULL. Recursion here and
 * below goes as deep as the tree, which is logarithmic. */
static const struct shape_key *split(struct arena *a, const struct shape_key *k, struct str name,
                                     const struct shape_key **left, const struct shape_key **right)
{
    *left = *right = NULL;
    if (!k)
        return NULL;
    int order = str_cmp(name, k->name);
    if (order == 0) {
        *left = k->left;
        *right = k->right;
        return k;
    }
    struct shape_key *c = copy_key(a, k);
    const struct shape_key *found;
    if (order < 0) {
        found = split(a, k->left, name, left, &c->left);
        *right = c;
    } else {
        found = split(a, k->right, name, &c->right, right);
        *left = c;
    }
    return found;
}

static const struct shape_key *insert(struct arena *a, const struct shape_key *k,
                                      struct shape_key *added)
{
    if (!k || str_eq(k->name, added->name) || is_above(added, k)) {
        split(a, k, added->name, &added->left, &added->right);
        return added;
    }
    struct shape_key *c = copy_key(a, k);
    if (str_cmp(added->name, k->name) < 0)
        c->left = insert(a, k->left, added);
    else
        c->right = insert(a, k->right, added);
    return c;
}

static const struct shape *with_key(struct arena *a, const struct shape *s, struct shape_key key)
{
    struct shape *out = make(a, SHAPE_MAP);
    struct shape_key *k = arena_make(a, struct shape_key);
    out->open = shape_may_have_more(s);
    *k = key;
    k->rank = str_hash(key.name) * 0x9e3779b97f4a7c15u;
    out->keys = insert(a, s->keys, k);
    return out;
}

const struct shape *shape_with(struct arena *a, const struct shape *s, struct str name,
                               const struct shape *value, enum shape_presence presence,
                               struct span made)
{
    return with_key(
        a, s,
        (struct shape_key){ .name = name, .value = value, .presence = presence, .made = made });
}

const struct shape *shape_assume(struct arena *a, const struct shape *s, struct str name,
                                 const struct shape *value)
{
    return with_key(a, s, (struct shape_key){ .name = name, .value = value, .assumed = true });
}

/* Two trees in one; all names of x come before those of y. */
static const struct shape_key *glue(struct arena *a, const struct shape_key *x,
                                    const struct shape_key *y)
{
    if (!x || !y)
        return x ? x : y;
    struct shape_key *top = copy_key(a, is_above(x, y) ? x : y);
    if (is_above(x, y))
        top->right = glue(a, x->right, y);
    else
        top->left = glue(a, x, y->left);
    return top;
}

/* ---- two shapes ----------------------------------------------------------------------------- */

/* What becomes of keys that both have, or only one. */
struct mix {
    struct arena *a;
    bool merge; /* the second one's keys replace the first one's */
    int depth;
};

static const struct shape *join(struct arena *a, const struct shape *x, const struct shape *y,
                                int depth);

static enum shape_presence weaker(enum shape_presence p, enum shape_presence q)
{
    return p == SHAPE_SOMETIMES || q == SHAPE_SOMETIMES ? SHAPE_SOMETIMES
           : p == SHAPE_OPTIONAL                        ? p
                                                        : q;
}

static void mix_both(const struct mix *m, struct shape_key *k, const struct shape_key *x,
                     const struct shape_key *y)
{
    k->assumed = x->assumed && y->assumed;
    if (m->merge && y->presence == SHAPE_ALWAYS) {
        k->value = y->value;
        k->made = y->made;
        k->presence = SHAPE_ALWAYS;
        return;
    }
    k->value = join(m->a, x->value, y->value, m->depth + 1);
    k->presence =
        m->merge && x->presence == SHAPE_ALWAYS ? SHAPE_ALWAYS : weaker(x->presence, y->presence);
    k->made = x->made.src ? x->made : y->made;
}

/* A key that only one side lists. */
static const struct shape_key *mix_one(const struct mix *m, const struct shape_key *k)
{
    if (!k || m->merge)
        return k;
    const struct shape_key *left = mix_one(m, k->left), *right = mix_one(m, k->right);
    if (k->assumed)
        return glue(m->a, left, right);
    if (k->presence == SHAPE_SOMETIMES && left == k->left && right == k->right)
        return k;
    struct shape_key *c = copy_key(m->a, k);
    c->presence = SHAPE_SOMETIMES;
    c->left = left;
    c->right = right;
    return c;
}

static const struct shape_key *mix_keys(const struct mix *m, const struct shape_key *x,
                                        const struct shape_key *y)
{
    const struct shape_key *left, *right;
    if (x == y)
        return x;
    if (!x || !y)
        return mix_one(m, x ? x : y);
    bool x_first = is_above(x, y) || str_eq(x->name, y->name);
    const struct shape_key *top = x_first ? x : y;
    const struct shape_key *twin = split(m->a, x_first ? y : x, top->name, &left, &right);
    struct shape_key *k = copy_key(m->a, top);
    if (twin)
        mix_both(m, k, x_first ? x : twin, x_first ? twin : y);
    else if (!m->merge)
        k->presence = SHAPE_SOMETIMES;
    bool drop = !twin && !m->merge && top->assumed;
    k->left = x_first ? mix_keys(m, x->left, left) : mix_keys(m, left, y->left);
    k->right = x_first ? mix_keys(m, x->right, right) : mix_keys(m, right, y->right);
    return drop ? glue(m->a, k->left, k->right) : k;
}

static const struct shape *join_lists(struct arena *a, const struct shape *x, const struct shape *y,
                                      int depth)
{
    bool any = !x->item || !y->item;
    if (x->items && x->n == 0)
        return y;
    if (y->items && y->n == 0)
        return x;
    return shape_list(a, any ? NULL : join(a, x->item, y->item, depth + 1));
}

static bool is_mapping(const struct shape *s)
{
    return s->kind == SHAPE_MAP || s->kind == SHAPE_ANY;
}

static const struct shape *join(struct arena *a, const struct shape *x, const struct shape *y,
                                int depth)
{
    if (x == y)
        return x;
    if (depth > DEPTH_MAX)
        return shape_of(SHAPE_ANY);
    if (is_mapping(x) && is_mapping(y)) {
        const struct mix m = { .a = a, .depth = depth };
        struct shape *s = make(a, x->kind == y->kind ? x->kind : SHAPE_ANY);
        s->open = shape_may_have_more(x) || shape_may_have_more(y);
        s->keys = mix_keys(&m, x->keys, y->keys);
        return s;
    }
    if (x->kind != y->kind)
        return shape_of(SHAPE_ANY);
    return x->kind == SHAPE_LIST ? join_lists(a, x, y, depth) : x;
}

const struct shape *shape_join(struct arena *a, const struct shape *x, const struct shape *y)
{
    return join(a, x, y, 0);
}

const struct shape *shape_merge(struct arena *a, const struct shape *x, const struct shape *y)
{
    const struct mix m = { .a = a, .merge = true };
    if (!is_mapping(x) || !is_mapping(y))
        return shape_map(a, true);
    struct shape *s = make(a, SHAPE_MAP);
    s->open = shape_may_have_more(x) || shape_may_have_more(y);
    s->keys = mix_keys(&m, x->keys, y->keys);
    return s;
}

static bool same(const struct shape *x, const struct shape *y, int depth);

static bool same_keys(const struct shape_key *x, const struct shape_key *y, int depth)
{
    if (x == y)
        return true;
    return x && y && str_eq(x->name, y->name) && x->presence == y->presence &&
           same(x->value, y->value, depth + 1) && same_keys(x->left, y->left, depth) &&
           same_keys(x->right, y->right, depth);
}

static bool same(const struct shape *x, const struct shape *y, int depth)
{
    if (x == y || depth > DEPTH_MAX)
        return true;
    if (x->kind != y->kind || x->open != y->open || !x->item != !y->item || !x->items != !y->items)
        return false;
    if (x->item && !same(x->item, y->item, depth + 1))
        return false;
    return same_keys(x->keys, y->keys, depth);
}

bool shape_same(const struct shape *x, const struct shape *y)
{
    return same(x, y, 0);
}

/* ---- from data and schemas ------------------------------------------------------------------ */

static const struct shape *literal(struct arena *a, const struct node *n, int depth)
{
    static const enum shape_kind KINDS[] = {
        [NODE_NULL] = SHAPE_NULL,    [NODE_BOOL] = SHAPE_BOOL, [NODE_INT] = SHAPE_NUMBER,
        [NODE_FLOAT] = SHAPE_NUMBER, [NODE_STR] = SHAPE_TEXT,  [NODE_SEQ] = SHAPE_LIST,
        [NODE_MAP] = SHAPE_MAP,
    };
    if (depth > DEPTH_MAX)
        return shape_of(SHAPE_ANY);
    if (n->kind == NODE_MAP) {
        const struct shape *s = shape_of(SHAPE_MAP);
        for (size_t i = 0; i < n->map.n; i++) {
            const struct node_entry *e = &n->map.entries[i];
            s = shape_with(a, s, e->key, literal(a, e->value, depth + 1), SHAPE_ALWAYS,
                           e->key_span);
        }
        return s;
    }
    if (n->kind != NODE_SEQ)
        return shape_of(KINDS[n->kind]);
    const struct shape **items = arena_make_n(a, const struct shape *, n->seq.n);
    for (size_t i = 0; i < n->seq.n; i++)
        items[i] = literal(a, n->seq.items[i], depth + 1);
    return shape_tuple(a, items, n->seq.n);
}

const struct shape *shape_literal(struct arena *a, const struct node *n)
{
    return literal(a, n, 0);
}

static bool lists(const struct node *seq, struct str word)
{
    for (size_t i = 0; seq && seq->kind == NODE_SEQ && i < seq->seq.n; i++)
        if (node_is_str(seq->seq.items[i]) && str_eq(seq->seq.items[i]->str, word))
            return true;
    return false;
}

static const struct shape *of_schema(struct arena *a, const struct node *schema, int depth);

static const struct shape *of_object(struct arena *a, const struct node *schema, int depth)
{
    const struct node *properties = node_get(schema, S("properties"));
    const struct node *required = node_get(schema, S("required"));
    const struct node *more = node_get(schema, S("additionalProperties"));
    bool open = more ? more->kind != NODE_BOOL || more->boolean : !properties;
    const struct shape *s = shape_map(a, open);
    for (size_t i = 0; properties && properties->kind == NODE_MAP && i < properties->map.n; i++) {
        const struct node_entry *e = &properties->map.entries[i];
        s = shape_with(a, s, e->key, of_schema(a, e->value, depth + 1),
                       lists(required, e->key) ? SHAPE_ALWAYS : SHAPE_OPTIONAL, e->key_span);
    }
    return s;
}

static const struct shape *of_schema(struct arena *a, const struct node *schema, int depth)
{
    static const struct {
        struct str name;
        enum shape_kind kind;
    } TYPES[] = {
        { S_INIT("array"), SHAPE_LIST },     { S_INIT("boolean"), SHAPE_BOOL },
        { S_INIT("integer"), SHAPE_NUMBER }, { S_INIT("null"), SHAPE_NULL },
        { S_INIT("number"), SHAPE_NUMBER },  { S_INIT("string"), SHAPE_TEXT },
    };
    const struct node *type = node_get(schema, S("type")), *items = node_get(schema, S("items"));
    bool object = !type && node_get(schema, S("properties"));
    if (depth > DEPTH_MAX || schema->kind != NODE_MAP)
        return shape_of(SHAPE_ANY);
    bool nullable = lists(type, S("object")) && lists(type, S("null")) && type->seq.n == 2;
    if (object || nullable || (node_is_str(type) && str_eq(type->str, S("object"))))
        return of_object(a, schema, depth);
    for (size_t i = 0; node_is_str(type) && i < sizeof TYPES / sizeof *TYPES; i++) {
        if (!str_eq(type->str, TYPES[i].name))
            continue;
        return items && TYPES[i].kind == SHAPE_LIST ? shape_list(a, of_schema(a, items, depth + 1))
                                                    : shape_of(TYPES[i].kind);
    }
    return shape_of(SHAPE_ANY);
}

const struct shape *shape_of_schema(struct arena *a, const struct node *schema)
{
    return of_schema(a, schema, 0);
}
