/* Paths as Step Functions reads them: Jayway's JSONPath dialect, rooted at the state's input (`$`),
 * the context object (`$$`) or a variable (`$name`). A path is compiled once, into a small program
 * in an arena, and evaluated as often as wanted: a definite one without allocating anything.
 *
 * Source: Amazon States Language, "Paths" and "Reference Paths"; Jayway json-path 2.x/3.x for the
 * dialect, its quirks included (a slice's step is ignored, blanks are allowed in few places). */
#ifndef JSONPATH_JSONPATH_H
#define JSONPATH_JSONPATH_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/val.h"

enum {
    JSONPATH_MAX_BYTES = 64 << 10,  /* of one path or intrinsic call */
    JSONPATH_MAX_DEPTH = 100,       /* nesting of filters, functions and brackets */
    JSONPATH_MAX_VISITS = 10000000, /* values that one evaluation may look at */
};

enum jsonpath_root {
    JSONPATH_INPUT,    /* $      */
    JSONPATH_CONTEXT,  /* $$     */
    JSONPATH_VARIABLE, /* $name  */
};

/* Why a text did not compile. */
struct jsonpath_error {
    size_t at;       /* byte offset into the text */
    struct str text; /* in the arena given to compile: lower case, no full stop */
    bool filter;     /* the trouble is inside a filter, [?( )] */
};

struct jsonpath_step;

struct jsonpath {
    struct str text;    /* as written, blanks around it removed */
    struct str display; /* as Jayway prints it: $['a'][0] */
    enum jsonpath_root root;
    struct str variable; /* for JSONPATH_VARIABLE: its name, without '$' */
    bool definite;  /* finds one value or fails; otherwise gives a list, perhaps an empty one */
    bool reference; /* a reference path: nothing but names and indexes from 0 */
    bool function;  /* ends in a function: $.a.length() */
    const struct jsonpath_step *steps;
    size_t nsteps;
};

/* NULL after filling in *err. `text` must begin with '$' and outlive the arena or be in it. */
const struct jsonpath *jsonpath_compile(struct arena *a, struct str text,
                                        struct jsonpath_error *err);

/* What paths and intrinsic calls are evaluated against. All values are borrowed. */
struct jsonpath_env {
    struct val input;   /* $ */
    struct val context; /* $$ */
    /* The variable's value, borrowed; VAL_UNDEFINED if there is none. NULL: no variables. */
    struct val (*variable)(void *data, struct str name);
    void *data;
    /* For States.UUID and States.MathRandom without a seed; NULL: they fail. */
    uint64_t (*random)(void *data);
    /* An indefinite path whose beginning leads nowhere gives [] instead of failing, as the service
     * has it; Jayway alone fails. */
    bool lenient;
};

enum jsonpath_trouble {
    JSONPATH_FOUND,
    JSONPATH_MISSING,  /* a definite path found nothing, or met a value of the wrong kind */
    JSONPATH_INVALID,  /* an unknown function, a filter on a scalar: the path makes no sense here */
    JSONPATH_UNKNOWN,  /* the variable does not exist */
    JSONPATH_TOO_MUCH, /* over JSONPATH_MAX_VISITS */
    JSONPATH_CALL,     /* an intrinsic function refused its arguments */
};

/* What went wrong in an evaluation, in Jayway's own words where it has some. */
struct jsonpath_fail {
    enum jsonpath_trouble trouble;
    const struct jsonpath *path; /* that failed, or NULL */
    struct buf text;             /* the message; release with jsonpath_fail_done */
};

void jsonpath_fail_done(struct jsonpath_fail *fail);

/* The value found, to be released by the caller; VAL_UNDEFINED after filling in *fail (which the
 * caller zeroes first, and which may be NULL). */
struct val jsonpath_eval(const struct jsonpath *p, const struct jsonpath_env *env,
                         struct jsonpath_fail *fail);

/* A definite path without functions, looked up silently: borrowed from env, or VAL_UNDEFINED. */
struct val jsonpath_peek(const struct jsonpath *p, const struct jsonpath_env *env);

/* The value that `doc` becomes when `value` stands at the reference path `p` (whose root does not
 * matter); consumes both. Objects on the way are made. VAL_UNDEFINED, both released, where the
 * path meets a scalar or an index past the end of a list: States.ResultPathMatchFailure. */
struct val jsonpath_put(const struct jsonpath *p, struct val doc, struct val value);

/* A step of a path, for whoever wants to know where it leads without a document. */
enum jsonpath_part_kind {
    JSONPATH_PART_NAME,  /* name */
    JSONPATH_PART_INDEX, /* one item of a list: index, which may be negative */
    JSONPATH_PART_ALL,   /* any item or member: [*], a slice, several indexes */
    JSONPATH_PART_OTHER, /* names, '..', a filter or a function: what comes of it is open */
};
struct jsonpath_part {
    enum jsonpath_part_kind kind;
    struct str name;
    int32_t index;
};
/* Step i of the path; false behind the last one. */
bool jsonpath_part(const struct jsonpath *p, size_t i, struct jsonpath_part *out);

/* Length of the variable name at the start of s (without '$'); 0 if there is none. A letter or '_'
 * by Unicode's UAX #31, then letters, digits and '_'; at most 80 characters are allowed. */
size_t jsonpath_variable_name(struct str s);

#endif
