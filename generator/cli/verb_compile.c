#include "base/path.h"
#include "cli/synth.h"
#include "emit/emit.h"
#include "emit/svg.h"

struct output_set {
    struct buf asl, unlinked, iam, assets, svg;
};

static void make_all(const struct plan *p, struct output_set *o)
{
    buf_init(&o->asl, 0);
    buf_init(&o->unlinked, 0);
    buf_init(&o->iam, 0);
    buf_init(&o->assets, 0);
    buf_init(&o->svg, 0);
    if (p->machine)
        emit_asl(p, &o->asl);
    emit_template(p, buf_str(&o->asl), &o->unlinked);
    emit_iam(p, &o->iam);
    emit_assets(p, &o->assets);
    if (p->machine)
        emit_svg(p, &o->svg);
}

static void drop_all(struct output_set *o)
{
    buf_done(&o->asl);
    buf_done(&o->unlinked);
    buf_done(&o->iam);
    buf_done(&o->assets);
    buf_done(&o->svg);
}

static bool write_one(struct cli *c, struct str base, const char *suffix, const struct buf *b)
{
    struct str path = arena_printf(&c->arena, "%.*s.%s", STR(base), suffix);
    return file_write(&c->ds, path, buf_str(b)) != WRITE_FAILED;
}

static bool write_texts(struct cli *c, struct str base, const struct plan *p)
{
    bool good = true;
    for (size_t i = 0; i < p->texts.n && good; i++) {
        const struct text_asset *t = &p->texts.p[i];
        struct str path = arena_printf(&c->arena, "%.*s.%.*s", STR(base), STR(t->suffix));
        good = file_write(&c->ds, path, t->text) != WRITE_FAILED;
    }
    return good;
}

/* The template comes last: whoever sees a new one finds the others beside it. A pipeline without
 * steps has an empty state machine and picture, so that a build finds every file it expects. */
static bool write_all(struct cli *c, struct str base, const struct output_set *o,
                      const struct reads *reads, struct str depfile)
{
    return write_one(c, base, "asl.json", &o->asl) && write_one(c, base, "svg", &o->svg) &&
           write_one(c, base, "iam.json", &o->iam) &&
           write_one(c, base, "assets.json", &o->assets) &&
           (!depfile.n ||
            depfile_write(&c->ds, reads, depfile,
                          arena_printf(&c->arena, "%.*s.unlinked.json", STR(base)))) &&
           write_one(c, base, "unlinked.json", &o->unlinked);
}

struct request {
    struct synth_options synth;
    struct str out, depfile;
};

static bool compile_one(struct cli *c, const struct request *r, struct str file)
{
    struct project pr;
    struct str root = r->synth.root, config;
    if (!cli_find_root(c, file, &root, &config))
        return true;
    if (!synth_project(c, &pr, root, &r->synth))
        return false;
    const struct plan *p = synth_plan(&pr, config);
    if (!p)
        return true;
    struct output_set o;
    struct str base = path_join(&c->arena, r->out, p->pipeline->id);
    make_all(p, &o);
    if (write_texts(c, base, p))
        write_all(c, base, &o, &pr.reads, r->depfile);
    drop_all(&o);
    return true;
}

int verb_compile(struct cli *c, int argc, char **argv)
{
    struct request r = { 0 };
    struct texts args = { 0 };
    const struct option options[] = {
        { "--stage", OPTION_TEXT, &r.synth.stage, true },
        { "--out", OPTION_TEXT, &r.out, true },
        { "--depfile", OPTION_TEXT, &r.depfile, false },
        SYNTH_OPTIONS(r.synth),
    };
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    if (!args.all.n)
        return cli_usage(c, "expected a config");
    if (r.depfile.n && args.all.n > 1)
        return cli_usage(c, "--depfile is for one config");
    for (size_t i = 0; i < args.all.n; i++) {
        struct arena_mark mark = arena_mark(&c->arena);
        if (!compile_one(c, &r, args.all.p[i]))
            return EXIT_USAGE;
        if (!c->ds.all.n) /* diagnostics point into what would be released */
            arena_reset(&c->arena, mark);
    }
    return cli_finish(c);
}
