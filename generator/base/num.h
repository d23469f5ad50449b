/* Numbers to text and back, whatever the locale. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include "base/str.h"

enum { NUM_TEXT = 40 }; /* bytes enough for any result below, NUL included */

/* Decimal text of i into out; returns its length. */
size_t num_put_int(char out[static NUM_TEXT], int64_t i);

/* The shortest decimal text that reads back as d, as JavaScript prints it (exponent from 1e21 and
 * below 1e-6; -0 prints "0"): JSON-safe for finite d. NaN and infinities print NaN, Infinity. */
size_t num_put_double(char out[static NUM_TEXT], double d);

/* Same digits as Python's repr: "1.0", "1e+16", "nan", "inf", "-0.0". */
size_t num_put_double_python(char out[static NUM_TEXT], double d);

/* The whole of s as a decimal integer with optional '-' or '+'; false if it is none or does not
 * fit. */
bool num_get_int(struct str s, int64_t *out);
/* The whole of s as a decimal number (digits, '.', exponent); overflow gives an infinity. */
bool num_get_double(struct str s, double *out);
/* The double nearest to w * 10^exponent where one exact operation finds it; false otherwise. For
 * parsers that have the digits at hand. */
bool num_exact_double(uint64_t w, int64_t exponent, double *out);

/* Whether i is less than d (<0), equal (0) or greater (>0), exactly, whatever the magnitude; 2
 * where d is no number. */
int num_compare(int64_t i, double d);

#endif
