#include "asl/asl_time.h"
#include "base/json_write.h"
#include "cli/machine.h"
#include "cli/run_view.h"
#include "jsonpath/text.h"
#include "runner/history.h"
#include "runner/mock.h"
#include "runner/store.h"
#include "schema/contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct request {
    struct synth_options synth;
    struct str input, history, start, name;
    struct texts mocks, buckets;
    int64_t seed, max_states;
    bool real_time, quiet, verbose;
};

/* What a run's events go to. */
struct sinks {
    struct run_view *view;
    struct history_stream *history;
};

static void on_event(void *data, const struct run_event *e)
{
    struct sinks *s = data;
    if (s->view)
        run_view_event(s->view, e);
    if (s->history)
        history_event(s->history, e);
}

static bool to_file(void *data, struct str bytes)
{
    return fwrite(bytes.p, 1, bytes.n, data) == bytes.n;
}

/* FILE or, of a MockConfigFile, FILE#case. */
static bool add_mocks(struct cli *c, struct mocks *m, struct str text, struct str machine)
{
    size_t hash = str_rfind_char(text, '#');
    struct str file = hash == SIZE_MAX ? text : str_sub(text, 0, hash);
    struct str test = hash == SIZE_MAX ? (struct str){ 0 } : str_sub(text, hash + 1, text.n);
    struct node *n = machine_document(c, file);
    if (!n)
        return false;
    if (mocks_is_sfn_local(n))
        return mocks_add_sfn_local(m, &c->ds, n, machine, test);
    const struct node *inner = node_get(n, S("mocks"));
    return mocks_add(m, &c->ds, inner ? inner : n);
}

static bool add_buckets(struct cli *c, struct folders *f, const struct texts *buckets)
{
    for (size_t i = 0; i < buckets->all.n; i++) {
        struct str text = buckets->all.p[i];
        size_t equals = str_find_char(text, '=', 0);
        if (equals == SIZE_MAX || equals == 0) {
            cli_usage(c, "--bucket takes NAME=DIR, not '%.*s'", STR(text));
            return false;
        }
        folders_add(f, str_sub(text, 0, equals), str_sub(text, equals + 1, text.n));
    }
    return true;
}

static bool start_time(struct cli *c, const struct request *q, struct run_options *o)
{
    struct asl_time t;
    if (!q->start.n)
        return true;
    if (!asl_time_parse(q->start, &t)) {
        cli_usage(c, "--start is '%.*s'; expected a time such as 2026-01-01T00:00:00Z",
                  STR(q->start));
        return false;
    }
    o->start_ms = t.seconds * 1000 + t.nanos / 1000000;
    return true;
}

static void put_member(struct json_writer *w, const char *key, struct val v)
{
    if (v.kind == VAL_UNDEFINED)
        return;
    json_key(w, str_from(key));
    json_val(w, v);
}

static void print_json(const struct run_result *r)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, 0);
    json_writer_init(&w, &out, 2);
    json_begin_map(&w);
    json_key(&w, S("status"));
    json_str(&w, run_status_name(r->status));
    put_member(&w, "output", r->output);
    put_member(&w, "error", r->error);
    put_member(&w, "cause", r->cause);
    if (r->state && r->status != RUN_SUCCEEDED) {
        json_key(&w, S("state"));
        json_str(&w, r->state->name);
        put_member(&w, "stateInput", r->state_input);
    }
    json_key(&w, S("states"));
    json_int(&w, (int64_t)r->states);
    json_key(&w, S("events"));
    json_int(&w, (int64_t)r->events);
    json_key(&w, S("elapsedMilliseconds"));
    json_int(&w, r->elapsed_ms);
    json_end_map(&w);
    printf("%.*s\n", STR(buf_str(&out)));
    buf_done(&out);
}

static void print_result(const struct cli *c, const struct run_result *r)
{
    struct buf out;
    if (c->json) {
        print_json(r);
        return;
    }
    buf_init(&out, 0);
    if (r->status == RUN_SUCCEEDED) {
        text_json(&out, r->output);
        printf("%.*s\n", STR(buf_str(&out)));
    }
    buf_done(&out);
}

static bool wants_colour(void)
{
    const char *no = getenv("NO_COLOR");
    return isatty(STDERR_FILENO) && !(no && *no);
}

enum { STANDARD_EVENTS = 25000 }; /* AWS: "Quotas", maximum execution history size */

static int run_it(struct cli *c, const struct request *q, const struct machine_file *m,
                  struct run_options *o, struct val input)
{
    struct run_view view;
    struct history_stream history;
    struct sinks sinks = { 0 };
    FILE *file = NULL;
    if (q->history.n) {
        file = fopen(arena_str(&c->arena, q->history).p, "wb");
        if (!file) {
            diag_world(&c->ds, "cannot-write", (struct span){ 0 }, "cannot write '%.*s'",
                       STR(q->history));
            val_free(input);
            return cli_finish(c);
        }
        sinks.history = &history;
        history_begin(&history, to_file, file);
    }
    run_view_init(&view, stderr, wants_colour());
    if (!q->quiet && !c->json && (q->verbose || isatty(STDERR_FILENO)))
        sinks.view = &view;
    o->event = sinks.view || sinks.history ? on_event : NULL;
    o->event_data = &sinks;
    struct run_result r = run_program(m->program, input, o);
    if (sinks.view || (r.status != RUN_SUCCEEDED && !c->json))
        run_view_end(&view, &r);
    if (sinks.history && !(history_end(&history) && fflush(file) == 0))
        diag_world(&c->ds, "cannot-write", (struct span){ 0 }, "cannot write '%.*s'",
                   STR(q->history));
    if (file)
        fclose(file);
    if (r.events > STANDARD_EVENTS && !q->quiet && !c->json)
        fprintf(stderr, "note: a STANDARD execution on AWS ends at %d events, this run has %llu\n",
                STANDARD_EVENTS, (unsigned long long)r.events);
    print_result(c, &r);
    int code = r.status == RUN_SUCCEEDED ? EXIT_GOOD : EXIT_INPUT;
    run_result_done(&r);
    run_view_done(&view);
    if (c->ds.errors)
        return cli_finish(c);
    return code;
}

/* What the execution begins with: an empty map unless something is given. */
static bool read_input(struct cli *c, const struct request *q, const struct machine_file *m,
                       struct val *input)
{
    static const struct span nowhere;
    const struct node *n = q->input.n ? machine_json(c, q->input) : node_map(&c->arena, nowhere);
    if (!n || (m->input && !contract_accepts(&c->ds, m->input, n, nowhere)))
        return false;
    *input = val_from_node(n);
    return true;
}

static int run_machine(struct cli *c, const struct request *q, struct str file)
{
    struct machine_file m;
    struct mocks mocks;
    struct folders folders;
    bool usage = false;
    struct run_options o = { .real_time = q->real_time,
                             .seed = (uint64_t)q->seed,
                             .max_states = q->max_states > 0 ? (uint64_t)q->max_states : 0 };
    folders_init(&folders, &c->arena);
    mocks_init(&mocks, &c->arena);
    if (!add_buckets(c, &folders, &q->buckets) || !start_time(c, q, &o))
        return EXIT_USAGE;
    if (!machine_load(c, file, &q->synth, &m, &usage))
        return usage ? EXIT_USAGE : cli_finish(c);
    bool ok = true;
    for (size_t i = 0; i < q->mocks.all.n; i++)
        ok = add_mocks(c, &mocks, q->mocks.all.p[i], m.name) && ok;
    ok = ok && mocks_check(&mocks, &c->ds, m.machine);
    struct val input = { 0 };
    if (!ok || !read_input(c, q, &m, &input)) {
        program_free(m.program);
        return cli_finish(c);
    }
    o.machine_name = m.name;
    o.execution_name = q->name;
    o.tasks = mocks_provider(&mocks);
    o.store = folders_store(&folders);
    int code = run_it(c, q, &m, &o, input);
    program_free(m.program);
    return code;
}

int verb_run(struct cli *c, int argc, char **argv)
{
    struct request q = { .synth = { .stage = S("dev") } };
    struct texts args = { 0 };
    const struct option options[] = {
        { "--input", OPTION_TEXT, &q.input, false },
        { "--mock", OPTION_LIST, &q.mocks, false },
        { "--bucket", OPTION_LIST, &q.buckets, false },
        { "--history", OPTION_TEXT, &q.history, false },
        { "--name", OPTION_TEXT, &q.name, false },
        { "--start", OPTION_TEXT, &q.start, false },
        { "--seed", OPTION_INT, &q.seed, false },
        { "--max-states", OPTION_INT, &q.max_states, false },
        { "--real-time", OPTION_FLAG, &q.real_time, false },
        { "--quiet", OPTION_FLAG, &q.quiet, false },
        { "--verbose", OPTION_FLAG, &q.verbose, false },
        { "--stage", OPTION_TEXT, &q.synth.stage, false },
        SYNTH_OPTIONS(q.synth),
    };
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    if (args.all.n != 1)
        return cli_usage(c, "expected one pipeline or definition");
    return run_machine(c, &q, args.all.p[0]);
}
