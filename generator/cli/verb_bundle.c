#include "base/file.h"
#include "base/num.h"
#include "base/path.h"
#include "cli/cli.h"
#include "pack/bundle.h"
#include "pack/cache.h"
#include "pack/deflate.h"
#include "pack/resolve.h"

static bool in_range(struct cli *c, const char *name, int64_t value, int64_t low, int64_t high)
{
    if (value >= low && value <= high)
        return true;
    cli_usage(c, "%s is %lld; expected %lld to %lld", name, (long long)value, (long long)low,
              (long long)high);
    return false;
}

/* "fast", "default", "small" or a number; -1 for anything else. */
static int64_t parse_level(struct str text)
{
    int64_t level;
    if (str_eq(text, S("fast")))
        return BUNDLE_LEVEL_FAST;
    if (str_eq(text, S("default")) || text.n == 0)
        return BUNDLE_LEVEL;
    if (str_eq(text, S("small")))
        return DEFLATE_MAX_LEVEL;
    return num_get_int(text, &level) && level >= 0 && level <= DEFLATE_MAX_LEVEL ? level : -1;
}

int verb_bundle(struct cli *c, int argc, char **argv)
{
    struct bundle_options b = { .level = BUNDLE_LEVEL };
    int64_t threads = 0, limit = 0;
    struct texts args = { 0 };
    struct str layer = { 0 }, level_text = { 0 };
    const struct str nowhere = { 0 };
    const struct option options[] = {
        { "--out", OPTION_TEXT, &b.out, true },
        { "-o", OPTION_TEXT, &b.out, false },
        { "--depfile", OPTION_TEXT, &b.depfile, false },
        { "--depfile-target", OPTION_TEXT, &b.depfile_target, false },
        { "--executable", OPTION_TEXT, &b.executable, false },
        { "--prefix", OPTION_TEXT, &b.prefix, false },
        { "--with", OPTION_TEXT, &b.with, false },
        { "--layer", OPTION_TEXT, &layer, false },
        { "--level", OPTION_TEXT, &level_text, false },
        { "--threads", OPTION_INT, &threads, false },
        { "--limit", OPTION_INT, &limit, false },
    };
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    if (args.all.n != 1)
        return cli_usage(c, "expected one folder, or one file to copy");
    int64_t level = parse_level(level_text);
    if (level < 0)
        return cli_usage(c, "--level is '%.*s'; expected fast, default, small or 0 to %d",
                         STR(level_text), DEFLATE_MAX_LEVEL);
    if (!in_range(c, "--threads", threads, 0, 1024) || !in_range(c, "--limit", limit, 0, INT64_MAX))
        return EXIT_USAGE;
    b.dir = args.all.p[0];
    if (layer.n)
        b.prefix = resolve_prefix(&c->arena, b.dir, layer);
    struct str prefix = path_clean(&c->arena, b.prefix);
    if (path_escapes(prefix))
        return cli_usage(c, "--prefix is '%.*s'; expected a path in the zip", STR(b.prefix));
    b.prefix = str_eq(prefix, S(".")) ? S("") : prefix;
    b.cache = cache_folder(&c->arena);
    b.level = (int)level;
    b.threads = (unsigned)threads;
    b.limit = (uint64_t)limit;
    struct bundle_result result;
    bool file = file_exists(nowhere, b.dir) && !file_is_dir(nowhere, b.dir);
    if (file && b.executable.n)
        return cli_usage(c, "--executable is for folders");
    (file ? bundle_copy : bundle_make)(&c->arena, &c->ds, &b, &result);
    return cli_finish(c);
}
