/* Who may do what: every statement of every policy is taken apart into single permissions, and a
 * permission is new where no old one of the same subject covers it. */
#include "deploy/cfn_text.h"
#include "deploy/diff.h"

struct atom {
    struct str subject, id; /* "role GreetRole", and its logical id */
    bool deny;
    struct str principal, action, resource, condition;
};

struct atoms {
    struct arena *arena;
    VEC(struct atom) all;
};

/* '*' is any text, '?' any character; case counts only where `fold` is false. */
static bool covers(struct str pattern, struct str text, bool fold)
{
    size_t p = 0, t = 0, star = SIZE_MAX, resume = 0;
    while (t < text.n) {
        char c = fold ? ascii_lower(text.p[t]) : text.p[t];
        char want = p >= pattern.n ? '\0' : fold ? ascii_lower(pattern.p[p]) : pattern.p[p];
        if (p < pattern.n && want == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.n && (want == '?' || want == c)) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

static bool atom_covers(const struct atom *wide, const struct atom *narrow)
{
    return wide->deny == narrow->deny && str_eq(wide->subject, narrow->subject) &&
           covers(wide->principal, narrow->principal, false) &&
           (!wide->condition.n || str_eq(wide->condition, narrow->condition)) &&
           covers(wide->action, narrow->action, true) &&
           covers(wide->resource, narrow->resource, false);
}

static bool any_covers(const struct atoms *set, const struct atom *a)
{
    for (size_t i = 0; i < set->all.n; i++)
        if (atom_covers(&set->all.p[i], a))
            return true;
    return false;
}

/* ---- taking policies apart ------------------------------------------------------------------- */

/* A string or a list of them, as policies have it. */
static size_t count_of(const struct node *n)
{
    return !n ? 0 : n->kind == NODE_SEQ ? n->seq.n : 1;
}

static const struct node *item_of(const struct node *n, size_t i)
{
    return n->kind == NODE_SEQ ? n->seq.items[i] : n;
}

/* `key`, or `not` with its meaning turned round. */
static struct str item_text(struct atoms *set, const struct node *statement, const char *key,
                            const char * not, size_t i)
{
    const struct node *n = node_get(statement, str_from(key));
    if (n)
        return cfn_text(set->arena, item_of(n, i));
    n = node_get(statement, str_from(not ));
    if (!n)
        return (struct str){ 0 };
    return arena_printf(set->arena, "all but %.*s", STR(cfn_text(set->arena, n)));
}

static size_t item_count(const struct node *statement, const char *key)
{
    size_t n = count_of(node_get(statement, str_from(key)));
    return n ? n : 1; /* absent, or turned round: one text */
}

/* {"Service": ["a", "b"]} is a text for each; "*" is itself. */
static size_t principal_count(const struct node *p)
{
    if (!p || p->kind != NODE_MAP || !p->map.n)
        return 1;
    size_t n = 0;
    for (size_t i = 0; i < p->map.n; i++)
        n += count_of(p->map.entries[i].value);
    return n ? n : 1;
}

static struct str principal_text(struct atoms *set, const struct node *p, size_t at)
{
    if (!p)
        return (struct str){ 0 };
    for (size_t i = 0; p->kind == NODE_MAP && i < p->map.n; i++) {
        const struct node *v = p->map.entries[i].value;
        if (at < count_of(v))
            return cfn_text(set->arena, item_of(v, at));
        at -= count_of(v);
    }
    return cfn_text(set->arena, p);
}

static void add_statement(struct atoms *set, struct str subject, struct str id,
                          const struct node *st)
{
    const struct node *effect = node_get(st, S("Effect")),
                      *principal = node_get(st, S("Principal"));
    struct atom a = { .subject = subject,
                      .id = id,
                      .deny = effect && effect->kind == NODE_STR && str_eq(effect->str, S("Deny")),
                      .condition = cfn_text(set->arena, node_get(st, S("Condition"))) };
    for (size_t i = 0; i < item_count(st, "Action"); i++)
        for (size_t j = 0; j < item_count(st, "Resource"); j++)
            for (size_t k = 0; k < principal_count(principal); k++) {
                a.action = item_text(set, st, "Action", "NotAction", i);
                a.resource = item_text(set, st, "Resource", "NotResource", j);
                a.principal = principal_text(set, principal, k);
                vec_push(set->arena, &set->all, a);
            }
}

static void add_document(struct atoms *set, struct str subject, struct str id,
                         const struct node *document)
{
    const struct node *statements = node_get(document, S("Statement"));
    for (size_t i = 0; i < count_of(statements); i++)
        add_statement(set, subject, id, item_of(statements, i));
}

static void add_role(struct atoms *set, struct str id, const struct node *props)
{
    struct str subject = arena_printf(set->arena, "role %.*s", STR(id));
    const struct node *policies = node_get(props, S("Policies"));
    const struct node *managed = node_get(props, S("ManagedPolicyArns"));
    for (size_t i = 0; policies && policies->kind == NODE_SEQ && i < policies->seq.n; i++)
        add_document(set, subject, id, node_get(policies->seq.items[i], S("PolicyDocument")));
    for (size_t i = 0; i < count_of(managed); i++) {
        struct atom a = { .subject = subject,
                          .id = id,
                          .action = arena_printf(set->arena, "all of policy %.*s",
                                                 STR(cfn_text(set->arena, item_of(managed, i)))) };
        vec_push(set->arena, &set->all, a);
    }
    add_document(set, subject, id, node_get(props, S("AssumeRolePolicyDocument")));
}

/* A policy of its own speaks for the roles that it is attached to. */
static void add_policy(struct atoms *set, struct str id, const struct node *props)
{
    const struct node *roles = node_get(props, S("Roles"));
    const struct node *document = node_get(props, S("PolicyDocument"));
    for (size_t i = 0; i < count_of(roles); i++) {
        const struct node *ref = node_get(item_of(roles, i), S("Ref"));
        struct str role =
            ref && ref->kind == NODE_STR ? ref->str : cfn_text(set->arena, item_of(roles, i));
        add_document(set, arena_printf(set->arena, "role %.*s", STR(role)), role, document);
    }
    if (!count_of(roles))
        add_document(set, arena_printf(set->arena, "policy %.*s", STR(id)), id, document);
}

static void add_lambda_permission(struct atoms *set, struct str id, const struct node *props)
{
    struct arena *a = set->arena;
    struct str function = cfn_text(a, node_get(props, S("FunctionName")));
    const struct node *source = node_get(props, S("SourceArn"));
    struct atom atom = { .subject = arena_printf(a, "function %.*s", STR(function)),
                         .id = id,
                         .principal = cfn_text(a, node_get(props, S("Principal"))),
                         .action = cfn_text(a, node_get(props, S("Action"))),
                         .condition = source ? arena_printf(a, "for %.*s", STR(cfn_text(a, source)))
                                             : (struct str){ 0 } };
    vec_push(a, &set->all, atom);
}

static void add_resource(struct atoms *set, struct str id, const struct node *resource)
{
    const struct node *type = node_get(resource, S("Type"));
    const struct node *props = node_get(resource, S("Properties"));
    if (!type || type->kind != NODE_STR || !props || props->kind != NODE_MAP)
        return;
    if (str_eq(type->str, S("AWS::IAM::Role")))
        add_role(set, id, props);
    else if (str_starts(type->str, S("AWS::IAM::")))
        add_policy(set, id, props);
    else if (str_eq(type->str, S("AWS::Lambda::Permission")))
        add_lambda_permission(set, id, props);
    else {
        static const char *const keys[] = { "PolicyDocument", "RepositoryPolicyText",
                                            "ResourcePolicy", "KeyPolicy" };
        struct str subject = arena_printf(set->arena, "policy %.*s", STR(id));
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
            add_document(set, subject, id, node_get(props, str_from(keys[i])));
    }
}

static struct atoms atoms_of(struct arena *a, const struct node *template)
{
    struct atoms set = { .arena = a };
    const struct node *resources = node_get(template, S("Resources"));
    for (size_t i = 0; resources && resources->kind == NODE_MAP && i < resources->map.n; i++)
        add_resource(&set, resources->map.entries[i].key, resources->map.entries[i].value);
    return set;
}

/* ---- reasons --------------------------------------------------------------------------------- */

static struct str text_at(const struct node *map, const char *key)
{
    const struct node *n = node_get(map, str_from(key));
    return n && n->kind == NODE_STR ? n->str : (struct str){ 0 };
}

static const struct node *find_role(const struct node *iam, struct str id)
{
    const struct node *roles = node_get(iam, S("roles"));
    for (size_t i = 0; roles && roles->kind == NODE_SEQ && i < roles->seq.n; i++)
        if (str_eq(text_at(roles->seq.items[i], "role"), id))
            return roles->seq.items[i];
    return NULL;
}

static bool list_has(struct arena *a, const struct node *list, struct str text)
{
    for (size_t i = 0; i < count_of(list); i++)
        if (str_eq(cfn_text(a, item_of(list, i)), text))
            return true;
    return false;
}

static void add_reason(struct arena *a, struct grant_change *g, const struct node *because)
{
    struct str reason = text_at(because, "reason"), file = text_at(because, "file");
    const struct node *line = node_get(because, S("line"));
    if (file.n && line && line->kind == NODE_INT)
        reason =
            arena_printf(a, "%.*s (%.*s:%lld)", STR(reason), STR(file), (long long)line->integer);
    for (size_t i = 0; i < g->reasons.n; i++)
        if (str_eq(g->reasons.p[i], reason))
            return;
    if (reason.n)
        vec_push(a, &g->reasons, reason);
}

static void find_reasons(struct arena *a, struct grant_change *g, const struct node *role)
{
    const struct node *statements = node_get(role, S("statements"));
    for (size_t i = 0; statements && statements->kind == NODE_SEQ && i < statements->seq.n; i++) {
        const struct node *st = statements->seq.items[i];
        const struct node *because = node_get(st, S("because"));
        if (!list_has(a, node_get(st, S("Action")), g->action) ||
            !list_has(a, node_get(st, S("Resource")), g->resource))
            continue;
        for (size_t j = 0; because && because->kind == NODE_SEQ && j < because->seq.n; j++)
            add_reason(a, g, because->seq.items[j]);
    }
}

static void push_change(struct arena *a, struct diff *d, const struct atom *atom, bool broader,
                        const struct node *iam)
{
    const struct node *role = find_role(iam, atom->id);
    struct grant_change g = { .broader = broader,
                              .deny = atom->deny,
                              .subject = atom->subject,
                              .who = text_at(role, "for"),
                              .principal = atom->principal,
                              .action = atom->action,
                              .resource = atom->resource,
                              .condition = atom->condition };
    if (!atom->deny)
        find_reasons(a, &g, role);
    vec_push(a, &d->grants, g);
}

void diff_grants(struct arena *a, struct diff *d, const struct diff_side *old,
                 const struct diff_side *new)
{
    struct atoms was = atoms_of(a, old->template), is = atoms_of(a, new->template);
    for (size_t i = 0; i < is.all.n; i++)
        if (!any_covers(&was, &is.all.p[i]))
            push_change(a, d, &is.all.p[i], !is.all.p[i].deny, new->iam);
    for (size_t i = 0; i < was.all.n; i++)
        if (!any_covers(&is, &was.all.p[i]))
            push_change(a, d, &was.all.p[i], was.all.p[i].deny, old->iam ? old->iam : new->iam);
}
