/* Field tables: every key that a user may write is declared once, as a row. From the row come
 * binding into a struct, the default, errors with suggestions, and (later) JSON Schema, reference
 * pages and `explain`.
 *
 *     struct wait { struct vint seconds; struct vstr timestamp; };
 *     #define F(kind, name, ...) FIELD_##kind(struct wait, name, __VA_ARGS__)
 *     static const struct field rows[] = {
 *         F(INT, seconds, .min = 0, .max = 99999999, .unit = "seconds", .doc = "…"),
 *
 * The key is the member's name, and FIELD_INT on a vstr member does not compile. */
#ifndef SCHEMA_FIELD_H
#define SCHEMA_FIELD_H

#include "base/node.h"

/* Values as structs hold them: what was written, and where. `span` of an absent value, or one that
 * came from the default, is that of the map it is missing from. */
struct vstr {
    struct str s; /* empty if absent and without default */
    struct span span;
    bool set;     /* written by the user */
    bool runtime; /* a run-time path ("$.x"); only in fields with .runtime */
};
struct vint {
    int64_t v;
    struct str path; /* a run-time path in place of v; only in fields with .runtime */
    struct span span;
    bool set;
};
struct vfloat {
    double v;
    struct span span;
    bool set;
};
struct vbool {
    bool v;
    struct span span;
    bool set;
};
struct venum {
    int v; /* index into the row's `values`; -1 if absent and without default */
    struct str s;
    struct span span;
    bool set;
};
struct vstrs { /* a list of strings; a single string counts as a list of one */
    struct vstr *items;
    size_t n;
    struct span span;
    bool set;
};
struct vany {                /* data of any shape, or of the kind that the row asks for (MAP) */
    const struct node *node; /* NULL if absent */
};
struct vobj { /* one nested struct */
    void *p;  /* NULL if absent */
    struct span span;
};
struct vobjs { /* a list of nested structs, one behind the other */
    void *items;
    size_t n;
    struct span span;
    bool set;
};
struct sequence;
struct vgroups {          /* nested groups of steps; the front end reads them */
    struct sequence *seq; /* NULL if absent */
    struct span span;
};

enum field_kind {
    FIELD_KIND_STR,
    FIELD_KIND_INT,
    FIELD_KIND_FLOAT,
    FIELD_KIND_BOOL,
    FIELD_KIND_ENUM,
    FIELD_KIND_STRS,
    FIELD_KIND_ANY,
    FIELD_KIND_MAP, /* a vany that must be a map */
    FIELD_KIND_OBJ,
    FIELD_KIND_OBJS,
    FIELD_KIND_GROUPS,
};

struct fields;
struct bind;
struct field;

struct field {
    const char *key;
    enum field_kind kind;
    size_t offset;
    bool required;
    bool runtime;               /* "$.x" and "$$.x" stand for a value known at run time */
    const char *doc;            /* one sentence or two, for the reference */
    const char *dflt;           /* default as YAML text */
    const char *unit;           /* "seconds" */
    int64_t min, max;           /* INT, FLOAT: value; STR: length. Both 0: no bound */
    const char *source;         /* the outside page or API field that the facts come from */
    const char *const *values;  /* ENUM: allowed words, NULL at the end */
    bool any_case;              /* ENUM: letters of either case are accepted */
    const char *const *aliases; /* other spellings, NULL at the end */
    const struct fields *sub;   /* OBJ, OBJS */
    /* A further look at the bound value; reports by itself. */
    void (*check)(struct bind *b, const struct field *f, const struct node *value);
    const char *pattern; /* the check in words or as a regular expression, for the schema */
    const char *example;
};

struct fields {
    const char *name; /* of the thing, for messages: "lambda_function" */
    const char *doc;
    size_t size; /* of the struct that the rows fill */
    const struct field *rows;
    size_t n;
};

#define FIELD_ROW_(T, member, V, K, ...)                                                     \
    {                                                                                        \
        .key = #member, .kind = FIELD_KIND_##K,                                              \
        .offset = offsetof(T, member) + 0 * sizeof(char[_Generic(((T *)0)->member, V : 1)]), \
        __VA_ARGS__                                                                          \
    }
#define FIELD_STR(T, m, ...) FIELD_ROW_(T, m, struct vstr, STR, __VA_ARGS__)
#define FIELD_INT(T, m, ...) FIELD_ROW_(T, m, struct vint, INT, __VA_ARGS__)
#define FIELD_FLOAT(T, m, ...) FIELD_ROW_(T, m, struct vfloat, FLOAT, __VA_ARGS__)
#define FIELD_BOOL(T, m, ...) FIELD_ROW_(T, m, struct vbool, BOOL, __VA_ARGS__)
#define FIELD_ENUM(T, m, ...) FIELD_ROW_(T, m, struct venum, ENUM, __VA_ARGS__)
#define FIELD_STRS(T, m, ...) FIELD_ROW_(T, m, struct vstrs, STRS, __VA_ARGS__)
#define FIELD_ANY(T, m, ...) FIELD_ROW_(T, m, struct vany, ANY, __VA_ARGS__)
#define FIELD_MAP(T, m, ...) FIELD_ROW_(T, m, struct vany, MAP, __VA_ARGS__)
#define FIELD_OBJ(T, m, ...) FIELD_ROW_(T, m, struct vobj, OBJ, __VA_ARGS__)
#define FIELD_OBJS(T, m, ...) FIELD_ROW_(T, m, struct vobjs, OBJS, __VA_ARGS__)
#define FIELD_GROUPS(T, m, ...) FIELD_ROW_(T, m, struct vgroups, GROUPS, __VA_ARGS__)

#define WORDS(...)        \
    (const char *const[]) \
    {                     \
        __VA_ARGS__, NULL \
    }
#define FIELDS(type, what, array, ...)                                                           \
    {                                                                                            \
        .name = what, .size = sizeof(type), .rows = array, .n = sizeof(array) / sizeof *(array), \
        __VA_ARGS__                                                                              \
    }

#endif
