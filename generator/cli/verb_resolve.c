#include "cli/cli.h"
#include "pack/cache.h"
#include "pack/resolve.h"

int verb_resolve(struct cli *c, int argc, char **argv)
{
    struct resolve_options r = { 0 };
    struct texts args = { 0 };
    const struct option options[] = {
        { "--out", OPTION_TEXT, &r.out, true },
        { "--record", OPTION_TEXT, &r.record, true },
        { "--depfile", OPTION_TEXT, &r.depfile, false },
        { "--depfile-target", OPTION_TEXT, &r.depfile_target, false },
        { "--runtime", OPTION_TEXT, &r.runtime, false },
        { "--architecture", OPTION_TEXT, &r.architecture, false },
        { "--command", OPTION_TEXT, &r.command, false },
        { "--python", OPTION_TEXT, &r.python, false },
    };
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    if (args.all.n != 1)
        return cli_usage(c, "expected one folder");
    if (r.architecture.n && !str_eq(r.architecture, S("x86_64")) &&
        !str_eq(r.architecture, S("arm64")))
        return cli_usage(c, "--architecture is '%.*s'; expected x86_64 or arm64",
                         STR(r.architecture));
    r.dir = args.all.p[0];
    r.cache = cache_folder(&c->arena);
    resolve_make(&c->arena, &c->ds, &r);
    return cli_finish(c);
}
