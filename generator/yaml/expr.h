/* `!jsonata {% … %}`: libyaml would take the brace for a map and stop at the '%'. So it is given a
 * copy of the text in which each such expression is as many x as it has characters: a plain
 * scalar, and every position stays what it was. */
#ifndef YAML_EXPR_H
#define YAML_EXPR_H

#include "base/arena.h"

struct expr {
    size_t at, len; /* "{% … %}" in the text, in bytes */
    bool real;      /* false if it is part of another string */
};

struct exprs {
    struct str text; /* for libyaml */
    struct expr *all;
    size_t n;
};

/* Finds the expressions in `text` and makes the copy, both in `scratch`; text itself if there are
 * none. */
void exprs_init(struct exprs *e, struct arena *scratch, struct str text);

/* The expression that begins at byte `at` of the text, or NULL. */
const struct expr *exprs_find(const struct exprs *e, size_t at);

#endif
