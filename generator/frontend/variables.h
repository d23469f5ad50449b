/* Template variables, and where each got its value: `explain variable` shows every place. */
#ifndef FRONTEND_VARIABLES_H
#define FRONTEND_VARIABLES_H

#include "base/val.h"
#include "base/vec.h"

struct setting {
    struct str name;
    const struct node *value; /* its span is where it was written, if it was */
    const char *why;          /* "stages.yaml", "-D", … */
};

struct variables {
    struct arena *arena;
    struct val map;              /* what a template sees */
    VEC(struct setting) history; /* weakest first; the last one of a name holds */
};

void variables_init(struct variables *v, struct arena *a);
void variables_done(struct variables *v);

/* Sets a variable, over whatever it was. */
void variables_set(struct variables *v, struct str name, const struct node *value, const char *why);
void variables_set_text(struct variables *v, const char *name, struct str value, const char *why);
/* Sets one for each entry of the map. */
void variables_merge(struct variables *v, const struct node *map, const char *why);

#endif
