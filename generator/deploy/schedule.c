#include "deploy/schedule.h"

#include "base/json_write.h"
#include "deploy/stack.h"

/* Physical names are safe in URLs. Source: AWS::Scheduler::Schedule, Name. */
static struct str path_of(struct cloud *c, struct str name)
{
    return arena_printf(c->arena, "/schedules/%.*s", STR(name));
}

static bool read_one(struct cloud *c, struct deployed_schedule *sc)
{
    struct answer a;
    struct buf q;
    buf_init(&q, 0);
    if (!cloud_rest(c, &AWS_SCHEDULER, "GetSchedule", "GET", path_of(c, sc->name), &q,
                    arena_printf(c->arena, "look at the schedule '%.*s'", STR(sc->name)).p, &a))
        return false;
    sc->data = a.data;
    sc->enabled = str_eq(cloud_text(a.data, "State"), S("ENABLED"));
    sc->expression = cloud_text(a.data, "ScheduleExpression");
    return true;
}

bool schedule_read(struct cloud *c, const struct manifest *m, struct deployed_schedules *out)
{
    struct answer a;
    *out = (struct deployed_schedules){ 0 };
    if (!stack_resources(c, m->stack, &a))
        return false;
    for (size_t i = 0; i < cloud_count(a.data, "StackResources"); i++) {
        const struct node *r = cloud_item(a.data, "StackResources", i);
        struct deployed_schedule sc = { .id = cloud_text(r, "LogicalResourceId"),
                                        .name = cloud_text(r, "PhysicalResourceId") };
        if (!str_eq(cloud_text(r, "ResourceType"), S("AWS::Scheduler::Schedule")))
            continue;
        if (!read_one(c, &sc))
            return false;
        vec_push(c->arena, &out->all, sc);
    }
    return true;
}

/* What UpdateSchedule leaves out is back to its default, so all that was read goes back, but for
 * what is not the caller's. Source: Scheduler API reference, UpdateSchedule. */
bool schedule_set(struct cloud *c, const struct deployed_schedule *sc, bool enabled)
{
    static const char *const NOT_OURS[] = { "Arn", "CreationDate", "LastModificationDate", "Name",
                                            "State" };
    struct answer a;
    struct buf q;
    struct json_writer w;
    buf_init(&q, 0);
    json_writer_init(&w, &q, 0);
    json_begin_map(&w);
    for (size_t i = 0; i < sc->data->map.n; i++) {
        const struct node_entry *e = &sc->data->map.entries[i];
        bool ours = true;
        for (size_t j = 0; j < sizeof NOT_OURS / sizeof *NOT_OURS; j++)
            ours = ours && !str_eq(e->key, str_from(NOT_OURS[j]));
        if (!ours)
            continue;
        json_key(&w, e->key);
        json_node(&w, e->value);
    }
    json_put_str(&w, "State", enabled ? S("ENABLED") : S("DISABLED"));
    json_end_map(&w);
    return cloud_rest(c, &AWS_SCHEDULER, "UpdateSchedule", "PUT", path_of(c, sc->name), &q,
                      arena_printf(c->arena, "switch the schedule '%.*s'", STR(sc->name)).p, &a);
}
