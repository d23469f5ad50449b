#include "deploy/deploy.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "deploy/deploy_images.h"
#include "deploy/follow.h"
#include "deploy/upload.h"

static const struct span NOWHERE;

/* The largest template that fits into a request. Source: CloudFormation quotas. */
enum { INLINE_TEMPLATE = 51200, POLL_MS = 2000 };

/* A stage's region is not changed by what a command happens to say. AWS_REGION is another matter:
 * build services always set it, and the stage wins. */
static bool check_region(struct deployment *d)
{
    struct str given = d->options->region;
    if (!d->m.region.n || !given.n || str_eq(given, d->m.region))
        return true;
    struct diag *dg = diag_error(&d->ds, "wrong-region", NOWHERE,
                                 "stage '%.*s' is for region %.*s, --region is %.*s",
                                 STR(d->m.stage), STR(d->m.region), STR(given));
    diag_help(dg, "leave --region out, or change 'region' in configs/stages.yaml");
    return false;
}

bool deployment_open(struct deployment *d, struct str manifest, const struct deploy_options *o,
                     struct progress *progress)
{
    *d =
        (struct deployment){ .options = o, .progress = progress, .env = aws_environment_process() };
    diags_init(&d->ds, &d->arena);
    if (!manifest_read(&d->arena, &d->ds, manifest, &d->m) || !check_region(d))
        return false;
    d->aws =
        (struct aws_settings){ .env = &d->env,
                               .profile = o->profile,
                               .region = o->region.n ? o->region : d->m.region,
                               .endpoint_url = o->endpoint_url,
                               .max_attempts = o->max_attempts,
                               .backoff_ms = o->backoff_ms,
                               .timeout_ms = o->timeout_ms,
                               .http = { .connections = UPLOAD_WINDOW, .stall_s = o->stall_s } };
    d->cloud = (struct cloud){ .arena = &d->arena,
                               .ds = &d->ds,
                               .aws = aws_new(&d->arena, &d->ds, &d->aws),
                               .poll_ms = o->poll_ms ? o->poll_ms : POLL_MS };
    return d->cloud.aws != NULL;
}

void deployment_close(struct deployment *d)
{
    if (d->cloud.aws)
        aws_free(d->cloud.aws);
    arena_done(&d->arena);
}

/* ---- the right place ------------------------------------------------------------------------- */

/* An account is not left to whichever credentials are at hand. */
static bool check_account(struct deployment *d)
{
    struct str account = stack_account(&d->before);
    if (!d->m.account.n)
        return true;
    if (!account.n) {
        struct answer a;
        struct buf q;
        buf_init(&q, 0);
        if (!cloud_call(&d->cloud, &AWS_STS, "GetCallerIdentity", &q, "ask who you are", NULL, &a))
            return false;
        account = cloud_text(a.data, "Account");
    }
    if (str_eq(account, d->m.account))
        return true;
    diag_error(&d->ds, "wrong-account", NOWHERE,
               "stage '%.*s' is for account %.*s, your credentials are for %.*s", STR(d->m.stage),
               STR(d->m.account), STR(account));
    return false;
}

static struct str first_of(struct str a, struct str b)
{
    return a.n ? a : b;
}

static bool declares(const struct deployment *d, const char *parameter)
{
    return node_get(node_get(d->template, S("Parameters")), str_from(parameter)) != NULL;
}

static struct str default_of(const struct deployment *d, const char *parameter)
{
    return cloud_text(node_get(node_get(d->template, S("Parameters")), str_from(parameter)),
                      "Default");
}

/* What bootstrap made, ours or CDK's; asked for only where nobody says. */
static bool ask_bootstrap(struct deployment *d)
{
    struct stack s;
    if (!stack_read(&d->cloud, S("stepwright-bootstrap"), &s))
        return false;
    if (s.exists) {
        d->place.bucket = first_of(d->place.bucket, stack_output(&s, "Bucket"));
        d->place.repository = first_of(d->place.repository, stack_output(&s, "Repository"));
        d->place.execution_role =
            first_of(d->place.execution_role, stack_output(&s, "ExecutionRole"));
        return true;
    }
    if (!stack_read(&d->cloud, S("CDKToolkit"), &s))
        return false;
    if (s.exists)
        d->place.bucket = first_of(d->place.bucket, stack_output(&s, "BucketName"));
    return true;
}

static bool find_place(struct deployment *d)
{
    const struct deploy_options *o = d->options;
    d->place.bucket =
        first_of(o->bucket, first_of(d->m.bucket, cloud_text(d->before.parameters, "AssetBucket")));
    d->place.repository =
        first_of(o->repository, cloud_text(d->before.parameters, "ImageRepository"));
    d->place.execution_role = o->execution_role;
    if (!d->place.repository.n)
        d->place.repository = default_of(d, "ImageRepository");
    bool needed =
        declares(d, "AssetBucket") || d->m.uploads.all.n || d->m.template.bytes > INLINE_TEMPLATE;
    if (!needed || d->place.bucket.n)
        return true;
    if (!ask_bootstrap(d))
        return false;
    d->place.bucket = first_of(d->place.bucket, default_of(d, "AssetBucket"));
    if (d->place.bucket.n)
        return true;
    struct diag *dg =
        diag_error(&d->ds, "no-bucket", NOWHERE,
                   "'%.*s' needs a bucket for what it uploads, and there is none", STR(d->m.stack));
    diag_help(dg,
              "build bootstrap-%.*s once, or name a bucket in configs/stages.yaml or by "
              "--bucket",
              STR(d->m.stage));
    return false;
}

/* ---- comparing ------------------------------------------------------------------------------- */

static struct node *put_text(struct deployment *d, struct node *map, const char *key,
                             struct str value)
{
    node_put(&d->arena, map, str_from(key), NOWHERE, node_str(&d->arena, NOWHERE, value));
    return map;
}

/* Parameters that the template has and we have a value for. */
static const struct node *parameters(struct deployment *d)
{
    struct node *map = node_map(&d->arena, NOWHERE);
    if (declares(d, "AssetBucket") && d->place.bucket.n)
        put_text(d, map, "AssetBucket", d->place.bucket);
    if (declares(d, "ImageRepository") && d->place.repository.n)
        put_text(d, map, "ImageRepository", d->place.repository);
    const struct node *more = d->options->parameters;
    for (size_t i = 0; more && i < more->map.n; i++)
        node_put(&d->arena, map, more->map.entries[i].key, NOWHERE, more->map.entries[i].value);
    return map;
}

/* The stack has all parameters, those that stand at their defaults included. */
static bool parameters_equal(const struct deployment *d, const struct node *wanted)
{
    for (size_t i = 0; i < wanted->map.n; i++) {
        const struct node *now = node_get(d->before.parameters, wanted->map.entries[i].key);
        if (!now || !node_equal(now, wanted->map.entries[i].value))
            return false;
    }
    return true;
}

/* Tags as strings, whatever was written. */
static const struct node *tags_of(struct deployment *d)
{
    struct node *map = node_map(&d->arena, NOWHERE);
    for (size_t i = 0; d->m.tags && i < d->m.tags->map.n; i++) {
        const struct node_entry *e = &d->m.tags->map.entries[i];
        struct str text = e->value->kind == NODE_STR ? e->value->str
                          : e->value->kind == NODE_INT
                              ? arena_printf(&d->arena, "%lld", (long long)e->value->integer)
                          : e->value->kind == NODE_BOOL
                              ? (e->value->boolean ? S("true") : S("false"))
                              : S("");
        put_text(d, map, arena_str(&d->arena, e->key).p, text);
    }
    return map;
}

static bool is_current(struct deployment *d, struct str text)
{
    static const char *const good[] = { "CREATE_COMPLETE", "UPDATE_COMPLETE",
                                        "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE" };
    bool settled = false;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        settled = settled || str_eq(d->before.status, str_from(good[i]));
    return d->before.exists && settled && str_eq(str_trim(d->deployed), str_trim(text)) &&
           parameters_equal(d, parameters(d)) && node_equal(d->before.tags, tags_of(d));
}

static bool compare(struct deployment *d)
{
    struct str text;
    if (!manifest_check(&d->ds, &d->m, MANIFEST_QUICK) ||
        !file_read(&d->arena, &d->ds, NOWHERE, (struct str){ 0 }, d->m.template.path,
                   LIMIT_SOURCE_BYTES, &text))
        return false;
    d->template =
        json_read_node(&d->arena, &d->ds, source_make(&d->arena, d->m.template.path, text));
    if (!d->template || !stack_read(&d->cloud, d->m.stack, &d->before) || !check_account(d))
        return false;
    if (d->before.exists && !stack_template(&d->cloud, &d->before, &d->deployed))
        return false;
    if (!find_place(d))
        return false;
    d->state = is_current(d, text) ? DEPLOYMENT_CURRENT : DEPLOYMENT_READY;
    return true;
}

static const struct node *deployed_template(struct deployment *d)
{
    struct diags ignored;
    if (!d->before.exists || !d->deployed.n)
        return NULL;
    diags_init(&ignored, &d->arena);
    const struct node *n = json_read_node(
        &d->arena, &ignored, source_make(&d->arena, S("deployed template"), d->deployed));
    return n ? n : node_map(&d->arena, NOWHERE); /* YAML of somebody else: all of it is new */
}

/* A definition too large for the template lies in the bucket, under a key that the template names.
 * NULL where it is in the template, or cannot be had any more. */
static const struct node *deployed_definition(struct deployment *d, const struct node *template)
{
    const struct node *all = node_get(template, S("Resources"));
    struct str key = { 0 }, bucket = cloud_text(d->before.parameters, "AssetBucket");
    for (size_t i = 0; all && all->kind == NODE_MAP && i < all->map.n && !key.n; i++)
        key = cloud_text(node_get(node_get(all->map.entries[i].value, S("Properties")),
                                  S("DefinitionS3Location")),
                         "Key");
    if (!key.n || !bucket.n)
        return NULL;
    struct aws_call call = { .service = &AWS_S3,
                             .operation = S("GetObject"),
                             .method = S("GET"),
                             .bucket = bucket,
                             .path = arena_printf(&d->arena, "/%.*s", STR(key)),
                             .raw = true };
    struct str text = { 0 };
    struct diags ignored;
    diags_init(&ignored, &d->arena);
    if (aws_call(d->cloud.aws, &call))
        text = arena_str(&d->arena, call.result.body);
    aws_call_done(&call);
    return text.n ? json_read_node(&d->arena, &ignored,
                                   source_make(&d->arena, S("deployed definition"), text))
                  : NULL;
}

static void make_diff(struct deployment *d)
{
    const struct node *deployed = deployed_template(d);
    struct diff_side old = { .template = deployed,
                             .definition = deployed_definition(d, deployed),
                             .tags = d->before.exists ? d->before.tags : NULL };
    struct diff_side new = { .template = d->template,
                             .definition =
                                 manifest_document(&d->arena, &d->ds, &d->m, S("asl.json")),
                             .iam = manifest_document(&d->arena, &d->ds, &d->m, S("iam.json")),
                             .tags = tags_of(d) };
    d->diff = diff_make(&d->arena, &old, &new, &d->m);
}

/* ---- stacks that cannot be updated as they are ------------------------------------------------
 */

static bool follow_it(struct deployment *d, struct follow *f, const char *what)
{
    return follow_begin(f, &d->cloud, d->progress, &d->m, d->m.stack, d->before.id) &&
           (progress_say(d->progress, "%.*s: %s", STR(d->m.stack), what), true);
}

static bool wait_for_other(struct deployment *d)
{
    struct follow f;
    if (!d->options->wait) {
        struct diag *dg =
            diag_world(&d->ds, "deployed-by-another", NOWHERE,
                       "'%.*s' is %.*s: another deployment is under way, or was cut off and goes "
                       "on by itself",
                       STR(d->m.stack), STR(d->before.status));
        diag_help(dg, "'stepwright status' shows it, --wait waits for it");
        return false;
    }
    return follow_it(d, &f, "waiting for what is under way") && follow_end(&f);
}

static bool remove_remains(struct deployment *d)
{
    struct follow f;
    if (!follow_it(d, &f, "its creation failed earlier; the remains go first") ||
        !stack_delete(&d->cloud, &d->before, NULL, 0, cloud_token(&d->arena)) || !follow_end(&f))
        return false;
    if (str_eq(f.status, S("DELETE_COMPLETE")))
        return true;
    follow_report(&f, "removing what was left of");
    return false;
}

static bool continue_rollback(struct deployment *d)
{
    struct follow f;
    const struct deploy_options *o = d->options;
    if (!o->continue_rollback) {
        struct diag *dg = diag_world(&d->ds, "rollback-failed", NOWHERE,
                                     "'%.*s' is UPDATE_ROLLBACK_FAILED: an update failed, and so "
                                     "did taking it back",
                                     STR(d->m.stack));
        diag_help(dg, "repair what kept it from rolling back, then deploy with "
                      "--continue-rollback; --skip RESOURCE leaves one as it is");
        return false;
    }
    if (!follow_it(d, &f, "continuing the rollback") ||
        !stack_continue_rollback(&d->cloud, &d->before, o->skip, o->nskip,
                                 cloud_token(&d->arena)) ||
        !follow_end(&f))
        return false;
    if (str_eq(f.status, S("UPDATE_ROLLBACK_COMPLETE")))
        return true;
    follow_report(&f, "the rollback of");
    return false;
}

/* *again: the stack was changed, and has to be read anew. */
static bool settle(struct deployment *d, bool *again)
{
    struct str status = d->before.status;
    *again = true;
    if (status_in_progress(status))
        return wait_for_other(d);
    if (str_eq(status, S("UPDATE_ROLLBACK_FAILED")))
        return continue_rollback(d);
    if (str_eq(status, S("ROLLBACK_COMPLETE")) || str_eq(status, S("ROLLBACK_FAILED")) ||
        str_eq(status, S("CREATE_FAILED")) || str_eq(status, S("DELETE_FAILED")))
        return remove_remains(d);
    *again = false;
    return true;
}

static void fail(struct deployment *d)
{
    d->state = DEPLOYMENT_FAILED;
}

void deployment_compare(struct deployment *d, bool look)
{
    enum { TURNS = 4 }; /* waiting, a failed rollback, remains: no more than one each */
    for (int i = 0; i < TURNS; i++) {
        bool again = false;
        if (!compare(d)) {
            fail(d);
            return;
        }
        if (d->state == DEPLOYMENT_READY && d->before.exists && !look && !settle(d, &again)) {
            fail(d);
            return;
        }
        if (!again)
            break;
    }
    if (d->state == DEPLOYMENT_READY)
        make_diff(d);
    d->after = d->before;
}

/* ---- change set ------------------------------------------------------------------------------ */

static void add_digest(struct sha256 *running, struct str s)
{
    sha256_add(running, s);
    sha256_add(running, S("\n"));
}

/* The same content, asked for twice, is one change set; other content is another. */
static struct str set_name(struct deployment *d, const struct node *params, const struct node *tags)
{
    struct sha256 *running = sha256_new();
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX];
    add_digest(running, d->m.template.sha256);
    add_digest(running, d->place.execution_role);
    for (size_t i = 0; i < params->map.n + tags->map.n; i++) {
        const struct node_entry *e =
            i < params->map.n ? &params->map.entries[i] : &tags->map.entries[i - params->map.n];
        add_digest(running, e->key);
        add_digest(running, e->value->str);
    }
    sha256_take(running, digest);
    hex_put(hex, digest, SHA256_BYTES);
    return arena_printf(&d->arena, "stepwright-%.32s", hex);
}

static struct str template_url(struct deployment *d)
{
    struct str region = aws_client_region(d->cloud.aws);
    const char *domain = str_starts(region, S("cn-")) ? "amazonaws.com.cn" : "amazonaws.com";
    return arena_printf(&d->arena, "https://%.*s.s3.%.*s.%s/%.*s", STR(d->place.bucket),
                        STR(region), domain, STR(d->m.template.key));
}

static bool upload(struct deployment *d, const struct manifest_file *const *files, size_t n)
{
    struct uploads missing = { 0 };
    if (!n)
        return true;
    if (!upload_find_missing(&d->cloud, d->place.bucket, files, n, &missing))
        return false;
    progress_expect(d->progress, missing.all.n);
    if (!upload_send(&d->cloud, d->progress, d->place.bucket, &missing))
        return false;
    d->uploaded += missing.all.n;
    return true;
}

void deployment_prepare(struct deployment *d)
{
    struct change_set_request r = { .parameters = parameters(d),
                                    .tags = tags_of(d),
                                    .role_arn = d->place.execution_role };
    const struct manifest_file *template = &d->m.template;
    r.name = set_name(d, r.parameters, r.tags);
    if (template->bytes <= INLINE_TEMPLATE) {
        if (!file_read(&d->arena, &d->ds, NOWHERE, (struct str){ 0 }, template->path,
                       LIMIT_SOURCE_BYTES, &r.body)) {
            fail(d);
            return;
        }
    } else {
        r.url = template_url(d);
        if (!upload(d, &template, 1)) {
            fail(d);
            return;
        }
    }
    if (!change_set_create(&d->cloud, &d->before, &r, &d->set))
        fail(d);
    else if (d->set.empty)
        d->state = DEPLOYMENT_CURRENT; /* CloudFormation sees no difference in what we see one */
    else
        diff_refine(d->diff, d->set.changes);
}

void deployment_discard(struct deployment *d)
{
    change_set_discard(&d->cloud, &d->before, &d->set);
}

/* ---- execution ------------------------------------------------------------------------------- */

static bool upload_all(struct deployment *d)
{
    size_t n = d->m.uploads.all.n;
    const struct manifest_file **files = arena_make_n(&d->arena, const struct manifest_file *, n);
    for (size_t i = 0; i < n; i++)
        files[i] = &d->m.uploads.all.p[i];
    return manifest_check(&d->ds, &d->m, MANIFEST_FULL) && upload(d, files, n) &&
           deploy_push_images(d);
}

static bool protect(struct deployment *d)
{
    if (!d->m.protection || d->after.protected)
        return true;
    return stack_protect(&d->cloud, d->m.stack, true);
}

static bool execute(struct deployment *d)
{
    struct follow f;
    struct str stack_id = d->before.exists ? d->before.id : d->set.stack_id;
    progress_expect(d->progress, d->diff ? d->diff->resources.n : 0);
    if (!follow_begin(&f, &d->cloud, d->progress, &d->m, d->m.stack, stack_id) ||
        !change_set_execute(&d->cloud, d->m.stack, d->set.arn, cloud_token(&d->arena)) ||
        !follow_end(&f))
        return false;
    bool good = str_eq(f.status, S("CREATE_COMPLETE")) || str_eq(f.status, S("UPDATE_COMPLETE"));
    if (!good)
        follow_report(&f, d->before.exists ? "updating" : "creating");
    return good;
}

static bool upload_and_execute(struct deployment *d)
{
    if (upload_all(d))
        return execute(d) && stack_read(&d->cloud, d->m.stack, &d->after);
    deployment_discard(d); /* nobody would execute it */
    return false;
}

void deployment_apply(struct deployment *d)
{
    bool good = d->state == DEPLOYMENT_CURRENT || upload_and_execute(d);
    if (good && protect(d))
        d->state = d->state == DEPLOYMENT_CURRENT ? DEPLOYMENT_CURRENT : DEPLOYMENT_DONE;
    else
        fail(d);
}
