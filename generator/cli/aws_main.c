/* The program that talks to networks, apart from `stepwright` because libcurl costs each process 4
 * ms: a compiler that never links it cannot call anybody. */
#include "cli/aws_verbs.h"
#include "cli/network.h"

#include <stdio.h>

/* What stepwright starts in passing, with a contract of their own. */
static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} HELPERS[] = {
    { "cache", aws_cache },
};

/* What stepwright becomes. */
#define ROW(name, usage, summary) { #name, usage, summary, verb_aws_##name },
static const struct verb VERBS[] = { NETWORK_VERBS(ROW) };
#undef ROW

int main(int argc, char **argv)
{
    struct str name = str_from(argc > 1 ? argv[1] : "");
    for (size_t i = 0; i < sizeof HELPERS / sizeof *HELPERS; i++)
        if (str_eq(str_from(HELPERS[i].name), name))
            return HELPERS[i].run(argc - 2, argv + 2);
    for (size_t i = 0; i < sizeof VERBS / sizeof *VERBS; i++)
        if (str_eq(str_from(VERBS[i].name), name))
            return cli_main(&VERBS[i], NULL, argc - 2, argv + 2);
    fprintf(stderr, "stepwright-aws is started by stepwright; see stepwright --help\n");
    return AWS_USAGE;
}
