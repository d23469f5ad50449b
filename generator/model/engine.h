/* What an engine must provide. An engine covers one AWS service: the kinds of resources, triggers
 * and steps that it knows, each with its field table and how it becomes plan entries.
 * `engines/<service>.c` defines `const struct engine engine_<service>`; that is all it takes. */
#ifndef MODEL_ENGINE_H
#define MODEL_ENGINE_H

#include "base/diag.h"
#include "schema/field.h"

/* Raised whenever struct engine, struct kind, struct field or struct item change shape: a loaded
 * module of another version is refused. */
enum { ENGINE_ABI = 3 };

enum role {
    ROLE_RESOURCE = 1, /* under aws_resources */
    ROLE_TRIGGER = 2,  /* under triggers */
    ROLE_STEP = 4,     /* a job of a group */
};

struct item;
struct step;
struct plan;

struct kind {
    const char *type; /* as in `type: lambda_function` */
    const char *const *aliases;
    unsigned roles; /* any of enum role */
    const char *doc;
    const char *source;
    const char *example;         /* YAML: keys of its own, for the reference; compiled by a test */
    const struct fields *fields; /* bound to item->body; config: and properties: are wrappers */
    bool alone; /* a resource that is of use where nothing in the pipeline names it */
    /* Rules across fields; reports by itself. NULL if there are none. */
    void (*check)(struct diags *ds, const struct item *it);
    /* Resources and triggers: adds what exists before anything runs. Called in file order,
     * resources first, then triggers, then steps. */
    void (*lower_resource)(struct plan *p, const struct item *it);
    /* Steps: adds states to the chain being built. */
    void (*lower_step)(struct plan *p, const struct step *s);
};

struct engine {
    int abi; /* ENGINE_ABI */
    const char *name;
    const struct kind *kinds;
    size_t nkinds;
};

/* The engines of this build, a list that cli passes down. */
struct engines {
    const struct engine *const *list;
    size_t n;
};

/* The kind of that type or alias in that role; NULL if there is none. */
const struct kind *engines_find(const struct engines *es, struct str type, enum role role);

#endif
