#include "plan/chain.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "schema/bind.h"

static const struct span NOWHERE;

enum { STATE_NAME_MAX = 80 }; /* characters; Source: States Language, "States" */

static void leave_open(struct plan *p, struct chain *c, struct state **slot,
                       const struct state *from, bool must)
{
    struct open_end end = { slot, from, must };
    vec_push(p->arena, &c->open, end);
}

/* Behind the step that is being lowered. */
static void leave_behind(struct plan *p, struct state **slot, const struct state *from, bool must)
{
    struct open_end end = { slot, from, must };
    if (p->frame)
        vec_push(p->arena, &p->frame->behind, end);
    else
        vec_push(p->arena, &p->chain->open, end);
}

static void append(struct plan *p, struct state *s)
{
    struct chain *c = p->chain;
    bool inside = p->frame && p->frame->begun; /* of its step: may be reached from there alone */
    if (!c->open.n && c->scope->states.n && !inside) {
        struct diag *d =
            diag_error(p->ds, "unreachable", s->span, "'%.*s' can never run", STR(s->name));
        diag_help(d, "everything before it ends in succeed or fail");
    }
    for (size_t i = 0; i < c->open.n; i++)
        *c->open.p[i].slot = s;
    c->open.n = 0;
    vec_push(p->arena, &c->scope->states, s);
    if (p->frame)
        p->frame->begun = true;
    bool ends = strcmp(s->type, "Succeed") == 0 || strcmp(s->type, "Fail") == 0;
    bool forks = strcmp(s->type, "Choice") == 0;
    if (!ends && !forks)
        leave_open(p, c, &s->next, s, false);
}

static void claim_name(struct plan *p, const struct state *s)
{
    const struct state *old = map_put(p->arena, &p->state_names, s->name, (void *)s);
    if (old) {
        struct diag *d = diag_error(p->ds, "duplicate-name", s->span,
                                    "there are two states named '%.*s'", STR(s->name));
        diag_note(d, old->span, "the first one");
    }
    size_t n = utf8_length(s->name);
    if (n > STATE_NAME_MAX)
        diag_error(p->ds, "name-too-long", s->span,
                   "the state's name '%.*s' has %zu characters; expected at most %d", STR(s->name),
                   n, STATE_NAME_MAX);
}

static struct state *make_state(struct plan *p, const char *type, struct str name, struct span span,
                                const struct step *step)
{
    struct state *s = arena_make(p->arena, struct state);
    s->name = name;
    s->type = type;
    s->span = span;
    s->step = step;
    s->group = p->group;
    s->body = plan_map(p);
    claim_name(p, s);
    return s;
}

bool plan_is_runtime(struct str s)
{
    return text_is_runtime_value(s);
}

/* ---- what every step may say ---------------------------------------------------------------- */

static struct node *error_list(struct plan *p, const struct vstrs *errors)
{
    struct node *list = plan_list(p);
    for (size_t i = 0; i < errors->n; i++)
        node_push(p->arena, list, node_str(p->arena, errors->items[i].span, errors->items[i].s));
    if (!errors->n)
        node_push(p->arena, list, plan_text(p, "States.ALL"));
    return list;
}

static struct node *retry_list(struct plan *p, const struct vobjs *retry)
{
    if (!retry->n)
        return NULL;
    struct node *list = plan_list(p);
    const struct retrier *r = retry->items;
    for (size_t i = 0; i < retry->n; i++, r++) {
        struct node *n = plan_map(p);
        plan_put(p, n, "ErrorEquals", error_list(p, &r->error_equals));
        plan_put(p, n, "IntervalSeconds", plan_int(p, r->interval_seconds.v));
        plan_put(p, n, "MaxAttempts", plan_int(p, r->max_attempts.v));
        plan_put(p, n, "BackoffRate",
                 node_float(p->arena, r->backoff_rate.span, r->backoff_rate.v));
        if (r->max_delay_seconds.v)
            plan_put(p, n, "MaxDelaySeconds", plan_int(p, r->max_delay_seconds.v));
        if (r->jitter_strategy.v > 0)
            plan_put(p, n, "JitterStrategy", plan_str(p, r->jitter_strategy.s));
        node_push(p->arena, list, n);
    }
    return list;
}

/* The handler's groups run where the step stands and rejoin behind it: a step that was caught has
 * been dealt with. */
static void add_catchers(struct plan *p, struct state *s, const struct vobjs *handlers)
{
    const struct handler *h = handlers->items;
    struct chain *main = p->chain;
    for (size_t i = 0; i < handlers->n; i++, h++) {
        struct catcher *c = arena_make(p->arena, struct catcher);
        c->error_equals = error_list(p, &h->error_equals);
        c->result_path = h->result_path.s;
        vec_push(p->arena, &s->catchers, c);
        if (p->frame)
            vec_push(p->arena, &p->frame->handlers, c);
        struct chain side = { .scope = main->scope };
        leave_open(p, &side, &c->next, s, true);
        p->chain = &side;
        if (h->groups.seq)
            chain_add_sequence(p, h->groups.seq);
        p->chain = main;
        for (size_t j = 0; j < side.open.n; j++)
            leave_behind(p, side.open.p[j].slot, side.open.p[j].from, side.open.p[j].must);
    }
}

/* The step's handlers, at another of its states: they lead to the same groups. */
static void copy_catchers(struct plan *p, struct state *s)
{
    for (size_t i = 0; i < p->frame->handlers.n; i++) {
        struct catcher *c = arena_make(p->arena, struct catcher);
        *c = *p->frame->handlers.p[i];
        vec_push(p->arena, &s->catchers, c);
        if (!c->next)
            leave_behind(p, &c->next, s, true);
    }
}

static void catch_as_step_says(struct plan *p, struct state *s, const struct step *step)
{
    if (p->frame->caught) {
        copy_catchers(p, s);
        return;
    }
    p->frame->caught = true;
    add_catchers(p, s, &step->common.catch);
}

static void put_path(struct plan *p, struct state *s, const char *key, struct vstr path)
{
    if (!path.set)
        return;
    if (str_eq(path.s, S("null")) || path.s.n == 0)
        plan_put(p, s->body, key, node_null(p->arena, path.span));
    else
        plan_put(p, s->body, key, node_str(p->arena, path.span, path.s));
}

static bool can_fail(const char *type)
{
    return strcmp(type, "Task") == 0 || strcmp(type, "Parallel") == 0 || strcmp(type, "Map") == 0;
}

/* What states of a type have of that. */
static unsigned keys_of(const char *type)
{
    static const struct {
        const char *type;
        unsigned keys;
    } ROWS[] = {
        { "Task", KEY_TIMEOUT | KEY_RETRY | KEY_RESULT_SELECTOR | KEY_RESULT_PATH | KEY_ASSIGN |
                      KEY_PATHS },
        { "Parallel", KEY_RETRY | KEY_RESULT_SELECTOR | KEY_RESULT_PATH | KEY_ASSIGN | KEY_PATHS },
        { "Map", KEY_RETRY | KEY_RESULT_SELECTOR | KEY_RESULT_PATH | KEY_ASSIGN | KEY_PATHS },
        { "Pass", KEY_RESULT_PATH | KEY_ASSIGN | KEY_PATHS },
        { "Wait", KEY_ASSIGN | KEY_PATHS },
        { "Choice", KEY_ASSIGN | KEY_PATHS },
        { "Succeed", KEY_PATHS },
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (strcmp(ROWS[i].type, type) == 0)
            return ROWS[i].keys;
    return 0;
}

/* Where a step says `key`: itself or in one of its wrappers. */
static struct span key_span(const struct step *s, const char *key)
{
    static const char *const WRAPPERS[] = { "config", "properties" };
    const struct node_entry *e = node_entry(s->item.node, str_from(key));
    for (size_t i = 0; !e && i < 2; i++)
        e = node_entry(node_get(s->item.node, str_from(WRAPPERS[i])), str_from(key));
    return e ? e->key_span : s->item.name.span;
}

/* Reports what a step says and none of its states has. */
static void check_keys(struct plan *p, const struct step *s, unsigned has)
{
    const struct step_common *c = &s->common;
    const struct {
        const char *key;
        bool said;
        unsigned needs;
        const char *help;
    } ROWS[] = {
        { "timeout", c->timeout.set, KEY_TIMEOUT,
          "steps that wait for a service have it, and the pipeline as a whole" },
        { "heartbeat", c->heartbeat.set, KEY_TIMEOUT, "steps that wait for a service have it" },
        { "retry", c->retry.n > 0, KEY_RETRY, "steps that can fail have it" },
        { "catch", c->catch.n > 0, KEY_RETRY, "steps that can fail have it" },
        { "result_selector", c->result_selector.node, KEY_RESULT_SELECTOR,
          "steps that have a result have it" },
        { "result_path", c->result_path.set, KEY_RESULT_PATH, "steps that have a result have it" },
        { "assign", c->assign.node, KEY_ASSIGN, "steps that others come behind have it" },
        { "input_path", c->input_path.set, KEY_PATHS, "nothing comes of it here" },
        { "output_path", c->output_path.set, KEY_PATHS, "nothing comes of it here" },
    };
    for (size_t i = 0; (has & KEYS_KNOWN) && i < sizeof ROWS / sizeof *ROWS; i++)
        if (ROWS[i].said && !(has & ROWS[i].needs))
            diag_help(diag_error(p->ds, "unsupported-key", key_span(s, ROWS[i].key),
                                 "'%s' means nothing for a step of type %s", ROWS[i].key,
                                 s->item.kind->type),
                      "%s", ROWS[i].help);
}

/* A result goes only where result_path says; by default the step's input passes on untouched. */
static void fill_common(struct plan *p, struct state *s, const struct step *step)
{
    const struct step_common *c = &step->common;
    unsigned has = keys_of(s->type);
    p->frame->keys |= has | KEYS_KNOWN;
    if (step->item.description.s.n)
        plan_put(p, s->body, "Comment", plan_str(p, step->item.description.s));
    if (has & KEY_PATHS) {
        put_path(p, s, "InputPath", c->input_path);
        put_path(p, s, "OutputPath", c->output_path);
    }
    if (has & KEY_RESULT_PATH)
        put_path(p, s, "ResultPath", c->result_path);
    if ((has & KEY_RETRY) && !c->result_path.set)
        plan_put(p, s->body, "ResultPath", node_null(p->arena, NOWHERE));
    if ((has & KEY_RESULT_SELECTOR) && c->result_selector.node)
        plan_put(p, s->body, "ResultSelector", plan_payload(p, c->result_selector.node));
    if ((has & KEY_ASSIGN) && c->assign.node)
        plan_put(p, s->body, "Assign", plan_payload(p, c->assign.node));
    if (has & KEY_TIMEOUT) {
        task_arg_int(p, s, "/TimeoutSeconds", c->timeout);
        task_arg_int(p, s, "/HeartbeatSeconds", c->heartbeat);
    }
    if (has & KEY_RETRY)
        s->retry = retry_list(p, &c->retry);
}

static struct state *append_state(struct plan *p, const struct step *s, const char *type,
                                  const char *prefix)
{
    struct str name = arena_printf(p->arena, "%s%.*s", prefix, STR(s->item.name.s));
    struct state *st = make_state(p, type, name, s->item.name.span, s);
    append(p, st);
    return st;
}

struct state *plan_add_state(struct plan *p, const struct step *s, const char *type,
                             const char *prefix)
{
    struct state *st = append_state(p, s, type, prefix);
    fill_common(p, st, s);
    if (can_fail(type))
        catch_as_step_says(p, st, s);
    return st;
}

static void put_resource(struct plan *p, struct state *t, const char *resource)
{
    plan_put(p, t->body, "Resource",
             plan_textf(p, "arn:%s:states:::%s", plan_partition(p), resource));
}

struct state *plan_add_task(struct plan *p, const struct step *s, const char *prefix,
                            const char *resource)
{
    struct state *t = plan_add_state(p, s, "Task", prefix);
    put_resource(p, t, resource);
    return t;
}

/* ---- steps of several states ---------------------------------------------------------------- */

struct state *plan_add_helper(struct plan *p, const struct step *s, const char *type,
                              const char *prefix)
{
    struct state *st = append_state(p, s, type, prefix);
    if (can_fail(type)) {
        plan_put(p, st->body, "ResultPath", node_null(p->arena, NOWHERE));
        catch_as_step_says(p, st, s);
    }
    return st;
}

struct state *plan_add_helper_task(struct plan *p, const struct step *s, const char *prefix,
                                   const char *resource)
{
    struct state *t = plan_add_helper(p, s, "Task", prefix);
    put_resource(p, t, resource);
    return t;
}

static void close_end(struct open_end *ends, size_t *n, struct state *const *slot)
{
    size_t kept = 0;
    for (size_t i = 0; i < *n; i++)
        if (ends[i].slot != slot)
            ends[kept++] = ends[i];
    *n = kept;
}

/* The way out at `slot` leads to `to`, or behind the step. */
static void lead(struct plan *p, struct state **slot, const struct state *from, bool must,
                 struct state *to)
{
    close_end(p->chain->open.p, &p->chain->open.n, slot);
    close_end(p->frame->behind.p, &p->frame->behind.n, slot);
    *slot = to;
    if (!to)
        leave_behind(p, slot, from, must);
}

void plan_goto(struct plan *p, struct state *from, struct state *to)
{
    lead(p, &from->next, from, false, to);
}

void plan_add_case(struct plan *p, struct state *choice, const struct node *condition,
                   const char *label, struct state *to)
{
    if (!condition) {
        lead(p, &choice->otherwise, choice, true, to);
        return;
    }
    struct rule *r = arena_make(p->arena, struct rule);
    r->condition = condition;
    r->label = str_from(label);
    vec_push(p->arena, &choice->rules, r);
    lead(p, &r->next, choice, true, to);
}

void plan_catch(struct plan *p, struct state *st, const char *error, const struct node *assign,
                struct state *to)
{
    struct catcher *c = arena_make(p->arena, struct catcher);
    struct node *errors = plan_list(p);
    node_push(p->arena, errors, plan_text(p, error));
    c->error_equals = errors;
    c->assign = assign;
    vec_push(p->arena, &st->catchers, c);
    for (size_t i = st->catchers.n - 1; i > 0; i--)
        st->catchers.p[i] = st->catchers.p[i - 1];
    st->catchers.p[0] = c;
    lead(p, &c->next, st, true, to);
}

static struct state *make_failure(struct plan *p, const struct step *s, const char *prefix,
                                  const char *error, struct str cause)
{
    struct str name = arena_printf(p->arena, "%s%.*s", prefix, STR(s->item.name.s));
    struct state *st = make_state(p, "Fail", name, s->item.name.span, s);
    plan_put_text(p, st->body, "Error", error);
    plan_put(p, st->body, plan_is_runtime(cause) ? "CausePath" : "Cause", plan_str(p, cause));
    return st;
}

struct state *plan_add_failure(struct plan *p, const struct step *s, const char *prefix,
                               const char *error, struct str cause)
{
    if (!s->common.catch.n) {
        struct state *st = make_failure(p, s, prefix, error, cause);
        vec_push(p->arena, &p->chain->scope->states, st);
        return st;
    }
    /* A Fail state cannot be caught, a Parallel state around it can. */
    struct str name = arena_printf(p->arena, "%s%.*s", prefix, STR(s->item.name.s));
    struct state *st = make_state(p, "Parallel", name, s->item.name.span, s);
    vec_push(p->arena, &p->chain->scope->states, st);
    plan_put(p, st->body, "ResultPath", node_null(p->arena, NOWHERE));
    struct scope *inside = arena_make(p->arena, struct scope);
    const char *inner = arena_printf(p->arena, "Raise: %s", prefix).p;
    inside->start = make_failure(p, s, inner, error, cause);
    vec_push(p->arena, &inside->states, inside->start);
    vec_push(p->arena, &st->scopes, inside);
    catch_as_step_says(p, st, s);
    leave_behind(p, &st->next, st, false);
    return st;
}

/* ---- nesting -------------------------------------------------------------------------------- */

/* Ends that must lead somewhere get a Succeed; the others end the scope by themselves. */
static void close_chain(struct plan *p, struct chain *c)
{
    struct state *done = NULL;
    for (size_t i = 0; i < c->open.n; i++) {
        if (!c->open.p[i].must)
            continue;
        const struct state *from = c->open.p[i].from;
        if (!done) {
            struct str name = arena_printf(p->arena, "Done: %.*s",
                                           STR(from->step ? from->step->item.name.s : from->name));
            done = make_state(p, "Succeed", name, from->span, NULL);
            vec_push(p->arena, &c->scope->states, done);
        }
        *c->open.p[i].slot = done;
    }
}

struct scope *chain_make_scope(struct plan *p, const struct sequence *seq, struct str label)
{
    struct chain *outer = p->chain;
    struct chain c = { .scope = arena_make(p->arena, struct scope) };
    c.scope->label = label;
    leave_open(p, &c, &c.scope->start, NULL, false);
    p->chain = &c;
    chain_add_sequence(p, seq);
    close_chain(p, &c);
    p->chain = outer;
    return c.scope;
}

void plan_add_scope(struct plan *p, struct state *parent, const struct sequence *seq,
                    struct str label)
{
    int outer = p->inline_maps;
    if (strcmp(parent->type, "Map") == 0) {
        const struct node *mode = node_get(parent->processor_config, S("Mode"));
        bool distributed = mode && str_eq(mode->str, S("DISTRIBUTED"));
        p->inline_maps = distributed ? 0 : outer + 1; /* executions of their own start afresh */
    }
    vec_push(p->arena, &parent->scopes, chain_make_scope(p, seq, label));
    p->inline_maps = outer;
}

static void add_branch(struct plan *p, const struct state *choice, struct state **slot,
                       const struct sequence *seq)
{
    struct chain *main = p->chain;
    struct chain side = { .scope = main->scope };
    leave_open(p, &side, slot, choice, true);
    p->chain = &side;
    if (seq)
        chain_add_sequence(p, seq);
    p->chain = main;
    for (size_t i = 0; i < side.open.n; i++)
        vec_push(p->arena, &main->open, side.open.p[i]);
}

void plan_add_rule(struct plan *p, struct state *choice, const struct node *condition,
                   struct str label, const struct sequence *seq)
{
    struct rule *r = arena_make(p->arena, struct rule);
    r->condition = condition;
    r->label = label;
    vec_push(p->arena, &choice->rules, r);
    add_branch(p, choice, &r->next, seq);
}

void plan_set_otherwise(struct plan *p, struct state *choice, const struct sequence *seq)
{
    add_branch(p, choice, &choice->otherwise, seq);
}

/* ---- groups --------------------------------------------------------------------------------- */

static void lower_step(struct plan *p, const struct step *s)
{
    if (!s->item.kind) {
        chain_add_sequence(p, s->groups.seq);
        return;
    }
    struct step_frame *outer = p->frame, frame = { 0 };
    size_t grants = p->machine_role->grants.n;
    p->frame = &frame;
    s->item.kind->lower_step(p, s);
    plan_end_item(p, &s->item, grants);
    check_keys(p, s, frame.keys);
    p->frame = outer;
    for (size_t i = 0; i < frame.behind.n; i++)
        vec_push(p->arena, &p->chain->open, frame.behind.p[i]);
}

static struct sequence *alone(struct plan *p, const struct step *s)
{
    struct sequence *seq = arena_make(p->arena, struct sequence);
    struct group *g = arena_make(p->arena, struct group);
    vec_push(p->arena, &g->steps, (struct step *)s);
    vec_push(p->arena, &seq->groups, g);
    return seq;
}

static void lower_parallel(struct plan *p, const struct group *g)
{
    struct state *par = make_state(p, "Parallel", g->name.s, g->name.span, NULL);
    if (g->comment.s.n)
        plan_put(p, par->body, "Comment", plan_str(p, g->comment.s));
    append(p, par);
    for (size_t i = 0; i < g->steps.n; i++) {
        const struct step *s = g->steps.p[i];
        const struct sequence *seq = s->groups.seq ? s->groups.seq : alone(p, s);
        plan_add_scope(p, par, seq, s->item.name.s);
    }
    chain_keep_results(p, par);
}

void chain_add_sequence(struct plan *p, const struct sequence *seq)
{
    const struct group *outer = p->group;
    struct step_frame *frame = p->frame;
    p->frame = NULL;
    for (size_t i = 0; i < seq->groups.n; i++) {
        const struct group *g = seq->groups.p[i];
        p->group = g->name.s.n ? g : outer;
        if (g->steps.n == 1)
            lower_step(p, g->steps.p[0]);
        else if (g->steps.n)
            lower_parallel(p, g);
        p->group = outer;
    }
    p->frame = frame;
}

/* A pipe sends a list, even of one message: the machine begins with taking that out. */
static void unwrap_input(struct plan *p, struct scope *sc, struct span span)
{
    struct state *ask = make_state(p, "Choice", S("Input: is it a list?"), span, NULL);
    struct state *take = make_state(p, "Pass", S("Input: take the message"), span, NULL);
    struct rule *r = arena_make(p->arena, struct rule);
    struct node *condition = plan_map(p);
    plan_put_text(p, condition, "Variable", "$[0]");
    plan_put(p, condition, "IsPresent", plan_bool(p, true));
    *r = (struct rule){ .condition = condition, .label = S("a message"), .next = take };
    vec_push(p->arena, &ask->rules, r);
    plan_put_text(p, take->body, "InputPath", "$[0]");
    take->next = ask->otherwise = sc->start;
    sc->start = ask;
    vec_push(p->arena, &sc->states, take);
    vec_push(p->arena, &sc->states, ask);
    for (size_t n = sc->states.n - 1; n > 1; n--)
        sc->states.p[n] = sc->states.p[n - 2];
    sc->states.p[0] = ask;
    sc->states.p[1] = take;
}

/* Retry and catch of a whole pipeline hang on a Parallel with one branch around all of it; its
 * output is that branch's, not a list of one. */
static struct scope *make_handled(struct plan *p, const struct pipeline *pl)
{
    struct chain c = { .scope = arena_make(p->arena, struct scope) };
    leave_open(p, &c, &c.scope->start, NULL, false);
    p->chain = &c;
    struct state *par = make_state(p, "Parallel", S("RetryAndErrorHandler"), pl->main->span, NULL);
    append(p, par);
    plan_add_scope(p, par, pl->main, (struct str){ 0 });
    plan_put_text(p, par->body, "OutputPath", "$[0]");
    par->retry = retry_list(p, &pl->retry);
    add_catchers(p, par, &pl->catch);
    close_chain(p, &c);
    p->chain = NULL;
    return c.scope;
}

struct scope *chain_make_machine(struct plan *p, const struct pipeline *pl)
{
    struct scope *sc = pl->retry.n || pl->catch.n
                           ? make_handled(p, pl)
                           : chain_make_scope(p, pl->main, (struct str){ 0 });
    if (p->batched && sc->start)
        unwrap_input(p, sc, pl->main->span);
    return sc;
}
