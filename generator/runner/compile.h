/* Making a program: what program.c and template.c share. */
#ifndef RUNNER_COMPILE_H
#define RUNNER_COMPILE_H

#include "runner/program.h"

struct compiler {
    struct arena *a;
    struct diags *ds;
    struct program *p;
    struct state *state; /* the one being compiled */
};

/* Each reports what cannot be read. What a field does not hold is left zeroed or NULL. */
const struct jsonpath *compile_path(struct compiler *c, const struct asl_value *v);
void compile_expression(struct compiler *c, struct str text, const struct node *at,
                        struct expression *e);
struct route compile_route(struct compiler *c, const struct asl_value *v);
struct amount compile_amount(struct compiler *c, const struct asl_value *v);
const struct template *compile_template(struct compiler *c, const struct asl_value *v);
/* The program keeps the value and releases it at its end. */
struct val compile_own(struct compiler *c, struct val v);

#endif
