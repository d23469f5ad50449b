/* The text that a run writes, and where each piece of it came from. Captured text (of set blocks,
 * filter blocks, macros whose result is used) is written behind the output and taken off again;
 * while it is remembered what it was made of, printing it restores the segments. */
#include "base/mem.h"
#include "template/object.h"

enum { ORIGINS_MIN = 64 };

/* buf_put where there is room, which is nearly always. */
static inline void put(struct buf *b, struct str s)
{
    if (s.n > b->cap - b->n || (b->max && s.n > b->max - b->n)) {
        buf_put(b, s);
        return;
    }
    memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
}

/* What a message says about text that the call c wrote. */
static struct str describe_call(struct vm *vm, const struct call *c)
{
    if (c->f->kind == FUNC_MACRO)
        return arena_printf(vm->arena, "in macro '%.*s'", STR(c->f->name));
    if (c->f->kind != FUNC_ROOT)
        return (struct str){ 0 };
    return arena_printf(vm->arena, "'%.*s' is %s here", STR(c->t->src->path),
                        c->include ? "included" : "extended");
}

static uint32_t add_origin(struct vm *vm, struct segment_origin o)
{
    for (size_t i = vm->segment_origins.n; i-- > 0 && vm->segment_origins.n - i < 8;)
        if (vm->segment_origins.p[i].src == o.src && vm->segment_origins.p[i].frame == o.frame)
            return (uint32_t)i;
    vec_push(&vm->own, &vm->segment_origins, o);
    return (uint32_t)(vm->segment_origins.n - 1);
}

/* Origins of the calls up to `index`, those around it first. */
static uint32_t call_origin(struct vm *vm, size_t index)
{
    size_t from = index;
    while (from > 0 && vm->calls[from].origin == NO_SLOT)
        from--;
    for (size_t i = from; i <= index; i++) {
        struct call *c = &vm->calls[i], *up = i ? c - 1 : NULL;
        if (c->origin != NO_SLOT)
            continue;
        if (up && up->last.f == c->f && up->last.site == c->site.at) {
            c->origin = up->last.origin;
            continue;
        }
        struct segment_origin o = { c->t->src, NULL };
        struct str what = up ? describe_call(vm, c) : (struct str){ 0 };
        if (up)
            o.frame = vm->segment_origins.p[up->origin].frame;
        if (what.n) {
            struct frame *f = arena_make(vm->arena, struct frame);
            *f = (struct frame){ what, c->site, o.frame };
            o.frame = f;
        }
        c->origin = add_origin(vm, o);
        if (up)
            up->last = (struct call_origin){ c->f, c->site.at, c->origin };
    }
    return vm->calls[index].origin;
}

uint32_t vm_current_origin(struct vm *vm)
{
    uint32_t origin = vm->top->origin;
    return origin != NO_SLOT ? origin : call_origin(vm, vm->ncalls - 1);
}

/* The next bytes come from there. */
static void add_segment(struct vm *vm, uint32_t from, uint32_t len, bool literal, uint32_t origin)
{
    size_t first = vm->ncaptures ? vm->captures[vm->ncaptures - 1].segments : 0;
    uint32_t at = (uint32_t)vm->out.n;
    if (vm->nsegments > first) {
        struct packed_segment *last = &vm->segments[vm->nsegments - 1];
        if (last->origin == origin && last->literal == literal) {
            if (literal && last->from + last->len == from && at - last->at == last->len) {
                last->len = (last->len + len) & INT32_MAX;
                return;
            }
            if (!literal && last->from == from && last->len == len)
                return;
        }
    }
    if (vm->nsegments == vm->segments_cap) {
        vm->segments_cap = vm->segments_cap ? vm->segments_cap + vm->segments_cap / 2 : 256;
        vm->segments = mem_realloc(vm->segments, vm->segments_cap * sizeof *vm->segments);
    }
    vm->segments[vm->nsegments++] = (struct packed_segment){
        .at = at, .from = from, .len = len & INT32_MAX, .literal = literal, .origin = origin
    };
}

static void check_size(struct vm *vm)
{
    if (vm->out.over)
        vm_fail(vm, "too-large", "the template writes more than %zu bytes", vm->out.max);
}

static void put_literal(struct vm *vm, const struct template *t, uint32_t at, uint32_t len)
{
    if (len == 0)
        return;
    add_segment(vm, at, len, true, vm_current_origin(vm));
    put(&vm->out, str_sub(t->src->text, at, at + len));
}

/* Line ends that are not as they shall be are replaced. */
static void put_changed(struct vm *vm, const struct template *t, struct piece from)
{
    struct str newline = t->options.newline, s = t->src->text;
    uint32_t begin = from.at, end = from.at + from.len;
    for (uint32_t i = from.at; i < end; i++) {
        if (s.p[i] != '\n' && s.p[i] != '\r')
            continue;
        uint32_t n = s.p[i] == '\r' && i + 1 < end && s.p[i + 1] == '\n' ? 2 : 1;
        put_literal(vm, t, begin, i - begin);
        if (str_eq(newline, str_sub(s, i, i + n))) {
            put_literal(vm, t, i, n);
        } else if (n == 2 && str_eq(newline, S("\n"))) {
            put_literal(vm, t, i + 1, 1);
        } else {
            add_segment(vm, i, n, false, vm_current_origin(vm));
            buf_put(&vm->out, newline);
        }
        begin = i + n;
        i += n - 1;
    }
    put_literal(vm, t, begin, end - begin);
}

void vm_literal(struct vm *vm, const struct template *t, struct piece from, bool change)
{
    if (change)
        put_changed(vm, t, from);
    else
        put_literal(vm, t, from.at, from.len);
    check_size(vm);
}

static void begin_computed(struct vm *vm)
{
    const struct call *c = vm->top;
    struct piece from = c->t->spans[c->pc];
    add_segment(vm, from.at, from.len, false, vm_current_origin(vm));
}

void vm_output_text(struct vm *vm, struct str s)
{
    if (s.n == 0)
        return;
    begin_computed(vm);
    put(&vm->out, s);
    check_size(vm);
}

/* Text that was captured: literal parts stay what they were, in the calls that wrote them. */
static void put_origin(struct vm *vm, const struct origin *o)
{
    struct str text = peek_str(o->text);
    for (size_t i = 0; i < o->n; i++) {
        const struct packed_segment *s = &o->segments[i];
        size_t end = i + 1 < o->n ? o->segments[i + 1].at : text.n;
        uint32_t len = s->literal ? (uint32_t)(end - s->at) : s->len;
        add_segment(vm, s->from, len, s->literal, s->origin);
        buf_put(&vm->out, str_sub(text, s->at, end));
    }
    check_size(vm);
}

void vm_output(struct vm *vm, struct val v)
{
    bool escape = vm_autoescape(vm);
    if (v.kind == VAL_STR && (!escape || is_safe(v))) {
        const struct origin *o = vm_origin(vm, v);
        if (o)
            put_origin(vm, o);
        else
            vm_output_text(vm, peek_str(v));
        return;
    }
    size_t before = vm->out.n, segments = vm->nsegments;
    begin_computed(vm);
    if (escape)
        value_put_escaped(vm, &vm->out, v);
    else
        value_put(vm, &vm->out, v);
    if (vm->out.n == before && vm->nsegments > segments)
        vm->nsegments = segments; /* it printed nothing */
    check_size(vm);
}

/* Captures. */

void vm_capture(struct vm *vm)
{
    if (vm->ncaptures == vm->captures_cap) {
        vm->captures_cap = vm->captures_cap ? vm->captures_cap * 2 : 16;
        vm->captures = mem_realloc(vm->captures, vm->captures_cap * sizeof *vm->captures);
    }
    vm->captures[vm->ncaptures++] = (struct capture){ vm->out.n, vm->nsegments };
}

void vm_capture_drop(struct vm *vm)
{
    struct capture c = vm->captures[--vm->ncaptures];
    vm->out.n = c.text;
    vm->nsegments = c.segments;
}

struct val vm_capture_end(struct vm *vm)
{
    struct capture c = vm->captures[vm->ncaptures - 1];
    struct val text = val_str(str_sub(buf_str(&vm->out), c.text, vm->out.n));
    vm_claim(vm, vm->out.n - c.text);
    bool literal = false;
    for (size_t i = c.segments; i < vm->nsegments; i++) {
        vm->segments[i].at -= (uint32_t)c.text;
        literal |= vm->segments[i].literal;
    }
    if (literal)
        vm_set_origin(vm, text, vm->segments + c.segments, vm->nsegments - c.segments);
    vm_capture_drop(vm);
    return text;
}

static size_t origin_slot(const struct vm *vm, const struct val_heap *heap)
{
    size_t i = ((size_t)(uintptr_t)heap >> 4) * 0x9E3779B97F4A7C15u >> 20;
    for (i &= vm->origins_cap - 1;; i = (i + 1) & (vm->origins_cap - 1))
        if (is_missing(vm->origins[i].text) || vm->origins[i].text.heap == heap)
            return i;
}

const struct origin *vm_origin(const struct vm *vm, struct val text)
{
    if (!vm->norigins)
        return NULL;
    const struct origin *o = &vm->origins[origin_slot(vm, text.heap)];
    return is_missing(o->text) ? NULL : o;
}

/* Forgets the texts that nobody else holds, and makes room. */
static void sweep_origins(struct vm *vm)
{
    struct origin *old = vm->origins;
    size_t cap = vm->origins_cap, live = 0;
    for (size_t i = 0; i < cap; i++)
        live += !is_missing(old[i].text) && old[i].text.heap->refs > 1;
    vm->origins_cap = ORIGINS_MIN;
    while (vm->origins_cap < live * 4)
        vm->origins_cap *= 2;
    vm->origins = mem_alloc(vm->origins_cap * sizeof *vm->origins);
    memset(vm->origins, 0, vm->origins_cap * sizeof *vm->origins);
    vm->norigins = 0;
    for (size_t i = 0; i < cap; i++) {
        if (is_missing(old[i].text))
            continue;
        if (old[i].text.heap->refs > 1) {
            vm->origins[origin_slot(vm, old[i].text.heap)] = old[i];
            vm->norigins++;
        } else {
            val_free(old[i].text);
            mem_free(old[i].segments);
        }
    }
    mem_free(old);
}

void vm_set_origin(struct vm *vm, struct val text, const struct packed_segment *segments, size_t n)
{
    if (!vm_claim(vm, n * sizeof *segments))
        return;
    if (vm->norigins * 2 >= vm->origins_cap)
        sweep_origins(vm);
    struct origin *o = &vm->origins[origin_slot(vm, text.heap)];
    *o = (struct origin){ .text = val_copy(text), .n = n };
    o->segments = mem_alloc(n * sizeof *segments);
    memcpy(o->segments, segments, n * sizeof *segments);
    vm->norigins++;
}

void vm_output_done(struct vm *vm)
{
    for (size_t i = 0; i < vm->origins_cap; i++) {
        val_free(vm->origins[i].text);
        mem_free(vm->origins[i].segments);
    }
    mem_free(vm->origins);
    mem_free(vm->segments);
    mem_free(vm->captures);
    buf_done(&vm->out);
}

/* The text and its segments are not copied: a large output should not be there twice. */
struct source *vm_result(struct vm *vm)
{
    char *bytes = mem_realloc(vm->out.p, vm->out.n + 1);
    struct str text = { bytes, vm->out.n };
    bytes[text.n] = '\0';
    struct packed_segment *segments = mem_realloc(vm->segments, vm->nsegments * sizeof *segments);
    arena_adopt(vm->arena, bytes);
    arena_adopt(vm->arena, segments);
    vm->out = (struct buf){ 0 };
    vm->segments = NULL;

    size_t n = vm->segment_origins.n;
    struct segment_origin *origins = arena_make_n(vm->arena, struct segment_origin, n);
    if (n)
        memcpy(origins, vm->segment_origins.p, n * sizeof *origins);
    struct source *src = source_make(vm->arena, vm->calls[0].t->src->path, text);
    src->segments = vm->nsegments ? segments : NULL;
    src->nsegments = vm->nsegments;
    src->origins = origins;
    return src;
}
