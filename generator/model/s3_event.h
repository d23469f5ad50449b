/* What happens to objects of a bucket and starts something: a pipeline or a function. */
#ifndef MODEL_S3_EVENT_H
#define MODEL_S3_EVENT_H

#include "schema/bind.h"

struct s3_event {
    struct vstr bucket_ref, bucket, prefix, suffix;
    struct vstrs events;
    struct vany payload;
    struct vbool enabled;
};

/* The table of struct s3_event. */
extern const struct fields s3_event_fields;

/* Check of a payload that is made of an event: paths look into it. */
void event_check_payload(struct bind *b, const struct field *f, const struct node *value);

/* Rules across its fields. */
void s3_event_check(struct diags *ds, struct span where, const struct s3_event *ev);

/* EventBridge's name of an event ("created" → "Object Created"); NULL if there is no such event. */
const char *s3_event_type(struct str word);

#endif
