#include "cli/cli.h"

#include "base/num.h"
#include "base/path.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int cli_usage(struct cli *c, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    struct str text = arena_vprintf(&c->arena, fmt, args);
    va_end(args);
    fprintf(stderr, "stepwright %s: %.*s\nusage: stepwright %s %s\n", c->verb->name, STR(text),
            c->verb->name, c->verb->usage);
    return EXIT_USAGE;
}

int cli_main(const struct verb *v, struct engines (*engines)(struct arena *a, struct diags *ds),
             int argc, char **argv)
{
    if (argc && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)) {
        printf("usage: stepwright %s %s\n         [--format=json]\n  %s\n", v->name, v->usage,
               v->summary);
        return EXIT_GOOD;
    }
    struct cli c = { .verb = v };
    diags_init(&c.ds, &c.arena);
    if (engines)
        c.engines = engines(&c.arena, &c.ds);
    int code = c.ds.errors ? cli_finish(&c) : v->run(&c, argc, argv);
    arena_done(&c.arena);
    if (fflush(stdout) != 0) {
        fprintf(stderr, "stepwright: cannot write to standard output\n");
        return EXIT_WORLD;
    }
    return code;
}

static const struct option *find_option(const struct option *options, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(str_from(options[i].name), name))
            return &options[i];
    return NULL;
}

static bool unknown_option(struct cli *c, const struct option *options, size_t n, struct str name)
{
    struct str *names = arena_make_n(&c->arena, struct str, n);
    for (size_t i = 0; i < n; i++)
        names[i] = str_from(options[i].name);
    size_t near = diag_nearest(name, names, n);
    if (near == SIZE_MAX)
        cli_usage(c, "unknown option '%.*s'", STR(name));
    else
        cli_usage(c, "unknown option '%.*s'; did you mean '%.*s'?", STR(name), STR(names[near]));
    return false;
}

static bool store(struct cli *c, const struct option *o, struct str value)
{
    switch (o->kind) {
    case OPTION_FLAG:
        *(bool *)o->to = true;
        return true;
    case OPTION_TEXT:
        *(struct str *)o->to = value;
        return true;
    case OPTION_LIST:
        vec_push(&c->arena, &((struct texts *)o->to)->all, value);
        return true;
    case OPTION_INT:
        if (num_get_int(value, o->to))
            return true;
        cli_usage(c, "%s takes a number, not '%.*s'", o->name, STR(value));
        return false;
    }
    return false;
}

static bool take_format(struct cli *c, struct str value)
{
    c->json = str_eq(value, S("json"));
    if (c->json || str_eq(value, S("text")))
        return true;
    cli_usage(c, "--format is '%.*s'; expected text or json", STR(value));
    return false;
}

static bool check_required(struct cli *c, const struct option *options, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (options[i].required && options[i].kind == OPTION_TEXT &&
            !((struct str *)options[i].to)->n) {
            cli_usage(c, "%s is missing", options[i].name);
            return false;
        }
    return true;
}

/* Which of two values was meant, nobody can know. A flag may stand twice. */
static bool is_repeated(struct cli *c, struct str name, const struct option *o, bool *seen)
{
    bool one = !o || o->kind == OPTION_TEXT || o->kind == OPTION_INT;
    if (one && *seen)
        cli_usage(c, "%.*s is given twice", STR(name));
    bool repeated = one && *seen;
    *seen = true;
    return repeated;
}

/* Two names of one option, as --out and -o, share where they store. */
static size_t first_of(const struct option *options, const struct option *o)
{
    size_t i = 0;
    while (options[i].to != o->to)
        i++;
    return i;
}

/* "--name value", "--name=value" and, for one-letter options, "-Dvalue". */
bool cli_options(struct cli *c, int argc, char **argv, const struct option *options, size_t n,
                 struct texts *args)
{
    bool only_args = false, *seen = arena_make_n(&c->arena, bool, n + 1);
    for (int i = 0; i < argc; i++) {
        struct str arg = str_from(argv[i]), value = { 0 };
        if (only_args || arg.n < 2 || arg.p[0] != '-') {
            vec_push(&c->arena, &args->all, arg);
            continue;
        }
        if (str_eq(arg, S("--"))) {
            only_args = true;
            continue;
        }
        bool is_short = arg.p[1] != '-';
        size_t cut = is_short ? 2 : str_find_char(arg, '=', 0);
        bool has_value = cut != SIZE_MAX && cut < arg.n;
        struct str name = has_value ? str_sub(arg, 0, cut) : arg;
        if (has_value)
            value = str_sub(arg, cut + !is_short, arg.n);
        bool format = str_eq(name, S("--format"));
        const struct option *o = find_option(options, n, name);
        if (!o && !format)
            return unknown_option(c, options, n, name);
        if (is_repeated(c, name, o, &seen[o ? first_of(options, o) : n]))
            return false;
        if (!format && o->kind == OPTION_FLAG && has_value) {
            cli_usage(c, "%s takes no value", o->name);
            return false;
        }
        if (!has_value && (format || o->kind != OPTION_FLAG)) {
            if (i + 1 == argc || find_option(options, n, str_from(argv[i + 1]))) {
                cli_usage(c, "%.*s needs a value", STR(name));
                return false;
            }
            value = str_from(argv[++i]);
        }
        if (format ? !take_format(c, value) : !store(c, o, value))
            return false;
    }
    return check_required(c, options, n);
}

static bool wants_colour(void)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(STDERR_FILENO) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

int cli_finish(struct cli *c)
{
    struct buf out;
    buf_init(&out, 0);
    int code = diags_exit(&c->ds);
    if (c->json) {
        diags_print_json(&c->ds, &out);
        fwrite(out.p, 1, out.n, stdout);
    } else if (c->ds.all.n) {
        diags_print(&c->ds, &out, wants_colour());
        fwrite(out.p, 1, out.n, stderr);
    }
    buf_done(&out);
    return code;
}

int cli_finish_beside(struct cli *c)
{
    c->json = false;
    return cli_finish(c);
}

bool cli_find_root(struct cli *c, struct str config, struct str *root, struct str *relative)
{
    static const struct span NOWHERE;
    struct arena *a = &c->arena;
    struct str full = path_absolute(a, config);
    if (root->n)
        *root = path_absolute(a, *root);
    else
        *root = path_find_root(a, path_dir(full));
    if (!root->n)
        *root = path_dir(full); /* a lone file: its own folder is the project */
    *relative = path_relative(a, *root, full);
    if (!path_escapes(*relative))
        return true;
    struct diag *d =
        diag_error(&c->ds, "outside-project", NOWHERE, "'%.*s' lies outside of the project '%.*s'",
                   STR(config), STR(*root));
    diag_help(d, "--root names the project's folder");
    return false;
}

struct str cli_config_of(struct cli *c, struct str pipeline)
{
    if (str_ends(pipeline, S(".yaml")) || str_find_char(pipeline, '/', 0) != SIZE_MAX)
        return pipeline;
    return arena_printf(&c->arena, "configs/%.*s.yaml", STR(pipeline));
}
