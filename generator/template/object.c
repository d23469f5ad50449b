#include "template/object.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "template/big.h"

enum { NAMESPACE_DEPTH = 20 }; /* of namespaces in namespaces, as text */

/* Loops. */

/* Releases v, unless something may hang below it: that is kept in a list, to be released without
 * recursion. */
static struct val release_or_keep(struct val held, struct val v)
{
    if (v.kind < VAL_LIST || v.heap->refs > 1) {
        val_free(v);
        return held;
    }
    return val_list_push(is_missing(held) ? val_list() : held, v);
}

static struct val loop_free(void *self)
{
    struct loop *l = self;
    struct val held = { 0 };
    held = release_or_keep(held, l->source);
    held = release_or_keep(held, l->before);
    held = release_or_keep(held, l->current);
    held = release_or_keep(held, l->changed);
    if (l->env)
        env_release_closure(l->vm, l->env);
    mem_free(l);
    return held;
}

const struct val_ext_type loop_type = { "a loop", loop_free };

struct val loop_make(struct vm *vm, struct val source, uint32_t flags)
{
    struct loop *l = mem_alloc(sizeof *l);
    *l = (struct loop){ .vm = vm, .source = source, .track = flags != 0 };
    if (source.kind == VAL_MAP)
        l->size = peek_count(source);
    if (is_ext(source, &view_type))
        l->size = peek_count(((const struct view *)peek_ext(source))->map);
    if (is_ext(source, &generator_type))
        l->start = ((struct generator *)peek_ext(source))->next;
    return val_ext(&loop_type, l);
}

static bool same_size(struct vm *vm, const struct loop *l, struct val map)
{
    if (peek_count(map) == l->size)
        return true;
    vm_fail(vm, "changed-while-iterated", "the map changed size while it was iterated");
    return false;
}

static bool ext_next(struct vm *vm, struct loop *l, struct val *item)
{
    if (is_ext(l->source, &range_type)) {
        const struct range *r = peek_ext(l->source);
        if (l->next >= r->n)
            return false;
        *item = val_int(r->start + (int64_t)l->next++ * r->step);
        return true;
    }
    if (is_ext(l->source, &view_type)) {
        const struct view *v = peek_ext(l->source);
        if (!same_size(vm, l, v->map) || l->next >= l->size)
            return false;
        *item = view_item(v, l->next++);
        return true;
    }
    if (is_ext(l->source, &generator_type)) {
        struct generator *g = peek_ext(l->source);
        if (g->next >= peek_count(g->items))
            return false;
        *item = val_copy(peek_item(g->items, g->next++));
        return true;
    }
    vm_fail(vm, "wrong-type", "%s cannot be iterated", value_kind(l->source));
    return false;
}

/* The next item, without what the loop object keeps. */
static bool source_next(struct vm *vm, struct loop *l, struct val *item)
{
    struct val s = l->source;
    switch (s.kind) {
    case VAL_LIST:
        if (l->next >= peek_count(s))
            return false;
        *item = val_copy(peek_item(s, l->next++));
        return true;
    case VAL_MAP:
        if (!same_size(vm, l, s) || l->next >= l->size)
            return false;
        *item = val_copy(peek_key_at(s, l->next++));
        return true;
    case VAL_STR: {
        struct str text = peek_str(s);
        size_t from = l->next;
        if (from >= text.n)
            return false;
        utf8_next(text, &l->next);
        *item = val_str(str_sub(text, from, l->next));
        return true;
    }
    case VAL_EXT:
        return ext_next(vm, l, item);
    case VAL_UNDEFINED:
        value_truth(vm, s);
        return false;
    default:
        vm_fail(vm, "wrong-type", "%s cannot be iterated", value_kind(s));
        return false;
    }
}

bool loop_next(struct vm *vm, struct loop *l, struct val *item)
{
    if (!source_next(vm, l, item))
        return false;
    l->index++;
    if (l->track) {
        val_free(l->before);
        l->before = l->current;
        l->current = val_copy(*item);
    }
    return true;
}

size_t loop_length(const struct loop *l)
{
    switch (l->source.kind) {
    case VAL_LIST:
    case VAL_MAP:
        return peek_count(l->source);
    case VAL_STR:
        return utf8_length(peek_str(l->source));
    case VAL_EXT:
        if (is_ext(l->source, &range_type))
            return ((const struct range *)peek_ext(l->source))->n;
        if (is_ext(l->source, &view_type))
            return peek_count(((const struct view *)peek_ext(l->source))->map);
        if (is_ext(l->source, &generator_type))
            return peek_count(((const struct generator *)peek_ext(l->source))->items) - l->start;
        return 0;
    default:
        return 0;
    }
}

/* The item behind the current one, without moving; false if there is none. */
static bool loop_peek(struct vm *vm, struct loop *l, struct val *item)
{
    size_t next = l->next;
    if (is_ext(l->source, &generator_type)) {
        struct generator *g = peek_ext(l->source);
        bool more = g->next < peek_count(g->items);
        if (more)
            *item = val_copy(peek_item(g->items, g->next));
        return more;
    }
    bool more = source_next(vm, l, item);
    l->next = next;
    return more;
}

static struct val hint(struct vm *vm, struct str text, struct str name)
{
    struct undefined u = { .hint = text, .name = name, .span = vm_span(vm) };
    return undefined_value(vm, &u);
}

static struct val loop_cycle(struct vm *vm, struct val self, const struct args *args)
{
    const struct loop *l = peek_ext(self);
    if (args->n == 0) {
        vm_fail(vm, "wrong-arguments", "loop.cycle needs values to go through");
        return val_null();
    }
    return val_copy(args->v[(l->index - 1) % args->n]);
}

static struct val loop_changed(struct vm *vm, struct val self, const struct args *args)
{
    struct loop *l = peek_ext(self);
    struct val now = val_tuple();
    for (size_t i = 0; i < args->n; i++) {
        if (value_reaches(vm, args->v[i], self)) {
            val_free(now);
            return val_bool(true);
        }
        now = val_list_push(now, val_copy(args->v[i]));
    }
    bool changed = is_missing(l->changed) || !value_equal(vm, l->changed, now);
    val_free(l->changed);
    l->changed = now;
    return val_bool(changed);
}

static const struct builtin loop_methods[] = {
    { S_INIT("changed"), loop_changed, NULL, 0 },
    { S_INIT("cycle"), loop_cycle, NULL, 0 },
};

static struct val of_size(size_t n)
{
    return val_int((int64_t)n);
}

static struct val loop_neighbour(struct vm *vm, struct loop *l, bool next)
{
    struct val v;
    if (next)
        return loop_peek(vm, l, &v) ? v : hint(vm, S("there is no next item"), S("nextitem"));
    return l->index > 1 ? val_copy(l->before)
                        : hint(vm, S("there is no previous item"), S("previtem"));
}

struct val loop_getattr(struct vm *vm, struct val self, struct str name)
{
    struct loop *l = peek_ext(self);
    struct val v;
    if (str_eq(name, S("index")))
        return of_size(l->index);
    if (str_eq(name, S("index0")))
        return of_size(l->index - 1);
    if (str_eq(name, S("first")))
        return val_bool(l->index == 1);
    if (str_eq(name, S("last"))) {
        if (!loop_peek(vm, l, &v))
            return val_bool(true);
        val_free(v);
        return val_bool(false);
    }
    if (str_eq(name, S("length")))
        return of_size(loop_length(l));
    if (str_eq(name, S("revindex")))
        return val_int((int64_t)loop_length(l) - (int64_t)l->index + 1);
    if (str_eq(name, S("revindex0")))
        return val_int((int64_t)loop_length(l) - (int64_t)l->index);
    if (str_eq(name, S("depth")))
        return val_int((int64_t)l->depth0 + 1);
    if (str_eq(name, S("depth0")))
        return val_int(l->depth0);
    if (str_eq(name, S("nextitem")) || str_eq(name, S("previtem")))
        return loop_neighbour(vm, l, name.p[0] == 'n');
    for (size_t i = 0; i < sizeof loop_methods / sizeof *loop_methods; i++)
        if (str_eq(loop_methods[i].name, name))
            return method_make(val_copy(self), &loop_methods[i]);
    return (struct val){ 0 };
}

/* Lazy sequences and ranges. */

static struct val generator_free(void *self)
{
    struct generator *g = self;
    struct val items = g->items;
    mem_free(g);
    return items;
}

const struct val_ext_type generator_type = { "a lazy sequence", generator_free };

struct val generator_make(struct val items, const char *made_by)
{
    struct generator *g = mem_alloc(sizeof *g);
    *g = (struct generator){ .items = items, .made_by = made_by };
    return val_ext(&generator_type, g);
}

static struct val plain_free(void *self)
{
    mem_free(self);
    return (struct val){ 0 };
}

const struct val_ext_type range_type = { "a range", plain_free };

struct val range_make(int64_t start, int64_t stop, int64_t step)
{
    struct range *r = mem_alloc(sizeof *r);
    *r = (struct range){ start, stop, step, 0 };
    if (step > 0 && stop > start)
        r->n = (size_t)(((uint64_t)stop - (uint64_t)start - 1) / (uint64_t)step + 1);
    else if (step < 0 && stop < start)
        r->n = (size_t)(((uint64_t)start - (uint64_t)stop - 1) / (0 - (uint64_t)step) + 1);
    return val_ext(&range_type, r);
}

static struct val view_free(void *self)
{
    struct view *v = self;
    struct val map = v->map;
    mem_free(v);
    return map;
}

const struct val_ext_type view_type = { "a view of a map", view_free };

struct val view_make(struct val map, enum view_class class)
{
    struct view *v = mem_alloc(sizeof *v);
    *v = (struct view){ map, class };
    return val_ext(&view_type, v);
}

struct val view_item(const struct view *v, size_t i)
{
    if (v->class == VIEW_KEYS)
        return val_copy(peek_key_at(v->map, i));
    if (v->class == VIEW_VALUES)
        return val_copy(peek_value_at(v->map, i));
    struct val pair = val_list_push(val_tuple(), val_copy(peek_key_at(v->map, i)));
    return val_list_push(pair, val_copy(peek_value_at(v->map, i)));
}

/* Functions and methods. */

const struct val_ext_type function_type = { "a function", plain_free };
const struct val_ext_type user_type = { "a function", plain_free };

struct val function_make(const struct builtin *row)
{
    struct function *f = mem_alloc(sizeof *f);
    f->row = row;
    return val_ext(&function_type, f);
}

static struct val method_free(void *self)
{
    struct method *m = self;
    struct val held = m->self;
    mem_free(m);
    return held;
}

const struct val_ext_type method_type = { "a method", method_free };

struct val method_make(struct val self, const struct builtin *row)
{
    struct method *m = mem_alloc(sizeof *m);
    *m = (struct method){ self, row };
    return val_ext(&method_type, m);
}

static struct val namespace_free(void *self)
{
    struct namespace *n = self;
    struct val map = n->map;
    mem_free(n);
    return map;
}

const struct val_ext_type namespace_type = { "a namespace", namespace_free };

static struct val macro_free(void *self)
{
    struct macro *m = self;
    env_release_closure(m->vm, m->env);
    mem_free(m);
    return (struct val){ 0 };
}

const struct val_ext_type macro_type = { "a macro", macro_free };

static struct val module_free(void *self)
{
    struct module *m = self;
    struct val held = m->exports;
    val_free(m->text);
    mem_free(m);
    return held;
}

const struct val_ext_type module_type = { "an imported template", module_free };
const struct val_ext_type self_type = { "the template itself", plain_free };
const struct val_ext_type block_type = { "a block", plain_free };

struct val self_make(struct context *ctx)
{
    struct block_object *b = mem_alloc(sizeof *b);
    *b = (struct block_object){ .ctx = ctx };
    ctx->pinned = true;
    return val_ext(&self_type, b);
}

struct val block_make(struct context *ctx, struct str name, size_t depth)
{
    struct block_object *b = mem_alloc(sizeof *b);
    *b = (struct block_object){ ctx, name, depth };
    ctx->pinned = true;
    return val_ext(&block_type, b);
}

static struct val cycler_free(void *self)
{
    struct cycler *c = self;
    struct val items = c->items;
    mem_free(c);
    return items;
}

static struct val joiner_free(void *self)
{
    struct joiner *j = self;
    struct val sep = j->sep;
    mem_free(j);
    return sep;
}

const struct val_ext_type cycler_type = { "a cycler", cycler_free };
const struct val_ext_type joiner_type = { "a joiner", joiner_free };

static struct val cycler_next(struct vm *vm, struct val self, const struct args *args)
{
    struct cycler *c = peek_ext(self);
    (void)vm;
    (void)args;
    struct val v = val_copy(peek_item(c->items, c->at));
    c->at = (c->at + 1) % peek_count(c->items);
    return v;
}

static struct val cycler_reset(struct vm *vm, struct val self, const struct args *args)
{
    (void)vm;
    (void)args;
    ((struct cycler *)peek_ext(self))->at = 0;
    return val_null();
}

static const struct builtin cycler_methods[] = {
    { S_INIT("next"), cycler_next, "", 0 },
    { S_INIT("reset"), cycler_reset, "", 0 },
};

static struct val cycler_getattr(struct val v, struct str name)
{
    const struct cycler *c = peek_ext(v);
    if (str_eq(name, S("current")))
        return val_copy(peek_item(c->items, c->at));
    if (str_eq(name, S("pos")))
        return of_size(c->at);
    for (size_t i = 0; i < 2; i++)
        if (str_eq(cycler_methods[i].name, name))
            return method_make(val_copy(v), &cycler_methods[i]);
    return (struct val){ 0 };
}

static struct val macro_getattr(struct val v, struct str name)
{
    const struct func *f = ((const struct macro *)peek_ext(v))->f;
    if (str_eq(name, S("name")))
        return f->kind == FUNC_MACRO ? val_str(f->name) : val_null();
    if (str_eq(name, S("arguments"))) {
        struct val list = val_tuple();
        for (size_t i = 0; i < f->nparams; i++)
            list = val_list_push(list, val_str(f->params[i]));
        return list;
    }
    if (str_eq(name, S("caller")))
        return val_bool(f->caller != NO_SLOT);
    if (str_eq(name, S("catch_kwargs")))
        return val_bool(f->kwargs != NO_SLOT);
    if (str_eq(name, S("catch_varargs")))
        return val_bool(f->varargs != NO_SLOT);
    return (struct val){ 0 };
}

static struct val block_getattr(struct vm *vm, struct val v, struct str name)
{
    const struct block_object *b = peek_ext(v);
    if (is_ext(v, &self_type)) {
        struct block_list *list = context_blocks(b->ctx, name);
        return list ? block_make(b->ctx, list->name, 0) : (struct val){ 0 };
    }
    if (!str_eq(name, S("super")))
        return (struct val){ 0 };
    struct block_list *list = context_blocks(b->ctx, b->name);
    if (list && b->depth + 1 < list->n)
        return block_make(b->ctx, b->name, b->depth + 1);
    return hint(vm, arena_printf(&vm->own, "there is no parent block called '%.*s'.", STR(b->name)),
                S("super"));
}

static struct val range_getattr(struct val v, struct str name)
{
    const struct range *r = peek_ext(v);
    if (str_eq(name, S("start")))
        return val_int(r->start);
    if (str_eq(name, S("stop")))
        return val_int(r->stop);
    if (str_eq(name, S("step")))
        return val_int(r->step);
    return (struct val){ 0 };
}

struct val object_getattr(struct vm *vm, struct val v, struct str name)
{
    const struct val_ext_type *type = peek_ext_type(v);
    if (type == &loop_type)
        return loop_getattr(vm, v, name);
    if (type == &namespace_type)
        return val_copy(peek_get(((struct namespace *)peek_ext(v))->map, name));
    if (type == &module_type)
        return val_copy(peek_get(((struct module *)peek_ext(v))->exports, name));
    if (type == &cycler_type)
        return cycler_getattr(v, name);
    if (type == &macro_type)
        return macro_getattr(v, name);
    if (type == &self_type || type == &block_type)
        return block_getattr(vm, v, name);
    if (type == &range_type)
        return range_getattr(v, name);
    return (struct val){ 0 };
}

static void put_view(struct vm *vm, struct buf *out, struct val v)
{
    static const char *const names[] = { "dict_keys(", "dict_values(", "dict_items(" };
    struct val items = value_items(vm, v);
    buf_put(out, str_from(names[((const struct view *)peek_ext(v))->class]));
    value_put_repr(vm, out, items);
    buf_putc(out, ')');
    val_free(items);
}

static void put_namespace(struct vm *vm, struct buf *out, struct val v)
{
    if (vm->text_depth == NAMESPACE_DEPTH) {
        vm_fail(vm, "too-deep", "namespaces nest deeper than %d levels here", NAMESPACE_DEPTH);
        return;
    }
    vm->text_depth++;
    buf_put(out, S("<Namespace "));
    value_put_repr(vm, out, ((struct namespace *)peek_ext(v))->map);
    buf_putc(out, '>');
    vm->text_depth--;
}

bool object_put(struct vm *vm, struct buf *out, struct val v)
{
    const struct val_ext_type *type = peek_ext_type(v);
    if (type == &big_type) {
        big_put(out, v);
    } else if (type == &range_type) {
        const struct range *r = peek_ext(v);
        buf_printf(out, "range(%lld, %lld", (long long)r->start, (long long)r->stop);
        if (r->step != 1)
            buf_printf(out, ", %lld", (long long)r->step);
        buf_putc(out, ')');
    } else if (type == &view_type) {
        put_view(vm, out, v);
    } else if (type == &namespace_type) {
        put_namespace(vm, out, v);
    } else if (type == &loop_type) {
        const struct loop *l = peek_ext(v);
        buf_printf(out, "<LoopContext %zu/%zu>", l->index, loop_length(l));
    } else if (type == &macro_type) {
        const struct func *f = ((const struct macro *)peek_ext(v))->f;
        if (f->kind == FUNC_MACRO) {
            buf_put(out, S("<Macro "));
            put_repr_str(out, f->name);
            buf_putc(out, '>');
        } else {
            buf_put(out, S("<Macro anonymous>"));
        }
    } else if (type == &module_type) {
        buf_put(out, peek_str(((struct module *)peek_ext(v))->text));
    } else if (type == &self_type) {
        buf_put(out, S("<TemplateReference None>"));
    } else if (type == &generator_type) {
        struct diag *d = vm_fail(vm, "no-text", "'%s' gives its items one by one, not a text",
                                 ((struct generator *)peek_ext(v))->made_by);
        if (d)
            diag_help(d, "put '| list' or '| join(\", \")' behind it");
        return false;
    } else if (type == &method_type || type == &function_type || type == &user_type) {
        struct diag *d = vm_fail(vm, "no-text", "%s is printed here, not called", value_kind(v));
        if (d && type == &method_type) {
            struct str name = ((struct method *)peek_ext(v))->row->name;
            diag_help(d, "write .%.*s() to call it, or ['%.*s'] for the map's item", STR(name),
                      STR(name));
        }
        return false;
    } else {
        return false;
    }
    return true;
}

bool object_is_callable(struct val v)
{
    if (v.kind != VAL_EXT)
        return false;
    const struct val_ext_type *type = peek_ext_type(v);
    return type == &function_type || type == &user_type || type == &method_type ||
           type == &macro_type || type == &block_type || type == &joiner_type || type == &loop_type;
}
