/* Schedules of EventBridge Scheduler, and the roles with which others start the pipeline.
 * Source: AWS::Scheduler::Schedule. */
#include "model/schedule.h"

#include "model/literal.h"
#include "plan/plan.h"

/* ---- starting the pipeline ------------------------------------------------------------------ */

struct role_decl *plan_add_starter(struct plan *p, struct vstr name, const char *service,
                                   struct str who)
{
    if (!p->machine_resource) {
        diag_error(p->ds, "nothing-to-start", name.span,
                   "%.*s has nothing to start: the pipeline has no groups", STR(who));
        return NULL;
    }
    struct role_decl *role = plan_add_role(p, name.s, service, who, name.span);
    plan_grant_to(p, role, "states:StartExecution", plan_ref(p, p->machine_resource), name.span,
                  arena_printf(p->arena, "%.*s starts the pipeline", STR(who)));
    return role;
}

/* ---- stages --------------------------------------------------------------------------------- */

static void check_stage(struct plan *p, const struct vstr *name)
{
    const struct node *all = p->pipeline->stage->stages;
    if (!all || node_get(all, name->s))
        return;
    struct str names[64];
    size_t n = 0;
    for (; n < all->map.n && n < sizeof names / sizeof *names; n++)
        names[n] = all->map.entries[n].key;
    struct diag *d =
        diag_error(p->ds, "unknown-stage", name->span, "there is no stage '%.*s'", STR(name->s));
    diag_suggest(d, name->s, names, n);
}

static bool holds(struct plan *p, const struct schedule *sc)
{
    bool here = !sc->stages.set;
    for (size_t i = 0; i < sc->stages.n; i++)
        here = here || str_eq(sc->stages.items[i].s, p->pipeline->stage->name);
    return here;
}

bool plan_has_schedule(struct plan *p, const struct vobjs *list)
{
    const struct schedule *sc = list->items;
    bool any = false;
    for (size_t i = 0; i < list->n; i++) {
        for (size_t j = 0; j < sc[i].stages.n; j++)
            check_stage(p, &sc[i].stages.items[j]);
        any = any || holds(p, &sc[i]);
    }
    return any;
}

/* ---- schedules ------------------------------------------------------------------------------ */

static void put_date(struct plan *p, struct resource *r, const char *key, struct vstr date,
                     bool end)
{
    struct str text;
    int64_t seconds;
    if (date.set && schedule_date(date.s, end, &text, &seconds, p->arena))
        res_put(p, r, key, plan_str(p, text));
}

static struct node *window(struct plan *p, const struct schedule *sc)
{
    struct node *n = plan_map(p);
    plan_put_text(p, n, "Mode", sc->window.set ? "FLEXIBLE" : "OFF");
    if (sc->window.set)
        plan_put(p, n, "MaximumWindowInMinutes", plan_int(p, sc->window.v));
    return n;
}

static struct node *target_of(struct plan *p, const struct schedule *sc, const struct node *arn,
                              const struct role_decl *role)
{
    struct node *t = plan_map(p), *retry = plan_map(p);
    plan_put(p, t, "Arn", (struct node *)arn);
    plan_put(p, t, "RoleArn", plan_role_arn(p, role));
    const struct node *payload =
        sc->payload.node ? literal_read(p->arena, p->ds, sc->payload.node) : NULL;
    if (payload)
        plan_put(p, t, "Input", plan_str(p, plan_json(p, payload)));
    if (sc->retries.set)
        plan_put(p, retry, "MaximumRetryAttempts", plan_int(p, sc->retries.v));
    if (sc->max_age.set)
        plan_put(p, retry, "MaximumEventAgeInSeconds", plan_int(p, sc->max_age.v));
    if (retry->map.n)
        plan_put(p, t, "RetryPolicy", retry);
    return t;
}

void plan_add_schedules(struct plan *p, struct str name, const struct vobjs *list,
                        const struct node *target, const struct role_decl *role)
{
    const struct schedule *sc = list->items;
    for (size_t i = 0; i < list->n; i++) {
        if (!holds(p, &sc[i]))
            continue;
        struct resource *r =
            plan_add_resource(p, name, "Schedule", "AWS::Scheduler::Schedule", sc[i].cron.span);
        res_put_str(p, r, "ScheduleExpression", sc[i].cron);
        res_put_str(p, r, "ScheduleExpressionTimezone", sc[i].timezone);
        put_date(p, r, "StartDate", sc[i].start, false);
        put_date(p, r, "EndDate", sc[i].end, true);
        res_put(p, r, "FlexibleTimeWindow", window(p, &sc[i]));
        if (!sc[i].enabled.v)
            res_put(p, r, "State", plan_text(p, "DISABLED"));
        res_put(p, r, "Target", target_of(p, &sc[i], target, role));
    }
}
