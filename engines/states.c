/* AWS Step Functions itself: nested executions and activities.
 * Written from the Step Functions pages "Start a new workflow from a running execution",
 * "Activities" and "IAM policies for calling other Step Functions workflows". */
#include "plan/plan.h"
#include "schema/bind.h"

/* ---- nested execution ----------------------------------------------------------------------- */

struct nested {
    struct vstr pipeline, state_machine_arn;
    struct vany input;
    struct venum wait;
    struct vbool wait_for_callback;
};
enum { RESULT, START, CALLBACK };

#define F(kind, name, ...) FIELD_##kind(struct nested, name, __VA_ARGS__)
static const struct field nested_rows[] = {
    F(STR, pipeline, .min = 1, .example = "reviews",
      .doc = "Another pipeline of this project, by its id."),
    F(STR, state_machine_arn, .check = check_names_one,
      .doc = "ARN of any state machine, in place of a pipeline."),
    F(ANY, input,
      .doc = "The execution's input; all of the data by default. The id of this "
             "execution goes along, so that the console links the two.",
      .source = "StartExecution, Input"),
    F(ENUM, wait, .values = WORDS("result", "start", "callback"), .dflt = "result",
      .doc =
          "result: until it ends, and take its output; start: only until it has begun; callback: "
          "until somebody returns the task token, which the input has as task_token unless you put "
          "$$.Task.Token elsewhere."),
    F(BOOL, wait_for_callback, .dflt = "false", .doc = "The same as wait: callback."),
};
#undef F
static const struct fields nested_fields =
    FIELDS(struct nested, "state_machine", nested_rows, .doc = "Runs another state machine.");

static bool is_pipeline_id(struct str id)
{
    bool good = id.n && id.p[0] != '.' && str_find(id, S(".."), 0) == SIZE_MAX;
    for (size_t i = 0; good && i < id.n; i++)
        good = ascii_is_alnum(id.p[i]) || memchr("._-", id.p[i], 3);
    return good;
}

static void check_nested(struct diags *ds, const struct item *it)
{
    const struct nested *n = it->body;
    if (n->pipeline.set == n->state_machine_arn.set) {
        struct diag *d = diag_error(ds, n->pipeline.set ? "conflict" : "missing-key", it->name.span,
                                    "state_machine takes %s of 'pipeline' and "
                                    "'state_machine_arn'",
                                    n->pipeline.set ? "only one" : "one");
        if (!n->pipeline.set)
            diag_help(d, "for example 'pipeline: reviews'");
    }
    if (n->pipeline.set && !is_pipeline_id(n->pipeline.s)) {
        struct diag *d = diag_error(ds, "bad-name", n->pipeline.span, "'%.*s' is no pipeline's id",
                                    STR(n->pipeline.s));
        diag_help(d, "an id is the file's path below configs/ without '.yaml', with dots for '/'");
    }
    if (n->state_machine_arn.set &&
        str_find(n->state_machine_arn.s, S(":stateMachine:"), 0) == SIZE_MAX)
        diag_error(ds, "bad-arn", n->state_machine_arn.span, "'%.*s' is no ARN of a state machine",
                   STR(n->state_machine_arn.s));
    if (n->wait_for_callback.v && n->wait.set && n->wait.v != CALLBACK)
        diag_error(ds, "conflict", n->wait.span, "'wait_for_callback' is 'wait: callback'");
}

/* A pipeline's full name at this stage, made as project.c makes it. */
static struct str sibling(struct plan *p, struct str id)
{
    struct str own = p->pipeline->id, full = p->pipeline->full_name;
    struct str name =
        arena_printf(p->arena, "%.*s%.*s", STR(id), (int)(full.n - own.n), full.p + own.n);
    char *out = (char *)name.p;
    for (size_t i = 0; i < id.n; i++)
        if (out[i] == '.')
            out[i] = '-';
    return name;
}

static struct node *machine_arn(struct plan *p, const struct nested *n)
{
    if (n->state_machine_arn.set)
        return plan_str(p, n->state_machine_arn.s);
    return plan_sub(p,
                    "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:"
                    "stateMachine:%.*s",
                    STR(sibling(p, n->pipeline.s)));
}

/* Its executions: arn:…:execution:NAME:*, by name alone where the machine's ARN is spelled out. */
static const struct node *executions_arn(struct plan *p, const struct nested *n)
{
    struct str arn = n->state_machine_arn.s;
    if (!n->state_machine_arn.set)
        return plan_sub(p,
                        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:"
                        "execution:%.*s:*",
                        STR(sibling(p, n->pipeline.s)));
    size_t at = str_find(arn, S(":stateMachine:"), 0);
    return plan_textf(p, "%.*s:execution:%.*s:*", (int)at, arn.p, (int)(arn.n - at - 14),
                      arn.p + at + 14);
}

static struct node *input_of(struct plan *p, const struct step *s, bool wait)
{
    const struct nested *n = s->item.body;
    struct node *input = plan_map(p);
    if (n->input.node && n->input.node->kind == NODE_MAP)
        for (size_t i = 0; i < n->input.node->map.n; i++) {
            const struct node_entry *e = &n->input.node->map.entries[i];
            node_put(p->arena, input, e->key, e->key_span, e->value);
        }
    else
        plan_put(p, input, "input",
                 n->input.node ? (struct node *)n->input.node : plan_text(p, "$"));
    plan_put_text(p, input, "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID", "$$.Execution.Id");
    return (struct node *)plan_callback_data(p, s, wait, input, "input", PLAN_TOKEN_KEY);
}

static void lower_nested(struct plan *p, const struct step *s)
{
    static const char *const RESOURCES[] = { "states:startExecution.sync:2",
                                             "states:startExecution",
                                             "states:startExecution.waitForTaskToken" };
    const struct nested *n = s->item.body;
    int wait = n->wait_for_callback.v ? CALLBACK : n->wait.v;
    struct state *t = plan_add_task(p, s, "State Machine: ", RESOURCES[wait]);
    struct node *arn = machine_arn(p, n);
    struct str name = plan_placeholder_name(p, s->item.name.s, "StateMachineArn");
    task_arg_node(p, t, "StateMachineArn", plan_placeholder(p, name, arn));
    task_arg_node(p, t, "Input", input_of(p, s, wait == CALLBACK));
    plan_check_callback_time(p, s, wait == CALLBACK);
    if (wait == RESULT && !s->common.result_selector.node) {
        struct node *selector = plan_map(p);
        plan_put_text(p, selector, "output.$", "$.Output");
        plan_put(p, t->body, "ResultSelector", selector);
    }
    plan_grant(p, s, "states:StartExecution", arn, "starts it");
    if (wait != RESULT)
        return;
    plan_grant(p, s, "states:DescribeExecution", executions_arn(p, n), "waits for it to end");
    plan_grant(p, s, "states:StopExecution", executions_arn(p, n), "stops it along with itself");
    plan_grant_sync_rule(p, s, "StepFunctionsGetEventsForStepFunctionsExecutionRule");
}

/* ---- activity ------------------------------------------------------------------------------- */

struct activity {
    struct vstr activity_arn;
    struct vany parameters;
};

#define F(kind, name, ...) FIELD_##kind(struct activity, name, __VA_ARGS__)
static const struct field activity_rows[] = {
    F(STR, activity_arn, .check = check_names_one,
      .doc = "ARN of an existing activity; by default the pipeline makes one."),
    F(ANY, parameters, .doc = "What the worker gets; all of the data by default."),
};
#undef F
static const struct fields activity_fields =
    FIELDS(struct activity, "activity", activity_rows, .doc = "Waits for a worker of yours.");

static void check_activity(struct diags *ds, const struct item *it)
{
    const struct activity *a = it->body;
    if (!a->activity_arn.set || str_find(a->activity_arn.s, S(":activity:"), 0) != SIZE_MAX)
        return;
    struct diag *d = diag_error(ds, "bad-arn", a->activity_arn.span,
                                "'%.*s' is no ARN of an activity", STR(a->activity_arn.s));
    diag_help(d, "for example 'arn:aws:states:eu-west-1:111122223333:activity:worker'");
}

static void lower_activity(struct plan *p, const struct step *s)
{
    const struct activity *a = s->item.body;
    struct state *t = plan_add_state(p, s, "Task", "Activity: ");
    struct node *arn;
    if (a->activity_arn.set) {
        arn = node_str(p->arena, a->activity_arn.span, a->activity_arn.s);
    } else {
        struct resource *r = plan_add_resource(p, s->item.name.s, "Activity",
                                               "AWS::StepFunctions::Activity", s->item.name.span);
        res_put(p, r, "Name", plan_str(p, plan_physical_name(p, s->item.name.s, 80)));
        arn = plan_placeholder(p, plan_placeholder_name(p, s->item.name.s, "ActivityArn"),
                               plan_ref(p, r));
    }
    plan_put(p, t->body, "Resource", arn);
    if (a->parameters.node)
        plan_put(p, t->body, "Parameters", plan_payload(p, a->parameters.node));
}

/* ---- engine --------------------------------------------------------------------------------- */

static const struct kind kinds[] = {
    { .type = "activity",
      .roles = ROLE_STEP,
      .doc = "Waits for a worker of yours.",
      .source = "Step Functions, Activities",
      .example = "parameters: {id: $.id}\n"
                 "timeout: 3600\n"
                 "heartbeat: 60\n",
      .fields = &activity_fields,
      .check = check_activity,
      .lower_step = lower_activity },
    { .type = "state_machine",
      .roles = ROLE_STEP,
      .doc = "Runs another state machine.",
      .source = "Step Functions, Start a new workflow from a running execution",
      .example = "state_machine_arn: arn:aws:states:eu-west-1:111122223333:stateMachine:other\n"
                 "input: {id: $.id}\n",
      .fields = &nested_fields,
      .check = check_nested,
      .lower_step = lower_nested },
};

const struct engine engine_states = {
    .abi = ENGINE_ABI,
    .name = "states",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
