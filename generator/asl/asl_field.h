/* The tables that drive the layer: which field may stand where, what it must hold, where it is
 * kept. Binding, unknown-field and wrong-kind messages, checks of single values and printing all
 * walk the same rows. */
#ifndef ASL_FIELD_H
#define ASL_FIELD_H

#include "asl/asl.h"

enum asl_kind {
    ASL_KIND_STRING,      /* any string */
    ASL_KIND_STATE,       /* the name of a state in the same block */
    ASL_KIND_BOOL,        /* true or false */
    ASL_KIND_COUNT,       /* a whole number in [min, max] */
    ASL_KIND_NUMBER,      /* a number in [min, max] */
    ASL_KIND_WORD,        /* one of `words` */
    ASL_KIND_LABEL,       /* a Map's label */
    ASL_KIND_TIMESTAMP,   /* RFC 3339 */
    ASL_KIND_PATTERN,     /* StringMatches: '*' and escapes */
    ASL_KIND_PATH,        /* JSONPath, context path or variable; `nullable` allows null */
    ASL_KIND_REFERENCE,   /* the same, meant to name one value */
    ASL_KIND_RESULT_PATH, /* where to write: a reference path into the input, or null */
    ASL_KIND_PATH_CALL,   /* a path, or an intrinsic that gives a string */
    ASL_KIND_RESOURCE,    /* what a task calls */
    ASL_KIND_ERRORS,      /* a list of error names */
    ASL_KIND_STRINGS,     /* a list of strings */
    ASL_KIND_JSON,        /* anything, taken literally */
    ASL_KIND_TEMPLATE,    /* payload template: ".$" keys in JSONPath, {% %} in JSONata */
    ASL_KIND_OBJECT,      /* a template that must be a map */
    ASL_KIND_CONDITION,   /* true, false or {% %} */
    ASL_KIND_ONE,         /* a map bound by `table` */
    ASL_KIND_MANY,        /* a list of them */
    ASL_KIND_ALONE,       /* a map, kept as a list of one */
    ASL_KIND_STATES,      /* the States map */
};

enum { ASL_IN_JSONPATH = 1 << ASL_JSONPATH, ASL_IN_JSONATA = 1 << ASL_JSONATA };

/* A state's result is there for Task, Parallel and Map only. */
enum { ASL_SEES_RESULT = 1, ASL_SEES_ERROR = 2 };

struct asl_table;

struct asl_field {
    struct str key;
    enum asl_kind kind;
    uint16_t in;       /* contexts that have the field: 1 << type for states */
    uint16_t required; /* contexts that need it */
    uint8_t langs;     /* ASL_IN_*; 0 means both */
    bool expression;   /* JSONata states may write {% %} instead */
    bool nullable;
    uint8_t sees;      /* ASL_SEES_*: what of $states its expressions may read */
    uint8_t op;        /* enum asl_op, in choice rules */
    size_t at;         /* offset of its struct asl_value */
    size_t sub;        /* offset of what ONE (a pointer) and MANY, ALONE, STATES (a list) make */
    const char *other; /* what does the same in the other query language */
    double min, max;
    const char *const *words; /* NULL ends them */
    const struct asl_table *table;
    uint16_t context; /* in which `table` is bound */
};

struct asl_table {
    const char *what; /* "a retrier": for messages */
    const struct asl_field *fields;
    size_t n, size;    /* rows; bytes of the struct they fill */
    size_t unknown_at; /* offset of its asl_unknown */
    size_t node_at;    /* offset of its node, or SIZE_MAX */
};

/* Contexts of the tables that have more than one. */
enum {
    ASL_BLOCK_BRANCH = 1,
    ASL_BLOCK_PROCESSOR = 2,
    ASL_BLOCK_ITERATOR = 4,
    ASL_RULE_TOP = 1,
    ASL_RULE_NESTED = 2,
};

extern const struct asl_table asl_machine_table, asl_block_table, asl_state_table,
    asl_retrier_table, asl_catcher_table, asl_rule_table, asl_reader_table, asl_reader_config_table,
    asl_batcher_table, asl_writer_table, asl_writer_config_table, asl_processor_table;

/* Values of a struct that a table describes, in row order: only those that were written. */
struct asl_walk {
    const struct asl_table *table;
    const void *object;
    uint16_t context; /* of the object: a state's fields lie in a union by type */
    size_t next;
};
/* The next written value, or NULL at the end. */
const struct asl_value *asl_walk_next(struct asl_walk *w);

const struct asl_value *asl_value_at(const void *object, const struct asl_field *f);

/* What a value of kind ONE, MANY or ALONE holds: *n objects of f->table->size bytes each. */
const void *asl_sub_objects(const void *object, const struct asl_field *f, size_t *n);

#endif
