/* Calls of each protocol against the moto_server at AWS_ENDPOINT_URL. First without
 * authentication; then a user is made and it begins: signatures are checked by an implementation
 * that is not ours. It does that with decoded paths, unlike AWS, and not for every service, so that
 * the second part is the smaller one. Prints what failed. */
#include "aws/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct judge {
    struct arena arena;
    struct diags ds;
    struct aws *aws;
    size_t wrong, right;
};

static void restart(struct judge *j)
{
    struct aws_environment env = aws_environment_process();
    aws_free(j->aws);
    j->aws = aws_new(&j->arena, &j->ds, &(struct aws_settings){ .env = &env, .max_attempts = 2 });
}

/* Runs the call: it must be refused with `code`, or succeed where that is NULL; with `text`
 * somewhere in its data. Leaves the result for the caller to release. */
static void expect(struct judge *j, struct aws_call *c, const char *name, const char *code,
                   const char *text)
{
    struct buf b;
    struct json_writer w;
    bool ok = aws_call(j->aws, c);
    buf_init(&b, 0);
    json_writer_init(&w, &b, 0);
    json_val(&w, c->result.data);
    buf_put(&b, c->result.body);
    bool right = code ? aws_refused(c, str_from(code))
                      : ok && str_find(buf_str(&b), str_from(text), 0) != SIZE_MAX;
    j->right += right;
    j->wrong += !right;
    if (!right)
        printf("FAIL %s: status %u, %.*s %.*s; %.*s\n", name, c->result.status, STR(c->result.code),
               STR(c->result.message), STR(buf_str(&b)));
    buf_done(&b);
}

static void call(struct judge *j, const struct aws_service *service, const char *operation,
                 const char *input, const char *code, const char *text)
{
    struct aws_call c = { .service = service,
                          .operation = str_from(operation),
                          .input = str_from(input) };
    expect(j, &c, operation, code, text);
    aws_call_done(&c);
}

static void s3(struct judge *j, const char *method, const char *path, const char *query,
               const char *body, const char *code, const char *text)
{
    struct aws_call c = { .service = &AWS_S3,
                          .method = str_from(method),
                          .bucket = S("judge"),
                          .path = str_from(path),
                          .query = str_from(query),
                          .input = str_from(body) };
    c.raw = str_eq(c.method, S("GET")) && !c.query.n;
    expect(j, &c, path, code, text);
    aws_call_done(&c);
}

/* The rest is asked as a user that we make. */
static void make_user(struct judge *j)
{
    struct aws_call c = { .service = &AWS_IAM,
                          .operation = S("CreateAccessKey"),
                          .input = S("&UserName=judge") };
    call(j, &AWS_IAM, "CreateUser", "&UserName=judge", NULL, "judge");
    call(j, &AWS_IAM, "PutUserPolicy",
         "&UserName=judge&PolicyName=all&PolicyDocument=%7B%22Version%22%3A%222012-10-17%22%2C"
         "%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%2C"
         "%22Resource%22%3A%22%2A%22%7D%5D%7D",
         NULL, "");
    expect(j, &c, "CreateAccessKey", NULL, "AccessKeyId");
    struct val key =
        c.result.data.kind == VAL_MAP ? peek_get(c.result.data, S("AccessKey")) : (struct val){ 0 };
    setenv("AWS_ACCESS_KEY_ID", aws_text(&j->arena, key, "AccessKeyId").p, 1);
    setenv("AWS_SECRET_ACCESS_KEY", aws_text(&j->arena, key, "SecretAccessKey").p, 1);
    aws_call_done(&c);
    restart(j);
    struct http_response r = { 0 };
    struct http_request q = {
        .method = S("POST"), .body.bytes = S("0"), .plain = true, .direct = true
    };
    q.url = arena_printf(&j->arena, "%s/moto-api/reset-auth", getenv("AWS_ENDPOINT_URL"));
    if (!http_send(aws_http(j->aws), &j->arena, &q, &r) || r.status != 200)
        j->wrong++, printf("FAIL reset-auth: %u\n", r.status);
    http_response_done(&r);
}

static void presigned(struct judge *j, const char *key, unsigned status)
{
    struct http_response r = { 0 };
    struct http_request q = { .method = S("GET"), .plain = true, .direct = true };
    q.url = aws_presign(j->aws, &j->arena, q.method, S("judge"), str_from(key), 60);
    bool right = http_send(aws_http(j->aws), &j->arena, &q, &r) && r.status == status;
    j->right += right;
    j->wrong += !right;
    if (!right)
        printf("FAIL presigned %s: %u %.*s\n", key, r.status, STR(buf_str(&r.body)));
    http_response_done(&r);
}

static void buckets(struct judge *j)
{
    static const char *const KEYS[] = { "/plain", "/a%20b/%C3%A9%2B%3D", "/a//b/../c", "/~x-._",
                                        "/%24%26%2C%3A%40" };
    s3(j, "PUT", "", "", "", NULL, "");
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
        s3(j, "PUT", KEYS[i], "", "hello", NULL, "");
        s3(j, "HEAD", KEYS[i], "", "", NULL, "");
        s3(j, "GET", KEYS[i], "", "", NULL, "hello");
    }
    s3(j, "HEAD", "/nothing", "", "", "404", "");
    s3(j, "GET", "", "list-type=2&prefix=a%20b%2F", "", NULL, "a b/\xc3\xa9+=");
    presigned(j, "plain", 200);
    presigned(j, "a b/\xc3\xa9+=", 200);
    presigned(j, "nothing", 404);
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
        s3(j, "DELETE", KEYS[i], "", "", NULL, "");
    s3(j, "DELETE", "", "", "", NULL, "");
}

static void machines(struct judge *j)
{
    struct aws_call rest[] = {
        { .service = &AWS_LAMBDA, .method = S("GET"), .path = S("/2015-03-31/functions/") },
        { .service = &AWS_SCHEDULER, .method = S("GET"), .path = S("/schedules") },
    };
    expect(j, &rest[0], "ListFunctions", NULL, "Functions");
    expect(j, &rest[1], "ListSchedules", NULL, "Schedules");
    aws_call_done(&rest[0]);
    aws_call_done(&rest[1]);
}

static void tables(struct judge *j)
{
    call(j, &AWS_CLOUDFORMATION, "DescribeStacks", "&StackName=none", "ValidationError", "");
    call(j, &AWS_CLOUDFORMATION, "ListStacks", "", NULL, "");
    call(j, &AWS_STEP_FUNCTIONS, "ListStateMachines", "{}", NULL, "stateMachines");
    call(j, &AWS_STEP_FUNCTIONS, "DescribeStateMachine",
         "{\"stateMachineArn\":\"arn:aws:states:us-east-1:123456789012:stateMachine:none\"}",
         "StateMachineDoesNotExist", "");
    call(j, &AWS_ECR, "GetAuthorizationToken", "{}", NULL, "authorizationToken");
    call(j, &AWS_LOGS, "DescribeLogGroups", "{}", NULL, "logGroups");
    call(j, &AWS_EVENTS, "ListRules", "{}", NULL, "Rules");
}

/* That another secret is refused shows that signatures were looked at. */
static void wrong_secret(struct judge *j)
{
    setenv("AWS_SECRET_ACCESS_KEY", "not-the-secret", 1);
    restart(j);
    struct aws_call calls[] = {
        { .service = &AWS_STS, .operation = S("GetCallerIdentity") },
        { .service = &AWS_STEP_FUNCTIONS, .operation = S("ListStateMachines") },
        { .service = &AWS_S3, .method = S("GET"), .bucket = S("judge"), .query = S("list-type=2") },
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        bool right = !aws_call(j->aws, &calls[i]) && calls[i].result.status == 403;
        j->right += right;
        j->wrong += !right;
        if (!right)
            printf("FAIL wrong secret, call %zu: %u\n", i, calls[i].result.status);
        aws_call_done(&calls[i]);
    }
}

int main(void)
{
    struct judge j = { 0 };
    diags_init(&j.ds, &j.arena);
    restart(&j);
    if (j.aws) {
        machines(&j);
        buckets(&j);
        make_user(&j);
        call(&j, &AWS_STS, "GetCallerIdentity", "", NULL, "user/judge");
        tables(&j);
        s3(&j, "PUT", "", "", "", NULL, "");
        s3(&j, "PUT", "/some/~key-._", "", "hello", NULL, "");
        s3(&j, "GET", "/some/~key-._", "", "", NULL, "hello");
        s3(&j, "GET", "", "list-type=2&prefix=some", "", NULL, "some/~key-._");
        wrong_secret(&j);
    }
    printf("%zu passed, %zu failed\n", j.right, j.wrong);
    int code = j.wrong || !j.right;
    aws_free(j.aws);
    arena_done(&j.arena);
    return code;
}
