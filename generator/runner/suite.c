#include "runner/suite.h"

#include "asl/asl_time.h"
#include "base/path.h"
#include "runner/expect.h"

/* ---- reading ---- */

static const struct str suite_keys[] = {
    S_INIT("pipeline"), S_INIT("definition"), S_INIT("stage"), S_INIT("mocks"),
    S_INIT("buckets"),  S_INIT("cases"),      S_INIT("name"),  S_INIT("description"),
};
static const struct str case_keys[] = {
    S_INIT("name"),    S_INIT("description"), S_INIT("input"), S_INIT("mocks"),
    S_INIT("buckets"), S_INIT("expect"),      S_INIT("start"), S_INIT("seed"),
};

static bool check_keys(struct diags *ds, const struct node *n, const struct str *keys, size_t count)
{
    bool ok = true;
    for (size_t i = 0; i < n->map.n; i++) {
        const struct node_entry *e = &n->map.entries[i];
        size_t k = 0;
        while (k < count && !str_eq(keys[k], e->key))
            k++;
        if (k < count)
            continue;
        struct diag *d = diag_error(ds, "bad-test", e->key_span, "unknown key '%.*s'", STR(e->key));
        diag_suggest(d, e->key, keys, count);
        ok = false;
    }
    return ok;
}

static bool want_kind(struct diags *ds, const struct node *n, enum node_kind kind, const char *what,
                      const char *word)
{
    if (!n || n->kind == kind)
        return true;
    diag_error(ds, "bad-test", n->span, "%s is %s; expected %s", what, node_kind_name(n), word);
    return false;
}

static bool read_start(struct diags *ds, const struct node *n, int64_t *ms)
{
    struct asl_time t;
    if (!n)
        return true;
    if (n->kind != NODE_STR || !asl_time_parse(n->str, &t)) {
        diag_error(ds, "bad-test", n->span,
                   "'start' is no time; expected one such as 2026-01-01T00:00:00Z");
        return false;
    }
    *ms = t.seconds * 1000 + t.nanos / 1000000;
    return true;
}

static bool read_case(struct diags *ds, const struct node *n, struct suite_case *c)
{
    *c = (struct suite_case){ .node = n };
    if (!want_kind(ds, n, NODE_MAP, "a case", "a map"))
        return false;
    const struct node *name = node_get(n, S("name")), *seed = node_get(n, S("seed"));
    bool ok = check_keys(ds, n, case_keys, sizeof case_keys / sizeof *case_keys);
    if (!name || name->kind != NODE_STR || !name->str.n) {
        diag_error(ds, "bad-test", name ? name->span : n->span, "a case needs a name");
        return false;
    }
    c->name = name->str;
    c->input = node_get(n, S("input"));
    c->mocks = node_get(n, S("mocks"));
    c->buckets = node_get(n, S("buckets"));
    c->expect = node_get(n, S("expect"));
    if (seed && seed->kind == NODE_INT)
        c->seed = (uint64_t)seed->integer;
    return want_kind(ds, seed, NODE_INT, "'seed'", "a whole number") &&
           want_kind(ds, c->mocks, NODE_MAP, "'mocks'", "a map") &&
           want_kind(ds, c->buckets, NODE_MAP, "'buckets'", "a map") &&
           want_kind(ds, c->expect, NODE_MAP, "'expect'", "a map") &&
           read_start(ds, node_get(n, S("start")), &c->start_ms) && ok;
}

static bool read_cases(struct arena *a, struct diags *ds, const struct node *list,
                       struct suite *out)
{
    bool ok = true;
    for (size_t i = 0; i < list->seq.n; i++) {
        struct suite_case c;
        if (!read_case(ds, list->seq.items[i], &c)) {
            ok = false;
            continue;
        }
        for (size_t k = 0; k < out->cases.n; k++) {
            if (!str_eq(out->cases.p[k].name, c.name))
                continue;
            struct diag *d = diag_error(ds, "bad-test", node_get(c.node, S("name"))->span,
                                        "another case is called '%.*s'", STR(c.name));
            diag_note(d, node_get(out->cases.p[k].node, S("name"))->span, "this one");
            ok = false;
        }
        vec_push(a, &out->cases, c);
    }
    return ok;
}

bool suite_read(struct arena *a, struct diags *ds, const struct node *root, struct suite *out)
{
    *out = (struct suite){ .stage = S("dev") };
    if (!want_kind(ds, root, NODE_MAP, "a test file", "a map with 'pipeline' and 'cases'"))
        return false;
    bool ok = check_keys(ds, root, suite_keys, sizeof suite_keys / sizeof *suite_keys);
    const struct node *stage = node_get(root, S("stage")), *cases = node_get(root, S("cases"));
    out->pipeline = node_get(root, S("pipeline"));
    out->definition = node_get(root, S("definition"));
    out->mocks = node_get(root, S("mocks"));
    out->buckets = node_get(root, S("buckets"));
    if ((out->pipeline != NULL) == (out->definition != NULL)) {
        struct diag *d = diag_error(ds, "bad-test", root->span,
                                    "a test file names one 'pipeline' or one 'definition'");
        diag_help(d, "pipeline: a config's name or path; definition: an .asl.json beside the test");
        ok = false;
    }
    if (!cases) {
        diag_error(ds, "bad-test", root->span, "there are no 'cases'");
        return false;
    }
    ok = want_kind(ds, out->pipeline, NODE_STR, "'pipeline'", "text") &&
         want_kind(ds, out->definition, NODE_STR, "'definition'", "text") &&
         want_kind(ds, stage, NODE_STR, "'stage'", "text") &&
         want_kind(ds, out->mocks, NODE_MAP, "'mocks'", "a map") &&
         want_kind(ds, out->buckets, NODE_MAP, "'buckets'", "a map") &&
         want_kind(ds, cases, NODE_SEQ, "'cases'", "a list") && ok;
    if (!ok)
        return false;
    if (stage)
        out->stage = stage->str;
    return read_cases(a, ds, cases, out);
}

/* ---- running ---- */

struct observer {
    struct witness witness;
    struct coverage *coverage;
};

static void on_event(void *data, const struct run_event *e)
{
    struct observer *o = data;
    witness_event(&o->witness, e);
    if (o->coverage)
        coverage_event(o->coverage, e);
}

static void on_taken(void *data, const struct asl_state *s, enum run_turn turn, size_t index)
{
    struct observer *o = data;
    if (o->coverage)
        coverage_taken(o->coverage, s, turn, index);
}

static void on_asked(void *data, const struct task_request *q)
{
    witness_asked(&((struct observer *)data)->witness, q);
}

static bool add_buckets(const struct suite_run *sr, struct folders *f, const struct node *map)
{
    for (size_t i = 0; map && i < map->map.n; i++) {
        const struct node_entry *e = &map->map.entries[i];
        if (!want_kind(sr->ds, e->value, NODE_STR, "a bucket's folder", "a path"))
            return false;
        folders_add(f, e->key, path_join(sr->arena, sr->folder, e->value->str));
    }
    return true;
}

static bool add_mocks(const struct suite_run *sr, struct mocks *m, const struct suite_case *c)
{
    return (!sr->suite->mocks || mocks_add(m, sr->ds, sr->suite->mocks)) &&
           (!c->mocks || mocks_add(m, sr->ds, c->mocks)) && mocks_check(m, sr->ds, sr->machine);
}

bool suite_run_case(const struct suite_run *sr, const struct suite_case *c,
                    struct suite_verdict *verdict)
{
    struct mocks mocks;
    struct folders folders;
    struct observer seen = { .coverage = sr->coverage };
    *verdict = (struct suite_verdict){ 0 };
    buf_init(&verdict->differences, 0);
    mocks_init(&mocks, sr->arena);
    folders_init(&folders, sr->arena);
    if (!add_mocks(sr, &mocks, c) || !add_buckets(sr, &folders, sr->suite->buckets) ||
        !add_buckets(sr, &folders, c->buckets) ||
        !expect_check(sr->ds, sr->arena, c->expect, sr->machine))
        return false;
    witness_init(&seen.witness, sr->arena);
    mocks.asked = on_asked;
    mocks.data = &seen;
    struct run_options o = { .tasks = mocks_provider(&mocks),
                             .store = folders_store(&folders),
                             .event = on_event,
                             .taken = on_taken,
                             .event_data = &seen,
                             .start_ms = c->start_ms,
                             .seed = c->seed,
                             .machine_name = sr->name };
    struct val input = c->input ? val_from_node(c->input) : val_map();
    struct run_result r = run_program(sr->program, input, &o);
    verdict->passed = expect_judge(c->expect, &r, &seen.witness, sr->arena, &verdict->differences);
    verdict->states = r.states;
    verdict->elapsed_ms = r.elapsed_ms;
    run_result_done(&r);
    witness_done(&seen.witness);
    return true;
}

/* ---- drafting ---- */

void suite_draft(const struct asl_machine *m, struct str pipeline, bool is_definition,
                 struct buf *out)
{
    size_t before;
    buf_printf(out, "%s: %.*s\n\n", is_definition ? "definition" : "pipeline", STR(pipeline));
    buf_put(out, S("# What the tasks answer; a case may give its own for single states.\nmocks:"));
    before = out->n;
    buf_putc(out, '\n');
    mocks_draft(m, out, 2);
    if (out->n == before + 1) {
        out->n = before;
        buf_put(out, S(" {}\n"));
    }
    buf_put(out, S("\ncases:\n  - name: succeeds\n    input: {}\n    expect:\n"
                   "      status: SUCCEEDED\n"));
}
