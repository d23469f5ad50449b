#include "cli/deploy_options.h"

#include "base/file.h"
#include "base/num.h"
#include "base/path.h"
#include "base/pool.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { AT_A_TIME = 8 }; /* deployments, each with a thread and a connection or more */

static const struct span NOWHERE;

/* A number from the environment, for tests, which cannot wait as people can. */
static unsigned number(const char *name)
{
    int64_t n = 0;
    const char *text = getenv(name);
    return text && num_get_int(str_from(text), &n) && n > 0 && n < 1000000 ? (unsigned)n : 0;
}

static bool add_stage(struct cli *c, struct deploy_request *r)
{
    struct names names = { 0 };
    struct str folder = path_join(&c->arena, r->out, r->stage);
    if (!file_list(&c->arena, &c->ds, NOWHERE, (struct str){ 0 }, folder, &names))
        return false;
    for (size_t i = 0; i < names.all.n; i++)
        if (str_ends(names.all.p[i], S(".manifest.json")))
            vec_push(&c->arena, &r->manifests, path_join(&c->arena, folder, names.all.p[i]));
    if (!r->manifests.n)
        diag_error(&c->ds, "no-file", NOWHERE, "'%.*s' holds no manifests; build first",
                   STR(folder));
    return r->manifests.n > 0;
}

bool deploy_find(struct cli *c, struct deploy_request *r, const struct texts *args, bool *usage)
{
    bool names = !args->all.n;
    *usage = false;
    for (size_t i = 0; i < args->all.n; i++)
        names = names || !str_ends(args->all.p[i], S(".manifest.json"));
    if (names && !r->stage.n) {
        cli_usage(c, "--stage is missing");
        *usage = true;
        return false;
    }
    if (names && !r->out.n)
        r->out = S("build/dev/pipelines");
    if (!args->all.n)
        return add_stage(c, r);
    for (size_t i = 0; i < args->all.n; i++) {
        struct str arg = args->all.p[i];
        bool file = str_ends(arg, S(".manifest.json"));
        struct str folder = path_join(&c->arena, r->out, r->stage);
        struct str path = file ? arg
                               : path_join(&c->arena, folder,
                                           arena_printf(&c->arena, "%.*s.manifest.json", STR(arg)));
        vec_push(&c->arena, &r->manifests, path);
    }
    return true;
}

bool deploy_open(struct cli *c, struct deploy_request *r)
{
    const char *no = getenv("NO_COLOR");
    bool terminal = isatty(STDERR_FILENO), good = true;
    r->options.skip = r->skip.all.p;
    r->options.nskip = r->skip.all.n;
    r->options.registry_url = str_from(getenv("STEPWRIGHT_REGISTRY_URL"));
    r->options.poll_ms = number("STEPWRIGHT_POLL_MS");
    r->options.backoff_ms = number("STEPWRIGHT_BACKOFF_MS");
    r->options.timeout_ms = number("STEPWRIGHT_TIMEOUT_MS");
    progress_init(&r->progress, r->quiet ? NULL : stderr, terminal, terminal && !(no && *no));
    r->all.p = arena_make_n(&c->arena, struct deployment, r->manifests.n);
    r->all.n = r->manifests.n;
    for (size_t i = 0; i < r->all.n; i++)
        good = deployment_open(&r->all.p[i], r->manifests.p[i], &r->options, &r->progress) && good;
    return good;
}

void deploy_close(struct deploy_request *r)
{
    for (size_t i = 0; i < r->all.n; i++)
        deployment_close(&r->all.p[i]);
}

struct each {
    struct deploy_request *r;
    void (*work)(struct deployment *d);
};

static void run_one(void *ctx, size_t i)
{
    struct each *e = ctx;
    e->work(&e->r->all.p[i]);
}

void deploy_each(struct deploy_request *r, void (*work)(struct deployment *d))
{
    struct each e = { r, work };
    pool_run(r->all.n, AT_A_TIME, run_one, &e);
}

bool deploy_collect(struct cli *c, struct deploy_request *r)
{
    for (size_t i = 0; i < r->all.n; i++) {
        struct diags *ds = &r->all.p[i].ds;
        for (size_t j = 0; j < ds->all.n; j++)
            vec_push(&c->arena, &c->ds.all, ds->all.p[j]);
        c->ds.errors += ds->errors;
        c->ds.dropped += ds->dropped;
        c->ds.world = c->ds.world || ds->world;
        ds->all.n = 0;
        ds->errors = 0;
    }
    return c->ds.errors == 0;
}

static void interrupted(int number)
{
    static const char text[] =
        "\nstopped watching. What CloudFormation has begun goes on: 'stepwright status' tells, "
        "'stepwright deploy --wait' waits for it\n";
    ssize_t n = write(STDERR_FILENO, text, sizeof text - 1);
    (void)n;
    _exit(128 + number);
}

void deploy_mind_interrupts(void)
{
    struct sigaction act = { .sa_handler = interrupted };
    sigemptyset(&act.sa_mask);
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
}

bool deploy_ask(const char *question, bool *asked)
{
    char answer[16];
    *asked = isatty(STDIN_FILENO);
    if (!*asked)
        return false;
    fprintf(stderr, "%s [y/N] ", question);
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}
