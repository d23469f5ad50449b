/* Keys: strings, each once. */
#include "yaml/reader.h"
#include "yaml/words.h"

void key_read(struct reader *r, struct str text, struct span span, bool plain)
{
    struct open *top = reader_top(r);
    struct diags *ds = r->session->ds;
    top->state = KEY_REFUSED;
    if (top->as_key)
        return;
    if (plain && str_eq(text, S("<<"))) {
        if (top->merge_key.src) {
            struct diag *d =
                diag_error(ds, "duplicate-key", span, "key '<<' stands here a second time");
            diag_help(d, "merge several maps as a list: '<<: [*first, *second]'");
            diag_note(d, top->merge_key, "'<<' is first written here");
            return;
        }
        top->merge_key = span;
        top->state = KEY_MERGE;
        return;
    }
    if (plain && text.n == 0) {
        diag_error(ds, "empty-key", span, "a key is missing before ':'");
        return;
    }
    const struct node_entry *first = node_entry(top->node, text);
    if (first) {
        text = words_clip(&r->scratch, text);
        struct diag *d = diag_error(ds, "duplicate-key", span,
                                    "key '%.*s' stands here a second time", STR(text));
        diag_note(d, first->key_span, "'%.*s' is first written here", STR(text));
        return;
    }
    top->state = KEY_READ;
    top->key = text;
    top->key_span = span;
}

/* `{{ x }}` unquoted: a map whose key is a map. `at` is either brace. */
static void refuse_template(struct reader *r, size_t at)
{
    struct span span = words_template(r->src, at, r->depth > 1 && r->open[r->depth - 2].flow);
    struct diag *d = diag_error(r->session->ds, "unquoted-template", span,
                                "text that begins with '{{' must be quoted");
    diag_help(d, "write %.*s", STR(words_quote(&r->scratch, span_text(span))));
    r->unquoted = span;
}

void key_refuse(struct reader *r, struct span span)
{
    struct str text = r->src->text;
    char c = text.p[span.at];
    if (c == '{' && span.at && text.p[span.at - 1] == '{')
        refuse_template(r, span.at - 1);
    else if (str_starts(str_sub(text, span.at, text.n), S("{{")))
        refuse_template(r, span.at);
    else
        diag_error(r->session->ds, "complex-key", span, "%s cannot be a key",
                   c == '{'               ? "a map"
                   : c == '[' || c == '-' ? "a list"
                                          : "a map");
}
