/* Secrets that exist already, in Secrets Manager or as SSM parameters: given a name here, so that
 * others can refer to them. Their values never come near the template.
 * Written from the CloudFormation user guide ("Dynamic references") and the Secrets Manager user
 * guide ("Secrets Manager ARN").
 *
 * Nothing is created. What is published has these properties:
 *   Arn         what a policy allows to read
 *   ValueFrom   what ECS and Batch call it
 *   Reference   a dynamic reference, for properties of resources */
#include "plan/plan.h"

struct secret {
    struct vstr secret_name, secret_arn, parameter, key;
};

#define F(kind, name, ...) FIELD_##kind(struct secret, name, __VA_ARGS__)
static const struct field rows[] = {
    F(STR, secret_name, .min = 1, .max = 512, .example = "prod/warehouse",
      .doc = "Name of a secret in Secrets Manager, in this account and region."),
    F(STR, secret_arn, .doc = "ARN of a secret in Secrets Manager, with its random ending."),
    F(STR, parameter, .aliases = WORDS("parameter_name"), .min = 1, .max = 1011,
      .doc = "Name of an SSM parameter (SecureString)."),
    F(STR, key, .doc = "Secrets Manager: the key, where the secret is a JSON object."),
};
#undef F
static const struct fields fields =
    FIELDS(struct secret, "secret", rows,
           .doc = "A secret that exists already; only referred to, never read here.");

static void check_secret(struct diags *ds, const struct item *it)
{
    const struct secret *s = it->body;
    int ways = s->secret_name.set + s->secret_arn.set + s->parameter.set;
    if (ways != 1) {
        struct diag *d = diag_error(ds, ways ? "conflict" : "missing-key", it->name.span,
                                    "secret '%.*s' takes %s of secret_name, secret_arn and "
                                    "parameter",
                                    STR(it->name.s), ways ? "only one" : "one");
        if (!ways)
            diag_help(d, "for example 'secret_name: prod/%.*s'", STR(it->name.s));
    }
    if (s->key.set && s->parameter.set)
        diag_error(ds, "conflict", s->key.span, "'key' is for secrets in Secrets Manager");
    if (s->secret_arn.set && str_find(s->secret_arn.s, S(":secretsmanager:"), 0) == SIZE_MAX) {
        struct diag *d = diag_error(ds, "bad-arn", s->secret_arn.span,
                                    "'%.*s' is no ARN of a secret", STR(s->secret_arn.s));
        diag_help(d, "for example arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf");
    }
}

#define HERE "${AWS::Region}:${AWS::AccountId}:"

static void describe_parameter(struct plan *p, struct resource *r, struct str name)
{
    const char *slash = name.n && name.p[0] == '/' ? "" : "/";
    struct node *arn =
        plan_sub(p, "arn:${AWS::Partition}:ssm:" HERE "parameter%s%.*s", slash, STR(name));
    res_put(p, r, "Arn", arn);
    res_put(p, r, "ValueFrom", arn);
    res_put(p, r, "Reference", plan_textf(p, "{{resolve:ssm-secure:%.*s}}", STR(name)));
}

/* An ARN by name alone lacks the six random characters that end the real one. */
static void describe_secret(struct plan *p, struct resource *r, const struct secret *s)
{
    struct str id = s->secret_arn.set ? s->secret_arn.s : s->secret_name.s;
    struct str tail = s->key.set ? arena_printf(p->arena, ":%.*s::", STR(s->key.s)) : S("");
    if (s->secret_arn.set) {
        res_put(p, r, "Arn", plan_str(p, id));
        res_put(p, r, "ValueFrom", plan_textf(p, "%.*s%.*s", STR(id), STR(tail)));
    } else {
        const char *arn = "arn:${AWS::Partition}:secretsmanager:" HERE "secret:";
        res_put(p, r, "Arn", plan_sub(p, "%s%.*s-??????", arn, STR(id)));
        res_put(p, r, "ValueFrom", plan_sub(p, "%s%.*s%.*s", arn, STR(id), STR(tail)));
    }
    res_put(p, r, "Reference",
            plan_textf(p, "{{resolve:secretsmanager:%.*s:SecretString%s%.*s}}", STR(id),
                       s->key.set ? ":" : "", STR(s->key.s)));
}

static void lower_secret(struct plan *p, const struct item *it)
{
    const struct secret *s = it->body;
    struct resource *known = arena_make(p->arena, struct resource); /* never emitted */
    known->span = it->name.span;
    known->props = plan_map(p);
    if (s->parameter.set)
        describe_parameter(p, known, s->parameter.s);
    else
        describe_secret(p, known, s);
    plan_publish(p, it, known, "secret");
}

static const struct kind kind = { .type = "secret",
                                  .roles = ROLE_RESOURCE,
                                  .doc = "A secret that exists already, to refer to.",
                                  .source = "CloudFormation user guide, Dynamic references",
                                  .example = "secret_name: prod/warehouse\n"
                                             "key: password\n",
                                  .fields = &fields,
                                  .check = check_secret,
                                  .lower_resource = lower_secret };

const struct engine engine_secret = {
    .abi = ENGINE_ABI,
    .name = "secret",
    .kinds = &kind,
    .nkinds = 1,
};
