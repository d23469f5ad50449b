#include "runner/history.h"

#include "jsonpath/text.h"
#include "runner/engine.h"

/* How an event's details are called, and which of them there are. */
enum detail {
    D_INPUT = 1,
    D_OUTPUT = 2,
    D_NAME = 4,
    D_RESOURCE = 8, /* resource and resourceType */
    D_ERROR = 16,   /* error and cause */
    D_INDEX = 32,   /* index and name of an iteration */
    D_LENGTH = 64,
    D_LIMITS = 128, /* timeoutInSeconds, heartbeatInSeconds */
    D_PARAMETERS = 256,
    D_ARN = 512,       /* mapRunArn */
    D_FUNCTION = 1024, /* a function's or activity's ARN as `resource` */
};

static const struct {
    struct str type;    /* what follows the state's type for the two state events */
    struct str details; /* empty: none */
    unsigned parts;
} rows[EVENT_TYPES] = {
    [EVENT_EXECUTION_STARTED] = { S_INIT("ExecutionStarted"),
                                  S_INIT("executionStartedEventDetails"), D_INPUT },
    [EVENT_EXECUTION_SUCCEEDED] = { S_INIT("ExecutionSucceeded"),
                                    S_INIT("executionSucceededEventDetails"), D_OUTPUT },
    [EVENT_EXECUTION_FAILED] = { S_INIT("ExecutionFailed"), S_INIT("executionFailedEventDetails"),
                                 D_ERROR },
    [EVENT_EXECUTION_TIMED_OUT] = { S_INIT("ExecutionTimedOut"),
                                    S_INIT("executionTimedOutEventDetails"), D_ERROR },
    [EVENT_EXECUTION_ABORTED] = { S_INIT("ExecutionAborted"),
                                  S_INIT("executionAbortedEventDetails"), D_ERROR },
    [EVENT_STATE_ENTERED] = { S_INIT("StateEntered"), S_INIT("stateEnteredEventDetails"),
                              D_INPUT | D_NAME },
    [EVENT_STATE_EXITED] = { S_INIT("StateExited"), S_INIT("stateExitedEventDetails"),
                             D_OUTPUT | D_NAME },
    [EVENT_TASK_SCHEDULED] = { S_INIT("TaskScheduled"), S_INIT("taskScheduledEventDetails"),
                               D_PARAMETERS | D_RESOURCE | D_LIMITS },
    [EVENT_TASK_STARTED] = { S_INIT("TaskStarted"), S_INIT("taskStartedEventDetails"), D_RESOURCE },
    [EVENT_TASK_SUBMITTED] = { S_INIT("TaskSubmitted"), S_INIT("taskSubmittedEventDetails"),
                               D_OUTPUT | D_RESOURCE },
    [EVENT_TASK_SUCCEEDED] = { S_INIT("TaskSucceeded"), S_INIT("taskSucceededEventDetails"),
                               D_OUTPUT | D_RESOURCE },
    [EVENT_TASK_FAILED] = { S_INIT("TaskFailed"), S_INIT("taskFailedEventDetails"),
                            D_ERROR | D_RESOURCE },
    [EVENT_TASK_TIMED_OUT] = { S_INIT("TaskTimedOut"), S_INIT("taskTimedOutEventDetails"),
                               D_ERROR | D_RESOURCE },
    [EVENT_LAMBDA_SCHEDULED] = { S_INIT("LambdaFunctionScheduled"),
                                 S_INIT("lambdaFunctionScheduledEventDetails"),
                                 D_INPUT | D_FUNCTION | D_LIMITS },
    [EVENT_LAMBDA_STARTED] = { S_INIT("LambdaFunctionStarted"), S_INIT(""), 0 },
    [EVENT_LAMBDA_SUCCEEDED] = { S_INIT("LambdaFunctionSucceeded"),
                                 S_INIT("lambdaFunctionSucceededEventDetails"), D_OUTPUT },
    [EVENT_LAMBDA_FAILED] = { S_INIT("LambdaFunctionFailed"),
                              S_INIT("lambdaFunctionFailedEventDetails"), D_ERROR },
    [EVENT_LAMBDA_TIMED_OUT] = { S_INIT("LambdaFunctionTimedOut"),
                                 S_INIT("lambdaFunctionTimedOutEventDetails"), D_ERROR },
    [EVENT_ACTIVITY_SCHEDULED] = { S_INIT("ActivityScheduled"),
                                   S_INIT("activityScheduledEventDetails"),
                                   D_INPUT | D_FUNCTION | D_LIMITS },
    [EVENT_ACTIVITY_STARTED] = { S_INIT("ActivityStarted"), S_INIT("activityStartedEventDetails"),
                                 0 },
    [EVENT_ACTIVITY_SUCCEEDED] = { S_INIT("ActivitySucceeded"),
                                   S_INIT("activitySucceededEventDetails"), D_OUTPUT },
    [EVENT_ACTIVITY_FAILED] = { S_INIT("ActivityFailed"), S_INIT("activityFailedEventDetails"),
                                D_ERROR },
    [EVENT_ACTIVITY_TIMED_OUT] = { S_INIT("ActivityTimedOut"),
                                   S_INIT("activityTimedOutEventDetails"), D_ERROR },
    [EVENT_PARALLEL_STARTED] = { S_INIT("ParallelStateStarted"), S_INIT(""), 0 },
    [EVENT_PARALLEL_SUCCEEDED] = { S_INIT("ParallelStateSucceeded"), S_INIT(""), 0 },
    [EVENT_PARALLEL_FAILED] = { S_INIT("ParallelStateFailed"), S_INIT(""), 0 },
    [EVENT_MAP_STARTED] = { S_INIT("MapStateStarted"), S_INIT("mapStateStartedEventDetails"),
                            D_LENGTH },
    [EVENT_MAP_SUCCEEDED] = { S_INIT("MapStateSucceeded"), S_INIT(""), 0 },
    [EVENT_MAP_FAILED] = { S_INIT("MapStateFailed"), S_INIT(""), 0 },
    [EVENT_ITERATION_STARTED] = { S_INIT("MapIterationStarted"),
                                  S_INIT("mapIterationStartedEventDetails"), D_INDEX | D_NAME },
    [EVENT_ITERATION_SUCCEEDED] = { S_INIT("MapIterationSucceeded"),
                                    S_INIT("mapIterationSucceededEventDetails"), D_INDEX | D_NAME },
    [EVENT_ITERATION_FAILED] = { S_INIT("MapIterationFailed"),
                                 S_INIT("mapIterationFailedEventDetails"), D_INDEX | D_NAME },
    [EVENT_ITERATION_ABORTED] = { S_INIT("MapIterationAborted"),
                                  S_INIT("mapIterationAbortedEventDetails"), D_INDEX | D_NAME },
    [EVENT_MAP_RUN_STARTED] = { S_INIT("MapRunStarted"), S_INIT("mapRunStartedEventDetails"),
                                D_ARN },
    [EVENT_MAP_RUN_SUCCEEDED] = { S_INIT("MapRunSucceeded"), S_INIT(""), 0 },
    [EVENT_MAP_RUN_FAILED] = { S_INIT("MapRunFailed"), S_INIT("mapRunFailedEventDetails"),
                               D_ERROR },
};

struct str history_type(enum run_event_type type, const struct asl_state *state)
{
    static const struct str entered[] = {
        [ASL_PASS] = S_INIT("PassStateEntered"),         [ASL_TASK] = S_INIT("TaskStateEntered"),
        [ASL_CHOICE] = S_INIT("ChoiceStateEntered"),     [ASL_WAIT] = S_INIT("WaitStateEntered"),
        [ASL_SUCCEED] = S_INIT("SucceedStateEntered"),   [ASL_FAIL] = S_INIT("FailStateEntered"),
        [ASL_PARALLEL] = S_INIT("ParallelStateEntered"), [ASL_MAP] = S_INIT("MapStateEntered"),
    };
    static const struct str exited[] = {
        [ASL_PASS] = S_INIT("PassStateExited"),         [ASL_TASK] = S_INIT("TaskStateExited"),
        [ASL_CHOICE] = S_INIT("ChoiceStateExited"),     [ASL_WAIT] = S_INIT("WaitStateExited"),
        [ASL_SUCCEED] = S_INIT("SucceedStateExited"),   [ASL_FAIL] = S_INIT("FailStateExited"),
        [ASL_PARALLEL] = S_INIT("ParallelStateExited"), [ASL_MAP] = S_INIT("MapStateExited"),
    };
    if (state && type == EVENT_STATE_ENTERED)
        return entered[state->type];
    if (state && type == EVENT_STATE_EXITED)
        return exited[state->type];
    return rows[type].type;
}

/* ---- one event ---- */

static void put_text(struct json_writer *w, const char *key, struct str text)
{
    json_key(w, str_from(key));
    json_str(w, text);
}

/* Data stands in the history as JSON text. */
static void put_json_text(struct json_writer *w, const char *key, struct val v)
{
    struct buf text;
    buf_init(&text, 0);
    text_json(&text, v);
    put_text(w, key, buf_str(&text));
    buf_done(&text);
}

static void put_data(struct json_writer *w, const char *key, const char *details, struct val v)
{
    put_json_text(w, key, v);
    json_key(w, str_from(details));
    json_begin_map(w);
    json_key(w, S("truncated"));
    json_bool(w, false);
    json_end_map(w);
}

static void put_assigned(struct json_writer *w, struct val assigned)
{
    if (assigned.kind != VAL_MAP || !peek_count(assigned))
        return;
    json_key(w, S("assignedVariables"));
    json_begin_map(w);
    for (size_t i = 0; i < peek_count(assigned); i++) {
        struct buf text;
        buf_init(&text, 0);
        text_json(&text, peek_value_at(assigned, i));
        json_key(w, peek_str(peek_key_at(assigned, i)));
        json_str(w, buf_str(&text));
        buf_done(&text);
    }
    json_end_map(w);
    json_key(w, S("assignedVariablesDetails"));
    json_begin_map(w);
    json_key(w, S("truncated"));
    json_bool(w, false);
    json_end_map(w);
}

static void put_error(struct json_writer *w, const struct run_event *e)
{
    if (e->error.kind == VAL_STR)
        put_text(w, "error", peek_str(e->error));
    if (e->cause.kind == VAL_STR)
        put_text(w, "cause", peek_str(e->cause));
}

static void put_limits(struct json_writer *w, const struct run_event *e)
{
    if (e->timeout_s > 0) {
        json_key(w, S("timeoutInSeconds"));
        json_int(w, (int64_t)e->timeout_s);
    }
    if (e->heartbeat_s > 0) {
        json_key(w, S("heartbeatInSeconds"));
        json_int(w, (int64_t)e->heartbeat_s);
    }
}

static void put_resource(struct json_writer *w, const struct run_event *e, unsigned parts)
{
    if (parts & D_RESOURCE)
        put_text(w, "resourceType", e->resource_type);
    if (parts & (D_RESOURCE | D_FUNCTION))
        put_text(w, "resource", e->resource);
    if ((parts & D_PARAMETERS) && e->region.n)
        put_text(w, "region", e->region);
    if (parts & D_ARN)
        put_text(w, "mapRunArn", e->resource);
}

static void put_details(struct json_writer *w, const struct run_event *e)
{
    unsigned parts = rows[e->type].parts;
    json_key(w, rows[e->type].details);
    json_begin_map(w);
    if ((parts & D_NAME) && e->state)
        put_text(w, "name", e->state->name);
    if (parts & D_INPUT)
        put_data(w, "input", "inputDetails", e->data);
    if (parts & D_OUTPUT)
        put_data(w, "output", "outputDetails", e->data);
    put_resource(w, e, parts);
    if (parts & D_PARAMETERS)
        put_json_text(w, "parameters", e->data);
    if (parts & D_ERROR)
        put_error(w, e);
    if (parts & (D_INDEX | D_LENGTH)) {
        json_key(w, parts & D_INDEX ? S("index") : S("length"));
        json_int(w, e->index);
    }
    if (parts & D_LIMITS)
        put_limits(w, e);
    put_assigned(w, e->assigned);
    json_end_map(w);
}

void history_write(struct json_writer *w, const struct run_event *e)
{
    json_begin_map(w);
    struct val at = clock_text(e->at_ms);
    put_text(w, "timestamp", peek_str(at));
    val_free(at);
    put_text(w, "type", history_type(e->type, e->state));
    json_key(w, S("id"));
    json_int(w, (int64_t)e->id);
    json_key(w, S("previousEventId"));
    json_int(w, (int64_t)e->previous);
    if (rows[e->type].details.n)
        put_details(w, e);
    json_end_map(w);
}

/* ---- a stream of them ---- */

enum { FLUSH_BYTES = 1 << 16 };

void history_begin(struct history_stream *h, bool (*flush)(void *data, struct str bytes),
                   void *data)
{
    *h = (struct history_stream){ .flush = flush, .data = data };
    buf_init(&h->buf, 0);
    json_writer_init(&h->writer, &h->buf, 0);
    json_begin_map(&h->writer);
    json_key(&h->writer, S("events"));
    json_begin_list(&h->writer);
}

static void flush(struct history_stream *h)
{
    h->failed = h->failed || !h->flush(h->data, buf_str(&h->buf));
    h->buf.n = 0;
}

void history_event(struct history_stream *h, const struct run_event *event)
{
    if (event->child || h->failed)
        return;
    history_write(&h->writer, event);
    if (h->buf.n > FLUSH_BYTES)
        flush(h);
}

bool history_end(struct history_stream *h)
{
    json_end_list(&h->writer);
    json_end_map(&h->writer);
    buf_putc(&h->buf, '\n');
    flush(h);
    buf_done(&h->buf);
    return !h->failed;
}
