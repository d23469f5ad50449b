/* Executions recorded from AWS, run here with the tasks' recorded answers as mocks.
 *
 *   --level=output   status, error name and output (the default)
 *   --level=cause    the text of the cause, where one is recorded
 *   --level=history  every event: type, id, previousEventId, details; without timestamps
 *   --language=jsonpath|jsonata|all  by the definition's query language; jsonpath is the default
 *
 * What no recording can tell is not compared: names that the recorder masked, and the service's
 * reply inside TaskSubmitted, which the mocks do not hold. Where the recorder replaced ids of
 * events inside a Parallel or concurrent Map, they are compared as a set. */
#include "compare.h"
#include "corpus.h"

#include "base/json.h"
#include "runner/history.h"
#include "runner/program.h"

#include <stdio.h>

enum level { LEVEL_OUTPUT, LEVEL_CAUSE, LEVEL_HISTORY };

struct options {
    enum level level;
    bool jsonpath, jsonata;
};

static bool option(void *data, struct str text)
{
    struct options *o = data;
    if (str_eq(text, S("--level=output")))
        o->level = LEVEL_OUTPUT;
    else if (str_eq(text, S("--level=cause")))
        o->level = LEVEL_CAUSE;
    else if (str_eq(text, S("--level=history")))
        o->level = LEVEL_HISTORY;
    else if (str_eq(text, S("--language=jsonpath")))
        o->jsonata = !(o->jsonpath = true);
    else if (str_eq(text, S("--language=jsonata")))
        o->jsonata = !(o->jsonpath = false);
    else if (str_eq(text, S("--language=all")))
        o->jsonata = o->jsonpath = true;
    else
        return false;
    return true;
}

/* One case under way. */
struct exec {
    struct arena *arena;
    struct val test; /* the case */
    struct val used; /* state name -> list of booleans: mocks consumed */
    struct masks masks;
    struct buf written; /* the events, as JSON text */
    struct history_stream history;
};

/* The member, undefined where v is no object. */
static struct val member(struct val v, struct str key)
{
    return v.kind == VAL_MAP ? peek_get(v, key) : (struct val){ 0 };
}

static struct str text_of(struct val map, const char *key)
{
    struct val v = member(map, str_from(key));
    return v.kind == VAL_STR ? peek_str(v) : (struct str){ 0 };
}

/* ---- tasks ---- */

static bool same_place(struct val indexes, const struct run_place *place)
{
    size_t n = indexes.kind == VAL_LIST ? peek_count(indexes) : 0;
    if (indexes.kind != VAL_LIST)
        return true;
    for (; place; place = place->up) { /* innermost first; the list is outermost first */
        if (!place->map)
            continue;
        if (n == 0 || peek_item(indexes, --n).integer != (int64_t)place->index)
            return false;
    }
    return n == 0;
}

static void answer_from(struct val mock, struct task_answer *answer)
{
    struct val thrown = member(mock, S("Throw"));
    answer->outcome = thrown.kind == VAL_MAP ? TASK_FAILED : TASK_SUCCEEDED;
    if (answer->outcome == TASK_SUCCEEDED) {
        answer->result = val_copy(member(mock, S("Return")));
        return;
    }
    struct val error = member(thrown, S("Error")), cause = member(thrown, S("Cause"));
    if (error.kind == VAL_STR)
        answer->error = val_copy(error);
    if (cause.kind == VAL_STR)
        answer->cause = val_copy(cause);
}

static void start(void *data, const struct task_request *request, struct task_answer *answer)
{
    struct exec *x = data;
    struct str name = request->state->name;
    struct val mocks = member(member(x->test, S("mocks")), name);
    struct val used = val_copy(member(x->used, name));
    if (used.kind != VAL_LIST)
        used = val_list();
    for (size_t i = 0; mocks.kind == VAL_LIST && i < peek_count(mocks); i++) {
        if (peek_count(used) <= i)
            used = val_list_push(used, val_bool(false));
        struct val mock = peek_item(mocks, i);
        if (peek_item(used, i).boolean || !same_place(member(mock, S("MapIndex")), request->place))
            continue;
        used = val_list_set(used, i, val_bool(true));
        answer_from(mock, answer);
        break;
    }
    x->used = val_map_set(x->used, name, used);
}

/* ---- buckets ---- */

static bool store_get(void *data, struct str bucket, struct str key, struct buf *out)
{
    struct exec *x = data;
    struct val objects = member(member(x->test, S("s3")), bucket);
    struct val body = member(objects, key);
    if (body.kind != VAL_STR)
        return false;
    buf_put(out, peek_str(body));
    return true;
}

static bool store_put(void *data, struct str bucket, struct str key, struct str bytes)
{
    (void)data;
    (void)bucket;
    (void)key;
    (void)bytes;
    return true;
}

/* ---- history ---- */

static bool keep(void *data, struct str bytes)
{
    buf_put(data, bytes);
    return true;
}

static void on_event(void *data, const struct run_event *event)
{
    history_event(&((struct exec *)data)->history, event);
}

/* The object under a key that ends in "EventDetails", or undefined. */
static struct val details_of(struct val event)
{
    for (size_t i = 0; i < peek_count(event); i++)
        if (str_ends(peek_str(peek_key_at(event, i)), S("EventDetails")))
            return peek_value_at(event, i);
    return (struct val){ 0 };
}

/* A function's ARN: the recorder put a name of its own into it, with or without brackets. */
static bool is_masked_function(struct str key, struct val v)
{
    return str_eq(key, S("resource")) && v.kind == VAL_STR &&
           str_find(peek_str(v), S(":function:"), 0) != SIZE_MAX;
}

/* Our details hold more than the recorder kept: whether data was cut, and the like. */
static bool same_details(const struct exec *x, struct val recorded, struct val ours)
{
    struct str type = text_of(recorded, "type");
    struct val a = details_of(recorded), b = details_of(ours);
    if (!str_eq(type, text_of(ours, "type")))
        return false;
    if (a.kind != VAL_MAP)
        return true;
    for (size_t i = 0; i < peek_count(a); i++) {
        struct str key = peek_str(peek_key_at(a, i));
        if ((str_eq(type, S("TaskSubmitted")) && str_eq(key, S("output"))) ||
            str_eq(key, S("mapRunArn")) || is_masked_function(key, peek_value_at(a, i)))
            continue;
        if (b.kind != VAL_MAP || !same_value(&x->masks, peek_value_at(a, i), member(b, key)))
            return false;
    }
    for (size_t i = 0; b.kind == VAL_MAP && i < peek_count(b); i++) {
        struct str key = peek_str(peek_key_at(b, i));
        if (!str_ends(key, S("Details")) && member(a, key).kind == VAL_UNDEFINED)
            return false;
    }
    return true;
}

static bool is_masked(struct val recorded)
{
    return member(recorded, S("id")).kind == VAL_LIST;
}

static const char *differs(const struct exec *x, struct buf *why, struct val recorded,
                           struct val ours)
{
    (void)x;
    buf_printf(why, "event %lld is %.*s behind %lld; recorded %.*s behind %lld%c",
               (long long)member(ours, S("id")).integer, STR(text_of(ours, "type")),
               (long long)member(ours, S("previousEventId")).integer,
               STR(text_of(recorded, "type")),
               (long long)member(recorded, S("previousEventId")).integer, '\0');
    return why->p;
}

static struct val with_id(struct val events, int64_t id)
{
    for (size_t i = 0; i < peek_count(events); i++)
        if (member(peek_item(events, i), S("id")).integer == id)
            return peek_item(events, i);
    return (struct val){ 0 };
}

static bool may_be_missing(struct val ours)
{
    struct str type = text_of(ours, "type");
    return str_eq(type, S("ParallelStateSucceeded")) || str_eq(type, S("ParallelStateExited"));
}

/* Recordings with masked ids: those that kept theirs are found by id, the others by what they say;
 * what the recorder dropped is the end of inner Parallels. */
static const char *judge_masked(const struct exec *x, struct val recorded, struct val ours,
                                struct buf *why)
{
    struct val matched = val_list();
    const char *verdict = NULL;
    for (size_t i = 0; i < peek_count(ours); i++)
        matched = val_list_push(matched, val_bool(false));
    for (size_t i = 0; !verdict && i < peek_count(recorded); i++) {
        struct val event = peek_item(recorded, i);
        bool found = false;
        for (size_t k = 0; k < peek_count(ours) && !found; k++) {
            struct val mine = peek_item(ours, k);
            found = !peek_item(matched, k).boolean && same_details(x, event, mine) &&
                    (is_masked(event) || peek_equal(member(event, S("id")), member(mine, S("id"))));
            if (found)
                matched = val_list_set(matched, k, val_bool(true));
        }
        if (!found) {
            buf_printf(why, "no event like the recorded %.*s%c", STR(text_of(event, "type")), '\0');
            verdict = why->p;
        }
    }
    for (size_t k = 0; !verdict && k < peek_count(ours); k++) {
        if (!peek_item(matched, k).boolean && !may_be_missing(peek_item(ours, k))) {
            buf_printf(why, "an event too many: %.*s%c", STR(text_of(peek_item(ours, k), "type")),
                       '\0');
            verdict = why->p;
        }
    }
    val_free(matched);
    return verdict;
}

static const char *judge_history(const struct exec *x, struct val recorded, struct val ours,
                                 struct buf *why)
{
    for (size_t i = 0; i < peek_count(recorded); i++)
        if (is_masked(peek_item(recorded, i)))
            return judge_masked(x, recorded, ours, why);
    for (size_t i = 0; i < peek_count(recorded); i++) {
        struct val event = peek_item(recorded, i);
        struct val mine = with_id(ours, member(event, S("id")).integer);
        struct val previous = member(event, S("previousEventId"));
        if (mine.kind == VAL_UNDEFINED) {
            buf_printf(why, "no event %lld; recorded %.*s%c",
                       (long long)member(event, S("id")).integer, STR(text_of(event, "type")),
                       '\0');
            return why->p;
        }
        if (!same_details(x, event, mine) ||
            (previous.kind == VAL_INT && !peek_equal(previous, member(mine, S("previousEventId")))))
            return differs(x, why, event, mine);
    }
    if (peek_count(ours) != peek_count(recorded))
        return "there are more events than were recorded";
    return NULL;
}

/* ---- judging ---- */

static const char *show(struct buf *why, const char *what, struct val v)
{
    struct json_writer w;
    buf_printf(why, "%s ", what);
    json_writer_init(&w, why, 0);
    json_val(&w, v);
    if (why->n > 400)
        why->n = 400;
    buf_putc(why, '\0');
    return why->p;
}

static const char *judge_output(const struct exec *x, const struct run_result *result,
                                struct buf *why)
{
    struct val expected = member(x->test, S("expected"));
    if (!str_eq(text_of(expected, "status"), run_status_name(result->status)))
        return show(why, run_status_name(result->status).p, result->cause);
    struct val output = member(expected, S("output")), error = member(expected, S("error"));
    if (output.kind != VAL_UNDEFINED && !same_value(&x->masks, output, result->output))
        return show(why, "output is", result->output);
    if (error.kind == VAL_STR ? !same_value(&x->masks, error, result->error)
                              : result->error.kind == VAL_STR)
        return show(why, "error is", result->error);
    return NULL;
}

static const char *judge_cause(const struct exec *x, const struct run_result *result,
                               struct buf *why)
{
    struct val cause = member(member(x->test, S("expected")), S("cause"));
    return same_value(&x->masks, cause, result->cause) ? NULL
                                                       : show(why, "cause is", result->cause);
}

static const char *judge(const struct exec *x, const struct options *o,
                         const struct run_result *result, struct buf *why)
{
    if (o->level == LEVEL_OUTPUT)
        return judge_output(x, result, why);
    if (o->level == LEVEL_CAUSE)
        return judge_cause(x, result, why);
    struct val ours = corpus_json(buf_str(&x->written), S("our own history"));
    const char *verdict =
        judge_history(x, member(x->test, S("history")), member(ours, S("events")), why);
    val_free(ours);
    return verdict;
}

/* ---- running ---- */

static void add_masks(struct exec *x)
{
    struct val expected = member(x->test, S("expected"));
    masks_init(&x->masks, x->arena);
    masks_add(&x->masks, S("date"));
    masks_add(&x->masks, S("snf_role_arn"));
    masks_add_pointers(&x->masks, expected, member(x->test, S("placeholders")));
    struct val history = member(x->test, S("history"));
    if (history.kind != VAL_LIST || !peek_count(history))
        return;
    struct val recorded = member(details_of(peek_item(history, 0)), S("input"));
    masks_add_differences(&x->masks, recorded, member(x->test, S("input")));
}

static const char *run_case(struct exec *x, const struct node *definition, const struct options *o,
                            struct buf *why)
{
    struct diags ds;
    diags_init(&ds, x->arena);
    struct asl_options options = { .placeholders = true };
    struct asl_machine *m = asl_parse(x->arena, &ds, definition, &options);
    struct program *p = m && ds.errors == 0 ? program_new(x->arena, &ds, m) : NULL;
    if (!p) {
        buf_printf(why, "cannot run: %.*s%c", STR(ds.all.p[0]->message), '\0');
        return why->p;
    }
    history_begin(&x->history, keep, &x->written);
    struct run_options run = { .tasks = { .data = x, .start = start },
                               .store = { .data = x, .get = store_get, .put = store_put },
                               .event = on_event,
                               .event_data = x,
                               .account = S("111111111111"),
                               .express = str_eq(text_of(x->test, "machine_type"), S("EXPRESS")) };
    struct run_result result = run_program(p, val_copy(member(x->test, S("input"))), &run);
    history_end(&x->history);
    const char *verdict = judge(x, o, &result, why);
    run_result_done(&result);
    program_free(p);
    return verdict;
}

static bool wanted(const struct options *o, struct val test, struct str text)
{
    struct val expected = member(test, S("expected"));
    bool jsonata = str_find(text, S("JSONata"), 0) != SIZE_MAX;
    if (jsonata ? !o->jsonata : !o->jsonpath)
        return false;
    if (o->level == LEVEL_CAUSE)
        return member(expected, S("cause")).kind == VAL_STR;
    if (o->level == LEVEL_HISTORY)
        return member(test, S("history")).kind == VAL_LIST;
    return true;
}

static struct str family_of(struct str id)
{
    size_t at = str_find(id, S("__"), 0);
    return at == SIZE_MAX ? str_sub(id, 0, str_find(id, S("--"), 0)) : str_sub(id, 0, at);
}

static void run_file(struct corpus *c, struct str name, const struct options *o)
{
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    struct str text = corpus_read(c, name);
    struct exec x = { .arena = &a, .test = corpus_json(text, name), .used = val_map() };
    struct str id = arena_str(&c->arena, text_of(x.test, "id"));
    if (corpus_wants(c, id) && wanted(o, x.test, text)) {
        const struct source *src = source_make(&a, name, text);
        const struct node *root = json_read_node(&a, &ds, src);
        struct buf why;
        buf_init(&why, 0);
        buf_init(&x.written, 0);
        add_masks(&x);
        corpus_result(c, family_of(id), id, run_case(&x, node_get(root, S("definition")), o, &why));
        buf_done(&x.written);
        buf_done(&why);
    }
    val_free(x.used);
    val_free(x.test);
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
