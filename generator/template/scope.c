#include "template/scope.h"

void scope_init(struct scope *s, struct arena *a, struct scope *up, struct slots *slots)
{
    *s = (struct scope){ .arena = a, .up = up, .slots = slots, .first_slot = slots->used };
}

void scope_done(struct scope *s)
{
    s->slots->used = s->first_slot;
}

static void remember(struct scope *s, struct sym *y)
{
    if (!s->branches)
        return;
    struct sym_state old = { y, y->load, y->alias, y->present, y->stored };
    vec_push(s->arena, &s->log, old);
}

static struct sym *own(const struct scope *s, struct str name)
{
    struct sym *y = map_get(&s->names, name);
    return y && y->present ? y : NULL;
}

struct sym *scope_find(const struct scope *s, struct str name)
{
    for (; s; s = s->up) {
        struct sym *y = own(s, name);
        if (y)
            return y;
    }
    return NULL;
}

static struct sym *define(struct scope *s, struct str name, enum sym_load load,
                          const struct sym *alias)
{
    struct sym *y = map_get(&s->names, name);
    if (!y) {
        y = arena_make(s->arena, struct sym);
        y->name = name;
        y->scope = s;
        y->slot = s->slots->used++;
        map_put(s->arena, &s->names, name, y);
        vec_push(s->arena, &s->order, y);
        if (s->slots->used > s->slots->max)
            s->slots->max = s->slots->used;
        if (y->slot < s->slots->names.n)
            s->slots->names.p[y->slot] = name;
        else
            vec_push(s->arena, &s->slots->names, name);
    }
    remember(s, y);
    y->load = load;
    y->alias = alias;
    y->present = true;
    return y;
}

struct sym *scope_param(struct scope *s, struct str name)
{
    struct sym *y = define(s, name, SYM_PARAM, NULL);
    y->stored = true;
    return y;
}

static void store(struct scope *s, struct str name)
{
    struct sym *y = own(s, name);
    if (!y) {
        struct sym *outer = scope_find(s->up, name);
        y = define(s, name, outer ? SYM_ALIAS : SYM_MISSING, outer);
    }
    remember(s, y);
    y->stored = true;
}

static void load(struct scope *s, struct str name)
{
    if (!scope_find(s, name))
        define(s, name, SYM_RESOLVE, NULL);
}

/* What one branch did, and the scope as it was before it. */
struct branch {
    VEC(struct sym_state) after;
};

static void run_branch(struct scope *s, struct branch *b, uint32_t number, const struct ast *body,
                       const struct ast *elifs);

static void set_state(struct scope *s, struct sym *y, struct sym_state to)
{
    remember(s, y);
    y->load = to.load;
    y->alias = to.alias;
    y->present = to.present;
    y->stored = to.stored;
}

/* A variable that only some branches set begins with its outer value. */
static void merge_branches(struct scope *s, struct branch *b)
{
    struct map counts = { 0 };
    for (int i = 0; i < 3; i++)
        for (size_t k = 0; k < b[i].after.n; k++) {
            struct sym_state *st = &b[i].after.p[k];
            if (st->stored && !st->sym->stored) {
                size_t n = (size_t)map_get(&counts, st->sym->name);
                map_put(s->arena, &counts, st->sym->name, (void *)(n + 1));
            }
        }
    for (int i = 0; i < 3; i++)
        for (size_t k = 0; k < b[i].after.n; k++) {
            struct sym_state st = b[i].after.p[k];
            struct sym *y = st.sym;
            st.stored |= y->stored;
            if (y->present && i < 2) { /* the last branch's copy of what was there before counts */
                st.load = y->load;
                st.alias = y->alias;
            }
            st.present |= y->present;
            set_state(s, y, st);
        }
    for (size_t k = 0; k < counts.n; k++) {
        if ((size_t)counts.entries[k].value == 3)
            continue;
        struct sym *y = own(s, counts.entries[k].key);
        struct sym_state st = { y, SYM_RESOLVE, NULL, true, y->stored };
        if ((st.alias = scope_find(s->up, y->name)))
            st.load = SYM_ALIAS;
        set_state(s, y, st);
    }
}

/* An if with one test: `body`, then the elif branches as ifs of their own, then else. */
static void scan_if(struct scope *s, const struct ast *branch, bool alone)
{
    struct branch b[3] = { 0 };
    scope_scan_one(s, branch->a);
    const struct ast *elifs = alone ? NULL : branch->next, *otherwise = elifs;
    while (otherwise && otherwise->a)
        otherwise = otherwise->next;
    s->branches++;
    run_branch(s, &b[0], s->branches * 4, branch->b, NULL);
    run_branch(s, &b[1], s->branches * 4 + 1, NULL, elifs);
    run_branch(s, &b[2], s->branches * 4 + 2, otherwise ? otherwise->b : NULL, NULL);
    s->branches--;
    merge_branches(s, b);
}

static void run_branch(struct scope *s, struct branch *b, uint32_t number, const struct ast *body,
                       const struct ast *elifs)
{
    size_t mark = s->log.n;
    scope_scan(s, body);
    for (; elifs && elifs->a; elifs = elifs->next)
        scan_if(s, elifs, true);
    for (size_t i = mark; i < s->log.n; i++) {
        struct sym *y = s->log.p[i].sym;
        if (y->seen == number)
            continue;
        y->seen = number;
        struct sym_state now = { y, y->load, y->alias, y->present, y->stored };
        vec_push(s->arena, &b->after, now);
    }
    while (s->log.n > mark) {
        struct sym_state old = s->log.p[--s->log.n];
        old.sym->load = old.load;
        old.sym->alias = old.alias;
        old.sym->present = old.present;
        old.sym->stored = old.stored;
        old.sym->seen = 0;
    }
}

static void scan_args(struct scope *s, const struct ast_args *args)
{
    scope_scan(s, args->args);
    for (const struct ast *k = args->kwargs; k; k = k->next)
        scope_scan_one(s, k->keyword.value);
    scope_scan_one(s, args->dyn_args);
    scope_scan_one(s, args->dyn_kwargs);
}

static void scan_expression(struct scope *s, const struct ast *n)
{
    switch (n->kind) {
    case AST_NAME:
        if (n->op == NAME_PARAM)
            scope_param(s, n->text);
        else if (n->op == NAME_STORE)
            store(s, n->text);
        else
            load(s, n->text);
        break;
    case AST_TUPLE:
    case AST_LIST:
    case AST_DICT:
    case AST_CONCAT:
    case AST_OUTPUT:
        scope_scan(s, n->list);
        break;
    case AST_GETATTR:
    case AST_NSREF:
        scope_scan_one(s, n->attr.base);
        break;
    case AST_CALL:
        scope_scan_one(s, n->call.callee);
        scan_args(s, &n->call.args);
        break;
    case AST_FILTER:
    case AST_TEST:
        scope_scan_one(s, n->filter.value);
        scan_args(s, n->filter.args);
        break;
    case AST_COMPARE:
        scope_scan_one(s, n->compare.first);
        for (const struct ast *o = n->compare.operands; o; o = o->next)
            scope_scan_one(s, o->a);
        break;
    case AST_GETITEM:
    case AST_SLICE:
    case AST_UNARY:
    case AST_BINARY:
    case AST_AND:
    case AST_OR:
    case AST_COND:
    case AST_DO:
        scope_scan_one(s, n->a);
        scope_scan_one(s, n->b);
        scope_scan_one(s, n->c);
        break;
    default:
        break;
    }
}

void scope_scan_one(struct scope *s, const struct ast *n)
{
    if (!n)
        return;
    switch (n->kind) {
    case AST_IF:
        scan_if(s, n->choice.branches, false);
        break;
    case AST_FOR: /* its body is a scope of its own, as are those of all blocks below */
        scope_scan_one(s, n->loop.iter);
        break;
    case AST_SET:
        scope_scan_one(s, n->set.value);
        scope_scan_one(s, n->set.target);
        break;
    case AST_SET_BLOCK:
        scope_scan_one(s, n->set.target);
        break;
    case AST_MACRO:
        store(s, n->macro.name);
        break;
    case AST_CALL_BLOCK:
        scope_scan_one(s, n->macro.call);
        break;
    case AST_FILTER_BLOCK:
        scope_scan_one(s, n->with.values);
        break;
    case AST_WITH:
        scope_scan(s, n->with.values);
        break;
    case AST_EXTENDS:
    case AST_INCLUDE:
        scope_scan_one(s, n->import.name);
        break;
    case AST_IMPORT:
        scope_scan_one(s, n->import.name);
        store(s, n->import.target);
        break;
    case AST_FROM:
        scope_scan_one(s, n->import.name);
        for (const struct ast *i = n->import.names; i; i = i->next)
            store(s, i->imported.alias);
        break;
    default:
        scan_expression(s, n);
        break;
    }
}

void scope_scan(struct scope *s, const struct ast *list)
{
    for (; list; list = list->next)
        scope_scan_one(s, list);
}

/* Walking without scopes, and not into blocks. */

typedef bool visit_fn(const struct ast *n, void *ctx);

static bool any_one(const struct ast *n, visit_fn *visit, void *ctx);

static bool any_args(const struct ast_args *args, visit_fn *visit, void *ctx)
{
    if (ast_any(args->args, visit, ctx))
        return true;
    for (const struct ast *k = args->kwargs; k; k = k->next)
        if (any_one(k->keyword.value, visit, ctx))
            return true;
    return any_one(args->dyn_args, visit, ctx) || any_one(args->dyn_kwargs, visit, ctx);
}

static bool any_params(const struct ast *params, visit_fn *visit, void *ctx)
{
    for (; params; params = params->next)
        if (visit(params, ctx) || any_one(params->param.dflt, visit, ctx))
            return true;
    return false;
}

/* What hangs below n. */
static bool any_below(const struct ast *n, visit_fn *visit, void *ctx)
{
    switch (n->kind) {
    case AST_TUPLE:
    case AST_LIST:
    case AST_DICT:
    case AST_CONCAT:
    case AST_OUTPUT:
        return ast_any(n->list, visit, ctx);
    case AST_GETATTR:
    case AST_NSREF:
        return any_one(n->attr.base, visit, ctx);
    case AST_CALL:
        return any_one(n->call.callee, visit, ctx) || any_args(&n->call.args, visit, ctx);
    case AST_FILTER:
    case AST_TEST:
        return any_one(n->filter.value, visit, ctx) || any_args(n->filter.args, visit, ctx);
    case AST_COMPARE:
        if (any_one(n->compare.first, visit, ctx))
            return true;
        for (const struct ast *o = n->compare.operands; o; o = o->next)
            if (any_one(o->a, visit, ctx))
                return true;
        return false;
    case AST_GETITEM:
    case AST_SLICE:
    case AST_UNARY:
    case AST_BINARY:
    case AST_AND:
    case AST_OR:
    case AST_COND:
    case AST_DO:
        return any_one(n->a, visit, ctx) || any_one(n->b, visit, ctx) || any_one(n->c, visit, ctx);
    case AST_IF:
        for (const struct ast *b = n->choice.branches; b; b = b->next)
            if (any_one(b->a, visit, ctx) || ast_any(b->b, visit, ctx))
                return true;
        return false;
    case AST_FOR:
        return any_one(n->loop.target, visit, ctx) || any_one(n->loop.iter, visit, ctx) ||
               any_one(n->loop.test, visit, ctx) || ast_any(n->loop.body, visit, ctx) ||
               ast_any(n->loop.otherwise, visit, ctx);
    case AST_SET:
    case AST_SET_BLOCK:
        return any_one(n->set.value, visit, ctx) || any_one(n->set.target, visit, ctx) ||
               ast_any(n->set.body, visit, ctx);
    case AST_MACRO:
        return any_params(n->macro.params, visit, ctx) || ast_any(n->macro.body, visit, ctx);
    case AST_CALL_BLOCK:
        return any_one(n->macro.call, visit, ctx) || any_params(n->macro.params, visit, ctx) ||
               ast_any(n->macro.body, visit, ctx);
    case AST_FILTER_BLOCK:
    case AST_AUTOESCAPE:
        return any_one(n->with.values, visit, ctx) || ast_any(n->with.body, visit, ctx);
    case AST_WITH:
        return ast_any(n->with.values, visit, ctx) || ast_any(n->with.targets, visit, ctx) ||
               ast_any(n->with.body, visit, ctx);
    case AST_EXTENDS:
    case AST_INCLUDE:
    case AST_IMPORT:
    case AST_FROM:
        return any_one(n->import.name, visit, ctx);
    default:
        return false;
    }
}

static bool any_one(const struct ast *n, visit_fn *visit, void *ctx)
{
    return n && (visit(n, ctx) || any_below(n, visit, ctx));
}

bool ast_any(const struct ast *list, visit_fn *visit, void *ctx)
{
    for (; list; list = list->next)
        if (any_one(list, visit, ctx))
            return true;
    return false;
}

struct use {
    struct str name;
    bool used;
};

static bool find_use(const struct ast *n, void *ctx)
{
    struct use *u = ctx;
    if (n->kind != AST_NAME || !str_eq(n->text, u->name))
        return false;
    u->used = n->op == NAME_LOAD;
    return true;
}

bool ast_uses(const struct ast *list, struct str name)
{
    struct use u = { name, false };
    ast_any(list, find_use, &u);
    return u.used;
}
