/* A run as people follow it: a line when a state is done, when it is tried again, and at the end
 * what came out or, with its input, what failed. */
#ifndef CLI_RUN_VIEW_H
#define CLI_RUN_VIEW_H

#include "base/map.h"
#include "runner/run.h"

#include <stdio.h>

struct run_view {
    FILE *out;
    bool colour;
    struct arena arena;
    struct map entered; /* place and name -> when and how often */
    int64_t start_ms;
    uint64_t hidden; /* iterations beyond VIEW_ITERATIONS: counted, not shown */
};

void run_view_init(struct run_view *v, FILE *out, bool colour);
void run_view_done(struct run_view *v);
void run_view_event(struct run_view *v, const struct run_event *e);
void run_view_end(struct run_view *v, const struct run_result *r);

#endif
