/* Steps that wait until somebody returns their task token: one way for all services that can.
 * Source: Step Functions, "Wait for a Callback with Task Token". */
#include "plan/plan.h"

const char *plan_callback_resource(struct plan *p, const char *resource, bool wait)
{
    return wait ? arena_printf(p->arena, "%s.waitForTaskToken", resource).p : resource;
}

void plan_check_callback_time(struct plan *p, const struct step *s, bool wait)
{
    if (!wait || s->common.timeout.set || s->common.heartbeat.set)
        return;
    struct diag *d =
        diag_warning(p->ds, "no-timeout", s->item.name.span,
                     "'%.*s' may wait for a year: nobody may ever call back", STR(s->item.name.s));
    diag_help(d, "say how long at most: 'timeout: 86400', or 'heartbeat' for what reports");
}

static const struct node *no_place(struct plan *p, const struct step *s, const struct node *data,
                                   const char *what)
{
    struct diag *d =
        diag_error(p->ds, "no-token", data->span,
                   "'%.*s' waits for a callback, but its %s has no place for the task token",
                   STR(s->item.name.s), what);
    diag_help(d, "make it a map, or put $$.Task.Token where you want it");
    return data;
}

const struct node *plan_callback_data(struct plan *p, const struct step *s, bool wait,
                                      const struct node *data, const char *what, const char *key)
{
    if (!wait || plan_mentions_token(data))
        return data;
    if (data && data->kind != NODE_MAP)
        return no_place(p, s, data, what);
    struct node *n = node_map(p->arena, data ? data->span : s->item.name.span);
    for (size_t i = 0; data && i < data->map.n; i++)
        node_put(p->arena, n, data->map.entries[i].key, data->map.entries[i].key_span,
                 data->map.entries[i].value);
    if (node_get(n, str_from(key))) {
        struct diag *d = diag_error(p->ds, "no-token", data->span,
                                    "'%s' of the %s is the task token's place", key, what);
        diag_help(d, "put $$.Task.Token there, or anywhere else in it");
        return data;
    }
    plan_put_text(p, n, key, "$$.Task.Token");
    return n;
}
