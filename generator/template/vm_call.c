/* Calls: arguments, macros, blocks, recursive loops, and the tables' functions. */
#include "base/mem.h"
#include "template/object.h"

enum { PARAMS = 12 }; /* a row's parameters at most */

static struct call *top(struct vm *vm)
{
    return vm->top;
}

bool vm_enter(struct vm *vm, const struct template *t, const struct func *f, struct env *env,
              enum result result)
{
    struct span site = vm->ncalls ? vm_span(vm) : (struct span){ 0 };
    if (vm->ncalls >= vm->max_calls) {
        vm_fail(vm, "too-deep", "macros, includes and loops call each other deeper than %zu levels",
                vm->max_calls);
        env_leave(vm, env);
        return false;
    }
    if (vm->ncalls == vm->calls_cap) {
        vm->calls_cap = vm->calls_cap ? vm->calls_cap * 2 : 16;
        vm->calls = mem_realloc(vm->calls, vm->calls_cap * sizeof *vm->calls);
    }
    bool safe = vm->ncalls && vm->calls[vm->ncalls - 1].autoescape;
    vm->top = &vm->calls[vm->ncalls++];
    *vm->top = (struct call){ .t = t,
                              .f = f,
                              .env = env,
                              .pc = f->entry - 1,
                              .result = result,
                              .autoescape = vm->options->autoescape,
                              .mark_safe = safe,
                              .site = site,
                              .origin = NO_SLOT };
    if (result == RESULT_TEXT || result == RESULT_MODULE)
        vm_capture(vm);
    return true;
}

static struct val make_module(struct vm *vm, const struct call *c, const struct context *ctx,
                              struct val text)
{
    struct module *m = mem_alloc(sizeof *m);
    *m = (struct module){ .exports = val_map(), .text = text, .name = c->t->src->path };
    (void)vm;
    for (size_t i = 0; i < peek_count(ctx->exports); i++) {
        struct val name = peek_key_at(ctx->exports, i);
        struct val v = peek_lookup(ctx->vars, name);
        if (!is_missing(v))
            m->exports = val_map_put(m->exports, val_copy(name), val_copy(v));
    }
    return val_ext(&module_type, m);
}

void vm_return(struct vm *vm)
{
    struct call c = *top(vm);
    struct val text = { 0 };
    if (c.result == RESULT_TEXT || c.result == RESULT_MODULE)
        text = vm_capture_end(vm);
    if (c.result == RESULT_TEXT && c.mark_safe)
        text = val_safe(text);
    if (c.result == RESULT_MODULE) {
        text = make_module(vm, &c, c.env->ctx, val_safe(text));
        if (c.loaded)
            c.loaded->module = val_copy(text);
    }
    if (c.include)
        vm->includes--;
    vm->ncalls--;
    vm->top--;
    env_leave(vm, c.env);
    if (!is_missing(text))
        vm_push(vm, text);
}

/* Arguments. */

static struct val *room(struct val **p, size_t *cap, size_t n)
{
    if (n > *cap) {
        *cap = n < 16 ? 16 : n * 2;
        *p = mem_realloc(*p, *cap * sizeof **p);
    }
    return *p;
}

/* Adds what stands behind ** to the keyword arguments. */
static bool spread_map(struct vm *vm, struct args *args, struct val map)
{
    if (map.kind != VAL_MAP) {
        if (map.kind == VAL_UNDEFINED)
            undefined_fail(vm, map);
        else
            vm_fail(vm, "wrong-type", "'**' needs a map, not %s", value_kind(map));
        return false;
    }
    size_t n = args->nkwargs + peek_count(map);
    struct val *names = room(&vm->kwnames, &vm->kwnames_cap, n);
    struct val *values = room(&vm->kwargs, &vm->kwargs_cap, n);
    if (args->nkwargs)
        memcpy(values, args->kwargs, args->nkwargs * sizeof *values);
    for (size_t i = 0; i < peek_count(map); i++) {
        struct val key = peek_key_at(map, i);
        if (key.kind != VAL_STR) {
            vm_fail(vm, "wrong-type", "'**' needs keys that are strings");
            return false;
        }
        for (size_t k = 0; k < args->nkwargs; k++) {
            if (str_eq(peek_str(names[k]), peek_str(key))) {
                vm_fail(vm, "wrong-arguments", "the argument '%.*s' is given twice",
                        STR(peek_str(key)));
                return false;
            }
        }
        names[args->nkwargs + i] = key;
        values[args->nkwargs + i] = peek_value_at(map, i);
    }
    args->kwnames = names;
    args->kwargs = values;
    args->nkwargs = n;
    return true;
}

/* The arguments of `site`, which lie on top of the stack; `extra` keeps what * was spread from and
 * is to be released by the caller. */
static bool collect_args(struct vm *vm, const struct callsite *site, struct args *out,
                         size_t *on_stack, struct val *extra)
{
    const struct template *t = top(vm)->t;
    *on_stack = (size_t)site->nargs + site->nkwargs + site->dyn_args + site->dyn_kwargs;
    const struct val *base = vm->stack + vm->sp - *on_stack;
    *out = (struct args){ base, site->nargs, NULL, base + site->nargs, site->nkwargs };
    *extra = (struct val){ 0 };
    if (site->nkwargs) {
        struct val *names = room(&vm->kwnames, &vm->kwnames_cap, site->nkwargs);
        for (size_t i = 0; i < site->nkwargs; i++)
            names[i] = t->consts[t->kwnames[site->names + i]];
        out->kwnames = names;
    }
    if (site->dyn_args) {
        *extra = value_items(vm, base[site->nargs + site->nkwargs]);
        if (vm->failed)
            return false;
        size_t more = peek_count(*extra);
        struct val *v = room(&vm->argv, &vm->argv_cap, site->nargs + more);
        memcpy(v, base, site->nargs * sizeof *v);
        for (size_t i = 0; i < more; i++)
            v[site->nargs + i] = peek_item(*extra, i);
        out->v = v;
        out->n += more;
    }
    return !site->dyn_kwargs || spread_map(vm, out, vm->stack[vm->sp - 1]);
}

/* Binding arguments to the parameters of a row. */

static size_t split_params(const char *params, struct str out[PARAMS])
{
    size_t n = 0;
    struct str rest = str_from(params), name;
    while (str_split(&rest, ',', &name))
        out[n++] = name;
    return n;
}

/* "it takes: width, first, blank" */
static void help_params(struct vm *vm, struct diag *d, const struct builtin *row)
{
    struct str names[PARAMS];
    size_t n = split_params(row->params, names);
    if (!d || !n)
        return;
    struct str text = names[0];
    for (size_t i = 1; i < n; i++)
        text = arena_printf(&vm->own, "%.*s, %.*s", STR(text), STR(names[i]));
    diag_help(d, "it takes: %.*s", STR(text));
}

static void wrong_count(struct vm *vm, const struct builtin *row, const char *what, size_t n,
                        size_t given)
{
    struct diag *d;
    if (n == 0) {
        vm_fail(vm, "wrong-arguments", "%s '%.*s' takes no arguments", what, STR(row->name));
        return;
    }
    d = vm_fail(vm, "wrong-arguments", "%s '%.*s' takes %zu argument%s at most, not %zu", what,
                STR(row->name), n, n == 1 ? "" : "s", given);
    help_params(vm, d, row);
}

static bool bind_named(struct vm *vm, const struct builtin *row, const char *what,
                       const struct args *args, struct val bound[PARAMS])
{
    struct str names[PARAMS];
    size_t n = split_params(row->params, names);
    for (size_t k = 0; k < args->nkwargs; k++) {
        struct str name = peek_str(args->kwnames[k]);
        size_t i = 0;
        while (i < n && !str_eq(names[i], name))
            i++;
        if (i == n) {
            struct diag *d = vm_fail(vm, "wrong-arguments", "%s '%.*s' has no argument '%.*s'",
                                     what, STR(row->name), STR(name));
            help_params(vm, d, row);
            return false;
        }
        if (!is_missing(bound[i])) {
            vm_fail(vm, "wrong-arguments", "the argument '%.*s' is given twice", STR(name));
            return false;
        }
        bound[i] = args->kwargs[k];
    }
    return true;
}

struct val vm_apply(struct vm *vm, const struct builtin *row, const char *what, struct val self,
                    const struct args *args)
{
    if (!row->params || (args->n == 0 && args->nkwargs == 0 && row->required == 0))
        return row->call(vm, self, args);
    struct val bound[PARAMS] = { 0 };
    size_t n = row->params[0] ? 1 : 0;
    for (const char *p = row->params; *p; p++)
        n += *p == ',';
    if (args->n > n) {
        wrong_count(vm, row, what, n, args->n + args->nkwargs);
        return val_null();
    }
    for (size_t i = 0; i < args->n; i++)
        bound[i] = args->v[i];
    if (args->nkwargs && !bind_named(vm, row, what, args, bound))
        return val_null();
    for (size_t i = 0; i < row->required; i++) {
        if (is_missing(bound[i])) {
            struct str names[PARAMS];
            split_params(row->params, names);
            help_params(vm,
                        vm_fail(vm, "wrong-arguments", "%s '%.*s' needs the argument '%.*s'", what,
                                STR(row->name), STR(names[i])),
                        row);
            return val_null();
        }
    }
    struct args given = { bound, n, NULL, NULL, 0 };
    return row->call(vm, self, &given);
}

/* Macros. */

static bool is_caller(struct str name)
{
    return str_eq(name, S("caller"));
}

/* A keyword argument goes to its parameter, to `caller`, or to kwargs. */
static bool bind_macro_kwarg(struct vm *vm, const struct func *f, struct env *e, size_t given,
                             struct val key, struct val v, struct val *rest)
{
    struct str name = peek_str(key);
    for (size_t i = given; i < f->nparams; i++) {
        if (str_eq(f->params[i], name)) {
            e->slots[i] = val_copy(v);
            return true;
        }
    }
    if (f->caller != NO_SLOT && is_caller(name)) {
        e->slots[f->caller] = val_copy(v);
        return true;
    }
    if (f->kwargs != NO_SLOT) {
        *rest = val_map_put(*rest, val_copy(key), val_copy(v));
        return true;
    }
    if (is_caller(name)) {
        vm_fail(vm, "wrong-arguments", "macro '%.*s' does not use caller()", STR(f->name));
        return false;
    }
    struct diag *d = vm_fail(vm, "wrong-arguments", "macro '%.*s' has no parameter '%.*s'",
                             STR(f->name), STR(name));
    if (d)
        diag_suggest(d, name, f->params, f->nparams);
    return false;
}

static struct val no_caller(struct vm *vm)
{
    struct undefined u = { .hint = S_INIT("No caller defined"),
                           .name = S_INIT("caller"),
                           .span = vm_span(vm) };
    return undefined_value(vm, &u);
}

static bool bind_macro(struct vm *vm, const struct func *f, struct env *e, const struct args *args)
{
    size_t given = args->n < f->nparams ? args->n : f->nparams;
    for (size_t i = 0; i < given; i++)
        e->slots[i] = val_copy(args->v[i]);
    if (args->n > given && f->varargs == NO_SLOT) {
        vm_fail(vm, "wrong-arguments", "%s '%.*s' takes %zu argument%s at most, not %zu",
                f->kind == FUNC_CALLER ? "the call block" : "macro", STR(f->name), f->nparams,
                f->nparams == 1 ? "" : "s", args->n);
        return false;
    }
    if (f->varargs != NO_SLOT) {
        struct val more = val_tuple();
        for (size_t i = given; i < args->n; i++)
            more = val_list_push(more, val_copy(args->v[i]));
        e->slots[f->varargs] = more;
    }
    struct val rest = f->kwargs != NO_SLOT ? val_map() : (struct val){ 0 };
    for (size_t k = 0; k < args->nkwargs; k++) {
        if (!bind_macro_kwarg(vm, f, e, given, args->kwnames[k], args->kwargs[k], &rest)) {
            val_free(rest);
            return false;
        }
    }
    if (f->kwargs != NO_SLOT)
        e->slots[f->kwargs] = rest;
    if (f->caller != NO_SLOT &&
        (is_missing(e->slots[f->caller]) || e->slots[f->caller].kind == VAL_NULL))
        e->slots[f->caller] = no_caller(vm);
    return true;
}

/* What is on the stack from the callee on goes, the macro's activation begins. */
static void call_macro(struct vm *vm, struct val callee, const struct args *args, size_t on_stack,
                       bool print)
{
    const struct macro *m = peek_ext(callee);
    struct macro copy = *m;
    struct env *e = env_make(vm, copy.env, copy.env->ctx, copy.t, copy.f);
    if (!bind_macro(vm, copy.f, e, args)) {
        env_leave(vm, e);
        return;
    }
    vm_drop(vm, on_stack + 1); /* the activation keeps the macro's surroundings from here on */
    if (vm_enter(vm, copy.t, copy.f, e, print ? RESULT_PRINT : RESULT_TEXT))
        top(vm)->autoescape = copy.autoescape;
}

/* Recursive loops. */

static void enter_loop(struct vm *vm, const struct template *t, const struct func *f,
                       struct env *up, struct val items, uint32_t depth0, enum result result)
{
    bool escape = top(vm)->autoescape;
    struct env *e = env_make(vm, up, up->ctx, t, f);
    e->slots[0] = items;
    if (vm_enter(vm, t, f, e, result)) {
        top(vm)->depth0 = depth0;
        top(vm)->autoescape = escape;
    }
}

void vm_loop_call(struct vm *vm, const struct func *f)
{
    struct val items = vm_pop(vm);
    enter_loop(vm, top(vm)->t, f, top(vm)->env, items, 0, RESULT_PRINT);
}

static void call_loop(struct vm *vm, struct val callee, const struct args *args, size_t on_stack,
                      bool print)
{
    const struct loop *l = peek_ext(callee);
    if (!l->f) {
        vm_fail(vm, "wrong-type", "only a loop marked 'recursive' can be called");
        return;
    }
    if (args->n != 1 || args->nkwargs) {
        vm_fail(vm, "wrong-arguments", "loop() takes one argument: what to go through");
        return;
    }
    struct loop copy = *l;
    struct val items = val_copy(args->v[0]);
    copy.env->closures++;
    vm_drop(vm, on_stack + 1);
    enter_loop(vm, copy.t, copy.f, copy.env, items, copy.depth0 + 1,
               print ? RESULT_PRINT : RESULT_TEXT);
    env_release_closure(vm, copy.env);
}

/* Blocks. */

bool vm_call_block(struct vm *vm, struct context *ctx, struct str name, size_t depth,
                   enum result result)
{
    struct block_list *list = context_blocks(ctx, name);
    struct block_ref ref = list->refs[depth];
    struct env *e = env_make(vm, NULL, ctx, ref.t, ref.f);
    if (ref.f->self != NO_SLOT)
        e->slots[ref.f->self] = self_make(ctx);
    if (ref.f->super != NO_SLOT) {
        if (depth + 1 < list->n) {
            e->slots[ref.f->super] = block_make(ctx, list->name, depth + 1);
        } else {
            struct undefined u = { .name = S_INIT("super"), .span = vm_span(vm) };
            u.hint = arena_printf(&vm->own, "there is no parent block called '%.*s'.", STR(name));
            e->slots[ref.f->super] = undefined_value(vm, &u);
        }
    }
    return vm_enter(vm, ref.t, ref.f, e, result);
}

void vm_block(struct vm *vm, uint32_t flags, struct str name, const struct local_set *locals)
{
    struct context *ctx = top(vm)->env->ctx;
    struct block_list *list = context_blocks(ctx, name);
    if (flags & BLOCK_REQUIRED && list->n <= 1) {
        vm_fail(vm, "template-runtime", "the required block '%.*s' is not defined", STR(name));
        return;
    }
    if (flags & BLOCK_SCOPED) {
        struct context *derived = context_make(vm, ctx->t, vm_locals(vm, context_all(ctx), locals));
        derived->blocks = ctx->blocks;
        derived->blocks->users++;
        ctx = derived;
    }
    vm_call_block(vm, ctx, name, 0, RESULT_PRINT);
}

/* Anything that can be called. */

static struct val call_user(struct vm *vm, struct val callee, const struct args *args)
{
    const struct template_function *f = ((const struct user *)peek_ext(callee))->f;
    if (args->nkwargs) {
        vm_fail(vm, "wrong-arguments", "function '%.*s' takes no named arguments", STR(f->name));
        return val_null();
    }
    struct template_call call = { vm->diags, vm_span(vm), args->v, args->n };
    size_t errors = vm->diags->errors;
    struct val v = f->call(f->ctx, &call);
    if (v.kind == VAL_UNDEFINED || vm->diags->errors > errors) {
        vm->failed = true;
        if (vm->diags->all.n && vm->diags->errors > errors)
            vm_note_calls(vm, vm->diags->all.p[vm->diags->all.n - 1]);
    }
    return v;
}

/* The result of what is no template code; false if it is, or nothing that can be called. */
static bool call_plain(struct vm *vm, struct val callee, const struct args *args, struct val *out)
{
    if (is_ext(callee, &function_type)) {
        *out = vm_apply(vm, ((const struct function *)peek_ext(callee))->row, "function",
                        (struct val){ 0 }, args);
    } else if (is_ext(callee, &method_type)) {
        const struct method *m = peek_ext(callee);
        *out = vm_apply(vm, m->row, "method", m->self, args);
    } else if (is_ext(callee, &user_type)) {
        *out = call_user(vm, callee, args);
    } else if (is_ext(callee, &joiner_type)) {
        struct joiner *j = peek_ext(callee);
        *out = j->used ? val_copy(j->sep) : val_str(S(""));
        j->used = true;
    } else {
        return false;
    }
    return true;
}

/* Frees everything from the callee on, then prints or pushes the result. */
static void finish_call(struct vm *vm, size_t on_stack, struct val result, bool print)
{
    if (vm->failed) {
        val_free(result);
        return;
    }
    vm_drop(vm, on_stack + 1);
    if (!print) {
        vm_push(vm, result);
        return;
    }
    vm_output(vm, result);
    val_free(result);
}

static void call_block_object(struct vm *vm, struct val callee, size_t on_stack, bool print)
{
    struct block_object b = *(const struct block_object *)peek_ext(callee);
    if (on_stack) {
        vm_fail(vm, "wrong-arguments", "a block takes no arguments");
        return;
    }
    vm_drop(vm, 1);
    vm_call_block(vm, b.ctx, b.name, b.depth, print ? RESULT_PRINT : RESULT_TEXT);
}

static void call_with(struct vm *vm, const struct args *args, size_t on_stack, bool print)
{
    struct val callee = vm->stack[vm->sp - on_stack - 1], result;
    if (call_plain(vm, callee, args, &result))
        finish_call(vm, on_stack, result, print);
    else if (is_ext(callee, &macro_type))
        call_macro(vm, callee, args, on_stack, print);
    else if (is_ext(callee, &loop_type))
        call_loop(vm, callee, args, on_stack, print);
    else if (is_ext(callee, &block_type))
        call_block_object(vm, callee, on_stack, print);
    else if (callee.kind == VAL_UNDEFINED)
        undefined_fail(vm, callee);
    else
        vm_fail(vm, "wrong-type", "%s cannot be called", value_kind(callee));
}

void vm_call_value(struct vm *vm, const struct callsite *site, bool print)
{
    struct args args;
    size_t on_stack;
    struct val extra;
    if (collect_args(vm, site, &args, &on_stack, &extra))
        call_with(vm, &args, on_stack, print);
    val_free(extra);
}

/* The row of a method that the object's class has, without making a value of it. */
static const struct builtin *class_method(struct val v, struct str name)
{
    switch (v.kind) {
    case VAL_STR:
        return builtin_find(template_str_methods, name);
    case VAL_MAP:
        return builtin_find(template_map_methods, name);
    case VAL_LIST:
        return v.flags == LIST_PLAIN ? builtin_find(template_list_methods, name) : NULL;
    default:
        return NULL;
    }
}

void vm_call_method(struct vm *vm, const struct callsite *site, bool print)
{
    size_t caller = vm->ncalls - 1, on_stack;
    struct val name = top(vm)->t->consts[site->name];
    struct args args;
    struct val extra;
    if (!collect_args(vm, site, &args, &on_stack, &extra)) {
        val_free(extra);
        return;
    }
    struct val *self = &vm->stack[vm->sp - on_stack - 1];
    const struct builtin *row = class_method(*self, peek_str(name));
    if (row) {
        finish_call(vm, on_stack, vm_apply(vm, row, "method", *self, &args), print);
    } else {
        vm->calls[caller].pc++; /* the operand's span is that of the name */
        struct val callee = value_getattr(vm, *self, peek_str(name));
        vm->calls[caller].pc--;
        if (!vm->failed && callee.kind == VAL_UNDEFINED && !is_missing(callee)) {
            undefined_fail(vm, callee);
        } else if (!vm->failed) {
            val_free(*self);
            *self = callee;
            call_with(vm, &args, on_stack, print);
        } else {
            val_free(callee);
        }
    }
    vm->calls[caller].pc++;
    val_free(extra);
}

void vm_call_builtin(struct vm *vm, const struct used_builtin *used, const char *what,
                     const struct callsite *site)
{
    struct args args;
    size_t on_stack;
    struct val extra;
    if (!used->row) {
        builtin_unknown(vm, used->name, what[0] == 't');
        return;
    }
    if (collect_args(vm, site, &args, &on_stack, &extra)) {
        struct val self = vm->stack[vm->sp - on_stack - 1];
        finish_call(vm, on_stack, vm_apply(vm, used->row, what, self, &args), false);
    }
    val_free(extra);
}
