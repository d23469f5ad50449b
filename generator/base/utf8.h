/* UTF-8 as RFC 3629 has it: no surrogates, no overlong forms, nothing above U+10FFFF. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/str.h"

/* Length of the valid sequence that s begins with, 1 to 4, or 0. s is not empty. */
size_t utf8_sequence(struct str s);

/* Offset of the first byte that does not belong to valid UTF-8, or SIZE_MAX if all is well. */
size_t utf8_invalid_at(struct str s);

/* The code point at *at, which moves past it. An invalid byte counts as one code point, 0xFFFD.
 * Call only while *at < s.n. */
uint32_t utf8_next(struct str s, size_t *at);

/* Writes the code point (at most 0x10FFFF) and returns its length in bytes, 1 to 4. */
size_t utf8_put(char out[static 4], uint32_t code);

/* The longest prefix of at most n bytes that does not cut a character. */
size_t utf8_floor(struct str s, size_t n);

/* Number of code points; invalid bytes count one each. */
size_t utf8_length(struct str s);

#endif
