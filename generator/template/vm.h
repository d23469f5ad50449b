/* The machine that runs templates: its state, and what its files share. */
#ifndef TEMPLATE_VM_H
#define TEMPLATE_VM_H

#include "base/map.h"
#include "template/code.h"
#include "template/value.h"

struct env;

/* Where a block is defined, child first. */
struct block_ref {
    const struct template *t;
    const struct func *f;
};

struct block_list {
    struct str name;
    struct block_ref *refs;
    size_t n;
};

struct block_table {
    uint32_t users;
    struct block_list *lists;
    size_t n;
};

/* Variables by name: of one template being run, an included one, or a module. */
struct context {
    struct val vars;    /* set at the template's top */
    struct val parent;  /* handed to it */
    struct val exports; /* keys: names of vars that a module offers */
    struct block_table *blocks;
    const struct template *t;
    uint32_t users; /* activations */
    bool pinned;    /* some value refers to it: lives to the end */
    struct context *next, **link;
};

/* The variables of one activation of a function. */
struct env {
    struct env *up;
    struct context *ctx;
    const struct template *t;
    const struct func *f;
    const struct template *extended; /* of a root */
    uint32_t closures;               /* values that refer to it */
    bool active;
    bool dead; /* on the list of those to be released */
    struct env *next, **link;
    struct env *next_dead;
    struct val slots[];
};

/* What happens to the text of an activation. */
enum result { RESULT_PRINT, RESULT_TEXT, RESULT_MODULE, RESULT_END };

/* Calls of one function from one place write under the same origin. */
struct call_origin {
    const struct func *f;
    uint32_t site, origin;
};

struct call {
    const struct template *t;
    const struct func *f;
    struct env *env;
    uint32_t pc; /* of the instruction that runs, or called */
    enum result result;
    bool autoescape;
    bool mark_safe;          /* its text is safe for who called */
    bool include;            /* counts for the depth of includes */
    uint32_t depth0;         /* of a recursive loop */
    struct loaded *loaded;   /* whose module it makes, or NULL */
    struct span site;        /* where it was called */
    uint32_t origin;         /* of what is written in it; NO_SLOT: not known yet */
    struct call_origin last; /* of what was called from here last */
};

struct capture {
    size_t text, segments;
};

/* A captured text that is still known to be made of literal parts. */
struct origin {
    struct val text;
    struct packed_segment *segments;
    size_t n;
};

struct loaded {
    struct template *t; /* NULL: there is none, or it is broken */
    bool missing;
    struct val module; /* of an import without context, or missing */
};

struct vm {
    struct arena *arena; /* the caller's: what the result needs */
    struct arena own;
    struct diags *diags;
    const struct template_options *options;
    bool failed;
    uint64_t fuel; /* steps that may yet be taken */
    size_t data;   /* bytes of values that may yet be made */
    size_t max_steps, max_data;
    struct val *stack;
    size_t sp, stack_cap;
    struct call *calls, *top; /* the innermost one */
    size_t ncalls, calls_cap, max_calls;
    size_t includes;
    struct buf out;
    struct packed_segment *segments;
    size_t nsegments, segments_cap;
    VEC(struct segment_origin) segment_origins; /* in `own` */
    struct capture *captures;
    size_t ncaptures, captures_cap;
    struct origin *origins; /* by address of the text, open addressing */
    size_t norigins, origins_cap;
    struct env *envs, *dead;
    struct context *contexts;
    struct map templates; /* by who asks and for what, to struct loaded */
    struct map by_path;   /* to struct loaded as well */
    struct map undefineds;
    const struct undefined *last_undefined; /* with the value that lacked it, for suggestions */
    struct val last_base;
    struct span false_if; /* the inline if without else that was false last */
    struct val false_if_value;
    struct val globals;
    struct val *argv, *kwnames, *kwargs; /* room for the arguments of one call */
    size_t argv_cap, kwnames_cap, kwargs_cap;
    struct buf scratch;
    int text_depth; /* of namespaces being printed */
};

/* Trouble at the instruction that runs; NULL if there was trouble before. */
__attribute__((format(printf, 3, 4))) struct diag *vm_fail(struct vm *vm, const char *slug,
                                                           const char *fmt, ...);
__attribute__((format(printf, 4, 5))) struct diag *
vm_fail_at(struct vm *vm, struct span span, const char *slug, const char *fmt, ...);
void vm_note_calls(struct vm *vm, struct diag *d);
static inline bool vm_failed(const struct vm *vm)
{
    return vm->failed;
}
static inline struct span vm_span(const struct vm *vm)
{
    const struct call *c = vm->top;
    struct piece p = c->t->spans[c->pc];
    return (struct span){ c->t->src, p.at, p.len };
}

bool vm_overspent(struct vm *vm);
bool vm_overclaimed(struct vm *vm);

/* Takes n steps, or n bytes of values, from what the template may use; false after vm_fail. */
static inline bool vm_spend(struct vm *vm, size_t n)
{
    if (vm->fuel < n)
        return vm_overspent(vm);
    vm->fuel -= n;
    return !vm->failed;
}

static inline bool vm_claim(struct vm *vm, size_t bytes)
{
    if (vm->data < bytes)
        return vm_overclaimed(vm);
    vm->data -= bytes;
    return !vm->failed;
}

bool vm_autoescape(const struct vm *vm);

void vm_grow_stack(struct vm *vm);

static inline void vm_push(struct vm *vm, struct val v)
{
    if (vm->sp == vm->stack_cap)
        vm_grow_stack(vm);
    vm->stack[vm->sp++] = v;
}

static inline struct val vm_pop(struct vm *vm)
{
    return vm->stack[--vm->sp];
}

static inline void vm_drop(struct vm *vm, size_t n)
{
    while (n-- > 0)
        val_free(vm->stack[--vm->sp]);
}

/* Output (vm_output.c). */
void vm_literal(struct vm *vm, const struct template *t, struct piece from, bool change);
void vm_output(struct vm *vm, struct val v);
void vm_output_text(struct vm *vm, struct str s);
void vm_capture(struct vm *vm);
struct val vm_capture_end(struct vm *vm);
void vm_capture_drop(struct vm *vm);
struct source *vm_result(struct vm *vm);
/* The literal parts of a captured text, or NULL. */
const struct origin *vm_origin(const struct vm *vm, struct val text);
/* `text` is known to consist of these (offsets within it). */
void vm_set_origin(struct vm *vm, struct val text, const struct packed_segment *segments, size_t n);
/* The origin of what is written by the code that runs. */
uint32_t vm_current_origin(struct vm *vm);
void vm_output_done(struct vm *vm);

/* Activations, contexts (vm_env.c). */
struct context *context_make(struct vm *vm, const struct template *t, struct val parent);
/* Everything that can be seen from ctx, as a map. */
struct val context_all(const struct context *ctx);
struct val context_lookup(struct vm *vm, struct context *ctx, struct val name);
struct block_list *context_blocks(struct context *ctx, struct str name);
void context_add_blocks(struct vm *vm, struct context *ctx, const struct template *t);
struct env *env_make(struct vm *vm, struct env *up, struct context *ctx, const struct template *t,
                     const struct func *f);
void env_leave(struct vm *vm, struct env *e);
void env_release_closure(struct vm *vm, struct env *e);
void env_bury_dead(struct vm *vm);
void vm_env_done(struct vm *vm);

/* Calls (vm_call.c). Each begins an activation; the machine goes on there. */
bool vm_enter(struct vm *vm, const struct template *t, const struct func *f, struct env *env,
              enum result result);
void vm_return(struct vm *vm);
void vm_call_value(struct vm *vm, const struct callsite *site, bool print);
void vm_call_method(struct vm *vm, const struct callsite *site, bool print);
/* A filter, or a test: [value args -- result]. */
void vm_call_builtin(struct vm *vm, const struct used_builtin *used, const char *what,
                     const struct callsite *site);
/* Runs the depth-th definition of a block. */
bool vm_call_block(struct vm *vm, struct context *ctx, struct str name, size_t depth,
                   enum result result);
void vm_block(struct vm *vm, uint32_t flags, struct str name, const struct local_set *locals);
void vm_loop_call(struct vm *vm, const struct func *f);
/* The result of a row for arguments that are at hand: for map and select. */
struct val vm_apply(struct vm *vm, const struct builtin *row, const char *what, struct val self,
                    const struct args *args);

/* Other templates (vm_load.c). */
void vm_include(struct vm *vm, uint32_t flags, const struct local_set *locals);
void vm_import(struct vm *vm, uint32_t flags, const struct local_set *locals);
void vm_extends(struct vm *vm);
void vm_parent(struct vm *vm);
void vm_load_done(struct vm *vm);
struct val vm_locals(struct vm *vm, struct val onto, const struct local_set *locals);

#endif
