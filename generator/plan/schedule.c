#include "plan/plan.h"

#include "model/literal.h"

/* Source: AWS::Events::Rule, properties ScheduleExpression, State, Targets. */
struct resource *plan_add_schedule(struct plan *p, struct str name, const struct schedule *sc,
                                   const struct node *target, const struct role_decl *role)
{
    struct resource *rule =
        plan_add_resource(p, name, "Schedule", "AWS::Events::Rule", sc->cron.span);
    res_put_str(p, rule, "ScheduleExpression", sc->cron);
    if (sc->enabled.set && !sc->enabled.v)
        res_put(p, rule, "State", plan_text(p, "DISABLED"));
    struct node *t = plan_map(p), *list = plan_list(p);
    plan_put(p, t, "Arn", (struct node *)target);
    plan_put_text(p, t, "Id", "Target");
    if (role)
        plan_put(p, t, "RoleArn", plan_role_arn(p, role));
    const struct node *payload =
        sc->payload.node ? literal_read(p->arena, p->ds, sc->payload.node) : NULL;
    if (payload)
        plan_put(p, t, "Input", plan_str(p, plan_json(p, payload)));
    node_push(p->arena, list, t);
    res_put(p, rule, "Targets", list);
    return rule;
}
