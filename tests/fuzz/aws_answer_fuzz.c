/* Answers of services on any bytes. The first byte chooses protocol and status, the line behind it
 * is a header; the rest is the body. A result is one of those that a caller can act on, and
 * credentials are found whole or not at all. */
#include "fuzz.h"

#include "aws/instant.h"
#include "aws/provider.h"
#include "aws/request.h"
#include "aws/retry.h"

static void judge(struct arena *a, uint8_t choice, struct str header, struct str body)
{
    static const struct aws_service *const SERVICES[] = { &AWS_STEP_FUNCTIONS, &AWS_CLOUDFORMATION,
                                                          &AWS_S3, &AWS_LAMBDA };
    static const unsigned STATUSES[] = { 200, 204, 301, 400, 403, 404, 429, 503 };
    struct aws_call c = { .service = SERVICES[choice & 3], .operation = S("GetThing") };
    struct http_response r = { .status = STATUSES[choice >> 2 & 7] };
    size_t colon = str_find_char(header, ':', 0);
    buf_init(&r.body, 0);
    buf_put(&r.body, body);
    if (colon != SIZE_MAX)
        http_header_add(a, &r.headers, str_sub(header, 0, colon),
                        str_trim(str_sub(header, colon + 1, header.n)));
    c.raw = choice >> 5 & 1;
    aws_response_read(a, &c, &r);
    const struct aws_result *x = &c.result;
    bool good = r.status / 100 == 2;
    MUST(x->outcome == AWS_DONE || x->outcome == AWS_REFUSED || x->outcome == AWS_GARBLED);
    MUST(x->outcome != AWS_DONE || good);
    MUST(x->outcome != AWS_DONE || c.raw || x->data.kind != VAL_UNDEFINED);
    MUST(x->outcome != AWS_GARBLED || x->message.n);
    MUST(x->outcome != AWS_REFUSED || x->code.n);
    MUST(x->outcome != AWS_DONE || retry_judge(&c, HTTP_OK) == RETRY_NO);
    MUST(retry_wait_ms(retry_judge(&c, HTTP_OK), 1 + choice % 40, choice, header) <= 20000);
    val_free(c.result.data);
    buf_done(&r.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct credential_names NAMES[] = {
        { "a", "b", "c", "d", false, NULL },
        { "a", "b", "c", "d", true, "in" },
    };
    struct arena a = { 0 };
    struct str body = { (const char *)data, size }, header = { 0 };
    int64_t time;
    if (size)
        body = str_sub(body, 1, size);
    str_split(&body, '\n', &header);
    judge(&a, size ? data[0] : 0, header, body);
    for (size_t i = 0; i < 2; i++) {
        struct credentials c = { 0 };
        bool found = credentials_from_json(body, &NAMES[i], &c);
        MUST(found == (c.id.key_id.n && c.id.secret.n));
        credentials_done(&c);
    }
    if (instant_parse(body, &time) || instant_parse_http(body, &time))
        MUST(time > -90000 && time < (int64_t)300000000000);
    arena_done(&a);
    return 0;
}
