/* What other engines may use of Lambda functions, apigateway makes one for each integration; and
 * what Lambda's own files share. */
#ifndef ENGINES_LAMBDA_H
#define ENGINES_LAMBDA_H

#include "plan/plan.h"

/* The table of an item's body that describes a function, as for `type: lambda_function`. */
extern const struct fields lambda_function_fields;
void lambda_check_function(struct diags *ds, const struct item *it);
/* Adds the function with its role, code and whatever else `it` asks for; the caller publishes it.
 */
struct resource *lambda_add_function(struct plan *p, const struct item *it);
/* Lets `service` call the function on behalf of `source` (an ARN). */
void lambda_permit(struct plan *p, const struct resource *function, struct vstr name,
                   const char *service, const char *suffix, struct node *source);

/* Checks of fields: a language and version, a folder of the project. */
struct bind;
void lambda_check_runtime(struct bind *b, const struct field *f, const struct node *value);
void lambda_check_folder(struct bind *b, const struct field *f, const struct node *value);

/* Lambda's name of a runtime that the check lets pass; of a retired one, its successor's. */
const char *lambda_runtime_name(struct str name);

/* lambda/layer.c */
extern const struct fields lambda_layer_fields;
void lambda_check_layer(struct diags *ds, const struct item *it);
void lambda_lower_layer(struct plan *p, const struct item *it);

#endif
