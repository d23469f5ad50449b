/* Time limits that cannot be reached, because what is around them ends first. */
#include "check/check.h"

/* Whether somebody wrote the number; defaults stand at the map that they are missing from. */
static bool is_written(const struct node *n)
{
    struct str text = n && n->kind == NODE_INT ? span_text(n->span) : (struct str){ 0 };
    return text.n && text.p[0] != '{' && text.n < 24 && str_find_char(text, ':', 0) == SIZE_MAX;
}

static void too_late(struct plan *p, struct span at, const char *what, int64_t seconds,
                     const char *around, int64_t most, struct span limit)
{
    struct diag *d =
        diag_warning(p->ds, "timeout-order", at, "%s %lld seconds, and %s after %lld already", what,
                     (long long)seconds, around, (long long)most);
    diag_note(d, limit, "as is said here");
}

/* The function that a task calls, if it is of this pipeline. */
static const struct resource *called_function(const struct plan *p, const struct state *s)
{
    const struct node *name = node_get(node_get(s->body, S("Parameters")), S("FunctionName"));
    if (!name)
        name = node_get(s->body, S("Resource"));
    if (!node_is_str(name) || !str_starts(name->str, S("${")) || !str_ends(name->str, S("}")))
        return NULL;
    struct str hole = str_sub(name->str, 2, name->str.n - 1);
    for (size_t i = 0; i < p->substitutions.n; i++) {
        const struct node *get = node_get(p->substitutions.p[i].value, S("Fn::GetAtt"));
        if (!str_eq(p->substitutions.p[i].name, hole) || !get || !get->seq.n)
            continue;
        const struct resource *r = map_get(&p->logical_ids, get->seq.items[0]->str);
        return r && strcmp(r->type, "AWS::Lambda::Function") == 0 ? r : NULL;
    }
    return NULL;
}

static void check_times(struct plan *p, const struct state *s)
{
    const struct vint *whole = &p->pipeline->timeout;
    const struct node *timeout = node_get(s->body, S("TimeoutSeconds"));
    const struct node *wait = node_get(s->body, S("Seconds"));
    const struct resource *function = called_function(p, s);
    const struct node *call = function ? node_get(function->props, S("Timeout")) : NULL;
    if (whole->set && is_written(timeout) && timeout->integer > whole->v)
        too_late(p, timeout->span, "the step may take", timeout->integer, "the pipeline ends",
                 whole->v, whole->span);
    if (whole->set && is_written(wait) && wait->integer >= whole->v)
        too_late(p, wait->span, "the step waits for", wait->integer, "the pipeline ends", whole->v,
                 whole->span);
    if (is_written(call) && is_written(timeout) && call->integer > timeout->integer)
        too_late(p, call->span, "the function may take", call->integer,
                 "the step that calls it ends", timeout->integer, timeout->span);
}

/* As deep as groups may nest. */
static void check_scope_times(struct plan *p, const struct scope *sc)
{
    for (size_t i = 0; i < sc->states.n; i++) {
        const struct state *s = sc->states.p[i];
        check_times(p, s);
        for (size_t k = 0; k < s->scopes.n; k++)
            check_scope_times(p, s->scopes.p[k]);
    }
}

void check_timeouts(struct plan *p)
{
    if (p->machine)
        check_scope_times(p, p->machine);
}
