/* Amazon API Gateway: REST APIs whose methods call a Lambda function each, or start the pipeline.
 * Written from AWS::ApiGateway::RestApi, Resource, Method, Deployment and Stage, and the API
 * Gateway developer guide ("Lambda integrations", "CORS for REST APIs", "API Gateway mapping
 * template"). */
#include "apigateway/api.h"
#include "base/digest.h"
#include "base/limits.h"
#include "lambda.h"
#include "schema/bind.h"

/* ---- fields --------------------------------------------------------------------------------- */

static const char *const METHODS[] = { "GET",  "POST",    "PUT", "DELETE", "PATCH",
                                       "HEAD", "OPTIONS", "ANY", NULL };

#define F(kind, name, ...) FIELD_##kind(struct api_cors, name, __VA_ARGS__)
static const struct field cors_rows[] = {
    F(BOOL, enabled, .dflt = "true", .doc = "Let browsers call the API from other sites."),
    F(STR, origin, .dflt = "*", .doc = "The site that may; * for all.",
      .example = "https://www.example.com"),
    F(STRS, headers,
      .doc = "Headers that they may send; by default Content-Type, X-Amz-Date, Authorization, "
             "X-Api-Key and X-Amz-Security-Token."),
    F(INT, max_age, .min = 0, .max = 86400, .unit = "seconds",
      .doc = "How long browsers may remember that."),
};
#undef F
static const struct fields cors_fields =
    FIELDS(struct api_cors, "cors", cors_rows, .doc = "Calls from browsers.");

#define F(kind, name, ...) FIELD_##kind(struct api_integration, name, __VA_ARGS__)
static const struct field integration_rows[] = {
    F(STR, name, .required = true, .example = "get-user", .doc = "Its name, and the function's."),
    F(ENUM, method, .any_case = true, .values = METHODS,
      .doc = "The HTTP method; not with openapi, which says it itself.", .example = "GET"),
    F(OBJ, config, .sub = &lambda_function_fields, .doc = "The function, as for lambda_function.",
      .example = "{entry: customcode/lambda_functions/get_user}"),
    F(OBJS, permissions, .sub = &permission_fields,
      .doc = "What the function may do besides, or may not do."),
    F(STR, function_ref, .doc = "In place of config: a lambda_function of this pipeline."),
    F(BOOL, start_pipeline, .dflt = "false",
      .doc = "In place of config: start the pipeline, with the request's body as its input."),
    F(STR, operation, .aliases = WORDS("operation_id"),
      .doc = "With openapi: the operation's operationId; by default the name."),
    F(STR, request_template, .example = "'{\"id\": \"$input.params(''id'')\"}'",
      .doc = "Without proxy: what the function gets, as a mapping template; the body by default."),
};
#undef F
static const struct fields integration_fields =
    FIELDS(struct api_integration, "integrations", integration_rows, .doc = "What answers.");

static const struct fields path_fields;
#define F(kind, name, ...) FIELD_##kind(struct api_path, name, __VA_ARGS__)
static const struct field path_rows[] = {
    F(STR, path, .required = true, .aliases = WORDS("name"), .example = "users",
      .doc = "One part of the path; {id} stands for any text, {proxy+} for all that follows."),
    F(BOOL, proxy, .dflt = "false",
      .doc = "Give the function the whole request and take the whole response from it."),
    F(OBJS, integrations, .sub = &integration_fields, .doc = "What answers, for each method."),
    F(OBJS, resources, .sub = &path_fields, .doc = "The parts below, likewise."),
};
#undef F
static const struct fields path_fields =
    FIELDS(struct api_path, "resources", path_rows, .doc = "A part of the API's paths.");

#define F(kind, name, ...) FIELD_##kind(struct api_throttle, name, __VA_ARGS__)
static const struct field throttle_rows[] = {
    F(FLOAT, rate, .min = 0, .max = 100000, .dflt = "100", .doc = "Requests in a second."),
    F(INT, burst, .min = 0, .max = 100000, .dflt = "50", .doc = "Requests at once."),
};
#undef F
static const struct fields throttle_fields =
    FIELDS(struct api_throttle, "throttle", throttle_rows, .doc = "How much is let through.");

#define F(kind, name, ...) FIELD_##kind(struct api, name, __VA_ARGS__)
static const struct field api_rows[] = {
    F(OBJS, resources, .sub = &path_fields, .doc = "The API's paths."),
    F(STR, openapi, .example = "api/openapi.yaml",
      .doc = "In place of resources: an OpenAPI document of the project."),
    F(MAP, variables, .doc = "With openapi: template variables of the document."),
    F(OBJS, integrations, .sub = &integration_fields,
      .doc = "With openapi: what answers, for each operation."),
    F(BOOL, proxy, .dflt = "false", .doc = "With openapi: proxy of all integrations."),
    F(STR, stage, .aliases = WORDS("stage_name"), .min = 1, .max = 128, .dflt = "prod",
      .doc = "Name of the API's stage, the first part of its URL."),
    F(ENUM, endpoint_type, .any_case = true, .values = WORDS("EDGE", "REGIONAL", "PRIVATE"),
      .dflt = "EDGE", .doc = "Who reaches it, and how.",
      .source = "AWS::ApiGateway::RestApi, EndpointConfiguration"),
    F(ENUM, authorization, .any_case = true, .values = WORDS("NONE", "AWS_IAM"), .dflt = "NONE",
      .doc = "NONE: everybody may call; AWS_IAM: whom IAM lets."),
    F(BOOL, api_key_required, .dflt = "false", .doc = "Callers need an API key."),
    F(OBJ, cors, .sub = &cors_fields, .doc = "Calls from browsers."),
    F(OBJ, throttle, .sub = &throttle_fields, .doc = "How much is let through."),
    F(BOOL, tracing, .dflt = "false", .doc = "Trace requests with X-Ray."),
    F(BOOL, metrics, .dflt = "false", .doc = "Metrics for each method."),
};
#undef F
static const struct fields api_fields =
    FIELDS(struct api, "apigateway", api_rows, .doc = "A REST API.");

/* ---- checks --------------------------------------------------------------------------------- */

static void check_integration(struct diags *ds, const struct api_integration *in, bool openapi)
{
    int ways = (in->config.p != NULL) + in->function_ref.set + in->start_pipeline.v;
    if (ways != 1) {
        struct diag *d = diag_error(ds, ways ? "conflict" : "missing-key", in->name.span,
                                    "integration '%.*s' takes %s of config, function_ref and "
                                    "start_pipeline",
                                    STR(in->name.s), ways ? "only one" : "one");
        if (!ways)
            diag_help(d, "for example 'config: {entry: customcode/lambda_functions/%.*s}'",
                      STR(in->name.s));
    }
    if (in->config.p) {
        struct item it = api_function_item(in);
        lambda_check_function(ds, &it);
    } else if (in->permissions.n) {
        struct diag *d =
            diag_error(ds, "no-role", in->permissions.span,
                       "integration '%.*s' has no function of its own", STR(in->name.s));
        diag_help(d, "write its permissions where the function is made");
    }
    permissions_check(ds, &in->permissions);
    if (!openapi && !in->method.set) {
        struct diag *d = diag_error(ds, "missing-key", in->name.span,
                                    "integration '%.*s' has no 'method'", STR(in->name.s));
        diag_help(d, "for example 'method: GET'");
    }
    if (in->start_pipeline.v && in->request_template.set)
        diag_error(
            ds, "conflict", in->request_template.span,
            "the pipeline's input is the request's body; 'request_template' is for functions");
    if (openapi && in->method.set)
        diag_error(ds, "conflict", in->method.span, "the OpenAPI document says the method itself");
    if (!openapi && in->operation.set)
        diag_error(ds, "conflict", in->operation.span, "'operation' goes with 'openapi'");
}

/* Source: AWS::ApiGateway::Resource, PathPart. */
static void check_part(struct diags *ds, const struct vstr *path)
{
    struct str s = path->s;
    bool braces = s.n > 2 && s.p[0] == '{' && s.p[s.n - 1] == '}';
    size_t from = braces, to = s.n - braces;
    if (braces && s.p[to - 1] == '+')
        to--;
    bool good = s.n > 0 && from < to;
    for (size_t i = from; good && i < to; i++)
        good = ascii_is_alnum(s.p[i]) || memchr("._-:", s.p[i], 4);
    if (good)
        return;
    struct diag *d = diag_error(ds, "bad-path", path->span, "'%.*s' is no part of a path", STR(s));
    if (str_find_char(s, '/', 0) != SIZE_MAX)
        diag_help(d, "write one part here and the others under 'resources'");
    else
        diag_help(d, "use letters, digits and '._-:', or {name} or {name+}");
}

/* Source: API Gateway refuses a second part in braces under one parent: which would a request be?
 */
static void check_twin(struct diags *ds, const struct vstr *path, const struct vstr *other)
{
    struct str a = path->s, b = other->s;
    struct diag *d = NULL;
    if (str_eq(a, b))
        d = diag_error(ds, "duplicate-name", path->span, "the path '%.*s' stands here twice",
                       STR(a));
    else if (str_starts(a, S("{")) && str_starts(b, S("{")))
        d = diag_error(ds, "duplicate-name", path->span,
                       "'%.*s' and '%.*s' stand for any part of the same place", STR(b), STR(a));
    if (d)
        diag_note(d, other->span, "the first one");
}

static void check_methods(struct diags *ds, const struct api_path *path)
{
    const struct api_integration *in = path->integrations.items;
    for (size_t i = 0; i < path->integrations.n; i++)
        for (size_t j = 0; j < i; j++)
            if (in[i].method.set && in[i].method.v == in[j].method.v) {
                struct diag *d = diag_error(ds, "duplicate-name", in[i].method.span,
                                            "'%.*s' has two integrations for %.*s",
                                            STR(path->path.s), STR(in[i].method.s));
                diag_note(d, in[j].method.span, "the first one");
            }
}

static void check_paths(struct diags *ds, const struct vobjs *list, int depth)
{
    const struct api_path *paths = list->items;
    for (size_t i = 0; depth < LIMIT_DEPTH && i < list->n; i++) {
        const struct api_integration *in = paths[i].integrations.items;
        if (depth || !str_eq(paths[i].path.s, S("/")))
            check_part(ds, &paths[i].path);
        for (size_t j = 0; j < i; j++)
            check_twin(ds, &paths[i].path, &paths[j].path);
        for (size_t j = 0; j < paths[i].integrations.n; j++)
            check_integration(ds, &in[j], false);
        check_methods(ds, &paths[i]);
        check_paths(ds, &paths[i].resources, depth + 1);
    }
}

static void check_stage(struct diags *ds, const struct vstr *stage)
{
    for (size_t i = 0; i < stage->s.n; i++)
        if (!ascii_is_alnum(stage->s.p[i]) && stage->s.p[i] != '_' && stage->s.p[i] != '-') {
            struct diag *d = diag_error(ds, "bad-name", stage->span, "'%.*s' cannot name a stage",
                                        STR(stage->s));
            diag_help(d, "use letters, digits, '-' and '_'");
            return;
        }
}

static void check_api(struct diags *ds, const struct item *it)
{
    const struct api *a = it->body;
    const struct api_integration *in = a->integrations.items;
    check_stage(ds, &a->stage);
    check_paths(ds, &a->resources, 0);
    if (a->openapi.set && a->resources.n)
        diag_error(ds, "conflict", a->openapi.span, "'openapi' takes the place of 'resources'");
    if (a->openapi.set && a->api_key_required.v)
        diag_error(ds, "conflict", a->api_key_required.span,
                   "the OpenAPI document says itself who needs an API key");
    if (!a->openapi.set && a->integrations.set)
        diag_error(ds, "conflict", a->integrations.span,
                   "'integrations' stand under a path, or go with 'openapi'");
    for (size_t i = 0; a->openapi.set && i < a->integrations.n; i++)
        check_integration(ds, &in[i], true);
    if (a->openapi.set || a->resources.n)
        return;
    struct diag *d = diag_warning(ds, "empty-api", it->name.span,
                                  "API '%.*s' has no paths: nobody can call it", STR(it->name.s));
    diag_help(d, "add 'resources' or 'openapi'");
}

/* ---- deployment ----------------------------------------------------------------------------- */

/* A deployment is a snapshot, so what is to be seen needs a new one: its name holds a digest of
 * what it shows. */
static struct resource *add_deployment(struct api_build *b)
{
    enum { DIGITS = 8 };
    struct plan *p = b->plan;
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX];
    struct buf text;
    buf_init(&text, 0);
    buf_put(&text, plan_json(p, b->rest->props));
    for (size_t i = 0; i < b->parts.n; i++)
        buf_put(&text, plan_json(p, b->parts.p[i]->props));
    sha256(digest, buf_str(&text));
    hex_put(hex, digest, SHA256_BYTES);
    buf_done(&text);
    struct resource *r = plan_add_resource(p, b->item->name.s,
                                           arena_printf(p->arena, "Deployment%.*s", DIGITS, hex).p,
                                           "AWS::ApiGateway::Deployment", b->item->name.span);
    res_put(p, r, "RestApiId", plan_ref(p, b->rest));
    for (size_t i = 0; i < b->parts.n; i++)
        if (strcmp(b->parts.p[i]->type, "AWS::ApiGateway::Method") == 0)
            vec_push(p->arena, &r->depends_on, b->parts.p[i]->id);
    return r;
}

static void add_stage(struct api_build *b)
{
    struct plan *p = b->plan;
    const struct api *a = b->api;
    const struct api_throttle *t = a->throttle.p;
    struct str name = b->item->name.s;
    struct resource *deployment = add_deployment(b);
    struct resource *r =
        plan_add_resource(p, name, "Stage", "AWS::ApiGateway::Stage", b->item->name.span);
    res_put(p, r, "RestApiId", plan_ref(p, b->rest));
    res_put(p, r, "DeploymentId", plan_ref(p, deployment));
    res_put(p, r, "StageName", plan_str(p, a->stage.s));
    if (a->tracing.v)
        res_put(p, r, "TracingEnabled", plan_bool(p, true));
    if (t || a->metrics.v) {
        struct node *all = plan_map(p), *list = plan_list(p);
        plan_put_text(p, all, "HttpMethod", "*");
        plan_put_text(p, all, "ResourcePath", "/*");
        if (a->metrics.v)
            plan_put(p, all, "MetricsEnabled", plan_bool(p, true));
        if (t) {
            plan_put(p, all, "ThrottlingRateLimit", node_float(p->arena, t->rate.span, t->rate.v));
            plan_put(p, all, "ThrottlingBurstLimit", plan_int(p, t->burst.v));
        }
        node_push(p->arena, list, all);
        res_put(p, r, "MethodSettings", list);
    }
    plan_add_output(p, plan_placeholder_name(p, name, "Endpoint"),
                    arena_printf(p->arena, "URL of API '%.*s'", STR(name)),
                    plan_sub(p,
                             "https://${%.*s}.execute-api.${AWS::Region}.${AWS::URLSuffix}/%.*s/",
                             STR(b->rest->id), STR(a->stage.s)));
}

static const struct api_cors *cors_of(struct plan *p, const struct api *a)
{
    if (a->cors.p)
        return a->cors.p;
    struct api_cors *c = arena_make(p->arena, struct api_cors);
    c->enabled.v = true;
    c->origin.s = S("*");
    return c;
}

static void lower_api(struct plan *p, const struct item *it)
{
    const struct api *a = it->body;
    struct api_build b = { .plan = p, .item = it, .api = a, .cors = cors_of(p, a) };
    struct node *types = plan_list(p);
    b.rest = plan_add_resource(p, it->name.s, "Api", "AWS::ApiGateway::RestApi", it->name.span);
    node_push(p->arena, types, plan_str(p, a->endpoint_type.s));
    res_put(p, b.rest, "Name",
            plan_textf(p, "%.*s-%.*s", STR(it->name.s), STR(p->pipeline->stage->name)));
    res_put_str(p, b.rest, "Description", it->description);
    res_put(p, b.rest, "EndpointConfiguration", plan_call(p, "Types", types));
    plan_publish(p, it, b.rest, "apigateway");
    if (a->openapi.set) {
        struct node *body = api_openapi_body(&b);
        if (!body)
            return;
        res_put(p, b.rest, "Body", body);
    } else {
        api_add_paths(&b);
    }
    if (a->openapi.set || b.parts.n)
        add_stage(&b);
}

static const struct kind kind = {
    .type = "apigateway",
    .roles = ROLE_RESOURCE,
    .alone = true,
    .doc = "A REST API whose methods call functions or start the pipeline.",
    .source = "AWS::ApiGateway::RestApi",
    .example = "authorization: AWS_IAM\n"
               "resources:\n"
               "  - path: users\n"
               "    integrations:\n"
               "      - {name: add-user, method: POST, start_pipeline: true}\n",
    .fields = &api_fields,
    .check = check_api,
    .lower_resource = lower_api,
};

const struct engine engine_apigateway = {
    .abi = ENGINE_ABI,
    .name = "apigateway",
    .kinds = &kind,
    .nkinds = 1,
};
