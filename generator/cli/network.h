/* Verbs that need a network. They live in a second program, stepwright-aws, which stepwright
 * becomes for them: the compiler itself cannot talk to anybody, and does not load libcurl, which
 * would cost each build edge more than its work.
 *
 * A row per verb: its name, usage, summary. Both programs are made from these rows; the second
 * one's function is verb_aws_<name>. */
#ifndef CLI_NETWORK_H
#define CLI_NETWORK_H

#include "cli/cli.h"

#define NETWORK_AWS "[--profile P] [--region R] [--endpoint-url URL]"
#define NETWORK_STACKS                                                                             \
    "[PIPELINE|FILE.manifest.json]… --stage S [--out DIR] [--profile P] [--region R]\n         " \
    "[--endpoint-url URL] [--quiet] "
#define NETWORK_VERBS(X)                                                                  \
    X(bootstrap,                                                                          \
      NETWORK_STACKS "[--yes] [--own] [--execution-policies ARNS] [--github OWNER/NAME]", \
      "make, once per account and region, what deployments need")                         \
    X(deploy,                                                                             \
      NETWORK_STACKS                                                                      \
      "[--yes] [--require-approval WHAT] [--plan FILE] [--bucket B]\n         "           \
      "[--repository R] [--execution-role ARN] [--outputs FILE] [--wait]\n         "      \
      "[--continue-rollback [--skip RESOURCE]…]",                                         \
      "bring stacks to what was built, and follow them")                                  \
    X(destroy, NETWORK_STACKS "[--yes] [--unprotect] [--retain RESOURCE]… [--wait]",      \
      "take stacks away")                                                                 \
    X(diff, NETWORK_STACKS "[--fail-on WHAT] [--change-set] [--plan FILE] [--bucket B]",  \
      "say what a deployment would change, and whom it would let do what")                \
    X(logs, NETWORK_STACKS "[--execution NAME|ARN]",                                      \
      "say what failed in an execution: input, error, cause, the function's log")         \
    X(pull, "IMAGE --out LAYOUT [--platform OS/ARCH]… [--profile P]",                     \
      "fetch a container image from a registry")                                          \
    X(push, "LAYOUT IMAGE [--mount-from REPOSITORY] [--profile P]",                       \
      "send a container image to a registry")                                             \
    X(schedule, "enable|disable " NETWORK_STACKS, "switch schedules on or off")           \
    X(stages, "doctor " NETWORK_STACKS "[--bucket B]",                                    \
      "say what an account lacks, and the least that a deployer needs")                   \
    X(start, NETWORK_STACKS "[--input JSON|FILE] [--name NAME] [--detach]",               \
      "start an execution and follow it")                                                 \
    X(status, NETWORK_STACKS, "say how stacks stand, and what ran last")                  \
    X(whoami, NETWORK_AWS, "say whose AWS credentials are in use, and where they come from")

#define NETWORK_DECLARE(name, usage, summary) \
    int verb_aws_##name(struct cli *c, int argc, char **argv);
NETWORK_VERBS(NETWORK_DECLARE)
#undef NETWORK_DECLARE

#endif
