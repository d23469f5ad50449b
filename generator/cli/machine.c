#include "cli/machine.h"

#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "emit/emit.h"
#include "yaml/yaml.h"

#include <sys/stat.h>

static const struct span NOWHERE;

static bool is_file(struct cli *c, struct str path)
{
    struct stat st;
    return stat(arena_str(&c->arena, path).p, &st) == 0 && S_ISREG(st.st_mode);
}

static struct str bare_name(struct str file)
{
    struct str name = path_base(file);
    size_t dot = str_find_char(name, '.', 1);
    return dot == SIZE_MAX ? name : str_sub(name, 0, dot);
}

static bool ready(struct cli *c, const struct source *src, struct machine_file *out)
{
    const struct asl_options options = { .placeholders = true };
    size_t before = c->ds.errors;
    struct node *root = src ? json_read_node(&c->arena, &c->ds, src) : NULL;
    struct asl_machine *m = root ? asl_parse(&c->arena, &c->ds, root, &options) : NULL;
    if (!m || c->ds.errors > before)
        return false;
    asl_check_machine(&c->arena, &c->ds, m, &options);
    out->machine = m;
    if (c->ds.errors == before)
        out->program = program_new(&c->arena, &c->ds, m);
    return out->program != NULL;
}

static bool load_config(struct cli *c, struct str file, const struct synth_options *o,
                        struct machine_file *out, bool *usage)
{
    struct project pr;
    struct str config;
    out->root = o->root;
    if (!cli_find_root(c, file, &out->root, &config))
        return false;
    if (!synth_project(c, &pr, out->root, o)) {
        *usage = true;
        return false;
    }
    const struct plan *p = synth_plan(&pr, config);
    if (!p)
        return false;
    if (!p->machine) {
        diag_error(&c->ds, "no-steps", NOWHERE, "'%.*s' has no steps to run", STR(config));
        return false;
    }
    struct buf text;
    buf_init(&text, 0);
    emit_asl(p, &text);
    struct str name = arena_printf(&c->arena, "%.*s.asl.json", STR(p->pipeline->id));
    const struct source *src = source_make(&c->arena, name, arena_str(&c->arena, buf_str(&text)));
    buf_done(&text);
    out->name = p->pipeline->id;
    out->input = p->pipeline->input.node;
    return ready(c, src, out);
}

/* A bare word is a pipeline's name: says which there are. */
static void report_unknown(struct cli *c, struct str name)
{
    static const struct str EXT = { ".yaml", 5 };
    struct names files = { 0 };
    struct diag *d = diag_error(&c->ds, "unknown-pipeline", NOWHERE,
                                "'%.*s' is neither a file nor a pipeline in configs/", STR(name));
    if (!file_is_dir((struct str){ 0 }, S("configs")) ||
        !file_list(&c->arena, &c->ds, NOWHERE, (struct str){ 0 }, S("configs"), &files))
        return;
    size_t n = 0;
    for (size_t i = 0; i < files.all.n; i++)
        if (str_ends(files.all.p[i], EXT))
            files.all.p[n++] = str_sub(files.all.p[i], 0, files.all.p[i].n - EXT.n);
    diag_suggest(d, name, files.all.p, n);
}

bool machine_load(struct cli *c, struct str file, const struct synth_options *o,
                  struct machine_file *out, bool *usage)
{
    *out = (struct machine_file){ .name = bare_name(file) };
    *usage = false;
    if (!is_file(c, file)) {
        struct str config = arena_printf(&c->arena, "configs/%.*s.yaml", STR(file));
        if (is_file(c, config))
            file = config;
        else if (!memchr(file.p, '.', file.n) && !memchr(file.p, '/', file.n)) {
            report_unknown(c, file);
            return false;
        }
    }
    if (!str_ends(file, S(".json")))
        return load_config(c, file, o, out, usage);
    return ready(c, source_read(&c->arena, &c->ds, NOWHERE, (struct str){ 0 }, file), out);
}

struct node *machine_json(struct cli *c, struct str text)
{
    struct str trimmed = str_trim(text);
    bool written =
        trimmed.n && (memchr("{[\"-0123456789", trimmed.p[0], 14) || str_eq(trimmed, S("null")) ||
                      str_eq(trimmed, S("true")) || str_eq(trimmed, S("false")));
    const struct source *src =
        written ? source_make(&c->arena, S("--input"), text)
                : source_read(&c->arena, &c->ds, NOWHERE, (struct str){ 0 }, text);
    return src ? json_read_node(&c->arena, &c->ds, src) : NULL;
}

struct node *machine_document(struct cli *c, struct str file)
{
    struct yaml_files files = { .root = { 0 } };
    const struct yaml_options options = { .load = yaml_load_file, .context = &files };
    struct source *src = source_read(&c->arena, &c->ds, NOWHERE, (struct str){ 0 }, file);
    return src ? yaml_read(&c->arena, &c->ds, src, &options) : NULL;
}
