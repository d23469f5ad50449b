/* The functions that Jayway adds at the end of a path: $.numbers.sum(), $.length($.a). */
#include "jsonpath/program.h"

#include "base/num.h"
#include "base/utf8.h"

#include <math.h>

/* The values of the arguments: paths start at the root of the document. */
static bool take_arguments(struct walk *w, const struct jsonpath_step *s, struct val *list)
{
    *list = val_list();
    for (size_t i = 0; i < s->n; i++) {
        struct val v;
        if (s->args[i].path)
            v = walk_path(s->args[i].path, w->root, w->root, false, w->visits, w->depth + 1,
                          w->fail);
        else
            v = val_from_node(s->args[i].literal);
        if (v.kind == VAL_UNDEFINED) {
            val_free(*list);
            return false;
        }
        *list = val_list_push(*list, v);
    }
    return true;
}

static bool is_number(struct val v)
{
    return v.kind == VAL_INT || v.kind == VAL_FLOAT;
}

struct tally {
    size_t n;
    double sum, squares, min, max;
};

static void tally_add(struct tally *t, struct val v)
{
    if (v.kind == VAL_LIST) {
        for (size_t i = 0; i < peek_count(v); i++)
            if (is_number(peek_item(v, i)))
                tally_add(t, peek_item(v, i));
    } else if (is_number(v)) {
        double d = v.kind == VAL_INT ? (double)v.integer : v.number;
        t->min = t->n == 0 || d < t->min ? d : t->min;
        t->max = t->n == 0 || d > t->max ? d : t->max;
        t->n++;
        t->sum += d;
        t->squares += d * d;
    }
}

static struct val no_values(struct walk *w)
{
    walk_fail(w, JSONPATH_INVALID,
              "Aggregation function attempted to calculate value using empty array");
    return (struct val){ 0 };
}

enum number_function { SUM, AVG, MIN, MAX, STDDEV };

static struct val call_number(struct walk *w, enum number_function f, struct val model,
                              struct val args)
{
    struct tally t = { 0 };
    if (model.kind == VAL_LIST)
        tally_add(&t, model);
    for (size_t i = 0; i < peek_count(args); i++)
        tally_add(&t, peek_item(args, i));
    if (t.n == 0)
        return no_values(w);
    double n = (double)t.n, mean = t.sum / n;
    switch (f) {
    case SUM:
        return val_float(t.sum);
    case AVG:
        return val_float(mean);
    case MIN:
        return val_float(t.min);
    case MAX:
        return val_float(t.max);
    case STDDEV:
        return val_float(sqrt(t.squares / n - mean * mean));
    }
    UNREACHABLE();
}

static struct val append_text(struct val text, struct val v)
{
    char room[NUM_TEXT];
    if (v.kind == VAL_STR)
        return val_str_append(text, peek_str(v));
    if (v.kind == VAL_INT)
        return val_str_append(text, (struct str){ room, num_put_int(room, v.integer) });
    if (v.kind == VAL_FLOAT)
        return val_str_append(text, (struct str){ room, num_put_double_python(room, v.number) });
    return text;
}

static struct val call_concat(struct val model, struct val args)
{
    struct val text = val_str(S(""));
    for (size_t i = 0; model.kind == VAL_LIST && i < peek_count(model); i++)
        if (peek_item(model, i).kind == VAL_STR)
            text = append_text(text, peek_item(model, i));
    for (size_t i = 0; i < peek_count(args); i++) {
        struct val arg = peek_item(args, i);
        if (arg.kind != VAL_LIST)
            text = append_text(text, arg);
        else
            for (size_t k = 0; k < peek_count(arg); k++)
                text = append_text(text, peek_item(arg, k));
    }
    return text;
}

/* With an argument its length: a path that finds many lists (..) counts what they hold together. */
static struct val call_length(struct val model, struct val args)
{
    struct val of = peek_count(args) ? peek_item(args, 0) : model;
    if (of.kind == VAL_LIST && peek_count(args)) {
        size_t n = 0;
        bool nested = false;
        for (size_t i = 0; i < peek_count(of); i++) {
            struct val v = peek_item(of, i);
            bool group = v.kind == VAL_LIST || v.kind == VAL_MAP;
            nested |= group;
            n += group ? peek_count(v) : 0;
        }
        return val_int((int64_t)(nested ? n : peek_count(of)));
    }
    if (of.kind == VAL_LIST || of.kind == VAL_MAP)
        return val_int((int64_t)peek_count(of));
    return val_null();
}

static struct val call_keys(struct val model)
{
    if (model.kind != VAL_MAP)
        return val_null();
    struct val keys = val_list();
    for (size_t i = 0; i < peek_count(model); i++)
        keys = val_list_push(keys, val_copy(peek_key_at(model, i)));
    return keys;
}

static struct val call_append(struct val model, struct val args)
{
    struct val list = val_copy(model);
    for (size_t i = 0; list.kind == VAL_LIST && i < peek_count(args); i++)
        list = val_list_push(list, val_copy(peek_item(args, i)));
    return list;
}

static struct val call_distinct(struct val model)
{
    struct val out = val_list();
    for (size_t i = 0; i < peek_count(model); i++) {
        bool seen = false;
        for (size_t k = 0; k < peek_count(out) && !seen; k++)
            seen = peek_equal(peek_item(out, k), peek_item(model, i));
        if (!seen)
            out = val_list_push(out, val_copy(peek_item(model, i)));
    }
    return out;
}

/* first(), last(), index(n): n counts from the end where it is negative. */
static struct val call_index(struct walk *w, struct val model, int64_t index)
{
    int64_t n = model.kind == VAL_LIST ? (int64_t)peek_count(model) : 0;
    int64_t at = index < 0 ? n + index : index;
    if (at < 0 || at >= n)
        return no_values(w);
    return val_copy(peek_item(model, (size_t)at));
}

static struct val call_with(struct walk *w, struct str name, struct val model, struct val args)
{
    static const struct str numbers[] = { [SUM] = S_INIT("sum"),
                                          [AVG] = S_INIT("avg"),
                                          [MIN] = S_INIT("min"),
                                          [MAX] = S_INIT("max"),
                                          [STDDEV] = S_INIT("stddev") };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (str_eq(name, numbers[i]))
            return call_number(w, (enum number_function)i, model, args);
    if (str_eq(name, S("concat")))
        return call_concat(model, args);
    if (str_eq(name, S("length")) || str_eq(name, S("size")))
        return call_length(model, args);
    if (str_eq(name, S("keys")))
        return call_keys(model);
    if (str_eq(name, S("append")))
        return call_append(model, args);
    if (str_eq(name, S("distinct")) && model.kind == VAL_LIST)
        return call_distinct(model);
    if (str_eq(name, S("first")))
        return call_index(w, model, 0);
    if (str_eq(name, S("last")))
        return call_index(w, model, -1);
    if (str_eq(name, S("index"))) {
        struct val n = peek_count(args) ? peek_item(args, 0) : (struct val){ 0 };
        return n.kind == VAL_INT ? call_index(w, model, n.integer) : no_values(w);
    }
    walk_fail(w, JSONPATH_INVALID, "Function with name: %.*s does not exist.", STR(name));
    return (struct val){ 0 };
}

struct val call_function(struct walk *w, const struct jsonpath_step *step, struct val model)
{
    struct val args;
    if (!take_arguments(w, step, &args))
        return (struct val){ 0 };
    struct val v = call_with(w, step->name, model, args);
    val_free(args);
    return v;
}
