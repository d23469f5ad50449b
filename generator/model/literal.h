/* Data as Python writes it, in a string: "{'secret': 'x', 'n': 3, 'on': True}". Old blueprints give
 * payloads so; JSON is read the same way. */
#ifndef MODEL_LITERAL_H
#define MODEL_LITERAL_H

#include "schema/bind.h"

/* The data in the string node `text`, with spans inside it; NULL after a diagnostic. A node that is
 * no string is returned as it is. */
const struct node *literal_read(struct arena *a, struct diags *ds, const struct node *text);

/* As a field's check: only reports. */
void literal_check_field(struct bind *b, const struct field *f, const struct node *value);

#endif
