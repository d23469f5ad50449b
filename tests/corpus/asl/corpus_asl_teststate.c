/* AWS's TestState API, recorded: one state with an input, a context, variables and a mock; what it
 * answers and, stage by stage, what became of the input.
 *
 *   --language=jsonpath|jsonata|all  by the definition's query language; jsonpath is the default
 *
 * Tasks without a mock called a real service then; here they are answered with the result that was
 * recorded. Where AWS refuses the request, so must we, with its message where that is about the
 * mock or the state (messages about the definition are the validator's own). */
#include "compare.h"
#include "corpus.h"

#include "base/json.h"
#include "base/json_write.h"
#include "jsonpath/text.h"
#include "runner/machine.h"
#include "runner/run.h"
#include "runner/shapes.h"

#include <stdio.h>

struct options {
    bool jsonpath, jsonata;
};

static bool option(void *data, struct str text)
{
    struct options *o = data;
    o->jsonpath = str_eq(text, S("--language=jsonpath")) || str_eq(text, S("--language=all"));
    o->jsonata = str_eq(text, S("--language=jsonata")) || str_eq(text, S("--language=all"));
    return o->jsonpath || o->jsonata;
}

/* A request under way. */
struct probe {
    struct arena *arena;
    struct val test, expected;
    struct val inspection; /* a map of what the stages were */
    struct val mocked;     /* the mock's result, parsed; undefined without one */
    struct masks masks;
    struct buf refused; /* our message, if the request is refused */
};

static struct val member(struct val v, struct str key)
{
    return v.kind == VAL_MAP ? peek_get(v, key) : (struct val){ 0 };
}

static struct str text_of(struct val map, const char *key)
{
    struct val v = member(map, str_from(key));
    return v.kind == VAL_STR ? peek_str(v) : (struct str){ 0 };
}

/* ---- answers ---- */

static struct val mock_of(const struct probe *p)
{
    return member(p->test, S("mock"));
}

static void start(void *data, const struct task_request *request, struct task_answer *answer)
{
    const struct probe *p = data;
    struct val error = member(mock_of(p), S("errorOutput"));
    (void)request;
    if (error.kind == VAL_MAP) {
        answer->outcome = TASK_FAILED;
        answer->error = val_copy(member(error, S("error")));
        answer->cause = val_copy(member(error, S("cause")));
        return;
    }
    struct val result = p->mocked;
    if (result.kind == VAL_UNDEFINED) {
        struct val recorded = member(member(p->expected, S("inspectionData")), S("result"));
        result = recorded.kind != VAL_UNDEFINED ? recorded : member(p->expected, S("output"));
    }
    answer->outcome = TASK_SUCCEEDED;
    size_t at;
    if (p->mocked.kind == VAL_UNDEFINED && result.kind == VAL_STR) { /* may be JSON text */
        answer->result = json_parse_val(peek_str(result), &at);
        if (answer->result.kind != VAL_UNDEFINED)
            return;
    }
    answer->result = val_copy(result);
}

static void on_stage(void *data, const struct asl_state *state, const char *stage, struct val v)
{
    struct probe *p = data;
    struct buf text;
    (void)state;
    buf_init(&text, 0);
    if (v.kind == VAL_STR) { /* stages are JSON text; the recorder parsed objects alone */
        text_json(&text, v);
        v = val_str(buf_str(&text));
    } else {
        v = val_copy(v);
    }
    buf_done(&text);
    p->inspection = val_map_set(p->inspection, str_from(stage), v);
}

/* ---- which requests are refused ---- */

static bool takes_mock(enum asl_type type)
{
    return type == ASL_TASK || type == ASL_MAP || type == ASL_PARALLEL;
}

static bool has_token(const struct asl_state *s)
{
    return s->type == ASL_TASK &&
           (s->task.parts.pattern == ASL_TASK_TOKEN || s->task.parts.pattern == ASL_SYNC ||
            s->task.parts.pattern == ASL_SYNC_2);
}

static bool refuse(struct probe *p, const char *message)
{
    buf_put(&p->refused, str_from(message));
    return false;
}

static bool mode_is_none(const struct probe *p)
{
    return str_eq(text_of(mock_of(p), "fieldValidationMode"), S("NONE"));
}

static bool request_allowed(struct probe *p, const struct asl_state *s)
{
    struct val mock = mock_of(p), secrets = member(p->test, S("revealSecrets"));
    bool result = member(mock, S("result")).kind != VAL_UNDEFINED;
    bool error = member(mock, S("errorOutput")).kind != VAL_UNDEFINED;
    if (result && error)
        return refuse(p, "A test mock should have only one of the following fields: [result, "
                         "errorOutput].");
    if (mock.kind == VAL_MAP && secrets.kind == VAL_BOOL && secrets.boolean)
        return refuse(p, "TestState does not support RevealSecrets when a mock is specified.");
    if (mock.kind == VAL_MAP && !takes_mock(s->type)) {
        buf_printf(&p->refused, "State type '%.*s' is not supported when a mock is specified",
                   STR(asl_type_name(s->type)));
        return false;
    }
    if (member(member(p->test, S("context")), S("Task")).kind == VAL_MAP && !has_token(s))
        return refuse(p, "Invalid Context object provided: Context object contains 'Task' when "
                         "state is not a Task state with a '.sync' or '.waitForTaskToken' service "
                         "integration pattern");
    if (result && s->type == ASL_PARALLEL && p->mocked.kind == VAL_LIST &&
        peek_count(p->mocked) != s->parallel.branches.n)
        return refuse(p, "Mocked result must contain the same number of items as number of "
                         "Parallel branches.");
    if (result && s->type == ASL_TASK && !mode_is_none(p)) {
        struct buf why;
        buf_init(&why, 0);
        bool ok = shapes_check(&s->task.parts, p->mocked, &why);
        if (!ok)
            buf_printf(&p->refused, "Mock result schema validation error: %.*s",
                       STR(buf_str(&why)));
        buf_done(&why);
        return ok;
    }
    return true;
}

/* ---- the machine around the state ---- */

struct search {
    struct str name;
    const struct asl_state *found;
};

static void look(void *data, const struct asl_state *s)
{
    struct search *f = data;
    if (str_eq(s->name, f->name))
        f->found = s;
}

static const struct span NOWHERE;

/* A lone state becomes the only one of a machine, with the states it leads to standing empty. */
static void add_target(struct probe *p, struct node *states, const struct node *from)
{
    const struct node *next = node_get(from, S("Next"));
    if (!next || next->kind != NODE_STR || node_get(states, next->str))
        return;
    struct node *end = node_map(p->arena, NOWHERE);
    node_put(p->arena, end, S("Type"), NOWHERE, node_str(p->arena, NOWHERE, S("Succeed")));
    node_put(p->arena, states, next->str, NOWHERE, end);
}

static struct node *machine_around(struct probe *p, struct node *state)
{
    struct arena *a = p->arena;
    struct node *m = node_map(a, NOWHERE), *states = node_map(a, NOWHERE);
    node_put(a, m, S("StartAt"), NOWHERE, node_str(a, NOWHERE, S("StateName")));
    node_put(a, states, S("StateName"), NOWHERE, state);
    node_put(a, m, S("States"), NOWHERE, states);
    add_target(p, states, state);
    static const struct str lists[] = { S_INIT("Catch"), S_INIT("Choices") };
    for (size_t i = 0; i < 2; i++) {
        const struct node *list = node_get(state, lists[i]);
        for (size_t k = 0; list && list->kind == NODE_SEQ && k < list->seq.n; k++)
            add_target(p, states, list->seq.items[k]);
    }
    const struct node *otherwise = node_get(state, S("Default"));
    if (otherwise) {
        struct node *as_next = node_map(a, NOWHERE);
        node_put(a, as_next, S("Next"), NOWHERE, (struct node *)otherwise);
        add_target(p, states, as_next);
    }
    return m;
}

/* ---- judging ---- */

static const char *show(struct buf *why, const char *what, struct val v)
{
    struct json_writer w;
    buf_printf(why, "%s ", what);
    json_writer_init(&w, why, 0);
    json_val(&w, v);
    if (why->n > 500)
        why->n = 500;
    buf_putc(why, '\0');
    return why->p;
}

static struct str status_of(const struct run_result *r)
{
    static const struct str names[] = { [OUTCOME_LEFT] = S_INIT("SUCCEEDED"),
                                        [OUTCOME_RETRY] = S_INIT("RETRIABLE"),
                                        [OUTCOME_CAUGHT] = S_INIT("CAUGHT_ERROR"),
                                        [OUTCOME_FAILED] = S_INIT("FAILED") };
    return r->status == RUN_ABORTED ? S("ABORTED") : names[r->single];
}

static bool same_optional(const struct masks *m, struct val recorded, struct val ours)
{
    if (recorded.kind == VAL_UNDEFINED)
        return ours.kind == VAL_UNDEFINED;
    return same_value(m, recorded, ours);
}

static void add_details(struct probe *p, const struct run_result *r)
{
    struct val v = val_map();
    if (r->single == OUTCOME_CAUGHT) {
        v = val_map_set(v, S("catchIndex"), val_int((int64_t)r->index));
    } else if (r->single == OUTCOME_RETRY) {
        v = val_map_set(v, S("retryIndex"), val_int((int64_t)r->index));
        v = val_map_set(v, S("retryBackoffIntervalSeconds"), val_float(r->delay_s));
    } else {
        val_free(v);
        return;
    }
    p->inspection = val_map_set(p->inspection, S("errorDetails"), v);
}

static const char *judge_result(struct probe *p, const struct run_result *r, struct buf *why)
{
    struct str next = text_of(p->expected, "nextState");
    if (!str_eq(text_of(p->expected, "status"), status_of(r)))
        return show(why, status_of(r).p, r->cause);
    if (!same_optional(&p->masks, member(p->expected, S("output")), r->output))
        return show(why, "output is", r->output);
    if (!same_optional(&p->masks, member(p->expected, S("error")), r->error) ||
        !same_optional(&p->masks, member(p->expected, S("cause")), r->cause))
        return show(why, "cause is", r->cause);
    if (!str_eq(next, r->next ? r->next->name : (struct str){ 0 }))
        return "another next state";
    struct val inspection = member(p->expected, S("inspectionData"));
    add_details(p, r);
    if (inspection.kind == VAL_MAP && !same_value(&p->masks, inspection, p->inspection))
        return show(why, "inspectionData is", p->inspection);
    return NULL;
}

/* AWS's client puts words of its own before some messages. */
static struct str plain_message(struct str text)
{
    size_t at = str_find(text, S("TestState operation: "), 0);
    return at == SIZE_MAX ? text : str_sub(text, at + 21, text.n);
}

static const char *judge_refusal(struct probe *p, bool by_validator, struct buf *why)
{
    struct str error = text_of(p->expected, "error");
    if (!str_eq(error, S("ValidationException")))
        return by_validator ? NULL : "the definition should be refused";
    struct str want = plain_message(text_of(p->expected, "message"));
    if (str_eq(want, buf_str(&p->refused)))
        return NULL;
    buf_printf(why, "refused with '%.*s'%c", STR(buf_str(&p->refused)), '\0');
    return why->p;
}

/* ---- running ---- */

static struct run_single single_of(const struct probe *p, const struct asl_state *s)
{
    struct val config = member(p->test, S("stateConfiguration"));
    struct val error = member(mock_of(p), S("errorOutput"));
    struct val failed = member(config, S("mapIterationFailureCount"));
    struct val retries = member(config, S("retrierRetryCount"));
    return (struct run_single){ .state = s,
                                .retries = retries.kind == VAL_INT ? (size_t)retries.integer : 0,
                                .result = p->mocked,
                                .error = member(error, S("error")),
                                .cause = member(error, S("cause")),
                                .fails = error.kind == VAL_MAP,
                                .has_failed_iterations = failed.kind == VAL_INT,
                                .failed_iterations =
                                    failed.kind == VAL_INT ? (size_t)failed.integer : 0 };
}

static const char *run_state(struct probe *p, struct program *program, const struct asl_state *s,
                             struct buf *why)
{
    struct run_single single = single_of(p, s);
    struct run_inspector inspector = { .data = p, .stage = on_stage };
    struct run_options run = { .tasks = { .data = p, .start = start },
                               .inspector = &inspector,
                               .single = &single,
                               .bare_causes = true,
                               .express = true,
                               .account = S("111111111111"),
                               .context = member(p->test, S("context")),
                               .variables = member(p->test, S("variables")) };
    struct val input = member(p->test, S("input"));
    struct run_result r =
        run_program(program, input.kind == VAL_UNDEFINED ? val_map() : val_copy(input), &run);
    const char *verdict = judge_result(p, &r, why);
    run_result_done(&r);
    return verdict;
}

static const char *judge(struct probe *p, struct node *definition, struct buf *why)
{
    struct diags ds;
    diags_init(&ds, p->arena);
    struct val refused = member(p->expected, S("request_rejected"));
    struct val named = member(p->test, S("stateName"));
    bool must_refuse = refused.kind == VAL_BOOL && refused.boolean;
    bool whole = node_get(definition, S("States")) != NULL;
    struct asl_options options = { .placeholders = true };
    struct asl_machine *m =
        asl_parse(p->arena, &ds, whole ? definition : machine_around(p, definition), &options);
    bool ok = m && ds.errors == 0 && asl_check_machine(p->arena, &ds, m, &options);
    if (ok && named.kind == VAL_STR && peek_str(named).n == 0)
        ok = false; /* the client's own check */
    struct program *program = ok ? program_new(p->arena, &ds, m) : NULL;
    if (!program) {
        if (must_refuse)
            return judge_refusal(p, true, why);
        buf_printf(why, "cannot run: %.*s%c",
                   STR(ds.all.n ? ds.all.p[0]->message : S("no state name")), '\0');
        return why->p;
    }
    struct search f = { .name = named.kind == VAL_STR ? peek_str(named) : S("StateName") };
    machine_each_state(m, look, &f);
    const char *verdict;
    if (!f.found)
        refuse(p, "State not found in definition");
    if (!f.found || !request_allowed(p, f.found))
        verdict = must_refuse ? judge_refusal(p, false, why) : "should not be refused";
    else
        verdict = must_refuse ? "should be refused" : run_state(p, program, f.found, why);
    program_free(program);
    return verdict;
}

static struct str family_of(struct str id)
{
    struct str rest = str_sub(id, str_find(id, S("__"), 0) + 2, id.n);
    return str_sub(rest, 0, str_find(rest, S("--"), 0));
}

static void run_file(struct corpus *c, struct str name, const struct options *o)
{
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    struct str text = corpus_read(c, name);
    struct probe p = { .arena = &a, .test = corpus_json(text, name), .inspection = val_map() };
    struct str id = arena_str(&c->arena, text_of(p.test, "id"));
    bool jsonata = str_find(text, S("JSONata"), 0) != SIZE_MAX;
    if (corpus_wants(c, id) && (jsonata ? o->jsonata : o->jsonpath)) {
        struct buf why;
        size_t at;
        struct node *root = json_read_node(&a, &ds, source_make(&a, name, text));
        buf_init(&why, 0);
        buf_init(&p.refused, 0);
        p.expected = member(p.test, S("expected"));
        struct str mocked = text_of(mock_of(&p), "result");
        if (mocked.n)
            p.mocked = json_parse_val(mocked, &at);
        masks_init(&p.masks, &a);
        masks_add(&p.masks, S("date"));
        masks_add_pointers(&p.masks, p.expected, member(p.test, S("placeholders")));
        corpus_result(c, family_of(id), id, judge(&p, node_get(root, S("definition")), &why));
        val_free(p.mocked);
        buf_done(&p.refused);
        buf_done(&why);
    }
    val_free(p.inspection);
    val_free(p.test);
    arena_done(&a);
}

int main(int argc, char **argv)
{
    struct corpus c;
    struct options o = { .jsonpath = true };
    corpus_init(&c, argc, argv, option, &o);
    size_t n;
    struct str *names = corpus_files(&c, S(".json"), &n);
    for (size_t i = 0; i < n; i++)
        run_file(&c, names[i], &o);
    return corpus_close(&c);
}
