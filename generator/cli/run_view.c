#include "cli/run_view.h"

#include "jsonpath/text.h"
#include "runner/history.h"

enum { VIEW_ITERATIONS = 10, VIEW_DATA = 2000 };

struct visit {
    int64_t entered_ms;
    unsigned attempts;
};

void run_view_init(struct run_view *v, FILE *out, bool colour)
{
    *v = (struct run_view){ .out = out, .colour = colour, .start_ms = -1 };
}

void run_view_done(struct run_view *v)
{
    arena_done(&v->arena);
}

static const char *paint(const struct run_view *v, const char *code)
{
    return v->colour ? code : "";
}

#define GREEN "\033[32m"
#define RED "\033[31m"
#define DIM "\033[2m"
#define PLAIN "\033[0m"

/* "Look[0] > Each[3] > ", the outermost first; false where it lies behind the iterations shown. */
static bool put_place(const struct run_place *p, struct buf *out)
{
    if (!p)
        return true;
    if (p->map && p->index >= VIEW_ITERATIONS)
        return false;
    if (!put_place(p->up, out)) /* as deep as states are nested */
        return false;
    buf_printf(out, "%.*s[%zu] > ", STR(p->state->name), p->index);
    return true;
}

static void put_ms(struct buf *out, int64_t ms)
{
    if (ms < 60000)
        buf_printf(out, "%lld.%03lld s", (long long)(ms / 1000), (long long)(ms % 1000));
    else if (ms < 3600000)
        buf_printf(out, "%lld min %lld s", (long long)(ms / 60000), (long long)(ms / 1000 % 60));
    else
        buf_printf(out, "%lld h %lld min", (long long)(ms / 3600000), (long long)(ms / 60000 % 60));
}

static struct visit *visit_of(struct run_view *v, struct str key)
{
    struct visit *visit = map_get(&v->entered, key);
    if (!visit) {
        visit = arena_make(&v->arena, struct visit);
        map_put(&v->arena, &v->entered, arena_str(&v->arena, key), visit);
    }
    return visit;
}

static void line(struct run_view *v, const struct run_event *e, struct str place, const char *mark,
                 const char *colour, struct str rest)
{
    struct buf at;
    buf_init(&at, 0);
    put_ms(&at, e->at_ms - v->start_ms);
    fprintf(v->out, "%s%12.*s%s  %s%s%s %.*s%.*s\n", paint(v, DIM), STR(buf_str(&at)),
            paint(v, PLAIN), paint(v, colour), mark, paint(v, PLAIN), STR(place), STR(rest));
    buf_done(&at);
}

static bool is_scheduled(enum run_event_type t)
{
    return t == EVENT_TASK_SCHEDULED || t == EVENT_LAMBDA_SCHEDULED ||
           t == EVENT_ACTIVITY_SCHEDULED;
}

static bool is_failed(enum run_event_type t)
{
    return t == EVENT_TASK_FAILED || t == EVENT_LAMBDA_FAILED || t == EVENT_ACTIVITY_FAILED ||
           t == EVENT_TASK_TIMED_OUT || t == EVENT_LAMBDA_TIMED_OUT ||
           t == EVENT_ACTIVITY_TIMED_OUT;
}

static void exited(struct run_view *v, const struct run_event *e, const struct visit *visit,
                   struct str place)
{
    struct buf rest;
    buf_init(&rest, 0);
    buf_printf(&rest, "  %s(%.*s", paint(v, DIM), STR(asl_type_name(e->state->type)));
    if (e->at_ms > visit->entered_ms) {
        buf_put(&rest, S(", "));
        put_ms(&rest, e->at_ms - visit->entered_ms);
    }
    if (visit->attempts > 1)
        buf_printf(&rest, ", %u attempts", visit->attempts);
    buf_printf(&rest, ")%s", paint(v, PLAIN));
    line(v, e, place, "+", GREEN, buf_str(&rest));
    buf_done(&rest);
}

static void failed(struct run_view *v, const struct run_event *e, const struct visit *visit,
                   struct str place)
{
    struct buf rest;
    buf_init(&rest, 0);
    buf_printf(&rest, "  attempt %u: %.*s", visit->attempts,
               STR(e->error.kind == VAL_STR ? peek_str(e->error) : S("failed")));
    line(v, e, place, "!", RED, buf_str(&rest));
    buf_done(&rest);
}

void run_view_event(struct run_view *v, const struct run_event *e)
{
    struct buf place;
    if (v->start_ms < 0)
        v->start_ms = e->at_ms;
    if (!e->state || (e->type != EVENT_STATE_ENTERED && e->type != EVENT_STATE_EXITED &&
                      !is_scheduled(e->type) && !is_failed(e->type)))
        return;
    buf_init(&place, 0);
    if (put_place(e->place, &place)) {
        buf_put(&place, e->state->name);
        struct visit *visit = visit_of(v, buf_str(&place));
        if (e->type == EVENT_STATE_ENTERED)
            *visit = (struct visit){ .entered_ms = e->at_ms };
        else if (is_scheduled(e->type))
            visit->attempts++;
        else if (is_failed(e->type))
            failed(v, e, visit, buf_str(&place));
        else
            exited(v, e, visit, buf_str(&place));
    } else if (e->type == EVENT_STATE_EXITED) {
        v->hidden++;
    }
    buf_done(&place);
}

static void put_data(struct run_view *v, const char *what, struct val data)
{
    struct buf text;
    buf_init(&text, 0);
    if (data.kind == VAL_STR)
        buf_put(&text, peek_str(data));
    else
        text_json(&text, data);
    struct str shown = buf_str(&text);
    bool cut = shown.n > VIEW_DATA;
    if (cut)
        shown.n = VIEW_DATA;
    fprintf(v->out, "  %-7s %.*s%s\n", what, STR(shown), cut ? "…" : "");
    buf_done(&text);
}

void run_view_end(struct run_view *v, const struct run_result *r)
{
    struct buf took;
    bool good = r->status == RUN_SUCCEEDED;
    if (v->hidden)
        fprintf(v->out, "%14s… and %llu states in further iterations\n", "",
                (unsigned long long)v->hidden);
    buf_init(&took, 0);
    put_ms(&took, r->elapsed_ms);
    fprintf(v->out, "%s%.*s%s after %.*s: %llu states, %llu events\n", paint(v, good ? GREEN : RED),
            STR(run_status_name(r->status)), paint(v, PLAIN), STR(buf_str(&took)),
            (unsigned long long)r->states, (unsigned long long)r->events);
    buf_done(&took);
    if (r->state && !good)
        fprintf(v->out, "  state   %.*s\n", STR(r->state->name));
    if (r->error.kind == VAL_STR)
        put_data(v, "error", r->error);
    if (r->cause.kind == VAL_STR)
        put_data(v, "cause", r->cause);
    if (r->state_input.kind != VAL_UNDEFINED && !good)
        put_data(v, "input", r->state_input);
}
