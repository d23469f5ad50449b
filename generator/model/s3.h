/* Places in S3 as people write them: s3://bucket/prefix/. */
#ifndef MODEL_S3_H
#define MODEL_S3_H

#include "schema/bind.h"

/* Bucket and prefix without a '/' at its end; false if `url` is no such place. */
bool s3_split(struct str url, struct str *bucket, struct str *prefix);

/* As a field's check: a string or a list of strings that are such places. */
void s3_check_field(struct bind *b, const struct field *f, const struct node *value);

#endif
