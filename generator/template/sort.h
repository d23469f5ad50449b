/* Stable sorting by keys of any kind. */
#ifndef TEMPLATE_SORT_H
#define TEMPLATE_SORT_H

#include "template/value.h"

struct keyed {
    struct val key, item;
};

/* By key, upwards or downwards; equal keys keep their order. Stops where two keys cannot be
 * compared, after vm_fail; with `lenient` equal ones (none and none) need no order. */
void sort_keyed(struct vm *vm, struct keyed *items, size_t n, bool reverse, bool lenient);

#endif
