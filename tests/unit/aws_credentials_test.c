#include "unit.h"

#include "../support/fake_env.h"
#include "../support/folder.h"
#include "../support/http_server.h"
#include "aws/credentials.h"

/* Stands for STS, IAM Identity Center, a container's endpoint and instance metadata. */
struct world {
    struct arena arena;
    struct diags ds;
    struct folder home;
    struct fake_env env;
    struct server *server;
    struct http *http;
};

#define MACHINE_JSON                                                                              \
    "{\"Code\":\"Success\",\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"a\\/b\",\"Token\":\"t\"," \
    "\"Expiration\":\"2030-01-01T00:00:00Z\",\"Extra\":{\"AccessKeyId\":\"WRONG\"}}"

/* The key id says who asked: "ASIA-<session name>-<who signed>". */
static struct server_reply sts(struct arena *a, const struct server_request *q)
{
    struct str signer = server_header(q, "Authorization");
    size_t from = str_find(signer, S("Credential="), 0);
    signer = from == SIZE_MAX ? S("nobody")
                              : str_sub(signer, from + 11, str_find_char(signer, '/', from));
    if (str_eq(server_parameter(a, q->body, "RoleArn", NULL), S("arn:aws:iam::1:role/denied")))
        return (struct server_reply){
            .status = 403,
            .body = S("<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message>"
                      "</Error></ErrorResponse>"),
        };
    return (struct server_reply){
        .body = arena_printf(
            a,
            "<R><Result><Credentials><AccessKeyId>ASIA-%.*s-%.*s</AccessKeyId><SecretAccessKey>s"
            "</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2030-01-01T00:00:00Z"
            "</Expiration></Credentials></Result></R>",
            STR(server_parameter(a, q->body, "RoleSessionName", NULL)), STR(signer)),
    };
}

static struct server_reply answer(void *self, struct arena *a, const struct server_request *q)
{
    (void)self;
    struct server_reply json = { .type = "application/json" };
    struct str role = S("/latest/meta-data/iam/security-credentials/");
    if (str_eq(q->method, S("POST")))
        return sts(a, q);
    if (str_eq(q->path, S("/latest/api/token")) && str_eq(q->method, S("PUT")) &&
        server_header(q, "X-aws-ec2-metadata-token-ttl-seconds").n)
        return (struct server_reply){ .type = "text/plain", .body = S("session") };
    bool known = str_eq(server_header(q, "X-aws-ec2-metadata-token"), S("session"));
    if (known && str_eq(q->path, role))
        return (struct server_reply){ .type = "text/plain", .body = S("worker\n") };
    if (known && str_eq(q->path, S("/latest/meta-data/iam/security-credentials/worker")))
        json.body = arena_printf(a, MACHINE_JSON, "INSTANCE");
    else if (str_eq(q->path, S("/container")))
        json.body = arena_printf(a, MACHINE_JSON, "CONTAINER");
    else if (str_eq(q->path, S("/locked")) &&
             str_eq(server_header(q, "Authorization"), S("Basic x")))
        json.body = arena_printf(a, MACHINE_JSON, "LOCKED");
    else if (str_eq(q->path, S("/federation/credentials")) &&
             str_eq(server_header(q, "x-amz-sso_bearer_token"), S("sso-token")) &&
             str_eq(q->query, S("role_name=Dev&account_id=123456789012")))
        json.body = S("{\"roleCredentials\":{\"accessKeyId\":\"SSO\",\"secretAccessKey\":\"s\","
                      "\"sessionToken\":\"t\",\"expiration\":1893456000000}}");
    else
        json.status = str_eq(q->path, S("/federation/credentials")) ? 401 : 404;
    return json;
}

static int set_up(void **state)
{
    static struct world w;
    w = (struct world){ 0 };
    diags_init(&w.ds, &w.arena);
    folder_make(&w.home);
    w.server = server_start(answer, NULL);
    w.http = http_new(&(struct http_settings){ .stall_s = 1 });
    fake_env_init(&w.env);
    fake_env_set(&w.env, "HOME", w.home.path.p);
    fake_env_set(&w.env, "AWS_ENDPOINT_URL", server_url(w.server).p);
    *state = &w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    http_free(w->http);
    server_stop(w->server);
    folder_remove(&w->home);
    arena_done(&w->arena);
    return 0;
}

/* "KEY secret token expires source", or the messages. */
static struct str find(struct world *w, const char *profile)
{
    struct aws_config config = { 0 };
    struct credentials c = { 0 };
    struct buf b;
    buf_init(&b, 0);
    diags_init(&w->ds, &w->arena);
    struct credentials_from from = { .env = &w->env.env,
                                     .config = &config,
                                     .profile = str_from(profile),
                                     .region = S("eu-west-1"),
                                     .http = w->http };
    if (aws_config_read(&w->arena, &w->ds, &w->env.env, &config) &&
        credentials_find(&w->arena, &w->ds, &from, &c))
        buf_printf(&b, "%.*s %.*s %.*s %lld, %s", STR(c.id.key_id), STR(c.id.secret),
                   STR(c.id.token), (long long)c.expires, c.source);
    diags_print(&w->ds, &b, false);
    credentials_done(&c);
    aws_config_done(&config);
    struct str s = arena_str(&w->arena, buf_str(&b));
    buf_done(&b);
    return s;
}

static const char *at(struct world *w, const char *path)
{
    return arena_printf(&w->arena, "%.*s%s", STR(server_url(w->server)), path).p;
}

static void expect(struct world *w, const char *name, const char *profile, const char *want)
{
    struct str got = find(w, profile);
    if (str_find(got, str_from(want), 0) == SIZE_MAX)
        fail_msg("%s:\n--- have\n%.*s\n--- want\n%s", name, STR(got), want);
}

static void test_environment(void **state)
{
    struct world *w = *state;
    expect(w, "nothing", "", "no AWS credentials [no-credentials]");
    expect(w, "what was asked", "", "profile 'default': not in the shared config files");
    fake_env_set(&w->env, "AWS_ACCESS_KEY_ID", "AKID");
    expect(w, "half", "", "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
    fake_env_set(&w->env, "AWS_SECRET_ACCESS_KEY", "secret");
    expect(w, "keys", "", "AKID secret  0, the environment");
    fake_env_set(&w->env, "AWS_SESSION_TOKEN", "token");
    expect(w, "token", "", "AKID secret token 0, the environment");
    folder_file(&w->home, ".aws/credentials",
                "[p]\naws_access_key_id=PK\naws_secret_access_key=ps\n");
    expect(w, "a named profile comes first", "p", "PK ps  0, profile 'p'");
    expect(w, "a profile that is not there", "q", "there is no profile 'q'");
}

static void test_profiles(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *profile, *want;
    } CASES[] = {
        { "keys", "AK s  0, profile 'keys'" },
        { "half", "profile 'half' has no aws_secret_access_key" },
        { "role", "ASIA-stepwright-AK s t 1893456000, profile 'role'" },
        { "chain", "ASIA-me-ASIA-stepwright-AK s t 1893456000, profile 'chain'" },
        { "itself", "ASIA-stepwright-IT" },
        { "round1", "source_profile goes round in a circle: round1 -> round2 -> round1" },
        { "alone", "profile 'alone' has role_arn, but neither source_profile nor credential_so" },
        { "lost", "there is no profile 'nowhere'" },
        { "hollow", "profile 'empty', which profile 'hollow' names, has no credentials" },
        { "denied", "cannot assume role arn:aws:iam::1:role/denied: AccessDenied: not you" },
        { "mfa", "profile 'mfa' wants a code (mfa_serial)" },
        { "long", "duration_seconds is 99; expected 900 to 43200" },
        { "source", "ASIA-stepwright-AKENV" },
        { "strange", "credential_source is 'Moon'; expected Environment, EcsContainer or" },
        { "web", "ASIA-web-nobody" },
        { "webless", "cannot read the web identity token" },
        { "empty", "profile 'empty': has no credentials" },
    };
    folder_file(&w->home, "token", "jwt\n");
    folder_file(
        &w->home, ".aws/config",
        arena_printf(&w->arena,
                     "[profile keys]\naws_access_key_id=AK\naws_secret_access_key=s\n"
                     "[profile half]\naws_access_key_id=AK\n"
                     "[profile role]\nrole_arn=arn:1\nsource_profile=keys\n"
                     "[profile chain]\nrole_arn=arn:2\nsource_profile=role\nrole_session_name=me\n"
                     "[profile itself]\nrole_arn=arn:3\nsource_profile=itself\n"
                     "aws_access_key_id=IT\naws_secret_access_key=s\n"
                     "[profile round1]\nrole_arn=arn:4\nsource_profile=round2\n"
                     "[profile round2]\nrole_arn=arn:5\nsource_profile=round1\n"
                     "[profile alone]\nrole_arn=arn:6\n"
                     "[profile lost]\nrole_arn=arn:7\nsource_profile=nowhere\n"
                     "[profile hollow]\nrole_arn=arn:8\nsource_profile=empty\n"
                     "[profile empty]\nregion=x\n"
                     "[profile denied]\nrole_arn=arn:aws:iam::1:role/denied\nsource_profile=keys\n"
                     "[profile mfa]\nrole_arn=a\nsource_profile=keys\nmfa_serial=m\n"
                     "[profile long]\nrole_arn=a\nsource_profile=keys\nduration_seconds=99\n"
                     "[profile source]\nrole_arn=a\ncredential_source=Environment\n"
                     "[profile strange]\nrole_arn=a\ncredential_source=Moon\n"
                     "[profile web]\nrole_arn=a\nrole_session_name=web\n"
                     "web_identity_token_file=%.*s/token\n"
                     "[profile webless]\nrole_arn=a\nweb_identity_token_file=/nonexistent\n",
                     STR(w->home.path))
            .p);
    fake_env_set(&w->env, "AWS_ACCESS_KEY_ID", "AKENV");
    fake_env_set(&w->env, "AWS_SECRET_ACCESS_KEY", "secret");
    for (size_t i = 0; i < COUNT(CASES); i++)
        expect(w, CASES[i].profile, CASES[i].profile, CASES[i].want);
    fake_env_set(&w->env, "AWS_ACCESS_KEY_ID", NULL);
    fake_env_set(&w->env, "AWS_SECRET_ACCESS_KEY", NULL);
    fake_env_set(&w->env, "AWS_PROFILE", "role");
    expect(w, "AWS_PROFILE", "", "ASIA-stepwright-AK");
    server_fail(w->server, 1, FAULT_503);
    expect(w, "a slow STS is asked again", "", "ASIA-stepwright-AK");
    server_set_clock(w->server, 7200);
    expect(w, "another clock", "", "ASIA-stepwright-AK");
    server_set_clock(w->server, 0);
    server_fail(w->server, 0, FAULT_HTML);
    expect(w, "a portal", "", "the answer is not one of STS");
}

static void test_process(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *name, *command, *want;
    } CASES[] = {
        { "prints", "%s/good 'two words' --flag", "PROC two words:--flag t 1893456000, profile" },
        { "fails", "%s/bad", "/bad' ended with 3" },
        { "absent", "%s/absent", "cannot start '" },
        { "nonsense", "/bin/echo hello", "'/bin/echo' printed no credentials" },
        { "open quote", "'%s/good", "credential_process has an open quote" },
    };
    folder_file(&w->home, "good",
                "#!/bin/sh\nprintf '{\"Version\":1,\"AccessKeyId\":\"PROC\",\"SecretAccessKey\":"
                "\"%s:%s\",\"SessionToken\":\"t\",\"Expiration\":\"2030-01-01T00:00:00Z\"}' "
                "\"$1\" \"$2\"\n");
    folder_file(&w->home, "bad", "#!/bin/sh\nexit 3\n");
    chmod(folder_at(&w->home, "good"), 0755);
    chmod(folder_at(&w->home, "bad"), 0755);
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct str command = str_from(CASES[i].command);
        size_t gap = str_find(command, S("%s"), 0);
        if (gap != SIZE_MAX)
            command = arena_printf(&w->arena, "%.*s%.*s%.*s", (int)gap, command.p,
                                   STR(w->home.path), STR(str_sub(command, gap + 2, command.n)));
        folder_file(
            &w->home, ".aws/config",
            arena_printf(&w->arena, "[default]\ncredential_process = %.*s\n", STR(command)).p);
        expect(w, CASES[i].name, "", CASES[i].want);
    }
}

static void test_web_identity(void **state)
{
    struct world *w = *state;
    folder_file(&w->home, "token", "jwt\n");
    fake_env_set(&w->env, "AWS_WEB_IDENTITY_TOKEN_FILE", folder_at(&w->home, "token"));
    expect(w, "no role", "", "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not");
    fake_env_set(&w->env, "AWS_ROLE_ARN", "arn:aws:iam::1:role/r");
    fake_env_set(&w->env, "AWS_ROLE_SESSION_NAME", "ci");
    expect(w, "token", "", "ASIA-ci-nobody s t 1893456000, the web identity of the environment");
    struct server_request q = server_request(w->server, &w->arena, server_count(w->server) - 1);
    assert_text("jwt", server_parameter(&w->arena, q.body, "WebIdentityToken", NULL), "jwt");
}

static void test_container(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *url, *want;
    } CASES[] = {
        { "http://example.com/x", "names example.com without TLS" },
        { "http://127.0.0.1.example.com/x", "names 127.0.0.1.example.com without TLS" },
        { "http://10.0.0.1/x", "names 10.0.0.1 without TLS" },
        { "http://127.1/x", "names 127.1 without TLS" },
        { "http://[::2]/x", "names [::2] without TLS" },
        { "ftp://127.0.0.1/x", "expected a URL" },
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        fake_env_set(&w->env, "AWS_CONTAINER_CREDENTIALS_FULL_URI", CASES[i].url);
        expect(w, CASES[i].url, "", CASES[i].want);
    }
    assert_int_equal(server_count(w->server), 0);
    fake_env_set(&w->env, "AWS_CONTAINER_CREDENTIALS_FULL_URI", at(w, "/container"));
    expect(w, "loopback", "", "CONTAINER a/b t 1893456000, the container's credentials endpoint");
    server_fail(w->server, 1, FAULT_DROP_BEFORE);
    expect(w, "asked again", "", "CONTAINER");
    fake_env_set(&w->env, "AWS_CONTAINER_CREDENTIALS_FULL_URI", at(w, "/locked"));
    expect(w, "token wanted", "", "the container's credentials endpoint answered 404");
    fake_env_set(&w->env, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic x");
    expect(w, "token", "", "LOCKED");
    fake_env_set(&w->env, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic x\r\nX-Evil: 1");
    expect(w, "two lines", "", "token has more than one line");
    folder_file(&w->home, "token", "Basic x\n");
    fake_env_set(&w->env, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", folder_at(&w->home, "token"));
    expect(w, "token file", "", "LOCKED");
}

static void test_instance(void **state)
{
    struct world *w = *state;
    expect(w, "switched off", "", "instance metadata: switched off");
    fake_env_set(&w->env, "AWS_EC2_METADATA_DISABLED", NULL);
    fake_env_set(&w->env, "AWS_EC2_METADATA_SERVICE_ENDPOINT", at(w, "/"));
    expect(w, "role", "", "INSTANCE a/b t 1893456000, instance metadata");
    server_fail(w->server, 2, FAULT_500);
    expect(w, "asked again", "", "INSTANCE");
    server_fail(w->server, 1, FAULT_500);
    expect(w, "no session", "", "instance metadata: gives no session token");
    fake_env_set(&w->env, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1");
    expect(w, "nobody there", "", "no answer: not an EC2 instance");
}

static void test_sso(void **state)
{
    struct world *w = *state;
    const char *config = "[default]\nsso_session=corp\nsso_account_id=123456789012\n"
                         "sso_role_name=Dev\n[sso-session corp]\nsso_region=eu-west-1\n"
                         "sso_start_url=https://corp.example/start\n"
                         "[profile old]\nsso_start_url=https://corp.example/start\n"
                         "sso_region=eu-west-1\nsso_account_id=123456789012\nsso_role_name=Dev\n"
                         "[profile bare]\nsso_session=corp\nsso_role_name=Dev\n"
                         "[profile lost]\nsso_session=nowhere\n";
    /* SHA-1 of "corp", and of the start URL. */
    const char *cache = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
    folder_file(&w->home, ".aws/config", config);
    expect(w, "never logged in", "", "nobody has logged in; run 'aws sso login --profile default'");
    folder_file(&w->home, cache,
                "{\"accessToken\":\"sso-token\",\"expiresAt\":\"2020-01-01T00:00:00Z\"}");
    expect(w, "over", "", "profile 'default': the session has ended; run 'aws sso login");
    folder_file(&w->home, cache,
                "{\"x\":{\"accessToken\":\"no\"},\"accessToken\":\"sso-token\","
                "\"expiresAt\":\"2099-01-01T00:00:00Z\"}");
    expect(w, "token", "", "SSO s t 1893456000, profile 'default'");
    folder_file(&w->home, cache,
                "{\"accessToken\":\"stale\",\"expiresAt\":\"2099-01-01T00:00:00Z\"}");
    expect(w, "refused", "", "the session has ended");
    expect(w, "no account", "bare", "profile 'bare' needs sso_account_id");
    expect(w, "no session", "lost", "there is no [sso-session nowhere]");
    expect(w, "other cache", "old", "nobody has logged in");
}

/* The new ones may be parts of the old. */
static void test_set(void **state)
{
    (void)state;
    struct credentials c = { 0 };
    credentials_set(&c, S("key"), S("a secret"), S("token"));
    assert_int_equal(c.id.secret.p[c.id.secret.n], 0);
    credentials_set(&c, c.id.key_id, c.id.token, c.id.secret); /* parts of itself */
    assert_text("swapped", c.id.secret, "token");
    assert_text("swapped", c.id.token, "a secret");
    credentials_done(&c);
    assert_null(c.id.secret.p);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_environment), TEST(test_profiles), TEST(test_process), TEST(test_web_identity),
        TEST(test_container),   TEST(test_instance), TEST(test_sso),     TEST(test_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
