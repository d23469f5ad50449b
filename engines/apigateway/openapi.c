/* An API as an OpenAPI document describes it: each operation gets what is behind it.
 * Source: API Gateway developer guide, "OpenAPI extensions for API Gateway":
 * x-amazon-apigateway-integration, x-amazon-apigateway-auth. */
#include "api.h"

#define INTEGRATION "x-amazon-apigateway-integration"
#define AUTH "x-amazon-apigateway-auth"

struct openapi {
    struct api_build *b;
    const struct node *doc;
    bool swagger;               /* version 2, where headers are written otherwise */
    bool *used;                 /* for each integration of the config */
    VEC(struct str) operations; /* names seen, for suggestions */
    bool good;
};

/* Source: OpenAPI 3.0.3, "Path Item Object"; TRACE is not API Gateway's. */
static const struct {
    const char *key, *method;
} METHODS[] = {
    { "get", "GET" },         { "put", "PUT" },
    { "post", "POST" },       { "delete", "DELETE" },
    { "options", "OPTIONS" }, { "head", "HEAD" },
    { "patch", "PATCH" },     { "x-amazon-apigateway-any-method", "ANY" },
};
enum { METHOD_COUNT = sizeof METHODS / sizeof *METHODS };

static const char *method_of(struct str key)
{
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (str_eq(key, str_from(METHODS[i].key)))
            return METHODS[i].method;
    return NULL;
}

static void set(struct openapi *o, struct node *map, const char *key, const struct node *value)
{
    node_put(o->b->plan->arena, map, str_from(key), value->span, (struct node *)value);
}

/* A map of its own with the same entries: what was read stays as it is. */
static struct node *copy_map(struct openapi *o, const struct node *map)
{
    struct node *n = plan_map(o->b->plan);
    for (size_t i = 0; map && map->kind == NODE_MAP && i < map->map.n; i++)
        node_put(o->b->plan->arena, n, map->map.entries[i].key, map->map.entries[i].key_span,
                 map->map.entries[i].value);
    return n;
}

/* ---- integrations --------------------------------------------------------------------------- */

/* [{"StatusCode": "200", …}] as {"default": {"statusCode": "200", …}}. */
static struct node *responses(struct openapi *o, const struct node *list)
{
    struct node *all = plan_map(o->b->plan);
    for (size_t i = 0; i < list->seq.n; i++) {
        const struct node *from = list->seq.items[i];
        const struct node *pattern = node_get(from, S("SelectionPattern"));
        struct node *one = plan_map(o->b->plan);
        set(o, one, "statusCode", node_get(from, S("StatusCode")));
        if (node_get(from, S("ResponseParameters")))
            set(o, one, "responseParameters", node_get(from, S("ResponseParameters")));
        node_put(o->b->plan->arena, all, pattern ? pattern->str : S("default"), from->span, one);
    }
    return all;
}

/* What AWS::ApiGateway::Method calls Integration, in the words of the extension. */
static struct node *extension(struct openapi *o, const struct node *from)
{
    static const char *const WORDS_OF[][2] = {
        { "IntegrationHttpMethod", "httpMethod" },
        { "Uri", "uri" },
        { "Credentials", "credentials" },
        { "RequestTemplates", "requestTemplates" },
    };
    struct plan *p = o->b->plan;
    struct node *n = plan_map(p);
    struct str type = node_get(from, S("Type"))->str;
    plan_put_text(p, n, "type",
                  str_eq(type, S("AWS_PROXY")) ? "aws_proxy"
                  : str_eq(type, S("MOCK"))    ? "mock"
                                               : "aws");
    for (size_t i = 0; i < sizeof WORDS_OF / sizeof *WORDS_OF; i++)
        if (node_get(from, str_from(WORDS_OF[i][0])))
            set(o, n, WORDS_OF[i][1], node_get(from, str_from(WORDS_OF[i][0])));
    if (node_get(from, S("PassthroughBehavior")))
        plan_put_text(p, n, "passthroughBehavior", "when_no_match");
    if (node_get(from, S("IntegrationResponses")))
        set(o, n, "responses", responses(o, node_get(from, S("IntegrationResponses"))));
    return n;
}

/* An integration's answer has to be declared: {"200": {description, headers}}. `headers` as
 * AWS::ApiGateway::Method has them. */
static void declare_response(struct openapi *o, struct node *operation, const char *status,
                             const struct node *headers)
{
    struct plan *p = o->b->plan;
    struct node *all = copy_map(o, node_get(operation, S("responses")));
    struct node *one = copy_map(o, node_get(all, str_from(status)));
    if (!node_get(one, S("description")))
        plan_put_text(p, one, "description", *status == '2' ? "Success" : "Failure");
    struct node *declared = copy_map(o, node_get(one, S("headers")));
    for (size_t i = 0; headers && i < headers->map.n; i++) {
        struct str name = headers->map.entries[i].key;
        name = str_sub(name, sizeof API_HEADER - 1, name.n);
        struct node *type = plan_call(p, "type", plan_text(p, "string"));
        if (!node_get(declared, name))
            node_put(p->arena, declared, name, operation->span,
                     o->swagger ? type : plan_call(p, "schema", type));
    }
    if (declared->map.n)
        set(o, one, "headers", declared);
    set(o, all, status, one);
    set(o, operation, "responses", all);
}

/* The integration whose `operation`, or else name, is the operation's id. */
static const struct api_integration *find(struct openapi *o, struct str id)
{
    const struct api_integration *in = o->b->api->integrations.items;
    for (size_t i = 0; id.n && i < o->b->api->integrations.n; i++) {
        struct str wanted = in[i].operation.set ? in[i].operation.s : in[i].name.s;
        if (!str_eq(wanted, id))
            continue;
        o->used[i] = true;
        return &in[i];
    }
    return NULL;
}

/* ---- operations ----------------------------------------------------------------------------- */

static struct str operation_id(const struct node *operation)
{
    const struct node *id = node_get(operation, S("operationId"));
    return id && id->kind == NODE_STR ? id->str : (struct str){ 0 };
}

static void no_integration(struct openapi *o, const struct node_entry *at, struct str url)
{
    struct diag *d;
    struct str id = operation_id(at->value);
    o->good = false;
    if (id.n) {
        d = diag_error(o->b->plan->ds, "no-integration",
                       node_get(at->value, S("operationId"))->span,
                       "nothing is behind operation '%.*s'", STR(id));
        diag_help(d, "add an integration with 'operation: %.*s' to API '%.*s'", STR(id),
                  STR(o->b->item->name.s));
    } else {
        d = diag_error(o->b->plan->ds, "no-integration", at->key_span,
                       "'%.*s %.*s' has no 'operationId'", STR(at->key), STR(url));
        diag_help(d, "integrations find their operation by it");
    }
}

static bool is_guarded(const struct openapi *o, const struct node *operation)
{
    return o->b->api->authorization.v || node_get(o->doc, S("security")) ||
           node_get(operation, S("security")) || node_get(operation, S(AUTH));
}

/* An operation with what is behind it; one that says so itself stays as it is. */
static struct node *complete(struct openapi *o, const struct node_entry *at, struct str url)
{
    struct api_build *b = o->b;
    struct plan *p = b->plan;
    struct node *n = copy_map(o, at->value);
    if (b->api->authorization.v && !node_get(n, S(AUTH)))
        plan_put(p, n, AUTH, plan_call(p, "type", plan_str(p, b->api->authorization.s)));
    vec_push(p->arena, &o->operations, operation_id(at->value));
    const struct api_integration *in = find(o, operation_id(at->value));
    if (!in) {
        if (!node_get(n, S(INTEGRATION)))
            no_integration(o, at, url);
        return n;
    }
    b->guarded = is_guarded(o, at->value);
    struct node *behind = api_integrate(b, in, b->api->proxy.v, str_from(method_of(at->key)), url);
    if (!behind) {
        o->good = false;
        return n;
    }
    plan_put(p, n, INTEGRATION, extension(o, behind));
    if (!api_is_proxy(in, b->api->proxy.v)) {
        const struct node *headers = b->cors->enabled.v ? api_origin_header(b) : NULL;
        declare_response(o, n, "200", headers);
        declare_response(o, n, "500", headers);
    }
    return n;
}

static struct node *preflight(struct openapi *o, struct str methods)
{
    struct plan *p = o->b->plan;
    struct node *n = plan_map(p);
    plan_put_text(p, n, "summary", "What browsers may send");
    declare_response(o, n, "200", api_preflight_headers(o->b));
    plan_put(p, n, INTEGRATION, extension(o, api_preflight(o->b, methods)));
    return n;
}

static struct node *complete_path(struct openapi *o, const struct node *path, struct str url)
{
    struct plan *p = o->b->plan;
    struct node *n = copy_map(o, path);
    struct str methods = S("OPTIONS");
    for (size_t i = 0; i < path->map.n; i++) {
        const struct node_entry *e = &path->map.entries[i];
        const char *method = method_of(e->key);
        if (!method || e->value->kind != NODE_MAP)
            continue;
        node_put(p->arena, n, e->key, e->key_span, complete(o, e, url));
        if (strcmp(method, "OPTIONS") != 0)
            methods = arena_printf(p->arena, "%.*s,%s", STR(methods),
                                   strcmp(method, "ANY") == 0 ? API_ANY_METHODS : method);
    }
    if (o->b->cors->enabled.v && !node_get(n, S("options")) &&
        !node_get(n, S("x-amazon-apigateway-any-method")))
        plan_put(p, n, "options", preflight(o, methods));
    return n;
}

/* ---- document ------------------------------------------------------------------------------- */

/* Source: API Gateway, "Amazon API Gateway important notes": OpenAPI 2.0 and 3.0. */
static bool check_version(struct openapi *o)
{
    struct diags *ds = o->b->plan->ds;
    if (o->doc->kind != NODE_MAP) {
        diag_error(ds, "wrong-type", o->doc->span, "the OpenAPI document is %s; expected a map",
                   node_kind_name(o->doc));
        return false;
    }
    const struct node *v = node_get(o->doc, S("openapi")), *old = node_get(o->doc, S("swagger"));
    o->swagger = !v && old;
    if (!v && !old) {
        struct diag *d = diag_error(ds, "missing-key", o->doc->span,
                                    "the document does not say its version of OpenAPI");
        diag_help(d, "for example 'openapi: 3.0.1'");
        return false;
    }
    if (v && (v->kind != NODE_STR || !str_starts(v->str, S("3.0")))) {
        struct diag *d = diag_error(ds, "openapi-version", v->span,
                                    "API Gateway does not read this version of OpenAPI");
        diag_help(d, "it reads 3.0.x (openapi: 3.0.1) and 2.0 (swagger: '2.0')");
        return false;
    }
    const struct node *paths = node_get(o->doc, S("paths"));
    if (paths && paths->kind == NODE_MAP && paths->map.n)
        return true;
    diag_error(ds, "missing-key", paths ? paths->span : o->doc->span,
               "the OpenAPI document has no 'paths'");
    return false;
}

static void check_used(struct openapi *o)
{
    const struct api_integration *in = o->b->api->integrations.items;
    for (size_t i = 0; i < o->b->api->integrations.n; i++) {
        const struct vstr *name = in[i].operation.set ? &in[i].operation : &in[i].name;
        if (o->used[i])
            continue;
        struct diag *d = diag_error(o->b->plan->ds, "unknown-reference", name->span,
                                    "the OpenAPI document has no operation '%.*s'", STR(name->s));
        diag_suggest(d, name->s, o->operations.p, o->operations.n);
        o->good = false;
    }
}

struct node *api_openapi_body(struct api_build *b)
{
    struct openapi o = { .b = b, .good = true };
    struct node *own = NULL;
    struct plan *p = b->plan;
    o.doc = plan_read_yaml(p, b->api->openapi, b->api->variables.node, &own);
    if (!o.doc || !check_version(&o))
        return NULL;
    o.used = arena_alloc(p->arena, b->api->integrations.n + 1);
    const struct node *paths = node_get(o.doc, S("paths"));
    struct node *n = copy_map(&o, o.doc), *made = plan_map(p);
    for (size_t i = 0; i < paths->map.n; i++) {
        const struct node_entry *e = &paths->map.entries[i];
        bool path = e->value->kind == NODE_MAP && str_starts(e->key, S("/"));
        node_put(p->arena, made, e->key, e->key_span,
                 path ? complete_path(&o, e->value, e->key) : e->value);
    }
    plan_put(p, n, "paths", made);
    check_used(&o);
    return o.good ? n : NULL;
}
