/* Text to numbers by the rules of Python's int() and float(). */
#ifndef TEMPLATE_PARSE_NUMBER_H
#define TEMPLATE_PARSE_NUMBER_H

#include "base/val.h"

/* White space around, a sign, '_' between digits, and 0b, 0o, 0x where they fit the base; base 0
 * goes by those. False if it is none. */
bool python_int(struct str s, int base, struct val *out);
bool python_float(struct str s, double *out);

#endif
