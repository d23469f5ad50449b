#include "check/flow.h"

#include "asl/asl_text.h"
#include "base/limits.h"
#include "jsonpath/intrinsic.h"

enum { SHOWN_KEYS = 8 };

/* A path under way: where it stands in the text, what has been found so far. */
struct walk {
    struct flow *f;
    const struct node *node; /* the text that holds the path */
    const struct jsonpath *path;
    size_t at; /* of the path in the text */
    const struct shape *here;
    struct span made; /* where `here` comes from */
    struct str shown; /* the path as far as its last name */
    bool surely;      /* no list and no unknown value was on the way */
};

/* ---- messages ------------------------------------------------------------------------------- */

/* The path up to and with `name`, a piece of its text; all of it where it is written otherwise. */
static struct str upto(const struct walk *w, struct str name)
{
    struct str text = w->path->text;
    bool inside = name.p >= text.p && name.p + name.n <= text.p + text.n;
    size_t end = inside ? (size_t)(name.p - text.p) + name.n : text.n;
    while (inside && end < text.n &&
           (text.p[end] == '\'' || text.p[end] == '"' || text.p[end] == ']'))
        end++;
    return str_sub(text, 0, end);
}

/* The path before `name`: "$.stats" of "$.stats.mean". */
static struct str before(const struct walk *w, struct str name)
{
    struct str text = w->path->text;
    size_t end = (size_t)(name.p - text.p);
    if (name.p < text.p || end > text.n)
        return text;
    while (end > 1 && memchr(".['\"", text.p[end - 1], 4))
        end--;
    return str_sub(text, 0, end);
}

static struct span place(const struct walk *w, struct str shown)
{
    if (!w->node->span.src)
        return w->f->state->name_span;
    return asl_span_in(w->node, w->at, shown.n);
}

struct names {
    VEC(struct str) all;
};

static void collect(struct arena *a, const struct shape_key *k, struct names *out)
{
    if (!k || out->all.n > 200)
        return;
    collect(a, k->left, out);
    vec_push(a, &out->all, k->name);
    collect(a, k->right, out);
}

static bool is_root(const struct walk *w, struct str prefix)
{
    return (w->path->root == JSONPATH_INPUT && str_eq(prefix, S("$"))) ||
           (w->path->root == JSONPATH_CONTEXT && str_eq(prefix, S("$$")));
}

static void tell_whats_there(const struct walk *w, struct diag *d, struct str prefix,
                             struct str name)
{
    struct names names = { 0 };
    struct buf text;
    collect(w->f->a, w->here->keys, &names);
    size_t near = diag_nearest(name, names.all.p, names.all.n);
    if (near != SIZE_MAX) {
        diag_help(d, "did you mean '%.*s.%.*s'?", STR(prefix), STR(names.all.p[near]));
        return;
    }
    if (!names.all.n) {
        diag_help(d, "'%.*s' is empty here", STR(prefix));
        return;
    }
    buf_init(&text, 0);
    for (size_t i = 0; i < names.all.n && i < SHOWN_KEYS; i++)
        buf_printf(&text, "%s%.*s", i ? ", " : "", STR(names.all.p[i]));
    if (names.all.n > SHOWN_KEYS)
        buf_printf(&text, " and %zu more", names.all.n - SHOWN_KEYS);
    if (is_root(w, prefix))
        diag_help(d, "here there is %.*s", STR(buf_str(&text)));
    else
        diag_help(d, "'%.*s' has %.*s", STR(prefix), STR(buf_str(&text)));
    buf_done(&text);
}

static void missing(const struct walk *w, struct str name)
{
    struct str shown = upto(w, name), prefix = before(w, name);
    struct diag *d;
    if (w->f->quiet)
        return;
    if (is_root(w, prefix) && w->path->root == JSONPATH_INPUT)
        d = diag_error(w->f->ds, "unknown-path", place(w, shown),
                       "no input, step or assignment makes '%.*s' before it is read here",
                       STR(shown));
    else
        d = diag_error(w->f->ds, "unknown-path", place(w, shown), "'%.*s' has no '%.*s'",
                       STR(prefix), STR(name));
    tell_whats_there(w, d, prefix, name);
    if (w->made.src)
        diag_note(d, w->made, "'%.*s' comes from here", STR(prefix));
}

static void wrong_kind(const struct walk *w, struct str prefix, struct str shown, const char *what)
{
    if (w->f->quiet)
        return;
    struct diag *d =
        diag_error(w->f->ds, "unknown-path", place(w, shown), "'%.*s' is %s: it has no %s",
                   STR(prefix), shape_kind_name(w->here), what);
    if (w->made.src)
        diag_note(d, w->made, "'%.*s' comes from here", STR(prefix));
}

static void may_be_missing(const struct walk *w, struct str name, const struct shape_key *k)
{
    struct str shown = upto(w, name);
    if (w->f->quiet || map_put(w->f->a, &w->f->warned, shown, w->f))
        return;
    bool optional = k->presence == SHAPE_OPTIONAL;
    struct diag *d = diag_warning(
        w->f->ds, "may-be-missing", place(w, shown), "'%.*s' may be missing: %s", STR(shown),
        optional ? "the input need not have it" : "only some of the ways that lead here make it");
    diag_help(d, optional ? "add it to 'required', or ask with IsPresent first"
                          : "make it on every way, or ask with IsPresent first");
    if (k->made.src)
        diag_note(d, k->made, optional ? "it is declared here" : "it is made here");
}

static void no_variable(struct walk *w)
{
    struct names names = { 0 };
    struct str name = w->path->variable;
    if (w->f->quiet)
        return;
    struct str shown = str_sub(w->path->text, 0, name.n + 1);
    struct diag *d = diag_error(w->f->ds, "unknown-variable", place(w, shown),
                                "no step before assigns the variable '%.*s'", STR(shown));
    collect(w->f->a, w->f->variables->keys, &names);
    diag_suggest(d, name, names.all.p, names.all.n);
}

/* ---- following a path ----------------------------------------------------------------------- */

static const struct shape *unknown(void)
{
    return shape_of(SHAPE_ANY);
}

static bool is_unknown(const struct shape *s)
{
    return s->kind == SHAPE_ANY && !s->keys;
}

static bool follow_name(struct walk *w, struct str name)
{
    const struct shape_key *k = shape_get(w->here, name);
    if (k) {
        if (k->presence != SHAPE_ALWAYS && w->surely)
            may_be_missing(w, name, k);
        w->here = k->value;
        w->made = k->made;
        w->shown = upto(w, name);
        return true;
    }
    bool mapping = w->here->kind == SHAPE_MAP || w->here->kind == SHAPE_ANY;
    if (!mapping)
        wrong_kind(w, before(w, name), upto(w, name), arena_printf(w->f->a, "'%.*s'", STR(name)).p);
    else if (!shape_may_have_more(w->here))
        missing(w, name);
    w->here = unknown();
    w->surely = false;
    return false;
}

static void follow_index(struct walk *w, int32_t index)
{
    const struct shape *s = w->here;
    bool list = s->kind == SHAPE_LIST;
    w->surely = false;
    if (list && s->items && index >= 0 && (size_t)index < s->n)
        w->here = s->items[index];
    else
        w->here = list && s->item ? s->item : unknown();
    if (!list && !is_unknown(s) && s->kind != SHAPE_ANY) {
        w->here = s;
        wrong_kind(w, w->shown, w->path->text, "items");
        w->here = unknown();
    }
}

/* Everything but the root. */
static const struct shape *follow(struct walk *w)
{
    struct jsonpath_part part;
    size_t root = (w->path->root == JSONPATH_CONTEXT ? 2 : 1) + w->path->variable.n;
    w->shown = str_sub(w->path->text, 0, root);
    for (size_t i = 0; jsonpath_part(w->path, i, &part); i++) {
        switch (part.kind) {
        case JSONPATH_PART_NAME:
            if (!follow_name(w, part.name))
                return unknown();
            break;
        case JSONPATH_PART_INDEX:
            follow_index(w, part.index);
            break;
        case JSONPATH_PART_ALL:
            w->surely = false;
            w->here = w->here->kind == SHAPE_LIST && w->here->item ? w->here->item : unknown();
            break;
        case JSONPATH_PART_OTHER:
            return unknown();
        }
    }
    return w->path->definite ? w->here : shape_list(w->f->a, w->here);
}

/* ---- the context object --------------------------------------------------------------------- */

static const struct shape *with(struct flow *f, const struct shape *s, struct str name,
                                const struct shape *value)
{
    return shape_with(f->a, s, name, value, SHAPE_ALWAYS, (struct span){ 0 });
}

/* Source: Step Functions, "Accessing execution data from the Context object". */
static const struct shape *context_of(struct flow *f)
{
    const struct shape *text = shape_of(SHAPE_TEXT), *number = shape_of(SHAPE_NUMBER);
    const struct shape *execution = shape_of(SHAPE_MAP), *state = execution, *machine = execution,
                       *context = execution;
    if (f->context)
        return f->context;
    execution = with(f, execution, S("Id"), text);
    execution = with(f, execution, S("Input"), f->execution);
    execution = with(f, execution, S("Name"), text);
    execution = with(f, execution, S("RedriveCount"), number);
    execution = with(f, execution, S("RedriveTime"), text);
    execution = with(f, execution, S("RoleArn"), text);
    execution = with(f, execution, S("StartTime"), text);
    state = with(f, state, S("EnteredTime"), text);
    state = with(f, state, S("Name"), text);
    state = with(f, state, S("RetryCount"), number);
    machine = with(f, with(f, machine, S("Id"), text), S("Name"), text);
    context = with(f, context, S("Execution"), execution);
    context = with(f, context, S("State"), state);
    context = with(f, context, S("StateMachine"), machine);
    context = with(f, context, S("Task"), with(f, shape_of(SHAPE_MAP), S("Token"), text));
    if (f->item) {
        const struct shape *item = shape_map(f->a, true);
        item = with(f, with(f, item, S("Index"), number), S("Value"), f->item);
        context = with(f, context, S("Map"), with(f, shape_of(SHAPE_MAP), S("Item"), item));
    }
    return f->context = context;
}

/* ---- paths and calls ------------------------------------------------------------------------ */

static const struct shape *read_path(struct flow *f, const struct node *node, size_t at,
                                     const struct jsonpath *p, const struct shape *data)
{
    struct walk w = { .f = f, .node = node, .path = p, .at = at, .here = data, .surely = true };
    if (p->root == JSONPATH_CONTEXT) {
        w.here = context_of(f);
    } else if (p->root == JSONPATH_VARIABLE) {
        const struct shape_key *k = shape_get(f->variables, p->variable);
        if (!k) {
            no_variable(&w);
            return unknown();
        }
        if (k->presence != SHAPE_ALWAYS)
            may_be_missing(&w, p->variable, k);
        w.here = k->value;
        w.made = k->made;
    }
    return follow(&w);
}

static const struct shape *read_call(struct flow *f, const struct node *node,
                                     const struct intrinsic_call *call, const struct shape *data);

static const struct shape *read_argument(struct flow *f, const struct node *node,
                                         const struct intrinsic_arg *arg, const struct shape *data)
{
    switch (arg->kind) {
    case INTRINSIC_ARG_PATH:
        return read_path(f, node, arg->at, arg->path, data);
    case INTRINSIC_ARG_CALL:
        return read_call(f, node, arg->call, data);
    case INTRINSIC_ARG_STRING:
        return shape_of(SHAPE_TEXT);
    case INTRINSIC_ARG_SCALAR:
        break;
    }
    return arg->scalar.kind == VAL_INT || arg->scalar.kind == VAL_FLOAT ? shape_of(SHAPE_NUMBER)
                                                                        : unknown();
}

/* What a function gives where that does not depend on what it is given; Source: States Language,
 * "Intrinsic Functions". */
static const enum shape_kind GIVES[INTRINSICS] = {
    [INTRINSIC_ARRAY] = SHAPE_LIST,
    [INTRINSIC_ARRAY_CONTAINS] = SHAPE_BOOL,
    [INTRINSIC_ARRAY_GET_ITEM] = SHAPE_ANY,
    [INTRINSIC_ARRAY_LENGTH] = SHAPE_NUMBER,
    [INTRINSIC_ARRAY_PARTITION] = SHAPE_LIST,
    [INTRINSIC_ARRAY_RANGE] = SHAPE_LIST,
    [INTRINSIC_ARRAY_UNIQUE] = SHAPE_LIST,
    [INTRINSIC_BASE64_DECODE] = SHAPE_TEXT,
    [INTRINSIC_BASE64_ENCODE] = SHAPE_TEXT,
    [INTRINSIC_FORMAT] = SHAPE_TEXT,
    [INTRINSIC_HASH] = SHAPE_TEXT,
    [INTRINSIC_JSON_MERGE] = SHAPE_MAP,
    [INTRINSIC_JSON_TO_STRING] = SHAPE_TEXT,
    [INTRINSIC_MATH_ADD] = SHAPE_NUMBER,
    [INTRINSIC_MATH_RANDOM] = SHAPE_NUMBER,
    [INTRINSIC_STRING_SPLIT] = SHAPE_LIST,
    [INTRINSIC_STRING_TO_JSON] = SHAPE_ANY,
    [INTRINSIC_UUID] = SHAPE_TEXT,
};

/* Calls nest at most INTRINSIC_MAX_NESTING deep. */
static const struct shape *read_call(struct flow *f, const struct node *node,
                                     const struct intrinsic_call *call, const struct shape *data)
{
    const struct shape **args = arena_make_n(f->a, const struct shape *, call->nargs + 1);
    for (size_t i = 0; i < call->nargs; i++)
        args[i] = read_argument(f, node, &call->args[i], data);
    const struct shape *first = call->nargs ? args[0] : unknown();
    switch (call->function) {
    case INTRINSIC_ARRAY:
        return shape_tuple(f->a, args, call->nargs);
    case INTRINSIC_JSON_MERGE:
        return shape_merge(f->a, args[0], args[1]);
    case INTRINSIC_ARRAY_GET_ITEM:
        return first->kind == SHAPE_LIST && first->item ? first->item : unknown();
    case INTRINSIC_ARRAY_UNIQUE:
        return first->kind == SHAPE_LIST ? shape_list(f->a, first->item) : shape_of(SHAPE_LIST);
    default:
        return shape_of(GIVES[call->function]);
    }
}

const struct shape *flow_read(struct flow *f, const struct node *text, const struct shape *data)
{
    struct jsonpath_error err;
    struct expression e;
    if (!node_is_str(text) || asl_has_placeholder(text->str) ||
        !expression_compile(f->a, text->str, &e, &err))
        return unknown();
    return e.path ? read_path(f, text, 0, e.path, data) : read_call(f, text, e.call, data);
}

static const struct shape *template_at(struct flow *f, const struct node *n,
                                       const struct shape *data, int depth)
{
    if (n->kind != NODE_MAP || depth > LIMIT_JSON_DEPTH) {
        if (n->kind != NODE_SEQ || depth > LIMIT_JSON_DEPTH)
            return depth > LIMIT_JSON_DEPTH ? unknown() : shape_literal(f->a, n);
        const struct shape **items = arena_make_n(f->a, const struct shape *, n->seq.n);
        for (size_t i = 0; i < n->seq.n; i++)
            items[i] = template_at(f, n->seq.items[i], data, depth + 1);
        return shape_tuple(f->a, items, n->seq.n);
    }
    const struct shape *s = shape_of(SHAPE_MAP);
    for (size_t i = 0; i < n->map.n; i++) {
        const struct node_entry *e = &n->map.entries[i];
        bool dynamic = str_ends(e->key, S(".$"));
        struct str name = dynamic ? str_sub(e->key, 0, e->key.n - 2) : e->key;
        const struct shape *value =
            dynamic ? flow_read(f, e->value, data) : template_at(f, e->value, data, depth + 1);
        s = shape_with(f->a, s, name, value, SHAPE_ALWAYS,
                       e->key_span.src ? e->key_span : f->state->name_span);
    }
    return s;
}

const struct shape *flow_template(struct flow *f, const struct node *n, const struct shape *data)
{
    return template_at(f, n, data, 0);
}

/* ---- writing -------------------------------------------------------------------------------- */

struct store {
    struct flow *f;
    const struct jsonpath *path;
    const struct shape *value;
    struct span made;
    bool assume; /* what is there stays; it is only known to be there */
};

static const struct shape *store_at(const struct store *st, size_t i, const struct shape *into)
{
    struct jsonpath_part part;
    if (!jsonpath_part(st->path, i, &part))
        return st->assume ? into : st->value;
    bool mapping = into->kind == SHAPE_MAP || into->kind == SHAPE_ANY;
    if (part.kind != JSONPATH_PART_NAME || !mapping)
        return st->assume ? into : unknown();
    const struct shape_key *k = shape_get(into, part.name);
    bool grows = st->assume || shape_may_have_more(into);
    const struct shape *inner = k ? k->value : grows ? unknown() : shape_of(SHAPE_MAP);
    if (st->assume && (!k || k->assumed))
        return shape_assume(st->f->a, into, part.name, store_at(st, i + 1, inner));
    struct span made = k && (st->assume || i + 1 < st->path->nsteps) ? k->made : st->made;
    return shape_with(st->f->a, into, part.name, store_at(st, i + 1, inner), SHAPE_ALWAYS, made);
}

/* A result cannot be put below what is no map. */
static void check_store(const struct store *st, const struct node *text, const struct shape *into)
{
    struct walk w = { .f = st->f, .node = text, .path = st->path, .here = into };
    struct jsonpath_part part;
    for (size_t i = 0; jsonpath_part(st->path, i, &part) && part.kind == JSONPATH_PART_NAME; i++) {
        bool mapping = w.here->kind == SHAPE_MAP || w.here->kind == SHAPE_ANY;
        if (!mapping && !st->f->quiet) {
            struct str prefix = before(&w, part.name);
            struct diag *d = diag_error(st->f->ds, "no-place", place(&w, st->path->text),
                                        "'%.*s' is %s: nothing can be stored below it", STR(prefix),
                                        shape_kind_name(w.here));
            if (w.made.src)
                diag_note(d, w.made, "'%.*s' comes from here", STR(prefix));
        }
        const struct shape_key *k = mapping ? shape_get(w.here, part.name) : NULL;
        if (!k)
            return;
        w.here = k->value;
        w.made = k->made;
    }
}

const struct shape *flow_store(struct flow *f, const struct node *path, const struct shape *input,
                               const struct shape *value)
{
    struct jsonpath_error err;
    const struct jsonpath *p = jsonpath_compile(f->a, path->str, &err);
    if (!p || p->root != JSONPATH_INPUT || !p->reference)
        return unknown();
    struct store st = { .f = f, .path = p, .value = value };
    st.made = path->span.src ? path->span : f->state->name_span;
    check_store(&st, path, input);
    return store_at(&st, 0, input);
}

struct flow_env flow_assume(struct flow *f, const struct node *path, struct flow_env env)
{
    struct jsonpath_error err;
    const struct jsonpath *p = node_is_str(path) ? jsonpath_compile(f->a, path->str, &err) : NULL;
    if (!p || !p->reference)
        return env;
    struct store st = { .f = f, .path = p, .assume = true };
    if (p->root == JSONPATH_INPUT) {
        env.data = store_at(&st, 0, env.data);
    } else if (p->root == JSONPATH_VARIABLE) {
        const struct shape_key *k = shape_get(env.variables, p->variable);
        const struct shape *value = store_at(&st, 0, k ? k->value : unknown());
        env.variables = shape_with(f->a, env.variables, p->variable, value, SHAPE_ALWAYS,
                                   k ? k->made : (struct span){ 0 });
    }
    return env;
}
