/* Verbs of `stepwright-aws`, the program that talks to networks. `stepwright` starts it: people
 * need not. A verb returns the program's exit code. */
#ifndef CLI_AWS_VERBS_H
#define CLI_AWS_VERBS_H

enum { AWS_GOOD = 0, AWS_ABSENT = 1, AWS_USAGE = 2, AWS_WORLD = 3 };

/* cache get PATH FILE | cache put PATH FILE: between a file and what is at that path below
 * STEPWRIGHT_CACHE_URL. `get` exits with AWS_ABSENT if there is nothing; `put` sends nothing that
 * is there already. The address is not among the arguments: it may hold a password. */
int aws_cache(int argc, char **argv);

#endif
