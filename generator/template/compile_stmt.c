#include "template/compile.h"

#include "base/mem.h"

/* A place inside p with a scope of its own. */
static struct place inner_place(const struct place *p, struct scope *s)
{
    struct place inner = *p;
    scope_init(s, p->c->arena, p->scope, p->scope->slots);
    inner.scope = s;
    inner.toplevel = inner.rootlevel = inner.soft = false;
    return inner;
}

static void compile_literal(struct place *p, const struct ast *n)
{
    struct template *t = p->c->t;
    bool change =
        str_find_char(n->text, '\r', 0) != SIZE_MAX || !str_eq(t->options.newline, S("\n"));
    emit(p, OP_LITERAL, change, 0, n);
}

/* Text at the top counts only while the template extends no other. Returns the jump around it, or
 * NO_SLOT; *skip: it never counts. */
static uint32_t begin_output(struct place *p, const struct ast *n, bool *skip)
{
    *skip = p->check_output && p->c->known_extends;
    if (!p->check_output || *skip)
        return NO_SLOT;
    return emit(p, OP_JUMP_EXTENDED, 0, 0, n);
}

static void compile_if(struct place *p, const struct ast *n)
{
    VEC(uint32_t) ends = { 0 };
    struct place inner = *p;
    inner.soft = true;
    inner.rootlevel = false;
    for (const struct ast *b = n->choice.branches; b; b = b->next) {
        uint32_t next = NO_SLOT;
        if (b->a) {
            compile_expr(&inner, b->a);
            next = emit(p, OP_JUMP_FALSE, 0, 0, b->a);
        }
        compile_body(&inner, b->b);
        if (b->next)
            vec_push(p->c->arena, &ends, emit(p, OP_JUMP, 0, 0, n));
        if (next != NO_SLOT)
            emit_patch(p, next);
    }
    for (size_t i = 0; i < ends.n; i++)
        emit_patch(p, ends.p[i]);
}

/* Loops. */

static bool is_scoped_block(const struct ast *list);

static bool holds_scoped_block(const struct ast *n)
{
    switch (n->kind) {
    case AST_BLOCK:
        return n->flag || is_scoped_block(n->block.body);
    case AST_IF:
        for (const struct ast *b = n->choice.branches; b; b = b->next)
            if (is_scoped_block(b->b))
                return true;
        return false;
    case AST_FOR:
        return is_scoped_block(n->loop.body) || is_scoped_block(n->loop.otherwise);
    case AST_SET_BLOCK:
        return is_scoped_block(n->set.body);
    case AST_MACRO:
    case AST_CALL_BLOCK:
        return is_scoped_block(n->macro.body);
    case AST_WITH:
    case AST_FILTER_BLOCK:
    case AST_AUTOESCAPE:
        return is_scoped_block(n->with.body);
    default:
        return false;
    }
}

static bool is_scoped_block(const struct ast *list)
{
    for (; list; list = list->next)
        if (holds_scoped_block(list))
            return true;
    return false;
}

static bool find_loop_store(const struct ast *n, void *ctx)
{
    const struct ast **found = ctx;
    if (n->kind != AST_NAME || n->op == NAME_LOAD || !str_eq(n->text, S("loop")))
        return false;
    *found = n;
    return true;
}

static void refuse_loop_store(struct place *p, const struct ast *n)
{
    const struct ast *found = NULL;
    ast_any(n->loop.target, find_loop_store, &found);
    if (!found)
        ast_any(n->loop.body, find_loop_store, &found);
    if (found && found->op != NAME_PARAM)
        compile_error(p->c, "template-assertion", piece_of(found),
                      "'loop' cannot be set inside a loop");
    else if (found && found == n->loop.target)
        compile_error(p->c, "template-assertion", piece_of(found), "a loop cannot set 'loop'");
}

/* The target's variables as the tuple (or tuples) that they came from. */
static void compile_target_value(struct place *p, const struct ast *target, struct scope *s)
{
    if (target->kind != AST_TUPLE) {
        emit(p, OP_LOAD, 0, scope_find(s, target->text)->slot, target);
        return;
    }
    uint32_t n = 0;
    for (const struct ast *item = target->list; item; item = item->next, n++)
        compile_target_value(p, item, s);
    emit(p, OP_TUPLE, 0, n, target);
}

/* The next item, into the target's variables in s; jumps away at the end. With `keep` one that was
 * taken apart comes to the stack again, as a tuple. */
static uint32_t compile_next(struct place *p, const struct ast *n, struct scope *s, bool keep)
{
    const struct ast *target = n->loop.target;
    uint32_t next;
    if (target->kind == AST_NAME) {
        next = emit(p, OP_NEXT_STORE, 0, 0, n->loop.iter);
        emit(p, OP_DATA, 0, scope_find(s, target->text)->slot, n->loop.iter);
        return next;
    }
    next = emit(p, OP_NEXT, 0, 0, n->loop.iter);
    compile_store(p, target, s, false);
    if (keep)
        compile_target_value(p, target, s);
    return next;
}

static void compile_test(struct place *p, const struct ast *n, struct scope *s)
{
    struct place inner = *p;
    inner.scope = s;
    inner.toplevel = inner.rootlevel = inner.soft = false;
    compile_expr(&inner, n->loop.test);
}

/* Goes through all items first, keeping those that pass the loop's `if`: the loop object knows how
 * many there are. */
static void compile_eager_test(struct place *p, const struct ast *n, struct scope *s,
                               uint32_t flags)
{
    uint32_t each = compile_next(p, n, s, true);
    bool name = n->loop.target->kind == AST_NAME;
    compile_test(p, n, s);
    emit(p, OP_FILTERED, name, each, n->loop.test);
    emit(p, OP_DATA, 0, name ? scope_find(s, n->loop.target->text)->slot : 0, n->loop.test);
    emit_patch(p, each);
    emit(p, OP_REFILL, flags, 0, n->loop.iter);
}

/* Tests each item when its turn comes. */
static uint32_t compile_lazy_test(struct place *p, const struct ast *n, struct scope *s,
                                  struct scope *body)
{
    const struct ast *target = n->loop.target;
    uint32_t next = compile_next(p, n, s, true);
    compile_test(p, n, s);
    if (target->kind == AST_NAME) {
        emit(p, OP_JUMP_FALSE, 0, next, n->loop.test);
        emit(p, OP_ALIAS, 0, scope_find(s, target->text)->slot, n);
        emit(p, OP_DATA, 0, scope_find(body, target->text)->slot, n);
        return next;
    }
    uint32_t pass = emit(p, OP_JUMP_TRUE, 0, 0, n->loop.test);
    emit(p, OP_POP, 0, 0, n);
    emit(p, OP_JUMP, 0, next, n);
    emit_patch(p, pass);
    compile_store(p, target, body, false);
    return next;
}

/* The loop's `if` has a scope of its own, which the body does not see. */
static void begin_test(struct place *p, const struct ast *n, struct scope *s)
{
    scope_init(s, p->c->arena, p->scope, p->scope->slots);
    scope_scan_one(s, n->loop.target);
    scope_scan_one(s, n->loop.test);
    compile_enter(p, s, n);
}

/* [iterator --] */
static void compile_loop_else(struct place *p, const struct ast *n)
{
    struct scope scope;
    struct place other = inner_place(p, &scope);
    uint32_t end = emit(p, OP_JUMP_RAN, 0, 0, n);
    scope_scan(&scope, n->loop.otherwise);
    compile_enter(&other, &scope, n);
    compile_body(&other, n->loop.otherwise);
    compile_leave(&other, &scope, n);
    emit_patch(p, end);
}

/* [iterator --], from the iterator's first item to the end of else. */
static void compile_loop(struct place *p, const struct ast *n, uint32_t flags)
{
    struct scope scope, test_scope;
    struct loop_labels labels = { .captures = p->captures, .escapes = p->escapes };
    if (n->loop.test) {
        begin_test(p, n, &test_scope);
        if (flags)
            compile_eager_test(p, n, &test_scope, flags);
    }
    struct place body = inner_place(p, &scope);
    body.loop = &labels;
    if (flags & ITER_LOOP)
        emit(p, OP_LOOP, 0, scope_param(&scope, S("loop"))->slot, n);
    scope_scan_one(&scope, n->loop.target);
    scope_scan(&scope, n->loop.body);
    labels.next = n->loop.test && !flags ? compile_lazy_test(p, n, &test_scope, &scope)
                                         : compile_next(p, n, &scope, false);
    compile_enter(&body, &scope, n);
    compile_body(&body, n->loop.body);
    if (n->flag2)
        emit(p, OP_RAN, 0, 0, n);
    if (n->loop.target->kind == AST_NAME && (flags || !n->loop.test)) {
        emit(p, OP_NEXT_BACK, 0, labels.next + 2, n->loop.iter);
        emit(p, OP_DATA, 0, scope_find(&scope, n->loop.target->text)->slot, n->loop.iter);
    } else {
        emit(p, OP_JUMP, 0, labels.next, n);
    }
    emit_patch(p, labels.next);
    for (size_t i = 0; i < labels.breaks.n; i++)
        emit_patch(p, labels.breaks.p[i]);
    compile_leave(p, &scope, n);
    if (n->loop.test)
        compile_leave(p, &test_scope, n);
    if (n->flag2)
        compile_loop_else(p, n);
    else
        emit(p, OP_POP, 0, 0, n);
}

static void compile_recursive_loop(struct place *p, const struct ast *n)
{
    struct func_builder f;
    compile_func_begin(&f, p, FUNC_LOOP, S("loop"), n);
    f.place.check_output = p->check_output;
    const struct sym *items = scope_param(&f.scope, (struct str){ 0 });
    emit(&f.place, OP_LOAD, 0, items->slot, n->loop.iter);
    emit(&f.place, OP_ITER, ITER_LOOP | ITER_RECURSIVE, f.index, n->loop.iter);
    compile_loop(&f.place, n, ITER_LOOP | ITER_RECURSIVE);
    compile_func_end(&f, n);
    compile_expr(p, n->loop.iter);
    emit(p, OP_LOOP_CALL, 0, f.index, n);
}

static void compile_for(struct place *p, const struct ast *n)
{
    refuse_loop_store(p, n);
    if (n->flag) {
        compile_recursive_loop(p, n);
        return;
    }
    bool extended = ast_uses(n->loop.body, S("loop")) || is_scoped_block(n->loop.body);
    uint32_t flags = extended ? ITER_LOOP : 0;
    compile_expr(p, n->loop.iter);
    emit(p, OP_ITER, n->loop.test ? 0 : flags, 0, n->loop.iter);
    compile_loop(p, n, flags);
}

static void compile_jump_out(struct place *p, const struct ast *n)
{
    if (!p->loop) {
        compile_error(p->c, "template-syntax", piece_of(n), "'%s' outside a loop",
                      n->kind == AST_BREAK ? "break" : "continue");
        return;
    }
    for (int i = p->escapes; i > p->loop->escapes; i--)
        emit(p, OP_AUTOESCAPE_END, 0, 0, n);
    for (int i = p->captures; i > p->loop->captures; i--)
        emit(p, OP_CAPTURE_DROP, 0, 0, n);
    if (n->kind == AST_CONTINUE)
        emit(p, OP_JUMP, 0, p->loop->next, n);
    else
        vec_push(p->c->arena, &p->loop->breaks, emit(p, OP_JUMP, 0, 0, n));
}

/* Macros. */

static bool has_param(const struct ast *params, struct str name, const struct ast **dflt)
{
    for (; params; params = params->next) {
        if (str_eq(params->param.name, name)) {
            *dflt = params->param.dflt;
            return true;
        }
    }
    return false;
}

static void declare_special(struct func_builder *f, const struct ast *n, struct str name,
                            uint32_t *slot)
{
    const struct ast *dflt;
    if (ast_uses(n->macro.body, name) && !has_param(n->macro.params, name, &dflt))
        *slot = scope_param(&f->scope, name)->slot;
}

static void declare_params(struct func_builder *f, const struct ast *n)
{
    struct compiler *c = f->place.c;
    VEC(struct str) names = { 0 };
    const struct ast *dflt = NULL;
    for (const struct ast *a = n->macro.params; a; a = a->next) {
        if (map_has(&f->scope.names, a->param.name)) {
            compile_error(c, "template-syntax", piece_of(a), "parameter '%.*s' stands here twice",
                          STR(a->param.name));
            return;
        }
        scope_param(&f->scope, a->param.name);
        vec_push(&c->t->arena, &names, a->param.name);
    }
    uint32_t caller = NO_SLOT, kwargs = NO_SLOT, varargs = NO_SLOT;
    declare_special(f, n, S("caller"), &caller);
    declare_special(f, n, S("kwargs"), &kwargs);
    declare_special(f, n, S("varargs"), &varargs);
    bool explicit_caller = has_param(n->macro.params, S("caller"), &dflt);
    if (explicit_caller && !dflt && ast_uses(n->macro.body, S("caller")))
        compile_error(c, "template-assertion", piece_of(n),
                      "the parameter 'caller' must have a default, or be left out");
    struct func *func = &c->funcs.p[f->index];
    func->params = names.p;
    func->nparams = names.n;
    func->caller = caller;
    func->kwargs = kwargs;
    func->varargs = varargs;
    func->explicit_caller = explicit_caller;
}

static uint32_t compile_macro_func(struct place *p, const struct ast *n, enum func_kind kind,
                                   struct str name)
{
    struct func_builder f;
    compile_func_begin(&f, p, kind, name, n);
    declare_params(&f, n);
    if (p->c->failed)
        return 0;
    for (const struct ast *a = n->macro.params; a; a = a->next)
        scope_scan_one(&f.scope, a->param.dflt);
    scope_scan(&f.scope, n->macro.body);
    compile_enter(&f.place, &f.scope, n);
    for (const struct ast *a = n->macro.params; a; a = a->next) {
        uint32_t slot = scope_find(&f.scope, a->param.name)->slot;
        emit(&f.place, OP_JUMP_SET, 0, slot, a);
        uint32_t jump = emit(&f.place, OP_DATA, 0, 0, a);
        if (a->param.dflt) {
            compile_expr(&f.place, a->param.dflt);
            emit(&f.place, OP_STORE, 0, slot, a);
        } else {
            emit(&f.place, OP_NO_PARAM, 0, slot, a);
            emit(&f.place, OP_DATA, 0, compile_const_str(p->c, a->param.name), a);
        }
        emit_patch(&f.place, jump);
    }
    compile_body(&f.place, n->macro.body);
    compile_func_end(&f, n);
    return f.index;
}

/* The value on the stack becomes a variable of this scope, and of the context at the top. */
static void store_name(struct place *p, struct str name, enum export_flag export,
                       const struct ast *at)
{
    if (p->toplevel)
        emit(p, OP_EXPORT, export, compile_const_str(p->c, name), at);
    emit(p, OP_STORE, 0, scope_find(p->scope, name)->slot, at);
}

static void compile_macro(struct place *p, const struct ast *n)
{
    uint32_t func = compile_macro_func(p, n, FUNC_MACRO, n->macro.name);
    if (p->c->failed)
        return;
    emit(p, OP_MACRO, 0, func, n);
    store_name(p, n->macro.name, str_starts(n->macro.name, S("_")) ? EXPORT_PRIVATE : EXPORT_PUBLIC,
               n);
}

static void compile_call_block(struct place *p, const struct ast *n)
{
    uint32_t func = compile_macro_func(p, n, FUNC_CALLER, S("caller"));
    if (!p->c->failed)
        compile_call(p, n->macro.call, true, func);
}

/* Blocks with a scope. */

static void compile_filter_block(struct place *p, const struct ast *n)
{
    struct scope scope;
    struct place inner = inner_place(p, &scope);
    scope_scan_one(&scope, n->with.values);
    scope_scan(&scope, n->with.body);
    compile_enter(&inner, &scope, n);
    emit(p, OP_CAPTURE, 0, 0, n);
    inner.captures++;
    compile_body(&inner, n->with.body);
    inner.captures--;
    emit(p, OP_CAPTURE_END, 0, 0, n);
    compile_filter_chain(&inner, n->with.values);
    emit(p, OP_OUTPUT, 0, 0, n->with.values);
    compile_leave(p, &scope, n);
}

static void compile_set_block(struct place *p, const struct ast *n)
{
    struct scope scope;
    struct place inner = inner_place(p, &scope);
    inner.check_output = false;
    scope_scan_one(&scope, n->set.value);
    scope_scan(&scope, n->set.body);
    compile_enter(&inner, &scope, n);
    emit(p, OP_CAPTURE, 0, 0, n);
    inner.captures++;
    compile_body(&inner, n->set.body);
    inner.captures--;
    emit(p, OP_CAPTURE_END, 0, 0, n);
    if (n->set.value) {
        compile_filter_chain(&inner, n->set.value);
        emit(p, OP_MARK_SAFE, 0, 0, n);
    }
    compile_store(p, n->set.target, p->scope, p->toplevel);
    compile_leave(p, &scope, n);
}

static void compile_with(struct place *p, const struct ast *n)
{
    struct scope scope;
    struct place inner = inner_place(p, &scope);
    scope_scan(&scope, n->with.targets);
    scope_scan(&scope, n->with.body);
    compile_enter(&inner, &scope, n);
    const struct ast *value = n->with.values;
    for (const struct ast *t = n->with.targets; t; t = t->next, value = value->next) {
        compile_expr(p, value);
        compile_store(&inner, t, &scope, false);
    }
    compile_body(&inner, n->with.body);
    compile_leave(p, &scope, n);
}

static void compile_autoescape(struct place *p, const struct ast *n)
{
    struct scope scope;
    struct place inner = inner_place(p, &scope);
    scope_scan_one(&scope, n->with.values);
    scope_scan(&scope, n->with.body);
    compile_enter(&inner, &scope, n);
    compile_expr(&inner, n->with.values);
    emit(p, OP_AUTOESCAPE, 0, 0, n->with.values);
    inner.escapes++;
    compile_body(&inner, n->with.body);
    emit(p, OP_AUTOESCAPE_END, 0, 0, n);
    compile_leave(p, &scope, n);
}

/* Other templates. */

/* The variables that are set in the scopes around here, innermost first. */
static uint32_t local_set(struct place *p)
{
    struct compiler *c = p->c;
    struct map seen = { 0 };
    VEC(struct local) all = { 0 };
    for (const struct scope *s = p->scope; s; s = s->up) {
        for (size_t i = 0; i < s->order.n; i++) {
            const struct sym *y = s->order.p[i];
            if (!y->present || !y->stored || y->name.n == 0 || map_has(&seen, y->name))
                continue;
            map_put(c->arena, &seen, y->name, (void *)1);
            struct local l = { compile_const_str(c, y->name),
                               (uint16_t)(p->scope->slots->level - s->slots->level), y->slot };
            vec_push(&c->t->arena, &all, l);
        }
    }
    struct local_set set = { all.p, all.n };
    vec_push(c->arena, &c->locals, set);
    return (uint32_t)(c->locals.n - 1);
}

static void compile_include(struct place *p, const struct ast *n)
{
    p->c->t->loads = true;
    compile_expr(p, n->import.name);
    uint32_t flags = (n->flag ? INCLUDE_IGNORE_MISSING : 0) | (n->flag2 ? INCLUDE_CONTEXT : 0);
    emit(p, OP_INCLUDE, flags, n->flag2 ? local_set(p) : 0, n->import.name);
}

static void compile_import(struct place *p, const struct ast *n)
{
    p->c->t->loads = true;
    compile_expr(p, n->import.name);
    emit(p, OP_IMPORT, n->flag2 ? INCLUDE_CONTEXT : 0, n->flag2 ? local_set(p) : 0, n->import.name);
    if (n->kind == AST_IMPORT) {
        store_name(p, n->import.target, EXPORT_HIDE, n);
        return;
    }
    for (const struct ast *i = n->import.names; i; i = i->next) {
        emit(p, OP_IMPORT_NAME, 0, compile_const_str(p->c, i->imported.name), i);
        store_name(p, i->imported.alias, EXPORT_HIDE, i);
    }
    emit(p, OP_POP, 0, 0, n);
}

static void compile_extends(struct place *p, const struct ast *n)
{
    struct compiler *c = p->c;
    c->t->loads = true;
    if (!p->toplevel) {
        compile_error(c, "template-assertion", piece_of(n),
                      "'extends' must stand at the top, outside loops and macros");
        return;
    }
    if (c->nextends > 0) {
        uint32_t jump = NO_SLOT;
        if (!c->known_extends) {
            jump = emit(p, OP_JUMP_EXTENDED, 0, 0, n);
            uint32_t fine = emit(p, OP_JUMP, 0, 0, n);
            emit_patch(p, jump);
            jump = fine;
        }
        emit(p, OP_EXTENDED_TWICE, 0, 0, n);
        if (jump != NO_SLOT)
            emit_patch(p, jump);
    }
    compile_expr(p, n->import.name);
    emit(p, OP_EXTENDS, 0, 0, n->import.name);
    if (p->rootlevel)
        c->known_extends = true;
    c->nextends++;
    c->extends_at = n->import.name;
}

static void compile_block(struct place *p, const struct ast *n)
{
    struct compiler *c = p->c;
    uint32_t jump = NO_SLOT;
    if (p->toplevel) {
        if (c->known_extends)
            return;
        if (c->nextends > 0)
            jump = emit(p, OP_JUMP_EXTENDED, 0, 0, n);
    }
    emit(p, OP_BLOCK, (n->flag ? BLOCK_SCOPED : 0) | (n->flag2 ? BLOCK_REQUIRED : 0),
         compile_const_str(c, n->block.name), n);
    emit(p, OP_DATA, 0, n->flag ? local_set(p) : 0, n);
    if (jump != NO_SLOT)
        emit_patch(p, jump);
}

static void compile_statement(struct place *p, const struct ast *n)
{
    uint32_t jump;
    bool skip;
    switch ((enum ast_kind)n->kind) {
    case AST_DATA:
    case AST_OUTPUT:
        jump = begin_output(p, n, &skip);
        if (skip)
            break;
        if (n->kind == AST_DATA)
            compile_literal(p, n);
        for (const struct ast *e = n->kind == AST_DATA ? NULL : n->list; e; e = e->next)
            compile_print(p, e);
        if (jump != NO_SLOT)
            emit_patch(p, jump);
        break;
    case AST_IF:
        compile_if(p, n);
        break;
    case AST_FOR:
        compile_for(p, n);
        break;
    case AST_SET:
        compile_expr(p, n->set.value);
        compile_store(p, n->set.target, p->scope, p->toplevel);
        break;
    case AST_SET_BLOCK:
        compile_set_block(p, n);
        break;
    case AST_MACRO:
        compile_macro(p, n);
        break;
    case AST_CALL_BLOCK:
        compile_call_block(p, n);
        break;
    case AST_FILTER_BLOCK:
        compile_filter_block(p, n);
        break;
    case AST_WITH:
        compile_with(p, n);
        break;
    case AST_BLOCK:
        compile_block(p, n);
        break;
    case AST_EXTENDS:
        compile_extends(p, n);
        break;
    case AST_INCLUDE:
        compile_include(p, n);
        break;
    case AST_IMPORT:
    case AST_FROM:
        compile_import(p, n);
        break;
    case AST_DO:
        compile_expr(p, n->a);
        emit(p, OP_POP, 0, 0, n);
        break;
    case AST_BREAK:
    case AST_CONTINUE:
        compile_jump_out(p, n);
        break;
    case AST_AUTOESCAPE:
        compile_autoescape(p, n);
        break;
    default:
        UNREACHABLE();
    }
}

void compile_body(struct place *p, const struct ast *list)
{
    for (; list && !p->c->failed; list = list->next)
        compile_statement(p, list);
}
