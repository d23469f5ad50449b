/* AWS Batch: job definitions, for EC2 and for Fargate; as resources and inside a batch step.
 * Written from AWS::Batch::JobDefinition and the Batch user guide ("Job definition parameters",
 * "Fargate compute environments", "Job role"). */
#include "batch.h"

#include "base/path.h"
#include "model/checks.h"
#include "model/s3.h"

/* ---- fields --------------------------------------------------------------------------------- */

struct built {
    struct vstr directory, file, target;
    struct vany build_args;
    struct venum architecture;
};
struct repository {
    struct vstr arn, ref, name, tag;
};
struct picture {
    struct vobj assets, ecr_repository; /* struct built, struct repository */
    struct vstr repository_name;
};
struct linux_parameters {
    struct vint shared_memory_size;
    struct vbool init_process_enabled;
};
struct exit_rule {
    struct venum action;
    struct vstr on_exit_code, on_reason, on_status_reason;
};
/* `container_properties` holds one of its own, whose values win. */
struct batch_definition {
    struct vobj container_properties, image, linux_parameters;
    struct vstrs command, read_from, write_to;
    struct vany environment, secrets, parameters;
    struct vint memory_limit_mib, gpu_count, ephemeral_storage, retry_attempts, timeout;
    struct vfloat vcpus;
    struct vstr instance_type, role, execution_role, user;
    struct venum platform, architecture;
    struct vbool assign_public_ip, privileged, readonly_root_filesystem, propagate_tags;
    struct vobjs permissions, evaluate_on_exit; /* struct permission, struct exit_rule */
};

static void check_instance_type(struct bind *b, const struct field *f, const struct node *value)
{
    (void)f;
    struct diag *d = diag_warning(b->ds, "no-effect", value->span,
                                  "Batch has no instance type for a job on one node");
    diag_help(d, "choose 'instance_types' in the compute environment");
}

#define F(kind, name, ...) FIELD_##kind(struct built, name, __VA_ARGS__)
static const struct field built_rows[] = {
    F(STR, directory, .required = true, .check = check_inside,
      .doc = "Folder that the image is built from, relative to the project's root.",
      .example = "customcode/batch/resize"),
    F(STR, file, .dflt = "Dockerfile",
      .doc = "The Dockerfile in that folder, or an image file: YAML."),
    F(STR, target, .doc = "Stage of the Dockerfile; the last one by default."),
    F(MAP, build_args, .check = check_texts, .doc = "Build arguments: strings."),
    F(ENUM, architecture, .values = WORDS("x86_64", "arm64"), .dflt = "x86_64",
      .doc = "Processor that the image is for."),
};
#undef F
static const struct fields built_fields =
    FIELDS(struct built, "assets", built_rows, .doc = "An image built from a folder.");

#define F(kind, name, ...) FIELD_##kind(struct repository, name, __VA_ARGS__)
static const struct field repository_rows[] = {
    F(STR, arn, .doc = "ARN of an ECR repository."),
    F(STR, ref, .aliases = WORDS("repository_ref"), .doc = "An ecr_repository of this pipeline."),
    F(STR, name, .doc = "Name of an ECR repository of this account and region."),
    F(STR, tag, .dflt = "latest", .doc = "The image's tag, or its digest: sha256:…"),
};
#undef F
static const struct fields repository_fields = FIELDS(
    struct repository, "ecr_repository", repository_rows, .doc = "An image in an ECR repository.");

#define F(kind, name, ...) FIELD_##kind(struct picture, name, __VA_ARGS__)
static const struct field picture_rows[] = {
    F(OBJ, assets, .sub = &built_fields,
      .doc = "Built from a folder with a Dockerfile or an image file."),
    F(OBJ, ecr_repository, .sub = &repository_fields, .doc = "In an ECR repository."),
    F(STR, repository_name, .doc = "In any registry, by its name.",
      .example = "public.ecr.aws/docker/library/python:3.12-slim"),
};
#undef F
static const struct fields picture_fields =
    FIELDS(struct picture, "image", picture_rows, .doc = "A container image.");

#define F(kind, name, ...) FIELD_##kind(struct linux_parameters, name, __VA_ARGS__)
static const struct field linux_rows[] = {
    F(INT, shared_memory_size, .min = 1, .max = 1000000, .unit = "MiB",
      .doc = "EC2: size of /dev/shm."),
    F(BOOL, init_process_enabled, .dflt = "false",
      .doc = "Run an init process that passes signals on and reaps processes."),
};
#undef F
static const struct fields linux_fields = FIELDS(struct linux_parameters, "linux_parameters",
                                                 linux_rows, .doc = "Linux of the container.");

#define F(kind, name, ...) FIELD_##kind(struct exit_rule, name, __VA_ARGS__)
static const struct field exit_rows[] = {
    F(ENUM, action, .required = true, .any_case = true, .values = WORDS("RETRY", "EXIT"),
      .doc = "Try again, or give up."),
    F(STR, on_exit_code, .doc = "Exit code that this is for; a * at the end stands for the rest."),
    F(STR, on_reason, .doc = "Reason that this is for."),
    F(STR, on_status_reason, .doc = "Status reason that this is for.", .example = "\"Host EC2*\""),
};
#undef F
static const struct fields exit_fields =
    FIELDS(struct exit_rule, "evaluate_on_exit", exit_rows, .doc = "What to do after a failure.");

/* clang-format off */
#define CONTAINER_ROWS                                                                           \
    F(OBJ, image, .sub = &picture_fields, .doc = "The container image.",                         \
      .example = "{assets: {directory: customcode/batch/resize}}"),                              \
    F(STRS, command, .doc = "Command; Ref::name in it stands for a parameter.",                  \
      .example = "[python, main.py, \"Ref::date\"]"),                                            \
    F(MAP, environment, .check = check_texts, .doc = "Environment variables: strings."),       \
    F(MAP, secrets, .check = check_texts,                                                      \
      .doc = "Environment variables from secrets: a secret of this pipeline, or the ARN of one " \
             "or of an SSM parameter.",                                                          \
      .example = "{PASSWORD: warehouse}"),                                                       \
    F(INT, memory_limit_mib, .aliases = WORDS("memory", "memory_size"), .min = 4, .max = 4000000, \
      .dflt = "512", .unit = "MiB", .doc = "Memory; on Fargate the least that goes with vcpus."), \
    F(FLOAT, vcpus, .min = 0, .max = 192, .dflt = "1",                                           \
      .doc = "Processors; fractions only on Fargate."),                                          \
    F(INT, gpu_count, .min = 1, .max = 16, .doc = "EC2: graphics processors."),                  \
    F(STR, instance_type, .check = check_instance_type, .doc = "Has no effect."),                \
    F(OBJ, linux_parameters, .sub = &linux_fields, .doc = "Linux of the container."),            \
    F(STR, role, .aliases = WORDS("job_role", "job_role_arn"),                                   \
      .doc = "ARN of the role that the job's code has, in place of one of its own."),            \
    F(STR, execution_role, .aliases = WORDS("execution_role_arn"),                               \
      .doc = "ARN of the role that pulls the image and reads secrets, in place of one of its "   \
             "own."),                                                                            \
    F(STR, user, .doc = "User in the container."),                                               \
    F(BOOL, privileged, .dflt = "false", .doc = "EC2: root on the instance."),                   \
    F(BOOL, readonly_root_filesystem, .dflt = "false", .doc = "Root file system read-only."),    \
    F(INT, ephemeral_storage, .min = 21, .max = 200, .unit = "GiB",                              \
      .doc = "Fargate: disk; 20 GiB by default.")
/* clang-format on */

#define F(kind, name, ...) FIELD_##kind(struct batch_definition, name, __VA_ARGS__)
static const struct field container_rows[] = { CONTAINER_ROWS };
static const struct fields container_fields =
    FIELDS(struct batch_definition, "container_properties", container_rows,
           .doc = "The container that runs; these keys may stand one level higher as well.");
static const struct field definition_rows[] = {
    F(OBJ, container_properties, .sub = &container_fields,
      .doc = "The container that runs; its keys may stand beside it as well."),
    CONTAINER_ROWS,
    F(ENUM, platform, .aliases = WORDS("platform_capabilities"), .any_case = true,
      .values = WORDS("EC2", "FARGATE"), .dflt = "EC2",
      .doc = "Kind of compute environment that it runs in."),
    F(ENUM, architecture, .values = WORDS("x86_64", "arm64"), .dflt = "x86_64",
      .doc = "Fargate: processor."),
    F(BOOL, assign_public_ip, .dflt = "false",
      .doc = "Fargate: a public address, for subnets without another way out."),
    F(INT, retry_attempts, .aliases = WORDS("attempts"), .min = 1, .max = 10, .dflt = "10",
      .doc = "How often a job is tried in all.", .source = "AWS::Batch::JobDefinition"),
    F(OBJS, evaluate_on_exit, .sub = &exit_fields, .doc = "After which failures to try again."),
    F(INT, timeout, .min = 60, .max = 1209600, .unit = "seconds",
      .doc = "End one try after this long."),
    F(MAP, parameters, .check = check_texts, .doc = "Defaults for Ref::name in the command."),
    F(BOOL, propagate_tags, .dflt = "false", .doc = "Tag the ECS tasks like the job."),
    F(STRS, read_from, .aliases = WORDS("read_access"), .check = s3_check_field,
      .doc = "Places in S3 that the job reads.", .example = "[\"s3://data/in/\"]"),
    F(STRS, write_to, .aliases = WORDS("write_access"), .check = s3_check_field,
      .doc = "Places in S3 that the job writes to.", .example = "[\"s3://data/out/\"]"),
    F(OBJS, permissions, .sub = &permission_fields, .doc = "What else the job's code may do."),
};
#undef F
const struct fields batch_definition_fields =
    FIELDS(struct batch_definition, "job_definition", definition_rows,
           .doc = "What a Batch job runs, and with what.");

/* With container_properties folded in. */
static struct batch_definition flat(const struct batch_definition *d)
{
    struct batch_definition all = *d;
    const struct batch_definition *c = d->container_properties.p;
    if (!c)
        return all;
    all.image = c->image.p ? c->image : d->image;
    all.linux_parameters = c->linux_parameters.p ? c->linux_parameters : d->linux_parameters;
    all.environment = c->environment.node ? c->environment : d->environment;
    all.secrets = c->secrets.node ? c->secrets : d->secrets;
#define TAKE(key) all.key = c->key.set ? c->key : d->key
    TAKE(command);
    TAKE(memory_limit_mib);
    TAKE(vcpus);
    TAKE(gpu_count);
    TAKE(ephemeral_storage);
    TAKE(role);
    TAKE(execution_role);
    TAKE(user);
    TAKE(privileged);
    TAKE(readonly_root_filesystem);
#undef TAKE
    return all;
}

/* ---- checks --------------------------------------------------------------------------------- */

static void check_image(struct diags *ds, const struct vstr *name, const struct picture *im,
                        struct span span)
{
    int ways =
        im ? (im->assets.p != NULL) + (im->ecr_repository.p != NULL) + im->repository_name.set : 0;
    if (ways != 1) {
        struct diag *d = diag_error(ds, ways ? "conflict" : "missing-key", im ? span : name->span,
                                    "the image of '%.*s' has %s of assets, ecr_repository and "
                                    "repository_name",
                                    STR(name->s), ways ? "more than one" : "none");
        if (!ways)
            diag_help(d, "for example 'image: {assets: {directory: customcode/batch/%.*s}}'",
                      STR(name->s));
        return;
    }
    const struct repository *r = im->ecr_repository.p;
    if (r && r->arn.set + r->ref.set + r->name.set != 1)
        diag_error(ds, "conflict", im->ecr_repository.span,
                   "ecr_repository takes one of 'arn', 'ref' and 'name'");
    if (r && r->arn.set && str_find(r->arn.s, S(":repository/"), 0) == SIZE_MAX) {
        struct diag *d =
            diag_error(ds, "bad-arn", r->arn.span, "'%.*s' is no ECR repository", STR(r->arn.s));
        diag_help(d, "for example arn:aws:ecr:eu-west-1:111122223333:repository/jobs");
    }
}

/* Source: Batch, "resourceRequirements": memory that goes with each size on Fargate. */
static const struct size {
    double vcpus;
    int64_t least, most, step; /* MiB */
} SIZES[] = {
    { 0.25, 512, 2048, 512 },    { 0.5, 1024, 4096, 1024 }, { 1, 2048, 8192, 1024 },
    { 2, 4096, 16384, 1024 },    { 4, 8192, 30720, 1024 },  { 8, 16384, 61440, 4096 },
    { 16, 32768, 122880, 8192 },
};
enum { SIZE_COUNT = sizeof SIZES / sizeof *SIZES };

static const struct size *fargate_size(double vcpus)
{
    for (size_t i = 0; i < SIZE_COUNT; i++)
        if (vcpus >= SIZES[i].vcpus && vcpus <= SIZES[i].vcpus)
            return &SIZES[i];
    return NULL;
}

static bool goes_with(const struct size *z, int64_t memory)
{
    if (z->vcpus < 0.5)
        return memory == 512 || memory == 1024 || memory == 2048;
    return memory >= z->least && memory <= z->most && (memory - z->least) % z->step == 0;
}

static void check_fargate_size(struct diags *ds, const struct batch_definition *d)
{
    const struct size *z = fargate_size(d->vcpus.v);
    int64_t m = d->memory_limit_mib.v;
    if (!z) {
        diag_error(ds, "out-of-range", d->vcpus.span,
                   "Fargate has no %g vCPUs; expected 0.25, 0.5, 1, 2, 4, 8 or 16", d->vcpus.v);
        return;
    }
    if (!d->memory_limit_mib.set || goes_with(z, m))
        return;
    diag_error(ds, "out-of-range", d->memory_limit_mib.span,
               "Fargate has no %lld MiB for %g vCPUs; expected %lld to %lld in steps of %lld",
               (long long)m, z->vcpus, (long long)z->least, (long long)z->most, (long long)z->step);
}

static void only_on(struct diags *ds, bool wrong, struct span span, const char *key,
                    const char *platform)
{
    if (wrong)
        diag_error(ds, "conflict", span, "'%s' is for jobs on %s", key, platform);
}

static void check_platform(struct diags *ds, const struct batch_definition *d)
{
    const struct linux_parameters *l = d->linux_parameters.p;
    if (d->platform.v == 1) {
        check_fargate_size(ds, d);
        only_on(ds, d->gpu_count.set, d->gpu_count.span, "gpu_count", "EC2");
        only_on(ds, d->privileged.v, d->privileged.span, "privileged", "EC2");
        only_on(ds, l && l->shared_memory_size.set, d->linux_parameters.span, "shared_memory_size",
                "EC2");
        return;
    }
    only_on(ds, d->assign_public_ip.v, d->assign_public_ip.span, "assign_public_ip", "Fargate");
    only_on(ds, d->ephemeral_storage.set, d->ephemeral_storage.span, "ephemeral_storage",
            "Fargate");
    only_on(ds, d->architecture.set, d->architecture.span, "architecture", "Fargate");
    int64_t whole = (int64_t)d->vcpus.v;
    if (whole < 1 || d->vcpus.v > (double)whole || d->vcpus.v < (double)whole)
        diag_error(ds, "out-of-range", d->vcpus.span,
                   "'vcpus' is %g; jobs on EC2 have whole processors", d->vcpus.v);
}

static void check_permissions(struct diags *ds, const struct batch_definition *d, bool has_role)
{
    if (has_role && d->permissions.n)
        diag_error(ds, "conflict", d->permissions.span,
                   "'permissions' are for a role of its own, but 'role' names one that exists");
    if (has_role && (d->read_from.n || d->write_to.n))
        diag_error(ds, "conflict", d->read_from.n ? d->read_from.span : d->write_to.span,
                   "'read_from' and 'write_to' are for a role of its own, but 'role' names one "
                   "that exists");
}

void batch_check_definition(struct diags *ds, const struct vstr *name, struct vstr role,
                            const struct batch_definition *definition)
{
    struct batch_definition d = flat(definition);
    batch_check_name(ds, name, "a job definition");
    permissions_check(ds, &d.permissions);
    check_image(ds, name, d.image.p, d.image.span);
    check_platform(ds, &d);
    check_permissions(ds, &d, d.role.set || role.set);
}

/* ---- image ---------------------------------------------------------------------------------- */

struct source_image {
    struct node *uri;
    struct node *repository; /* ARN of the ECR repository, or NULL */
};

/* arn:P:ecr:REGION:ACCOUNT:repository/NAME */
static struct source_image image_by_arn(struct plan *p, struct str arn, const char *sep,
                                        struct str tag)
{
    struct str rest = arn, part, parts[6] = { { 0 } };
    for (size_t i = 0; i < 5 && str_split(&rest, ':', &part); i++)
        parts[i] = part;
    struct str name = str_sub(arn, str_find_char(arn, '/', 0) + 1, arn.n);
    return (struct source_image){ plan_sub(p, "%.*s.dkr.ecr.%.*s.${AWS::URLSuffix}/%.*s%s%.*s",
                                           STR(parts[4]), STR(parts[3]), STR(name), sep, STR(tag)),
                                  plan_str(p, arn) };
}

static struct source_image image_in_ecr(struct plan *p, const struct repository *r)
{
    const char *sep = str_starts(r->tag.s, S("sha256:")) ? "@" : ":";
    if (r->arn.set)
        return image_by_arn(p, r->arn.s, sep, r->tag.s);
    if (r->name.set)
        return (struct source_image){
            plan_sub(p, "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/%.*s%s%.*s",
                     STR(r->name.s), sep, STR(r->tag.s)),
            plan_sub(p,
                     "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/%.*s",
                     STR(r->name.s))
        };
    const struct resource *known = plan_find(p, r->ref, "ecr_repository");
    if (!known)
        return (struct source_image){ plan_text(p, ""), NULL };
    return (struct source_image){ plan_sub(p, "${%.*s.RepositoryUri}%s%.*s", STR(known->id), sep,
                                           STR(r->tag.s)),
                                  plan_attr(p, known, "Arn") };
}

/* ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG is ECR as well. */
static struct source_image image_by_name(struct plan *p, struct str name)
{
    struct source_image im = { plan_str(p, name), NULL };
    struct str rest = name, account, part, region;
    if (!str_split(&rest, '.', &account) || account.n != 12 || !str_split(&rest, '.', &part) ||
        !str_eq(part, S("dkr")) || !str_split(&rest, '.', &part) || !str_eq(part, S("ecr")) ||
        !str_split(&rest, '.', &region))
        return im;
    size_t slash = str_find_char(rest, '/', 0);
    if (slash == SIZE_MAX)
        return im;
    struct str path = str_sub(rest, slash + 1, rest.n);
    for (size_t i = 0; i < path.n; i++)
        if (path.p[i] == ':' || path.p[i] == '@')
            path.n = i;
    im.repository = plan_sub(p, "arn:${AWS::Partition}:ecr:%.*s:%.*s:repository/%.*s", STR(region),
                             STR(account), STR(path));
    return im;
}

static struct source_image find_image(struct plan *p, const struct picture *im)
{
    const struct built *built = im->assets.p;
    if (im->repository_name.set)
        return image_by_name(p, im->repository_name.s);
    if (!built)
        return image_in_ecr(p, im->ecr_repository.p);
    struct vstr dir = built->directory;
    dir.s = path_clean(p->arena, dir.s);
    struct image how = { .file = built->file.s,
                         .target = built->target.s,
                         .platform = built->architecture.v ? S("linux/arm64") : S("linux/amd64"),
                         .build_args = built->build_args.node };
    const struct asset *as = plan_add_image_asset(p, dir, how);
    return (struct source_image){ plan_asset_image(p, as), plan_asset_image_repository(p) };
}

/* ---- roles ---------------------------------------------------------------------------------- */

static struct role_decl *add_role(struct plan *p, struct vstr name, const char *suffix,
                                  const char *who)
{
    return plan_add_role(p, arena_printf(p->arena, "%.*s%s", STR(name.s), suffix),
                         "ecs-tasks.amazonaws.com",
                         arena_printf(p->arena, "%s '%.*s'", who, STR(name.s)), name.span);
}

static struct node *job_role(struct plan *p, const struct item *it,
                             const struct batch_definition *d)
{
    struct vstr name = it->name;
    if (d->role.set) {
        plan_own_role(p, it, NULL);
        return plan_str(p, d->role.s);
    }
    if (!d->permissions.n && !it->permissions.n && !d->read_from.n && !d->write_to.n)
        return NULL;
    struct role_decl *role = add_role(p, name, "-Job", "jobs of");
    plan_own_role(p, it, role);
    plan_grant_permissions(p, role, &d->permissions, 0);
    for (size_t i = 0; i < d->read_from.n; i++)
        plan_grant_s3(p, role, PLAN_S3_READ, d->read_from.items[i].s, d->read_from.items[i].span,
                      arena_printf(p->arena, "jobs of '%.*s' read from it", STR(name.s)));
    for (size_t i = 0; i < d->write_to.n; i++)
        plan_grant_s3(p, role, PLAN_S3_WRITE, d->write_to.items[i].s, d->write_to.items[i].span,
                      arena_printf(p->arena, "jobs of '%.*s' write to it", STR(name.s)));
    return plan_role_arn(p, role);
}

static void grant_pull(struct plan *p, struct role_decl *role, struct vstr name,
                       struct node *repository)
{
    static const char *const ACTIONS[] = { "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage",
                                           "ecr:GetDownloadUrlForLayer" };
    struct str why = arena_printf(p->arena, "jobs of '%.*s' run this image", STR(name.s));
    for (size_t i = 0; i < sizeof ACTIONS / sizeof *ACTIONS; i++)
        plan_grant_to(p, role, ACTIONS[i], repository, name.span, why);
    plan_grant_any(p, role, "ecr:GetAuthorizationToken", name.span,
                   arena_printf(p->arena,
                                "jobs of '%.*s' log in to ECR",
                                STR(name.s)));
}

static void grant_logs(struct plan *p, struct role_decl *role, struct vstr name)
{
    struct str why = arena_printf(p->arena, "jobs of '%.*s' keep logs", STR(name.s));
    const struct node *streams =
        plan_sub(p, "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:"
                    "log-group:/aws/batch/job:log-stream:*");
    plan_grant_to(p, role, "logs:CreateLogStream", streams, name.span, why);
    plan_grant_to(p, role, "logs:PutLogEvents", streams, name.span, why);
}

struct secret {
    struct node *from;    /* what the container's agent asks for */
    struct node *granted; /* the ARN that it must be allowed to read */
};

/* A secret of this pipeline by its name, or an ARN: …:secret:NAME[:KEY:VERSION STAGE:VERSION]. */
static struct secret find_secret(struct plan *p, const struct node_entry *e)
{
    struct vstr ref = { .s = e->value->str, .span = e->value->span, .set = true };
    if (str_starts(ref.s, S("arn:"))) {
        struct str rest = ref.s, part;
        for (int i = 0; i < 7; i++)
            if (!str_split(&rest, ':', &part))
                break;
        size_t whole = part.p ? (size_t)(part.p + part.n - ref.s.p) : ref.s.n;
        return (struct secret){ e->value, plan_str(p, str_sub(ref.s, 0, whole)) };
    }
    const struct resource *r = plan_find(p, ref, "secret");
    if (!r)
        return (struct secret){ plan_text(p, ""), plan_text(p, "") };
    return (struct secret){ node_get(r->props, S("ValueFrom")), node_get(r->props, S("Arn")) };
}

static bool is_parameter(const struct node *arn)
{
    const struct node *sub = node_get(arn, S("Fn::Sub"));
    struct str text = sub ? sub->str : arn->str;
    return str_find(text, S(":ssm:"), 0) != SIZE_MAX;
}

static void grant_secrets(struct plan *p, struct role_decl *role, struct vstr name,
                          const struct node *secrets)
{
    for (size_t i = 0; secrets && i < secrets->map.n; i++) {
        const struct node_entry *e = &secrets->map.entries[i];
        struct node *arn = find_secret(p, e).granted;
        plan_grant_to(
            p, role, is_parameter(arn) ? "ssm:GetParameters" : "secretsmanager:GetSecretValue", arn,
            e->key_span,
            arena_printf(p->arena, "jobs of '%.*s' get %.*s from it", STR(name.s), STR(e->key)));
    }
}

/* On EC2 the instances pull images and keep logs themselves. Source: Batch user guide, "IAM
 * execution role". */
static struct node *execution_role(struct plan *p, struct vstr name,
                                   const struct batch_definition *d, struct node *repository)
{
    bool fargate = d->platform.v == 1;
    if (d->execution_role.set)
        return plan_str(p, d->execution_role.s);
    if (!fargate && !d->secrets.node)
        return NULL;
    struct role_decl *role = add_role(p, name, "-Execution", "the agent that starts jobs of");
    if (fargate && repository)
        grant_pull(p, role, name, repository);
    if (fargate)
        grant_logs(p, role, name);
    grant_secrets(p, role, name, d->secrets.node);
    return plan_role_arn(p, role);
}

/* ---- lowering ------------------------------------------------------------------------------- */

static struct node *secret_values(struct plan *p, const struct node *map)
{
    struct node *list = plan_list(p);
    for (size_t i = 0; i < map->map.n; i++) {
        struct node *n = plan_map(p);
        plan_put(p, n, "Name", plan_str(p, map->map.entries[i].key));
        plan_put(p, n, "ValueFrom", find_secret(p, &map->map.entries[i]).from);
        node_push(p->arena, list, n);
    }
    return list;
}

static void require(struct plan *p, struct node *list, const char *type, struct node *value)
{
    struct node *n = plan_map(p);
    plan_put_text(p, n, "Type", type);
    plan_put(p, n, "Value", value);
    node_push(p->arena, list, n);
}

static struct node *requirements(struct plan *p, const struct batch_definition *d)
{
    struct node *list = plan_list(p);
    const struct size *z = d->platform.v == 1 ? fargate_size(d->vcpus.v) : NULL;
    int64_t memory = z && !d->memory_limit_mib.set ? z->least : d->memory_limit_mib.v;
    require(p, list, "VCPU", plan_textf(p, "%g", d->vcpus.v));
    require(p, list, "MEMORY", plan_textf(p, "%lld", (long long)memory));
    if (d->gpu_count.set)
        require(p, list, "GPU", plan_textf(p, "%lld", (long long)d->gpu_count.v));
    return list;
}

static void put_fargate(struct plan *p, struct node *c, const struct batch_definition *d)
{
    struct node *network = plan_map(p), *runtime = plan_map(p), *version = plan_map(p);
    plan_put_text(p, network, "AssignPublicIp", d->assign_public_ip.v ? "ENABLED" : "DISABLED");
    plan_put_text(p, runtime, "CpuArchitecture", d->architecture.v == 1 ? "ARM64" : "X86_64");
    plan_put_text(p, runtime, "OperatingSystemFamily", "LINUX");
    plan_put_text(p, version, "PlatformVersion", "LATEST");
    plan_put(p, c, "NetworkConfiguration", network);
    plan_put(p, c, "RuntimePlatform", runtime);
    plan_put(p, c, "FargatePlatformConfiguration", version);
    if (d->ephemeral_storage.set) {
        struct node *disk = plan_map(p);
        plan_put(p, disk, "SizeInGiB", plan_int(p, d->ephemeral_storage.v));
        plan_put(p, c, "EphemeralStorage", disk);
    }
}

static struct node *linux_of(struct plan *p, const struct linux_parameters *l)
{
    struct node *n = plan_map(p);
    if (l->shared_memory_size.set)
        plan_put(p, n, "SharedMemorySize", plan_int(p, l->shared_memory_size.v));
    plan_put(p, n, "InitProcessEnabled", plan_bool(p, l->init_process_enabled.v));
    return n;
}

static struct node *container(struct plan *p, const struct item *it,
                              const struct batch_definition *d)
{
    struct vstr name = it->name;
    struct node *c = plan_map(p);
    struct source_image im = find_image(p, d->image.p);
    plan_put(p, c, "Image", im.uri);
    if (d->command.n)
        plan_put(p, c, "Command", plan_strings(p, &d->command));
    struct node *variables = plan_tags(p, d->environment.node, "Name", "Value");
    if (variables)
        plan_put(p, c, "Environment", variables);
    if (d->secrets.node)
        plan_put(p, c, "Secrets", secret_values(p, d->secrets.node));
    plan_put(p, c, "ResourceRequirements", requirements(p, d));
    struct node *role = job_role(p, it, d);
    if (role)
        plan_put(p, c, "JobRoleArn", role);
    struct node *execution = execution_role(p, name, d, im.repository);
    if (execution)
        plan_put(p, c, "ExecutionRoleArn", execution);
    if (d->linux_parameters.p)
        plan_put(p, c, "LinuxParameters", linux_of(p, d->linux_parameters.p));
    if (d->user.set)
        plan_put(p, c, "User", plan_str(p, d->user.s));
    if (d->privileged.v)
        plan_put(p, c, "Privileged", plan_bool(p, true));
    if (d->readonly_root_filesystem.v)
        plan_put(p, c, "ReadonlyRootFilesystem", plan_bool(p, true));
    if (d->platform.v == 1)
        put_fargate(p, c, d);
    return c;
}

static struct node *retries(struct plan *p, const struct batch_definition *d)
{
    struct node *n = plan_map(p), *list = plan_list(p);
    plan_put(p, n, "Attempts", plan_int(p, d->retry_attempts.v));
    const struct exit_rule *rule = d->evaluate_on_exit.items;
    for (size_t i = 0; i < d->evaluate_on_exit.n; i++) {
        struct node *one = plan_map(p);
        plan_put(p, one, "Action", plan_str(p, rule[i].action.s));
        if (rule[i].on_exit_code.set)
            plan_put(p, one, "OnExitCode", plan_str(p, rule[i].on_exit_code.s));
        if (rule[i].on_reason.set)
            plan_put(p, one, "OnReason", plan_str(p, rule[i].on_reason.s));
        if (rule[i].on_status_reason.set)
            plan_put(p, one, "OnStatusReason", plan_str(p, rule[i].on_status_reason.s));
        node_push(p->arena, list, one);
    }
    if (list->seq.n)
        plan_put(p, n, "EvaluateOnExit", list);
    return n;
}

struct resource *batch_add_definition(struct plan *p, const struct item *it, struct vstr role,
                                      const struct batch_definition *definition)
{
    struct vstr name = it->name;
    struct batch_definition d = flat(definition);
    if (role.set)
        d.role = role;
    struct resource *r =
        plan_add_resource(p, name.s, "JobDefinition", "AWS::Batch::JobDefinition", name.span);
    struct node *able = plan_list(p);
    node_push(p->arena, able, plan_str(p, d.platform.s));
    res_put(p, r, "JobDefinitionName", plan_str(p, plan_physical_name(p, name.s, BATCH_NAME_MAX)));
    res_put(p, r, "Type", plan_text(p, "container"));
    res_put(p, r, "PlatformCapabilities", able);
    res_put(p, r, "ContainerProperties", container(p, it, &d));
    if (d.parameters.node)
        res_put(p, r, "Parameters", (struct node *)d.parameters.node);
    res_put(p, r, "RetryStrategy", retries(p, &d));
    if (d.timeout.set) {
        struct node *timeout = plan_map(p);
        plan_put(p, timeout, "AttemptDurationSeconds", plan_int(p, d.timeout.v));
        res_put(p, r, "Timeout", timeout);
    }
    if (d.propagate_tags.v)
        res_put(p, r, "PropagateTags", plan_bool(p, true));
    return r;
}

/* ---- resource ------------------------------------------------------------------------------- */

struct definition_item {
    struct vobj job_definition; /* struct batch_definition */
    struct vstr role;
};

#define F(kind, name, ...) FIELD_##kind(struct definition_item, name, __VA_ARGS__)
static const struct field item_rows[] = {
    F(OBJ, job_definition, .required = true, .sub = &batch_definition_fields,
      .doc = "What a job runs, and with what."),
    F(STR, role, .doc = "ARN of the role that the job's code has, in place of one of its own."),
};
#undef F
static const struct fields item_fields =
    FIELDS(struct definition_item, "batch_job_definition", item_rows,
           .doc = "What a Batch job runs, and with what.");

static void check_definition(struct diags *ds, const struct item *it)
{
    const struct definition_item *d = it->body;
    batch_check_definition(ds, &it->name, d->role, d->job_definition.p);
}

static const struct kind kind;

const struct batch_definition *batch_find_definition(const struct plan *p, struct str name)
{
    for (size_t i = 0; i < p->pipeline->resources.n; i++) {
        const struct item *it = p->pipeline->resources.p[i];
        const struct definition_item *d = it->body;
        if (it->kind == &kind && str_eq(it->name.s, name))
            return d->job_definition.p;
    }
    return NULL;
}

bool batch_has_timeout(const struct batch_definition *d)
{
    return d->timeout.set;
}

bool batch_has_retries(const struct batch_definition *d)
{
    return d->retry_attempts.set || d->evaluate_on_exit.n;
}

static void lower_definition(struct plan *p, const struct item *it)
{
    const struct definition_item *d = it->body;
    struct resource *r = batch_add_definition(p, it, d->role, d->job_definition.p);
    batch_add_parameter(p, it->name, "job_definition", plan_ref(p, r));
    plan_publish(p, it, r, "batch_job_definition");
}

static const struct kind kind = {
    .type = "batch_job_definition",
    .roles = ROLE_RESOURCE,
    .doc = "What a Batch job runs, and with what.",
    .source = "AWS::Batch::JobDefinition",
    .example = "job_definition:\n"
               "  platform: FARGATE\n"
               "  image: {repository_name: public.ecr.aws/docker/library/python:3.12-slim}\n"
               "  command: [python, -c, print('done')]\n",
    .fields = &item_fields,
    .check = check_definition,
    .lower_resource = lower_definition
};

const struct engine engine_batch_definition = {
    .abi = ENGINE_ABI,
    .name = "batch_definition",
    .kinds = &kind,
    .nkinds = 1,
};
