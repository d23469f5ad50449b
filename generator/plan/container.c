/* What a container or a script gets along: words of a command, environment variables. */
#include "plan/plan.h"

static bool is_path(const struct node *n)
{
    return n->kind == NODE_STR && plan_is_runtime(n->str);
}

static void put_runtime(struct plan *p, struct node *map, const char *key, struct node *value)
{
    plan_put(p, map, arena_printf(p->arena, "%s.$", key).p, value);
}

void plan_put_words(struct plan *p, struct node *map, const char *key, const struct node *words)
{
    if (!words)
        return;
    if (is_path(words)) {
        put_runtime(p, map, key, (struct node *)words);
        return;
    }
    struct node *list = (struct node *)words;
    if (words->kind == NODE_STR) {
        list = plan_list(p);
        node_push(p->arena, list, (struct node *)words);
    }
    struct str call = plan_list_call(p, list);
    if (call.n)
        put_runtime(p, map, key, plan_str(p, call));
    else
        plan_put(p, map, key, list);
}

void plan_put_variables(struct plan *p, struct node *map, const char *key,
                        const struct node *variables)
{
    if (!variables)
        return;
    if (is_path(variables)) {
        put_runtime(p, map, key, (struct node *)variables);
        return;
    }
    struct node *list = plan_list(p);
    for (size_t i = 0; i < variables->map.n; i++) {
        const struct node_entry *e = &variables->map.entries[i];
        struct node *n = plan_map(p);
        plan_put(p, n, "Name", plan_str(p, e->key));
        plan_put(p, n, is_path(e->value) ? "Value.$" : "Value", e->value);
        node_push(p->arena, list, n);
    }
    plan_put(p, map, key, list);
}

struct node *plan_tags(struct plan *p, const struct node *map, const char *key, const char *value)
{
    struct node *list = plan_list(p);
    for (size_t i = 0; map && i < map->map.n; i++) {
        const struct node_entry *e = &map->map.entries[i];
        struct node *n = plan_map(p);
        plan_put(p, n, key, plan_str(p, e->key));
        plan_put(p, n, is_path(e->value) ? arena_printf(p->arena, "%s.$", value).p : value,
                 e->value);
        node_push(p->arena, list, n);
    }
    return list->seq.n ? list : NULL;
}
