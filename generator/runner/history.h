/* Events as GetExecutionHistory prints them, and a record of a run's events for looking at later.
 * Source: AWS Step Functions API reference, HistoryEvent. */
#ifndef RUNNER_HISTORY_H
#define RUNNER_HISTORY_H

#include "base/json_write.h"
#include "runner/run.h"

/* "PassStateEntered", "TaskScheduled" …; `state` names the type where the event has none. */
struct str history_type(enum run_event_type type, const struct asl_state *state);

/* One event as a JSON object: timestamp, type, id, previousEventId and the details. */
void history_write(struct json_writer *w, const struct run_event *event);

/* All events of the run's own execution as {"events": […]}, written as they come: memory stays
 * flat however long the run. Events of a distributed Map's children are left out, as AWS lists
 * them elsewhere. */
struct history_stream {
    struct json_writer writer;
    struct buf buf;
    /* Takes what has gathered; false stops the writing (the disk is full). */
    bool (*flush)(void *data, struct str bytes);
    void *data;
    bool failed;
};

void history_begin(struct history_stream *h, bool (*flush)(void *data, struct str bytes),
                   void *data);
void history_event(struct history_stream *h, const struct run_event *event);
/* Writes the end and releases what h holds; false if a flush failed. */
bool history_end(struct history_stream *h);

#endif
