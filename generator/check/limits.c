/* What AWS takes at most. Each message says how much there is, what takes most of it, and what can
 * be done. Sources: Step Functions quotas, "Maximum request size"; CloudFormation quotas; "Tagging
 * AWS resources"; IAM quotas. */
#include "check/check.h"

#include "base/buf.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "base/utf8.h"

#include <stdlib.h>

enum {
    DEFINITION_MAX = 1024 * 1024,
    TEMPLATE_MAX = 1024 * 1024,
    RESOURCES_MAX = 500,
    OUTPUTS_MAX = 200,
    TAGS_MAX = 50,
    TAG_KEY_MAX = 128,
    TAG_VALUE_MAX = 256,
    SHOWN = 3, /* of the largest */
};

/* About as many bytes as the data has in JSON. */
static size_t size_at(const struct node *n, int depth)
{
    size_t size = n->kind == NODE_STR ? n->str.n + 3 : 6;
    for (size_t i = 0; depth < LIMIT_JSON_DEPTH && n->kind == NODE_SEQ && i < n->seq.n; i++)
        size += size_at(n->seq.items[i], depth + 1);
    for (size_t i = 0; depth < LIMIT_JSON_DEPTH && n->kind == NODE_MAP && i < n->map.n; i++)
        size += n->map.entries[i].key.n + 3 + size_at(n->map.entries[i].value, depth + 1);
    return size;
}

static size_t json_size(const struct node *n)
{
    return size_at(n, 0);
}

/* ---- the largest ---------------------------------------------------------------------------- */

struct part {
    struct str name;
    struct span span;
    size_t size;
};
struct parts {
    VEC(struct part) all;
};

static int by_size(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    return x->size != y->size ? (x->size < y->size) - (x->size > y->size)
                              : str_cmp(x->name, y->name);
}

static void tell_largest(struct diag *d, struct parts *parts, const char *unit)
{
    qsort(parts->all.p, parts->all.n, sizeof *parts->all.p, by_size);
    for (size_t i = 0; i < parts->all.n && i < SHOWN; i++)
        diag_note(d, parts->all.p[i].span, "'%.*s' has %zu %s", STR(parts->all.p[i].name),
                  parts->all.p[i].size, unit);
}

/* As deep as groups may nest. */
static void collect_states(struct plan *p, const struct scope *sc, struct parts *out)
{
    for (size_t i = 0; i < sc->states.n; i++) {
        const struct state *s = sc->states.p[i];
        vec_push(p->arena, &out->all, ((struct part){ s->name, s->span, json_size(s->body) }));
        for (size_t k = 0; k < s->scopes.n; k++)
            collect_states(p, s->scopes.p[k], out);
    }
}

void check_definition_size(struct plan *p)
{
    struct parts states = { 0 };
    struct buf text;
    struct json_writer w;
    buf_init(&text, 0);
    json_writer_init(&w, &text, 2);
    json_node(&w, p->definition);
    size_t size = text.n;
    buf_done(&text);
    if (size <= DEFINITION_MAX)
        return;
    struct diag *d = diag_error(p->ds, "too-large", p->pipeline->main->span,
                                "the state machine has %zu bytes; Step Functions takes %d", size,
                                DEFINITION_MAX);
    collect_states(p, p->machine, &states);
    tell_largest(d, &states, "bytes");
    diag_help(
        d, "keep data in S3, or run parts of it as pipelines of their own (type: state_machine)");
}

/* ---- the template --------------------------------------------------------------------------- */

static void tell_types(struct plan *p, struct diag *d)
{
    struct map counts = { 0 };
    struct parts types = { 0 };
    for (size_t i = 0; i < p->resources.n; i++) {
        const struct resource *r = p->resources.p[i];
        struct str type = str_from(r->type);
        size_t at = map_find(&counts, type);
        if (at == SIZE_MAX) {
            map_put(p->arena, &counts, type, p);
            vec_push(p->arena, &types.all, ((struct part){ .name = type }));
            at = counts.n - 1;
        }
        types.all.p[at].size++;
    }
    qsort(types.all.p, types.all.n, sizeof *types.all.p, by_size);
    struct buf text;
    buf_init(&text, 0);
    for (size_t i = 0; i < types.all.n && i < SHOWN; i++)
        buf_printf(&text, "%s%zu %.*s", i ? ", " : "", types.all.p[i].size,
                   STR(types.all.p[i].name));
    diag_help(d, "most are %.*s: move some of them into pipelines of their own",
              STR(buf_str(&text)));
    buf_done(&text);
}

static void check_counts(struct plan *p)
{
    static const struct span NOWHERE;
    if (p->resources.n > RESOURCES_MAX)
        tell_types(p, diag_error(p->ds, "too-many-resources", NOWHERE,
                                 "the pipeline needs %zu resources; a stack holds at most %d",
                                 p->resources.n, RESOURCES_MAX));
    if (p->outputs.n > OUTPUTS_MAX)
        diag_help(diag_error(p->ds, "too-many-outputs", NOWHERE,
                             "the pipeline has %zu outputs; a stack holds at most %d", p->outputs.n,
                             OUTPUTS_MAX),
                  "move some of the resources into pipelines of their own");
}

/* Without the state machine, which goes to a file of its own when it is large. */
static void check_template_size(struct plan *p)
{
    static const struct span NOWHERE;
    struct parts parts = { 0 };
    size_t size = 0;
    for (size_t i = 0; i < p->resources.n; i++) {
        const struct resource *r = p->resources.p[i];
        size_t own = json_size(r->props) + r->id.n + strlen(r->type) + 40;
        vec_push(p->arena, &parts.all, ((struct part){ r->id, r->span, own }));
        size += own;
    }
    if (size <= TEMPLATE_MAX)
        return;
    struct diag *d =
        diag_error(p->ds, "too-large", NOWHERE,
                   "the template has about %zu bytes; CloudFormation takes %d", size, TEMPLATE_MAX);
    tell_largest(d, &parts, "bytes");
    diag_help(d, "move some of the resources into pipelines of their own");
}

/* ---- tags ----------------------------------------------------------------------------------- */

static void check_tag(struct plan *p, const struct node_entry *e)
{
    struct str key = e->key;
    size_t n = utf8_length(key);
    if (n == 0 || n > TAG_KEY_MAX)
        diag_error(p->ds, "bad-tag", e->key_span,
                   "the tag's name has %zu characters; expected 1 to %d", n, TAG_KEY_MAX);
    if (key.n >= 4 && ascii_lower(key.p[0]) == 'a' && ascii_lower(key.p[1]) == 'w' &&
        ascii_lower(key.p[2]) == 's' && key.p[3] == ':')
        diag_error(p->ds, "bad-tag", e->key_span, "'%.*s': AWS keeps tags that begin with 'aws:'",
                   STR(key));
    if (node_is_str(e->value) && utf8_length(e->value->str) > TAG_VALUE_MAX)
        diag_error(p->ds, "bad-tag", e->value->span,
                   "the tag '%.*s' has %zu characters; expected at most %d", STR(key),
                   utf8_length(e->value->str), TAG_VALUE_MAX);
}

static void check_tags(struct plan *p)
{
    const struct node *tags = p->pipeline->stage->tags;
    for (size_t i = 0; tags && i < tags->map.n; i++)
        check_tag(p, &tags->map.entries[i]);
    size_t shared = tags ? tags->map.n : 0;
    if (shared > TAGS_MAX) {
        diag_error(p->ds, "too-many-tags", tags->span,
                   "the stage has %zu tags; AWS takes at most %d", shared, TAGS_MAX);
        return;
    }
    for (size_t i = 0; i < p->resources.n; i++) {
        const struct resource *r = p->resources.p[i];
        const struct node *own = node_get(r->props, S("Tags"));
        size_t n = own && own->kind == NODE_SEQ   ? own->seq.n
                   : own && own->kind == NODE_MAP ? own->map.n
                                                  : 0;
        if (n + shared > TAGS_MAX)
            diag_error(p->ds, "too-many-tags", r->span,
                       "this %s has %zu tags, with %zu of the stage; AWS takes at most %d", r->type,
                       n + shared, shared, TAGS_MAX);
    }
}

void check_limits(struct plan *p)
{
    check_counts(p);
    check_tags(p);
    check_template_size(p);
}
