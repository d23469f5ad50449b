#include "runner/engine.h"

#include <time.h>

/* ---- randomness: splitmix64 ---- */

uint64_t run_random(struct run *r)
{
    uint64_t x = r->random += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* ---- timers: a binary heap ---- */

static bool earlier(const struct timer *a, const struct timer *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void swap(struct timer *a, struct timer *b)
{
    struct timer t = *a;
    *a = *b;
    *b = t;
}

void timer_set(struct run *r, struct fiber *f, enum timer_kind kind, int64_t after_ms)
{
    if (r->ntimers == r->timers_cap) {
        r->timers_cap = r->timers_cap ? 2 * r->timers_cap : 64;
        r->timers = mem_realloc(r->timers, r->timers_cap * sizeof *r->timers);
    }
    int64_t at;
    if (__builtin_add_overflow(r->now_ms, after_ms, &at))
        at = INT64_MAX;
    r->timers[r->ntimers++] = (struct timer){
        .at_ms = at,
        .order = r->orders++,
        .kind = kind,
        .fiber = f,
        .generation = f ? f->generation : 0,
    };
    for (size_t i = r->ntimers - 1; i > 0 && earlier(&r->timers[i], &r->timers[(i - 1) / 2]);
         i = (i - 1) / 2)
        swap(&r->timers[i], &r->timers[(i - 1) / 2]);
}

static struct timer timer_take(struct run *r)
{
    struct timer first = r->timers[0];
    r->timers[0] = r->timers[--r->ntimers];
    for (size_t i = 0;;) {
        size_t least = i;
        for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < r->ntimers; k++)
            if (earlier(&r->timers[k], &r->timers[least]))
                least = k;
        if (least == i)
            return first;
        swap(&r->timers[i], &r->timers[least]);
        i = least;
    }
}

static bool timer_void(const struct timer *t)
{
    return t->fiber && t->generation != t->fiber->generation;
}

/* ---- executions ---- */

static struct str kept(struct str s)
{
    char *p = mem_alloc(s.n);
    if (s.n)
        memcpy(p, s.p, s.n);
    return (struct str){ p, s.n };
}

static struct str named(struct str s, const char *otherwise)
{
    return s.n ? s : str_from(otherwise);
}

static struct str machine_name(const struct run *r)
{
    return named(r->options.machine_name, "StateMachine");
}

/* The ARN of an execution: express ones have a part more. */
static void execution_names(struct run *r, struct execution *e, size_t index)
{
    struct buf text;
    struct str base = named(r->options.execution_name, "execution");
    buf_init(&text, 0);
    if (e->child)
        buf_printf(&text, "%.*s-%zu", STR(base), index);
    else
        buf_put(&text, base);
    e->name = kept(buf_str(&text));
    text.n = 0;
    buf_printf(&text, "arn:aws:states:%.*s:%.*s:%s:%.*s:%.*s",
               STR(named(r->options.region, "us-east-1")),
               STR(named(r->options.account, "123456789012")),
               r->options.express ? "express" : "execution", STR(machine_name(r)), STR(e->name));
    e->id = kept(buf_str(&text));
    buf_done(&text);
}

struct execution *execution_new(struct run *r, struct val input, bool child, size_t index)
{
    struct execution *e = mem_alloc(sizeof *e);
    *e = (struct execution){ .refs = 1, .child = child, .input = input, .start_ms = r->now_ms };
    execution_names(r, e, index);
    return e;
}

void execution_release(struct execution *e)
{
    if (!e || --e->refs > 0)
        return;
    val_free(e->input);
    val_free(e->fixed_execution);
    val_free(e->fixed_machine);
    mem_free((char *)e->id.p);
    mem_free((char *)e->name.p);
    mem_free(e);
}

/* ---- scopes ---- */

static struct scope *scope_new(struct scope *up)
{
    struct scope *s = mem_alloc(sizeof *s);
    *s = (struct scope){ .refs = 1, .up = up };
    if (up)
        up->refs++;
    return s;
}

static void scope_release(struct scope *s)
{
    while (s && --s->refs == 0) {
        struct scope *up = s->up;
        val_free(s->variables);
        mem_free(s);
        s = up;
    }
}

/* ---- fibers ---- */

void fiber_ready(struct run *r, struct fiber *f)
{
    f->next_ready = NULL;
    f->queued = true;
    *r->ready_end = f;
    r->ready_end = &f->next_ready;
}

void fiber_block(struct fiber *f, enum phase phase)
{
    f->phase = phase;
    f->generation++;
}

static struct fiber *fiber_alloc(struct run *r)
{
    struct fiber *f = r->spare;
    if (f) {
        r->spare = f->next_ready;
        *f = (struct fiber){ .generation = f->generation + 1 };
        return f;
    }
    if (r->nall == r->all_cap) {
        r->all_cap = r->all_cap ? 2 * r->all_cap : 64;
        r->all = mem_realloc(r->all, r->all_cap * sizeof *r->all);
    }
    f = mem_alloc(sizeof *f);
    *f = (struct fiber){ 0 };
    r->all[r->nall++] = f;
    return f;
}

struct fiber *fiber_new(struct run *r, struct group *g, size_t start, struct val input,
                        struct execution *e, struct scope *up)
{
    struct fiber *f = fiber_alloc(r);
    if (++r->live > RUN_FIBERS_LIMIT)
        run_abort(r, g ? g->owner : NULL, "more than %d branches and iterations at a time",
                  RUN_FIBERS_LIMIT);
    f->run = r;
    f->group = g;
    f->execution = e;
    e->refs++;
    f->scope = scope_new(up);
    f->state = &r->program->states[start];
    f->input = input;
    f->attempts = f->few;
    if (g) {
        f->sibling = g->children;
        f->back = &g->children;
        if (g->children)
            g->children->back = &f->sibling;
        g->children = f;
    }
    fiber_ready(r, f);
    return f;
}

void fiber_drop_state(struct run *r, struct fiber *f)
{
    task_cancel(r, f);
    if (f->inner)
        group_free(r, f->inner);
    f->inner = NULL;
    if (f->attempts != f->few)
        mem_free(f->attempts);
    f->attempts = f->few;
    val_free(f->effective);
    val_free(f->context);
    mem_free((char *)f->token.p);
    f->effective = f->context = (struct val){ 0 };
    f->token = (struct str){ 0 };
}

static void fiber_spare(struct run *r, struct fiber *f)
{
    f->next_ready = r->spare;
    r->spare = f;
}

void fiber_kill(struct run *r, struct fiber *f)
{
    fiber_drop_state(r, f);
    fiber_block(f, PHASE_GONE);
    val_free(f->input);
    val_free(f->item);
    scope_release(f->scope);
    execution_release(f->execution);
    if (f->back) {
        *f->back = f->sibling;
        if (f->sibling)
            f->sibling->back = f->back;
    }
    r->live--;
    if (!f->queued) /* else the queue lets go of it */
        fiber_spare(r, f);
}

/* ---- the end ---- */

void run_note_place(struct run *r, const struct fiber *f)
{
    if (!f || r->result.state)
        return;
    r->result.state = f->state->asl;
    r->result.state_input = val_copy(f->input);
}

void run_forget_place(struct run *r)
{
    val_free(r->result.state_input);
    r->result.state_input = (struct val){ 0 };
    r->result.state = NULL;
}

void run_end(struct run *r, enum run_status status, struct val output, struct failure *why)
{
    r->over = true;
    r->result.status = status;
    r->result.output = output;
    if (why) {
        r->result.error = why->error;
        r->result.cause = why->cause;
        *why = (struct failure){ 0 };
    }
}

void run_abort(struct run *r, struct fiber *f, const char *fmt, ...)
{
    struct buf text;
    buf_init(&text, 0);
    va_list args;
    va_start(args, fmt);
    buf_vprintf(&text, fmt, args);
    va_end(args);
    run_note_place(r, f);
    struct failure why = { .cause = val_str(buf_str(&text)) };
    buf_done(&text);
    if (!r->over)
        run_end(r, RUN_ABORTED, (struct val){ 0 }, &why);
    failure_done(&why);
}

/* ---- the loop ---- */

static void fiber_enter(struct run *r, struct fiber *f)
{
    const struct state *s = f->state;
    uint64_t limit = r->options.max_states ? r->options.max_states : RUN_DEFAULT_STATES;
    if (r->states >= limit) {
        run_abort(r, f, "stopped after %llu states: a loop without end? the limit can be raised",
                  (unsigned long long)limit);
        return;
    }
    r->states++;
    f->entered_ms = r->now_ms;
    f->entered = event_put(r, f, EVENT_STATE_ENTERED,
                           &(struct run_event){ .state = s->asl, .data = f->input });
    f->retries = r->options.single ? r->options.single->retries : 0;
    if (s->nretry > FEW_RETRIERS)
        f->attempts = mem_alloc(s->nretry * sizeof *f->attempts);
    for (size_t i = 0; i < s->nretry; i++)
        f->attempts[i] = f->retries;
    f->phase = PHASE_BODY;
}

static void fiber_run(struct run *r, struct fiber *f)
{
    uint64_t generation = f->generation;
    while (!r->over && f->generation == generation && f->phase <= PHASE_BODY) {
        if (f->phase == PHASE_ENTER)
            fiber_enter(r, f);
        else
            state_run(r, f);
    }
}

static void fire(struct run *r, const struct timer *t)
{
    struct fiber *f = t->fiber;
    if (t->kind == TIMER_EXECUTION) {
        struct failure why = failure_make(S("States.Timeout"), (struct str){ 0 });
        run_end(r, RUN_TIMED_OUT, (struct val){ 0 }, &why);
    } else if (t->kind == TIMER_WAKE && f->phase == PHASE_WAIT) {
        uint64_t generation = f->generation; /* it may end here and its memory serve another */
        f->phase = PHASE_BODY;
        if (f->state->type == ASL_WAIT)
            state_result(r, f, val_copy(f->effective));
        if (!r->over && f->generation == generation && f->phase <= PHASE_BODY)
            fiber_ready(r, f);
    } else {
        task_timer(r, f, t->kind);
    }
}

static int64_t real_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void sleep_ms(int64_t ms)
{
    struct timespec t = { .tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000 };
    if (ms > 0)
        nanosleep(&t, NULL);
}

static void follow_clock(struct run *r)
{
    if (r->options.real_time) {
        int64_t now = real_ms() + r->real_offset_ms;
        r->now_ms = now > r->now_ms ? now : r->now_ms;
    }
}

void run_pass_time(struct run *r)
{
    int64_t now = real_ms();
    if (r->options.real_time)
        follow_clock(r);
    else if (now > r->waiting_since_ms)
        r->now_ms += now - r->waiting_since_ms;
    r->waiting_since_ms = now;
}

/* Lets the outside answer. While real tasks are under way time passes as it really does, on a
 * virtual clock too; it jumps only when nothing else is left. False: nothing can come. */
static bool wait_outside(struct run *r)
{
    int64_t most = -1;
    if (!r->tasks_waiting || !r->options.tasks.wait)
        return false;
    if (r->ntimers)
        most = r->timers[0].at_ms > r->now_ms ? r->timers[0].at_ms - r->now_ms : 0;
    r->waiting_since_ms = real_ms();
    bool more = r->options.tasks.wait(r->options.tasks.data, r, most);
    run_pass_time(r);
    return more;
}

/* Nobody can go on: the clock moves to the next timer. */
static void advance(struct run *r)
{
    while (r->ntimers && timer_void(&r->timers[0]))
        timer_take(r);
    follow_clock(r);
    bool due = r->ntimers && r->timers[0].at_ms <= r->now_ms;
    if (!due && wait_outside(r)) {
        follow_clock(r);
        return;
    }
    if (!r->ntimers) {
        run_abort(r, NULL, "nothing is left to wait for: a task was never answered");
        return;
    }
    struct timer t = timer_take(r);
    if (r->options.real_time && t.at_ms > r->now_ms) {
        sleep_ms(t.at_ms - r->now_ms);
        follow_clock(r);
    }
    if (t.at_ms > r->now_ms)
        r->now_ms = t.at_ms;
    fire(r, &t);
}

static void loop(struct run *r)
{
    while (!r->over) {
        struct fiber *f = r->ready;
        if (!f) {
            advance(r);
            continue;
        }
        r->ready = f->next_ready;
        if (!r->ready)
            r->ready_end = &r->ready;
        f->queued = false;
        if (f->phase == PHASE_GONE)
            fiber_spare(r, f);
        else
            fiber_run(r, f);
    }
}

static void finish(struct run *r, struct fiber *top)
{
    static const enum run_event_type types[] = { [RUN_SUCCEEDED] = EVENT_EXECUTION_SUCCEEDED,
                                                 [RUN_FAILED] = EVENT_EXECUTION_FAILED,
                                                 [RUN_TIMED_OUT] = EVENT_EXECUTION_TIMED_OUT,
                                                 [RUN_ABORTED] = EVENT_EXECUTION_ABORTED };
    event_put(r, top, types[r->result.status],
              &(struct run_event){
                  .data = r->result.output, .error = r->result.error, .cause = r->result.cause });
    r->result.states = r->states;
    r->result.events = r->top->last_id;
    r->result.elapsed_ms = r->now_ms - r->top->start_ms;
}

static void release(struct run *r, struct fiber *top)
{
    fiber_kill(r, top);
    for (size_t i = 0; i < r->nall; i++)
        mem_free(r->all[i]);
    mem_free(r->all);
    mem_free(r->timers);
    mem_free(r->invocations);
    execution_release(r->top);
}

struct run_result run_program(const struct program *p, struct val input,
                              const struct run_options *options)
{
    struct run r = { .program = p, .options = *options, .random = options->seed };
    r.ready_end = &r.ready;
    r.now_ms = options->start_ms ? options->start_ms : RUN_DEFAULT_START;
    if (options->real_time) {
        if (options->start_ms)
            r.real_offset_ms = options->start_ms - real_ms();
        follow_clock(&r);
    }
    r.invocations = mem_alloc(p->nstates * sizeof *r.invocations);
    memset(r.invocations, 0, p->nstates * sizeof *r.invocations);
    r.top = execution_new(&r, val_copy(input), false, 0);
    size_t start = options->single ? options->single->state->number : p->top.start;
    struct fiber *top = fiber_new(&r, NULL, start, input, r.top, NULL);
    top->scope->variables = val_copy(options->variables);
    event_aside(&r, top, EVENT_EXECUTION_STARTED, 0, &(struct run_event){ .data = top->input });
    struct failure why = { 0 };
    if (!data_fits(top, S("execution input"), top->input, &why))
        run_end(&r, RUN_FAILED, (struct val){ 0 }, &why);
    if (p->timeout_s > 0)
        timer_set(&r, NULL, TIMER_EXECUTION, (int64_t)(p->timeout_s * 1000));
    loop(&r);
    finish(&r, top);
    release(&r, top);
    return r.result;
}

void run_result_done(struct run_result *r)
{
    val_free(r->output);
    val_free(r->error);
    val_free(r->cause);
    val_free(r->state_input);
    *r = (struct run_result){ 0 };
}

int64_t run_now_ms(const struct run *run)
{
    return run->now_ms;
}

struct str run_status_name(enum run_status status)
{
    static const struct str names[] = { [RUN_SUCCEEDED] = S_INIT("SUCCEEDED"),
                                        [RUN_FAILED] = S_INIT("FAILED"),
                                        [RUN_TIMED_OUT] = S_INIT("TIMED_OUT"),
                                        [RUN_ABORTED] = S_INIT("ABORTED") };
    return names[status];
}
