/* HTTPS endpoints: the step that calls one, with credentials that an EventBridge connection keeps.
 * Written from the Step Functions page "Call HTTPS APIs in workflows", AWS::Events::Connection and
 * the EventBridge page "Connections". */
#include "plan/plan.h"
#include "schema/bind.h"

enum auth { API_KEY, BASIC, OAUTH };

struct login {
    struct venum type;
    struct vstr secret, header, user_key, value_key, token_endpoint, scope;
    struct venum token_method;
};
struct call {
    struct vstr endpoint, connection_arn;
    struct venum method, body_encoding;
    struct vobj authorization; /* struct login */
    struct vany headers, query, body;
};

/* ---- fields --------------------------------------------------------------------------------- */

#define F(kind, name, ...) FIELD_##kind(struct login, name, __VA_ARGS__)
static const struct field login_rows[] = {
    F(ENUM, type, .dflt = "api_key", .values = WORDS("api_key", "basic", "oauth"),
      .doc = "api_key: a header with a secret; basic: user and password; oauth: client "
             "credentials.",
      .source = "AWS::Events::Connection, AuthorizationType"),
    F(STR, secret, .required = true, .example = "partner",
      .doc = "A secret of this pipeline, in Secrets Manager, that is a JSON object."),
    F(STR, header, .dflt = "Authorization", .doc = "api_key: the header."),
    F(STR, user_key,
      .doc = "Where in the secret: the user (basic, default username) or the client "
             "id (oauth, default client_id)."),
    F(STR, value_key,
      .doc = "Where in the secret: the key (default api_key), the password "
             "(default password) or the client secret (default client_secret)."),
    F(STR, token_endpoint, .doc = "oauth: URL that gives tokens."),
    F(ENUM, token_method, .dflt = "POST", .any_case = true, .values = WORDS("GET", "POST", "PUT"),
      .doc = "oauth: method for that URL."),
    F(STR, scope, .doc = "oauth: the scope that is asked for."),
};
#undef F
static const struct fields login_fields =
    FIELDS(struct login, "authorization", login_rows, .doc = "How the endpoint knows us.");

static void check_endpoint(struct bind *b, const struct field *f, const struct node *value)
{
    if (plan_is_runtime(value->str) || str_starts(value->str, S("https://")))
        return;
    struct diag *d =
        diag_error(b->ds, "bad-url", value->span, "'%s' is '%.*s'; expected an https:// URL",
                   f->key, STR(value->str));
    if (str_starts(value->str, S("http://")))
        diag_help(d, "Step Functions does not call without TLS");
}

#define F(kind, name, ...) FIELD_##kind(struct call, name, __VA_ARGS__)
static const struct field rows[] = {
    F(STR, endpoint, .required = true, .runtime = true, .check = check_endpoint,
      .aliases = WORDS("url", "api_endpoint"), .example = "https://api.example.com/v1/orders",
      .doc = "URL to call.", .source = "Step Functions, HTTP Task, ApiEndpoint"),
    F(ENUM, method, .any_case = true, .dflt = "GET",
      .values = WORDS("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"),
      .doc = "The request's method."),
    F(STR, connection_arn, .doc = "ARN of an EventBridge connection that exists."),
    F(OBJ, authorization, .sub = &login_fields,
      .doc = "In place of connection_arn: a connection of its own."),
    F(MAP, headers, .doc = "Request headers.", .example = "{Accept: application/json}"),
    F(MAP, query, .aliases = WORDS("query_parameters"), .doc = "The URL's query.",
      .example = "{id: $.id}"),
    F(ANY, body, .aliases = WORDS("request_body", "payload"), .doc = "The request's body.",
      .example = "{order: $.order}"),
    F(ENUM, body_encoding, .values = WORDS("json", "form"), .dflt = "json",
      .doc = "form: send the body as a web form does."),
};
#undef F
static const struct fields fields =
    FIELDS(struct call, "http", rows, .doc = "Calls an HTTPS endpoint.");

/* ---- checks --------------------------------------------------------------------------------- */

/* Source: Step Functions, HTTP Task, "Headers": those that it refuses. */
static void check_headers(struct diags *ds, const struct node *headers)
{
    static const char *const REFUSED[] = {
        "authorization", "connection", "content-md5",       "date",
        "expect",        "host",       "max-forwards",      "proxy-authenticate",
        "server",        "te",         "transfer-encoding", "trailer",
        "upgrade",       "via",        "www-authenticate",  "x-forwarded-for"
    };
    for (size_t i = 0; headers && i < headers->map.n; i++)
        for (size_t j = 0; j < sizeof REFUSED / sizeof *REFUSED; j++) {
            struct str key = headers->map.entries[i].key;
            if (key.n != strlen(REFUSED[j]) || str_distance(key, str_from(REFUSED[j])) != 0)
                continue;
            struct diag *d = diag_error(ds, "bad-header", headers->map.entries[i].key_span,
                                        "Step Functions does not send the header '%.*s'", STR(key));
            if (j == 0)
                diag_help(d, "use 'authorization:' or 'connection_arn'");
        }
}

static void check_login(struct diags *ds, const struct login *l, struct span where)
{
    if (l->type.v == OAUTH && !l->token_endpoint.set)
        diag_error(ds, "missing-key", where, "authorization by oauth has no 'token_endpoint'");
    if (l->type.v != OAUTH && (l->token_endpoint.set || l->scope.set))
        diag_error(ds, "conflict", where, "'token_endpoint' and 'scope' are for oauth");
    if (l->type.v != API_KEY && l->header.set)
        diag_error(ds, "conflict", l->header.span, "'header' is for api_key");
}

static void check_call(struct diags *ds, const struct item *it)
{
    const struct call *c = it->body;
    if (c->connection_arn.set == (c->authorization.p != NULL)) {
        struct diag *d =
            diag_error(ds, c->connection_arn.set ? "conflict" : "missing-key", it->name.span,
                       "'%.*s' takes %s of 'connection_arn' and 'authorization'", STR(it->name.s),
                       c->connection_arn.set ? "only one" : "one");
        if (!c->connection_arn.set)
            diag_help(d, "Step Functions calls endpoints through a connection only");
    }
    if (c->connection_arn.set && str_find(c->connection_arn.s, S(":connection/"), 0) == SIZE_MAX)
        diag_error(ds, "bad-arn", c->connection_arn.span, "'%.*s' is no ARN of a connection",
                   STR(c->connection_arn.s));
    check_headers(ds, c->headers.node);
    if (c->authorization.p)
        check_login(ds, c->authorization.p, c->authorization.span);
}

/* ---- connection ----------------------------------------------------------------------------- */

/* A dynamic reference to one key of the secret. */
static struct node *secret_value(struct plan *p, const struct resource *secret, struct vstr key,
                                 const char *dflt)
{
    struct str whole = node_get(secret->props, S("Reference"))->str;
    struct str k = key.set ? key.s : str_from(dflt);
    whole.n -= 2; /* "}}" */
    if (str_ends(whole, S(":SecretString")))
        return plan_textf(p, "%.*s:%.*s}}", STR(whole), STR(k));
    return node_get(secret->props, S("Reference")); /* the secret names its key itself */
}

static struct node *login_of(struct plan *p, const struct login *l, const struct resource *secret)
{
    struct node *n = plan_map(p), *client = plan_map(p);
    switch ((enum auth)l->type.v) {
    case API_KEY:
        plan_put(p, n, "ApiKeyName", plan_str(p, l->header.s));
        plan_put(p, n, "ApiKeyValue", secret_value(p, secret, l->value_key, "api_key"));
        return plan_call(p, "ApiKeyAuthParameters", n);
    case BASIC:
        plan_put(p, n, "Username", secret_value(p, secret, l->user_key, "username"));
        plan_put(p, n, "Password", secret_value(p, secret, l->value_key, "password"));
        return plan_call(p, "BasicAuthParameters", n);
    case OAUTH:
        break;
    }
    plan_put(p, client, "ClientID", secret_value(p, secret, l->user_key, "client_id"));
    plan_put(p, client, "ClientSecret", secret_value(p, secret, l->value_key, "client_secret"));
    plan_put(p, n, "AuthorizationEndpoint", plan_str(p, l->token_endpoint.s));
    plan_put(p, n, "HttpMethod", plan_str(p, l->token_method.s));
    plan_put(p, n, "ClientParameters", client);
    struct node *body = plan_list(p);
    static const char *const GRANT[] = { "grant_type", "client_credentials" };
    for (int i = 0; i < 1 + l->scope.set; i++) {
        struct node *one = plan_map(p);
        plan_put_text(p, one, "Key", i ? "scope" : GRANT[0]);
        plan_put(p, one, "Value", i ? plan_str(p, l->scope.s) : plan_text(p, GRANT[1]));
        node_push(p->arena, body, one);
    }
    plan_put(p, n, "OAuthHttpParameters", plan_call(p, "BodyParameters", body));
    return plan_call(p, "OAuthParameters", n);
}

static struct resource *add_connection(struct plan *p, const struct step *s)
{
    static const char *const TYPES[] = {
        [API_KEY] = "API_KEY", [BASIC] = "BASIC", [OAUTH] = "OAUTH_CLIENT_CREDENTIALS"
    };
    const struct login *l = ((const struct call *)s->item.body)->authorization.p;
    const struct resource *secret = plan_find(p, l->secret, "secret");
    if (!secret)
        return NULL;
    const struct node *reference = node_get(secret->props, S("Reference"));
    if (!str_starts(reference->str, S("{{resolve:secretsmanager:"))) {
        struct diag *d = diag_error(p->ds, "conflict", l->secret.span,
                                    "'%.*s' is an SSM parameter, which a connection cannot read",
                                    STR(l->secret.s));
        diag_help(d, "keep it in Secrets Manager");
        return NULL;
    }
    struct resource *r = plan_add_resource(p, s->item.name.s, "Connection",
                                           "AWS::Events::Connection", s->item.name.span);
    res_put(p, r, "AuthorizationType", plan_text(p, TYPES[l->type.v]));
    res_put(p, r, "AuthParameters", login_of(p, l, secret));
    return r;
}

/* ---- lowering ------------------------------------------------------------------------------- */

static void grant_connection(struct plan *p, const struct step *s, struct node *arn,
                             struct node *secret)
{
    plan_grant(p, s, "events:RetrieveConnectionCredentials", arn, "gets its connection's login");
    plan_grant(p, s, "secretsmanager:DescribeSecret", secret, "gets its connection's login");
    plan_grant(p, s, "secretsmanager:GetSecretValue", secret, "gets its connection's login");
}

static void put_connection(struct plan *p, const struct step *s, struct state *t)
{
    const struct call *c = s->item.body;
    struct node *arn, *secret;
    if (c->connection_arn.set) {
        arn = plan_str(p, c->connection_arn.s);
        secret = plan_sub(p, "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:"
                             "${AWS::AccountId}:secret:events!connection/*");
        grant_connection(p, s, arn, secret);
    } else {
        struct resource *r = add_connection(p, s);
        if (!r)
            return;
        grant_connection(p, s, plan_attr(p, r, "Arn"), plan_attr(p, r, "SecretArn"));
        arn = plan_placeholder(p, plan_placeholder_name(p, s->item.name.s, "ConnectionArn"),
                               plan_attr(p, r, "Arn"));
    }
    task_arg_node(p, t, "Authentication", plan_call(p, "ConnectionArn", arn));
}

/* The machine calls for itself; its name is known, its ARN would be a circle. */
static void grant_call(struct plan *p, const struct step *s)
{
    const struct call *c = s->item.body;
    struct node *condition = plan_map(p), *equals = plan_map(p);
    plan_put(p, equals, "states:HTTPMethod", plan_str(p, c->method.s));
    if (!c->endpoint.runtime)
        plan_put(p, equals, "states:HTTPEndpoint", plan_str(p, c->endpoint.s));
    plan_put(p, condition, "StringEquals", equals);
    plan_grant_if(p, p->machine_role, "states:InvokeHTTPEndpoint",
                  plan_sub(p,
                           "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:"
                           "stateMachine:%.*s",
                           STR(p->pipeline->full_name)),
                  condition, s->item.name.span,
                  arena_printf(p->arena, "step '%.*s' calls the endpoint", STR(s->item.name.s)));
}

static void lower_call(struct plan *p, const struct step *s)
{
    const struct call *c = s->item.body;
    struct state *t = plan_add_task(p, s, "HTTP: ", "http:invoke");
    task_arg(p, t, "ApiEndpoint", c->endpoint);
    task_arg_node(p, t, "Method", plan_str(p, c->method.s));
    put_connection(p, s, t);
    task_arg_node(p, t, "Headers", c->headers.node);
    task_arg_node(p, t, "QueryParameters", c->query.node);
    task_arg_node(p, t, "RequestBody", c->body.node);
    if (c->body_encoding.v == 1)
        task_arg_node(p, t, "Transform",
                      plan_call(p, "RequestBodyEncoding", plan_text(p, "URL_ENCODED")));
    grant_call(p, s);
}

static const struct kind kind = {
    .type = "http",
    .roles = ROLE_STEP,
    .doc = "Calls an HTTPS endpoint.",
    .source = "Step Functions, Call HTTPS APIs in workflows",
    .example = "url: https://api.example.com/v1/orders\n"
               "method: POST\n"
               "connection_arn: arn:aws:events:eu-west-1:111122223333:connection/orders/0a1b2c3d\n"
               "body: {order: $.order}\n",
    .fields = &fields,
    .check = check_call,
    .lower_step = lower_call
};

const struct engine engine_http = {
    .abi = ENGINE_ABI,
    .name = "http",
    .kinds = &kind,
    .nkinds = 1,
};
