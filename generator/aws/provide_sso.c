/* IAM Identity Center: the token that `aws sso login` left in its cache is exchanged for a role's
 * credentials. Source: SDKs and Tools Reference Guide, "IAM Identity Center credential provider";
 * SSO Portal API Reference, "GetRoleCredentials". */
#include "aws/provider.h"

#include "aws/instant.h"
#include "aws/request.h"
#include "base/json_parse.h"

#include <openssl/evp.h>

struct sso {
    struct chain *c;
    struct str profile, session, start_url, region, account, role;
};

/* ~/.aws/sso/cache/SHA1.json, of the session's name or, without one, of the start URL. */
static struct str cache_path(const struct sso *s)
{
    uint8_t digest[20];
    char name[2 * sizeof digest];
    struct str key = s->session.n ? s->session : s->start_url;
    if (!EVP_Digest(key.p, key.n, digest, NULL, EVP_sha1(), NULL))
        return S(""); /* where policy has switched SHA-1 off, there is no cache to be found */
    hex_put(name, digest, sizeof digest);
    return arena_printf(s->c->a, "%.*s/.aws/sso/cache/%.*s.json",
                        STR(aws_variable(s->c->from->env, "HOME")), (int)sizeof name, name);
}

/* What is wanted of the cache file; borrowed from its text, as tokens and times have no escapes. */
struct token {
    struct str access, expires;
    size_t depth;
};

static void take_token(void *self, const struct json_event *e)
{
    struct token *t = self;
    if (e->kind == JSON_END)
        t->depth--;
    if (t->depth == 1 && e->kind == JSON_STR && !e->text.decoded) {
        if (str_eq(e->key.str, S("accessToken")))
            t->access = e->text.str;
        else if (str_eq(e->key.str, S("expiresAt")))
            t->expires = e->text.str;
    }
    if (e->kind == JSON_BEGIN_LIST || e->kind == JSON_BEGIN_MAP)
        t->depth++;
}

static enum provided log_in_first(const struct sso *s, const char *why)
{
    return chain_breaks(s->c, "profile '%.*s': %s; run 'aws sso login --profile %.*s'",
                        STR(s->profile), why, STR(s->profile));
}

static enum provided exchange(const struct sso *s, struct str token, struct credentials *out)
{
    static const struct credential_names NAMES = { .key_id = "accessKeyId",
                                                   .secret = "secretAccessKey",
                                                   .token = "sessionToken",
                                                   .expires = "expiration",
                                                   .expires_ms = true,
                                                   .inside = "roleCredentials" };
    static const struct aws_service PORTAL = { .endpoint = "portal.sso" };
    struct chain *c = s->c;
    struct str base = aws_endpoint(c->a, c->from->env, c->from->config, c->from->profile, S("sso"));
    struct buf url;
    buf_init(&url, 0);
    buf_put(&url, base.n ? base : aws_target_of(c->a, &PORTAL, s->region).base);
    buf_put(&url, S("/federation/credentials?role_name="));
    http_encode(&url, s->role, false);
    buf_put(&url, S("&account_id="));
    http_encode(&url, s->account, false);
    struct http_request q = { .method = S("GET"),
                              .url = arena_str(c->a, buf_str(&url)),
                              .plain = base.n > 0 };
    buf_done(&url);
    http_header_add(c->a, &q.headers, S("x-amz-sso_bearer_token"), token);
    struct http_response r;
    enum provided p = PROVIDED;
    if (!provider_ask(c, &q, true, &r))
        p = chain_breaks(c, "profile '%.*s': no answer from IAM Identity Center: %.*s",
                         STR(s->profile), STR(r.why));
    else if (r.status == 401)
        p = log_in_first(s, "the session has ended");
    else if (r.status != 200)
        p = chain_breaks(c,
                         "profile '%.*s': IAM Identity Center refused role %.*s in account %.*s "
                         "(%u)",
                         STR(s->profile), STR(s->role), STR(s->account), r.status);
    else if (!credentials_from_json(buf_str(&r.body), &NAMES, out))
        p = chain_breaks(c, "profile '%.*s': IAM Identity Center gave no credentials",
                         STR(s->profile));
    http_response_done(&r);
    return p;
}

enum provided provide_sso(struct chain *c, const struct aws_section *profile,
                          struct credentials *out)
{
    struct str session = aws_setting(profile, "sso_session");
    const struct aws_section *from = profile;
    if (session.n && !(from = map_get(&c->from->config->sessions, session)))
        return chain_breaks(c, "profile '%.*s': there is no [sso-session %.*s]", STR(profile->name),
                            STR(session));
    struct sso s = {
        .c = c,
        .profile = profile->name,
        .session = session,
        .start_url = aws_setting(from, "sso_start_url"),
        .region = aws_setting(from, "sso_region"),
        .account = aws_setting(profile, "sso_account_id"),
        .role = aws_setting(profile, "sso_role_name"),
    };
    if (!s.region.n || !s.account.n || !s.role.n || !s.start_url.n)
        return chain_breaks(c, "profile '%.*s' needs %s", STR(s.profile),
                            !s.region.n    ? "sso_region"
                            : !s.account.n ? "sso_account_id"
                            : !s.role.n    ? "sso_role_name"
                                           : "sso_start_url");
    struct buf text = { 0 };
    struct token token = { 0 };
    struct source src = { 0 };
    size_t error_at;
    int64_t expires;
    enum provided p;
    bool there = aws_read_secret_file(cache_path(&s).p, &text);
    src.text = buf_str(&text);
    if (!there || !json_parse(&src, (struct json_sink){ take_token, &token }, NULL, &error_at) ||
        !token.access.n || !instant_parse(token.expires, &expires))
        p = log_in_first(&s, "nobody has logged in");
    else if (expires <= c->from->env->now(c->from->env->self))
        p = log_in_first(&s, "the session has ended");
    else
        p = exchange(&s, token.access, out);
    aws_wipe(&text);
    return p;
}
