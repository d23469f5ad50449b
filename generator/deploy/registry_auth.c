/* Who we are to a registry. */
#include "deploy/registry.h"

#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "jsonpath/text.h"

enum { LOGIN_BYTES = 1 << 20, TOKEN_BYTES = 1 << 20 };

static const struct span NOWHERE;

struct str registry_ecr_region(struct str host)
{
    static const struct str ENDS[] = { S_INIT(".amazonaws.com"), S_INIT(".amazonaws.com.cn") };
    struct str account;
    struct str rest = host;
    if (!str_split(&rest, '.', &account) || account.n != 12)
        return (struct str){ 0 };
    for (size_t i = 0; i < account.n; i++)
        if (!ascii_is_digit(account.p[i]))
            return (struct str){ 0 };
    size_t skip = str_starts(rest, S("dkr.ecr-fips.")) ? 13
                  : str_starts(rest, S("dkr.ecr."))    ? 8
                                                       : 0;
    for (size_t i = 0; skip && i < sizeof ENDS / sizeof *ENDS; i++)
        if (str_ends(rest, ENDS[i]) && rest.n > skip + ENDS[i].n)
            return str_sub(rest, skip, rest.n - ENDS[i].n);
    return (struct str){ 0 };
}

/* ---- challenges ----------------------------------------------------------------------------- */

static bool is_token_char(char c)
{
    return ascii_is_alnum(c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* One name=value from *at on; false at the end, or where it is malformed. */
static bool next_parameter(struct str h, size_t *at, struct str *name, char *value, size_t *n)
{
    size_t i = *at;
    while (i < h.n && (h.p[i] == ' ' || h.p[i] == '\t' || h.p[i] == ','))
        i++;
    size_t from = i;
    while (i < h.n && is_token_char(h.p[i]))
        i++;
    *name = str_sub(h, from, i);
    if (i == from || i >= h.n || h.p[i] != '=')
        return false;
    *n = 0;
    if (++i < h.n && h.p[i] == '"') {
        for (i++; i < h.n && h.p[i] != '"'; i++) {
            if (h.p[i] == '\\' && i + 1 < h.n)
                i++;
            value[(*n)++] = h.p[i];
        }
        if (i >= h.n)
            return false;
        i++;
    } else {
        while (i < h.n && is_token_char(h.p[i]))
            value[(*n)++] = h.p[i++];
    }
    *at = i;
    return true;
}

struct str registry_challenge(struct arena *a, struct str header, struct str parameter)
{
    size_t at = str_find_char(header, ' ', 0), n;
    struct str name;
    char *value = arena_alloc(a, header.n + 1);
    while (at != SIZE_MAX && next_parameter(header, &at, &name, value, &n))
        if (str_same_letters(name, parameter))
            return arena_str(a, (struct str){ value, n });
    return (struct str){ 0 };
}

/* ---- what docker login left ----------------------------------------------------------------- */

struct logins {
    VEC(struct str) all; /* files, in the order they are looked at */
};

static void add_login(struct arena *a, struct logins *l, struct str dir, const char *name)
{
    if (dir.n)
        vec_push(a, &l->all, path_join(a, dir, str_from(name)));
}

static struct logins login_files(struct registry *r)
{
    const struct aws_environment *env = r->settings->aws.env;
    struct logins l = { 0 };
    struct str file = aws_variable(env, "REGISTRY_AUTH_FILE"), home = aws_variable(env, "HOME");
    if (file.n)
        vec_push(r->arena, &l.all, file);
    add_login(r->arena, &l, aws_variable(env, "DOCKER_CONFIG"), "config.json");
    add_login(r->arena, &l, aws_variable(env, "XDG_RUNTIME_DIR"), "containers/auth.json");
    add_login(r->arena, &l, home, ".config/containers/auth.json");
    add_login(r->arena, &l, home, ".docker/config.json");
    return l;
}

/* Keys are hosts, as docker writes them also with https:// in front and a path behind. */
static bool names_host(struct str key, struct str host)
{
    size_t at = str_find(key, S("://"), 0);
    if (at != SIZE_MAX)
        key = str_sub(key, at + 3, key.n);
    size_t slash = str_find_char(key, '/', 0);
    key = str_sub(key, 0, slash == SIZE_MAX ? key.n : slash);
    if (str_eq(host, S("registry-1.docker.io")))
        return str_eq(key, S("index.docker.io")) || str_eq(key, S("docker.io"));
    return str_eq(key, host);
}

/* A secret is not to lie around in memory that is given back. */
static void forget(struct val text)
{
    explicit_bzero((char *)peek_str(text).p, peek_str(text).n);
}

/* `auth` of the host in one file: user:password in Base64. */
static bool look_in(struct registry *r, struct str path)
{
    struct str text;
    size_t error;
    if (!file_exists((struct str){ 0 }, path) ||
        !file_read(r->arena, r->ds, NOWHERE, (struct str){ 0 }, path, LOGIN_BYTES, &text))
        return false;
    struct val v = json_parse_val(text, &error);
    struct val auths = v.kind == VAL_MAP ? peek_get(v, S("auths")) : (struct val){ 0 };
    if (v.kind != VAL_MAP)
        diag_warning(r->ds, "bad-login-file", NOWHERE, "'%.*s' is no file of logins", STR(path));
    for (size_t i = 0; auths.kind == VAL_MAP && i < peek_count(auths) && !r->basic.n; i++) {
        struct val login = peek_value_at(auths, i), auth = { 0 };
        if (login.kind == VAL_MAP)
            auth = peek_get(login, S("auth"));
        if (auth.kind != VAL_STR)
            continue;
        if (names_host(peek_str(peek_key_at(auths, i)), r->name.host))
            buf_put(&r->basic, peek_str(auth));
        forget(auth);
    }
    val_free(v);
    explicit_bzero((char *)text.p, text.n);
    return r->basic.n > 0;
}

/* ECR's own token is user:password in Base64 already. */
static bool ask_ecr(struct registry *r)
{
    struct aws_call call = { .service = &AWS_ECR,
                             .operation = S("GetAuthorizationToken"),
                             .input = S("{}") };
    bool ok = aws_call(r->aws, &call);
    if (ok) {
        struct val list = aws_items(peek_get(call.result.data, S("authorizationData")));
        struct val first =
            list.kind == VAL_LIST && peek_count(list) ? peek_item(list, 0) : (struct val){ 0 };
        struct val token =
            first.kind == VAL_MAP ? peek_get(first, S("authorizationToken")) : (struct val){ 0 };
        if (token.kind == VAL_STR) {
            buf_put(&r->basic, peek_str(token));
            forget(token);
        }
        val_free(list);
    } else {
        aws_report(r->aws, &call, "log in to ECR");
    }
    aws_call_done(&call);
    return r->basic.n > 0;
}

static bool find_basic(struct registry *r)
{
    if (r->looked)
        return r->basic.n > 0;
    r->looked = true;
    if (r->aws)
        return ask_ecr(r);
    struct logins l = login_files(r);
    for (size_t i = 0; i < l.all.n; i++)
        if (look_in(r, l.all.p[i]))
            return true;
    return false;
}

/* ---- tokens --------------------------------------------------------------------------------- */

static void set_authorization(struct registry *r, const char *scheme, struct str secret)
{
    if (r->authorization.p)
        explicit_bzero(r->authorization.p, r->authorization.cap);
    r->authorization.n = 0;
    buf_put(&r->authorization, str_from(scheme));
    buf_putc(&r->authorization, ' ');
    buf_put(&r->authorization, secret);
}

static struct str token_url(struct registry *r, struct str header, struct str realm)
{
    struct buf url;
    struct str service = registry_challenge(r->arena, header, S("service"));
    buf_init(&url, 0);
    buf_put(&url, realm);
    buf_put(&url, str_find_char(realm, '?', 0) == SIZE_MAX ? S("?") : S("&"));
    if (service.n) {
        buf_put(&url, S("service="));
        http_encode(&url, service, false);
        buf_putc(&url, '&');
    }
    buf_put(&url, S("scope="));
    http_encode(&url,
                arena_printf(r->arena, "repository:%.*s:%s", STR(r->name.repository),
                             r->writes ? "pull,push" : "pull"),
                false);
    if (r->mount_from.n) {
        buf_put(&url, S("&scope="));
        http_encode(&url, arena_printf(r->arena, "repository:%.*s:pull", STR(r->mount_from)),
                    false);
    }
    struct str text = arena_str(r->arena, buf_str(&url));
    buf_done(&url);
    return text;
}

static bool take_token(struct registry *r, const struct http_response *answer)
{
    size_t error;
    struct val v = json_parse_val(buf_str(&answer->body), &error);
    static const struct str NAMES[] = { S_INIT("token"), S_INIT("access_token") };
    bool found = false;
    for (size_t i = 0; v.kind == VAL_MAP && i < sizeof NAMES / sizeof *NAMES && !found; i++) {
        struct val token = peek_get(v, NAMES[i]);
        found = token.kind == VAL_STR && peek_str(token).n &&
                str_find_char(peek_str(token), '\n', 0) == SIZE_MAX;
        if (found)
            set_authorization(r, "Bearer", peek_str(token));
        if (token.kind == VAL_STR)
            forget(token);
    }
    val_free(v);
    return found;
}

/* Anonymous where nothing is known of us: public images want a token, too. */
static bool fetch_token(struct registry *r, struct str header)
{
    struct str realm = registry_challenge(r->arena, header, S("realm"));
    struct http_request q = { .method = S("GET"), .max_body = TOKEN_BYTES, .secret = true };
    struct http_response answer = { 0 };
    struct buf basic;
    if (!realm.n)
        return false;
    q.url = token_url(r, header, realm);
    q.plain = registry_is_local(q.url) && registry_is_local(r->base);
    buf_init(&basic, 0);
    if (find_basic(r)) {
        buf_put(&basic, S("Basic "));
        buf_put(&basic, buf_str(&r->basic));
        http_header_add(r->arena, &q.headers, S("Authorization"), buf_str(&basic));
    }
    bool ok = false;
    for (unsigned attempt = 1;; attempt++) {
        bool answered = http_send(r->http, r->arena, &q, &answer);
        ok = answered && answer.status == 200 && take_token(r, &answer);
        bool again = !ok && registry_pause(r, &answer, attempt);
        http_response_done(&answer);
        answer = (struct http_response){ 0 };
        if (!again)
            break;
    }
    if (basic.p)
        explicit_bzero(basic.p, basic.cap);
    buf_done(&basic);
    return ok;
}

bool registry_authorize(struct registry *r, const struct http_response *out)
{
    struct str header = http_header(&out->headers, S("WWW-Authenticate"));
    struct str rest = header, scheme = { 0 };
    str_split(&rest, ' ', &scheme);
    if (str_same_letters(scheme, S("Bearer")))
        return fetch_token(r, header);
    if (!str_same_letters(scheme, S("Basic")) || !find_basic(r))
        return false;
    set_authorization(r, "Basic", buf_str(&r->basic));
    return true;
}
