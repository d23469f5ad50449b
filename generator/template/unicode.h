/* What Python's text methods know about characters. */
#ifndef TEMPLATE_UNICODE_H
#define TEMPLATE_UNICODE_H

#include "base/buf.h"

/* Length in bytes of the white space character at (ending before) `at`, or 0. */
size_t space_at(struct str s, size_t at);
size_t space_before(struct str s, size_t at);
/* Without white space at its start, its end. */
struct str trim_start(struct str s);
struct str trim_end(struct str s);

/* Character classes as str.isalpha() and friends see them. */
bool code_is_space(uint32_t c);
bool code_is_alpha(uint32_t c);
bool code_is_digit(uint32_t c);   /* isdigit: decimals and superscripts */
bool code_is_decimal(uint32_t c); /* isdecimal */
bool code_is_numeric(uint32_t c);
bool code_is_upper(uint32_t c);
bool code_is_lower(uint32_t c);
bool code_is_title(uint32_t c);
bool code_is_cased(uint32_t c);
bool code_is_printable(uint32_t c);
bool code_is_word(uint32_t c); /* \w of a regular expression */
/* What may stand in a template's names; a name must also begin with a start character. */
bool code_in_name(uint32_t c);
bool code_starts_name(uint32_t c);
bool code_continues_name(uint32_t c);

/* Case mapping of a whole text, special cases included ("ß" to "SS", final sigma). */
void put_upper(struct buf *out, struct str s);
void put_lower(struct buf *out, struct str s);
void put_casefold(struct buf *out, struct str s);
/* str.title() and str.capitalize(). */
void put_title(struct buf *out, struct str s);
void put_capitalized(struct buf *out, struct str s);
void put_swapped(struct buf *out, struct str s);

/* Byte offset of the n-th code point, or s.n. */
size_t code_offset(struct str s, size_t n);
bool is_ascii(struct str s);

#endif
