/* HTTP/1.1 to the Runtime API: one server, one connection, one request at a time, no TLS.
 * The connection is kept and opened again when the server has closed it. Nothing times out: the
 * answer to "next" may take days. */
#ifndef LAMBDA_RUNTIME_HTTP_H
#define LAMBDA_RUNTIME_HTTP_H

#include "lambda_runtime/text.h"

struct lhttp {
    const char *authority; /* "host:port", as it was given */
    int fd;                /* -1: not connected */
    size_t at, n;          /* unread part of `buffer` */
    char buffer[16 * 1024];
    char error[200]; /* why the last call failed */
};

struct lhttp_request {
    const char *method;
    const char *path;
    const char *headers; /* complete lines, each with its CRLF; may be "" */
    const char *body;    /* NULL: none */
    size_t body_size;
};

/* Both texts are the caller's, are overwritten by each call, and are freed with ltext_done. */
struct lhttp_response {
    int status;
    struct ltext head; /* header lines, each "name: value\n" */
    struct ltext body;
};

/* `authority` is an IP address (an IPv6 one in brackets) or "localhost", and a port; it must live
 * as long as the client. */
void lhttp_init(struct lhttp *h, const char *authority);
void lhttp_done(struct lhttp *h);

/* Sends the request and reads the answer, whatever its status. False if there was none, or a
 * malformed one; `error` then says why. */
bool lhttp_exchange(struct lhttp *h, const struct lhttp_request *request,
                    struct lhttp_response *response);

/* The value of that header (name in any case), of `*n` bytes; NULL if it is not there. */
const char *lhttp_header(const struct lhttp_response *response, const char *name, size_t *n);

#endif
