/* Anchors, aliases and `<<`. */
#include "yaml/reader.h"
#include "yaml/words.h"

struct anchor *anchor_add(struct reader *r, const yaml_char_t *name, size_t at)
{
    struct anchor *anchor = arena_make(&r->scratch, struct anchor);
    anchor->name = arena_str(&r->scratch, str_from((const char *)name));
    /* a tag may stand before it */
    size_t mark = str_find_char(r->src->text, '&', at);
    anchor->at = reader_span(r, mark, mark + 1 + anchor->name.n);
    map_put(&r->scratch, &r->anchors, anchor->name, anchor);
    return anchor;
}

static void report_unknown(struct reader *r, struct str name, struct span span)
{
    struct diag *d = diag_error(r->session->ds, "unknown-alias", span,
                                "'*%.*s' names no anchor that stands before it",
                                STR(words_clip(&r->scratch, name)));
    size_t n = r->anchors.n;
    struct str *names = arena_make_n(&r->scratch, struct str, n);
    for (size_t i = 0; i < n; i++)
        names[i] = r->anchors.entries[i].key;
    size_t near = diag_nearest(name, names, n);
    if (near != SIZE_MAX)
        diag_help(d, "did you mean '*%.*s'?", STR(names[near]));
    else
        diag_help(d, "quote the value if the '*' belongs to it");
}

/* The text of a scalar that serves as a key. */
static bool text_as_key(const struct node *n, struct str *text)
{
    if (n->kind == NODE_SEQ || n->kind == NODE_MAP)
        return false;
    *text = n->kind == NODE_STR ? n->str : span_text(n->span);
    return true;
}

static void alias_as_key(struct reader *r, const struct anchor *anchor, struct span span)
{
    struct str text;
    if (text_as_key(anchor->node, &text)) {
        key_read(r, text, span, false);
        return;
    }
    struct diag *d = diag_error(r->session->ds, "complex-key", span, "%s cannot be a key",
                                node_kind_name(anchor->node));
    diag_note(d, anchor->at, "it is named here");
    reader_top(r)->state = KEY_REFUSED;
}

void anchor_alias(struct reader *r, const yaml_event_t *e)
{
    size_t at = chars_byte(&r->chars, e->start_mark.index);
    r->end = chars_byte(&r->chars, e->end_mark.index);
    struct span span = reader_span(r, at, r->end);
    struct str name = str_from((const char *)e->data.alias.anchor);
    const struct anchor *anchor = map_get(&r->anchors, name);
    if (anchor && anchor->node) {
        if (reader_wants_key(r))
            alias_as_key(r, anchor, span);
        else if (reader_count(r, anchor->nodes, span, anchor) &&
                 reader_depth(r, anchor->height, span))
            reader_attach(r, anchor->node, anchor->height, span);
        return;
    }
    if (!anchor) {
        report_unknown(r, name, span);
    } else {
        struct diag *d = diag_error(r->session->ds, "recursive-alias", span,
                                    "'*%.*s' stands inside of what it names",
                                    STR(words_clip(&r->scratch, name)));
        diag_note(d, anchor->at, "it begins here");
    }
    reader_attach(r, node_null(r->session->arena, span), 0, span);
}

static void merge_map(struct reader *r, struct node *into, const struct node *from)
{
    for (size_t i = 0; i < from->map.n; i++) {
        const struct node_entry *e = &from->map.entries[i];
        if (!node_entry(into, e->key))
            node_put(r->session->arena, into, e->key, e->key_span, e->value);
    }
}

static void report_merge(struct reader *r, const struct node *value, struct span at)
{
    struct diag *d = diag_error(r->session->ds, "bad-merge", at, "'<<' merges maps; this is %s",
                                node_kind_name(value));
    if (value->kind == NODE_STR && !value->quoted)
        diag_help(d, "did you mean '*%.*s'?", STR(words_clip(&r->scratch, value->str)));
}

void anchor_merge(struct reader *r, struct open *map)
{
    for (size_t i = 0; i < map->merges.n; i++) {
        const struct merge *m = &map->merges.p[i];
        if (m->value->kind == NODE_MAP) {
            merge_map(r, map->node, m->value);
            continue;
        }
        if (m->value->kind != NODE_SEQ) {
            report_merge(r, m->value, m->at);
            continue;
        }
        for (size_t j = 0; j < m->value->seq.n; j++) {
            const struct node *item = m->value->seq.items[j];
            if (item->kind == NODE_MAP)
                merge_map(r, map->node, item);
            else
                report_merge(r, item, item->span);
        }
    }
}
