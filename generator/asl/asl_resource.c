/* What a task calls. Sources: AWS developer guide, "Integrating services" (optimized integrations
 * and their patterns), API references (required parameters); AWS rejects an action that its table
 * lacks ("is not recognized"). */
#include "asl/asl_check.h"

#include "asl/asl_text.h"

enum {
    R = 1 << ASL_REQUEST,
    S1 = 1 << ASL_SYNC,
    S2 = 1 << ASL_SYNC_2,
    T = 1 << ASL_TASK_TOKEN,
};

struct integration {
    struct str name; /* service:action */
    uint8_t patterns;
    const char *needs[3]; /* parameters that must be given */
};

/* clang-format off */
#define I(name, patterns, ...) { S_INIT(name), patterns, { __VA_ARGS__ } }
static const struct integration integrations[] = {
    I("apigateway:invoke",                          R | T,           "ApiEndpoint", "Method"),
    I("athena:getQueryExecution",                   R,               "QueryExecutionId"),
    I("athena:getQueryResults",                     R,               "QueryExecutionId"),
    I("athena:startQueryExecution",                 R | S1,          "QueryString"),
    I("athena:stopQueryExecution",                  R,               "QueryExecutionId"),
    I("batch:submitJob",                            R | S1,          "JobName", "JobQueue", "JobDefinition"),
    I("bedrock:createModelCustomizationJob",        R | S1,          NULL),
    I("bedrock:invokeModel",                        R,               "ModelId"),
    I("codebuild:batchDeleteBuilds",                R,               NULL),
    I("codebuild:batchGetReports",                  R,               NULL),
    I("codebuild:startBuild",                       R | S1,          "ProjectName"),
    I("codebuild:startBuildBatch",                  R | S1,          "ProjectName"),
    I("codebuild:stopBuild",                        R,               NULL),
    I("codebuild:stopBuildBatch",                   R,               NULL),
    I("codebuild:retryBuildBatch",                  R,               NULL),
    I("codebuild:deleteBuildBatch",                 R,               NULL),
    I("databrew:startJobRun",                       R | S1,          "Name"),
    I("dynamodb:deleteItem",                        R,               "TableName", "Key"),
    I("dynamodb:getItem",                           R,               "TableName", "Key"),
    I("dynamodb:putItem",                           R,               "TableName", "Item"),
    I("dynamodb:updateItem",                        R,               "TableName", "Key"),
    I("ecs:runTask",                                R | S1 | T,      "TaskDefinition"),
    I("eks:call",                                   R,               NULL),
    I("eks:createCluster",                          R | S1,          NULL),
    I("eks:createFargateProfile",                   R | S1,          NULL),
    I("eks:createNodegroup",                        R | S1,          NULL),
    I("eks:deleteCluster",                          R | S1,          NULL),
    I("eks:deleteFargateProfile",                   R | S1,          NULL),
    I("eks:deleteNodegroup",                        R | S1,          NULL),
    I("eks:runJob",                                 R | S1,          NULL),
    I("elasticmapreduce:addStep",                   R | S1,          "ClusterId"),
    I("elasticmapreduce:cancelStep",                R,               "ClusterId"),
    I("elasticmapreduce:createCluster",             R | S1,          "Name"),
    I("elasticmapreduce:modifyInstanceFleetByName", R,               "ClusterId"),
    I("elasticmapreduce:modifyInstanceGroupByName", R,               "ClusterId"),
    I("elasticmapreduce:setClusterTerminationProtection", R,         "ClusterId"),
    I("elasticmapreduce:terminateCluster",          R | S1,          "ClusterId"),
    I("emr-containers:createVirtualCluster",        R,               NULL),
    I("emr-containers:deleteVirtualCluster",        R | S1,          NULL),
    I("emr-containers:startJobRun",                 R | S1,          "VirtualClusterId"),
    I("emr-serverless:cancelJobRun",                R | S1,          "ApplicationId"),
    I("emr-serverless:createApplication",           R | S1,          NULL),
    I("emr-serverless:deleteApplication",           R | S1,          "ApplicationId"),
    I("emr-serverless:startApplication",            R | S1,          "ApplicationId"),
    I("emr-serverless:startJobRun",                 R | S1,          "ApplicationId"),
    I("emr-serverless:stopApplication",             R | S1,          "ApplicationId"),
    I("events:putEvents",                           R | T,           "Entries"),
    I("glue:startJobRun",                           R | S1,          "JobName"),
    I("http:invoke",                                R,               "ApiEndpoint", "Method"),
    I("lambda:invoke",                              R | T,           "FunctionName"),
    I("lambda:listFunctions",                       R,               NULL), /* in no guide, but recorded */
    I("mediaconvert:createJob",                     R | S1,          NULL),
    I("sagemaker:createEndpoint",                   R,               "EndpointName"),
    I("sagemaker:createEndpointConfig",             R,               "EndpointConfigName"),
    I("sagemaker:createHyperParameterTuningJob",    R | S1,          NULL),
    I("sagemaker:createLabelingJob",                R | S1,          NULL),
    I("sagemaker:createModel",                      R,               "ModelName"),
    I("sagemaker:createProcessingJob",              R | S1,          "ProcessingJobName"),
    I("sagemaker:createTrainingJob",                R | S1,          "TrainingJobName"),
    I("sagemaker:createTransformJob",               R | S1,          "TransformJobName"),
    I("sagemaker:updateEndpoint",                   R,               "EndpointName"),
    I("sns:publish",                                R | T,           "Message"),
    I("sqs:sendMessage",                            R | T,           "QueueUrl", "MessageBody"),
    I("states:startExecution",                      R | S1 | S2 | T, "StateMachineArn"),
};
#undef I
/* clang-format on */
enum { INTEGRATIONS = sizeof integrations / sizeof *integrations };

/* The text up to the next ':' that is in no placeholder. */
static struct str next_part(struct str *rest)
{
    size_t i = 0, placeholder = 0;
    for (; i < rest->n && (placeholder > 0 || rest->p[i] != ':'); i++) {
        if (rest->p[i] == '$' && i + 1 < rest->n && rest->p[i + 1] == '{')
            placeholder++;
        else if (rest->p[i] == '}' && placeholder > 0)
            placeholder--;
    }
    struct str part = str_sub(*rest, 0, i);
    *rest = str_sub(*rest, i < rest->n ? i + 1 : i, rest->n);
    return part;
}

/* Takes .sync, .sync:2 or .waitForTaskToken off the end. */
static enum asl_pattern take_pattern(struct str *text)
{
    static const struct {
        struct str end;
        enum asl_pattern pattern;
    } ends[] = { { S_INIT(".sync"), ASL_SYNC },
                 { S_INIT(".sync:2"), ASL_SYNC_2 },
                 { S_INIT(".waitForTaskToken"), ASL_TASK_TOKEN } };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (str_ends(*text, ends[i].end)) {
            text->n -= ends[i].end.n;
            return ends[i].pattern;
        }
    }
    return ASL_REQUEST;
}

/* arn:PARTITION:SERVICE:REGION:ACCOUNT:rest */
struct asl_resource asl_resource_parse(struct str text)
{
    struct asl_resource r = { .pattern = ASL_RESOURCE_NO };
    struct str rest = text;
    if (!str_eq(next_part(&rest), S("arn")))
        return r;
    next_part(&rest);
    struct str service = next_part(&rest);
    next_part(&rest);
    next_part(&rest);
    if (str_eq(service, S("lambda")) && str_starts(rest, S("function:"))) {
        r.kind = ASL_RESOURCE_LAMBDA;
        r.service = service;
        r.action = str_sub(rest, 9, rest.n);
        return r;
    }
    if (!str_eq(service, S("states")))
        return r;
    if (str_starts(rest, S("activity:"))) {
        r.kind = ASL_RESOURCE_ACTIVITY;
        r.service = S("activity");
        r.action = str_sub(rest, 9, rest.n);
        return r;
    }
    r.pattern = take_pattern(&rest);
    r.kind = ASL_RESOURCE_SERVICE;
    if (str_starts(rest, S("aws-sdk:"))) {
        r.kind = ASL_RESOURCE_SDK;
        next_part(&rest);
    }
    r.service = next_part(&rest);
    r.action = rest;
    return r;
}

static const struct integration *find_integration(struct str name)
{
    for (size_t i = 0; i < INTEGRATIONS; i++)
        if (str_eq(integrations[i].name, name))
            return &integrations[i];
    return NULL;
}

static void report_unrecognized(struct check *c, const struct asl_value *v, struct str name,
                                const struct asl_resource *r)
{
    struct diag *d = diag_error(c->ds, "unknown-resource", v->node->span,
                                "there is no integration %.*s", STR(asl_shown(c->a, name)));
    struct str names[INTEGRATIONS];
    for (size_t i = 0; i < INTEGRATIONS; i++)
        names[i] = integrations[i].name;
    if (diag_nearest(name, names, INTEGRATIONS) != SIZE_MAX)
        diag_suggest(d, name, names, INTEGRATIONS);
    else
        diag_help(d, "any API can be called as 'aws-sdk:%.*s:%.*s'", STR(r->service),
                  STR(r->action));
}

static const char *const pattern_names[] = { "", ".sync", ".sync:2", ".waitForTaskToken", "" };

static bool has_parameter(const struct node *map, struct str name)
{
    for (size_t i = 0; i < map->map.n; i++) {
        struct str key = map->map.entries[i].key;
        if (str_eq(key, name) ||
            (key.n == name.n + 2 && str_starts(key, name) && str_ends(key, S(".$"))))
            return true;
    }
    return false;
}

/* Without Parameters the state's input is what the service gets: that may be meant. */
static void check_needs(struct check *c, const struct asl_state *s, const struct integration *i)
{
    const struct asl_value *given = &s->parameters;
    if (!ASL_SET(*given) && i->needs[0]) {
        diag_warning(c->ds, "missing-parameter", s->task.resource.node->span,
                     "'%.*s' needs '%s', and there is no '%s'", STR(i->name), i->needs[0],
                     s->lang == ASL_JSONATA ? "Arguments" : "Parameters");
        return;
    }
    if (given->form != ASL_JSON || given->node->kind != NODE_MAP)
        return;
    for (size_t k = 0; k < 3 && i->needs[k]; k++)
        if (!has_parameter(given->node, str_from(i->needs[k])))
            diag_error(c->ds, "missing-parameter", given->key, "'%.*s' needs '%s'", STR(i->name),
                       i->needs[k]);
}

static void check_service(struct check *c, const struct asl_state *s, const struct asl_resource *r)
{
    const struct asl_value *v = &s->task.resource;
    struct str name = arena_printf(c->a, "%.*s:%.*s", STR(r->service), STR(r->action));
    const struct integration *i = find_integration(name);
    if (!i) {
        report_unrecognized(c, v, name, r);
        return;
    }
    if (!(i->patterns & (1 << r->pattern)))
        diag_error(c->ds, "unsupported-pattern", v->node->span, "'%.*s' cannot be called with '%s'",
                   STR(name), pattern_names[r->pattern]);
    check_needs(c, s, i);
}

static void check_sdk(struct check *c, const struct asl_value *v, const struct asl_resource *r)
{
    if (r->pattern == ASL_SYNC || r->pattern == ASL_SYNC_2)
        diag_error(c->ds, "unsupported-pattern", v->node->span,
                   "an SDK integration cannot be called with '%s'", pattern_names[r->pattern]);
    if (r->service.n == 0 || r->action.n == 0)
        diag_error(c->ds, "unknown-resource", v->node->span,
                   "%.*s lacks a service or an action; expected 'aws-sdk:service:action'",
                   STR(asl_shown(c->a, v->text)));
    else if (ascii_is_upper(r->action.p[0]))
        diag_error(c->ds, "unknown-resource", v->node->span,
                   "action '%.*s' begins with a capital; expected '%c%.*s'", STR(r->action),
                   ascii_lower(r->action.p[0]), STR(str_sub(r->action, 1, r->action.n)));
}

static void check_express(struct check *c, const struct asl_value *v, const struct asl_resource *r)
{
    if (!c->express)
        return;
    if (r->kind == ASL_RESOURCE_ACTIVITY)
        diag_error(c->ds, "express", v->node->span, "an express workflow cannot run activities");
    if (r->pattern == ASL_SYNC || r->pattern == ASL_SYNC_2 || r->pattern == ASL_TASK_TOKEN)
        diag_error(c->ds, "express", v->node->span, "an express workflow cannot use '%s'",
                   pattern_names[r->pattern]);
}

static void check_token(struct check *c, const struct asl_state *s, const struct asl_resource *r)
{
    const struct asl_value *v = &s->task.resource;
    bool waits = r->pattern == ASL_TASK_TOKEN;
    bool has = waits || r->pattern == ASL_SYNC || r->pattern == ASL_SYNC_2;
    if (waits && !c->reads_token && s->parameters.form != ASL_EXPRESSION)
        diag_warning(c->ds, "task-token", v->node->span,
                     "nothing hands the task token on, so nobody can call back");
    if (!has && c->reads_token && r->kind != ASL_RESOURCE_OTHER)
        diag_warning(c->ds, "task-token", v->node->span,
                     "there is no task token without '.waitForTaskToken'");
}

/* Other URIs are let through with a warning: AWS knows more partitions and services than we do. */
static void check_other(struct check *c, const struct asl_value *v)
{
    struct str scheme = str_sub(v->text, 0, v->text.n);
    size_t colon = str_find_char(scheme, ':', 0);
    bool uri = colon != SIZE_MAX && colon > 0;
    for (size_t i = 0; i < v->text.n; i++)
        uri &= !ascii_is_space(v->text.p[i]) && (i >= colon || ascii_is_alnum(v->text.p[i]));
    struct str shown = asl_shown(c->a, v->text);
    if (uri) {
        diag_warning(c->ds, "unknown-resource", v->node->span,
                     "'%.*s' is %.*s; no function, activity or service that is known",
                     STR(v->field->key), STR(shown));
        return;
    }
    struct diag *d = diag_error(c->ds, "bad-resource", v->node->span,
                                "'%.*s' is %.*s; expected an ARN", STR(v->field->key), STR(shown));
    if (asl_has_placeholder(v->text))
        diag_help(d, "a placeholder must be filled in before the definition is used as it is");
    else
        diag_help(d, "such as 'arn:aws:states:::lambda:invoke'");
}

void check_resource(struct check *c, const struct asl_state *s)
{
    const struct asl_value *v = &s->task.resource;
    if (v->form != ASL_TEXT && v->form != ASL_HOLE)
        return;
    struct asl_resource r = s->task.parts;
    bool whole = !asl_has_placeholder(r.service) && !asl_has_placeholder(r.action);
    check_express(c, v, &r);
    if (v->node->kind == NODE_STR)
        check_token(c, s, &r);
    if (r.kind == ASL_RESOURCE_SERVICE && whole)
        check_service(c, s, &r);
    else if (r.kind == ASL_RESOURCE_SDK && whole)
        check_sdk(c, v, &r);
    else if (r.kind == ASL_RESOURCE_OTHER && v->form == ASL_TEXT)
        check_other(c, v);
    else if ((r.kind == ASL_RESOURCE_LAMBDA || r.kind == ASL_RESOURCE_ACTIVITY) && r.action.n == 0)
        diag_error(c->ds, "bad-resource", v->node->span, "'%.*s' names no %s", STR(v->field->key),
                   r.kind == ASL_RESOURCE_LAMBDA ? "function" : "activity");
}
