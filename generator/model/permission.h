/* Permissions that a user writes down, for code whose needs nobody else can know. */
#ifndef MODEL_PERMISSION_H
#define MODEL_PERMISSION_H

#include "schema/field.h"

struct permission {
    struct vstrs actions, resources;
    struct vstr reason;
};

/* The table of struct permission. */
extern const struct fields permission_fields;

#endif
