/* Amazon SageMaker: what its steps share (sagemaker.h), and groups of model packages.
 * Written from the SageMaker API reference (Create*Job, Tag), the developer guide ("SageMaker
 * roles", "Docker registry paths and example code", "Confused deputy prevention"), the Step
 * Functions page on SageMaker, and AWS::SageMaker::ModelPackageGroup. */
#include "sagemaker.h"

/* ---- values of requests --------------------------------------------------------------------- */

void sm_put(struct plan *p, struct node *map, const char *key, struct vstr value)
{
    if (!value.s.n)
        return;
    struct str name = value.runtime ? arena_printf(p->arena, "%s.$", key) : str_from(key);
    node_put(p->arena, map, name, value.span, node_str(p->arena, value.span, value.s));
}

void sm_put_int(struct plan *p, struct node *map, const char *key, struct vint value)
{
    if (value.path.n)
        node_put(p->arena, map, arena_printf(p->arena, "%s.$", key), value.span,
                 node_str(p->arena, value.span, value.path));
    else if (value.set || value.v)
        node_put(p->arena, map, str_from(key), value.span, node_int(p->arena, value.span, value.v));
}

void sm_put_true(struct plan *p, struct node *map, const char *key, struct vbool value)
{
    if (value.v)
        plan_put(p, map, key, node_bool(p->arena, value.span, true));
}

void sm_put_list(struct plan *p, struct node *map, const char *key, const struct vstrs *values)
{
    if (!values->n)
        return;
    struct node *list = plan_list(p), *holder = plan_map(p);
    for (size_t i = 0; i < values->n; i++)
        node_push(p->arena, list, node_str(p->arena, values->items[i].span, values->items[i].s));
    plan_put(p, holder, key, list);
    const struct node_entry *e = &plan_payload(p, holder)->map.entries[0];
    node_put(p->arena, map, e->key, e->key_span, e->value);
}

static bool is_text(const struct node *n)
{
    return n->kind != NODE_MAP && n->kind != NODE_SEQ && n->kind != NODE_NULL;
}

struct str sm_text(struct plan *p, const struct node *scalar)
{
    if (scalar->kind == NODE_STR)
        return scalar->str;
    return arena_str(p->arena, str_trim(span_text(scalar->span)));
}

struct node *sm_texts(struct plan *p, const struct node *map)
{
    struct node *out = node_map(p->arena, map->span);
    for (size_t i = 0; i < map->map.n; i++) {
        const struct node_entry *e = &map->map.entries[i];
        node_put(p->arena, out, e->key, e->key_span,
                 node_str(p->arena, e->value->span, sm_text(p, e->value)));
    }
    return plan_payload(p, out);
}

void sm_check_texts(struct bind *b, const struct field *f, const struct node *value)
{
    for (size_t i = 0; i < value->map.n; i++) {
        const struct node_entry *e = &value->map.entries[i];
        if (!is_text(e->value))
            diag_error(b->ds, "wrong-type", e->value->span,
                       "'%.*s' in '%s' is %s; expected a string or a number", STR(e->key), f->key,
                       node_kind_name(e->value));
    }
}

static void push_tag(struct plan *p, struct node *tags, struct str key, struct vstr value)
{
    struct node *tag = plan_map(p);
    plan_put(p, tag, "Key", plan_str(p, key));
    sm_put(p, tag, "Value", value);
    node_push(p->arena, tags, tag);
}

void sm_put_tags(struct plan *p, struct node *params, const struct node *own)
{
    const struct node *of_stage = p->pipeline->stage->tags;
    struct node *tags = plan_list(p);
    for (size_t i = 0; of_stage && i < of_stage->map.n; i++) {
        const struct node_entry *e = &of_stage->map.entries[i];
        if (!node_get(own, e->key))
            push_tag(p, tags, e->key, (struct vstr){ .s = sm_text(p, e->value) });
    }
    for (size_t i = 0; own && i < own->map.n; i++) {
        const struct node_entry *e = &own->map.entries[i];
        struct str text = sm_text(p, e->value);
        push_tag(p, tags, e->key,
                 (struct vstr){ .s = text, .runtime = text_is_runtime_path(text) });
    }
    struct str info =
        arena_printf(p->arena, "%.*s/%.*s", STR(p->pipeline->stage->name), STR(p->pipeline->id));
    push_tag(p, tags, S("PipelineInfo"), (struct vstr){ .s = info });
    push_tag(p, tags, S("ExecutionID"),
             (struct vstr){ .s = S("$$.Execution.Name"), .runtime = true });
    plan_put(p, params, "Tags", tags);
}

struct str sm_below(struct plan *p, struct str path, const char *key)
{
    return arena_printf(p->arena, "%.*s.%s", STR(path), key);
}

struct str sm_result_path(struct plan *p, const struct step *s, struct state *t, struct vstr other)
{
    struct str path = s->common.result_path.set ? s->common.result_path.s : other.s;
    if (str_eq(path, S("null")))
        path = (struct str){ 0 };
    if (!s->common.result_path.set && path.n)
        plan_put(p, t->body, "ResultPath", node_str(p->arena, other.span, path));
    return path;
}

/* Source: Step Functions, "Error handling" of the SageMaker integration. */
void sm_narrow_retry(struct plan *p, const struct step *s, struct state *t)
{
    const struct retrier *r = s->common.retry.items;
    for (size_t i = 0; i < s->common.retry.n; i++) {
        if (r[i].error_equals.n)
            continue;
        struct node *errors = plan_list(p);
        node_push(p->arena, errors, plan_text(p, "SageMaker.AmazonSageMakerException"));
        plan_put(p, t->retry->seq.items[i], "ErrorEquals", errors);
    }
}

/* ---- places in S3 --------------------------------------------------------------------------- */

#define F(kind, name, ...) FIELD_##kind(struct sm_place, name, __VA_ARGS__)
static const struct field place_rows[] = {
    F(STR, bucket, .required = true, .runtime = true, .doc = "The bucket's name."),
    F(STR, prefix_key, .runtime = true, .aliases = WORDS("key_prefix", "prefix", "key"),
      .doc = "What the keys begin with."),
};
#undef F
const struct fields sm_place_fields =
    FIELDS(struct sm_place, "place", place_rows, .doc = "A place in S3.");

/* Text inside the quotes of an intrinsic function. */
static struct str quoted(struct plan *p, struct str s)
{
    char *out = arena_alloc(p->arena, 2 * s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\'' || s.p[i] == '\\' || s.p[i] == '{' || s.p[i] == '}')
            out[n++] = '\\';
        out[n++] = s.p[i];
    }
    return (struct str){ out, n };
}

struct vstr sm_uri(struct plan *p, struct vstr bucket, struct vstr prefix)
{
    struct vstr v = { .span = bucket.span, .set = true };
    v.runtime = bucket.runtime || prefix.runtime;
    if (!v.runtime) {
        v.s = arena_printf(p->arena, "s3://%.*s/%.*s", STR(bucket.s), STR(prefix.s));
        return v;
    }
    struct str b = bucket.runtime ? S("{}") : quoted(p, bucket.s);
    struct str k = prefix.runtime ? S("{}") : quoted(p, prefix.s);
    struct str both = bucket.runtime && prefix.runtime ? S(", ") : S("");
    v.s = arena_printf(p->arena, "States.Format('s3://%.*s/%.*s', %.*s%.*s%.*s)", STR(b), STR(k),
                       STR(bucket.runtime ? bucket.s : S("")), STR(both),
                       STR(prefix.runtime ? prefix.s : S("")));
    return v;
}

static bool is_uri(struct str s)
{
    size_t at = str_starts(s, S("s3://")) ? 5 : str_starts(s, S("https://")) ? 8 : 0;
    return at && s.n > at && s.p[at] != '/';
}

static void check_uri(struct bind *b, const struct field *f, const struct node *n)
{
    if (n->kind != NODE_STR || text_is_runtime_path(n->str) || is_uri(n->str))
        return;
    struct diag *d = diag_error(b->ds, "bad-uri", n->span, "'%s' is '%.*s'; expected s3://bucket/…",
                                f->key, STR(n->str));
    if (str_starts(n->str, S("/")) || str_find(n->str, S("://"), 0) != SIZE_MAX)
        return;
    diag_help(d, "write 's3://%.*s'", STR(n->str));
}

void sm_check_uri(struct bind *b, const struct field *f, const struct node *value)
{
    if (value->kind != NODE_SEQ)
        check_uri(b, f, value);
    for (size_t i = 0; value->kind == NODE_SEQ && i < value->seq.n; i++)
        check_uri(b, f, value->seq.items[i]);
}

/* Source: SageMaker API, the pattern of ModelName, EndpointName and the like. */
void sm_check_name(struct bind *b, const struct field *f, const struct node *value)
{
    struct str name = value->str;
    if (text_is_runtime_path(name))
        return;
    bool good =
        name.n && name.n <= 63 && ascii_is_alnum(name.p[0]) && ascii_is_alnum(name.p[name.n - 1]);
    for (size_t i = 0; i < name.n; i++)
        good = good && (ascii_is_alnum(name.p[i]) || name.p[i] == '-');
    if (good)
        return;
    struct diag *d =
        diag_error(b->ds, "bad-name", value->span, "'%s' is '%.*s'", f->key, STR(name));
    diag_help(d, "use at most 63 letters, digits and, between them, '-'");
}

void sm_check_instance(struct bind *b, const struct field *f, const struct node *value)
{
    if (text_is_runtime_path(value->str) || str_starts(value->str, S("ml.")))
        return;
    struct diag *d =
        diag_error(b->ds, "bad-instance", value->span,
                   "'%s' is '%.*s'; SageMaker's begin with 'ml.'", f->key, STR(value->str));
    diag_help(d, "write 'ml.%.*s'", STR(value->str));
}

struct vstr sm_word(const struct venum *e)
{
    return (struct vstr){ .s = e->s, .span = e->span };
}

/* Bucket and key of "s3://bucket/key"; false for other URIs. */
static bool split_uri(struct str uri, struct str *bucket, struct str *key)
{
    if (!str_starts(uri, S("s3://")))
        return false;
    *key = str_sub(uri, 5, uri.n);
    return str_split(key, '/', bucket);
}

/* ---- what a job's role may do --------------------------------------------------------------- */

#define F(kind, name, ...) FIELD_##kind(struct sm_vpc, name, __VA_ARGS__)
static const struct field vpc_rows[] = {
    F(STRS, security_group_ids, .required = true, .aliases = WORDS("security_groups"),
      .example = "[sg-0123]", .doc = "Security groups, one to five."),
    F(STRS, subnets, .required = true, .aliases = WORDS("subnet_ids"), .example = "[subnet-0123]",
      .doc = "Subnets, up to 16."),
};
#undef F
const struct fields sm_vpc_fields =
    FIELDS(struct sm_vpc, "vpc_config", vpc_rows, .doc = "Network that containers join.");

void sm_put_vpc(struct plan *p, struct node *map, const struct sm_vpc *vpc)
{
    if (!vpc)
        return;
    struct node *n = plan_map(p);
    sm_put_list(p, n, "SecurityGroupIds", &vpc->security_group_ids);
    sm_put_list(p, n, "Subnets", &vpc->subnets);
    plan_put(p, map, "VpcConfig", n);
}

static void may_if(const struct sm_worker *w, const char *action, const struct node *resource,
                   const struct node *condition, const char *reason)
{
    if (w->role)
        plan_grant_if(w->p, w->role, action, resource, condition, w->s->item.name.span,
                      arena_printf(w->p->arena, "%s of step '%.*s' %s", w->noun,
                                   STR(w->s->item.name.s), reason));
}

static void may(const struct sm_worker *w, const char *action, const struct node *resource,
                const char *reason)
{
    may_if(w, action, resource, NULL, reason);
}

/* Where the action knows no narrower resource. */
static void may_any(const struct sm_worker *w, const char *action, const char *reason)
{
    if (w->role)
        plan_grant_any(w->p, w->role, action, w->s->item.name.span,
                       arena_printf(w->p->arena, "%s of step '%.*s' %s", w->noun,
                                    STR(w->s->item.name.s), reason));
}

static struct node *condition(struct plan *p, const char *operator, const char * key,
                              struct node *value)
{
    struct node *inner = plan_map(p), *outer = plan_map(p);
    plan_put(p, inner, key, value);
    plan_put(p, outer, operator, inner);
    return outer;
}

static struct role_decl *make_role(struct plan *p, struct str name, struct str who,
                                   struct span span)
{
    return plan_add_role(p, name, "sagemaker.amazonaws.com", who, span);
}

/* The role's ARN as the state machine writes it. */
static struct node *role_text(struct plan *p, const struct role_decl *role)
{
    struct node *arn = plan_role_arn(p, role);
    if (!role->resource)
        return arn;
    return plan_placeholder(p, arena_printf(p->arena, "%.*sArn", STR(role->resource->id)), arn);
}

struct sm_worker sm_hire(struct plan *p, const struct step *s, struct node *map, const char *key,
                         struct vstr given, const char *noun)
{
    struct sm_worker w = { .p = p, .s = s, .noun = noun };
    if (given.s.n) {
        sm_put(p, map, key, given);
        if (given.runtime) {
            struct diag *d = diag_warning(p->ds, "wide-permission", given.span,
                                          "step '%.*s' may pass on any role of the account: which "
                                          "one is only known at run time",
                                          STR(s->item.name.s));
            diag_help(d, "name the role, or leave it out");
        }
        plan_grant_pass_role(
            p, s,
            given.runtime ? plan_sub(p, "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*")
                          : plan_str(p, given.s),
            "sagemaker.amazonaws.com");
        return w;
    }
    struct str who = arena_printf(p->arena, "%s of step '%.*s'", noun, STR(s->item.name.s));
    w.role = make_role(p, s->item.name.s, who, s->item.name.span);
    plan_put(p, map, key, role_text(p, w.role));
    plan_grant_pass_role(p, s, plan_role_arn(p, w.role), "sagemaker.amazonaws.com");
    return w;
}

struct sm_worker sm_model_worker(struct plan *p, const struct step *s, bool make)
{
    struct str who = S("the pipeline's models");
    struct sm_worker w = { .p = p, .s = s, .noun = "the model" };
    for (size_t i = 0; i < p->roles.n; i++)
        if (str_eq(p->roles.p[i]->who, who))
            w.role = p->roles.p[i];
    if (!w.role && make)
        w.role = make_role(p, S("SageMakerModels"), who, s->item.name.span);
    return w;
}

void sm_put_model_role(struct plan *p, const struct step *s, struct node *map,
                       const struct sm_worker *w)
{
    plan_put(p, map, "ExecutionRoleArn", role_text(p, w->role));
    plan_grant_pass_role(p, s, plan_role_arn(p, w->role), "sagemaker.amazonaws.com");
}

/* Source: SageMaker developer guide, "SageMaker roles": what each Create… needs. */
void sm_may_log(const struct sm_worker *w, const char *group)
{
    static const char *const ACTIONS[] = { "logs:CreateLogGroup", "logs:CreateLogStream",
                                           "logs:DescribeLogStreams", "logs:PutLogEvents" };
    struct plan *p = w->p;
    const char *logs = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"
                       "/aws/sagemaker/";
    const struct node *log = plan_sub(p, "%s%s:*", logs, group);
    for (size_t i = 0; i < sizeof ACTIONS / sizeof *ACTIONS; i++)
        may(w, ACTIONS[i], log, "writes its log");
    may_if(w, "cloudwatch:PutMetricData", plan_text(p, "*"),
           condition(p, "StringLike", "cloudwatch:namespace", plan_text(p, "/aws/sagemaker/*")),
           "reports its metrics");
}

void sm_may_pull(const struct sm_worker *w, struct sm_image image)
{
    static const char *const ACTIONS[] = { "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage",
                                           "ecr:GetDownloadUrlForLayer" };
    if (!image.repository)
        return;
    for (size_t i = 0; i < sizeof ACTIONS / sizeof *ACTIONS; i++)
        may(w, ACTIONS[i], image.repository, "fetches its image");
    may_any(w, "ecr:GetAuthorizationToken", "fetches its image; one logs in to all registries");
}

static void may_read_at(const struct sm_worker *w, struct str uri)
{
    struct str bucket, key;
    if (!split_uri(uri, &bucket, &key))
        return;
    struct plan *p = w->p;
    may(w, "s3:ListBucket", plan_sub(p, "arn:${AWS::Partition}:s3:::%.*s", STR(bucket)),
        "reads its input");
    may(w, "s3:GetObject",
        plan_sub(p, "arn:${AWS::Partition}:s3:::%.*s/%.*s*", STR(bucket), STR(key)),
        "reads its input");
}

void sm_may_fetch(const struct sm_worker *w, const struct node *bucket, const struct node *object)
{
    may(w, "s3:ListBucket", bucket, "fetches its script");
    may(w, "s3:GetObject", object, "fetches its script");
}

static void may_write_at(const struct sm_worker *w, struct str uri)
{
    struct str bucket, key;
    if (!split_uri(uri, &bucket, &key))
        return;
    const char *slash = key.n && key.p[key.n - 1] != '/' ? "/" : "";
    may(w, "s3:PutObject",
        plan_sub(w->p, "arn:${AWS::Partition}:s3:::%.*s/%.*s%s*", STR(bucket), STR(key), slash),
        "writes its output");
}

static void warn_wide(const struct sm_worker *w, bool *warned, struct vstr uri, const char *does,
                      const char *key)
{
    if (!w->role || *warned)
        return;
    *warned = true;
    struct diag *d = diag_warning(
        w->p->ds, "wide-permission", uri.span,
        "%s of step '%.*s' may %s every bucket of the account: the place is only known "
        "at run time",
        w->noun, STR(w->s->item.name.s), does);
    diag_help(d, "name the places that it may be: '%s: [s3://bucket/prefix]'", key);
}

void sm_may_read(struct sm_worker *w, struct vstr uri, const struct vstrs *access)
{
    if (!uri.runtime)
        may_read_at(w, uri.s);
    for (size_t i = 0; i < access->n; i++)
        may_read_at(w, access->items[i].s);
    if (!uri.runtime || access->n)
        return;
    may_if(w, "s3:ListBucket", plan_sub(w->p, "arn:${AWS::Partition}:s3:::*"),
           plan_own_account(w->p), "reads its input");
    may_if(w, "s3:GetObject", plan_sub(w->p, "arn:${AWS::Partition}:s3:::*/*"),
           plan_own_account(w->p), "reads its input");
    warn_wide(w, &w->warned_read, uri, "read", "read_access");
}

void sm_may_write(struct sm_worker *w, struct vstr uri, const struct vstrs *access)
{
    if (!uri.runtime)
        may_write_at(w, uri.s);
    for (size_t i = 0; i < access->n; i++)
        may_write_at(w, access->items[i].s);
    if (!uri.runtime || access->n)
        return;
    may_if(w, "s3:PutObject", plan_sub(w->p, "arn:${AWS::Partition}:s3:::*/*"),
           plan_own_account(w->p), "writes its output");
    warn_wide(w, &w->warned_write, uri, "write to", "write_access");
}

/* A key's ARN or id; an alias stands for whatever key it points to. */
void sm_may_use_key(const struct sm_worker *w, struct vstr key)
{
    static const char *const ACTIONS[] = { "kms:CreateGrant", "kms:Decrypt",
                                           "kms:GenerateDataKey" };
    struct plan *p = w->p;
    const char *keys = "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/";
    const struct node *arn, *when = NULL;
    if (!key.s.n)
        return;
    if (key.runtime) {
        arn = plan_sub(p, "%s*", keys);
    } else if (str_find(key.s, S("alias/"), 0) != SIZE_MAX) {
        arn = plan_sub(p, "%s*", keys);
        struct str alias = str_sub(key.s, str_find(key.s, S("alias/"), 0), key.s.n);
        when = condition(p, "ForAnyValue:StringEquals", "kms:ResourceAliases", plan_str(p, alias));
    } else {
        arn = str_starts(key.s, S("arn:")) ? plan_str(p, key.s)
                                           : plan_sub(p, "%s%.*s", keys, STR(key.s));
    }
    for (size_t i = 0; i < sizeof ACTIONS / sizeof *ACTIONS; i++)
        may_if(w, ACTIONS[i], arn, when, "encrypts with the key");
}

/* Source: SageMaker developer guide, "SageMaker roles", jobs in a VPC. Describe… knows no
 * resources. */
void sm_may_join_network(const struct sm_worker *w, const struct sm_vpc *vpc)
{
    static const char *const LOOK[] = { "ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces",
                                        "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
                                        "ec2:DescribeVpcs" };
    static const char *const CHANGE[] = { "ec2:CreateNetworkInterfacePermission",
                                          "ec2:DeleteNetworkInterface",
                                          "ec2:DeleteNetworkInterfacePermission" };
    struct plan *p = w->p;
    if (!vpc)
        return;
    const char *ec2 = "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}";
    const char *why = "joins the network";
    for (size_t i = 0; i < sizeof LOOK / sizeof *LOOK; i++)
        may_any(w, LOOK[i], "joins the network; one looks at all networks or none");
    for (size_t i = 0; i < sizeof CHANGE / sizeof *CHANGE; i++)
        may(w, CHANGE[i], plan_sub(p, "%s:network-interface/*", ec2), why);
    may(w, "ec2:CreateNetworkInterface", plan_sub(p, "%s:network-interface/*", ec2), why);
    for (size_t i = 0; i < vpc->subnets.n; i++)
        may(w, "ec2:CreateNetworkInterface",
            plan_sub(p, "%s:subnet/%.*s", ec2, STR(vpc->subnets.items[i].s)), why);
    for (size_t i = 0; i < vpc->security_group_ids.n; i++)
        may(w, "ec2:CreateNetworkInterface",
            plan_sub(p, "%s:security-group/%.*s", ec2, STR(vpc->security_group_ids.items[i].s)),
            why);
}

/* ---- what the state machine may do ---------------------------------------------------------- */

/* ARNs hold names in small letters. */
static struct str small(struct plan *p, struct str s)
{
    char *out = arena_alloc(p->arena, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        out[i] = ascii_lower(s.p[i]);
    return (struct str){ out, s.n };
}

/* A generated name is known as far as what is digested into it. */
struct str sm_name_tail(struct plan *p, struct vstr name)
{
    struct str format = S("States.Format('"), hole = S("{}', States.Hash(");
    if (!name.runtime)
        return small(p, name.s);
    size_t end = str_find(name.s, hole, 0);
    if (!str_starts(name.s, format) || end == SIZE_MAX)
        return S("*");
    return arena_printf(p->arena, "%.*s*", STR(small(p, str_sub(name.s, format.n, end))));
}

static struct sm_name given_name(struct plan *p, struct vstr given)
{
    return (struct sm_name){ given, sm_name_tail(p, given) };
}

struct sm_name sm_job_name(struct plan *p, const struct step *s, struct vstr given, size_t max)
{
    if (given.s.n)
        return given_name(p, given);
    return given_name(p, plan_job_name(p, s, max));
}

/* Letters, digits and single dashes. */
static struct str clean(struct plan *p, struct str s)
{
    char *out = arena_alloc(p->arena, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (ascii_is_alnum(s.p[i]))
            out[n++] = ascii_lower(s.p[i]);
        else if (n && out[n - 1] != '-')
            out[n++] = '-';
    }
    while (n && out[n - 1] == '-')
        n--;
    return (struct str){ out, n };
}

struct sm_name sm_fixed_name(struct plan *p, struct str name, struct vstr given, size_t max)
{
    if (given.s.n)
        return given_name(p, given);
    struct sm_name n = { .v = { .span = given.span, .set = true } };
    n.v.s = clean(p, plan_physical_name(p, clean(p, name), max));
    n.tail = n.v.s;
    return n;
}

struct node *sm_arn(struct plan *p, const char *type, struct str tail)
{
    return plan_sub(p, "arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:%s/%.*s",
                    type, STR(tail));
}

void sm_grant(struct plan *p, const struct step *s, const char *action, const char *type,
              struct str tail, const char *reason)
{
    plan_grant(p, s, arena_printf(p->arena, "sagemaker:%s", action).p, sm_arn(p, type, tail),
               reason);
}

/* Source: Step Functions, "IAM policies for SageMaker". */
void sm_grant_job(struct plan *p, const struct step *s, const char *job, const char *type,
                  struct str tail, const char *events)
{
    static const char *const VERBS[] = { "Create", "Describe", "Stop" };
    for (size_t i = 0; i < sizeof VERBS / sizeof *VERBS; i++)
        sm_grant(p, s, arena_printf(p->arena, "%s%s", VERBS[i], job).p, type, tail, "runs its job");
    sm_grant(p, s, "AddTags", type, tail, "tags its job");
    sm_grant(p, s, "ListTags", type, tail, "tags its job");
    plan_grant_sync_rule(
        p, s, arena_printf(p->arena, "StepFunctionsGetEventsForSageMaker%sJobsRule", events).p);
}

/* ---- groups of model packages --------------------------------------------------------------- */

struct package_group {
    struct vany tags;
};

#define F(kind, name, ...) FIELD_##kind(struct package_group, name, __VA_ARGS__)
static const struct field group_rows[] = {
    F(MAP, tags, .check = sm_check_texts, .doc = "Tags of the group."),
};
#undef F
static const struct fields group_fields =
    FIELDS(struct package_group, "sagemaker_model_package_group", group_rows,
           .doc = "A group of model packages.");

static void lower_group(struct plan *p, const struct item *it)
{
    const struct package_group *g = it->body;
    struct resource *r = plan_add_resource(p, it->name.s, "ModelPackageGroup",
                                           "AWS::SageMaker::ModelPackageGroup", it->name.span);
    struct sm_name name = sm_fixed_name(p, it->name.s, (struct vstr){ .span = it->name.span }, 63);
    res_put(p, r, "ModelPackageGroupName", plan_str(p, name.v.s));
    res_put_str(p, r, "ModelPackageGroupDescription", it->description);
    struct node *tags = plan_list(p);
    for (size_t i = 0; g->tags.node && i < g->tags.node->map.n; i++) {
        const struct node_entry *e = &g->tags.node->map.entries[i];
        push_tag(p, tags, e->key, (struct vstr){ .s = sm_text(p, e->value) });
    }
    if (tags->seq.n)
        res_put(p, r, "Tags", tags);
    r->deletion_policy = "Delete";
    plan_publish(p, it, r, "sagemaker_model_package_group");
}

static void check_group(struct diags *ds, const struct item *it)
{
    if (it->description.s.n > 1024)
        diag_error(ds, "out-of-range", it->description.span,
                   "'description' is %zu characters long; expected at most 1024",
                   it->description.s.n);
}

/* ---- engine --------------------------------------------------------------------------------- */

static const struct kind kinds[] = {
    { .type = "sagemaker_model_package_group",
      .roles = ROLE_RESOURCE,
      .alone = true,
      .doc = "A group of model packages in SageMaker's registry.",
      .source = "AWS::SageMaker::ModelPackageGroup",
      .example = "description: Models that tell flowers apart.\n",
      .fields = &group_fields,
      .check = check_group,
      .lower_resource = lower_group },
};

const struct engine engine_sagemaker = {
    .abi = ENGINE_ABI,
    .name = "sagemaker",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
