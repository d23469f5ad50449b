/* What users write under `permissions`: grants that are added, grants that are taken away. */
#include "base/buf.h"
#include "base/limits.h"
#include "plan/plan.h"

/* ---- ARNs as text --------------------------------------------------------------------------- */

static void flatten(struct buf *out, const struct node *n, int depth);

static void flatten_call(struct buf *out, struct str function, const struct node *arg, int depth)
{
    if (str_eq(function, S("Ref")) && arg->kind == NODE_STR)
        buf_printf(out, "${%.*s}", STR(arg->str));
    else if (str_eq(function, S("Fn::GetAtt")) && arg->kind == NODE_SEQ && arg->seq.n == 2)
        buf_printf(out, "${%.*s.%.*s}", STR(arg->seq.items[0]->str), STR(arg->seq.items[1]->str));
    else if (str_eq(function, S("Fn::Sub")))
        flatten(out, arg->kind == NODE_SEQ && arg->seq.n ? arg->seq.items[0] : arg, depth + 1);
    else if (str_eq(function, S("Fn::Join")) && arg->kind == NODE_SEQ && arg->seq.n == 2)
        for (size_t i = 0; i < arg->seq.items[1]->seq.n; i++) {
            if (i)
                flatten(out, arg->seq.items[0], depth + 1);
            flatten(out, arg->seq.items[1]->seq.items[i], depth + 1);
        }
}

static void flatten(struct buf *out, const struct node *n, int depth)
{
    if (n->kind == NODE_STR)
        buf_put(out, n->str);
    else if (n->kind == NODE_MAP && n->map.n == 1 && depth < LIMIT_JSON_DEPTH)
        flatten_call(out, n->map.entries[0].key, n->map.entries[0].value, depth);
}

struct str plan_arn_text(struct plan *p, const struct node *n)
{
    struct buf text;
    buf_init(&text, 0);
    flatten(&text, n, 0);
    struct str s = arena_str(p->arena, buf_str(&text));
    buf_done(&text);
    return s;
}

/* ---- names of the pipeline's own resources --------------------------------------------------- */

/* Types with an ARN that permissions may be for: the attribute, or NULL where Ref gives it. Source:
 * each type's page in the CloudFormation template reference, "Return values". */
static const struct arn_of {
    const char *type, *attribute;
} ARNS[] = {
    { "AWS::Batch::JobDefinition", NULL },
    { "AWS::Batch::JobQueue", NULL },
    { "AWS::DynamoDB::Table", "Arn" },
    { "AWS::ECR::Repository", "Arn" },
    { "AWS::Lambda::Function", "Arn" },
    { "AWS::S3::Bucket", "Arn" },
    { "AWS::SageMaker::ModelPackageGroup", NULL },
    { "AWS::SNS::Topic", NULL },
    { "AWS::SQS::Queue", "Arn" },
};

static struct node *arn_of(struct plan *p, const struct resource *r, struct str rest)
{
    struct node *own = node_get(r->props, S("Arn")); /* of what exists already */
    if (own)
        return own;
    for (size_t i = 0; i < sizeof ARNS / sizeof *ARNS; i++) {
        const char *attribute = ARNS[i].attribute;
        if (strcmp(r->type, ARNS[i].type) != 0)
            continue;
        if (!rest.n)
            return attribute ? plan_attr(p, r, attribute) : plan_ref(p, r);
        return plan_sub(p, "${%.*s%s%s}%.*s", STR(r->id), attribute ? "." : "",
                        attribute ? attribute : "", STR(rest));
    }
    return NULL;
}

static void no_such_resource(struct plan *p, const struct node *text, struct str name)
{
    VEC(struct str) names = { 0 };
    bool there = false;
    for (size_t i = 0; i < p->pipeline->broken.n; i++)
        if (str_eq(p->pipeline->broken.p[i], name))
            return; /* reported already */
    for (size_t i = 0; i < p->by_name.n; i++) {
        const struct known *k = p->by_name.entries[i].value;
        there = there || str_eq(k->item->name.s, name);
        vec_push(p->arena, &names, k->item->name.s);
    }
    struct diag *d = diag_error(p->ds, "unknown-reference", text->span,
                                there ? "'%.*s' has no ARN that a permission could be for"
                                      : "'%.*s' is neither an ARN nor a resource of the pipeline",
                                STR(name));
    if (!there && diag_nearest(name, names.p, names.n) != SIZE_MAX)
        diag_suggest(d, name, names.p, names.n);
    else
        diag_help(d, "ARNs look like arn:aws:s3:::bucket/prefix/*");
}

/* What may stand in ${…}. Sources: CloudFormation, "Pseudo parameters reference"; IAM user guide,
 * "Policy variables": those hold a single colon, or are one of the signs `*`, `?` and `$`. */
static bool is_policy_variable(struct str name)
{
    return !str_starts(name, S("AWS::")) && (str_find_char(name, ':', 0) != SIZE_MAX ||
                                             (name.n == 1 && memchr("*?$", name.p[0], 3)));
}

static bool is_filled_in(struct plan *p, struct str name)
{
    static const struct str PSEUDO[] = { S_INIT("AWS::AccountId"), S_INIT("AWS::Partition"),
                                         S_INIT("AWS::Region"),    S_INIT("AWS::StackId"),
                                         S_INIT("AWS::StackName"), S_INIT("AWS::URLSuffix") };
    for (size_t i = 0; i < sizeof PSEUDO / sizeof *PSEUDO; i++)
        if (str_eq(PSEUDO[i], name))
            return true;
    size_t dot = str_find_char(name, '.', 0);
    struct str id = str_sub(name, 0, dot == SIZE_MAX ? name.n : dot);
    for (size_t i = 0; i < p->resources.n; i++)
        if (str_eq(p->resources.p[i]->id, id))
            return true;
    return false;
}

/* "${aws:username}" is IAM's to fill in, which Fn::Sub writes as "${!aws:username}". */
static const struct node *fill_in(struct plan *p, const struct node *text)
{
    struct str s = text->str;
    struct buf out;
    size_t from = 0, at;
    buf_init(&out, 0);
    while ((at = str_find(s, S("${"), from)) != SIZE_MAX) {
        size_t end = str_find_char(s, '}', at);
        struct str name = str_sub(s, at + 2, end == SIZE_MAX ? s.n : end);
        bool variable = is_policy_variable(name);
        if (end == SIZE_MAX || (!variable && !is_filled_in(p, name) && !str_starts(name, S("!")))) {
            struct diag *d =
                diag_error(p->ds, "unknown-reference", text->span, "nothing fills in '${%.*s%s'",
                           STR(name), end == SIZE_MAX ? "" : "}");
            diag_help(d, "${AWS::Region}, ${AWS::AccountId}, ${AWS::Partition} and variables of "
                         "IAM such as ${aws:username} are");
            buf_done(&out);
            return text;
        }
        buf_put(&out, str_sub(s, from, at + 2));
        buf_put(&out, variable ? S("!") : S(""));
        from = at + 2;
    }
    buf_put(&out, str_sub(s, from, s.n));
    struct node *filled = plan_sub(p, "%.*s", STR(buf_str(&out)));
    buf_done(&out);
    return filled;
}

/* "reviews" or "uploads/in/" + "*": a resource of the pipeline and what is in it. */
static const struct node *resolve(struct plan *p, const struct node *text)
{
    struct str s = text->str;
    if (str_find(s, S("${"), 0) != SIZE_MAX)
        return fill_in(p, text);
    if (str_starts(s, S("arn:")) || str_eq(s, S("*")))
        return text;
    size_t slash = str_find_char(s, '/', 0);
    bool whole = slash == SIZE_MAX || str_find_char(s, ':', 0) != SIZE_MAX;
    struct str name = whole ? s : str_sub(s, 0, slash);
    struct str rest = whole ? S("") : str_sub(s, slash, s.n);
    for (size_t i = 0; i < p->by_name.n; i++) {
        struct known *k = p->by_name.entries[i].value;
        struct node *arn = str_eq(k->item->name.s, name) ? arn_of(p, k->resource, rest) : NULL;
        if (!arn)
            continue;
        k->used = true;
        return arn;
    }
    no_such_resource(p, text, name);
    return text;
}

/* ---- adding and taking away ----------------------------------------------------------------- */

static void add(struct plan *p, struct role_decl *role, const struct permission *perm)
{
    for (size_t i = 0; i < perm->actions.n; i++)
        for (size_t k = 0; k < perm->resources.n; k++) {
            plan_grant_written(
                p, role, arena_str(p->arena, perm->actions.items[i].s).p,
                node_str(p->arena, perm->resources.items[k].span, perm->resources.items[k].s),
                perm->actions.items[i].span, perm->reason.s);
            role->grants.p[role->grants.n - 1].added = true;
        }
}

void plan_grant_permissions(struct plan *p, struct role_decl *role, const struct vobjs *permissions,
                            size_t from)
{
    const struct permission *list = permissions->items;
    struct removal r = { .from = from, .to = SIZE_MAX };
    for (size_t i = 0; i < permissions->n; i++) {
        r.what = &list[i];
        if (list[i].remove.set)
            vec_push(p->arena, &role->removals, r);
        else
            add(p, role, &list[i]);
    }
}

static bool fits_any(const struct vstrs *patterns, struct str text)
{
    for (size_t i = 0; i < patterns->n; i++)
        if (str_fits(patterns->items[i].s, text, false))
            return true;
    return false;
}

static bool is_removed(struct plan *p, const struct permission *perm, struct str action,
                       const struct grant *g)
{
    return !g->added && str_fits(action, g->action, true) &&
           (!perm->resources.set || fits_any(&perm->resources, plan_arn_text(p, g->resource)));
}

/* Nothing fits: the name is wrong, or nobody needs it any longer. */
static void nothing_removed(struct plan *p, const struct role_decl *role, const struct removal *r,
                            struct vstr action)
{
    VEC(struct str) names = { 0 };
    bool elsewhere = false;
    for (size_t i = r->from; i < role->grants.n && i < r->to; i++) {
        const struct grant *g = &role->grants.p[i];
        elsewhere = elsewhere || (!g->added && str_fits(action.s, g->action, true));
        if (!g->added)
            vec_push(p->arena, &names, g->action);
    }
    struct diag *d =
        diag_error(p->ds, "nothing-to-remove", action.span, "%.*s has no permission '%.*s'%s",
                   STR(role->who), STR(action.s), elsewhere ? " on these resources" : "");
    if (elsewhere)
        diag_help(d, "'resources' are patterns for what .iam.json shows");
    else if (diag_nearest(action.s, names.p, names.n) != SIZE_MAX)
        diag_suggest(d, action.s, names.p, names.n);
    else
        diag_help(d, "the statements in .iam.json show what there is");
}

static void remove_one(struct plan *p, struct role_decl *role, const struct removal *r, bool *gone)
{
    for (size_t i = 0; i < r->what->remove.n; i++) {
        struct vstr action = r->what->remove.items[i];
        bool found = false;
        for (size_t k = r->from; k < role->grants.n && k < r->to; k++) {
            struct grant g = role->grants.p[k];
            if (!is_removed(p, r->what, action.s, &g))
                continue;
            if (!gone[k]) {
                g.reason = r->what->reason.s;
                g.span = action.span;
                vec_push(p->arena, &role->removed, g);
            }
            found = gone[k] = true;
        }
        if (!found)
            nothing_removed(p, role, r, action);
    }
}

void plan_finish_permissions(struct plan *p)
{
    for (size_t i = 0; i < p->roles.n; i++) {
        struct role_decl *role = p->roles.p[i];
        for (size_t k = 0; k < role->grants.n; k++)
            if (role->grants.p[k].added)
                role->grants.p[k].resource = resolve(p, role->grants.p[k].resource);
        if (!role->removals.n)
            continue;
        bool *gone = arena_make_n(p->arena, bool, role->grants.n + 1);
        for (size_t k = 0; k < role->removals.n; k++)
            remove_one(p, role, &role->removals.p[k], gone);
        size_t kept = 0;
        for (size_t k = 0; k < role->grants.n; k++)
            if (!gone[k])
                role->grants.p[kept++] = role->grants.p[k];
        role->grants.n = kept;
    }
}

/* ---- whose permissions ----------------------------------------------------------------------- */

void plan_own_role(struct plan *p, const struct item *it, struct role_decl *role)
{
    p->owner = it;
    if (role) {
        plan_grant_permissions(p, role, &it->permissions, 0);
    } else if (it->permissions.n) {
        struct diag *d =
            diag_error(p->ds, "no-role", it->permissions.span,
                       "'%.*s' runs as a role that is made elsewhere", STR(it->name.s));
        diag_help(d, "write its permissions where that role is made");
    }
}

void plan_end_item(struct plan *p, const struct item *it, size_t machine_grants)
{
    if (p->owner == it || !it->permissions.n)
        return;
    if (it->role == ROLE_STEP) {
        struct role_decl *role = p->machine_role;
        size_t end = role->grants.n, before = role->removals.n;
        plan_grant_permissions(p, role, &it->permissions, machine_grants);
        for (size_t i = before; i < role->removals.n; i++)
            role->removals.p[i].to = end;
        return;
    }
    struct diag *d = diag_error(p->ds, "no-role", it->permissions.span,
                                "'%.*s' runs nothing that has a role", STR(it->name.s));
    diag_help(d, "permissions are for functions, jobs and the pipeline itself");
}
