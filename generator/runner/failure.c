#include "runner/engine.h"

#include "jsonpath/text.h"

#include <math.h>

static struct val text_or_none(struct str s)
{
    return s.p ? val_str(s) : (struct val){ 0 };
}

struct failure failure_make(struct str error, struct str cause)
{
    return (struct failure){ .error = text_or_none(error), .cause = text_or_none(cause) };
}

void failure_done(struct failure *why)
{
    val_free(why->error);
    val_free(why->cause);
    *why = (struct failure){ 0 };
}

static void put_place(struct buf *text, const struct fiber *f)
{
    if (!f->run->options.bare_causes)
        buf_printf(text,
                   "An error occurred while executing the state '%.*s' (entered at the event id "
                   "#%llu). ",
                   STR(f->state->asl->name), (unsigned long long)f->entered);
}

struct failure failure_runtime(const struct fiber *f, const char *fmt, ...)
{
    struct buf text;
    buf_init(&text, 0);
    put_place(&text, f);
    va_list args;
    va_start(args, fmt);
    buf_vprintf(&text, fmt, args);
    va_end(args);
    struct failure why = failure_make(S("States.Runtime"), buf_str(&text));
    why.runtime = true;
    buf_done(&text);
    return why;
}

struct failure failure_path(const struct fiber *f, const struct jsonpath_fail *fail,
                            struct str field, struct val input)
{
    struct str text = buf_str(&fail->text);
    struct str path = fail->path ? fail->path->text : (struct str){ 0 };
    if (fail->trouble == JSONPATH_CALL) {
        struct failure why =
            failure_runtime(f, "The function in the field '%.*s' had the following error: %.*s",
                            STR(field), STR(text));
        val_free(why.error);
        why.error = val_str(S("States.IntrinsicFailure"));
        why.runtime = false;
        return why;
    }
    if (fail->trouble == JSONPATH_TOO_MUCH || !field.n)
        return failure_runtime(f, "Invalid path '%.*s' : %.*s", STR(path), STR(text));
    struct buf json;
    buf_init(&json, RUN_DATA_LIMIT);
    text_json(&json, input);
    struct failure why = failure_runtime(f,
                                         "The JSONPath '%.*s' specified for the field '%.*s' could "
                                         "not be found in the input '%.*s'",
                                         STR(path), STR(field), STR(buf_str(&json)));
    buf_done(&json);
    return why;
}

/* ---- matching ---- */

static struct str error_name(const struct failure *why)
{
    return why->error.kind == VAL_STR ? peek_str(why->error) : S("");
}

static bool name_matches(const struct fiber *f, const struct failure *why, struct str name)
{
    struct str error = error_name(why);
    bool timeout = str_eq(error, S("States.Timeout"));
    if (str_eq(name, S("States.ALL")))
        return true;
    if (str_eq(name, S("States.TaskFailed")))
        return !timeout;
    if (str_eq(name, S("States.HeartbeatTimeout")) && why->heartbeat)
        return true;
    if (str_eq(name, S("States.BranchFailed")) && f->state->type == ASL_PARALLEL)
        return true;
    return str_eq(name, error);
}

static bool errors_match(const struct fiber *f, const struct errors *e, const struct failure *why)
{
    for (size_t i = 0; !why->runtime && i < e->n; i++)
        if (name_matches(f, why, e->names[i]))
            return true;
    return false;
}

/* ---- retrying ---- */

static double delay_s(const struct retrier *t, uint64_t attempt)
{
    double seconds = t->interval_s * pow(t->rate, (double)(attempt - 1));
    if (t->max_delay_s > 0 && seconds > t->max_delay_s)
        seconds = t->max_delay_s;
    return seconds < 1e11 ? seconds : 1e11;
}

static int64_t delay_ms(struct run *r, const struct retrier *t, uint64_t attempt)
{
    double seconds = delay_s(t, attempt);
    if (t->jitter)
        seconds *= (double)(run_random(r) >> 11) / 9007199254740992.0;
    return (int64_t)(seconds * 1000 + 0.5);
}

/* The first retrier that takes the error decides; used up, it leaves it to the catchers. */
static bool retry(struct run *r, struct fiber *f, const struct failure *why)
{
    for (size_t i = 0; i < f->state->nretry; i++) {
        const struct retrier *t = &f->state->retry[i];
        if (!errors_match(f, &t->errors, why))
            continue;
        if (f->attempts[i] >= t->max_attempts)
            return false;
        run_turned(r, f, TURN_RETRY, i);
        if (r->options.single && !f->group) {
            r->result.single = OUTCOME_RETRY;
            r->result.index = i;
            r->result.delay_s = delay_s(t, f->attempts[i] + 1);
            return false;
        }
        f->attempts[i]++;
        f->retries++;
        val_free(f->context);
        val_free(f->effective);
        f->context = f->effective = (struct val){ 0 };
        fiber_block(f, PHASE_WAIT);
        timer_set(r, f, TIMER_WAKE, delay_ms(r, t, f->attempts[i]));
        return true;
    }
    return false;
}

/* ---- catching ---- */

static struct val text_or_empty(struct val v)
{
    return v.kind == VAL_STR ? val_copy(v) : val_str(S(""));
}

static struct val error_output(const struct failure *why)
{
    struct val v = val_map_set(val_map(), S("Error"), text_or_empty(why->error));
    return val_map_set(v, S("Cause"), text_or_empty(why->cause));
}

/* Where the error output goes: in place of the input, or into it. */
static struct val placed(struct fiber *f, const struct route *result, struct val v,
                         struct failure *why)
{
    if (result->none) {
        val_free(v);
        return val_copy(f->input);
    }
    if (!result->path || result->path->nsteps == 0)
        return v;
    v = jsonpath_put(result->path, val_copy(f->input), v);
    if (v.kind == VAL_UNDEFINED)
        *why = failure_make(S("States.ResultPathMatchFailure"),
                            S("The error output cannot be placed into the state's input."));
    return v;
}

static void catch_with(struct run *r, struct fiber *f, const struct catcher *k, struct failure *why)
{
    struct val output = error_output(why), assigned = { 0 };
    struct failure again = { 0 };
    failure_done(why);
    bool ok = state_assign(r, f, k->assign, output, &assigned, &again);
    if (ok) {
        output = placed(f, &k->result, output, &again);
        ok = output.kind != VAL_UNDEFINED && data_fits(f, f->state->asl->name, output, &again);
    }
    if (ok) {
        run_forget_place(r);
        state_leave(r, f, output, assigned, k->next);
        return;
    }
    val_free(output);
    val_free(assigned);
    again.runtime = true; /* a catcher's own trouble is not caught */
    fiber_fail(r, f, &again);
}

static void pass_on(struct run *r, struct fiber *f, struct failure *why)
{
    run_note_place(r, f);
    if (r->options.single && !f->group && r->result.single == OUTCOME_LEFT)
        r->result.single = OUTCOME_FAILED;
    if (f->group)
        group_child_failed(r, f, why);
    else
        run_end(r, RUN_FAILED, (struct val){ 0 }, why);
    failure_done(why);
}

/* A single state tells how it was caught, and what. */
static void note_caught(struct run *r, const struct fiber *f, const struct failure *why, size_t i)
{
    if (!r->options.single || f->group)
        return;
    r->result.single = OUTCOME_CAUGHT;
    r->result.index = i;
    r->result.error = val_copy(why->error);
    r->result.cause = val_copy(why->cause);
}

void fiber_fail(struct run *r, struct fiber *f, struct failure *why)
{
    bool from_inside = f->inner_failed;
    f->inner_failed = false;
    if (retry(r, f, why)) {
        run_forget_place(r);
        failure_done(why);
        return;
    }
    if (r->result.single == OUTCOME_RETRY) {
        pass_on(r, f, why);
        return;
    }
    if (from_inside)
        event_put(r, f, f->state->type == ASL_MAP ? EVENT_MAP_FAILED : EVENT_PARALLEL_FAILED,
                  &(struct run_event){ .state = f->state->asl });
    for (size_t i = 0; i < f->state->ncatchers; i++) {
        if (errors_match(f, &f->state->catchers[i].errors, why)) {
            run_turned(r, f, TURN_CATCH, i);
            note_caught(r, f, why, i);
            catch_with(r, f, &f->state->catchers[i], why);
            return;
        }
    }
    pass_on(r, f, why);
}
