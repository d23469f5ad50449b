/* AWS Batch: compute environments and job queues.
 * Written from AWS::Batch::ComputeEnvironment, AWS::Batch::JobQueue and the Batch user guide
 * ("Compute environments", "Amazon ECS instance role"). */
#include "batch.h"

#include "base/digest.h"
#include "schema/bind.h"

/* ---- names and parameters ------------------------------------------------------------------- */

void batch_check_name(struct diags *ds, const struct vstr *name, const char *what)
{
    bool good = name->s.n && ascii_is_alnum(name->s.p[0]);
    for (size_t i = 0; good && i < name->s.n; i++)
        good = ascii_is_alnum(name->s.p[i]) || name->s.p[i] == '-' || name->s.p[i] == '_';
    if (good)
        return;
    struct diag *d =
        diag_error(ds, "bad-name", name->span, "'%.*s' cannot name %s", STR(name->s), what);
    diag_help(d, "use letters, digits, '-' and '_', and begin with a letter or digit");
}

void batch_add_parameter(struct plan *p, struct vstr name, const char *kind, struct node *value)
{
    struct resource *r =
        plan_add_resource(p, name.s, "Parameter", "AWS::SSM::Parameter", name.span);
    res_put(p, r, "Name",
            plan_textf(p, "/%.*s/%.*s/%s/%.*s", STR(p->pipeline->id), STR(p->pipeline->stage->name),
                       kind, STR(name.s)));
    res_put(p, r, "Type", plan_text(p, "String"));
    res_put(p, r, "Value", value);
}

struct node *batch_parameter(struct plan *p, struct str name)
{
    return plan_textf(p, "{{resolve:ssm:%.*s}}", STR(name));
}

/* ---- compute environment: fields ------------------------------------------------------------ */

enum { ON_DEMAND, SPOT, FARGATE, FARGATE_SPOT, EC2 };

struct template_ref {
    struct vstr name, id, version;
};
/* A job queue may hold one, or say where one is. */
struct environment {
    struct venum compute_resource_type, allocation_strategy;
    struct vstr vpc_id, vpc_from_cloudformation, subnet_from_cloudformation, instance_role;
    struct vstr spot_fleet_role, placement_group, image_id, image_type, key_pair;
    struct vstrs subnet_id, security_group_id, instance_types;
    struct vint bid_percentage, max_vcpus, min_vcpus, desired_vcpus;
    struct vobj launch_template; /* struct template_ref */
    struct vany tags;
    struct vbool enabled;
    struct vstr arn;
    struct vstrs arns, arn_params, compute_environment_ref;
};

#define F(kind, name, ...) FIELD_##kind(struct template_ref, name, __VA_ARGS__)
static const struct field template_rows[] = {
    F(STR, name, .doc = "The launch template's name."),
    F(STR, id, .doc = "Its id, in place of the name."),
    F(STR, version, .doc = "Version; the default one without it."),
};
#undef F
static const struct fields template_fields =
    FIELDS(struct template_ref, "launch_template", template_rows, .doc = "An EC2 launch template.");

/* clang-format off */
#define ENVIRONMENT_ROWS                                                                         \
    F(ENUM, compute_resource_type, .any_case = true, .dflt = "ON_DEMAND",                        \
      .values = WORDS("ON_DEMAND", "SPOT", "FARGATE", "FARGATE_SPOT", "EC2"),                    \
      .doc = "What jobs run on; EC2 is AWS's word for ON_DEMAND.",                               \
      .source = "AWS::Batch::ComputeEnvironment, ComputeResources, Type"),                       \
    F(STR, vpc_id, .doc = "VPC, for a security group of its own."),                              \
    F(STR, vpc_from_cloudformation, .doc = "Export of another stack that holds the VPC's id."),  \
    F(STRS, subnet_id, .aliases = WORDS("subnet_ids", "subnets"), .doc = "Subnets of the jobs.", \
      .example = "[subnet-0a1b2c3d, subnet-4e5f6a7b]"),                                                        \
    F(STR, subnet_from_cloudformation,                                                           \
      .doc = "Export of another stack that lists the subnets, with commas between."),            \
    F(STRS, security_group_id, .aliases = WORDS("security_group_ids", "security_groups"),        \
      .doc = "Security groups; by default one that lets everything out and nothing in."),        \
    F(STRS, instance_types, .doc = "EC2: instance types or families; optimal by default.",       \
      .example = "[c7g, m7g.large]"),                                                            \
    F(ENUM, allocation_strategy, .any_case = true,                                               \
      .values = WORDS("BEST_FIT", "BEST_FIT_PROGRESSIVE", "SPOT_CAPACITY_OPTIMIZED",             \
                      "SPOT_PRICE_CAPACITY_OPTIMIZED"),                                          \
      .doc = "EC2: how instance types are chosen; BEST_FIT by default.",                         \
      .source = "AWS::Batch::ComputeEnvironment, AllocationStrategy"),                           \
    F(INT, bid_percentage, .min = 1, .max = 100, .unit = "percent",                              \
      .doc = "SPOT: highest price, in percent of the on-demand price; 100 by default."),         \
    F(INT, max_vcpus, .min = 1, .max = 100000, .dflt = "16", .unit = "vCPUs",                    \
      .doc = "Largest size."),                                                                   \
    F(INT, min_vcpus, .min = 0, .max = 100000, .unit = "vCPUs",                                  \
      .doc = "EC2: smallest size, also while there is nothing to do; 0 by default."),            \
    F(INT, desired_vcpus, .min = 0, .max = 100000, .unit = "vCPUs",                              \
      .doc = "EC2: size to begin with; Batch changes it afterwards."),                           \
    F(STR, instance_role, .doc = "EC2: instance profile (name or ARN) in place of its own."),    \
    F(STR, spot_fleet_role, .doc = "SPOT with BEST_FIT: ARN in place of the account's own role "  \
                                   "for spot fleets."),                                          \
    F(OBJ, launch_template, .sub = &template_fields, .doc = "EC2: how instances are made."),     \
    F(STR, placement_group, .doc = "EC2: instances near each other."),                           \
    F(STR, image_id, .doc = "EC2: AMI of the instances."),                                       \
    F(STR, image_type, .doc = "EC2: kind of AMI that Batch chooses.", .example = "ECS_AL2023",   \
      .source = "AWS::Batch::ComputeEnvironment, Ec2Configuration"),                             \
    F(STR, key_pair, .doc = "EC2: key pair to log in with."),                                    \
    F(MAP, tags, .doc = "EC2: tags of the instances."),                                          \
    F(BOOL, enabled, .dflt = "true", .doc = "Whether it takes jobs.")
/* clang-format on */

#define F(kind, name, ...) FIELD_##kind(struct environment, name, __VA_ARGS__)
static const struct field environment_rows[] = { ENVIRONMENT_ROWS };
static const struct field source_rows[] = {
    F(STRS, compute_environment_ref, .example = "[workers]",
      .doc = "batch_compute_environment resources of this pipeline, in the order of preference."),
    F(STR, arn, .doc = "ARN of another one."),
    F(STRS, arns, .doc = "ARNs of others, in the order of preference."),
    F(STRS, arn_params, .aliases = WORDS("arn_param"),
      .doc = "SSM parameters that hold ARNs of others."),
    ENVIRONMENT_ROWS,
};
#undef F
static const struct fields environment_fields =
    FIELDS(struct environment, "batch_compute_environment", environment_rows,
           .doc = "Machines, or Fargate, for Batch jobs.");
static const struct fields source_fields =
    FIELDS(struct environment, "compute_environment", source_rows,
           .doc = "Where the queue's jobs run: compute environments that exist, or a new one.");

/* ---- compute environment: checks ------------------------------------------------------------ */

static bool on_fargate(const struct environment *e)
{
    return e->compute_resource_type.v == FARGATE || e->compute_resource_type.v == FARGATE_SPOT;
}

static void not_for(struct diags *ds, const struct environment *e, bool wrong, struct span span,
                    const char *key)
{
    if (wrong)
        diag_error(ds, "conflict", span, "'%s' does not go with compute_resource_type %.*s", key,
                   STR(e->compute_resource_type.s));
}

static void check_kind(struct diags *ds, const struct environment *e)
{
    bool f = on_fargate(e), spot = e->compute_resource_type.v == SPOT;
#define NOT(wrong, key) not_for(ds, e, (wrong) && e->key.set, e->key.span, #key)
    NOT(f, instance_types);
    NOT(f, allocation_strategy);
    NOT(f, min_vcpus);
    NOT(f, desired_vcpus);
    NOT(f, instance_role);
    NOT(f, placement_group);
    NOT(f, image_id);
    NOT(f, image_type);
    NOT(f, key_pair);
    NOT(!spot, bid_percentage);
    NOT(!spot, spot_fleet_role);
#undef NOT
    not_for(ds, e, f && e->launch_template.p, e->launch_template.span, "launch_template");
    if (e->tags.node)
        not_for(ds, e, f, e->tags.node->span, "tags");
    if (e->allocation_strategy.v >= 2)
        not_for(ds, e, !spot, e->allocation_strategy.span, "allocation_strategy");
}

static void check_network(struct diags *ds, const struct vstr *name, const struct environment *e)
{
    if (e->subnet_id.set == e->subnet_from_cloudformation.set) {
        struct diag *d = diag_error(ds, e->subnet_id.set ? "conflict" : "missing-key", name->span,
                                    "'%.*s' has %s of 'subnet_id' and 'subnet_from_cloudformation'",
                                    STR(name->s), e->subnet_id.set ? "both" : "none");
        if (!e->subnet_id.set)
            diag_help(d, "for example 'subnet_id: [subnet-0a1b2c3d, subnet-4e5f6a7b]'");
    }
    if (e->vpc_id.set && e->vpc_from_cloudformation.set)
        diag_error(ds, "conflict", e->vpc_id.span,
                   "'vpc_id' and 'vpc_from_cloudformation' are both given");
    if (!e->vpc_id.set && !e->vpc_from_cloudformation.set && !e->security_group_id.set) {
        struct diag *d = diag_error(ds, "missing-key", name->span,
                                    "'%.*s' has neither 'security_group_id' nor a VPC to make a "
                                    "security group in",
                                    STR(name->s));
        diag_help(d, "add 'vpc_id' or 'vpc_from_cloudformation'");
    }
}

static void check_sizes(struct diags *ds, const struct environment *e)
{
    if (e->min_vcpus.v > e->max_vcpus.v)
        diag_error(ds, "out-of-range", e->min_vcpus.span,
                   "min_vcpus is %lld, more than max_vcpus, %lld", (long long)e->min_vcpus.v,
                   (long long)e->max_vcpus.v);
    else if (e->desired_vcpus.set &&
             (e->desired_vcpus.v > e->max_vcpus.v || e->desired_vcpus.v < e->min_vcpus.v))
        diag_error(ds, "out-of-range", e->desired_vcpus.span,
                   "desired_vcpus is %lld; expected min_vcpus to max_vcpus, %lld to %lld",
                   (long long)e->desired_vcpus.v, (long long)e->min_vcpus.v,
                   (long long)e->max_vcpus.v);
    const struct template_ref *t = e->launch_template.p;
    if (t && t->name.set == t->id.set)
        diag_error(ds, t->name.set ? "conflict" : "missing-key", e->launch_template.span,
                   "launch_template takes %s of 'name' and 'id'", t->name.set ? "only one" : "one");
}

static void check_environment(struct diags *ds, const struct vstr *name,
                              const struct environment *e)
{
    check_kind(ds, e);
    check_network(ds, name, e);
    check_sizes(ds, e);
}

static void check_environment_item(struct diags *ds, const struct item *it)
{
    batch_check_name(ds, &it->name, "a compute environment");
    check_environment(ds, &it->name, it->body);
}

/* ---- compute environment: lowering ---------------------------------------------------------- */

static struct node *import(struct plan *p, struct str name)
{
    return plan_call(p, "Fn::ImportValue", plan_str(p, name));
}

static struct node *subnets(struct plan *p, const struct environment *e)
{
    if (e->subnet_id.set)
        return plan_strings(p, &e->subnet_id);
    struct node *pair = plan_list(p);
    node_push(p->arena, pair, plan_text(p, ","));
    node_push(p->arena, pair, import(p, e->subnet_from_cloudformation.s));
    return plan_call(p, "Fn::Split", pair);
}

static struct node *security_groups(struct plan *p, struct vstr name, const struct environment *e)
{
    if (e->security_group_id.set)
        return plan_strings(p, &e->security_group_id);
    struct resource *r =
        plan_add_resource(p, name.s, "SecurityGroup", "AWS::EC2::SecurityGroup", name.span);
    res_put(p, r, "GroupDescription", plan_textf(p, "Batch jobs of %.*s", STR(name.s)));
    res_put(p, r, "VpcId",
            e->vpc_id.set ? plan_str(p, e->vpc_id.s) : import(p, e->vpc_from_cloudformation.s));
    struct node *list = plan_list(p);
    node_push(p->arena, list, plan_attr(p, r, "GroupId"));
    return list;
}

static void grant_agent(struct plan *p, struct role_decl *role, struct vstr name,
                        const char *const *actions, size_t n, const struct node *arn)
{
    struct str why =
        arena_printf(p->arena, "instances of '%.*s' take part in their ECS cluster", STR(name.s));
    for (size_t i = 0; i < n; i++)
        plan_grant_to(p, role, actions[i], arn, name.span, why);
}

/* What the ECS agent of an instance does: the managed policy AmazonEC2ContainerServiceforEC2Role,
 * on the resources that its actions know. Source: Service authorization reference, "Actions,
 * resources, and condition keys for Amazon ECS". */
static void grant_instance(struct plan *p, struct role_decl *role, struct vstr name)
{
    static const char *const ON_CLUSTER[] = { "ecs:DeregisterContainerInstance",
                                              "ecs:RegisterContainerInstance",
                                              "ecs:SubmitAttachmentStateChanges",
                                              "ecs:SubmitContainerStateChange",
                                              "ecs:SubmitTaskStateChange" };
    static const char *const ON_INSTANCE[] = { "ecs:Poll", "ecs:StartTelemetrySession",
                                               "ecs:TagResource",
                                               "ecs:UpdateContainerInstancesState" };
    static const char *const PULL[] = { "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage",
                                        "ecr:GetDownloadUrlForLayer" };
    static const char *const LOG[] = { "logs:CreateLogStream", "logs:PutLogEvents" };
#define HERE "${AWS::Region}:${AWS::AccountId}:"
    grant_agent(p, role, name, ON_CLUSTER, sizeof ON_CLUSTER / sizeof *ON_CLUSTER,
                plan_sub(p, "arn:${AWS::Partition}:ecs:" HERE "cluster/*"));
    grant_agent(p, role, name, ON_INSTANCE, sizeof ON_INSTANCE / sizeof *ON_INSTANCE,
                plan_sub(p, "arn:${AWS::Partition}:ecs:" HERE "container-instance/*"));
    struct str jobs =
        arena_printf(p->arena, "instances of '%.*s' pull images and keep logs", STR(name.s));
    for (size_t i = 0; i < sizeof PULL / sizeof *PULL; i++)
        plan_grant_to(p, role, PULL[i],
                      plan_sub(p, "arn:${AWS::Partition}:ecr:" HERE "repository/*"), name.span,
                      jobs);
    for (size_t i = 0; i < sizeof LOG / sizeof *LOG; i++)
        plan_grant_to(
            p, role, LOG[i],
            plan_sub(p, "arn:${AWS::Partition}:logs:" HERE "log-group:/aws/batch/job:log-stream:*"),
            name.span, jobs);
#undef HERE
    plan_grant_any(
        p, role, "ecs:DiscoverPollEndpoint", name.span,
        arena_printf(p->arena, "instances of '%.*s' look for their ECS cluster", STR(name.s)));
    plan_grant_any(p, role, "ecr:GetAuthorizationToken", name.span,
                   arena_printf(p->arena, "instances of '%.*s' log in to ECR", STR(name.s)));
}

/* The part of a role's ARN behind its path. */
static struct str role_name(struct str arn)
{
    return str_sub(arn, str_rfind_char(arn, '/') + 1, arn.n);
}

static struct node *instance_profile(struct plan *p, struct vstr name, const struct environment *e)
{
    if (e->instance_role.set)
        return plan_str(p, e->instance_role.s);
    struct role_decl *role =
        plan_add_role(p, arena_printf(p->arena, "%.*s-Instance", STR(name.s)), "ec2.amazonaws.com",
                      arena_printf(p->arena, "instances of '%.*s'", STR(name.s)), name.span);
    grant_instance(p, role, name);
    struct resource *r =
        plan_add_resource(p, name.s, "InstanceProfile", "AWS::IAM::InstanceProfile", name.span);
    struct node *roles = plan_list(p);
    node_push(p->arena, roles,
              role->resource ? plan_ref(p, role->resource)
                             : plan_str(p, role_name(p->pipeline->role.s)));
    res_put(p, r, "Roles", roles);
    return plan_attr(p, r, "Arn");
}

static void put_launch_template(struct plan *p, struct node *to, const struct environment *e)
{
    const struct template_ref *t = e->launch_template.p;
    if (!t)
        return;
    struct node *n = plan_map(p);
    if (t->name.set)
        plan_put(p, n, "LaunchTemplateName", plan_str(p, t->name.s));
    else
        plan_put(p, n, "LaunchTemplateId", plan_str(p, t->id.s));
    if (t->version.set)
        plan_put(p, n, "Version", plan_str(p, t->version.s));
    plan_put(p, to, "LaunchTemplate", n);
}

static void put_text(struct plan *p, struct node *to, const char *key, struct vstr v)
{
    if (v.s.n)
        plan_put(p, to, key, node_str(p->arena, v.span, v.s));
}

static void put_image(struct plan *p, struct node *to, const struct environment *e)
{
    if (!e->image_id.set && !e->image_type.set)
        return;
    struct node *one = plan_map(p), *list = plan_list(p);
    plan_put(p, one, "ImageType",
             e->image_type.set ? plan_str(p, e->image_type.s) : plan_text(p, "ECS_AL2023"));
    put_text(p, one, "ImageIdOverride", e->image_id);
    node_push(p->arena, list, one);
    plan_put(p, to, "Ec2Configuration", list);
}

/* Source: Batch user guide, "Amazon EC2 spot fleet role": only BEST_FIT asks for one. */
static void put_spot(struct plan *p, struct node *to, const struct environment *e)
{
    if (e->compute_resource_type.v != SPOT)
        return;
    plan_put(p, to, "BidPercentage",
             plan_int(p, e->bid_percentage.set ? e->bid_percentage.v : 100));
    if (e->spot_fleet_role.set)
        plan_put(p, to, "SpotIamFleetRole", plan_str(p, e->spot_fleet_role.s));
    else if (e->allocation_strategy.v <= 0)
        plan_put(p, to, "SpotIamFleetRole",
                 plan_sub(p, "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-service-role/"
                             "spotfleet.amazonaws.com/AWSServiceRoleForEC2SpotFleet"));
}

static void put_instances(struct plan *p, struct node *to, struct vstr name,
                          const struct environment *e)
{
    struct node *optimal = plan_list(p);
    node_push(p->arena, optimal, plan_text(p, "optimal"));
    plan_put(p, to, "AllocationStrategy",
             e->allocation_strategy.set ? plan_str(p, e->allocation_strategy.s)
                                        : plan_text(p, "BEST_FIT"));
    plan_put(p, to, "InstanceTypes",
             e->instance_types.set ? plan_strings(p, &e->instance_types) : optimal);
    plan_put(p, to, "InstanceRole", instance_profile(p, name, e));
    put_spot(p, to, e);
    put_launch_template(p, to, e);
    put_text(p, to, "PlacementGroup", e->placement_group);
    put_text(p, to, "Ec2KeyPair", e->key_pair);
    put_image(p, to, e);
    if (e->tags.node)
        plan_put(p, to, "Tags", (struct node *)e->tags.node);
}

/* Most changes of a compute environment replace it, and its successor cannot have the same name
 * while it is there. So the name ends in a digest of what replaces it. */
static struct node *environment_name(struct plan *p, struct str name, const struct node *resources)
{
    enum { DIGITS = 8 };
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX];
    sha256(digest, plan_json(p, resources));
    hex_put(hex, digest, SHA256_BYTES);
    struct str full = plan_physical_name(p, name, BATCH_NAME_MAX - DIGITS - 1);
    return plan_textf(p, "%.*s-%.*s", STR(full), DIGITS, hex);
}

static struct resource *add_environment(struct plan *p, struct vstr name,
                                        const struct environment *e)
{
    static const char *const TYPES[] = {
        [ON_DEMAND] = "EC2",   [SPOT] = "SPOT",
        [FARGATE] = "FARGATE", [FARGATE_SPOT] = "FARGATE_SPOT",
        [EC2] = "EC2",
    };
    struct resource *r = plan_add_resource(p, name.s, "ComputeEnvironment",
                                           "AWS::Batch::ComputeEnvironment", name.span);
    struct node *of = plan_map(p);
    plan_put_text(p, of, "Type", TYPES[e->compute_resource_type.v]);
    plan_put(p, of, "Subnets", subnets(p, e));
    plan_put(p, of, "SecurityGroupIds", security_groups(p, name, e));
    if (!on_fargate(e))
        put_instances(p, of, name, e);
    res_put(p, r, "ComputeEnvironmentName", environment_name(p, name.s, of));
    if (!on_fargate(e)) {
        plan_put(p, of, "MinvCpus", plan_int(p, e->min_vcpus.v));
        if (e->desired_vcpus.set)
            plan_put(p, of, "DesiredvCpus", plan_int(p, e->desired_vcpus.v));
    }
    plan_put(p, of, "MaxvCpus", plan_int(p, e->max_vcpus.v));
    res_put(p, r, "Type", plan_text(p, "MANAGED"));
    res_put(p, r, "State", plan_text(p, e->enabled.v ? "ENABLED" : "DISABLED"));
    res_put(p, r, "ComputeResources", of);
    batch_add_parameter(p, name, "compute_environment", plan_ref(p, r));
    return r;
}

static void lower_environment(struct plan *p, const struct item *it)
{
    plan_publish(p, it, add_environment(p, it->name, it->body), "batch_compute_environment");
}

/* ---- job queue ------------------------------------------------------------------------------ */

struct queue {
    struct vobj compute_environment; /* struct environment */
    struct vint priority;
    struct vstr scheduling_policy;
    struct vbool enabled;
};

#define F(kind, name, ...) FIELD_##kind(struct queue, name, __VA_ARGS__)
static const struct field queue_rows[] = {
    F(OBJ, compute_environment, .required = true, .sub = &source_fields,
      .aliases = WORDS("computation_environment"),
      .doc = "Where its jobs run: compute environments that exist, or a new one.",
      .example = "{compute_environment_ref: [workers]}"),
    F(INT, priority, .min = 0, .max = 1000, .dflt = "1",
      .doc = "Among queues that share a compute environment: the higher one goes first.",
      .source = "AWS::Batch::JobQueue, Priority"),
    F(STR, scheduling_policy, .doc = "ARN of a fair-share scheduling policy."),
    F(BOOL, enabled, .dflt = "true", .doc = "Whether it takes jobs."),
};
#undef F
static const struct fields queue_fields =
    FIELDS(struct queue, "batch_job_queue", queue_rows, .doc = "A queue for Batch jobs.");

static bool is_elsewhere(const struct environment *e)
{
    return e->arn.set || e->arns.set || e->arn_params.set || e->compute_environment_ref.set;
}

static void check_queue(struct diags *ds, const struct item *it)
{
    enum { ENVIRONMENTS_MAX = 3 }; /* Source: Batch, "Job queues" */
    const struct queue *q = it->body;
    const struct environment *e = q->compute_environment.p;
    batch_check_name(ds, &it->name, "a job queue");
    if (!is_elsewhere(e)) {
        check_environment(ds, &it->name, e);
        return;
    }
    struct span where = q->compute_environment.span;
    if (e->subnet_id.set || e->subnet_from_cloudformation.set || e->compute_resource_type.set)
        diag_error(ds, "conflict", where,
                   "compute_environment both refers to one and describes a new one");
    size_t n = e->arn.set + e->arns.n + e->arn_params.n + e->compute_environment_ref.n;
    if (n > ENVIRONMENTS_MAX)
        diag_error(ds, "out-of-range", where,
                   "the queue has %zu compute environments; expected at most %d", n,
                   ENVIRONMENTS_MAX);
    if (n == 0)
        diag_error(ds, "empty-value", where, "the queue has no compute environment");
}

static void push_environment(struct plan *p, struct node *order, struct node *arn)
{
    struct node *n = plan_map(p);
    plan_put(p, n, "ComputeEnvironment", arn);
    plan_put(p, n, "Order", plan_int(p, (int64_t)order->seq.n + 1));
    node_push(p->arena, order, n);
}

static const struct resource *behind_ref(const struct plan *p, const struct node *ref)
{
    const struct node *id = node_get(ref, S("Ref"));
    return id && id->kind == NODE_STR ? map_get(&p->logical_ids, id->str) : NULL;
}

bool batch_is_fargate(const struct plan *p, const struct resource *r)
{
    const struct node *order = node_get(r->props, S("ComputeEnvironmentOrder"));
    if (order && order->seq.n)
        r = behind_ref(p, node_get(order->seq.items[0], S("ComputeEnvironment")));
    if (!r)
        return false;
    const struct node *able = node_get(r->props, S("PlatformCapabilities"));
    if (able)
        return str_eq(able->seq.items[0]->str, S("FARGATE"));
    const struct node *type = node_get(node_get(r->props, S("ComputeResources")), S("Type"));
    return type && str_starts(type->str, S("FARGATE"));
}

/* Source: Batch user guide, "Job queues": EC2 and Fargate do not mix in one. */
static void push_refs(struct plan *p, struct node *order, const struct vstrs *refs)
{
    const struct resource *first = NULL;
    for (size_t i = 0; i < refs->n; i++) {
        struct resource *r = plan_find(p, refs->items[i], "batch_compute_environment");
        if (!r)
            continue;
        if (first && batch_is_fargate(p, first) != batch_is_fargate(p, r)) {
            struct diag *d = diag_error(p->ds, "conflict", refs->items[i].span,
                                        "a queue cannot mix EC2 and Fargate");
            diag_note(d, refs->items[0].span, "'%.*s' is the other kind", STR(refs->items[0].s));
        }
        first = first ? first : r;
        push_environment(p, order, plan_ref(p, r));
    }
}

static void lower_queue(struct plan *p, const struct item *it)
{
    const struct queue *q = it->body;
    const struct environment *e = q->compute_environment.p;
    struct node *order = plan_list(p);
    push_refs(p, order, &e->compute_environment_ref);
    if (e->arn.set)
        push_environment(p, order, plan_str(p, e->arn.s));
    for (size_t i = 0; i < e->arns.n; i++)
        push_environment(p, order, plan_str(p, e->arns.items[i].s));
    for (size_t i = 0; i < e->arn_params.n; i++)
        push_environment(p, order, batch_parameter(p, e->arn_params.items[i].s));
    if (!is_elsewhere(e))
        push_environment(p, order, plan_ref(p, add_environment(p, it->name, e)));
    struct resource *r =
        plan_add_resource(p, it->name.s, "JobQueue", "AWS::Batch::JobQueue", it->name.span);
    res_put(p, r, "JobQueueName", plan_str(p, plan_physical_name(p, it->name.s, BATCH_NAME_MAX)));
    res_put_int(p, r, "Priority", q->priority);
    res_put(p, r, "State", plan_text(p, q->enabled.v ? "ENABLED" : "DISABLED"));
    res_put_str(p, r, "SchedulingPolicyArn", q->scheduling_policy);
    res_put(p, r, "ComputeEnvironmentOrder", order);
    batch_add_parameter(p, it->name, "job_queue", plan_ref(p, r));
    plan_publish(p, it, r, "batch_job_queue");
}

/* ---- engine --------------------------------------------------------------------------------- */

static const struct kind kinds[] = {
    { .type = "batch_compute_environment",
      .roles = ROLE_RESOURCE,
      .doc = "Machines, or Fargate, for Batch jobs.",
      .source = "AWS::Batch::ComputeEnvironment",
      .example = "compute_resource_type: FARGATE_SPOT\n"
                 "subnet_ids: [subnet-0a1b2c3d]\n"
                 "security_group_ids: [sg-0a1b2c3d]\n",
      .fields = &environment_fields,
      .check = check_environment_item,
      .lower_resource = lower_environment },
    { .type = "batch_job_queue",
      .roles = ROLE_RESOURCE,
      .doc = "A queue for Batch jobs.",
      .source = "AWS::Batch::JobQueue",
      .example = "compute_environment:\n"
                 "  arn: arn:aws:batch:eu-west-1:111122223333:compute-environment/jobs\n",
      .fields = &queue_fields,
      .check = check_queue,
      .lower_resource = lower_queue },
};

const struct engine engine_batch = {
    .abi = ENGINE_ABI,
    .name = "batch",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
