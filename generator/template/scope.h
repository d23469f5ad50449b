/* Which variable a name means, decided at compile time as Jinja does: a scope's names are found by
 * looking through its whole body first, and get their first value when the scope is entered. */
#ifndef TEMPLATE_SCOPE_H
#define TEMPLATE_SCOPE_H

#include "base/map.h"
#include "base/vec.h"
#include "template/ast.h"

/* What a variable holds when its scope is entered. */
enum sym_load { SYM_PARAM, SYM_RESOLVE, SYM_ALIAS, SYM_MISSING };

struct sym {
    struct str name;
    struct scope *scope;
    uint32_t slot;
    enum sym_load load;
    const struct sym *alias; /* of SYM_ALIAS: the outer variable */
    bool present;            /* false while another branch of an if is looked at */
    bool stored;
    uint32_t seen; /* number of the branch that recorded it last */
};

struct sym_state {
    struct sym *sym;
    enum sym_load load;
    const struct sym *alias;
    bool present, stored;
};

/* The slots of one function. */
struct slots {
    uint32_t used, max;
    VEC(struct str) names;
    uint16_t level; /* how many functions are around it */
};

struct scope {
    struct arena *arena;
    struct scope *up;
    struct slots *slots;
    uint32_t first_slot;
    struct map names;          /* to struct sym */
    VEC(struct sym *) order;   /* as they were found */
    VEC(struct sym_state) log; /* what they were before, while branches are looked at */
    uint32_t branches;
};

void scope_init(struct scope *s, struct arena *a, struct scope *up, struct slots *slots);
/* Gives the scope's slots back. */
void scope_done(struct scope *s);

struct sym *scope_param(struct scope *s, struct str name);
/* The variable that `name` means in s, or NULL. */
struct sym *scope_find(const struct scope *s, struct str name);

/* Enters the names that a list of statements, an expression, or a target uses. */
void scope_scan(struct scope *s, const struct ast *list);
void scope_scan_one(struct scope *s, const struct ast *n);

/* Whether a list of statements uses `name` before it sets it. */
bool ast_uses(const struct ast *list, struct str name);
/* Calls visit for every statement and expression in list, depth first, until it returns true. Does
 * not look into blocks. */
bool ast_any(const struct ast *list, bool (*visit)(const struct ast *n, void *ctx), void *ctx);

#endif
