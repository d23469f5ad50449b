/* AWS Batch: the step that submits a job and waits for it.
 * Written from the Batch API page of SubmitJob and the Step Functions page on Batch. */
#include "batch.h"

#include "model/checks.h"

/* ---- fields --------------------------------------------------------------------------------- */

struct overrides {
    struct vany command, environment, vcpus;
    struct vint memory, gpu_count;
    struct vstr instance_type;
};
struct dependency {
    struct vstr job_id;
    struct venum type;
};
struct batch_step {
    struct vstr job_queue_ref, job_queue_arn, job_queue_param;
    struct vstr job_definition_ref, job_definition_arn, job_definition_param, role;
    struct vobj job_definition, container_overrides; /* batch_definition, struct overrides */
    struct vany command, environment, parameters, tags;
    struct vint array_size, attempts, timeout, priority;
    struct vobjs depends_on; /* struct dependency */
    struct vbool propagate_tags, wait_for_completion;
    struct vstr share_identifier;
};

static bool is_path(const struct node *n)
{
    return n->kind == NODE_STR && plan_is_runtime(n->str);
}

static void check_vcpus(struct bind *b, const struct field *f, const struct node *value)
{
    double v = value->kind == NODE_INT     ? (double)value->integer
               : value->kind == NODE_FLOAT ? value->number
                                           : 0;
    if (is_path(value) || (v >= 0.25 && v <= 192))
        return;
    diag_error(b->ds,
               value->kind == NODE_INT || value->kind == NODE_FLOAT ? "out-of-range" : "wrong-type",
               value->span, "'%s' is %.*s; expected a number from 0.25 to 192, or a run-time path",
               f->key, STR(span_text(value->span)));
}

static void check_instance_type(struct bind *b, const struct field *f, const struct node *value)
{
    (void)f;
    struct diag *d = diag_warning(b->ds, "no-effect", value->span,
                                  "Batch has no instance type for a job on one node");
    diag_help(d, "choose 'instance_types' in the compute environment");
}

#define F(kind, name, ...) FIELD_##kind(struct overrides, name, __VA_ARGS__)
static const struct field override_rows[] = {
    F(ANY, command, .check = check_words, .aliases = WORDS("command_from_path"),
      .doc = "Command: a list of strings, of which some or all are run-time values."),
    F(ANY, environment, .check = check_texts_or_path, .aliases = WORDS("environment_from_path"),
      .doc = "Environment variables: a map, or a run-time list of {Name, Value}."),
    F(ANY, vcpus, .check = check_vcpus, .aliases = WORDS("vcpus_from_path"), .doc = "Processors."),
    F(INT, memory, .runtime = true, .min = 4, .max = 4000000, .unit = "MiB",
      .aliases = WORDS("memory_size", "memory_size_from_path", "memory_limit_mib"),
      .doc = "Memory."),
    F(INT, gpu_count, .runtime = true, .min = 1, .max = 16, .aliases = WORDS("gpu_count_from_path"),
      .doc = "Graphics processors."),
    F(STR, instance_type, .runtime = true, .check = check_instance_type,
      .aliases = WORDS("instance_type_from_path"), .doc = "Has no effect."),
};
#undef F
static const struct fields override_fields =
    FIELDS(struct overrides, "container_overrides", override_rows,
           .doc = "What this job has in place of what its definition says.");

#define F(kind, name, ...) FIELD_##kind(struct dependency, name, __VA_ARGS__)
static const struct field dependency_rows[] = {
    F(STR, job_id, .runtime = true, .doc = "The job to wait for.", .example = "$.first.JobId"),
    F(ENUM, type, .any_case = true, .values = WORDS("N_TO_N", "SEQUENTIAL"),
      .doc = "Arrays: each child waits for its twin, or children wait for each other."),
};
#undef F
static const struct fields dependency_fields =
    FIELDS(struct dependency, "depends_on", dependency_rows, .doc = "A job to wait for.");

#define F(kind, name, ...) FIELD_##kind(struct batch_step, name, __VA_ARGS__)
static const struct field step_rows[] = {
    F(STR, job_queue_ref, .example = "work", .doc = "A batch_job_queue of this pipeline."),
    F(STR, job_queue_arn, .runtime = true, .aliases = WORDS("job_queue_arn_from_path"),
      .check = check_arn, .doc = "ARN of any queue."),
    F(STR, job_queue_param, .doc = "SSM parameter that holds a queue's ARN."),
    F(STR, job_definition_ref, .example = "resize",
      .doc = "A batch_job_definition of this pipeline."),
    F(STR, job_definition_arn, .runtime = true, .aliases = WORDS("job_definition_arn_from_path"),
      .check = check_arn, .doc = "ARN of any job definition."),
    F(STR, job_definition_param, .doc = "SSM parameter that holds a job definition's ARN."),
    F(OBJ, job_definition, .sub = &batch_definition_fields,
      .doc = "A job definition for this step alone."),
    F(STR, role, .doc = "With job_definition: ARN of the role that the job's code has."),
    F(ANY, command, .check = check_words, .aliases = WORDS("command_from_path"),
      .doc = "Command: a list of strings, of which some or all are run-time values.",
      .example = "[\"--date\", $.date]"),
    F(ANY, environment, .check = check_texts_or_path, .aliases = WORDS("environment_from_path"),
      .doc = "Environment variables: a map, or a run-time list of {Name, Value}."),
    F(OBJ, container_overrides, .sub = &override_fields,
      .doc = "What this job has in place of what its definition says."),
    F(MAP, parameters, .aliases = WORDS("payload"),
      .doc = "Values for Ref::name in the definition's command.", .example = "{date: $.date}"),
    F(INT, array_size, .runtime = true, .min = 2, .max = 10000, .aliases = WORDS("array"),
      .doc = "Run this many children, which find their number in AWS_BATCH_JOB_ARRAY_INDEX.",
      .source = "SubmitJob, arrayProperties"),
    F(OBJS, depends_on, .sub = &dependency_fields, .doc = "Jobs to wait for."),
    F(INT, attempts, .runtime = true, .min = 1, .max = 10,
      .doc = "How often the job is tried in all; 1, or what the definition says."),
    F(INT, timeout, .runtime = true, .min = 60, .max = 1209600, .unit = "seconds",
      .doc = "End one try after this long; 3600, or what the definition says. Time in the queue "
             "does not count."),
    F(MAP, tags, .doc = "Tags of the job."),
    F(BOOL, propagate_tags, .dflt = "false", .doc = "Tag the ECS task like the job."),
    F(STR, share_identifier, .runtime = true, .doc = "Whose share of a fair-share queue it takes."),
    F(INT, priority, .runtime = true, .min = 0, .max = 9999,
      .doc = "Priority among jobs of one share."),
    F(BOOL, wait_for_completion, .dflt = "true", .doc = "Wait for the job to end."),
};
#undef F
static const struct fields step_fields =
    FIELDS(struct batch_step, "batch", step_rows, .doc = "Runs a job in AWS Batch.");

/* ---- checks --------------------------------------------------------------------------------- */

static void one_of(struct diags *ds, const struct vstr *name, int ways, const char *keys,
                   const char *example)
{
    if (ways == 1)
        return;
    struct diag *d =
        diag_error(ds, ways ? "conflict" : "missing-key", name->span, "'%.*s' takes %s of %s",
                   STR(name->s), ways ? "only one" : "one", keys);
    if (!ways)
        diag_help(d, "for example '%s'", example);
}

static void check_step(struct diags *ds, const struct item *it)
{
    const struct batch_step *b = it->body;
    const struct overrides *o = b->container_overrides.p;
    one_of(ds, &it->name, b->job_queue_ref.set + b->job_queue_arn.set + b->job_queue_param.set,
           "job_queue_ref, job_queue_arn and job_queue_param", "job_queue_ref: work");
    one_of(ds, &it->name,
           b->job_definition_ref.set + b->job_definition_arn.set + b->job_definition_param.set +
               (b->job_definition.p != NULL),
           "job_definition_ref, job_definition_arn, job_definition_param and job_definition",
           "job_definition_ref: resize");
    if (o && o->command.node && b->command.node)
        diag_error(ds, "conflict", b->command.node->span,
                   "'command' stands in container_overrides as well");
    if (o && o->environment.node && b->environment.node)
        diag_error(ds, "conflict", b->environment.node->span,
                   "'environment' stands in container_overrides as well");
    if (b->job_definition.p)
        batch_check_definition(ds, &it->name, b->role, b->job_definition.p);
    else if (b->role.set)
        diag_error(ds, "conflict", b->role.span, "'role' goes with 'job_definition' only");
}

/* ---- queue and definition ------------------------------------------------------------------- */

/* ARNs below `kind` in this account: what a run-time value may turn out to be. */
static struct node *any_of(struct plan *p, const char *kind)
{
    return plan_sub(p, "arn:${AWS::Partition}:batch:${AWS::Region}:${AWS::AccountId}:%s/*", kind);
}

static void put_arn(struct plan *p, const struct step *s, struct state *t, const char *key,
                    struct vstr arn, const char *kind)
{
    task_arg(p, t, key, arn);
    struct node *resource = arn.runtime ? any_of(p, kind) : plan_str(p, arn.s);
    plan_grant(p, s, "batch:SubmitJob", resource, "submits a job");
}

static void put_parameter(struct plan *p, const struct step *s, struct state *t, const char *key,
                          struct vstr parameter)
{
    struct node *value = batch_parameter(p, parameter.s);
    struct str name = plan_placeholder_name(p, parameter.s, key);
    task_arg_node(p, t, key, plan_placeholder(p, name, value));
    plan_grant(p, s, "batch:SubmitJob", value, "submits a job");
}

static const struct resource *put_queue(struct plan *p, const struct step *s, struct state *t)
{
    const struct batch_step *b = s->item.body;
    if (b->job_queue_arn.set) {
        put_arn(p, s, t, "JobQueue", b->job_queue_arn, "job-queue");
    } else if (b->job_queue_param.set) {
        put_parameter(p, s, t, "JobQueue", b->job_queue_param);
    } else {
        struct resource *r = plan_find(p, b->job_queue_ref, "batch_job_queue");
        if (!r)
            return NULL;
        struct str name = plan_placeholder_name(p, b->job_queue_ref.s, "QueueArn");
        task_arg_node(p, t, "JobQueue", plan_placeholder(p, name, plan_ref(p, r)));
        plan_grant(p, s, "batch:SubmitJob", plan_ref(p, r), "submits a job");
        return r;
    }
    return NULL;
}

/* A job definition's Ref ends in its revision; executions that began before an update go on with
 * the one they know. */
static void grant_definition(struct plan *p, const struct step *s, const struct resource *r)
{
    const struct node *name = node_get(r->props, S("JobDefinitionName"));
    plan_grant(p, s, "batch:SubmitJob",
               plan_sub(p,
                        "arn:${AWS::Partition}:batch:${AWS::Region}:${AWS::AccountId}:"
                        "job-definition/%.*s:*",
                        STR(name->str)),
               "submits a job");
}

static const struct resource *put_definition(struct plan *p, const struct step *s, struct state *t)
{
    const struct batch_step *b = s->item.body;
    if (!b->job_definition.p)
        plan_own_role(p, &s->item, NULL);
    if (b->job_definition_arn.set) {
        put_arn(p, s, t, "JobDefinition", b->job_definition_arn, "job-definition");
        struct str arn = b->job_definition_arn.s;
        bool revision = arn.n && ascii_is_digit(arn.p[arn.n - 1]) &&
                        str_rfind_char(arn, ':') > str_rfind_char(arn, '/');
        if (!b->job_definition_arn.runtime && !revision)
            plan_grant(p, s, "batch:SubmitJob", plan_textf(p, "%.*s:*", STR(arn)), "submits a job");
        return NULL;
    }
    if (b->job_definition_param.set) {
        put_parameter(p, s, t, "JobDefinition", b->job_definition_param);
        return NULL;
    }
    struct resource *r = b->job_definition.p
                             ? batch_add_definition(p, &s->item, b->role, b->job_definition.p)
                             : plan_find(p, b->job_definition_ref, "batch_job_definition");
    if (!r)
        return NULL;
    struct str own = b->job_definition.p ? s->item.name.s : b->job_definition_ref.s;
    struct str name = plan_placeholder_name(p, own, "JobDefinitionArn");
    task_arg_node(p, t, "JobDefinition", plan_placeholder(p, name, plan_ref(p, r)));
    grant_definition(p, s, r);
    return r;
}

static void same_platform(struct plan *p, const struct step *s, const struct resource *queue,
                          const struct resource *definition)
{
    if (!queue || !definition || batch_is_fargate(p, queue) == batch_is_fargate(p, definition))
        return;
    bool fargate = batch_is_fargate(p, queue);
    struct diag *d = diag_error(p->ds, "conflict", s->item.name.span,
                                "the queue is for %s, but the job definition is for %s",
                                fargate ? "Fargate" : "EC2", fargate ? "EC2" : "Fargate");
    diag_help(d, "write 'platform: %s' in the job definition", fargate ? "FARGATE" : "EC2");
    diag_note(d, definition->span, "the job definition");
    diag_note(d, queue->span, "the queue");
}

/* ---- overrides ------------------------------------------------------------------------------ */

/* Batch wants numbers as text, at run time as well. */
static void require(struct plan *p, struct node *list, const char *type, struct str path,
                    struct node *value)
{
    struct node *n = plan_map(p);
    plan_put_text(p, n, "Type", type);
    if (path.n)
        plan_put(p, n, "Value.$", plan_textf(p, "States.Format('{}', %.*s)", STR(path)));
    else
        plan_put(p, n, "Value", value);
    node_push(p->arena, list, n);
}

static void require_int(struct plan *p, struct node *list, const char *type, struct vint v)
{
    if (v.set)
        require(p, list, type, v.path, plan_textf(p, "%lld", (long long)v.v));
}

static struct node *requirements(struct plan *p, const struct overrides *o)
{
    struct node *list = plan_list(p);
    const struct node *v = o->vcpus.node;
    if (v && is_path(v))
        require(p, list, "VCPU", v->str, NULL);
    else if (v)
        require(p, list, "VCPU", (struct str){ 0 },
                plan_textf(p, "%g", v->kind == NODE_INT ? (double)v->integer : v->number));
    require_int(p, list, "MEMORY", o->memory);
    require_int(p, list, "GPU", o->gpu_count);
    return list;
}

static struct node *overrides_of(struct plan *p, const struct batch_step *b)
{
    static const struct overrides NONE;
    const struct overrides *o = b->container_overrides.p ? b->container_overrides.p : &NONE;
    struct node *n = plan_map(p);
    plan_put_words(p, n, "Command", o->command.node ? o->command.node : b->command.node);
    plan_put_variables(p, n, "Environment",
                       o->environment.node ? o->environment.node : b->environment.node);
    struct node *list = requirements(p, o);
    if (list->seq.n)
        plan_put(p, n, "ResourceRequirements", list);
    return n->map.n ? n : NULL;
}

static struct node *dependencies(struct plan *p, const struct batch_step *b)
{
    struct node *list = plan_list(p);
    const struct dependency *d = b->depends_on.items;
    for (size_t i = 0; i < b->depends_on.n; i++) {
        struct node *n = plan_map(p);
        if (d[i].job_id.set)
            plan_put(p, n, d[i].job_id.runtime ? "JobId.$" : "JobId", plan_str(p, d[i].job_id.s));
        if (d[i].type.set)
            plan_put(p, n, "Type", plan_str(p, d[i].type.s));
        node_push(p->arena, list, n);
    }
    return list->seq.n ? list : NULL;
}

/* {key: value}, or NULL without a value. */
static struct node *holder(struct plan *p, const char *key, struct vint v, int64_t dflt)
{
    if (!v.set && !dflt)
        return NULL;
    struct node *n = plan_map(p);
    if (v.path.n)
        plan_put(p, n, arena_printf(p->arena, "%s.$", key).p, plan_str(p, v.path));
    else
        plan_put(p, n, key, plan_int(p, v.set ? v.v : dflt));
    return n;
}

/* ---- lowering ------------------------------------------------------------------------------- */

static void grant_waiting(struct plan *p, const struct step *s)
{
    plan_grant(p, s, "batch:TerminateJob", any_of(p, "job"),
               "ends its job when the execution is stopped");
    plan_grant_any(
        p, p->machine_role, "batch:DescribeJobs", s->item.name.span,
        arena_printf(p->arena, "step '%.*s' waits for its job to end", STR(s->item.name.s)));
    plan_grant_sync_rule(p, s, "StepFunctionsGetEventsForBatchJobsRule");
}

/* `timeout` is Batch's: a state's own would count the time in the queue as well. */
static struct step *without_timeout(struct plan *p, const struct step *s)
{
    struct step *copy = arena_make(p->arena, struct step);
    *copy = *s;
    copy->common.timeout = (struct vint){ 0 };
    return copy;
}

static void lower_step(struct plan *p, const struct step *step)
{
    const struct step *s = without_timeout(p, step);
    const struct batch_step *b = s->item.body;
    bool waits = b->wait_for_completion.v;
    struct state *t =
        plan_add_task(p, s, "Batch: ", waits ? "batch:submitJob.sync" : "batch:submitJob");
    task_arg(p, t, "JobName", plan_job_name(p, s, BATCH_NAME_MAX));
    const struct resource *queue = put_queue(p, s, t);
    const struct resource *definition = put_definition(p, s, t);
    same_platform(p, s, queue, definition);
    const struct batch_definition *known = b->job_definition.p
                                               ? b->job_definition.p
                                               : batch_find_definition(p, b->job_definition_ref.s);
    task_arg_node(p, t, "ArrayProperties", holder(p, "Size", b->array_size, 0));
    task_arg_node(p, t, "ContainerOverrides", overrides_of(p, b));
    task_arg_node(p, t, "DependsOn", dependencies(p, b));
    task_arg_node(p, t, "Parameters", b->parameters.node);
    if (b->propagate_tags.v)
        task_arg_node(p, t, "PropagateTags", plan_bool(p, true));
    task_arg_node(p, t, "RetryStrategy",
                  holder(p, "Attempts", b->attempts, known && batch_has_retries(known) ? 0 : 1));
    task_arg(p, t, "ShareIdentifier", b->share_identifier);
    task_arg_int(p, t, "SchedulingPriorityOverride", b->priority);
    task_arg_node(p, t, "Tags", b->tags.node);
    task_arg_node(p, t, "Timeout",
                  holder(p, "AttemptDurationSeconds", b->timeout,
                         known && batch_has_timeout(known) ? 0 : 3600));
    if (b->tags.node)
        plan_grant(p, s, "batch:TagResource", any_of(p, "job"), "tags its job");
    if (waits)
        grant_waiting(p, s);
}

/* ---- engine --------------------------------------------------------------------------------- */

static const struct kind kinds[] = {
    { .type = "batch",
      .roles = ROLE_STEP,
      .doc = "Runs a job in AWS Batch.",
      .source = "Step Functions, Run AWS Batch workloads",
      .example = "job_queue_arn: arn:aws:batch:eu-west-1:111122223333:job-queue/work\n"
                 "job_definition_arn: arn:aws:batch:eu-west-1:111122223333:job-definition/count:3\n"
                 "command: [--day, $.day]\n",
      .fields = &step_fields,
      .check = check_step,
      .lower_step = lower_step },
};

const struct engine engine_batch_job = {
    .abi = ENGINE_ABI,
    .name = "batch_job",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
