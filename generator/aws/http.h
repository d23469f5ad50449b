/* HTTP/1.1 over libcurl, the only place that knows it: a request goes in, one response comes out.
 * Connections are kept and used again; any number of transfers may be under way, on one thread.
 *
 * TLS is always verified. Plain HTTP needs `plain` on the request; redirects are never followed
 * (the response says where to). Proxies are those of the environment (https_proxy, no_proxy).
 * Nothing here retries: a transfer that failed says so and why, and its caller decides. */
#ifndef AWS_HTTP_H
#define AWS_HTTP_H

#include "base/buf.h"
#include "base/vec.h"

struct http;

struct http_settings {
    unsigned connections; /* transfers under way at once; 0: 10. Others wait their turn */
    unsigned connect_ms;  /* 0: 10 s */
    unsigned stall_s;     /* this long without a byte is a failure; 0: 60 s */
    struct str ca_file;   /* certificates to trust instead of the system's */
};

/* NULL only where libcurl cannot start. Transfers under way when it is freed are forgotten. */
struct http *http_new(const struct http_settings *settings);
void http_free(struct http *h);

struct http_header {
    struct str name, value;
};

struct http_headers {
    VEC(struct http_header) all;
};

/* The value of the last header of that name, in any case; an empty str without a pointer if there
 * is none. */
struct str http_header(const struct http_headers *headers, struct str name);
/* Appends one; neither name nor value is copied. */
void http_header_add(struct arena *a, struct http_headers *headers, struct str name,
                     struct str value);

/* What is sent: bytes in memory, or `size` bytes of an open file from `at` on, read as they go. */
struct http_body {
    struct str bytes;
    bool is_file;
    int fd;
    uint64_t at, size;
};

struct http_request {
    struct str method; /* GET, PUT … */
    struct str url;    /* sent as it is: path and query are already encoded */
    struct http_headers headers;
    struct http_body body;
    unsigned timeout_ms; /* for all of it; 0: none, only a stall ends it */
    size_t max_body;     /* ceiling of a response in memory; 0: 64 MiB */
    bool to_file;        /* a 2xx response's body goes to `fd`; anything else to memory */
    int fd;
    int64_t max_file; /* ceiling of what goes there; 0: none */
    bool plain;       /* http:// is fine: loopback, metadata services, what the user named */
    bool direct;      /* no proxy: metadata services */
    bool secret;      /* the response's body is wiped when it is released */
};

enum http_failure {
    HTTP_OK,         /* a whole response, whatever its status */
    HTTP_BAD_URL,    /* not to be sent: no http or https, plain HTTP where it is off, line breaks */
    HTTP_NO_HOST,    /* the name does not resolve */
    HTTP_NO_CONNECT, /* refused, unreachable, no connection in time */
    HTTP_TLS,        /* the certificate or handshake was not acceptable */
    HTTP_TIMEOUT,    /* connected, then silence, or too long altogether */
    HTTP_DROPPED,    /* the connection ended before the response did */
    HTTP_TOO_LARGE,  /* over max_body or max_file */
    HTTP_LOCAL,      /* reading the body or writing the response failed here */
};

struct http_response {
    enum http_failure failure;
    bool sent;       /* the other side may have seen the request */
    unsigned status; /* 0 where no status line came */
    struct http_headers headers;
    struct buf body;
    bool secret;    /* as asked: the body is wiped */
    uint64_t got;   /* bytes of the body, wherever they went */
    struct str why; /* of a failure, in words: "connection refused" */
};

/* Releases the body. Headers and words live in the transfer's arena. */
void http_response_done(struct http_response *r);

/* A request on its way. The caller's memory, untouched and unmoved until http_wait hands it back.
 */
struct http_transfer {
    struct http_request request;
    struct http_response response;
    struct arena *arena; /* for the response's headers and words */
    void *user;
    struct http_transfer *next; /* http.c's */
    struct http_handle *handle; /* http.c's */
};

void http_start(struct http *h, struct http_transfer *t);
/* A transfer that has ended, or NULL after wait_ms (none under way: at once; <0: no limit). */
struct http_transfer *http_wait(struct http *h, int wait_ms);
size_t http_under_way(const struct http *h);

/* One request by itself: true if a whole response came, whatever its status. Other transfers of `h`
 * may make progress but stay with http_wait. The caller releases *r by http_response_done. */
bool http_send(struct http *h, struct arena *a, const struct http_request *q,
               struct http_response *r);

/* RFC 3986 percent-encoding of all but the unreserved characters; '/' is kept where `path`. */
void http_encode(struct buf *out, struct str s, bool path);

#endif
