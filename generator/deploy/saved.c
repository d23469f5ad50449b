/* Files that deploy leaves: plans that were approved, and outputs. */
#include "deploy/deploy.h"

#include "base/file.h"
#include "base/json_write.h"

static const struct span NOWHERE;

bool plan_save(struct diags *ds, struct str path, const struct deployment *all, size_t n)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, 0);
    json_writer_init(&w, &out, 2);
    json_begin_map(&w);
    json_put_int(&w, "version", (int64_t)1);
    json_key(&w, S("stacks"));
    json_begin_map(&w);
    for (size_t i = 0; i < n; i++) {
        const struct deployment *d = &all[i];
        if (d->state != DEPLOYMENT_READY && d->state != DEPLOYMENT_CURRENT)
            continue;
        json_key(&w, d->m.stack);
        json_begin_map(&w);
        json_put_str(&w, "template", d->m.template.sha256);
        if (d->state == DEPLOYMENT_CURRENT) {
            json_end_map(&w); /* nothing was to be done */
            continue;
        }
        json_put_str(&w, "bucket", d->place.bucket);
        json_put_str(&w, "change_set", d->set.arn);
        json_put_str(&w, "stack_id", d->set.stack_id);
        json_end_map(&w);
    }
    json_end_map(&w);
    json_end_map(&w);
    buf_putc(&out, '\n');
    bool good = file_write(ds, path, buf_str(&out)) != WRITE_FAILED;
    buf_done(&out);
    return good;
}

static bool stale(struct deployment *d, const char *why)
{
    diag_error(&d->ds, "stale-plan", NOWHERE, "the plan for '%.*s' %s; make a new one",
               STR(d->m.stack), why);
    d->state = DEPLOYMENT_FAILED;
    return false;
}

bool plan_apply(struct deployment *d, const struct node *plan)
{
    const struct node *saved = node_get(node_get(plan, S("stacks")), d->m.stack);
    if (!saved)
        return stale(d, "says nothing of it");
    if (!str_eq(cloud_text(saved, "template"), d->m.template.sha256))
        return stale(d, "was made from another build");
    if (d->state == DEPLOYMENT_CURRENT)
        return true;
    if (!node_get(saved, S("change_set")))
        return stale(d, "was made when there was nothing to change");
    d->set.arn = cloud_text(saved, "change_set");
    d->set.stack_id = cloud_text(saved, "stack_id");
    d->set.found = true;
    d->place.bucket = cloud_text(saved, "bucket");
    if (d->before.exists && !str_eq(d->set.stack_id, d->before.id))
        return stale(d, "was made for a stack that is gone");
    if (change_set_check(&d->cloud, d->set.arn, d->m.stack))
        return true;
    d->state = DEPLOYMENT_FAILED;
    return false;
}

bool outputs_save(struct diags *ds, struct str path, const struct deployment *all, size_t n)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, 0);
    json_writer_init(&w, &out, 2);
    json_begin_map(&w);
    for (size_t i = 0; i < n; i++) {
        if (all[i].state != DEPLOYMENT_DONE && all[i].state != DEPLOYMENT_CURRENT)
            continue;
        json_key(&w, all[i].m.stack);
        json_node(&w, all[i].after.outputs);
    }
    json_end_map(&w);
    buf_putc(&out, '\n');
    bool good = file_write(ds, path, buf_str(&out)) != WRITE_FAILED;
    buf_done(&out);
    return good;
}
