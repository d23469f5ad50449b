/* What the templates of the unit tests can use: variables, and other templates to load. */
#ifndef TEMPLATE_RUN_H
#define TEMPLATE_RUN_H

#include "template/template.h"

/* One render, and where its memory lives. */
struct run {
    struct arena arena;
    struct diags diags;
    struct buf out; /* the messages */
    struct source *result;
};

static inline struct source *load_part(void *ctx, struct str name, const struct source *by,
                                       struct span cause)
{
    static const struct {
        struct str name, text;
    } parts[] = {
        { S_INIT("macros.j2"),
          S_INIT("{% macro step(job) %}\n- name: {{ job.nmae }}\n{% endmacro %}\n"
                 "{% macro line(text) %}- {{ text }}\n{% endmacro %}\n") },
        { S_INIT("part.yaml"), S_INIT("part:\n  stage: {{ stgae }}\n") },
        { S_INIT("fine.yaml"), S_INIT("part:\n  stage: {{ stage }}\n") },
        { S_INIT("open.yaml"), S_INIT("{% if stage %}\nx: 1\n") },
        { S_INIT("self.yaml"), S_INIT("{% include 'self.yaml' %}\n") },
        { S_INIT("base.yaml"), S_INIT("{% block body required %}{% endblock %}\n") },
        { S_INIT("layout.yaml"),
          S_INIT("a: 1\n{% block b %}b: {{ stage }}\n{% endblock %}c: 3\n") },
    };
    struct run *r = ctx;
    (void)by;
    if (str_eq(name, S("unreadable.yaml"))) {
        diag_world(&r->diags, "cannot-read", cause, "cannot read 'unreadable.yaml': not allowed");
        return NULL;
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (str_eq(parts[i].name, name))
            return source_make(&r->arena, parts[i].name, parts[i].text);
    return NULL;
}

static inline struct val call_env_var(void *ctx, const struct template_call *call)
{
    (void)ctx;
    if (call->nargs == 1 && call->args[0].kind == VAL_STR &&
        str_eq(peek_str(call->args[0]), S("HOME")))
        return val_str(S("/home/maria"));
    diag_error(call->diags, "no-environment", call->span, "env_var() knows HOME only");
    return (struct val){ 0 };
}

static inline struct template_options run_options(struct run *r)
{
    static const struct template_function functions[] = {
        { S_INIT("env_var"), call_env_var, NULL },
    };
    struct template_options o = template_options_config();
    o.loader = (struct template_loader){ load_part, r };
    o.functions = functions;
    o.nfunctions = 1;
    return o;
}

static inline struct val run_variables(void)
{
    struct val job = val_map_set(val_map(), S("name"), val_str(S("extract")));
    job = val_map_set(job, S("type"), val_str(S("glue")));
    job = val_map_set(job, S("items"), val_list());
    struct val v = val_map_set(val_map(), S("job"), job);
    v = val_map_set(v, S("stage"), val_str(S("prod")));
    v = val_map_set(v, S("count"), val_int(3));
    v = val_map_set(v, S("names"),
                    val_list_push(val_list_push(val_list(), val_str(S("a"))), val_str(S("b"))));
    v = val_map_set(v, S("jobs"), val_list_push(val_list(), val_copy(peek_get(v, S("job")))));
    return val_map_set(v, S("nothing"), val_null());
}

static inline void run_init(struct run *r)
{
    *r = (struct run){ 0 };
    diags_init(&r->diags, &r->arena);
    buf_init(&r->out, 0);
}

/* Renders `text` as in.yaml; the messages, as people see them, are in r->out. */
static inline struct source *run_template(struct run *r, const struct template_options *o,
                                          struct str text)
{
    struct source *src = source_make(&r->arena, S("in.yaml"), text);
    r->result = template_render(&r->arena, &r->diags, o, src, run_variables());
    diags_print(&r->diags, &r->out, false);
    return r->result;
}

static inline void run_done(struct run *r)
{
    buf_done(&r->out);
    arena_done(&r->arena);
}

#endif
