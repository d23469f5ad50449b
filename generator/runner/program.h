/* A machine made ready to run: every path, intrinsic call and template compiled, every reference
 * resolved, so that a step looks nothing up by name. */
#ifndef RUNNER_PROGRAM_H
#define RUNNER_PROGRAM_H

#include "asl/asl.h"
#include "base/diag.h"
#include "base/vec.h"
#include "jsonpath/intrinsic.h"
#include "runner/run.h"

/* A payload template: constants, and expressions at the keys that end in ".$". */
enum template_kind { TEMPLATE_CONSTANT, TEMPLATE_MAP, TEMPLATE_LIST, TEMPLATE_EXPRESSION };

struct template
{
    enum template_kind kind;
    struct val constant; /* owned by the program */
    struct expression expression;
    struct str field;        /* the key as written, ".$" and all: for messages */
    struct val *keys;        /* of a map, strings owned by the program */
    struct template *values; /* of a map or list */
    size_t n;
};

/* Where a state's data comes from or goes to. */
struct route {
    bool none;                   /* null: {} comes in, the result is dropped */
    const struct jsonpath *path; /* NULL: as it is */
};

/* A number written out, or at a path. */
struct amount {
    bool set;
    double number;
    const struct jsonpath *path; /* or NULL */
    struct str field;            /* "TimeoutSecondsPath": for messages */
};

/* Names of errors that a retrier or catcher takes. */
struct errors {
    struct str *names;
    size_t n;
};

struct retrier {
    struct errors errors;
    double interval_s, rate, max_delay_s; /* 0: no such limit */
    uint64_t max_attempts;
    bool jitter;
};

struct catcher {
    struct errors errors;
    struct route result; /* ResultPath */
    const struct template *assign;
    size_t next; /* number of the state */
};

enum operand_type { OPERAND_IS_STRING, OPERAND_IS_NUMBER, OPERAND_IS_BOOL, OPERAND_IS_TIME };

struct rule {
    enum asl_op op;
    const struct jsonpath *variable, *other; /* `other`: compared with what stands there */
    struct val operand;                      /* owned by the program */
    const struct rule *rules;
    size_t n;
    const struct template *assign;
    size_t next;
};

enum reader_input { READ_JSON, READ_JSONL, READ_CSV, READ_MANIFEST, READ_PARQUET, READ_LISTING };

struct reader {
    enum reader_input input;
    const struct template *parameters;
    struct amount max_items;
    bool header_given;
    char delimiter;
    struct str *headers;
    size_t nheaders;
    const struct jsonpath *pointer; /* unused unless ItemsPointer is given */
    struct str items_pointer;
};

struct batcher {
    struct amount max_items, max_bytes;
    const struct template *input; /* BatchInput */
};

struct writer {
    const struct template *parameters;
    bool export; /* there is a Resource: written out */
    bool lines;  /* JSONL */
    enum { WRITE_NONE, WRITE_COMPACT, WRITE_FLATTEN } transformation;
};

struct block {
    size_t start; /* number of the state */
};

#define NO_STATE SIZE_MAX

struct state {
    const struct asl_state *asl;
    enum asl_type type;
    bool uses_context, uses_token;
    size_t next; /* NO_STATE: the block ends here */
    struct route input, output, result;
    const struct template *parameters, *selector, *assign;
    const struct retrier *retry;
    size_t nretry;
    const struct catcher *catchers;
    size_t ncatchers;
    /* Pass */
    const struct val *literal; /* Result, or NULL */
    /* Task */
    struct str resource;
    struct asl_resource parts;
    struct str resource_name, resource_type; /* as history events have them */
    struct amount timeout_s, heartbeat_s;
    /* Choice */
    const struct rule *rules;
    size_t nrules, otherwise;
    /* Wait */
    struct amount seconds;
    const struct jsonpath *timestamp_path;
    int64_t timestamp_ms;
    bool has_timestamp;
    /* Fail */
    struct str error, cause;
    bool has_error, has_cause;
    struct expression error_path, cause_path;
    /* Parallel, Map */
    const struct block *blocks;
    size_t nblocks;
    bool distributed;
    const struct jsonpath *items;
    const struct template *item_selector;
    struct amount max_concurrency, tolerated_count, tolerated_percentage;
    const struct reader *reader;
    const struct batcher *batcher;
    const struct writer *writer;
    struct str label;
};

struct program {
    struct arena *arena;
    const struct asl_machine *machine;
    struct state *states; /* by asl_state.number */
    size_t nstates;
    struct block top;
    double timeout_s;
    bool uses_context;     /* some state reads $$ */
    VEC(struct val) owned; /* constants of templates and rules */
};

/* The template's value, to be released; VAL_UNDEFINED after filling in *fail and, in *field, the
 * key whose expression failed. */
struct val template_eval(const struct template *t, const struct jsonpath_env *env,
                         struct jsonpath_fail *fail, struct str *field);

#endif
