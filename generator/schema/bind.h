/* From a map that somebody wrote to structs, by field tables. */
#ifndef SCHEMA_BIND_H
#define SCHEMA_BIND_H

#include "base/diag.h"
#include "schema/field.h"

/* What binding needs besides the tables. */
struct bind {
    struct arena *arena;
    struct diags *ds;
    /* Reads a GROUPS field; NULL after a diagnostic. NULL where no table has such a field. */
    struct sequence *(*groups)(void *ctx, const struct node *value);
    void *ctx;
};

/* One table and the struct that it fills; a thing may be described by several at once. */
struct bind_part {
    const struct fields *fields;
    void *out; /* zeroed, fields->size bytes */
};

/* Fills the parts from `map` and its wrappers: maps under the keys `wrappers` (NULL at the end, or
 * NULL) whose entries count as if they stood beside them. `what` names the thing in messages
 * ("step 'greet'"). Reports unknown keys, wrong types and ranges, missing required keys, and goes
 * on; false if it reported any error. */
bool bind_parts(struct bind *b, const struct node *map, const char *const *wrappers,
                const struct bind_part *parts, size_t nparts, struct str what);

/* The same for one table without wrappers, into new memory; NULL if it reported. */
void *bind_struct(struct bind *b, const struct fields *fields, const struct node *map,
                  struct str what);

/* What was bound, defaults included, as a map with the tables' own keys; what is absent is left
 * out. Groups are not data. */
struct node *bind_node(struct arena *a, const struct fields *fields, const void *body,
                       struct span span);

/* For field.check: refuses '*' and '?' in what names one thing, for a permission made of it would be
 * one on all of its kind. */
void check_names_one(struct bind *b, const struct field *f, const struct node *value);

/* Whether text is a run-time path: "$", "$.…", "$[…", "$$.…" or a variable "$name…". */
bool text_is_runtime_path(struct str s);
/* The same, or the call of an intrinsic function: States.Format('{}', $.id). */
bool text_is_runtime_value(struct str s);

#endif
