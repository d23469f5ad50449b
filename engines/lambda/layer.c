/* Layers: built from a folder, of a zip in S3, or somebody's by its ARN.
 * Written from AWS::Lambda::LayerVersion and the Lambda quotas page. */
#include "lambda.h"

#include "base/num.h"
#include "base/path.h"
#include "schema/bind.h"

struct layer_arn {
    struct vstr arn, id;
};
struct layer {
    struct vstr layer_entry, cmd, bucket_arn, key, runtime;
    struct venum bundle_type, architecture;
    struct vobj layer_arn; /* struct layer_arn */
};

/* arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION; what CloudFormation fills in is not known. */
static void check_layer_arn(struct bind *b, const struct field *f, const struct node *value)
{
    struct str rest = value->str, part, parts[9];
    size_t n = 0;
    int64_t version;
    while (n < sizeof parts / sizeof *parts && str_split(&rest, ':', &part))
        parts[n++] = part;
    if (str_find(value->str, S("${"), 0) != SIZE_MAX)
        return;
    bool layer = n >= 7 && str_eq(parts[0], S("arn")) && str_eq(parts[2], S("lambda")) &&
                 parts[3].n && str_eq(parts[5], S("layer")) && parts[6].n;
    if (layer && n == 8 && num_get_int(parts[7], &version) && version > 0)
        return;
    struct diag *d = diag_error(b->ds, "bad-arn", value->span,
                                "'%s' is '%.*s'; expected "
                                "arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION",
                                f->key, STR(value->str));
    if (layer && n == 7)
        diag_help(d, "a version is missing at the end: %.*s:1", STR(value->str));
}

#define F(kind, name, ...) FIELD_##kind(struct layer_arn, name, __VA_ARGS__)
static const struct field layer_arn_rows[] = {
    F(STR, arn, .required = true, .check = check_layer_arn,
      .doc = "ARN of a published layer version.",
      .example = "\"arn:aws:lambda:eu-west-1:111122223333:layer:numpy:7\""),
    F(STR, id, .doc = "A name for it; not needed any more."),
};
#undef F
static const struct fields layer_arn_fields =
    FIELDS(struct layer_arn, "layer_arn", layer_arn_rows, .doc = "A published layer version.");

#define F(kind, name, ...) FIELD_##kind(struct layer, name, __VA_ARGS__)
static const struct field layer_rows[] = {
    F(STR, layer_entry, .check = lambda_check_folder, .doc = "Folder that becomes the layer.",
      .example = "customcode/lambda_layers/commons"),
    F(ENUM, bundle_type, .values = WORDS("simple", "custom"), .dflt = "simple",
      .doc = "simple: the folder's files, and its requirements.txt; custom: what `cmd` makes."),
    F(STR, cmd, .doc = "custom: a shell command that fills /asset-output."),
    F(OBJ, layer_arn, .sub = &layer_arn_fields, .doc = "A layer that somebody else published."),
    F(STR, bucket_arn, .doc = "Bucket that holds a finished zip.",
      .example = "\"arn:aws:s3:::layers\""),
    F(STR, key, .doc = "The zip's key in that bucket."),
    F(STR, runtime, .check = lambda_check_runtime, .doc = "Runtime that the layer is for."),
    F(ENUM, architecture, .values = WORDS("x86_64", "arm64"), .dflt = "x86_64",
      .doc = "Processor that the layer is for: whose packages are gathered.",
      .source = "AWS::Lambda::LayerVersion, CompatibleArchitectures"),
};
#undef F
const struct fields lambda_layer_fields = FIELDS(struct layer, "lambda_layer", layer_rows,
                                                 .doc = "A Lambda layer, in one of three forms.");

/* arn:aws:s3:::bucket, and nothing behind the bucket: that is what `key` is for. */
static void check_bucket_arn(struct diags *ds, const struct vstr *arn)
{
    size_t colons = str_find(arn->s, S(":s3:::"), 0);
    struct str bucket =
        colons == SIZE_MAX ? (struct str){ 0 } : str_sub(arn->s, colons + 6, arn->s.n);
    if (str_starts(arn->s, S("arn:")) && bucket.n && str_find_char(bucket, '/', 0) == SIZE_MAX)
        return;
    struct diag *d =
        diag_error(ds, "bad-arn", arn->span, "'bucket_arn' is '%.*s'; expected arn:aws:s3:::bucket",
                   STR(arn->s));
    if (bucket.n)
        diag_help(d, "what is behind the '/' belongs into 'key'");
}

void lambda_check_layer(struct diags *ds, const struct item *it)
{
    const struct layer *l = it->body;
    int forms = l->layer_entry.set + (l->layer_arn.p != NULL) + l->bucket_arn.set;
    if (forms != 1) {
        struct diag *d = diag_error(ds, forms ? "conflict" : "missing-key", it->name.span,
                                    "layer '%.*s' has %s of layer_entry, layer_arn and bucket_arn",
                                    STR(it->name.s), forms ? "more than one" : "none");
        if (!forms)
            diag_help(d, "for example 'layer_entry: customcode/lambda_layers/%.*s'",
                      STR(it->name.s));
    }
    if (l->bucket_arn.set && !l->key.set)
        diag_error(ds, "missing-key", l->bucket_arn.span, "layer '%.*s' has no 'key'",
                   STR(it->name.s));
    if (l->bucket_arn.set)
        check_bucket_arn(ds, &l->bucket_arn);
    if (l->bucket_arn.set && l->key.set && !str_ends(l->key.s, S(".zip")))
        diag_warning(ds, "no-zip", l->key.span, "'key' is '%.*s'; expected a zip", STR(l->key.s));
    if (!l->layer_entry.set && l->cmd.set)
        diag_error(ds, "conflict", l->cmd.span,
                   "'cmd' makes a layer of a folder; this one is made already");
    if (l->bundle_type.v == 1 && !l->cmd.set)
        diag_error(ds, "missing-key", l->bundle_type.span,
                   "layer '%.*s' has bundle_type custom but no 'cmd'", STR(it->name.s));
}

/* Lambda takes layers of the function's own region only. */
static void check_region(struct plan *p, const struct item *it, struct vstr arn)
{
    struct str rest = arn.s, region = { 0 }, own = p->pipeline->stage->region;
    for (int i = 0; i < 4 && str_split(&rest, ':', &region); i++)
        ;
    if (own.n && region.n && region.p[0] != '$' && !str_eq(region, own))
        diag_help(diag_error(p->ds, "other-region", arn.span,
                             "layer '%.*s' is in %.*s, and the stage in %.*s", STR(it->name.s),
                             STR(region), STR(own)),
                  "Lambda takes layers of its own region only");
}

void lambda_lower_layer(struct plan *p, const struct item *it)
{
    const struct layer *l = it->body;
    if (l->layer_arn.p) { /* a reference only: no type, never emitted */
        const struct layer_arn *ref = l->layer_arn.p;
        check_region(p, it, ref->arn);
        struct resource *known = arena_make(p->arena, struct resource);
        known->props = plan_map(p);
        plan_put(p, known->props, "Arn", plan_str(p, ref->arn.s));
        plan_publish(p, it, known, "lambda_layer");
        return;
    }
    struct resource *r =
        plan_add_resource(p, it->name.s, "Layer", "AWS::Lambda::LayerVersion", it->name.span);
    struct node *content = plan_map(p);
    if (l->bucket_arn.set) {
        size_t colon = str_rfind_char(l->bucket_arn.s, ':');
        plan_put(p, content, "S3Bucket",
                 plan_str(p, str_sub(l->bucket_arn.s, colon + 1, l->bucket_arn.s.n)));
        plan_put(p, content, "S3Key", plan_str(p, l->key.s));
    } else {
        struct vstr entry = l->layer_entry;
        entry.s = path_clean(p->arena, entry.s);
        struct layer_code code = { l->cmd.s, l->runtime.s,
                                   l->architecture.v ? l->architecture.s : (struct str){ 0 } };
        struct asset *as = plan_add_layer_asset(p, entry, &code);
        plan_put(p, content, "S3Bucket", plan_asset_bucket(p));
        plan_put(p, content, "S3Key", plan_asset_key(p, as));
        res_put(p, r, "LayerName", plan_str(p, plan_physical_name(p, it->name.s, 140)));
    }
    res_put(p, r, "Content", content);
    res_put_str(p, r, "Description", it->description);
    if (l->runtime.set) {
        struct node *runtimes = plan_list(p);
        node_push(p->arena, runtimes, plan_text(p, lambda_runtime_name(l->runtime.s)));
        res_put(p, r, "CompatibleRuntimes", runtimes);
    }
    if (l->architecture.set) {
        struct node *architectures = plan_list(p);
        node_push(p->arena, architectures, plan_str(p, l->architecture.s));
        res_put(p, r, "CompatibleArchitectures", architectures);
    }
    plan_publish(p, it, r, "lambda_layer");
}
