/* Looking at text the way a person does, for messages. */
#ifndef YAML_WORDS_H
#define YAML_WORDS_H

#include "base/source.h"

/* A place in a text and the line around it. */
struct spot {
    size_t at;
    size_t line;       /* from 1 */
    size_t begin, end; /* of the line, without its end */
    size_t first;      /* its first byte that is no blank; `end` if there is none */
};

struct spot words_spot(const struct source *src, size_t at);

/* How far the first word of the line is indented, in columns. */
size_t words_indent(const struct source *src, size_t at);

/* Offset of the first ':' outside of quotes that ends a key in [from, to), or SIZE_MAX. */
size_t words_colon(struct str text, size_t from, size_t to);

/* The value that begins at `at` to the end of its line or, in brackets, of the item: without a
 * comment and blanks at the end. */
struct span words_value(const struct source *src, size_t at, bool in_brackets);

/* Whether a bracket that is open at `at` was opened on the same line. */
bool words_in_brackets(struct str text, size_t line, size_t at);

/* What belongs to the template expression at `at`, "{{": in brackets itself only, otherwise the
 * whole key or value. */
struct span words_template(const struct source *src, size_t at, bool in_brackets);

/* First "{{" or "{%" in [from, to) that begins a value, or SIZE_MAX. */
size_t words_brace(struct str text, size_t from, size_t to);

/* text in the quotes that suit it; only dots in quotes if it is long. */
struct str words_quote(struct arena *a, struct str text);
/* text cut to one line of some 40 characters, to be quoted in a message. */
struct str words_clip(struct arena *a, struct str text);

#endif
