/* An API whose paths stand in the config: a resource for each part, a method for each integration.
 * Source: AWS::ApiGateway::Resource, Method. */
#include "api.h"

#include "base/limits.h"

static struct resource *add_part(struct api_build *b, struct str url, const char *suffix,
                                 const char *type, struct span span)
{
    struct str name = arena_printf(b->plan->arena, "%.*s %.*s", STR(b->item->name.s), STR(url));
    struct resource *r = plan_add_resource(b->plan, name, suffix, type, span);
    vec_push(b->plan->arena, &b->parts, r);
    return r;
}

static struct node *method_responses(struct plan *p, struct node *headers, bool fails)
{
    struct node *list = plan_list(p);
    for (int i = 0; i < 1 + fails; i++) {
        struct node *n = plan_map(p);
        plan_put_text(p, n, "StatusCode", i ? "500" : "200");
        if (headers)
            plan_put(p, n, "ResponseParameters", headers);
        node_push(p->arena, list, n);
    }
    return list;
}

static void add_method(struct api_build *b, struct node *parent, struct str url,
                       const struct api_path *path, const struct api_integration *in)
{
    struct plan *p = b->plan;
    struct str method = in->method.s;
    struct node *integration = api_integrate(b, in, path->proxy.v, method, url);
    if (!integration)
        return;
    struct resource *r = add_part(b, url, arena_printf(p->arena, "%.*s", STR(method)).p,
                                  "AWS::ApiGateway::Method", in->name.span);
    bool fails = !api_is_proxy(in, path->proxy.v);
    res_put(p, r, "RestApiId", plan_ref(p, b->rest));
    res_put(p, r, "ResourceId", parent);
    res_put(p, r, "HttpMethod", plan_str(p, method));
    res_put(p, r, "AuthorizationType", plan_str(p, b->api->authorization.s));
    if (b->api->api_key_required.v)
        res_put(p, r, "ApiKeyRequired", plan_bool(p, true));
    res_put(p, r, "Integration", integration);
    res_put(p, r, "MethodResponses",
            method_responses(p, b->cors->enabled.v ? api_origin_header(b) : NULL, fails));
}

static void add_preflight(struct api_build *b, struct node *parent, struct str url,
                          const struct api_path *path)
{
    struct plan *p = b->plan;
    const struct api_integration *in = path->integrations.items;
    struct str methods = S("OPTIONS");
    for (size_t i = 0; i < path->integrations.n; i++) {
        if (str_eq(in[i].method.s, S("OPTIONS")))
            return; /* somebody answers for himself */
        struct str one = str_eq(in[i].method.s, S("ANY")) ? S(API_ANY_METHODS) : in[i].method.s;
        methods = arena_printf(p->arena, "%.*s,%.*s", STR(methods), STR(one));
    }
    struct resource *r = add_part(b, url, "OPTIONS", "AWS::ApiGateway::Method", path->path.span);
    res_put(p, r, "RestApiId", plan_ref(p, b->rest));
    res_put(p, r, "ResourceId", parent);
    res_put(p, r, "HttpMethod", plan_text(p, "OPTIONS"));
    res_put(p, r, "AuthorizationType", plan_text(p, "NONE"));
    res_put(p, r, "Integration", api_preflight(b, methods));
    res_put(p, r, "MethodResponses", method_responses(p, api_preflight_headers(b), false));
}

static void add_paths(struct api_build *b, struct node *parent, struct str url,
                      const struct vobjs *list, int depth)
{
    struct plan *p = b->plan;
    const struct api_path *paths = list->items;
    for (size_t i = 0; depth < LIMIT_DEPTH && i < list->n; i++) {
        struct node *id = parent;
        struct str below = url;
        if (!str_eq(paths[i].path.s, S("/"))) {
            below = arena_printf(p->arena, "%.*s/%.*s", STR(url), STR(paths[i].path.s));
            struct resource *r =
                add_part(b, below, "Path", "AWS::ApiGateway::Resource", paths[i].path.span);
            res_put(p, r, "RestApiId", plan_ref(p, b->rest));
            res_put(p, r, "ParentId", parent);
            res_put(p, r, "PathPart", plan_str(p, paths[i].path.s));
            id = plan_ref(p, r);
        }
        const struct api_integration *in = paths[i].integrations.items;
        struct str full = below.n ? below : S("/");
        for (size_t j = 0; j < paths[i].integrations.n; j++)
            add_method(b, id, full, &paths[i], &in[j]);
        if (b->cors->enabled.v)
            add_preflight(b, id, full, &paths[i]);
        add_paths(b, id, below, &paths[i].resources, depth + 1);
    }
}

void api_add_paths(struct api_build *b)
{
    b->guarded = b->api->authorization.v || b->api->api_key_required.v;
    add_paths(b, plan_attr(b->plan, b->rest, "RootResourceId"), S(""), &b->api->resources, 0);
}
