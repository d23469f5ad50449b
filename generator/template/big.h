/* Integers beyond 64 bits: enough arithmetic that a template computes as Python does. A value is a
 * VAL_INT wherever it fits; only what does not is a big extension. */
#ifndef TEMPLATE_BIG_H
#define TEMPLATE_BIG_H

#include "base/buf.h"
#include "template/ast.h"

struct vm;

enum { BIG_LIMBS = 2048 }; /* 65,536 bits */

/* Both integers (booleans are not), one of them big, or a float: <0, 0, >0, 2 for NaN. */
int big_compare(struct val a, struct val b);
/* a op b, exact; fails where the result is too large. Not for CMP, DIV, or a negative power. */
struct val big_binary(struct vm *vm, enum ast_binary op, struct val a, struct val b);
struct val big_negate(struct val v);
double big_to_double(struct val v);
void big_put(struct buf *out, struct val v);
/* An integral double; fits or is big. */
struct val big_from_double(double d);
/* Digits in a base of 2 to 36; false if there are none, others, or far too many. */
bool big_parse(struct str digits, int base, bool negative, struct val *out);
bool big_is_odd(struct val v);
bool big_is_negative(struct val v);

#endif
