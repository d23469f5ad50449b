#include "aws/retry.h"

#include "base/num.h"

#include <sys/random.h>

enum { WAIT_MAX_MS = 20000, PRICE = 5, PRICE_TIMEOUT = 10, REFUND = 1 };

static bool one_of(struct str s, const struct str *all, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(all[i], s))
            return true;
    return false;
}
#define ONE_OF(s, all) one_of(s, all, sizeof(all) / sizeof *(all))

static const struct str THROTTLED[] = {
    S_INIT("BandwidthLimitExceeded"),
    S_INIT("EC2ThrottledException"),
    S_INIT("LimitExceededException"),
    S_INIT("PriorRequestNotComplete"),
    S_INIT("ProvisionedThroughputExceededException"),
    S_INIT("RequestLimitExceeded"),
    S_INIT("RequestThrottled"),
    S_INIT("RequestThrottledException"),
    S_INIT("SlowDown"),
    S_INIT("ThrottledException"),
    S_INIT("Throttling"),
    S_INIT("ThrottlingException"),
    S_INIT("TooManyRequestsException"),
    S_INIT("TransactionInProgressException"),
};
static const struct str PASSING[] = {
    S_INIT("InternalError"),           S_INIT("InternalFailure"),    S_INIT("RequestTimeout"),
    S_INIT("RequestTimeoutException"), S_INIT("ServiceUnavailable"),
};
/* A status alone is all that S3 answers to HEAD: 400 then is an expired token, 403 may be a clock.
 */
static const struct str EXPIRED[] = { S_INIT("400"), S_INIT("ExpiredToken"),
                                      S_INIT("ExpiredTokenException"),
                                      S_INIT("TokenRefreshRequired") };
static const struct str CLOCK[] = { S_INIT("RequestExpired"), S_INIT("RequestInTheFuture"),
                                    S_INIT("RequestTimeTooSkewed") };
/* These may have other causes too: whether the clock is wrong, the Date header says. */
static const struct str SIGNATURE[] = { S_INIT("403"), S_INIT("AuthFailure"),
                                        S_INIT("InvalidSignatureException"),
                                        S_INIT("SignatureDoesNotMatch") };

static enum retry judge_refusal(const struct aws_result *x)
{
    if (ONE_OF(x->code, EXPIRED))
        return RETRY_FRESH;
    if (ONE_OF(x->code, CLOCK) || ONE_OF(x->code, SIGNATURE))
        return RETRY_CLOCK;
    if (x->status == 429 || ONE_OF(x->code, THROTTLED))
        return RETRY_LATER;
    if (x->status >= 500 || ONE_OF(x->code, PASSING))
        return RETRY_PAUSE;
    if (http_header(x->headers, S("x-amz-bucket-region")).n &&
        (x->status == 301 || x->status == 307 || x->status == 400))
        return RETRY_REGION;
    return RETRY_NO;
}

enum retry retry_judge(const struct aws_call *c, enum http_failure failure)
{
    switch (failure) {
    case HTTP_OK:
        break;
    case HTTP_BAD_URL:
    case HTTP_TLS:
    case HTTP_TOO_LARGE:
    case HTTP_LOCAL:
        return RETRY_NO;
    default:
        return RETRY_PAUSE;
    }
    if (c->result.outcome == AWS_GARBLED)
        return RETRY_PAUSE;
    return c->result.outcome == AWS_REFUSED ? judge_refusal(&c->result) : RETRY_NO;
}

bool retry_pay(int *budget, enum http_failure failure)
{
    int price = failure == HTTP_TIMEOUT ? PRICE_TIMEOUT : PRICE;
    if (*budget < price)
        return false;
    *budget -= price;
    return true;
}

void retry_refund(int *budget, unsigned attempts)
{
    *budget += attempts > 1 ? PRICE : REFUND;
    if (*budget > RETRY_BUDGET)
        *budget = RETRY_BUDGET;
}

/* Jitter keeps clients apart; nothing of it reaches an output. */
static uint32_t random_below(uint32_t n)
{
    uint32_t r = 0;
    if (getrandom(&r, sizeof r, 0) != sizeof r)
        return n / 2;
    return (uint32_t)(((uint64_t)r * n) >> 32);
}

int64_t retry_wait_ms(enum retry why, unsigned attempt, unsigned ceiling_ms, struct str retry_after)
{
    uint64_t ceiling = (uint64_t)ceiling_ms << (attempt < 16 ? attempt - 1 : 15);
    if (why == RETRY_LATER)
        ceiling *= 2;
    if (why != RETRY_PAUSE && why != RETRY_LATER)
        return 0;
    if (ceiling > WAIT_MAX_MS)
        ceiling = WAIT_MAX_MS;
    int64_t wait = random_below((uint32_t)ceiling + 1), asked;
    if (num_get_int(retry_after, &asked) && asked > 0) {
        asked = asked > WAIT_MAX_MS / 1000 ? WAIT_MAX_MS : asked * 1000;
        wait = wait < asked ? asked : wait;
    }
    return wait;
}
