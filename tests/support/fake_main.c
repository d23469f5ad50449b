/* fake-aws [BUCKET]...: an account for as long as standard input stays open. Prints the address,
 * then answers each line read:
 *   operations              what was asked for since the last such line
 *   status STACK            of a stack
 *   id STACK RESOURCE       a physical id
 *   fail RESOURCE REASON    the next time it is made or updated
 *   pace N                  events per look
 *   execution STATUS EVENTS what an execution will do */
#include "fake_aws.h"

#include <stdio.h>
#include <string.h>

static void show(struct str text)
{
    printf("%.*s\n", STR(text));
    fflush(stdout);
}

/* The next word of *rest, in the line itself. */
static char *word(char **rest)
{
    char *p = *rest, *end = strchr(p, ' ');
    *rest = end ? end + 1 : p + strlen(p);
    if (end)
        *end = '\0';
    return p;
}

static void obey(struct fake *f, struct arena *a, char *line)
{
    char *rest = line, *verb = word(&rest);
    if (strcmp(verb, "operations") == 0) {
        show(fake_operations(f, a));
        fake_reset_counts(f);
    } else if (strcmp(verb, "status") == 0) {
        show(fake_stack_status(f, a, rest));
    } else if (strcmp(verb, "id") == 0) {
        char *stack = word(&rest);
        show(fake_physical_id(f, a, stack, rest));
    } else if (strcmp(verb, "fail") == 0) {
        char *id = word(&rest);
        fake_fail(f, id, rest, 1);
        show(S("ok"));
    } else if (strcmp(verb, "pace") == 0) {
        fake_pace(f, rest[0] - '0');
        show(S("ok"));
    } else if (strcmp(verb, "execution") == 0) {
        char *status = word(&rest);
        fake_execution(f, status, rest);
        show(S("ok"));
    } else if (strcmp(verb, "log") == 0) {
        char *group = word(&rest);
        fake_log(f, group, rest);
        show(S("ok"));
    } else {
        show(S("?"));
    }
}

int main(int argc, char **argv)
{
    static char line[65536];
    struct arena a = { 0 };
    struct fake *f = fake_start();
    for (int i = 1; i < argc; i++)
        fake_add_bucket(f, argv[i]);
    show(server_url(fake_server(f)));
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        obey(f, &a, line);
    }
    fake_stop(f);
    arena_done(&a);
    return 0;
}
