/* Amazon ECS: the step that runs a task and waits for it.
 * Written from the ECS API page of RunTask, the Step Functions page on ECS and Fargate, and the ECS
 * developer guide ("Task IAM role", "Task execution IAM role"). */
#include "model/checks.h"
#include "plan/plan.h"

/* ---- fields --------------------------------------------------------------------------------- */

struct container {
    struct vstr name;
    struct vany command, environment;
    struct vint cpu, memory;
};
struct run {
    struct vstr cluster, task_definition, container, task_role, execution_role, platform_version;
    struct vstr group;
    struct venum launch_type, propagate_tags;
    struct vany subnets, security_groups, command, environment, tags;
    struct vbool assign_public_ip, enable_execute_command, wait_for_completion, wait_for_callback;
    struct vobjs container_overrides; /* struct container */
    struct vstrs roles;
    struct vint cpu, memory, ephemeral_storage, count;
};

#define F(kind, name, ...) FIELD_##kind(struct container, name, __VA_ARGS__)
static const struct field container_rows[] = {
    F(STR, name, .required = true, .runtime = true,
      .doc = "The container's name in the task "
             "definition.",
      .example = "main"),
    F(ANY, command, .check = check_words, .doc = "Command in place of its own."),
    F(ANY, environment, .check = check_texts_or_path,
      .doc = "Environment variables: a map, or a run-time list of {Name, Value}."),
    F(INT, cpu, .runtime = true, .min = 1, .max = 196608, .unit = "CPU units",
      .doc = "Processor time; 1024 are one vCPU."),
    F(INT, memory, .runtime = true, .min = 4, .max = 4000000, .unit = "MiB", .doc = "Memory."),
};
#undef F
static const struct fields container_fields =
    FIELDS(struct container, "container_overrides", container_rows,
           .doc = "What a container has in place of what the task definition says.");

#define F(kind, name, ...) FIELD_##kind(struct run, name, __VA_ARGS__)
static const struct field rows[] = {
    F(STR, task_definition, .check = check_names_one, .required = true, .runtime = true,
      .example = "report:3", .doc = "Family, family:revision or ARN."),
    F(STR, cluster, .check = check_names_one, .runtime = true,
      .doc = "Name or ARN of the cluster; default by default."),
    F(ENUM, launch_type, .any_case = true, .values = WORDS("FARGATE", "EC2", "EXTERNAL"),
      .dflt = "FARGATE", .doc = "What it runs on.", .source = "RunTask, launchType"),
    F(ANY, subnets, .check = check_words, .aliases = WORDS("subnet_ids", "subnet_id"),
      .doc = "Subnets, for tasks with a network of their own: always on Fargate."),
    F(ANY, security_groups, .check = check_words,
      .aliases = WORDS("security_group_ids", "security_group_id"),
      .doc = "Security groups; the VPC's own by default."),
    F(BOOL, assign_public_ip, .dflt = "false",
      .doc = "A public address, for subnets without another way out."),
    F(STR, container, .runtime = true, .doc = "The container that command and environment are for.",
      .example = "main"),
    F(ANY, command, .check = check_words, .doc = "Command in place of the container's own.",
      .example = "[\"--date\", $.date]"),
    F(ANY, environment, .check = check_texts_or_path,
      .doc = "Environment variables: a map, or a run-time list of {Name, Value}."),
    F(OBJS, container_overrides, .sub = &container_fields,
      .doc = "In place of container, command and environment: several containers."),
    F(INT, cpu, .runtime = true, .min = 128, .max = 196608, .unit = "CPU units",
      .doc = "Processor time of the task; 1024 are one vCPU."),
    F(INT, memory, .runtime = true, .min = 4, .max = 4000000, .unit = "MiB",
      .doc = "Memory of the task."),
    F(INT, ephemeral_storage, .runtime = true, .min = 21, .max = 200, .unit = "GiB",
      .doc = "Fargate: disk; 20 GiB by default."),
    F(STR, task_role, .aliases = WORDS("task_role_arn"), .check = check_arn,
      .doc = "Role of the code, in place of the task definition's."),
    F(STR, execution_role, .aliases = WORDS("execution_role_arn"), .check = check_arn,
      .doc = "Role that pulls images, in place of the task definition's."),
    F(STRS, roles, .check = check_names_one,
      .example = "[\"arn:aws:iam::111122223333:role/report\"]",
      .doc = "ARNs of the roles that the task definition names: the pipeline may use no others."),
    F(STR, platform_version, .doc = "Fargate: platform version; LATEST by default."),
    F(INT, count, .runtime = true, .min = 1, .max = 10, .doc = "Number of tasks; 1 by default."),
    F(STR, group, .runtime = true, .max = 255, .doc = "Task group."),
    F(MAP, tags, .check = check_texts, .doc = "Tags of the task."),
    F(ENUM, propagate_tags, .values = WORDS("TASK_DEFINITION"), .any_case = true,
      .doc = "Tag the task like its definition."),
    F(BOOL, enable_execute_command, .dflt = "false", .doc = "Let people log in to the container."),
    F(BOOL, wait_for_completion, .dflt = "true", .doc = "Wait for the task to end."),
    F(BOOL, wait_for_callback, .dflt = "false",
      .doc = "Wait until the code returns the task token, $$.Task.Token, which an environment "
             "variable or the command must carry."),
};
#undef F
static const struct fields fields =
    FIELDS(struct run, "ecs_task", rows, .doc = "Runs a task in Amazon ECS.");

/* ---- checks --------------------------------------------------------------------------------- */

static bool hands_token(const struct run *r)
{
    const struct container *c = r->container_overrides.items;
    bool found = plan_mentions_token(r->command.node) || plan_mentions_token(r->environment.node);
    for (size_t i = 0; i < r->container_overrides.n; i++)
        found = found || plan_mentions_token(c[i].command.node) ||
                plan_mentions_token(c[i].environment.node);
    return found;
}

static void check_callback(struct diags *ds, const struct item *it)
{
    const struct run *r = it->body;
    if (!r->wait_for_callback.v)
        return;
    if (r->wait_for_completion.set && r->wait_for_completion.v)
        diag_error(ds, "conflict", r->wait_for_callback.span,
                   "'wait_for_callback' and 'wait_for_completion' are both given");
    if (hands_token(r) || r->container.set || r->container_overrides.n)
        return;
    struct diag *d =
        diag_error(ds, "no-token", r->wait_for_callback.span,
                   "wait_for_callback, but no container is named to get the task token");
    diag_help(d, "for example 'container: main': it gets the variable TASK_TOKEN");
}

static void check_network(struct diags *ds, const struct item *it)
{
    const struct run *r = it->body;
    bool fargate = r->launch_type.v == 0;
    if (fargate && !r->subnets.node) {
        struct diag *d = diag_error(ds, "missing-key", it->name.span,
                                    "step '%.*s' has no 'subnets'", STR(it->name.s));
        diag_help(d, "tasks on Fargate always have a network of their own");
    }
    if (!r->subnets.node && (r->security_groups.node || r->assign_public_ip.v))
        diag_error(ds, "missing-key", it->name.span,
                   "'security_groups' and 'assign_public_ip' need 'subnets'");
    if (!fargate && r->ephemeral_storage.set)
        diag_error(ds, "conflict", r->ephemeral_storage.span, "'ephemeral_storage' is for Fargate");
    if (!fargate && r->platform_version.set)
        diag_error(ds, "conflict", r->platform_version.span, "'platform_version' is for Fargate");
}

static void check_run(struct diags *ds, const struct item *it)
{
    const struct run *r = it->body;
    bool own = r->command.node || r->environment.node;
    check_network(ds, it);
    check_callback(ds, it);
    if (own && r->container_overrides.n)
        diag_error(ds, "conflict", r->container_overrides.span,
                   "'container_overrides' takes the place of 'command' and 'environment'");
    else if (own && !r->container.set)
        diag_error(ds, "missing-key",
                   (r->command.node ? r->command.node : r->environment.node)->span,
                   "step '%.*s' does not say which 'container' this is for", STR(it->name.s));
    if (!own && r->container.set && !r->wait_for_callback.v)
        diag_error(ds, "conflict", r->container.span,
                   "'container' goes with 'command' and 'environment'");
    if (!r->roles.set && !r->task_role.set && !r->execution_role.set) {
        struct diag *d = diag_warning(ds, "wide-permission", it->name.span,
                                      "step '%.*s' may hand any role of the account to its task",
                                      STR(it->name.s));
        diag_help(d, "list the roles of the task definition: 'roles: [arn:aws:iam::…:role/…]'");
    }
}

/* ---- arguments ------------------------------------------------------------------------------ */

static void put_network(struct plan *p, struct state *t, const struct run *r)
{
    struct node *n = plan_map(p);
    if (!r->subnets.node)
        return;
    plan_put_words(p, n, "Subnets", r->subnets.node);
    plan_put_words(p, n, "SecurityGroups", r->security_groups.node);
    plan_put_text(p, n, "AssignPublicIp", r->assign_public_ip.v ? "ENABLED" : "DISABLED");
    task_arg_node(p, t, "NetworkConfiguration", plan_call(p, "AwsvpcConfiguration", n));
}

static void put_text(struct plan *p, struct node *to, const char *key, struct vstr v)
{
    if (v.s.n)
        plan_put(p, to, v.runtime ? arena_printf(p->arena, "%s.$", key).p : key,
                 node_str(p->arena, v.span, v.s));
}

static void put_int(struct plan *p, struct node *to, const char *key, struct vint v)
{
    if (v.path.n)
        plan_put(p, to, arena_printf(p->arena, "%s.$", key).p, node_str(p->arena, v.span, v.path));
    else if (v.set)
        plan_put(p, to, key, node_int(p->arena, v.span, v.v));
}

/* RunTask has sizes of the whole task as text. */
static void put_size(struct plan *p, struct node *to, const char *key, struct vint v)
{
    if (v.path.n)
        plan_put(p, to, arena_printf(p->arena, "%s.$", key).p,
                 plan_textf(p, "States.Format('{}', %.*s)", STR(v.path)));
    else if (v.set)
        plan_put(p, to, key, plan_textf(p, "%lld", (long long)v.v));
}

static struct node *container_of(struct plan *p, struct container c)
{
    struct node *n = plan_map(p);
    put_text(p, n, "Name", c.name);
    plan_put_words(p, n, "Command", c.command.node);
    plan_put_variables(p, n, "Environment", c.environment.node);
    put_int(p, n, "Cpu", c.cpu);
    put_int(p, n, "Memory", c.memory);
    return n;
}

/* The first container's variables: one that nobody else gives the task token gets it. */
static struct container with_token(struct plan *p, const struct step *s, struct container c,
                                   bool first)
{
    const struct run *r = s->item.body;
    c.environment.node =
        plan_callback_data(p, s, r->wait_for_callback.v && first && !hands_token(r),
                           c.environment.node, "environment", "TASK_TOKEN");
    return c;
}

static void put_overrides(struct plan *p, const struct step *s, struct state *t)
{
    const struct run *r = s->item.body;
    struct node *n = plan_map(p), *list = plan_list(p), *disk = plan_map(p);
    const struct container *c = r->container_overrides.items;
    for (size_t i = 0; i < r->container_overrides.n; i++)
        node_push(p->arena, list, container_of(p, with_token(p, s, c[i], i == 0)));
    if (r->container.set) {
        struct container only = { .name = r->container,
                                  .command = r->command,
                                  .environment = r->environment };
        node_push(p->arena, list, container_of(p, with_token(p, s, only, true)));
    }
    if (list->seq.n)
        plan_put(p, n, "ContainerOverrides", list);
    put_size(p, n, "Cpu", r->cpu);
    put_size(p, n, "Memory", r->memory);
    put_text(p, n, "TaskRoleArn", r->task_role);
    put_text(p, n, "ExecutionRoleArn", r->execution_role);
    put_int(p, disk, "SizeInGiB", r->ephemeral_storage);
    if (disk->map.n)
        plan_put(p, n, "EphemeralStorage", disk);
    if (n->map.n)
        task_arg_node(p, t, "Overrides", n);
}

/* ---- grants --------------------------------------------------------------------------------- */

#define HERE "${AWS::Region}:${AWS::AccountId}:"

/* The name of a cluster or task definition behind its ARN, if it is one. */
static struct str name_of(struct str s)
{
    return str_starts(s, S("arn:")) ? str_sub(s, str_find_char(s, '/', 0) + 1, s.n) : s;
}

static struct str cluster_name(const struct run *r)
{
    if (r->cluster.runtime)
        return S("*");
    return r->cluster.set ? name_of(r->cluster.s) : S("default");
}

static struct node *definition_arn(struct plan *p, const struct run *r)
{
    struct vstr d = r->task_definition;
    if (d.runtime)
        return plan_sub(p, "arn:${AWS::Partition}:ecs:" HERE "task-definition/*");
    if (str_starts(d.s, S("arn:")))
        return str_find_char(name_of(d.s), ':', 0) != SIZE_MAX ? plan_str(p, d.s)
                                                               : plan_textf(p, "%.*s:*", STR(d.s));
    const char *any = str_find_char(d.s, ':', 0) != SIZE_MAX ? "" : ":*";
    return plan_sub(p, "arn:${AWS::Partition}:ecs:" HERE "task-definition/%.*s%s", STR(d.s), any);
}

static void grant_run(struct plan *p, const struct step *s)
{
    const struct run *r = s->item.body;
    struct node *equals = plan_map(p), *condition = plan_map(p);
    struct str name = cluster_name(r);
    plan_put(p, equals, "ecs:cluster",
             str_starts(r->cluster.s, S("arn:"))
                 ? plan_str(p, r->cluster.s)
                 : plan_sub(p, "arn:${AWS::Partition}:ecs:" HERE "cluster/%.*s", STR(name)));
    plan_put(p, condition, "ArnLike", equals);
    plan_grant_if(p, p->machine_role, "ecs:RunTask", definition_arn(p, r), condition,
                  s->item.name.span,
                  arena_printf(p->arena, "step '%.*s' runs its task", STR(s->item.name.s)));
    struct node *task = plan_sub(p, "arn:${AWS::Partition}:ecs:" HERE "task/%.*s/*", STR(name));
    if (r->tags.node || r->propagate_tags.set)
        plan_grant(p, s, "ecs:TagResource", task, "tags its task");
    if (r->wait_for_callback.v || !r->wait_for_completion.v)
        return;
    plan_grant(p, s, "ecs:DescribeTasks", task, "waits for its task to end");
    plan_grant(p, s, "ecs:StopTask", task, "ends its task when the execution is stopped");
    plan_grant_sync_rule(p, s, "StepFunctionsGetEventsForECSTaskRule");
}

static void grant_roles(struct plan *p, const struct step *s)
{
    static const char SERVICE[] = "ecs-tasks.amazonaws.com";
    const struct run *r = s->item.body;
    for (size_t i = 0; i < r->roles.n; i++)
        plan_grant_pass_role(p, s, plan_str(p, r->roles.items[i].s), SERVICE);
    if (r->task_role.set)
        plan_grant_pass_role(p, s, plan_str(p, r->task_role.s), SERVICE);
    if (r->execution_role.set)
        plan_grant_pass_role(p, s, plan_str(p, r->execution_role.s), SERVICE);
    if (!r->roles.set && !r->task_role.set && !r->execution_role.set)
        plan_grant_pass_role(
            p, s, plan_sub(p, "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*"), SERVICE);
}

/* ---- lowering ------------------------------------------------------------------------------- */

static const char *resource_of(const struct run *r)
{
    if (r->wait_for_callback.v)
        return "ecs:runTask.waitForTaskToken";
    return r->wait_for_completion.v ? "ecs:runTask.sync" : "ecs:runTask";
}

static void lower_run(struct plan *p, const struct step *s)
{
    const struct run *r = s->item.body;
    struct state *t = plan_add_task(p, s, "ECS: ", resource_of(r));
    task_arg(p, t, "Cluster", r->cluster);
    task_arg(p, t, "TaskDefinition", r->task_definition);
    task_arg_node(p, t, "LaunchType", plan_str(p, r->launch_type.s));
    task_arg(p, t, "PlatformVersion", r->platform_version);
    put_network(p, t, r);
    put_overrides(p, s, t);
    plan_check_callback_time(p, s, r->wait_for_callback.v);
    task_arg_int(p, t, "Count", r->count);
    task_arg(p, t, "Group", r->group);
    if (r->enable_execute_command.v)
        task_arg_node(p, t, "EnableExecuteCommand", plan_bool(p, true));
    if (r->propagate_tags.set)
        task_arg_node(p, t, "PropagateTags", plan_str(p, r->propagate_tags.s));
    task_arg_node(p, t, "Tags", plan_tags(p, r->tags.node, "Key", "Value"));
    grant_run(p, s);
    grant_roles(p, s);
}

static const struct kind kind = { .type = "ecs_task",
                                  .roles = ROLE_STEP,
                                  .doc = "Runs a task in Amazon ECS, on Fargate or EC2.",
                                  .source = "Step Functions, Run ECS or Fargate tasks",
                                  .example = "cluster: reports\n"
                                             "task_definition: report\n"
                                             "subnets: [subnet-0a1b2c3d]\n"
                                             "container: main\n"
                                             "environment: {DAY: $.day}\n"
                                             "roles: [\"arn:aws:iam::111122223333:role/report\"]\n",
                                  .fields = &fields,
                                  .check = check_run,
                                  .lower_step = lower_run };

const struct engine engine_ecs = {
    .abi = ENGINE_ABI,
    .name = "ecs",
    .kinds = &kind,
    .nkinds = 1,
};
