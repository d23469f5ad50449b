/* What a config's template sees, and where it comes from. */
#include "base/json_write.h"
#include "base/path.h"
#include "cli/synth.h"

#include <stdio.h>

/* "configs/stages.yaml:3", or why alone where nobody wrote it. */
static struct str place(struct cli *c, const struct setting *s)
{
    struct span at = span_origin(s->value->span, NULL);
    if (!at.src)
        return str_from(s->why);
    return arena_printf(&c->arena, "%.*s:%zu (%s)", STR(at.src->path),
                        source_position(at.src, at.at).line, s->why);
}

/* Options are set twice, so that files see them and so that they win; once is enough to read. */
static bool is_repeated(const struct variables *v, size_t i)
{
    const struct setting *s = &v->history.p[i];
    for (size_t j = i + 1; j < v->history.n; j++)
        if (str_eq(s->name, v->history.p[j].name) && str_eq(str_from(s->why), S("-D")) &&
            str_eq(str_from(v->history.p[j].why), S("-D")))
            return true;
    return false;
}

/* The setting that holds: the last of its name. */
static bool holds(const struct variables *v, size_t i)
{
    for (size_t j = i + 1; j < v->history.n; j++)
        if (str_eq(v->history.p[i].name, v->history.p[j].name))
            return false;
    return true;
}

static void print_all(struct cli *c, const struct variables *v)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, 0);
    json_writer_init(&w, &out, 2);
    json_begin_map(&w);
    for (size_t i = 0; i < v->history.n; i++) {
        if (!holds(v, i))
            continue;
        if (c->json) {
            json_key(&w, v->history.p[i].name);
            json_node(&w, v->history.p[i].value);
        } else {
            printf("%-24.*s %-32.*s %.*s\n", STR(v->history.p[i].name),
                   STR(json_node_text(&c->arena, v->history.p[i].value)),
                   STR(place(c, &v->history.p[i])));
        }
    }
    json_end_map(&w);
    if (c->json)
        printf("%.*s\n", STR(buf_str(&out)));
    buf_done(&out);
}

/* Errors are reported as ever; JSON output is the variables, not the diagnostics. */
static int finish(struct cli *c)
{
    c->json = false;
    return cli_finish(c);
}

static bool load(struct cli *c, struct synth_options *o, struct str file, struct variables *v,
                 int *code)
{
    struct project pr;
    struct str config;
    *code = EXIT_USAGE;
    variables_init(v, &c->arena);
    if (!cli_find_root(c, file, &o->root, &config)) {
        *code = finish(c);
        return false;
    }
    if (!synth_project(c, &pr, o->root, o))
        return false;
    variables_done(v);
    if (project_variables(&pr, config, v))
        return true;
    *code = finish(c);
    return false;
}

int verb_variables(struct cli *c, int argc, char **argv)
{
    struct synth_options o = { .stage = S("dev") };
    struct texts args = { 0 };
    const struct option options[] = { { "--stage", OPTION_TEXT, &o.stage, false },
                                      SYNTH_OPTIONS(o) };
    struct variables v;
    int code;
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    if (args.all.n != 1)
        return cli_usage(c, "expected one config");
    if (load(c, &o, args.all.p[0], &v, &code)) {
        print_all(c, &v);
        code = finish(c);
    }
    variables_done(&v);
    return code;
}

static void print_history(struct cli *c, const struct variables *v, struct str name)
{
    for (size_t i = 0; i < v->history.n; i++)
        if (str_eq(v->history.p[i].name, name) && holds(v, i))
            printf("%.*s = %.*s\n", STR(name),
                   STR(json_node_text(&c->arena, v->history.p[i].value)));
    for (size_t i = v->history.n; i-- > 0;)
        if (str_eq(v->history.p[i].name, name) && !is_repeated(v, i))
            printf("  %s %.*s: %.*s\n", holds(v, i) ? "set at      " : "overridden at",
                   STR(place(c, &v->history.p[i])),
                   STR(json_node_text(&c->arena, v->history.p[i].value)));
}

static bool is_known(const struct variables *v, struct str name)
{
    for (size_t i = 0; i < v->history.n; i++)
        if (str_eq(v->history.p[i].name, name))
            return true;
    return false;
}

int explain_variable(struct cli *c, int argc, char **argv)
{
    static const struct span NOWHERE;
    struct synth_options o = { .stage = S("dev") };
    struct str pipeline = { 0 };
    struct texts args = { 0 };
    const struct option options[] = { { "--pipeline", OPTION_TEXT, &pipeline, true },
                                      { "--stage", OPTION_TEXT, &o.stage, false },
                                      SYNTH_OPTIONS(o) };
    struct variables v;
    int code;
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    if (args.all.n != 1)
        return cli_usage(c, "expected one variable");
    if (o.root.n)
        pipeline = path_join(&c->arena, o.root, cli_config_of(c, pipeline));
    if (load(c, &o, cli_config_of(c, pipeline), &v, &code)) {
        struct str name = args.all.p[0];
        if (is_known(&v, name)) {
            print_history(c, &v, name);
        } else {
            struct str *names = arena_make_n(&c->arena, struct str, v.history.n);
            for (size_t i = 0; i < v.history.n; i++)
                names[i] = v.history.p[i].name;
            diag_suggest(diag_error(&c->ds, "undefined-variable", NOWHERE,
                                    "'%.*s' sees no variable '%.*s' at stage '%.*s'", STR(pipeline),
                                    STR(name), STR(o.stage)),
                         name, names, v.history.n);
        }
        code = finish(c);
    }
    variables_done(&v);
    return code;
}
