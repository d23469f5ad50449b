/* Any action of any AWS service. Written from the Step Functions page "Integrating with AWS
 * services": arn:aws:states:::aws-sdk:service:action, service in lower case, action in camelCase.
 */
#include "model/checks.h"
#include "model/permission.h"
#include "plan/plan.h"
#include "schema/bind.h"

struct call {
    struct vstr service, action;
    struct vany parameters;
    struct vstrs resources, iam_actions;
    struct vbool wait_for_callback;
};

static void check_resource(struct bind *b, const struct field *f, const struct node *n)
{
    if (n->kind == NODE_STR && !str_eq(n->str, S("*")))
        check_arn(b, f, n);
}

static void check_resources(struct bind *b, const struct field *f, const struct node *value)
{
    check_resource(b, f, value);
    for (size_t i = 0; value->kind == NODE_SEQ && i < value->seq.n; i++)
        check_resource(b, f, value->seq.items[i]);
}

#define F(kind, name, ...) FIELD_##kind(struct call, name, __VA_ARGS__)
static const struct field call_rows[] = {
    F(STR, service, .required = true, .example = "s3",
      .doc = "Service as the integration names it: s3, dynamodb, glue, sfn …"),
    F(STR, action, .required = true, .example = "listObjectsV2",
      .doc = "Action, with a small first letter."),
    F(MAP, parameters, .doc = "Its parameters, in PascalCase; run-time paths are filled in."),
    F(STRS, resources, .check = check_resources, .example = "[\"arn:aws:s3:::bucket\"]",
      .doc = "ARNs that the permission is for. Without them it is for everything, and a warning "
             "says so unless the action knows no resources."),
    F(STRS, iam_actions, .check = permission_check_actions, .example = "[\"s3:ListBucket\"]",
      .doc = "Permissions that the action needs, where they are not called service:Action."),
    F(BOOL, wait_for_callback, .dflt = "false",
      .doc = "Wait until somebody returns the task token, $$.Task.Token."),
};
#undef F
static const struct fields call_fields =
    FIELDS(struct call, "aws_sdk", call_rows, .doc = "Calls any action of any AWS service.");

/* Services whose permissions have another prefix than the integration's name, and actions whose
 * permission has another name. Source: service authorization reference. */
static const struct {
    const char *service, *prefix;
} PREFIXES[] = {
    { "apigatewayv2", "apigateway" },
    { "cloudwatchlogs", "logs" },
    { "cloudwatchevents", "events" },
    { "databasemigration", "dms" },
    { "efs", "elasticfilesystem" },
    { "elasticloadbalancingv2", "elasticloadbalancing" },
    { "emrserverless", "emr-serverless" },
    { "eventbridge", "events" },
    { "sagemakerruntime", "sagemaker" },
    { "sfn", "states" },
    { "cognitoidentityprovider", "cognito-idp" },
    { "cloudwatch", "cloudwatch" },
};
static const struct {
    const char *service, *action, *permission;
} ACTIONS[] = {
    { "lambda", "invoke", "lambda:InvokeFunction" }, { "s3", "copyObject", "s3:PutObject" },
    { "s3", "deleteObjects", "s3:DeleteObject" },    { "s3", "headBucket", "s3:ListBucket" },
    { "s3", "headObject", "s3:GetObject" },          { "s3", "listBuckets", "s3:ListAllMyBuckets" },
    { "s3", "listObjects", "s3:ListBucket" },        { "s3", "listObjectsV2", "s3:ListBucket" },
};

static void check_call(struct diags *ds, const struct item *it)
{
    const struct call *c = it->body;
    for (size_t i = 0; i < c->service.s.n; i++)
        if (!ascii_is_lower(c->service.s.p[i]) && !ascii_is_digit(c->service.s.p[i])) {
            struct diag *d =
                diag_error(ds, "bad-name", c->service.span,
                           "'%.*s' is no service of the SDK integration", STR(c->service.s));
            diag_help(d, "lower-case letters and digits only, for example s3 or emrserverless");
            break;
        }
    if (c->action.s.n && !ascii_is_lower(c->action.s.p[0])) {
        struct diag *d =
            diag_error(ds, "bad-name", c->action.span, "'%.*s' is no action", STR(c->action.s));
        diag_help(d, "write '%c%.*s'", ascii_lower(c->action.s.p[0]), (int)c->action.s.n - 1,
                  c->action.s.p + 1);
    }
    if (c->wait_for_callback.v && !plan_mentions_token(c->parameters.node)) {
        struct diag *d = diag_error(ds, "no-token", it->name.span,
                                    "wait_for_callback, but no parameter is $$.Task.Token");
        diag_help(d, "somebody has to get the token to answer");
    }
}

static const char *prefix_of(struct plan *p, struct str service)
{
    for (size_t i = 0; i < sizeof PREFIXES / sizeof *PREFIXES; i++)
        if (str_eq(service, str_from(PREFIXES[i].service)))
            return PREFIXES[i].prefix;
    return arena_str(p->arena, service).p;
}

static const char *permission_of(struct plan *p, const struct call *c)
{
    for (size_t i = 0; i < sizeof ACTIONS / sizeof *ACTIONS; i++)
        if (str_eq(c->service.s, str_from(ACTIONS[i].service)) &&
            str_eq(c->action.s, str_from(ACTIONS[i].action)))
            return ACTIONS[i].permission;
    return arena_printf(p->arena, "%s:%c%.*s", prefix_of(p, c->service.s),
                        ascii_upper(c->action.s.p[0]), (int)c->action.s.n - 1, c->action.s.p + 1)
        .p;
}

static void grant(struct plan *p, const struct step *s, const char *action)
{
    const struct call *c = s->item.body;
    for (size_t i = 0; i < c->resources.n; i++)
        plan_grant_written(p, p->machine_role, action, plan_str(p, c->resources.items[i].s),
                           c->resources.items[i].span,
                           arena_printf(p->arena, "step '%.*s' calls it", STR(s->item.name.s)));
    if (!c->resources.n)
        plan_grant(p, s, action, plan_text(p, "*"), "calls it and names no 'resources'");
}

static void lower_call(struct plan *p, const struct step *s)
{
    const struct call *c = s->item.body;
    struct state *t = plan_add_task(
        p, s, "SDK: ",
        plan_callback_resource(
            p, arena_printf(p->arena, "aws-sdk:%.*s:%.*s", STR(c->service.s), STR(c->action.s)).p,
            c->wait_for_callback.v));
    plan_check_callback_time(p, s, c->wait_for_callback.v);
    plan_put(p, t->body, "Parameters",
             c->parameters.node ? plan_payload(p, c->parameters.node) : plan_map(p));
    for (size_t i = 0; i < c->iam_actions.n; i++)
        grant(p, s, arena_str(p->arena, c->iam_actions.items[i].s).p);
    if (!c->iam_actions.n)
        grant(p, s, permission_of(p, c));
}

static const struct kind kinds[] = {
    { .type = "aws_sdk",
      .roles = ROLE_STEP,
      .doc = "Calls any action of any AWS service.",
      .source = "Step Functions, AWS SDK service integrations",
      .example = "service: glue\n"
                 "action: startCrawler\n"
                 "parameters: {Name: nightly}\n"
                 "resources: [\"arn:aws:glue:eu-west-1:111122223333:crawler/nightly\"]\n",
      .fields = &call_fields,
      .check = check_call,
      .lower_step = lower_call },
};

const struct engine engine_aws_sdk = {
    .abi = ENGINE_ABI,
    .name = "aws_sdk",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
