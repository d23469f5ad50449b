#include "model/checks.h"

#include "base/path.h"

void check_inside(struct bind *b, const struct field *f, const struct node *value)
{
    if (!path_escapes(path_clean(b->arena, value->str)))
        return;
    struct diag *d = diag_error(b->ds, "outside-project", value->span,
                                "'%s' leaves the project: '%.*s'", f->key, STR(value->str));
    diag_help(d, "give a path relative to the project's root");
}

static void quote(struct diag *d, const struct node *n)
{
    if (n->kind != NODE_SEQ && n->kind != NODE_MAP)
        diag_help(d, "write \"%.*s\" in quotes", STR(span_text(n->span)));
}

void check_texts(struct bind *b, const struct field *f, const struct node *value)
{
    for (size_t i = 0; i < value->map.n; i++) {
        const struct node_entry *e = &value->map.entries[i];
        if (e->value->kind != NODE_STR)
            quote(diag_error(b->ds, "wrong-type", e->value->span,
                             "'%.*s' in '%s' is %s; expected a string", STR(e->key), f->key,
                             node_kind_name(e->value)),
                  e->value);
    }
}

static bool is_path(const struct node *n)
{
    return n->kind == NODE_STR && text_is_runtime_value(n->str);
}

void check_texts_or_path(struct bind *b, const struct field *f, const struct node *value)
{
    if (value->kind == NODE_MAP)
        check_texts(b, f, value);
    else if (!is_path(value))
        diag_error(b->ds, "wrong-type", value->span, "'%s' is %s; expected a map of strings",
                   f->key, node_kind_name(value));
}

void check_words(struct bind *b, const struct field *f, const struct node *value)
{
    if (value->kind == NODE_STR)
        return;
    if (value->kind != NODE_SEQ) {
        diag_error(b->ds, "wrong-type", value->span, "'%s' is %s; expected a list of strings",
                   f->key, node_kind_name(value));
        return;
    }
    for (size_t i = 0; i < value->seq.n; i++) {
        const struct node *n = value->seq.items[i];
        if (n->kind != NODE_STR)
            quote(diag_error(b->ds, "wrong-type", n->span, "'%s' holds %s; expected strings",
                             f->key, node_kind_name(n)),
                  n);
    }
}

void check_arn(struct bind *b, const struct field *f, const struct node *value)
{
    if (text_is_runtime_value(value->str) || str_starts(value->str, S("arn:")))
        return;
    struct diag *d = diag_error(b->ds, "bad-arn", value->span, "'%s' is '%.*s', no ARN", f->key,
                                STR(value->str));
    diag_help(d, f->runtime ? "write an ARN, or a run-time path, which begins with $."
                            : "an ARN begins with arn:aws:");
}
