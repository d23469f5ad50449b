/* Executions of a deployed state machine: starting, following, and what went wrong in them. */
#ifndef DEPLOY_EXECUTION_H
#define DEPLOY_EXECUTION_H

#include "base/map.h"
#include "deploy/cloud.h"

struct execution {
    struct str arn, name, status;
    struct str input, output, error, cause; /* JSON texts, and texts */
    int64_t started_ms, stopped_ms;         /* since 1970; 0: not yet */
};

/* Starts one; `name` may be empty. Asked for twice with the same name and input, it is one. */
bool execution_start(struct cloud *c, struct str machine, struct str name, struct str input,
                     struct execution *e);
bool execution_read(struct cloud *c, struct str arn, struct execution *e);

struct executions {
    VEC(struct execution) all; /* newest first; input and output are not there */
};
/* The last `most` of them, of one status ("FAILED") or, where that is empty, of any. */
bool execution_list(struct cloud *c, struct str machine, struct str status, int64_t most,
                    struct executions *list);

/* ---- history --------------------------------------------------------------------------------- */

/* Reads a history bit by bit: each call goes on where the one before ended. */
struct history_reader {
    struct str arn;
    struct str page; /* token of the page that was not full yet; empty: the first */
    int64_t seen;    /* id of the last event */
};

struct history_events {
    VEC(const struct node *) all; /* as GetExecutionHistory has them */
};
/* What is new, in order. */
bool history_read(struct cloud *c, struct history_reader *r, struct history_events *events);

int64_t history_time(const struct node *event); /* ms since 1970 */
int64_t history_number(const struct node *event, const char *key);
/* "taskFailedEventDetails" → its map, whatever the type's prefix; NULL if there is none. */
const struct node *history_details(const struct node *event);

/* A state whose task failed, for good or not. */
struct state_failure {
    struct str state, input, error, cause;
    struct str log_group; /* of the function that it called; may be empty */
    int64_t entered_ms, failed_ms;
};

struct state_failures {
    VEC(struct state_failure) all;
};
/* Those of a whole history; the states that did not fail for good in the end (retried, caught) are
 * among them. */
void history_failures(struct arena *a, const struct history_events *events,
                      struct state_failures *failures);

/* Lines of a log group between two times, at most `most`, one string each. A group that is not
 * there has none. */
struct log_lines {
    VEC(struct str) all;
};
bool log_read(struct cloud *c, struct str group, int64_t from_ms, int64_t to_ms, int64_t most,
              struct log_lines *lines);

#endif
