#include "emit/limits.h"

#include "plan/plan.h"

enum {
    UNPACKED_BYTES = 250 * 1024 * 1024, /* a function and its layers */
    DIRECT_BYTES = 50 * 1024 * 1024,    /* a zip that is not in S3 */
    LAYERS = 5,
};

static const struct span NOWHERE;

struct limits {
    struct arena *arena;
    struct diags *ds;
    const struct node *resources, *sources;
    const struct limits_bundle *bundles;
    size_t nbundles;
    bool good;
};

static struct str text_of(const struct node *n)
{
    return n && n->kind == NODE_STR ? n->str : (struct str){ 0 };
}

/* The bundle that an S3 key stands for, or NULL. */
static const struct limits_bundle *bundle_of(const struct limits *l, const struct node *code)
{
    struct str id = text_of(node_get(node_get(code, S("S3Key")), S(PLAN_ASSET_KEY)));
    for (size_t i = 0; id.n && i < l->nbundles; i++)
        if (str_eq(l->bundles[i].id, id))
            return &l->bundles[i];
    return NULL;
}

/* "'Greet' (configs/hello.yaml:8)" */
static struct str shown(const struct limits *l, struct str id)
{
    struct str source = text_of(node_get(l->sources, id));
    return source.n ? arena_printf(l->arena, "'%.*s' (%.*s)", STR(id), STR(source))
                    : arena_printf(l->arena, "'%.*s'", STR(id));
}

/* The layer that an item of Layers refers to, if it is one of this template; *id is its name. */
static const struct limits_bundle *layer_of(const struct limits *l, const struct node *item,
                                            struct str *id)
{
    *id = text_of(node_get(item, S("Ref")));
    const struct node *props = node_get(node_get(l->resources, *id), S("Properties"));
    return bundle_of(l, node_get(props, S("Content")));
}

static void note_sizes(struct limits *l, struct diag *d, const struct limits_bundle *code,
                       const struct node *layers)
{
    struct str id;
    diag_help(d, "its own files have %lld bytes", (long long)code->unpacked_bytes);
    for (size_t i = 0; layers && i < layers->seq.n; i++) {
        const struct limits_bundle *layer = layer_of(l, layers->seq.items[i], &id);
        struct str name = shown(l, id);
        if (layer)
            diag_help(d, "layer %.*s has %lld", STR(name), (long long)layer->unpacked_bytes);
    }
}

static void check_sizes(struct limits *l, struct str id, const struct limits_bundle *code,
                        const struct node *layers)
{
    struct str name = shown(l, id), unused;
    int64_t sum = code->unpacked_bytes;
    bool with = false;
    for (size_t i = 0; layers && i < layers->seq.n; i++) {
        const struct limits_bundle *layer = layer_of(l, layers->seq.items[i], &unused);
        with = with || layer;
        sum += layer ? layer->unpacked_bytes : 0;
    }
    if (sum > UNPACKED_BYTES) {
        l->good = false;
        note_sizes(l,
                   diag_error(l->ds, "too-large", NOWHERE,
                              "function %.*s has %lld bytes unpacked%s; AWS Lambda allows %d",
                              STR(name), (long long)sum, with ? " with its layers" : "",
                              UNPACKED_BYTES),
                   code, layers);
    } else if (code->bytes > DIRECT_BYTES) {
        diag_help(
            diag_warning(l->ds, "large-zip", NOWHERE,
                         "the zip of function %.*s has %lld bytes; AWS Lambda takes more than "
                         "%d from S3 only",
                         STR(name), (long long)code->bytes, DIRECT_BYTES),
            "deployment goes through S3; to upload it by hand, move packages into a layer");
    }
}

static void check_function(struct limits *l, struct str id, const struct node *props)
{
    const struct limits_bundle *code = bundle_of(l, node_get(props, S("Code")));
    const struct node *layers = node_get(props, S("Layers"));
    if (layers && layers->kind != NODE_SEQ)
        layers = NULL;
    if (layers && layers->seq.n > LAYERS) {
        struct str name = shown(l, id);
        l->good = false;
        diag_error(l->ds, "too-many-layers", NOWHERE,
                   "function %.*s has %u layers; AWS Lambda allows %d", STR(name),
                   (unsigned)layers->seq.n, LAYERS);
    }
    if (code)
        check_sizes(l, id, code, layers);
}

bool limits_check(struct arena *a, struct diags *ds, const struct node *template,
                  const struct node *sources, const struct limits_bundle *bundles, size_t n)
{
    struct limits l = { a, ds, node_get(template, S("Resources")), sources, bundles, n, true };
    for (size_t i = 0; l.resources && l.resources->kind == NODE_MAP && i < l.resources->map.n;
         i++) {
        const struct node_entry *e = &l.resources->map.entries[i];
        if (str_eq(text_of(node_get(e->value, S("Type"))), S("AWS::Lambda::Function")))
            check_function(&l, e->key, node_get(e->value, S("Properties")));
    }
    return l.good;
}
