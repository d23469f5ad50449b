#include "http_server.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 128, FAULTS = 4096, RECORDED_BODY = 1 << 20 };

struct connection {
    int fd; /* -1: free */
    struct buf in, out;
    size_t sent;  /* of out */
    bool closing; /* once out is sent */
    bool stalled;
};

struct recorded {
    struct server_request request;
    struct recorded *next;
};

struct server {
    server_handler *handler;
    void *self;
    int listener, wake[2];
    unsigned port;
    char url[40];
    pthread_t thread;
    struct connection all[CONNECTIONS];
    pthread_mutex_t lock; /* for what follows */
    struct arena arena;
    struct recorded *first, **last;
    size_t count, accepted;
    enum server_fault faults[FAULTS]; /* of request count + i */
    size_t faults_from;
    enum server_fault always;
    int64_t clock_s;
    bool stop;
};

const char *server_fault_name(enum server_fault fault)
{
    static const char *const NAMES[] = { "none",  "drop before",  "drop after", "429",
                                         "500",   "503",          "truncated",  "html page",
                                         "stall", "expired token" };
    static_assert(sizeof NAMES / sizeof *NAMES == FAULT_COUNT, "a name each");
    return NAMES[fault];
}

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "test server: cannot %s: %s\n", what, strerror(errno));
    exit(99);
}

struct str server_header(const struct server_request *q, const char *name)
{
    for (size_t i = 0; i < q->headers.n; i++)
        if (str_same_letters(q->headers.p[i].name, str_from(name)))
            return q->headers.p[i].value;
    return (struct str){ 0 };
}

static struct str decode(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        bool escape = s.p[i] == '%' && i + 2 < s.n && ascii_hex(s.p[i + 1]) >= 0 &&
                      ascii_hex(s.p[i + 2]) >= 0;
        p[n++] = escape ? (char)(ascii_hex(s.p[i + 1]) * 16 + ascii_hex(s.p[i + 2]))
                        : (s.p[i] == '+' ? ' ' : s.p[i]);
        i += escape ? 2 : 0;
    }
    return (struct str){ p, n };
}

struct str server_parameter(struct arena *a, struct str query, const char *name, bool *found)
{
    struct str one;
    while (str_split(&query, '&', &one)) {
        size_t eq = str_find_char(one, '=', 0);
        struct str key = str_sub(one, 0, eq == SIZE_MAX ? one.n : eq);
        if (!str_eq(decode(a, key), str_from(name)))
            continue;
        if (found)
            *found = true;
        return eq == SIZE_MAX ? S("") : decode(a, str_sub(one, eq + 1, one.n));
    }
    if (found)
        *found = false;
    return S("");
}

/* ---- reading ---- */

/* A whole request at the front of `in`, or 0: its length in bytes. */
static size_t parse(struct arena *a, struct str in, struct server_request *q)
{
    size_t end = str_find(in, S("\r\n\r\n"), 0);
    int64_t length = 0;
    if (end == SIZE_MAX)
        return 0;
    struct str head = str_sub(in, 0, end), line;
    str_split(&head, '\n', &line);
    line = str_trim(line);
    size_t blank = str_find_char(line, ' ', 0), last = str_rfind_char(line, ' ');
    if (blank == SIZE_MAX || last <= blank)
        return SIZE_MAX;
    q->method = str_sub(line, 0, blank);
    q->target = str_sub(line, blank + 1, last);
    while (str_split(&head, '\n', &line)) {
        size_t colon = str_find_char(line, ':', 0);
        if (colon != SIZE_MAX)
            vec_push(a, &q->headers,
                     ((struct server_header){ str_sub(line, 0, colon),
                                              str_trim(str_sub(line, colon + 1, line.n)) }));
    }
    num_get_int(server_header(q, "Content-Length"), &length);
    if (length < 0 || in.n < end + 4 + (size_t)length)
        return 0;
    q->body = str_sub(in, end + 4, end + 4 + (size_t)length);
    size_t question = str_find_char(q->target, '?', 0);
    q->path = str_sub(q->target, 0, question == SIZE_MAX ? q->target.n : question);
    q->query = question == SIZE_MAX ? S("") : str_sub(q->target, question + 1, q->target.n);
    return end + 4 + (size_t)length;
}

static struct server_request copy_request(struct arena *a, const struct server_request *q)
{
    struct server_request c = { .method = arena_str(a, q->method),
                                .target = arena_str(a, q->target) };
    struct str body = q->body;
    body.n = body.n < RECORDED_BODY ? body.n : RECORDED_BODY;
    c.body = arena_str(a, body);
    size_t question = q->path.n;
    c.path = str_sub(c.target, 0, question);
    c.query = question < c.target.n ? str_sub(c.target, question + 1, c.target.n) : S("");
    for (size_t i = 0; i < q->headers.n; i++)
        vec_push(a, &c.headers,
                 ((struct server_header){ arena_str(a, q->headers.p[i].name),
                                          arena_str(a, q->headers.p[i].value) }));
    return c;
}

/* ---- answering ---- */

static int64_t now(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    int64_t offset = s->clock_s;
    pthread_mutex_unlock(&s->lock);
    return (int64_t)time(NULL) + offset;
}

static struct server_reply refusal(struct arena *a, const struct server_request *q, unsigned status,
                                   const char *code, const char *message)
{
    bool json = str_starts(server_header(q, "Content-Type"), S("application/x-amz-json"));
    bool form = str_starts(server_header(q, "Content-Type"), S("application/x-www-form"));
    if (json)
        return (struct server_reply){
            .status = status,
            .type = "application/x-amz-json-1.1",
            .body = arena_printf(a, "{\"__type\":\"%s\",\"message\":\"%s\"}", code, message),
        };
    const char *format =
        form ? "<ErrorResponse><Error><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>"
             : "<Error><Code>%s</Code><Message>%s</Message></Error>";
    struct buf b;
    buf_init(&b, 0);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    buf_printf(&b, format, code, message);
#pragma GCC diagnostic pop
    struct str body = arena_str(a, buf_str(&b));
    buf_done(&b);
    return (struct server_reply){ .status = status, .body = body };
}

/* "20150830T123600Z" as seconds since 1970; false if it is none. */
static bool read_time(struct str s, int64_t *out)
{
    struct tm tm = { 0 };
    char text[17] = "";
    if (s.n != 16)
        return false;
    memcpy(text, s.p, s.n);
    if (!strptime(text, "%Y%m%dT%H%M%SZ", &tm))
        return false;
    *out = (int64_t)timegm(&tm);
    return true;
}

static bool is_late(struct server *s, const struct server_request *q)
{
    int64_t signed_at = 0, here = now(s);
    return read_time(server_header(q, "X-Amz-Date"), &signed_at) &&
           (signed_at < here - 900 || signed_at > here + 900);
}

static struct server_reply answer(struct server *s, struct arena *a, const struct server_request *q,
                                  enum server_fault fault)
{
    switch (fault) {
    case FAULT_429:
        return refusal(a, q, 429, "TooManyRequestsException", "Rate exceeded");
    case FAULT_500:
        return refusal(a, q, 500, "InternalFailure", "We had a problem");
    case FAULT_503:
        return refusal(a, q, 503, "SlowDown", "Please reduce your request rate");
    case FAULT_HTML:
        return (struct server_reply){ .foreign = true,
                                      .type = "text/html",
                                      .body = S("<!DOCTYPE html><html><head><title>Sign in"
                                                "</title></head><body>Portal</body></html>") };
    case FAULT_EXPIRED:
        return refusal(a, q, 400, "ExpiredTokenException", "The security token is expired");
    default:
        break;
    }
    if (!is_late(s, q))
        return s->handler(s->self, a, q);
    bool s3 = !server_header(q, "X-Amz-Target").n &&
              !str_starts(server_header(q, "Content-Type"), S("application/x-www-form"));
    return refusal(a, q, s3 ? 403 : 400, s3 ? "RequestTimeTooSkewed" : "InvalidSignatureException",
                   "Signature expired: the time is not the server's");
}

static void put_reply(struct server *s, struct connection *c, const struct server_request *q,
                      const struct server_reply *r)
{
    time_t t = (time_t)now(s);
    struct tm tm;
    char date[40];
    unsigned status = r->status ? r->status : 200;
    gmtime_r(&t, &tm);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    buf_printf(&c->out, "HTTP/1.1 %u Status\r\nDate: %s\r\nContent-Length: %zu\r\n", status, date,
               r->body.n);
    if (r->body.n)
        buf_printf(&c->out, "Content-Type: %s\r\n", r->type ? r->type : "text/xml");
    if (!r->foreign)
        buf_printf(&c->out, "x-amzn-RequestId: test-%zu\r\n", s->count);
    buf_printf(&c->out, "%.*s\r\n", STR(r->headers));
    if (!str_eq(q->method, S("HEAD")) && status != 204 && status != 304)
        buf_put(&c->out, r->body);
    c->closing = c->closing || r->close;
}

static enum server_fault record(struct server *s, const struct server_request *q)
{
    pthread_mutex_lock(&s->lock);
    struct recorded *r = arena_make(&s->arena, struct recorded);
    r->request = copy_request(&s->arena, q);
    *s->last = r;
    s->last = &r->next;
    size_t i = s->count++ - s->faults_from;
    enum server_fault fault = i < FAULTS && s->faults[i] ? s->faults[i] : s->always;
    pthread_mutex_unlock(&s->lock);
    return fault;
}

static void serve(struct server *s, struct connection *c, const struct server_request *q)
{
    struct arena scratch = { 0 };
    enum server_fault fault = record(s, q);
    size_t before = c->out.n;
    if (fault == FAULT_STALL) {
        c->stalled = true;
    } else if (fault == FAULT_DROP_BEFORE) {
        c->closing = true;
    } else {
        struct server_reply r = answer(s, &scratch, q, fault);
        put_reply(s, c, q, &r);
        c->closing |= fault == FAULT_DROP_AFTER || fault == FAULT_TRUNCATED;
        if (fault == FAULT_DROP_AFTER)
            c->out.n = before;
        if (fault == FAULT_TRUNCATED) /* within the body, or within the head where there is none */
            c->out.n -= r.body.n ? (r.body.n + 1) / 2 : (c->out.n - before) / 2;
    }
    arena_done(&scratch);
}

/* ---- connections ---- */

static void drop(struct connection *c)
{
    close(c->fd);
    c->fd = -1;
    buf_done(&c->in);
    buf_done(&c->out);
}

static void flush(struct connection *c)
{
    while (c->sent < c->out.n) {
        ssize_t n = send(c->fd, c->out.p + c->sent, c->out.n - c->sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN)
            c->closing = true, c->sent = c->out.n;
        if (n <= 0)
            break;
        c->sent += (size_t)n;
    }
    if (c->sent < c->out.n)
        return;
    c->sent = c->out.n = 0;
    if (c->closing)
        drop(c);
}

static void take_requests(struct server *s, struct connection *c)
{
    size_t used = 0;
    while (!c->closing && !c->stalled) {
        struct arena scratch = { 0 };
        struct server_request q = { 0 };
        size_t n = parse(&scratch, str_sub(buf_str(&c->in), used, c->in.n), &q);
        if (n == SIZE_MAX)
            c->closing = true;
        else if (n)
            serve(s, c, &q);
        arena_done(&scratch);
        if (!n || n == SIZE_MAX)
            break;
        used += n;
    }
    if (used)
        memmove(c->in.p, c->in.p + used, c->in.n - used);
    c->in.n -= used;
}

static void hear(struct server *s, struct connection *c)
{
    for (;;) {
        char *room = buf_room(&c->in, 1 << 16);
        ssize_t n = recv(c->fd, room, 1 << 16, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n <= 0) {
            drop(c);
            return;
        }
        c->in.n += (size_t)n;
        if (n < 1 << 16)
            break;
    }
    take_requests(s, c);
    flush(c);
}

static void welcome(struct server *s)
{
    int fd;
    while ((fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        size_t i = 0;
        while (i < CONNECTIONS && s->all[i].fd >= 0)
            i++;
        if (i == CONNECTIONS) {
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
        s->all[i] = (struct connection){ .fd = fd };
        buf_init(&s->all[i].in, 0);
        buf_init(&s->all[i].out, 0);
        pthread_mutex_lock(&s->lock);
        s->accepted++;
        pthread_mutex_unlock(&s->lock);
    }
}

static bool stopped(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    bool stop = s->stop;
    pthread_mutex_unlock(&s->lock);
    return stop;
}

static void *run(void *self)
{
    struct server *s = self;
    struct pollfd p[CONNECTIONS + 2];
    while (!stopped(s)) {
        for (size_t i = 0; i < CONNECTIONS; i++)
            p[i] = (struct pollfd){ .fd = s->all[i].fd,
                                    .events = (short)(POLLIN | (s->all[i].out.n ? POLLOUT : 0)) };
        p[CONNECTIONS] = (struct pollfd){ .fd = s->listener, .events = POLLIN };
        p[CONNECTIONS + 1] = (struct pollfd){ .fd = s->wake[0], .events = POLLIN };
        if (poll(p, CONNECTIONS + 2, -1) < 0 && errno != EINTR)
            break;
        for (size_t i = 0; i < CONNECTIONS; i++) {
            if (s->all[i].fd >= 0 && p[i].revents & POLLOUT)
                flush(&s->all[i]);
            if (s->all[i].fd >= 0 && p[i].revents & (POLLIN | POLLHUP | POLLERR))
                hear(s, &s->all[i]);
        }
        if (p[CONNECTIONS].revents)
            welcome(s);
    }
    return NULL;
}

/* ---- its owner's side ---- */

struct server *server_start(server_handler *handler, void *self)
{
    struct server *s = mem_alloc(sizeof *s);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    *s = (struct server){ .handler = handler, .self = self };
    s->last = &s->first;
    for (size_t i = 0; i < CONNECTIONS; i++)
        s->all[i].fd = -1;
    pthread_mutex_init(&s->lock, NULL);
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    must(s->listener >= 0, "make a socket");
    must(bind(s->listener, (struct sockaddr *)&at, sizeof at) == 0, "bind");
    must(listen(s->listener, 128) == 0, "listen");
    must(getsockname(s->listener, (struct sockaddr *)&at, &size) == 0, "read its address");
    must(pipe2(s->wake, O_CLOEXEC) == 0, "make a pipe");
    s->port = ntohs(at.sin_port);
    snprintf(s->url, sizeof s->url, "http://127.0.0.1:%u", s->port);
    must(pthread_create(&s->thread, NULL, run, s) == 0, "start a thread");
    return s;
}

void server_stop(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    s->stop = true;
    pthread_mutex_unlock(&s->lock);
    must(write(s->wake[1], "x", 1) == 1, "wake");
    pthread_join(s->thread, NULL);
    for (size_t i = 0; i < CONNECTIONS; i++)
        if (s->all[i].fd >= 0)
            drop(&s->all[i]);
    close(s->listener);
    close(s->wake[0]);
    close(s->wake[1]);
    pthread_mutex_destroy(&s->lock);
    arena_done(&s->arena);
    mem_free(s);
}

unsigned server_port(const struct server *s)
{
    return s->port;
}

struct str server_url(const struct server *s)
{
    return str_from(s->url);
}

void server_fail(struct server *s, size_t n, enum server_fault fault)
{
    pthread_mutex_lock(&s->lock);
    if (n == 0) {
        s->always = fault;
    } else {
        size_t past = s->count - s->faults_from; /* move those not met yet to the front */
        for (size_t i = 0; i < FAULTS; i++)
            s->faults[i] = past < FAULTS - i ? s->faults[i + past] : FAULT_NONE;
        s->faults_from = s->count;
        if (n <= FAULTS)
            s->faults[n - 1] = fault;
    }
    pthread_mutex_unlock(&s->lock);
}

void server_forget(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    memset(s->faults, 0, sizeof s->faults);
    s->faults_from = s->count;
    s->always = FAULT_NONE;
    pthread_mutex_unlock(&s->lock);
}

void server_set_clock(struct server *s, int64_t offset_s)
{
    pthread_mutex_lock(&s->lock);
    s->clock_s = offset_s;
    pthread_mutex_unlock(&s->lock);
}

size_t server_count(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    size_t n = s->count;
    pthread_mutex_unlock(&s->lock);
    return n;
}

size_t server_connections(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    size_t n = s->accepted;
    pthread_mutex_unlock(&s->lock);
    return n;
}

struct server_request server_request(struct server *s, struct arena *a, size_t i)
{
    pthread_mutex_lock(&s->lock);
    must(i < s->count, "show a request that was not made");
    struct recorded *r = s->first;
    while (i--)
        r = r->next;
    struct server_request q = copy_request(a, &r->request);
    pthread_mutex_unlock(&s->lock);
    return q;
}
