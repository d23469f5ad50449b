/* Checks that rows of many engines share (.check of a field). */
#ifndef MODEL_CHECKS_H
#define MODEL_CHECKS_H

#include "schema/bind.h"

/* A path that stays inside the project. */
void check_inside(struct bind *b, const struct field *f, const struct node *value);
/* A map whose values are strings: environment variables. */
void check_texts(struct bind *b, const struct field *f, const struct node *value);
/* The same, or a run-time path in place of the map. */
void check_texts_or_path(struct bind *b, const struct field *f, const struct node *value);
/* A list of strings, one string, or a run-time path to a list. */
void check_words(struct bind *b, const struct field *f, const struct node *value);
/* An ARN, or a run-time value. */
void check_arn(struct bind *b, const struct field *f, const struct node *value);

#endif
