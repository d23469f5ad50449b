#include "template/vm.h"

#include "base/limits.h"
#include "base/mem.h"
#include "template/object.h"

/* Failing. */

enum { NOTED_CALLS = 8 };

void vm_note_calls(struct vm *vm, struct diag *d)
{
    size_t noted = 0;
    for (size_t i = vm->ncalls; i-- > 1 && noted < NOTED_CALLS;) {
        const struct call *c = &vm->calls[i];
        if (i + 1 < vm->ncalls && c[1].f == c->f && c[1].site.at == c->site.at &&
            c[1].site.src == c->site.src)
            continue; /* it calls itself: once is enough */
        noted++;
        switch (c->f->kind) {
        case FUNC_MACRO:
            diag_note(d, c->site, "in macro '%.*s', called here", STR(c->f->name));
            break;
        case FUNC_CALLER:
            diag_note(d, c->site, "in a call block, called here");
            break;
        case FUNC_ROOT:
            diag_note(d, c->site, "in '%.*s', %s here", STR(c->t->src->path),
                      c->include ? "included" : "extended");
            break;
        default:
            break;
        }
    }
}

struct diag *vm_fail_at(struct vm *vm, struct span span, const char *slug, const char *fmt, ...)
{
    if (vm->failed)
        return NULL;
    va_list args;
    va_start(args, fmt);
    struct str text = arena_vprintf(&vm->own, fmt, args);
    va_end(args);
    vm->failed = true;
    struct diag *d = diag_error(vm->diags, slug, span, "%.*s", STR(text));
    vm_note_calls(vm, d);
    return d;
}

struct diag *vm_fail(struct vm *vm, const char *slug, const char *fmt, ...)
{
    if (vm->failed)
        return NULL;
    va_list args;
    va_start(args, fmt);
    struct str text = arena_vprintf(&vm->own, fmt, args);
    va_end(args);
    return vm_fail_at(vm, vm_span(vm), slug, "%.*s", STR(text));
}

bool vm_overspent(struct vm *vm)
{
    vm->fuel = 0;
    bool millions = vm->max_steps % 1000000 == 0;
    struct diag *d =
        vm_fail(vm, "too-long", "the template takes more than %zu%s steps",
                millions ? vm->max_steps / 1000000 : vm->max_steps, millions ? " million" : "");
    if (d)
        diag_help(d, "does a loop go on for ever?");
    return false;
}

bool vm_overclaimed(struct vm *vm)
{
    vm->data = 0;
    vm_fail(vm, "too-large", "the template builds more than %zu bytes of values", vm->max_data);
    return false;
}

bool vm_autoescape(const struct vm *vm)
{
    return vm->top->autoescape;
}

/* The stack. */

void vm_grow_stack(struct vm *vm)
{
    vm->stack_cap = vm->stack_cap ? vm->stack_cap * 2 : 64;
    vm->stack = mem_realloc(vm->stack, vm->stack_cap * sizeof *vm->stack);
}

/* Instructions that do not fit into a line. */

static struct env *env_at(const struct call *c, uint16_t up)
{
    struct env *e = c->env;
    while (up-- > 0)
        e = e->up;
    return e;
}

static void set_slot(struct env *e, uint32_t slot, struct val v)
{
    struct val old = e->slots[slot];
    e->slots[slot] = v;
    val_free(old);
}

static struct val load_slot(struct vm *vm, const struct call *c, uint16_t up, uint32_t slot)
{
    const struct env *e = env_at(c, up);
    struct val v = e->slots[slot];
    if (!is_missing(v))
        return val_copy(v);
    struct undefined u = { .name = e->f->slot_names[slot], .span = vm_span(vm) };
    struct piece at = c->t->spans[c->pc];
    u.name = str_sub(c->t->src->text, at.at, at.at + at.len);
    return undefined_value(vm, &u);
}

static void export(struct vm *vm, const struct call *c, uint16_t flag, struct val name)
{
    struct context *ctx = c->env->ctx;
    ctx->vars = val_map_put(ctx->vars, val_copy(name), val_copy(vm->stack[vm->sp - 1]));
    if (flag == EXPORT_PUBLIC)
        ctx->exports = val_map_put(ctx->exports, val_copy(name), val_bool(true));
    else if (flag == EXPORT_HIDE)
        ctx->exports = val_map_remove(ctx->exports, val_copy(name));
}

static void build_list(struct vm *vm, size_t n, uint8_t class)
{
    struct val list = val_list();
    list.flags = class;
    if (vm_claim(vm, n * sizeof list))
        for (size_t i = 0; i < n; i++)
            list = val_list_push(list, val_copy(vm->stack[vm->sp - n + i]));
    vm_drop(vm, n);
    vm_push(vm, list);
}

static void build_dict(struct vm *vm, size_t pairs)
{
    struct val map = val_map();
    const struct val *v = vm->stack + vm->sp - pairs * 2;
    vm_claim(vm, pairs * 2 * sizeof map);
    for (size_t i = 0; i < pairs && !vm->failed; i++)
        if (value_check_key(vm, v[i * 2]))
            map = val_map_put(map, val_copy(v[i * 2]), val_copy(v[i * 2 + 1]));
    vm_drop(vm, pairs * 2);
    vm_push(vm, map);
}

/* a ~ b ~ c: with escaping on, safe text among them makes the whole safe. */
static void concat(struct vm *vm, size_t n)
{
    const struct val *v = vm->stack + vm->sp - n;
    bool safe = false;
    for (size_t i = 0; i < n && vm_autoescape(vm); i++)
        safe |= is_safe(v[i]);
    struct buf b;
    buf_init(&b, vm->out.max);
    for (size_t i = 0; i < n && !vm->failed; i++) {
        if (safe)
            value_put_escaped(vm, &b, v[i]);
        else
            value_put(vm, &b, v[i]);
    }
    struct val text = value_from_buf(vm, &b);
    vm_drop(vm, n);
    vm_push(vm, safe ? val_safe(text) : text);
}

static void unpack(struct vm *vm, size_t n)
{
    struct val v = vm_pop(vm), items = value_items(vm, v);
    size_t count = vm->failed ? n : peek_count(items);
    val_free(v);
    if (count != n)
        vm_fail(vm, "wrong-count",
                count > n ? "there are more than %zu values to unpack"
                          : "expected %zu values to unpack, found %zu",
                n, count);
    for (size_t i = n; i-- > 0 && !vm->failed;)
        vm_push(vm, val_copy(peek_item(items, i)));
    val_free(items);
}

static void set_attribute(struct vm *vm, struct val name)
{
    struct val ns = vm_pop(vm), v = vm_pop(vm);
    if (!is_ext(ns, &namespace_type)) {
        if (ns.kind == VAL_UNDEFINED)
            vm_fail(vm, "template-runtime", "there is no namespace of this name to set '%.*s' of",
                    STR(peek_str(name)));
        else
            vm_fail(vm, "template-runtime",
                    "only a namespace's attributes can be set, not those "
                    "of %s",
                    value_kind(ns));
        val_free(v);
    } else if (value_reaches(vm, v, ns)) {
        vm_fail(vm, "cycle", "a namespace cannot hold itself");
        val_free(v);
    } else {
        struct namespace *n = peek_ext(ns);
        n->map = val_map_put(n->map, val_copy(name), v);
    }
    val_free(ns);
}

static void make_macro(struct vm *vm, const struct call *c, uint32_t func)
{
    struct macro *m = mem_alloc(sizeof *m);
    *m = (struct macro){ vm, c->env, c->t, &c->t->funcs[func], c->autoescape };
    c->env->closures++;
    vm_push(vm, val_ext(&macro_type, m));
}

static void make_iterator(struct vm *vm, const struct call *c, struct insn i)
{
    struct val source = vm_pop(vm);
    if (!value_is_iterable(source))
        vm_fail(vm, "wrong-type", "%s cannot be iterated", value_kind(source));
    else if (source.kind == VAL_UNDEFINED)
        value_truth(vm, source);
    struct val it = loop_make(vm, source, i.n);
    struct loop *l = peek_ext(it);
    if (i.n & ITER_RECURSIVE) {
        l->t = c->t;
        l->f = &c->t->funcs[i.a];
        l->env = c->env->up;
        l->env->closures++;
        l->depth0 = c->depth0;
    }
    vm_push(vm, it);
}

/* Keeps the item (in a slot, or below the verdict) if it passes. The kept ones wait in the
 * iterator. */
static void filtered(struct vm *vm, const struct val *slot)
{
    struct val pass = vm_pop(vm), item = slot ? val_copy(*slot) : vm_pop(vm);
    struct loop *l = peek_ext(vm->stack[vm->sp - 1]);
    if (is_missing(l->changed))
        l->changed = val_list();
    if (value_truth(vm, pass) && vm_claim(vm, sizeof item))
        l->changed = val_list_push(l->changed, item);
    else
        val_free(item);
    val_free(pass);
}

static void refill(struct vm *vm, uint16_t flags)
{
    struct loop *l = peek_ext(vm->stack[vm->sp - 1]);
    val_free(l->source);
    val_free(l->before);
    val_free(l->current);
    l->source = is_missing(l->changed) ? val_list() : l->changed;
    l->changed = l->before = l->current = (struct val){ 0 };
    l->next = l->index = 0;
    l->track = flags != 0;
}

static void import_name(struct vm *vm, struct val name, struct span at)
{
    const struct module *m = peek_ext(vm->stack[vm->sp - 1]);
    struct val v = val_copy(peek_lookup(m->exports, name));
    if (is_missing(v)) {
        struct undefined u = { .name = peek_str(name), .span = at };
        u.hint =
            arena_printf(&vm->own,
                         "the template '%.*s' (imported on line %zu) does not export the "
                         "requested name '%.*s'",
                         STR(m->name), source_position(at.src, at.at).line, STR(peek_str(name)));
        v = undefined_value(vm, &u);
        vm->last_undefined = (const struct undefined *)(const void *)v.heap;
        val_free(vm->last_base);
        vm->last_base = val_copy(m->exports);
    }
    vm_push(vm, v);
}

static const struct template *extended(const struct call *c)
{
    const struct env *e = c->env;
    while (e->up)
        e = e->up;
    return e->extended;
}

static void escape_begin(struct vm *vm, struct call *c)
{
    struct val v = vm_pop(vm);
    vm_push(vm, val_bool(c->autoescape));
    c->autoescape = value_truth(vm, v);
    val_free(v);
}

static struct val undefined_hint(struct vm *vm, struct str hint, struct str name, bool lenient)
{
    struct undefined u = { .hint = hint, .name = name, .lenient = lenient, .span = vm_span(vm) };
    return undefined_value(vm, &u);
}

/* In loops the same one again and again. */
static struct val false_if(struct vm *vm)
{
    struct span here = vm_span(vm);
    if (vm->false_if.at != here.at || vm->false_if.src != here.src ||
        is_missing(vm->false_if_value)) {
        vm->false_if = here;
        vm->false_if_value = undefined_hint(vm, S("the inline if is false and has no else"),
                                            (struct str){ 0 }, true);
    }
    return vm->false_if_value;
}

static void binary(struct vm *vm, enum ast_binary op)
{
    struct val b = vm_pop(vm), a = vm_pop(vm);
    vm_push(vm, value_binary(vm, op, a, b));
    val_free(a);
    val_free(b);
}

static bool compare(struct vm *vm, enum ast_compare op)
{
    struct val b = vm_pop(vm), a = vm_pop(vm);
    bool r = value_compare(vm, op, a, b);
    val_free(a);
    val_free(b);
    return r;
}

static bool pop_truth(struct vm *vm)
{
    struct val v = vm_pop(vm);
    bool truth = value_truth(vm, v);
    val_free(v);
    return truth;
}

/* Replaces the n values on top by v. */
static void replace(struct vm *vm, size_t n, struct val v)
{
    vm_drop(vm, n);
    vm_push(vm, v);
}

static struct val get_attribute(struct vm *vm, struct val v, struct val name, bool method)
{
    if (v.kind == VAL_MAP && !method) {
        struct val item = peek_lookup(v, name);
        if (!is_missing(item))
            return val_copy(item);
    }
    return value_getattr(vm, v, peek_str(name));
}

static void load_attribute(struct vm *vm, struct call *c, struct insn i)
{
    struct val v = env_at(c, i.n)->slots[i.a];
    if (is_missing(v))
        v = load_slot(vm, c, i.n, i.a);
    c->pc++;
    struct insn attr = c->t->code[c->pc];
    vm_push(vm, get_attribute(vm, v, c->t->consts[attr.a], attr.n));
}

/* The machine: until the outermost activation returns, or something fails. */
static void run(struct vm *vm)
{
    struct call *c;
    const struct insn *code;
    uint32_t pc; /* c->pc is the same, for those who ask where the machine is */
#define RELOAD() (c = vm->top, code = c->t->code, pc = c->pc)
    RELOAD();
    while (!vm->failed) {
        if (vm->fuel-- == 0) {
            vm_overspent(vm);
            return;
        }
        struct insn i = code[++pc];
        c->pc = pc;
        switch ((enum op)i.op) {
        case OP_LITERAL:
            vm_literal(vm, c->t, c->t->spans[c->pc], i.n);
            break;
        case OP_OUTPUT_SLOT: {
            struct val v = env_at(c, i.n)->slots[i.a];
            if (is_missing(v))
                v = load_slot(vm, c, i.n, i.a); /* undefined: nothing to be released */
            vm_output(vm, v);
            break;
        }
        case OP_OUTPUT:
            vm_output(vm, vm->stack[vm->sp - 1]);
            vm_drop(vm, 1);
            break;
        case OP_CONST:
            vm_push(vm, val_copy(c->t->consts[i.a]));
            break;
        case OP_NONE:
            vm_push(vm, val_null());
            break;
        case OP_FALSE:
            vm_push(vm, val_bool(false));
            break;
        case OP_TRUE:
            vm_push(vm, val_bool(true));
            break;
        case OP_INT:
            vm_push(vm, val_int((int32_t)i.a));
            break;
        case OP_LOAD:
            vm_push(vm, load_slot(vm, c, i.n, i.a));
            break;
        case OP_STORE:
            set_slot(c->env, i.a, vm_pop(vm));
            break;
        case OP_ALIAS:
            set_slot(c->env, code[c->pc = ++pc].a, val_copy(env_at(c, i.n)->slots[i.a]));
            break;
        case OP_RESOLVE:
            set_slot(c->env, i.a,
                     context_lookup(vm, c->env->ctx, c->t->consts[code[c->pc = ++pc].a]));
            break;
        case OP_CLEAR:
            for (uint32_t k = 0; k < i.n; k++)
                set_slot(c->env, i.a + k, (struct val){ 0 });
            break;
        case OP_EXPORT:
            export(vm, c, i.n, c->t->consts[i.a]);
            break;
        case OP_POP:
            vm_drop(vm, 1);
            break;
        case OP_TUPLE:
            build_list(vm, i.a, LIST_TUPLE);
            break;
        case OP_LIST:
            build_list(vm, i.a, LIST_PLAIN);
            break;
        case OP_DICT:
            build_dict(vm, i.a);
            break;
        case OP_GETATTR:
            replace(vm, 1, get_attribute(vm, vm->stack[vm->sp - 1], c->t->consts[i.a], i.n));
            break;
        case OP_LOAD_ATTR:
            load_attribute(vm, c, i);
            pc++;
            break;
        case OP_GETITEM:
            replace(vm, 2, value_getitem(vm, vm->stack[vm->sp - 2], vm->stack[vm->sp - 1]));
            break;
        case OP_SLICE:
            replace(vm, 4,
                    value_slice(vm, vm->stack[vm->sp - 4], vm->stack[vm->sp - 3],
                                vm->stack[vm->sp - 2], vm->stack[vm->sp - 1]));
            break;
        case OP_NOT:
            vm_push(vm, val_bool(!pop_truth(vm)));
            break;
        case OP_NEG:
            replace(vm, 1, value_negate(vm, vm->stack[vm->sp - 1], true));
            break;
        case OP_POS:
            replace(vm, 1, value_negate(vm, vm->stack[vm->sp - 1], false));
            break;
        case OP_BINARY:
            binary(vm, i.n);
            break;
        case OP_CONCAT:
            concat(vm, i.a);
            break;
        case OP_COMPARE:
            vm_push(vm, val_bool(compare(vm, i.n)));
            break;
        case OP_COMPARE_CHAIN: {
            struct val kept = val_copy(vm->stack[vm->sp - 1]);
            bool holds = compare(vm, i.n);
            vm_push(vm, holds ? kept : val_bool(false));
            if (!holds) {
                val_free(kept);
                pc = i.a - 1;
            }
            break;
        }
        case OP_JUMP:
            pc = i.a - 1;
            break;
        case OP_JUMP_FALSE:
            if (!pop_truth(vm))
                pc = i.a - 1;
            break;
        case OP_JUMP_TRUE:
            if (pop_truth(vm))
                pc = i.a - 1;
            break;
        case OP_JUMP_FALSE_KEEP:
        case OP_JUMP_TRUE_KEEP:
            if (value_truth(vm, vm->stack[vm->sp - 1]) == (i.op == OP_JUMP_TRUE_KEEP))
                pc = i.a - 1;
            else
                vm_drop(vm, 1);
            break;
        case OP_JUMP_SET:
            c->pc = ++pc;
            if (!is_missing(c->env->slots[i.a]))
                pc = code[pc].a - 1;
            break;
        case OP_NO_PARAM: {
            struct str name = peek_str(c->t->consts[code[c->pc = ++pc].a]);
            struct str hint =
                arena_printf(&vm->own, "parameter '%.*s' was not provided", STR(name));
            set_slot(c->env, i.a, undefined_hint(vm, hint, name, false));
            break;
        }
        case OP_COND_UNDEFINED:
            vm_push(vm, false_if(vm));
            break;
        case OP_CALL:
            vm_call_value(vm, &c->t->callsites[i.a], i.n);
            RELOAD();
            break;
        case OP_CALL_METHOD:
            vm_call_method(vm, &c->t->callsites[i.a], i.n);
            RELOAD();
            break;
        case OP_FILTER:
            vm_call_builtin(vm, &c->t->filters[i.n], "filter", &c->t->callsites[i.a]);
            break;
        case OP_TEST:
            vm_call_builtin(vm, &c->t->tests[i.n], "test", &c->t->callsites[i.a]);
            break;
        case OP_ITER:
            make_iterator(vm, c, i);
            break;
        case OP_NEXT: {
            struct val item;
            if (loop_next(vm, peek_ext(vm->stack[vm->sp - 1]), &item))
                vm_push(vm, item);
            else
                pc = i.a - 1;
            break;
        }
        case OP_NEXT_STORE: {
            struct val item;
            c->pc = ++pc;
            if (loop_next(vm, peek_ext(vm->stack[vm->sp - 1]), &item))
                set_slot(c->env, code[pc].a, item);
            else
                pc = i.a - 1;
            break;
        }
        case OP_NEXT_BACK: {
            struct val item;
            c->pc = ++pc;
            if (loop_next(vm, peek_ext(vm->stack[vm->sp - 1]), &item)) {
                set_slot(c->env, code[pc].a, item);
                pc = i.a - 1;
            }
            break;
        }
        case OP_FILTERED:
            filtered(vm, i.n ? &c->env->slots[code[pc + 1].a] : NULL);
            pc = i.a - 1;
            break;
        case OP_REFILL:
            refill(vm, i.n);
            break;
        case OP_RAN:
            ((struct loop *)peek_ext(vm->stack[vm->sp - 1]))->ran = true;
            break;
        case OP_JUMP_RAN:
            if (((struct loop *)peek_ext(vm->stack[vm->sp - 1]))->ran)
                pc = i.a - 1;
            vm_drop(vm, 1);
            break;
        case OP_LOOP:
            set_slot(c->env, i.a, val_copy(vm->stack[vm->sp - 1]));
            break;
        case OP_UNPACK:
            unpack(vm, i.a);
            break;
        case OP_SET_ATTR:
            set_attribute(vm, c->t->consts[i.a]);
            break;
        case OP_MACRO:
            make_macro(vm, c, i.a);
            break;
        case OP_LOOP_CALL:
            vm_loop_call(vm, &c->t->funcs[i.a]);
            RELOAD();
            break;
        case OP_CAPTURE:
            vm_capture(vm);
            break;
        case OP_CAPTURE_END: {
            struct val text = vm_capture_end(vm);
            vm_push(vm, c->autoescape ? val_safe(text) : text);
            break;
        }
        case OP_CAPTURE_DROP:
            vm_capture_drop(vm);
            break;
        case OP_AUTOESCAPE:
            escape_begin(vm, c);
            break;
        case OP_AUTOESCAPE_END:
            c->autoescape = vm_pop(vm).boolean;
            break;
        case OP_MARK_SAFE:
            if (c->autoescape && vm->stack[vm->sp - 1].kind == VAL_STR)
                vm->stack[vm->sp - 1].flags = STR_SAFE;
            break;
        case OP_BLOCK: {
            const struct local_set *locals = &c->t->locals[code[c->pc = ++pc].a];
            vm_block(vm, i.n, peek_str(c->t->consts[i.a]), i.n & BLOCK_SCOPED ? locals : NULL);
            RELOAD();
            break;
        }
        case OP_EXTENDS:
            vm_extends(vm);
            break;
        case OP_JUMP_EXTENDED:
            if (extended(c))
                pc = i.a - 1;
            break;
        case OP_EXTENDED_TWICE:
            vm_fail(vm, "template-runtime", "the template extends another one already");
            break;
        case OP_PARENT:
            vm_parent(vm);
            RELOAD();
            break;
        case OP_INCLUDE:
            vm_include(vm, i.n, i.n & INCLUDE_CONTEXT ? &c->t->locals[i.a] : NULL);
            RELOAD();
            break;
        case OP_IMPORT:
            vm_import(vm, i.n, i.n & INCLUDE_CONTEXT ? &c->t->locals[i.a] : NULL);
            RELOAD();
            break;
        case OP_IMPORT_NAME:
            import_name(vm, c->t->consts[i.a], vm_span(vm));
            break;
        case OP_RETURN:
            if (c->result == RESULT_END)
                return;
            vm_return(vm);
            RELOAD();
            break;
        case OP_DATA:
        case OP_COUNT:
            UNREACHABLE();
        }
    }
#undef RELOAD
}

/* A whole run. */

/* The same data in containers of its own, so that methods that change them leave the caller's
 * alone. */
static struct val isolate(struct val v, int depth)
{
    struct val copy;
    if ((v.kind != VAL_LIST && v.kind != VAL_MAP) || depth > LIMIT_JSON_DEPTH)
        return val_copy(v);
    copy = v.kind == VAL_LIST ? val_list() : val_map();
    copy.flags = v.flags;
    for (size_t i = 0; i < peek_count(v); i++) {
        if (v.kind == VAL_LIST)
            copy = val_list_push(copy, isolate(peek_item(v, i), depth + 1));
        else
            copy = val_map_put(copy, val_copy(peek_key_at(v, i)),
                               isolate(peek_value_at(v, i), depth + 1));
    }
    return copy;
}

static void begin(struct vm *vm, const struct template *t, struct val variables)
{
    const struct template_options *o = &t->options;
    size_t output = o->max_output ? o->max_output : LIMIT_TEMPLATE_OUTPUT;
    bool copy = t->mutates || t->loads;
    buf_init(&vm->out, output);
    buf_init(&vm->scratch, 0);
    vm->max_steps = o->max_steps ? o->max_steps : LIMIT_TEMPLATE_STEPS;
    vm->fuel = vm->max_steps;
    vm->data = vm->max_data = output > SIZE_MAX / 8 ? output : output * 8;
    vm->max_calls = o->max_calls ? o->max_calls : LIMIT_TEMPLATE_CALLS;
    vm->globals = o->globals.kind == VAL_MAP ? copy ? isolate(o->globals, 0) : val_copy(o->globals)
                                             : val_map();
    struct val parent = val_copy(vm->globals);
    for (size_t i = 0; i < peek_count(variables); i++) {
        struct val v = peek_value_at(variables, i);
        parent = val_map_put(parent, val_copy(peek_key_at(variables, i)),
                             copy ? isolate(v, 0) : val_copy(v));
    }
    val_free(variables);
    struct context *ctx = context_make(vm, t, parent);
    context_add_blocks(vm, ctx, t);
    struct env *e = env_make(vm, NULL, ctx, t, &t->funcs[0]);
    if (t->funcs[0].self != NO_SLOT)
        e->slots[t->funcs[0].self] = self_make(ctx);
    vm_enter(vm, t, &t->funcs[0], e, RESULT_END);
}

static void end(struct vm *vm)
{
    vm_drop(vm, vm->sp);
    val_free(vm->last_base);
    vm_output_done(vm);
    vm_load_done(vm);
    vm_env_done(vm);
    val_free(vm->globals);
    mem_free(vm->stack);
    mem_free(vm->calls);
    mem_free(vm->argv);
    mem_free(vm->kwnames);
    mem_free(vm->kwargs);
    buf_done(&vm->scratch);
    for (size_t i = 0; i < vm->by_path.n; i++)
        template_free(((struct loaded *)vm->by_path.entries[i].value)->t);
    arena_done(&vm->own);
}

struct source *template_run(struct arena *a, struct diags *ds, const struct template *t,
                            struct val variables)
{
    struct vm vm = { .arena = a, .diags = ds, .options = &t->options };
    struct source *result = NULL;
    if (variables.kind != VAL_MAP) {
        val_free(variables);
        variables = val_map();
    }
    begin(&vm, t, variables);
    run(&vm);
    if (!vm.failed)
        result = vm_result(&vm);
    end(&vm);
    return result;
}

struct source *template_render(struct arena *a, struct diags *ds,
                               const struct template_options *options, const struct source *src,
                               struct val variables)
{
    struct template *t = template_compile(ds, options, src);
    if (!t) {
        val_free(variables);
        return NULL;
    }
    struct source *result = template_run(a, ds, t, variables);
    template_free(t);
    return result;
}
