/* Amazon EventBridge Scheduler: the trigger that starts the pipeline by the clock.
 * Written from AWS::Scheduler::Schedule; what a schedule may say is in model/schedule.c. */
#include "model/schedule.h"
#include "plan/plan.h"

static void check_schedule(struct diags *ds, const struct item *it)
{
    schedule_check_whole(ds, it->body);
}

static void lower_schedule(struct plan *p, const struct item *it)
{
    struct vobjs one = { .items = it->body, .n = 1, .span = it->name.span, .set = true };
    if (!plan_has_schedule(p, &one))
        return;
    struct str who = arena_printf(p->arena, "trigger '%.*s'", STR(it->name.s));
    struct role_decl *role = plan_add_starter(p, it->name, "scheduler.amazonaws.com", who);
    if (role)
        plan_add_schedules(p, it->name.s, &one, plan_ref(p, p->machine_resource), role);
}

static const struct kind kinds[] = {
    { .type = "schedule",
      .roles = ROLE_TRIGGER,
      .doc = "Starts the pipeline by the clock.",
      .source = "AWS::Scheduler::Schedule",
      .example = "cron: cron(30 6 ? * MON-FRI *)\n"
                 "timezone: Europe/Brussels\n"
                 "start: 2027-03-01\n"
                 "payload: {day: <aws.scheduler.scheduled-time>}\n",
      .fields = &schedule_fields,
      .check = check_schedule,
      .lower_resource = lower_schedule },
};

const struct engine engine_scheduler = {
    .abi = ENGINE_ABI,
    .name = "scheduler",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
