/* Inside a run: executions, fibers, groups, the clock. Shared by the runner's own files.
 *
 * A *fiber* goes through the states of one block: the machine itself, a branch of a Parallel, an
 * iteration of a Map. A *group* is a Parallel or Map under way: the fibers it started and what is
 * left to start. An *execution* numbers its own events: the machine's, and one for each child of a
 * distributed Map. Fibers that can go on stand in a queue; the others wait for a timer, a task or
 * their group. */
#ifndef RUNNER_ENGINE_H
#define RUNNER_ENGINE_H

#include "runner/program.h"
#include "runner/run.h"

#include "base/mem.h"

/* Variables of one block; inner blocks see outer ones. */
struct scope {
    size_t refs;
    struct scope *up;
    struct val variables; /* a map */
};

struct execution {
    size_t refs;
    uint64_t last_id;                          /* of its newest event */
    bool child;                                /* of a distributed Map: its events are its own */
    struct str id, name;                       /* owned */
    struct val fixed_execution, fixed_machine; /* $$.Execution, $$.StateMachine; made when wanted */
    struct val input;
    int64_t start_ms;
};

/* An error on its way to a retrier, a catcher or the end. */
struct failure {
    struct val error, cause; /* strings or undefined */
    bool runtime;            /* States.Runtime: nothing catches it */
    bool heartbeat;          /* States.Timeout that is a missing heartbeat */
};

enum phase {
    PHASE_ENTER, /* about to enter `state` */
    PHASE_BODY,  /* about to do the state's work (again) */
    PHASE_WAIT,  /* for a timer: a Wait state, a retry */
    PHASE_TASK,
    PHASE_GROUP,
    PHASE_GONE,
};

enum timer_kind { TIMER_WAKE, TIMER_TASK_DONE, TIMER_TIMEOUT, TIMER_HEARTBEAT, TIMER_EXECUTION };

enum { FEW_RETRIERS = 4 };

struct fiber {
    struct fiber *next_ready;      /* in the queue, or in the list of spare ones */
    struct fiber *sibling, **back; /* in its group's list */
    struct fiber *next_task, **task_back;
    struct run *run;
    struct group *group; /* that started it; NULL: the machine itself */
    struct execution *execution;
    struct scope *scope;
    struct run_place place; /* in `group` */
    struct val item;        /* $$.Map.Item of an iteration */
    enum phase phase;
    bool queued;         /* stands in the queue */
    uint64_t generation; /* timers of an earlier one are void */
    const struct state *state;
    struct val input;       /* the state's, raw */
    struct val effective;   /* behind InputPath and Parameters: a retried task sends it again */
    struct val context;     /* $$, made when wanted */
    uint64_t last, entered; /* event ids: newest; StateEntered of `state` */
    int64_t entered_ms;
    size_t retries;
    uint64_t few[FEW_RETRIERS], *attempts; /* by retrier */
    uint64_t task_id;                      /* 0: none under way */
    struct task_answer answer;             /* kept until TIMER_TASK_DONE */
    double timeout_s, heartbeat_s;
    int64_t heartbeat_ms; /* when the next one is due */
    struct str token;     /* owned */
    struct group *inner;  /* the Parallel or Map that `state` is */
    bool inner_failed;    /* the failure under way comes out of it */
};

struct group {
    struct fiber *owner;
    const struct state *state;
    struct fiber *children;
    size_t total, started, running, finished, failed;
    size_t limit;       /* children at a time */
    struct val items;   /* of a Map */
    struct val results; /* a list, in the order of the children */
    uint64_t last;      /* the newest event inside */
    uint64_t closing;   /* the newest MapIterationSucceeded: what the Map's own end points to */
    /* Distributed */
    size_t tolerated_count;
    double tolerated_percentage;
    bool has_tolerated;
    struct str map_run; /* ARN, owned */
    uint64_t run_started;
    struct val input;    /* the state's effective input: what ItemSelector sees */
    struct val outcomes; /* of a distributed Map's children: a list of objects */
};

struct timer {
    int64_t at_ms;
    uint64_t order; /* of setting: equal times fire in it */
    enum timer_kind kind;
    struct fiber *fiber;
    uint64_t generation;
};

struct run {
    const struct program *program;
    struct run_options options;
    int64_t now_ms, real_offset_ms, waiting_since_ms;
    uint64_t random;
    uint64_t states, events, orders, tasks;
    struct timer *timers; /* a heap */
    size_t ntimers, timers_cap;
    struct fiber *ready, **ready_end;
    struct fiber *spare;
    struct fiber **all; /* every fiber ever made, for the end */
    size_t nall, all_cap, live;
    struct fiber *tasks_waiting; /* for an answer from outside */
    uint64_t *invocations;       /* of each state */
    struct execution *top;
    bool over;
    struct run_result result;
};

/* ---- engine.c ---- */

void fiber_ready(struct run *r, struct fiber *f);
struct fiber *fiber_new(struct run *r, struct group *g, size_t start, struct val input,
                        struct execution *e, struct scope *up);
/* Stops the fiber and everything below it, silently, and releases it. */
void fiber_kill(struct run *r, struct fiber *f);
void fiber_block(struct fiber *f, enum phase phase);
/* Remembers where things went wrong, for the report; forgets it once that was caught. */
/* The clock follows the time that was spent waiting for the outside. */
void run_pass_time(struct run *r);
void run_note_place(struct run *r, const struct fiber *f);
void run_forget_place(struct run *r);
void fiber_drop_state(struct run *r, struct fiber *f);
void timer_set(struct run *r, struct fiber *f, enum timer_kind kind, int64_t after_ms);
uint64_t run_random(struct run *r);
void run_turned(struct run *r, const struct fiber *f, enum run_turn turn, size_t index);
/* Ends the run. Consumes the values. */
void run_end(struct run *r, enum run_status status, struct val output, struct failure *why);
/* Ends it for a reason that is not the machine's: RUN_ABORTED with this cause. */
__attribute__((format(printf, 3, 4))) void run_abort(struct run *r, struct fiber *f,
                                                     const char *fmt, ...);
struct execution *execution_new(struct run *r, struct val input, bool child, size_t index);
void execution_release(struct execution *e);

/* ---- events.c ---- */

/* Numbers an event of f's execution, delivers it, and returns its id; f->last becomes it. The
 * caller fills in what its type needs; type and previous are set here. */
uint64_t event_put(struct run *r, struct fiber *f, enum run_event_type type,
                   struct run_event *event);
/* The same, but f->last stays and `previous` is the caller's. */
uint64_t event_aside(struct run *r, struct fiber *f, enum run_event_type type, uint64_t previous,
                     struct run_event *event);

/* ---- data.c: values on their way through a state ---- */

struct jsonpath_env fiber_env(struct run *r, struct fiber *f, struct val input);
/* Each returns a value to release, or VAL_UNDEFINED after setting *why. */
struct val data_input(struct run *r, struct fiber *f, struct failure *why);
struct val data_template(struct run *r, struct fiber *f, const struct template *t, struct val input,
                         struct failure *why);
struct val data_path(struct run *r, struct fiber *f, const struct jsonpath *p, struct val input,
                     struct failure *why);
/* The amount as it is, or at its path; false after setting *why. `whole`: an integer. */
bool data_amount(struct run *r, struct fiber *f, const struct amount *a, struct val input,
                 bool whole, double *out, struct failure *why);
void inspect(struct run *r, const struct fiber *f, const char *stage, struct val v);
/* Whether v is within RUN_DATA_LIMIT and RUN_DATA_DEPTH; sets *why otherwise. */
bool data_fits(struct fiber *f, struct str what, struct val v, struct failure *why);

/* ---- failure.c ---- */

struct failure failure_make(struct str error, struct str cause);
/* States.Runtime, its cause beginning with "An error occurred while executing the state". */
__attribute__((format(printf, 2, 3))) struct failure failure_runtime(const struct fiber *f,
                                                                     const char *fmt, ...);
/* A failed evaluation of the expression in `field` (empty: a plain path). */
struct failure failure_path(const struct fiber *f, const struct jsonpath_fail *fail,
                            struct str field, struct val input);
void failure_done(struct failure *why);
/* The state of f failed: retry, catch, or pass it on. Consumes *why. */
void fiber_fail(struct run *r, struct fiber *f, struct failure *why);

/* ---- states.c ---- */

/* One state's work; leaves f ready, blocked or gone. */
void state_run(struct run *r, struct fiber *f);
/* The state has its raw result: selector, Assign, ResultPath, OutputPath, on. Consumes it. */
void state_result(struct run *r, struct fiber *f, struct val result);
/* Leaves the state with this output for state `next` (NO_STATE: the block ends). Consumes the
 * values; `assigned` may be undefined. */
void state_leave(struct run *r, struct fiber *f, struct val output, struct val assigned,
                 size_t next);
/* Evaluates an Assign into *assigned (a map, or undefined); false after *why. */
bool state_assign(struct run *r, struct fiber *f, const struct template *t, struct val input,
                  struct val *assigned, struct failure *why);
/* The fiber's block ended. Consumes output. */
void fiber_done(struct run *r, struct fiber *f, struct val output);

/* ---- choice.c ---- */

void choice_run(struct run *r, struct fiber *f);
/* '*' matches anything, a backslash takes '*' and '\' literally; the whole text must match. */
bool choice_matches(struct str text, struct str pattern);

/* ---- task.c ---- */

void task_run(struct run *r, struct fiber *f);
void task_timer(struct run *r, struct fiber *f, enum timer_kind kind);
void task_cancel(struct run *r, struct fiber *f);
struct str task_token(struct run *r, struct fiber *f);

/* ---- group.c ---- */

/* A group for `total` children (a Map's come later), `limit` at a time; it is f->inner. */
struct group *group_new(struct fiber *owner, size_t total, size_t limit);
/* Starts what may start; ends the group when all is done. */
void group_go_on(struct run *r, struct group *g);
/* The group failed as a whole: its children stop, its state fails. Consumes *why. */
void group_fail(struct run *r, struct group *g, struct failure *why);
/* $$.Map.Item of item i; and what iteration i is given: the item (borrowed context in `item`), or
 * what the ItemSelector makes of it. */
struct val group_item(const struct group *g, size_t i);
struct val group_item_input(struct run *r, struct group *g, size_t i, struct val item,
                            struct failure *why);
/* The given result or failure of a single state (run_single). */
void group_single(struct run *r, struct fiber *f);
/* States.ExceedToleratedFailureThreshold. */
struct failure failure_exceeded(void);
void parallel_run(struct run *r, struct fiber *f);
/* A child ended: output, or *why (consumed). */
void group_child_done(struct run *r, struct fiber *child, struct val output);
void group_child_failed(struct run *r, struct fiber *child, struct failure *why);
void group_free(struct run *r, struct group *g);

/* ---- map.c ---- */

void map_run(struct run *r, struct fiber *f);

/* ---- items.c: what a distributed Map reads and writes ---- */

/* The items of f's ItemReader; VAL_UNDEFINED after setting *why (States.ItemReaderFailed). */
struct val items_read(struct run *r, struct fiber *f, struct val input, struct failure *why);
/* Items put into batches as the ItemBatcher says. Consumes items. */
struct val items_batch(struct run *r, struct fiber *f, struct val input, struct val items,
                       struct failure *why);
/* What the ResultWriter makes of the outcomes: the Map's result. */
struct val items_write(struct run *r, struct fiber *f, struct group *g, struct val input,
                       struct failure *why);

/* ---- csv.c ---- */

/* Rows of RFC 4180 text, each a list of strings. */
struct val csv_rows(struct str text, char delimiter);

/* ---- clock.c ---- */

/* "2026-01-01T00:00:00.000Z" */
struct val clock_text(int64_t ms);

#endif
