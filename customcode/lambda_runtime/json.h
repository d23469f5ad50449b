/* Reading JSON without building a tree: a value is a view of the text that it stands in.
 *
 *     struct ljson event;
 *     if (!ljson_parse(call->event, call->event_size, &event)) …
 *     struct ljson stars = ljson_get(event, "stars");
 *
 * ljson_parse checks the whole text once, so everything after it may trust the form. A value that
 * is not there is `absent`, and asking an absent value, or one of another type, gives absent or
 * false: a chain of ljson_get needs one test at its end. */
#ifndef LAMBDA_RUNTIME_JSON_H
#define LAMBDA_RUNTIME_JSON_H

#include "lambda_runtime/text.h"

#include <stdint.h>

struct ljson {
    const char *p; /* first byte of the value; NULL: absent */
    size_t n;
};

enum ljson_type {
    LJSON_ABSENT,
    LJSON_NULL,
    LJSON_BOOL,
    LJSON_NUMBER,
    LJSON_STRING,
    LJSON_ARRAY,
    LJSON_OBJECT,
};

/* Deepest nesting that is read. */
enum { LJSON_MAX_DEPTH = 200 };

/* The value that the text holds: RFC 8259, nothing before or after it but blanks. False if it is
 * malformed or nested too deeply. */
bool ljson_parse(const char *p, size_t n, struct ljson *value);

enum ljson_type ljson_type(struct ljson v);

/* The member of that name, the first if it is there twice. */
struct ljson ljson_get(struct ljson object, const char *key);

/* Walks an array or an object:
 *     for (struct ljson_walk w = ljson_walk(v); ljson_next(&w);) … w.value, w.key … */
struct ljson_walk {
    struct ljson key; /* of an object's member, a string */
    struct ljson value;
    const char *at;
    const char *end;
    bool members;
};
struct ljson_walk ljson_walk(struct ljson container);
bool ljson_next(struct ljson_walk *w);

bool ljson_number(struct ljson v, double *number);
/* An integer that a double holds exactly, however it is written: 5, 5.0, 50e-1. */
bool ljson_integer(struct ljson v, int64_t *integer);
/* Appends the string's bytes in UTF-8, escapes decoded; half a surrogate pair becomes U+FFFD. */
bool ljson_string(struct ljson v, struct ltext *to);
bool ljson_equals(struct ljson v, const char *s);

#endif
