/* YAML into nodes. A document comes in as a source, read from a file or made by a template; its
 * nodes point back into that source byte for byte, and so does every message.
 *
 * The language is YAML 1.2 with the core schema, read by libyaml, which no other layer sees:
 * - yes, on, 0b1, 1_000 and 12:30 are strings, and 012 is twelve. A number with a leading zero is
 *   warned about [yaml-1.1], since either way of reading it surprises somebody; for the others
 *   yaml_hint explains a type error where there is one, and nobody else is bothered.
 * - Keys are strings: `1:` is "1", `on:` is "on". A list or map as a key is an error, and so is a
 *   key that stands twice.
 * - `<<` merges a map or a list of maps; keys written in the map itself win, then earlier maps.
 * - Aliases share the node of their anchor. Size (LIMIT_YAML_NODES) and depth (LIMIT_DEPTH) count
 *   as if each were a copy, so that a walk over the nodes is bounded too.
 * - `!jsonata` marks an expression: `!jsonata {% $x %}`, `!jsonata "$x"`, `!jsonata |` and so on.
 *   Its node has TAG_JSONATA and as text the expression without `{%` and `%}`.
 * - `!include path` stands for the content of a file: yaml_load below.
 * - One document to a file. Byte order mark and CRLF are fine. */
#ifndef YAML_YAML_H
#define YAML_YAML_H

#include "base/depfile.h"
#include "base/diag.h"
#include "base/node.h"

/* Brings a file that `!include` names: a source with this path and frame, or NULL after a
 * diagnostic at `cause`. `path` is relative to the project root, clean, and inside it. The source
 * may be what a template made of the file. */
typedef struct source *(*yaml_load)(void *context, struct arena *a, struct diags *ds,
                                    struct str path, struct span cause, const struct frame *frame);

struct yaml_options {
    yaml_load load; /* NULL: !include is an error */
    void *context;  /* for load */
};

/* The document in `src`; NULL after one or more diagnostics. A document without content is a
 * NODE_NULL. Strings may borrow from src->text. `opt` may be NULL.
 *
 * An !include path is seen from the folder of the file in which it is written. Files named .yaml,
 * .yml or .json (and .j2 behind that) are read as YAML, their nodes pointing into them; any other
 * file is a string, whose span is the whole file. Messages inside show the way there. */
struct node *yaml_read(struct arena *a, struct diags *ds, const struct source *src,
                       const struct yaml_options *opt);

/* A yaml_load that reads the file below `root` as it is and records it in `reads` (or NULL).
 * Context: a struct yaml_files. */
struct yaml_files {
    struct str root;
    struct reads *reads;
};
struct source *yaml_load_file(void *files, struct arena *a, struct diags *ds, struct str path,
                              struct span cause, const struct frame *frame);

/* Adds to d, a message that n is no `expected`, what is likely meant: 'yes' where a boolean is
 * wanted, '1_000' where a number is, 'key:value' where a map is, '-item' where a list is. Returns
 * whether it had anything to say. */
bool yaml_hint(struct diag *d, const struct node *n, enum node_kind expected);

/* Where the bytes [at, at + len) of a string node's text were written: exact for plain and quoted
 * scalars and block scalars alike, whatever was folded or escaped; n->span where that cannot be
 * told. */
struct span yaml_inside(const struct node *n, size_t at, size_t len);

#endif
