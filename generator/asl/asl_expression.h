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

/* NULL where the expression can be read; else what is wrong at byte *at, for a message. */
const char *asl_expression_wrong(struct str expression, size_t *at);

#endif
