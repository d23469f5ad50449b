/* RFC 8259, read strictly: one reader for nodes (with spans) and for values. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/diag.h"
#include "base/node.h"
#include "base/val.h"

/* The document in `src` as nodes in `a`; NULL after a diagnostic. Duplicate keys are errors
 * [duplicate-key] with a note at the first. Strings without escapes borrow from src->text. */
struct node *json_read_node(struct arena *a, struct diags *ds, const struct source *src);

/* The same as a value; VAL_UNDEFINED after a diagnostic. */
struct val json_read_val(struct diags *ds, const struct source *src);

/* For machines' own texts, where no message is wanted: VAL_UNDEFINED and *error_at if malformed.
 * Duplicate keys: the last one wins, as most readers have it. */
struct val json_parse_val(struct str text, size_t *error_at);

#endif
