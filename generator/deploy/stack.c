#include "deploy/stack.h"

static const struct span NOWHERE;

bool status_in_progress(struct str status)
{
    return str_ends(status, S("_IN_PROGRESS")) && !str_eq(status, S("REVIEW_IN_PROGRESS"));
}

bool status_failed(struct str status)
{
    return str_ends(status, S("_FAILED"));
}

/* [{"Key": k, "Value": v}] → {k: v} */
static const struct node *pairs(struct cloud *c, const struct node *map, const char *list,
                                const char *key, const char *value)
{
    struct node *result = node_map(c->arena, NOWHERE);
    for (size_t i = 0; i < cloud_count(map, list); i++) {
        const struct node *one = cloud_item(map, list, i);
        node_put(c->arena, result, cloud_text(one, key), NOWHERE,
                 node_str(c->arena, NOWHERE, cloud_text(one, value)));
    }
    return result;
}

bool stack_read(struct cloud *c, struct str name, struct stack *s)
{
    struct answer a;
    struct buf q;
    buf_init(&q, 0);
    aws_param(&q, "StackName", name);
    *s = (struct stack){ .name = name };
    bool good = cloud_call(c, &AWS_CLOUDFORMATION, "DescribeStacks", &q,
                           arena_printf(c->arena, "read the stack '%.*s'", STR(name)).p,
                           answer_no_stack, &a);
    bool none = !good && a.refused && answer_no_stack(&a);
    if (!good && !none)
        return false;
    const struct node *n =
        good && cloud_count(a.data, "Stacks") ? cloud_item(a.data, "Stacks", 0) : NULL;
    s->id = cloud_text(n, "StackId");
    s->status = cloud_text(n, "StackStatus");
    s->reason = cloud_text(n, "StackStatusReason");
    s->protected = str_eq(cloud_text(n, "EnableTerminationProtection"), S("true"));
    s->parameters = pairs(c, n, "Parameters", "ParameterKey", "ParameterValue");
    s->tags = pairs(c, n, "Tags", "Key", "Value");
    s->outputs = pairs(c, n, "Outputs", "OutputKey", "OutputValue");
    s->reviewed = str_eq(s->status, S("REVIEW_IN_PROGRESS"));
    s->exists = n && !s->reviewed && !str_eq(s->status, S("DELETE_COMPLETE"));
    return true;
}

/* While a stack is being made, or where that failed early. */
static bool no_template(const struct answer *a)
{
    return str_find(a->message, S("not available"), 0) != SIZE_MAX;
}

bool stack_template(struct cloud *c, const struct stack *s, struct str *text)
{
    struct answer a;
    struct buf q;
    buf_init(&q, 0);
    aws_param(&q, "StackName", s->name);
    aws_param(&q, "TemplateStage", S("Original"));
    if (!cloud_call(c, &AWS_CLOUDFORMATION, "GetTemplate", &q,
                    arena_printf(c->arena, "read the template of '%.*s'", STR(s->name)).p,
                    no_template, &a))
        return a.refused && no_template(&a);
    *text = cloud_text(a.data, "TemplateBody");
    return true;
}

struct str stack_output(const struct stack *s, const char *name)
{
    return cloud_text(s->outputs, name);
}

bool stack_resources(struct cloud *c, struct str name, struct answer *a)
{
    struct buf q;
    buf_init(&q, 0);
    aws_param(&q, "StackName", name);
    return cloud_call(c, &AWS_CLOUDFORMATION, "DescribeStackResources", &q,
                      arena_printf(c->arena, "list the resources of '%.*s'", STR(name)).p, NULL, a);
}

bool stack_machine(struct cloud *c, const struct stack *s, struct str *arn)
{
    struct answer a;
    *arn = stack_output(s, "StateMachineArn");
    if (arn->n)
        return true;
    if (!stack_resources(c, s->name, &a))
        return false;
    for (size_t i = 0; i < cloud_count(a.data, "StackResources"); i++) {
        const struct node *r = cloud_item(a.data, "StackResources", i);
        if (str_eq(cloud_text(r, "LogicalResourceId"), S("StateMachine")))
            *arn = cloud_text(r, "PhysicalResourceId");
    }
    return true;
}

static struct str arn_part(struct str arn, size_t at)
{
    struct str part = { 0 };
    for (size_t i = 0; i <= at; i++)
        if (!str_split(&arn, ':', &part))
            return (struct str){ 0 };
    return part;
}

struct str stack_account(const struct stack *s)
{
    return arn_part(s->id, 4);
}

struct str stack_region(const struct stack *s)
{
    return arn_part(s->id, 3);
}

/* ---- change sets ----------------------------------------------------------------------------- */

static void put_pairs(struct buf *q, const char *list, const char *key, const char *value,
                      const struct node *map)
{
    for (size_t i = 0; map && i < map->map.n; i++) {
        aws_param_member(q, list, i + 1, key, map->map.entries[i].key);
        aws_param_member(q, list, i + 1, value, map->map.entries[i].value->str);
    }
}

static bool exists_already(const struct answer *a)
{
    return str_eq(a->code, S("AlreadyExistsException")) ||
           str_find(a->message, S("already exists"), 0) != SIZE_MAX;
}

static bool set_is_gone(const struct answer *a)
{
    return str_starts(a->code, S("ChangeSetNotFound"));
}

/* Between two calls of ours somebody else has changed the stack, or has begun to. */
static bool overtaken(const struct answer *a)
{
    return set_is_gone(a) || str_find(a->message, S("_IN_PROGRESS"), 0) != SIZE_MAX;
}

static bool report_overtaken(struct cloud *c, struct str stack, const struct answer *a)
{
    struct diag *d = diag_world(c->ds, "deployed-by-another", NOWHERE,
                                "'%.*s' was changed by somebody else in the meantime: %.*s",
                                STR(stack), STR(a->message));
    diag_help(d, "run it again, and it compares with what is deployed then; --wait waits for what "
                 "is under way");
    return false;
}

static bool not_created(const struct answer *a)
{
    return exists_already(a) || overtaken(a);
}

static bool create(struct cloud *c, const struct stack *s, const struct change_set_request *r,
                   struct answer *a)
{
    struct buf q;
    buf_init(&q, 0);
    aws_param(&q, "StackName", s->name);
    aws_param(&q, "ChangeSetName", r->name);
    aws_param(&q, "ChangeSetType", s->exists ? S("UPDATE") : S("CREATE"));
    aws_param(&q, "ClientToken", cloud_token(c->arena));
    aws_param_member(&q, "Capabilities", 1, "", S("CAPABILITY_NAMED_IAM"));
    if (r->body.n)
        aws_param(&q, "TemplateBody", r->body);
    else
        aws_param(&q, "TemplateURL", r->url);
    put_pairs(&q, "Parameters", "ParameterKey", "ParameterValue", r->parameters);
    put_pairs(&q, "Tags", "Key", "Value", r->tags);
    if (r->role_arn.n)
        aws_param(&q, "RoleARN", r->role_arn);
    return cloud_call(c, &AWS_CLOUDFORMATION, "CreateChangeSet", &q,
                      arena_printf(c->arena, "make a change set for '%.*s'", STR(s->name)).p,
                      not_created, a);
}

static bool describe(struct cloud *c, struct str stack, struct str set, answer_expected *expected,
                     struct answer *a)
{
    struct buf q;
    buf_init(&q, 0);
    aws_param(&q, "ChangeSetName", set);
    if (!str_starts(set, S("arn:")))
        aws_param(&q, "StackName", stack);
    return cloud_call(c, &AWS_CLOUDFORMATION, "DescribeChangeSet", &q,
                      arena_printf(c->arena, "look at the change set for '%.*s'", STR(stack)).p,
                      expected, a);
}

static bool changes_nothing(struct str reason)
{
    return str_find(reason, S("didn't contain changes"), 0) != SIZE_MAX ||
           str_find(reason, S("No updates are to be performed"), 0) != SIZE_MAX;
}

static void delete_set(struct cloud *c, struct str stack, struct str set)
{
    struct answer a;
    struct buf q;
    struct cloud_mark mark = cloud_mark(c);
    buf_init(&q, 0);
    aws_param(&q, "ChangeSetName", set);
    if (!str_starts(set, S("arn:")))
        aws_param(&q, "StackName", stack);
    if (!cloud_call(c, &AWS_CLOUDFORMATION, "DeleteChangeSet", &q, "delete the change set",
                    answer_any, &a))
        cloud_forget(c, mark);
}

/* All pages of a set's changes. */
static bool read_changes(struct cloud *c, struct str stack, const struct node *first,
                         const struct node **changes)
{
    struct node *list = node_seq(c->arena, NOWHERE);
    for (const struct node *page = first;;) {
        struct answer a;
        struct buf q;
        for (size_t i = 0; i < cloud_count(page, "Changes"); i++)
            node_push(c->arena, list, (struct node *)cloud_item(page, "Changes", i));
        *changes = list;
        struct str next = cloud_text(page, "NextToken");
        if (!next.n)
            return true;
        buf_init(&q, 0);
        aws_param(&q, "ChangeSetName", cloud_text(first, "ChangeSetId"));
        aws_param(&q, "NextToken", next);
        if (!cloud_call(c, &AWS_CLOUDFORMATION, "DescribeChangeSet", &q,
                        arena_printf(c->arena, "read the changes of '%.*s'", STR(stack)).p, NULL,
                        &a))
            return false;
        page = a.data;
    }
}

static bool report_failed_set(struct cloud *c, const struct stack *s, const struct node *data)
{
    struct str reason = cloud_text(data, "StatusReason");
    diag_world(c->ds, "change-set-failed", NOWHERE,
               "CloudFormation takes no change set for '%.*s': %.*s", STR(s->name),
               STR(reason.n ? reason : cloud_text(data, "Status")));
    return false;
}

/* Waits for CloudFormation's verdict on a set that was asked for. *stale: it is one of an earlier
 * run that nobody can use any more. */
static bool await_set(struct cloud *c, const struct stack *s, struct str name,
                      struct change_set *set, bool *stale)
{
    struct answer a;
    for (unsigned hard = 0;; hard = a.attempts > 1 ? hard + 1 : 0) {
        if (!describe(c, s->name, name, set_is_gone, &a))
            return a.refused && set_is_gone(&a) && report_overtaken(c, s->name, &a);
        struct str status = cloud_text(a.data, "Status");
        struct str execution = cloud_text(a.data, "ExecutionStatus");
        set->arn = cloud_text(a.data, "ChangeSetId");
        set->stack_id = cloud_text(a.data, "StackId");
        if (str_eq(status, S("CREATE_COMPLETE"))) {
            *stale = execution.n && !str_eq(execution, S("AVAILABLE"));
            return *stale || read_changes(c, s->name, a.data, &set->changes);
        }
        if (!str_starts(status, S("CREATE_"))) {
            set->empty =
                str_eq(status, S("FAILED")) && changes_nothing(cloud_text(a.data, "StatusReason"));
            *stale = !set->empty;
            if (set->empty)
                delete_set(c, s->name, set->arn);
            return set->empty || report_failed_set(c, s, a.data);
        }
        cloud_wait(c, hard);
    }
}

bool change_set_create(struct cloud *c, const struct stack *s, const struct change_set_request *r,
                       struct change_set *set)
{
    for (int attempt = 0;; attempt++) {
        struct answer a;
        bool stale = false;
        *set = (struct change_set){ 0 };
        /* A stack in review was left by a run that stopped before the end; so may its set be. */
        struct cloud_mark before = cloud_mark(c);
        bool there = s->reviewed && !attempt && describe(c, s->name, r->name, answer_any, &a);
        cloud_forget(c, before);
        if (!there && !create(c, s, r, &a) && !(a.refused && exists_already(&a)))
            return a.refused && overtaken(&a) && report_overtaken(c, s->name, &a);
        struct cloud_mark mark = cloud_mark(c);
        set->found = there || a.refused;
        bool good = await_set(c, s, r->name, set, &stale);
        if (good && !stale)
            return true;
        if (!stale || !set->arn.n)
            return false;
        if (attempt) { /* made anew, and no better */
            if (c->ds->errors == mark.errors)
                diag_world(c->ds, "change-set-failed", NOWHERE,
                           "the change set for '%.*s' cannot be executed", STR(s->name));
            return false;
        }
        bool ours = !a.refused;
        delete_set(c, s->name, set->arn);
        if (ours)
            return false;      /* refused for what it holds: the diagnostic is there */
        cloud_forget(c, mark); /* an earlier run's; this one makes its own */
    }
}

bool change_set_check(struct cloud *c, struct str arn, struct str stack)
{
    struct answer a;
    if (!describe(c, stack, arn, set_is_gone, &a)) {
        if (a.refused && set_is_gone(&a))
            diag_error(c->ds, "stale-plan", NOWHERE,
                       "the change set that was approved for '%.*s' is gone; make a new plan",
                       STR(stack));
        return false;
    }
    struct str execution = cloud_text(a.data, "ExecutionStatus");
    if (str_eq(execution, S("AVAILABLE")))
        return true;
    diag_error(c->ds, "stale-plan", NOWHERE,
               "the change set that was approved for '%.*s' is %.*s; make a new plan", STR(stack),
               STR(execution));
    return false;
}

void change_set_discard(struct cloud *c, const struct stack *s, const struct change_set *set)
{
    struct stack now;
    struct cloud_mark mark = cloud_mark(c);
    if (!set->arn.n || set->empty || set->found)
        return;
    delete_set(c, s->name, set->arn);
    if (!s->exists && !s->reviewed && stack_read(c, s->name, &now) && now.reviewed)
        stack_delete(c, &now, NULL, 0, cloud_token(c->arena));
    cloud_forget(c, mark);
}

/* Begun by an attempt of ours whose answer got lost, or by somebody else. */
static bool refused_as_begun(const struct answer *a)
{
    return str_starts(a->code, S("InvalidChangeSetStatus")) || overtaken(a);
}

/* Whether the newest thing that happened to the stack happened for this run. */
static bool token_is_newest(struct cloud *c, struct str stack, struct str token)
{
    struct answer a;
    struct buf q;
    buf_init(&q, 0);
    aws_param(&q, "StackName", stack);
    return cloud_call(c, &AWS_CLOUDFORMATION, "DescribeStackEvents", &q, "read the events", NULL,
                      &a) &&
           cloud_count(a.data, "StackEvents") &&
           str_eq(cloud_text(cloud_item(a.data, "StackEvents", 0), "ClientRequestToken"), token);
}

bool change_set_execute(struct cloud *c, struct str stack, struct str arn, struct str token)
{
    struct answer a;
    struct buf q;
    buf_init(&q, 0);
    aws_param(&q, "ChangeSetName", arn);
    aws_param(&q, "ClientRequestToken", token);
    size_t before = c->ds->all.n;
    if (cloud_call(c, &AWS_CLOUDFORMATION, "ExecuteChangeSet", &q,
                   arena_printf(c->arena, "execute the change set for '%.*s'", STR(stack)).p,
                   refused_as_begun, &a))
        return true;
    if (a.refused && refused_as_begun(&a)) {
        if (a.attempts > 1 && token_is_newest(c, stack, token))
            return true;
        report_overtaken(c, stack, &a);
    } else if (a.uncertain && c->ds->all.n > before) {
        diag_help(c->ds->all.p[c->ds->all.n - 1],
                  "it may have begun all the same; 'stepwright status' tells");
    }
    return false;
}

/* ---- other operations ------------------------------------------------------------------------ */

bool stack_delete(struct cloud *c, const struct stack *s, const struct str *retain, size_t nretain,
                  struct str token)
{
    struct answer a;
    struct buf q;
    buf_init(&q, 0);
    aws_param(&q, "StackName", s->id);
    aws_param(&q, "ClientRequestToken", token);
    for (size_t i = 0; i < nretain; i++)
        aws_param_member(&q, "RetainResources", i + 1, "", retain[i]);
    return cloud_call(c, &AWS_CLOUDFORMATION, "DeleteStack", &q,
                      arena_printf(c->arena, "delete the stack '%.*s'", STR(s->name)).p, NULL, &a);
}

bool stack_continue_rollback(struct cloud *c, const struct stack *s, const struct str *skip,
                             size_t nskip, struct str token)
{
    struct answer a;
    struct buf q;
    buf_init(&q, 0);
    aws_param(&q, "StackName", s->name);
    aws_param(&q, "ClientRequestToken", token);
    for (size_t i = 0; i < nskip; i++)
        aws_param_member(&q, "ResourcesToSkip", i + 1, "", skip[i]);
    return cloud_call(c, &AWS_CLOUDFORMATION, "ContinueUpdateRollback", &q,
                      arena_printf(c->arena, "continue the rollback of '%.*s'", STR(s->name)).p,
                      NULL, &a);
}

bool stack_protect(struct cloud *c, struct str name, bool on)
{
    struct answer a;
    struct buf q;
    buf_init(&q, 0);
    aws_param(&q, "StackName", name);
    aws_param(&q, "EnableTerminationProtection", on ? S("true") : S("false"));
    return cloud_call(c, &AWS_CLOUDFORMATION, "UpdateTerminationProtection", &q,
                      arena_printf(c->arena, "set the protection of '%.*s'", STR(name)).p, NULL,
                      &a);
}
