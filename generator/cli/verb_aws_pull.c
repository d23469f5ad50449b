/* `stepwright pull`, `stepwright push`: images between registries and this machine. */
#include "cli/network.h"
#include "deploy/image.h"

#include <stdio.h>

static bool open_registry(struct cli *c, struct registry *r, struct registry_settings *settings,
                          struct str text)
{
    struct registry_name name;
    *r = (struct registry){ 0 };
    return registry_name_parse(&c->arena, &c->ds, text, &name) &&
           registry_open(r, &c->arena, &c->ds, settings, &name);
}

int verb_aws_pull(struct cli *c, int argc, char **argv)
{
    struct aws_environment env = aws_environment_process();
    struct registry_settings settings = { .aws = { .env = &env } };
    struct texts args = { 0 }, platforms = { 0 };
    struct image_platforms wanted = { 0 };
    struct str out = { 0 };
    const struct option options[] = {
        { "--out", OPTION_TEXT, &out, true },
        { "--platform", OPTION_LIST, &platforms, false },
        { "--profile", OPTION_TEXT, &settings.aws.profile, false },
    };
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    if (args.all.n != 1)
        return cli_usage(c, "expected the name of an image");
    for (size_t i = 0; i < platforms.all.n; i++)
        vec_push(&c->arena, &wanted.all, platforms.all.p[i]);
    struct registry r;
    if (open_registry(c, &r, &settings, args.all.p[0]))
        image_pull(&r, &wanted, out);
    registry_close(&r);
    return cli_finish(c);
}

int verb_aws_push(struct cli *c, int argc, char **argv)
{
    struct aws_environment env = aws_environment_process();
    struct registry_settings settings = { .aws = { .env = &env } };
    struct texts args = { 0 };
    struct str mount_from = { 0 };
    const struct option options[] = {
        { "--mount-from", OPTION_TEXT, &mount_from, false },
        { "--profile", OPTION_TEXT, &settings.aws.profile, false },
    };
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    if (args.all.n != 2)
        return cli_usage(c, "expected an image layout and the name that the image is to have");
    struct registry r;
    struct image_sent sent;
    bool ok = open_registry(c, &r, &settings, args.all.p[1]);
    r.mount_from = mount_from;
    if (ok && image_push(&r, args.all.p[0], &sent) && !c->json) {
        if (sent.there)
            printf("%.*s is there already\n", STR(args.all.p[1]));
        else
            printf("%.*s: %zu of %zu blobs sent, %zu mounted\n", STR(args.all.p[1]), sent.sent,
                   sent.blobs, sent.mounted);
    }
    registry_close(&r);
    return cli_finish(c);
}
