/* What field tables say of themselves: as JSON Schema, as reference pages, as a paragraph. */
#ifndef SCHEMA_DESCRIBE_H
#define SCHEMA_DESCRIBE_H

#include "base/json_write.h"
#include "schema/field.h"

/* The members of "properties" for the rows, aliases included; the caller has begun the map. Groups
 * are references to "#/definitions/groups". Source: JSON Schema draft-07. */
void describe_properties(struct json_writer *w, const struct fields *fields);
/* The schema of one row: the members of a map that the caller has begun. */
void describe_property(struct json_writer *w, const struct field *f);
/* Keys of required rows, as items of a list that the caller has begun. */
void describe_required(struct json_writer *w, const struct fields *fields);

/* A Markdown table of the rows, and one below it for each nested struct. */
void describe_markdown(struct buf *out, const struct fields *fields);

/* A field for `explain`: text, kind, unit, default, limits, other spellings, source. */
void describe_field(struct buf *out, struct str owner, const struct field *f);

/* The row of that key or alias, or NULL. */
const struct field *describe_find(const struct fields *fields, struct str key);

#endif
