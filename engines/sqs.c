/* Amazon SQS: queues, and the step that sends to one.
 * Written from AWS::SQS::Queue and the Step Functions page on SQS. */
#include "plan/plan.h"
#include "schema/bind.h"

/* ---- queue ---------------------------------------------------------------------------------- */

struct queue {
    struct vbool fifo;
    struct vint visibility_timeout, retention, max_receive_count;
};

#define F(kind, name, ...) FIELD_##kind(struct queue, name, __VA_ARGS__)
static const struct field queue_rows[] = {
    F(BOOL, fifo, .dflt = "false", .doc = "First in, first out; the name then ends in .fifo.",
      .source = "AWS::SQS::Queue, FifoQueue"),
    F(INT, visibility_timeout, .unit = "seconds", .min = 0, .max = 43200, .dflt = "30",
      .doc = "How long a received message is hidden from others.",
      .source = "AWS::SQS::Queue, VisibilityTimeout"),
    F(INT, retention, .unit = "seconds", .min = 60, .max = 1209600, .dflt = "345600",
      .doc = "How long a message is kept.", .source = "AWS::SQS::Queue, MessageRetentionPeriod"),
    F(INT, max_receive_count, .min = 1, .max = 1000,
      .doc = "Move a message to a dead-letter queue after it was received this often."),
};
#undef F
static const struct fields queue_fields =
    FIELDS(struct queue, "sqs_queue", queue_rows, .doc = "An SQS queue.");

static void check_queue(struct diags *ds, const struct item *it)
{
    struct str name = it->name.s;
    for (size_t i = 0; i < name.n; i++)
        if (!ascii_is_alnum(name.p[i]) && name.p[i] != '-' && name.p[i] != '_') {
            struct diag *d =
                diag_error(ds, "bad-name", it->name.span, "'%.*s' cannot name a queue", STR(name));
            diag_help(d, "use letters, digits, '-' and '_'");
            return;
        }
}

static struct resource *add_queue(struct plan *p, const struct item *it, const char *suffix)
{
    const struct queue *q = it->body;
    const char *fifo = q->fifo.v ? ".fifo" : "";
    struct str name = arena_printf(p->arena, "%.*s%s", STR(it->name.s), suffix);
    struct resource *r = plan_add_resource(p, name, "Queue", "AWS::SQS::Queue", it->name.span);
    struct str full = plan_physical_name(p, name, 80 - strlen(fifo));
    res_put(p, r, "QueueName", plan_textf(p, "%.*s%s", STR(full), fifo));
    if (q->fifo.v)
        res_put(p, r, "FifoQueue", plan_bool(p, true));
    res_put_int(p, r, "MessageRetentionPeriod", q->retention);
    res_put(p, r, "SqsManagedSseEnabled", plan_bool(p, true));
    r->deletion_policy = "Delete";
    return r;
}

static void lower_queue(struct plan *p, const struct item *it)
{
    const struct queue *q = it->body;
    struct resource *r = add_queue(p, it, "");
    res_put_int(p, r, "VisibilityTimeout", q->visibility_timeout);
    if (q->max_receive_count.set) {
        struct node *policy = plan_map(p);
        plan_put(p, policy, "deadLetterTargetArn", plan_attr(p, add_queue(p, it, "-dead"), "Arn"));
        plan_put(p, policy, "maxReceiveCount", plan_int(p, q->max_receive_count.v));
        res_put(p, r, "RedrivePolicy", policy);
    }
    plan_publish(p, it, r, "sqs_queue");
}

/* ---- send ----------------------------------------------------------------------------------- */

struct send {
    struct vstr queue_ref, queue_url, queue_arn, message_group_id, message_deduplication_id;
    struct vany message, message_attributes;
    struct vint delay;
    struct vbool wait_for_callback;
};

#define F(kind, name, ...) FIELD_##kind(struct send, name, __VA_ARGS__)
static const struct field send_rows[] = {
    F(STR, queue_ref, .aliases = WORDS("queue_name"), .example = "work",
      .doc = "An sqs_queue of this pipeline."),
    F(STR, queue_url, .runtime = true, .doc = "URL of another queue; needs queue_arn as well."),
    F(STR, queue_arn, .check = check_names_one,
      .doc = "ARN of the queue behind queue_url: what the pipeline may send to."),
    F(ANY, message, .required = true, .aliases = WORDS("message_body"), .example = "{id: $.id}",
      .doc = "What to send: text, data, or a run-time path.", .source = "SQS SendMessage"),
    F(STR, message_group_id, .runtime = true, .doc = "FIFO: the group.",
      .source = "SQS SendMessage"),
    F(STR, message_deduplication_id, .runtime = true, .doc = "FIFO: tells repeats.",
      .source = "SQS SendMessage"),
    F(MAP, message_attributes, .doc = "Attributes, as SendMessage has them."),
    F(INT, delay, .unit = "seconds", .min = 0, .max = 900, .runtime = true,
      .doc = "Hide the message for this long.", .source = "SQS SendMessage, DelaySeconds"),
    F(BOOL, wait_for_callback, .dflt = "false",
      .doc =
          "Wait until somebody returns the task token, which the message has as task_token unless "
          "you put $$.Task.Token elsewhere."),
};
#undef F
static const struct fields send_fields =
    FIELDS(struct send, "sqs_send", send_rows, .doc = "Sends a message to a queue.");

static void check_send(struct diags *ds, const struct item *it)
{
    const struct send *b = it->body;
    if (b->queue_ref.set == b->queue_url.set) {
        struct diag *d =
            diag_error(ds, b->queue_ref.set ? "conflict" : "missing-key", it->name.span,
                       "sqs_send takes %s of 'queue_ref' and "
                       "'queue_url'",
                       b->queue_ref.set ? "only one" : "one");
        if (!b->queue_ref.set)
            diag_help(d, "for example 'queue_ref: work'");
    }
    if (b->queue_url.set && !b->queue_arn.set)
        diag_error(ds, "missing-key", b->queue_url.span,
                   "'queue_url' needs 'queue_arn': the permission is for an ARN");
}

static void lower_send(struct plan *p, const struct step *s)
{
    const struct send *b = s->item.body;
    struct state *t = plan_add_task(
        p, s, "SQS: ", plan_callback_resource(p, "sqs:sendMessage", b->wait_for_callback.v));
    plan_check_callback_time(p, s, b->wait_for_callback.v);
    if (b->queue_url.set) {
        task_arg(p, t, "QueueUrl", b->queue_url);
        plan_grant(p, s, "sqs:SendMessage", plan_str(p, b->queue_arn.s), "sends to the queue");
    } else {
        struct resource *q = plan_find(p, b->queue_ref, "sqs_queue");
        if (!q)
            return;
        struct str name = plan_placeholder_name(p, b->queue_ref.s, "QueueUrl");
        task_arg_node(p, t, "QueueUrl", plan_placeholder(p, name, plan_ref(p, q)));
        plan_grant(p, s, "sqs:SendMessage", plan_attr(p, q, "Arn"), "sends to the queue");
    }
    task_arg_node(p, t, "MessageBody",
                  plan_callback_data(p, s, b->wait_for_callback.v, b->message.node, "message",
                                     PLAN_TOKEN_KEY));
    task_arg_node(p, t, "MessageAttributes", b->message_attributes.node);
    task_arg(p, t, "MessageGroupId", b->message_group_id);
    task_arg(p, t, "MessageDeduplicationId", b->message_deduplication_id);
    task_arg_int(p, t, "DelaySeconds", b->delay);
}

/* ---- engine --------------------------------------------------------------------------------- */

static const struct kind kinds[] = {
    { .type = "sqs_queue",
      .roles = ROLE_RESOURCE,
      .doc = "An SQS queue.",
      .source = "AWS::SQS::Queue",
      .example = "visibility_timeout: 60\n"
                 "max_receive_count: 5\n",
      .fields = &queue_fields,
      .check = check_queue,
      .lower_resource = lower_queue },
    { .type = "sqs_send",
      .roles = ROLE_STEP,
      .doc = "Sends a message to a queue.",
      .source = "Step Functions, Create workflows with Amazon SQS",
      .example = "queue_url: https://sqs.eu-west-1.amazonaws.com/111122223333/work\n"
                 "queue_arn: arn:aws:sqs:eu-west-1:111122223333:work\n"
                 "message: {id: $.id}\n",
      .fields = &send_fields,
      .check = check_send,
      .lower_step = lower_send },
};

const struct engine engine_sqs = {
    .abi = ENGINE_ABI,
    .name = "sqs",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
