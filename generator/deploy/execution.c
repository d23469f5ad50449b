/* Source: AWS Step Functions API reference; CloudWatch Logs API reference, FilterLogEvents. */
#include "deploy/execution.h"

#include "asl/asl_time.h"
#include "base/json_write.h"

enum { PAGE = 1000 }; /* events of one answer, the most there can be */

static void begin(struct json_writer *w, struct buf *q)
{
    buf_init(q, 0);
    json_writer_init(w, q, 0);
    json_begin_map(w);
}

/* Seconds since 1970 as a number, or a timestamp. */
static int64_t time_of(const struct node *n)
{
    struct asl_time t;
    if (!n)
        return 0;
    if (n->kind == NODE_INT)
        return n->integer * 1000;
    if (n->kind == NODE_FLOAT)
        return (int64_t)(n->number * 1000);
    if (n->kind == NODE_STR && asl_time_parse(n->str, &t))
        return t.seconds * 1000 + t.nanos / 1000000;
    return 0;
}

static void take(struct execution *e, const struct node *n)
{
    *e = (struct execution){ .arn = cloud_text(n, "executionArn"),
                             .name = cloud_text(n, "name"),
                             .status = cloud_text(n, "status"),
                             .input = cloud_text(n, "input"),
                             .output = cloud_text(n, "output"),
                             .error = cloud_text(n, "error"),
                             .cause = cloud_text(n, "cause"),
                             .started_ms = time_of(node_get(n, S("startDate"))),
                             .stopped_ms = time_of(node_get(n, S("stopDate"))) };
}

bool execution_start(struct cloud *c, struct str machine, struct str name, struct str input,
                     struct execution *e)
{
    struct answer a;
    struct json_writer w;
    struct buf q;
    begin(&w, &q);
    json_put_str(&w, "stateMachineArn", machine);
    json_put_str(&w, "name", name.n ? name : cloud_token(c->arena));
    json_put_str(&w, "input", input);
    json_end_map(&w);
    if (!cloud_call(c, &AWS_STEP_FUNCTIONS, "StartExecution", &q, "start an execution", NULL, &a))
        return false;
    take(e, a.data);
    e->status = S("RUNNING");
    return true;
}

bool execution_read(struct cloud *c, struct str arn, struct execution *e)
{
    struct answer a;
    struct json_writer w;
    struct buf q;
    begin(&w, &q);
    json_put_str(&w, "executionArn", arn);
    json_end_map(&w);
    if (!cloud_call(c, &AWS_STEP_FUNCTIONS, "DescribeExecution", &q, "look at the execution", NULL,
                    &a))
        return false;
    take(e, a.data);
    return true;
}

bool execution_list(struct cloud *c, struct str machine, struct str status, int64_t most,
                    struct executions *list)
{
    struct answer a;
    struct json_writer w;
    struct buf q;
    begin(&w, &q);
    json_put_str(&w, "stateMachineArn", machine);
    json_put_int(&w, "maxResults", most);
    if (status.n)
        json_put_str(&w, "statusFilter", status);
    json_end_map(&w);
    *list = (struct executions){ 0 };
    if (!cloud_call(c, &AWS_STEP_FUNCTIONS, "ListExecutions", &q, "list the executions", NULL, &a))
        return false;
    for (size_t i = 0; i < cloud_count(a.data, "executions"); i++) {
        struct execution e;
        take(&e, cloud_item(a.data, "executions", i));
        vec_push(c->arena, &list->all, e);
    }
    return true;
}

/* ---- history --------------------------------------------------------------------------------- */

int64_t history_time(const struct node *event)
{
    return time_of(node_get(event, S("timestamp")));
}

int64_t history_number(const struct node *event, const char *key)
{
    const struct node *n = node_get(event, str_from(key));
    return n && n->kind == NODE_INT ? n->integer : 0;
}

const struct node *history_details(const struct node *event)
{
    for (size_t i = 0; event && event->kind == NODE_MAP && i < event->map.n; i++)
        if (str_ends(event->map.entries[i].key, S("EventDetails")))
            return event->map.entries[i].value;
    return NULL;
}

bool history_read(struct cloud *c, struct history_reader *r, struct history_events *events)
{
    *events = (struct history_events){ 0 };
    for (;;) {
        struct answer a;
        struct json_writer w;
        struct buf q;
        begin(&w, &q);
        json_put_str(&w, "executionArn", r->arn);
        json_put_int(&w, "maxResults", (int64_t)PAGE);
        if (r->page.n)
            json_put_str(&w, "nextToken", r->page);
        json_end_map(&w);
        if (!cloud_call(c, &AWS_STEP_FUNCTIONS, "GetExecutionHistory", &q, "read the history", NULL,
                        &a))
            return false;
        for (size_t i = 0; i < cloud_count(a.data, "events"); i++) {
            const struct node *event = cloud_item(a.data, "events", i);
            if (history_number(event, "id") <= r->seen)
                continue;
            r->seen = history_number(event, "id");
            vec_push(c->arena, &events->all, event);
        }
        struct str next = cloud_text(a.data, "nextToken");
        if (!next.n)
            return true;
        r->page = next;
    }
}

/* ---- what went wrong ------------------------------------------------------------------------- */

/* What is known of a state while its events come. */
struct visit {
    struct str name, input, log_group;
    int64_t entered_ms;
};

/* "arn:aws:lambda:…:function:name:version", "name" → "/aws/lambda/name" */
static struct str log_group(struct arena *a, struct str function)
{
    size_t at = str_find(function, S(":function:"), 0);
    struct str name = at == SIZE_MAX ? function : str_sub(function, at + 10, function.n);
    size_t colon = str_find_char(name, ':', 0);
    if (colon != SIZE_MAX)
        name = str_sub(name, 0, colon);
    return name.n ? arena_printf(a, "/aws/lambda/%.*s", STR(name)) : (struct str){ 0 };
}

/* The parameters of a task are JSON in a string; the name is looked for, not parsed. */
static struct str function_in(struct str parameters)
{
    static const struct str key = S_INIT("\"FunctionName\":\"");
    size_t at = str_find(parameters, key, 0);
    if (at == SIZE_MAX)
        return (struct str){ 0 };
    size_t end = str_find_char(parameters, '"', at + key.n);
    return end == SIZE_MAX ? (struct str){ 0 } : str_sub(parameters, at + key.n, end);
}

static struct str key_of(struct arena *a, int64_t id)
{
    return arena_printf(a, "%lld", (long long)id);
}

static void take_event(struct arena *a, struct map *visits, const struct node *event,
                       struct state_failures *failures)
{
    struct str type = cloud_text(event, "type");
    const struct node *details = history_details(event);
    struct visit *v = map_get(visits, key_of(a, history_number(event, "previousEventId")));
    if (str_ends(type, S("StateEntered"))) {
        v = arena_make(a, struct visit);
        *v = (struct visit){ .name = cloud_text(details, "name"),
                             .input = cloud_text(details, "input"),
                             .entered_ms = history_time(event) };
    }
    if (v)
        map_put(a, visits, key_of(a, history_number(event, "id")), v);
    if (v && str_eq(type, S("LambdaFunctionScheduled")))
        v->log_group = log_group(a, cloud_text(details, "resource"));
    if (v && str_eq(type, S("TaskScheduled")))
        v->log_group = log_group(a, function_in(cloud_text(details, "parameters")));
    bool failed = str_ends(type, S("Failed")) || str_ends(type, S("TimedOut"));
    if (!failed || !cloud_text(details, "error").n || str_starts(type, S("Execution")))
        return;
    struct state_failure f = { .state = v ? v->name : type,
                               .input = v ? v->input : (struct str){ 0 },
                               .error = cloud_text(details, "error"),
                               .cause = cloud_text(details, "cause"),
                               .log_group = v ? v->log_group : (struct str){ 0 },
                               .entered_ms = v ? v->entered_ms : history_time(event),
                               .failed_ms = history_time(event) };
    vec_push(a, &failures->all, f);
}

void history_failures(struct arena *a, const struct history_events *events,
                      struct state_failures *failures)
{
    struct map visits = { 0 };
    *failures = (struct state_failures){ 0 };
    for (size_t i = 0; i < events->all.n; i++)
        take_event(a, &visits, events->all.p[i], failures);
}

static bool no_group(const struct answer *a)
{
    return str_starts(a->code, S("ResourceNotFound"));
}

bool log_read(struct cloud *c, struct str group, int64_t from_ms, int64_t to_ms, int64_t most,
              struct log_lines *lines)
{
    struct answer a;
    struct json_writer w;
    struct buf q;
    begin(&w, &q);
    json_put_str(&w, "logGroupName", group);
    json_put_int(&w, "startTime", from_ms);
    json_put_int(&w, "endTime", to_ms);
    json_put_int(&w, "limit", most);
    json_end_map(&w);
    *lines = (struct log_lines){ 0 };
    if (!cloud_call(c, &AWS_LOGS, "FilterLogEvents", &q,
                    arena_printf(c->arena, "read the log '%.*s'", STR(group)).p, no_group, &a))
        return a.refused && no_group(&a);
    for (size_t i = 0; i < cloud_count(a.data, "events"); i++)
        vec_push(c->arena, &lines->all,
                 str_trim(cloud_text(cloud_item(a.data, "events", i), "message")));
    return true;
}
