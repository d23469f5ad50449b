/* The filters, by theme, and what they share. */
#ifndef TEMPLATE_FILTERS_H
#define TEMPLATE_FILTERS_H

#include "template/value.h"

typedef struct val builtin_call(struct vm *vm, struct val self, const struct args *args);

/* Text (filters_text.c, filters_wrap.c) */
builtin_call filter_capitalize, filter_center, filter_default, filter_format, filter_indent,
    filter_join, filter_length, filter_lower, filter_replace, filter_string, filter_title,
    filter_trim, filter_truncate, filter_upper, filter_wordcount, filter_wordwrap;
/* Numbers (filters_number.c) */
builtin_call filter_abs, filter_filesizeformat, filter_float, filter_int, filter_round, filter_sum;
/* Lists (filters_list.c) */
builtin_call filter_attr, filter_batch, filter_first, filter_items, filter_last, filter_list,
    filter_map, filter_random, filter_reject, filter_rejectattr, filter_reverse, filter_select,
    filter_selectattr, filter_slice;
/* Order (filters_sort.c) */
builtin_call filter_dictsort, filter_groupby, filter_max, filter_min, filter_sort, filter_unique;
/* HTML and JSON (filters_html.c, filters_json.c, filters_pprint.c) */
builtin_call filter_escape, filter_forceescape, filter_safe, filter_striptags, filter_tojson,
    filter_urlencode, filter_urlize, filter_xmlattr, filter_pprint;

static inline bool arg_given(const struct args *args, size_t i)
{
    return i < args->n && !(args->v[i].kind == VAL_UNDEFINED && !args->v[i].heap);
}
/* The argument, or missing. */
static inline struct val arg(const struct args *args, size_t i)
{
    return i < args->n ? args->v[i] : (struct val){ 0 };
}
/* Given and not none. */
static inline bool arg_some(const struct args *args, size_t i)
{
    return arg_given(args, i) && args->v[i].kind != VAL_NULL;
}
bool arg_truth(struct vm *vm, const struct args *args, size_t i, bool dflt);
bool arg_int(struct vm *vm, const struct args *args, size_t i, const char *what, int64_t dflt,
             int64_t *out);
bool arg_str(struct vm *vm, const struct args *args, size_t i, const char *what, struct str dflt,
             struct str *out);

/* item.a.b.0 for an attribute "a.b.0", an integer, or none (the item itself). With a default
 * (given: not missing) what is undefined on the way becomes that. */
struct val attribute_path(struct vm *vm, struct val item, struct val attribute, struct val dflt);
/* A string in lower case, anything else as it is: for comparing without case. */
struct val ignore_case(struct vm *vm, struct val v);
/* Text as str.splitlines() splits it: the next line off the front of *rest. */
bool next_line(struct str *rest, struct str *line, bool keep_end);

#endif
