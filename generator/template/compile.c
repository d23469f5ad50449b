#include "template/compile.h"

#include "base/mem.h"

struct diag *compile_error(struct compiler *c, const char *slug, struct piece at, const char *fmt,
                           ...)
{
    va_list args;
    va_start(args, fmt);
    struct str text = arena_vprintf(c->arena, fmt, args);
    va_end(args);
    c->failed = true;
    return diag_error(c->diags, slug, (struct span){ c->t->src, at.at, at.len }, "%.*s", STR(text));
}

void compile_func_begin(struct func_builder *f, struct place *outer, enum func_kind kind,
                        struct str name, const struct ast *at)
{
    struct compiler *c = outer->c;
    *f = (struct func_builder){ .index = (uint32_t)c->funcs.n };
    f->slots.level = outer->scope ? (uint16_t)(outer->scope->slots->level + 1) : 0;
    scope_init(&f->scope, c->arena, outer->scope, &f->slots);
    f->place = (struct place){ .c = c, .scope = &f->scope };
    struct func row = { .kind = kind, .name = name };
    row.caller = row.kwargs = row.varargs = row.self = row.super = NO_SLOT;
    if (at)
        row.span = piece_of(at);
    f->jump = kind == FUNC_ROOT || kind == FUNC_BLOCK ? NO_SLOT : emit(outer, OP_JUMP, 0, 0, at);
    row.entry = emit_here(outer);
    vec_push(c->arena, &c->funcs, row);
}

void compile_func_end(struct func_builder *f, const struct ast *at)
{
    struct compiler *c = f->place.c;
    struct func *row = &c->funcs.p[f->index];
    emit(&f->place, OP_RETURN, 0, 0, at);
    row->nslots = f->slots.max;
    struct str *names = arena_make_n(&c->t->arena, struct str, f->slots.names.n);
    for (size_t i = 0; i < f->slots.names.n; i++)
        names[i] = f->slots.names.p[i];
    row->slot_names = names;
    if (f->jump != NO_SLOT)
        emit_patch(&f->place, f->jump);
}

/* All blocks of the template, however deep, in the order they stand in. */
static void collect_blocks(struct compiler *c, const struct ast *list);

static void add_block(struct compiler *c, const struct ast *n)
{
    for (size_t i = 0; i < c->blocks.n; i++) {
        if (str_eq(c->blocks.p[i]->block.name, n->block.name)) {
            struct diag *d = compile_error(c, "template-assertion", piece_of(n),
                                           "block '%.*s' is defined twice", STR(n->block.name));
            diag_note(d, (struct span){ c->t->src, c->blocks.p[i]->at, c->blocks.p[i]->len },
                      "the first one");
            return;
        }
    }
    vec_push(c->arena, &c->blocks, n);
    collect_blocks(c, n->block.body);
}

static void collect_blocks(struct compiler *c, const struct ast *list)
{
    for (const struct ast *n = list; n && !c->failed; n = n->next) {
        switch (n->kind) {
        case AST_BLOCK:
            add_block(c, n);
            break;
        case AST_EXTENDS:
            c->extends = true;
            break;
        case AST_IF:
            for (const struct ast *b = n->choice.branches; b; b = b->next)
                collect_blocks(c, b->b);
            break;
        case AST_FOR:
            collect_blocks(c, n->loop.body);
            collect_blocks(c, n->loop.otherwise);
            break;
        case AST_SET_BLOCK:
            collect_blocks(c, n->set.body);
            break;
        case AST_MACRO:
        case AST_CALL_BLOCK:
            collect_blocks(c, n->macro.body);
            break;
        case AST_WITH:
        case AST_FILTER_BLOCK:
        case AST_AUTOESCAPE:
            collect_blocks(c, n->with.body);
            break;
        default:
            break;
        }
    }
}

static void compile_root(struct compiler *c, const struct ast *body)
{
    struct func_builder f;
    struct place nowhere = { .c = c };
    compile_func_begin(&f, &nowhere, FUNC_ROOT, (struct str){ 0 }, NULL);
    f.place.toplevel = f.place.rootlevel = true;
    f.place.check_output = c->extends;
    if (ast_uses(body, S("self")))
        c->funcs.p[f.index].self = scope_param(&f.scope, S("self"))->slot;
    scope_scan(&f.scope, body);
    compile_enter(&f.place, &f.scope, NULL);
    compile_body(&f.place, body);
    if (c->extends)
        emit(&f.place, OP_PARENT, 0, 0, c->extends_at);
    compile_func_end(&f, NULL);
}

static void compile_block_func(struct compiler *c, const struct ast *n)
{
    struct func_builder f;
    struct place nowhere = { .c = c };
    compile_func_begin(&f, &nowhere, FUNC_BLOCK, n->block.name, n);
    struct func *row = &c->funcs.p[f.index];
    row->scoped = n->flag;
    row->required = n->flag2;
    if (ast_uses(n->block.body, S("self")))
        row->self = scope_param(&f.scope, S("self"))->slot;
    if (ast_uses(n->block.body, S("super")))
        row->super = scope_param(&f.scope, S("super"))->slot;
    scope_scan(&f.scope, n->block.body);
    compile_enter(&f.place, &f.scope, n);
    compile_body(&f.place, n->block.body);
    compile_func_end(&f, n);
}

static void *keep(struct template *t, const void *p, size_t n, size_t size)
{
    void *copy = arena_alloc_n(&t->arena, n, size);
    if (n)
        memcpy(copy, p, n * size);
    return copy;
}

#define KEEP(t, vec) keep(t, (vec).p, (vec).n, sizeof *(vec).p)

static void finish(struct compiler *c)
{
    struct template *t = c->t;
    t->code = KEEP(t, c->code);
    t->spans = KEEP(t, c->spans);
    t->ncode = c->code.n;
    t->consts = KEEP(t, c->consts);
    t->nconsts = c->consts.n;
    t->kwnames = KEEP(t, c->kwnames);
    t->callsites = KEEP(t, c->callsites);
    t->locals = KEEP(t, c->locals);
    t->filters = KEEP(t, c->filters);
    t->tests = KEEP(t, c->tests);
    t->funcs = KEEP(t, c->funcs);
    t->nfuncs = c->funcs.n;
}

struct template *template_compile(struct diags *ds, const struct template_options *options,
                                  const struct source *src)
{
    struct arena scratch = { 0 };
    struct template *t = mem_alloc(sizeof *t);
    *t = (struct template){ .options = *options, .src = src };
    struct compiler c = { .arena = &scratch, .diags = ds, .t = t };
    bool good;
    const struct ast *body = template_parse(&scratch, ds, &t->options, src, &good);
    c.failed = !good;
    if (good)
        collect_blocks(&c, body);
    if (!c.failed)
        compile_root(&c, body);
    for (size_t i = 0; i < c.blocks.n && !c.failed; i++)
        compile_block_func(&c, c.blocks.p[i]);
    finish(&c);
    arena_done(&scratch);
    if (c.failed || c.unsound) {
        template_free(t);
        return NULL;
    }
    return t;
}

void template_free(struct template *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->nconsts; i++)
        val_free(t->consts[i]);
    arena_done(&t->arena);
    mem_free(t);
}

struct template_options template_options_jinja(void)
{
    return (struct template_options){
        .undefined = TEMPLATE_LENIENT,
        .block_start = S("{%"),
        .block_end = S("%}"),
        .variable_start = S("{{"),
        .variable_end = S("}}"),
        .comment_start = S("{#"),
        .comment_end = S("#}"),
        .newline = S("\n"),
    };
}

struct template_options template_options_config(void)
{
    struct template_options o = template_options_jinja();
    o.undefined = TEMPLATE_STRICT;
    o.keep_trailing_newline = true;
    o.jsonata_scalars = true;
    return o;
}
