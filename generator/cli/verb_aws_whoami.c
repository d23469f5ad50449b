#include "aws/client.h"
#include "base/json_write.h"
#include "cli/network.h"

#include <stdio.h>

static void print(struct cli *c, struct aws *aws, struct val identity)
{
    struct buf out;
    struct json_writer w;
    const struct {
        const char *key;
        struct str text;
    } rows[] = {
        { "account", aws_text(&c->arena, identity, "Account") },
        { "arn", aws_text(&c->arena, identity, "Arn") },
        { "region", aws_client_region(aws) },
        { "source", str_from(aws_credentials(aws)->source) },
    };
    buf_init(&out, 0);
    json_writer_init(&w, &out, 2);
    json_begin_map(&w);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (c->json)
            json_put_str(&w, rows[i].key, rows[i].text);
        else
            printf("%-8s %.*s\n", rows[i].key, STR(rows[i].text));
    json_end_map(&w);
    if (c->json)
        printf("%.*s\n", STR(buf_str(&out)));
    buf_done(&out);
}

int verb_aws_whoami(struct cli *c, int argc, char **argv)
{
    struct aws_environment env = aws_environment_process();
    struct aws_settings settings = { .env = &env };
    struct texts args = { 0 };
    const struct option options[] = {
        { "--profile", OPTION_TEXT, &settings.profile, false },
        { "--region", OPTION_TEXT, &settings.region, false },
        { "--endpoint-url", OPTION_TEXT, &settings.endpoint_url, false },
    };
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    if (args.all.n)
        return cli_usage(c, "it takes no arguments");
    struct aws *aws = aws_new(&c->arena, &c->ds, &settings);
    struct aws_call call = { .service = &AWS_STS, .operation = S("GetCallerIdentity") };
    bool good = aws && aws_call(aws, &call);
    if (good)
        print(c, aws, call.result.data);
    else if (aws)
        aws_report(aws, &call, "ask who the credentials belong to");
    aws_call_done(&call);
    aws_free(aws);
    return good ? cli_finish_beside(c) : cli_finish(c);
}
