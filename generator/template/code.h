/* Bytecode: what a template becomes. A stack machine over values; each function (the template's
 * root, a block, a macro, a call block, a recursive loop) has slots for its variables. Variables of
 * functions around it are reached by how many functions outwards (`n`) and which slot (`a`). */
#ifndef TEMPLATE_CODE_H
#define TEMPLATE_CODE_H

#include "template/ast.h"
#include "template/builtin.h"

/* a, n: operands. Stack effects in brackets: before -- after. */
enum op {
    OP_LITERAL, /* writes the source text of the instruction's own span; n: newlines are changed */
    OP_OUTPUT,  /* [v --] prints */
    OP_OUTPUT_SLOT, /* prints slot (n, a) */
    OP_CONST,       /* [-- constant a] */
    OP_NONE,
    OP_FALSE,
    OP_TRUE,
    OP_INT,     /* [-- a as a signed number] */
    OP_LOAD,    /* [-- slot], an undefined value where it is missing */
    OP_STORE,   /* [v --] */
    OP_ALIAS,   /* own slot next.a = slot (n, a), missing or not; the next instruction is data */
    OP_RESOLVE, /* slot a = the context's variable of that slot's name: constant in next.a */
    OP_CLEAR,   /* n slots from a become missing */
    OP_EXPORT,  /* [v -- v] the context's variable constant a = v; n: enum export */
    OP_POP,
    OP_TUPLE, /* [a items -- tuple] */
    OP_LIST,
    OP_DICT,      /* [2a keys and values -- map] */
    OP_GETATTR,   /* [v -- v.constant a] n: a method name of maps */
    OP_LOAD_ATTR, /* [-- slot (n, a).constant next.a], as LOAD and GETATTR; next.n: that one's n */
    OP_GETITEM,
    OP_SLICE, /* [v start stop step -- v[start:stop:step]] */
    OP_NOT,
    OP_NEG,
    OP_POS,
    OP_BINARY,        /* [x y -- x op y] n: enum ast_binary */
    OP_CONCAT,        /* [a values -- text] */
    OP_COMPARE,       /* [x y -- bool] n: enum ast_compare */
    OP_COMPARE_CHAIN, /* [x y -- y], or [x y -- false] and a jump to a */
    OP_JUMP,
    OP_JUMP_FALSE,      /* [v --] */
    OP_JUMP_TRUE,       /* [v --] */
    OP_JUMP_FALSE_KEEP, /* [v -- v] and jumps, or [v --] */
    OP_JUMP_TRUE_KEEP,
    OP_JUMP_SET, /* jumps to next.a if own slot a is not missing */
    OP_NO_PARAM, /* own slot a = undefined: the parameter was not provided; name constant next.a */
    OP_COND_UNDEFINED, /* [-- undefined]: an inline if without else was false */
    OP_CALL,           /* [callee args -- result] callsite a; n: print the result instead */
    OP_CALL_METHOD,    /* [object args -- result] the same */
    OP_FILTER,         /* [v args -- result] filter n, callsite a */
    OP_TEST,           /* [v args -- bool] */
    OP_ITER,           /* [v -- iterator] n: enum iter_flag */
    OP_NEXT,           /* [iterator -- iterator item], or jumps to a */
    OP_FILTERED,       /* [iterator item pass -- iterator] keeps the item if it passes, jumps to a;
                        * n: the item is in own slot next.a */
    OP_REFILL,         /* [iterator -- iterator] over the items kept */
    OP_RAN,            /* [iterator --] the body was run to its end */
    OP_JUMP_RAN,
    OP_NEXT_STORE, /* [iterator -- iterator] own slot next.a = item, or jumps to a */
    OP_NEXT_BACK,  /* the same at a loop's end: jumps to a if there is one more */
    OP_LOOP,       /* slot a = the loop object of the iterator on top */
    OP_UNPACK,     /* [v -- a items, the first on top] */
    OP_SET_ATTR,   /* [v namespace --] namespace.constant a = v */
    OP_MACRO,      /* [-- macro] function a */
    OP_LOOP_CALL,  /* [iterable --] runs the recursive loop, function a */
    OP_CAPTURE,
    OP_CAPTURE_END, /* [-- text] */
    OP_CAPTURE_DROP,
    OP_AUTOESCAPE, /* [v --] */
    OP_AUTOESCAPE_END,
    OP_MARK_SAFE,     /* [text -- text] safe where escaping is on */
    OP_BLOCK,         /* calls block constant a; n: enum block_flag; next.a: local set */
    OP_EXTENDS,       /* [name --] */
    OP_JUMP_EXTENDED, /* jumps to a if this template extends another by now */
    OP_EXTENDED_TWICE,
    OP_PARENT,      /* goes on with the template that this one extends, if any */
    OP_INCLUDE,     /* [name --] n: enum include_flag, a: local set */
    OP_IMPORT,      /* [name -- module] */
    OP_IMPORT_NAME, /* [module -- module value] constant a */
    OP_RETURN,
    OP_DATA, /* operands of the instruction before */
    OP_COUNT
};

enum export_flag { EXPORT_PRIVATE, EXPORT_PUBLIC, EXPORT_HIDE };
enum iter_flag { ITER_LOOP = 1, ITER_RECURSIVE = 2 };
enum block_flag { BLOCK_SCOPED = 1, BLOCK_REQUIRED = 2 };
enum include_flag { INCLUDE_IGNORE_MISSING = 1, INCLUDE_CONTEXT = 2 };

struct insn {
    uint16_t op, n;
    uint32_t a;
};

struct piece {
    uint32_t at, len;
};

/* The shape of the arguments on the stack: positional, then those with names, then a list and a
 * map of more. */
struct callsite {
    uint16_t nargs, nkwargs;
    bool dyn_args, dyn_kwargs;
    uint32_t names; /* first of nkwargs constants in `kwnames` */
    uint32_t name;  /* of the method, for OP_CALL_METHOD */
};

/* A variable of the scopes around an include, import or scoped block. */
struct local {
    uint32_t name; /* constant */
    uint16_t up;
    uint32_t slot;
};

struct local_set {
    const struct local *p;
    size_t n;
};

enum func_kind { FUNC_ROOT, FUNC_BLOCK, FUNC_MACRO, FUNC_CALLER, FUNC_LOOP };

#define NO_SLOT UINT32_MAX

struct func {
    enum func_kind kind;
    struct str name;
    struct piece span; /* where it is defined */
    uint32_t entry, nslots;
    const struct str *slot_names; /* for suggestions */
    const struct str *params;     /* in slots 0 … */
    size_t nparams;
    uint32_t caller, kwargs, varargs; /* slots, or NO_SLOT */
    uint32_t self, super;
    bool explicit_caller;
    bool scoped, required; /* of a block */
};

struct used_builtin {
    struct str name;
    const struct builtin *row; /* NULL: there is none, an error when it is run */
};

struct template
{
    struct arena arena;
    struct template_options options;
    const struct source *src;
    struct insn *code;
    struct piece *spans; /* one per instruction */
    size_t ncode;
    struct val *consts;
    size_t nconsts;
    const uint32_t *kwnames;
    const struct callsite *callsites;
    const struct local_set *locals;
    const struct used_builtin *filters, *tests;
    const struct func *funcs; /* 0 is the root */
    size_t nfuncs;
    bool mutates; /* calls methods that change lists or maps in place */
    bool loads;   /* may load other templates */
};

#endif
