/* configs/stages.yaml and configs/variables.yaml. */
#include "frontend/project.h"
#include "schema/bind.h"

struct settings {
    struct vstr account, region, bucket, role, sns_topic, saml_group;
    struct vany tags;
};

#define F(kind, name, ...) FIELD_##kind(struct settings, name, __VA_ARGS__)
static const struct field rows[] = {
    F(STR, account, .min = 12, .max = 12, .doc = "Account id, 12 digits."),
    F(STR, region, .min = 1, .max = 32, .doc = "Region, for example eu-west-1."),
    F(STR, bucket, .min = 3, .max = 63, .doc = "Bucket for the pipeline's bundles and data."),
    F(STR, role, .doc = "ARN of the environment's role."),
    F(STR, sns_topic, .doc = "ARN of the environment's topic."),
    F(STR, saml_group, .doc = "Group that owns the environment."),
    F(MAP, tags, .doc = "Tags of everything that is deployed."),
};
#undef F
static const struct fields settings_fields =
    FIELDS(struct settings, "stage", rows, .doc = "Where a stage is deployed.");

static void set(struct val *variables, const char *name, struct str value)
{
    if (value.n)
        *variables = val_map_set(*variables, str_from(name), val_str(value));
}

static bool is_setting(struct str key)
{
    for (size_t i = 0; i < settings_fields.n; i++)
        if (str_eq(key, str_from(rows[i].key)))
            return true;
    return false;
}

/* Keys that are no settings are the user's own variables. */
static struct node *split_settings(struct project *pr, const struct node *map,
                                   struct val *variables)
{
    struct node *known = node_map(pr->arena, map->span);
    for (size_t i = 0; i < map->map.n; i++) {
        const struct node_entry *e = &map->map.entries[i];
        if (is_setting(e->key))
            node_put(pr->arena, known, e->key, e->key_span, e->value);
        else
            *variables = val_map_set(*variables, e->key, val_from_node(e->value));
    }
    return known;
}

static struct stage *bind_stage(struct project *pr, const struct node *map, struct val *variables)
{
    struct bind b = { .arena = pr->arena, .ds = pr->ds };
    const struct node *known = split_settings(pr, map, variables);
    const struct settings *s = bind_struct(
        &b, &settings_fields, known, arena_printf(pr->arena, "stage '%.*s'", STR(pr->stage_name)));
    if (!s)
        return NULL;
    struct stage *st = arena_make(pr->arena, struct stage);
    *st = (struct stage){ .name = pr->stage_name,
                          .account = s->account.s,
                          .region = s->region.s,
                          .bucket = s->bucket.s,
                          .role_arn = s->role.s,
                          .sns_topic_arn = s->sns_topic.s,
                          .saml_group = s->saml_group.s,
                          .tags = s->tags.node };
    set(variables, "aws_account_id", st->account);
    set(variables, "aws_region", st->region);
    set(variables, "pipeline_bucket", st->bucket);
    set(variables, "environment_role_arn", st->role_arn);
    set(variables, "sns_topic_arn", st->sns_topic_arn);
    set(variables, "saml_group", st->saml_group);
    return st;
}

static struct stage *unknown_stage(struct project *pr, const struct node *all)
{
    struct str names[64];
    size_t n = 0;
    for (size_t i = 0; i < all->map.n && n < sizeof names / sizeof *names; i++)
        names[n++] = all->map.entries[i].key;
    struct diag *d = diag_error(pr->ds, "unknown-stage", all->span, "there is no stage '%.*s'",
                                STR(pr->stage_name));
    diag_suggest(d, pr->stage_name, names, n);
    return NULL;
}

struct stage *project_read_stage(struct project *pr, struct val *variables)
{
    static const struct span NOWHERE;
    *variables = val_map_set(*variables, S("stage"), val_str(pr->stage_name));
    struct str path = S("configs/stages.yaml");
    if (!file_exists(pr->root, path))
        return bind_stage(pr, node_map(pr->arena, NOWHERE), variables);
    const struct source *src = project_source(pr, NOWHERE, path);
    const struct node *all = src ? project_parse(pr, src, *variables) : NULL;
    if (!all)
        return NULL;
    if (all->kind != NODE_MAP) {
        diag_error(pr->ds, "wrong-type", all->span, "the stages are %s; expected a map by name",
                   all->kind == NODE_NULL ? "empty" : node_kind_name(all));
        return NULL;
    }
    const struct node *own = node_get(all, pr->stage_name);
    if (!own)
        return unknown_stage(pr, all);
    if (own->kind == NODE_NULL)
        own = node_map(pr->arena, own->span);
    if (own->kind != NODE_MAP) {
        diag_error(pr->ds, "wrong-type", own->span, "stage '%.*s' is %s; expected a map",
                   STR(pr->stage_name), node_kind_name(own));
        return NULL;
    }
    return bind_stage(pr, own, variables);
}

static bool merge_map(struct project *pr, const struct node *map, const char *what,
                      struct val *variables)
{
    if (!map || map->kind == NODE_NULL)
        return true;
    if (map->kind != NODE_MAP) {
        diag_error(pr->ds, "wrong-type", map->span, "%s is %s; expected a map", what,
                   node_kind_name(map));
        return false;
    }
    for (size_t i = 0; i < map->map.n; i++)
        *variables = val_map_set(*variables, map->map.entries[i].key,
                                 val_from_node(map->map.entries[i].value));
    return true;
}

/* A file with `global:` or `stages:` has sections; any other is global from end to end. */
bool project_read_variables(struct project *pr, struct val *variables)
{
    static const struct span NOWHERE;
    struct str path = S("configs/variables.yaml");
    if (!file_exists(pr->root, path))
        return true;
    const struct source *src = project_source(pr, NOWHERE, path);
    const struct node *all = src ? project_parse(pr, src, *variables) : NULL;
    if (!all)
        return false;
    const struct node *global = node_get(all, S("global")), *stages = node_get(all, S("stages"));
    if (!global && !stages)
        return merge_map(pr, all, "the file", variables);
    return merge_map(pr, global, "'global'", variables) &&
           merge_map(pr, node_get(stages, pr->stage_name), "the stage's section", variables);
}
