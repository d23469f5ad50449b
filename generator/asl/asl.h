/* The Amazon States Language as a typed document. In: the nodes of a definition. Out: machine,
 * states, retriers, catchers and choice rules with every value's span, and diagnostics for whatever
 * AWS refuses when a state machine is created.
 *
 * Three steps, apart so that each can be used alone: asl_parse binds fields by the tables of
 * asl_field.c, asl_check_machine judges what they hold and how states hang together, asl_print
 * writes the document back. Sources: the States Language text, the AWS developer guide, and
 * verdicts recorded from AWS; README.md lists what was taken from where. */
#ifndef ASL_ASL_H
#define ASL_ASL_H

#include "base/diag.h"
#include "base/json_write.h"
#include "base/map.h"
#include "base/node.h"

enum asl_lang { ASL_JSONPATH, ASL_JSONATA };

enum asl_type {
    ASL_PASS,
    ASL_TASK,
    ASL_CHOICE,
    ASL_WAIT,
    ASL_SUCCEED,
    ASL_FAIL,
    ASL_PARALLEL,
    ASL_MAP,
    ASL_TYPES, /* how many there are; also the type of a state whose Type is wrong */
};

enum asl_workflow { ASL_STANDARD, ASL_EXPRESS };

struct asl_options {
    bool placeholders;          /* "${Name}" may stand in any string; deployment fills it in */
    bool whole_paths;           /* … but paths and timestamps, which nothing fills in */
    bool strict;                /* unknown fields are errors, not warnings */
    bool variables_elsewhere;   /* whether variables are set is the caller's business */
    enum asl_workflow workflow; /* express machines may not use .sync, callbacks, activities */
};

/* What stands in a field. */
enum asl_form {
    ASL_ABSENT,     /* zeroed: the field was not written */
    ASL_NULL,       /* null, where a path may be */
    ASL_BOOL,       /* `number` is 0 or 1 */
    ASL_NUMBER,     /* `number` */
    ASL_TEXT,       /* `text` as it is */
    ASL_PATH,       /* `text` is a JSONPath: "$…", "$$…" or "$variable…" */
    ASL_CALL,       /* `text` is an intrinsic call: "States.…" */
    ASL_EXPRESSION, /* `text` is JSONata, without its {% and %} */
    ASL_JSON,       /* a template or literal: see `node` */
    ASL_HOLE,       /* holds a placeholder, or a CloudFormation function: see `node` */
};

struct asl_field; /* a row of a table: asl_field.h */

struct asl_value {
    enum asl_form form;
    double number;
    struct str text;
    const struct node *node;
    const struct asl_field *field; /* the row that bound it; NULL: nothing was written here */
    struct span key;               /* where the field's name stands */
};

#define ASL_SET(v) ((v).field != NULL)

/* A list that the binder made: p[0..n). */
#define ASL_LIST(T) \
    struct {        \
        T *p;       \
        size_t n;   \
    }

struct asl_state;

/* Fields that no table knows, in the order written; printed behind the others. */
typedef ASL_LIST(const struct node_entry *) asl_unknown;

/* StartAt and States: the machine, a branch of Parallel, the processor of Map. */
struct asl_block {
    const struct node *node;
    struct asl_value comment, start_at;
    struct asl_value states_value;
    ASL_LIST(struct asl_state *) states; /* in the order written */
    struct map by_name;                  /* name -> struct asl_state */
    const struct asl_state *start;       /* NULL where StartAt names no state of this block */
    const struct asl_state *owner;       /* the Parallel or Map state around it, or NULL */
    struct asl_value config;             /* ProcessorConfig … */
    struct asl_processor *processor;     /* … and what it holds, or NULL */
    asl_unknown unknown;
};

struct asl_machine {
    struct asl_block top;
    struct asl_value version, timeout, query_language;
    enum asl_lang lang;
    size_t nstates; /* all of them, nested ones included */
    const struct source *src;
};

struct asl_processor {
    struct asl_value mode, execution_type;
    asl_unknown unknown;
};

/* One operator of a choice rule; ASL_OP_NONE is a JSONata rule, or a wrong one. The twins that end
 * in Path have the same operator and an operand of form ASL_PATH. */
enum asl_op {
    ASL_OP_NONE,
    ASL_OP_AND,
    ASL_OP_OR,
    ASL_OP_NOT,
    ASL_OP_STRING_EQUALS,
    ASL_OP_STRING_LESS,
    ASL_OP_STRING_LESS_EQUALS,
    ASL_OP_STRING_GREATER,
    ASL_OP_STRING_GREATER_EQUALS,
    ASL_OP_STRING_MATCHES,
    ASL_OP_NUMERIC_EQUALS,
    ASL_OP_NUMERIC_LESS,
    ASL_OP_NUMERIC_LESS_EQUALS,
    ASL_OP_NUMERIC_GREATER,
    ASL_OP_NUMERIC_GREATER_EQUALS,
    ASL_OP_BOOLEAN_EQUALS,
    ASL_OP_TIMESTAMP_EQUALS,
    ASL_OP_TIMESTAMP_LESS,
    ASL_OP_TIMESTAMP_LESS_EQUALS,
    ASL_OP_TIMESTAMP_GREATER,
    ASL_OP_TIMESTAMP_GREATER_EQUALS,
    ASL_OP_IS_NULL,
    ASL_OP_IS_PRESENT,
    ASL_OP_IS_NUMERIC,
    ASL_OP_IS_STRING,
    ASL_OP_IS_BOOLEAN,
    ASL_OP_IS_TIMESTAMP,
};

struct asl_rule {
    const struct node *node;
    struct asl_value comment, next, assign, output;
    struct asl_value condition; /* JSONata */
    struct asl_value variable;
    enum asl_op op;
    struct asl_value operand;        /* what `op` compares with; And, Or, Not: their field */
    ASL_LIST(struct asl_rule) rules; /* of And and Or; Not has one */
    const struct asl_state *target;  /* of Next; NULL in nested rules and where it is wrong */
    asl_unknown unknown;
};

struct asl_retrier {
    const struct node *node;
    struct asl_value comment, errors; /* errors.node is a list of strings, or bound as wrong */
    struct asl_value interval_s, max_attempts, backoff_rate, max_delay_s, jitter;
    asl_unknown unknown;
};

struct asl_catcher {
    const struct node *node;
    struct asl_value comment, errors, next, result_path, output, assign;
    const struct asl_state *target;
    asl_unknown unknown;
};

struct asl_reader_config {
    struct asl_value input_type, csv_header_location, csv_headers, csv_delimiter, max_items,
        items_pointer, manifest_type, transformation;
    asl_unknown unknown;
};

struct asl_reader {
    struct asl_value resource, parameters, config_value; /* Parameters or Arguments */
    struct asl_reader_config *config;
    asl_unknown unknown;
};

struct asl_batcher {
    struct asl_value max_items, max_bytes, batch_input;
    asl_unknown unknown;
};

struct asl_writer_config {
    struct asl_value output_type, transformation;
    asl_unknown unknown;
};

struct asl_writer {
    struct asl_value resource, parameters, config_value;
    struct asl_writer_config *config;
    asl_unknown unknown;
};

/* How a task waits for its service. */
enum asl_pattern {
    ASL_REQUEST,     /* answer of the call */
    ASL_SYNC,        /* .sync: until the job is done */
    ASL_SYNC_2,      /* .sync:2: the same, output parsed */
    ASL_TASK_TOKEN,  /* .waitForTaskToken: until somebody calls back */
    ASL_RESOURCE_NO, /* Lambda ARN, activity, or nothing we know */
};

/* A task's Resource taken apart; parts point into its text. */
enum asl_resource_kind {
    ASL_RESOURCE_OTHER,    /* a URI that is none of these, or a placeholder */
    ASL_RESOURCE_LAMBDA,   /* arn:aws:lambda:REGION:ACCOUNT:function:NAME */
    ASL_RESOURCE_ACTIVITY, /* arn:aws:states:REGION:ACCOUNT:activity:NAME */
    ASL_RESOURCE_SERVICE,  /* arn:aws:states:::SERVICE:ACTION */
    ASL_RESOURCE_SDK,      /* arn:aws:states:::aws-sdk:SERVICE:ACTION */
};

struct asl_resource {
    enum asl_resource_kind kind;
    enum asl_pattern pattern;
    struct str service, action; /* "lambda", "invoke"; for a function or activity its name */
};

/* Takes a resource apart. Never fails: what it does not know is ASL_RESOURCE_OTHER. */
struct asl_resource asl_resource_parse(struct str text);

/* Where a plain field and its …Path twin exclude each other they share a value; its form tells
 * which was written. The same holds for the JSONPath and JSONata names of one thing. */
struct asl_state {
    struct str name;
    struct span name_span;
    const struct node *node;
    enum asl_type type;
    enum asl_lang lang;
    const struct asl_block *block; /* the one it stands in */
    size_t number;                 /* 0 … nstates-1, in the order written, depth first */

    struct asl_value type_value, query_language, comment;
    struct asl_value input_path, output_path, result_path, result_selector;
    struct asl_value parameters; /* Parameters, or Arguments; Map keeps its own in item_selector */
    struct asl_value output, assign;
    struct asl_value next, end;
    const struct asl_state *target; /* of Next; NULL where there is none or it is wrong */
    bool terminal;                  /* the block's work is done behind it */

    struct asl_value retry_value, catch_value;
    ASL_LIST(struct asl_retrier) retry;
    ASL_LIST(struct asl_catcher) catchers;

    union {
        struct {
            struct asl_value result;
        } pass;
        struct {
            struct asl_value resource, credentials, timeout_s, heartbeat_s;
            struct asl_resource parts;
        } task;
        struct {
            struct asl_value rules_value, otherwise; /* Choices, Default */
            ASL_LIST(struct asl_rule) rules;
            const struct asl_state *otherwise_target;
        } choice;
        struct {
            struct asl_value seconds, timestamp;
        } wait;
        struct {
            struct asl_value error, cause;
        } fail;
        struct {
            struct asl_value branches_value;
            ASL_LIST(struct asl_block) branches;
        } parallel;
        struct {
            struct asl_value items;         /* ItemsPath, or Items */
            struct asl_value item_selector; /* ItemSelector, or the older Parameters */
            struct asl_value processor_value, reader_value, batcher_value, writer_value;
            struct asl_block *processor; /* ItemProcessor, or the older Iterator */
            struct asl_reader *reader;
            struct asl_batcher *batcher;
            struct asl_writer *writer;
            struct asl_value max_concurrency, tolerated_count, tolerated_percentage, label;
            bool distributed;
        } map;
    };
    asl_unknown unknown;
};

/* The document that `root` holds, in `a`; it borrows from root. NULL only where root is no map.
 * Reports unknown fields, fields of another state type or query language, values of a wrong kind
 * and missing fields; what was wrong is left ASL_ABSENT. Transitions are resolved. */
struct asl_machine *asl_parse(struct arena *a, struct diags *ds, const struct node *root,
                              const struct asl_options *o);

/* Everything else that AWS refuses, and what it lets pass but cannot be meant, as warnings. `a`
 * is for work that ends with the call. True where no error was added. */
bool asl_check_machine(struct arena *a, struct diags *ds, const struct asl_machine *m,
                       const struct asl_options *o);

/* A definition's text: read as JSON, parsed and checked. True where no error was found. */
bool asl_check(struct arena *a, struct diags *ds, const struct source *src,
               const struct asl_options *o);

/* The document as JSON, its fields in the order of the tables whatever order they were written
 * in; states, template keys and unknown fields keep theirs. */
void asl_print(struct json_writer *w, const struct asl_machine *m);

/* "Pass", "Task" …; "JSONPath", "JSONata". */
struct str asl_type_name(enum asl_type type);
struct str asl_lang_name(enum asl_lang lang);

#endif
