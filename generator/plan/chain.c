#include "plan/chain.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "schema/bind.h"

static const struct span NOWHERE;

/* States.JsonMerge nests at most ten deep. Source: Step Functions, "Intrinsic functions". */
enum { GROUP_JOBS_MAX = 512 };

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

/* ---- arguments ------------------------------------------------------------------------------ */

static struct node *parameters(struct plan *p, struct state *t)
{
    struct node *n = node_get(t->body, S("Parameters"));
    if (!n) {
        n = plan_map(p);
        plan_put(p, t->body, "Parameters", n);
    }
    return n;
}

void task_arg(struct plan *p, struct state *t, const char *key, struct vstr value)
{
    if (!value.s.n)
        return;
    struct str name = value.runtime ? arena_printf(p->arena, "%s.$", key) : str_from(key);
    node_put(p->arena, parameters(p, t), name, value.span, node_str(p->arena, value.span, value.s));
}

/* "/Key" is a field of the state itself, whose run-time form is "KeyPath". */
void task_arg_int(struct plan *p, struct state *t, const char *key, struct vint value)
{
    bool own = key[0] == '/';
    struct node *to = own ? t->body : parameters(p, t);
    if (value.path.n)
        node_put(p->arena, to, arena_printf(p->arena, "%s%s", key + own, own ? "Path" : ".$"),
                 value.span, node_str(p->arena, value.span, value.path));
    else if (value.set || value.v)
        node_put(p->arena, to, str_from(key + own), value.span,
                 node_int(p->arena, value.span, value.v));
}

void task_arg_node(struct plan *p, struct state *t, const char *key, const struct node *value)
{
    if (!value)
        return;
    struct node *holder = plan_map(p);
    plan_put(p, holder, key, (struct node *)value);
    const struct node *made = plan_payload(p, holder);
    const struct node_entry *e = &made->map.entries[0];
    node_put(p->arena, parameters(p, t), e->key, e->key_span, e->value);
}

static bool is_runtime_value(const struct node *n)
{
    return n->kind == NODE_STR && plan_is_runtime(n->str);
}

/* Only a key that ends in ".$" has its value filled in, and a list's items have no keys. */
static void refuse_path(struct plan *p, const struct node *item)
{
    struct diag *d = diag_error(p->ds, "runtime-path", item->span,
                                "'%.*s' stands in a list of maps or lists, where nothing is filled "
                                "in",
                                STR(item->str));
    diag_help(d, "put it into a map: '{value: …}'");
}

static struct node *payload_at(struct plan *p, const struct node *value, int depth)
{
    if (depth > LIMIT_JSON_DEPTH || (value->kind != NODE_MAP && value->kind != NODE_SEQ))
        return (struct node *)value;
    if (value->kind == NODE_SEQ) {
        struct node *list = node_seq(p->arena, value->span);
        for (size_t i = 0; i < value->seq.n; i++) {
            if (is_runtime_value(value->seq.items[i]))
                refuse_path(p, value->seq.items[i]);
            node_push(p->arena, list, payload_at(p, value->seq.items[i], depth + 1));
        }
        return list;
    }
    struct node *map = node_map(p->arena, value->span);
    for (size_t i = 0; i < value->map.n; i++) {
        const struct node_entry *e = &value->map.entries[i];
        struct str key = e->key, call = { 0 };
        if (e->value->kind == NODE_SEQ)
            call = plan_list_call(p, e->value);
        struct node *made =
            call.n ? node_str(p->arena, e->value->span, call) : payload_at(p, e->value, depth + 1);
        if ((call.n || is_runtime_value(e->value)) && !str_ends(key, S(".$")))
            key = arena_printf(p->arena, "%.*s.$", STR(key));
        node_put(p->arena, map, key, e->key_span, made);
    }
    return map;
}

struct node *plan_payload(struct plan *p, const struct node *value)
{
    return payload_at(p, value, 0);
}

static bool mentions_token_at(const struct node *n, int depth)
{
    if (!n || depth > LIMIT_JSON_DEPTH)
        return false;
    if (n->kind == NODE_STR)
        return str_find(n->str, S("$$.Task.Token"), 0) != SIZE_MAX;
    for (size_t i = 0; n->kind == NODE_SEQ && i < n->seq.n; i++)
        if (mentions_token_at(n->seq.items[i], depth + 1))
            return true;
    for (size_t i = 0; n->kind == NODE_MAP && i < n->map.n; i++)
        if (mentions_token_at(n->map.entries[i].value, depth + 1))
            return true;
    return false;
}

bool plan_mentions_token(const struct node *data)
{
    return mentions_token_at(data, 0);
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

/* Whether what leaves the scope is more than what came in. A group's own Parallel state either
 * drops its branches' output or merges all of it. */
static bool scope_stores(const struct scope *sc)
{
    for (size_t i = 0; i < sc->states.n; i++) {
        const struct state *st = sc->states.p[i];
        const struct node *path = node_get(st->body, S("ResultPath"));
        bool merges = !path && !st->step && strcmp(st->type, "Parallel") == 0;
        if (merges || (path && path->kind == NODE_STR))
            return true;
    }
    return false;
}

/* States.JsonMerge of $[from] … $[to - 1], as a balanced tree: calls nest only ten deep. */
static struct str merge_call(struct plan *p, size_t from, size_t to)
{
    if (to - from == 1)
        return arena_printf(p->arena, "$[%zu]", from);
    size_t mid = from + (to - from) / 2;
    return arena_printf(p->arena, "States.JsonMerge(%.*s, %.*s, false)",
                        STR(merge_call(p, from, mid)), STR(merge_call(p, mid, to)));
}

/* ---- results of a group --------------------------------------------------------------------- */

struct stored {
    struct str key; /* the first name of a result path; empty for "$" */
    const struct state *by;
};
struct stores {
    VEC(struct stored) all;
};

/* "$.stats.mean" → "stats" */
static struct str first_name(struct str path)
{
    size_t from = 1, to;
    if (path.n > 1 && path.p[1] == '.')
        from = 2;
    for (to = from; to < path.n && path.p[to] != '.' && path.p[to] != '[';)
        to++;
    return str_sub(path, from < path.n ? from : path.n, to < path.n ? to : path.n);
}

static void collect_stores(struct plan *p, const struct scope *sc, size_t n, struct stores *out)
{
    for (size_t i = 0; i < n; i++) {
        const struct state *s = sc->states.p[i];
        const struct node *path = node_get(s->body, S("ResultPath"));
        if (node_is_str(path)) {
            struct stored st = { first_name(path->str), s };
            vec_push(p->arena, &out->all, st);
        }
        for (size_t j = 0; strcmp(s->type, "Parallel") == 0 && j < s->scopes.n; j++)
            collect_stores(p, s->scopes.p[j], s->scopes.p[j]->states.n, out);
    }
}

/* An error where the user chose the path; a warning where it is a type's default, as in blueprints
 * that never looked at the result. */
static struct diag *conflict(struct plan *p, const struct state *s, const char *why)
{
    const struct node *path = node_get(s->body, S("ResultPath"));
    bool chosen = path->span.src && path->span.at != s->span.at; /* defaults stand at the name */
    if (!chosen)
        return diag_warning(p->ds, "result-conflict", s->span,
                            "'%.*s' is stored by a job that runs beside others: %s", STR(path->str),
                            why);
    return diag_error(p->ds, "result-conflict", path->span,
                      "'%.*s' is stored by a job that runs beside others: %s", STR(path->str), why);
}

/* Branches see the data as it was before the group, and their outputs are merged key by key at the
 * top: two must not store below one key, none may replace everything, and what an earlier step has
 * stored only the last branch may change, for the others would bring the old value back. */
static void check_stores(struct plan *p, const struct state *parallel)
{
    struct stores earlier = { 0 }, mine = { 0 };
    const struct scope *outer = p->chain->scope;
    collect_stores(p, outer, outer->states.n - 1, &earlier);
    for (size_t b = 0; b < parallel->scopes.n; b++) {
        size_t before = mine.all.n;
        collect_stores(p, parallel->scopes.p[b], parallel->scopes.p[b]->states.n, &mine);
        for (size_t i = before; i < mine.all.n; i++) {
            const struct stored *st = &mine.all.p[i];
            if (!st->key.n) {
                diag_help(conflict(p, st->by, "it would replace all of the data"),
                          "store it under a key, such as $.result");
                continue;
            }
            for (size_t j = 0; j < before; j++)
                if (str_eq(mine.all.p[j].key, st->key)) {
                    struct diag *d = conflict(p, st->by, "another one stores below the same key");
                    diag_help(d, "give each job of a group a key of its own");
                    diag_note(d, mine.all.p[j].by->span, "the other job");
                    break;
                }
            for (size_t j = 0; b + 1 < parallel->scopes.n && j < earlier.all.n; j++)
                if (str_eq(earlier.all.p[j].key, st->key)) {
                    struct diag *d = conflict(p, st->by, "an earlier step has stored that key");
                    diag_help(d, "use another key, or let this job be the last of its group");
                    diag_note(d, earlier.all.p[j].by->span, "the earlier step");
                    break;
                }
        }
    }
}

/* Each branch's output is the group's input plus what its steps stored; merged, the group's output
 * is the input plus everything stored. Where nobody stores anything the input just passes on. */
static void keep_results(struct plan *p, struct state *parallel)
{
    bool any = false;
    for (size_t i = 0; i < parallel->scopes.n; i++)
        any = any || scope_stores(parallel->scopes.p[i]);
    if (!any) {
        plan_put(p, parallel->body, "ResultPath", node_null(p->arena, NOWHERE));
        return;
    }
    if (parallel->scopes.n > GROUP_JOBS_MAX) {
        diag_error(p->ds, "too-many-jobs", parallel->span,
                   "group '%.*s' has %zu jobs that store results; expected at most %d",
                   STR(parallel->name), parallel->scopes.n, GROUP_JOBS_MAX);
        return;
    }
    check_stores(p, parallel);
    struct node *selector = plan_map(p);
    plan_put(p, selector, "merged.$", plan_str(p, merge_call(p, 0, parallel->scopes.n)));
    plan_put(p, parallel->body, "ResultSelector", selector);
    plan_put_text(p, parallel->body, "OutputPath", "$.merged");
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
    keep_results(p, par);
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
