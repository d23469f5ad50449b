#include "cli/aws_history.h"

#include "runner/history.h"

/* Where an event happened; events of one branch follow each other by previousEventId. */
struct place_of_event {
    const struct asl_state *state;
    const struct run_place *place;
};

static struct str key_of(struct aws_history *h, int64_t id)
{
    return arena_printf(h->arena, "%lld", (long long)id);
}

/* "TaskStateEntered" → Task */
static enum asl_type type_before(struct str text, struct str suffix)
{
    text.n -= suffix.n;
    for (int t = 0; t < ASL_TYPES; t++)
        if (str_eq(asl_type_name((enum asl_type)t), text))
            return (enum asl_type)t;
    return ASL_TASK;
}

static const struct asl_state *state_of(struct aws_history *h, struct str name, enum asl_type type)
{
    struct asl_state *s = map_get(&h->states, name);
    if (!s) {
        s = arena_make(h->arena, struct asl_state);
        s->name = name;
        s->type = type;
        map_put(h->arena, &h->states, name, s);
    }
    return s;
}

/* The type among those that run_view shows; EVENT_TYPES for all others. */
static enum run_event_type type_of(struct str text)
{
    if (str_ends(text, S("StateEntered")))
        return EVENT_STATE_ENTERED;
    if (str_ends(text, S("StateExited")))
        return EVENT_STATE_EXITED;
    for (int t = EVENT_TASK_SCHEDULED; t <= EVENT_ACTIVITY_TIMED_OUT; t++)
        if (str_eq(history_type((enum run_event_type)t, NULL), text))
            return (enum run_event_type)t;
    return EVENT_TYPES;
}

static const struct run_place *iteration(struct aws_history *h, const struct node *details,
                                         const struct place_of_event *up)
{
    struct run_place *p = arena_make(h->arena, struct run_place);
    *p = (struct run_place){ .up = up ? up->place : NULL,
                             .state = state_of(h, cloud_text(details, "name"), ASL_MAP),
                             .index = (size_t)history_number(details, "index"),
                             .map = true };
    return p;
}

void aws_history_event(struct aws_history *h, const struct node *event)
{
    struct str text = cloud_text(event, "type");
    const struct node *details = history_details(event);
    enum run_event_type type = type_of(text);
    const struct place_of_event *before =
        map_get(&h->events, key_of(h, history_number(event, "previousEventId")));
    struct place_of_event *now = arena_make(h->arena, struct place_of_event);
    h->numbered++;
    if (before)
        *now = *before;
    if (type == EVENT_STATE_ENTERED) {
        now->state = state_of(h, cloud_text(details, "name"), type_before(text, S("StateEntered")));
        map_put(h->arena, &h->entered, now->state->name, now);
        h->entered_states++;
    } else if (type == EVENT_STATE_EXITED) {
        const struct place_of_event *entered = map_get(&h->entered, cloud_text(details, "name"));
        if (entered)
            *now = *entered;
    } else if (str_eq(text, S("MapIterationStarted"))) {
        now->place = iteration(h, details, before);
    }
    map_put(h->arena, &h->events, key_of(h, history_number(event, "id")), now);
    struct str error = cloud_text(details, "error");
    struct run_event e = { .type = type,
                           .at_ms = history_time(event),
                           .state = now->state,
                           .place = now->place,
                           .error = error.n ? val_str(error) : (struct val){ 0 } };
    run_view_event(h->view, &e);
    val_free(e.error);
}

void aws_history_end(struct aws_history *h, const struct execution *e)
{
    static const char *const names[] = { "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED" };
    static const enum run_status statuses[] = { RUN_SUCCEEDED, RUN_FAILED, RUN_TIMED_OUT,
                                                RUN_ABORTED };
    struct run_result r = { .status = RUN_ABORTED,
                            .states = h->entered_states,
                            .events = h->numbered,
                            .elapsed_ms =
                                e->stopped_ms > e->started_ms ? e->stopped_ms - e->started_ms : 0,
                            .error = e->error.n ? val_str(e->error) : (struct val){ 0 },
                            .cause = e->cause.n ? val_str(e->cause) : (struct val){ 0 } };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq(e->status, str_from(names[i])))
            r.status = statuses[i];
    run_view_end(h->view, &r);
    val_free(r.error);
    val_free(r.cause);
}
