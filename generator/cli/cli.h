/* What every verb of the program shares: options, diagnostics, exit codes. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/diag.h"
#include "model/engine.h"

enum { EXIT_GOOD = 0, EXIT_INPUT = 1, EXIT_USAGE = 2, EXIT_WORLD = 3 };

struct cli {
    struct arena arena;
    struct diags ds;
    struct engines engines;
    const struct verb *verb;
    bool json; /* --format=json */
};

struct verb {
    const char *name;
    const char *usage;   /* behind the name: "CONFIG --stage S --out DIR" */
    const char *summary; /* one line for --help */
    int (*run)(struct cli *c, int argc, char **argv); /* argv[0] is the first argument */
};

/* Runs a verb by itself: --help, diagnostics, the exit code. `engines` (may be NULL) makes those of
 * the program. */
int cli_main(const struct verb *v, struct engines (*engines)(struct arena *a, struct diags *ds),
             int argc, char **argv);

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_LIST, OPTION_INT };

struct texts {
    VEC(struct str) all;
};

struct option {
    const char *name; /* "--out" or "-D" */
    enum option_kind kind;
    void *to; /* bool, struct str, struct texts, int64_t */
    bool required;
};

/* Reads options from anywhere among the arguments; what remains, in order, is in *args. False
 * after a message about usage: return EXIT_USAGE. */
bool cli_options(struct cli *c, int argc, char **argv, const struct option *options, size_t n,
                 struct texts *args);
__attribute__((format(printf, 2, 3))) int cli_usage(struct cli *c, const char *fmt, ...);

/* Prints the diagnostics (text to stderr, JSON to stdout) and returns the exit code. */
int cli_finish(struct cli *c);
/* The same where a result is on stdout already: JSON is one document, so the diagnostics are text.
 */
int cli_finish_beside(struct cli *c);

/* Paths from the command line: the project's root (--root, else the nearest folder above `config`
 * that holds configs/ or customcode/), and `config` as seen from there. False after a diagnostic.
 */
bool cli_find_root(struct cli *c, struct str config, struct str *root, struct str *relative);

/* `--pipeline reviews` or a config's path: the path. */
struct str cli_config_of(struct cli *c, struct str pipeline);

int verb_bundle(struct cli *c, int argc, char **argv);
int verb_cache(struct cli *c, int argc, char **argv);
int verb_check(struct cli *c, int argc, char **argv);
int verb_compile(struct cli *c, int argc, char **argv);
int verb_docs(struct cli *c, int argc, char **argv);
int verb_explain(struct cli *c, int argc, char **argv);
int verb_image(struct cli *c, int argc, char **argv);
int verb_link(struct cli *c, int argc, char **argv);
int verb_plan(struct cli *c, int argc, char **argv);
int verb_render(struct cli *c, int argc, char **argv);
int verb_resolve(struct cli *c, int argc, char **argv);
int verb_run(struct cli *c, int argc, char **argv);
int verb_schema(struct cli *c, int argc, char **argv);
int verb_summary(struct cli *c, int argc, char **argv);
int verb_test(struct cli *c, int argc, char **argv);
int verb_variables(struct cli *c, int argc, char **argv);
int verb_why(struct cli *c, int argc, char **argv);

/* `explain variable NAME`: the arguments behind the name. */
int explain_variable(struct cli *c, int argc, char **argv);

#endif
