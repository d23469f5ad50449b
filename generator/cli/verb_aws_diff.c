#include "cli/deploy_options.h"
#include "cli/network.h"

#include <stdio.h>
#include <unistd.h>

static void compare(struct deployment *d)
{
    deployment_compare(d, true);
}

static void prepare(struct deployment *d)
{
    deployment_compare(d, false);
    if (d->state == DEPLOYMENT_READY)
        deployment_prepare(d);
}

static void discard(struct deployment *d)
{
    deployment_discard(d);
}

static void print(const struct cli *c, const struct deploy_request *r)
{
    struct buf out;
    buf_init(&out, 0);
    if (c->json)
        buf_putc(&out, '[');
    for (size_t i = 0; i < r->all.n; i++) {
        const struct deployment *d = &r->all.p[i];
        static const struct diff none;
        const struct diff *diff = d->state == DEPLOYMENT_READY ? d->diff : &none;
        if (c->json && i)
            buf_putc(&out, ',');
        if (c->json)
            diff_print_json(diff, &d->m, &out);
        else
            diff_print(diff, &d->m, isatty(STDOUT_FILENO) && r->progress.colour, &out);
    }
    if (c->json)
        buf_put(&out, S("]\n"));
    fwrite(out.p, 1, out.n, stdout);
    buf_done(&out);
}

static bool reaches(const struct deploy_request *r, unsigned levels)
{
    for (size_t i = 0; i < r->all.n; i++)
        if (r->all.p[i].state == DEPLOYMENT_READY && diff_reaches(r->all.p[i].diff, levels))
            return true;
    return false;
}

static int run(struct cli *c, struct deploy_request *r, bool change_set, struct str plan,
               unsigned fail_on)
{
    bool good = deploy_open(c, r);
    if (good)
        deploy_each(r, change_set || plan.n ? prepare : compare);
    good = deploy_collect(c, r);
    if (good)
        print(c, r);
    bool failed = good && reaches(r, fail_on);
    if (good && plan.n)
        plan_save(&c->ds, plan, r->all.p, r->all.n);
    else if (change_set || plan.n)
        deploy_each(r, discard);
    progress_done(&r->progress);
    int code = c->ds.all.n || !c->json ? cli_finish(c) : EXIT_GOOD;
    deploy_close(r);
    return code == EXIT_GOOD && failed ? EXIT_INPUT : code;
}

int verb_aws_diff(struct cli *c, int argc, char **argv)
{
    struct deploy_request r = { 0 };
    struct texts args = { 0 };
    struct str plan = { 0 }, fail_on = S("never");
    bool change_set = false, usage;
    unsigned levels;
    const struct option options[] = {
        DEPLOY_OPTIONS(r),
        { "--bucket", OPTION_TEXT, &r.options.bucket, false },
        { "--change-set", OPTION_FLAG, &change_set, false },
        { "--fail-on", OPTION_TEXT, &fail_on, false },
        { "--plan", OPTION_TEXT, &plan, false },
    };
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    if (!diff_levels_get(fail_on, &levels))
        return cli_usage(c, "--fail-on is '%.*s'; expected any, broadening, destructive or never",
                         STR(fail_on));
    if (!deploy_find(c, &r, &args, &usage))
        return usage ? EXIT_USAGE : cli_finish(c);
    return run(c, &r, change_set, plan, levels);
}
