/* A call as an HTTP request, and a response as a result: the protocols of AWS. Pure but for reading
 * a file's digest. client.c decides when; this says what. */
#ifndef AWS_REQUEST_H
#define AWS_REQUEST_H

#include "aws/client.h"

/* Where a call goes. */
struct aws_target {
    struct str base;   /* "https://states.eu-west-1.amazonaws.com", no '/' behind it */
    struct str region; /* it is signed for */
    bool named;        /* by the user: buckets go into the path, plain HTTP is fine */
};

/* The service's own endpoint in a region, in its partition. */
struct aws_target aws_target_of(struct arena *a, const struct aws_service *service,
                                struct str region);

/* The request, unsigned; what is to be signed of it in *sign (method, url, headers, payload,
 * region, service, S3's rules). False if the file's digest could not be read. */
bool aws_request_build(struct arena *a, struct aws_call *c, const struct aws_target *target,
                       struct http_request *q, struct sigv4_request *sign);

/* The answer to `c` (a whole response) in c->result: outcome, data or code and message. */
void aws_response_read(struct arena *a, struct aws_call *c, const struct http_response *r);

/* Host and port of a URL, for messages. */
struct str aws_url_host(struct str url);

#endif
