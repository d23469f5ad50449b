/* Variables: the activations of functions, and the contexts of templates.
 *
 * Macros, recursive loops and `self` refer to activations and contexts without counting, since
 * those hold the macros in turn. An activation is released when it has ended and no value refers to
 * it any more; what is left (a macro held by its own activation) goes when the run ends. */
#include "base/mem.h"
#include "template/object.h"

struct context *context_make(struct vm *vm, const struct template *t, struct val parent)
{
    struct context *ctx = mem_alloc(sizeof *ctx);
    *ctx = (struct context){ .vars = val_map(), .parent = parent, .exports = val_map(), .t = t };
    ctx->next = vm->contexts;
    ctx->link = &vm->contexts;
    if (ctx->next)
        ctx->next->link = &ctx->next;
    vm->contexts = ctx;
    return ctx;
}

static void blocks_release(struct block_table *b)
{
    if (!b || --b->users > 0)
        return;
    for (size_t i = 0; i < b->n; i++)
        mem_free(b->lists[i].refs);
    mem_free(b->lists);
    mem_free(b);
}

static void context_empty(struct context *ctx)
{
    val_free(ctx->vars);
    val_free(ctx->parent);
    val_free(ctx->exports);
    ctx->vars = ctx->parent = ctx->exports = (struct val){ 0 };
    blocks_release(ctx->blocks);
    ctx->blocks = NULL;
}

static void context_unlink(struct context *ctx)
{
    *ctx->link = ctx->next;
    if (ctx->next)
        ctx->next->link = ctx->link;
    mem_free(ctx);
}

static void context_release(struct context *ctx)
{
    if (--ctx->users > 0 || ctx->pinned)
        return;
    context_empty(ctx);
    context_unlink(ctx);
}

struct val context_all(const struct context *ctx)
{
    struct val all = val_copy(ctx->parent);
    for (size_t i = 0; i < peek_count(ctx->vars); i++)
        all = val_map_put(all, val_copy(peek_key_at(ctx->vars, i)),
                          val_copy(peek_value_at(ctx->vars, i)));
    return all;
}

static struct val global_function(struct vm *vm, struct str name)
{
    const struct template_options *o = vm->options;
    for (size_t i = 0; i < o->nfunctions; i++) {
        if (str_eq(o->functions[i].name, name)) {
            struct user *u = mem_alloc(sizeof *u);
            u->f = &o->functions[i];
            return val_ext(&user_type, u);
        }
    }
    const struct builtin *row = builtin_find(template_globals, name);
    return row ? function_make(row) : (struct val){ 0 };
}

struct val context_lookup(struct vm *vm, struct context *ctx, struct val name)
{
    struct val v = peek_lookup(ctx->vars, name);
    if (is_missing(v))
        v = peek_lookup(ctx->parent, name);
    return is_missing(v) ? global_function(vm, peek_str(name)) : val_copy(v);
}

/* Blocks. */

struct block_list *context_blocks(struct context *ctx, struct str name)
{
    for (size_t i = 0; ctx->blocks && i < ctx->blocks->n; i++)
        if (str_eq(ctx->blocks->lists[i].name, name))
            return &ctx->blocks->lists[i];
    return NULL;
}

static struct block_list *add_block_list(struct context *ctx, struct str name)
{
    struct block_table *b = ctx->blocks;
    b->lists = mem_realloc(b->lists, (b->n + 1) * sizeof *b->lists);
    b->lists[b->n] = (struct block_list){ .name = name };
    return &b->lists[b->n++];
}

void context_add_blocks(struct vm *vm, struct context *ctx, const struct template *t)
{
    (void)vm;
    if (!ctx->blocks) {
        ctx->blocks = mem_alloc(sizeof *ctx->blocks);
        *ctx->blocks = (struct block_table){ .users = 1 };
    }
    for (size_t i = 0; i < t->nfuncs; i++) {
        const struct func *f = &t->funcs[i];
        if (f->kind != FUNC_BLOCK)
            continue;
        struct block_list *list = context_blocks(ctx, f->name);
        if (!list)
            list = add_block_list(ctx, f->name);
        list->refs = mem_realloc(list->refs, (list->n + 1) * sizeof *list->refs);
        list->refs[list->n++] = (struct block_ref){ t, f };
    }
}

/* Activations. */

struct env *env_make(struct vm *vm, struct env *up, struct context *ctx, const struct template *t,
                     const struct func *f)
{
    struct env *e = mem_alloc(sizeof *e + f->nslots * sizeof *e->slots);
    *e = (struct env){ .up = up, .ctx = ctx, .t = t, .f = f, .active = true };
    for (uint32_t i = 0; i < f->nslots; i++)
        e->slots[i] = (struct val){ 0 };
    ctx->users++;
    if (up)
        up->closures++; /* the outer variables must stay while these are in use */
    e->next = vm->envs;
    e->link = &vm->envs;
    if (e->next)
        e->next->link = &e->next;
    vm->envs = e;
    vm_spend(vm, 4 + f->nslots);
    vm_claim(vm, sizeof *e);
    return e;
}

static void env_bury(struct vm *vm, struct env *e)
{
    if (e->active || e->closures || e->dead)
        return;
    e->dead = true;
    e->next_dead = vm->dead;
    vm->dead = e;
}

void env_release_closure(struct vm *vm, struct env *e)
{
    e->closures--;
    env_bury(vm, e);
}

static void env_clear(struct env *e)
{
    for (uint32_t i = 0; i < e->f->nslots; i++) {
        struct val old = e->slots[i];
        e->slots[i] = (struct val){ 0 };
        val_free(old);
    }
}

/* Macros that nobody but their own activation holds: how many of its closures they are. */
static uint32_t own_closures(const struct env *e)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < e->f->nslots; i++) {
        struct val v = e->slots[i];
        if (is_ext(v, &macro_type) && v.heap->refs == 1 &&
            ((const struct macro *)peek_ext(v))->env == e)
            n++;
    }
    return n;
}

void env_leave(struct vm *vm, struct env *e)
{
    e->active = false;
    if (e->closures && own_closures(e) == e->closures)
        env_clear(e); /* which buries it */
    env_bury(vm, e);
    env_bury_dead(vm);
}

void env_bury_dead(struct vm *vm)
{
    while (vm->dead) {
        struct env *e = vm->dead;
        vm->dead = e->next_dead;
        e->closures++; /* so that clearing does not bury it again */
        env_clear(e);
        if (e->up)
            env_release_closure(vm, e->up);
        context_release(e->ctx);
        *e->link = e->next;
        if (e->next)
            e->next->link = e->link;
        mem_free(e);
    }
}

void vm_env_done(struct vm *vm)
{
    for (struct env *e = vm->envs; e; e = e->next) {
        e->closures++; /* nothing is buried while all is cleared */
        env_clear(e);
    }
    for (struct context *ctx = vm->contexts; ctx; ctx = ctx->next)
        context_empty(ctx);
    while (vm->envs) {
        struct env *e = vm->envs;
        vm->envs = e->next;
        mem_free(e);
    }
    while (vm->contexts) {
        struct context *ctx = vm->contexts;
        vm->contexts = ctx->next;
        mem_free(ctx);
    }
}
