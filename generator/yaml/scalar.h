/* What plain text means: the core schema of YAML 1.2 (§10.3.2), and what YAML 1.1 made of it. */
#ifndef YAML_SCALAR_H
#define YAML_SCALAR_H

#include "base/node.h"

struct scalar {
    enum node_kind kind; /* NODE_STR where the text is nothing but text */
    union {
        bool boolean;
        int64_t integer;
        double number;
    };
};

/* Integers that do not fit 64 bits are NODE_FLOAT, as in JSON. */
struct scalar scalar_read(struct str text);

/* The same as a YAML 1.1 parser reads it, of text that is a string in YAML 1.2: yes and off,
 * 0b1, 1_000, 12:30. NODE_STR where the two agree. */
struct scalar scalar_read_11(struct str text);

/* Whether text is an integer in YAML 1.2 with zeros in front: 012, 0005. */
bool scalar_has_leading_zero(struct str text);

#endif
