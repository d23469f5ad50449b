/* configs/stages.yaml and configs/variables.yaml. */
#include "base/limits.h"
#include "base/path.h"
#include "frontend/project.h"
#include "schema/bind.h"

static const struct span NOWHERE;
static const char STAGES[] = "configs/stages.yaml", VARIABLES[] = "configs/variables.yaml";

struct settings {
    struct vstr account, region, bucket, repository, role, sns_topic, saml_group, extends;
    struct vany tags, vpc;
    struct vbool protection;
};

static void check_account(struct bind *b, const struct field *f, const struct node *value)
{
    for (size_t i = 0; i < value->str.n; i++)
        if (!ascii_is_digit(value->str.p[i])) {
            diag_error(b->ds, "bad-account", value->span,
                       "'%s' is '%.*s'; expected 12 digits in quotes", f->key, STR(value->str));
            return;
        }
}

static void check_region(struct bind *b, const struct field *f, const struct node *value)
{
    struct str s = value->str;
    size_t dashes = 0;
    for (size_t i = 0; i < s.n; i++)
        dashes += s.p[i] == '-';
    if (dashes >= 2 && s.n && ascii_is_digit(s.p[s.n - 1]))
        return;
    struct diag *d = diag_error(b->ds, "bad-region", value->span, "'%s' is '%.*s', no AWS region",
                                f->key, STR(s));
    diag_help(d, "for example eu-west-1");
}

static void check_arn(struct bind *b, const struct field *f, const struct node *value)
{
    if (!str_starts(value->str, S("arn:"))) {
        struct diag *d = diag_error(b->ds, "bad-arn", value->span, "'%s' is '%.*s', no ARN", f->key,
                                    STR(value->str));
        diag_help(d, "an ARN begins with arn:aws:");
    }
}

#define F(kind, name, ...) FIELD_##kind(struct settings, name, __VA_ARGS__)
static const struct field rows[] = {
    F(STR, account, .min = 12, .max = 12, .check = check_account,
      .doc = "Account id, 12 digits in quotes."),
    F(STR, region, .min = 1, .max = 32, .check = check_region,
      .doc = "Region, for example eu-west-1."),
    F(STR, bucket, .min = 3, .max = 63, .doc = "Bucket for the pipeline's bundles and data."),
    F(STR, repository, .min = 2, .max = 256,
      .doc = "ECR repository for images that pipelines build; stepwright by default."),
    F(STR, role, .check = check_arn, .aliases = WORDS("role_arn"),
      .doc = "ARN of the environment's role."),
    F(STR, sns_topic, .check = check_arn, .aliases = WORDS("sns_topic_arn"),
      .doc = "ARN of the environment's topic."),
    F(STR, saml_group, .doc = "Group that owns the environment."),
    F(STR, extends, .doc = "Another stage, whose settings hold where this one says nothing."),
    F(MAP, tags, .doc = "Tags of everything that is deployed."),
    F(MAP, vpc, .doc = "Network of the stage, for configs to use: {{ vpc.subnets }}."),
    F(BOOL, protection, .dflt = "false", .doc = "Protect the stack from being deleted."),
};
#undef F
static const struct fields settings_fields =
    FIELDS(struct settings, "stage", rows, .doc = "Where a stage is deployed.");

static bool is_setting(struct str key)
{
    for (size_t i = 0; i < settings_fields.n; i++) {
        if (str_eq(key, str_from(rows[i].key)))
            return true;
        for (size_t j = 0; rows[i].aliases && rows[i].aliases[j]; j++)
            if (str_eq(key, str_from(rows[i].aliases[j])))
                return true;
    }
    return false;
}

static struct node *unknown_stage(struct project *pr, const struct node *all, struct str name,
                                  struct span at)
{
    struct str names[64];
    size_t n = 0;
    struct buf list;
    buf_init(&list, 0);
    for (size_t i = 0; i < all->map.n && n < sizeof names / sizeof *names; i++) {
        names[n++] = all->map.entries[i].key;
        buf_printf(&list, "%s%.*s", i ? ", " : "", STR(all->map.entries[i].key));
    }
    struct diag *d = diag_error(pr->ds, "unknown-stage", at, "there is no stage '%.*s' in %s",
                                STR(name), STAGES);
    if (diag_nearest(name, names, n) != SIZE_MAX)
        diag_suggest(d, name, names, n);
    else
        diag_help(d, "there are: %.*s", STR(buf_str(&list)));
    buf_done(&list);
    return NULL;
}

/* The stage's own map, or NULL after a diagnostic. */
static struct node *find_stage(struct project *pr, const struct node *all, struct str name,
                               struct span at)
{
    struct node *own = node_get(all, name);
    if (!own)
        return unknown_stage(pr, all, name, at);
    if (own->kind == NODE_NULL)
        return node_map(pr->arena, own->span);
    if (own->kind == NODE_MAP)
        return own;
    diag_error(pr->ds, "wrong-type", own->span, "stage '%.*s' is %s; expected a map", STR(name),
               node_kind_name(own));
    return NULL;
}

/* The stage with everything it extends: the nearest value of each key holds. */
static struct node *extended_stage(struct project *pr, const struct node *all)
{
    struct node *result = node_map(pr->arena, NOWHERE);
    struct str name = pr->stage_name, chain[LIMIT_EXTENDS];
    struct span at = NOWHERE;
    for (size_t n = 0; n < LIMIT_EXTENDS; n++) {
        const struct node *own = find_stage(pr, all, name, at);
        if (!own)
            return NULL;
        for (size_t i = 0; i < own->map.n; i++) {
            const struct node_entry *e = &own->map.entries[i];
            if (!node_entry(result, e->key) && !str_eq(e->key, S("extends")))
                node_put(pr->arena, result, e->key, e->key_span, e->value);
        }
        chain[n] = name;
        const struct node *base = node_get(own, S("extends"));
        if (!base || base->kind == NODE_NULL)
            return result;
        if (base->kind != NODE_STR) {
            diag_error(pr->ds, "wrong-type", base->span, "'extends' is %s; expected a stage's name",
                       node_kind_name(base));
            return NULL;
        }
        name = base->str;
        at = base->span;
        for (size_t i = 0; i <= n; i++)
            if (str_eq(chain[i], name)) {
                diag_error(pr->ds, "extends-cycle", at, "stage '%.*s' extends itself%s", STR(name),
                           i == n ? "" : " through others");
                return NULL;
            }
    }
    diag_error(pr->ds, "extends-cycle", at, "stages extend each other more than %d deep",
               LIMIT_EXTENDS);
    return NULL;
}

/* Keys that are no settings are the user's own variables. */
static struct node *split_settings(struct project *pr, const struct node *map, struct variables *v)
{
    struct node *known = node_map(pr->arena, map->span);
    for (size_t i = 0; i < map->map.n; i++) {
        const struct node_entry *e = &map->map.entries[i];
        if (is_setting(e->key))
            node_put(pr->arena, known, e->key, e->key_span, e->value);
        if (!is_setting(e->key) || str_eq(e->key, S("vpc")))
            variables_set(v, e->key, e->value, "stages.yaml");
    }
    return known;
}

static void set_named(struct variables *v, const char *name, const struct vstr *value)
{
    if (value->set)
        variables_set(v, str_from(name), node_str(v->arena, value->span, value->s), "stages.yaml");
}

static struct stage *bind_stage(struct project *pr, const struct node *map, const struct node *all,
                                struct variables *v)
{
    struct bind b = { .arena = pr->arena, .ds = pr->ds };
    const struct node *known = split_settings(pr, map, v);
    const struct settings *s = bind_struct(
        &b, &settings_fields, known, arena_printf(pr->arena, "stage '%.*s'", STR(pr->stage_name)));
    if (!s)
        return NULL;
    struct stage *st = arena_make(pr->arena, struct stage);
    *st = (struct stage){ .name = pr->stage_name,
                          .account = s->account.s,
                          .region = s->region.s,
                          .bucket = s->bucket.s,
                          .repository = s->repository.s,
                          .role_arn = s->role.s,
                          .sns_topic_arn = s->sns_topic.s,
                          .saml_group = s->saml_group.s,
                          .tags = s->tags.node,
                          .stages = all,
                          .protection = s->protection.v };
    set_named(v, "aws_account_id", &s->account);
    set_named(v, "aws_region", &s->region);
    set_named(v, "pipeline_bucket", &s->bucket);
    set_named(v, "environment_role_arn", &s->role);
    set_named(v, "sns_topic_arn", &s->sns_topic);
    set_named(v, "saml_group", &s->saml_group);
    return st;
}

/* Whether a file that need not be there is. Where it is not, its folder is what was read, so that a
 * build notices when it comes. */
static bool has_file(struct project *pr, const char *path)
{
    if (file_exists(pr->root, str_from(path)))
        return true;
    struct str folder = path_dir(str_from(path));
    if (file_is_dir(pr->root, folder))
        reads_add(&pr->reads, path_join(pr->arena, pr->root, folder));
    return false;
}

struct stage *project_read_stage(struct project *pr, struct variables *v)
{
    if (!has_file(pr, STAGES))
        return bind_stage(pr, node_map(pr->arena, NOWHERE), NULL, v);
    const struct source *src = project_source(pr, NOWHERE, str_from(STAGES));
    const struct node *all = src ? project_parse(pr, src, v) : NULL;
    if (!all)
        return NULL;
    if (all->kind != NODE_MAP) {
        struct diag *d = diag_error(pr->ds, "wrong-type", all->span,
                                    "the stages are %s; expected a map of stages by name",
                                    all->kind == NODE_NULL ? "empty" : node_kind_name(all));
        diag_help(d, "for example 'dev: {region: eu-west-1}'");
        return NULL;
    }
    const struct node *own = extended_stage(pr, all);
    return own ? bind_stage(pr, own, all, v) : NULL;
}

static bool merge_map(struct project *pr, const struct node *map, const char *what,
                      struct variables *v, const char *why)
{
    if (!map || map->kind == NODE_NULL)
        return true;
    if (map->kind == NODE_MAP) {
        variables_merge(v, map, why);
        return true;
    }
    diag_error(pr->ds, "wrong-type", map->span, "%s is %s; expected a map", what,
               node_kind_name(map));
    return false;
}

/* A file with `global:` or `stages:` has sections; any other is global from end to end. */
bool project_read_variables(struct project *pr, struct variables *v)
{
    if (!has_file(pr, VARIABLES))
        return true;
    const struct source *src = project_source(pr, NOWHERE, str_from(VARIABLES));
    const struct node *all = src ? project_parse(pr, src, v) : NULL;
    if (!all)
        return false;
    const struct node *global = node_get(all, S("global")), *stages = node_get(all, S("stages"));
    if (!global && !stages)
        return merge_map(pr, all, "the file", v, "variables.yaml");
    for (size_t i = 0; i < all->map.n; i++) {
        const struct node_entry *e = &all->map.entries[i];
        if (e->value == global || e->value == stages)
            continue;
        struct diag *d = diag_error(pr->ds, "unknown-key", e->key_span,
                                    "'%.*s' stands beside 'global' and 'stages'", STR(e->key));
        diag_help(d, "put it under 'global:'");
        return false;
    }
    return merge_map(pr, global, "'global'", v, "variables.yaml, global") &&
           merge_map(pr, node_get(stages, pr->stage_name), "the stage's section", v,
                     "variables.yaml, the stage's section");
}
