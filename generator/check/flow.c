#include "check/flow.h"

enum {
    ROUNDS_MAX = 12, /* through a loop, until what is in it is taken for unknown */
    DEPTH_MAX = 200, /* blocks inside each other; above what groups and JSON may nest */
};

/* ---- from state to state -------------------------------------------------------------------- */

/* What leaves a block. */
struct leaving {
    const struct shape *data; /* NULL: nothing yet */
};

static const struct shape *join(struct flow *f, const struct shape *x, const struct shape *y)
{
    return x ? shape_join(f->a, x, y) : y;
}

static void arrive(struct flow *f, const struct asl_state *to, struct flow_env env)
{
    struct flow_place *p = &f->places[to->number];
    if (p->in.data && (p->in.data != env.data || p->in.variables != env.variables)) {
        env.data = shape_join(f->a, p->in.data, env.data);
        env.variables = shape_join(f->a, p->in.variables, env.variables);
        if (shape_same(p->in.data, env.data) && shape_same(p->in.variables, env.variables))
            return;
    } else if (p->in.data) {
        return;
    }
    p->in = env;
    p->dirty = true;
}

static void leave(struct flow *f, const struct asl_state *s, struct flow_env env,
                  struct leaving *out)
{
    if (s->target)
        arrive(f, s->target, env);
    else if (s->terminal)
        out->data = join(f, out->data, env.data);
}

/* ---- parts of states ------------------------------------------------------------------------ */

static bool is_jsonata(const struct asl_state *s)
{
    return s->lang == ASL_JSONATA;
}

/* InputPath or OutputPath. */
static const struct shape *through(struct flow *f, const struct asl_value *path,
                                   const struct shape *data)
{
    if (path->form == ASL_NULL)
        return shape_of(SHAPE_MAP);
    return path->form == ASL_PATH ? flow_read(f, path->node, data) : data;
}

/* A path in a field of its own, of which only the reading matters. */
static void look(struct flow *f, const struct asl_value *v, const struct shape *data)
{
    if (v->form == ASL_PATH || v->form == ASL_CALL)
        flow_read(f, v->node, data);
}

static const struct shape *built(struct flow *f, const struct asl_value *v,
                                 const struct shape *data)
{
    if (!ASL_SET(*v))
        return data;
    if (v->form == ASL_EXPRESSION || is_jsonata(f->state))
        return shape_of(SHAPE_ANY);
    return flow_template(f, v->node, data);
}

/* The variables behind a state; `data` is what '$' means in its Assign. */
static const struct shape *assigned(struct flow *f, const struct asl_value *assign,
                                    const struct shape *data, const struct shape *variables)
{
    if (!ASL_SET(*assign) || assign->form != ASL_JSON)
        return variables;
    const struct shape *values = is_jsonata(f->state) ? NULL : flow_template(f, assign->node, data);
    for (size_t i = 0; i < assign->node->map.n; i++) {
        const struct node_entry *e = &assign->node->map.entries[i];
        bool dynamic = values && str_ends(e->key, S(".$"));
        struct str name = dynamic ? str_sub(e->key, 0, e->key.n - 2) : e->key;
        const struct shape_key *k = values ? shape_get(values, name) : NULL;
        variables = shape_with(f->a, variables, name, k ? k->value : shape_of(SHAPE_ANY),
                               SHAPE_ALWAYS, e->key_span.src ? e->key_span : f->state->name_span);
    }
    return variables;
}

static const struct shape *placed(struct flow *f, const struct asl_value *path,
                                  const struct shape *input, const struct shape *value)
{
    if (path->form == ASL_NULL)
        return input;
    return path->form == ASL_PATH ? flow_store(f, path->node, input, value) : value;
}

/* Source: States Language, "Error Output". */
static const struct shape *error_output(struct flow *f)
{
    static const struct span nowhere;
    const struct shape *s = shape_of(SHAPE_MAP), *text = shape_of(SHAPE_TEXT);
    s = shape_with(f->a, s, S("Error"), text, SHAPE_ALWAYS, nowhere);
    return shape_with(f->a, s, S("Cause"), text, SHAPE_ALWAYS, nowhere);
}

static void catches(struct flow *f, const struct asl_state *s, struct flow_env in)
{
    for (size_t i = 0; i < s->catchers.n; i++) {
        const struct asl_catcher *c = &s->catchers.p[i];
        const struct shape *error = error_output(f);
        struct flow_env env = in;
        env.variables = assigned(f, &c->assign, error, in.variables);
        if (is_jsonata(s))
            env.data = ASL_SET(c->output) ? shape_of(SHAPE_ANY) : error;
        else
            env.data = placed(f, &c->result_path, in.data, error);
        if (c->target)
            arrive(f, c->target, env);
    }
}

/* Behind a state that has a result. */
static void finish(struct flow *f, const struct asl_state *s, struct flow_env in,
                   const struct shape *result, struct leaving *out)
{
    struct flow_env env = { .variables = assigned(f, &s->assign, result, in.variables) };
    if (is_jsonata(s)) {
        env.data = ASL_SET(s->output) ? shape_of(SHAPE_ANY) : result;
    } else {
        result = built(f, &s->result_selector, result);
        env.data = through(f, &s->output_path, placed(f, &s->result_path, in.data, result));
    }
    leave(f, s, env, out);
}

/* Behind one that only passes its input on. */
static struct flow_env passed(struct flow *f, const struct asl_state *s, struct flow_env in,
                              const struct shape *effective)
{
    if (is_jsonata(s) && ASL_SET(s->output))
        in.data = shape_of(SHAPE_ANY);
    else
        in.data = through(f, &s->output_path, effective);
    return in;
}

/* ---- choices -------------------------------------------------------------------------------- */

/* What is known once the rule has turned out `truth`: a path that was looked at is there, but for
 * IsPresent, which says so itself. */
static struct flow_env learn(struct flow *f, const struct asl_rule *r, bool truth,
                             struct flow_env env)
{
    if (r->op == ASL_OP_NOT && r->rules.n)
        return learn(f, &r->rules.p[0], !truth, env);
    if (r->op == ASL_OP_AND || r->op == ASL_OP_OR) {
        bool all = truth == (r->op == ASL_OP_AND); /* the others may not have been looked at */
        for (size_t i = 0; i < r->rules.n && all; i++)
            env = learn(f, &r->rules.p[i], truth, env);
        return env;
    }
    bool asked = r->op == ASL_OP_IS_PRESENT && (r->operand.number != 0) != truth;
    if (r->variable.form == ASL_PATH && r->op != ASL_OP_NONE && !asked)
        env = flow_assume(f, r->variable.node, env);
    return env;
}

/* Reads what the rule reads. Rules are as deep as JSON may nest. */
static void read_rule(struct flow *f, const struct asl_rule *r, struct flow_env env)
{
    const struct shape *outer = f->variables;
    f->variables = env.variables;
    if (r->op != ASL_OP_IS_PRESENT)
        look(f, &r->variable, env.data);
    if (r->operand.form == ASL_PATH)
        look(f, &r->operand, env.data);
    for (size_t i = 0; i < r->rules.n; i++) {
        read_rule(f, &r->rules.p[i], env);
        if (r->op == ASL_OP_AND || r->op == ASL_OP_OR)
            env = learn(f, &r->rules.p[i], r->op == ASL_OP_AND, env);
    }
    f->variables = outer;
}

/* Rules look at the data behind InputPath; where that is the input itself, they teach about it. */
static void choose(struct flow *f, const struct asl_state *s, struct flow_env in,
                   const struct shape *effective)
{
    struct flow_env seen = { effective, in.variables };
    for (size_t i = 0; i < s->choice.rules.n; i++) {
        const struct asl_rule *r = &s->choice.rules.p[i];
        read_rule(f, r, seen);
        struct flow_env yes = learn(f, r, true, seen);
        struct flow_env env = passed(f, s, yes, yes.data);
        if (ASL_SET(r->output))
            env.data = shape_of(SHAPE_ANY);
        env.variables = assigned(f, &r->assign, yes.data, yes.variables);
        if (r->target)
            arrive(f, r->target, env);
        seen = learn(f, r, false, seen);
    }
    struct flow_env env = passed(f, s, seen, seen.data);
    env.variables = assigned(f, &s->assign, seen.data, seen.variables);
    if (s->choice.otherwise_target)
        arrive(f, s->choice.otherwise_target, env);
}

/* ---- blocks inside -------------------------------------------------------------------------- */

static const struct shape *run_block(struct flow *f, const struct asl_block *b,
                                     struct flow_env env);

static const struct shape *branches(struct flow *f, const struct asl_state *s, struct flow_env env)
{
    size_t n = s->parallel.branches.n;
    const struct shape **outputs = arena_make_n(f->a, const struct shape *, n + 1);
    bool all = true; /* a branch that never ends well, and nothing goes on behind them */
    for (size_t i = 0; i < n; i++) {
        outputs[i] = run_block(f, &s->parallel.branches.p[i], env);
        all = all && outputs[i];
    }
    return all ? shape_tuple(f->a, outputs, n) : NULL;
}

/* What the list that a map goes through holds. */
static const struct shape *item_of(struct flow *f, const struct asl_state *s,
                                   const struct shape *effective)
{
    const struct asl_value *items = &s->map.items;
    if (s->map.reader)
        return shape_of(SHAPE_ANY);
    if (is_jsonata(s))
        return shape_of(SHAPE_ANY);
    const struct shape *list =
        items->form == ASL_PATH ? flow_read(f, items->node, effective) : effective;
    bool scalar = list->kind != SHAPE_ANY && list->kind != SHAPE_LIST && list->kind != SHAPE_MAP;
    if ((scalar || (list->kind == SHAPE_MAP && !ASL_SET(*items))) && !f->quiet) {
        struct span at =
            ASL_SET(*items) && items->node->span.src ? items->node->span : s->name_span;
        struct diag *d =
            diag_error(f->ds, "no-list", at, "'%.*s' is %s; a map needs a list",
                       STR(ASL_SET(*items) ? items->text : S("$")), shape_kind_name(list));
        diag_help(d, "name the list in 'items_path'");
    }
    return list->kind == SHAPE_LIST && list->item ? list->item : shape_of(SHAPE_ANY);
}

static void read_map_fields(struct flow *f, const struct asl_state *s,
                            const struct shape *effective)
{
    look(f, &s->map.max_concurrency, effective);
    look(f, &s->map.tolerated_count, effective);
    look(f, &s->map.tolerated_percentage, effective);
    if (s->map.reader)
        built(f, &s->map.reader->parameters, effective);
    if (s->map.reader && s->map.reader->config)
        look(f, &s->map.reader->config->max_items, effective);
    if (s->map.writer)
        built(f, &s->map.writer->parameters, effective);
    if (s->map.batcher) {
        look(f, &s->map.batcher->max_items, effective);
        look(f, &s->map.batcher->max_bytes, effective);
    }
}

/* Source: Step Functions, "ItemBatcher". */
static const struct shape *batch_of(struct flow *f, const struct asl_state *s,
                                    const struct shape *each, const struct shape *effective)
{
    static const struct span nowhere;
    const struct asl_batcher *b = s->map.batcher;
    const struct shape *batch = shape_of(SHAPE_MAP);
    batch = shape_with(f->a, batch, S("Items"), shape_list(f->a, each), SHAPE_ALWAYS, nowhere);
    if (!ASL_SET(b->batch_input))
        return batch;
    return shape_with(f->a, batch, S("BatchInput"), built(f, &b->batch_input, effective),
                      SHAPE_ALWAYS, b->batch_input.key);
}

/* Iterations of a distributed map are executions of their own, which see no variables. */
static const struct shape *iterate(struct flow *f, const struct asl_state *s, struct flow_env env)
{
    const struct shape *effective = env.data, *item = item_of(f, s, effective);
    const struct shape *outer_execution = f->execution, *outer_item = f->item,
                       *outer_context = f->context;
    read_map_fields(f, s, effective);
    f->item = item;
    f->context = NULL;
    const struct shape *each =
        ASL_SET(s->map.item_selector) ? built(f, &s->map.item_selector, effective) : item;
    if (s->map.batcher)
        each = batch_of(f, s, each, effective);
    env.data = each;
    if (s->map.distributed) {
        f->execution = each;
        f->context = NULL;
        env.variables = shape_of(SHAPE_MAP);
    }
    const struct shape *result =
        s->map.processor ? run_block(f, s->map.processor, env) : shape_of(SHAPE_ANY);
    f->execution = outer_execution;
    f->item = outer_item;
    f->context = outer_context;
    if (s->map.writer)
        return shape_of(SHAPE_ANY);
    return shape_list(f->a, result);
}

/* ---- states --------------------------------------------------------------------------------- */

/* `input` is as it came, before InputPath. */
static const struct shape *task_result(struct flow *f, const struct asl_state *s,
                                       const struct shape *input)
{
    look(f, &s->task.timeout_s, input);
    look(f, &s->task.heartbeat_s, input);
    built(f, &s->task.credentials, input);
    return answers_find(f->a, &s->task.parts);
}

static const struct shape *result_of(struct flow *f, const struct asl_state *s, struct flow_env env)
{
    switch (s->type) {
    case ASL_TASK:
        return task_result(f, s, f->places[s->number].in.data);
    case ASL_PARALLEL:
        return branches(f, s, env);
    case ASL_MAP:
        return iterate(f, s, env);
    default:
        return ASL_SET(s->pass.result) ? shape_literal(f->a, s->pass.result.node) : env.data;
    }
}

static void run_state(struct flow *f, const struct asl_state *s, struct leaving *out)
{
    struct flow_env in = f->places[s->number].in;
    f->state = s;
    f->variables = in.variables;
    const struct shape *effective = is_jsonata(s) ? in.data : through(f, &s->input_path, in.data);
    switch (s->type) {
    case ASL_PASS:
    case ASL_TASK:
    case ASL_PARALLEL:
    case ASL_MAP: {
        if (s->type != ASL_MAP)
            effective = built(f, &s->parameters, effective);
        const struct shape *result = result_of(f, s, (struct flow_env){ effective, in.variables });
        f->state = s;
        f->variables = in.variables;
        catches(f, s, in);
        if (result)
            finish(f, s, in, result, out);
        return;
    }
    case ASL_CHOICE:
        choose(f, s, in, effective);
        return;
    case ASL_FAIL:
        look(f, &s->fail.error, in.data);
        look(f, &s->fail.cause, in.data);
        return;
    case ASL_WAIT:
        look(f, &s->wait.seconds, effective);
        look(f, &s->wait.timestamp, effective);
        break;
    default:
        break;
    }
    struct flow_env env = passed(f, s, in, effective);
    env.variables = assigned(f, &s->assign, effective, in.variables);
    leave(f, s, env, out);
}

/* ---- order ---------------------------------------------------------------------------------- */

/* Where a state may lead; NULL entries and behind the last one: count. */
static const struct asl_state *successor(const struct asl_state *s, size_t i, bool *more)
{
    size_t rules = s->type == ASL_CHOICE ? s->choice.rules.n : 0;
    *more = true;
    if (i == 0)
        return s->target;
    i -= 1;
    if (i < s->catchers.n)
        return s->catchers.p[i].target;
    i -= s->catchers.n;
    if (i < rules)
        return s->choice.rules.p[i].target;
    *more = i == rules;
    return s->type == ASL_CHOICE && i == rules ? s->choice.otherwise_target : NULL;
}

struct visit {
    const struct asl_state *state;
    size_t next;
};

/* The block's states so that each stands behind those that lead to it, but for the ways back of
 * loops: the reverse of the order in which a search in depth leaves them. */
static size_t put_in_order(struct flow *f, const struct asl_block *b,
                           const struct asl_state **order)
{
    VEC(struct visit) stack = { 0 };
    size_t n = b->states.n, left = n;
    bool more;
    for (size_t i = 0; i < n; i++)
        f->places[b->states.p[i]->number] = (struct flow_place){ 0 };
    vec_push(f->a, &stack, ((struct visit){ b->start, 0 }));
    f->places[b->start->number].order = 1;
    while (stack.n) {
        struct visit *v = &stack.p[stack.n - 1];
        const struct asl_state *to = successor(v->state, v->next++, &more);
        if (to && !f->places[to->number].order) {
            f->places[to->number].order = 1;
            vec_push(f->a, &stack, ((struct visit){ to, 0 }));
        } else if (!more) {
            order[--left] = v->state;
            stack.n--;
        }
    }
    memmove(order, order + left, (n - left) * sizeof *order);
    for (size_t i = 0; i < n - left; i++)
        f->places[order[i]->number].order = (uint32_t)i + 1;
    return n - left;
}

/* For each state, 1 + the last one that leads back to it; 0: none does. */
static size_t *ways_back(struct flow *f, const struct asl_state *const *order, size_t n)
{
    size_t *back = arena_make_n(f->a, size_t, n);
    for (size_t i = 0; i < n; i++) {
        bool more = true;
        for (size_t k = 0; more; k++) {
            const struct asl_state *to = successor(order[i], k, &more);
            size_t at = to ? f->places[to->number].order : 0;
            if (at && at - 1 <= i)
                back[at - 1] = i + 1;
        }
    }
    return back;
}

/* Behind the loop that begins at state i, and those that begin in it; i + 1 without a loop. */
static size_t loop_end(const size_t *back, size_t i)
{
    size_t end = i + 1;
    for (size_t j = i; j < end; j++)
        if (back[j] > end)
            end = back[j];
    return end;
}

/* Goes through a loop until nothing new arrives anywhere. */
static void settle(struct flow *f, const struct asl_state *const *order, size_t from, size_t end,
                   struct leaving *out)
{
    bool changed = true;
    f->quiet++;
    for (int round = 0; changed; round++) {
        changed = false;
        for (size_t i = from; i < end; i++) {
            struct flow_place *p = &f->places[order[i]->number];
            if (!p->dirty || !p->in.data)
                continue;
            if (round > ROUNDS_MAX)
                p->in = (struct flow_env){ shape_of(SHAPE_ANY), shape_map(f->a, true) };
            p->dirty = false;
            changed = true;
            run_state(f, order[i], out);
        }
        if (round > ROUNDS_MAX + 2)
            break;
    }
    f->quiet--;
}

/* What leaves the block; NULL: nothing does. */
static const struct shape *run_block(struct flow *f, const struct asl_block *b, struct flow_env env)
{
    struct leaving out = { 0 };
    if (!b->start || f->depth >= DEPTH_MAX)
        return shape_of(SHAPE_ANY);
    f->depth++;
    const struct asl_state **order = arena_make_n(f->a, const struct asl_state *, b->states.n);
    size_t n = put_in_order(f, b, order);
    const size_t *back = ways_back(f, order, n);
    arrive(f, b->start, env);
    for (size_t i = 0; i < n;) {
        size_t end = loop_end(back, i);
        if (back[i])
            settle(f, order, i, end, &out);
        for (; i < end; i++)
            if (f->places[order[i]->number].in.data)
                run_state(f, order[i], &out);
    }
    f->depth--;
    return out.data;
}

void flow_check(struct arena *scratch, struct diags *ds, const struct asl_machine *m,
                const struct shape *input)
{
    struct flow f = { .a = scratch, .ds = ds, .execution = input };
    f.places = arena_make_n(scratch, struct flow_place, m->nstates + 1);
    run_block(&f, &m->top, (struct flow_env){ input, shape_of(SHAPE_MAP) });
}
