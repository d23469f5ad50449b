/* From the model to the plan: resources, then triggers, then steps, then the machine around them.
 */
#include "plan/chain.h"
#include "plan/plan.h"

static void add_machine(struct plan *p)
{
    const struct pipeline *pl = p->pipeline;
    p->machine_role = plan_add_role(p, S("StateMachine"), "states.amazonaws.com",
                                    S("the state machine"), pl->main->span);
    p->machine_resource = plan_add_resource(p, S("StateMachine"), "",
                                            "AWS::StepFunctions::StateMachine", pl->main->span);
    res_put(p, p->machine_resource, "StateMachineName", plan_str(p, pl->full_name));
    res_put(p, p->machine_resource, "RoleArn", plan_role_arn(p, p->machine_role));
    plan_add_output(p, S("StateMachineArn"), S("The pipeline's state machine"),
                    plan_ref(p, p->machine_resource));
}

static void add_schedules(struct plan *p)
{
    const struct pipeline *pl = p->pipeline;
    if (!plan_has_schedule(p, &pl->schedulers))
        return;
    struct vstr name = { .s = S("Schedule"), .span = pl->schedulers.span };
    struct role_decl *role =
        plan_add_starter(p, name, "scheduler.amazonaws.com", S("the schedule"));
    if (role)
        plan_add_schedules(p, S("Pipeline"), &pl->schedulers, plan_ref(p, p->machine_resource),
                           role);
}

static void lower_items(struct plan *p, struct item *const *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        items[i]->kind->lower_resource(p, items[i]);
        plan_end_item(p, items[i], 0);
    }
}

static void add_permissions(struct plan *p)
{
    const struct pipeline *pl = p->pipeline;
    if (p->machine_role)
        plan_grant_permissions(p, p->machine_role, &pl->permissions, 0);
    else if (pl->permissions.n)
        diag_error(p->ds, "no-role", pl->permissions.span,
                   "the pipeline has permissions but no groups to run");
    plan_finish_permissions(p);
}

struct plan *plan_make(struct arena *a, struct diags *ds, const struct pipeline *pl)
{
    struct plan *p = arena_make(a, struct plan);
    p->arena = a;
    p->ds = ds;
    p->pipeline = pl;
    if (pl->main)
        add_machine(p);
    lower_items(p, pl->resources.p, pl->resources.n);
    lower_items(p, pl->triggers.p, pl->triggers.n);
    if (pl->main)
        p->machine = chain_make_machine(p, pl);
    add_schedules(p);
    add_permissions(p);
    plan_add_policies(p);
    if (p->machine && !ds->errors)
        p->definition = plan_machine_node(p);
    return p;
}
