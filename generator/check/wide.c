/* Permissions that hold for everything, and whose fault that is. */
#include "check/check.h"

#include "base/buf.h"

enum blame {
    NOBODY,  /* narrow, or narrowed by a condition */
    SERVICE, /* the action knows no resources */
    USER,    /* who wrote "*" */
    ENGINE,  /* a step that does not say what it works on */
};

static enum blame blame_for(const struct grant *g)
{
    if (!node_is_str(g->resource) || !str_eq(g->resource->str, S("*")) || g->condition)
        return NOBODY;
    return plan_wide_service(g->action) ? SERVICE : g->written ? USER : ENGINE;
}

static bool same_cause(const struct grant *a, const struct grant *b)
{
    bool written = a->written && b->written; /* each action has a span of its own */
    return blame_for(a) == blame_for(b) && str_eq(a->reason, b->reason) &&
           plan_wide_service(a->action) == plan_wide_service(b->action) &&
           (written || (a->span.src == b->span.src && a->span.at == b->span.at));
}

static void warn(struct plan *p, const struct role_decl *role, size_t first)
{
    const struct grant *g = &role->grants.p[first];
    const char *service = plan_wide_service(g->action);
    struct buf actions;
    size_t n = 0;
    buf_init(&actions, 0);
    for (size_t i = first; i < role->grants.n; i++)
        if (same_cause(g, &role->grants.p[i]))
            buf_printf(&actions, "%s%.*s", n++ ? ", " : "", STR(role->grants.p[i].action));
    struct diag *d = diag_warning(
        p->ds, "wide-permission", g->span, "%.*s may %.*s on everything%s", STR(role->who),
        STR(buf_str(&actions)), g->written && !service ? ": you wrote '*'" : "");
    buf_done(&actions);
    diag_help(d, g->added ? "the reason is '%.*s'" : "%.*s", STR(g->reason));
    if (service)
        diag_help(d, "%s no narrower resource (Service Authorization Reference, %s)",
                  n > 1 ? "these actions know" : "the action knows", service);
    else
        diag_help(d, "write the ARNs that it needs in place of '*'");
}

static void warn_all(struct plan *p, bool unavoidable)
{
    for (size_t i = 0; i < p->roles.n; i++) {
        const struct role_decl *role = p->roles.p[i];
        for (size_t j = 0; j < role->grants.n; j++) {
            enum blame blame = blame_for(&role->grants.p[j]);
            bool said = blame == NOBODY || (blame == SERVICE) != unavoidable;
            for (size_t k = 0; !said && k < j; k++)
                said = same_cause(&role->grants.p[k], &role->grants.p[j]);
            if (!said)
                warn(p, role, j);
        }
    }
}

void check_wide(struct plan *p)
{
    warn_all(p, false);
}

void check_permissions(struct plan *p)
{
    warn_all(p, true);
}
