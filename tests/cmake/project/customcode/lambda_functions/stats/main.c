#include "lambda_runtime/runtime.h"

static bool handler(struct lambda_call *call, void *state)
{
    (void)state;
    ltext_puts(&call->result, "{\"from\":\"stats\"}");
    return true;
}

int main(void)
{
    return lambda_run(handler, NULL);
}
