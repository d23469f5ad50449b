/* schema, docs, explain: the field tables for editors, for readers, for the curious. */
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

int verb_explain(struct cli *c, int argc, char **argv)
{
    struct texts args = { 0 };
    if (argc && strcmp(argv[0], "variable") == 0)
        return explain_variable(c, argc - 1, argv + 1);
    if (!cli_options(c, argc, argv, NULL, 0, &args))
        return EXIT_USAGE;
    if (args.all.n != 1)
        return cli_usage(c, "expected one topic");
    struct str topic = args.all.p[0], near;
    struct buf text;
    buf_init(&text, 0);
    if (reference_explain(&c->engines, topic, &text, &near)) {
        fwrite(text.p, 1, text.n, stdout);
    } else {
        static const struct span NOWHERE;
        struct diag *d =
            diag_error(&c->ds, "unknown-topic", NOWHERE, "nothing is called '%.*s'", STR(topic));
        if (near.n)
            diag_help(d, "did you mean '%.*s'?", STR(near));
        else
            diag_help(d, "for example lambda_function, lambda_function.timeout, step.retry");
    }
    buf_done(&text);
    return cli_finish(c);
}
