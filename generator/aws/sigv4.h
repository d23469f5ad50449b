/* AWS Signature Version 4: which bytes of a request are signed, and how. Pure: no clock, no
 * environment, no network. Source: IAM User Guide, "Create a signed AWS API request". */
#ifndef AWS_SIGV4_H
#define AWS_SIGV4_H

#include "aws/http.h"
#include "base/digest.h"

enum { SIGV4_DATE = 8, SIGV4_TIME = 16, SIGV4_SIGNATURE = 64 };

struct sigv4_identity {
    struct str key_id, secret;
    struct str token; /* of temporary credentials; else empty */
};

/* What is to be signed. `url` is the whole URL as it will be sent. */
struct sigv4_request {
    struct str method, url;
    const struct http_headers *headers; /* those to sign besides host, date and token */
    struct str payload; /* SHA-256 of the body in hex, or UNSIGNED-PAYLOAD; see sigv4_payload */
    struct str region, service;
    int64_t time;        /* seconds since 1970 */
    bool as_is;          /* S3: the path is neither normalised nor encoded once more */
    bool payload_header; /* S3: x-amz-content-sha256 is sent, and signed */
    bool token_unsigned; /* the token is added after signing (a few old services) */
};

/* The steps on the way, for tests: texts live in the arena. */
struct sigv4_trace {
    struct str canonical_request, string_to_sign, signature;
};

/* SHA-256 in hex of a body in memory. */
struct str sigv4_payload(struct arena *a, struct str body);
/* The same of `size` bytes of an open file from `at` on; false if it cannot be read that far. */
bool sigv4_payload_file(struct arena *a, int fd, uint64_t at, uint64_t size, struct str *hex);

/* The headers to send besides those of q: X-Amz-Date, X-Amz-Security-Token,
 * X-Amz-Content-Sha256, Authorization, in *add. trace may be NULL. */
void sigv4_sign(struct arena *a, const struct sigv4_request *q, const struct sigv4_identity *who,
                struct http_headers *add, struct sigv4_trace *trace);

/* A URL that works by itself for expires_s (1 to 604,800) seconds; the headers of q, if any, must
 * then be sent with it. S3 signs UNSIGNED-PAYLOAD: say so in q->payload. */
struct str sigv4_presign(struct arena *a, const struct sigv4_request *q,
                         const struct sigv4_identity *who, int64_t expires_s,
                         struct sigv4_trace *trace);

/* Key for requests signed on `date` (UTC, yyyymmdd). Source: "Derive a signing key". */
void sigv4_key(uint8_t key[static SHA256_BYTES], struct str secret, struct str date,
               struct str region, struct str service);

/* "20150830T123600Z" for a time; 16 characters. */
void sigv4_time(char out[static SIGV4_TIME], int64_t time);

#endif
