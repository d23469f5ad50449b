/* What CMake has to know before it can write build rules: pipelines, stages, bundles. */
#include "base/map.h"
#include "base/path.h"
#include "cli/synth.h"
#include "frontend/image.h"

#include <stdlib.h>

struct pipeline_entry {
    struct str config; /* relative to the root */
    struct map stages; /* stage → struct names of bundle ids */
};

struct listing {
    struct cli *cli;
    struct str root;
    struct synth_options synth;
    struct map pipelines; /* id → struct pipeline_entry */
    struct map bundles;   /* id → struct asset */
    struct map names;     /* full name → struct pipeline */
    struct reads reads;
};

static int compare_entries(const void *a, const void *b)
{
    return str_cmp(((const struct map_entry *)a)->key, ((const struct map_entry *)b)->key);
}

static void sort_map(struct map *m)
{
    if (m->n)
        qsort(m->entries, m->n, sizeof *m->entries, compare_entries);
}

/* ---- collecting ----------------------------------------------------------------------------- */

/* "a" at the stage b and "a-b" at prod have one name: they would deploy over each other. */
static void check_name(struct listing *l, const struct pipeline *pl)
{
    static const struct span NOWHERE;
    const struct pipeline *first =
        map_put(&l->cli->arena, &l->names, pl->full_name, (struct pipeline *)pl);
    if (!first ||
        (first->stage->account.n && pl->stage->account.n &&
         !str_eq(first->stage->account, pl->stage->account)) ||
        (first->stage->region.n && pl->stage->region.n &&
         !str_eq(first->stage->region, pl->stage->region)))
        return;
    struct diag *d = diag_error(&l->cli->ds, "name-clash", NOWHERE,
                                "'%.*s' at stage %.*s and '%.*s' at stage %.*s would both be named "
                                "'%.*s'",
                                STR(first->config), STR(first->stage->name), STR(pl->config),
                                STR(pl->stage->name), STR(pl->full_name));
    diag_help(d, "rename one of the files");
}

/* What it takes from the rest of the build is a matter of the plan. */
static void note_image_file(struct listing *l, const struct asset *as)
{
    struct arena *a = &l->cli->arena;
    if (as->kind == ASSET_IMAGE && image_file_is(as->image.file))
        reads_add(&l->reads, path_join(a, path_join(a, l->root, as->dir), as->image.file));
}

static void add_plan(struct listing *l, struct str stage, const struct plan *p)
{
    struct arena *a = &l->cli->arena;
    check_name(l, p->pipeline);
    struct pipeline_entry *entry = map_get(&l->pipelines, p->pipeline->id);
    struct map *ids = arena_make(a, struct map);
    for (size_t i = 0; i < p->assets.n; i++) {
        map_put(a, ids, p->assets.p[i]->id, p->assets.p[i]);
        map_put(a, &l->bundles, p->assets.p[i]->id, p->assets.p[i]);
        note_image_file(l, p->assets.p[i]);
        /* Where it lies, so that a folder that is gone is told of by the line that names it. */
        reads_add(&l->reads, path_join(a, l->root, path_dir(p->assets.p[i]->dir)));
    }
    sort_map(ids);
    map_put(a, &entry->stages, stage, ids);
}

static bool add_config(struct listing *l, struct str config, const struct names *stages)
{
    struct arena *a = &l->cli->arena;
    struct str id = path_stem(config);
    const struct pipeline_entry *old = map_get(&l->pipelines, id);
    if (old) {
        static const struct span NOWHERE;
        diag_error(&l->cli->ds, "duplicate-name", NOWHERE,
                   "'%.*s' and '%.*s' are both called '%.*s'", STR(old->config), STR(config),
                   STR(id));
        return true;
    }
    struct pipeline_entry *entry = arena_make(a, struct pipeline_entry);
    entry->config = config;
    map_put(a, &l->pipelines, id, entry);
    for (size_t i = 0; i < stages->all.n; i++) {
        struct project pr;
        l->synth.stage = stages->all.p[i];
        if (!synth_project(l->cli, &pr, l->root, &l->synth))
            return false;
        const struct plan *p = synth_plan(&pr, config);
        if (p)
            add_plan(l, stages->all.p[i], p);
        for (size_t j = 0; j < pr.reads.paths.n; j++)
            reads_add(&l->reads, pr.reads.paths.entries[j].key);
    }
    return true;
}

static bool is_pipeline(struct str name)
{
    return str_ends(name, S(".yaml")) && !str_eq(name, S("stages.yaml")) &&
           !str_eq(name, S("variables.yaml")) && name.p[0] != '.';
}

/* A folder stands for the configs in it. */
static bool add_argument(struct listing *l, struct str path, const struct names *stages)
{
    static const struct span NOWHERE;
    struct arena *a = &l->cli->arena;
    struct str relative;
    if (!cli_find_root(l->cli, path, &l->root, &relative))
        return true;
    if (!file_is_dir(l->root, relative))
        return add_config(l, relative, stages);
    struct names names = { 0 };
    reads_add(&l->reads, path_join(a, l->root, relative));
    if (!file_list(a, &l->cli->ds, NOWHERE, l->root, relative, &names))
        return true;
    for (size_t i = 0; i < names.all.n; i++)
        if (is_pipeline(names.all.p[i]) &&
            !add_config(l, path_join(a, relative, names.all.p[i]), stages))
            return false;
    return true;
}

/* ---- writing -------------------------------------------------------------------------------- */

/* "[==[text]==]": CMake's own quoting, with brackets that the text does not hold. */
static void put_quoted(struct arena *a, struct buf *out, struct str text)
{
    struct str close = S("]]");
    while (str_find(text, close, 0) != SIZE_MAX)
        close = arena_printf(a, "]=%.*s", (int)close.n - 1, close.p + 1);
    buf_putc(out, '[');
    buf_fill(out, '=', close.n - 2);
    buf_putc(out, '[');
    buf_put(out, text);
    buf_put(out, close);
}

static void put_set(struct listing *l, struct buf *out, const char *prefix, struct str name,
                    const char *suffix, struct str value)
{
    buf_printf(out, "set(%s%.*s%s ", prefix, STR(name), suffix);
    put_quoted(&l->cli->arena, out, value);
    buf_put(out, S(")\n"));
}

static void put_keys(struct buf *out, const struct map *m)
{
    for (size_t i = 0; i < m->n; i++)
        buf_printf(out, " %.*s", STR(m->entries[i].key));
    buf_put(out, S(")\n"));
}

/* What an image file takes from the rest of the build: programs and bundles. */
static void write_needs(struct listing *l, struct buf *out, const struct asset *as)
{
    struct arena *a = &l->cli->arena;
    struct str path = path_join(a, as->dir, as->image.file);
    if (!image_file_is(path))
        return;
    const struct image_file *f = image_file_read(a, &l->cli->ds, l->root, path);
    const struct image_layer *layers = f ? f->layers.items : NULL;
    for (int bundles = 0; bundles < 2; bundles++) {
        buf_printf(out, "set(STEPWRIGHT_BUNDLE_%.*s_%s", STR(as->id),
                   bundles ? "BUNDLES" : "PROGRAMS");
        for (size_t i = 0; f && i < f->layers.n; i++) {
            struct vstr name = bundles ? layers[i].bundle : layers[i].program;
            if (!name.set)
                continue;
            buf_putc(out, ' ');
            put_quoted(a, out, name.s);
        }
        buf_put(out, S(")\n"));
    }
}

/* One element of a list, however many semicolons it has: a generator expression stands for each. */
static void put_element(struct arena *a, struct buf *out, struct str text)
{
    struct buf safe;
    buf_init(&safe, 0);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == ';')
            buf_put(&safe, S("$<SEMICOLON>"));
        else
            buf_putc(&safe, text.p[i]);
    }
    put_quoted(a, out, buf_str(&safe));
    buf_done(&safe);
}

/* Build arguments as a list of KEY=VALUE. */
static void write_image(struct listing *l, struct buf *out, const struct asset *as)
{
    const struct image *im = &as->image;
    put_set(l, out, "STEPWRIGHT_BUNDLE_", as->id, "_FILE", im->file);
    put_set(l, out, "STEPWRIGHT_BUNDLE_", as->id, "_TARGET", im->target);
    put_set(l, out, "STEPWRIGHT_BUNDLE_", as->id, "_PLATFORM", im->platform);
    buf_printf(out, "set(STEPWRIGHT_BUNDLE_%.*s_BUILD_ARGS", STR(as->id));
    for (size_t i = 0; im->build_args && i < im->build_args->map.n; i++) {
        const struct node_entry *e = &im->build_args->map.entries[i];
        buf_putc(out, ' ');
        put_element(&l->cli->arena, out,
                    arena_printf(&l->cli->arena, "%.*s=%.*s", STR(e->key), STR(e->value->str)));
    }
    buf_put(out, S(")\n"));
    write_needs(l, out, as);
}

static void write_bundle(struct listing *l, struct buf *out, const struct asset *as)
{
    put_set(l, out, "STEPWRIGHT_BUNDLE_", as->id, "_DIR", as->dir);
    put_set(l, out, "STEPWRIGHT_BUNDLE_", as->id, "_KIND", plan_asset_kind_name(as->kind));
    put_set(l, out, "STEPWRIGHT_BUNDLE_", as->id, "_EXECUTABLE", as->executable);
    if (as->kind == ASSET_IMAGE)
        write_image(l, out, as);
    if (as->kind != ASSET_LAYER)
        return;
    put_set(l, out, "STEPWRIGHT_BUNDLE_", as->id, "_COMMAND", as->command);
    put_set(l, out, "STEPWRIGHT_BUNDLE_", as->id, "_RUNTIME", as->runtime);
    put_set(l, out, "STEPWRIGHT_BUNDLE_", as->id, "_ARCHITECTURE", as->architecture);
}

static void write_pipeline(struct listing *l, struct buf *out, const struct map_entry *e)
{
    const struct pipeline_entry *entry = e->value;
    put_set(l, out, "STEPWRIGHT_PIPELINE_", e->key, "_CONFIG", entry->config);
    for (size_t i = 0; i < entry->stages.n; i++) {
        buf_printf(out, "set(STEPWRIGHT_PIPELINE_%.*s_%.*s_BUNDLES", STR(e->key),
                   STR(entry->stages.entries[i].key));
        put_keys(out, entry->stages.entries[i].value);
    }
}

static void write_listing(struct listing *l, const struct names *stages, struct buf *out)
{
    sort_map(&l->pipelines);
    sort_map(&l->bundles);
    buf_put(out, S("# Made by stepwright plan.\nset(STEPWRIGHT_STAGES"));
    for (size_t i = 0; i < stages->all.n; i++)
        buf_printf(out, " %.*s", STR(stages->all.p[i]));
    buf_put(out, S(")\nset(STEPWRIGHT_PIPELINES"));
    put_keys(out, &l->pipelines);
    for (size_t i = 0; i < l->pipelines.n; i++)
        write_pipeline(l, out, &l->pipelines.entries[i]);
    buf_put(out, S("set(STEPWRIGHT_BUNDLES"));
    put_keys(out, &l->bundles);
    for (size_t i = 0; i < l->bundles.n; i++)
        write_bundle(l, out, l->bundles.entries[i].value);
}

static bool has_name(const struct names *names, struct str name)
{
    for (size_t i = 0; i < names->all.n; i++)
        if (str_eq(names->all.p[i], name))
            return true;
    return false;
}

int verb_plan(struct cli *c, int argc, char **argv)
{
    struct str stages_text = { 0 }, out = { 0 }, depfile = { 0 }, stage;
    struct texts args = { 0 };
    struct synth_options synth = { 0 };
    const struct option options[] = {
        { "--stages", OPTION_TEXT, &stages_text, true },
        { "--out", OPTION_TEXT, &out, true },
        { "--depfile", OPTION_TEXT, &depfile, false },
        SYNTH_OPTIONS(synth),
    };
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    if (!args.all.n)
        return cli_usage(c, "expected a config or a folder of configs");
    struct names stages = { 0 };
    while (str_split(&stages_text, ',', &stage)) {
        if (!stage.n || has_name(&stages, stage))
            return cli_usage(
                c, stage.n ? "--stages has '%.*s' twice" : "--stages has an empty name%.*s",
                STR(stage));
        vec_push(&c->arena, &stages.all, stage);
    }
    struct listing l = {
        .cli = c, .root = synth.root, .synth = synth, .reads = { .arena = &c->arena }
    };
    for (size_t i = 0; i < args.all.n; i++)
        if (!add_argument(&l, args.all.p[i], &stages))
            return EXIT_USAGE;
    if (!c->ds.errors) {
        struct buf text;
        buf_init(&text, 0);
        write_listing(&l, &stages, &text);
        if (!c->ds.errors && file_write(&c->ds, out, buf_str(&text)) != WRITE_FAILED && depfile.n)
            depfile_write(&c->ds, &l.reads, depfile, out);
        buf_done(&text);
    }
    return cli_finish(c);
}
