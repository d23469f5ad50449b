/* What a template says, as a tree in an arena. It lives from parsing to compiling only. Lists hang
 * together by `next`. */
#ifndef TEMPLATE_AST_H
#define TEMPLATE_AST_H

#include "template/template.h"

enum ast_kind {
    /* Expressions */
    AST_CONST,
    AST_NAME,
    AST_TUPLE,
    AST_LIST,
    AST_DICT, /* keys and values in turn */
    AST_GETATTR,
    AST_GETITEM,
    AST_SLICE, /* as the index of a GETITEM */
    AST_CALL,
    AST_FILTER,
    AST_TEST,
    AST_UNARY,
    AST_BINARY,
    AST_AND,
    AST_OR,
    AST_CONCAT,
    AST_COMPARE,
    AST_COND,
    AST_NSREF, /* ns.name as the target of a set */
    /* Statements */
    AST_DATA,
    AST_OUTPUT,
    AST_IF,
    AST_FOR,
    AST_SET,
    AST_SET_BLOCK,
    AST_MACRO,
    AST_CALL_BLOCK,
    AST_FILTER_BLOCK,
    AST_WITH,
    AST_BLOCK,
    AST_EXTENDS,
    AST_INCLUDE,
    AST_IMPORT,
    AST_FROM,
    AST_DO,
    AST_BREAK,
    AST_CONTINUE,
    AST_AUTOESCAPE,
};

enum ast_const {
    CONST_NONE,
    CONST_FALSE,
    CONST_TRUE,
    CONST_INT,
    CONST_BIG, /* digits in text */
    CONST_FLOAT,
    CONST_STR,
};

enum ast_unary { UNARY_NOT, UNARY_NEG, UNARY_POS };

enum ast_binary { BIN_ADD, BIN_SUB, BIN_MUL, BIN_DIV, BIN_FLOORDIV, BIN_MOD, BIN_POW };

enum ast_compare { CMP_EQ, CMP_NE, CMP_LT, CMP_LE, CMP_GT, CMP_GE, CMP_IN, CMP_NOTIN };

/* How a name is used. */
enum ast_context { NAME_LOAD, NAME_STORE, NAME_PARAM };

/* Arguments of a call, filter or test. */
struct ast_args {
    struct ast *args;   /* positional */
    struct ast *kwargs; /* NAME nodes whose `a` is the value */
    struct ast *dyn_args, *dyn_kwargs;
};

/* A branch of an if: its test (NULL for else) and body. */
struct ast {
    uint8_t kind;
    uint8_t op;     /* ast_const, ast_unary, ast_binary, ast_context; of an operand: ast_compare */
    uint8_t flag;   /* recursive, ignore missing, scoped … */
    uint8_t flag2;  /* with context, required … */
    uint16_t depth; /* of the expression below */
    uint32_t at, len;
    struct ast *next;
    union {
        struct str text; /* NAME (and a parameter's), CONST string, DATA */
        int64_t integer;
        double number;
        struct ast *list; /* TUPLE, LIST, DICT, CONCAT, OUTPUT */
        struct {
            struct ast *a, *b, *c; /* operands; SLICE start, stop, step; COND test, then, else */
        };
        struct {
            struct ast *base;
            struct str name; /* GETATTR, NSREF */
        } attr;
        struct {
            struct ast *callee;
            struct ast_args args;
        } call;
        struct {
            struct ast *value; /* NULL in a filter block: what stands inside */
            struct str name;
            struct ast_args *args;
        } filter; /* and TEST */
        struct {
            struct ast *first, *operands; /* each an operand of kind COMPARE with op and `a` */
        } compare;
        struct {
            struct ast *branches; /* kind IF: `a` the test or NULL, `b` the body */
        } choice;
        struct {
            struct ast *target, *iter, *test, *body, *otherwise;
        } loop;
        struct {
            struct ast *target, *value; /* SET; SET_BLOCK: value is the filter chain or NULL */
            struct ast *body;
        } set;
        struct {
            struct str name;    /* MACRO */
            struct ast *call;   /* CALL_BLOCK */
            struct ast *params; /* NAME nodes, defaults in `a` of a wrapping PARAM */
            struct ast *body;
        } macro;
        struct {
            struct ast *targets, *values, *body; /* WITH; FILTER_BLOCK: values = filter */
        } with;
        struct {
            struct str name;
            struct ast *body;
        } block;
        struct {
            struct ast *name;  /* the template */
            struct str target; /* IMPORT */
            struct ast *names; /* FROM: NAME nodes via `imported` */
        } import;
        struct {
            struct str name, alias;
        } imported;
        struct {
            struct str name;
            struct ast *dflt;
        } param;
        struct {
            struct str name;
            struct ast *value;
        } keyword;
    };
};

/* The statements of the template in `src`; *good is false after a diagnostic (an empty template is
 * NULL as well). */
struct ast *template_parse(struct arena *a, struct diags *ds,
                           const struct template_options *options, const struct source *src,
                           bool *good);

#endif
