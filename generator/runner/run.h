/* Runs a state machine here, with AWS's semantics. In: a program (program.h), an input, options.
 * Out: status, output or error and cause, and, as they happen, the events that GetExecutionHistory
 * would list.
 *
 * One thread, one event loop. The clock is virtual: a wait costs nothing and the time in the
 * history is right. What a task does is a provider's business, which answers at once, after a time
 * on the virtual clock, or later from outside. The same input gives the same bytes.
 *
 * Source: Amazon States Language; AWS developer guide; error texts and event orders as recorded
 * from AWS. */
#ifndef RUNNER_RUN_H
#define RUNNER_RUN_H

#include "asl/asl.h"
#include "base/diag.h"
#include "base/val.h"

enum {
    RUN_DATA_LIMIT = 262144,        /* bytes of a state's input or output, as JSON */
    RUN_VARIABLES_LIMIT = 10 << 20, /* bytes of all variables of a scope */
    RUN_DATA_DEPTH = 400,           /* nesting of state data */
    RUN_INLINE_CONCURRENCY = 40,    /* iterations of an inline Map at a time, at most */
    RUN_DISTRIBUTED_CONCURRENCY = 10000,
    RUN_FIBERS_LIMIT = 500000, /* branches and iterations under way at a time */
};

struct run;

/* ---- a machine made ready to run ---- */

struct program;

/* NULL after diagnostics: paths that cannot be read, states in a query language that is not
 * supported yet [not-supported], a machine whose transitions do not resolve. The machine must have
 * been checked, or at least parsed without errors; `a` and the machine outlive the program. */
struct program *program_new(struct arena *a, struct diags *ds, const struct asl_machine *m);
void program_free(struct program *p);

/* ---- what happened ---- */

enum run_event_type {
    EVENT_EXECUTION_STARTED,
    EVENT_EXECUTION_SUCCEEDED,
    EVENT_EXECUTION_FAILED,
    EVENT_EXECUTION_TIMED_OUT,
    EVENT_EXECUTION_ABORTED, /* stopped by a limit of ours, or by the caller */
    EVENT_STATE_ENTERED,     /* printed with the state's type before it: PassStateEntered … */
    EVENT_STATE_EXITED,
    EVENT_TASK_SCHEDULED, /* of a service; LAMBDA_: a function's ARN; ACTIVITY_: an activity's */
    EVENT_TASK_STARTED,
    EVENT_TASK_SUBMITTED,
    EVENT_TASK_SUCCEEDED,
    EVENT_TASK_FAILED,
    EVENT_TASK_TIMED_OUT,
    EVENT_LAMBDA_SCHEDULED,
    EVENT_LAMBDA_STARTED,
    EVENT_LAMBDA_SUCCEEDED,
    EVENT_LAMBDA_FAILED,
    EVENT_LAMBDA_TIMED_OUT,
    EVENT_ACTIVITY_SCHEDULED,
    EVENT_ACTIVITY_STARTED,
    EVENT_ACTIVITY_SUCCEEDED,
    EVENT_ACTIVITY_FAILED,
    EVENT_ACTIVITY_TIMED_OUT,
    EVENT_PARALLEL_STARTED,
    EVENT_PARALLEL_SUCCEEDED,
    EVENT_PARALLEL_FAILED,
    EVENT_MAP_STARTED,
    EVENT_MAP_SUCCEEDED,
    EVENT_MAP_FAILED,
    EVENT_ITERATION_STARTED,
    EVENT_ITERATION_SUCCEEDED,
    EVENT_ITERATION_FAILED,
    EVENT_ITERATION_ABORTED,
    EVENT_MAP_RUN_STARTED,
    EVENT_MAP_RUN_SUCCEEDED,
    EVENT_MAP_RUN_FAILED,
    EVENT_TYPES, /* how many there are */
};

/* One event. Everything is borrowed for the length of the call that delivers it; zeroed members
 * are absent. */
struct run_event {
    enum run_event_type type;
    uint64_t id, previous;
    int64_t at_ms; /* since 1970, on the run's clock */
    const struct asl_state *state;
    const struct asl_state *by; /* the state whose Map or Parallel it is about */
    struct val data;            /* input, output or parameters */
    struct val assigned;        /* variables, a map */
    struct val error, cause;    /* strings */
    struct str resource, resource_type, region;
    int64_t index;                 /* of an iteration; items of a Map */
    double timeout_s, heartbeat_s; /* 0: none given */
    const struct run_place *place; /* which branch or iteration */
    bool child; /* of an execution that a distributed Map started, with numbers of its own */
};

/* Where in the machine something runs: a chain from the innermost branch or iteration out. */
struct run_place {
    const struct run_place *up;
    const struct asl_state *state; /* the Parallel or Map */
    size_t index;                  /* of the branch or iteration, from 0 */
    bool map;
};

/* ---- tasks ---- */

/* A task about to run. Borrowed for the length of the call. */
struct task_request {
    struct run *run;
    uint64_t id; /* for run_complete */
    const struct asl_state *state;
    struct str resource;           /* as the state gives it */
    struct val payload;            /* what the service receives */
    struct str token;              /* $$.Task.Token, where there is one */
    size_t retry;                  /* attempts of this state entry before this one */
    size_t invocation;             /* invocations of this state in this run before this one */
    double timeout_s, heartbeat_s; /* 0: none */
    const struct run_place *place;
};

enum task_outcome {
    TASK_UNKNOWN, /* the provider has nothing for this task: the run stops with a message */
    TASK_SUCCEEDED,
    TASK_FAILED,
    TASK_LATER, /* run_complete will be called while the provider's `wait` runs */
};

/* Values are owned: whoever takes the answer releases them. */
struct task_answer {
    enum task_outcome outcome;
    struct val result;       /* of TASK_SUCCEEDED */
    struct val submitted;    /* output of TaskSubmitted (.sync, callbacks); VAL_UNDEFINED: {} */
    struct val error, cause; /* of TASK_FAILED, strings or undefined; TASK_UNKNOWN: what to do */
    int64_t after_ms;        /* how long it takes on the run's clock */
};

/* Who runs tasks. */
struct task_provider {
    void *data;
    /* Fills in *answer. */
    void (*start)(void *data, const struct task_request *request, struct task_answer *answer);
    /* Blocks until an answer that was TASK_LATER arrives (and has been given to run_complete) or
     * `most_ms` have passed (-1: no limit); false if nothing can arrive any more. May be NULL. */
    bool (*wait)(void *data, struct run *run, int64_t most_ms);
    /* The task is no longer wanted: it timed out or its branch was stopped. May be NULL. */
    void (*cancel)(void *data, uint64_t id);
};

/* The answer to a task that was TASK_LATER; consumes the answer's values. Unknown ids (cancelled
 * tasks) are passed over. */
void run_complete(struct run *run, uint64_t id, struct task_answer *answer);
/* A heartbeat of such a task. */
void run_heartbeat(struct run *run, uint64_t id);

/* ---- buckets, for ItemReader and ResultWriter ---- */

struct run_store {
    void *data;
    /* The object's bytes; false if there is none. */
    bool (*get)(void *data, struct str bucket, struct str key, struct buf *out);
    /* Calls found() for each object whose key begins with prefix, sorted by key. */
    bool (*list)(void *data, struct str bucket, struct str prefix,
                 void (*found)(void *ctx, struct str key, uint64_t size), void *ctx);
    bool (*put)(void *data, struct str bucket, struct str key, struct str bytes);
};

/* ---- running ---- */

/* A look at the values inside a state as they are made; see inspect.h for the stages' names. */
struct run_inspector {
    void *data;
    void (*stage)(void *data, const struct asl_state *state, const char *stage, struct val v);
};

/* Where a run may turn off its straight way. */
enum run_turn { TURN_RULE, TURN_RETRY, TURN_CATCH };

/* One state by itself, as TestState has it: entered once, left once. Parallel and Map start
 * nothing; their result or failure is given. */
struct run_single {
    const struct asl_state *state;
    size_t retries;          /* attempts that came before: $$.State.RetryCount */
    struct val result;       /* of a Parallel or Map; borrowed */
    struct val error, cause; /* or how it failed; borrowed */
    bool fails;
    bool has_failed_iterations;
    size_t failed_iterations; /* of a distributed Map, held against what it tolerates */
};

struct run_options {
    struct task_provider tasks;
    struct run_store store;
    void (*event)(void *data, const struct run_event *event); /* NULL: no history */
    /* Which way a run took, for coverage: the rule of a Choice (one past the last: Default), the
     * retrier or catcher of a state that took an error. NULL: not wanted. */
    void (*taken)(void *data, const struct asl_state *state, enum run_turn turn, size_t index);
    void *event_data; /* first argument of both */
    const struct run_inspector *inspector;
    int64_t start_ms;        /* the clock's first time; 0: RUN_DEFAULT_START */
    bool real_time;          /* waits are waited */
    uint64_t seed;           /* for jitter, UUIDs, MathRandom */
    uint64_t max_states;     /* state entries before the run is stopped; 0: RUN_DEFAULT_STATES */
    struct str machine_name; /* for the context object; empty: "StateMachine" */
    struct str execution_name, account, region, role_arn;
    struct val context;   /* replaces the context object, if defined; borrowed */
    struct val variables; /* there from the start: a map or undefined; borrowed */
    bool express;
    const struct run_single *single; /* one state alone, not the machine; NULL: the machine */
    bool bare_causes; /* without "An error occurred while executing the state …": TestState */
};

#define RUN_DEFAULT_START INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */
#define RUN_DEFAULT_STATES UINT64_C(100000000)

enum run_status {
    RUN_SUCCEEDED,
    RUN_FAILED,
    RUN_TIMED_OUT,
    RUN_ABORTED, /* a task that nobody can run, or a limit; `cause` says which */
};

struct run_result {
    enum run_status status;
    struct val output;
    struct val error, cause;       /* strings; undefined where there are none */
    const struct asl_state *state; /* where it failed, or NULL */
    struct val state_input;        /* what that state was given */
    const struct asl_state *next;  /* of a single state: where it would have gone */
    enum { OUTCOME_LEFT, OUTCOME_RETRY, OUTCOME_CAUGHT, OUTCOME_FAILED } single; /* how it ended */
    size_t index;            /* of the retrier or catcher that took the error */
    double delay_s;          /* before the retry */
    uint64_t states, events; /* entered; numbered */
    int64_t elapsed_ms;      /* on the run's clock */
};

/* Runs the program from start to end. Consumes `input`; the result is released with
 * run_result_done. */
struct run_result run_program(const struct program *p, struct val input,
                              const struct run_options *options);
void run_result_done(struct run_result *r);

/* "SUCCEEDED" … as DescribeExecution has it. */
struct str run_status_name(enum run_status status);

/* Whether the run so far used randomness, a token or the clock: what a recording masks. */
int64_t run_now_ms(const struct run *run);

#endif
