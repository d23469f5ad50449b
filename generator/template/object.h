/* Values that are more than data: loops, lazy sequences, ranges, namespaces, functions, macros,
 * modules. Each is an extension whose type is declared here. */
#ifndef TEMPLATE_OBJECT_H
#define TEMPLATE_OBJECT_H

#include "template/vm.h"

extern const struct val_ext_type loop_type, generator_type, range_type, namespace_type,
    function_type, method_type, user_type, macro_type, module_type, self_type, block_type,
    cycler_type, joiner_type, big_type, view_type;

static inline bool is_ext(struct val v, const struct val_ext_type *type)
{
    return v.kind == VAL_EXT && peek_ext_type(v) == type;
}

/* A for loop: its iterator, and the `loop` variable. */
struct loop {
    struct vm *vm;
    struct val source; /* what is iterated */
    size_t next;       /* index of the next item; byte offset in a string */
    size_t index;      /* items handed out */
    size_t size;       /* of a map when the loop began */
    size_t start;      /* of a lazy sequence: how many were gone before */
    struct val before, current;
    struct val changed;
    bool track; /* before and current are kept */
    bool ran;
    uint32_t depth0;
    const struct template *t; /* the recursive loop's function, or NULL */
    const struct func *f;
    struct env *env;
};
struct val loop_make(struct vm *vm, struct val source, uint32_t flags);
bool loop_next(struct vm *vm, struct loop *l, struct val *item);
size_t loop_length(const struct loop *l);
struct val loop_getattr(struct vm *vm, struct val self, struct str name);

/* A lazy sequence (map, select …): computed at once, but read once and without a length. */
struct generator {
    struct val items;
    size_t next;
    const char *made_by;
};
struct val generator_make(struct val items, const char *made_by);

struct range {
    int64_t start, stop, step;
    size_t n;
};
struct val range_make(int64_t start, int64_t stop, int64_t step);

/* d.keys(), d.values(), d.items(): they see what happens to the map. */
enum view_class { VIEW_KEYS, VIEW_VALUES, VIEW_ITEMS };
struct view {
    struct val map;
    enum view_class class;
};
struct val view_make(struct val map, enum view_class class);
struct val view_item(const struct view *v, size_t i);

struct namespace
{
    struct val map;
};

struct function { /* a global function of ours */
    const struct builtin *row;
};
struct val function_make(const struct builtin *row);

struct method { /* an object's method, not called yet */
    struct val self;
    const struct builtin *row;
};
struct val method_make(struct val self, const struct builtin *row);

struct user { /* a function of the caller's */
    const struct template_function *f;
};

struct macro {
    struct vm *vm;
    struct env *env;
    const struct template *t;
    const struct func *f;
    bool autoescape;
};

struct module {
    struct val exports;
    struct val text;
    struct str name;
};

struct block_object { /* self, and self.name or super */
    struct context *ctx;
    struct str name;
    size_t depth;
};
struct val self_make(struct context *ctx);
struct val block_make(struct context *ctx, struct str name, size_t depth);

struct cycler {
    struct val items;
    size_t at;
};

struct joiner {
    struct val sep;
    bool used;
};

/* Attributes of extensions; missing where there is none. */
struct val object_getattr(struct vm *vm, struct val v, struct str name);
/* Text of an extension; false if it has none that is the same from run to run. */
bool object_put(struct vm *vm, struct buf *out, struct val v);
bool object_is_callable(struct val v);

#endif
