#include "cli/cli.h"

#include "base/json_write.h"
#include "pack/cache.h"
#include "pack/sweep.h"
#include "pack/why.h"

#include <glob.h>
#include <stdio.h>
#include <time.h>

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void put_json(struct buf *out, struct str folder, const struct sweep *s)
{
    const struct {
        struct str key;
        uint64_t value;
    } rows[] = {
        { S("blobs"), s->blobs },     { S("blob_bytes"), s->blob_bytes },
        { S("actions"), s->actions }, { S("indexes"), s->indexes },
        { S("removed"), s->removed }, { S("removed_bytes"), s->removed_bytes },
        { S("damaged"), s->damaged },
    };
    struct json_writer w;
    json_writer_init(&w, out, 2);
    json_begin_map(&w);
    json_key(&w, S("folder"));
    json_str(&w, folder);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_key(&w, rows[i].key);
        json_int(&w, (int64_t)rows[i].value);
    }
    json_end_map(&w);
    buf_putc(out, '\n');
}

static void put_text(struct buf *out, struct str folder, const struct sweep *s)
{
    buf_printf(out, "%.*s\n", STR(folder));
    buf_printf(out, "  %llu bundles, %llu bytes, from %llu builds; %llu indexes\n",
               (unsigned long long)s->blobs, (unsigned long long)s->blob_bytes,
               (unsigned long long)s->actions, (unsigned long long)s->indexes);
    if (s->removed)
        buf_printf(out, "  removed %llu files, %llu bytes\n", (unsigned long long)s->removed,
                   (unsigned long long)s->removed_bytes);
}

static int sweep(struct cli *c, struct str what, struct str folder, uint64_t max_bytes)
{
    struct sweep s;
    struct buf out;
    bool ok = str_eq(what, S("stats")) ? sweep_count(&c->arena, &c->ds, folder, &s)
              : str_eq(what, S("gc"))
                  ? sweep_collect(&c->arena, &c->ds, folder, max_bytes, now_ns(), &s)
                  : sweep_verify(&c->arena, &c->ds, folder, &s);
    if (!ok)
        return cli_finish(c);
    buf_init(&out, 0);
    (c->json ? put_json : put_text)(&out, folder, &s);
    fwrite(out.p, 1, out.n, stdout);
    buf_done(&out);
    c->json = false; /* the diagnostics go to people */
    int status = cli_finish(c);
    return status == EXIT_GOOD && s.damaged ? EXIT_INPUT : status;
}

int verb_cache(struct cli *c, int argc, char **argv)
{
    static const struct str verbs[] = { S_INIT("gc"), S_INIT("stats"), S_INIT("verify") };
    struct texts args = { 0 };
    struct str size = { 0 };
    uint64_t max_bytes = cache_limit();
    const struct option options[] = { { "--max-size", OPTION_TEXT, &size, false } };
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    bool known = false;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs && args.all.n == 1; i++)
        known = known || str_eq(args.all.p[0], verbs[i]);
    if (!known)
        return cli_usage(c, "expected stats, gc or verify");
    if (size.n && !cache_parse_size(size, &max_bytes))
        return cli_usage(c, "--max-size is '%.*s'; expected bytes, or a size like 500M or 2G",
                         STR(size));
    struct str folder = cache_folder(&c->arena);
    if (folder.n == 0)
        return cli_usage(c, "there is no cache: STEPWRIGHT_CACHE is 'off', or HOME is not set");
    return sweep(c, args.all.p[0], folder, max_bytes);
}

static bool tell_why(struct cli *c, struct str zip)
{
    struct str text;
    if (!why_read(&c->arena, cache_folder(&c->arena), zip, &text))
        return false;
    printf("%.*s\n%.*s", STR(zip), STR(text));
    return true;
}

/* Zips of a bundle in the build trees of the working folder; ids may end in a digest. */
static bool tell_why_of_id(struct cli *c, struct str id)
{
    static const char *const PLACES[] = { "", "/level-*" }, *const ENDS[] = { "", "-????????" };
    bool told = false;
    for (size_t i = 0; i < 4; i++) {
        glob_t found;
        struct str pattern = arena_printf(&c->arena, "build/*/pipelines/bundles%s/%.*s%s.zip",
                                          PLACES[i / 2], STR(id), ENDS[i % 2]);
        if (glob(pattern.p, 0, NULL, &found) == 0)
            for (size_t j = 0; j < found.gl_pathc; j++)
                told = tell_why(c, str_from(found.gl_pathv[j])) || told;
        globfree(&found);
    }
    return told;
}

int verb_why(struct cli *c, int argc, char **argv)
{
    struct texts args = { 0 };
    if (!cli_options(c, argc, argv, NULL, 0, &args))
        return EXIT_USAGE;
    if (args.all.n != 1)
        return cli_usage(c, "expected one bundle: its id, or the zip that a build has made");
    struct str bundle = args.all.p[0];
    bool is_id = str_find_char(bundle, '/', 0) == SIZE_MAX && !str_ends(bundle, S(".zip"));
    if (!(is_id ? tell_why_of_id : tell_why)(c, bundle))
        diag_error(&c->ds, "no-note", (struct span){ 0 },
                   is_id ? "no build below build/ has made a bundle '%.*s'; expected an id of "
                           "pipelines/bundles/, or the path of a zip"
                         : "nothing is noted of '%.*s'; expected a zip that `stepwright bundle` "
                           "made here",
                   STR(bundle));
    return cli_finish(c);
}
