/* One call of an AWS API: signed, sent, tried again where that is right, and its answer read into a
 * value or a typed error. Above this nothing knows protocols, signatures or HTTP.
 *
 * A call is tried again after throttling, 5xx, a lost connection or a truncated answer, with full
 * jitter, as long as attempts and the client's retry budget last; once more after an answer that
 * says the clock is wrong (the server's is used from then on) or the credentials have expired (they
 * are fetched again). A call that may have acted before it failed says so: `uncertain`. */
#ifndef AWS_CLIENT_H
#define AWS_CLIENT_H

#include "aws/config.h"
#include "aws/credentials.h"
#include "aws/http.h"
#include "base/json_write.h"
#include "base/val.h"

enum aws_protocol { AWS_JSON_1_0, AWS_JSON_1_1, AWS_QUERY, AWS_REST_XML, AWS_REST_JSON };

/* A row per service: service.c. */
struct aws_service {
    const char *name;     /* "cloudformation": AWS_ENDPOINT_URL_<NAME>, services sections */
    const char *endpoint; /* host before the region: "api.ecr" */
    const char *signing;  /* name in the credential scope */
    enum aws_protocol protocol;
    const char *target;  /* JSON: X-Amz-Target before the dot */
    const char *version; /* query: Version */
    bool global;         /* one endpoint per partition, signed for its first region */
};

extern const struct aws_service AWS_S3, AWS_STS, AWS_CLOUDFORMATION, AWS_STEP_FUNCTIONS, AWS_ECR,
    AWS_LOGS, AWS_EVENTS, AWS_SCHEDULER, AWS_IAM, AWS_LAMBDA;

struct aws_settings {
    const struct aws_environment *env;
    struct str profile;      /* empty: as the environment says */
    struct str region;       /* likewise */
    struct str endpoint_url; /* --endpoint-url, for every service; empty: the services' own */
    struct str role_arn;     /* assumed with the credentials found; may be empty */
    struct http_settings http;
    unsigned max_attempts; /* of one call; 0: AWS_MAX_ATTEMPTS, the profile's max_attempts, or 5 */
    unsigned backoff_ms;   /* ceiling of the first wait, doubled each time; 0: 500 */
    unsigned timeout_ms;   /* of one attempt, streams excepted; 0: 60 s */
};

struct aws;

/* Reads the shared files; fetches no credentials yet. NULL after a diagnostic. `ds` and `a` are
 * kept: later trouble with credentials is reported there. */
struct aws *aws_new(struct arena *a, struct diags *ds, const struct aws_settings *settings);
void aws_free(struct aws *aws);

/* The region calls go to; empty if nobody names one (calls then fail with [no-region]). */
struct str aws_client_region(const struct aws *aws);
/* For http_send to others than AWS, over the same connections; calls do not mix with http_start. */
struct http *aws_http(struct aws *aws);
struct diags *aws_diags(struct aws *aws);
/* The credentials, fetched if that was not done; NULL after a diagnostic. */
const struct credentials *aws_credentials(struct aws *aws);
/* A URL for an object that works by itself for expires_s seconds; empty after a diagnostic. */
struct str aws_presign(struct aws *aws, struct arena *a, struct str method, struct str bucket,
                       struct str key, int64_t expires_s);

enum aws_outcome {
    AWS_DONE,
    AWS_REFUSED,   /* the service answered with an error: code, message */
    AWS_UNREACHED, /* no answer: message says why */
    AWS_GARBLED,   /* an answer that is none of the service's: an HTML page, broken JSON … */
    AWS_UNSIGNED,  /* no credentials or no region; the diagnostic is there already */
};

/* Everything in it lives until aws_call_done. */
struct aws_result {
    enum aws_outcome outcome;
    unsigned status, attempts;
    bool uncertain;  /* some attempt had no clear answer: the service may have acted on it */
    struct val data; /* JSON as it is; query: what <…Result> holds; XML: as xml.h has it */
    struct str body; /* a raw answer, where the call wanted one */
    struct str code; /* "ValidationError", "NoSuchBucket"; "404" where nothing says more */
    struct str message;
    struct str request_id;
    struct str host; /* who was asked, for messages */
    const struct http_headers *headers;
};

/* A call under way: the caller's memory, zeroed but for what is asked. */
struct aws_call {
    const struct aws_service *service;
    struct str operation; /* "DescribeStacks"; REST: for messages only */
    struct str input;     /* JSON text, or what aws_param wrote; REST: the body, if in memory */
    void *user;

    struct str method, path, query; /* REST: path (from its '/') and query as sent, encoded */
    struct str bucket;              /* S3: becomes part of the host or the path */
    struct http_headers headers;    /* REST: signed along */
    struct http_body file;          /* REST: a body from a file (is_file), hashed first … */
    struct str payload_sha256;      /* … unless its digest, in hex, is known */
    bool raw;                       /* the answer's body is not parsed */
    bool to_file;                   /* a good answer's body goes to fd, at its current offset */
    int fd;
    bool once; /* never tried again */

    struct aws_result result;
    struct aws_state *state; /* client.c's */
};

/* Starts it. The call must stay where it is until aws_wait returns it. */
void aws_start(struct aws *aws, struct aws_call *c);
/* A call that has ended, or NULL once nothing is under way. */
struct aws_call *aws_wait(struct aws *aws);
/* By itself: true if AWS_DONE. No diagnostic except for missing credentials: see aws_report. */
bool aws_call(struct aws *aws, struct aws_call *c);
/* Releases the result. */
void aws_call_done(struct aws_call *c);

/* Whether the service refused with that code. */
bool aws_refused(const struct aws_call *c, struct str code);

/* One diagnostic for a failed call: [aws-refused, aws-denied, aws-unreached, aws-garbled], with
 * what was tried and the request id; nothing for AWS_UNSIGNED, which has its own. `what` is "create
 * the change set". NULL where nothing was added. */
struct diag *aws_report(struct aws *aws, const struct aws_call *c, const char *what);

/* Query protocol: "&Name=value", encoded; Action and Version are added by the call. */
void aws_param(struct buf *b, const char *name, struct str value);
void aws_param_int(struct buf *b, const char *name, int64_t value);
/* "Tags.member.3.Key": prefix, number (from 1), rest (may be empty). */
void aws_param_member(struct buf *b, const char *list, size_t i, const char *rest,
                      struct str value);

/* Reading results. aws_items gives a value's items whatever XML made of it: a list itself, nothing
 * for an empty or missing one, else one item. Consumes nothing; the caller releases what it gets.
 */
struct val aws_items(struct val v);
/* A field's text, copied into a; empty if there is none or it is no string. */
struct str aws_text(struct arena *a, struct val map, const char *key);

#endif
