/* Values as Python sees them: truth, text, order, arithmetic, attributes. Everything here borrows
 * its arguments (it peeks) and returns new values. What fails says so through vm_fail; the result
 * is then of no use, and vm_failed is true. */
#ifndef TEMPLATE_VALUE_H
#define TEMPLATE_VALUE_H

#include "base/buf.h"
#include "template/ast.h"
#include "template/builtin.h"

/* Flags of a list: which of Python's sequences it stands for. */
enum list_class { LIST_PLAIN, LIST_TUPLE, LIST_GROUP };
/* Flag of a string: it is HTML already (Markup). */
enum { STR_SAFE = 1 };

enum { VALUE_DEPTH = 400 }; /* nesting that text, comparison and search follow */

/* What an undefined value remembers. Lives in the run's arena. */
struct undefined {
    struct str hint;  /* the whole message, or empty */
    struct str name;  /* the variable, attribute or key */
    const char *in;   /* the class that lacks it, or NULL for a variable */
    const char *kind; /* the same in words: "a map" */
    bool attribute;   /* name is a name; otherwise a key's repr */
    bool lenient;     /* an inline if without else: harmless even where undefined is strict */
    struct span span; /* where it came about */
};

struct vm;

struct val undefined_value(struct vm *vm, const struct undefined *u);
/* Reports the use of v, which is undefined. */
void undefined_fail(struct vm *vm, struct val v);

static inline bool is_undefined(struct val v)
{
    return v.kind == VAL_UNDEFINED && v.heap;
}
static inline bool is_missing(struct val v)
{
    return v.kind == VAL_UNDEFINED && !v.heap;
}
static inline bool is_safe(struct val v)
{
    return v.kind == VAL_STR && (v.flags & STR_SAFE);
}
static inline bool is_tuple(struct val v)
{
    return v.kind == VAL_LIST && (v.flags == LIST_TUPLE || v.flags == LIST_GROUP);
}
static inline struct val val_safe(struct val v)
{
    v.flags = STR_SAFE;
    return v;
}
struct val val_tuple(void);
/* What the buffer holds as a string; releases it. Fails if it ran over its ceiling. */
struct val value_from_buf(struct vm *vm, struct buf *b);

/* "a string", "an integer" …: for messages. And Python's name: "str", "int" … */
const char *value_kind(struct val v);
const char *value_class(struct val v);

bool value_truth(struct vm *vm, struct val v);
/* str() and repr() of v. */
void value_put(struct vm *vm, struct buf *out, struct val v);
void value_put_repr(struct vm *vm, struct buf *out, struct val v);
void put_repr_str(struct buf *out, struct str s);
/* str() as a value; what is a string already is copied, safe text stays safe. */
struct val value_str(struct vm *vm, struct val v);
/* HTML: & < > ' " replaced; safe text as it is. */
void put_escaped(struct buf *out, struct str s);
void value_put_escaped(struct vm *vm, struct buf *out, struct val v);
struct val value_escape(struct vm *vm, struct val v);

bool value_equal(struct vm *vm, struct val a, struct val b);
/* <0, 0, >0; fails for what has no order. `op` is for the message: "<". */
int value_order(struct vm *vm, struct val a, struct val b, const char *op);
bool value_compare(struct vm *vm, enum ast_compare op, struct val a, struct val b);
bool value_contains(struct vm *vm, struct val in, struct val item);
bool value_same(struct val a, struct val b); /* Python's `is` */

struct val value_binary(struct vm *vm, enum ast_binary op, struct val a, struct val b);
struct val value_negate(struct vm *vm, struct val v, bool negative);

/* Number of items; fails where Python's len() does. */
size_t value_length(struct vm *vm, struct val v);
bool value_has_length(struct val v);
/* v[i], v.name; an undefined value where there is none. */
struct val value_getitem(struct vm *vm, struct val v, struct val key);
struct val value_getattr(struct vm *vm, struct val v, struct str name);
struct val value_slice(struct vm *vm, struct val v, struct val start, struct val stop,
                       struct val step);

/* All items of anything that can be iterated, as a plain list. */
struct val value_items(struct vm *vm, struct val v);
bool value_is_iterable(struct val v);
/* Whether v can be a key of a map; fails if not. */
bool value_check_key(struct vm *vm, struct val v);
/* What the map holds under v; missing if nothing, also where v could be no key of ours but is one
 * of Python's (a tuple). Borrowed. */
struct val value_lookup(struct vm *vm, struct val map, struct val v);
/* Whether `inner` is reached from `outer`, so that putting outer into inner would make a cycle. */
bool value_reaches(struct vm *vm, struct val outer, struct val inner);

/* There is no filter or test of this name. */
void builtin_unknown(struct vm *vm, struct str name, bool test);

/* An integer argument in *out; false after vm_fail. */
bool value_int(struct vm *vm, struct val v, const char *what, int64_t *out);

#endif
