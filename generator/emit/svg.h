/* <name>.svg: the plan's state machine as a picture. */
#ifndef EMIT_SVG_H
#define EMIT_SVG_H

#include "base/buf.h"
#include "plan/plan.h"

/* Appends an SVG document; a pipeline without steps gives one that says so. */
void emit_svg(const struct plan *p, struct buf *out);

#endif
