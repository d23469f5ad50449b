/* bootstrap and stages doctor: what an account needs, and what it lacks. */
#include "cli/deploy_options.h"
#include "cli/network.h"

#include "base/file.h"
#include "base/json_write.h"
#include "base/path.h"
#include "deploy/bootstrap.h"
#include "deploy/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct span NOWHERE;

/* ---- bootstrap ------------------------------------------------------------------------------- */

struct bootstrap_verb {
    struct deploy_request request;
    struct bootstrap_options o;
    bool own;
    VEC(struct deployment *) made; /* one per account and region */
};

static bool has_cdk(struct deployment *d, bool *cdk)
{
    struct stack s;
    if (!stack_read(&d->cloud, S(BOOTSTRAP_CDK), &s))
        return false;
    *cdk = s.exists && stack_output(&s, "BucketName").n;
    return true;
}

static bool approve(struct cli *c, struct bootstrap_verb *v, struct deployment *d)
{
    struct buf out;
    bool asked;
    buf_init(&out, 0);
    diff_print(d->diff, &d->m, v->request.progress.colour, &out);
    fwrite(out.p, 1, out.n, stderr);
    buf_done(&out);
    if (v->request.yes || deploy_ask("Deploy this?", &asked))
        return true;
    deployment_discard(d);
    struct diag *dg = diag_error(&c->ds, "not-approved", NOWHERE, "nothing was deployed");
    if (!asked)
        diag_help(dg, "--yes says that you mean it");
    return false;
}

static void deploy_it(struct cli *c, struct bootstrap_verb *v, struct deployment *d)
{
    bool cdk = false;
    if (!has_cdk(d, &cdk))
        return;
    if (cdk && !v->own) {
        printf("CDK has bootstrapped this account and region; deployments use its bucket "
               "(--own makes one all the same)\n");
        return;
    }
    deployment_compare(d, false);
    if (d->state == DEPLOYMENT_READY)
        deployment_prepare(d);
    if (d->state == DEPLOYMENT_READY && !approve(c, v, d))
        return;
    if (d->state == DEPLOYMENT_READY || d->state == DEPLOYMENT_CURRENT)
        deployment_apply(d);
    if (d->state == DEPLOYMENT_FAILED)
        return;
    printf("%s: %s\n", BOOTSTRAP_STACK, d->state == DEPLOYMENT_DONE ? "deployed" : "up to date");
    for (size_t i = 0; d->after.outputs && i < d->after.outputs->map.n; i++)
        printf("  %.*s = %.*s\n", STR(d->after.outputs->map.entries[i].key),
               STR(d->after.outputs->map.entries[i].value->str));
}

/* For one account and region; the stage's manifests have said which. */
static void bootstrap_one(struct cli *c, struct bootstrap_verb *v, const struct manifest *m)
{
    struct arena *a = &c->arena;
    const char *tmp = getenv("TMPDIR");
    struct str dir = arena_printf(a, "%s/stepwright-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    struct bootstrap_options o = v->o;
    struct deployment *d = arena_make(a, struct deployment);
    o.account = m->account;
    o.region = v->request.options.region.n ? v->request.options.region : m->region;
    if (!mkdtemp((char *)dir.p)) {
        diag_world(&c->ds, "cannot-write", NOWHERE, "cannot make a folder in '%.*s'",
                   STR(path_dir(dir)));
        return;
    }
    struct str path = bootstrap_write(a, &c->ds, dir, &o);
    v->request.options.parameters = bootstrap_parameters(a, &o);
    if (path.n) {
        if (deployment_open(d, path, &v->request.options, &v->request.progress))
            deploy_it(c, v, d);
        vec_push(a, &v->made, d);
        v->request.all.p = d;
        v->request.all.n = 1;
        deploy_collect(c, &v->request);
    }
    unlink(path_join(a, dir, S("bootstrap.manifest.json")).p);
    unlink(path_join(a, dir, S("bootstrap.template.json")).p);
    rmdir(dir.p);
}

int verb_aws_bootstrap(struct cli *c, int argc, char **argv)
{
    struct bootstrap_verb v = { 0 };
    struct deploy_request *r = &v.request;
    struct texts args = { 0 };
    bool usage;
    const struct option options[] = {
        DEPLOY_OPTIONS(*r),
        { "--yes", OPTION_FLAG, &r->yes, false },
        { "--own", OPTION_FLAG, &v.own, false },
        { "--execution-policies", OPTION_TEXT, &v.o.execution_policies, false },
        { "--github", OPTION_TEXT, &v.o.github, false },
    };
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    if (!deploy_find(c, r, &args, &usage))
        return usage ? EXIT_USAGE : cli_finish(c);
    struct deploy_request looked = *r;
    struct map done = { 0 };
    bool good = deploy_open(c, &looked);
    good = deploy_collect(c, &looked) && good;
    r->progress = looked.progress;
    r->options = looked.options;
    for (size_t i = 0; good && i < looked.all.n; i++) {
        const struct manifest *m = &looked.all.p[i].m;
        struct str where = arena_printf(&c->arena, "%.*s %.*s", STR(m->account), STR(m->region));
        if (!map_put(&c->arena, &done, where, c))
            bootstrap_one(c, &v, m);
    }
    progress_done(&r->progress);
    int code = cli_finish(c); /* its messages live in the deployments */
    for (size_t i = 0; i < v.made.n; i++)
        deployment_close(v.made.p[i]);
    deploy_close(&looked);
    return code;
}

/* ---- stages doctor --------------------------------------------------------------------------- */

struct doctor {
    struct deployment *d; /* the first: what is looked at is the stage's */
    bool lacks;
    struct policy_place place;
};

static void say(struct doctor *doc, bool good, const char *what, struct str detail)
{
    doc->lacks = doc->lacks || !good;
    printf("  %s %s%s%.*s\n", good ? "ok     " : "MISSING", what, detail.n ? ": " : "",
           STR(detail));
}

static bool check_identity(struct doctor *doc)
{
    struct deployment *d = doc->d;
    struct answer a;
    struct buf q;
    buf_init(&q, 0);
    if (!cloud_call(&d->cloud, &AWS_STS, "GetCallerIdentity", &q, "ask who you are", NULL, &a))
        return false;
    struct str account = cloud_text(a.data, "Account");
    bool right = !d->m.account.n || str_eq(account, d->m.account);
    say(doc, right, "credentials", cloud_text(a.data, "Arn"));
    if (!right)
        printf("          the stage is for account %.*s\n", STR(d->m.account));
    say(doc, aws_client_region(d->cloud.aws).n > 0, "region", aws_client_region(d->cloud.aws));
    return true;
}

/* Whether the bucket is there and may be looked at. */
static bool check_bucket(struct doctor *doc, struct str bucket)
{
    struct deployment *d = doc->d;
    struct aws_call call = { .service = &AWS_S3,
                             .operation = S("HeadBucket"),
                             .method = S("HEAD"),
                             .bucket = bucket,
                             .path = S("/"),
                             .raw = true };
    bool good = aws_call(d->cloud.aws, &call);
    bool refused = call.result.outcome == AWS_REFUSED;
    if (!good && !refused)
        aws_report(d->cloud.aws, &call, "look at the bucket");
    if (good || refused)
        say(doc, good, call.result.status == 403 ? "bucket (there, but not for you)" : "bucket",
            bucket);
    aws_call_done(&call);
    return good || refused;
}

static bool examine(struct doctor *doc)
{
    struct deployment *d = doc->d;
    struct stack own, cdk;
    if (!check_identity(doc) || !stack_read(&d->cloud, S(BOOTSTRAP_STACK), &own) ||
        !stack_read(&d->cloud, S(BOOTSTRAP_CDK), &cdk))
        return false;
    struct str bucket = d->options->bucket.n ? d->options->bucket
                        : d->m.bucket.n      ? d->m.bucket
                        : own.exists         ? stack_output(&own, "Bucket")
                        : cdk.exists         ? stack_output(&cdk, "BucketName")
                                             : (struct str){ 0 };
    say(doc, own.exists || cdk.exists || d->m.bucket.n, "bootstrap",
        own.exists      ? S(BOOTSTRAP_STACK)
        : cdk.exists    ? S("that of CDK")
        : d->m.bucket.n ? S("not needed, configs/stages.yaml names a bucket")
                        : arena_printf(&d->arena, "build bootstrap-%.*s", STR(d->m.stage)));
    doc->place.bucket = bucket;
    doc->place.execution_role = stack_output(&own, "ExecutionRole");
    say(doc, true, "execution role",
        doc->place.execution_role.n ? doc->place.execution_role
                                    : S("none, your own rights are used"));
    return !bucket.n || check_bucket(doc, bucket);
}

static void print_policy(struct cli *c, struct deploy_request *r, const struct policy_place *place)
{
    struct policy_input *all = arena_make_n(&c->arena, struct policy_input, r->all.n);
    struct buf out;
    struct json_writer w;
    for (size_t i = 0; i < r->all.n; i++) {
        struct deployment *d = &r->all.p[i];
        all[i] = (struct policy_input){ &d->m, manifest_document(&d->arena, &d->ds, &d->m,
                                                                 d->m.template.id) };
    }
    buf_init(&out, 0);
    json_writer_init(&w, &out, 2);
    struct str unknown = policy_write(&c->arena, &w, place, all, r->all.n);
    printf("the least that a deployer needs:\n%.*s\n", STR(buf_str(&out)));
    if (unknown.n)
        printf("and what CloudFormation needs for: %.*s\n", STR(str_trim(unknown)));
    buf_done(&out);
}

int verb_aws_stages(struct cli *c, int argc, char **argv)
{
    struct deploy_request r = { 0 };
    struct texts args = { 0 };
    struct doctor doc = { 0 };
    bool usage;
    const struct option options[] = {
        DEPLOY_OPTIONS(r),
        { "--bucket", OPTION_TEXT, &r.options.bucket, false },
    };
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    if (!args.all.n || !str_eq(args.all.p[0], S("doctor")))
        return cli_usage(c, "expected doctor first");
    args.all.p++;
    args.all.n--;
    if (!deploy_find(c, &r, &args, &usage))
        return usage ? EXIT_USAGE : cli_finish(c);
    bool good = deploy_open(c, &r);
    if (good) {
        printf("%.*s\n", STR(r.all.p[0].m.stage));
        doc.d = &r.all.p[0];
        good = examine(&doc);
    }
    if (good)
        print_policy(c, &r, &doc.place);
    deploy_collect(c, &r);
    int code = cli_finish(c);
    deploy_close(&r);
    return code == EXIT_GOOD && doc.lacks ? EXIT_INPUT : code;
}
