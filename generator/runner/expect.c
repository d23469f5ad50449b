#include "runner/expect.h"

#include "base/num.h"
#include "jsonpath/jsonpath.h"
#include "jsonpath/text.h"
#include "runner/machine.h"
#include "runner/mock.h"

/* ---- seeing ---- */

void witness_init(struct witness *w, struct arena *a)
{
    *w = (struct witness){ .arena = a };
}

void witness_done(struct witness *w)
{
    for (size_t i = 0; i < w->payloads.n; i++)
        val_free(*(struct val *)w->payloads.entries[i].value);
}

enum { PATH_KEPT = 100000 };

void witness_event(struct witness *w, const struct run_event *e)
{
    if (e->type != EVENT_STATE_ENTERED)
        return;
    if (w->path.n < PATH_KEPT)
        vec_push(w->arena, &w->path, e->state->name);
    uint64_t *n = map_get(&w->visits, e->state->name);
    if (!n) {
        n = arena_make(w->arena, uint64_t);
        map_put(w->arena, &w->visits, e->state->name, n);
    }
    ++*n;
}

void witness_asked(struct witness *w, const struct task_request *q)
{
    struct val *list = map_get(&w->payloads, q->state->name);
    if (!list) {
        list = arena_make(w->arena, struct val);
        *list = val_list();
        map_put(w->arena, &w->payloads, q->state->name, list);
    }
    *list = val_list_push(*list, val_copy(q->payload));
}

/* ---- differences between values ---- */

enum { DIFFERENCES_SHOWN = 20, VALUE_SHOWN = 300 };

struct differ {
    struct buf *out;
    struct str what; /* "output" */
    bool part;       /* what is not expected may be there */
    size_t n;
};

struct where {
    const struct where *up;
    struct str key;
    size_t index;
};

static void put_where(struct buf *out, const struct where *at)
{
    if (!at) {
        buf_putc(out, '$');
        return;
    }
    put_where(out, at->up); /* as deep as the values are nested */
    if (at->key.p)
        buf_printf(out, ".%.*s", STR(at->key));
    else
        buf_printf(out, "[%zu]", at->index);
}

static void put_value(struct buf *out, struct val v)
{
    struct buf text;
    buf_init(&text, 0);
    if (v.kind == VAL_UNDEFINED)
        buf_put(&text, S("nothing"));
    else
        text_json(&text, v);
    bool cut = text.n > VALUE_SHOWN;
    buf_printf(out, "%.*s%s", (int)(cut ? VALUE_SHOWN : text.n), text.p, cut ? "…" : "");
    buf_done(&text);
}

static void differ_at(struct differ *d, const struct where *at, struct val want, struct val got)
{
    if (++d->n > DIFFERENCES_SHOWN)
        return;
    buf_printf(d->out, "%.*s ", STR(d->what));
    put_where(d->out, at);
    if (want.kind == VAL_UNDEFINED) {
        buf_put(d->out, S(": unexpected "));
        put_value(d->out, got);
    } else {
        buf_put(d->out, S(": expected "));
        put_value(d->out, want);
        buf_put(d->out, S(", got "));
        put_value(d->out, got);
    }
    buf_putc(d->out, '\n');
}

static void differ_value(struct differ *d, const struct where *at, struct val want, struct val got);

static void differ_maps(struct differ *d, const struct where *at, struct val want, struct val got)
{
    for (size_t i = 0; i < peek_count(want); i++) {
        struct where here = { .up = at, .key = peek_str(peek_key_at(want, i)) };
        differ_value(d, &here, peek_value_at(want, i), peek_lookup(got, peek_key_at(want, i)));
    }
    for (size_t i = 0; !d->part && i < peek_count(got); i++) {
        struct where here = { .up = at, .key = peek_str(peek_key_at(got, i)) };
        if (peek_lookup(want, peek_key_at(got, i)).kind == VAL_UNDEFINED)
            differ_at(d, &here, (struct val){ 0 }, peek_value_at(got, i));
    }
}

static void differ_lists(struct differ *d, const struct where *at, struct val want, struct val got)
{
    size_t n = peek_count(want), m = peek_count(got);
    for (size_t i = 0; i < n || i < m; i++) {
        struct where here = { .up = at, .index = i };
        differ_value(d, &here, i < n ? peek_item(want, i) : (struct val){ 0 },
                     i < m ? peek_item(got, i) : (struct val){ 0 });
    }
}

static void differ_value(struct differ *d, const struct where *at, struct val want, struct val got)
{
    if (want.kind == VAL_MAP && got.kind == VAL_MAP)
        differ_maps(d, at, want, got);
    else if (want.kind == VAL_LIST && got.kind == VAL_LIST)
        differ_lists(d, at, want, got);
    else if (want.kind == VAL_UNDEFINED || got.kind == VAL_UNDEFINED || !peek_equal(want, got))
        differ_at(d, at, want, got);
}

/* Whether the value is as the node says; differences go to out. */
static bool same(struct buf *out, struct str what, const struct node *want, struct val got,
                 bool part)
{
    struct differ d = { .out = out, .what = what, .part = part };
    struct val v = val_from_node(want);
    differ_value(&d, NULL, v, got);
    if (d.n > DIFFERENCES_SHOWN)
        buf_printf(out, "%.*s: and %zu more differences\n", STR(what), d.n - DIFFERENCES_SHOWN);
    val_free(v);
    return d.n == 0;
}

/* ---- expectations ---- */

/* What one expectation is judged by. */
struct judge {
    const struct run_result *r;
    const struct witness *w;
    struct arena *a;
    struct buf *out;
};

static bool judge_text(struct judge *j, const char *what, const struct node *want, struct val got,
                       bool part)
{
    struct str have = got.kind == VAL_STR ? peek_str(got) : (struct str){ 0 };
    bool ok = want->kind == NODE_STR && got.kind == VAL_STR &&
              (part ? str_find(have, want->str, 0) != SIZE_MAX : str_eq(have, want->str));
    if (!ok && want->kind == NODE_STR) {
        buf_printf(j->out, "%s: expected %s'%.*s', got ", what, part ? "text with " : "",
                   STR(want->str));
        put_value(j->out, got);
        buf_putc(j->out, '\n');
    }
    return ok;
}

static bool expect_status(struct judge *j, const struct node *want)
{
    return judge_text(j, "status", want, j->r->output, false);
}

static bool expect_output(struct judge *j, const struct node *want)
{
    return same(j->out, S("output"), want, j->r->output, false);
}

static bool expect_output_contains(struct judge *j, const struct node *want)
{
    return same(j->out, S("output"), want, j->r->output, true);
}

static bool expect_output_at(struct judge *j, const struct node *want)
{
    bool ok = true;
    struct jsonpath_env env = { .input = j->r->output, .lenient = true };
    for (size_t i = 0; want->kind == NODE_MAP && i < want->map.n; i++) {
        struct jsonpath_error err;
        const struct node_entry *e = &want->map.entries[i];
        const struct jsonpath *p = jsonpath_compile(j->a, e->key, &err);
        struct val got = { 0 };
        if (p && j->r->output.kind != VAL_UNDEFINED)
            got = jsonpath_eval(p, &env, NULL);
        struct str what = arena_printf(j->a, "output at %.*s,", STR(e->key));
        ok = same(j->out, what, e->value, got, false) && ok;
        val_free(got);
    }
    return ok;
}

static bool expect_error(struct judge *j, const struct node *want)
{
    return judge_text(j, "error", want, j->r->error, false);
}

static bool expect_cause(struct judge *j, const struct node *want)
{
    return judge_text(j, "cause", want, j->r->cause, false);
}

static bool expect_cause_contains(struct judge *j, const struct node *want)
{
    return judge_text(j, "cause", want, j->r->cause, true);
}

static bool expect_path(struct judge *j, const struct node *want)
{
    struct val got = val_list();
    for (size_t i = 0; i < j->w->path.n; i++)
        got = val_list_push(got, val_str(j->w->path.p[i]));
    bool ok = same(j->out, S("path"), want, got, false);
    val_free(got);
    return ok;
}

static bool expect_visits(struct judge *j, const struct node *want)
{
    bool ok = true;
    for (size_t i = 0; want->kind == NODE_MAP && i < want->map.n; i++) {
        const struct node_entry *e = &want->map.entries[i];
        const uint64_t *n = map_get(&j->w->visits, e->key);
        struct val got = val_int(n ? (int64_t)*n : 0);
        struct str what = arena_printf(j->a, "visits of '%.*s'", STR(e->key));
        ok = same(j->out, what, e->value, got, false) && ok;
    }
    return ok;
}

static bool expect_not_visited(struct judge *j, const struct node *want)
{
    bool ok = true;
    for (size_t i = 0; want->kind == NODE_SEQ && i < want->seq.n; i++) {
        const struct node *n = want->seq.items[i];
        if (n->kind != NODE_STR || !map_get(&j->w->visits, n->str))
            continue;
        buf_printf(j->out, "state '%.*s' was visited\n", STR(n->str));
        ok = false;
    }
    return ok;
}

/* What one task was asked: how often, and with what. */
static bool judge_task(struct judge *j, struct str name, const struct node *want)
{
    bool ok = true;
    const struct val *list = map_get(&j->w->payloads, name);
    struct val payloads = list ? *list : (struct val){ 0 };
    size_t n = list ? peek_count(payloads) : 0;
    struct val last = n ? peek_item(payloads, n - 1) : (struct val){ 0 };
    struct str what = arena_printf(j->a, "task '%.*s'", STR(name));
    for (size_t i = 0; want->kind == NODE_MAP && i < want->map.n; i++) {
        const struct node_entry *e = &want->map.entries[i];
        if (str_eq(e->key, S("times")))
            ok = same(j->out, arena_printf(j->a, "%.*s, calls", STR(what)), e->value,
                      val_int((int64_t)n), false) &&
                 ok;
        else if (str_eq(e->key, S("payload")))
            ok = same(j->out, arena_printf(j->a, "%.*s, payload", STR(what)), e->value, last,
                      false) &&
                 ok;
        else if (str_eq(e->key, S("payload_contains")))
            ok = same(j->out, arena_printf(j->a, "%.*s, payload", STR(what)), e->value, last,
                      true) &&
                 ok;
        else
            ok = same(j->out, arena_printf(j->a, "%.*s, payloads", STR(what)), e->value, payloads,
                      false) &&
                 ok;
    }
    return ok;
}

static bool expect_tasks(struct judge *j, const struct node *want)
{
    bool ok = true;
    for (size_t i = 0; want->kind == NODE_MAP && i < want->map.n; i++)
        ok = judge_task(j, want->map.entries[i].key, want->map.entries[i].value) && ok;
    return ok;
}

static double number_of(const struct node *n)
{
    return n->kind == NODE_INT ? (double)n->integer : n->kind == NODE_FLOAT ? n->number : -1;
}

static bool expect_takes(struct judge *j, const struct node *want)
{
    double took = (double)j->r->elapsed_ms / 1000;
    if (took == number_of(want))
        return true;
    buf_printf(j->out, "takes: expected %g s, took %g s\n", number_of(want), took);
    return false;
}

enum want_kind { WANT_ANY, WANT_TEXT, WANT_MAP, WANT_LIST, WANT_NUMBER };

static const struct {
    struct str key;
    bool (*judge)(struct judge *j, const struct node *want);
    enum want_kind kind;
    bool names; /* keys or items are names of states */
} expectations[] = {
    { S_INIT("status"), expect_status, WANT_TEXT, false },
    { S_INIT("output"), expect_output, WANT_ANY, false },
    { S_INIT("output_contains"), expect_output_contains, WANT_ANY, false },
    { S_INIT("output_at"), expect_output_at, WANT_MAP, false },
    { S_INIT("error"), expect_error, WANT_TEXT, false },
    { S_INIT("cause"), expect_cause, WANT_TEXT, false },
    { S_INIT("cause_contains"), expect_cause_contains, WANT_TEXT, false },
    { S_INIT("path"), expect_path, WANT_LIST, true },
    { S_INIT("visits"), expect_visits, WANT_MAP, true },
    { S_INIT("not_visited"), expect_not_visited, WANT_LIST, true },
    { S_INIT("tasks"), expect_tasks, WANT_MAP, true },
    { S_INIT("takes"), expect_takes, WANT_NUMBER, false },
};
enum { EXPECTATIONS = sizeof expectations / sizeof *expectations };

static size_t find_expectation(struct str key)
{
    size_t i = 0;
    while (i < EXPECTATIONS && !str_eq(expectations[i].key, key))
        i++;
    return i;
}

/* ---- checking ---- */

struct names {
    struct arena *a;
    VEC(struct str) all;
};

static void add_name(void *data, const struct asl_state *s)
{
    struct names *n = data;
    vec_push(n->a, &n->all, s->name);
}

static bool check_name(struct diags *ds, const struct names *names, struct str name,
                       struct span span)
{
    for (size_t i = 0; i < names->all.n; i++)
        if (str_eq(names->all.p[i], name))
            return true;
    struct diag *d =
        diag_error(ds, "unknown-state", span, "the machine has no state '%.*s'", STR(name));
    diag_suggest(d, name, names->all.p, names->all.n);
    return false;
}

static bool check_names(struct diags *ds, const struct names *names, const struct node *n)
{
    bool ok = true;
    for (size_t i = 0; n->kind == NODE_MAP && i < n->map.n; i++)
        ok = check_name(ds, names, n->map.entries[i].key, n->map.entries[i].key_span) && ok;
    for (size_t i = 0; n->kind == NODE_SEQ && i < n->seq.n; i++)
        if (n->seq.items[i]->kind == NODE_STR)
            ok = check_name(ds, names, n->seq.items[i]->str, n->seq.items[i]->span) && ok;
    return ok;
}

static bool check_kind(struct diags *ds, const struct node_entry *e, enum want_kind kind)
{
    static const char *const words[] = { [WANT_TEXT] = "text",
                                         [WANT_MAP] = "a map",
                                         [WANT_LIST] = "a list",
                                         [WANT_NUMBER] = "a number of seconds" };
    enum node_kind have = e->value->kind;
    bool ok = kind == WANT_ANY || (kind == WANT_TEXT && have == NODE_STR) ||
              (kind == WANT_MAP && have == NODE_MAP) || (kind == WANT_LIST && have == NODE_SEQ) ||
              (kind == WANT_NUMBER && number_of(e->value) >= 0);
    if (!ok)
        diag_error(ds, "bad-test", e->value->span, "'%.*s' is %s; expected %s", STR(e->key),
                   node_kind_name(e->value), words[kind]);
    return ok;
}

static bool check_task_keys(struct diags *ds, const struct node *tasks)
{
    static const struct str keys[] = { S_INIT("times"), S_INIT("payload"),
                                       S_INIT("payload_contains"), S_INIT("payloads") };
    bool ok = true;
    for (size_t i = 0; tasks->kind == NODE_MAP && i < tasks->map.n; i++) {
        const struct node *t = tasks->map.entries[i].value;
        for (size_t k = 0; t->kind == NODE_MAP && k < t->map.n; k++) {
            size_t known = 0;
            while (known < 4 && !str_eq(keys[known], t->map.entries[k].key))
                known++;
            if (known < 4)
                continue;
            struct diag *d = diag_error(ds, "bad-test", t->map.entries[k].key_span,
                                        "unknown key '%.*s'", STR(t->map.entries[k].key));
            diag_suggest(d, t->map.entries[k].key, keys, 4);
            ok = false;
        }
    }
    return ok;
}

static bool check_paths(struct diags *ds, struct arena *a, const struct node *n)
{
    bool ok = true;
    for (size_t i = 0; n->kind == NODE_MAP && i < n->map.n; i++) {
        struct jsonpath_error err;
        if (jsonpath_compile(a, n->map.entries[i].key, &err))
            continue;
        diag_error(ds, "bad-path", n->map.entries[i].key_span, "%.*s", STR(err.text));
        ok = false;
    }
    return ok;
}

bool expect_check(struct diags *ds, struct arena *a, const struct node *expect,
                  const struct asl_machine *m)
{
    struct names names = { .a = a };
    bool ok = true;
    machine_each_state(m, add_name, &names);
    for (size_t i = 0; expect && expect->kind == NODE_MAP && i < expect->map.n; i++) {
        const struct node_entry *e = &expect->map.entries[i];
        size_t k = find_expectation(e->key);
        if (k == EXPECTATIONS) {
            struct str keys[EXPECTATIONS];
            for (size_t n = 0; n < EXPECTATIONS; n++)
                keys[n] = expectations[n].key;
            struct diag *d =
                diag_error(ds, "bad-test", e->key_span, "unknown expectation '%.*s'", STR(e->key));
            diag_suggest(d, e->key, keys, EXPECTATIONS);
            ok = false;
            continue;
        }
        ok = check_kind(ds, e, expectations[k].kind) && ok;
        if (expectations[k].names)
            ok = check_names(ds, &names, e->value) && ok;
        if (expectations[k].judge == expect_tasks)
            ok = check_task_keys(ds, e->value) && ok;
        if (expectations[k].judge == expect_output_at)
            ok = check_paths(ds, a, e->value) && ok;
    }
    return ok;
}

/* ---- judging ---- */

/* SUCCEEDED, or FAILED where an error or a cause is expected, unless it says otherwise. */
static struct str wanted_status(const struct node *expect)
{
    const struct node *status = node_get(expect, S("status"));
    if (status && status->kind == NODE_STR)
        return status->str;
    bool fails = node_get(expect, S("error")) || node_get(expect, S("cause")) ||
                 node_get(expect, S("cause_contains"));
    return fails ? S("FAILED") : S("SUCCEEDED");
}

static bool judge_status(struct judge *j, const struct node *expect)
{
    struct str want = wanted_status(expect), got = run_status_name(j->r->status);
    if (str_eq(want, got))
        return true;
    buf_printf(j->out, "status: expected %.*s, got %.*s", STR(want), STR(got));
    if (j->r->state)
        buf_printf(j->out, " in state '%.*s'", STR(j->r->state->name));
    if (j->r->error.kind == VAL_STR)
        buf_printf(j->out, ": %.*s", STR(peek_str(j->r->error)));
    buf_putc(j->out, '\n');
    if (j->r->cause.kind == VAL_STR)
        buf_printf(j->out, "  %.*s\n", STR(peek_str(j->r->cause)));
    if (j->r->state_input.kind != VAL_UNDEFINED && j->r->status != RUN_SUCCEEDED) {
        buf_put(j->out, S("  its input was "));
        put_value(j->out, j->r->state_input);
        buf_putc(j->out, '\n');
    }
    return false;
}

bool expect_judge(const struct node *expect, const struct run_result *r, const struct witness *w,
                  struct arena *a, struct buf *differences)
{
    struct judge j = { .r = r, .w = w, .a = a, .out = differences };
    bool ok = judge_status(&j, expect);
    for (size_t i = 0; expect && expect->kind == NODE_MAP && i < expect->map.n; i++) {
        size_t k = find_expectation(expect->map.entries[i].key);
        if (k < EXPECTATIONS && expectations[k].judge != expect_status)
            ok = expectations[k].judge(&j, expect->map.entries[i].value) && ok;
    }
    return ok;
}
