#include "runner/engine.h"

/* Which of the three families of events a resource has. */
enum family { SERVICE, LAMBDA, ACTIVITY };

enum moment { SCHEDULED, STARTED, SUCCEEDED, FAILED, TIMED_OUT };

static const enum run_event_type types[][5] = {
    [SERVICE] = { EVENT_TASK_SCHEDULED, EVENT_TASK_STARTED, EVENT_TASK_SUCCEEDED, EVENT_TASK_FAILED,
                  EVENT_TASK_TIMED_OUT },
    [LAMBDA] = { EVENT_LAMBDA_SCHEDULED, EVENT_LAMBDA_STARTED, EVENT_LAMBDA_SUCCEEDED,
                 EVENT_LAMBDA_FAILED, EVENT_LAMBDA_TIMED_OUT },
    [ACTIVITY] = { EVENT_ACTIVITY_SCHEDULED, EVENT_ACTIVITY_STARTED, EVENT_ACTIVITY_SUCCEEDED,
                   EVENT_ACTIVITY_FAILED, EVENT_ACTIVITY_TIMED_OUT },
};

static enum family family(const struct state *s)
{
    return s->parts.kind == ASL_RESOURCE_LAMBDA     ? LAMBDA
           : s->parts.kind == ASL_RESOURCE_ACTIVITY ? ACTIVITY
                                                    : SERVICE;
}

static void put(struct run *r, struct fiber *f, enum moment moment, struct run_event event)
{
    const struct state *s = f->state;
    enum family fam = family(s);
    if (fam == SERVICE) {
        event.resource = s->resource_name;
        event.resource_type = s->resource_type;
    } else if (moment == SCHEDULED) {
        event.resource = s->resource;
    }
    event_put(r, f, types[fam][moment], &event);
}

struct str task_token(struct run *r, struct fiber *f)
{
    if (!f->token.n) {
        struct buf text;
        buf_init(&text, 0);
        buf_put(&text, S("token-"));
        for (int i = 0; i < 2; i++)
            buf_printf(&text, "%016llx", (unsigned long long)run_random(r));
        f->token = buf_str(&text); /* the heap block changes hands */
    }
    return f->token;
}

/* ---- waiting for answers from outside ---- */

static void list_add(struct run *r, struct fiber *f)
{
    f->next_task = r->tasks_waiting;
    f->task_back = &r->tasks_waiting;
    if (f->next_task)
        f->next_task->task_back = &f->next_task;
    r->tasks_waiting = f;
}

static void list_remove(struct fiber *f)
{
    if (!f->task_back)
        return;
    *f->task_back = f->next_task;
    if (f->next_task)
        f->next_task->task_back = f->task_back;
    f->next_task = NULL;
    f->task_back = NULL;
}

static void answer_done(struct task_answer *a)
{
    val_free(a->result);
    val_free(a->submitted);
    val_free(a->error);
    val_free(a->cause);
    *a = (struct task_answer){ 0 };
}

void task_cancel(struct run *r, struct fiber *f)
{
    if (f->task_back && r->options.tasks.cancel)
        r->options.tasks.cancel(r->options.tasks.data, f->task_id);
    list_remove(f);
    answer_done(&f->answer);
    f->task_id = 0;
}

/* ---- how it ends ---- */

static bool is_timeout(struct val error)
{
    return error.kind == VAL_STR && (str_eq(peek_str(error), S("States.Timeout")) ||
                                     str_eq(peek_str(error), S("States.HeartbeatTimeout")));
}

/* Consumes the two values. */
static void end_failed(struct run *r, struct fiber *f, struct val error, struct val cause,
                       bool heartbeat)
{
    struct failure why = { .error = error, .cause = cause, .heartbeat = heartbeat };
    put(r, f, is_timeout(error) ? TIMED_OUT : FAILED,
        (struct run_event){ .error = error, .cause = cause });
    fiber_fail(r, f, &why);
}

/* A result over the limit is a failure of the task, named after the resource. */
static bool result_fits(struct fiber *f, struct val result, struct failure *why)
{
    const struct state *s = f->state;
    struct str what = family(s) == SERVICE ? s->parts.service : s->resource;
    return data_fits(f, what.n ? what : s->asl->name, result, why);
}

static void end_succeeded(struct run *r, struct fiber *f, struct val result)
{
    struct failure why = { 0 };
    if (!result_fits(f, result, &why)) {
        val_free(result);
        end_failed(r, f, why.error, why.cause, false);
        return;
    }
    put(r, f, SUCCEEDED, (struct run_event){ .data = result });
    inspect(r, f, "result", result);
    state_result(r, f, result);
}

static void finish(struct run *r, struct fiber *f, struct task_answer *a)
{
    struct task_answer answer = *a;
    *a = (struct task_answer){ 0 };
    list_remove(f);
    f->task_id = 0;
    val_free(answer.submitted);
    answer.submitted = (struct val){ 0 };
    if (answer.outcome == TASK_SUCCEEDED) {
        val_free(answer.error);
        val_free(answer.cause);
        end_succeeded(r, f, answer.result);
    } else {
        val_free(answer.result);
        end_failed(r, f, answer.error, answer.cause, false);
    }
}

static void time_out(struct run *r, struct fiber *f, bool heartbeat)
{
    task_cancel(r, f);
    end_failed(r, f, val_str(S("States.Timeout")), (struct val){ 0 }, heartbeat);
}

/* ---- how it begins ---- */

static bool submits(const struct state *s)
{
    return family(s) == SERVICE && s->parts.pattern != ASL_REQUEST &&
           s->parts.pattern != ASL_RESOURCE_NO;
}

static void submitted(struct run *r, struct fiber *f, struct task_answer *a)
{
    if (!submits(f->state))
        return;
    struct val output = a->submitted;
    if (output.kind == VAL_UNDEFINED)
        output = val_map();
    event_put(r, f, EVENT_TASK_SUBMITTED,
              &(struct run_event){ .data = output,
                                   .resource = f->state->resource_name,
                                   .resource_type = f->state->resource_type });
    val_free(output);
    a->submitted = (struct val){ 0 };
}

/* The earliest of answer, timeout and heartbeat decides. */
static void take_answer(struct run *r, struct fiber *f, struct task_answer *a)
{
    bool later = a->outcome == TASK_LATER;
    int64_t timeout = f->timeout_s > 0 ? (int64_t)(f->timeout_s * 1000) : INT64_MAX;
    int64_t beat = f->heartbeat_s > 0 && !later ? (int64_t)(f->heartbeat_s * 1000) : INT64_MAX;
    if (!later && a->after_ms <= 0) {
        finish(r, f, a);
        return;
    }
    fiber_block(f, PHASE_TASK);
    f->answer = *a;
    *a = (struct task_answer){ 0 };
    if (later) {
        list_add(r, f);
        if (timeout < INT64_MAX)
            timer_set(r, f, TIMER_TIMEOUT, timeout);
        f->heartbeat_ms = r->now_ms + (int64_t)(f->heartbeat_s * 1000);
        if (f->heartbeat_s > 0)
            timer_set(r, f, TIMER_HEARTBEAT, (int64_t)(f->heartbeat_s * 1000));
    } else if (f->answer.after_ms < timeout && f->answer.after_ms < beat) {
        timer_set(r, f, TIMER_TASK_DONE, f->answer.after_ms);
    } else {
        timer_set(r, f, timeout <= beat ? TIMER_TIMEOUT : TIMER_HEARTBEAT,
                  timeout <= beat ? timeout : beat);
        f->heartbeat_ms = 0;
    }
}

static void ask(struct run *r, struct fiber *f)
{
    struct task_answer a = { 0 };
    const struct state *s = f->state;
    struct task_request request = {
        .run = r,
        .id = f->task_id = ++r->tasks,
        .state = s->asl,
        .resource = s->resource,
        .payload = f->effective,
        .token = s->uses_token ? task_token(r, f) : (struct str){ 0 },
        .retry = f->retries,
        .invocation = r->invocations[s->asl->number]++,
        .timeout_s = f->timeout_s,
        .heartbeat_s = f->heartbeat_s,
        .place = f->group ? &f->place : NULL,
    };
    if (r->options.tasks.start)
        r->options.tasks.start(r->options.tasks.data, &request, &a);
    if (a.outcome == TASK_UNKNOWN) {
        struct str cause = a.cause.kind == VAL_STR ? peek_str(a.cause) : S("nothing runs it");
        run_abort(r, f, "the task '%.*s' (%.*s) cannot run here: %.*s", STR(s->asl->name),
                  STR(s->resource), STR(cause));
        answer_done(&a);
        return;
    }
    submitted(r, f, &a);
    take_answer(r, f, &a);
}

static bool limits(struct run *r, struct fiber *f, struct failure *why)
{
    const struct state *s = f->state;
    f->timeout_s = f->heartbeat_s = 0;
    return data_amount(r, f, &s->timeout_s, f->input, true, &f->timeout_s, why) &&
           data_amount(r, f, &s->heartbeat_s, f->input, true, &f->heartbeat_s, why);
}

void task_run(struct run *r, struct fiber *f)
{
    struct failure why = { 0 };
    val_free(f->effective);
    f->effective = data_input(r, f, &why);
    if (f->effective.kind == VAL_UNDEFINED || !limits(r, f, &why)) {
        fiber_fail(r, f, &why);
        return;
    }
    inspect(r, f, "afterParameters", f->effective);
    put(r, f, SCHEDULED,
        (struct run_event){ .data = f->effective,
                            .region = r->options.region.n ? r->options.region : S("us-east-1"),
                            .timeout_s = f->timeout_s,
                            .heartbeat_s = f->heartbeat_s });
    put(r, f, STARTED, (struct run_event){ 0 });
    ask(r, f);
}

/* ---- from outside and from the clock ---- */

static struct fiber *waiting(struct run *r, uint64_t id)
{
    struct fiber *f = r->tasks_waiting;
    while (f && f->task_id != id)
        f = f->next_task;
    return f;
}

void run_complete(struct run *r, uint64_t id, struct task_answer *answer)
{
    struct fiber *f = waiting(r, id);
    if (!f) {
        answer_done(answer);
        return;
    }
    run_pass_time(r);
    finish(r, f, answer);
}

void run_heartbeat(struct run *r, uint64_t id)
{
    struct fiber *f = waiting(r, id);
    run_pass_time(r);
    if (f)
        f->heartbeat_ms = r->now_ms + (int64_t)(f->heartbeat_s * 1000);
}

void task_timer(struct run *r, struct fiber *f, enum timer_kind kind)
{
    if (f->phase != PHASE_TASK)
        return;
    if (kind == TIMER_TASK_DONE)
        finish(r, f, &f->answer);
    else if (kind == TIMER_HEARTBEAT && f->heartbeat_ms > r->now_ms)
        timer_set(r, f, TIMER_HEARTBEAT, f->heartbeat_ms - r->now_ms);
    else
        time_out(r, f, kind == TIMER_HEARTBEAT);
}
