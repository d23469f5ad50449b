/* The runtime of a Lambda function in C: asks the Runtime API for events, calls the handler, sends
 * what it answers. README.md has a whole function.
 * Source: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes". */
#ifndef LAMBDA_RUNTIME_RUNTIME_H
#define LAMBDA_RUNTIME_RUNTIME_H

#include "lambda_runtime/text.h"

#include <stdint.h>

/* Why a call fails. `type` is what a pipeline's `retry` and `catch` see as the error's name. */
struct lambda_error {
    char type[100];
    char message[1000];
};

/* One invocation. The strings live until the handler returns; those that the caller did not send
 * are
 * "". The event is followed by a NUL. */
struct lambda_call {
    const char *event;
    size_t event_size;
    const char *request_id;
    const char *function_arn;
    const char *trace_id; /* also in the environment, as _X_AMZN_TRACE_ID */
    const char *client_context;
    const char *cognito_identity;
    int64_t deadline_ms; /* Unix time by which the answer must be there */

    struct ltext result; /* the handler appends its answer, a JSON text */
    struct lambda_error error;
};

/* Answers one event: fills call->result and returns true, or returns lambda_fail(…). `state` is
 * what lambda_run was given: what the function prepared once and keeps between calls. */
typedef bool (*lambda_handler)(struct lambda_call *call, void *state);

/* Describes why a call fails, and returns false. `type` is what a pipeline's `retry` and `catch`
 * see as the error's name: letters and digits, such as "InvalidReview". */
bool lambda_fail(struct lambda_call *call, const char *type, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Milliseconds until the deadline; 0 when it is over. */
int64_t lambda_remaining_ms(const struct lambda_call *call);

/* Serves events until the Runtime API is gone or broken, which is the only way that it ends:
 * reports on standard error and returns the exit status for main. */
int lambda_run(lambda_handler handler, void *state);

/* Instead of lambda_run, when the function cannot start: tells the Runtime API why and returns the
 * exit status for main. */
int lambda_init_error(const char *type, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
