/* The characters of a document: which are allowed, and at which byte the n-th stands. libyaml
 * counts code points where we count bytes. */
#ifndef YAML_CHARS_H
#define YAML_CHARS_H

#include "base/diag.h"

struct chars {
    struct str text;  /* the document, behind any byte order mark */
    size_t skipped;   /* bytes of the mark */
    size_t n;         /* code points in text */
    uint32_t *stride; /* offset of every CHARS_STRIDE-th of them; NULL where all are single bytes */
    size_t index, at; /* the last one asked for: the next one is near */
};

enum { CHARS_STRIDE = 64 };

/* Fills in `c` (the table in `scratch`); false after a diagnostic [not-utf8, bad-character,
 * merge-conflict]. */
bool chars_init(struct chars *c, struct arena *scratch, struct diags *ds, const struct source *src);

/* The byte, in the source, at which code point `index` (counted behind the mark) begins. */
size_t chars_byte(struct chars *c, size_t index);

/* The character at the beginning or end of s that looks like a blank and is none of ASCII's (U+00A0
 * and its kind); empty if there is none. */
struct str chars_odd_blank(struct str s);

#endif
