/* What a deployment would change: a pure function of what is deployed and what was built. */
#ifndef DEPLOY_DIFF_H
#define DEPLOY_DIFF_H

#include "base/buf.h"
#include "base/node.h"
#include "base/vec.h"
#include "deploy/manifest.h"

struct diff_side {
    const struct node *template;   /* CloudFormation; NULL: nothing is deployed */
    const struct node *definition; /* the state machine, where the template does not hold it */
    const struct node *iam;  /* <name>.iam.json, for the reasons of permissions; may be NULL */
    const struct node *tags; /* of the stack: a map, or NULL */
};

enum change_kind { CHANGE_ADD, CHANGE_UPDATE, CHANGE_REMOVE };
enum replacement { REPLACE_NO, REPLACE_MAYBE, REPLACE_YES };

struct property_change {
    struct str path; /* "Code.S3Key" */
    struct str before, after;
    enum replacement replacement;
};

struct resource_change {
    enum change_kind kind;
    enum replacement replacement;
    bool kept; /* removed from the stack or replaced, but not deleted */
    struct str id, type;
    struct str source; /* "configs/hello.yaml:8", or empty */
    VEC(struct property_change) properties;
};

/* One thing that somebody may do now, or may no longer do. */
struct grant_change {
    bool broader;
    bool deny;            /* by a Deny that went (broader) or came */
    struct str subject;   /* "role GreetRole", "queue policy Inbox" */
    struct str who;       /* "function 'greet'", or empty */
    struct str principal; /* whom the policy of a resource admits, or empty */
    struct str action, resource, condition;
    VEC(struct str) reasons; /* "step 'greet' calls the function (configs/hello.yaml:8)" */
};

struct state_change {
    enum change_kind kind;
    struct str name;        /* empty: the machine's own fields */
    VEC(struct str) fields; /* of an update: "Retry", "Parameters" */
};

struct value_change { /* of an output, parameter, mapping or tag */
    enum change_kind kind;
    struct str section, name, before, after;
};

struct diff {
    bool fresh; /* nothing is deployed yet */
    VEC(struct resource_change) resources;
    VEC(struct grant_change) grants;
    VEC(struct state_change) states;
    VEC(struct value_change) values;
    VEC(const struct manifest_file *) uploads; /* that the deployed template does not name */
};

/* Everything in the result lives in `a` or is borrowed from the arguments. */
struct diff *diff_make(struct arena *a, const struct diff_side *old, const struct diff_side *new,
                       const struct manifest *m);

/* What a change set says about replacement, which is better than what diff_make could know: the
 * list "Changes" of DescribeChangeSet as JSON. */
void diff_refine(struct diff *d, const struct node *changes);

bool diff_any(const struct diff *d);
bool diff_broadens(const struct diff *d);
/* A resource is deleted, or replaced where that is not how its type is changed. */
bool diff_destroys(const struct diff *d);

/* Kinds of changes that somebody wants to hear of first; a set. */
enum { DIFF_BROADENING = 1, DIFF_DESTRUCTIVE = 2, DIFF_ANY = 4 };

/* "never", "any", or "broadening" and "destructive" with a comma; false for anything else. */
bool diff_levels_get(struct str list, unsigned *levels);
/* Whether the changes are of one of those kinds. */
bool diff_reaches(const struct diff *d, unsigned levels);

/* For people; `colour` adds ANSI escapes. */
void diff_print(const struct diff *d, const struct manifest *m, bool colour, struct buf *out);
/* For programs: one JSON object. */
void diff_print_json(const struct diff *d, const struct manifest *m, struct buf *out);

const char *change_kind_name(enum change_kind k); /* "add", "update", "remove" */
const char *replacement_name(enum replacement r); /* "no", "maybe", "yes" */

/* ---- the parts, for diff.c ------------------------------------------------------------------- */

void diff_grants(struct arena *a, struct diff *d, const struct diff_side *old,
                 const struct diff_side *new);
void diff_states(struct arena *a, struct diff *d, const struct node *old, const struct node *new);

#endif
