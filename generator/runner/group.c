#include "runner/engine.h"

#include "jsonpath/text.h"

/* ---- groups ---- */

static struct group *group_new(struct fiber *owner, size_t total, size_t limit)
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
static void group_fail(struct run *r, struct group *g, struct failure *why)
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
static struct val item_context(const struct group *g, size_t i)
{
    struct val v = val_map_set(val_map(), S("Index"), val_int((int64_t)i));
    return val_map_set(v, S("Value"), val_copy(peek_item(g->items, i)));
}

/* What iteration i is given: the item, or what the ItemSelector makes of it. */
static struct val iteration_input(struct run *r, struct group *g, size_t i, struct val item,
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
        item = item_context(g, i);
    struct val input =
        g->state->batcher ? val_copy(peek_item(g->items, i)) : iteration_input(r, g, i, item, why);
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

static struct failure exceeded(void)
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

static void next_or_complete(struct run *r, struct group *g)
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
    next_or_complete(r, g);
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
        next_or_complete(r, g);
        return;
    }
    struct failure over = exceeded();
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

static void single_group(struct run *r, struct fiber *f)
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
        single_group(r, f);
        return;
    }
    struct group *g = group_new(f, f->state->nblocks, f->state->nblocks);
    g->input = input;
    fiber_block(f, PHASE_GROUP);
    next_or_complete(r, g);
}

/* ---- Map ---- */

/* "$.a" of "$$.a" as well: how the service prints it. */
static struct str shown_path(const struct jsonpath *p)
{
    return p->root == JSONPATH_CONTEXT ? str_sub(p->text, 1, p->text.n) : p->text;
}

/* The array to go through; with an ItemReader it comes later, and ItemsPath does not count. */
static bool map_items(struct run *r, struct fiber *f, struct val input, struct val *items,
                      struct failure *why)
{
    const struct state *s = f->state;
    if (s->reader)
        return true;
    *items = s->items ? data_path(r, f, s->items, input, why) : val_copy(input);
    if (items->kind == VAL_LIST) {
        inspect(r, f, "afterItemsPath", *items);
        return true;
    }
    if (items->kind != VAL_UNDEFINED)
        *why = failure_runtime(f, "Reference path \"%.*s\" must point to array.",
                               STR(s->items ? shown_path(s->items) : S("$")));
    val_free(*items);
    *items = (struct val){ 0 };
    return false;
}

static bool map_limit(struct run *r, struct fiber *f, struct val input, size_t *limit,
                      struct failure *why)
{
    double given = 0,
           most = f->state->distributed ? RUN_DISTRIBUTED_CONCURRENCY : RUN_INLINE_CONCURRENCY;
    if (!data_amount(r, f, &f->state->max_concurrency, input, true, &given, why))
        return false;
    if (given < 0) {
        *why = failure_runtime(f, "MaxConcurrency must be non-negative.");
        return false;
    }
    inspect(r, f, "maxConcurrency", val_int((int64_t)given));
    *limit = (size_t)(given == 0 || given > most ? most : given);
    return true;
}

static bool map_tolerated(struct run *r, struct fiber *f, struct val input, double *count,
                          double *percentage, struct failure *why)
{
    const struct state *s = f->state;
    *count = s->tolerated_percentage.set && !s->tolerated_count.set ? 1e15 : 0;
    *percentage = s->tolerated_count.set && !s->tolerated_percentage.set ? 100 : 0;
    if (!data_amount(r, f, &s->tolerated_count, input, true, count, why) ||
        !data_amount(r, f, &s->tolerated_percentage, input, false, percentage, why))
        return false;
    if (s->tolerated_count.set)
        inspect(r, f, "toleratedFailureCount", val_float(*count));
    if (s->tolerated_percentage.set)
        inspect(r, f, "toleratedFailurePercentage", val_float(*percentage));
    if (*percentage < 0 || *percentage > 100)
        *why = failure_runtime(f, "ToleratedFailurePercentage must be between 0 and 100.");
    else if (*count < 0)
        *why = failure_runtime(f, "ToleratedFailureCount must be non-negative.");
    else
        return true;
    return false;
}

/* "arn:aws:states:…:mapRun:Machine/Label:id" */
static void name_map_run(struct run *r, struct group *g)
{
    struct buf text;
    buf_init(&text, 0);
    struct str name = r->options.machine_name, label = g->state->label;
    uint64_t high = run_random(r), low = run_random(r);
    buf_printf(&text, "arn:aws:states:%.*s:%.*s:mapRun:%.*s/",
               STR(r->options.region.n ? r->options.region : S("us-east-1")),
               STR(r->options.account.n ? r->options.account : S("123456789012")),
               STR(name.n ? name : S("StateMachine")));
    if (label.n)
        buf_put(&text, label);
    else
        buf_printf(&text, "%08x", (unsigned)(high >> 32));
    buf_printf(&text, ":%08llx-%04llx-%04llx-%04llx-%012llx",
               (unsigned long long)(high & 0xffffffffu), (unsigned long long)(low >> 48),
               (unsigned long long)(low >> 32 & 0xfff) | 0x4000,
               (unsigned long long)(low >> 16 & 0x3fff) | 0x8000,
               (unsigned long long)(low & 0xffffffffffffu));
    g->map_run = buf_str(&text);
}

/* The items arrived: one result and, if they are counted, one outcome for each. */
static void group_take_items(struct group *g, struct val items)
{
    g->items = items;
    for (g->total = 0; g->total < peek_count(items); g->total++)
        g->results = val_list_push(g->results, val_null());
    g->outcomes = val_copy(g->results);
}

/* With an ItemBatcher the ItemSelector works on single items, before they are put together. */
static struct val batches(struct run *r, struct group *g, struct val items, struct failure *why)
{
    struct val selected = val_list();
    g->items = items;
    for (size_t i = 0; i < peek_count(items); i++) {
        struct val item = r->program->uses_context ? item_context(g, i) : (struct val){ 0 };
        struct val v = iteration_input(r, g, i, item, why);
        val_free(item);
        if (v.kind == VAL_UNDEFINED) {
            val_free(selected);
            return v;
        }
        selected = val_list_push(selected, v);
    }
    val_free(g->items);
    g->items = (struct val){ 0 };
    return items_batch(r, g->owner, g->input, selected, why);
}

static void map_run_start(struct run *r, struct fiber *f, struct group *g, struct val items,
                          double count, double percentage)
{
    const struct state *s = f->state;
    struct failure why = { 0 };
    g->has_tolerated = s->tolerated_count.set || s->tolerated_percentage.set;
    g->tolerated_count = (size_t)count;
    g->tolerated_percentage = percentage;
    name_map_run(r, g);
    g->run_started = event_put(r, f, EVENT_MAP_RUN_STARTED,
                               &(struct run_event){ .state = s->asl, .resource = g->map_run });
    if (s->reader)
        items = items_read(r, f, g->input, &why);
    if (items.kind != VAL_UNDEFINED && s->batcher)
        items = batches(r, g, items, &why);
    if (items.kind == VAL_UNDEFINED) {
        group_fail(r, g, &why);
        return;
    }
    group_take_items(g, items);
    next_or_complete(r, g);
}

/* Whether the iterations that are said to have failed are too many. */
static bool single_over(const struct run *r, const struct fiber *f, struct val items, double count,
                        double percentage)
{
    const struct run_single *s = r->options.single;
    const struct state *state = f->state;
    double failed = (double)s->failed_iterations;
    double n = items.kind == VAL_LIST ? (double)peek_count(items) : 0;
    if (!s->has_failed_iterations ||
        (!state->tolerated_count.set && !state->tolerated_percentage.set))
        return false;
    return failed > count || 100 * failed > percentage * n;
}

void map_run(struct run *r, struct fiber *f)
{
    struct failure why = { 0 };
    struct val items = { 0 };
    size_t limit = 0;
    double count = 0, percentage = 0;
    struct val input = data_input(r, f, &why);
    if (input.kind == VAL_UNDEFINED || !map_items(r, f, input, &items, &why) ||
        !map_limit(r, f, input, &limit, &why))
        goto failed;
    event_put(
        r, f, EVENT_MAP_STARTED,
        &(struct run_event){ .state = f->state->asl,
                             .index = items.kind == VAL_LIST ? (int64_t)peek_count(items) : 0 });
    if (f->state->distributed && !map_tolerated(r, f, input, &count, &percentage, &why))
        goto failed;
    if (r->options.single) {
        bool over = single_over(r, f, items, count, percentage);
        val_free(input);
        val_free(items);
        if (over) {
            why = exceeded();
            fiber_fail(r, f, &why);
        } else {
            single_group(r, f);
        }
        return;
    }
    struct group *g = group_new(f, 0, limit);
    g->input = input;
    fiber_block(f, PHASE_GROUP);
    if (f->state->distributed) {
        map_run_start(r, f, g, items, count, percentage);
        return;
    }
    group_take_items(g, items);
    next_or_complete(r, g);
    return;
failed:
    val_free(input);
    val_free(items);
    fiber_fail(r, f, &why);
}
