/* Amazon ECR: repositories of container images. Written from AWS::ECR::Repository and the ECR user
 * guide ("Lifecycle policies"). */
#include "plan/plan.h"

struct repository {
    struct vstr repository_name, kms_key;
    struct vbool immutable_tags, scan_on_push, empty_on_delete;
    struct vint keep_images, expire_untagged;
    struct venum deletion_policy;
};

#define F(kind, name, ...) FIELD_##kind(struct repository, name, __VA_ARGS__)
static const struct field rows[] = {
    F(STR, repository_name, .min = 2, .max = 256,
      .doc = "Name in ECR; by default it is made of the pipeline's name and this one's."),
    F(BOOL, immutable_tags, .dflt = "false", .doc = "A tag that was pushed stays what it is.",
      .source = "AWS::ECR::Repository, ImageTagMutability"),
    F(BOOL, scan_on_push, .dflt = "true", .doc = "Look for known vulnerabilities."),
    F(INT, keep_images, .min = 1, .max = 100000, .unit = "images",
      .doc = "Keep only this many, the youngest."),
    F(INT, expire_untagged, .min = 1, .max = 3650, .unit = "days",
      .doc = "Delete images that lost their tag after this long."),
    F(STR, kms_key, .doc = "Key that encrypts the images: ARN or alias; AES-256 without one."),
    F(ENUM, deletion_policy, .values = WORDS("Delete", "Retain"), .dflt = "Delete",
      .any_case = true, .doc = "What becomes of the repository when it leaves the pipeline."),
    F(BOOL, empty_on_delete, .dflt = "false",
      .doc = "Delete its images with it; otherwise only an empty one can be deleted."),
};
#undef F
static const struct fields fields =
    FIELDS(struct repository, "ecr_repository", rows, .doc = "A repository of container images.");

static bool is_name_char(char c)
{
    return ascii_is_lower(c) || ascii_is_digit(c);
}

/* Source: AWS::ECR::Repository, RepositoryName. */
static bool is_name(struct str s)
{
    bool good = s.n && is_name_char(s.p[0]) && is_name_char(s.p[s.n - 1]);
    for (size_t i = 0; good && i < s.n; i++)
        good = is_name_char(s.p[i]) ||
               (memchr("._-/", s.p[i], 4) && (is_name_char(s.p[i - 1]) || s.p[i] == s.p[i - 1]));
    return good;
}

static void check_repository(struct diags *ds, const struct item *it)
{
    const struct repository *r = it->body;
    if (r->repository_name.set && !is_name(r->repository_name.s)) {
        struct diag *d = diag_error(ds, "bad-name", r->repository_name.span,
                                    "'%.*s' cannot name a repository", STR(r->repository_name.s));
        diag_help(d, "use small letters and digits, with '-', '_', '.' or '/' between them");
    }
    if (r->deletion_policy.v == 1 && r->empty_on_delete.v)
        diag_error(ds, "conflict", r->empty_on_delete.span,
                   "'empty_on_delete' does not go with deletion_policy Retain");
}

/* Source: ECR user guide, "Lifecycle policy parameters". */
static void add_rule(struct plan *p, struct node *rules, const char *status, const char *type,
                     int64_t count)
{
    struct node *rule = plan_map(p), *selection = plan_map(p), *action = plan_map(p);
    plan_put_text(p, selection, "tagStatus", status);
    plan_put_text(p, selection, "countType", type);
    if (strcmp(type, "sinceImagePushed") == 0)
        plan_put_text(p, selection, "countUnit", "days");
    plan_put(p, selection, "countNumber", plan_int(p, count));
    plan_put_text(p, action, "type", "expire");
    plan_put(p, rule, "rulePriority", plan_int(p, (int64_t)rules->seq.n + 1));
    plan_put(p, rule, "selection", selection);
    plan_put(p, rule, "action", action);
    node_push(p->arena, rules, rule);
}

static void put_lifecycle(struct plan *p, struct resource *r, const struct repository *b)
{
    struct node *rules = plan_list(p);
    if (b->expire_untagged.set)
        add_rule(p, rules, "untagged", "sinceImagePushed", b->expire_untagged.v);
    if (b->keep_images.set)
        add_rule(p, rules, "any", "imageCountMoreThan", b->keep_images.v);
    if (!rules->seq.n)
        return;
    struct node *doc = plan_map(p), *policy = plan_map(p);
    plan_put(p, doc, "rules", rules);
    plan_put(p, policy, "LifecyclePolicyText", plan_str(p, plan_json(p, doc)));
    res_put(p, r, "LifecyclePolicy", policy);
}

static void lower_repository(struct plan *p, const struct item *it)
{
    const struct repository *b = it->body;
    struct resource *r =
        plan_add_resource(p, it->name.s, "Repository", "AWS::ECR::Repository", it->name.span);
    struct str name = plan_physical_name(p, plan_dashed(p, it->name.s, it->name.s.n), 256);
    res_put(
        p, r, "RepositoryName",
        plan_str(p, b->repository_name.set ? b->repository_name.s : plan_dashed(p, name, name.n)));
    res_put(p, r, "ImageTagMutability",
            plan_text(p, b->immutable_tags.v ? "IMMUTABLE" : "MUTABLE"));
    struct node *scan = plan_map(p), *encryption = plan_map(p);
    plan_put(p, scan, "ScanOnPush", plan_bool(p, b->scan_on_push.v));
    res_put(p, r, "ImageScanningConfiguration", scan);
    if (b->kms_key.set) {
        plan_put_text(p, encryption, "EncryptionType", "KMS");
        plan_put(p, encryption, "KmsKey", plan_str(p, b->kms_key.s));
        res_put(p, r, "EncryptionConfiguration", encryption);
    }
    put_lifecycle(p, r, b);
    if (b->empty_on_delete.v)
        res_put(p, r, "EmptyOnDelete", plan_bool(p, true));
    r->deletion_policy = b->deletion_policy.v == 1 ? "Retain" : "Delete";
    plan_publish(p, it, r, "ecr_repository");
}

static const struct kind kind = { .type = "ecr_repository",
                                  .roles = ROLE_RESOURCE,
                                  .alone = true,
                                  .doc = "A repository of container images.",
                                  .source = "AWS::ECR::Repository",
                                  .example = "keep_images: 20\n",
                                  .fields = &fields,
                                  .check = check_repository,
                                  .lower_resource = lower_repository };

const struct engine engine_ecr = {
    .abi = ENGINE_ABI,
    .name = "ecr",
    .kinds = &kind,
    .nkinds = 1,
};
