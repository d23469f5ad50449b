/* A state machine named on the command line: a definition (.json), or a pipeline's config, which is
 * compiled first. */
#ifndef CLI_MACHINE_H
#define CLI_MACHINE_H

#include "cli/synth.h"
#include "runner/run.h"

struct machine_file {
    struct str name; /* of the machine: the file's, without extensions */
    struct str root; /* of the project, for a config; else empty */
    const struct asl_machine *machine;
    const struct node *input; /* schema of what a pipeline is given, or NULL */
    struct program *program;  /* release with program_free */
};

/* False after diagnostics (return cli_finish) or, with *usage, a message about usage. `file` may
 * also be the bare name of a config in configs/. Diagnostics keep to what a run needs. */
bool machine_load(struct cli *c, struct str file, const struct synth_options *o,
                  struct machine_file *out, bool *usage);

/* JSON from a file, or written out: text that begins with '{', '[', '"' or '-', a digit … is taken
 * as it stands. NULL after a diagnostic. */
struct node *machine_json(struct cli *c, struct str text_or_file);

/* A YAML or JSON file as nodes; NULL after diagnostics. */
struct node *machine_document(struct cli *c, struct str file);

#endif
