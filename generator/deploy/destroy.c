#include "deploy/destroy.h"

#include "base/json.h"
#include "deploy/follow.h"

static const struct span NOWHERE;

bool destroy_look(struct deployment *d, const struct destroy_options *o)
{
    d->state = DEPLOYMENT_FAILED;
    if (!stack_read(&d->cloud, d->m.stack, &d->before))
        return false;
    struct str account = stack_account(&d->before);
    if (d->m.account.n && account.n && !str_eq(account, d->m.account)) {
        diag_error(&d->ds, "wrong-account", NOWHERE,
                   "stage '%.*s' is for account %.*s, your credentials are for %.*s",
                   STR(d->m.stage), STR(d->m.account), STR(account));
        return false;
    }
    if (!d->before.exists && !d->before.reviewed) {
        d->state = DEPLOYMENT_CURRENT;
        return true;
    }
    if (d->before.protected && !o->unprotect) {
        struct diag *dg = diag_error(&d->ds, "protected", NOWHERE,
                                     "'%.*s' is protected from being deleted", STR(d->m.stack));
        diag_help(dg, "--unprotect takes the protection away, if that is what you want");
        return false;
    }
    if (status_in_progress(d->before.status) && !d->options->wait) {
        struct diag *dg = diag_world(&d->ds, "deployed-by-another", NOWHERE,
                                     "'%.*s' is %.*s: something is under way", STR(d->m.stack),
                                     STR(d->before.status));
        diag_help(dg, "--wait waits for it");
        return false;
    }
    d->state = DEPLOYMENT_READY;
    return true;
}

struct str destroy_kept(struct deployment *d)
{
    struct str text = { 0 };
    struct diags ignored;
    struct buf out;
    diags_init(&ignored, &d->arena);
    if (!d->before.exists || !stack_template(&d->cloud, &d->before, &text))
        return (struct str){ 0 };
    const struct node *template =
        json_read_node(&d->arena, &ignored, source_make(&d->arena, S("template"), text));
    const struct node *all = node_get(template, S("Resources"));
    buf_init(&out, 0);
    for (size_t i = 0; all && all->kind == NODE_MAP && i < all->map.n; i++)
        if (str_starts(cloud_text(all->map.entries[i].value, "DeletionPolicy"), S("Retain")))
            buf_printf(&out, "%.*s ", STR(all->map.entries[i].key));
    struct str kept = arena_str(&d->arena, buf_str(&out));
    buf_done(&out);
    return kept;
}

static void report(struct deployment *d, const struct follow *f)
{
    struct buf names;
    follow_report((struct follow *)f, "deleting");
    buf_init(&names, 0);
    for (size_t i = 0; i < f->failures.n; i++)
        buf_printf(&names, "%s%.*s", i ? "," : "", STR(f->failures.p[i].id));
    if (names.n && d->ds.all.n)
        diag_help(d->ds.all.p[d->ds.all.n - 1],
                  "--retain %.*s deletes the stack and leaves that where it is",
                  STR(buf_str(&names)));
    buf_done(&names);
}

void destroy_apply(struct deployment *d, const struct destroy_options *o)
{
    struct follow f;
    d->state = DEPLOYMENT_FAILED;
    if (!follow_begin(&f, &d->cloud, d->progress, &d->m, d->m.stack, d->before.id))
        return;
    if (status_in_progress(d->before.status) &&
        (!follow_end(&f) ||
         !follow_begin(&f, &d->cloud, d->progress, &d->m, d->m.stack, d->before.id)))
        return;
    if (d->before.protected && !stack_protect(&d->cloud, d->m.stack, false))
        return;
    bool failed_before = str_eq(d->before.status, S("DELETE_FAILED"));
    if (!stack_delete(&d->cloud, &d->before, o->retain, failed_before ? o->nretain : 0,
                      cloud_token(&d->arena)) ||
        !follow_end(&f))
        return;
    if (str_eq(f.status, S("DELETE_COMPLETE")))
        d->state = DEPLOYMENT_DONE;
    else
        report(d, &f);
}
