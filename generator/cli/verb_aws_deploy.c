#include "cli/deploy_options.h"
#include "cli/network.h"

#include "base/file.h"
#include "base/json.h"
#include "base/json_write.h"

#include <stdio.h>
#include <unistd.h>

static const struct span NOWHERE;

struct deploy_verb {
    struct deploy_request request;
    struct str plan, outputs, require;
    unsigned levels;
};

static void prepare(struct deployment *d)
{
    deployment_compare(d, false);
    if (d->state == DEPLOYMENT_READY)
        deployment_prepare(d);
}

static void compare(struct deployment *d)
{
    deployment_compare(d, false);
}

static void discard(struct deployment *d)
{
    deployment_discard(d);
}

static void apply(struct deployment *d)
{
    deployment_apply(d);
}

/* ---- what is shown --------------------------------------------------------------------------- */

static void print_plan(const struct cli *c, const struct deploy_request *r)
{
    struct buf out;
    buf_init(&out, 0);
    for (size_t i = 0; i < r->all.n && !c->json; i++) {
        const struct deployment *d = &r->all.p[i];
        if (d->state == DEPLOYMENT_READY && d->diff)
            diff_print(d->diff, &d->m, r->progress.colour, &out);
    }
    if (out.n)
        fwrite(out.p, 1, out.n, stderr);
    buf_done(&out);
}

static const char *state_name(enum deployment_state s)
{
    static const char *const names[] = { "failed", "up to date", "not deployed", "deployed" };
    return names[s];
}

static void print_json(const struct deploy_request *r)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, 0);
    json_writer_init(&w, &out, 2);
    json_begin_list(&w);
    for (size_t i = 0; i < r->all.n; i++) {
        const struct deployment *d = &r->all.p[i];
        json_begin_map(&w);
        json_put_str(&w, "stack", d->m.stack);
        json_put_str(&w, "stack_id", d->after.id);
        json_put_str(&w, "state", str_from(state_name(d->state)));
        json_put_int(&w, "uploaded", (int64_t)d->uploaded);
        json_key(&w, S("outputs"));
        if (d->after.outputs)
            json_node(&w, d->after.outputs);
        else
            json_null(&w);
        json_end_map(&w);
    }
    json_end_list(&w);
    printf("%.*s\n", STR(buf_str(&out)));
    buf_done(&out);
}

static void print_results(const struct cli *c, const struct deploy_request *r)
{
    if (c->json) {
        print_json(r);
        return;
    }
    for (size_t i = 0; i < r->all.n; i++) {
        const struct deployment *d = &r->all.p[i];
        printf("%.*s: %s\n", STR(d->m.stack), state_name(d->state));
        for (size_t j = 0; d->after.outputs && j < d->after.outputs->map.n; j++) {
            const struct node_entry *e = &d->after.outputs->map.entries[j];
            printf("  %.*s = %.*s\n", STR(e->key), STR(e->value->str));
        }
    }
}

/* ---- approval -------------------------------------------------------------------------------- */

static bool needs_approval(const struct deploy_verb *v)
{
    for (size_t i = 0; i < v->request.all.n; i++) {
        const struct deployment *d = &v->request.all.p[i];
        if (d->state == DEPLOYMENT_READY && diff_reaches(d->diff, v->levels))
            return true;
    }
    return false;
}

static void put_option(struct buf *out, const char *name, struct str value)
{
    if (value.n)
        buf_printf(out, " %s %.*s", name, STR(value));
}

/* The options as they were given, so that the command can be taken as it stands. */
static void put_options(struct buf *out, const struct deploy_verb *v)
{
    const struct deploy_options *o = &v->request.options;
    put_option(out, "--profile", o->profile);
    put_option(out, "--region", o->region);
    put_option(out, "--endpoint-url", o->endpoint_url);
    put_option(out, "--bucket", o->bucket);
    put_option(out, "--repository", o->repository);
    put_option(out, "--execution-role", o->execution_role);
    put_option(out, "--outputs", v->outputs);
    if (o->wait)
        buf_put(out, S(" --wait"));
    if (o->continue_rollback)
        buf_put(out, S(" --continue-rollback"));
    for (size_t i = 0; i < o->nskip; i++)
        put_option(out, "--skip", o->skip[i]);
}

static void report_unapproved(struct cli *c, const struct deploy_verb *v)
{
    struct buf names;
    buf_init(&names, 0);
    put_options(&names, v);
    for (size_t i = 0; i < v->request.manifests.n; i++)
        buf_printf(&names, " %.*s", STR(v->request.manifests.p[i]));
    struct diag *d = diag_error(&c->ds, "not-approved", NOWHERE,
                                "these changes need approval (--require-approval %.*s), and "
                                "nobody is here to ask",
                                STR(v->require));
    diag_help(d, "look at them and run: stepwright deploy --yes%.*s", STR(buf_str(&names)));
    diag_help(d,
              "or save them by 'stepwright diff --plan FILE' and apply exactly that: stepwright "
              "deploy --plan FILE%.*s",
              STR(buf_str(&names)));
    buf_done(&names);
}

static bool approve(struct cli *c, const struct deploy_verb *v)
{
    bool asked;
    if (v->request.yes || !needs_approval(v))
        return true;
    if (deploy_ask("Deploy this?", &asked))
        return true;
    if (asked)
        diag_error(&c->ds, "not-approved", NOWHERE, "nothing was deployed");
    else
        report_unapproved(c, v);
    return false;
}

/* ---- the verb -------------------------------------------------------------------------------- */

static bool take_plan(struct cli *c, struct deploy_verb *v)
{
    struct source *src = source_read(&c->arena, &c->ds, NOWHERE, (struct str){ 0 }, v->plan);
    const struct node *plan = src ? json_read_node(&c->arena, &c->ds, src) : NULL;
    bool good = plan != NULL;
    for (size_t i = 0; plan && i < v->request.all.n; i++)
        good = plan_apply(&v->request.all.p[i], plan) && good;
    return deploy_collect(c, &v->request) && good;
}

static bool prepare_all(struct cli *c, struct deploy_verb *v)
{
    struct deploy_request *r = &v->request;
    deploy_each(r, v->plan.n ? compare : prepare);
    if (!deploy_collect(c, r))
        return false;
    print_plan(c, r);
    return v->plan.n ? take_plan(c, v) : approve(c, v);
}

static int run(struct cli *c, struct deploy_verb *v)
{
    struct deploy_request *r = &v->request;
    bool good = deploy_open(c, r);
    good = deploy_collect(c, r) && good;
    if (good && !prepare_all(c, v)) {
        if (!v->plan.n)
            deploy_each(r, discard);
        good = false;
    }
    if (good) {
        deploy_mind_interrupts();
        deploy_each(r, apply);
        good = deploy_collect(c, r);
        progress_done(&r->progress);
        if (v->outputs.n)
            outputs_save(&c->ds, v->outputs, r->all.p, r->all.n);
        if (good || !c->json)
            print_results(c, r);
    }
    int code = c->ds.all.n || !c->json ? cli_finish(c) : EXIT_GOOD;
    deploy_close(r);
    return code;
}

int verb_aws_deploy(struct cli *c, int argc, char **argv)
{
    struct deploy_verb v = { .require = S("broadening,destructive") };
    struct deploy_request *r = &v.request;
    struct texts args = { 0 };
    bool usage;
    const struct option options[] = {
        DEPLOY_OPTIONS(*r),
        { "--bucket", OPTION_TEXT, &r->options.bucket, false },
        { "--repository", OPTION_TEXT, &r->options.repository, false },
        { "--execution-role", OPTION_TEXT, &r->options.execution_role, false },
        { "--require-approval", OPTION_TEXT, &v.require, false },
        { "--yes", OPTION_FLAG, &r->yes, false },
        { "--wait", OPTION_FLAG, &r->options.wait, false },
        { "--continue-rollback", OPTION_FLAG, &r->options.continue_rollback, false },
        { "--skip", OPTION_LIST, &r->skip, false },
        { "--plan", OPTION_TEXT, &v.plan, false },
        { "--outputs", OPTION_TEXT, &v.outputs, false },
    };
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    if (!diff_levels_get(v.require, &v.levels))
        return cli_usage(c,
                         "--require-approval is '%.*s'; expected any, broadening, destructive or "
                         "never",
                         STR(v.require));
    if (!deploy_find(c, r, &args, &usage))
        return usage ? EXIT_USAGE : cli_finish(c);
    return run(c, &v);
}
