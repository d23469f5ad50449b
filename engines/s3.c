/* Amazon S3: buckets, and the trigger that starts the pipeline when objects arrive.
 * Written from AWS::S3::Bucket, the S3 user guide ("Bucket naming rules", "Security best
 * practices") and the EventBridge page on S3. */
#include "plan/plan.h"

/* ---- bucket --------------------------------------------------------------------------------- */

struct expiry {
    struct vstr prefix;
    struct vint expire, archive;
    struct venum archive_class;
};
struct bucket {
    struct vstr bucket_name, kms_key;
    struct vbool versioned;
    struct vint expire, expire_old_versions;
    struct vobjs lifecycle; /* struct expiry */
    struct venum deletion_policy;
};

#define F(kind, name, ...) FIELD_##kind(struct expiry, name, __VA_ARGS__)
static const struct field expiry_rows[] = {
    F(STR, prefix, .required = true, .doc = "Objects whose keys begin so.", .example = "tmp/"),
    F(INT, expire, .min = 1, .max = 36500, .unit = "days", .doc = "Delete them after this long."),
    F(INT, archive, .min = 0, .max = 36500, .unit = "days",
      .doc = "Move them to cheaper storage after this long."),
    F(ENUM, archive_class, .dflt = "INTELLIGENT_TIERING", .any_case = true,
      .values = WORDS("INTELLIGENT_TIERING", "STANDARD_IA", "ONEZONE_IA", "GLACIER_IR", "GLACIER",
                      "DEEP_ARCHIVE"),
      .doc = "That storage's class.", .source = "AWS::S3::Bucket, Transition"),
};
#undef F
static const struct fields expiry_fields =
    FIELDS(struct expiry, "lifecycle", expiry_rows, .doc = "What becomes of objects in time.");

#define F(kind, name, ...) FIELD_##kind(struct bucket, name, __VA_ARGS__)
static const struct field bucket_rows[] = {
    F(STR, bucket_name, .min = 3, .max = 63,
      .doc = "Name, unique in the world; by default made of the pipeline's name, this one's, "
             "account and region."),
    F(BOOL, versioned, .dflt = "false", .doc = "Keep what is overwritten or deleted."),
    F(STR, kms_key, .doc = "Key that encrypts objects: ARN or alias; S3's own without one."),
    F(INT, expire, .min = 1, .max = 36500, .unit = "days",
      .doc = "Delete objects after this long."),
    F(INT, expire_old_versions, .min = 1, .max = 36500, .unit = "days",
      .doc = "With versioned: delete old versions after this long."),
    F(OBJS, lifecycle, .sub = &expiry_fields, .doc = "What becomes of objects in time, by prefix."),
    F(ENUM, deletion_policy, .values = WORDS("Retain", "Delete"), .dflt = "Retain",
      .any_case = true,
      .doc = "What becomes of the bucket when it leaves the pipeline; only an empty one can be "
             "deleted."),
};
#undef F
static const struct fields bucket_fields =
    FIELDS(struct bucket, "s3_bucket", bucket_rows,
           .doc = "A private, encrypted S3 bucket that is reached over TLS only.");

static bool is_name_char(char c)
{
    return ascii_is_lower(c) || ascii_is_digit(c);
}

/* Source: S3 user guide, "Bucket naming rules". */
static bool is_name(struct str s)
{
    bool good = s.n && is_name_char(s.p[0]) && is_name_char(s.p[s.n - 1]);
    for (size_t i = 0; good && i < s.n; i++)
        good = is_name_char(s.p[i]) || s.p[i] == '-' || (s.p[i] == '.' && s.p[i - 1] != '.');
    return good;
}

static void check_bucket(struct diags *ds, const struct item *it)
{
    const struct bucket *b = it->body;
    const struct expiry *e = b->lifecycle.items;
    if (b->bucket_name.set && !is_name(b->bucket_name.s)) {
        struct diag *d = diag_error(ds, "bad-name", b->bucket_name.span,
                                    "'%.*s' cannot name a bucket", STR(b->bucket_name.s));
        diag_help(d, "use small letters, digits and '-', and begin and end with letter or digit");
    }
    if (b->expire_old_versions.set && !b->versioned.v)
        diag_error(ds, "conflict", b->expire_old_versions.span,
                   "'expire_old_versions' needs 'versioned: true'");
    for (size_t i = 0; i < b->lifecycle.n; i++) {
        if (!e[i].expire.set && !e[i].archive.set)
            diag_error(ds, "missing-key", e[i].prefix.span,
                       "the lifecycle of '%.*s' has neither 'expire' nor 'archive'",
                       STR(e[i].prefix.s));
        if (e[i].expire.set && e[i].archive.set && e[i].archive.v >= e[i].expire.v)
            diag_error(ds, "out-of-range", e[i].archive.span,
                       "'%.*s' expires after %lld days, before it is archived", STR(e[i].prefix.s),
                       (long long)e[i].expire.v);
    }
}

/* <pipeline>-<name>-<account>-<region>, of which the last two have at most 28 characters. */
static struct node *name_of(struct plan *p, const struct item *it)
{
    enum { MOST = 63 - 28 };
    const struct bucket *b = it->body;
    if (b->bucket_name.set)
        return node_str(p->arena, b->bucket_name.span, b->bucket_name.s);
    struct str full = plan_physical_name(p, it->name.s, MOST);
    struct str plain = plan_dashed(p, full, full.n);
    return plan_sub(p, "%.*s-${AWS::AccountId}-${AWS::Region}", STR(plain));
}

static struct node *list_of(struct plan *p, struct node *one)
{
    struct node *list = plan_list(p);
    node_push(p->arena, list, one);
    return list;
}

static void put_protection(struct plan *p, struct resource *r, const struct bucket *b)
{
    static const char *const BLOCKED[] = { "BlockPublicAcls", "BlockPublicPolicy",
                                           "IgnorePublicAcls", "RestrictPublicBuckets" };
    struct node *how = plan_map(p), *rule = plan_map(p), *blocked = plan_map(p);
    plan_put_text(p, how, "SSEAlgorithm", b->kms_key.set ? "aws:kms" : "AES256");
    if (b->kms_key.set)
        plan_put(p, how, "KMSMasterKeyID", plan_str(p, b->kms_key.s));
    plan_put(p, rule, "ServerSideEncryptionByDefault", how);
    if (b->kms_key.set)
        plan_put(p, rule, "BucketKeyEnabled", plan_bool(p, true));
    for (size_t i = 0; i < sizeof BLOCKED / sizeof *BLOCKED; i++)
        plan_put(p, blocked, BLOCKED[i], plan_bool(p, true));
    res_put(p, r, "BucketEncryption",
            plan_call(p, "ServerSideEncryptionConfiguration", list_of(p, rule)));
    res_put(p, r, "PublicAccessBlockConfiguration", blocked);
    res_put(p, r, "OwnershipControls",
            plan_call(
                p, "Rules",
                list_of(p, plan_call(p, "ObjectOwnership", plan_text(p, "BucketOwnerEnforced")))));
    if (b->versioned.v)
        res_put(p, r, "VersioningConfiguration", plan_call(p, "Status", plan_text(p, "Enabled")));
}

static struct node *add_rule(struct plan *p, struct node *rules, struct str prefix)
{
    struct node *rule = plan_map(p);
    plan_put_text(p, rule, "Status", "Enabled");
    if (prefix.n)
        plan_put(p, rule, "Prefix", plan_str(p, prefix));
    node_push(p->arena, rules, rule);
    return rule;
}

static void put_lifecycle(struct plan *p, struct resource *r, const struct bucket *b)
{
    struct node *rules = plan_list(p), *all = add_rule(p, rules, (struct str){ 0 });
    const struct expiry *e = b->lifecycle.items;
    plan_put(p, all, "AbortIncompleteMultipartUpload",
             plan_call(p, "DaysAfterInitiation", plan_int(p, 7)));
    if (b->expire.set)
        plan_put(p, all, "ExpirationInDays", plan_int(p, b->expire.v));
    if (b->expire_old_versions.set)
        plan_put(p, all, "NoncurrentVersionExpiration",
                 plan_call(p, "NoncurrentDays", plan_int(p, b->expire_old_versions.v)));
    for (size_t i = 0; i < b->lifecycle.n; i++) {
        struct node *rule = add_rule(p, rules, e[i].prefix.s);
        if (e[i].expire.set)
            plan_put(p, rule, "ExpirationInDays", plan_int(p, e[i].expire.v));
        if (!e[i].archive.set)
            continue;
        struct node *move = plan_map(p);
        plan_put(p, move, "StorageClass", plan_str(p, e[i].archive_class.s));
        plan_put(p, move, "TransitionInDays", plan_int(p, e[i].archive.v));
        plan_put(p, rule, "Transitions", list_of(p, move));
    }
    res_put(p, r, "LifecycleConfiguration", plan_call(p, "Rules", rules));
}

/* Nobody comes without TLS. Source: S3 user guide, "Security best practices". */
static void add_policy(struct plan *p, const struct item *it, struct resource *bucket)
{
    struct resource *r =
        plan_add_resource(p, it->name.s, "BucketPolicy", "AWS::S3::BucketPolicy", it->name.span);
    struct node *st = plan_map(p), *doc = plan_map(p), *resources = plan_list(p);
    node_push(p->arena, resources, plan_attr(p, bucket, "Arn"));
    node_push(p->arena, resources, plan_sub(p, "${%.*s.Arn}/*", STR(bucket->id)));
    plan_put_text(p, st, "Sid", "OnlyTls");
    plan_put_text(p, st, "Effect", "Deny");
    plan_put_text(p, st, "Principal", "*");
    plan_put_text(p, st, "Action", "s3:*");
    plan_put(p, st, "Resource", resources);
    plan_put(p, st, "Condition",
             plan_call(p, "Bool", plan_call(p, "aws:SecureTransport", plan_text(p, "false"))));
    plan_put_text(p, doc, "Version", "2012-10-17");
    plan_put(p, doc, "Statement", list_of(p, st));
    res_put(p, r, "Bucket", plan_ref(p, bucket));
    res_put(p, r, "PolicyDocument", doc);
}

static void lower_bucket(struct plan *p, const struct item *it)
{
    const struct bucket *b = it->body;
    struct resource *r =
        plan_add_resource(p, it->name.s, "Bucket", "AWS::S3::Bucket", it->name.span);
    res_put(p, r, "BucketName", name_of(p, it));
    put_protection(p, r, b);
    put_lifecycle(p, r, b);
    r->deletion_policy = b->deletion_policy.v == 1 ? "Delete" : "Retain";
    add_policy(p, it, r);
    plan_publish(p, it, r, "s3_bucket");
}

/* ---- trigger -------------------------------------------------------------------------------- */

static void check_trigger(struct diags *ds, const struct item *it)
{
    s3_event_check(ds, it->name.span, it->body);
}

static void lower_trigger(struct plan *p, const struct item *it)
{
    struct str who = arena_printf(p->arena, "trigger '%.*s'", STR(it->name.s));
    struct role_decl *role = plan_add_starter(p, it->name, "events.amazonaws.com", who);
    if (role)
        plan_add_s3_event(p, it->name.s, it->body, plan_ref(p, p->machine_resource), role);
}

/* ---- engine --------------------------------------------------------------------------------- */

static const struct kind kinds[] = {
    { .type = "s3_bucket",
      .roles = ROLE_RESOURCE,
      .alone = true,
      .doc = "A private, encrypted S3 bucket that is reached over TLS only.",
      .source = "AWS::S3::Bucket",
      .example = "lifecycle:\n"
                 "  - {prefix: tmp/, expire: 1}\n",
      .fields = &bucket_fields,
      .check = check_bucket,
      .lower_resource = lower_bucket },
    { .type = "s3_event",
      .roles = ROLE_TRIGGER,
      .doc = "Starts the pipeline when something happens to objects of a bucket.",
      .source = "AWS::Events::Rule",
      .example = "bucket: uploads\n"
                 "prefix: in/\n"
                 "suffix: .csv\n"
                 "payload: {key: $.detail.object.key}\n",
      .fields = &s3_event_fields,
      .check = check_trigger,
      .lower_resource = lower_trigger },
};

const struct engine engine_s3 = {
    .abi = ENGINE_ABI,
    .name = "s3",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
