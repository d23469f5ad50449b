/* schema, docs: the field tables for editors and for readers. */
#include "base/file.h"
#include "cli/cli.h"
#include "frontend/reference.h"

#include <stdio.h>

/* To the file, or to standard output where none is named. */
static int deliver(struct cli *c, struct str file, const struct buf *text)
{
    if (file.n)
        file_write(&c->ds, file, buf_str(text));
    else
        fwrite(text->p, 1, text->n, stdout);
    return cli_finish(c);
}

static int make(struct cli *c, int argc, char **argv,
                void (*write)(const struct engines *es, struct buf *out))
{
    struct str out = { 0 };
    struct texts args = { 0 };
    const struct option options[] = { { "--out", OPTION_TEXT, &out, false } };
    if (!cli_options(c, argc, argv, options, 1, &args))
        return EXIT_USAGE;
    if (args.all.n)
        return cli_usage(c, "unexpected '%.*s'", STR(args.all.p[0]));
    struct buf text;
    buf_init(&text, 0);
    write(&c->engines, &text);
    int code = deliver(c, out, &text);
    buf_done(&text);
    return code;
}

int verb_schema(struct cli *c, int argc, char **argv)
{
    return make(c, argc, argv, reference_schema);
}

int verb_docs(struct cli *c, int argc, char **argv)
{
    return make(c, argc, argv, reference_pages);
}
