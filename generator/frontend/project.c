#include "frontend/project.h"

#include "base/path.h"
#include "frontend/blueprint.h"
#include "template/template.h"
#include "yaml/yaml.h"

struct source *project_source(struct project *pr, struct span cause, struct str path)
{
    struct source *src = source_read(pr->arena, pr->ds, cause, pr->root, path);
    if (src)
        reads_add(&pr->reads, path_join(pr->arena, pr->root, path));
    return src;
}

/* include, import, extends: beside the file that asks, or relative to the root. */
static struct source *load_template(void *ctx, struct str name, const struct source *by,
                                    struct span cause)
{
    struct project *pr = ctx;
    struct str near = path_clean(pr->arena, path_join(pr->arena, path_dir(by->path), name));
    struct str path = file_exists(pr->root, near) ? near : path_clean(pr->arena, name);
    if (path_escapes(path)) {
        diag_error(pr->ds, "outside-project", cause, "'%.*s' leaves the project", STR(name));
        return NULL;
    }
    return file_exists(pr->root, path) ? project_source(pr, cause, path) : NULL;
}

struct parse {
    struct project *project;
    struct val variables;
};

static struct source *render(struct project *pr, const struct source *src, struct val variables)
{
    struct template_options options = template_options_config();
    options.loader = (struct template_loader){ load_template, pr };
    return template_render(pr->arena, pr->ds, &options, src, val_copy(variables));
}

/* What !include names is a template as well, if it is YAML; other text is taken as it is. */
static struct source *load_include(void *context, struct arena *a, struct diags *ds,
                                   struct str path, struct span cause, const struct frame *frame)
{
    (void)a;
    (void)ds;
    struct parse *parse = context;
    struct source *src = project_source(parse->project, cause, path);
    if (!src)
        return NULL;
    src->frame = frame;
    bool yaml = str_ends(path, S(".yaml")) || str_ends(path, S(".yml"));
    return yaml ? render(parse->project, src, parse->variables) : src;
}

struct node *project_parse(struct project *pr, const struct source *src, struct val variables)
{
    struct parse parse = { pr, variables };
    const struct yaml_options options = { load_include, &parse };
    const struct source *text = render(pr, src, variables);
    return text ? yaml_read(pr->arena, pr->ds, text, &options) : NULL;
}

/* The lines of the top-level block `variables:`, which has to be read before the rest of the file
 * can be rendered: everything from that key to the next line that begins with something else. */
static struct span variables_block(const struct source *src)
{
    struct span block = { 0 };
    for (size_t line = 1; line <= src->nlines; line++) {
        struct str text = source_line(src, line);
        uint32_t at = src->lines[line - 1];
        bool starts = str_starts(text, S("variables:"));
        bool inside = !text.n || ascii_is_space(text.p[0]) || text.p[0] == '#' || text.p[0] == '-';
        if (block.src && !inside)
            break;
        if (starts)
            block = (struct span){ src, at, 0 };
        if (block.src)
            block.len = at + (uint32_t)text.n - block.at;
    }
    return block;
}

static void merge(struct val *variables, const struct node *map)
{
    for (size_t i = 0; i < map->map.n; i++)
        *variables = val_map_set(*variables, map->map.entries[i].key,
                                 val_from_node(map->map.entries[i].value));
}

/* `variables: {file: …}` or the variables themselves. */
static bool apply_block(struct project *pr, const struct node *block, struct val *variables)
{
    if (!block || block->kind == NODE_NULL)
        return true;
    if (block->kind != NODE_MAP) {
        diag_error(pr->ds, "wrong-type", block->span, "'variables' is %s; expected a map",
                   node_kind_name(block));
        return false;
    }
    const struct node *file = node_get(block, S("file"));
    if (!file || file->kind != NODE_STR) {
        merge(variables, block);
        return true;
    }
    const struct source *src = project_source(pr, file->span, path_clean(pr->arena, file->str));
    const struct node *map = src ? project_parse(pr, src, *variables) : NULL;
    if (!map)
        return false;
    if (map->kind == NODE_MAP)
        merge(variables, map);
    else if (map->kind != NODE_NULL)
        diag_error(pr->ds, "wrong-type", map->span, "the file is %s; expected a map of variables",
                   node_kind_name(map));
    return map->kind == NODE_MAP || map->kind == NODE_NULL;
}

static bool own_variables(struct project *pr, const struct source *src, struct val *variables)
{
    struct span block = variables_block(src);
    if (!block.src)
        return true;
    struct source *part = source_make(pr->arena, src->path, span_text(block));
    struct segment *home = arena_make(pr->arena, struct segment);
    *home = (struct segment){ .literal = true, .from = block };
    part->segments = home;
    part->nsegments = 1;
    const struct node *doc = project_parse(pr, part, *variables);
    return doc && apply_block(pr, node_get(doc, S("variables")), variables);
}

static struct str full_name(struct project *pr, struct str id)
{
    if (str_eq(pr->stage_name, S("prod")))
        return id;
    return arena_printf(pr->arena, "%.*s-%.*s", STR(id), STR(pr->stage_name));
}

static bool all_variables(struct project *pr, const struct source *src, struct val *variables)
{
    if (!project_read_variables(pr, variables) || !own_variables(pr, src, variables))
        return false;
    for (size_t i = 0; i < pr->defines.n; i++)
        *variables = val_map_set(*variables, pr->defines.p[i].key, val_str(pr->defines.p[i].value));
    return true;
}

struct pipeline *project_load(struct project *pr, struct str config)
{
    struct val variables = val_map();
    struct pipeline *pl = NULL;
    struct str id = path_stem(config);
    variables = val_map_set(variables, S("pipeline_name"), val_str(id));
    struct stage *stage = project_read_stage(pr, &variables);
    const struct source *src = stage ? project_source(pr, (struct span){ 0 }, config) : NULL;
    if (src && all_variables(pr, src, &variables)) {
        const struct node *doc = project_parse(pr, src, variables);
        pl = doc ? blueprint_read(pr->arena, pr->ds, pr->engines, doc) : NULL;
    }
    val_free(variables);
    if (!pl)
        return NULL;
    pl->id = id;
    pl->full_name = full_name(pr, id);
    pl->config = config;
    pl->source = src;
    pl->stage = stage;
    return pl;
}
