/* The compiler's state, shared by its files: expressions, statements, and the whole. */
#ifndef TEMPLATE_COMPILE_H
#define TEMPLATE_COMPILE_H

#include "template/code.h"
#include "template/scope.h"

struct compiler {
    struct arena *arena; /* scratch: everything here is copied into the template at the end */
    struct diags *diags;
    struct template *t;
    VEC(struct insn) code;
    VEC(struct piece) spans;
    VEC(struct val) consts;
    struct map const_index; /* strings that are constants already, to their number + 1 */
    VEC(uint32_t) kwnames;
    VEC(struct callsite) callsites;
    VEC(struct local_set) locals;
    VEC(struct used_builtin) filters, tests;
    VEC(struct func) funcs;
    VEC(const struct ast *) blocks;
    bool extends;       /* there is an extends tag */
    bool known_extends; /* and it has been passed for certain */
    size_t nextends;
    const struct ast *extends_at; /* the last one */
    bool failed;                  /* there is no going on */
    bool unsound;                 /* errors were found, but more may be looked for */
};

/* The innermost loop: where continue and break go. */
struct loop_labels {
    uint32_t next;
    VEC(uint32_t) breaks; /* jumps to be set to the loop's end */
    int captures, escapes;
};

/* Where in the template we are. */
struct place {
    struct compiler *c;
    struct scope *scope;
    struct loop_labels *loop; /* of this function */
    int captures, escapes;    /* begun in this function */
    bool toplevel;            /* what is set here is exported */
    bool rootlevel;           /* and not inside an if */
    bool soft;                /* an unknown filter is an error only when it is used */
    bool check_output;        /* text counts only while nothing is extended */
};

uint32_t emit(struct place *p, enum op op, uint32_t n, uint32_t a, const struct ast *at);
uint32_t emit_here(const struct place *p);       /* the next instruction's number */
void emit_patch(struct place *p, uint32_t jump); /* makes an earlier jump go to here */
uint32_t compile_const_str(struct compiler *c, struct str s);

__attribute__((format(printf, 4, 5))) struct diag *
compile_error(struct compiler *c, const char *slug, struct piece at, const char *fmt, ...);
static inline struct piece piece_of(const struct ast *n)
{
    return (struct piece){ n->at, n->len };
}

void compile_expr(struct place *p, const struct ast *n);
/* {{ n }}; a call prints as it runs. */
void compile_print(struct place *p, const struct ast *n);
/* A call whose result is printed (`print`) or left on the stack; `caller` is the function of a call
 * block, or NO_SLOT. */
void compile_call(struct place *p, const struct ast *n, bool print, uint32_t caller);
/* Filters over what is on the stack already. */
void compile_filter_chain(struct place *p, const struct ast *n);
/* Takes the value on the stack to a name, names or a namespace's attribute. */
void compile_store(struct place *p, const struct ast *target, struct scope *scope, bool export);

void compile_body(struct place *p, const struct ast *list);
void compile_enter(struct place *p, struct scope *s, const struct ast *at);
void compile_leave(struct place *p, struct scope *s, const struct ast *at);

/* Begins a function: adds its row, and a jump around its code to be patched by compile_func_end. */
struct func_builder {
    struct place place;
    struct scope scope;
    struct slots slots;
    uint32_t index, jump;
};
void compile_func_begin(struct func_builder *f, struct place *outer, enum func_kind kind,
                        struct str name, const struct ast *at);
void compile_func_end(struct func_builder *f, const struct ast *at);

#endif
