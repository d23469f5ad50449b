/* AWS Glue: connections. The step that runs jobs is glue_job.c.
 * Written from AWS::Glue::Connection, the Glue developer guide, "Connection properties", and the
 * CloudFormation user guide, "Dynamic references". */
#include "plan/plan.h"
#include "schema/bind.h"

/* ---- connection: fields --------------------------------------------------------------------- */

struct connection {
    struct venum connection_type;
    struct vstr jdbc_url, username, password, secret, subnet_id, availability_zone;
    struct vstrs security_group_id;
    struct vbool enforce_ssl;
    struct vany connection_properties;
};

enum { TYPE_JDBC, TYPE_NETWORK };

#define F(kind, name, ...) FIELD_##kind(struct connection, name, __VA_ARGS__)
static const struct field connection_rows[] = {
    F(ENUM, connection_type, .values = WORDS("JDBC", "NETWORK"), .dflt = "JDBC", .any_case = true,
      .doc = "JDBC: a database; NETWORK: only the way into a VPC.",
      .source = "AWS::Glue::Connection, ConnectionType"),
    F(STR, jdbc_url, .min = 1, .max = 2048, .example = "/glueconnection/jdbc_url",
      .doc = "jdbc:…, or where it is kept: an SSM parameter (/name or ssm:name) or a secret "
             "(secretsmanager:id:key)."),
    F(STR, username, .min = 1, .max = 2048, .example = "/glueconnection/username",
      .doc = "The user, or where the name is kept, as with jdbc_url."),
    F(STR, password, .min = 1, .max = 2048, .example = "\"secretsmanager:warehouse:password\"",
      .doc = "Where the password is kept, as with jdbc_url; never the password itself."),
    F(STR, secret, .min = 1, .max = 2048, .aliases = WORDS("secret_id"), .example = "warehouse",
      .doc =
          "In place of username and password: name or ARN of a Secrets Manager secret that holds "
          "both, which Glue reads when the job runs."),
    F(STR, subnet_id, .example = "subnet-0123456789abcdef0", .doc = "Subnet that jobs run in."),
    F(STRS, security_group_id, .aliases = WORDS("security_group_ids", "security_groups"),
      .example = "[sg-0123456789abcdef0]", .doc = "Security groups of the jobs' interfaces.",
      .source = "AWS::Glue::Connection, SecurityGroupIdList"),
    F(STR, availability_zone, .doc = "Zone of the subnet."),
    F(BOOL, enforce_ssl, .dflt = "false", .doc = "Refuse connections without TLS.",
      .source = "Glue developer guide, JDBC_ENFORCE_SSL"),
    F(MAP, connection_properties, .doc = "Further properties, as Glue names them."),
};
#undef F
static const struct fields connection_fields =
    FIELDS(struct connection, "glue_connection", connection_rows,
           .doc = "How Glue jobs reach a database or a VPC.");

/* ---- where secrets are ---------------------------------------------------------------------- */

enum place { PLACE_TEXT, PLACE_SSM, PLACE_SECRET };

static enum place place_of(struct str s)
{
    if (str_starts(s, S("secretsmanager:")) || str_starts(s, S("arn:aws:secretsmanager:")) ||
        str_starts(s, S("arn:aws-cn:secretsmanager:")) ||
        str_starts(s, S("arn:aws-us-gov:secretsmanager:")))
        return PLACE_SECRET;
    return str_starts(s, S("/")) || str_starts(s, S("ssm:")) ? PLACE_SSM : PLACE_TEXT;
}

/* {{resolve:…}}, which CloudFormation fills in without showing it. A secret's id may be an ARN,
 * whose seventh part is the name; what comes behind is the key in the secret. */
static struct node *resolved(struct plan *p, struct vstr v, const char *key)
{
    struct str s = v.s;
    enum place place = place_of(s);
    if (place == PLACE_TEXT)
        return node_str(p->arena, v.span, s);
    if (place == PLACE_SSM) {
        if (str_starts(s, S("ssm:")))
            s = str_sub(s, 4, s.n);
        return plan_textf(p, "{{resolve:ssm:%.*s}}", STR(s));
    }
    if (str_starts(s, S("secretsmanager:")))
        s = str_sub(s, 15, s.n);
    size_t at = 0;
    for (int parts = str_starts(s, S("arn:")) ? 7 : 1; parts > 0 && at != SIZE_MAX; parts--)
        at = str_find_char(s, ':', at + (at > 0));
    struct str id = at == SIZE_MAX ? s : str_sub(s, 0, at);
    struct str own = at == SIZE_MAX ? str_from(key) : str_sub(s, at + 1, s.n);
    return plan_textf(p, "{{resolve:secretsmanager:%.*s:SecretString:%.*s}}", STR(id), STR(own));
}

/* ---- connection: checks --------------------------------------------------------------------- */

/* Reported at the name: the line of the password is better not printed. */
static void check_password(struct diags *ds, const struct item *it)
{
    const struct connection *c = it->body;
    enum place place = c->password.set ? place_of(c->password.s) : PLACE_SECRET;
    if (place == PLACE_TEXT) {
        struct diag *d =
            diag_error(ds, "plain-secret", it->name.span,
                       "the password of connection '%.*s' is written here", STR(it->name.s));
        diag_help(d, "keep it in Secrets Manager: 'secret: name', or 'password: "
                     "secretsmanager:name:key'");
    } else if (place == PLACE_SSM) {
        struct diag *d = diag_warning(ds, "ssm-password", c->password.span,
                                      "CloudFormation reads this parameter only if it is no "
                                      "SecureString");
        diag_help(d, "keep it in Secrets Manager: 'secret: name'");
    }
}

static void missing(struct diags *ds, const struct item *it, const char *key, const char *example)
{
    struct diag *d = diag_error(ds, "missing-key", it->name.span, "connection '%.*s' has no '%s'",
                                STR(it->name.s), key);
    diag_help(d, "for example '%s: %s'", key, example);
}

static void check_connection(struct diags *ds, const struct item *it)
{
    const struct connection *c = it->body;
    check_password(ds, it);
    if (c->connection_type.v == TYPE_NETWORK) {
        if (!c->subnet_id.set)
            missing(ds, it, "subnet_id", "subnet-0123456789abcdef0");
        if (c->jdbc_url.set)
            diag_error(ds, "conflict", c->jdbc_url.span, "'jdbc_url' is not for NETWORK");
        return;
    }
    if (!c->jdbc_url.set)
        missing(ds, it, "jdbc_url", "/glueconnection/jdbc_url");
    else if (place_of(c->jdbc_url.s) == PLACE_TEXT && !str_starts(c->jdbc_url.s, S("jdbc:")))
        diag_help(diag_error(ds, "bad-url", c->jdbc_url.span,
                             "'jdbc_url' is '%.*s'; expected jdbc:… or where it is kept",
                             STR(c->jdbc_url.s)),
                  "an SSM parameter's name begins with '/' or 'ssm:'");
    if (c->secret.set && (c->username.set || c->password.set))
        diag_error(ds, "conflict", c->secret.span, "'secret' holds both username and password");
    else if (!c->secret.set && !(c->username.set && c->password.set))
        missing(ds, it,
                c->username.set   ? "password"
                : c->password.set ? "username"
                                  : "secret",
                c->username.set   ? "secretsmanager:warehouse:password"
                : c->password.set ? "/glueconnection/username"
                                  : "warehouse");
}

/* ---- connection: lowering ------------------------------------------------------------------- */

static struct node *properties(struct plan *p, const struct connection *c)
{
    struct node *n = plan_map(p);
    if (c->connection_type.v == TYPE_JDBC) {
        plan_put(p, n, "JDBC_CONNECTION_URL", resolved(p, c->jdbc_url, "jdbc_url"));
        plan_put_text(p, n, "JDBC_ENFORCE_SSL", c->enforce_ssl.v ? "true" : "false");
    }
    if (c->username.set)
        plan_put(p, n, "USERNAME", resolved(p, c->username, "username"));
    if (c->password.set)
        plan_put(p, n, "PASSWORD", resolved(p, c->password, "password"));
    if (c->secret.set)
        plan_put(p, n, "SECRET_ID", plan_str(p, c->secret.s));
    const struct node *more = c->connection_properties.node;
    for (size_t i = 0; more && i < more->map.n; i++)
        node_put(p->arena, n, more->map.entries[i].key, more->map.entries[i].key_span,
                 more->map.entries[i].value);
    return n;
}

static struct node *requirements(struct plan *p, const struct connection *c)
{
    struct node *n = plan_map(p), *groups = plan_list(p);
    if (c->subnet_id.set)
        plan_put(p, n, "SubnetId", plan_str(p, c->subnet_id.s));
    for (size_t i = 0; i < c->security_group_id.n; i++)
        node_push(p->arena, groups, plan_str(p, c->security_group_id.items[i].s));
    if (groups->seq.n)
        plan_put(p, n, "SecurityGroupIdList", groups);
    if (c->availability_zone.set)
        plan_put(p, n, "AvailabilityZone", plan_str(p, c->availability_zone.s));
    return n;
}

static void lower_connection(struct plan *p, const struct item *it)
{
    const struct connection *c = it->body;
    struct resource *r =
        plan_add_resource(p, it->name.s, "Connection", "AWS::Glue::Connection", it->name.span);
    struct node *input = plan_map(p), *vpc = requirements(p, c), *catalog = plan_map(p);
    plan_put_text(p, catalog, "Ref", "AWS::AccountId");
    plan_put(p, input, "Name", plan_str(p, plan_physical_name(p, it->name.s, 255)));
    if (it->description.s.n)
        plan_put(p, input, "Description", plan_str(p, it->description.s));
    plan_put(p, input, "ConnectionType", plan_str(p, c->connection_type.s));
    plan_put(p, input, "ConnectionProperties", properties(p, c));
    if (vpc->map.n)
        plan_put(p, input, "PhysicalConnectionRequirements", vpc);
    res_put(p, r, "CatalogId", catalog);
    res_put(p, r, "ConnectionInput", input);
    plan_publish(p, it, r, "glue_connection");
}

/* ---- engine --------------------------------------------------------------------------------- */

static const struct kind kinds[] = {
    { .type = "glue_connection",
      .aliases = WORDS("glueconnection"),
      .roles = ROLE_RESOURCE,
      .doc = "How Glue jobs reach a database or a VPC.",
      .source = "AWS::Glue::Connection",
      .example = "jdbc_url: /warehouse/url\n"
                 "secret: warehouse\n"
                 "subnet_id: subnet-0a1b2c3d\n"
                 "security_group_id: sg-0a1b2c3d\n",
      .fields = &connection_fields,
      .check = check_connection,
      .lower_resource = lower_connection },
};

const struct engine engine_glue = {
    .abi = ENGINE_ABI,
    .name = "glue",
    .kinds = kinds,
    .nkinds = sizeof kinds / sizeof *kinds,
};
