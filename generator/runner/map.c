/* Entering a Map: its items, how many run at a time, how many may fail. */
#include "runner/engine.h"

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
        struct val item = r->program->uses_context ? group_item(g, i) : (struct val){ 0 };
        struct val v = group_item_input(r, g, i, item, why);
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
    group_go_on(r, g);
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
            why = failure_exceeded();
            fiber_fail(r, f, &why);
        } else {
            group_single(r, f);
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
    group_go_on(r, g);
    return;
failed:
    val_free(input);
    val_free(items);
    fiber_fail(r, f, &why);
}
