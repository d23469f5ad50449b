/* What the two ways of describing an API share: paths in the config, and an OpenAPI document. */
#ifndef ENGINES_APIGATEWAY_API_H
#define ENGINES_APIGATEWAY_API_H

#include "plan/plan.h"

struct api_cors {
    struct vbool enabled;
    struct vstr origin;
    struct vstrs headers;
    struct vint max_age;
};
struct api_integration {
    struct vstr name, function_ref, operation, request_template;
    struct venum method;
    struct vobj config;       /* a function */
    struct vobjs permissions; /* of struct permission */
    struct vbool start_pipeline;
};
struct api_path {
    struct vstr path;
    struct vbool proxy;
    struct vobjs integrations; /* struct api_integration */
    struct vobjs resources;    /* struct api_path */
};
struct api_throttle {
    struct vfloat rate;
    struct vint burst;
};
struct api {
    struct vobjs resources;    /* struct api_path */
    struct vobjs integrations; /* with openapi: struct api_integration */
    struct vstr openapi, stage;
    struct vany variables;
    struct vbool proxy, tracing, metrics, api_key_required;
    struct venum endpoint_type, authorization;
    struct vobj cors, throttle; /* struct api_cors, struct api_throttle */
};

/* An API while it is made. */
struct api_build {
    struct plan *plan;
    const struct item *item;
    const struct api *api;
    const struct api_cors *cors;
    struct resource *rest;        /* AWS::ApiGateway::RestApi */
    VEC(struct resource *) parts; /* what a deployment is a snapshot of */
    bool guarded;                 /* not everybody may call what is being made */
};

/* The function of an integration as an item of its own, for what Lambda's engine does with those.
 */
struct item api_function_item(const struct api_integration *in);

/* Whether an integration hands on requests and responses as they are. */
bool api_is_proxy(const struct api_integration *in, bool proxy);
/* What is behind a method: the "Integration" of AWS::ApiGateway::Method. Adds the function, and
 * lets the API call it as `method` (ANY for all) on `url` ("/users/{id}"). NULL after a diagnostic.
 */
struct node *api_integrate(struct api_build *b, const struct api_integration *in, bool proxy,
                           struct str method, struct str url);
/* The answer to a browser that asks what it may send: a mock integration. `methods` is a list with
 * commas. */
struct node *api_preflight(struct api_build *b, struct str methods);
#define API_ANY_METHODS "DELETE,GET,HEAD,PATCH,POST,PUT" /* what ANY stands for */
/* What a header of a response is called in these; the headers that a response must declare. */
#define API_HEADER "method.response.header."
struct node *api_preflight_headers(struct api_build *b);
struct node *api_origin_header(struct api_build *b);

/* Adds the API's paths as the config has them. */
void api_add_paths(struct api_build *b);
/* The body of the API as its OpenAPI document has it, with the integrations in; NULL after a
 * diagnostic. */
struct node *api_openapi_body(struct api_build *b);

#endif
