#include "frontend/project.h"

#include "base/path.h"
#include "frontend/blueprint.h"
#include "frontend/documents.h"
#include "template/template.h"
#include "yaml/yaml.h"

#include <stdlib.h>

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

/* env_var(name): recorded, for a build cannot see that it changed. */
static struct val call_env_var(void *ctx, const struct template_call *call)
{
    struct project *pr = ctx;
    if (call->nargs != 1 || call->args[0].kind != VAL_STR) {
        diag_error(call->diags, "bad-call", call->span, "env_var takes the name of a variable");
        return (struct val){ 0 };
    }
    struct str name = arena_str(pr->arena, peek_str(call->args[0]));
    vec_push(pr->arena, &pr->environment.all, name);
    const char *value = getenv(name.p);
    if (value)
        return val_str(str_from(value));
    diag_error(call->diags, "no-environment", call->span,
               "the environment variable '%.*s' is not set", STR(name));
    return (struct val){ 0 };
}

/* ls(path): names in a folder of the project, sorted; the folder is recorded as read. */
static struct val call_ls(void *ctx, const struct template_call *call)
{
    struct project *pr = ctx;
    if (call->nargs != 1 || call->args[0].kind != VAL_STR) {
        diag_error(call->diags, "bad-call", call->span, "ls takes a folder of the project");
        return (struct val){ 0 };
    }
    struct str path = path_clean(pr->arena, peek_str(call->args[0]));
    struct names names = { 0 };
    if (path_escapes(path)) {
        diag_error(call->diags, "outside-project", call->span, "'%.*s' leaves the project",
                   STR(path));
        return (struct val){ 0 };
    }
    if (!file_list(pr->arena, call->diags, call->span, pr->root, path, &names))
        return (struct val){ 0 };
    reads_add(&pr->reads, path_join(pr->arena, pr->root, path));
    struct val list = val_list();
    for (size_t i = 0; i < names.all.n; i++)
        list = val_list_push(list, val_str(names.all.p[i]));
    return list;
}

/* ref(name): a table that another step of a job file makes. The steps run in order, so that its
 * name is all there is to it. */
static struct val call_ref(void *ctx, const struct template_call *call)
{
    (void)ctx;
    if (call->nargs == 1 && call->args[0].kind == VAL_STR)
        return val_copy(call->args[0]);
    diag_error(call->diags, "bad-call", call->span, "ref takes the name of a step");
    return (struct val){ 0 };
}

struct parse {
    struct project *project;
    const struct variables *variables;
};

/* Variables that a stage gives, and the key of stages.yaml that they come from. */
static const struct {
    const char *variable, *key;
} FROM_STAGE[] = {
    { "aws_account_id", "account" },
    { "aws_region", "region" },
    { "environment_role_arn", "role" },
    { "pipeline_bucket", "bucket" },
    { "saml_group", "saml_group" },
    { "sns_topic_arn", "sns_topic" },
    { "vpc", "vpc" },
};

/* The line of a file that begins with `name:`, indented or not; SIZE_MAX if there is none. */
static size_t line_of_key(const struct source *src, struct str name)
{
    for (size_t i = 1; i <= src->nlines; i++) {
        struct str line = str_trim(source_line(src, i));
        if (line.n > name.n && str_starts(line, name) && line.p[name.n] == ':')
            return i;
    }
    return SIZE_MAX;
}

/* Why a variable is undefined, where it is not just misspelt: the stage leaves it out, or the file
 * is read for the variables that it sets itself. */
static void explain_undefined(struct project *pr, const struct source *src, size_t before)
{
    for (size_t i = before; i < pr->ds->all.n; i++) {
        struct diag *d = pr->ds->all.p[i];
        if (strcmp(d->slug, "undefined-variable") != 0)
            continue;
        struct str name = span_text(span_origin(d->span, NULL));
        for (size_t j = 0; j < sizeof FROM_STAGE / sizeof *FROM_STAGE; j++)
            if (str_eq(name, str_from(FROM_STAGE[j].variable)))
                diag_help(d, "stage '%.*s' has no '%s' in configs/stages.yaml", STR(pr->stage_name),
                          FROM_STAGE[j].key);
        size_t line = line_of_key(src, name);
        if (name.n && line != SIZE_MAX)
            diag_help(d, "'%.*s' is set in line %zu of this file, which does not see its own keys",
                      STR(name), line);
    }
}

struct source *project_render_source(struct project *pr, const struct source *src,
                                     const struct variables *v)
{
    const struct template_function functions[] = { { S("env_var"), call_env_var, pr },
                                                   { S("ls"), call_ls, pr },
                                                   { S("ref"), call_ref, pr } };
    struct template_options options = template_options_config();
    options.loader = (struct template_loader){ load_template, pr };
    options.functions = functions;
    options.nfunctions = sizeof functions / sizeof *functions;
    if (pr->lenient)
        options.undefined = TEMPLATE_LENIENT;
    size_t before = pr->ds->all.n;
    struct source *text = template_render(pr->arena, pr->ds, &options, src, val_copy(v->map));
    if (!text)
        explain_undefined(pr, src, before);
    return text;
}

/* What !include names is a template as well, if it is YAML; other text is taken as it is. */
static struct source *load_include(void *context, struct arena *a, struct diags *ds,
                                   struct str path, struct span cause, const struct frame *frame)
{
    (void)a;
    (void)ds;
    const struct parse *parse = context;
    struct source *src = project_source(parse->project, cause, path);
    if (!src)
        return NULL;
    src->frame = frame;
    bool yaml = str_ends(path, S(".yaml")) || str_ends(path, S(".yml"));
    return yaml ? project_render_source(parse->project, src, parse->variables) : src;
}

struct node *project_parse(struct project *pr, const struct source *src, const struct variables *v)
{
    struct parse parse = { pr, v };
    const struct yaml_options options = { load_include, &parse };
    const struct source *text = project_render_source(pr, src, v);
    return text ? yaml_read(pr->arena, pr->ds, text, &options) : NULL;
}

/* ---- variables ------------------------------------------------------------------------------ */

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

/* Where a file of variables is: in variables_files/ beside the folder of the file that asks, as
 * with job files, from the root, or beside the file itself. */
static struct str variables_path(struct project *pr, const struct source *by, struct str file)
{
    struct arena *a = pr->arena;
    struct str folder = path_dir(by->path), clean = path_clean(a, file);
    struct str shared = path_join(a, path_dir(folder), path_join(a, S("variables_files"), file));
    struct str near = path_clean(a, path_join(a, folder, file));
    if (file_exists(pr->root, path_clean(a, shared)))
        return path_clean(a, shared);
    return !file_exists(pr->root, clean) && file_exists(pr->root, near) ? near : clean;
}

/* `variables: {file: …}`: the file's, then what else the block holds. */
static bool apply_block(struct project *pr, const struct source *by, const struct node *block,
                        struct variables *v)
{
    if (!block || block->kind == NODE_NULL)
        return true;
    if (block->kind != NODE_MAP) {
        diag_error(pr->ds, "wrong-type", block->span, "'variables' is %s; expected a map",
                   node_kind_name(block));
        return false;
    }
    const struct node *file = node_get(block, S("file"));
    if (node_is_str(file)) {
        const struct source *src =
            project_source(pr, file->span, variables_path(pr, by, file->str));
        const struct node *map = src ? project_parse(pr, src, v) : NULL;
        if (map && map->kind == NODE_MAP)
            variables_merge(v, map, "variables: file");
        else if (map && map->kind != NODE_NULL)
            diag_error(pr->ds, "wrong-type", map->span,
                       "the file is %s; expected a map of "
                       "variables",
                       node_kind_name(map));
        if (!map || (map->kind != NODE_MAP && map->kind != NODE_NULL))
            return false;
    }
    for (size_t i = 0; i < block->map.n; i++)
        if (block->map.entries[i].value != file)
            variables_set(v, block->map.entries[i].key, block->map.entries[i].value, "variables:");
    return true;
}

bool project_own_variables(struct project *pr, const struct source *src, struct variables *v)
{
    struct span block = variables_block(src);
    if (!block.src)
        return true;
    struct source *part = source_make(pr->arena, src->path, span_text(block));
    source_map(pr->arena, part, &(struct segment){ .literal = true, .from = block }, 1);
    const struct node *doc = project_parse(pr, part, v);
    return doc && apply_block(pr, src, node_get(doc, S("variables")), v);
}

/* The names that old blueprints read from the environment. */
static const struct {
    const char *environment, *variable;
} COMPAT[] = {
    { "BUCKET_NAME", "pipeline_bucket" },
    { "ENVROLEARN", "environment_role_arn" },
    { "ORIGIN_PIPELINE_NAME", "pipeline_name" },
    { "SAML_GROUP", "saml_group" },
    { "AWSACCOUNTID", "aws_account_id" },
    { "AWSREGION", "aws_region" },
    { "SNS_TOPIC_ARN", "sns_topic_arn" },
    { "BATCH_INSTANCE_ROLE", "batch_instance_role" },
    { "EC2_SPOT_FLEET_ROLE", "ec2_spot_fleet_role" },
    { "ECR_REPOSITORY", "ecr_repository" },
    { "ENVIRONMENT_URI", "environment_uri" },
    { "PIPELINE_URI", "pipeline_uri" },
};

/* The stage is the one that is compiled, whatever the environment was made for. */
static void check_stage(struct project *pr)
{
    static const struct span NOWHERE;
    struct str stage = str_from(getenv("STAGE"));
    if (!stage.n || str_eq(stage, pr->stage_name))
        return;
    struct diag *d =
        diag_warning(pr->ds, "environment-stage", NOWHERE,
                     "STAGE is '%.*s' in the environment, and stage '%.*s' is compiled", STR(stage),
                     STR(pr->stage_name));
    diag_help(d, "--stage decides; unset STAGE");
}

static void environment_variables(struct project *pr, struct variables *v)
{
    if (pr->env_compat)
        check_stage(pr);
    for (size_t i = 0; pr->env_compat && i < sizeof COMPAT / sizeof *COMPAT; i++)
        variables_set_text(v, COMPAT[i].variable, str_from(getenv(COMPAT[i].environment)),
                           COMPAT[i].environment);
}

static void defined_variables(struct project *pr, struct variables *v)
{
    static const struct span NOWHERE;
    for (size_t i = 0; i < pr->defines.n; i++)
        variables_set(v, pr->defines.p[i].key, node_str(pr->arena, NOWHERE, pr->defines.p[i].value),
                      "-D");
}

/* ---- loading -------------------------------------------------------------------------------- */

/* Weakest first: what is built in, the stage, the environment, variables.yaml, the config's own,
 * the command line. -D also comes first, so that the files may use what it sets. */
static struct stage *load_variables(struct project *pr, struct str config, struct variables *v,
                                    const struct source **src)
{
    static const struct span NOWHERE;
    variables_set_text(v, "pipeline_name", path_stem(config), "the file's name");
    variables_set_text(v, "stage", pr->stage_name, "--stage");
    defined_variables(pr, v);
    struct stage *stage = project_read_stage(pr, v);
    if (!stage)
        return NULL;
    environment_variables(pr, v);
    *src = project_source(pr, NOWHERE, config);
    if (!*src || !project_read_variables(pr, v) || !project_own_variables(pr, *src, v))
        return NULL;
    defined_variables(pr, v);
    return stage;
}

struct stage *project_variables(struct project *pr, struct str config, struct variables *v)
{
    const struct source *src;
    variables_init(v, pr->arena);
    return load_variables(pr, config, v, &src);
}

struct source *project_render(struct project *pr, struct str config)
{
    struct variables v;
    const struct source *src;
    variables_init(&v, pr->arena);
    struct source *text =
        load_variables(pr, config, &v, &src) ? project_render_source(pr, src, &v) : NULL;
    variables_done(&v);
    return text;
}

/* Dots would be refused by most services: names in AWS have dashes for them. */
static struct str full_name(struct project *pr, struct str id)
{
    bool prod = str_eq(pr->stage_name, S("prod"));
    struct str name = arena_printf(pr->arena, "%.*s%s%.*s", STR(id), prod ? "" : "-",
                                   STR(prod ? S("") : pr->stage_name));
    char *out = (char *)name.p;
    for (size_t i = 0; i < name.n; i++)
        if (out[i] == '.')
            out[i] = '-';
    return name;
}

static bool is_plain_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!ascii_is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_' && s.p[i] != '.')
            return false;
    return s.n && ascii_is_alnum(s.p[0]);
}

/* The file's name becomes the state machine's and a target's: what both take, and CMake lists too.
 */
static bool check_id(struct project *pr, struct str config, struct str id)
{
    enum { LONGEST = 80 };
    static const struct span NOWHERE;
    if (!is_plain_name(id)) {
        struct diag *d = diag_error(pr->ds, "bad-name", NOWHERE,
                                    "file '%.*s' cannot name a pipeline", STR(config));
        diag_help(d,
                  "rename it: letters, digits, '-', '_' and '.' may stand before '.yaml', with a "
                  "letter or digit first");
        return false;
    }
    if (!is_plain_name(pr->stage_name)) {
        struct diag *d = diag_error(pr->ds, "bad-name", NOWHERE, "'%.*s' cannot name a stage",
                                    STR(pr->stage_name));
        diag_help(d, "names in AWS are made of it: use letters, digits, '-', '_' and '.'");
        return false;
    }
    struct str name = full_name(pr, id);
    if (name.n <= LONGEST)
        return true;
    struct diag *d =
        diag_error(pr->ds, "name-too-long", NOWHERE,
                   "the pipeline's name '%.*s' has %zu characters; expected at most %d", STR(name),
                   name.n, LONGEST);
    diag_help(d, "rename the file '%.*s'", STR(config));
    return false;
}

struct pipeline *project_load(struct project *pr, struct str config)
{
    if (!check_id(pr, config, path_stem(config)))
        return NULL;
    struct variables v;
    struct pipeline *pl = NULL;
    const struct source *src;
    variables_init(&v, pr->arena);
    struct stage *stage = load_variables(pr, config, &v, &src);
    const struct documents *documents = documents_make(pr, &v);
    if (stage) {
        const struct node *doc = project_parse(pr, src, &v);
        pl = doc ? blueprint_read(pr->arena, pr->ds, pr->engines, doc) : NULL;
    }
    variables_done(&v);
    if (!pl)
        return NULL;
    pl->id = path_stem(config);
    pl->full_name = full_name(pr, pl->id);
    pl->config = config;
    pl->source = src;
    pl->stage = stage;
    pl->documents = documents;
    return pl;
}
