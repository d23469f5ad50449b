/* include, import, from, extends: other templates. */
#include "base/limits.h"
#include "base/mem.h"
#include "template/object.h"

static struct call *top(struct vm *vm)
{
    return vm->top;
}

struct val vm_locals(struct vm *vm, struct val onto, const struct local_set *locals)
{
    const struct call *c = top(vm);
    for (size_t i = 0; i < locals->n; i++) {
        const struct local *l = &locals->p[i];
        const struct env *e = c->env;
        for (uint16_t up = l->up; up > 0; up--)
            e = e->up;
        if (!is_missing(e->slots[l->slot]))
            onto = val_map_put(onto, val_copy(c->t->consts[l->name]), val_copy(e->slots[l->slot]));
    }
    return onto;
}

/* Errors inside a template that was just compiled: how it came to be read. */
static void note_new_errors(struct vm *vm, size_t before)
{
    for (size_t i = before; i < vm->diags->all.n; i++) {
        struct diag *d = vm->diags->all.p[i];
        diag_note(d, vm_span(vm), "it is used here");
        vm_note_calls(vm, d);
    }
}

static struct loaded *compile_source(struct vm *vm, const struct source *src)
{
    struct loaded *l = map_get(&vm->by_path, src->path);
    if (l)
        return l;
    size_t before = vm->diags->all.n;
    l = arena_make(&vm->own, struct loaded);
    l->t = template_compile(vm->diags, vm->options, src);
    if (!l->t) {
        vm->failed = true;
        note_new_errors(vm, before);
    }
    map_put(&vm->own, &vm->by_path, src->path, l);
    return l;
}

/* The template `name`; its `missing` is set if there is none. NULL when the run failed. */
static struct loaded *load(struct vm *vm, struct str name)
{
    const struct source *by = top(vm)->t->src;
    struct buf *key = &vm->scratch;
    key->n = 0;
    buf_put(key, by->path);
    buf_putc(key, '\0');
    buf_put(key, name);
    struct loaded *l = map_get(&vm->templates, buf_str(key));
    if (l)
        return l;
    struct str kept = arena_str(&vm->own, buf_str(key));
    name = arena_str(vm->diags->arena, name); /* messages may show it as the path */
    const struct template_loader *loader = &vm->options->loader;
    size_t errors = vm->diags->errors;
    const struct source *src =
        loader->load ? loader->load(loader->ctx, name, by, vm_span(vm)) : NULL;
    if (src) {
        l = compile_source(vm, src);
    } else if (vm->diags->errors > errors) {
        vm->failed = true;
    } else {
        l = arena_make(&vm->own, struct loaded);
        l->missing = true;
    }
    if (l)
        map_put(&vm->own, &vm->templates, kept, l);
    return vm->failed ? NULL : l;
}

static struct loaded *load_one(struct vm *vm, struct val name)
{
    if (name.kind == VAL_STR)
        return load(vm, peek_str(name));
    if (name.kind == VAL_UNDEFINED)
        undefined_fail(vm, name);
    else
        vm_fail(vm, "wrong-type", "a template's name is a string, not %s", value_kind(name));
    return NULL;
}

static struct loaded *not_found(struct vm *vm, struct val name)
{
    vm_fail(vm, "no-template", "there is no template '%.*s'", STR(peek_str(name)));
    return NULL;
}

/* The first of several that there is. */
static struct loaded *load_first(struct vm *vm, struct val names, bool may_miss)
{
    struct val list = value_items(vm, names);
    struct loaded *found = NULL;
    struct str tried = { 0 };
    for (size_t i = 0; i < peek_count(list) && !vm->failed && !found; i++) {
        struct val name = peek_item(list, i);
        if (name.kind == VAL_UNDEFINED)
            continue;
        struct loaded *l = load_one(vm, name);
        if (l && !l->missing)
            found = l;
        else if (l)
            tried = arena_printf(&vm->own, "%.*s%s%.*s", STR(tried), tried.n ? ", " : "",
                                 STR(peek_str(name)));
    }
    if (!found && !vm->failed && !may_miss)
        vm_fail(vm, "no-templates", "none of these templates is there: %.*s", STR(tried));
    val_free(list);
    return found;
}

static struct loaded *load_named(struct vm *vm, struct val name, bool several, bool may_miss)
{
    if (several && name.kind == VAL_LIST)
        return load_first(vm, name, may_miss);
    struct loaded *l = load_one(vm, name);
    if (l && l->missing)
        return may_miss ? NULL : not_found(vm, name);
    return l;
}

static bool enter_template(struct vm *vm, const struct template *t, struct val parent,
                           enum result result)
{
    if (vm->includes >= LIMIT_INCLUDE_DEPTH) {
        vm_fail(vm, "too-deep", "templates include each other deeper than %d levels",
                LIMIT_INCLUDE_DEPTH);
        val_free(parent);
        return false;
    }
    struct context *ctx = context_make(vm, t, parent);
    context_add_blocks(vm, ctx, t);
    struct env *e = env_make(vm, NULL, ctx, t, &t->funcs[0]);
    if (t->funcs[0].self != NO_SLOT)
        e->slots[t->funcs[0].self] = self_make(ctx);
    if (!vm_enter(vm, t, &t->funcs[0], e, result))
        return false;
    vm->includes++;
    top(vm)->include = true;
    return true;
}

void vm_include(struct vm *vm, uint32_t flags, const struct local_set *locals)
{
    struct val name = vm_pop(vm);
    struct loaded *l = load_named(vm, name, true, flags & INCLUDE_IGNORE_MISSING);
    val_free(name);
    if (!l)
        return;
    struct val parent = flags & INCLUDE_CONTEXT
                            ? vm_locals(vm, context_all(top(vm)->env->ctx), locals)
                            : val_copy(vm->globals);
    enter_template(vm, l->t, parent, RESULT_PRINT);
}

void vm_import(struct vm *vm, uint32_t flags, const struct local_set *locals)
{
    struct val name = vm_pop(vm);
    struct loaded *l = load_named(vm, name, false, false);
    val_free(name);
    if (!l)
        return;
    bool context = flags & INCLUDE_CONTEXT;
    if (!context && !is_missing(l->module)) {
        vm_push(vm, val_copy(l->module));
        return;
    }
    struct val parent =
        context ? vm_locals(vm, context_all(top(vm)->env->ctx), locals) : val_copy(vm->globals);
    if (enter_template(vm, l->t, parent, RESULT_MODULE) && !context)
        top(vm)->loaded = l;
}

void vm_extends(struct vm *vm)
{
    struct val name = vm_pop(vm);
    struct loaded *l = load_named(vm, name, false, false);
    val_free(name);
    if (!l)
        return;
    struct call *c = top(vm);
    c->env->extended = l->t;
    context_add_blocks(vm, c->env->ctx, l->t);
}

void vm_parent(struct vm *vm)
{
    struct call *c = top(vm);
    const struct template *t = c->env->extended;
    if (!t)
        return;
    if (vm->includes >= LIMIT_INCLUDE_DEPTH) {
        vm_fail(vm, "too-deep", "templates extend each other deeper than %d levels",
                LIMIT_INCLUDE_DEPTH);
        return;
    }
    struct env *e = env_make(vm, NULL, c->env->ctx, t, &t->funcs[0]);
    if (t->funcs[0].self != NO_SLOT)
        e->slots[t->funcs[0].self] = self_make(e->ctx);
    vm_enter(vm, t, &t->funcs[0], e, RESULT_PRINT);
}

void vm_load_done(struct vm *vm)
{
    for (size_t i = 0; i < vm->by_path.n; i++) {
        struct loaded *l = vm->by_path.entries[i].value;
        val_free(l->module);
        l->module = (struct val){ 0 };
    }
}
