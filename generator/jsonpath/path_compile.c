/* From a path's steps to the path: what they mean together, and the root in front of them. */
#include "jsonpath/program.h"

#include "base/utf8.h"

static void display_name(struct buf *out, struct str name, char quote)
{
    buf_putc(out, quote);
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '\\' || name.p[i] == '\'')
            buf_putc(out, '\\');
        buf_putc(out, name.p[i]);
    }
    buf_putc(out, quote);
}

static void display_step(struct buf *out, const struct jsonpath_step *s)
{
    switch (s->kind) {
    case STEP_NAME:
        buf_putc(out, '[');
        display_name(out, s->name, s->quote);
        buf_putc(out, ']');
        break;
    case STEP_NAMES:
        for (size_t i = 0; i < s->n; i++) {
            buf_putc(out, i ? ',' : '[');
            display_name(out, s->names[i], s->quote);
        }
        buf_putc(out, ']');
        break;
    case STEP_INDEX:
        buf_printf(out, "[%d]", s->from);
        break;
    case STEP_INDEXES:
        for (size_t i = 0; i < s->n; i++)
            buf_printf(out, "%c%d", i ? ',' : '[', s->indexes[i]);
        buf_putc(out, ']');
        break;
    case STEP_SLICE:
        buf_putc(out, '[');
        if (s->has_from)
            buf_printf(out, "%d", s->from);
        buf_putc(out, ':');
        if (s->has_to)
            buf_printf(out, "%d", s->to);
        buf_putc(out, ']');
        break;
    case STEP_WILD:
        buf_put(out, S("[*]"));
        break;
    case STEP_SCAN:
        buf_put(out, S(".."));
        break;
    case STEP_FILTER:
        buf_put(out, S("[?]"));
        break;
    case STEP_FUNCTION:
        buf_printf(out, ".%.*s(%s)", STR(s->name), s->n ? "..." : "");
        break;
    }
}

static struct str display(struct arena *a, const struct jsonpath *p)
{
    struct buf out;
    buf_init(&out, 0);
    buf_putc(&out, '$');
    for (size_t i = 0; i < p->nsteps; i++)
        display_step(&out, &p->steps[i]);
    struct str text = arena_str(a, buf_str(&out));
    buf_done(&out);
    return text;
}

static bool step_definite(const struct jsonpath_step *s, bool last)
{
    switch (s->kind) {
    case STEP_NAME:
    case STEP_INDEX:
    case STEP_FUNCTION:
        return true;
    case STEP_NAMES:
        return last; /* merged into one object */
    default:
        return false;
    }
}

static struct jsonpath *finish(struct parser *ps, struct jsonpath_step *steps, size_t n)
{
    struct jsonpath *p = arena_make(ps->arena, struct jsonpath);
    p->text = ps->s;
    p->steps = steps;
    p->nsteps = n;
    p->definite = p->reference = true;
    for (size_t i = 0; i < n; i++) {
        struct jsonpath_step *s = &steps[i];
        s->upstream_definite = p->definite;
        p->definite = p->definite && step_definite(s, i + 1 == n);
        if (s->kind != STEP_NAME && !(s->kind == STEP_INDEX && s->from >= 0))
            p->reference = false;
        if (s->kind == STEP_FUNCTION)
            p->function = true;
    }
    p->display = display(ps->arena, p);
    return p;
}

/* $..a.sum() is read as $.sum($..a), as Jayway has it. */
static struct jsonpath *turn_scan_function(struct parser *ps, struct jsonpath_step *steps, size_t n)
{
    struct func_arg *arg = arena_make(ps->arena, struct func_arg);
    struct jsonpath_step *call = arena_make(ps->arena, struct jsonpath_step);
    *call = steps[n - 1];
    arg->path = finish(ps, steps, n - 1);
    call->args = arg;
    call->n = 1;
    return finish(ps, call, 1);
}

const struct jsonpath *path_from_steps(struct parser *ps, struct jsonpath_step *steps, size_t n)
{
    if (n > 1 && steps[0].kind == STEP_SCAN && steps[n - 1].kind == STEP_FUNCTION)
        return turn_scan_function(ps, steps, n);
    return finish(ps, steps, n);
}

size_t jsonpath_variable_name(struct str s)
{
    size_t at = 0, end = 0;
    while (at < s.n) {
        unsigned char c = (unsigned char)s.p[at];
        if (c >= 0x80) {
            size_t before = at;
            uint32_t code = utf8_next(s, &at);
            /* White space and general punctuation are no part of a name. */
            if (code == 0xFFFD || code < 0xAA || (code >= 0x2000 && code < 0x2070) ||
                code == 0x3000 || code == 0xFEFF)
                return before;
        } else if (ascii_is_alpha(s.p[at]) || c == '_' || (at > 0 && ascii_is_digit(s.p[at]))) {
            at++;
        } else {
            break;
        }
        end = at;
    }
    return end;
}

/* $, $$ and $name differ in their root alone: the path behind it is read as if it began at '$'. */
static size_t root_length(struct str s, enum jsonpath_root *root)
{
    *root = JSONPATH_INPUT;
    if (s.n > 1 && s.p[1] == '$') {
        *root = JSONPATH_CONTEXT;
        return 2;
    }
    size_t name = jsonpath_variable_name(str_sub(s, 1, s.n));
    if (name)
        *root = JSONPATH_VARIABLE;
    return 1 + name;
}

const struct jsonpath *jsonpath_compile(struct arena *a, struct str text,
                                        struct jsonpath_error *err)
{
    *err = (struct jsonpath_error){ 0 };
    struct parser ps = { .arena = a, .s = text, .err = err };
    if (!text.n || text.p[0] != '$') {
        parse_fail(&ps, 0, "a path begins with '$'");
        return NULL;
    }
    if (text.n > JSONPATH_MAX_BYTES) {
        parse_fail(&ps, 0, "the path is longer than %d bytes", JSONPATH_MAX_BYTES);
        return NULL;
    }
    enum jsonpath_root root;
    size_t skip = root_length(text, &root);
    /* The last byte of the root stands in for '$': parse_path looks only behind it. */
    ps.s = str_sub(text, skip - 1, text.n);
    ps.base = skip - 1;
    struct jsonpath *p = (struct jsonpath *)parse_path(&ps);
    if (!p)
        return NULL;
    p->root = root;
    p->text = str_trim(text);
    if (root == JSONPATH_VARIABLE)
        p->variable = str_sub(text, 1, skip);
    return p;
}

bool jsonpath_part(const struct jsonpath *p, size_t i, struct jsonpath_part *out)
{
    static const enum jsonpath_part_kind KINDS[] = {
        [STEP_NAME] = JSONPATH_PART_NAME,      [STEP_NAMES] = JSONPATH_PART_OTHER,
        [STEP_INDEX] = JSONPATH_PART_INDEX,    [STEP_INDEXES] = JSONPATH_PART_ALL,
        [STEP_SLICE] = JSONPATH_PART_ALL,      [STEP_WILD] = JSONPATH_PART_ALL,
        [STEP_SCAN] = JSONPATH_PART_OTHER,     [STEP_FILTER] = JSONPATH_PART_OTHER,
        [STEP_FUNCTION] = JSONPATH_PART_OTHER,
    };
    if (i >= p->nsteps)
        return false;
    const struct jsonpath_step *s = &p->steps[i];
    *out = (struct jsonpath_part){ KINDS[s->kind], s->name, s->from };
    return true;
}
