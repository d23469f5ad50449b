/* Step Functions, EventBridge Scheduler, CloudWatch Logs and ECR: the services that speak JSON. */
#include "fake_parts.h"

static struct str field(const struct node *in, const char *key)
{
    const struct node *n = node_get(in, str_from(key));
    return n && n->kind == NODE_STR ? n->str : (struct str){ 0 };
}

static void begin(struct json_writer *w, struct buf *out)
{
    buf_init(out, 0);
    json_writer_init(w, out, 0);
    json_begin_map(w);
}

static struct server_reply end(struct fake_call *c, struct json_writer *w, struct buf *out)
{
    json_end_map(w);
    return fake_json(c, out);
}

/* ---- Step Functions -------------------------------------------------------------------------- */

static struct fake_execution_data *find_execution(struct fake *f, struct str arn)
{
    for (size_t i = 0; i < f->executions.n; i++)
        if (str_eq(f->executions.p[i]->arn, arn))
            return f->executions.p[i];
    return NULL;
}

static struct server_reply start(struct fake_call *c, const struct node *in)
{
    struct fake *f = c->fake;
    struct json_writer w;
    struct buf out;
    struct str machine = field(in, "stateMachineArn"), name = field(in, "name");
    size_t cut = str_rfind_char(machine, ':');
    struct str arn = arena_printf(
        &f->arena, "arn:aws:states:" FAKE_REGION ":" FAKE_ACCOUNT ":execution:%.*s:%.*s",
        STR(cut == SIZE_MAX ? machine : str_sub(machine, cut + 1, machine.n)), STR(name));
    struct fake_execution_data *e = find_execution(f, arn);
    if (e && !str_eq(e->input, field(in, "input")))
        return fake_json_error(c, 400, "ExecutionAlreadyExists", "Execution Already Exists");
    if (!e) {
        e = arena_make(&f->arena, struct fake_execution_data);
        *e = (struct fake_execution_data){ .name = fake_keep(f, name),
                                           .arn = arn,
                                           .machine = fake_keep(f, machine),
                                           .input = fake_keep(f, field(in, "input")),
                                           .status = f->next_status,
                                           .events = f->next_events,
                                           .started = fake_now_ms() };
        vec_push(&f->arena, &f->executions, e);
    }
    begin(&w, &out);
    json_put_str(&w, "executionArn", e->arn);
    json_key(&w, S("startDate"));
    json_float(&w, (double)e->started / 1000);
    return end(c, &w, &out);
}

static void put_execution(struct json_writer *w, const struct fake_execution_data *e)
{
    json_put_str(w, "executionArn", e->arn);
    json_put_str(w, "stateMachineArn", e->machine);
    json_put_str(w, "name", e->name);
    json_put_str(w, "status", e->status);
    json_key(w, S("startDate"));
    json_float(w, (double)e->started / 1000);
    if (!str_eq(e->status, S("RUNNING"))) {
        json_key(w, S("stopDate"));
        json_float(w, (double)e->started / 1000 + 2);
    }
}

static struct server_reply describe(struct fake_call *c, const struct node *in)
{
    struct json_writer w;
    struct buf out;
    const struct fake_execution_data *e = find_execution(c->fake, field(in, "executionArn"));
    if (!e)
        return fake_json_error(c, 400, "ExecutionDoesNotExist", "Execution Does Not Exist");
    begin(&w, &out);
    put_execution(&w, e);
    json_put_str(&w, "input", e->input);
    if (str_eq(e->status, S("SUCCEEDED")))
        json_put_str(&w, "output", S("{\"done\":true}"));
    if (str_eq(e->status, S("FAILED"))) {
        json_put_str(&w, "error", S("Boom"));
        json_put_str(&w, "cause", S("it broke"));
    }
    return end(c, &w, &out);
}

static struct server_reply list(struct fake_call *c, const struct node *in)
{
    struct json_writer w;
    struct buf out;
    struct str want = field(in, "statusFilter");
    begin(&w, &out);
    json_key(&w, S("executions"));
    json_begin_list(&w);
    for (size_t i = c->fake->executions.n; i-- > 0;) {
        const struct fake_execution_data *e = c->fake->executions.p[i];
        if (!str_eq(e->machine, field(in, "stateMachineArn")) ||
            (want.n && !str_eq(want, e->status)))
            continue;
        json_begin_map(&w);
        put_execution(&w, e);
        json_end_map(&w);
    }
    json_end_list(&w);
    return end(c, &w, &out);
}

static struct server_reply history(struct fake_call *c, const struct node *in)
{
    struct json_writer w;
    struct buf out;
    const struct fake_execution_data *e = find_execution(c->fake, field(in, "executionArn"));
    if (!e)
        return fake_json_error(c, 400, "ExecutionDoesNotExist", "Execution Does Not Exist");
    begin(&w, &out);
    json_key(&w, S("events"));
    json_raw(&w, e->events.n ? e->events : S("[]"));
    return end(c, &w, &out);
}

/* ---- EventBridge Scheduler ------------------------------------------------------------------- */

/* UpdateSchedule wants these, and none that it does not know. */
static bool good_update(const struct node *in)
{
    static const char *const KEYS[] = { "FlexibleTimeWindow", "GroupName", "ScheduleExpression",
                                        "State", "Target" };
    size_t n = 0;
    for (; n < sizeof KEYS / sizeof *KEYS; n++)
        if (!node_get(in, str_from(KEYS[n])))
            return false;
    return in->map.n == n;
}

struct server_reply fake_scheduler(struct fake_call *c, struct str name)
{
    struct fake *f = c->fake;
    struct json_writer w;
    struct buf out;
    bool put = str_eq(c->request->method, S("PUT"));
    fake_note(f, put ? "UpdateSchedule" : "GetSchedule");
    if (put) {
        const struct node *in =
            json_read_node(c->arena, &f->ds, source_make(c->arena, S("in"), c->request->body));
        if (!in || in->kind != NODE_MAP || !good_update(in))
            return fake_json_error(c, 400, "ValidationException", "not what it was");
        struct str *state = arena_make(&f->arena, struct str);
        *state = fake_keep(f, field(in, "State"));
        map_put(&f->arena, &f->schedules, fake_keep(f, name), state);
    }
    const struct str *now = map_get(&f->schedules, name);
    begin(&w, &out);
    json_put_str(&w, "Arn", S("arn:aws:scheduler:" FAKE_REGION ":" FAKE_ACCOUNT ":schedule/x"));
    if (!put) {
        json_put_str(&w, "Name", name);
        json_put_str(&w, "GroupName", S("default"));
        json_put_str(&w, "State", now ? *now : S("ENABLED"));
        json_put_str(&w, "ScheduleExpression", S("rate(1 day)"));
        json_key(&w, S("FlexibleTimeWindow"));
        json_raw(&w, S("{\"Mode\": \"OFF\"}"));
        json_key(&w, S("Target"));
        json_raw(&w, S("{\"Arn\": \"machine\", \"RoleArn\": \"role\"}"));
        json_key(&w, S("CreationDate"));
        json_raw(&w, S("1.7672256E9"));
    }
    return end(c, &w, &out);
}

/* ---- Logs, ECR ------------------------------------------------------------------------------- */

static struct server_reply filter_log(struct fake_call *c, const struct node *in)
{
    struct json_writer w;
    struct buf out;
    const struct str *events = map_get(&c->fake->logs, field(in, "logGroupName"));
    if (!events)
        return fake_json_error(c, 400, "ResourceNotFoundException",
                               "The specified log group does not exist.");
    begin(&w, &out);
    json_key(&w, S("events"));
    json_raw(&w, *events);
    return end(c, &w, &out);
}

static struct server_reply describe_images(struct fake_call *c, const struct node *in)
{
    struct json_writer w;
    struct buf out;
    const struct node *ids = node_get(in, S("imageIds"));
    struct str tag = ids && ids->kind == NODE_SEQ && ids->seq.n
                         ? field(ids->seq.items[0], "imageTag")
                         : (struct str){ 0 };
    if (!map_has(&c->fake->images, tag))
        return fake_json_error(c, 400, "ImageNotFoundException", "The image does not exist");
    begin(&w, &out);
    json_key(&w, S("imageDetails"));
    json_raw(&w, S("[{}]"));
    return end(c, &w, &out);
}

struct server_reply fake_json_service(struct fake_call *c, struct str target)
{
    static const struct {
        const char *target, *name;
        struct server_reply (*answer)(struct fake_call *c, const struct node *in);
    } calls[] = {
        { "AWSStepFunctions.StartExecution", "StartExecution", start },
        { "AWSStepFunctions.DescribeExecution", "DescribeExecution", describe },
        { "AWSStepFunctions.ListExecutions", "ListExecutions", list },
        { "AWSStepFunctions.GetExecutionHistory", "GetExecutionHistory", history },
        { "Logs_20140328.FilterLogEvents", "FilterLogEvents", filter_log },
        { "AmazonEC2ContainerRegistry_V20150921.DescribeImages", "DescribeImages",
          describe_images },
    };
    const struct node *in =
        json_read_node(c->arena, &c->fake->ds, source_make(c->arena, S("in"), c->request->body));
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (str_eq(target, str_from(calls[i].target))) {
            fake_note(c->fake, calls[i].name);
            return in ? calls[i].answer(c, in)
                      : fake_json_error(c, 400, "SerializationException", "not JSON");
        }
    return fake_json_error(c, 400, "UnknownOperationException", "not known here");
}
