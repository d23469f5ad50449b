/* The YAML reader on any bytes: a document or a message, never both and never neither; spans lie in
 * their source and hold what the node says; a walk over the nodes is bounded; every message can be
 * printed. `!include x.yaml` is the same text again behind its first line, any other file itself.
 */
#include "fuzz.h"

#include "base/limits.h"
#include "yaml/yaml.h"

struct walk {
    struct arena arena; /* for reading again */
    size_t nodes;
};

static void check_span(struct span span)
{
    MUST(span.src);
    MUST((size_t)span.at + span.len <= span.src->text.n);
}

/* What stands in the span of a scalar on one line is that scalar. */
static void read_again(struct walk *w, const struct node *n)
{
    struct str text = span_text(n->span);
    if (!text.n || text.n > 100 || n->tag || str_find_char(text, '\n', 0) != SIZE_MAX ||
        str_find_char(text, '\r', 0) != SIZE_MAX || memchr("-.|>&*!%{[?", text.p[0], 11))
        return;
    struct arena_mark mark = arena_mark(&w->arena);
    struct diags ds;
    diags_init(&ds, &w->arena);
    struct node *again =
        yaml_read(&w->arena, &ds, source_make(&w->arena, S("again.yaml"), text), NULL);
    MUST(again);
    if (n->quoted == again->quoted) /* otherwise a tag said so */
        MUST(node_equal(n, again));
    arena_reset(&w->arena, mark);
}

static void look_inside(const struct node *n)
{
    size_t last = 0, step = n->str.n / 50 + 1;
    for (size_t at = 0; at < n->str.n; at += step) {
        struct span span = yaml_inside(n, at, 1);
        check_span(span);
        if (span.len == n->span.len && span.at == n->span.at)
            continue; /* cannot be told */
        MUST(span.at >= last);
        last = span.at;
    }
}

static void walk(struct walk *w, const struct node *n, unsigned depth)
{
    MUST(depth <= LIMIT_DEPTH);
    MUST(++w->nodes <= LIMIT_YAML_NODES);
    check_span(n->span);
    if (n->kind == NODE_SEQ) {
        for (size_t i = 0; i < n->seq.n; i++)
            walk(w, n->seq.items[i], depth + 1);
    } else if (n->kind == NODE_MAP) {
        for (size_t i = 0; i < n->map.n; i++) {
            const struct node_entry *e = &n->map.entries[i];
            check_span(e->key_span);
            MUST(node_entry(n, e->key) == e);
            walk(w, e->value, depth + 1);
        }
    } else if (w->nodes < 2000 && str_ends(n->span.src->path, S(".yaml"))) {
        read_again(w, n);
        if (n->kind == NODE_STR)
            look_inside(n);
    }
}

static struct source *load(void *context, struct arena *a, struct diags *ds, struct str path,
                           struct span cause, const struct frame *frame)
{
    const struct str *text = context;
    size_t line = str_find_char(*text, '\n', 0);
    struct str rest = *text;
    if (str_ends(path, S("x.yaml")) && line != SIZE_MAX)
        rest = str_sub(rest, line + 1, rest.n);
    if (str_ends(path, S("missing"))) {
        diag_error(ds, "no-file", cause, "no such file");
        return NULL;
    }
    struct source *src = source_make(a, path, rest);
    src->frame = frame;
    return src;
}

static void print_messages(struct diags *ds)
{
    struct buf out;
    buf_init(&out, 0);
    for (size_t i = 0; i < ds->all.n; i++) {
        if (ds->all.p[i]->span.src)
            check_span(ds->all.p[i]->span);
        for (size_t j = 0; j < ds->all.p[i]->notes.n; j++)
            check_span(ds->all.p[i]->notes.p[j].span);
    }
    diags_print(ds, &out, true);
    diags_print_json(ds, &out);
    MUST(out.n > 0);
    buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    struct str text = { (const char *)data, size };
    struct source *src = source_make(&a, S("fuzz.yaml"), text);
    struct yaml_options options = { load, &text };
    struct node *n = yaml_read(&a, &ds, src, &options);
    MUST((n != NULL) == (ds.errors == 0));
    if (n) {
        struct walk w = { 0 };
        walk(&w, n, 0);
        arena_done(&w.arena);
    }
    print_messages(&ds);
    arena_done(&a);
    return 0;
}
