/* What comes out of jobs that ran beside each other. */
#include "plan/chain.h"

static const struct span NOWHERE;

/* States.JsonMerge nests at most ten deep. Source: Step Functions, "Intrinsic functions". */
enum { GROUP_JOBS_MAX = 512 };

/* Whether what leaves the scope is more than what came in. A group's own Parallel state either
 * drops its branches' output or merges all of it. */
static bool scope_stores(const struct scope *sc)
{
    for (size_t i = 0; i < sc->states.n; i++) {
        const struct state *st = sc->states.p[i];
        const struct node *path = node_get(st->body, S("ResultPath"));
        bool merges = !path && !st->step && strcmp(st->type, "Parallel") == 0;
        if (merges || (path && path->kind == NODE_STR))
            return true;
    }
    return false;
}

/* States.JsonMerge of $[from] … $[to - 1], as a balanced tree: calls nest only ten deep. */
static struct str merge_call(struct plan *p, size_t from, size_t to)
{
    if (to - from == 1)
        return arena_printf(p->arena, "$[%zu]", from);
    size_t mid = from + (to - from) / 2;
    return arena_printf(p->arena, "States.JsonMerge(%.*s, %.*s, false)",
                        STR(merge_call(p, from, mid)), STR(merge_call(p, mid, to)));
}

struct stored {
    struct str key; /* the first name of a result path; empty for "$" */
    const struct state *by;
};
struct stores {
    VEC(struct stored) all;
};

/* "$.stats.mean" → "stats" */
static struct str first_name(struct str path)
{
    size_t from = 1, to;
    if (path.n > 1 && path.p[1] == '.')
        from = 2;
    for (to = from; to < path.n && path.p[to] != '.' && path.p[to] != '[';)
        to++;
    return str_sub(path, from < path.n ? from : path.n, to < path.n ? to : path.n);
}

static void collect_stores(struct plan *p, const struct scope *sc, size_t n, struct stores *out)
{
    for (size_t i = 0; i < n; i++) {
        const struct state *s = sc->states.p[i];
        const struct node *path = node_get(s->body, S("ResultPath"));
        if (node_is_str(path)) {
            struct stored st = { first_name(path->str), s };
            vec_push(p->arena, &out->all, st);
        }
        for (size_t j = 0; strcmp(s->type, "Parallel") == 0 && j < s->scopes.n; j++)
            collect_stores(p, s->scopes.p[j], s->scopes.p[j]->states.n, out);
    }
}

/* An error where the user chose the path; a warning where it is a type's default, as in blueprints
 * that never looked at the result. */
static struct diag *conflict(struct plan *p, const struct state *s, const char *why)
{
    const struct node *path = node_get(s->body, S("ResultPath"));
    bool chosen = path->span.src && path->span.at != s->span.at; /* defaults stand at the name */
    if (!chosen)
        return diag_warning(p->ds, "result-conflict", s->span,
                            "'%.*s' is stored by a job that runs beside others: %s", STR(path->str),
                            why);
    return diag_error(p->ds, "result-conflict", path->span,
                      "'%.*s' is stored by a job that runs beside others: %s", STR(path->str), why);
}

/* Branches see the data as it was before the group, and their outputs are merged key by key at the
 * top: two must not store below one key, none may replace everything, and what an earlier step has
 * stored only the last branch may change, for the others would bring the old value back. */
static void check_stores(struct plan *p, const struct state *parallel)
{
    struct stores earlier = { 0 }, mine = { 0 };
    const struct scope *outer = p->chain->scope;
    collect_stores(p, outer, outer->states.n - 1, &earlier);
    for (size_t b = 0; b < parallel->scopes.n; b++) {
        size_t before = mine.all.n;
        collect_stores(p, parallel->scopes.p[b], parallel->scopes.p[b]->states.n, &mine);
        for (size_t i = before; i < mine.all.n; i++) {
            const struct stored *st = &mine.all.p[i];
            if (!st->key.n) {
                diag_help(conflict(p, st->by, "it would replace all of the data"),
                          "store it under a key, such as $.result");
                continue;
            }
            for (size_t j = 0; j < before; j++)
                if (str_eq(mine.all.p[j].key, st->key)) {
                    struct diag *d = conflict(p, st->by, "another one stores below the same key");
                    diag_help(d, "give each job of a group a key of its own");
                    diag_note(d, mine.all.p[j].by->span, "the other job");
                    break;
                }
            for (size_t j = 0; b + 1 < parallel->scopes.n && j < earlier.all.n; j++)
                if (str_eq(earlier.all.p[j].key, st->key)) {
                    struct diag *d = conflict(p, st->by, "an earlier step has stored that key");
                    diag_help(d, "use another key, or let this job be the last of its group");
                    diag_note(d, earlier.all.p[j].by->span, "the earlier step");
                    break;
                }
        }
    }
}

void chain_keep_results(struct plan *p, struct state *parallel)
{
    bool any = false;
    for (size_t i = 0; i < parallel->scopes.n; i++)
        any = any || scope_stores(parallel->scopes.p[i]);
    if (!any) {
        plan_put(p, parallel->body, "ResultPath", node_null(p->arena, NOWHERE));
        return;
    }
    if (parallel->scopes.n > GROUP_JOBS_MAX) {
        diag_error(p->ds, "too-many-jobs", parallel->span,
                   "group '%.*s' has %zu jobs that store results; expected at most %d",
                   STR(parallel->name), parallel->scopes.n, GROUP_JOBS_MAX);
        return;
    }
    check_stores(p, parallel);
    struct node *selector = plan_map(p);
    plan_put(p, selector, "merged.$", plan_str(p, merge_call(p, 0, parallel->scopes.n)));
    plan_put(p, parallel->body, "ResultSelector", selector);
    plan_put_text(p, parallel->body, "OutputPath", "$.merged");
}
