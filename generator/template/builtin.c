#include "template/filters.h"
#include "template/vm.h"

#include "template/unicode.h"

const struct builtin *builtin_find(struct builtin_table t, struct str name)
{
    size_t low = 0, high = t.n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = str_cmp(name, t.rows[mid].name);
        if (c == 0)
            return &t.rows[mid];
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

void builtin_unknown(struct vm *vm, struct str name, bool test)
{
    struct builtin_table table = test ? template_tests : template_filters;
    struct diag *d = vm_fail(vm, test ? "unknown-test" : "unknown-filter", "unknown %s '%.*s'",
                             test ? "test" : "filter", STR(name));
    struct str *names = arena_make_n(&vm->own, struct str, table.n);
    for (size_t i = 0; i < table.n; i++)
        names[i] = table.rows[i].name;
    if (d)
        diag_suggest(d, name, names, table.n);
}

bool arg_truth(struct vm *vm, const struct args *args, size_t i, bool dflt)
{
    return arg_given(args, i) ? value_truth(vm, args->v[i]) : dflt;
}

bool arg_int(struct vm *vm, const struct args *args, size_t i, const char *what, int64_t dflt,
             int64_t *out)
{
    *out = dflt;
    return !arg_given(args, i) || value_int(vm, args->v[i], what, out);
}

bool arg_str(struct vm *vm, const struct args *args, size_t i, const char *what, struct str dflt,
             struct str *out)
{
    *out = dflt;
    if (!arg_given(args, i))
        return true;
    struct val v = args->v[i];
    if (v.kind == VAL_STR)
        *out = peek_str(v);
    else if (v.kind == VAL_UNDEFINED)
        undefined_fail(vm, v);
    else
        vm_fail(vm, "wrong-type", "%s is %s; expected a string", what, value_kind(v));
    return v.kind == VAL_STR;
}

static bool all_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!ascii_is_digit(s.p[i]))
            return false;
    return s.n > 0;
}

struct val attribute_path(struct vm *vm, struct val item, struct val attribute, struct val dflt)
{
    struct val v = val_copy(item), next;
    if (attribute.kind == VAL_NULL || is_missing(attribute))
        return v;
    if (attribute.kind != VAL_STR) {
        next = value_getitem(vm, v, attribute);
        val_free(v);
        if (next.kind == VAL_UNDEFINED && !is_missing(dflt))
            return val_copy(dflt);
        return next;
    }
    struct str rest = peek_str(attribute);
    if (str_find_char(rest, '.', 0) == SIZE_MAX && !all_digits(rest)) {
        next = value_getitem(vm, v, attribute);
        val_free(v);
        return next.kind == VAL_UNDEFINED && !is_missing(dflt) ? val_copy(dflt) : next;
    }
    for (bool more = true; more && !vm->failed;) {
        size_t dot = str_find_char(rest, '.', 0);
        struct str part = str_sub(rest, 0, dot == SIZE_MAX ? rest.n : dot);
        more = dot != SIZE_MAX;
        if (more)
            rest = str_sub(rest, dot + 1, rest.n);
        struct val key = all_digits(part) ? template_integer(part) : val_str(part);
        next = value_getitem(vm, v, key);
        val_free(key);
        val_free(v);
        v = next;
        if (v.kind == VAL_UNDEFINED && !is_missing(dflt))
            v = val_copy(dflt);
    }
    return v;
}

struct val ignore_case(struct vm *vm, struct val v)
{
    if (v.kind != VAL_STR)
        return val_copy(v);
    struct buf b;
    buf_init(&b, 0);
    put_lower(&b, peek_str(v));
    return value_from_buf(vm, &b);
}

/* The length of the line end at `at`, or 0. */
static size_t line_end_at(struct str s, size_t at)
{
    unsigned char c = (unsigned char)s.p[at];
    if (c == '\r')
        return at + 1 < s.n && s.p[at + 1] == '\n' ? 2 : 1;
    if ((c >= '\n' && c <= '\f') || (c >= 0x1C && c <= 0x1E))
        return 1;
    if (c == 0xC2 && at + 1 < s.n && (unsigned char)s.p[at + 1] == 0x85)
        return 2;
    if (c == 0xE2 && at + 2 < s.n && (unsigned char)s.p[at + 1] == 0x80 &&
        ((unsigned char)s.p[at + 2] == 0xA8 || (unsigned char)s.p[at + 2] == 0xA9))
        return 3;
    return 0;
}

bool next_line(struct str *rest, struct str *line, bool keep_end)
{
    if (rest->n == 0)
        return false;
    size_t at = 0, end = 0;
    while (at < rest->n && !(end = line_end_at(*rest, at)))
        at++;
    *line = str_sub(*rest, 0, keep_end ? at + end : at);
    *rest = str_sub(*rest, at + end, rest->n);
    return true;
}

#define S_(x) S_INIT(x)
static const struct builtin filters[] = {
    { S_("abs"), filter_abs, "", 0 },
    { S_("attr"), filter_attr, "name", 1 },
    { S_("batch"), filter_batch, "linecount,fill_with", 1 },
    { S_("capitalize"), filter_capitalize, "", 0 },
    { S_("center"), filter_center, "width", 0 },
    { S_("count"), filter_length, "", 0 },
    { S_("d"), filter_default, "default_value,boolean", 0 },
    { S_("default"), filter_default, "default_value,boolean", 0 },
    { S_("dictsort"), filter_dictsort, "case_sensitive,by,reverse", 0 },
    { S_("e"), filter_escape, "", 0 },
    { S_("escape"), filter_escape, "", 0 },
    { S_("filesizeformat"), filter_filesizeformat, "binary", 0 },
    { S_("first"), filter_first, "", 0 },
    { S_("float"), filter_float, "default", 0 },
    { S_("forceescape"), filter_forceescape, "", 0 },
    { S_("format"), filter_format, NULL, 0 },
    { S_("groupby"), filter_groupby, "attribute,default,case_sensitive", 1 },
    { S_("indent"), filter_indent, "width,first,blank", 0 },
    { S_("int"), filter_int, "default,base", 0 },
    { S_("items"), filter_items, "", 0 },
    { S_("join"), filter_join, "d,attribute", 0 },
    { S_("last"), filter_last, "", 0 },
    { S_("length"), filter_length, "", 0 },
    { S_("list"), filter_list, "", 0 },
    { S_("lower"), filter_lower, "", 0 },
    { S_("map"), filter_map, NULL, 0 },
    { S_("max"), filter_max, "case_sensitive,attribute", 0 },
    { S_("min"), filter_min, "case_sensitive,attribute", 0 },
    { S_("pprint"), filter_pprint, "", 0 },
    { S_("random"), filter_random, "", 0 },
    { S_("reject"), filter_reject, NULL, 0 },
    { S_("rejectattr"), filter_rejectattr, NULL, 0 },
    { S_("replace"), filter_replace, "old,new,count", 2 },
    { S_("reverse"), filter_reverse, "", 0 },
    { S_("round"), filter_round, "precision,method", 0 },
    { S_("safe"), filter_safe, "", 0 },
    { S_("select"), filter_select, NULL, 0 },
    { S_("selectattr"), filter_selectattr, NULL, 0 },
    { S_("slice"), filter_slice, "slices,fill_with", 1 },
    { S_("sort"), filter_sort, "reverse,case_sensitive,attribute", 0 },
    { S_("string"), filter_string, "", 0 },
    { S_("striptags"), filter_striptags, "", 0 },
    { S_("sum"), filter_sum, "attribute,start", 0 },
    { S_("title"), filter_title, "", 0 },
    { S_("tojson"), filter_tojson, "indent", 0 },
    { S_("trim"), filter_trim, "chars", 0 },
    { S_("truncate"), filter_truncate, "length,killwords,end,leeway", 0 },
    { S_("unique"), filter_unique, "case_sensitive,attribute", 0 },
    { S_("upper"), filter_upper, "", 0 },
    { S_("urlencode"), filter_urlencode, "", 0 },
    { S_("urlize"), filter_urlize, "trim_url_limit,nofollow,target,rel,extra_schemes", 0 },
    { S_("wordcount"), filter_wordcount, "", 0 },
    { S_("wordwrap"), filter_wordwrap, "width,break_long_words,wrapstring,break_on_hyphens", 0 },
    { S_("xmlattr"), filter_xmlattr, "autospace", 0 },
};
#undef S_

const struct builtin_table template_filters = { filters, sizeof filters / sizeof *filters };
