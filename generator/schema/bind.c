#include "schema/bind.h"

#include "base/mem.h"
#include "base/num.h"
#include "yaml/yaml.h"

#include <inttypes.h>

bool text_is_runtime_path(struct str s)
{
    if (s.n == 0 || s.p[0] != '$')
        return false;
    size_t at = s.n > 1 && s.p[1] == '$' ? 2 : 1;
    if (s.n == at)
        return at == 1;
    return s.p[at] == '.' || s.p[at] == '[' || ascii_is_alpha(s.p[at]);
}

bool text_is_runtime_value(struct str s)
{
    return text_is_runtime_path(s) || (str_starts(s, S("States.")) && str_ends(s, S(")")));
}

/* "timeout", or "config.timeout" would say no more: the excerpt shows where. */
static struct str key_of(const struct field *f)
{
    return str_from(f->key);
}

static const char *unit_of(const struct field *f)
{
    return f->unit ? f->unit : "";
}

/* ---- errors --------------------------------------------------------------------------------- */

static const char *expected_kind(const struct field *f)
{
    switch (f->kind) {
    case FIELD_KIND_STR:
        return "a string";
    case FIELD_KIND_INT:
        return "an integer";
    case FIELD_KIND_FLOAT:
        return "a number";
    case FIELD_KIND_BOOL:
        return "true or false";
    case FIELD_KIND_ENUM:
        return "a word";
    case FIELD_KIND_STRS:
        return "a list of strings";
    case FIELD_KIND_MAP:
    case FIELD_KIND_OBJ:
        return "a map";
    case FIELD_KIND_OBJS:
        return "a list of maps";
    case FIELD_KIND_GROUPS:
        return "a list of groups";
    case FIELD_KIND_ANY:
        return "a value";
    }
    UNREACHABLE();
}

static enum node_kind node_kind_of(enum field_kind kind)
{
    switch (kind) {
    case FIELD_KIND_INT:
        return NODE_INT;
    case FIELD_KIND_FLOAT:
        return NODE_FLOAT;
    case FIELD_KIND_BOOL:
        return NODE_BOOL;
    case FIELD_KIND_MAP:
    case FIELD_KIND_OBJ:
        return NODE_MAP;
    case FIELD_KIND_STRS:
    case FIELD_KIND_OBJS:
    case FIELD_KIND_GROUPS:
        return NODE_SEQ;
    default:
        return NODE_STR;
    }
}

static bool is_scalar(const struct node *n)
{
    return n->kind != NODE_SEQ && n->kind != NODE_MAP;
}

static void wrong_type(struct bind *b, const struct field *f, const struct node *n)
{
    struct diag *d = diag_error(b->ds, "wrong-type", n->span, "'%s' is %s; expected %s%s%s%s",
                                f->key, node_kind_name(n), expected_kind(f), f->unit ? " (" : "",
                                unit_of(f), f->unit ? ")" : "");
    struct str text = span_text(n->span);
    if (yaml_hint(d, n, node_kind_of(f->kind)))
        return;
    if (f->kind == FIELD_KIND_STR && is_scalar(n) && n->kind != NODE_NULL)
        diag_help(d, "write \"%.*s\" in quotes", STR(text));
    else if (f->kind == FIELD_KIND_BOOL && n->kind == NODE_STR)
        diag_help(d, "write true or false, without quotes");
    else if (f->kind == FIELD_KIND_INT && n->kind == NODE_STR) {
        int64_t i;
        if (num_get_int(str_trim(n->str), &i))
            diag_help(d, "write %" PRId64 " without quotes", i);
    } else if ((f->kind == FIELD_KIND_OBJS || f->kind == FIELD_KIND_GROUPS) && n->kind == NODE_MAP)
        diag_help(d, "begin each item with '- '");
}

/* "timeout is 0 minutes; expected 1 to 1440". */
static void out_of_range(struct bind *b, const struct field *f, const struct node *n)
{
    struct str text = span_text(n->span);
    const char *gap = f->unit ? " " : "";
    if (f->max == INT64_MAX)
        diag_error(b->ds, "out-of-range", n->span, "'%s' is %.*s%s%s; expected %" PRId64 " or more",
                   f->key, STR(text), gap, unit_of(f), f->min);
    else
        diag_error(b->ds, "out-of-range", n->span,
                   "'%s' is %.*s%s%s; expected %" PRId64 " to %" PRId64, f->key, STR(text), gap,
                   unit_of(f), f->min, f->max);
}

static bool bounded(const struct field *f)
{
    return f->min != 0 || f->max != 0;
}

/* ---- one value ------------------------------------------------------------------------------ */

/* A run-time path where the field allows one; an error where it does not. */
static bool take_path(struct bind *b, const struct field *f, const struct node *n, bool *is_path)
{
    *is_path = n->kind == NODE_STR && n->tag != TAG_JSONATA &&
               (f->runtime ? text_is_runtime_value : text_is_runtime_path)(n->str);
    if (n->tag == TAG_JSONATA) {
        diag_error(b->ds, "jsonata", n->span,
                   "'%s' is a JSONata expression, but this pipeline's query language is JSONPath",
                   f->key);
        return false;
    }
    if (!*is_path || f->runtime)
        return true;
    if (!str_starts(n->str, S("$.")) && !str_starts(n->str, S("$$.")))
        return true; /* text that happens to begin with a dollar */
    struct diag *d = diag_error(b->ds, "runtime-path", n->span,
                                "'%s' must be known when the pipeline is built; '%.*s' is only "
                                "known at run time",
                                f->key, STR(n->str));
    diag_help(d, "write the value itself, or a template variable");
    return false;
}

static bool bind_str(struct bind *b, const struct field *f, const struct node *n, struct vstr *v)
{
    bool path;
    if (n->kind != NODE_STR) {
        wrong_type(b, f, n);
        return false;
    }
    if (!take_path(b, f, n, &path))
        return false;
    *v = (struct vstr){ n->str, n->span, true, path };
    if (n->str.n == 0 && (f->required || (f->min > 0 && f->max == 0))) {
        diag_error(b->ds, "empty-value", n->span, "'%s' is empty", f->key);
        return false;
    }
    if (!path && bounded(f) &&
        ((int64_t)n->str.n < f->min || (f->max && (int64_t)n->str.n > f->max))) {
        diag_error(b->ds, "out-of-range", n->span,
                   "'%s' is %zu characters long; expected %" PRId64 " to %" PRId64, f->key,
                   n->str.n, f->min, f->max);
        return false;
    }
    return true;
}

static bool bind_int(struct bind *b, const struct field *f, const struct node *n, struct vint *v)
{
    bool path;
    if (!take_path(b, f, n, &path))
        return false;
    if (path && f->runtime) {
        *v = (struct vint){ .path = n->str, .span = n->span, .set = true };
        return true;
    }
    if (n->kind != NODE_INT) {
        wrong_type(b, f, n);
        return false;
    }
    *v = (struct vint){ .v = n->integer, .span = n->span, .set = true };
    if (bounded(f) && (n->integer < f->min || n->integer > f->max)) {
        out_of_range(b, f, n);
        return false;
    }
    return true;
}

static bool bind_float(struct bind *b, const struct field *f, const struct node *n,
                       struct vfloat *v)
{
    if (n->kind != NODE_INT && n->kind != NODE_FLOAT) {
        wrong_type(b, f, n);
        return false;
    }
    double d = n->kind == NODE_INT ? (double)n->integer : n->number;
    *v = (struct vfloat){ d, n->span, true };
    if (bounded(f) && !(d >= (double)f->min && d <= (double)f->max)) {
        out_of_range(b, f, n);
        return false;
    }
    return true;
}

static bool bind_bool(struct bind *b, const struct field *f, const struct node *n, struct vbool *v)
{
    if (n->kind != NODE_BOOL) {
        wrong_type(b, f, n);
        return false;
    }
    *v = (struct vbool){ n->boolean, n->span, true };
    return true;
}

static bool same_word(struct str a, struct str b, bool any_case)
{
    return any_case ? a.n == b.n && str_distance(a, b) == 0 : str_eq(a, b);
}

static bool bind_enum(struct bind *b, const struct field *f, const struct node *n, struct venum *v)
{
    struct str words[64];
    size_t count = 0;
    if (n->kind != NODE_STR) {
        wrong_type(b, f, n);
        return false;
    }
    for (; f->values[count] && count < sizeof words / sizeof *words; count++) {
        words[count] = str_from(f->values[count]);
        if (same_word(words[count], n->str, f->any_case)) {
            *v = (struct venum){ (int)count, words[count], n->span, true };
            return true;
        }
    }
    struct diag *d =
        diag_error(b->ds, "unknown-value", n->span, "'%s' cannot be '%.*s'", f->key, STR(n->str));
    diag_suggest(d, n->str, words, count);
    struct buf all;
    buf_init(&all, 0);
    for (size_t i = 0; i < count; i++)
        buf_printf(&all, "%s%.*s", i ? ", " : "", STR(words[i]));
    diag_help(d, "expected one of %.*s", STR(buf_str(&all)));
    buf_done(&all);
    return false;
}

static bool bind_strs(struct bind *b, const struct field *f, const struct node *n, struct vstrs *v)
{
    struct field one = *f;
    one.kind = FIELD_KIND_STR;
    v->span = n->span;
    v->set = true;
    if (n->kind != NODE_SEQ) {
        if (n->kind != NODE_STR) {
            wrong_type(b, f, n);
            return false;
        }
        v->items = arena_make(b->arena, struct vstr);
        v->n = 1;
        return bind_str(b, &one, n, v->items);
    }
    bool good = true;
    v->items = arena_make_n(b->arena, struct vstr, n->seq.n);
    for (size_t i = 0; i < n->seq.n; i++)
        good = bind_str(b, &one, n->seq.items[i], &v->items[v->n++]) && good;
    if (f->required && v->n == 0) {
        diag_error(b->ds, "empty-value", n->span, "'%s' is empty", f->key);
        return false;
    }
    return good;
}

static bool bind_obj(struct bind *b, const struct field *f, const struct node *n, void *out)
{
    if (n->kind != NODE_MAP) {
        wrong_type(b, f, n);
        return false;
    }
    struct bind_part part = { f->sub, out };
    return bind_parts(b, n, NULL, &part, 1, key_of(f));
}

static bool bind_objs(struct bind *b, const struct field *f, const struct node *n, struct vobjs *v)
{
    v->span = n->span;
    v->set = true;
    bool single = n->kind == NODE_MAP; /* one map counts as a list of one */
    if (!single && n->kind != NODE_SEQ) {
        wrong_type(b, f, n);
        return false;
    }
    size_t count = single ? 1 : n->seq.n;
    char *items = arena_alloc_n(b->arena, count, f->sub->size);
    bool good = true;
    for (size_t i = 0; i < count; i++)
        good = bind_obj(b, f, single ? n : n->seq.items[i], items + i * f->sub->size) && good;
    v->items = items;
    v->n = count;
    return good;
}

static bool bind_groups(struct bind *b, const struct field *f, const struct node *n,
                        struct vgroups *v)
{
    v->span = n->span;
    if (n->kind != NODE_SEQ) {
        wrong_type(b, f, n);
        return false;
    }
    v->seq = b->groups(b->ctx, n);
    return v->seq != NULL;
}

static bool bind_value(struct bind *b, const struct field *f, const struct node *n, void *member)
{
    switch (f->kind) {
    case FIELD_KIND_STR:
        return bind_str(b, f, n, member);
    case FIELD_KIND_INT:
        return bind_int(b, f, n, member);
    case FIELD_KIND_FLOAT:
        return bind_float(b, f, n, member);
    case FIELD_KIND_BOOL:
        return bind_bool(b, f, n, member);
    case FIELD_KIND_ENUM:
        return bind_enum(b, f, n, member);
    case FIELD_KIND_STRS:
        return bind_strs(b, f, n, member);
    case FIELD_KIND_MAP:
        if (n->kind != NODE_MAP) {
            wrong_type(b, f, n);
            return false;
        }
        /* fall through */
    case FIELD_KIND_ANY:
        ((struct vany *)member)->node = n;
        return true;
    case FIELD_KIND_OBJ: {
        struct vobj *o = member;
        o->span = n->span;
        o->p = arena_alloc(b->arena, f->sub->size);
        return bind_obj(b, f, n, o->p);
    }
    case FIELD_KIND_OBJS:
        return bind_objs(b, f, n, member);
    case FIELD_KIND_GROUPS:
        return bind_groups(b, f, n, member);
    }
    UNREACHABLE();
}

/* ---- defaults ------------------------------------------------------------------------------- */

static void set_default(const struct field *f, struct span where, void *member)
{
    struct str text = str_from(f->dflt);
    switch (f->kind) {
    case FIELD_KIND_STR:
        *(struct vstr *)member = (struct vstr){ .s = text, .span = where };
        break;
    case FIELD_KIND_INT: {
        struct vint *v = member;
        v->span = where;
        if (f->dflt && !num_get_int(text, &v->v))
            UNREACHABLE();
        break;
    }
    case FIELD_KIND_FLOAT: {
        struct vfloat *v = member;
        v->span = where;
        if (f->dflt && !num_get_double(text, &v->v))
            UNREACHABLE();
        break;
    }
    case FIELD_KIND_BOOL:
        *(struct vbool *)member = (struct vbool){ .v = str_eq(text, S("true")), .span = where };
        break;
    case FIELD_KIND_ENUM: {
        struct venum *v = member;
        *v = (struct venum){ .v = -1, .s = text, .span = where };
        for (int i = 0; f->dflt && f->values[i]; i++)
            if (strcmp(f->values[i], f->dflt) == 0)
                v->v = i;
        break;
    }
    case FIELD_KIND_STRS:
        ((struct vstrs *)member)->span = where;
        break;
    default:
        break; /* absent is a zeroed member */
    }
}

/* ---- maps ----------------------------------------------------------------------------------- */

struct seen {
    const struct field *field;
    void *member;
    const struct node_entry *entry; /* NULL until met */
    bool misspelt;                  /* an unknown key was probably this one: not missing as well */
};

struct walk {
    struct bind *bind;
    struct seen *rows;
    size_t n;
    struct str what;
    bool good;
};

static bool names_field(const struct field *f, struct str key)
{
    if (str_eq(key, str_from(f->key)))
        return true;
    for (size_t i = 0; f->aliases && f->aliases[i]; i++)
        if (str_eq(key, str_from(f->aliases[i])))
            return true;
    return false;
}

static bool knows(const struct walk *w, struct str key)
{
    for (size_t i = 0; i < w->n; i++)
        if (names_field(w->rows[i].field, key))
            return true;
    return false;
}

static bool in_list(const char *const *list, struct str key)
{
    for (size_t i = 0; list && list[i]; i++)
        if (str_eq(key, str_from(list[i])))
            return true;
    return false;
}

static void unknown_key(struct walk *w, const struct node_entry *e)
{
    struct bind *b = w->bind;
    struct str *keys = arena_make_n(b->arena, struct str, w->n);
    for (size_t i = 0; i < w->n; i++)
        keys[i] = key_of(w->rows[i].field);
    struct diag *d = diag_error(b->ds, "unknown-key", e->key_span, "unknown key '%.*s'%s%.*s",
                                STR(e->key), w->what.n ? " in " : "", STR(w->what));
    size_t near = diag_nearest(e->key, keys, w->n);
    if (near != SIZE_MAX) {
        diag_suggest(d, e->key, keys, w->n);
        w->rows[near].misspelt = true;
    } else if (w->n <= 12) {
        struct buf all;
        buf_init(&all, 0);
        for (size_t i = 0; i < w->n; i++)
            buf_printf(&all, "%s%.*s", i ? ", " : "", STR(keys[i]));
        diag_help(d, "known keys: %.*s", STR(buf_str(&all)));
        buf_done(&all);
    }
    w->good = false;
}

static bool given_twice(struct walk *w, const struct seen *row, const struct node_entry *e)
{
    if (!row->entry)
        return false;
    struct diag *d = diag_error(w->bind->ds, "duplicate-key", e->key_span, "'%s' is given twice",
                                row->field->key);
    diag_note(d, row->entry->key_span, "first given here");
    return true;
}

static bool bind_row(struct walk *w, struct seen *row, const struct node_entry *e)
{
    if (given_twice(w, row, e))
        return false;
    row->entry = e;
    if (e->value->kind == NODE_NULL && row->field->kind != FIELD_KIND_ANY) {
        set_default(row->field, e->key_span, row->member);
        if (row->field->required)
            diag_error(w->bind->ds, "empty-value", e->key_span, "'%s' is empty", row->field->key);
        return !row->field->required;
    }
    if (!bind_value(w->bind, row->field, e->value, row->member))
        return false;
    size_t before = w->bind->ds->errors;
    if (row->field->check)
        row->field->check(w->bind, row->field, e->value);
    return w->bind->ds->errors == before;
}

/* A key that several parts declare (a step's timeout is also its function's) fills each. */
static void bind_entry(struct walk *w, const struct node_entry *e)
{
    bool known = false, good = true;
    for (size_t i = 0; i < w->n && good; i++)
        if (names_field(w->rows[i].field, e->key)) {
            known = true;
            good = bind_row(w, &w->rows[i], e);
        }
    if (!known)
        unknown_key(w, e);
    else if (!good)
        w->good = false;
}

static void bind_entries(struct walk *w, const struct node *map, const char *const *wrappers)
{
    for (size_t i = 0; i < map->map.n; i++) {
        const struct node_entry *e = &map->map.entries[i];
        /* `config: file.yaml` where there is a field of that name, `config: {…}` all the same */
        bool wrapper = in_list(wrappers, e->key);
        if (!wrapper || (knows(w, e->key) && e->value->kind != NODE_MAP))
            bind_entry(w, e);
        else if (e->value->kind == NODE_MAP)
            bind_entries(w, e->value, NULL);
        else if (e->value->kind != NODE_NULL) {
            struct diag *d =
                diag_error(w->bind->ds, "wrong-type", e->value->span,
                           "'%.*s' is %s; expected a map", STR(e->key), node_kind_name(e->value));
            yaml_hint(d, e->value, NODE_MAP);
            w->good = false;
        }
    }
}

/* Where a missing key is reported: at the thing's name if it has one, else at its first key. */
static struct span place_of(const struct node *map)
{
    const struct node_entry *e = node_entry(map, S("name"));
    if (e)
        return e->value->span;
    return map->map.n ? map->map.entries[0].key_span : map->span;
}

static void finish_rows(struct walk *w, const struct node *map)
{
    for (size_t i = 0; i < w->n; i++) {
        struct seen *row = &w->rows[i];
        if (row->entry)
            continue;
        set_default(row->field, place_of(map), row->member);
        if (!row->field->required || row->misspelt)
            continue;
        struct diag *d = diag_error(w->bind->ds, "missing-key", place_of(map), "%.*s has no '%s'",
                                    STR(w->what), row->field->key);
        if (row->field->example)
            diag_help(d, "for example '%s: %s'", row->field->key, row->field->example);
        w->good = false;
    }
}

void check_names_one(struct bind *b, const struct field *f, const struct node *value)
{
    size_t n = value->kind == NODE_SEQ ? value->seq.n : 1;
    for (size_t i = 0; i < n; i++) {
        const struct node *one = value->kind == NODE_SEQ ? value->seq.items[i] : value;
        if (!node_is_str(one) || text_is_runtime_value(one->str) ||
            (!memchr(one->str.p, '*', one->str.n) && !memchr(one->str.p, '?', one->str.n)))
            continue;
        struct diag *d =
            diag_error(b->ds, "bad-name", one->span,
                       "'%s' is the pattern '%.*s'; expected one name", f->key, STR(one->str));
        diag_help(d, "a pattern would let the step work on all that match");
    }
}

bool bind_parts(struct bind *b, const struct node *map, const char *const *wrappers,
                const struct bind_part *parts, size_t nparts, struct str what)
{
    struct walk w = { .bind = b, .what = what, .good = true };
    size_t total = 0;
    for (size_t i = 0; i < nparts; i++)
        total += parts[i].fields ? parts[i].fields->n : 0;
    w.rows = arena_make_n(b->arena, struct seen, total);
    for (size_t i = 0; i < nparts; i++)
        for (size_t j = 0; parts[i].fields && j < parts[i].fields->n; j++) {
            const struct field *f = &parts[i].fields->rows[j];
            w.rows[w.n++] = (struct seen){ .field = f, .member = (char *)parts[i].out + f->offset };
        }
    bind_entries(&w, map, wrappers);
    finish_rows(&w, map);
    return w.good;
}

void *bind_struct(struct bind *b, const struct fields *fields, const struct node *map,
                  struct str what)
{
    void *out = arena_alloc(b->arena, fields->size);
    struct bind_part part = { fields, out };
    return bind_parts(b, map, NULL, &part, 1, what) ? out : NULL;
}
