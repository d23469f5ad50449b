/* Running a program of somebody else's and waiting for it, as a build does: its words are kept and
 * shown only if it fails. */
#ifndef PACK_COMMAND_H
#define PACK_COMMAND_H

#include "base/diag.h"

struct command {
    struct str dir;         /* where it runs; empty: here */
    const char *input;      /* `command_shell` only: a folder that it sees as /asset-input … */
    const char *output;     /* … and one that it sees as /asset-output */
    bool live;              /* its words are shown as they come, on standard error */
    VEC(const char *) argv; /* without the NULL at the end */
    VEC(const char *) env;  /* "NAME=value", beside what the environment has */
};

void command_add(struct arena *a, struct command *c, struct str arg);
void command_set(struct arena *a, struct command *c, const char *name, struct str value);

/* Whether a program of that name can be found. */
bool command_exists(const char *name);

/* Runs it: its exit status, 128 + signal, or -1 and errno. What it said is added to `words`. */
int command_status(struct arena *a, struct command *c, struct buf *words);

/* Runs it: true if it exits with 0. Otherwise [command-failed], saying `what` failed, with the last
 * lines of its output. */
bool command_run(struct arena *a, struct diags *ds, struct command *c, struct str what);

/* Runs `bash -c script` (sh, where there is no bash) likewise. Where the system allows name spaces,
 * it sees c->input and c->output under /asset-input and /asset-output. Elsewhere these names in the
 * script itself are replaced by the folders', and ASSET_INPUT and ASSET_OUTPUT name them
 * everywhere. */
bool command_shell(struct arena *a, struct diags *ds, struct command *c, struct str script,
                   struct str what);

#endif
