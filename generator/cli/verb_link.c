#include "base/path.h"
#include "cli/cli.h"
#include "emit/link.h"

/* "x/reviews.assets.json" → "reviews" */
static struct str name_of(struct str assets)
{
    struct str base = path_base(assets);
    return str_ends(base, S(".assets.json")) ? str_sub(base, 0, base.n - 12) : path_stem(base);
}

int verb_link(struct cli *c, int argc, char **argv)
{
    struct str bundles = { 0 }, zips = { 0 }, out = { 0 }, depfile = { 0 };
    struct texts args = { 0 };
    const struct option options[] = {
        { "--bundles", OPTION_TEXT, &bundles, true },
        { "--zips", OPTION_TEXT, &zips, false },
        { "--out", OPTION_TEXT, &out, true },
        { "--depfile", OPTION_TEXT, &depfile, false },
    };
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    if (args.all.n != 1)
        return cli_usage(c, "expected one .assets.json");
    struct link_folders folders = { bundles, zips.n ? zips : bundles };
    struct reads reads = { .arena = &c->arena };
    struct str assets = args.all.p[0];
    struct str first = path_join(
        &c->arena, out, arena_printf(&c->arena, "%.*s.template.json", STR(name_of(assets))));
    if (link_pipeline(&c->arena, &c->ds, assets, &folders, out, &reads) && depfile.n)
        depfile_write(&c->ds, &reads, depfile, first);
    return cli_finish(c);
}
