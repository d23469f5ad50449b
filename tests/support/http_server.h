/* A small HTTP/1.1 server for tests, on a thread of its own: keeps connections, records what it was
 * asked, and can be told to misbehave. What it answers is its owner's business. Listens on
 * 127.0.0.1 at a port that the system chooses. */
#ifndef SUPPORT_HTTP_SERVER_H
#define SUPPORT_HTTP_SERVER_H

#include "base/arena.h"
#include "base/vec.h"

struct server;

struct server_header {
    struct str name, value;
};

struct server_request {
    struct str method, target; /* "PUT", "/bucket/key?uploads" */
    struct str path, query;    /* the same, taken apart; still encoded */
    struct str body;
    VEC(struct server_header) headers;
};

/* The value of a header, in any case; empty if there is none. */
struct str server_header(const struct server_request *q, const char *name);
/* A parameter of the query or of a form body, decoded; `found` may be NULL. */
struct str server_parameter(struct arena *a, struct str query, const char *name, bool *found);

struct server_reply {
    unsigned status;    /* 0: 200 */
    const char *type;   /* Content-Type; NULL: text/xml */
    struct str body;    /* in the arena, or static */
    struct str headers; /* whole lines, each ended by "\r\n" */
    bool foreign;       /* not an answer of AWS: without its request id */
    bool close;         /* the connection, afterwards */
};

/* Answers a request, on the server's thread. `a` lives until the answer is sent. */
typedef struct server_reply server_handler(void *self, struct arena *a,
                                           const struct server_request *q);

enum server_fault {
    FAULT_NONE,
    FAULT_DROP_BEFORE, /* the connection ends; nothing happened */
    FAULT_DROP_AFTER,  /* it happened; the connection ends without an answer */
    FAULT_429,         /* TooManyRequestsException */
    FAULT_500,         /* InternalFailure */
    FAULT_503,         /* SlowDown */
    FAULT_TRUNCATED,   /* it happened; half of the answer comes */
    FAULT_HTML,        /* 200 and a page of somebody in between */
    FAULT_STALL,       /* nothing comes, until the client goes away */
    FAULT_EXPIRED,     /* ExpiredToken */
    FAULT_COUNT,
};

const char *server_fault_name(enum server_fault fault);

/* Ends the program where it cannot listen. */
struct server *server_start(server_handler *handler, void *self);
/* After this `self` is the caller's alone again. */
void server_stop(struct server *s);

unsigned server_port(const struct server *s);
/* "http://127.0.0.1:PORT", as long as the server lives. */
struct str server_url(const struct server *s);

/* The n-th request from now (from 1) meets `fault`; 0 of them: all from now on. Faults set before
 * and not met yet stay. server_forget takes all of them back. */
void server_fail(struct server *s, size_t n, enum server_fault fault);
void server_forget(struct server *s);
/* Its clock, in seconds from the real one. A signed request more than 15 minutes off is refused,
 * as AWS does. */
void server_set_clock(struct server *s, int64_t offset_s);

/* Requests received so far, those that met a fault included; and a copy of one (from 0). */
size_t server_count(struct server *s);
struct server_request server_request(struct server *s, struct arena *a, size_t i);
/* Connections accepted so far. */
size_t server_connections(struct server *s);

#endif
