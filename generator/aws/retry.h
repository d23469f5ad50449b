/* When a failed attempt is worth another, and how long to wait. Source: SDKs and Tools Reference
 * Guide, "Retry behavior" (standard mode). */
#ifndef AWS_RETRY_H
#define AWS_RETRY_H

#include "aws/client.h"

enum retry {
    RETRY_NO,
    RETRY_PAUSE,  /* a passing failure */
    RETRY_LATER,  /* told to slow down */
    RETRY_FRESH,  /* the credentials have expired */
    RETRY_CLOCK,  /* our clock is wrong, they say */
    RETRY_REGION, /* the bucket lives elsewhere: x-amz-bucket-region */
};

/* What an ended attempt asks for. `failure` is HTTP_OK where an answer was read into c->result. */
enum retry retry_judge(const struct aws_call *c, enum http_failure failure);

/* The budget of a client: failures use it up, successes fill it. */
enum { RETRY_BUDGET = 500 };
bool retry_pay(int *budget, enum http_failure failure);
void retry_refund(int *budget, unsigned attempts);

/* Milliseconds to wait before attempt n + 1: anything up to the ceiling, which doubles; at least
 * what the server asked for. */
int64_t retry_wait_ms(enum retry why, unsigned attempt, unsigned ceiling_ms,
                      struct str retry_after);

#endif
