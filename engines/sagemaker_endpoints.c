/* Amazon SageMaker endpoints and their configurations. Written from the SageMaker API reference
 * (CreateEndpointConfig, CreateEndpoint, UpdateEndpoint, DescribeEndpoint: EndpointStatus) and the
 * States Language, "Variables". */
#include "sagemaker_models.h"

/* ---- configuration -------------------------------------------------------------------------- */

struct serverless {
    struct vint memory_size, max_concurrency, provisioned_concurrency;
};
struct config {
    struct vstr endpoint, endpoint_config_name, model_name, variant_name, instance_type, kms_key;
    struct vint initial_instance_count, volume_size;
    struct venum accelerator_type;
    struct vobj serverless;
    struct vany tags;
};

static void check_path(struct bind *b, const struct field *f, const struct node *value)
{
    if (text_is_runtime_path(value->str))
        return;
    struct diag *d = diag_error(b->ds, "bad-path", value->span, "'%s' is '%.*s'; expected a path",
                                f->key, STR(value->str));
    diag_help(d, "for example '%s: $.EndPoint', where name and config_name stand", f->key);
}

static void check_memory(struct bind *b, const struct field *f, const struct node *value)
{
    if (value->kind == NODE_INT && value->integer % 1024 != 0)
        diag_error(b->ds, "out-of-range", value->span, "'%s' is no multiple of 1024 MB", f->key);
}

#define F(kind, name, ...) FIELD_##kind(struct serverless, name, __VA_ARGS__)
static const struct field serverless_rows[] = {
    F(INT, memory_size, .unit = "MB", .min = 1024, .max = 6144, .dflt = "2048", .runtime = true,
      .check = check_memory, .doc = "Memory, in steps of 1024.",
      .source = "SageMaker ProductionVariantServerlessConfig"),
    F(INT, max_concurrency, .min = 1, .max = 200, .dflt = "5", .runtime = true,
      .doc = "Requests at a time."),
    F(INT, provisioned_concurrency, .min = 1, .max = 200, .runtime = true,
      .doc = "Requests at a time that never wait for a start."),
};
#undef F
static const struct fields serverless_fields =
    FIELDS(struct serverless, "serverless", serverless_rows, .doc = "No machines of its own.");

#define F(kind, name, ...) FIELD_##kind(struct config, name, __VA_ARGS__)
static const struct field config_rows[] = {
    F(STR, endpoint, .runtime = true, .check = check_path, .example = "\"$.EndPoint\"",
      .doc = "Path to the endpoint in the data: config_name there names the configuration."),
    F(STR, endpoint_config_name, .runtime = true, .check = sm_check_name,
      .doc = "The configuration's name, in place of a path; a new one for each execution by "
             "default. One that has it is deleted first."),
    F(STR, model_name, .required = true, .runtime = true, .aliases = WORDS("model_name_path"),
      .check = sm_check_name, .example = "\"$.model_name\"",
      .doc = "The model: its name, or that of the step that makes it."),
    F(STR, variant_name, .runtime = true, .check = sm_check_name,
      .doc = "Name of the variant; the model's by default."),
    F(STR, instance_type, .runtime = true, .example = "c5.2xlarge",
      .doc = "Kind of machine, with or without 'ml.'."),
    F(INT, initial_instance_count, .min = 1, .max = 10000, .dflt = "1", .runtime = true,
      .doc = "How many machines to begin with."),
    F(INT, volume_size, .unit = "GB", .min = 1, .max = 512, .runtime = true,
      .doc = "Disk of each machine."),
    F(ENUM, accelerator_type,
      .values = WORDS("ml.eia1.medium", "ml.eia1.large", "ml.eia1.xlarge", "ml.eia2.medium",
                      "ml.eia2.large", "ml.eia2.xlarge"),
      .doc = "Accelerator of each machine."),
    F(OBJ, serverless, .sub = &serverless_fields, .doc = "No machines, in place of instance_type."),
    F(STR, kms_key, .runtime = true, .aliases = WORDS("kms_key_id"),
      .doc = "Key that encrypts the disks."),
    F(MAP, tags, .check = sm_check_texts, .doc = "Tags, besides the stage's."),
};
#undef F
static const struct fields config_fields =
    FIELDS(struct config, "sagemaker_endpoint_config", config_rows,
           .doc = "Makes the configuration of an endpoint.");

static void check_config(struct diags *ds, const struct item *it)
{
    const struct config *c = it->body;
    if (c->endpoint.set && c->endpoint_config_name.set)
        diag_error(ds, "conflict", c->endpoint_config_name.span,
                   "'endpoint' and 'endpoint_config_name' exclude each other");
    bool serverless = c->serverless.p != NULL;
    if (c->instance_type.set == serverless) {
        struct diag *d = diag_error(ds, serverless ? "conflict" : "missing-key", it->name.span,
                                    "'%.*s' has %s of 'instance_type' and 'serverless'",
                                    STR(it->name.s), serverless ? "both" : "none");
        diag_help(d, "for example 'instance_type: ml.c5.2xlarge'");
    }
}

/* The member `key` of what `path` leads to. */
static struct vstr member(struct plan *p, struct vstr path, const char *key)
{
    path.s = sm_below(p, path.s, key);
    return path;
}

/* A name of its own must not depend on the state's retries: the endpoint's step says it again. */
static struct sm_name config_name(struct plan *p, const struct step *s, const struct config *c)
{
    struct step plain = *s;
    plain.common.retry.n = 0;
    if (c->endpoint.set)
        return sm_job_name(p, s, member(p, c->endpoint, "config_name"), 63);
    return sm_job_name(p, &plain, c->endpoint_config_name, 63);
}

static struct node *variant_node(struct plan *p, const struct config *c)
{
    const struct serverless *sl = c->serverless.p;
    struct vstr model = sm_find_name(p, c->model_name, "sagemaker_model");
    struct node *n = plan_map(p);
    sm_put(p, n, "VariantName", c->variant_name.set ? c->variant_name : model);
    sm_put(p, n, "ModelName", model);
    if (sl) {
        struct node *config = plan_map(p);
        sm_put_int(p, config, "MemorySizeInMB", sl->memory_size);
        sm_put_int(p, config, "MaxConcurrency", sl->max_concurrency);
        sm_put_int(p, config, "ProvisionedConcurrency", sl->provisioned_concurrency);
        plan_put(p, n, "ServerlessConfig", config);
        return n;
    }
    struct vstr type = c->instance_type;
    if (!type.runtime && !str_starts(type.s, S("ml.")))
        type.s = arena_printf(p->arena, "ml.%.*s", STR(type.s));
    sm_put_int(p, n, "InitialInstanceCount", c->initial_instance_count);
    sm_put(p, n, "InstanceType", type);
    plan_put(p, n, "InitialVariantWeight", plan_int(p, 1));
    sm_put(p, n, "AcceleratorType", sm_word(&c->accelerator_type));
    sm_put_int(p, n, "VolumeSizeInGB", c->volume_size);
    return n;
}

static void lower_config(struct plan *p, const struct step *s)
{
    const struct config *c = s->item.body;
    struct sm_name name = config_name(p, s, c);
    bool given = c->endpoint.set || c->endpoint_config_name.set;
    struct state *gone = NULL;
    if (given) {
        gone = plan_add_helper_task(p, s, "SageMaker: Delete Endpoint Config ",
                                    "aws-sdk:sagemaker:deleteEndpointConfig");
        task_arg(p, gone, "EndpointConfigName", name.v);
        sm_grant(p, s, "DeleteEndpointConfig", "endpoint-config", name.tail,
                 "replaces the configuration");
    }
    struct state *t =
        plan_add_task(p, s, "SageMaker: Create Endpoint Config ", "sagemaker:createEndpointConfig");
    if (gone)
        plan_catch(p, gone, "SageMaker.SageMakerException", NULL, t);
    struct node *params = plan_map(p), *variants = plan_list(p);
    sm_put(p, params, "EndpointConfigName", name.v);
    node_push(p->arena, variants, variant_node(p, c));
    plan_put(p, params, "ProductionVariants", variants);
    sm_put(p, params, "KmsKeyId", c->kms_key);
    sm_put_tags(p, params, c->tags.node);
    plan_put(p, t->body, "Parameters", params);
    sm_narrow_retry(p, s, t);
    sm_grant(p, s, "CreateEndpointConfig", "endpoint-config", name.tail, "makes the configuration");
    sm_grant(p, s, "AddTags", "endpoint-config", name.tail, "tags the configuration");
    sm_grant(p, s, "ListTags", "endpoint-config", name.tail, "tags the configuration");
    sm_publish_name(p, &s->item, name.v.s, "sagemaker_endpoint_config");
}

/* ---- endpoint: fields ----------------------------------------------------------------------- */

struct endpoint {
    struct vstr endpoint, endpoint_name, endpoint_config_name, endpoint_config_ref;
    struct vany wait_for_completion, tags;
    struct vint retry_count, poll_seconds;
};

/* Old blueprints write it as a word in quotes. */
static bool is_yes(const struct node *n)
{
    return n && (n->kind == NODE_BOOL
                     ? n->boolean
                     : n->kind == NODE_STR && n->str.n &&
                           (ascii_lower(n->str.p[0]) == 'y' || ascii_lower(n->str.p[0]) == 't'));
}

static void check_wait(struct bind *b, const struct field *f, const struct node *value)
{
    static const char *const ANSWERS[] = { "y", "yes", "true", "n", "no", "false" };
    bool good = value->kind == NODE_BOOL;
    for (size_t i = 0; value->kind == NODE_STR && i < sizeof ANSWERS / sizeof *ANSWERS; i++)
        good = good || (str_distance(value->str, str_from(ANSWERS[i])) == 0 &&
                        value->str.n == strlen(ANSWERS[i]));
    if (!good)
        diag_error(b->ds, "wrong-type", value->span, "'%s' is %s; expected true or false", f->key,
                   value->kind == NODE_STR ? "another word" : node_kind_name(value));
}

#define F(kind, name, ...) FIELD_##kind(struct endpoint, name, __VA_ARGS__)
static const struct field endpoint_rows[] = {
    F(STR, endpoint, .runtime = true, .check = check_path, .example = "\"$.EndPoint\"",
      .doc = "Path to the endpoint in the data: its name and config_name."),
    F(STR, endpoint_name, .runtime = true, .check = sm_check_name,
      .doc = "The endpoint's name, in place of a path; <pipeline>-<name> by default."),
    F(STR, endpoint_config_name, .runtime = true, .check = sm_check_name,
      .doc = "Name of its configuration."),
    F(STR, endpoint_config_ref, .example = "iris-endpoint-config",
      .doc = "The step that makes its configuration."),
    F(ANY, wait_for_completion, .check = check_wait, .example = "true",
      .doc = "Wait until the endpoint is in service; fail if it does not get there."),
    F(INT, retry_count, .min = 1, .max = 10000, .dflt = "120",
      .doc = "How often to look whether it is ready, before it is changed and after."),
    F(INT, poll_seconds, .unit = "seconds", .min = 1, .max = 3600, .dflt = "15",
      .doc = "Time between two looks."),
    F(MAP, tags, .check = sm_check_texts, .doc = "Tags, besides the stage's."),
};
#undef F
static const struct fields endpoint_fields =
    FIELDS(struct endpoint, "sagemaker_endpoint", endpoint_rows,
           .doc = "Makes an endpoint, or updates the one that there is.");

static void check_endpoint(struct diags *ds, const struct item *it)
{
    const struct endpoint *e = it->body;
    int ways = e->endpoint.set + e->endpoint_config_name.set + e->endpoint_config_ref.set;
    if (ways == 1 && !(e->endpoint.set && e->endpoint_name.set))
        return;
    struct diag *d;
    if (ways == 0)
        d = diag_error(ds, "missing-key", it->name.span, "'%.*s' has no configuration",
                       STR(it->name.s));
    else
        d = diag_error(ds, "conflict", it->name.span,
                       "'%.*s' has more than one of endpoint, %s and endpoint_config_ref",
                       STR(it->name.s), ways > 1 ? "endpoint_config_name" : "endpoint_name");
    diag_help(d, "for example 'endpoint_config_ref: iris-config'");
}

/* ---- endpoint: lowering --------------------------------------------------------------------- */

struct making {
    struct plan *p;
    const struct step *s;
    const struct endpoint *e;
    struct sm_name name;                       /* of the endpoint */
    struct vstr config;                        /* name of its configuration */
    struct str polls, status, detail, current; /* variables */
};

static struct str variable(struct plan *p, const struct step *s, const char *what)
{
    struct str name = s->item.name.s;
    char *out = arena_alloc(p->arena, name.n + 1);
    size_t n = name.n < 60 ? name.n : 60;
    for (size_t i = 0; i < n; i++)
        out[i] = ascii_is_alnum(name.p[i]) ? name.p[i] : '_';
    const char *head = ascii_is_alpha(out[0]) ? "" : "endpoint_";
    return arena_printf(p->arena, "%s%.*s_%s", head, (int)n, out, what);
}

static struct str dollar(const struct making *m, struct str name)
{
    return arena_printf(m->p->arena, "$%.*s", STR(name));
}

static void assign(const struct making *m, struct node *map, struct str name, const char *text)
{
    node_put(m->p->arena, map, arena_printf(m->p->arena, "%.*s.$", STR(name)), m->s->item.name.span,
             plan_text(m->p, text));
}

static struct node *assigns_of(struct plan *p, struct state *st)
{
    struct node *map = node_get(st->body, S("Assign"));
    if (!map) {
        map = plan_map(p);
        plan_put(p, st->body, "Assign", map);
    }
    return map;
}

static void count_from_zero(const struct making *m, struct state *st)
{
    node_put(m->p->arena, assigns_of(m->p, st), m->polls, m->s->item.name.span, plan_int(m->p, 0));
}

static struct node *compare(const struct making *m, struct str name, const char *how,
                            struct node *with)
{
    struct node *n = plan_map(m->p);
    plan_put(m->p, n, "Variable", plan_str(m->p, dollar(m, name)));
    plan_put(m->p, n, how, with);
    return n;
}

static struct node *combine(struct plan *p, const char *how, struct node *a, struct node *b)
{
    struct node *list = plan_list(p), *n = plan_map(p);
    node_push(p->arena, list, a);
    node_push(p->arena, list, b);
    plan_put(p, n, how, list);
    return n;
}

/* One of the statuses, separated by blanks. Source: DescribeEndpoint, EndpointStatus. */
static struct node *status_is(const struct making *m, const char *statuses)
{
    struct str rest = str_from(statuses), status;
    struct node *list = plan_list(m->p), *n = plan_map(m->p), *one = NULL;
    while (str_split(&rest, ' ', &status)) {
        one = compare(m, m->status, "StringEquals", plan_str(m->p, status));
        node_push(m->p->arena, list, one);
    }
    plan_put(m->p, n, "Or", list);
    return list->seq.n == 1 ? one : n;
}

/* DescribeEndpoint tells of a missing endpoint by an error that has no name of its own. */
static struct node *is_missing(const struct making *m)
{
    return combine(
        m->p, "And", status_is(m, "Unknown"),
        compare(m, m->detail, "StringMatches", plan_text(m->p, "*Could not find endpoint*")));
}

static struct node *is_late(const struct making *m)
{
    return compare(m, m->polls, "NumericGreaterThanEquals",
                   node_int(m->p->arena, m->e->retry_count.span, m->e->retry_count.v));
}

/* Looks at the endpoint; an error is a status of its own, so that one that passes does no harm. */
static struct state *add_look(const struct making *m, const char *prefix)
{
    struct plan *p = m->p;
    struct state *t = plan_add_helper_task(p, m->s, prefix, "aws-sdk:sagemaker:describeEndpoint");
    task_arg(p, t, "EndpointName", m->name.v);
    struct node *seen = plan_map(p);
    assign(m, seen, m->status, "$.EndpointStatus");
    assign(m, seen, m->current, "$.EndpointConfigName");
    assign(m, seen, m->detail, "States.JsonToString($)");
    plan_put(p, t->body, "Assign", seen);
    return t;
}

static void catch_look(const struct making *m, struct state *look, struct state *to)
{
    struct plan *p = m->p;
    struct node *unseen = plan_map(p);
    node_put(p->arena, unseen, m->status, m->s->item.name.span, plan_text(p, "Unknown"));
    node_put(p->arena, unseen, m->current, m->s->item.name.span, plan_text(p, ""));
    assign(m, unseen, m->detail, "$.Cause");
    plan_catch(p, look, "SageMaker.SageMakerException", unseen, to);
}

static struct state *add_pause(const struct making *m, const char *prefix, struct state *then)
{
    struct plan *p = m->p;
    struct state *st = plan_add_helper(p, m->s, "Wait", prefix);
    plan_put(p, st->body, "Seconds",
             node_int(p->arena, m->e->poll_seconds.span, m->e->poll_seconds.v));
    struct str more = arena_printf(p->arena, "States.MathAdd($%.*s, 1)", STR(m->polls));
    assign(m, assigns_of(p, st), m->polls, more.p);
    plan_goto(p, st, then);
    return st;
}

/* Creating or updating: what the step is about. Goes behind the step until told otherwise. */
static struct state *add_change(const struct making *m, const char *prefix, const char *action)
{
    struct plan *p = m->p;
    struct state *t = plan_add_task(p, m->s, prefix, action);
    task_arg(p, t, "EndpointName", m->name.v);
    task_arg(p, t, "EndpointConfigName", m->config);
    sm_narrow_retry(p, m->s, t);
    plan_goto(p, t, NULL);
    return t;
}

/* In service with the new configuration is the only good end: after a rollback it has the old. */
static void add_watch(const struct making *m, struct state *update, struct state *create)
{
    struct plan *p = m->p;
    struct state *look = add_look(m, "SageMaker: Watch Endpoint ");
    struct state *which = plan_add_helper(p, m->s, "Choice", "Branch: Endpoint in Service ");
    struct state *pause = add_pause(m, "Wait: Endpoint ", look);
    struct state *failed = plan_add_failure(p, m->s, "Fail: Endpoint ", "SageMaker.EndpointFailed",
                                            dollar(m, m->detail));
    struct state *late = plan_add_failure(p, m->s, "Fail: Endpoint Too Late ",
                                          "SageMaker.EndpointTimeout", dollar(m, m->detail));
    struct str wanted = dollar(m, variable(p, m->s, "config"));
    catch_look(m, look, which);
    plan_add_case(p, which,
                  combine(p, "And", status_is(m, "InService"),
                          compare(m, m->current, "StringEqualsPath", plan_str(p, wanted))),
                  "in service", NULL);
    plan_add_case(p, which,
                  combine(p, "Or",
                          status_is(m, "InService Failed OutOfService UpdateRollbackFailed "
                                       "Deleting"),
                          is_missing(m)),
                  "failed", failed);
    plan_add_case(p, which, is_late(m), "too late", late);
    plan_add_case(p, which, NULL, NULL, pause);
    struct state *changes[] = { update, create };
    for (size_t i = 0; i < 2; i++) {
        count_from_zero(m, changes[i]);
        plan_goto(p, changes[i], pause);
    }
}

/* What there is decides: in service, it is updated; failed, it is deleted and made anew; busy with
 * somebody else's change, it is waited for. */
static void add_endpoint(const struct making *m)
{
    struct plan *p = m->p;
    struct state *begin = plan_add_helper(p, m->s, "Pass", "SageMaker: Begin Endpoint ");
    count_from_zero(m, begin);
    struct vstr wanted = m->config;
    if (is_yes(m->e->wait_for_completion.node)) {
        struct str key = variable(p, m->s, "config");
        sm_put(p, assigns_of(p, begin), key.p, wanted);
    }
    struct state *look = add_look(m, "SageMaker: Describe Endpoint ");
    struct state *which = plan_add_helper(p, m->s, "Choice", "Branch: Endpoint ");
    struct state *update = add_change(m, "SageMaker: Update Endpoint ", "sagemaker:updateEndpoint");
    struct state *create = add_change(m, "SageMaker: Create Endpoint ", "sagemaker:createEndpoint");
    sm_put_tags(p, node_get(create->body, S("Parameters")), m->e->tags.node);
    struct state *remove = plan_add_helper_task(p, m->s, "SageMaker: Delete Endpoint ",
                                                "aws-sdk:sagemaker:deleteEndpoint");
    task_arg(p, remove, "EndpointName", m->name.v);
    struct state *pause = add_pause(m, "Wait: Endpoint Busy ", look);
    plan_goto(p, remove, pause);
    struct state *busy = plan_add_failure(p, m->s, "Fail: Endpoint Busy ", "SageMaker.EndpointBusy",
                                          dollar(m, m->detail));
    catch_look(m, look, which);
    plan_add_case(p, which, status_is(m, "InService UpdateRollbackFailed"), "in service", update);
    plan_add_case(p, which, is_missing(m), "missing", create);
    plan_add_case(p, which, is_late(m), "busy too long", busy);
    plan_add_case(p, which, status_is(m, "Failed OutOfService"), "failed", remove);
    plan_add_case(p, which, NULL, NULL, pause);
    if (is_yes(m->e->wait_for_completion.node))
        add_watch(m, update, create);
}

static void grant_endpoint(const struct making *m, struct str config_tail)
{
    static const struct {
        const char *action, *reason;
    } ON_ENDPOINT[] = {
        { "DescribeEndpoint", "looks at the endpoint" },
        { "CreateEndpoint", "makes the endpoint" },
        { "UpdateEndpoint", "updates the endpoint" },
        { "DeleteEndpoint", "replaces an endpoint that failed" },
        { "AddTags", "tags the endpoint" },
        { "ListTags", "tags the endpoint" },
    };
    for (size_t i = 0; i < sizeof ON_ENDPOINT / sizeof *ON_ENDPOINT; i++)
        sm_grant(m->p, m->s, ON_ENDPOINT[i].action, "endpoint", m->name.tail,
                 ON_ENDPOINT[i].reason);
    sm_grant(m->p, m->s, "CreateEndpoint", "endpoint-config", config_tail, "makes the endpoint");
    sm_grant(m->p, m->s, "UpdateEndpoint", "endpoint-config", config_tail, "updates the endpoint");
}

/* The configuration's name; what the step that it refers to calls it. */
static struct vstr find_config(struct plan *p, const struct endpoint *e)
{
    if (e->endpoint.set)
        return member(p, e->endpoint, "config_name");
    if (!e->endpoint_config_ref.set)
        return sm_find_name(p, e->endpoint_config_name, "sagemaker_endpoint_config");
    if (!plan_find(p, e->endpoint_config_ref, "sagemaker_endpoint_config"))
        return (struct vstr){ .s = S("none"), .span = e->endpoint_config_ref.span };
    struct vstr name = sm_find_name(p, e->endpoint_config_ref, "sagemaker_endpoint_config");
    if (str_find(name.s, S("States.UUID"), 0) != SIZE_MAX) {
        struct diag *d = diag_error(p->ds, "conflict", name.span,
                                    "inside of a map the configuration's name is not known");
        diag_help(d, "give both an 'endpoint_config_name'");
    }
    return name;
}

static void lower_endpoint(struct plan *p, const struct step *s)
{
    const struct endpoint *e = s->item.body;
    struct vstr given = e->endpoint.set ? member(p, e->endpoint, "name") : e->endpoint_name;
    struct making m = { .p = p,
                        .s = s,
                        .e = e,
                        .name = sm_fixed_name(p, s->item.name.s, given, 63),
                        .config = find_config(p, e),
                        .polls = variable(p, s, "polls"),
                        .status = variable(p, s, "status"),
                        .detail = variable(p, s, "detail"),
                        .current = variable(p, s, "current_config") };
    add_endpoint(&m);
    grant_endpoint(&m, sm_name_tail(p, m.config));
}

/* ---- engine --------------------------------------------------------------------------------- */

static const struct kind kinds[] = {
    { .type = "sagemaker_endpoint",
      .roles = ROLE_STEP,
      .doc = "Makes an endpoint, or updates the one that there is.",
      .source = "SageMaker CreateEndpoint, UpdateEndpoint, DescribeEndpoint",
      .example = "endpoint_config_name: flowers\n"
                 "wait_for_completion: true\n",
      .fields = &endpoint_fields,
      .check = check_endpoint,
      .lower_step = lower_endpoint },
    { .type = "sagemaker_endpoint_config",
      .roles = ROLE_STEP,
      .doc = "Makes the configuration of an endpoint.",
      .source = "SageMaker CreateEndpointConfig",
      .example = "model_name: flowers\n"
                 "serverless: {memory_size: 2048}\n",
      .fields = &config_fields,
      .check = check_config,
      .lower_step = lower_config },
};

const struct engine engine_sagemaker_endpoints = {
    .abi = ENGINE_ABI,
    .name = "sagemaker_endpoints",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
