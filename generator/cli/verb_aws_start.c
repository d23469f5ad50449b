/* start and logs: executions of a deployed pipeline. */
#include "cli/aws_history.h"
#include "cli/deploy_options.h"
#include "cli/network.h"

#include "base/file.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/limits.h"

#include <stdio.h>
#include <unistd.h>

enum { LOG_LINES = 40, LOG_MARGIN_MS = 5000 };

static const struct span NOWHERE;

/* The one pipeline that the verb is about, with its state machine's ARN. */
static bool open_one(struct cli *c, struct deploy_request *r, struct str *machine)
{
    struct stack s;
    bool good = deploy_open(c, r);
    struct deployment *d = r->all.p;
    good = good && stack_read(&d->cloud, d->m.stack, &s);
    if (good && !s.exists) {
        struct diag *dg =
            diag_error(&d->ds, "not-deployed", NOWHERE, "'%.*s' is not deployed", STR(d->m.stack));
        diag_help(dg, "stepwright deploy %.*s", STR(r->manifests.p[0]));
        good = false;
    }
    *machine = (struct str){ 0 };
    good = good && stack_machine(&d->cloud, &s, machine);
    if (good && !machine->n) {
        diag_error(&d->ds, "not-deployed", NOWHERE, "'%.*s' has no state machine", STR(d->m.stack));
        good = false;
    }
    return deploy_collect(c, r) && good;
}

static bool find_one(struct cli *c, struct deploy_request *r, const struct texts *args, int *code)
{
    bool usage;
    *code = EXIT_USAGE;
    if (args->all.n != 1) {
        cli_usage(c, "expected one pipeline");
        return false;
    }
    if (deploy_find(c, r, args, &usage))
        return true;
    *code = usage ? EXIT_USAGE : cli_finish(c);
    return false;
}

/* ---- start ----------------------------------------------------------------------------------- */

/* JSON, or a file that holds it. */
static bool read_input(struct cli *c, struct str text, struct str *input)
{
    struct str trimmed = str_trim(text);
    *input = text.n ? text : S("{}");
    if (trimmed.n && !strchr("{[\"-0123456789tfn", trimmed.p[0]) &&
        !file_read(&c->arena, &c->ds, NOWHERE, (struct str){ 0 }, text, LIMIT_SOURCE_BYTES, input))
        return false;
    if (trimmed.n && file_exists((struct str){ 0 }, text) &&
        !file_read(&c->arena, &c->ds, NOWHERE, (struct str){ 0 }, text, LIMIT_SOURCE_BYTES, input))
        return false;
    return json_read_node(&c->arena, &c->ds, source_make(&c->arena, S("--input"), *input)) != NULL;
}

static bool follow(struct deployment *d, struct run_view *view, bool quiet, struct execution *e)
{
    struct history_reader reader = { .arn = e->arn };
    struct aws_history shown = { .arena = &d->arena, .view = view };
    for (;;) {
        struct history_events events;
        if (!execution_read(&d->cloud, e->arn, e) || !history_read(&d->cloud, &reader, &events))
            return false;
        for (size_t i = 0; !quiet && i < events.all.n; i++)
            aws_history_event(&shown, events.all.p[i]);
        if (!str_eq(e->status, S("RUNNING")) && !str_eq(e->status, S("PENDING_REDRIVE")))
            break;
        cloud_wait(&d->cloud, 0);
    }
    if (!quiet)
        aws_history_end(&shown, e);
    return true;
}

static void print_execution(const struct execution *e)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, 0);
    json_writer_init(&w, &out, 2);
    json_begin_map(&w);
    json_put_str(&w, "arn", e->arn);
    json_put_str(&w, "status", e->status.n ? e->status : S("RUNNING"));
    json_put_str(&w, "output", e->output);
    json_put_str(&w, "error", e->error);
    json_put_str(&w, "cause", e->cause);
    json_end_map(&w);
    printf("%.*s\n", STR(buf_str(&out)));
    buf_done(&out);
}

static int start(struct cli *c, struct deploy_request *r, struct str name, struct str input,
                 bool detach)
{
    struct str machine;
    struct execution e = { 0 };
    struct run_view view;
    if (!open_one(c, r, &machine)) {
        int code = cli_finish(c);
        deploy_close(r);
        return code;
    }
    struct deployment *d = r->all.p;
    run_view_init(&view, stderr, r->progress.colour);
    bool good = execution_start(&d->cloud, machine, name, input, &e);
    if (good) {
        fprintf(stderr, "%.*s\n", STR(e.arn));
        good = detach || follow(d, &view, r->quiet, &e);
    }
    run_view_done(&view);
    good = deploy_collect(c, r) && good;
    if (good && c->json)
        print_execution(&e);
    else if (good && !detach)
        printf("%.*s\n", STR(e.output.n ? e.output : e.status));
    int code = good ? cli_finish_beside(c) : cli_finish(c);
    if (good && !detach && !str_eq(e.status, S("SUCCEEDED")))
        code = EXIT_INPUT;
    deploy_close(r);
    return code;
}

int verb_aws_start(struct cli *c, int argc, char **argv)
{
    struct deploy_request r = { 0 };
    struct texts args = { 0 };
    struct str name = { 0 }, text = { 0 }, input;
    bool detach = false;
    int code;
    const struct option options[] = {
        DEPLOY_OPTIONS(r),
        { "--input", OPTION_TEXT, &text, false },
        { "--name", OPTION_TEXT, &name, false },
        { "--detach", OPTION_FLAG, &detach, false },
    };
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    if (!find_one(c, &r, &args, &code))
        return code;
    if (!read_input(c, text, &input))
        return cli_finish(c);
    return start(c, &r, name, input, detach);
}

/* ---- logs ------------------------------------------------------------------------------------ */

static void print_text(const char *what, struct str text)
{
    if (text.n)
        printf("  %-7s %.*s\n", what, STR(text));
}

static bool print_failure(struct deployment *d, const struct state_failure *f)
{
    struct log_lines lines = { 0 };
    printf("%.*s\n", STR(f->state));
    print_text("input", f->input);
    print_text("error", f->error);
    print_text("cause", f->cause);
    if (!f->log_group.n)
        return true;
    if (!log_read(&d->cloud, f->log_group, f->entered_ms - LOG_MARGIN_MS,
                  f->failed_ms + LOG_MARGIN_MS, LOG_LINES, &lines))
        return false;
    printf("  %-7s %.*s%s\n", "log", STR(f->log_group), lines.all.n ? "" : " holds nothing of it");
    for (size_t i = 0; i < lines.all.n; i++)
        printf("    %.*s\n", STR(lines.all.p[i]));
    return true;
}

/* The one that is meant: by ARN or name, or else the last that failed, or the last. */
static bool choose(struct deployment *d, struct str machine, struct str which, struct execution *e)
{
    struct executions list;
    if (str_starts(which, S("arn:")))
        return execution_read(&d->cloud, which, e);
    if (which.n) {
        size_t at = str_find(machine, S(":stateMachine:"), 0);
        return execution_read(
            &d->cloud,
            arena_printf(&d->arena, "%.*s:execution:%.*s:%.*s", (int)(at == SIZE_MAX ? 0 : at),
                         machine.p, STR(str_sub(machine, at == SIZE_MAX ? 0 : at + 14, machine.n)),
                         STR(which)),
            e);
    }
    if (!execution_list(&d->cloud, machine, S("FAILED"), 1, &list) ||
        (!list.all.n && !execution_list(&d->cloud, machine, (struct str){ 0 }, 1, &list)))
        return false;
    if (list.all.n)
        return execution_read(&d->cloud, list.all.p[0].arn, e);
    diag_error(&d->ds, "no-execution", NOWHERE, "'%.*s' has not run yet", STR(d->m.stack));
    return false;
}

static bool print_logs(struct deployment *d, struct str machine, struct str which)
{
    struct execution e;
    struct history_events events;
    struct state_failures failures;
    if (!choose(d, machine, which, &e))
        return false;
    struct history_reader reader = { .arn = e.arn };
    if (!history_read(&d->cloud, &reader, &events))
        return false;
    history_failures(&d->arena, &events, &failures);
    printf("%.*s: %.*s\n", STR(e.arn), STR(e.status));
    print_text("error", e.error);
    print_text("cause", e.cause);
    for (size_t i = 0; i < failures.all.n; i++)
        if (!print_failure(d, &failures.all.p[i]))
            return false;
    return true;
}

int verb_aws_logs(struct cli *c, int argc, char **argv)
{
    struct deploy_request r = { 0 };
    struct texts args = { 0 };
    struct str which = { 0 }, machine;
    int code;
    const struct option options[] = {
        DEPLOY_OPTIONS(r),
        { "--execution", OPTION_TEXT, &which, false },
    };
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    if (!find_one(c, &r, &args, &code))
        return code;
    if (open_one(c, &r, &machine)) {
        print_logs(r.all.p, machine, which);
        deploy_collect(c, &r);
    }
    code = cli_finish(c);
    deploy_close(&r);
    return code;
}
