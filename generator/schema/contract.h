/* A JSON Schema that somebody wrote for data of their own, such as a pipeline's `input:`.
 * Draft-07's core: type, enum, const, properties, required, additionalProperties, items, the bounds
 * of numbers, strings and lists, uniqueItems; title, description, default, examples, format,
 * $schema, $id and $comment say nothing about what is allowed. A keyword that is none of these is
 * an error: not to look at it would be worse. */
#ifndef SCHEMA_CONTRACT_H
#define SCHEMA_CONTRACT_H

#include "base/diag.h"
#include "base/node.h"

/* Whether the schema is one; reports what is wrong with it. */
bool contract_check(struct diags *ds, const struct node *schema);

/* Whether the data keeps to a schema that contract_check has accepted; reports each place where it
 * does not, with a note at what the schema says. `at` is shown for data that stands nowhere. */
bool contract_accepts(struct diags *ds, const struct node *schema, const struct node *data,
                      struct span at);

#endif
