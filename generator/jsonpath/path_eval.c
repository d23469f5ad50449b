#include "jsonpath/program.h"

#include "base/json_write.h"

void jsonpath_fail_done(struct jsonpath_fail *fail)
{
    buf_done(&fail->text);
}

bool walk_fail(struct walk *w, enum jsonpath_trouble trouble, const char *fmt, ...)
{
    w->fail->trouble = trouble;
    w->fail->text.n = 0;
    va_list args;
    va_start(args, fmt);
    buf_vprintf(&w->fail->text, fmt, args);
    va_end(args);
    return false;
}

/* The path walked so far, as Jayway prints it. */
static void put_crumbs(struct buf *out, const struct crumb *c)
{
    if (!c) {
        buf_putc(out, '$');
        return;
    }
    put_crumbs(out, c->up); /* as deep as the path has steps: bounded by the walk's depth */
    if (c->name.p)
        buf_printf(out, "['%.*s']", STR(c->name));
    else
        buf_printf(out, "[%lld]", (long long)c->index);
}

/* A failure whose message is `before`, the place, `after`. */
static bool missing_at(struct walk *w, const char *before, const struct crumb *at,
                       const char *after)
{
    walk_fail(w, JSONPATH_MISSING, "%s", before);
    put_crumbs(&w->fail->text, at);
    buf_put(&w->fail->text, str_from(after));
    return false;
}

static const char *kind_name(struct val v)
{
    static const char *const names[] = {
        [VAL_UNDEFINED] = "nothing", [VAL_NULL] = "null",      [VAL_BOOL] = "a boolean",
        [VAL_INT] = "a number",      [VAL_FLOAT] = "a number", [VAL_STR] = "a string",
        [VAL_LIST] = "an array",     [VAL_MAP] = "an object",  [VAL_EXT] = "a value",
    };
    return names[v.kind];
}

static void put_model(struct buf *out, struct val model)
{
    struct json_writer jw;
    json_writer_init(&jw, out, 0);
    json_val(&jw, model);
}

static bool walk_step(struct walk *w, size_t i, struct val model, const struct crumb *at);

static bool hit(struct walk *w, struct val v)
{
    w->hits++;
    if (w->path->definite) {
        val_free(w->found);
        w->found = val_copy(v);
    } else {
        w->found = val_list_push(w->found, val_copy(v));
    }
    return true;
}

/* On to step i, counting what is looked at. */
static bool go_on(struct walk *w, size_t i, struct val model, const struct crumb *at)
{
    if (*w->visits == 0)
        return walk_fail(w, JSONPATH_TOO_MUCH, "the path looks at more than %d values",
                         JSONPATH_MAX_VISITS);
    --*w->visits;
    if (i == w->path->nsteps)
        return hit(w, model);
    return walk_step(w, i, model, at);
}

/* ---- names ---- */

static bool is_leaf(const struct walk *w, size_t i)
{
    return i + 1 == w->path->nsteps;
}

static bool take_name(struct walk *w, size_t i, struct val model, const struct crumb *at,
                      struct str name)
{
    const struct jsonpath_step *s = &w->path->steps[i];
    struct crumb here = { .up = at, .name = name.p ? name : S("") };
    struct val v = peek_get(model, name);
    if (v.kind != VAL_UNDEFINED)
        return go_on(w, i + 1, v, &here);
    bool definite = s->upstream_definite && s->kind == STEP_NAME;
    if (is_leaf(w, i))
        return !w->require || missing_at(w, "No results for path: ", &here, "");
    if (!definite && !w->require)
        return true;
    return missing_at(w, "Missing property in path ", &here, "");
}

static bool merge_names(struct walk *w, const struct jsonpath_step *s, struct val model,
                        const struct crumb *at)
{
    struct val merged = val_map();
    for (size_t k = 0; k < s->n; k++) {
        struct val v = peek_get(model, s->names[k]);
        if (v.kind != VAL_UNDEFINED) {
            merged = val_map_set(merged, s->names[k], val_copy(v));
        } else if (w->require) {
            val_free(merged);
            return missing_at(w, "Missing property in path ", at, "");
        }
    }
    bool ok = hit(w, merged);
    val_free(merged);
    return ok;
}

static bool step_names(struct walk *w, size_t i, struct val model, const struct crumb *at)
{
    const struct jsonpath_step *s = &w->path->steps[i];
    if (model.kind != VAL_MAP) {
        if (!s->upstream_definite)
            return true;
        missing_at(w, "Expected to find an object in path ", at, " but found ");
        buf_put(&w->fail->text, str_from(kind_name(model)));
        return false;
    }
    if (s->kind == STEP_NAME)
        return take_name(w, i, model, at, s->name);
    if (is_leaf(w, i))
        return merge_names(w, s, model, at);
    for (size_t k = 0; k < s->n; k++)
        if (!take_name(w, i, model, at, s->names[k]))
            return false;
    return true;
}

/* ---- indexes ---- */

/* Past either end there is nothing, silently. */
static bool take_index(struct walk *w, size_t i, struct val model, const struct crumb *at,
                       int64_t index)
{
    int64_t n = (int64_t)peek_count(model), effective = index < 0 ? n + index : index;
    if (effective < 0 || effective >= n)
        return true;
    struct crumb here = { .up = at, .index = index };
    return go_on(w, i + 1, peek_item(model, (size_t)effective), &here);
}

/* A negative start counts from the end only where no end is given: Jayway's way. */
static bool step_slice(struct walk *w, size_t i, struct val model, const struct crumb *at)
{
    const struct jsonpath_step *s = &w->path->steps[i];
    int64_t n = (int64_t)peek_count(model), from = s->from, to = s->to;
    if (!s->has_to) {
        to = n;
        from = from < 0 ? from + n : from;
        from = from < 0 ? 0 : from;
    } else if (!s->has_from) {
        from = 0;
        to = to < 0 ? to + n : to;
    }
    to = to > n ? n : to;
    if (from < -n)
        from = -n; /* what lies before has nothing */
    for (int64_t k = from; k < to; k++)
        if (!take_index(w, i, model, at, k))
            return false;
    return true;
}

static bool step_indexes(struct walk *w, size_t i, struct val model, const struct crumb *at)
{
    const struct jsonpath_step *s = &w->path->steps[i];
    if (model.kind != VAL_LIST) {
        if (!s->upstream_definite)
            return true;
        if (model.kind == VAL_NULL)
            return missing_at(w, "The path ", at, " is null");
        walk_fail(w, JSONPATH_MISSING,
                  "Filter: %.*s can only be applied to arrays. Current context is: ",
                  STR(w->path->display));
        put_model(&w->fail->text, model);
        return false;
    }
    if (s->kind == STEP_SLICE)
        return step_slice(w, i, model, at);
    if (s->kind == STEP_INDEX)
        return take_index(w, i, model, at, s->from);
    for (size_t k = 0; k < s->n; k++)
        if (!take_index(w, i, model, at, s->indexes[k]))
            return false;
    return true;
}

/* ---- many ---- */

static bool step_wild(struct walk *w, size_t i, struct val model, const struct crumb *at)
{
    if (model.kind == VAL_MAP) {
        for (size_t k = 0; k < peek_count(model); k++) {
            struct crumb here = { .up = at, .name = peek_str(peek_key_at(model, k)) };
            if (!go_on(w, i + 1, peek_value_at(model, k), &here))
                return false;
        }
    } else if (model.kind == VAL_LIST) {
        for (size_t k = 0; k < peek_count(model); k++)
            if (!take_index(w, i, model, at, (int64_t)k) &&
                (w->require || w->fail->trouble != JSONPATH_MISSING))
                return false;
    } else if (!is_leaf(w, i)) {
        missing_at(w, "Expected to find an object or array in path ", at, " but found ");
        buf_put(&w->fail->text, str_from(kind_name(model)));
        return false;
    }
    return true;
}

static bool step_filter(struct walk *w, size_t i, struct val model, const struct crumb *at)
{
    const struct jsonpath_step *s = &w->path->steps[i];
    bool error = false;
    if (model.kind == VAL_MAP)
        return filter_accepts(s->filter, model, w, &error) ? go_on(w, i + 1, model, at) : !error;
    if (model.kind == VAL_LIST) {
        for (size_t k = 0; k < peek_count(model); k++) {
            if (filter_accepts(s->filter, peek_item(model, k), w, &error)) {
                if (!take_index(w, i, model, at, (int64_t)k))
                    return false;
            } else if (error) {
                return false;
            }
        }
        return true;
    }
    if (!s->upstream_definite)
        return true;
    walk_fail(w, JSONPATH_INVALID,
              "Filter: [?] can not be applied to primitives. Current context is: ");
    put_model(&w->fail->text, model);
    return false;
}

/* ---- .. ---- */

/* Whether the step behind '..' has something to do at this object or array. */
static bool scan_stops(struct walk *w, size_t i, struct val model, bool *error)
{
    const struct jsonpath_step *s = &w->path->steps[i];
    switch (s->kind) {
    case STEP_NAME:
        return model.kind == VAL_MAP &&
               (w->require || peek_get(model, s->name).kind != VAL_UNDEFINED);
    case STEP_NAMES:
        if (model.kind != VAL_MAP || w->require || !is_leaf(w, i))
            return model.kind == VAL_MAP;
        for (size_t k = 0; k < s->n; k++)
            if (peek_get(model, s->names[k]).kind == VAL_UNDEFINED)
                return false;
        return true;
    case STEP_INDEX:
    case STEP_INDEXES:
    case STEP_SLICE:
        return model.kind == VAL_LIST;
    case STEP_WILD:
        return true;
    case STEP_FILTER:
        return filter_accepts(s->filter, model, w, error);
    default:
        return false;
    }
}

static bool step_scan(struct walk *w, size_t i, struct val model, const struct crumb *at)
{
    if (model.kind != VAL_MAP && model.kind != VAL_LIST)
        return true;
    if (*w->visits == 0 || ++w->depth > LIMIT_WALK_DEPTH)
        return walk_fail(w, JSONPATH_TOO_MUCH, "the path looks at too many values or too deep");
    --*w->visits;
    bool error = false;
    if (scan_stops(w, i + 1, model, &error) && !walk_step(w, i + 1, model, at))
        return false;
    if (error)
        return false;
    for (size_t k = 0; k < peek_count(model); k++) {
        struct crumb here = { .up = at, .index = (int64_t)k };
        if (model.kind == VAL_MAP)
            here.name = peek_str(peek_key_at(model, k));
        struct val v = model.kind == VAL_MAP ? peek_value_at(model, k) : peek_item(model, k);
        if (!step_scan(w, i, v, &here))
            return false;
    }
    w->depth--;
    return true;
}

static bool step_function(struct walk *w, size_t i, struct val model, const struct crumb *at)
{
    struct val v = call_function(w, &w->path->steps[i], model);
    if (v.kind == VAL_UNDEFINED)
        return false;
    bool ok = go_on(w, i + 1, v, at);
    val_free(v);
    return ok;
}

static bool walk_step(struct walk *w, size_t i, struct val model, const struct crumb *at)
{
    switch (w->path->steps[i].kind) {
    case STEP_NAME:
    case STEP_NAMES:
        return step_names(w, i, model, at);
    case STEP_INDEX:
    case STEP_INDEXES:
    case STEP_SLICE:
        return step_indexes(w, i, model, at);
    case STEP_WILD:
        return step_wild(w, i, model, at);
    case STEP_SCAN:
        return step_scan(w, i, model, at);
    case STEP_FILTER:
        return step_filter(w, i, model, at);
    case STEP_FUNCTION:
        return step_function(w, i, model, at);
    }
    UNREACHABLE();
}

struct val walk_path(const struct jsonpath *p, struct val model, struct val root, bool require,
                     size_t *visits, int depth, struct jsonpath_fail *fail)
{
    struct walk w = {
        .path = p, .root = root, .require = require, .visits = visits, .depth = depth, .fail = fail
    };
    if (!p->definite)
        w.found = val_list();
    bool ok = go_on(&w, 0, model, NULL);
    if (ok && p->definite && w.hits == 0)
        ok = walk_fail(&w, JSONPATH_MISSING, "No results for path: %.*s", STR(p->display));
    if (ok)
        return w.found;
    fail->path = p;
    val_free(w.found);
    return (struct val){ 0 };
}

/* ---- entry points ---- */

/* The value a path starts from, borrowed. */
static struct val root_value(const struct jsonpath *p, const struct jsonpath_env *env)
{
    switch (p->root) {
    case JSONPATH_INPUT:
        return env->input;
    case JSONPATH_CONTEXT:
        return env->context;
    case JSONPATH_VARIABLE:
        return env->variable ? env->variable(env->data, p->variable) : (struct val){ 0 };
    }
    UNREACHABLE();
}

/* Names and indexes alone, from v on; VAL_UNDEFINED where one leads nowhere or another kind of
 * step comes. */
static struct val peek_along(const struct jsonpath *p, struct val v)
{
    for (size_t i = 0; i < p->nsteps; i++) {
        const struct jsonpath_step *s = &p->steps[i];
        if (s->kind == STEP_NAME && v.kind == VAL_MAP) {
            v = peek_get(v, s->name);
        } else if (s->kind == STEP_INDEX && v.kind == VAL_LIST) {
            int64_t n = (int64_t)peek_count(v), k = s->from < 0 ? s->from + n : s->from;
            if (k < 0 || k >= n)
                return (struct val){ 0 };
            v = peek_item(v, (size_t)k);
        } else {
            return (struct val){ 0 };
        }
    }
    return v;
}

struct val jsonpath_peek(const struct jsonpath *p, const struct jsonpath_env *env)
{
    return peek_along(p, root_value(p, env));
}

struct val jsonpath_eval(const struct jsonpath *p, const struct jsonpath_env *env,
                         struct jsonpath_fail *fail)
{
    struct val root = root_value(p, env);
    struct val v = peek_along(p, root);
    if (v.kind != VAL_UNDEFINED)
        return val_copy(v);
    struct jsonpath_fail unwanted = { 0 };
    size_t visits = JSONPATH_MAX_VISITS;
    struct jsonpath_fail *f = fail ? fail : &unwanted;
    if (root.kind == VAL_UNDEFINED) {
        f->trouble = p->root == JSONPATH_VARIABLE ? JSONPATH_UNKNOWN : JSONPATH_MISSING;
        f->path = p;
        f->text.n = 0;
        buf_printf(&f->text, "No results for path: %.*s", STR(p->display));
    } else {
        v = walk_path(p, root, root, false, &visits, 0, f);
        if (v.kind == VAL_UNDEFINED && env->lenient && !p->definite &&
            f->trouble == JSONPATH_MISSING) {
            f->trouble = JSONPATH_FOUND;
            v = val_list();
        }
    }
    jsonpath_fail_done(&unwanted);
    return v;
}
