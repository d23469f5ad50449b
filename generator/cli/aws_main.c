/* The program that talks to networks, apart from `stepwright` because libcurl costs each process 4
 * ms: a compiler that never links it cannot call anybody. */
#include "cli/aws_verbs.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} VERBS[] = {
    { "cache", aws_cache },
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof VERBS / sizeof *VERBS; i++)
        if (strcmp(VERBS[i].name, argv[1]) == 0)
            return VERBS[i].run(argc - 2, argv + 2);
    fprintf(stderr, "stepwright-aws is started by stepwright; see stepwright --help\n");
    return AWS_USAGE;
}
