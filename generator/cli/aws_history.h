/* The history of an execution on AWS, shown as `run` shows one of its own. */
#ifndef CLI_AWS_HISTORY_H
#define CLI_AWS_HISTORY_H

#include "cli/run_view.h"
#include "deploy/execution.h"

struct aws_history {
    struct arena *arena;
    struct run_view *view;
    struct map states;  /* name → struct asl_state * */
    struct map events;  /* id → struct place_of_event * */
    struct map entered; /* name → where it was entered */
    uint64_t entered_states, numbered;
};

/* One event of GetExecutionHistory, in order. */
void aws_history_event(struct aws_history *h, const struct node *event);
/* The end, as run_view_end has it. */
void aws_history_end(struct aws_history *h, const struct execution *e);

#endif
