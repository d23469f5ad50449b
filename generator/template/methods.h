/* What the methods of strings and maps share with filters and functions. */
#ifndef TEMPLATE_METHODS_H
#define TEMPLATE_METHODS_H

#include "template/value.h"

/* self.strip(chars) and its halves; self is a string. */
struct val str_strip(struct vm *vm, struct val self, const struct args *args, bool left,
                     bool right);
/* center, ljust, rjust ('c', 'l', 'r') with arguments width and fill. */
struct val str_justify(struct vm *vm, struct val self, const struct args *args, char how);
/* The first `count` (all where negative) occurrences of old replaced. */
struct val str_replaced(struct vm *vm, struct str s, struct str old, struct str new, int64_t count);

/* Pairs from a map, or from a sequence of pairs, into the map self, seen by all who hold it. */
void map_merge(struct vm *vm, struct val self, struct val from);

#endif
