#include "frontend/variables.h"

void variables_init(struct variables *v, struct arena *a)
{
    *v = (struct variables){ .arena = a, .map = val_map() };
}

void variables_done(struct variables *v)
{
    val_free(v->map);
    v->map = (struct val){ 0 };
}

void variables_set(struct variables *v, struct str name, const struct node *value, const char *why)
{
    struct setting s = { name, value, why };
    vec_push(v->arena, &v->history, s);
    v->map = val_map_set(v->map, name, val_from_node(value));
}

void variables_set_text(struct variables *v, const char *name, struct str value, const char *why)
{
    static const struct span NOWHERE;
    if (value.n)
        variables_set(v, str_from(name), node_str(v->arena, NOWHERE, value), why);
}

void variables_merge(struct variables *v, const struct node *map, const char *why)
{
    for (size_t i = 0; i < map->map.n; i++)
        variables_set(v, map->map.entries[i].key, map->map.entries[i].value, why);
}
