/* What a build has made, as a table: pipelines × stages. */
#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>

static const struct span NOWHERE;

static int64_t number_at(const struct node *map, const char *key)
{
    const struct node *n = node_get(map, str_from(key));
    return n && n->kind == NODE_INT ? n->integer : 0;
}

static struct str text_at(const struct node *map, const char *key)
{
    const struct node *n = node_get(map, str_from(key));
    return n && n->kind == NODE_STR ? n->str : (struct str){ 0 };
}

static void print_row(const struct node *m)
{
    const struct node *counts = node_get(m, S("counts")), *uploads = node_get(m, S("uploads"));
    int64_t bytes = number_at(node_get(m, S("template")), "bytes");
    size_t n = uploads && uploads->kind == NODE_SEQ ? uploads->seq.n : 0;
    for (size_t i = 0; i < n; i++)
        bytes += number_at(uploads->seq.items[i], "bytes");
    printf("%-24.*s %-8.*s %7" PRId64 " %10" PRId64 " %11" PRId64 " %8zu %12" PRId64 "\n",
           STR(text_at(m, "pipeline")), STR(text_at(m, "stage")), number_at(counts, "states"),
           number_at(counts, "resources"), number_at(counts, "statements"), n, bytes);
}

static size_t print_stage(struct cli *c, struct str out, struct str stage)
{
    struct names names = { 0 };
    struct str dir = path_join(&c->arena, out, stage);
    size_t rows = 0;
    if (!file_list(&c->arena, &c->ds, NOWHERE, (struct str){ 0 }, dir, &names))
        return 0;
    for (size_t i = 0; i < names.all.n; i++) {
        if (!str_ends(names.all.p[i], S(".manifest.json")))
            continue;
        struct source *src = source_read(&c->arena, &c->ds, NOWHERE, (struct str){ 0 },
                                         path_join(&c->arena, dir, names.all.p[i]));
        const struct node *m = src ? json_read_node(&c->arena, &c->ds, src) : NULL;
        if (!m)
            continue;
        print_row(m);
        rows++;
    }
    return rows;
}

int verb_summary(struct cli *c, int argc, char **argv)
{
    struct str out = { 0 };
    struct texts args = { 0 };
    struct names stages = { 0 };
    const struct option options[] = { { "--out", OPTION_TEXT, &out, true } };
    if (!cli_options(c, argc, argv, options, 1, &args))
        return EXIT_USAGE;
    if (args.all.n)
        return cli_usage(c, "unexpected '%.*s'", STR(args.all.p[0]));
    if (!file_list(&c->arena, &c->ds, NOWHERE, (struct str){ 0 }, out, &stages))
        return cli_finish(c);
    printf("%-24s %-8s %7s %10s %11s %8s %12s\n", "pipeline", "stage", "states", "resources",
           "statements", "uploads", "bytes");
    size_t rows = 0;
    for (size_t i = 0; i < stages.all.n; i++)
        if (file_is_dir(out, stages.all.p[i]))
            rows += print_stage(c, out, stages.all.p[i]);
    printf("%zu made in %.*s/<stage>/<pipeline>.*\n", rows, STR(out));
    return cli_finish(c);
}
