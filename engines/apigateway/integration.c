/* What is behind a method: a function, the pipeline, or an answer to a browser that asks. */
#include "api.h"

#include "lambda.h"

/* ---- answers -------------------------------------------------------------------------------- */

/* "'*'": a value in a parameter mapping stands in single quotes. */
static struct node *quoted(struct plan *p, struct str s)
{
    return plan_textf(p, "'%.*s'", STR(s));
}

struct node *api_origin_header(struct api_build *b)
{
    return plan_call(b->plan, API_HEADER "Access-Control-Allow-Origin", plan_bool(b->plan, true));
}

/* 200, but 500 where `failure` matches: an error message of a function, a status of a service. */
static struct node *responses(struct api_build *b, const char *failure)
{
    struct plan *p = b->plan;
    struct node *list = plan_list(p);
    for (int i = 0; i < 2; i++) {
        struct node *n = plan_map(p);
        plan_put_text(p, n, "StatusCode", i ? "500" : "200");
        if (i)
            plan_put_text(p, n, "SelectionPattern", failure);
        if (b->cors->enabled.v)
            plan_put(p, n, "ResponseParameters",
                     plan_call(p, API_HEADER "Access-Control-Allow-Origin",
                               quoted(p, b->cors->origin.s)));
        node_push(p->arena, list, n);
    }
    return list;
}

static void put_template(struct plan *p, struct node *n, struct node *template)
{
    plan_put(p, n, "RequestTemplates", plan_call(p, "application/json", template));
}

/* ---- functions ------------------------------------------------------------------------------ */

struct item api_function_item(const struct api_integration *in)
{
    return (struct item){ .role = ROLE_RESOURCE,
                          .name = in->name,
                          .body = in->config.p,
                          .permissions = in->permissions };
}

/* "/users/{id}" becomes "/users/" and a star: how anybody's call looks. */
static struct str url_pattern(struct plan *p, struct str url)
{
    char *out = arena_alloc(p->arena, url.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < url.n; i++) {
        if (url.p[i] != '{') {
            out[n++] = url.p[i];
            continue;
        }
        out[n++] = '*';
        while (i < url.n && url.p[i] != '}')
            i++;
    }
    return (struct str){ out, n };
}

static struct resource *function_of(struct plan *p, const struct api_integration *in)
{
    if (in->function_ref.set)
        return plan_find(p, in->function_ref, "lambda_function");
    struct item *it = arena_make(p->arena, struct item);
    *it = api_function_item(in);
    struct resource *function = lambda_add_function(p, it);
    if (function)
        plan_publish(p, it, function, "lambda_function");
    return function;
}

static struct node *call_function(struct api_build *b, const struct api_integration *in, bool proxy,
                                  struct str method, struct str url)
{
    struct plan *p = b->plan;
    struct resource *function = function_of(p, in);
    if (!function)
        return NULL;
    struct str any = str_eq(method, S("ANY")) ? S("*") : method;
    lambda_permit(p, function, in->name, "apigateway.amazonaws.com", "ApiPermission",
                  plan_sub(p,
                           "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:"
                           "${%.*s}/%.*s/%.*s%.*s",
                           STR(b->rest->id), STR(b->api->stage.s), STR(any),
                           STR(url_pattern(p, url))));
    struct node *n = plan_map(p);
    plan_put_text(p, n, "Type", proxy ? "AWS_PROXY" : "AWS");
    plan_put_text(p, n, "IntegrationHttpMethod", "POST");
    plan_put(p, n, "Uri",
             plan_sub(p,
                      "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/"
                      "functions/${%.*s.Arn}/invocations",
                      STR(function->id)));
    if (in->request_template.set && !proxy)
        put_template(p, n, plan_str(p, in->request_template.s));
    if (!proxy)
        plan_put(p, n, "IntegrationResponses", responses(b, "(\n|.)+"));
    return n;
}

/* ---- the pipeline --------------------------------------------------------------------------- */

static void warn_open(struct api_build *b, const struct api_integration *in)
{
    if (b->guarded)
        return;
    struct diag *d =
        diag_warning(b->plan->ds, "open-api", in->start_pipeline.span,
                     "everybody may start the pipeline through '%.*s'", STR(in->name.s));
    diag_help(d, "write 'authorization: AWS_IAM' or 'api_key_required: true'");
}

/* The body of the request is text inside of the text that StartExecution takes; a single quote is
 * escaped on the way, which JSON does not know. Source: API Gateway, "Mapping template reference",
 * $util.escapeJavaScript. */
static struct node *start_request(struct plan *p)
{
    return plan_sub(p,
                    "{\"input\": \"$util.escapeJavaScript($input.json('$'))"
                    ".replaceAll(\"\\\\'\", \"'\")\", \"stateMachineArn\": \"${%.*s}\"}",
                    STR(p->machine_resource->id));
}

/* Source: Step Functions, "Creating a Step Functions API using API Gateway". */
static struct node *start_pipeline(struct api_build *b, const struct api_integration *in)
{
    struct plan *p = b->plan;
    struct str who = arena_printf(p->arena, "integration '%.*s'", STR(in->name.s));
    struct role_decl *role = plan_add_starter(p, in->name, "apigateway.amazonaws.com", who);
    if (!role)
        return NULL;
    warn_open(b, in);
    struct node *n = plan_map(p);
    plan_put_text(p, n, "Type", "AWS");
    plan_put_text(p, n, "IntegrationHttpMethod", "POST");
    plan_put(p, n, "Uri",
             plan_sub(p, "arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/"
                         "StartExecution"));
    plan_put(p, n, "Credentials", plan_role_arn(p, role));
    put_template(p, n, start_request(p));
    plan_put(p, n, "IntegrationResponses", responses(b, "[45]\\d{2}"));
    return n;
}

bool api_is_proxy(const struct api_integration *in, bool proxy)
{
    return proxy && !in->start_pipeline.v;
}

struct node *api_integrate(struct api_build *b, const struct api_integration *in, bool proxy,
                           struct str method, struct str url)
{
    return in->start_pipeline.v ? start_pipeline(b, in) : call_function(b, in, proxy, method, url);
}

/* ---- calls from browsers -------------------------------------------------------------------- */

struct node *api_preflight_headers(struct api_build *b)
{
    struct plan *p = b->plan;
    struct node *n = plan_map(p);
    plan_put(p, n, API_HEADER "Access-Control-Allow-Headers", plan_bool(p, true));
    plan_put(p, n, API_HEADER "Access-Control-Allow-Methods", plan_bool(p, true));
    plan_put(p, n, API_HEADER "Access-Control-Allow-Origin", plan_bool(p, true));
    if (b->cors->max_age.set)
        plan_put(p, n, API_HEADER "Access-Control-Max-Age", plan_bool(p, true));
    return n;
}

static struct str allowed_headers(struct api_build *b)
{
    const struct vstrs *v = &b->cors->headers;
    struct str all = S("Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token");
    for (size_t i = 0; i < v->n; i++)
        all = i ? arena_printf(b->plan->arena, "%.*s,%.*s", STR(all), STR(v->items[i].s))
                : v->items[i].s;
    return all;
}

struct node *api_preflight(struct api_build *b, struct str methods)
{
    struct plan *p = b->plan;
    struct node *n = plan_map(p), *answer = plan_map(p), *headers = plan_map(p);
    struct node *list = plan_list(p);
    plan_put(p, headers, API_HEADER "Access-Control-Allow-Headers", quoted(p, allowed_headers(b)));
    plan_put(p, headers, API_HEADER "Access-Control-Allow-Methods", quoted(p, methods));
    plan_put(p, headers, API_HEADER "Access-Control-Allow-Origin", quoted(p, b->cors->origin.s));
    if (b->cors->max_age.set)
        plan_put(p, headers, API_HEADER "Access-Control-Max-Age",
                 plan_textf(p, "'%lld'", (long long)b->cors->max_age.v));
    plan_put_text(p, answer, "StatusCode", "200");
    plan_put(p, answer, "ResponseParameters", headers);
    node_push(p->arena, list, answer);
    plan_put_text(p, n, "Type", "MOCK");
    plan_put_text(p, n, "PassthroughBehavior", "WHEN_NO_MATCH");
    put_template(p, n, plan_text(p, "{\"statusCode\": 200}"));
    plan_put(p, n, "IntegrationResponses", list);
    return n;
}
