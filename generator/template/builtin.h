/* Rows of the tables of filters, tests, methods and global functions. */
#ifndef TEMPLATE_BUILTIN_H
#define TEMPLATE_BUILTIN_H

#include "base/val.h"

struct vm;

/* Arguments of a call. Where the row names its parameters, v[i] belongs to the i-th of them and is
 * missing (arg_given false) where the call left it out. All are borrowed. */
struct args {
    const struct val *v;
    size_t n;
    const struct val *kwnames, *kwargs; /* of rows that take any */
    size_t nkwargs;
};

struct builtin {
    struct str name;
    /* The result; anything, after vm_fail. `self` is the filtered or tested value, or the object
     * whose method it is; borrowed. */
    struct val (*call)(struct vm *vm, struct val self, const struct args *args);
    const char *params; /* "width,first,blank"; NULL: any arguments */
    uint8_t required;   /* that many must be given */
};

struct builtin_table {
    const struct builtin *rows; /* sorted by name */
    size_t n;
};

const struct builtin *builtin_find(struct builtin_table t, struct str name);

extern const struct builtin_table template_filters, template_tests, template_globals,
    template_str_methods, template_list_methods, template_map_methods;

#endif
