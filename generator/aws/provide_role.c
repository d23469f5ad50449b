#include "aws/provider.h"

#include "aws/instant.h"
#include "aws/request.h"
#include "aws/xml.h"

#include <errno.h>
#include <unistd.h>

/* ---- the answer ---- */

struct answer {
    struct buf key_id, secret, token, code, message;
    int64_t expires;
};

static void take_text(void *self, struct str name, struct str text)
{
    struct answer *r = self;
    const struct {
        struct str name;
        struct buf *to;
    } fields[] = {
        { S("AccessKeyId"), &r->key_id }, { S("SecretAccessKey"), &r->secret },
        { S("SessionToken"), &r->token }, { S("Code"), &r->code },
        { S("Message"), &r->message },
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (str_eq(fields[i].name, name) && !fields[i].to->n)
            buf_put(fields[i].to, text);
    if (str_eq(name, S("Expiration")))
        instant_parse(text, &r->expires);
}

static void answer_done(struct answer *r)
{
    aws_wipe(&r->key_id);
    aws_wipe(&r->secret);
    aws_wipe(&r->token);
    aws_wipe(&r->code);
    aws_wipe(&r->message);
}

/* ---- the question ---- */

static void put(struct buf *b, const char *name, struct str value)
{
    buf_printf(b, "&%s=", name);
    http_encode(b, value, false);
}

static struct str endpoint(struct chain *c, struct str region)
{
    const struct credentials_from *f = c->from;
    struct str url = f->endpoint_url;
    if (!url.n)
        url = aws_endpoint(c->a, f->env, f->config, f->profile, S("sts"));
    return url.n ? url : aws_target_of(c->a, &AWS_STS, region).base;
}

static bool read_token(struct chain *c, struct str path, struct buf *token)
{
    if (aws_read_secret_file(arena_str(c->a, path).p, token) && str_trim(buf_str(token)).n)
        return true;
    chain_breaks(c, "cannot read the web identity token %.*s: %s", STR(path),
                 token->n ? "it is empty" : strerror(errno));
    return false;
}

static void write_form(struct buf *b, const struct role *role, const struct buf *token)
{
    bool web = role->token_file.n > 0;
    buf_printf(b, "Action=%s&Version=2011-06-15", web ? "AssumeRoleWithWebIdentity" : "AssumeRole");
    put(b, "RoleArn", role->arn);
    put(b, "RoleSessionName", role->session.n ? role->session : S("stepwright"));
    if (role->external_id.n)
        put(b, "ExternalId", role->external_id);
    if (role->duration_s)
        buf_printf(b, "&DurationSeconds=%lld", (long long)role->duration_s);
    if (web)
        put(b, "WebIdentityToken", str_trim(buf_str(token)));
}

static enum provided refuse(struct chain *c, const struct role *role, const char *why,
                            struct str detail)
{
    struct diag *d = diag_error(c->ds, "cannot-assume-role", (struct span){ 0 },
                                "cannot assume role %.*s: %s%s%.*s", STR(role->arn), why,
                                detail.n ? ": " : "", STR(detail));
    diag_help(d, "the role's trust policy must name who assumes it, and that one must be allowed "
                 "sts:AssumeRole");
    return PROVIDER_FAILED;
}

/* Seconds that our clock is behind, where that is what STS complains of; 0 otherwise. */
static int64_t lateness(const struct chain *c, const struct http_response *r, struct str code)
{
    int64_t theirs;
    bool about_time = str_eq(code, S("SignatureDoesNotMatch")) ||
                      str_eq(code, S("RequestExpired")) ||
                      str_eq(code, S("InvalidSignatureException"));
    if (!about_time || !instant_parse_http(http_header(&r->headers, S("Date")), &theirs))
        return 0;
    int64_t late = theirs - c->from->env->now(c->from->env->self);
    return late > 60 || late < -60 ? late : 0;
}

/* NOT_PROVIDED: the clock was wrong, by *clock_s; sign once more. */
static enum provided read_answer(struct chain *c, const struct role *role,
                                 const struct http_response *r, struct credentials *out,
                                 int64_t *clock_s)
{
    struct answer got = { 0 };
    bool xml = xml_parse(buf_str(&r->body), (struct xml_sink){ .text = take_text, .self = &got });
    int64_t late = xml ? lateness(c, r, buf_str(&got.code)) : 0;
    enum provided p = PROVIDED;
    if (r->status / 100 == 2 && xml && got.key_id.n && got.secret.n) {
        credentials_set(out, buf_str(&got.key_id), buf_str(&got.secret), buf_str(&got.token));
        out->expires = got.expires;
        out->source = "an assumed role";
    } else if (late && late != *clock_s) {
        *clock_s = late;
        p = NOT_PROVIDED;
    } else if (xml && got.code.n) {
        p = refuse(c, role, arena_str(c->a, buf_str(&got.code)).p, buf_str(&got.message));
    } else {
        p = refuse(c, role, "the answer is not one of STS", S(""));
    }
    answer_done(&got);
    return p;
}

static enum provided ask(struct chain *c, const struct role *role, struct str region,
                         struct str form, struct credentials *out, int64_t *clock_s)
{
    struct http_request q = {
        .method = S("POST"),
        .url = arena_printf(c->a, "%.*s/", STR(endpoint(c, region))),
        .body.bytes = form,
        .plain = true, /* only where the user named such an endpoint */
    };
    http_header_add(c->a, &q.headers, S("Content-Type"), S("application/x-www-form-urlencoded"));
    struct sigv4_request sign = {
        .method = q.method,
        .url = q.url,
        .headers = &q.headers,
        .payload = sigv4_payload(c->a, form),
        .region = region,
        .service = S("sts"),
        .time = c->from->env->now(c->from->env->self) + *clock_s,
    };
    struct http_headers add = { 0 };
    if (!role->token_file.n)
        sigv4_sign(c->a, &sign, &out->id, &add, NULL);
    for (size_t i = 0; i < add.all.n; i++)
        http_header_add(c->a, &q.headers, add.all.p[i].name, add.all.p[i].value);
    struct http_response r;
    enum provided p = provider_ask(c, &q, true, &r) ? read_answer(c, role, &r, out, clock_s)
                                                    : refuse(c, role, "no answer from STS", r.why);
    http_response_done(&r);
    return p;
}

enum provided provide_role(struct chain *c, const struct role *role, struct credentials *out)
{
    struct str region = role->region.n ? role->region : c->from->region;
    struct buf form, token;
    int64_t clock_s = c->from->clock_s;
    enum provided p = PROVIDER_FAILED;
    buf_init(&form, 0);
    buf_init(&token, 0);
    region = region.n ? region : S("us-east-1");
    if (role->token_file.n && !read_token(c, role->token_file, &token))
        goto out;
    buf_room(&form, 4096 + 3 * token.n);
    write_form(&form, role, &token);
    p = ask(c, role, region, buf_str(&form), out, &clock_s);
    if (p == NOT_PROVIDED)
        p = ask(c, role, region, buf_str(&form), out, &clock_s);
    if (p == NOT_PROVIDED)
        p = refuse(c, role, "its clock and ours do not agree", S(""));
out:
    aws_wipe(&form);
    aws_wipe(&token);
    return p;
}

enum provided provide_web_identity(struct chain *c, struct credentials *out)
{
    const struct aws_environment *env = c->from->env;
    struct role role = {
        .arn = aws_variable(env, "AWS_ROLE_ARN"),
        .session = aws_variable(env, "AWS_ROLE_SESSION_NAME"),
        .token_file = aws_variable(env, "AWS_WEB_IDENTITY_TOKEN_FILE"),
    };
    if (!role.token_file.n)
        return chain_lacks(c, "web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set");
    if (!role.arn.n)
        return chain_breaks(c, "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not");
    enum provided p = provide_role(c, &role, out);
    if (p == PROVIDED)
        out->source = "the web identity of the environment";
    return p;
}
