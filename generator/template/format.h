/* Python's ways to format: "…" % values, and "…".format(values). */
#ifndef TEMPLATE_FORMAT_H
#define TEMPLATE_FORMAT_H

#include "template/value.h"

/* format % values, where values is a tuple, a map, or one value. */
struct val format_percent(struct vm *vm, struct val format, struct val values);
/* format.format(*args, **kwargs). */
struct val format_braces(struct vm *vm, struct val format, const struct args *args);
/* One value by a format specification such as ">10.2f". */
void format_put(struct vm *vm, struct buf *out, struct val v, struct str spec);

#endif
