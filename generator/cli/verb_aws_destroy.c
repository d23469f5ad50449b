#include "cli/deploy_options.h"
#include "cli/network.h"

#include "base/json_write.h"
#include "deploy/destroy.h"

#include <stdio.h>

static const struct span NOWHERE;

static bool look_all(struct deploy_request *r, const struct destroy_options *o)
{
    bool good = true;
    for (size_t i = 0; i < r->all.n; i++)
        good = destroy_look(&r->all.p[i], o) && good;
    return good;
}

static bool approve(struct cli *c, const struct deploy_request *r)
{
    bool asked, any = false;
    for (size_t i = 0; i < r->all.n; i++) {
        struct deployment *d = &r->all.p[i];
        if (d->state != DEPLOYMENT_READY)
            continue;
        struct str kept = destroy_kept(d);
        any = true;
        fprintf(stderr, "%.*s goes, with everything in it%s%.*s\n", STR(d->m.stack),
                kept.n ? " but " : "", STR(str_trim(kept)));
    }
    if (!any || r->yes || deploy_ask("Delete this?", &asked))
        return true;
    struct diag *d = diag_error(&c->ds, "not-approved", NOWHERE, "nothing was deleted");
    if (!asked)
        diag_help(d, "--yes says that you mean it");
    return false;
}

static void print(const struct cli *c, const struct deploy_request *r)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, 0);
    json_writer_init(&w, &out, 2);
    json_begin_list(&w);
    for (size_t i = 0; i < r->all.n; i++) {
        const struct deployment *d = &r->all.p[i];
        const char *state = d->state == DEPLOYMENT_DONE ? "deleted" : "not there";
        if (d->state != DEPLOYMENT_CURRENT && d->state != DEPLOYMENT_DONE)
            continue;
        json_begin_map(&w);
        json_put_str(&w, "stack", d->m.stack);
        json_put_str(&w, "state", str_from(state));
        json_end_map(&w);
        if (!c->json)
            printf("%.*s: %s\n", STR(d->m.stack), state);
    }
    json_end_list(&w);
    if (c->json)
        printf("%.*s\n", STR(buf_str(&out)));
    buf_done(&out);
}

static int run(struct cli *c, struct deploy_request *r, const struct destroy_options *o)
{
    bool good = deploy_open(c, r) && look_all(r, o);
    good = deploy_collect(c, r) && good && approve(c, r);
    deploy_mind_interrupts();
    for (size_t i = 0; good && i < r->all.n; i++)
        if (r->all.p[i].state == DEPLOYMENT_READY)
            destroy_apply(&r->all.p[i], o);
    good = deploy_collect(c, r) && good;
    progress_done(&r->progress);
    if (good || !c->json)
        print(c, r);
    int code = good ? cli_finish_beside(c) : cli_finish(c);
    deploy_close(r);
    return code;
}

int verb_aws_destroy(struct cli *c, int argc, char **argv)
{
    struct deploy_request r = { 0 };
    struct texts args = { 0 }, retain = { 0 };
    struct destroy_options o = { 0 };
    bool usage;
    const struct option options[] = {
        DEPLOY_OPTIONS(r),
        { "--yes", OPTION_FLAG, &r.yes, false },
        { "--wait", OPTION_FLAG, &r.options.wait, false },
        { "--unprotect", OPTION_FLAG, &o.unprotect, false },
        { "--retain", OPTION_LIST, &retain, false },
    };
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    if (!deploy_find(c, &r, &args, &usage))
        return usage ? EXIT_USAGE : cli_finish(c);
    o.retain = retain.all.p;
    o.nretain = retain.all.n;
    return run(c, &r, &o);
}
