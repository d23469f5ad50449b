/* Credentials that the machine hands out: a container's endpoint, and instance metadata. Source:
 * SDKs and Tools Reference Guide, "Container credential provider", "IMDS credential provider"; EC2
 * User Guide, "Use IMDSv2". */
#include "aws/provider.h"

#include "base/num.h"

#include <errno.h>

static const struct credential_names NAMES = {
    .key_id = "AccessKeyId", .secret = "SecretAccessKey", .token = "Token", .expires = "Expiration"
};

static struct str host_of(struct str url)
{
    size_t from = str_find(url, S("://"), 0) + 3, to = from;
    if (to < url.n && url.p[to] == '[') {
        size_t close = str_find_char(url, ']', to);
        return close == SIZE_MAX ? S("") : str_sub(url, from, close + 1);
    }
    while (to < url.n && !memchr("/:?#", url.p[to], 4))
        to++;
    return str_sub(url, from, to);
}

/* 127.0.0.0/8, each part in decimal. */
static bool is_loopback(struct str host)
{
    struct str part, rest = host;
    size_t n = 0;
    bool first = false;
    while (str_split(&rest, '.', &part)) {
        int64_t value;
        if (!part.n || part.n > 3 || !num_get_int(part, &value) || value < 0 || value > 255 ||
            !ascii_is_digit(part.p[0]))
            return false;
        first = n++ == 0 ? value == 127 : first;
    }
    return n == 4 && first;
}

/* Without TLS, only what cannot leave the machine: loopback, and the addresses of ECS and EKS. */
static bool host_is_allowed(struct str host)
{
    static const struct str FIXED[] = { S_INIT("localhost"), S_INIT("[::1]"),
                                        S_INIT("169.254.170.2"), S_INIT("169.254.170.23"),
                                        S_INIT("[fd00:ec2::23]") };
    for (size_t i = 0; i < sizeof FIXED / sizeof *FIXED; i++)
        if (str_eq(FIXED[i], host))
            return true;
    return is_loopback(host);
}

static bool one_line(struct str s)
{
    return str_find_char(s, '\n', 0) == SIZE_MAX && str_find_char(s, '\r', 0) == SIZE_MAX;
}

/* The Authorization header that the endpoint wants, from a file or a variable. */
static bool add_authorization(struct chain *c, struct http_request *q, struct buf *file)
{
    const struct aws_environment *env = c->from->env;
    struct str path = aws_variable(env, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    struct str token = aws_variable(env, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    if (path.n) {
        if (!aws_read_secret_file(path.p, file)) {
            chain_breaks(c, "cannot read the container's token %.*s: %s", STR(path),
                         strerror(errno));
            return false;
        }
        token = str_trim(buf_str(file));
    }
    if (!one_line(token)) {
        chain_breaks(c, "the container's authorization token has more than one line");
        return false;
    }
    if (token.n)
        http_header_add(c->a, &q->headers, S("Authorization"), token);
    return true;
}

static enum provided ask_container(struct chain *c, struct http_request *q, struct credentials *out)
{
    struct http_response r;
    enum provided p = PROVIDED;
    if (!provider_ask(c, q, true, &r))
        p = chain_breaks(c, "the container's credentials endpoint does not answer: %.*s",
                         STR(r.why));
    else if (r.status != 200)
        p = chain_breaks(c, "the container's credentials endpoint answered %u", r.status);
    else if (!credentials_from_json(buf_str(&r.body), &NAMES, out))
        p = chain_breaks(c, "the container's credentials endpoint gave no credentials");
    else
        out->source = "the container's credentials endpoint";
    http_response_done(&r);
    return p;
}

enum provided provide_container(struct chain *c, struct credentials *out)
{
    const struct aws_environment *env = c->from->env;
    struct str relative = aws_variable(env, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    struct str url = aws_variable(env, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (relative.n)
        url = arena_printf(c->a, "http://169.254.170.2%.*s", STR(relative));
    if (!url.n)
        return chain_lacks(c, "container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set");
    bool tls = str_starts(url, S("https://"));
    if (!tls && !str_starts(url, S("http://")))
        return chain_breaks(c, "AWS_CONTAINER_CREDENTIALS_FULL_URI is '%.*s'; expected a URL",
                            STR(url));
    if (!tls && !host_is_allowed(host_of(url)))
        return chain_breaks(c,
                            "AWS_CONTAINER_CREDENTIALS_FULL_URI names %.*s without TLS; expected "
                            "https, or a loopback, ECS or EKS address",
                            STR(host_of(url)));
    struct http_request q = { .method = S("GET"), .url = url, .plain = true, .direct = true };
    struct buf file = { 0 };
    enum provided p = add_authorization(c, &q, &file) ? ask_container(c, &q, out) : PROVIDER_FAILED;
    aws_wipe(&file);
    return p;
}

/* ---- instance metadata ---- */

static struct http_request metadata_request(struct chain *c, const char *method, struct str path,
                                            struct str token)
{
    struct str base = aws_variable(c->from->env, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
    if (!base.n)
        base = S("http://169.254.169.254");
    if (str_ends(base, S("/")))
        base.n--;
    struct http_request q = {
        .method = str_from(method),
        .url = arena_printf(c->a, "%.*s%.*s", STR(base), STR(path)),
        .timeout_ms = 1000, /* where there is no such service, packets are often dropped */
        .plain = true,
        .direct = true,
    };
    if (token.n)
        http_header_add(c->a, &q.headers, S("X-aws-ec2-metadata-token"), token);
    else
        http_header_add(c->a, &q.headers, S("X-aws-ec2-metadata-token-ttl-seconds"), S("21600"));
    return q;
}

static enum provided ask_instance(struct chain *c, struct str token, struct credentials *out)
{
    struct str path = S("/latest/meta-data/iam/security-credentials/");
    struct http_request q = metadata_request(c, "GET", path, token);
    struct http_response r;
    bool ok = provider_ask(c, &q, true, &r) && r.status == 200;
    struct str role = ok ? arena_str(c->a, str_trim(buf_str(&r.body))) : S("");
    http_response_done(&r);
    if (!role.n || !one_line(role))
        return chain_lacks(c, "instance metadata: the instance has no role");
    q = metadata_request(c, "GET", arena_printf(c->a, "%.*s%.*s", STR(path), STR(role)), token);
    ok = provider_ask(c, &q, true, &r) && r.status == 200 &&
         credentials_from_json(buf_str(&r.body), &NAMES, out);
    http_response_done(&r);
    if (!ok)
        return chain_breaks(c, "instance metadata gave no credentials for role '%.*s'", STR(role));
    out->source = "instance metadata";
    return PROVIDED;
}

enum provided provide_instance(struct chain *c, struct credentials *out)
{
    struct str off = aws_variable(c->from->env, "AWS_EC2_METADATA_DISABLED");
    if (off.n == 4 && ascii_lower(off.p[0]) == 't')
        return chain_lacks(c, "instance metadata: switched off by AWS_EC2_METADATA_DISABLED");
    struct http_request q = metadata_request(c, "PUT", S("/latest/api/token"), S(""));
    struct http_response r;
    bool ok = provider_ask(c, &q, false, &r) && r.status == 200;
    enum provided p = NOT_PROVIDED;
    if (ok && one_line(buf_str(&r.body)))
        p = ask_instance(c, buf_str(&r.body), out);
    else
        chain_lacks(c, "instance metadata: %s",
                    r.status ? "gives no session token" : "no answer: not an EC2 instance");
    http_response_done(&r);
    return p;
}
