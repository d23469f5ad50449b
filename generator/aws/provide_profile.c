#include "aws/provider.h"

#include "base/num.h"

enum { PROFILES_MAX = 16 };

/* The profiles on the way, to notice one that leads back. */
struct walk {
    struct chain *chain;
    struct str names[PROFILES_MAX];
    size_t n;
};

static enum provided resolve(struct walk *w, struct str name, struct credentials *out);

static bool has_keys(const struct aws_section *p)
{
    return aws_setting(p, "aws_access_key_id").n && aws_setting(p, "aws_secret_access_key").n;
}

static enum provided static_keys(const struct aws_section *p, struct credentials *out)
{
    credentials_set(out, aws_setting(p, "aws_access_key_id"),
                    aws_setting(p, "aws_secret_access_key"), aws_setting(p, "aws_session_token"));
    return PROVIDED;
}

static enum provided loop(struct walk *w, struct str name)
{
    struct buf way;
    buf_init(&way, 0);
    for (size_t i = 0; i < w->n; i++)
        buf_printf(&way, "%.*s -> ", STR(w->names[i]));
    chain_breaks(w->chain, "source_profile goes round in a circle: %.*s%.*s", STR(buf_str(&way)),
                 STR(name));
    buf_done(&way);
    return PROVIDER_FAILED;
}

/* Credentials to assume the role with. */
static enum provided base_credentials(struct walk *w, const struct aws_section *p,
                                      struct credentials *out)
{
    struct str source = aws_setting(p, "source_profile");
    struct str kind = aws_setting(p, "credential_source");
    struct chain *c = w->chain;
    enum provided got = NOT_PROVIDED;
    if (source.n && str_eq(source, p->name) && has_keys(p))
        return static_keys(p, out);
    if (source.n)
        return resolve(w, source, out);
    if (str_eq(kind, S("Environment"))) {
        const struct aws_environment *env = c->from->env;
        struct str id = aws_variable(env, "AWS_ACCESS_KEY_ID");
        if (id.n) {
            credentials_set(out, id, aws_variable(env, "AWS_SECRET_ACCESS_KEY"),
                            aws_variable(env, "AWS_SESSION_TOKEN"));
            return PROVIDED;
        }
    } else if (str_eq(kind, S("EcsContainer"))) {
        got = provide_container(c, out);
    } else if (str_eq(kind, S("Ec2InstanceMetadata"))) {
        got = provide_instance(c, out);
    } else if (kind.n) {
        return chain_breaks(c,
                            "profile '%.*s': credential_source is '%.*s'; expected Environment, "
                            "EcsContainer or Ec2InstanceMetadata",
                            STR(p->name), STR(kind));
    } else {
        return chain_breaks(c,
                            "profile '%.*s' has role_arn, but neither source_profile nor "
                            "credential_source",
                            STR(p->name));
    }
    if (got == NOT_PROVIDED)
        return chain_breaks(c, "profile '%.*s': credential_source %.*s has no credentials",
                            STR(p->name), STR(kind));
    return got;
}

static enum provided assume(struct walk *w, const struct aws_section *p, struct credentials *out)
{
    struct chain *c = w->chain;
    struct str duration = aws_setting(p, "duration_seconds");
    struct role role = {
        .arn = aws_setting(p, "role_arn"),
        .session = aws_setting(p, "role_session_name"),
        .external_id = aws_setting(p, "external_id"),
        .region = aws_setting(p, "region"),
        .token_file = aws_setting(p, "web_identity_token_file"),
    };
    if (duration.n && (!num_get_int(duration, &role.duration_s) || role.duration_s < 900 ||
                       role.duration_s > 43200))
        return chain_breaks(c, "profile '%.*s': duration_seconds is %.*s; expected 900 to 43200",
                            STR(p->name), STR(duration));
    if (aws_setting(p, "mfa_serial").n)
        return chain_breaks(c,
                            "profile '%.*s' wants a code (mfa_serial), and nobody is asked for one "
                            "here; get a session first and name its profile",
                            STR(p->name));
    if (!role.token_file.n) {
        enum provided got = base_credentials(w, p, out);
        if (got != PROVIDED)
            return got;
    }
    return provide_role(c, &role, out);
}

static enum provided resolve(struct walk *w, struct str name, struct credentials *out)
{
    struct chain *c = w->chain;
    const struct aws_section *p = aws_profile(c->from->config, name);
    if (!p)
        return chain_breaks(c, "there is no profile '%.*s' in the shared config files", STR(name));
    for (size_t i = 0; i < w->n; i++)
        if (str_eq(w->names[i], name))
            return loop(w, name);
    if (w->n == PROFILES_MAX)
        return chain_breaks(c, "more than %d profiles lead from one to the next", PROFILES_MAX);
    w->names[w->n++] = name;
    if (aws_setting(p, "role_arn").n)
        return assume(w, p, out);
    if (has_keys(p))
        return static_keys(p, out);
    if (aws_setting(p, "aws_access_key_id").n)
        return chain_breaks(c, "profile '%.*s' has no aws_secret_access_key", STR(name));
    if (aws_setting(p, "sso_session").n || aws_setting(p, "sso_start_url").n)
        return provide_sso(c, p, out);
    if (aws_setting(p, "credential_process").n)
        return provide_process(c, aws_setting(p, "credential_process"), out);
    if (w->n > 1)
        return chain_breaks(c, "profile '%.*s', which profile '%.*s' names, has no credentials",
                            STR(name), STR(w->names[w->n - 2]));
    return chain_lacks(c, "profile '%.*s': has no credentials", STR(name));
}

enum provided provide_profile(struct chain *c, struct str name, struct credentials *out)
{
    struct walk w = { .chain = c };
    bool chosen = c->from->profile.n || aws_variable(c->from->env, "AWS_PROFILE").n;
    if (!chosen && !aws_profile(c->from->config, name))
        return chain_lacks(c, "profile '%.*s': not in the shared config files", STR(name));
    enum provided got = resolve(&w, name, out);
    if (got == PROVIDED)
        out->source = arena_printf(c->a, "profile '%.*s'", STR(name)).p;
    return got;
}
