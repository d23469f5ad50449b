#include "pack/resolve_python.h"

#include "base/num.h"
#include "base/path.h"
#include "pack/command.h"
#include "pack/normalise.h"

#include <stdlib.h>
#include <unistd.h>

static const struct span NOWHERE;

struct gathering {
    struct arena *arena;
    struct diags *diags;
    const struct resolve_options *options;
};

/* "3.12" of "python3.12"; empty after a diagnostic. */
static struct str python_version(struct gathering *g)
{
    struct str runtime = g->options->runtime;
    if (runtime.n == 0)
        diag_help(diag_error(g->diags, "no-runtime", NOWHERE,
                             "'%.*s' has a requirements.txt, but the layer has no runtime",
                             STR(g->options->dir)),
                  "say for which: runtime: python3.12");
    else if (!str_starts(runtime, S("python3.")))
        diag_error(g->diags, "bad-runtime", NOWHERE,
                   "'%.*s' has a requirements.txt, but its runtime is '%.*s'", STR(g->options->dir),
                   STR(runtime));
    else
        return str_sub(runtime, 6, runtime.n);
    return (struct str){ 0 };
}

static struct str processor(const struct gathering *g)
{
    return str_eq(g->options->architecture, S("arm64")) ? S("aarch64") : S("x86_64");
}

/* Amazon Linux 2023, with glibc 2.34, against 2, with 2.26. Source: AWS Lambda developer guide,
 * "Lambda runtimes". */
static bool is_al2023(struct str version)
{
    int64_t minor = 0;
    num_get_int(str_sub(version, 2, version.n), &minor);
    return minor >= 12;
}

static void add_words(struct gathering *g, struct command *c, const struct str *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        command_add(g->arena, c, words[i]);
}

/* pip takes all platforms that will do, in the notation of wheels. Source: PEP 600. */
static void ask_pip(struct gathering *g, struct command *c, struct str version, struct str target)
{
    static const char *const AL2[] = { "manylinux_2_26", "manylinux_2_24", "manylinux2014", NULL };
    static const char *const AL2023[] = { "manylinux_2_34", "manylinux_2_28", "manylinux2014",
                                          NULL };
    struct str python = g->options->python;
    const struct str words[] = {
        python.n ? python : S("python3"),
        S("-m"),
        S("pip"),
        S("install"),
        S("--quiet"),
        S("--disable-pip-version-check"),
        S("--no-input"),
        S("--no-compile"),
        S("--no-warn-script-location"),
        S("--only-binary=:all:"),
        S("--implementation"),
        S("cp"),
        S("--python-version"),
        version,
        S("--target"),
        target,
        S("--requirement"),
        S("requirements.txt"),
    };
    add_words(g, c, words, sizeof words / sizeof *words);
    for (const char *const *p = is_al2023(version) ? AL2023 : AL2; *p; p++) {
        command_add(g->arena, c, S("--platform"));
        command_add(g->arena, c, arena_printf(g->arena, "%s_%.*s", *p, STR(processor(g))));
    }
    command_set(g->arena, c, "PYTHONDONTWRITEBYTECODE", S("1"));
}

/* uv takes one platform, the newest C library that will do, and means older ones as well; it knows
 * 2.17 and 2.28 in all its versions. Source: uv, "uv pip install --python-platform". */
static void ask_uv(struct gathering *g, struct command *c, struct str version, struct str target)
{
    const char *libc = is_al2023(version) ? "manylinux_2_28" : "manylinux2014";
    const struct str words[] = {
        S("uv"),
        S("pip"),
        S("install"),
        S("--quiet"),
        S("--no-compile-bytecode"),
        S("--only-binary"),
        S(":all:"),
        S("--link-mode"),
        S("copy"),
        S("--python-version"),
        version,
        S("--python-platform"),
        arena_printf(g->arena, "%.*s-%s", STR(processor(g)), libc),
        S("--target"),
        target,
        S("--requirement"),
        S("requirements.txt"),
    };
    add_words(g, c, words, sizeof words / sizeof *words);
    command_set(g->arena, c, "UV_NO_PROGRESS", S("1"));
}

/* uv is faster, and knows nothing of how pip was told to find packages: where somebody did, pip it
 * is. STEPWRIGHT_UV says otherwise: "on" or "off". */
static bool wants_uv(const struct gathering *g)
{
    static const char *const OF_PIP[] = { "PIP_INDEX_URL",  "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX",
                                          "PIP_FIND_LINKS", "PIP_CONFIG_FILE",     "PIP_CERT" };
    struct str own = str_from(getenv("STEPWRIGHT_UV"));
    if (own.n)
        return str_eq(own, S("on"));
    for (size_t i = 0; i < sizeof OF_PIP / sizeof *OF_PIP; i++)
        if (getenv(OF_PIP[i]))
            return false;
    struct str home = str_from(getenv("HOME"));
    const struct str files[] = { S("/etc/pip.conf"),
                                 path_join(g->arena, home, S(".config/pip/pip.conf")),
                                 path_join(g->arena, home, S(".pip/pip.conf")) };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (access(files[i].p, F_OK) == 0)
            return false;
    return g->options->python.n == 0 && command_exists("uv");
}

bool resolve_python(struct arena *a, struct diags *ds, const struct resolve_options *options,
                    struct str work)
{
    struct gathering g = { a, ds, options };
    struct command c = { .dir = options->dir };
    struct str version = python_version(&g);
    if (version.n == 0)
        return false;
    struct str target = path_join(a, path_absolute(a, work), S("python"));
    if (wants_uv(&g))
        ask_uv(&g, &c, version, target);
    else
        ask_pip(&g, &c, version, target);
    struct str what =
        arena_printf(a, "install what '%.*s/requirements.txt' requires", STR(options->dir));
    return command_run(a, ds, &c, what) && normalise_python(a, ds, target);
}
