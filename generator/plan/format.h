/* Text in which something is only known at run time: built piece by piece, it becomes plain text or
 * a States.Format('…', …) call. */
#ifndef PLAN_FORMAT_H
#define PLAN_FORMAT_H

#include "base/buf.h"
#include "schema/field.h"

struct format {
    struct arena *arena;
    struct buf plain, pattern, arguments;
    bool runtime; /* format_value was called */
};

void format_init(struct format *f, struct arena *a);
void format_text(struct format *f, struct str s);
/* A run-time path or a call. */
void format_value(struct format *f, struct str path);
/* The result, whose `runtime` says which of the two it is; releases f. */
struct vstr format_done(struct format *f, struct span span);

#endif
