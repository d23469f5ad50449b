/* Small questions about strings and numbers of a definition, and how messages show them. */
#ifndef ASL_TEXT_H
#define ASL_TEXT_H

#include "base/node.h"

/* The text in single quotes, fit for a message: shortened, control characters made visible. */
struct str asl_shown(struct arena *a, struct str text);
/* A scalar as it was written, anything else by its kind. */
struct str asl_node_shown(struct arena *a, const struct node *n);
/* A number without needless digits: "60", "0.3". */
struct str asl_number_shown(struct arena *a, double number);

/* Whether "${Name}" stands somewhere in the text. */
bool asl_has_placeholder(struct str text);
bool asl_is_whole(double number);

/* The piece [at, at + len) of a string node's text, where that can be told from its source (there
 * are no escapes in it); the whole node otherwise. */
struct span asl_span_in(const struct node *n, size_t at, size_t len);

/* Whether text is a variable's name: a Unicode letter or '_', then letters, digits and '_', at most
 * 80 of them. Source: States Language, "Variable names". */
bool asl_is_variable_name(struct str text);

#endif
