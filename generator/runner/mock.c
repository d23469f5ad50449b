#include "runner/mock.h"

#include "base/num.h"
#include "runner/machine.h"

struct mock_answer {
    const struct node *result;  /* or NULL */
    const struct node *payload; /* answered as lambda:invoke does */
    bool echo;
    struct str error, cause;
    int64_t takes_ms;
    const struct node *when; /* conditions; NULL: none */
    const struct node *index;
    int64_t attempt_from, attempt_to; /* -1: any */
    bool by_invocation;               /* the two above count invocations */
    uint64_t times, given;            /* 0: without end */
};

void mocks_init(struct mocks *m, struct arena *a)
{
    *m = (struct mocks){ .arena = a };
}

void mocks_reset(struct mocks *m)
{
    for (size_t i = 0; i < m->states.n; i++) {
        struct mock_state *s = m->states.entries[i].value;
        for (size_t k = 0; k < s->n; k++)
            s->answers[k].given = 0;
    }
}

/* ---- reading ---- */

/* "2", 2 or "1-3". */
static bool read_range(struct diags *ds, const struct node *n, int64_t *from, int64_t *to)
{
    if (n->kind == NODE_INT && n->integer >= 0) {
        *from = *to = n->integer;
        return true;
    }
    size_t dash = n->kind == NODE_STR ? str_find_char(n->str, '-', 0) : SIZE_MAX;
    if (n->kind == NODE_STR && num_get_int(n->str, from) && *from >= 0) {
        *to = *from;
        return true;
    }
    if (dash != SIZE_MAX && num_get_int(str_sub(n->str, 0, dash), from) &&
        num_get_int(str_sub(n->str, dash + 1, n->str.n), to) && *from >= 0 && *to >= *from)
        return true;
    diag_error(ds, "bad-mock", n->span, "expected a number from 0, or a range such as 1-3");
    return false;
}

static bool want_text(struct diags *ds, const struct node *n, struct str *out)
{
    if (n->kind != NODE_STR) {
        diag_error(ds, "bad-mock", n->span, "expected text, not %s", node_kind_name(n));
        return false;
    }
    *out = n->str;
    return true;
}

static bool want_seconds(struct diags *ds, const struct node *n, int64_t *ms)
{
    double s = n->kind == NODE_INT ? (double)n->integer : n->kind == NODE_FLOAT ? n->number : -1;
    if (!(s >= 0 && s < 1e12)) {
        diag_error(ds, "bad-mock", n->span, "expected a number of seconds");
        return false;
    }
    *ms = (int64_t)(s * 1000);
    return true;
}

static const struct str answer_keys[] = {
    S_INIT("return"),  S_INIT("payload"), S_INIT("return_payload"), S_INIT("error"),
    S_INIT("cause"),   S_INIT("takes"),   S_INIT("when"),           S_INIT("index"),
    S_INIT("attempt"), S_INIT("times"),
};

static bool read_entry(struct diags *ds, const struct node_entry *e, struct mock_answer *a)
{
    struct str key = e->key;
    const struct node *n = e->value;
    if (str_eq(key, S("return")))
        a->result = n;
    else if (str_eq(key, S("payload")))
        a->payload = n;
    else if (str_eq(key, S("return_payload")))
        a->echo = n->kind == NODE_BOOL && n->boolean;
    else if (str_eq(key, S("when")))
        a->when = n;
    else if (str_eq(key, S("index")))
        a->index = n;
    else if (str_eq(key, S("error")))
        return want_text(ds, n, &a->error);
    else if (str_eq(key, S("cause")))
        return want_text(ds, n, &a->cause);
    else if (str_eq(key, S("takes")))
        return want_seconds(ds, n, &a->takes_ms);
    else if (str_eq(key, S("attempt")))
        return read_range(ds, n, &a->attempt_from, &a->attempt_to);
    else if (str_eq(key, S("times")) && n->kind == NODE_INT && n->integer > 0)
        a->times = (uint64_t)n->integer;
    else if (str_eq(key, S("times"))) {
        diag_error(ds, "bad-mock", n->span, "expected how often, a number from 1");
        return false;
    } else {
        struct diag *d =
            diag_error(ds, "bad-mock", e->key_span, "unknown key '%.*s' in a mock", STR(key));
        diag_suggest(d, key, answer_keys, sizeof answer_keys / sizeof *answer_keys);
        return false;
    }
    return true;
}

static bool read_answer(struct diags *ds, const struct node *n, bool in_list, struct mock_answer *a)
{
    *a = (struct mock_answer){ .attempt_from = -1, .attempt_to = -1 };
    if (n->kind != NODE_MAP) {
        struct diag *d = diag_error(ds, "bad-mock", n->span, "expected a mock's answer, not %s",
                                    node_kind_name(n));
        diag_help(d, "write {return: …} for a result, {error: …, cause: …} for a failure");
        return false;
    }
    bool ok = true;
    for (size_t i = 0; i < n->map.n; i++)
        ok = read_entry(ds, &n->map.entries[i], a) && ok;
    int ways = (a->result != NULL) + (a->payload != NULL) + a->echo + (a->error.p != NULL);
    if (ok && ways != 1) {
        struct diag *d =
            diag_error(ds, "bad-mock", n->span,
                       ways ? "the mock answers in more than one way" : "the mock gives no answer");
        diag_help(d, "one of 'return', 'payload', 'return_payload' and 'error'");
        return false;
    }
    bool free = !a->when && !a->index && a->attempt_from < 0;
    if (in_list && free && !a->times)
        a->times = 1;
    return ok;
}

static bool add_state(struct mocks *m, struct diags *ds, const struct node_entry *e)
{
    struct mock_state *s = arena_make(m->arena, struct mock_state);
    *s = (struct mock_state){ .node = e->value, .key = e->key_span, .n = 1 };
    s->sequence = e->value->kind == NODE_SEQ;
    if (s->sequence)
        s->n = e->value->seq.n;
    s->answers = arena_make_n(m->arena, struct mock_answer, s->n);
    bool ok = true;
    for (size_t i = 0; i < s->n; i++)
        ok = read_answer(ds, s->sequence ? e->value->seq.items[i] : e->value, s->sequence,
                         &s->answers[i]) &&
             ok;
    map_put(m->arena, &m->states, e->key, s);
    return ok;
}

bool mocks_add(struct mocks *m, struct diags *ds, const struct node *map)
{
    bool ok = true;
    if (map->kind != NODE_MAP) {
        diag_error(ds, "bad-mock", map->span, "expected states with their answers, not %s",
                   node_kind_name(map));
        return false;
    }
    for (size_t i = 0; i < map->map.n; i++)
        ok = add_state(m, ds, &map->map.entries[i]) && ok;
    return ok;
}

/* ---- Step Functions Local ---- */

bool mocks_is_sfn_local(const struct node *document)
{
    return node_get(document, S("StateMachines")) && node_get(document, S("MockedResponses"));
}

static bool read_thrown(struct diags *ds, const struct node *thrown, struct mock_answer *a)
{
    const struct node *error = node_get(thrown, S("Error")), *cause = node_get(thrown, S("Cause"));
    a->error = S("");
    return (!error || want_text(ds, error, &a->error)) &&
           (!cause || want_text(ds, cause, &a->cause));
}

static bool read_response(struct diags *ds, const struct node_entry *e, struct mock_answer *a)
{
    *a = (struct mock_answer){ .by_invocation = true };
    struct node key = { .kind = NODE_STR, .span = e->key_span, .str = e->key };
    const struct node *thrown = node_get(e->value, S("Throw"));
    a->result = node_get(e->value, S("Return"));
    if (!read_range(ds, &key, &a->attempt_from, &a->attempt_to))
        return false;
    if (thrown)
        return read_thrown(ds, thrown, a);
    if (!a->result)
        diag_error(ds, "bad-mock", e->value->span, "expected 'Return' or 'Throw'");
    return a->result != NULL;
}

static bool add_response(struct mocks *m, struct diags *ds, const struct node_entry *e,
                         const struct node *responses)
{
    const struct node *r = e->value->kind == NODE_STR ? node_get(responses, e->value->str) : NULL;
    if (!r || r->kind != NODE_MAP) {
        diag_error(ds, "bad-mock", e->value->span, "'MockedResponses' has no such response");
        return false;
    }
    struct mock_state *s = arena_make(m->arena, struct mock_state);
    *s = (struct mock_state){ .node = r, .key = e->key_span, .n = r->map.n, .sequence = true };
    s->answers = arena_make_n(m->arena, struct mock_answer, s->n);
    bool ok = true;
    for (size_t i = 0; i < s->n; i++)
        ok = read_response(ds, &r->map.entries[i], &s->answers[i]) && ok;
    map_put(m->arena, &m->states, e->key, s);
    return ok;
}

/* The entry called `name`, or the only one. */
static const struct node *choose(struct diags *ds, const struct node *map, struct str name,
                                 const char *what)
{
    const struct node *n = name.n ? node_get(map, name) : NULL;
    if (n)
        return n;
    if (!name.n && map && map->kind == NODE_MAP && map->map.n == 1)
        return map->map.entries[0].value;
    struct diag *d = name.n ? diag_error(ds, "bad-mock", map ? map->span : (struct span){ 0 },
                                         "there is no %s '%.*s' in the mock file", what, STR(name))
                            : diag_error(ds, "bad-mock", map ? map->span : (struct span){ 0 },
                                         "which %s of the mock file is meant?", what);
    for (size_t i = 0; map && map->kind == NODE_MAP && i < map->map.n; i++)
        diag_help(d, "there is '%.*s'", STR(map->map.entries[i].key));
    return NULL;
}

bool mocks_add_sfn_local(struct mocks *m, struct diags *ds, const struct node *document,
                         struct str machine, struct str test)
{
    const struct node *all = node_get(document, S("StateMachines"));
    const struct node *one = machine.n && node_get(all, machine)
                                 ? node_get(all, machine)
                                 : choose(ds, all, (struct str){ 0 }, "state machine");
    const struct node *cases = node_get(one, S("TestCases"));
    const struct node *chosen = one ? choose(ds, cases, test, "test case") : NULL;
    if (!chosen || chosen->kind != NODE_MAP)
        return false;
    bool ok = true;
    for (size_t i = 0; i < chosen->map.n; i++)
        ok = add_response(m, ds, &chosen->map.entries[i],
                          node_get(document, S("MockedResponses"))) &&
             ok;
    return ok;
}

/* ---- checking ---- */

struct tasks {
    struct arena *arena;
    VEC(struct str) names;
    struct map types; /* name -> state */
};

static void collect(void *data, const struct asl_state *s)
{
    struct tasks *t = data;
    if (s->type == ASL_TASK)
        vec_push(t->arena, &t->names, s->name);
    map_put(t->arena, &t->types, s->name, (void *)s);
}

enum { TASKS_NAMED = 10 };

static void name_tasks(struct diag *d, const struct tasks *t)
{
    for (size_t i = 0; i < t->names.n && i < TASKS_NAMED; i++)
        diag_help(d, "%s'%.*s'%s", i ? "or " : "its tasks are ", STR(t->names.p[i]),
                  i + 1 == TASKS_NAMED && t->names.n > TASKS_NAMED ? " …" : "");
}

bool mocks_check(const struct mocks *m, struct diags *ds, const struct asl_machine *machine)
{
    struct tasks t = { .arena = m->arena };
    size_t before = ds->errors;
    machine_each_state(machine, collect, &t);
    for (size_t i = 0; i < m->states.n; i++) {
        struct str name = m->states.entries[i].key;
        const struct mock_state *mock = m->states.entries[i].value;
        const struct asl_state *s = map_get(&t.types, name);
        if (s && s->type == ASL_TASK)
            continue;
        struct diag *d =
            s ? diag_error(ds, "bad-mock", mock->key,
                           "'%.*s' is a %.*s state: only tasks are answered for", STR(name),
                           STR(asl_type_name(s->type)))
              : diag_error(ds, "bad-mock", mock->key, "the machine has no state '%.*s'", STR(name));
        if (diag_nearest(name, t.names.p, t.names.n) != SIZE_MAX)
            diag_suggest(d, name, t.names.p, t.names.n);
        else
            name_tasks(d, &t);
    }
    return ds->errors == before;
}

/* ---- answering ---- */

bool mock_contains(struct val whole, struct val part)
{
    if (part.kind == VAL_MAP && whole.kind == VAL_MAP) {
        for (size_t i = 0; i < peek_count(part); i++)
            if (!mock_contains(peek_lookup(whole, peek_key_at(part, i)), peek_value_at(part, i)))
                return false;
        return true;
    }
    if (part.kind == VAL_LIST && whole.kind == VAL_LIST) {
        if (peek_count(part) != peek_count(whole))
            return false;
        for (size_t i = 0; i < peek_count(part); i++)
            if (!mock_contains(peek_item(whole, i), peek_item(part, i)))
                return false;
        return true;
    }
    return whole.kind != VAL_UNDEFINED && peek_equal(whole, part);
}

/* A number is the innermost Map's index; a list names those of all, the outermost first. */
static bool index_is(const struct node *want, const struct run_place *place)
{
    size_t n = want->kind == NODE_SEQ ? want->seq.n : 1;
    for (; place && n > 0; place = place->up) {
        if (!place->map)
            continue;
        const struct node *i = want->kind == NODE_SEQ ? want->seq.items[n - 1] : want;
        if (i->kind != NODE_INT || i->integer != (int64_t)place->index)
            return false;
        n--;
    }
    return n == 0;
}

static bool applies(const struct mock_answer *a, const struct task_request *q)
{
    int64_t attempt = (int64_t)(a->by_invocation ? q->invocation : q->retry);
    if (a->times && a->given >= a->times)
        return false;
    if (a->attempt_from >= 0 && (attempt < a->attempt_from || attempt > a->attempt_to))
        return false;
    if (a->index && !index_is(a->index, q->place))
        return false;
    if (!a->when)
        return true;
    struct val part = val_from_node(a->when);
    bool same = mock_contains(q->payload, part);
    val_free(part);
    return same;
}

static struct val result_of(const struct mock_answer *a, const struct task_request *q)
{
    if (a->echo)
        return val_copy(q->payload);
    if (a->result)
        return val_from_node(a->result);
    struct val v = val_map_set(val_map(), S("ExecutedVersion"), val_str(S("$LATEST")));
    v = val_map_set(v, S("Payload"), val_from_node(a->payload));
    return val_map_set(v, S("StatusCode"), val_int(200));
}

static void give(struct mock_answer *a, const struct task_request *q, struct task_answer *out)
{
    a->given++;
    out->after_ms = a->takes_ms;
    if (a->error.p) {
        out->outcome = TASK_FAILED;
        if (a->error.n)
            out->error = val_str(a->error);
        if (a->cause.p)
            out->cause = val_str(a->cause);
    } else {
        out->outcome = TASK_SUCCEEDED;
        out->result = result_of(a, q);
    }
}

/* A name fit for a YAML key. */
static void put_key(struct buf *out, struct str name)
{
    bool plain = name.n > 0 && ascii_is_alpha(name.p[0]);
    for (size_t i = 0; i < name.n && plain; i++)
        plain = ascii_is_alnum(name.p[i]) || name.p[i] == '_' ||
                (name.p[i] == ' ' && i + 1 < name.n) || name.p[i] == '-';
    if (plain) {
        buf_put(out, name);
        return;
    }
    buf_putc(out, '\'');
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '\'')
            buf_putc(out, '\'');
        buf_putc(out, name.p[i]);
    }
    buf_putc(out, '\'');
}

static void put_hint(struct buf *out, struct str name)
{
    buf_put(out, S("it has no mock; add one to the mocks, such as\n    mocks:\n      "));
    put_key(out, name);
    buf_put(out, S(":\n        return: {}"));
}

/* What to write so that the run can go on. */
static void explain(const struct mock_state *s, const struct task_request *q,
                    struct task_answer *out)
{
    struct buf text;
    buf_init(&text, 0);
    if (s)
        buf_printf(&text,
                   "none of its %zu mocks applies to invocation %zu (attempt %zu); add an entry to "
                   "its list, such as\n    - return: {}",
                   s->n, q->invocation + 1, q->retry);
    else
        put_hint(&text, q->state->name);
    out->cause = val_str(buf_str(&text));
    buf_done(&text);
}

static void start(void *data, const struct task_request *q, struct task_answer *out)
{
    struct mocks *m = data;
    struct mock_state *s = map_get(&m->states, q->state->name);
    if (m->asked)
        m->asked(m->data, q);
    for (size_t i = 0; s && i < s->n; i++) {
        if (applies(&s->answers[i], q)) {
            give(&s->answers[i], q, out);
            return;
        }
    }
    explain(s, q, out);
}

struct task_provider mocks_provider(struct mocks *m)
{
    return (struct task_provider){ .data = m, .start = start };
}

/* ---- drafting ---- */

struct draft {
    struct buf *out;
    int indent;
};

static void draft_state(void *data, const struct asl_state *s)
{
    struct draft *d = data;
    if (s->type != ASL_TASK)
        return;
    buf_fill(d->out, ' ', (size_t)d->indent);
    put_key(d->out, s->name);
    buf_printf(d->out, ": # %.*s\n", STR(s->task.resource.text));
    buf_fill(d->out, ' ', (size_t)d->indent + 2);
    bool invoke =
        s->task.parts.kind == ASL_RESOURCE_SERVICE && str_eq(s->task.parts.service, S("lambda")) &&
        str_starts(s->task.parts.action, S("invoke")) && s->task.parts.pattern == ASL_REQUEST;
    buf_put(d->out, invoke ? S("payload: {}\n") : S("return: {}\n"));
}

void mocks_draft(const struct asl_machine *machine, struct buf *out, int indent)
{
    struct draft d = { .out = out, .indent = indent };
    machine_each_state(machine, draft_state, &d);
}
