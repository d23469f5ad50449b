/* Paths, calls and payload templates of a machine: compiled here, evaluated here. */
#include "runner/compile.h"

#include "asl/asl_field.h"
#include "base/limits.h"
#include "base/mem.h"

/* ---- expressions ---- */

static void report(struct compiler *c, const struct node *at, const struct jsonpath_error *err)
{
    diag_error(c->ds, "bad-path", at ? at->span : (struct span){ 0 }, "%.*s", STR(err->text));
}

static void note_root(struct compiler *c, const struct jsonpath *p)
{
    if (p->root != JSONPATH_CONTEXT)
        return;
    c->state->uses_context = c->p->uses_context = true;
    if (p->nsteps == 0 || str_find(p->text, S("Task"), 0) != SIZE_MAX)
        c->state->uses_token = true;
}

static void note_roots(struct compiler *c, const struct intrinsic_call *call)
{
    for (size_t i = 0; i < call->nargs; i++) {
        if (call->args[i].path)
            note_root(c, call->args[i].path);
        if (call->args[i].call)
            note_roots(c, call->args[i].call); /* bounded by INTRINSIC_MAX_NESTING */
    }
}

const struct jsonpath *compile_path(struct compiler *c, const struct asl_value *v)
{
    struct jsonpath_error err;
    if (v->form != ASL_PATH)
        return NULL;
    const struct jsonpath *p = jsonpath_compile(c->a, v->text, &err);
    if (!p)
        report(c, v->node, &err);
    else
        note_root(c, p);
    return p;
}

void compile_expression(struct compiler *c, struct str text, const struct node *at,
                        struct expression *e)
{
    struct jsonpath_error err;
    if (!expression_compile(c->a, text, e, &err))
        report(c, at, &err);
    else if (e->path)
        note_root(c, e->path);
    else
        note_roots(c, e->call);
}

struct route compile_route(struct compiler *c, const struct asl_value *v)
{
    return (struct route){ .none = v->form == ASL_NULL, .path = compile_path(c, v) };
}

struct amount compile_amount(struct compiler *c, const struct asl_value *v)
{
    struct amount out = { 0 };
    if (!ASL_SET(*v))
        return out;
    out.field = v->field->key;
    out.path = compile_path(c, v);
    out.set = out.path != NULL || v->form == ASL_NUMBER;
    if (v->form == ASL_NUMBER)
        out.number = v->number;
    return out;
}

/* ---- templates ---- */

struct val compile_own(struct compiler *c, struct val v)
{
    vec_push(c->a, &c->p->owned, v);
    return v;
}

static void template_fill(struct compiler *c, const struct node *n, struct template *t, int depth);

static bool is_expression(const struct node_entry *e)
{
    return str_ends(e->key, S(".$")) && e->value->kind == NODE_STR;
}

static void template_map(struct compiler *c, const struct node *n, struct template *t, int depth)
{
    t->kind = TEMPLATE_MAP;
    t->n = n->map.n;
    t->keys = arena_make_n(c->a, struct val, t->n);
    t->values = arena_make_n(c->a, struct template, t->n);
    for (size_t i = 0; i < t->n; i++) {
        const struct node_entry *e = &n->map.entries[i];
        struct str key = e->key;
        if (is_expression(e)) {
            t->values[i].kind = TEMPLATE_EXPRESSION;
            t->values[i].field = key;
            compile_expression(c, e->value->str, e->value, &t->values[i].expression);
            key.n -= 2;
        } else {
            template_fill(c, e->value, &t->values[i], depth + 1);
        }
        t->keys[i] = compile_own(c, val_str(key));
    }
}

static bool has_expression(const struct node *n, int depth)
{
    if (depth > LIMIT_JSON_DEPTH)
        return false;
    if (n->kind == NODE_MAP) {
        for (size_t i = 0; i < n->map.n; i++)
            if (is_expression(&n->map.entries[i]) ||
                has_expression(n->map.entries[i].value, depth + 1))
                return true;
    } else if (n->kind == NODE_SEQ) {
        for (size_t i = 0; i < n->seq.n; i++)
            if (has_expression(n->seq.items[i], depth + 1))
                return true;
    }
    return false;
}

static void template_fill(struct compiler *c, const struct node *n, struct template *t, int depth)
{
    if (!has_expression(n, depth)) {
        t->kind = TEMPLATE_CONSTANT;
        t->constant = compile_own(c, val_from_node(n));
    } else if (n->kind == NODE_MAP) {
        template_map(c, n, t, depth);
    } else {
        t->kind = TEMPLATE_LIST;
        t->n = n->seq.n;
        t->values = arena_make_n(c->a, struct template, t->n);
        for (size_t i = 0; i < t->n; i++)
            template_fill(c, n->seq.items[i], &t->values[i], depth + 1);
    }
}

const struct template *compile_template(struct compiler *c, const struct asl_value *v)
{
    if (!ASL_SET(*v) || !v->node)
        return NULL;
    struct template *t = arena_make(c->a, struct template);
    template_fill(c, v->node, t, 0);
    return t;
}

static struct val template_eval_map(const struct template *t, const struct jsonpath_env *env,
                                    struct jsonpath_fail *fail, struct str *field)
{
    struct val map = val_map();
    for (size_t i = 0; i < t->n; i++) {
        struct val v = template_eval(&t->values[i], env, fail, field);
        if (v.kind == VAL_UNDEFINED) {
            val_free(map);
            return v;
        }
        map = val_map_put(map, val_copy(t->keys[i]), v);
    }
    return map;
}

static struct val template_eval_list(const struct template *t, const struct jsonpath_env *env,
                                     struct jsonpath_fail *fail, struct str *field)
{
    struct val list = val_list();
    for (size_t i = 0; i < t->n; i++) {
        struct val v = template_eval(&t->values[i], env, fail, field);
        if (v.kind == VAL_UNDEFINED) {
            val_free(list);
            return v;
        }
        list = val_list_push(list, v);
    }
    return list;
}

/* As deep as the definition is nested, which its reader bounds. */
struct val template_eval(const struct template *t, const struct jsonpath_env *env,
                         struct jsonpath_fail *fail, struct str *field)
{
    struct val v;
    switch (t->kind) {
    case TEMPLATE_CONSTANT:
        return val_copy(t->constant);
    case TEMPLATE_MAP:
        return template_eval_map(t, env, fail, field);
    case TEMPLATE_LIST:
        return template_eval_list(t, env, fail, field);
    case TEMPLATE_EXPRESSION:
        v = expression_eval(&t->expression, env, fail);
        if (v.kind == VAL_UNDEFINED)
            *field = t->field;
        return v;
    }
    UNREACHABLE();
}
