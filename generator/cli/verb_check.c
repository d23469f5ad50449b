#include "asl/asl.h"
#include "base/path.h"
#include "check/check.h"
#include "cli/synth.h"

static bool check_config(struct cli *c, struct str file, const struct synth_options *o)
{
    struct project pr;
    struct str root = o->root, config;
    if (!cli_find_root(c, file, &root, &config))
        return true;
    if (!synth_project(c, &pr, root, o))
        return false;
    struct plan *p = synth_plan(&pr, config);
    if (p)
        check_permissions(p);
    return true;
}

/* A bare state machine: whoever wrote it, with ${Placeholders} where deployment fills them in. */
static void check_machine(struct cli *c, struct str file)
{
    static const struct span NOWHERE;
    const struct asl_options options = { .placeholders = true };
    struct source *src = source_read(&c->arena, &c->ds, NOWHERE, (struct str){ 0 }, file);
    if (src)
        asl_check(&c->arena, &c->ds, src, &options);
}

int verb_check(struct cli *c, int argc, char **argv)
{
    struct synth_options o = { .stage = S("dev") };
    struct texts files = { 0 };
    const struct option options[] = { { "--stage", OPTION_TEXT, &o.stage, false },
                                      SYNTH_OPTIONS(o) };
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &files))
        return EXIT_USAGE;
    if (!files.all.n)
        return cli_usage(c, "expected a config");
    for (size_t i = 0; i < files.all.n; i++) {
        struct str name = path_base(files.all.p[i]);
        if (str_eq(name, S("stages.yaml")) || str_eq(name, S("variables.yaml")))
            continue; /* read along with every config */
        if (str_ends(name, S(".asl.json")))
            check_machine(c, files.all.p[i]);
        else if (!check_config(c, files.all.p[i], &o))
            return EXIT_USAGE;
    }
    return cli_finish(c);
}
