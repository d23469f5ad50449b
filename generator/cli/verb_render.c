#include "cli/synth.h"

#include <stdio.h>

/* "configs/x.yaml:12" of a byte, through templates and includes. */
static struct str origin(struct cli *c, const struct source *src, size_t at)
{
    struct span s = span_origin((struct span){ src, (uint32_t)at, 1 }, NULL);
    if (!s.src)
        return S("");
    return arena_printf(&c->arena, "%.*s:%zu", STR(s.src->path), source_position(s.src, s.at).line);
}

/* Each line behind the place it was written at. */
static void print_mapped(struct cli *c, const struct source *text)
{
    size_t width = 0, lines = text->nlines;
    if (lines && text->lines[lines - 1] == text->text.n)
        lines--; /* nothing stands behind the last line end */
    struct str *places = arena_make_n(&c->arena, struct str, lines);
    for (size_t i = 0; i < lines; i++) {
        struct str line = source_line(text, i + 1);
        size_t lead = 0;
        while (lead < line.n && line.p[lead] == ' ')
            lead++;
        places[i] = origin(c, text, text->lines[i] + (lead < line.n ? lead : 0));
        if (places[i].n > width)
            width = places[i].n;
    }
    for (size_t i = 0; i < lines; i++) {
        struct str line = source_line(text, i + 1);
        printf("%-*.*s | ", (int)width, STR(places[i]));
        fwrite(line.p, 1, line.n, stdout);
        putchar('\n');
    }
}

int verb_render(struct cli *c, int argc, char **argv)
{
    struct synth_options o = { .stage = S("dev") };
    struct texts args = { 0 };
    bool map = false;
    const struct option options[] = { { "--stage", OPTION_TEXT, &o.stage, false },
                                      { "--map", OPTION_FLAG, &map, false },
                                      SYNTH_OPTIONS(o) };
    struct project pr;
    struct str config;
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    if (args.all.n != 1)
        return cli_usage(c, "expected one config");
    if (!cli_find_root(c, args.all.p[0], &o.root, &config))
        return cli_finish(c);
    if (!synth_project(c, &pr, o.root, &o))
        return EXIT_USAGE;
    const struct source *text = project_render(&pr, config);
    if (text && map)
        print_mapped(c, text);
    else if (text)
        fwrite(text->text.p, 1, text->text.n, stdout);
    return cli_finish(c);
}
