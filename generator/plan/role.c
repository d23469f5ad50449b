/* IAM roles and what they may do. */
#include "plan/plan.h"

#include "base/buf.h"
#include "base/json_write.h"

#include <stdlib.h>

/* Which services say on whose behalf they assume a role: aws:SourceAccount for all of these, and
 * aws:SourceArn where there is a pattern. Others (Lambda, EC2, Glue, API Gateway) name no such key
 * for the roles that they assume, and a condition on a key that is absent would shut them out.
 * Source: of each service's guide, "Cross-service confused deputy prevention"; for Step Functions
 * "Creating an IAM role for your state machine"; for EMR Serverless "Job runtime roles". */
#define HERE "${AWS::Region}:${AWS::AccountId}:"
static const struct caller {
    const char *service, *source;
} CALLERS[] = {
    { "ecs-tasks.amazonaws.com", "ecs:" HERE "*" },
    { "emr-serverless.amazonaws.com", "emr-serverless:" HERE "/applications/*" },
    { "events.amazonaws.com", "events:" HERE "rule/*" },
    { "pipes.amazonaws.com", "pipes:" HERE "pipe/*" },
    { "sagemaker.amazonaws.com", NULL },
    { "scheduler.amazonaws.com", "scheduler:" HERE "schedule-group/*" },
    { "states.amazonaws.com", "states:" HERE "stateMachine:*" },
};
#undef HERE

void plan_confine_role(struct plan *p, struct role_decl *role, struct node *source)
{
    if (!role->resource)
        return;
    struct node *doc = node_get(role->resource->props, S("AssumeRolePolicyDocument"));
    struct node *equals = plan_map(p), *condition = plan_map(p);
    struct node *account = plan_map(p);
    plan_put_text(p, account, "Ref", "AWS::AccountId");
    plan_put(p, equals, "aws:SourceAccount", account);
    plan_put(p, condition, "StringEquals", equals);
    if (source) {
        struct node *like = plan_map(p);
        plan_put(p, like, "aws:SourceArn", source);
        plan_put(p, condition, "ArnLike", like);
    }
    plan_put(p, node_get(doc, S("Statement"))->seq.items[0], "Condition", condition);
}

static void confine(struct plan *p, struct role_decl *role)
{
    for (size_t i = 0; i < sizeof CALLERS / sizeof *CALLERS; i++)
        if (str_eq(role->service, str_from(CALLERS[i].service)))
            plan_confine_role(p, role,
                              CALLERS[i].source
                                  ? plan_sub(p, "arn:${AWS::Partition}:%s", CALLERS[i].source)
                                  : NULL);
}

struct role_decl *plan_add_role(struct plan *p, struct str name, const char *service,
                                struct str who, struct span span)
{
    struct role_decl *role = arena_make(p->arena, struct role_decl);
    role->who = who;
    role->service = str_from(service);
    if (!p->pipeline->role.s.n) {
        role->resource = plan_add_resource(p, name, "Role", "AWS::IAM::Role", span);
        struct node *statement = plan_map(p), *principal = plan_map(p), *doc = plan_map(p);
        plan_put_text(p, principal, "Service", service);
        plan_put_text(p, statement, "Effect", "Allow");
        plan_put(p, statement, "Principal", principal);
        plan_put_text(p, statement, "Action", "sts:AssumeRole");
        struct node *list = plan_list(p);
        node_push(p->arena, list, statement);
        plan_put_text(p, doc, "Version", "2012-10-17");
        plan_put(p, doc, "Statement", list);
        res_put(p, role->resource, "AssumeRolePolicyDocument", doc);
    }
    confine(p, role);
    vec_push(p->arena, &p->roles, role);
    return role;
}

struct node *plan_role_arn(struct plan *p, const struct role_decl *role)
{
    if (role->resource)
        return plan_attr(p, role->resource, "Arn");
    return node_str(p->arena, p->pipeline->role.span, p->pipeline->role.s);
}

void plan_grant_if(struct plan *p, struct role_decl *role, const char *action,
                   const struct node *resource, const struct node *condition, struct span span,
                   struct str reason)
{
    struct grant g = { str_from(action), resource, condition, reason, span, false, false };
    vec_push(p->arena, &role->grants, g);
}

void plan_grant_written(struct plan *p, struct role_decl *role, const char *action,
                        const struct node *resource, struct span span, struct str reason)
{
    struct grant g = { str_from(action), resource, NULL, reason, span, true, false };
    vec_push(p->arena, &role->grants, g);
}

void plan_grant_to(struct plan *p, struct role_decl *role, const char *action,
                   const struct node *resource, struct span span, struct str reason)
{
    plan_grant_if(p, role, action, resource, NULL, span, reason);
}

void plan_grant_any(struct plan *p, struct role_decl *role, const char *action, struct span span,
                    struct str reason)
{
    plan_grant_to(p, role, action, plan_text(p, "*"), span, reason);
}

void plan_grant(struct plan *p, const struct step *s, const char *action,
                const struct node *resource, const char *reason)
{
    plan_grant_to(p, p->machine_role, action, resource, s->item.name.span,
                  arena_printf(p->arena, "step '%.*s' %s", STR(s->item.name.s), reason));
}

void plan_grant_pass_role(struct plan *p, const struct step *s, const struct node *role_arn,
                          const char *service)
{
    struct node *equals = plan_map(p), *condition = plan_map(p);
    plan_put_text(p, equals, "iam:PassedToService", service);
    plan_put(p, condition, "StringEquals", equals);
    plan_grant_if(
        p, p->machine_role, "iam:PassRole", role_arn, condition, s->item.name.span,
        arena_printf(p->arena, "step '%.*s' runs its job as this role", STR(s->item.name.s)));
}

void plan_grant_sync_rule(struct plan *p, const struct step *s, const char *rule)
{
    static const char *const ACTIONS[] = { "events:DescribeRule", "events:PutRule",
                                           "events:PutTargets" };
    const struct node *arn =
        plan_sub(p, "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/%s", rule);
    for (size_t i = 0; i < sizeof ACTIONS / sizeof *ACTIONS; i++)
        plan_grant(p, s, ACTIONS[i], arn, "waits for its job to end");
}

/* ---- statements ----------------------------------------------------------------------------- */

struct sortable {
    const struct grant *grant;
    struct str resource, condition;
};

static int compare_grants(const void *a, const void *b)
{
    const struct sortable *x = a, *y = b;
    int c = str_cmp(x->resource, y->resource);
    if (!c)
        c = str_cmp(x->condition, y->condition);
    if (!c)
        c = str_cmp(x->grant->action, y->grant->action);
    if (!c)
        c = (x->grant->span.at > y->grant->span.at) - (x->grant->span.at < y->grant->span.at);
    return c ? c : str_cmp(x->grant->reason, y->grant->reason);
}

static bool same_actions(const struct statement *a, const struct statement *b)
{
    if (a->actions.n != b->actions.n)
        return false;
    for (size_t i = 0; i < a->actions.n; i++)
        if (!str_eq(a->actions.p[i], b->actions.p[i]))
            return false;
    return true;
}

static bool same_condition(const struct statement *a, const struct statement *b)
{
    return a->condition && b->condition ? node_equal(a->condition, b->condition)
                                        : a->condition == b->condition;
}

static int compare_statements(const struct statement *x, const struct statement *y)
{
    for (size_t i = 0; i < x->actions.n && i < y->actions.n; i++) {
        int c = str_cmp(x->actions.p[i], y->actions.p[i]);
        if (c)
            return c;
    }
    return (x->actions.n > y->actions.n) - (x->actions.n < y->actions.n);
}

static struct sortable *sorted_grants(struct arena *a, const struct role_decl *role)
{
    struct sortable *all = arena_make_n(a, struct sortable, role->grants.n);
    for (size_t i = 0; i < role->grants.n; i++) {
        const struct grant *g = &role->grants.p[i];
        all[i] =
            (struct sortable){ g, json_node_text(a, g->resource), json_node_text(a, g->condition) };
    }
    if (role->grants.n)
        qsort(all, role->grants.n, sizeof *all, compare_grants);
    return all;
}

/* Grants on one resource become one statement; statements with the same actions then share one. */
static struct statements statements_of(struct arena *a, const struct role_decl *role)
{
    struct sortable *all = sorted_grants(a, role);
    struct statement *list = arena_make_n(a, struct statement, role->grants.n);
    size_t n = 0;
    for (size_t i = 0; i < role->grants.n; i++) {
        const struct grant *g = all[i].grant;
        bool fresh = i == 0 || !str_eq(all[i].resource, all[i - 1].resource) ||
                     !str_eq(all[i].condition, all[i - 1].condition);
        struct statement *st = fresh ? &list[n++] : &list[n - 1];
        if (fresh) {
            st->condition = g->condition;
            vec_push(a, &st->resources, g->resource);
        }
        if (!st->actions.n || !str_eq(st->actions.p[st->actions.n - 1], g->action))
            vec_push(a, &st->actions, g->action);
        vec_push(a, &st->because, g);
    }
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        size_t j = 0;
        while (j < kept &&
               !(same_actions(&list[j], &list[i]) && same_condition(&list[j], &list[i])))
            j++;
        if (j == kept) {
            list[kept++] = list[i];
            continue;
        }
        for (size_t k = 0; k < list[i].resources.n; k++)
            vec_push(a, &list[j].resources, list[i].resources.p[k]);
        for (size_t k = 0; k < list[i].because.n; k++)
            vec_push(a, &list[j].because, list[i].because.p[k]);
    }
    for (size_t i = 1; i < kept;
         i++) /* insertion sort: few, and equal ones must keep their order */
        for (size_t j = i; j > 0 && compare_statements(&list[j - 1], &list[j]) > 0; j--) {
            struct statement swap = list[j];
            list[j] = list[j - 1];
            list[j - 1] = swap;
        }
    return (struct statements){ list, kept };
}

void plan_add_policies(struct plan *p)
{
    for (size_t r = 0; r < p->roles.n; r++) {
        struct role_decl *role = p->roles.p[r];
        role->statements = statements_of(p->arena, role);
        if (role->resource && role->statements.n)
            plan_write_policies(p, role);
    }
}
