#include "runner/engine.h"

static uint64_t deliver(struct run *r, struct fiber *f, enum run_event_type type, uint64_t previous,
                        struct run_event *event)
{
    uint64_t id = ++f->execution->last_id;
    r->events++;
    if (!r->options.event)
        return id;
    event->type = type;
    event->id = id;
    event->previous = previous;
    event->at_ms = r->now_ms;
    event->place = f->group ? &f->place : NULL;
    event->child = f->execution->child;
    if (!event->state && type != EVENT_EXECUTION_STARTED && type <= EVENT_ACTIVITY_TIMED_OUT &&
        type > EVENT_EXECUTION_ABORTED)
        event->state = f->state->asl;
    r->options.event(r->options.event_data, event);
    return id;
}

uint64_t event_aside(struct run *r, struct fiber *f, enum run_event_type type, uint64_t previous,
                     struct run_event *event)
{
    return deliver(r, f, type, previous, event);
}

uint64_t event_put(struct run *r, struct fiber *f, enum run_event_type type,
                   struct run_event *event)
{
    return f->last = deliver(r, f, type, f->last, event);
}

void run_turned(struct run *r, const struct fiber *f, enum run_turn turn, size_t index)
{
    if (r->options.taken)
        r->options.taken(r->options.event_data, f->state->asl, turn, index);
}
