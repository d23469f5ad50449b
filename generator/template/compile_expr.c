#include "template/compile.h"

uint32_t emit(struct place *p, enum op op, uint32_t n, uint32_t a, const struct ast *at)
{
    struct compiler *c = p->c;
    struct insn i = { (uint16_t)op, (uint16_t)n, a };
    struct piece span = { at ? at->at : 0, at ? at->len : 0 };
    vec_push(c->arena, &c->code, i);
    vec_push(c->arena, &c->spans, span);
    return (uint32_t)(c->code.n - 1);
}

uint32_t emit_here(const struct place *p)
{
    return (uint32_t)p->c->code.n;
}

void emit_patch(struct place *p, uint32_t jump)
{
    p->c->code.p[jump].a = emit_here(p);
}

static uint32_t add_const(struct compiler *c, struct val v)
{
    vec_push(c->arena, &c->consts, v);
    return (uint32_t)(c->consts.n - 1);
}

uint32_t compile_const_str(struct compiler *c, struct str s)
{
    size_t known = (size_t)map_get(&c->const_index, s);
    if (known)
        return (uint32_t)(known - 1);
    uint32_t i = add_const(c, val_str(s));
    map_put(c->arena, &c->const_index, s, (void *)((size_t)i + 1));
    return i;
}

static void compile_const(struct place *p, const struct ast *n)
{
    switch ((enum ast_const)n->op) {
    case CONST_NONE:
        emit(p, OP_NONE, 0, 0, n);
        break;
    case CONST_FALSE:
        emit(p, OP_FALSE, 0, 0, n);
        break;
    case CONST_TRUE:
        emit(p, OP_TRUE, 0, 0, n);
        break;
    case CONST_INT:
        if (n->integer <= INT32_MAX)
            emit(p, OP_INT, 0, (uint32_t)n->integer, n);
        else
            emit(p, OP_CONST, 0, add_const(p->c, val_int(n->integer)), n);
        break;
    case CONST_BIG:
        emit(p, OP_CONST, 0, add_const(p->c, template_integer(n->text)), n);
        break;
    case CONST_FLOAT:
        emit(p, OP_CONST, 0, add_const(p->c, val_float(n->number)), n);
        break;
    case CONST_STR:
        emit(p, OP_CONST, 0, compile_const_str(p->c, n->text), n);
        break;
    }
}

/* How many functions outwards the scope's function is. */
static uint16_t hops(const struct place *p, const struct scope *s)
{
    return (uint16_t)(p->scope->slots->level - s->slots->level);
}

static void compile_load(struct place *p, struct str name, const struct ast *n)
{
    const struct sym *y = scope_find(p->scope, name);
    emit(p, OP_LOAD, hops(p, y->scope), y->slot, n);
}

void compile_print(struct place *p, const struct ast *n)
{
    if (n->kind == AST_NAME) {
        const struct sym *y = scope_find(p->scope, n->text);
        emit(p, OP_OUTPUT_SLOT, hops(p, y->scope), y->slot, n);
    } else if (n->kind == AST_CALL) {
        compile_call(p, n, true, NO_SLOT);
    } else {
        compile_expr(p, n);
        emit(p, OP_OUTPUT, 0, 0, n);
    }
}

void compile_enter(struct place *p, struct scope *s, const struct ast *at)
{
    for (size_t i = 0; i < s->order.n; i++) {
        const struct sym *y = s->order.p[i];
        if (!y->present)
            continue;
        switch (y->load) {
        case SYM_PARAM:
            break;
        case SYM_RESOLVE:
            emit(p, OP_RESOLVE, 0, y->slot, at);
            emit(p, OP_DATA, 0, compile_const_str(p->c, y->name), at);
            break;
        case SYM_ALIAS:
            emit(p, OP_ALIAS, hops(p, y->alias->scope), y->alias->slot, at);
            emit(p, OP_DATA, 0, y->slot, at);
            break;
        case SYM_MISSING:
            emit(p, OP_CLEAR, 1, y->slot, at);
            break;
        }
    }
}

void compile_leave(struct place *p, struct scope *s, const struct ast *at)
{
    uint32_t n = s->slots->used - s->first_slot;
    for (uint32_t i = 0; i < n; i += UINT16_MAX)
        emit(p, OP_CLEAR, n - i < UINT16_MAX ? n - i : UINT16_MAX, s->first_slot + i, at);
    scope_done(s);
}

static size_t list_length(const struct ast *list)
{
    size_t n = 0;
    for (; list; list = list->next)
        n++;
    return n;
}

static void compile_list(struct place *p, enum op op, const struct ast *n)
{
    size_t count = 0;
    for (const struct ast *item = n->list; item; item = item->next, count++)
        compile_expr(p, item);
    emit(p, op, 0, (uint32_t)(op == OP_DICT ? count / 2 : count), n);
}

/* Pushes the arguments; returns their call site. */
static uint32_t compile_args(struct place *p, const struct ast_args *args, struct str method,
                             uint32_t caller, const struct ast *at)
{
    struct compiler *c = p->c;
    struct callsite site = { .dyn_args = args->dyn_args, .dyn_kwargs = args->dyn_kwargs };
    size_t nargs = list_length(args->args), nkwargs = list_length(args->kwargs);
    if (nargs > 10000 || nkwargs > 10000) {
        compile_error(c, "too-large", piece_of(at), "too many arguments");
        return 0;
    }
    for (const struct ast *a = args->args; a; a = a->next)
        compile_expr(p, a);
    for (const struct ast *k = args->kwargs; k; k = k->next)
        compile_expr(p, k->keyword.value);
    if (caller != NO_SLOT)
        emit(p, OP_MACRO, 0, caller, at);
    if (args->dyn_args)
        compile_expr(p, args->dyn_args);
    if (args->dyn_kwargs)
        compile_expr(p, args->dyn_kwargs);
    site.nargs = (uint16_t)nargs;
    site.nkwargs = (uint16_t)(nkwargs + (caller != NO_SLOT));
    site.names = (uint32_t)c->kwnames.n;
    for (const struct ast *k = args->kwargs; k; k = k->next)
        vec_push(c->arena, &c->kwnames, compile_const_str(c, k->keyword.name));
    if (caller != NO_SLOT)
        vec_push(c->arena, &c->kwnames, compile_const_str(c, S("caller")));
    site.name = method.n ? compile_const_str(c, method) : 0;
    vec_push(c->arena, &c->callsites, site);
    return (uint32_t)(c->callsites.n - 1);
}

/* Methods that change what they are called on. */
static bool is_mutator(struct str name)
{
    static const struct str names[] = {
        S_INIT("append"),     S_INIT("clear"),   S_INIT("extend"), S_INIT("insert"),
        S_INIT("pop"),        S_INIT("popitem"), S_INIT("remove"), S_INIT("reverse"),
        S_INIT("setdefault"), S_INIT("sort"),    S_INIT("update"),
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq(names[i], name))
            return true;
    return false;
}

void compile_call(struct place *p, const struct ast *n, bool print, uint32_t caller)
{
    const struct ast *callee = n->call.callee;
    if (callee->kind == AST_GETATTR) {
        struct str name = callee->attr.name;
        if (is_mutator(name))
            p->c->t->mutates = true;
        compile_expr(p, callee->attr.base);
        /* The span is that of ".name(…)" in errors about the name: the callee's. */
        uint32_t site = compile_args(p, &n->call.args, name, caller, n);
        emit(p, OP_CALL_METHOD, print, site, n);
        struct ast attr = *callee;
        attr.at = callee->at + callee->len - (uint32_t)name.n;
        attr.len = (uint32_t)name.n;
        emit(p, OP_DATA, 0, 0, &attr);
        return;
    }
    compile_expr(p, callee);
    uint32_t site = compile_args(p, &n->call.args, (struct str){ 0 }, caller, n);
    emit(p, OP_CALL, print, site, n);
}

static void suggest_builtin(struct place *p, struct diag *d, struct str name,
                            struct builtin_table table)
{
    struct str *names = arena_make_n(p->c->arena, struct str, table.n);
    for (size_t i = 0; i < table.n; i++)
        names[i] = table.rows[i].name;
    diag_suggest(d, name, names, table.n);
}

/* The row number of the filter or test in what this template uses. */
static uint32_t use_builtin(struct place *p, const struct ast *n, bool test)
{
    struct compiler *c = p->c;
    struct builtin_table table = test ? template_tests : template_filters;
    struct str name = n->filter.name;
    size_t count = test ? c->tests.n : c->filters.n;
    struct used_builtin *used = test ? c->tests.p : c->filters.p;
    struct used_builtin row = { name, builtin_find(table, name) };
    if (!row.row && !p->soft) {
        struct span at = { c->t->src, n->at, (uint32_t)name.n }; /* the name stands first */
        struct diag *d = diag_error(c->diags, test ? "unknown-test" : "unknown-filter", at,
                                    "unknown %s '%.*s'", test ? "test" : "filter", STR(name));
        c->unsound = true;
        suggest_builtin(p, d, name, table);
        return 0;
    }
    for (size_t i = 0; i < count; i++)
        if (str_eq(used[i].name, name))
            return (uint32_t)i;
    if (count == UINT16_MAX) {
        compile_error(c, "too-large", piece_of(n), "too many different filters");
        return 0;
    }
    if (test)
        vec_push(c->arena, &c->tests, row);
    else
        vec_push(c->arena, &c->filters, row);
    return (uint32_t)count;
}

static void compile_filter(struct place *p, const struct ast *n)
{
    bool test = n->kind == AST_TEST;
    uint32_t row = use_builtin(p, n, test);
    uint32_t site = compile_args(p, n->filter.args, (struct str){ 0 }, NO_SLOT, n);
    emit(p, test ? OP_TEST : OP_FILTER, row, site, n);
}

void compile_filter_chain(struct place *p, const struct ast *n)
{
    if (n->filter.value)
        compile_filter_chain(p, n->filter.value);
    compile_filter(p, n);
}

static void compile_compare(struct place *p, const struct ast *n)
{
    VEC(uint32_t) jumps = { 0 };
    compile_expr(p, n->compare.first);
    for (const struct ast *o = n->compare.operands; o; o = o->next) {
        compile_expr(p, o->a);
        if (o->next)
            vec_push(p->c->arena, &jumps, emit(p, OP_COMPARE_CHAIN, o->op, 0, o));
        else
            emit(p, OP_COMPARE, o->op, 0, o);
    }
    for (size_t i = 0; i < jumps.n; i++)
        emit_patch(p, jumps.p[i]);
}

static void compile_cond(struct place *p, const struct ast *n)
{
    bool soft = p->soft;
    p->soft = true;
    compile_expr(p, n->a);
    uint32_t otherwise = emit(p, OP_JUMP_FALSE, 0, 0, n);
    compile_expr(p, n->b);
    uint32_t end = emit(p, OP_JUMP, 0, 0, n);
    emit_patch(p, otherwise);
    if (n->c)
        compile_expr(p, n->c);
    else
        emit(p, OP_COND_UNDEFINED, 0, 0, n);
    emit_patch(p, end);
    p->soft = soft;
}

static void compile_getitem(struct place *p, const struct ast *n)
{
    compile_expr(p, n->a);
    if (n->b->kind != AST_SLICE) {
        if (n->b->kind == AST_CONST && n->b->op == CONST_STR && is_mutator(n->b->text))
            p->c->t->mutates = true;
        compile_expr(p, n->b);
        emit(p, OP_GETITEM, 0, 0, n);
        return;
    }
    const struct ast *parts[] = { n->b->a, n->b->b, n->b->c };
    for (int i = 0; i < 3; i++) {
        if (parts[i])
            compile_expr(p, parts[i]);
        else
            emit(p, OP_NONE, 0, 0, n);
    }
    emit(p, OP_SLICE, 0, 0, n);
}

/* ".name": errors point at the name. */
static void compile_getattr(struct place *p, const struct ast *n)
{
    struct str name = n->attr.name;
    const struct ast *base = n->attr.base;
    bool method = builtin_find(template_map_methods, name) != NULL;
    struct ast at = *n;
    at.at = n->at + n->len - (uint32_t)name.n;
    at.len = (uint32_t)name.n;
    if (is_mutator(name))
        p->c->t->mutates = true;
    if (base->kind == AST_NAME) {
        const struct sym *y = scope_find(p->scope, base->text);
        emit(p, OP_LOAD_ATTR, hops(p, y->scope), y->slot, base);
        emit(p, OP_DATA, method, compile_const_str(p->c, name), &at);
        return;
    }
    compile_expr(p, base);
    emit(p, OP_GETATTR, method, compile_const_str(p->c, name), &at);
}

static void compile_logic(struct place *p, const struct ast *n)
{
    compile_expr(p, n->a);
    uint32_t jump =
        emit(p, n->kind == AST_AND ? OP_JUMP_FALSE_KEEP : OP_JUMP_TRUE_KEEP, 0, 0, n->a);
    compile_expr(p, n->b);
    emit_patch(p, jump);
}

void compile_expr(struct place *p, const struct ast *n)
{
    static const enum op unary[] = {
        [UNARY_NOT] = OP_NOT, [UNARY_NEG] = OP_NEG, [UNARY_POS] = OP_POS
    };
    switch ((enum ast_kind)n->kind) {
    case AST_CONST:
        compile_const(p, n);
        break;
    case AST_NAME:
        compile_load(p, n->text, n);
        break;
    case AST_TUPLE:
        compile_list(p, OP_TUPLE, n);
        break;
    case AST_LIST:
        compile_list(p, OP_LIST, n);
        break;
    case AST_DICT:
        compile_list(p, OP_DICT, n);
        break;
    case AST_CONCAT:
        compile_list(p, OP_CONCAT, n);
        break;
    case AST_GETATTR:
        compile_getattr(p, n);
        break;
    case AST_GETITEM:
        compile_getitem(p, n);
        break;
    case AST_SLICE: /* x[a:b, c], which nothing of ours can be asked for */
        compile_error(p->c, "template-syntax", piece_of(n), "a slice must stand alone in []");
        break;
    case AST_CALL:
        compile_call(p, n, false, NO_SLOT);
        break;
    case AST_FILTER:
    case AST_TEST:
        compile_expr(p, n->filter.value);
        compile_filter(p, n);
        break;
    case AST_UNARY:
        compile_expr(p, n->a);
        emit(p, unary[n->op], 0, 0, n);
        break;
    case AST_BINARY:
        compile_expr(p, n->a);
        compile_expr(p, n->b);
        emit(p, OP_BINARY, n->op, 0, n);
        break;
    case AST_AND:
    case AST_OR:
        compile_logic(p, n);
        break;
    case AST_COMPARE:
        compile_compare(p, n);
        break;
    case AST_COND:
        compile_cond(p, n);
        break;
    default:
        break;
    }
}

void compile_store(struct place *p, const struct ast *target, struct scope *scope, bool export)
{
    if (target->kind == AST_TUPLE) {
        emit(p, OP_UNPACK, 0, (uint32_t)list_length(target->list), target);
        for (const struct ast *item = target->list; item; item = item->next)
            compile_store(p, item, scope, export);
        return;
    }
    if (target->kind == AST_NSREF) {
        compile_load(p, target->attr.base->text, target->attr.base);
        emit(p, OP_SET_ATTR, 0, compile_const_str(p->c, target->attr.name), target);
        return;
    }
    struct str name = target->text;
    if (export)
        emit(p, OP_EXPORT, str_starts(name, S("_")) ? EXPORT_PRIVATE : EXPORT_PUBLIC,
             compile_const_str(p->c, name), target);
    const struct sym *y = scope_find(scope, name);
    emit(p, OP_STORE, 0, y->slot, target);
}
