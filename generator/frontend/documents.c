#include "frontend/documents.h"

#include "base/path.h"

struct context {
    struct project *project;
    struct variables settings; /* its history only: the map is made anew for each file */
};

static const struct source *open_file(struct project *pr, struct vstr path)
{
    struct str clean = path_clean(pr->arena, path.s);
    if (!path_escapes(clean))
        return project_source(pr, path.span, clean);
    struct diag *d =
        diag_error(pr->ds, "outside-project", path.span, "'%.*s' leaves the project", STR(path.s));
    diag_help(d, "give a path relative to the project's root");
    return NULL;
}

static void make_variables(const struct context *c, const struct node *more, struct variables *v)
{
    variables_init(v, c->project->arena);
    for (size_t i = 0; i < c->settings.history.n; i++) {
        const struct setting *s = &c->settings.history.p[i];
        variables_set(v, s->name, s->value, s->why);
    }
    if (more && more->kind == NODE_MAP)
        variables_merge(v, more, "the step");
}

static struct source *read_text(void *ctx, struct vstr path, const struct node *more)
{
    const struct context *c = ctx;
    struct variables v;
    const struct source *src = open_file(c->project, path);
    if (!src)
        return NULL;
    make_variables(c, more, &v);
    struct source *text = project_render_source(c->project, src, &v);
    variables_done(&v);
    return text;
}

static struct node *settings_since(const struct variables *v, size_t from)
{
    struct node *map = node_map(v->arena, (struct span){ 0 });
    for (size_t i = from; i < v->history.n; i++) {
        const struct setting *s = &v->history.p[i];
        node_put(v->arena, map, s->name, s->value->span, (struct node *)s->value);
    }
    return map;
}

static struct node *read_yaml(void *ctx, struct vstr path, const struct node *more,
                              struct node **own)
{
    const struct context *c = ctx;
    struct variables v;
    const struct source *src = open_file(c->project, path);
    if (!src)
        return NULL;
    make_variables(c, more, &v);
    struct node *doc = NULL;
    size_t before = v.history.n;
    if (project_own_variables(c->project, src, &v)) {
        if (own)
            *own = settings_since(&v, before);
        if (more && more->kind == NODE_MAP) /* stronger than the file's own */
            variables_merge(&v, more, "the step");
        doc = project_parse(c->project, src, &v);
    }
    variables_done(&v);
    return doc;
}

const struct documents *documents_make(struct project *pr, const struct variables *v)
{
    struct context *c = arena_make(pr->arena, struct context);
    struct documents *d = arena_make(pr->arena, struct documents);
    c->project = pr;
    c->settings.history = v->history;
    *d = (struct documents){ read_text, read_yaml, c };
    return d;
}
