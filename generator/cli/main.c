/* The program: one verb per run. */
#include "base/path.h"
#include "cli/cli.h"
#include "cli/modules.h"
#include "cli/network.h"
#include "cli/registry.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define D "[-D key=value]… [--env-compat] [--undefined=lenient]"
static const struct verb VERBS[] = {
    { "bundle",
      "DIR|FILE --out|-o FILE.zip [--depfile FILE] [--depfile-target NAME]\n         "
      "[--executable NAME] [--prefix PATH | --layer RUNTIME] [--with DIR] [--level "
      "fast|default|small|N]\n         "
      "[--threads N] [--limit BYTES]",
      "pack a folder into a reproducible zip, or copy one file", verb_bundle },
    { "cache", "stats | gc | verify  [--max-size SIZE]",
      "look at, tidy or check what is kept of bundles made before", verb_cache },
    { "check", "FILE… [--stage S] [--root DIR] " D, "report all errors, write nothing",
      verb_check },
    { "compile", "CONFIG… --stage S --out DIR [--root DIR] [--depfile FILE] " D,
      "make pipelines' state machines, templates, policies and graphs", verb_compile },
    { "docs", "[--out FILE]", "print the reference of the configuration language (Markdown)",
      verb_docs },
    { "explain", "TOPIC [--pipeline CONFIG] | variable NAME --pipeline CONFIG [--stage S]",
      "say what a type or a key means, where it or a variable got its value, and what became of it",
      verb_explain },
    { "image",
      "DIR|FILE.yaml --out DIR [--file NAME] [--depfile FILE] [--depfile-target NAME]\n         "
      "[--programs DIR] [--bundles DIR]… [--bases DIR] [--threads N]\n         "
      "[--target STAGE] [--platform OS/ARCH] [--build-arg NAME=VALUE]…",
      "make a container image, as an OCI image layout", verb_image },
    { "link", "FILE.assets.json --bundles DIR [--zips DIR] --out DIR [--depfile FILE]",
      "put the bundles' digests into the template, write the manifest", verb_link },
    { "plan", "CONFIG… --stages A,B --out FILE.cmake [--root DIR] [--depfile FILE] " D,
      "list pipelines, stages and bundles for CMake", verb_plan },
    { "render", "CONFIG [--stage S] [--map] [--root DIR] " D,
      "print a config as YAML after templating", verb_render },
    { "resolve",
      "DIR --out DIR --record FILE [--runtime R] [--architecture A] [--command SCRIPT]\n         "
      "[--depfile FILE] [--python PROGRAM]",
      "gather the packages that a layer's folder requires", verb_resolve },
    { "run",
      "PIPELINE|FILE.asl.json [--input JSON|FILE] [--mock FILE[#CASE]]… [--bucket NAME=DIR]…\n"
      "         [--history FILE] [--start TIME] [--seed N] [--name NAME] [--max-states N]\n"
      "         [--real-time] [--quiet|--verbose] [--stage S] [--root DIR] " D,
      "run a state machine on this machine", verb_run },
    { "schema", "[--out FILE]", "print the JSON Schema of a config, for editors", verb_schema },
    { "summary", "--out DIR", "print what a build has made", verb_summary },
    { "test",
      "FILE… [--case NAME] [--coverage] [--junit FILE] [--tap] [--list] [--ctest FILE]\n"
      "         [--root DIR] " D "\n         --write-mocks PIPELINE|FILE.asl.json",
      "run pipeline tests, or draft a file of them", verb_test },
    { "variables", "CONFIG [--stage S] [--root DIR] " D, "print what a config's template sees",
      verb_variables },
    { "why", "BUNDLE|FILE.zip", "say what changed a bundle since the build before", verb_why },
};
#define ROW(name, usage, summary) { #name, usage, summary, NULL },
static const struct verb NETWORK[] = { NETWORK_VERBS(ROW) };
#undef ROW
enum {
    VERB_COUNT = sizeof VERBS / sizeof *VERBS,
    NETWORK_COUNT = sizeof NETWORK / sizeof *NETWORK,
};

static int help(FILE *to, int code)
{
    fprintf(to, "usage: stepwright VERB [options]\n\n");
    for (size_t i = 0; i < VERB_COUNT; i++)
        fprintf(to, "  %-10s %s\n", VERBS[i].name, VERBS[i].summary);
    fprintf(to, "\nagainst AWS:\n");
    for (size_t i = 0; i < NETWORK_COUNT; i++)
        fprintf(to, "  %-10s %s\n", NETWORK[i].name, NETWORK[i].summary);
    fprintf(to, "\nEvery verb takes --format=json: messages and reports for programs.\n"
                "stepwright VERB --help shows a verb's options.\n");
    return code;
}

static int unknown_verb(struct str name)
{
    struct str names[VERB_COUNT + NETWORK_COUNT];
    for (size_t i = 0; i < VERB_COUNT; i++)
        names[i] = str_from(VERBS[i].name);
    for (size_t i = 0; i < NETWORK_COUNT; i++)
        names[VERB_COUNT + i] = str_from(NETWORK[i].name);
    size_t near = diag_nearest(name, names, VERB_COUNT + NETWORK_COUNT);
    fprintf(stderr, "stepwright: unknown verb '%.*s'", STR(name));
    if (near != SIZE_MAX)
        fprintf(stderr, "; did you mean '%.*s'?", STR(names[near]));
    fprintf(stderr, "\n");
    return EXIT_USAGE;
}

static struct engines all_engines(struct arena *a, struct diags *ds)
{
    return modules_load(a, ds, registry_engines());
}

/* Becomes the program that has the network verbs; it lies beside this one. */
static int become_network(char **argv)
{
    struct arena a = { 0 };
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self);
    struct str own = n > 0 ? (struct str){ self, (size_t)n } : str_from(argv[0]);
    struct str program = path_join(&a, path_dir(own), S("stepwright-aws"));
    execv(program.p, argv);
    fprintf(stderr, "stepwright: cannot start %s: %s\n", program.p, strerror(errno));
    arena_done(&a);
    return EXIT_WORLD;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return help(stderr, EXIT_USAGE);
    struct str name = str_from(argv[1]);
    if (str_eq(name, S("--help")) || str_eq(name, S("-h")) || str_eq(name, S("help")))
        return help(stdout, EXIT_GOOD);
    if (str_eq(name, S("--version"))) {
        printf("stepwright %s\n", STEPWRIGHT_VERSION);
        return EXIT_GOOD;
    }
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (str_eq(str_from(VERBS[i].name), name))
            return cli_main(&VERBS[i], all_engines, argc - 2, argv + 2);
    for (size_t i = 0; i < NETWORK_COUNT; i++)
        if (str_eq(str_from(NETWORK[i].name), name))
            return become_network(argv);
    return unknown_verb(name);
}
