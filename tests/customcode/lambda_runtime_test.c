/* The runtime's loop against a Runtime API that behaves, and against one that does not. */
#include "fake_api.h"
#include "lambda_runtime/runtime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ID "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
#define NEXT "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n"
#define RESPONSE "POST /2018-06-01/runtime/invocation/" ID "/response HTTP/1.1\r\n"
#define ERROR "POST /2018-06-01/runtime/invocation/" ID "/error HTTP/1.1\r\n"

#define HEAD "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: " ID "\r\n"
#define EVENT(length, body) HEAD "Content-Length: " length "\r\n\r\n" body
#define ACCEPTED "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}"
#define STATUS(line) "HTTP/1.1 " line "\r\nContent-Length: 0\r\n\r\n"

/* Does what the event says. */
static bool obey(struct lambda_call *call, void *state)
{
    ++*(int *)state;
    if (strcmp(call->event, "fail") == 0)
        return lambda_fail(call, "Bad\r\nEvent", "cannot \"%s\"", call->event);
    if (strcmp(call->event, "mute") == 0)
        return false;
    if (strcmp(call->event, "void") == 0)
        return true;
    if (strcmp(call->event, "huge") == 0) {
        for (int i = 0; i < 200; i++)
            ltext_printf(&call->result, "%100000d", i);
        return true;
    }
    const char *trace = getenv("_X_AMZN_TRACE_ID");
    ltext_printf(&call->result, "<%s|%s|%s>", call->event, call->function_arn,
                 trace != NULL ? trace : "no trace");
    return true;
}

struct expected {
    const char *begins; /* how the request begins */
    const char *holds;  /* what it holds further on; NULL: anything */
};

struct loop_case {
    const char *name;
    struct fake_answer script[8];
    struct expected requests[8];
    int calls;
    size_t connections;
};

static const struct loop_case loop_cases[] = {
    { "an event is answered and the connection kept",
      { { EVENT("2", "{}"), 0 }, { ACCEPTED, 0 }, { EVENT("3", "abc"), 0 }, { ACCEPTED, 0 } },
      { { NEXT, NULL },
        { RESPONSE, "\r\nContent-Length: 14\r\n\r\n<{}||no trace>" },
        { NEXT, NULL },
        { RESPONSE, "\r\n\r\n<abc||no trace>" } },
      2,
      1 },
    { "headers in any case, blanks around values",
      { { "HTTP/1.1 200 OK\r\nlambda-runtime-aws-request-id:" ID "\r\n"
          "LAMBDA-RUNTIME-TRACE-ID: \t Root=1-5bef4de7 \r\n"
          "lambda-runtime-invoked-function-arn: arn:x\r\ncontent-length: 1\r\n\r\n1",
          0 },
        { ACCEPTED, 0 } },
      { { NEXT, NULL }, { RESPONSE, "\r\n\r\n<1|arn:x|Root=1-5bef4de7>" } },
      1,
      1 },
    { "the trace of one call does not reach the next",
      { { HEAD "Lambda-Runtime-Trace-Id: t\r\nContent-Length: 1\r\n\r\n1", 0 },
        { ACCEPTED, 0 },
        { EVENT("1", "2"), 0 },
        { ACCEPTED, 0 } },
      { { NEXT, NULL }, { RESPONSE, "<1||t>" }, { NEXT, NULL }, { RESPONSE, "<2||no trace>" } },
      2,
      1 },
    { "an event in chunks, a byte at a time",
      { { HEAD "Transfer-Encoding: chunked\r\n\r\n"
               "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n",
          FAKE_DRIBBLE },
        { ACCEPTED, FAKE_DRIBBLE } },
      { { NEXT, NULL }, { RESPONSE, "<abc0123456789||" } },
      1,
      1 },
    { "an announcement before the answer",
      { { "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" EVENT("1", "1"), 0 }, { ACCEPTED, 0 } },
      { { NEXT, NULL }, { RESPONSE, "<1||" } },
      1,
      1 },
    { "a kept connection that was closed is opened again",
      { { EVENT("1", "1"), FAKE_CLOSE },
        { ACCEPTED, FAKE_CLOSE },
        { EVENT("1", "2"), 0 },
        { ACCEPTED, 0 } },
      { { NEXT, NULL }, { RESPONSE, "<1||" }, { NEXT, NULL }, { RESPONSE, "<2||" } },
      2,
      3 },
    { "'Connection: close' is obeyed",
      { { HEAD "Connection: Close\r\nContent-Length: 1\r\n\r\n1", FAKE_CLOSE }, { ACCEPTED, 0 } },
      { { NEXT, NULL }, { RESPONSE, "<1||" } },
      1,
      2 },
    { "a failure is reported by type, and the loop goes on",
      { { EVENT("4", "fail"), 0 }, { ACCEPTED, 0 }, { EVENT("1", "1"), 0 }, { ACCEPTED, 0 } },
      { { NEXT, NULL },
        { ERROR, "\r\nLambda-Runtime-Function-Error-Type: Function.BadEvent\r\n"
                 "Content-Length: 73\r\n\r\n{\"errorMessage\":\"cannot \\\"fail\\\"\","
                 "\"errorType\":\"BadEvent\",\"stackTrace\":[]}" },
        { NEXT, NULL },
        { RESPONSE, "<1||" } },
      2,
      1 },
    { "a failure without a reason",
      { { EVENT("4", "mute"), 0 }, { ACCEPTED, 0 } },
      { { NEXT, NULL }, { ERROR, "Error-Type: Function.Unknown\r\n" } },
      1,
      1 },
    { "no result is null",
      { { EVENT("4", "void"), 0 }, { ACCEPTED, 0 } },
      { { NEXT, NULL }, { RESPONSE, "\r\nContent-Length: 4\r\n\r\nnull" } },
      1,
      1 },
    { "a result beyond the ceiling is a failure",
      { { EVENT("4", "huge"), 0 }, { ACCEPTED, 0 } },
      { { NEXT, NULL }, { ERROR, "\"errorType\":\"Runtime.ResultTooLarge\"" } },
      1,
      1 },
    { "an empty event",
      { { EVENT("0", ""), 0 }, { ACCEPTED, 0 } },
      { { NEXT, NULL }, { RESPONSE, "<||" } },
      1,
      1 },
    { "a refused answer ends the call, not the function",
      { { EVENT("1", "1"), 0 },
        { STATUS("413 Payload Too Large"), 0 },
        { EVENT("1", "2"), 0 },
        { ACCEPTED, 0 } },
      { { NEXT, NULL }, { RESPONSE, NULL }, { NEXT, NULL }, { RESPONSE, "<2||" } },
      2,
      1 },
    { "a broken Runtime API ends the function",
      { { EVENT("1", "1"), 0 }, { STATUS("500 Internal Server Error"), 0 }, { ACCEPTED, 0 } },
      { { NEXT, NULL }, { RESPONSE, NULL } },
      1,
      1 },
    /* From here on nothing reaches the handler. */
    { "next is refused", { { STATUS("403 Forbidden"), 0 } }, { { NEXT, NULL } }, 0, 1 },
    { "not HTTP", { { "SSH-2.0-OpenSSH_9.2\r\n", FAKE_CLOSE } }, { { NEXT, NULL } }, 0, 1 },
    { "status of two digits",
      { { "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n", 0 } },
      { { NEXT, NULL } },
      0,
      1 },
    { "no request id",
      { { "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1", 0 } },
      { { NEXT, NULL } },
      0,
      1 },
    { "a request id that would break out of the path",
      { { "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: a/../b\r\nContent-Length: 1\r\n\r\n1",
          0 } },
      { { NEXT, NULL } },
      0,
      1 },
    { "no length", { { HEAD "\r\n1", FAKE_CLOSE } }, { { NEXT, NULL } }, 0, 1 },
    { "negative length", { { EVENT("-1", "1"), 0 } }, { { NEXT, NULL } }, 0, 1 },
    { "length beyond 64 bits",
      { { EVENT("99999999999999999999999", "1"), 0 } },
      { { NEXT, NULL } },
      0,
      1 },
    { "length beyond the ceiling", { { EVENT("99999999", "1"), 0 } }, { { NEXT, NULL } }, 0, 1 },
    { "closed in the middle of the body",
      { { EVENT("10", "1234"), FAKE_CLOSE } },
      { { NEXT, NULL } },
      0,
      1 },
    { "closed in the middle of the head", { { HEAD, FAKE_CLOSE } }, { { NEXT, NULL } }, 0, 1 },
    { "a chunk without a size",
      { { HEAD "Transfer-Encoding: chunked\r\n\r\nx\r\n", 0 } },
      { { NEXT, NULL } },
      0,
      1 },
    { "a chunk longer than its size",
      { { HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", 0 } },
      { { NEXT, NULL } },
      0,
      1 },
};

static void check_requests(const struct loop_case *c, const struct fake_api *api)
{
    size_t n = 0;

    while (c->requests[n].begins != NULL)
        n++;
    if (api->request_count != n)
        fail_msg("%s: %zu requests, expected %zu", c->name, api->request_count, n);
    for (size_t i = 0; i < n; i++) {
        const struct expected *e = &c->requests[i];
        if (strncmp(api->requests[i], e->begins, strlen(e->begins)) != 0 ||
            (e->holds != NULL && strstr(api->requests[i], e->holds) == NULL))
            fail_msg("%s: request %zu is\n%.2000s", c->name, i, api->requests[i]);
    }
}

static void test_loop(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof loop_cases / sizeof *loop_cases; i++) {
        const struct loop_case *c = &loop_cases[i];
        struct fake_api api;
        int calls = 0;
        fake_api_start(&api, c->script);
        int status = lambda_run(obey, &calls);
        fake_api_join(&api);
        check_requests(c, &api);
        if (status != 1 || calls != c->calls || api.connection_count != c->connections)
            fail_msg("%s: status %d, %d calls, %zu connections", c->name, status, calls,
                     api.connection_count);
        fake_api_done(&api);
    }
}

static void test_head_without_end(void **state)
{
    char *answer = malloc(200000);
    int calls = 0;
    struct fake_api api;

    (void)state;
    assert_non_null(answer);
    memset(answer, 'x', 199999);
    memcpy(answer, HEAD "X: ", sizeof HEAD "X: " - 1);
    answer[199999] = '\0';
    const struct fake_answer script[] = { { answer, FAKE_CLOSE }, { NULL, 0 } };
    fake_api_start(&api, script);
    assert_int_equal(lambda_run(obey, &calls), 1);
    fake_api_join(&api);
    assert_int_equal(calls, 0);
    fake_api_done(&api);
    free(answer);
}

static void test_init_error(void **state)
{
    static const struct fake_answer script[] = { { ACCEPTED, 0 }, { NULL, 0 } };
    struct fake_api api;

    (void)state;
    fake_api_start(&api, script);
    assert_int_equal(lambda_init_error("NoModel", "cannot open '%s'", "model.bin"), 1);
    fake_api_join(&api);
    assert_int_equal(api.request_count, 1);
    const char *request = api.requests[0];
    const char *line = "POST /2018-06-01/runtime/init/error HTTP/1.1\r\n";
    assert_memory_equal(request, line, strlen(line));
    assert_non_null(strstr(request, "Lambda-Runtime-Function-Error-Type: Function.NoModel\r\n"));
    assert_non_null(strstr(request, "{\"errorMessage\":\"cannot open 'model.bin'\""));
    fake_api_done(&api);
}

static void test_addresses(void **state)
{
    static const char *const bad[] = {
        "",        "127.0.0.1", "127.0.0.1:", "127.0.0.1:0x50", "127.0.0.1:65536", "example.org:80",
        "[::1:80", ":80"
    };
    int calls = 0;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        setenv("AWS_LAMBDA_RUNTIME_API", bad[i], 1);
        assert_int_equal(lambda_run(obey, &calls), 1);
    }
    unsetenv("AWS_LAMBDA_RUNTIME_API");
    assert_int_equal(lambda_run(obey, &calls), 1);
    assert_int_equal(lambda_init_error("X", "nobody hears it"), 1);
    assert_int_equal(calls, 0);
}

static void test_error_is_cut_between_characters(void **state)
{
    struct lambda_call call = { 0 };
    char message[2000];

    (void)state;
    for (size_t i = 0; i < sizeof message - 1; i += 2)
        memcpy(message + i, "é", 2);
    message[sizeof message - 1] = '\0';
    for (int shift = 0; shift < 2; shift++) {
        assert_false(lambda_fail(&call, "Long", "%s%s", shift ? "a" : "", message));
        size_t n = strlen(call.error.message);
        assert_true(n >= 996);
        assert_int_equal((n - (size_t)shift) % 2, 0);
    }
}

static void test_remaining_time(void **state)
{
    struct lambda_call over = { .deadline_ms = 1000 };
    struct lambda_call never = { .deadline_ms = INT64_MAX };

    (void)state;
    assert_int_equal(lambda_remaining_ms(&over), 0);
    assert_true(lambda_remaining_ms(&never) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loop),
        cmocka_unit_test(test_head_without_end),
        cmocka_unit_test(test_init_error),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_error_is_cut_between_characters),
        cmocka_unit_test(test_remaining_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
