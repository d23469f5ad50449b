/* The compiled form of paths: shared by the parser and the evaluator, nobody else's business. */
#ifndef JSONPATH_PROGRAM_H
#define JSONPATH_PROGRAM_H

#include "jsonpath/jsonpath.h"

#include "base/mem.h"
#include "base/vec.h"

enum { LIMIT_WALK_DEPTH = 1000 }; /* nesting of a document that '..' descends */

enum step_kind {
    STEP_NAME,     /* .a  ['a']         name */
    STEP_NAMES,    /* ['a','b']         names: merged into one object at the end of a path */
    STEP_INDEX,    /* [1] [-1]          from */
    STEP_INDEXES,  /* [0,2]             indexes */
    STEP_SLICE,    /* [1:3] [1:] [:3]   from, to */
    STEP_WILD,     /* .* [*] */
    STEP_SCAN,     /* ..                applies the step behind it at every depth */
    STEP_FILTER,   /* [?( )]            filter */
    STEP_FUNCTION, /* .length()         name, args */
};

struct jsonpath_step {
    enum step_kind kind;
    char quote;             /* ' or ", as written: Jayway's messages repeat it */
    bool upstream_definite; /* all steps before this one are */
    bool has_from, has_to;
    struct str name;
    const struct str *names;
    const int32_t *indexes;
    size_t n; /* names, indexes, args */
    int32_t from, to;
    const struct filter *filter;
    const struct func_arg *args;
};

struct func_arg {
    const struct jsonpath *path; /* or NULL: then */
    const struct node *literal;
};

/* [?( )]: a tree of comparisons. */
enum filter_kind { FILTER_OR, FILTER_AND, FILTER_NOT, FILTER_COMPARE };

enum filter_op {
    OP_EXISTS,
    OP_EQ,
    OP_NE,
    OP_TSEQ, /* === : same type as well */
    OP_TSNE,
    OP_LT,
    OP_LE,
    OP_GT,
    OP_GE,
    OP_REGEX,
    OP_IN,
    OP_NIN,
    OP_CONTAINS,
    OP_ALL,
    OP_SIZE,
    OP_EMPTY,
    OP_SUBSETOF,
    OP_ANYOF,
    OP_NONEOF,
};

enum operand_kind {
    OPERAND_PATH, /* @… or $… */
    OPERAND_STR,
    OPERAND_NUM,
    OPERAND_BOOL,
    OPERAND_NULL,
    OPERAND_JSON,
    OPERAND_REGEX,
};

struct operand {
    enum operand_kind kind;
    const struct jsonpath *path;
    bool item; /* the path begins at '@', the item under test */
    struct str str;
    struct val num;
    bool boolean;
    const struct node *json;
    const void *regex; /* a pcre2_code whose memory is the arena's */
};

struct filter {
    enum filter_kind kind;
    enum filter_op op;
    bool negated; /* OP_EXISTS: must not exist */
    struct operand left, right;
    const struct filter **kids;
    size_t n;
};

/* A parser over one text. The first error is kept; everything returns false from then on. */
struct parser {
    struct arena *arena;
    struct str s;
    size_t at;
    size_t base; /* offset of s within the text that the user wrote */
    int depth;
    struct jsonpath_error *err;
};

__attribute__((format(printf, 3, 4))) bool parse_fail(struct parser *ps, size_t at, const char *fmt,
                                                      ...);

/* A path that begins with '$' or '@', the whole of ps->s; NULL after an error. */
const struct jsonpath *parse_path(struct parser *ps);
/* The path that these steps make; they stay where they are. */
const struct jsonpath *path_from_steps(struct parser *ps, struct jsonpath_step *steps, size_t n);
/* The text between "[?" and "]": a parenthesised expression. */
const struct filter *parse_filter(struct parser *ps);
/* JSON as Jayway's lenient reader takes it: single quotes, bare words. The whole of ps->s. */
struct node *parse_lenient_json(struct parser *ps);
/* Without backslashes: \uXXXX, \n, \t …; any other character stands for itself. */
bool parse_unescape(struct parser *ps, struct str raw, struct str *out);
/* A regular expression of Java's flavour; NULL after an error. */
const void *parse_regex(struct parser *ps, struct str pattern, bool ignore_case);

/* Scanning helpers; each returns SIZE_MAX for "nowhere". */
size_t scan_unescaped(struct str s, char c, size_t from);
size_t scan_closing(struct str s, size_t open_at, bool regexes);

/* Evaluating. */
struct walk {
    const struct jsonpath *path;
    struct val root;  /* the document: what '$' means inside filters and functions */
    struct val found; /* the list of an indefinite path, the last hit of a definite one */
    size_t hits;
    bool require;   /* missing names fail even behind indefinite steps: Jayway's exists check */
    size_t *visits; /* left */
    int depth;
    struct jsonpath_fail *fail; /* never NULL */
};

/* Where the walk stands, for messages: a list through the C stack. */
struct crumb {
    const struct crumb *up;
    struct str name;
    int64_t index; /* where name.p is NULL */
};

bool walk_fail(struct walk *w, enum jsonpath_trouble trouble, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Runs p from `model`; VAL_UNDEFINED after a failure. */
struct val walk_path(const struct jsonpath *p, struct val model, struct val root, bool require,
                     size_t *visits, int depth, struct jsonpath_fail *fail);
/* Whether `item` passes; *error after a failure that must end the walk. */
bool filter_accepts(const struct filter *f, struct val item, struct walk *w, bool *error);
/* A function of Jayway's at the end of a path; VAL_UNDEFINED after walk_fail. */
struct val call_function(struct walk *w, const struct jsonpath_step *step, struct val model);

#endif
