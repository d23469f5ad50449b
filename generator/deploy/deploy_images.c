#include "deploy/deploy_images.h"

#include "deploy/image.h"
#include "pack/oci_read.h"

static const struct span NOWHERE;

/* A layout is named by its one image. */
static bool is_as_built(struct deployment *d, const struct manifest_file *f)
{
    struct oci_index index;
    if (!oci_read_layout(&d->arena, &d->ds, f->path, &index))
        return false;
    if (index.all.n == 1 && str_eq(index.all.p[0].sha256, f->sha256))
        return true;
    struct diag *dg =
        diag_error(&d->ds, "changed-since-build", NOWHERE,
                   "'%.*s' has changed since '%.*s' was linked", STR(f->path), STR(d->m.path));
    diag_help(dg, "build again, so that what is deployed is what was built");
    return false;
}

static bool push(struct deployment *d, const struct registry_settings *settings,
                 const struct manifest_file *f, struct str text)
{
    struct registry_name name;
    struct registry r;
    struct image_sent sent = { 0 };
    if (!registry_name_parse(&d->arena, &d->ds, text, &name))
        return false;
    bool good =
        registry_open(&r, &d->arena, &d->ds, settings, &name) && image_push(&r, f->path, &sent);
    registry_close(&r);
    if (good && !sent.there) {
        progress_say(d->progress, "  pushed %.*s, %zu of %zu blobs", STR(f->id), sent.sent,
                     sent.blobs);
        d->uploaded++;
    }
    return good;
}

bool deploy_push_images(struct deployment *d)
{
    struct str id = d->before.exists ? d->before.id : d->set.stack_id;
    struct stack stack = { .id = id };
    struct str region = stack_region(&stack);
    const char *domain = str_starts(region, S("cn-")) ? "amazonaws.com.cn" : "amazonaws.com";
    struct registry_settings settings = { .aws = d->aws,
                                          .base = d->options->registry_url,
                                          .attempts = d->options->max_attempts,
                                          .backoff_ms = d->options->backoff_ms };
    for (size_t i = 0; i < d->m.images.all.n; i++) {
        const struct manifest_file *f = &d->m.images.all.p[i];
        struct str name =
            arena_printf(&d->arena, "%.*s.dkr.ecr.%.*s.%s/%.*s:%.*s", STR(stack_account(&stack)),
                         STR(region), domain, STR(d->place.repository), STR(f->key));
        if (!is_as_built(d, f) || !push(d, &settings, f, name))
            return false;
    }
    return true;
}
