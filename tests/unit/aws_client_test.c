#include "unit.h"

#include "../support/fake_env.h"
#include "../support/folder.h"
#include "../support/http_server.h"
#include "aws/client.h"

/* A service that answers in each protocol, and what it did. */
struct world {
    struct arena arena;
    struct diags ds;
    struct server *server;
    struct fake_env env;
    struct aws *aws;
    size_t acted;
    size_t keys;       /* credentials handed out */
    const char *until; /* when they end */
};

static struct server_reply act(void *self, struct arena *a, const struct server_request *q)
{
    struct world *w = self;
    struct str target = server_header(q, "X-Amz-Target");
    w->acted++;
    if (str_eq(q->path, S("/credentials")))
        return (struct server_reply){
            .type = "application/json",
            .body = arena_printf(a,
                                 "{\"AccessKeyId\":\"KEY%zu\",\"SecretAccessKey\":\"s\","
                                 "\"Token\":\"t\",\"Expiration\":\"%s\"}",
                                 ++w->keys, w->until),
        };
    if (str_eq(target, S("AWSStepFunctions.Fail")))
        return (struct server_reply){
            .status = 400,
            .type = "application/x-amz-json-1.0",
            .body = S("{\"__type\":\"com.amazonaws.swf#StateMachineDoesNotExist\","
                      "\"message\":\"no such machine\"}"),
        };
    if (target.n)
        return (struct server_reply){ .type = "application/x-amz-json-1.0",
                                      .body = arena_printf(a, "{\"got\":%.*s}", STR(q->body)) };
    if (str_eq(q->method, S("POST")) && str_find(q->body, S("Action=Fail"), 0) != SIZE_MAX)
        return (struct server_reply){
            .status = 400,
            .body = S("<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type>"
                      "<Code>ValidationError</Code><Message>Stack x does not exist</Message>"
                      "</Error><RequestId>rid-1</RequestId></ErrorResponse>"),
        };
    if (str_eq(q->method, S("POST")))
        return (struct server_reply){
            .body = S("<GetThingResponse><GetThingResult><Name>n</Name><Things><member>a</member>"
                      "<member>b</member></Things></GetThingResult><ResponseMetadata>"
                      "<RequestId>rid-2</RequestId></ResponseMetadata></GetThingResponse>"),
        };
    if (str_eq(q->path, S("/bucket/late-error")))
        return (struct server_reply){ .body = S("<Error><Code>InternalError</Code></Error>") };
    if (str_eq(q->path, S("/bucket/none")))
        return (struct server_reply){ .status = 404 };
    if (str_eq(q->path, S("/bucket/elsewhere")) &&
        str_find(server_header(q, "Authorization"), S("/eu-north-1/s3/"), 0) == SIZE_MAX)
        return (struct server_reply){ .status = 301,
                                      .headers = S("x-amz-bucket-region: eu-north-1\r\n") };
    if (str_eq(q->method, S("GET")))
        return (struct server_reply){ .type = "text/plain", .body = S("the object") };
    return (struct server_reply){ .headers = S("ETag: \"e\"\r\n") };
}

static int set_up(void **state)
{
    static struct world w;
    w = (struct world){ 0 };
    diags_init(&w.ds, &w.arena);
    w.server = server_start(act, &w);
    const struct aws_environment *env = fake_env_init(&w.env);
    fake_env_set(&w.env, "AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    fake_env_set(&w.env, "AWS_SECRET_ACCESS_KEY", "secret");
    fake_env_set(&w.env, "AWS_REGION", "eu-west-1");
    w.aws = aws_new(&w.arena, &w.ds,
                    &(struct aws_settings){ .env = env,
                                            .endpoint_url = server_url(w.server),
                                            .http = { .stall_s = 1 },
                                            .backoff_ms = 1,
                                            .timeout_ms = 400 });
    assert_non_null(w.aws);
    *state = &w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    aws_free(w->aws);
    server_stop(w->server);
    arena_done(&w->arena);
    return 0;
}

static struct aws_call json_call(const char *operation, const char *input)
{
    return (struct aws_call){ .service = &AWS_STEP_FUNCTIONS,
                              .operation = str_from(operation),
                              .input = str_from(input) };
}

static struct aws_call query_call(const char *operation)
{
    return (struct aws_call){ .service = &AWS_CLOUDFORMATION, .operation = str_from(operation) };
}

static struct aws_call s3_call(const char *method, const char *key)
{
    return (struct aws_call){
        .service = &AWS_S3, .method = str_from(method), .bucket = S("bucket"), .path = str_from(key)
    };
}

static void test_json(void **state)
{
    struct world *w = *state;
    struct aws_call c = json_call("Describe", "{\"a\":1}");
    assert_true(aws_call(w->aws, &c));
    struct val got = peek_get(c.result.data, S("got"));
    assert_int_equal(peek_get(got, S("a")).integer, 1);
    aws_call_done(&c);
    struct server_request q = server_request(w->server, &w->arena, 0);
    assert_text("target", server_header(&q, "X-Amz-Target"), "AWSStepFunctions.Describe");
    assert_text("type", server_header(&q, "Content-Type"), "application/x-amz-json-1.0");
    assert_true(str_find(server_header(&q, "Authorization"), S("/eu-west-1/states/aws4_request"),
                         0) != SIZE_MAX);

    c = json_call("Fail", "{}");
    assert_false(aws_call(w->aws, &c));
    assert_true(aws_refused(&c, S("StateMachineDoesNotExist")));
    assert_text("message", c.result.message, "no such machine");
    assert_int_equal(c.result.attempts, 1);
    aws_call_done(&c);
}

static void test_query(void **state)
{
    struct world *w = *state;
    struct buf b;
    buf_init(&b, 0);
    aws_param(&b, "StackName", S("a b"));
    aws_param_member(&b, "Tags", 1, "Key", S("k&"));
    aws_param_member(&b, "Capabilities", 2, "", S("CAPABILITY_IAM"));
    aws_param_int(&b, "Max", 7);
    struct aws_call c = query_call("GetThing");
    c.input = buf_str(&b);
    assert_true(aws_call(w->aws, &c));
    assert_text("name", aws_text(&w->arena, c.result.data, "Name"), "n");
    struct val things = aws_items(peek_get(c.result.data, S("Things")));
    assert_int_equal(peek_count(things), 2);
    val_free(things);
    assert_text("id", c.result.request_id, "rid-2");
    aws_call_done(&c);
    buf_done(&b);
    struct server_request q = server_request(w->server, &w->arena, 0);
    assert_text("form", q.body,
                "Action=GetThing&Version=2010-05-15&StackName=a%20b&Tags.member.1.Key=k%26"
                "&Capabilities.member.2=CAPABILITY_IAM&Max=7");

    c = query_call("Fail");
    assert_false(aws_call(w->aws, &c));
    assert_true(aws_refused(&c, S("ValidationError")));
    assert_text("message", c.result.message, "Stack x does not exist");
    assert_text("id", c.result.request_id, "rid-1");
    aws_call_done(&c);
}

static void test_s3(void **state)
{
    struct world *w = *state;
    struct aws_call c = s3_call("GET", "/a%20b/../c");
    c.raw = true;
    assert_true(aws_call(w->aws, &c));
    assert_text("raw", c.result.body, "the object");
    aws_call_done(&c);
    struct server_request q = server_request(w->server, &w->arena, 0);
    assert_text("path", q.target, "/bucket/a%20b/../c");
    assert_int_equal(server_header(&q, "X-Amz-Content-Sha256").n, SHA256_HEX);

    c = s3_call("HEAD", "/none");
    assert_false(aws_call(w->aws, &c));
    assert_true(aws_refused(&c, S("404")));
    aws_call_done(&c);

    c = s3_call("HEAD", "/elsewhere");
    assert_true(aws_call(w->aws, &c));
    assert_int_equal(c.result.attempts, 2);
    aws_call_done(&c);

    c = s3_call("POST", "/late-error");
    c.method = S("PUT");
    assert_false(aws_call(w->aws, &c));
    assert_true(aws_refused(&c, S("InternalError")));
    assert_int_equal(c.result.attempts, 5);
    aws_call_done(&c);
}

/* Every fault, met by the first request, ends well in each protocol. */
static void test_faults_pass(void **state)
{
    struct world *w = *state;
    for (enum server_fault f = FAULT_DROP_BEFORE; f < FAULT_COUNT; f++) {
        struct aws_call calls[] = { json_call("Describe", "{}"), query_call("GetThing"),
                                    s3_call("HEAD", "/key"), s3_call("GET", "/key") };
        calls[3].raw = true;
        for (size_t i = 0; i < COUNT(calls); i++) {
            server_fail(w->server, 1, f);
            if (!aws_call(w->aws, &calls[i]))
                fail_msg("%s, call %zu: %.*s %.*s", server_fault_name(f), i,
                         STR(calls[i].result.code), STR(calls[i].result.message));
            /* libcurl itself goes on from a kept connection that ended without a byte. */
            bool dropped = f == FAULT_DROP_BEFORE || f == FAULT_DROP_AFTER;
            if (calls[i].result.attempts != 2 && !dropped)
                fail_msg("%s, call %zu: %u attempts", server_fault_name(f), i,
                         calls[i].result.attempts);
            aws_call_done(&calls[i]);
        }
    }
    assert_int_equal(w->ds.errors, 0);
}

/* A fault that stays becomes one clear message. */
static void test_faults_stay(void **state)
{
    struct world *w = *state;
    static const struct {
        enum server_fault fault;
        unsigned attempts;
        enum aws_outcome outcome;
        bool uncertain;
        const char *message;
    } CASES[] = {
        { FAULT_DROP_BEFORE, 5, AWS_UNREACHED, true, "no answer from 127.0.0.1" },
        { FAULT_429, 5, AWS_REFUSED, false, "TooManyRequestsException: Rate exceeded" },
        { FAULT_500, 5, AWS_REFUSED, true, "InternalFailure: We had a problem" },
        { FAULT_503, 5, AWS_REFUSED, false, "SlowDown" },
        { FAULT_TRUNCATED, 5, AWS_UNREACHED, true, "no answer from" },
        { FAULT_HTML, 5, AWS_GARBLED, true, "answered with an HTML page, 'Sign in'" },
        { FAULT_EXPIRED, 2, AWS_REFUSED, false, "ExpiredTokenException" },
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct aws_call c = json_call("Describe", "{}");
        server_fail(w->server, 0, CASES[i].fault);
        assert_false(aws_call(w->aws, &c));
        struct diag *d = aws_report(w->aws, &c, "describe it");
        assert_non_null(d);
        if (c.result.outcome != CASES[i].outcome || c.result.attempts != CASES[i].attempts ||
            c.result.uncertain != CASES[i].uncertain ||
            str_find(d->message, str_from(CASES[i].message), 0) == SIZE_MAX)
            fail_msg("%s: outcome %d after %u, uncertain %d: %.*s",
                     server_fault_name(CASES[i].fault), c.result.outcome, c.result.attempts,
                     c.result.uncertain, STR(d->message));
        aws_call_done(&c);
    }
}

static void test_budget(void **state)
{
    struct world *w = *state;
    size_t before = server_count(w->server);
    server_fail(w->server, 0, FAULT_503);
    for (size_t i = 0; i < 60; i++) {
        struct aws_call c = json_call("Describe", "{}");
        aws_call(w->aws, &c);
        aws_call_done(&c);
    }
    /* 60 first attempts, and 100 more for the budget of 500 at 5 each. */
    assert_int_equal(server_count(w->server) - before, 160);
}

static void test_clock(void **state)
{
    struct world *w = *state;
    static const int64_t OFFSETS[] = { 3600, -7200 };
    for (size_t i = 0; i < COUNT(OFFSETS); i++) {
        server_set_clock(w->server, OFFSETS[i]);
        struct aws_call c = i ? s3_call("HEAD", "/key") : json_call("Describe", "{}");
        assert_true(aws_call(w->aws, &c));
        assert_int_equal(c.result.attempts, 2);
        aws_call_done(&c);
        c = json_call("Describe", "{}");
        assert_true(aws_call(w->aws, &c));
        assert_int_equal(c.result.attempts, 1);
        aws_call_done(&c);
    }
}

static void test_once(void **state)
{
    struct world *w = *state;
    struct aws_call c = json_call("Describe", "{}");
    c.once = true;
    server_fail(w->server, 1, FAULT_500);
    assert_false(aws_call(w->aws, &c));
    assert_int_equal(c.result.attempts, 1);
    assert_true(c.result.uncertain);
    aws_call_done(&c);
}

static void test_files(void **state)
{
    struct world *w = *state;
    struct folder f;
    folder_make(&f);
    folder_file(&f, "in", "some bytes to send");
    int in = open(folder_at(&f, "in"), O_RDONLY | O_CLOEXEC);
    int out = open(folder_at(&f, "out"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct aws_call c = s3_call("PUT", "/key");
    c.file = (struct http_body){ .is_file = true, .fd = in, .size = 18 };
    server_fail(w->server, 1, FAULT_503);
    assert_true(aws_call(w->aws, &c));
    aws_call_done(&c);
    struct server_request q = server_request(w->server, &w->arena, 1);
    assert_text("body", q.body, "some bytes to send");
    assert_text("digest", server_header(&q, "X-Amz-Content-Sha256"),
                sigv4_payload(&w->arena, S("some bytes to send")).p);

    /* Half of the object, then all of it: nothing of the first is left. */
    c = s3_call("GET", "/key");
    c.to_file = true;
    c.fd = out;
    assert_int_equal(write(out, "before ", 7), 7);
    server_fail(w->server, 1, FAULT_TRUNCATED);
    assert_true(aws_call(w->aws, &c));
    aws_call_done(&c);
    assert_text("file", folder_read(&f, "out"), "before the object");
    close(in);
    close(out);
    folder_remove(&f);
}

static void test_many(void **state)
{
    enum { MANY = 40 };
    struct world *w = *state;
    struct aws_call c[MANY];
    size_t ended = 0;
    for (size_t i = 0; i < MANY; i++) {
        c[i] = s3_call("HEAD", "/key");
        if (i % 3 == 0)
            server_fail(w->server, i + 1, FAULT_500);
    }
    for (size_t i = 0; i < MANY; i++)
        aws_start(w->aws, &c[i]);
    for (struct aws_call *done; (done = aws_wait(w->aws)); ended++) {
        assert_int_equal(done->result.outcome, AWS_DONE);
        aws_call_done(done);
    }
    assert_int_equal(ended, MANY);
}

/* Nobody minds that something was read twice. */
static void test_only_changes_are_uncertain_to_a_user(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *operation;
        bool said;
    } CASES[] = { { "DescribeStacks", false }, { "GetTemplate", false }, { "CreateStack", true } };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct aws_call c = json_call(CASES[i].operation, "{}");
        struct buf out;
        buf_init(&out, 0);
        server_fail(w->server, 0, FAULT_DROP_BEFORE);
        diags_init(&w->ds, &w->arena);
        assert_false(aws_call(w->aws, &c));
        aws_report(w->aws, &c, "do it");
        diags_print(&w->ds, &out, false);
        assert_int_equal(str_find(buf_str(&out), S("may have done"), 0) != SIZE_MAX, CASES[i].said);
        buf_done(&out);
        aws_call_done(&c);
        server_forget(w->server);
    }
}

static void test_without(void **state)
{
    struct world *w = *state;
    struct aws_call c = json_call("Describe", "{}");
    fake_env_set(&w->env, "AWS_REGION", NULL);
    struct aws_settings settings = { .env = &w->env.env };
    struct aws *bare = aws_new(&w->arena, &w->ds, &settings);
    assert_false(aws_call(bare, &c));
    assert_int_equal(c.result.outcome, AWS_UNSIGNED);
    assert_null(aws_report(bare, &c, "describe it"));
    assert_string_equal(w->ds.all.p[0]->slug, "no-region");
    aws_call_done(&c);
    aws_free(bare);

    fake_env_set(&w->env, "AWS_ACCESS_KEY_ID", NULL);
    fake_env_set(&w->env, "AWS_SECRET_ACCESS_KEY", NULL);
    bare = aws_new(&w->arena, &w->ds, &settings);
    for (int i = 0; i < 2; i++) {
        assert_false(aws_call(bare, &c));
        assert_int_equal(c.result.outcome, AWS_UNSIGNED);
        aws_call_done(&c);
    }
    assert_int_equal(w->ds.errors, 2); /* said once */
    assert_string_equal(w->ds.all.p[1]->slug, "no-credentials");
    aws_free(bare);
}

/* Whose key signed the last request. */
static bool signed_by(struct world *w, const char *key)
{
    struct server_request q = server_request(w->server, &w->arena, server_count(w->server) - 1);
    struct str want = arena_printf(&w->arena, "Credential=%s/", key);
    return str_find(server_header(&q, "Authorization"), want, 0) != SIZE_MAX;
}

static const char *in_a_minute(struct world *w)
{
    time_t t = (time_t)w->env.now + 60;
    struct tm tm;
    char text[32];
    gmtime_r(&t, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return arena_str(&w->arena, str_from(text)).p;
}

static void test_renewal(void **state)
{
    struct world *w = *state;
    struct aws_call c = json_call("Describe", "{}");
    fake_env_set(&w->env, "AWS_ACCESS_KEY_ID", NULL);
    fake_env_set(&w->env, "AWS_SECRET_ACCESS_KEY", NULL);
    fake_env_set(&w->env, "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                 arena_printf(&w->arena, "%.*s/credentials", STR(server_url(w->server))).p);
    w->until = "2099-01-01T00:00:00Z";
    for (int i = 0; i < 2; i++) {
        assert_true(aws_call(w->aws, &c));
        assert_true(signed_by(w, "KEY1"));
        aws_call_done(&c);
    }
    /* Told that they have expired: fetched once more, and the call goes on. */
    server_fail(w->server, 1, FAULT_EXPIRED);
    w->until = "2001-01-01T00:00:00Z";
    assert_true(aws_call(w->aws, &c));
    assert_int_equal(c.result.attempts, 2);
    assert_int_equal(w->keys, 3); /* and again, as the second were of 2001 */
    aws_call_done(&c);
    /* About to end: fetched before each call. */
    assert_true(aws_call(w->aws, &c));
    assert_true(signed_by(w, "KEY4"));
    aws_call_done(&c);
    /* About to end, and the source fails: they are used while they last. */
    w->env.now = (int64_t)time(NULL);
    w->until = in_a_minute(w);
    assert_true(aws_call(w->aws, &c));
    assert_true(signed_by(w, "KEY5"));
    aws_call_done(&c);
    fake_env_set(&w->env, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/");
    assert_true(aws_call(w->aws, &c));
    assert_true(signed_by(w, "KEY5"));
    assert_int_equal(w->ds.errors, 0);
    aws_call_done(&c);
    /* Gone for good. */
    server_fail(w->server, 0, FAULT_EXPIRED);
    assert_false(aws_call(w->aws, &c));
    assert_int_equal(c.result.outcome, AWS_UNSIGNED);
    assert_string_equal(w->ds.all.p[0]->slug, "bad-credentials");
    aws_call_done(&c);
}

static void test_presign(void **state)
{
    struct world *w = *state;
    struct str url = aws_presign(w->aws, &w->arena, S("GET"), S("bucket"), S("a b/c"), 60);
    struct str want = arena_printf(
        &w->arena, "%.*s/bucket/a%%20b/c?X-Amz-Algorithm=", STR(server_url(w->server)));
    assert_true(str_starts(url, want));
    assert_true(str_find(url, S("&X-Amz-Expires=60&X-Amz-Signature="), 0) != SIZE_MAX);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_json),
        TEST(test_query),
        TEST(test_s3),
        TEST(test_faults_pass),
        TEST(test_faults_stay),
        TEST(test_budget),
        TEST(test_clock),
        TEST(test_once),
        TEST(test_files),
        TEST(test_many),
        TEST(test_only_changes_are_uncertain_to_a_user),
        TEST(test_without),
        TEST(test_presign),
        TEST(test_renewal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
