#include "yaml/reader.h"

#include "base/mem.h"
#include "base/path.h"
#include "yaml/tag.h"

bool reader_count(struct reader *r, size_t nodes, struct span at, const struct anchor *anchor)
{
    struct session *s = r->session;
    if (nodes <= LIMIT_YAML_NODES - s->nodes) {
        s->nodes += nodes;
        return true;
    }
    s->stopped = true;
    struct diag *d =
        diag_error(s->ds, "too-large", at, "the document has more than %d values%s",
                   LIMIT_YAML_NODES, anchor ? ", counting what each alias stands for" : "");
    if (anchor)
        diag_note(d, anchor->at, "this stands for %zu values", anchor->nodes);
    return false;
}

bool reader_depth(struct reader *r, size_t height, struct span at)
{
    if (r->base + r->depth + height <= LIMIT_DEPTH)
        return true;
    r->session->stopped = true;
    diag_error(r->session->ds, "too-deep", at, "lists and maps are nested more than %d deep",
               LIMIT_DEPTH);
    return false;
}

void reader_attach(struct reader *r, struct node *value, size_t height, struct span at)
{
    struct open *top = reader_top(r);
    if (!top) {
        r->root = value;
        r->height = height;
        return;
    }
    if (top->height <= height)
        top->height = height + 1;
    if (top->node->kind == NODE_SEQ) {
        node_push(r->session->arena, top->node, value);
        return;
    }
    enum key_state state = top->state;
    top->state = state == KEY_NONE ? KEY_REFUSED : KEY_NONE;
    if (state == KEY_READ)
        node_put(r->session->arena, top->node, top->key, top->key_span, value);
    else if (state == KEY_MERGE)
        vec_push(&r->scratch, &top->merges, ((struct merge){ value, at }));
}

/* Where a list or map begins that has properties: an event's end is that of the bracket or dash,
 * if the first token is one, and otherwise the place of the first key. */
static size_t begin_of_value(const struct reader *r, size_t at, size_t end)
{
    if (end == at)
        return at;
    char last = r->src->text.p[end - 1];
    return last == '[' || last == '{' || last == '-' ? end - 1 : end;
}

/* The only tag that fits is the one that says what it is anyway. */
static void check_tag(struct reader *r, const char *tag, bool is_map, size_t at, size_t value)
{
    struct diags *ds = r->session->ds;
    struct span span = reader_span(r, value, value + 1);
    const char *what = is_map ? "a map" : "a list";
    enum tagged tagged = tag_find(tag);
    if (tagged == TAGGED_NOT || tagged == (is_map ? TAGGED_MAP : TAGGED_SEQ))
        return;
    if (tagged == TAGGED_UNKNOWN) {
        tag_report_unknown(ds, place_properties(r, at, value).tag);
    } else if (tagged == TAGGED_JSONATA) {
        struct diag *d =
            diag_error(ds, "wrong-tag", span, "!jsonata marks a string, and this is %s", what);
        diag_help(d,
                  "write !jsonata {%% … %%}, quote the expression, or put it below '!jsonata |'");
    } else if (tagged == TAGGED_INCLUDE) {
        diag_error(ds, "wrong-tag", span, "!include names one file, and this is %s", what);
    } else {
        diag_error(ds, "wrong-tag", span, "%.*s does not fit: this is %s", STR(tag_name(tagged)),
                   what);
    }
}

static void begin(struct reader *r, const yaml_event_t *e, bool is_map)
{
    const yaml_char_t *anchor =
        is_map ? e->data.mapping_start.anchor : e->data.sequence_start.anchor;
    const yaml_char_t *tag = is_map ? e->data.mapping_start.tag : e->data.sequence_start.tag;
    size_t at = chars_byte(&r->chars, e->start_mark.index);
    size_t end = chars_byte(&r->chars, e->end_mark.index);
    size_t value = begin_of_value(r, at, end);
    char first = value < r->src->text.n ? r->src->text.p[value] : '\0';
    struct span span = reader_span(r, value, value);
    if (!reader_depth(r, 1, span) || !reader_count(r, 1, span, NULL))
        return;
    const struct open *above = reader_top(r);
    struct open open = { .nodes_before = r->session->nodes - 1,
                         .flow = end > value && (first == '[' || first == '{'),
                         .as_key = above && above->as_key };
    if (reader_wants_key(r)) {
        if (!open.as_key)
            key_refuse(r, reader_span(r, value, value + 1));
        open.as_key = true;
    }
    check_tag(r, (const char *)tag, is_map, at, value);
    open.node = is_map ? node_map(r->session->arena, span) : node_seq(r->session->arena, span);
    open.anchor = anchor ? anchor_add(r, anchor, at) : NULL;
    r->open[r->depth++] = open;
    if (open.flow)
        r->end = value + 1;
}

static void end(struct reader *r, const yaml_event_t *e)
{
    struct open *top = reader_top(r);
    size_t at = chars_byte(&r->chars, e->start_mark.index);
    if (top->flow) {
        r->end = chars_byte(&r->chars, e->end_mark.index);
    } else {
        r->closed = r->closed_at == at ? r->closed + 1 : 1;
        r->closed_at = at;
    }
    struct node *node = top->node;
    if (r->end > node->span.at)
        node->span.len = (uint32_t)(r->end - node->span.at);
    if (top->merges.n)
        anchor_merge(r, top);
    size_t height = top->height ? top->height : 1;
    if (top->anchor) {
        top->anchor->node = node;
        top->anchor->nodes = r->session->nodes - top->nodes_before;
        top->anchor->height = height;
    }
    r->depth--;
    reader_attach(r, node, height, node->span);
}

static void begin_document(struct reader *r, const yaml_event_t *e)
{
    size_t at = chars_byte(&r->chars, e->start_mark.index);
    size_t to = chars_byte(&r->chars, e->end_mark.index);
    struct span mark = reader_span(r, at, to);
    if (++r->documents == 1) {
        if (e->data.document_start.version_directive &&
            e->data.document_start.version_directive->minor == 1)
            diag_warning(r->session->ds, "yaml-1.1", mark,
                         "the document asks for YAML 1.1; it is read as YAML 1.2");
        return;
    }
    struct diag *d = diag_error(r->session->ds, "one-document", mark,
                                "a second document begins here; a file holds one");
    diag_help(d, "move it to a file of its own, or remove the '---'");
    r->done = true;
}

/* False at the end. */
static bool take(struct reader *r, const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    case YAML_STREAM_END_EVENT:
        return false;
    case YAML_DOCUMENT_START_EVENT:
        begin_document(r, e);
        break;
    case YAML_ALIAS_EVENT:
        anchor_alias(r, e);
        break;
    case YAML_SCALAR_EVENT:
        value_scalar(r, e);
        break;
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        begin(r, e, e->type == YAML_MAPPING_START_EVENT);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        end(r, e);
        break;
    }
    if (r->session->ds->errors - r->errors >= LIMIT_DIAGS)
        return false; /* nobody wants to read more of them */
    return !r->session->stopped && !r->done;
}

static void read_events(struct reader *r)
{
    if (!yaml_parser_initialize(&r->parser))
        mem_exhausted(sizeof r->parser);
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)r->exprs.text.p,
                                 r->exprs.text.n);
    for (bool more = true; more;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&r->parser, &event)) {
            syntax_report(r);
            break;
        }
        more = take(r, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&r->parser);
}

struct node *reader_read(struct session *session, const struct source *src,
                         const struct chain *chain, size_t base, size_t *height)
{
    size_t errors = session->ds->errors;
    struct reader r = {
        .session = session, .src = src, .chain = chain, .base = base, .errors = errors
    };
    if (chars_init(&r.chars, &r.scratch, session->ds, src)) {
        exprs_init(&r.exprs, &r.scratch, r.chars.text);
        r.open = arena_make_n(&r.scratch, struct open, LIMIT_DEPTH);
        read_events(&r);
    }
    if (!r.root)
        r.root = node_null(session->arena, reader_span(&r, r.chars.skipped, r.chars.skipped));
    *height = r.height;
    arena_done(&r.scratch);
    return session->ds->errors == errors ? r.root : NULL;
}

struct node *yaml_read(struct arena *a, struct diags *ds, const struct source *src,
                       const struct yaml_options *opt)
{
    static const struct yaml_options none = { 0 };
    struct session session = { .arena = a, .ds = ds, .opt = opt ? opt : &none };
    struct chain chain = { .path = path_clean(a, src->path) };
    size_t height;
    return reader_read(&session, src, &chain, 0, &height);
}
