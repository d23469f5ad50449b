/* Amazon EventBridge Pipes: triggers that start the pipeline for each message of a queue or topic.
 * A topic cannot start a state machine; its messages go through a queue of their own.
 * Written from AWS::Pipes::Pipe, AWS::SNS::Subscription, AWS::SQS::QueuePolicy, and the user guides
 * ("Fanout to Amazon SQS queues", "EventBridge Pipes input transformation"). */
#include "model/s3_event.h"
#include "plan/plan.h"
#include "sns.h"

/* ---- fields --------------------------------------------------------------------------------- */

struct queue_event {
    struct vstr queue_ref, queue_arn;
    struct vany payload;
    struct vbool enabled;
};
struct topic_event {
    struct vstr topic_ref, topic_arn;
    struct vany filter, payload;
    struct venum filter_by;
    struct vint max_receive_count;
    struct vbool enabled;
};

static const char PAYLOAD[] = "What the pipeline gets as input; paths look into the message, which "
                              "is the input by default.";

#define F(kind, name, ...) FIELD_##kind(struct queue_event, name, __VA_ARGS__)
static const struct field queue_rows[] = {
    F(STR, queue_ref, .example = "work", .doc = "An sqs_queue of this pipeline."),
    F(STR, queue_arn, .check = check_names_one, .doc = "ARN of another queue.",
      .example = "\"arn:aws:sqs:eu-west-1:111122223333:work\""),
    F(ANY, payload, .aliases = WORDS("input"), .check = event_check_payload,
      .example = "{id: $.id}", .doc = PAYLOAD),
    F(BOOL, enabled, .dflt = "true", .doc = "Whether the trigger is on."),
};
#undef F
static const struct fields queue_fields = FIELDS(struct queue_event, "sqs_event", queue_rows,
                                                 .doc = "Starts the pipeline for each message.");

enum { FILTER_BODY = 1 };

#define F(kind, name, ...) FIELD_##kind(struct topic_event, name, __VA_ARGS__)
static const struct field topic_rows[] = {
    F(STR, topic_ref, .aliases = WORDS("topic_name"), .example = "uploads",
      .doc = "An sns_topic of this pipeline."),
    F(STR, topic_arn, .check = check_names_one, .doc = "ARN of another topic.",
      .example = "\"arn:aws:sns:eu-west-1:111122223333:uploads\""),
    F(MAP, filter, .example = "{kind: [order]}", .doc = "Only messages that match.",
      .source = "Amazon SNS developer guide, message filtering"),
    F(ENUM, filter_by, .values = WORDS("attributes", "body"), .dflt = "attributes",
      .doc = "What the filter looks at."),
    F(ANY, payload, .aliases = WORDS("input"), .check = event_check_payload,
      .example = "{id: $.id}", .doc = PAYLOAD),
    F(INT, max_receive_count, .min = 1, .max = 1000, .dflt = "5",
      .doc = "Give a message up, and keep it for 14 days, when it could not start the pipeline "
             "this often."),
    F(BOOL, enabled, .dflt = "true", .doc = "Whether the trigger is on."),
};
#undef F
static const struct fields topic_fields = FIELDS(struct topic_event, "sns_event", topic_rows,
                                                 .doc = "Starts the pipeline for each message.");

/* ---- checks --------------------------------------------------------------------------------- */

static void check_arn(struct diags *ds, const char *key, const struct vstr *arn)
{
    if (!arn->set || str_starts(arn->s, S("arn:")))
        return;
    struct diag *d =
        diag_error(ds, "bad-arn", arn->span, "'%s' is '%.*s', no ARN", key, STR(arn->s));
    diag_help(d, "an ARN begins with arn:aws:");
}

static void check_queue_event(struct diags *ds, const struct item *it)
{
    const struct queue_event *q = it->body;
    check_arn(ds, "queue_arn", &q->queue_arn);
    if (q->queue_ref.set != q->queue_arn.set)
        return;
    struct diag *d =
        diag_error(ds, q->queue_arn.set ? "conflict" : "missing-key", q->queue_arn.span,
                   "the trigger takes %s of 'queue_ref' and 'queue_arn'",
                   q->queue_arn.set ? "only one" : "one");
    if (!q->queue_arn.set)
        diag_help(d, "for example 'queue_ref: work'");
}

static void check_topic_event(struct diags *ds, const struct item *it)
{
    const struct topic_event *t = it->body;
    check_arn(ds, "topic_arn", &t->topic_arn);
    sns_check_source(ds, S("the trigger"), &t->topic_ref, &t->topic_arn);
    if (t->filter_by.set && !t->filter.node)
        diag_error(ds, "missing-key", t->filter_by.span, "'filter_by' goes with 'filter'");
}

/* ---- pipe ----------------------------------------------------------------------------------- */

static struct node *target_parameters(struct plan *p, const struct node *payload)
{
    struct node *n = plan_map(p);
    plan_put(p, n, "InputTemplate", plan_str(p, plan_message_template(p, payload)));
    plan_put(p, n, "StepFunctionStateMachineParameters",
             plan_call(p, "InvocationType", plan_text(p, "FIRE_AND_FORGET")));
    return n;
}

/* What a pipe asks of its queue. Source: EventBridge Pipes, "Execution role permissions". */
static void grant_queue(struct plan *p, struct role_decl *role, const struct item *it,
                        const struct node *queue)
{
    static const char *const ACTIONS[] = { "sqs:ReceiveMessage", "sqs:DeleteMessage",
                                           "sqs:GetQueueAttributes" };
    for (size_t i = 0; i < sizeof ACTIONS / sizeof *ACTIONS; i++)
        plan_grant_to(p, role, ACTIONS[i], queue, it->name.span,
                      arena_printf(p->arena, "trigger '%.*s' takes messages", STR(it->name.s)));
}

static bool add_pipe(struct plan *p, const struct item *it, struct node *queue,
                     const struct node *payload, bool enabled)
{
    struct str who = arena_printf(p->arena, "trigger '%.*s'", STR(it->name.s));
    struct role_decl *role = plan_add_starter(p, it->name, "pipes.amazonaws.com", who);
    if (!role)
        return false;
    grant_queue(p, role, it, queue);
    struct resource *r =
        plan_add_resource(p, it->name.s, "Pipe", "AWS::Pipes::Pipe", it->name.span);
    res_put(p, r, "RoleArn", plan_role_arn(p, role));
    res_put(p, r, "Source", queue);
    res_put(p, r, "SourceParameters",
            plan_call(p, "SqsQueueParameters", plan_call(p, "BatchSize", plan_int(p, 1))));
    res_put(p, r, "Target", plan_ref(p, p->machine_resource));
    res_put(p, r, "TargetParameters", target_parameters(p, payload));
    if (!enabled)
        res_put(p, r, "DesiredState", plan_text(p, "STOPPED"));
    p->batched = true;
    return true;
}

static void lower_queue_event(struct plan *p, const struct item *it)
{
    const struct queue_event *q = it->body;
    if (q->queue_arn.set) {
        add_pipe(p, it, plan_str(p, q->queue_arn.s), q->payload.node, q->enabled.v);
        return;
    }
    struct resource *queue = plan_find(p, q->queue_ref, "sqs_queue");
    if (queue)
        add_pipe(p, it, plan_attr(p, queue, "Arn"), q->payload.node, q->enabled.v);
}

/* ---- from a topic --------------------------------------------------------------------------- */

enum { RETENTION_S = 14 * 86400 };

static struct resource *add_queue(struct plan *p, const struct item *it, const char *suffix)
{
    struct resource *r = plan_add_resource(p, it->name.s, suffix, "AWS::SQS::Queue", it->name.span);
    res_put(p, r, "MessageRetentionPeriod", plan_int(p, RETENTION_S));
    res_put(p, r, "SqsManagedSseEnabled", plan_bool(p, true));
    r->deletion_policy = "Delete";
    return r;
}

/* The topic, and nobody else, may send to the queue. */
static void let_topic_send(struct plan *p, const struct item *it, struct resource *queue,
                           struct node *topic)
{
    struct resource *r =
        plan_add_resource(p, it->name.s, "QueuePolicy", "AWS::SQS::QueuePolicy", it->name.span);
    struct node *statement = plan_map(p), *doc = plan_map(p), *queues = plan_list(p);
    plan_put_text(p, statement, "Effect", "Allow");
    plan_put(p, statement, "Principal", plan_call(p, "Service", plan_text(p, "sns.amazonaws.com")));
    plan_put_text(p, statement, "Action", "sqs:SendMessage");
    plan_put(p, statement, "Resource", plan_attr(p, queue, "Arn"));
    plan_put(p, statement, "Condition",
             plan_call(p, "ArnEquals", plan_call(p, "aws:SourceArn", topic)));
    struct node *statements = plan_list(p);
    node_push(p->arena, statements, statement);
    plan_put_text(p, doc, "Version", "2012-10-17");
    plan_put(p, doc, "Statement", statements);
    node_push(p->arena, queues, plan_ref(p, queue));
    res_put(p, r, "Queues", queues);
    res_put(p, r, "PolicyDocument", doc);
}

static void lower_topic_event(struct plan *p, const struct item *it)
{
    const struct topic_event *t = it->body;
    struct node *topic = sns_topic_arn(p, t->topic_ref, t->topic_arn);
    if (!topic)
        return;
    struct resource *queue = add_queue(p, it, "Queue"), *dead = add_queue(p, it, "DeadQueue");
    struct node *redrive = plan_map(p);
    plan_put(p, redrive, "deadLetterTargetArn", plan_attr(p, dead, "Arn"));
    plan_put(p, redrive, "maxReceiveCount", plan_int(p, t->max_receive_count.v));
    res_put(p, queue, "RedrivePolicy", redrive);
    if (!add_pipe(p, it, plan_attr(p, queue, "Arn"), t->payload.node, t->enabled.v))
        return;
    let_topic_send(p, it, queue, topic);
    struct resource *r = sns_subscribe(p, it->name, topic, "sqs", plan_attr(p, queue, "Arn"));
    res_put(p, r, "RawMessageDelivery", plan_bool(p, true));
    if (t->filter.node)
        res_put(p, r, "FilterPolicy", (struct node *)t->filter.node);
    if (t->filter.node && t->filter_by.v == FILTER_BODY)
        res_put(p, r, "FilterPolicyScope", plan_text(p, "MessageBody"));
}

/* ---- engine --------------------------------------------------------------------------------- */

static const struct kind kinds[] = {
    { .type = "sns_event",
      .roles = ROLE_TRIGGER,
      .doc = "Starts the pipeline for each message of a topic, through a queue and a pipe.",
      .source = "AWS::Pipes::Pipe",
      .example = "topic_arn: arn:aws:sns:eu-west-1:111122223333:orders\n"
                 "filter: {kind: [order]}\n"
                 "payload: {id: $.id}\n",
      .fields = &topic_fields,
      .check = check_topic_event,
      .lower_resource = lower_topic_event },
    { .type = "sqs_event",
      .roles = ROLE_TRIGGER,
      .doc = "Starts the pipeline for each message of a queue, through a pipe.",
      .source = "AWS::Pipes::Pipe",
      .example = "queue_arn: arn:aws:sqs:eu-west-1:111122223333:work\n"
                 "payload: {id: $.id}\n",
      .fields = &queue_fields,
      .check = check_queue_event,
      .lower_resource = lower_queue_event },
};

const struct engine engine_pipes = {
    .abi = ENGINE_ABI,
    .name = "pipes",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
