#include "runner/engine.h"

#include "jsonpath/text.h"

/* ---- groups ---- */

struct group *group_new(struct fiber *owner, size_t total, size_t limit)
{
    struct group *g = mem_alloc(sizeof *g);
    *g = (struct group){
        .owner = owner, .state = owner->state, .total = total, .limit = limit ? limit : 1
    };
    g->results = val_list();
    for (size_t i = 0; i < total; i++)
        g->results = val_list_push(g->results, val_null());
    owner->inner = g;
    g->last = owner->last;
    return g;
}

void group_free(struct run *r, struct group *g)
{
    while (g->children)
        fiber_kill(r, g->children);
    g->owner->inner = NULL;
    val_free(g->items);
    val_free(g->results);
    val_free(g->input);
    val_free(g->outcomes);
    mem_free((char *)g->map_run.p);
    mem_free(g);
}

static bool is_inline_map(const struct group *g)
{
    return g->state->type == ASL_MAP && !g->state->distributed;
}

/* Something inside failed, or the group could not go on. Consumes *why. */
void group_fail(struct run *r, struct group *g, struct failure *why)
{
    struct fiber *owner = g->owner;
    if (is_inline_map(g)) {
        for (const struct fiber *c = g->children; c; c = c->sibling)
            if (c->phase != PHASE_GONE)
                event_aside(r, owner, EVENT_ITERATION_ABORTED, c->last,
                            &(struct run_event){ .state = g->state->asl,
                                                 .index = (int64_t)c->place.index });
    }
    owner->last = g->last;
    if (g->state->distributed) {
        owner->last = g->run_started;
        event_put(r, owner, EVENT_MAP_RUN_FAILED,
                  &(struct run_event){
                      .state = g->state->asl, .error = why->error, .cause = why->cause });
    }
    group_free(r, g);
    owner->inner_failed = true;
    fiber_fail(r, owner, why);
}

/* ---- children ---- */

static struct fiber *child_new(struct run *r, struct group *g, size_t index, struct val input)
{
    struct fiber *owner = g->owner;
    bool distributed = g->state->distributed;
    struct execution *e = owner->execution;
    if (distributed)
        e = execution_new(r, val_copy(input), true, index);
    const struct block *b = &g->state->blocks[g->state->type == ASL_MAP ? 0 : index];
    struct fiber *f = fiber_new(r, g, b->start, input, e, distributed ? NULL : owner->scope);
    f->place = (struct run_place){ .up = owner->group ? &owner->place : NULL,
                                   .state = g->state->asl,
                                   .index = index,
                                   .map = g->state->type == ASL_MAP };
    if (distributed) {
        execution_release(e);
        event_aside(r, f, EVENT_EXECUTION_STARTED, 0, &(struct run_event){ .data = f->input });
    } else {
        f->last = g->last;
    }
    g->running++;
    return f;
}

/* $$.Map.Item of item i. */
struct val group_item(const struct group *g, size_t i)
{
    struct val v = val_map_set(val_map(), S("Index"), val_int((int64_t)i));
    return val_map_set(v, S("Value"), val_copy(peek_item(g->items, i)));
}

/* What iteration i is given: the item, or what the ItemSelector makes of it. */
struct val group_item_input(struct run *r, struct group *g, size_t i, struct val item,
                            struct failure *why)
{
    struct fiber *f = g->owner;
    if (!f->state->item_selector)
        return val_copy(peek_item(g->items, i));
    struct val outer_item = f->item, outer_context = f->context;
    f->item = item;
    f->context = (struct val){ 0 };
    struct val v = data_template(r, f, f->state->item_selector, g->input, why);
    val_free(f->context);
    f->item = outer_item;
    f->context = outer_context;
    return v;
}

static bool start_iteration(struct run *r, struct group *g, size_t i, struct failure *why)
{
    struct val item = { 0 };
    if (r->program->uses_context)
        item = group_item(g, i);
    struct val input =
        g->state->batcher ? val_copy(peek_item(g->items, i)) : group_item_input(r, g, i, item, why);
    if (input.kind == VAL_UNDEFINED || !data_fits(g->owner, g->state->asl->name, input, why)) {
        val_free(input);
        val_free(item);
        return false;
    }
    struct fiber *f = child_new(r, g, i, input);
    f->item = item;
    if (is_inline_map(g))
        event_put(r, f, EVENT_ITERATION_STARTED,
                  &(struct run_event){ .state = g->state->asl, .index = (int64_t)i });
    return true;
}

/* Starts as many children as may run; false if the group failed over it. */
static bool group_fill(struct run *r, struct group *g)
{
    struct failure why = { 0 };
    while (!r->over && g->started < g->total && g->running < g->limit) {
        size_t i = g->started++;
        if (g->state->type == ASL_PARALLEL) {
            child_new(r, g, i, val_copy(g->input));
        } else if (!start_iteration(r, g, i, &why)) {
            group_fail(r, g, &why);
            return false;
        }
    }
    return true;
}

/* ---- the end of a group ---- */

static struct val succeeded_only(struct val results, struct val outcomes)
{
    struct val kept = val_list();
    for (size_t i = 0; i < peek_count(results); i++) {
        struct val status = peek_get(peek_item(outcomes, i), S("Status"));
        if (status.kind == VAL_STR && str_eq(peek_str(status), S("SUCCEEDED")))
            kept = val_list_push(kept, val_copy(peek_item(results, i)));
    }
    return kept;
}

static void map_run_complete(struct run *r, struct group *g)
{
    struct fiber *f = g->owner;
    struct failure why = { 0 };
    struct val output;
    if (g->state->writer) {
        output = items_write(r, f, g, g->input, &why);
        if (output.kind == VAL_UNDEFINED) {
            group_fail(r, g, &why);
            return;
        }
    } else {
        output = g->failed ? succeeded_only(g->results, g->outcomes) : val_copy(g->results);
    }
    uint64_t started = g->run_started;
    const struct asl_state *asl = g->state->asl;
    uint64_t id =
        event_aside(r, f, EVENT_MAP_RUN_SUCCEEDED, started, &(struct run_event){ .state = asl });
    event_aside(r, f, EVENT_MAP_SUCCEEDED, id, &(struct run_event){ .state = asl });
    f->last = started;
    group_free(r, g);
    state_result(r, f, output);
}

static void group_complete(struct run *r, struct group *g)
{
    struct fiber *f = g->owner;
    if (g->state->distributed) {
        map_run_complete(r, g);
        return;
    }
    f->last = g->closing ? g->closing : g->last;
    event_aside(r, f, g->state->type == ASL_MAP ? EVENT_MAP_SUCCEEDED : EVENT_PARALLEL_SUCCEEDED,
                f->last, &(struct run_event){ .state = g->state->asl });
    struct val results = val_copy(g->results);
    group_free(r, g);
    inspect(r, f, "result", results);
    state_result(r, f, results);
}

/* ---- distributed: how a child ended ---- */

static void note_outcome(struct run *r, struct group *g, const struct fiber *child,
                         const struct failure *why, struct val output)
{
    const struct execution *e = child->execution;
    struct val v = val_map();
    v = val_map_set(v, S("ExecutionArn"), val_str(e->id));
    v = val_map_set(v, S("Input"), val_copy(e->input));
    v = val_map_set(v, S("Name"), val_str(e->name));
    if (!why)
        v = val_map_set(v, S("Output"), val_copy(output));
    if (why && why->error.kind == VAL_STR)
        v = val_map_set(v, S("Error"), val_copy(why->error));
    if (why && why->cause.kind == VAL_STR)
        v = val_map_set(v, S("Cause"), val_copy(why->cause));
    v = val_map_set(v, S("StartDate"), clock_text(e->start_ms));
    v = val_map_set(v, S("Status"), val_str(why ? S("FAILED") : S("SUCCEEDED")));
    v = val_map_set(v, S("StopDate"), clock_text(r->now_ms));
    g->outcomes = val_list_set(g->outcomes, child->place.index, v);
}

struct failure failure_exceeded(void)
{
    return failure_make(S("States.ExceedToleratedFailureThreshold"),
                        S("The specified tolerated failure threshold was exceeded"));
}

static bool over_threshold(const struct group *g)
{
    if (!g->has_tolerated)
        return g->failed > 0;
    return g->failed > g->tolerated_count ||
           100.0 * (double)g->failed > g->tolerated_percentage * (double)g->total;
}

void group_go_on(struct run *r, struct group *g)
{
    if (!group_fill(r, g))
        return;
    if (g->finished == g->total)
        group_complete(r, g);
}

void group_child_done(struct run *r, struct fiber *child, struct val output)
{
    struct group *g = child->group;
    size_t index = child->place.index;
    if (g->state->distributed) {
        event_put(r, child, EVENT_EXECUTION_SUCCEEDED, &(struct run_event){ .data = output });
        if (g->state->writer || g->has_tolerated)
            note_outcome(r, g, child, NULL, output);
    } else {
        g->last = child->last;
        if (g->state->type == ASL_MAP)
            g->closing =
                event_aside(r, g->owner, EVENT_ITERATION_SUCCEEDED, child->last,
                            &(struct run_event){ .state = g->state->asl, .index = (int64_t)index });
    }
    g->results = val_list_set(g->results, index, output);
    g->running--;
    g->finished++;
    fiber_kill(r, child);
    group_go_on(r, g);
}

static void child_run_failed(struct run *r, struct fiber *child, struct failure *why)
{
    struct group *g = child->group;
    event_put(r, child, EVENT_EXECUTION_FAILED,
              &(struct run_event){ .error = why->error, .cause = why->cause });
    if (g->state->writer || g->has_tolerated)
        note_outcome(r, g, child, why, (struct val){ 0 });
    failure_done(why);
    g->failed++;
    g->running--;
    g->finished++;
    fiber_kill(r, child);
    if (!over_threshold(g)) {
        run_forget_place(r);
        group_go_on(r, g);
        return;
    }
    struct failure over = failure_exceeded();
    group_fail(r, g, &over);
}

void group_child_failed(struct run *r, struct fiber *child, struct failure *why)
{
    struct group *g = child->group;
    if (g->state->distributed) {
        child_run_failed(r, child, why);
        return;
    }
    g->last = child->last;
    if (g->state->type == ASL_MAP)
        event_aside(
            r, g->owner, EVENT_ITERATION_FAILED, child->last,
            &(struct run_event){ .state = g->state->asl, .index = (int64_t)child->place.index });
    fiber_kill(r, child);
    group_fail(r, g, why);
}

/* ---- a single state: what came of it is given ---- */

void group_single(struct run *r, struct fiber *f)
{
    const struct run_single *s = r->options.single;
    if (!s->fails) {
        state_result(r, f, val_copy(s->result));
        return;
    }
    struct failure why = { .error = val_copy(s->error), .cause = val_copy(s->cause) };
    fiber_fail(r, f, &why);
}

/* ---- Parallel ---- */

void parallel_run(struct run *r, struct fiber *f)
{
    struct failure why = { 0 };
    struct val input = data_input(r, f, &why);
    if (input.kind == VAL_UNDEFINED) {
        fiber_fail(r, f, &why);
        return;
    }
    event_put(r, f, EVENT_PARALLEL_STARTED, &(struct run_event){ .state = f->state->asl });
    if (r->options.single) {
        val_free(input);
        group_single(r, f);
        return;
    }
    struct group *g = group_new(f, f->state->nblocks, f->state->nblocks);
    g->input = input;
    fiber_block(f, PHASE_GROUP);
    group_go_on(r, g);
}
