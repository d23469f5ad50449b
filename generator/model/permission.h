/* Permissions that a user writes down: added for code whose needs nobody else can know, or removed
 * where somebody knows better. */
#ifndef MODEL_PERMISSION_H
#define MODEL_PERMISSION_H

#include "base/diag.h"
#include "schema/field.h"

struct permission {
    struct vstrs actions, remove; /* one of them; patterns in the latter */
    struct vstrs resources;       /* ARNs; patterns where `remove` stands, or none: all */
    struct vstr reason;
};

/* The table of struct permission. */
extern const struct fields permission_fields;

/* A row's check: whether they are actions, service:Action. */
void permission_check_actions(struct bind *b, const struct field *f, const struct node *value);

/* Whether each of the list (of struct permission) adds or removes something; reports if not. */
bool permissions_check(struct diags *ds, const struct vobjs *permissions);

#endif
