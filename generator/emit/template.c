/* The CloudFormation template. Source: CloudFormation user guide, "Template anatomy". */
#include "emit/emit.h"

#include "base/json_write.h"
#include "base/utf8.h"

#include <stdlib.h>

/* A machine above this size goes to the asset bucket instead of into the template, which may have
 * 1 MB. Source: CloudFormation quotas. */
enum { INLINE_ASL = 200 * 1024 };

static int compare_resources(const void *a, const void *b)
{
    return str_cmp((*(struct resource *const *)a)->id, (*(struct resource *const *)b)->id);
}

static bool needs(const struct plan *p, bool image)
{
    for (size_t i = 0; i < p->assets.n; i++)
        if ((p->assets.p[i]->kind == ASSET_IMAGE) == image)
            return true;
    return false;
}

static void write_parameter(struct json_writer *w, const char *name, struct str value,
                            const char *description)
{
    json_key(w, str_from(name));
    json_begin_map(w);
    json_put_str(w, "Type", S("String"));
    if (value.n)
        json_put_str(w, "Default", value);
    json_put_str(w, "Description", str_from(description));
    json_end_map(w);
}

static void write_parameters(struct json_writer *w, const struct plan *p, struct str asl)
{
    const struct stage *stage = p->pipeline->stage;
    bool bucket = needs(p, false) || p->texts.n || asl.n > INLINE_ASL, images = needs(p, true);
    if (!bucket && !images)
        return;
    json_key(w, S("Parameters"));
    json_begin_map(w);
    if (bucket)
        write_parameter(w, "AssetBucket", stage->bucket,
                        "Bucket that holds the pipeline's bundles");
    if (images)
        write_parameter(w, PLAN_IMAGE_REPOSITORY,
                        stage->repository.n ? stage->repository : S("stepwright"),
                        "ECR repository that holds the pipeline's images");
    json_end_map(w);
}

static void write_mappings(struct json_writer *w, const struct plan *p)
{
    if (!p->mappings.n)
        return;
    json_key(w, S("Mappings"));
    json_begin_map(w);
    for (size_t i = 0; i < p->mappings.n; i++) {
        json_key(w, p->mappings.p[i].name);
        json_node(w, p->mappings.p[i].rows);
    }
    json_end_map(w);
}

static void write_definition(struct json_writer *w, const struct plan *p, struct str asl)
{
    if (asl.n <= INLINE_ASL) {
        json_put_str(w, "DefinitionString", asl);
    } else {
        json_key(w, S("DefinitionS3Location"));
        json_begin_map(w);
        json_key(w, S("Bucket"));
        json_raw(w, S("{\"Ref\":\"AssetBucket\"}"));
        json_key(w, S("Key"));
        json_begin_map(w);
        json_put_str(w, PLAN_FILE_KEY, S("asl.json"));
        json_end_map(w);
        json_end_map(w);
    }
    if (!p->substitutions.n)
        return;
    json_key(w, S("DefinitionSubstitutions"));
    json_begin_map(w);
    for (size_t i = 0; i < p->substitutions.n; i++) {
        json_key(w, p->substitutions.p[i].name);
        json_node(w, p->substitutions.p[i].value);
    }
    json_end_map(w);
}

static void write_resource(struct json_writer *w, const struct plan *p, const struct resource *r,
                           struct str asl)
{
    json_key(w, r->id);
    json_begin_map(w);
    json_put_str(w, "Type", str_from(r->type));
    if (r->deletion_policy) {
        json_put_str(w, "DeletionPolicy", str_from(r->deletion_policy));
        json_put_str(w, "UpdateReplacePolicy", str_from(r->deletion_policy));
    }
    if (r->depends_on.n) {
        json_key(w, S("DependsOn"));
        json_begin_list(w);
        for (size_t i = 0; i < r->depends_on.n; i++)
            json_str(w, r->depends_on.p[i]);
        json_end_list(w);
    }
    json_key(w, S("Properties"));
    json_begin_map(w);
    for (size_t i = 0; i < r->props->map.n; i++) {
        json_key(w, r->props->map.entries[i].key);
        json_node(w, r->props->map.entries[i].value);
    }
    if (r == p->machine_resource)
        write_definition(w, p, asl);
    json_end_map(w);
    json_end_map(w);
}

static void write_resources(struct json_writer *w, const struct plan *p, struct str asl)
{
    struct resource **sorted = arena_make_n(p->arena, struct resource *, p->resources.n);
    for (size_t i = 0; i < p->resources.n; i++)
        sorted[i] = p->resources.p[i];
    if (p->resources.n)
        qsort(sorted, p->resources.n, sizeof *sorted, compare_resources);
    json_key(w, S("Resources"));
    json_begin_map(w);
    for (size_t i = 0; i < p->resources.n; i++)
        write_resource(w, p, sorted[i], asl);
    json_end_map(w);
}

static void write_outputs(struct json_writer *w, const struct plan *p)
{
    if (!p->outputs.n)
        return;
    json_key(w, S("Outputs"));
    json_begin_map(w);
    for (size_t i = 0; i < p->outputs.n; i++) {
        const struct output *o = &p->outputs.p[i];
        json_key(w, o->name);
        json_begin_map(w);
        json_put_str(w, "Description", o->description);
        json_key(w, S("Value"));
        json_node(w, o->value);
        json_end_map(w);
    }
    json_end_map(w);
}

void emit_template(const struct plan *p, struct str asl, struct buf *out)
{
    struct json_writer w;
    const struct pipeline *pl = p->pipeline;
    json_writer_init(&w, out, 2);
    json_begin_map(&w);
    json_put_str(&w, "AWSTemplateFormatVersion", S("2010-09-09"));
    struct str title = pl->description.s.n ? pl->description.s : pl->name.s.n ? pl->name.s : pl->id;
    if (title.n > 1024)
        title.n = utf8_floor(title, 1024);
    json_put_str(&w, "Description", title);
    write_parameters(&w, p, asl);
    write_mappings(&w, p);
    write_resources(&w, p, asl);
    write_outputs(&w, p);
    json_end_map(&w);
    buf_putc(out, '\n');
}
