#include "runner/engine.h"

#include "asl/asl_time.h"
#include "jsonpath/text.h"

#include <math.h>

enum { WAIT_DELAY_MAX_S = 2147483647 }; /* recorded: longer delays are refused */

/* ---- Assign ---- */

bool state_assign(struct run *r, struct fiber *f, const struct template *t, struct val input,
                  struct val *assigned, struct failure *why)
{
    if (!t)
        return true;
    *assigned = data_template(r, f, t, input, why);
    if (assigned->kind == VAL_UNDEFINED)
        return false;
    for (size_t i = 0; i < peek_count(*assigned); i++) {
        if (!data_fits(f, f->state->asl->name, peek_value_at(*assigned, i), why)) {
            val_free(*assigned);
            *assigned = (struct val){ 0 };
            return false;
        }
    }
    return true;
}

/* Variables become visible once the state is left. */
static void keep_variables(struct fiber *f, struct val assigned)
{
    struct scope *s = f->scope;
    if (assigned.kind != VAL_MAP)
        return;
    struct val all = s->variables.kind == VAL_MAP ? s->variables : val_map();
    for (size_t i = 0; i < peek_count(assigned); i++)
        all = val_map_put(all, val_copy(peek_key_at(assigned, i)),
                          val_copy(peek_value_at(assigned, i)));
    s->variables = all;
}

/* ---- leaving ---- */

void fiber_done(struct run *r, struct fiber *f, struct val output)
{
    if (f->group)
        group_child_done(r, f, output);
    else
        run_end(r, RUN_SUCCEEDED, output, NULL);
}

void state_leave(struct run *r, struct fiber *f, struct val output, struct val assigned,
                 size_t next)
{
    event_put(r, f, EVENT_STATE_EXITED,
              &(struct run_event){ .state = f->state->asl, .data = output, .assigned = assigned });
    keep_variables(f, assigned);
    val_free(assigned);
    fiber_drop_state(r, f);
    val_free(f->input);
    f->input = (struct val){ 0 };
    if (next == NO_STATE || r->options.single) {
        if (r->options.single && next != NO_STATE)
            r->result.next = r->program->states[next].asl;
        fiber_done(r, f, output);
        return;
    }
    f->input = output;
    f->state = &r->program->states[next];
    if (f->phase > PHASE_BODY) { /* it was blocked: void its timers, back into the queue */
        fiber_block(f, PHASE_ENTER);
        fiber_ready(r, f);
    }
    f->phase = PHASE_ENTER;
}

static void fail(struct run *r, struct fiber *f, struct failure why)
{
    fiber_fail(r, f, &why);
}

/* ResultSelector, ResultPath and OutputPath, each with its failure. Consumes result. */
static struct val shape(struct run *r, struct fiber *f, struct val result, struct failure *why)
{
    const struct state *s = f->state;
    struct val v = result;
    if (s->selector) {
        v = data_template(r, f, s->selector, result, why);
        val_free(result);
        if (v.kind == VAL_UNDEFINED)
            return v;
    }
    inspect(r, f, "afterResultSelector", v);
    if (s->result.none) {
        val_free(v);
        v = val_copy(f->input);
    } else if (s->result.path && s->result.path->nsteps > 0) {
        v = jsonpath_put(s->result.path, val_copy(f->input), v);
        if (v.kind == VAL_UNDEFINED) {
            *why = failure_runtime(f, "The result cannot be placed at '%.*s' of the state's input.",
                                   STR(s->result.path->text));
            val_free(why->error);
            why->error = val_str(S("States.ResultPathMatchFailure"));
            why->runtime = false;
            return v;
        }
    }
    inspect(r, f, "afterResultPath", v);
    if (s->output.none) {
        val_free(v);
        return val_map();
    }
    if (s->output.path) {
        struct val whole = v;
        v = data_path(r, f, s->output.path, whole, why);
        val_free(whole);
    }
    return v;
}

void state_result(struct run *r, struct fiber *f, struct val result)
{
    struct failure why = { 0 };
    struct val assigned = { 0 };
    if (!state_assign(r, f, f->state->assign, result, &assigned, &why)) {
        val_free(result);
        fail(r, f, why);
        return;
    }
    struct val output = shape(r, f, result, &why);
    if (output.kind == VAL_UNDEFINED || !data_fits(f, f->state->asl->name, output, &why)) {
        val_free(output);
        val_free(assigned);
        fail(r, f, why);
        return;
    }
    state_leave(r, f, output, assigned, f->state->next);
}

/* ---- Pass, Succeed ---- */

static void pass_run(struct run *r, struct fiber *f)
{
    struct failure why = { 0 };
    struct val v = data_input(r, f, &why);
    if (v.kind == VAL_UNDEFINED) {
        fail(r, f, why);
        return;
    }
    if (f->state->literal) {
        val_free(v);
        v = val_copy(*f->state->literal);
        inspect(r, f, "result", v);
    } else {
        inspect(r, f, "afterParameters", v);
    }
    state_result(r, f, v);
}

static void succeed_run(struct run *r, struct fiber *f)
{
    struct failure why = { 0 };
    struct val v = data_input(r, f, &why);
    if (v.kind == VAL_UNDEFINED)
        fail(r, f, why);
    else
        state_result(r, f, v);
}

/* ---- Fail ---- */

/* Error or Cause: as written, at a path, or made by a function. */
static bool fail_text(struct run *r, struct fiber *f, const char *field, struct str text, bool has,
                      const struct expression *e, struct val *out, struct failure *why)
{
    if (has)
        *out = val_str(text);
    if (!e->path && !e->call)
        return true;
    struct jsonpath_env env = fiber_env(r, f, f->input);
    struct jsonpath_fail trouble = { 0 };
    struct val v = expression_eval(e, &env, &trouble);
    if (v.kind == VAL_UNDEFINED)
        *why = failure_path(f, &trouble, str_from(field), f->input);
    else if (v.kind != VAL_STR)
        *why =
            failure_runtime(f, "The %s field must reference a string: %.*s", field, STR(e->text));
    jsonpath_fail_done(&trouble);
    if (v.kind == VAL_STR) {
        *out = v;
        return true;
    }
    val_free(v);
    return false;
}

static void fail_run(struct run *r, struct fiber *f)
{
    const struct state *s = f->state;
    struct failure why = { 0 }, out = { 0 };
    inspect(r, f, "input", f->input);
    inspect(r, f, "afterInputPath", f->input);
    bool ok =
        fail_text(r, f, "ErrorPath", s->error, s->has_error, &s->error_path, &out.error, &why) &&
        fail_text(r, f, "CausePath", s->cause, s->has_cause, &s->cause_path, &out.cause, &why);
    if (!ok)
        failure_done(&out);
    fail(r, f, ok ? out : why);
}

/* ---- Wait ---- */

static bool wait_seconds(struct run *r, struct fiber *f, double *seconds, struct failure *why)
{
    const struct amount *a = &f->state->seconds;
    *seconds = a->number;
    if (!a->path)
        return true;
    struct val v = data_path(r, f, a->path, f->effective, why);
    if (v.kind == VAL_UNDEFINED)
        return false;
    bool ok = v.kind == VAL_INT && v.integer >= 0 && v.integer <= 99999999;
    struct buf text;
    buf_init(&text, 0);
    text_java(&text, v);
    if (v.kind == VAL_INT && !ok)
        *why = failure_runtime(f,
                               "The SecondsPath parameter must be between 0 and 99999999: %.*s "
                               "== %.*s",
                               STR(a->path->text), STR(buf_str(&text)));
    else if (!ok)
        *why = failure_runtime(
            f, "The SecondsPath parameter cannot be parsed as a long value: %.*s == %.*s",
            STR(a->path->text), STR(buf_str(&text)));
    else
        *seconds = (double)v.integer;
    buf_done(&text);
    val_free(v);
    return ok;
}

static bool wait_until(struct run *r, struct fiber *f, int64_t *ms, struct failure *why)
{
    const struct jsonpath *path = f->state->timestamp_path;
    struct asl_time t;
    *ms = f->state->timestamp_ms;
    if (!path)
        return true;
    struct val v = data_path(r, f, path, f->effective, why);
    if (v.kind == VAL_UNDEFINED)
        return false;
    bool ok = v.kind == VAL_STR && asl_time_parse(peek_str(v), &t);
    if (ok) {
        *ms = t.seconds * 1000 + t.nanos / 1000000;
    } else {
        struct buf text;
        buf_init(&text, 0);
        text_java(&text, v);
        *why = failure_runtime(f,
                               "The TimestampPath parameter does not reference a valid ISO-8601 "
                               "extended offset date-time format string: %.*s == %.*s",
                               STR(path->text), STR(buf_str(&text)));
        buf_done(&text);
    }
    val_free(v);
    return ok;
}

/* How long from now; false after *why. */
static bool wait_delay(struct run *r, struct fiber *f, int64_t *ms, struct failure *why)
{
    double seconds;
    if (f->state->seconds.set) {
        if (!wait_seconds(r, f, &seconds, why))
            return false;
        *ms = (int64_t)(seconds * 1000);
        return true;
    }
    if (!wait_until(r, f, ms, why))
        return false;
    *ms = *ms > r->now_ms ? *ms - r->now_ms : 0;
    if (*ms / 1000 > WAIT_DELAY_MAX_S) {
        *why = failure_runtime(f, "Wait state delay is too long.");
        return false;
    }
    return true;
}

static void wait_run(struct run *r, struct fiber *f)
{
    struct failure why = { 0 };
    int64_t ms = 0;
    f->effective = data_input(r, f, &why);
    if (f->effective.kind == VAL_UNDEFINED || !wait_delay(r, f, &ms, &why)) {
        fail(r, f, why);
        return;
    }
    fiber_block(f, PHASE_WAIT);
    timer_set(r, f, TIMER_WAKE, ms);
}

void state_run(struct run *r, struct fiber *f)
{
    switch (f->state->type) {
    case ASL_PASS:
        pass_run(r, f);
        return;
    case ASL_TASK:
        task_run(r, f);
        return;
    case ASL_CHOICE:
        choice_run(r, f);
        return;
    case ASL_WAIT:
        wait_run(r, f);
        return;
    case ASL_SUCCEED:
        succeed_run(r, f);
        return;
    case ASL_FAIL:
        fail_run(r, f);
        return;
    case ASL_PARALLEL:
        parallel_run(r, f);
        return;
    case ASL_MAP:
        map_run(r, f);
        return;
    default:
        UNREACHABLE();
    }
}
