/* Intrinsic functions of the States Language: States.Format('{} {}', $.a, $$.b) and the 17 others.
 * A call is compiled once, the paths in it too; literals are unescaped and counts of arguments
 * checked then. Also: whatever may stand behind a key that ends in ".$", path or call.
 *
 * Source: Amazon States Language, "Intrinsic Functions"; AWS developer guide, "Intrinsic functions
 * for JSONPath states in Step Functions"; what the guide leaves open follows recorded results. */
#ifndef JSONPATH_INTRINSIC_H
#define JSONPATH_INTRINSIC_H

#include "jsonpath/jsonpath.h"

enum {
    INTRINSIC_MAX_NESTING = 10,    /* calls within calls */
    INTRINSIC_MAX_TEXT = 10000,    /* characters for Base64Encode, Base64Decode and Hash */
    INTRINSIC_MAX_RANGE = 1000,    /* items of an ArrayRange */
    INTRINSIC_MAX_BYTES = 1 << 20, /* of one result, as JSON text, before the state's own limit */
};

/* In the order of their names. */
enum intrinsic {
    INTRINSIC_ARRAY,
    INTRINSIC_ARRAY_CONTAINS,
    INTRINSIC_ARRAY_GET_ITEM,
    INTRINSIC_ARRAY_LENGTH,
    INTRINSIC_ARRAY_PARTITION,
    INTRINSIC_ARRAY_RANGE,
    INTRINSIC_ARRAY_UNIQUE,
    INTRINSIC_BASE64_DECODE,
    INTRINSIC_BASE64_ENCODE,
    INTRINSIC_FORMAT,
    INTRINSIC_HASH,
    INTRINSIC_JSON_MERGE,
    INTRINSIC_JSON_TO_STRING,
    INTRINSIC_MATH_ADD,
    INTRINSIC_MATH_RANDOM,
    INTRINSIC_STRING_SPLIT,
    INTRINSIC_STRING_TO_JSON,
    INTRINSIC_UUID,
    INTRINSICS, /* how many there are */
};

struct str intrinsic_name(enum intrinsic f); /* "States.Array" */

enum intrinsic_arg_kind {
    INTRINSIC_ARG_PATH,
    INTRINSIC_ARG_CALL,
    INTRINSIC_ARG_STRING, /* in single quotes; `text` is unescaped, `raw` as written */
    INTRINSIC_ARG_SCALAR, /* a number, true, false or null */
};

struct intrinsic_arg {
    enum intrinsic_arg_kind kind;
    size_t at; /* where it begins in the text */
    const struct jsonpath *path;
    const struct intrinsic_call *call;
    struct str text, raw;
    struct val scalar; /* owns nothing */
};

struct intrinsic_call {
    enum intrinsic function;
    struct str text; /* as written */
    const struct intrinsic_arg *args;
    size_t nargs;
};

/* NULL after filling in *err: not of the form States.Name(…), an unknown function, a wrong number
 * of arguments, a literal that can never be right. `text` must live as long as the arena. */
const struct intrinsic_call *intrinsic_compile(struct arena *a, struct str text,
                                               struct jsonpath_error *err);

/* The result, to be released by the caller; VAL_UNDEFINED after filling in *fail, as in
 * jsonpath_eval: trouble JSONPATH_CALL is States.IntrinsicFailure. */
struct val intrinsic_eval(const struct intrinsic_call *call, const struct jsonpath_env *env,
                          struct jsonpath_fail *fail);

/* A path or an intrinsic call: one of the two is set. */
struct expression {
    struct str text;
    const struct jsonpath *path;
    const struct intrinsic_call *call;
};

/* False after filling in *err. */
bool expression_compile(struct arena *a, struct str text, struct expression *out,
                        struct jsonpath_error *err);
struct val expression_eval(const struct expression *e, const struct jsonpath_env *env,
                           struct jsonpath_fail *fail);

#endif
