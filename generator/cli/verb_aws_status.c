/* status and schedule: what is deployed, and when it runs by itself. */
#include "cli/deploy_options.h"
#include "cli/network.h"

#include "base/json_write.h"
#include "deploy/execution.h"
#include "deploy/schedule.h"

#include <stdio.h>
#include <time.h>

enum { EXECUTIONS = 5 };

struct report {
    struct stack stack;
    struct executions executions;
    struct deployed_schedules schedules;
};

static bool look(struct deployment *d, struct report *r)
{
    *r = (struct report){ 0 };
    if (!stack_read(&d->cloud, d->m.stack, &r->stack))
        return false;
    if (!r->stack.exists)
        return true;
    struct str machine;
    return stack_machine(&d->cloud, &r->stack, &machine) &&
           (!machine.n ||
            execution_list(&d->cloud, machine, (struct str){ 0 }, EXECUTIONS, &r->executions)) &&
           schedule_read(&d->cloud, &d->m, &r->schedules);
}

static void put_time(char *out, size_t size, int64_t ms)
{
    time_t t = (time_t)(ms / 1000);
    struct tm tm;
    gmtime_r(&t, &tm);
    strftime(out, size, "%Y-%m-%d %H:%M:%SZ", &tm);
}

static void print(const struct deployment *d, const struct report *r)
{
    printf("%.*s: %.*s%s\n", STR(d->m.stack),
           STR(r->stack.exists     ? r->stack.status
               : r->stack.reviewed ? S("prepared, not executed")
                                   : S("not deployed")),
           r->stack.protected ? ", protected" : "");
    for (size_t i = 0; i < r->schedules.all.n; i++)
        printf("  schedule %.*s: %.*s, %s\n", STR(r->schedules.all.p[i].id),
               STR(r->schedules.all.p[i].expression),
               r->schedules.all.p[i].enabled ? "enabled" : "disabled");
    for (size_t i = 0; i < r->executions.all.n; i++) {
        const struct execution *e = &r->executions.all.p[i];
        char when[32];
        put_time(when, sizeof when, e->started_ms);
        printf("  %s  %-9.*s  %.*s\n", when, STR(e->status), STR(e->name));
    }
}

static void put_json(struct json_writer *w, const struct deployment *d, const struct report *r)
{
    json_begin_map(w);
    json_put_str(w, "stack", d->m.stack);
    json_put_str(w, "status", r->stack.exists || r->stack.reviewed ? r->stack.status : S(""));
    json_key(w, S("schedules"));
    json_begin_list(w);
    for (size_t i = 0; i < r->schedules.all.n; i++) {
        json_begin_map(w);
        json_put_str(w, "id", r->schedules.all.p[i].id);
        json_put_str(w, "expression", r->schedules.all.p[i].expression);
        json_key(w, S("enabled"));
        json_bool(w, r->schedules.all.p[i].enabled);
        json_end_map(w);
    }
    json_end_list(w);
    json_key(w, S("executions"));
    json_begin_list(w);
    for (size_t i = 0; i < r->executions.all.n; i++) {
        json_begin_map(w);
        json_put_str(w, "arn", r->executions.all.p[i].arn);
        json_put_str(w, "status", r->executions.all.p[i].status);
        json_put_int(w, "started_ms", r->executions.all.p[i].started_ms);
        json_end_map(w);
    }
    json_end_list(w);
    json_end_map(w);
}

static int status(struct cli *c, struct deploy_request *r)
{
    struct buf out;
    struct json_writer w;
    bool good = deploy_open(c, r);
    buf_init(&out, 0);
    json_writer_init(&w, &out, 2);
    json_begin_list(&w);
    for (size_t i = 0; good && i < r->all.n; i++) {
        struct report report;
        good = look(&r->all.p[i], &report);
        if (good && c->json)
            put_json(&w, &r->all.p[i], &report);
        else if (good)
            print(&r->all.p[i], &report);
    }
    json_end_list(&w);
    good = deploy_collect(c, r) && good;
    if (good && c->json)
        printf("%.*s\n", STR(buf_str(&out)));
    buf_done(&out);
    int code = good ? EXIT_GOOD : cli_finish(c);
    deploy_close(r);
    return code;
}

int verb_aws_status(struct cli *c, int argc, char **argv)
{
    struct deploy_request r = { 0 };
    struct texts args = { 0 };
    bool usage;
    const struct option options[] = { DEPLOY_OPTIONS(r) };
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    if (!deploy_find(c, &r, &args, &usage))
        return usage ? EXIT_USAGE : cli_finish(c);
    return status(c, &r);
}

/* ---- schedule -------------------------------------------------------------------------------- */

static bool switch_all(struct deployment *d, bool enabled, struct report *r)
{
    *r = (struct report){ 0 };
    if (!stack_read(&d->cloud, d->m.stack, &r->stack))
        return false;
    if (!r->stack.exists)
        return true;
    if (!schedule_read(&d->cloud, &d->m, &r->schedules))
        return false;
    for (size_t i = 0; i < r->schedules.all.n; i++) {
        struct deployed_schedule *sc = &r->schedules.all.p[i];
        if (sc->enabled != enabled && !schedule_set(&d->cloud, sc, enabled))
            return false;
        sc->enabled = enabled;
    }
    return true;
}

static void print_switched(const struct deployment *d, const struct report *r)
{
    for (size_t i = 0; i < r->schedules.all.n; i++) {
        const struct deployed_schedule *sc = &r->schedules.all.p[i];
        printf("%.*s: %.*s (%.*s) %s\n", STR(d->m.stack), STR(sc->id), STR(sc->expression),
               sc->enabled ? "enabled" : "disabled");
    }
    if (!r->schedules.all.n)
        printf("%.*s: %s\n", STR(d->m.stack), r->stack.exists ? "no schedule" : "not deployed");
}

static int schedule(struct cli *c, struct deploy_request *r, bool enable)
{
    struct buf out;
    struct json_writer w;
    bool good = deploy_open(c, r);
    buf_init(&out, 0);
    json_writer_init(&w, &out, 2);
    json_begin_list(&w);
    for (size_t i = 0; good && i < r->all.n; i++) {
        struct report report;
        good = switch_all(&r->all.p[i], enable, &report);
        if (good && c->json)
            put_json(&w, &r->all.p[i], &report);
        else if (good)
            print_switched(&r->all.p[i], &report);
    }
    json_end_list(&w);
    good = deploy_collect(c, r) && good;
    if (good && c->json)
        printf("%.*s\n", STR(buf_str(&out)));
    buf_done(&out);
    int code = good ? cli_finish_beside(c) : cli_finish(c);
    deploy_close(r);
    return code;
}

int verb_aws_schedule(struct cli *c, int argc, char **argv)
{
    struct deploy_request r = { 0 };
    struct texts args = { 0 };
    bool usage;
    const struct option options[] = { DEPLOY_OPTIONS(r) };
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    struct str what = args.all.n ? args.all.p[0] : (struct str){ 0 };
    bool enable = str_eq(what, S("enable"));
    if (!enable && !str_eq(what, S("disable")))
        return cli_usage(c, "expected enable or disable first");
    args.all.p++;
    args.all.n--;
    if (!deploy_find(c, &r, &args, &usage))
        return usage ? EXIT_USAGE : cli_finish(c);
    return schedule(c, &r, enable);
}
