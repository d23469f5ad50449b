/* Small machines, run whole: the order of events, time, retries, concurrency, limits. */
#include "base/json.h"
#include "jsonpath/text.h"
#include "runner/history.h"
#include "runner/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* What a test sees of a run. */
struct seen {
    struct buf events; /* "PassStateEntered " … */
    int64_t last_ms;   /* of the newest event, since the start */
    int calls;
};

static void on_event(void *data, const struct run_event *e)
{
    struct seen *s = data;
    if (e->child)
        return;
    struct str type = history_type(e->type, e->state);
    buf_printf(&s->events, "%.*s:%llu<%llu ", STR(type), (unsigned long long)e->id,
               (unsigned long long)e->previous);
    s->last_ms = e->at_ms - RUN_DEFAULT_START;
}

/* Tasks: {"fail": n} fails the first n times, {"ms": t} takes so long, else the payload. */
static void start(void *data, const struct task_request *request, struct task_answer *answer)
{
    struct seen *s = data;
    struct val fail = { 0 }, ms = { 0 };
    s->calls++;
    if (request->payload.kind == VAL_MAP) {
        fail = peek_get(request->payload, S("fail"));
        ms = peek_get(request->payload, S("ms"));
    }
    answer->after_ms = ms.kind == VAL_INT ? ms.integer : 0;
    if (fail.kind == VAL_INT && (int64_t)request->retry < fail.integer) {
        answer->outcome = TASK_FAILED;
        answer->error = val_str(S("Boom"));
        answer->cause = val_str(S("because"));
    } else {
        answer->outcome = TASK_SUCCEEDED;
        answer->result = val_copy(request->payload);
    }
}

static const struct row {
    const char *name, *definition, *input;
    enum run_status status;
    const char *result; /* output, or error */
    int64_t ms;
    int calls;
} rows[] = {
    { "wait", "{'StartAt':'W','States':{'W':{'Type':'Wait','Seconds':90,'End':true}}}", "{'a':1}",
      RUN_SUCCEEDED, "{\"a\":1}", 90000, 0 },
    { "wait until",
      "{'StartAt':'W','States':{'W':{'Type':'Wait','Timestamp':'2026-01-01T00:01:00+00:00',"
      "'End':true}}}",
      "1", RUN_SUCCEEDED, "1", 60000, 0 },
    { "retries back off",
      "{'StartAt':'T','States':{'T':{'Type':'Task','Resource':'arn:aws:lambda:r:1:function:f',"
      "'Retry':[{'ErrorEquals':['Boom'],'IntervalSeconds':2,'BackoffRate':3,'MaxAttempts':4,"
      "'MaxDelaySeconds':10}],'End':true}}}",
      "{'fail':4}", RUN_SUCCEEDED, "{\"fail\":4}", 28000, 5 },
    { "retries end",
      "{'StartAt':'T','States':{'T':{'Type':'Task','Resource':'arn:aws:lambda:r:1:function:f',"
      "'Retry':[{'ErrorEquals':['States.ALL'],'MaxAttempts':1}],'End':true}}}",
      "{'fail':4}", RUN_FAILED, "Boom", 1000, 2 },
    { "no attempts",
      "{'StartAt':'T','States':{'T':{'Type':'Task','Resource':'arn:aws:lambda:r:1:function:f',"
      "'Retry':[{'ErrorEquals':['States.ALL'],'MaxAttempts':0}],'End':true}}}",
      "{'fail':4}", RUN_FAILED, "Boom", 0, 1 },
    { "caught into the input",
      "{'StartAt':'T','States':{'T':{'Type':'Task','Resource':'arn:aws:lambda:r:1:function:f',"
      "'Catch':[{'ErrorEquals':['Other'],'Next':'B'},{'ErrorEquals':['States.TaskFailed'],"
      "'ResultPath':'$.why.it','Next':'A'}],'End':true},'A':{'Type':'Succeed'},"
      "'B':{'Type':'Fail'}}}",
      "{'fail':9}", RUN_SUCCEEDED,
      "{\"fail\":9,\"why\":{\"it\":{\"Error\":\"Boom\",\"Cause\":\"because\"}}}", 0, 1 },
    { "timeout",
      "{'StartAt':'T','States':{'T':{'Type':'Task','Resource':'arn:aws:lambda:r:1:function:f',"
      "'TimeoutSeconds':5,'End':true}}}",
      "{'ms':9000}", RUN_FAILED, "States.Timeout", 5000, 1 },
    { "timeout is no task failure",
      "{'StartAt':'T','States':{'T':{'Type':'Task','Resource':'arn:aws:lambda:r:1:function:f',"
      "'TimeoutSeconds':5,'Catch':[{'ErrorEquals':['States.TaskFailed'],'Next':'A'}],"
      "'End':true},'A':{'Type':'Succeed'}}}",
      "{'ms':9000}", RUN_FAILED, "States.Timeout", 5000, 1 },
    { "heartbeat",
      "{'StartAt':'T','States':{'T':{'Type':'Task','Resource':'arn:aws:lambda:r:1:function:f',"
      "'TimeoutSeconds':50,'HeartbeatSeconds':3,'Catch':[{'ErrorEquals':"
      "['States.HeartbeatTimeout'],'ResultPath':null,'Next':'A'}],'End':true},"
      "'A':{'Type':'Pass','Result':'late','End':true}}}",
      "{'ms':9000}", RUN_SUCCEEDED, "\"late\"", 3000, 1 },
    { "execution timeout",
      "{'TimeoutSeconds':7,'StartAt':'W','States':{'W':{'Type':'Wait','Seconds':90,'End':true}}}",
      "{}", RUN_TIMED_OUT, "States.Timeout", 7000, 0 },
    { "branches wait side by side",
      "{'StartAt':'P','States':{'P':{'Type':'Parallel','Branches':[{'StartAt':'A','States':{'A':"
      "{'Type':'Wait','Seconds':30,'End':true}}},{'StartAt':'B','States':{'B':{'Type':'Wait',"
      "'Seconds':10,'Next':'C'},'C':{'Type':'Pass','Result':2,'End':true}}}],'End':true}}}",
      "1", RUN_SUCCEEDED, "[1,2]", 30000, 0 },
    { "one branch fails, the other stops",
      "{'StartAt':'P','States':{'P':{'Type':'Parallel','Branches':[{'StartAt':'A','States':{'A':"
      "{'Type':'Wait','Seconds':30,'End':true}}},{'StartAt':'B','States':{'B':{'Type':'Wait',"
      "'Seconds':10,'Next':'C'},'C':{'Type':'Fail','Error':'E'}}}],'Catch':[{'ErrorEquals':"
      "['States.BranchFailed'],'ResultPath':'$','Next':'D'}],'End':true},"
      "'D':{'Type':'Pass','OutputPath':'$.Error','End':true}}}",
      "1", RUN_SUCCEEDED, "\"E\"", 10000, 0 },
    { "concurrency is limited",
      "{'StartAt':'M','States':{'M':{'Type':'Map','MaxConcurrency':2,'ItemProcessor':{'StartAt':"
      "'W','States':{'W':{'Type':'Wait','Seconds':10,'End':true}}},'End':true}}}",
      "[1,2,3,4,5]", RUN_SUCCEEDED, "[1,2,3,4,5]", 30000, 0 },
    { "forty at a time inline",
      "{'StartAt':'M','States':{'M':{'Type':'Map','ItemsPath':'$','ItemProcessor':{'StartAt':"
      "'W','States':{'W':{'Type':'Wait','Seconds':10,'End':true}}},'ResultPath':null,"
      "'OutputPath':'$[0]','End':true}}}",
      "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]",
      RUN_SUCCEEDED, "0", 20000, 0 },
    { "empty map",
      "{'StartAt':'M','States':{'M':{'Type':'Map','ItemProcessor':{'StartAt':'W','States':{'W':"
      "{'Type':'Succeed'}}},'End':true}}}",
      "[]", RUN_SUCCEEDED, "[]", 0, 0 },
    { "items and their index",
      "{'StartAt':'M','States':{'M':{'Type':'Map','ItemsPath':'$.l','ItemSelector':{'i.$':"
      "'$$.Map.Item.Index','v.$':'$$.Map.Item.Value','k.$':'$.k'},'ItemProcessor':{'StartAt':"
      "'W','States':{'W':{'Type':'Succeed'}}},'End':true}}}",
      "{'l':['a','b'],'k':1}", RUN_SUCCEEDED,
      "[{\"i\":0,\"v\":\"a\",\"k\":1},{\"i\":1,\"v\":\"b\",\"k\":1}]", 0, 0 },
    { "tolerated failures",
      "{'StartAt':'M','States':{'M':{'Type':'Map','ToleratedFailureCount':1,'ItemProcessor':{"
      "'ProcessorConfig':{'Mode':'DISTRIBUTED','ExecutionType':'STANDARD'},'StartAt':'C',"
      "'States':{'C':{'Type':'Choice','Choices':[{'Variable':'$','NumericEquals':2,'Next':'F'}],"
      "'Default':'S'},'S':{'Type':'Succeed'},'F':{'Type':'Fail','Error':'E'}}},'End':true}}}",
      "[1,2,3]", RUN_SUCCEEDED, "[1,3]", 0, 0 },
    { "too many failures",
      "{'StartAt':'M','States':{'M':{'Type':'Map','ToleratedFailurePercentage':40,"
      "'ItemProcessor':{'ProcessorConfig':{'Mode':'DISTRIBUTED','ExecutionType':'STANDARD'},"
      "'StartAt':'C','States':{'C':{'Type':'Choice','Choices':[{'Variable':'$','NumericEquals':"
      "2,'Next':'F'}],'Default':'S'},'S':{'Type':'Succeed'},'F':{'Type':'Fail','Error':'E'}}},"
      "'End':true}}}",
      "[2,2,3]", RUN_FAILED, "States.ExceedToleratedFailureThreshold", 0, 0 },
    { "batches",
      "{'StartAt':'M','States':{'M':{'Type':'Map','ItemBatcher':{'MaxItemsPerBatch':2,"
      "'BatchInput':{'k':'v'}},'ItemProcessor':{'ProcessorConfig':{'Mode':'DISTRIBUTED',"
      "'ExecutionType':'STANDARD'},'StartAt':'S','States':{'S':{'Type':'Succeed'}}},"
      "'End':true}}}",
      "[1,2,3]", RUN_SUCCEEDED,
      "[{\"BatchInput\":{\"k\":\"v\"},\"Items\":[1,2]},{\"BatchInput\":{\"k\":\"v\"},"
      "\"Items\":[3]}]",
      0, 0 },
    { "variables are seen from the next state on",
      "{'StartAt':'A','States':{'A':{'Type':'Pass','Assign':{'x':1},'Next':'B'},'B':{'Type':"
      "'Pass','Assign':{'x':2,'y.$':'$x'},'Parameters':{'x.$':'$x'},'ResultPath':'$.b','Next':"
      "'C'},'C':{'Type':'Pass','Parameters':{'b.$':'$.b','x.$':'$x','y.$':'$y'},'End':true}}}",
      "{}", RUN_SUCCEEDED, "{\"b\":{\"x\":1},\"x\":2,\"y\":1}", 0, 0 },
    { "result path into a scalar",
      "{'StartAt':'A','States':{'A':{'Type':'Pass','Result':1,'ResultPath':'$.a.b','End':true}}}",
      "{'a':1}", RUN_FAILED, "States.ResultPathMatchFailure", 0, 0 },
    { "runtime errors are not caught",
      "{'StartAt':'T','States':{'T':{'Type':'Task','Resource':'arn:aws:lambda:r:1:function:f',"
      "'Parameters':{'a.$':'$.missing'},'Catch':[{'ErrorEquals':['States.ALL'],'Next':'A'}],"
      "'End':true},'A':{'Type':'Succeed'}}}",
      "{}", RUN_FAILED, "States.Runtime", 0, 0 },
    { "a loop without end",
      "{'StartAt':'A','States':{'A':{'Type':'Pass','Next':'B'},'B':{'Type':'Pass','Next':'A'}}}",
      "{}", RUN_ABORTED, "", 0, 0 },
};

/* Single quotes for double ones: definitions stay readable. */
static struct str requote(struct arena *a, const char *text)
{
    struct str s = arena_str(a, str_from(text));
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\'')
            ((char *)s.p)[i] = '"';
    return s;
}

static struct run_result run(struct arena *a, const char *definition, const char *input,
                             struct seen *seen)
{
    struct diags ds;
    diags_init(&ds, a);
    const struct source *src = source_make(a, S("test"), requote(a, definition));
    const struct node *root = json_read_node(a, &ds, src);
    struct asl_options options = { 0 };
    struct asl_machine *m = asl_parse(a, &ds, root, &options);
    struct program *p = m ? program_new(a, &ds, m) : NULL;
    if (!p)
        fail_msg("%s: %.*s", definition, STR(ds.all.p[0]->message));
    size_t at;
    struct run_options o = { .tasks = { .data = seen, .start = start },
                             .event = on_event,
                             .event_data = seen,
                             .max_states = 1000 };
    struct run_result r = run_program(p, json_parse_val(requote(a, input), &at), &o);
    program_free(p);
    return r;
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct arena a = { 0 };
        struct seen seen = { 0 };
        struct buf got;
        buf_init(&seen.events, 0);
        buf_init(&got, 0);
        struct run_result r = run(&a, row->definition, row->input, &seen);
        if (r.status == RUN_SUCCEEDED)
            text_json(&got, r.output);
        else if (r.error.kind == VAL_STR)
            buf_put(&got, peek_str(r.error));
        if (r.status != row->status || !str_eq(buf_str(&got), str_from(row->result)) ||
            seen.last_ms != row->ms || seen.calls != row->calls)
            fail_msg("%s: %.*s %.*s after %lld ms, %d calls: %.*s", row->name,
                     STR(run_status_name(r.status)), STR(buf_str(&got)), (long long)seen.last_ms,
                     seen.calls, STR(buf_str(&seen.events)));
        buf_done(&got);
        buf_done(&seen.events);
        run_result_done(&r);
        arena_done(&a);
    }
}

/* The same input, twice, with everything random in it. */
static void test_same_history_again(void **state)
{
    (void)state;
    static const char definition[] =
        "{'StartAt':'M','States':{'M':{'Type':'Map','ItemProcessor':{'StartAt':'T','States':{'T':"
        "{'Type':'Task','Resource':'arn:aws:states:::sqs:sendMessage.waitForTaskToken',"
        "'Parameters':{'t.$':'$$.Task.Token','u.$':'States.UUID()','fail':1,'ms.$':"
        "'States.MathRandom(1, 1000)'},'Retry':[{'ErrorEquals':['States.ALL'],'JitterStrategy':"
        "'FULL'}],'End':true}}},'End':true}}}";
    struct buf first;
    for (int i = 0; i < 2; i++) {
        struct arena a = { 0 };
        struct seen seen = { 0 };
        buf_init(&seen.events, 0);
        struct run_result r = run(&a, definition, "[1,2,3,4,5,6]", &seen);
        assert_int_equal(r.status, RUN_SUCCEEDED);
        text_json(&seen.events, r.output);
        if (i == 0) {
            first = seen.events;
        } else {
            assert_true(str_eq(buf_str(&first), buf_str(&seen.events)));
            buf_done(&seen.events);
        }
        run_result_done(&r);
        arena_done(&a);
    }
    buf_done(&first);
}

static void test_task_without_provider(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    const struct source *src =
        source_make(&a, S("test"),
                    requote(&a, "{'StartAt':'T','States':{'T':{'Type':'Task','Resource':"
                                "'arn:aws:states:::sqs:sendMessage','End':true}}}"));
    struct asl_options options = { 0 };
    struct asl_machine *m = asl_parse(&a, &ds, json_read_node(&a, &ds, src), &options);
    struct program *p = program_new(&a, &ds, m);
    struct run_options o = { 0 };
    struct run_result r = run_program(p, val_map(), &o);
    assert_int_equal(r.status, RUN_ABORTED);
    assert_true(str_find(peek_str(r.cause), S("'T' (arn:aws:states:::sqs:sendMessage)"), 0) !=
                SIZE_MAX);
    run_result_done(&r);
    program_free(p);
    arena_done(&a);
}

/* A provider that answers from outside: the newest question first, one per wait. */
struct outside {
    uint64_t ids[8];
    size_t n, cancelled;
    bool silent; /* never answers */
};

static void ask_outside(void *data, const struct task_request *q, struct task_answer *answer)
{
    struct outside *o = data;
    o->ids[o->n++] = q->id;
    answer->outcome = TASK_LATER;
}

static bool wait_for_outside(void *data, struct run *run, int64_t most_ms)
{
    struct outside *o = data;
    if (o->silent)
        return most_ms == 0; /* as if most_ms had passed, or for ever */
    if (!o->n)
        return false;
    struct task_answer a = { .outcome = TASK_SUCCEEDED,
                             .result = val_int((int64_t)o->ids[--o->n]) };
    run_complete(run, o->ids[o->n], &a);
    struct task_answer late = { .outcome = TASK_SUCCEEDED, .result = val_str(S("too late")) };
    run_complete(run, 99, &late); /* nobody asked */
    return true;
}

static void cancel_outside(void *data, uint64_t id)
{
    (void)id;
    ((struct outside *)data)->cancelled++;
}

static struct run_result run_outside(struct arena *a, const char *definition, struct outside *o)
{
    struct diags ds;
    diags_init(&ds, a);
    const struct source *src = source_make(a, S("test"), requote(a, definition));
    struct asl_options options = { 0 };
    struct asl_machine *m = asl_parse(a, &ds, json_read_node(a, &ds, src), &options);
    struct program *p = program_new(a, &ds, m);
    struct run_options ro = { .tasks = { .data = o,
                                         .start = ask_outside,
                                         .wait = wait_for_outside,
                                         .cancel = cancel_outside } };
    struct run_result r =
        run_program(p, val_list_push(val_list_push(val_list(), val_int(1)), val_int(2)), &ro);
    program_free(p);
    return r;
}

static void test_answers_from_outside(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct outside o = { 0 };
    struct run_result r = run_outside(
        &a,
        "{'StartAt':'M','States':{'M':{'Type':'Map','ItemProcessor':{'StartAt':'T','States':{'T':"
        "{'Type':'Task','Resource':'arn:aws:states:::sqs:sendMessage.waitForTaskToken',"
        "'TimeoutSeconds':100,'HeartbeatSeconds':50,'End':true}}},'End':true}}}",
        &o);
    assert_int_equal(r.status, RUN_SUCCEEDED);
    assert_int_equal(peek_item(r.output, 0).integer, 1);
    assert_int_equal(peek_item(r.output, 1).integer, 2);
    assert_int_equal(o.cancelled, 0);
    run_result_done(&r);
    arena_done(&a);
}

/* One branch fails while the other's task is under way; and a task that is never answered. */
static void test_tasks_are_cancelled(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct outside o = { .silent = true };
    struct run_result r = run_outside(
        &a,
        "{'StartAt':'P','States':{'P':{'Type':'Parallel','Branches':[{'StartAt':'T','States':{'T':"
        "{'Type':'Task','Resource':'arn:aws:states:::sqs:sendMessage','End':true}}},{'StartAt':"
        "'F','States':{'F':{'Type':'Fail','Error':'E'}}}],'End':true}}}",
        &o);
    assert_int_equal(r.status, RUN_FAILED);
    assert_int_equal(o.cancelled, 1);
    run_result_done(&r);
    o = (struct outside){ .silent = true };
    r = run_outside(&a,
                    "{'StartAt':'T','States':{'T':{'Type':'Task','Resource':"
                    "'arn:aws:states:::sqs:sendMessage','End':true}}}",
                    &o);
    assert_int_equal(r.status, RUN_ABORTED);
    run_result_done(&r);
    arena_done(&a);
}

static void test_jsonata_is_refused_before_the_run(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    const struct source *src = source_make(
        &a, S("test"),
        requote(&a, "{'StartAt':'T','States':{'T':{'Type':'Pass','QueryLanguage':'JSONata',"
                    "'End':true}}}"));
    struct asl_options options = { 0 };
    struct asl_machine *m = asl_parse(&a, &ds, json_read_node(&a, &ds, src), &options);
    assert_null(program_new(&a, &ds, m));
    assert_string_equal(ds.all.p[0]->slug, "not-supported");
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_same_history_again),
        cmocka_unit_test(test_task_without_provider),
        cmocka_unit_test(test_answers_from_outside),
        cmocka_unit_test(test_tasks_are_cancelled),
        cmocka_unit_test(test_jsonata_is_refused_before_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
