/* From a role's statements to its policies. Sources: IAM, "Policy grammar"; IAM quotas: 10,240
 * characters for all policies inside a role, 6,144 for a managed one, ten of those to a role. */
#include "plan/plan.h"

#include "base/limits.h"

/* How long a reference may become: ARNs of functions, machines, tables. Policies are filled up to
 * somewhat less than what fits, for a longer one. */
enum { REFERENCE = 100, INLINE_MAX = 10000, MANAGED_MAX = 5800, MANAGED_COUNT = 10 };

static size_t size_at(const struct node *n, int depth);

/* Text of Fn::Sub: pseudo parameters become shorter, what else is in braces an ARN. */
static size_t sub_size(struct str text)
{
    size_t size = text.n;
    for (size_t at = str_find(text, S("${"), 0); at != SIZE_MAX;
         at = str_find(text, S("${"), at + 2))
        if (!str_starts(str_sub(text, at, text.n), S("${AWS::")))
            size += REFERENCE;
    return size;
}

static size_t map_size(const struct node *n, int depth)
{
    size_t size = 2;
    const struct node *sub = node_get(n, S("Fn::Sub"));
    if (node_is_str(sub))
        return sub_size(sub->str) + 3;
    if (n->map.n == 1 &&
        (str_eq(n->map.entries[0].key, S("Ref")) || str_starts(n->map.entries[0].key, S("Fn::"))))
        return REFERENCE;
    for (size_t i = 0; i < n->map.n; i++)
        size += n->map.entries[i].key.n + 4 + size_at(n->map.entries[i].value, depth + 1);
    return size;
}

/* About how many characters it has in the end. */
static size_t size_at(const struct node *n, int depth)
{
    size_t size = 2;
    if (depth > LIMIT_JSON_DEPTH)
        return size;
    if (n->kind == NODE_MAP)
        return map_size(n, depth);
    if (n->kind != NODE_SEQ)
        return n->kind == NODE_STR ? n->str.n + 3 : 6;
    for (size_t i = 0; i < n->seq.n; i++)
        size += size_at(n->seq.items[i], depth + 1);
    return size;
}

/* Resources [from, to) of the statement. */
static struct node *statement_part(struct plan *p, const struct statement *st, size_t from,
                                   size_t to)
{
    struct node *n = plan_map(p), *actions = plan_list(p), *resources = plan_list(p);
    for (size_t i = 0; i < st->actions.n; i++)
        node_push(p->arena, actions, plan_str(p, st->actions.p[i]));
    for (size_t i = from; i < to; i++)
        node_push(p->arena, resources, (struct node *)st->resources.p[i]);
    plan_put_text(p, n, "Effect", "Allow");
    plan_put(p, n, "Action", actions);
    plan_put(p, n, "Resource", resources);
    if (st->condition)
        plan_put(p, n, "Condition", (struct node *)st->condition);
    return n;
}

static struct node *document(struct plan *p, struct node *statements)
{
    struct node *doc = plan_map(p);
    plan_put_text(p, doc, "Version", "2012-10-17");
    plan_put(p, doc, "Statement", statements);
    return doc;
}

/* ---- managed policies ----------------------------------------------------------------------- */

struct filling {
    const struct role_decl *role;
    struct node *arns, *statements; /* of the policy under way, or NULL */
    size_t size, count;
};

static void add_part(struct plan *p, struct filling *f, struct node *part, size_t size)
{
    if (!f->statements || f->size + size > MANAGED_MAX) {
        struct resource *r = plan_add_resource(p, f->role->resource->id, "Policy",
                                               "AWS::IAM::ManagedPolicy", f->role->resource->span);
        f->statements = plan_list(p);
        f->size = 50;
        f->count++;
        res_put(p, r, "PolicyDocument", document(p, f->statements));
        node_push(p->arena, f->arns, plan_ref(p, r));
    }
    node_push(p->arena, f->statements, part);
    f->size += size;
}

/* A statement on many resources becomes several on some of them each. */
static void add_statement(struct plan *p, struct filling *f, const struct statement *st)
{
    for (size_t from = 0, to; from < st->resources.n; from = to) {
        to = st->resources.n;
        struct node *part = statement_part(p, st, from, to);
        while (to - from > 1 && size_at(part, 0) > MANAGED_MAX - 100) {
            to = from + (to - from) / 2;
            part = statement_part(p, st, from, to);
        }
        add_part(p, f, part, size_at(part, 0));
    }
}

static void add_managed(struct plan *p, const struct role_decl *role)
{
    struct filling f = { .role = role };
    struct node *given = node_get(role->resource->props, S("ManagedPolicyArns"));
    f.arns = given ? given : plan_list(p);
    for (size_t i = 0; i < role->statements.n; i++)
        add_statement(p, &f, &role->statements.items[i]);
    if (!given)
        res_put(p, role->resource, "ManagedPolicyArns", f.arns);
    if (f.arns->seq.n <= MANAGED_COUNT)
        return;
    struct diag *d = diag_error(p->ds, "too-many-permissions", role->resource->span,
                                "the permissions of %.*s take %zu policies; a role has at most %d",
                                STR(role->who), (size_t)f.arns->seq.n, MANAGED_COUNT);
    diag_help(d, "make pipelines of their own of some of its groups (type: state_machine)");
}

void plan_write_policies(struct plan *p, const struct role_decl *role)
{
    struct node *list = plan_list(p);
    for (size_t i = 0; i < role->statements.n; i++) {
        const struct statement *st = &role->statements.items[i];
        node_push(p->arena, list, statement_part(p, st, 0, st->resources.n));
    }
    if (size_at(list, 0) > INLINE_MAX) {
        add_managed(p, role);
        return;
    }
    struct node *policy = plan_map(p), *policies = plan_list(p);
    plan_put_text(p, policy, "PolicyName", "least-privilege");
    plan_put(p, policy, "PolicyDocument", document(p, list));
    node_push(p->arena, policies, policy);
    res_put(p, role->resource, "Policies", policies);
}
