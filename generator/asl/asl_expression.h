/* JSONata in a definition, as far as this layer looks into it: the {% %} around an expression, and
 * whether what is inside can be one at all (brackets, quotes, operands and operators in turn).
 * What it means is for the jsonata layer. */
#ifndef ASL_EXPRESSION_H
#define ASL_EXPRESSION_H

#include "base/str.h"

enum asl_marks { ASL_MARKS_NONE, ASL_MARKS_OPEN, ASL_MARKS_CLOSE, ASL_MARKS_BOTH };

/* Which marks stand around the text; *inner (may be NULL) becomes what is between both of them,
 * and is left alone otherwise. */
enum asl_marks asl_expression_marks(struct str text, struct str *inner);

/* Where an expression first reads something that not every field has; SIZE_MAX: nowhere. */
struct asl_uses {
    size_t result;   /* $states.result */
    size_t error;    /* $states.errorOutput */
    size_t document; /* $$ */
};

/* NULL where the expression can be read, and *uses filled in; else what is wrong at byte *at, for a
 * message. */
const char *asl_expression_wrong(struct str expression, size_t *at, struct asl_uses *uses);

#endif
