#include "lambda_runtime/runtime.h"

#include "lambda_runtime/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define API "/2018-06-01/runtime/"

enum { ID_CEILING = 128 }; /* a request id is a UUID; it becomes part of a path */

/* What stays from call to call. */
struct runtime {
    struct lhttp http;
    struct lhttp_response response; /* to "next": the event lives in it */
    struct lhttp_response receipt;  /* to everything else */
    struct ltext values;            /* header values of the call, each with a NUL */
    struct lambda_call call;
};

static int complain(const char *what, const char *why)
{
    fprintf(stderr, "lambda_runtime: %s: %s\n", what, why);
    return 1;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static void set_error(struct lambda_error *error, const char *type, const char *format,
                      va_list args)
{
    size_t n = 0;

    /* It becomes a header: nothing but words and dots. */
    for (const char *p = type; *p != '\0' && n + 1 < sizeof error->type; p++)
        if (is_word(*p) || *p == '.')
            error->type[n++] = *p;
    error->type[n] = '\0';
    int wanted = vsnprintf(error->message, sizeof error->message, format, args);
    if (wanted >= (int)sizeof error->message) {
        /* Cut between characters: what is sent must be UTF-8. */
        size_t end = sizeof error->message - 2;
        while (end > 0 && (error->message[end] & 0xC0) == 0x80)
            end--;
        error->message[end] = '\0';
    }
}

bool lambda_fail(struct lambda_call *call, const char *type, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set_error(&call->error, type, format, args);
    va_end(args);
    return false;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t lambda_remaining_ms(const struct lambda_call *call)
{
    int64_t left = call->deadline_ms - now_ms();

    return left > 0 ? left : 0;
}

/* Keeps a header's value; gives where in `values` it begins, for the text may still move. */
static size_t keep_header(struct runtime *rt, const char *name)
{
    size_t at = rt->values.n, n = 0;
    const char *value = lhttp_header(&rt->response, name, &n);

    ltext_add(&rt->values, value != NULL ? value : "", n);
    ltext_add(&rt->values, "", 1);
    return at;
}

static int64_t parse_ms(const char *digits)
{
    int64_t ms = 0;

    for (; *digits >= '0' && *digits <= '9' && ms < INT64_MAX / 10 - 1; digits++)
        ms = ms * 10 + (*digits - '0');
    return ms;
}

static bool is_request_id(const char *id)
{
    size_t n = strlen(id);

    for (size_t i = 0; i < n; i++)
        if (!is_word(id[i]) && id[i] != '-')
            return false;
    return n > 0 && n <= ID_CEILING;
}

/* Fills in the call from the answer to "next". False if it is not one that can be answered. */
static bool read_call(struct runtime *rt)
{
    struct lambda_call *call = &rt->call;

    ltext_clear(&rt->values);
    size_t id = keep_header(rt, "Lambda-Runtime-Aws-Request-Id");
    size_t deadline = keep_header(rt, "Lambda-Runtime-Deadline-Ms");
    size_t arn = keep_header(rt, "Lambda-Runtime-Invoked-Function-Arn");
    size_t trace = keep_header(rt, "Lambda-Runtime-Trace-Id");
    size_t context = keep_header(rt, "Lambda-Runtime-Client-Context");
    size_t identity = keep_header(rt, "Lambda-Runtime-Cognito-Identity");
    if (rt->values.failed)
        return false;
    const char *values = rt->values.p;
    call->event = rt->response.body.n > 0 ? rt->response.body.p : "";
    call->event_size = rt->response.body.n;
    call->request_id = values + id;
    call->deadline_ms = parse_ms(values + deadline);
    call->function_arn = values + arn;
    call->trace_id = values + trace;
    call->client_context = values + context;
    call->cognito_identity = values + identity;
    call->error = (struct lambda_error){ 0 };
    ltext_clear(&call->result);
    return is_request_id(call->request_id);
}

static bool get_next(struct runtime *rt)
{
    const struct lhttp_request request = { "GET", API "invocation/next", "", NULL, 0 };

    if (!lhttp_exchange(&rt->http, &request, &rt->response))
        return false;
    if (rt->response.status != 200) {
        snprintf(rt->http.error, sizeof rt->http.error, "the answer to 'next' has status %d",
                 rt->response.status);
        return false;
    }
    if (!read_call(rt)) {
        snprintf(rt->http.error, sizeof rt->http.error, "the event has no valid request id");
        return false;
    }
    return true;
}

/* Posts, and says whether to go on. A refusal (4xx) is final for this call, not for the function:
 * the platform has told the caller. */
static bool post(struct runtime *rt, const char *path, const char *headers, const char *body,
                 size_t n)
{
    const struct lhttp_request request = { "POST", path, headers, body, n };

    if (!lhttp_exchange(&rt->http, &request, &rt->receipt))
        return false;
    if (rt->receipt.status >= 500) {
        snprintf(rt->http.error, sizeof rt->http.error, "the Runtime API failed with status %d",
                 rt->receipt.status);
        return false;
    }
    if (rt->receipt.status >= 400)
        fprintf(stderr, "lambda_runtime: %s: refused with status %d: %.*s\n", path,
                rt->receipt.status, rt->receipt.body.n < 500 ? (int)rt->receipt.body.n : 500,
                rt->receipt.body.n > 0 ? rt->receipt.body.p : "");
    return true;
}

static bool post_error(struct runtime *rt, const char *path)
{
    const struct lambda_error *error = &rt->call.error;
    struct ltext body = { 0 };
    char header[200];

    snprintf(header, sizeof header,
             "Content-Type: application/json\r\n"
             "Lambda-Runtime-Function-Error-Type: %s%s\r\n",
             strchr(error->type, '.') == NULL ? "Function." : "", error->type);
    ltext_puts(&body, "{\"errorMessage\":");
    ltext_json_string(&body, error->message, strlen(error->message));
    ltext_puts(&body, ",\"errorType\":");
    ltext_json_string(&body, error->type, strlen(error->type));
    ltext_puts(&body, ",\"stackTrace\":[]}");
    bool good = !body.failed && post(rt, path, header, body.p, body.n);
    ltext_done(&body);
    return good;
}

static bool answer(struct runtime *rt, lambda_handler handler, void *state)
{
    struct lambda_call *call = &rt->call;
    char path[sizeof API + ID_CEILING + 40];

    if (call->trace_id[0] != '\0')
        setenv("_X_AMZN_TRACE_ID", call->trace_id, 1);
    else
        unsetenv("_X_AMZN_TRACE_ID");
    bool good = handler(call, state);
    if (good && call->result.failed)
        good = lambda_fail(call, "Runtime.ResultTooLarge",
                           "the result is too large or memory ran out");
    if (good) {
        snprintf(path, sizeof path, API "invocation/%s/response", call->request_id);
        bool empty = call->result.n == 0;
        return post(rt, path, "Content-Type: application/json\r\n",
                    empty ? "null" : call->result.p, empty ? 4 : call->result.n);
    }
    if (call->error.type[0] == '\0')
        lambda_fail(call, "Function.Unknown", "the handler failed and did not say why");
    fprintf(stderr, "%s %s: %s\n", call->request_id, call->error.type, call->error.message);
    snprintf(path, sizeof path, API "invocation/%s/error", call->request_id);
    return post_error(rt, path);
}

static struct runtime *open_runtime(void)
{
    const char *api = getenv("AWS_LAMBDA_RUNTIME_API");

    if (api == NULL) {
        complain("AWS_LAMBDA_RUNTIME_API", "not set; this program is started by Lambda");
        return NULL;
    }
    struct runtime *rt = calloc(1, sizeof *rt);
    if (rt == NULL)
        complain("start", "no memory");
    else
        lhttp_init(&rt->http, api);
    return rt;
}

static void close_runtime(struct runtime *rt)
{
    lhttp_done(&rt->http);
    ltext_done(&rt->response.head);
    ltext_done(&rt->response.body);
    ltext_done(&rt->receipt.head);
    ltext_done(&rt->receipt.body);
    ltext_done(&rt->values);
    ltext_done(&rt->call.result);
    free(rt);
}

int lambda_run(lambda_handler handler, void *state)
{
    struct runtime *rt = open_runtime();

    if (rt == NULL)
        return 1;
    while (get_next(rt) && answer(rt, handler, state))
        fflush(NULL); /* what the handler printed belongs to this call's log */
    int status = complain("stopping", rt->http.error);
    close_runtime(rt);
    return status;
}

int lambda_init_error(const char *type, const char *format, ...)
{
    struct runtime *rt = open_runtime();
    va_list args;

    if (rt == NULL)
        return 1;
    va_start(args, format);
    set_error(&rt->call.error, type, format, args);
    va_end(args);
    complain(rt->call.error.type, rt->call.error.message);
    if (!post_error(rt, API "init/error"))
        complain("init/error", rt->http.error);
    close_runtime(rt);
    return 1;
}
