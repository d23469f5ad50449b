/* Calls about stacks, in CloudFormation's words. */
#include "fake_cfn.h"

#include "base/num.h"

#include <time.h>

enum { PAGE = 20 }; /* events of one answer */

static struct server_reply refuse(struct fake_call *c, const char *code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    struct str text = arena_vprintf(c->arena, fmt, args);
    va_end(args);
    return fake_xml_error(c, 400, code, text);
}

struct fake_stack *fake_find_stack(struct fake *f, struct str name)
{
    for (size_t i = f->stacks.n; i-- > 0;) {
        struct fake_stack *s = f->stacks.p[i];
        if (str_eq(s->arn, name) || (!s->deleted && str_eq(s->name, name)))
            return s;
    }
    return NULL;
}

static struct server_reply no_stack(struct fake_call *c, struct str name)
{
    return refuse(c, "ValidationError", "Stack with id %.*s does not exist", STR(name));
}

static struct str iso(struct fake_call *c, int64_t ms)
{
    time_t t = (time_t)(ms / 1000);
    struct tm tm;
    gmtime_r(&t, &tm);
    return arena_printf(c->arena, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
                        tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                        (int)(ms % 1000));
}

/* ---- describing ------------------------------------------------------------------------------ */

/* Ref and GetAtt of the stack's own resources; anything else as it is. */
static struct str resolve(struct fake_call *c, const struct fake_stack *s, const struct node *n)
{
    const struct node *ref = node_get(n, S("Ref")), *att = node_get(n, S("Fn::GetAtt"));
    const struct node *id = ref ? ref : att && att->kind == NODE_SEQ ? att->seq.items[0] : NULL;
    if (n->kind == NODE_STR)
        return n->str;
    if (!id || id->kind != NODE_STR)
        return S("?");
    const struct fake_resource *r = map_get(&s->resources, id->str);
    const struct str *parameter = map_get(&s->parameters, id->str);
    if (!r)
        return parameter ? *parameter : S("?");
    return ref ? r->physical : arena_printf(c->arena, "arn:aws:fake:::%.*s", STR(r->physical));
}

static void put_pairs(struct buf *out, const char *list, const char *key, const char *value,
                      const struct map *pairs)
{
    buf_printf(out, "<%s>", list);
    for (size_t i = 0; i < pairs->n; i++) {
        buf_put(out, S("<member>"));
        fake_put_xml(out, key, pairs->entries[i].key);
        fake_put_xml(out, value, *(struct str *)pairs->entries[i].value);
        buf_put(out, S("</member>"));
    }
    buf_printf(out, "</%s>", list);
}

static void put_outputs(struct fake_call *c, struct buf *out, const struct fake_stack *s)
{
    const struct node *outputs = node_get(s->template, S("Outputs"));
    buf_put(out, S("<Outputs>"));
    for (size_t i = 0; outputs && outputs->kind == NODE_MAP && i < outputs->map.n; i++) {
        buf_put(out, S("<member>"));
        fake_put_xml(out, "OutputKey", outputs->map.entries[i].key);
        fake_put_xml(out, "OutputValue",
                     resolve(c, s, node_get(outputs->map.entries[i].value, S("Value"))));
        buf_put(out, S("</member>"));
    }
    buf_put(out, S("</Outputs>"));
}

static void put_stack(struct fake_call *c, struct buf *out, const struct fake_stack *s)
{
    buf_put(out, S("<member>"));
    fake_put_xml(out, "StackName", s->name);
    fake_put_xml(out, "StackId", s->arn);
    fake_put_xml(out, "StackStatus", s->status);
    fake_put_xml(out, "CreationTime", S("2026-01-01T00:00:00.000Z"));
    fake_put_xml(out, "EnableTerminationProtection", s->protected ? S("true") : S("false"));
    put_pairs(out, "Parameters", "ParameterKey", "ParameterValue", &s->parameters);
    put_pairs(out, "Tags", "Key", "Value", &s->tags);
    put_outputs(c, out, s);
    buf_put(out, S("</member>"));
}

static struct server_reply describe_stacks(struct fake_call *c)
{
    struct str name = fake_param(c, "StackName");
    const struct fake_stack *s = fake_find_stack(c->fake, name);
    struct buf out;
    if (name.n && !s)
        return no_stack(c, name);
    buf_init(&out, 0);
    buf_put(&out, S("<Stacks>"));
    for (size_t i = 0; i < c->fake->stacks.n; i++)
        if (name.n ? c->fake->stacks.p[i] == s : !c->fake->stacks.p[i]->deleted)
            put_stack(c, &out, c->fake->stacks.p[i]);
    buf_put(&out, S("</Stacks>"));
    return fake_xml(c, "DescribeStacks", &out);
}

static struct server_reply get_template(struct fake_call *c)
{
    struct str name = fake_param(c, "StackName");
    const struct fake_stack *s = fake_find_stack(c->fake, name);
    struct buf out;
    if (!s)
        return no_stack(c, name);
    if (!s->body.n)
        return refuse(c, "ValidationError", "Template is not available for stack %.*s", STR(name));
    buf_init(&out, 0);
    fake_put_xml(&out, "TemplateBody", s->body);
    return fake_xml(c, "GetTemplate", &out);
}

static struct server_reply describe_events(struct fake_call *c)
{
    struct str name = fake_param(c, "StackName"), token = fake_param(c, "NextToken");
    const struct fake_stack *s = fake_find_stack(c->fake, name);
    int64_t skip = 0;
    struct buf out;
    if (!s)
        return no_stack(c, name);
    if (token.n)
        num_get_int(token, &skip);
    size_t left = s->events.n > (size_t)skip ? s->events.n - (size_t)skip : 0;
    buf_init(&out, 0);
    buf_put(&out, S("<StackEvents>"));
    for (size_t i = 0; i < PAGE && i < left; i++) {
        const struct fake_event *e = &s->events.p[left - 1 - i];
        buf_put(&out, S("<member>"));
        fake_put_xml(&out, "EventId", arena_printf(c->arena, "event-%zu", left - 1 - i));
        fake_put_xml(&out, "StackName", s->name);
        fake_put_xml(&out, "StackId", s->arn);
        fake_put_xml(&out, "LogicalResourceId", e->id);
        fake_put_xml(&out, "PhysicalResourceId", e->physical);
        fake_put_xml(&out, "ResourceType", e->type);
        fake_put_xml(&out, "ResourceStatus", e->status);
        fake_put_xml(&out, "Timestamp", iso(c, e->at));
        if (e->reason.n)
            fake_put_xml(&out, "ResourceStatusReason", e->reason);
        if (e->token.n)
            fake_put_xml(&out, "ClientRequestToken", e->token);
        buf_put(&out, S("</member>"));
    }
    buf_put(&out, S("</StackEvents>"));
    if (left > PAGE)
        fake_put_xml(&out, "NextToken", arena_printf(c->arena, "%lld", (long long)(skip + PAGE)));
    return fake_xml(c, "DescribeStackEvents", &out);
}

static struct server_reply describe_resources(struct fake_call *c)
{
    struct str name = fake_param(c, "StackName");
    const struct fake_stack *s = fake_find_stack(c->fake, name);
    struct buf out;
    if (!s)
        return no_stack(c, name);
    buf_init(&out, 0);
    buf_put(&out, S("<StackResources>"));
    for (size_t i = 0; i < s->resources.n; i++) {
        const struct fake_resource *r = s->resources.entries[i].value;
        if (!r->body)
            continue;
        buf_put(&out, S("<member>"));
        fake_put_xml(&out, "LogicalResourceId", r->id);
        fake_put_xml(&out, "PhysicalResourceId", r->physical);
        fake_put_xml(&out, "ResourceType", r->type);
        fake_put_xml(&out, "ResourceStatus", S("CREATE_COMPLETE"));
        buf_put(&out, S("</member>"));
    }
    buf_put(&out, S("</StackResources>"));
    return fake_xml(c, "DescribeStackResources", &out);
}

/* ---- change sets ----------------------------------------------------------------------------- */

static struct fake_set *find_set(struct fake_stack *s, struct str name)
{
    for (size_t i = s ? s->sets.n : 0; i-- > 0;)
        if (!s->sets.p[i]->gone &&
            (str_eq(s->sets.p[i]->name, name) || str_eq(s->sets.p[i]->arn, name)))
            return s->sets.p[i];
    return NULL;
}

/* By ARN alone, or by name and stack. */
static struct fake_set *set_of(struct fake_call *c, struct fake_stack **stack)
{
    struct str name = fake_param(c, "ChangeSetName"), of = fake_param(c, "StackName");
    for (size_t i = c->fake->stacks.n; i-- > 0;) {
        struct fake_stack *s = c->fake->stacks.p[i];
        struct fake_set *set = find_set(s, name);
        bool right = !of.n || str_eq(of, s->name) || str_eq(of, s->arn);
        if (set && right && !s->deleted) {
            *stack = s;
            return set;
        }
    }
    return NULL;
}

static struct server_reply no_set(struct fake_call *c)
{
    return refuse(c, "ChangeSetNotFound", "ChangeSet [%.*s] does not exist",
                  STR(fake_param(c, "ChangeSetName")));
}

static void read_pairs(struct fake_call *c, const char *list, const char *key, const char *value,
                       struct map *into)
{
    struct fake *f = c->fake;
    for (size_t i = 1;; i++) {
        struct str k = fake_param(c, arena_printf(c->arena, "%s.member.%zu.%s", list, i, key).p);
        if (!k.n)
            return;
        struct str *v = arena_make(&f->arena, struct str);
        *v = fake_keep(f,
                       fake_param(c, arena_printf(c->arena, "%s.member.%zu.%s", list, i, value).p));
        map_put(&f->arena, into, fake_keep(f, k), v);
    }
}

static bool pairs_equal(const struct map *a, const struct map *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        const struct str *other = map_get(b, a->entries[i].key);
        if (!other || !str_eq(*other, *(struct str *)a->entries[i].value))
            return false;
    }
    return true;
}

/* https://bucket.s3.region.amazonaws.com/key */
static struct str from_url(struct fake_call *c, struct str url)
{
    size_t host = str_find(url, S("://"), 0);
    if (host == SIZE_MAX)
        return (struct str){ 0 };
    url = str_sub(url, host + 3, url.n);
    size_t dot = str_find_char(url, '.', 0), slash = str_find_char(url, '/', 0);
    if (dot == SIZE_MAX || slash == SIZE_MAX)
        return (struct str){ 0 };
    const struct fake_object_data *o =
        fake_find_object(c->fake, str_sub(url, 0, dot), str_sub(url, slash + 1, url.n));
    return o ? o->bytes : (struct str){ 0 };
}

static bool has_roles(const struct node *template)
{
    const struct node *all = fake_template_resources(template);
    for (size_t i = 0; all && i < all->map.n; i++) {
        const struct node *type = node_get(all->map.entries[i].value, S("Type"));
        if (type && type->kind == NODE_STR && str_eq(type->str, S("AWS::IAM::Role")))
            return true;
    }
    return false;
}

static struct fake_stack *new_stack(struct fake_call *c, struct str name)
{
    struct fake *f = c->fake;
    struct fake_stack *s = arena_make(&f->arena, struct fake_stack);
    s->name = fake_keep(f, name);
    s->arn = arena_printf(&f->arena,
                          "arn:aws:cloudformation:" FAKE_REGION ":" FAKE_ACCOUNT ":stack/%.*s/%zu",
                          STR(name), ++f->serial);
    s->status = S("REVIEW_IN_PROGRESS");
    vec_push(&f->arena, &f->stacks, s);
    return s;
}

/* What is wrong with making a set now; false if nothing is. */
static bool refuse_set(struct fake_call *c, struct fake_stack *s, bool create,
                       struct server_reply *r)
{
    struct str stack = fake_param(c, "StackName"), name = fake_param(c, "ChangeSetName");
    if (!create && !s)
        *r = refuse(c, "ValidationError", "Stack [%.*s] does not exist", STR(stack));
    else if (create && s && !str_eq(s->status, S("REVIEW_IN_PROGRESS")))
        *r = refuse(c, "ValidationError",
                    "Stack [%.*s] already exists and cannot be created again with the changeSet "
                    "[%.*s].",
                    STR(stack), STR(name));
    else if (s && (fake_in_progress(s) || str_eq(s->status, S("ROLLBACK_COMPLETE")) ||
                   str_eq(s->status, S("UPDATE_ROLLBACK_FAILED"))))
        *r = refuse(c, "ValidationError", "Stack:%.*s is in %.*s state and can not be updated.",
                    STR(s->arn), STR(s->status));
    else if (find_set(s, name))
        *r = refuse(c, "AlreadyExistsException", "ChangeSet %.*s already exists", STR(name));
    else
        return false;
    return true;
}

static struct server_reply create_set(struct fake_call *c)
{
    struct fake *f = c->fake;
    struct fake_stack *s = fake_find_stack(f, fake_param(c, "StackName"));
    struct server_reply r;
    struct buf out;
    bool create = str_eq(fake_param(c, "ChangeSetType"), S("CREATE"));
    struct str body = fake_param(c, "TemplateBody");
    struct fake_set *same = find_set(s, fake_param(c, "ChangeSetName"));
    bool again = same && same->token.n && str_eq(same->token, fake_param(c, "ClientToken"));
    if (!again && refuse_set(c, s, create, &r))
        return r;
    if (body.n > 51200)
        return refuse(c, "ValidationError",
                      "1 validation error detected: templateBody is too long");
    if (!body.n)
        body = from_url(c, fake_param(c, "TemplateURL"));
    if (!body.n)
        return refuse(c, "ValidationError", "S3 error: The specified key does not exist.");
    struct fake_set *set = again ? same : arena_make(&f->arena, struct fake_set);
    if (!again) {
        body = fake_keep(f, body);
        set->body = body;
        set->template = json_read_node(&f->arena, &f->ds, source_make(&f->arena, S("t"), body));
        if (!set->template || !fake_template_resources(set->template))
            return refuse(c, "ValidationError", "Template format error: not well-formed");
        if (has_roles(set->template) && !fake_param(c, "Capabilities.member.1").n)
            return refuse(c, "InsufficientCapabilitiesException",
                          "Requires capabilities : [CAPABILITY_NAMED_IAM]");
        if (!s)
            s = new_stack(c, fake_param(c, "StackName"));
        read_pairs(c, "Parameters", "ParameterKey", "ParameterValue", &set->parameters);
        read_pairs(c, "Tags", "Key", "Value", &set->tags);
        set->create = create;
        set->name = fake_keep(f, fake_param(c, "ChangeSetName"));
        set->token = fake_keep(f, fake_param(c, "ClientToken"));
        set->arn = arena_printf(
            &f->arena, "arn:aws:cloudformation:" FAKE_REGION ":" FAKE_ACCOUNT ":changeSet/%.*s/%zu",
            STR(set->name), ++f->serial);
        bool same_as_now = s->template && node_equal(s->template, set->template) &&
                           pairs_equal(&s->parameters, &set->parameters) &&
                           pairs_equal(&s->tags, &set->tags);
        set->status = S("CREATE_PENDING");
        set->execution = S("UNAVAILABLE");
        if (same_as_now)
            set->reason = S("The submitted information didn't contain changes. Submit different "
                            "information to create a change set.");
        vec_push(&f->arena, &s->sets, set);
    }
    buf_init(&out, 0);
    fake_put_xml(&out, "Id", set->arn);
    fake_put_xml(&out, "StackId", s->arn);
    return fake_xml(c, "CreateChangeSet", &out);
}

static void put_resource_change(struct buf *out, struct str id, const char *action,
                                const char *replacement, const struct node *body)
{
    const struct node *type = node_get(body, S("Type"));
    buf_put(out, S("<member><Type>Resource</Type><ResourceChange>"));
    fake_put_xml(out, "Action", str_from(action));
    fake_put_xml(out, "LogicalResourceId", id);
    if (type && type->kind == NODE_STR)
        fake_put_xml(out, "ResourceType", type->str);
    if (replacement)
        fake_put_xml(out, "Replacement", str_from(replacement));
    buf_put(out, S("</ResourceChange></member>"));
}

static void put_changes(struct buf *out, const struct fake_stack *s, const struct fake_set *set)
{
    const struct node *all = fake_template_resources(set->template);
    buf_put(out, S("<Changes>"));
    for (size_t i = 0; i < all->map.n; i++) {
        const struct fake_resource *r = map_get(&s->resources, all->map.entries[i].key);
        const struct node *body = all->map.entries[i].value;
        if (!r || !r->body)
            put_resource_change(out, all->map.entries[i].key, "Add", NULL, body);
        else if (!node_equal(r->body, body))
            put_resource_change(out, r->id, "Modify",
                                fake_replaces(r->body, body) ? "True" : "False", body);
    }
    for (size_t i = 0; i < s->resources.n; i++) {
        const struct fake_resource *r = s->resources.entries[i].value;
        if (r->body && !node_get(all, r->id))
            put_resource_change(out, r->id, "Remove", NULL, r->body);
    }
    buf_put(out, S("</Changes>"));
}

static struct server_reply describe_set(struct fake_call *c)
{
    struct fake_stack *s;
    struct fake_set *set = set_of(c, &s);
    struct buf out;
    if (!set)
        return no_set(c);
    if (str_eq(set->status, S("CREATE_IN_PROGRESS"))) {
        set->status = set->reason.n ? S("FAILED") : S("CREATE_COMPLETE");
        set->execution = set->reason.n ? S("UNAVAILABLE") : S("AVAILABLE");
    }
    if (str_eq(set->status, S("CREATE_PENDING")))
        set->status = S("CREATE_IN_PROGRESS");
    buf_init(&out, 0);
    fake_put_xml(&out, "ChangeSetName", set->name);
    fake_put_xml(&out, "ChangeSetId", set->arn);
    fake_put_xml(&out, "StackId", s->arn);
    fake_put_xml(&out, "StackName", s->name);
    fake_put_xml(&out, "Status", set->status);
    fake_put_xml(&out, "ExecutionStatus", set->execution);
    if (set->reason.n)
        fake_put_xml(&out, "StatusReason", set->reason);
    put_changes(&out, s, set);
    return fake_xml(c, "DescribeChangeSet", &out);
}

static struct server_reply delete_set(struct fake_call *c)
{
    struct fake_stack *s;
    struct fake_set *set = set_of(c, &s);
    struct buf out;
    if (set)
        set->gone = true;
    buf_init(&out, 0);
    return fake_xml(c, "DeleteChangeSet", &out);
}

static struct server_reply execute_set(struct fake_call *c)
{
    struct fake_stack *s;
    struct fake_set *set = set_of(c, &s);
    struct str token = fake_param(c, "ClientRequestToken");
    struct buf out;
    if (!set)
        return no_set(c);
    if (!(token.n && str_eq(s->token, token))) {
        if (fake_in_progress(s))
            return refuse(c, "ValidationError",
                          "Stack:%.*s is in %.*s state and can not be updated.", STR(s->arn),
                          STR(s->status));
        if (!str_eq(set->execution, S("AVAILABLE")))
            return refuse(c, "InvalidChangeSetStatus",
                          "ChangeSet [%.*s] cannot be executed in its current execution status of "
                          "[%.*s]",
                          STR(set->arn), STR(set->execution));
        s->token = fake_keep(c->fake, token);
        set->execution = S("EXECUTE_IN_PROGRESS");
        for (size_t i = 0; i < s->sets.n; i++)
            if (s->sets.p[i] != set && str_eq(s->sets.p[i]->execution, S("AVAILABLE")))
                s->sets.p[i]->execution = S("OBSOLETE");
        if (set->create)
            fake_plan_create(c->fake, s, set);
        else
            fake_plan_update(c->fake, s, set);
    }
    buf_init(&out, 0);
    return fake_xml(c, "ExecuteChangeSet", &out);
}

/* ---- the rest -------------------------------------------------------------------------------- */

static struct map read_names(struct fake_call *c, const char *list)
{
    struct map names = { 0 };
    for (size_t i = 1;; i++) {
        struct str name = fake_param(c, arena_printf(c->arena, "%s.member.%zu", list, i).p);
        if (!name.n)
            return names;
        map_put(c->arena, &names, name, c);
    }
}

static struct server_reply delete_stack(struct fake_call *c)
{
    struct fake_stack *s = fake_find_stack(c->fake, fake_param(c, "StackName"));
    struct map retain = read_names(c, "RetainResources");
    struct str token = fake_param(c, "ClientRequestToken");
    struct buf out;
    if (s && !s->deleted && !(token.n && str_eq(token, s->token))) {
        if (s->protected)
            return refuse(c, "ValidationError",
                          "Stack [%.*s] cannot be deleted while TerminationProtection is enabled",
                          STR(s->name));
        if (fake_in_progress(s))
            return refuse(c, "ValidationError",
                          "Stack:%.*s is in %.*s state and can not be deleted", STR(s->arn),
                          STR(s->status));
        s->token = fake_keep(c->fake, token);
        s->target = NULL;
        fake_plan_delete(c->fake, s, &retain);
    }
    buf_init(&out, 0);
    return fake_xml(c, "DeleteStack", &out);
}

static struct server_reply continue_rollback(struct fake_call *c)
{
    struct fake_stack *s = fake_find_stack(c->fake, fake_param(c, "StackName"));
    struct map skip = read_names(c, "ResourcesToSkip");
    struct buf out;
    if (!s)
        return no_stack(c, fake_param(c, "StackName"));
    if (!str_eq(s->status, S("UPDATE_ROLLBACK_FAILED")))
        return refuse(c, "ValidationError",
                      "Stack:%.*s is in %.*s state and can not continue rollback", STR(s->arn),
                      STR(s->status));
    s->token = fake_keep(c->fake, fake_param(c, "ClientRequestToken"));
    fake_plan_continue(c->fake, s, &skip);
    buf_init(&out, 0);
    return fake_xml(c, "ContinueUpdateRollback", &out);
}

static struct server_reply protect(struct fake_call *c)
{
    struct fake_stack *s = fake_find_stack(c->fake, fake_param(c, "StackName"));
    struct buf out;
    if (!s)
        return no_stack(c, fake_param(c, "StackName"));
    s->protected = str_eq(fake_param(c, "EnableTerminationProtection"), S("true"));
    buf_init(&out, 0);
    fake_put_xml(&out, "StackId", s->arn);
    return fake_xml(c, "UpdateTerminationProtection", &out);
}

struct server_reply fake_cloudformation(struct fake_call *c, struct str action)
{
    static const struct {
        const char *name;
        struct server_reply (*answer)(struct fake_call *c);
    } calls[] = {
        { "DescribeStacks", describe_stacks },
        { "GetTemplate", get_template },
        { "DescribeStackEvents", describe_events },
        { "DescribeStackResources", describe_resources },
        { "CreateChangeSet", create_set },
        { "DescribeChangeSet", describe_set },
        { "DeleteChangeSet", delete_set },
        { "ExecuteChangeSet", execute_set },
        { "DeleteStack", delete_stack },
        { "ContinueUpdateRollback", continue_rollback },
        { "UpdateTerminationProtection", protect },
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (str_eq(action, str_from(calls[i].name))) {
            fake_note(c->fake, calls[i].name);
            struct server_reply r = calls[i].answer(c);
            fake_advance(c->fake);
            return r;
        }
    return refuse(c, "InvalidAction", "Could not find operation %.*s", STR(action));
}
