#include "lambda_runtime/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_CEILING = 64 * 1024 };

static bool fail(struct lhttp *h, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool fail(struct lhttp *h, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(h->error, sizeof h->error, format, args);
    va_end(args);
    return false;
}

void lhttp_init(struct lhttp *h, const char *authority)
{
    h->authority = authority;
    h->fd = -1;
    h->at = h->n = 0;
    h->error[0] = '\0';
}

void lhttp_done(struct lhttp *h)
{
    if (h->fd >= 0)
        close(h->fd);
    h->fd = -1;
    h->at = h->n = 0;
}

/* Digits and nothing else, up to `limit`. */
static bool parse_number(const char *p, size_t n, unsigned base, size_t limit, size_t *number)
{
    *number = 0;
    if (n == 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        unsigned digit;
        if (p[i] >= '0' && p[i] <= '9')
            digit = (unsigned)(p[i] - '0');
        else if (base == 16 && (p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'f')
            digit = (unsigned)((p[i] | 0x20) - 'a') + 10;
        else
            return false;
        if (*number > (limit - digit) / base)
            return false;
        *number = *number * base + digit;
    }
    return true;
}

/* Fills in the address that the authority names; 0 if it names none. */
static socklen_t parse_authority(const char *authority, struct sockaddr_storage *address)
{
    const char *colon = strrchr(authority, ':');
    char host[64];
    size_t port;

    if (colon == NULL || (size_t)(colon - authority) >= sizeof host ||
        !parse_number(colon + 1, strlen(colon + 1), 10, 65535, &port))
        return 0;
    size_t n = (size_t)(colon - authority);
    memcpy(host, authority, n);
    host[n] = '\0';
    memset(address, 0, sizeof *address);
    if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
        struct sockaddr_in6 *ip6 = (struct sockaddr_in6 *)address;
        host[n - 1] = '\0';
        ip6->sin6_family = AF_INET6;
        ip6->sin6_port = htons((uint16_t)port);
        return inet_pton(AF_INET6, host + 1, &ip6->sin6_addr) == 1 ? sizeof *ip6 : 0;
    }
    struct sockaddr_in *ip4 = (struct sockaddr_in *)address;
    const char *numeric = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    ip4->sin_family = AF_INET;
    ip4->sin_port = htons((uint16_t)port);
    return inet_pton(AF_INET, numeric, &ip4->sin_addr) == 1 ? sizeof *ip4 : 0;
}

static bool connect_to_server(struct lhttp *h)
{
    struct sockaddr_storage address;
    socklen_t size = parse_authority(h->authority, &address);
    int one = 1;

    if (size == 0)
        return fail(h, "'%s' is not an IP address and port, such as 127.0.0.1:9001", h->authority);
    h->at = h->n = 0;
    h->fd = socket(address.ss_family, SOCK_STREAM, 0);
    if (h->fd < 0)
        return fail(h, "no socket: %s", strerror(errno));
    while (connect(h->fd, (struct sockaddr *)&address, size) != 0) {
        if (errno == EINTR)
            continue;
        fail(h, "cannot connect to %s: %s", h->authority, strerror(errno));
        lhttp_done(h);
        return false;
    }
    /* Head and body are two writes; the second must not wait for an answer to the first. */
    setsockopt(h->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return true;
}

static bool send_all(struct lhttp *h, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(h->fd, p, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return fail(h, "cannot send to %s: %s", h->authority, strerror(errno));
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

static bool send_request(struct lhttp *h, const struct lhttp_request *request)
{
    struct ltext head = { .ceiling = HEAD_CEILING };

    ltext_printf(&head, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: stepwright-c\r\n%s",
                 request->method, request->path, h->authority, request->headers);
    if (request->body != NULL)
        ltext_printf(&head, "Content-Length: %zu\r\n", request->body_size);
    ltext_puts(&head, "\r\n");
    bool sent = !head.failed ? send_all(h, head.p, head.n) : fail(h, "the request is too long");
    ltext_done(&head);
    if (sent && request->body != NULL)
        sent = send_all(h, request->body, request->body_size);
    return sent;
}

/* Makes at least one unread byte. */
static bool fill(struct lhttp *h)
{
    if (h->at < h->n)
        return true;
    for (;;) {
        ssize_t n = recv(h->fd, h->buffer, sizeof h->buffer, 0);
        if (n > 0) {
            h->at = 0;
            h->n = (size_t)n;
            return true;
        }
        if (n == 0)
            return fail(h, "%s closed the connection", h->authority);
        if (errno != EINTR)
            return fail(h, "cannot read from %s: %s", h->authority, strerror(errno));
    }
}

/* Appends a line and "\n" for its CRLF; a bare LF ends a line as well (RFC 9112, 2.2). */
static bool read_line(struct lhttp *h, struct ltext *line)
{
    for (;;) {
        if (!fill(h))
            return false;
        const char *from = h->buffer + h->at;
        const char *lf = memchr(from, '\n', h->n - h->at);
        size_t n = lf != NULL ? (size_t)(lf - from) + 1 : h->n - h->at;
        ltext_add(line, from, n);
        h->at += n;
        if (line->failed)
            return fail(h, "the answer's head is too long");
        if (lf == NULL)
            continue;
        if (line->n >= 2 && line->p[line->n - 2] == '\r') {
            line->p[line->n - 2] = '\n';
            line->p[--line->n] = '\0';
        }
        return true;
    }
}

static bool read_bytes(struct lhttp *h, size_t n, struct ltext *to)
{
    while (n > 0) {
        if (!fill(h))
            return false;
        size_t now = h->n - h->at < n ? h->n - h->at : n;
        ltext_add(to, h->buffer + h->at, now);
        if (to->failed)
            return fail(h, "the answer is too long");
        h->at += now;
        n -= now;
    }
    return true;
}

/* status-line = "HTTP/1." digit " " 3digit [ " " reason ] */
static bool parse_status(struct lhttp *h, const struct ltext *line, int *status)
{
    size_t number;

    if (line->n < 13 || memcmp(line->p, "HTTP/1.", 7) != 0 || line->p[8] != ' ' ||
        (line->p[12] != ' ' && line->p[12] != '\n') ||
        !parse_number(line->p + 9, 3, 10, 999, &number) || number < 100)
        return fail(h, "the answer is not HTTP");
    *status = (int)number;
    return true;
}

/* Status and header lines; answers that only announce another one (1xx) are skipped. */
static bool read_head(struct lhttp *h, struct lhttp_response *response)
{
    do {
        ltext_clear(&response->head);
        if (!read_line(h, &response->head) || !parse_status(h, &response->head, &response->status))
            return false;
        ltext_clear(&response->head);
        size_t before;
        do {
            before = response->head.n;
            if (!read_line(h, &response->head))
                return false;
        } while (response->head.n > before + 1);
    } while (response->status < 200);
    return true;
}

const char *lhttp_header(const struct lhttp_response *response, const char *name, size_t *n)
{
    size_t name_size = strlen(name);
    const char *line = response->head.p;

    while (line != NULL && *line != '\0') {
        const char *end = strchr(line, '\n');
        if (end == NULL)
            break;
        if ((size_t)(end - line) > name_size && strncasecmp(line, name, name_size) == 0 &&
            line[name_size] == ':') {
            const char *value = line + name_size + 1;
            while (value < end && (*value == ' ' || *value == '\t'))
                value++;
            while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
                end--;
            *n = (size_t)(end - value);
            return value;
        }
        line = end + 1;
    }
    return NULL;
}

/* chunk = size [ ";" extension ] CRLF data CRLF; the last has size 0 and trailers behind it */
static bool read_chunks(struct lhttp *h, struct ltext *body)
{
    struct ltext line = { .ceiling = HEAD_CEILING };
    size_t size = 1;
    bool good = true;

    while (good && size > 0) {
        ltext_clear(&line);
        good = read_line(h, &line);
        if (!good)
            break;
        good = parse_number(line.p, strcspn(line.p, " \t;\n"), 16, LTEXT_CEILING, &size) ||
               fail(h, "a chunk has no valid size");
        good = good && read_bytes(h, size, body);
        do {
            ltext_clear(&line);
            good = good && read_line(h, &line);
        } while (good && size == 0 && line.n > 1);
        if (good && line.n != 1)
            good = fail(h, "a chunk is longer than it says");
    }
    ltext_done(&line);
    return good;
}

static bool header_is(const struct lhttp_response *response, const char *name, const char *value)
{
    size_t n;
    const char *p = lhttp_header(response, name, &n);

    return p != NULL && n == strlen(value) && strncasecmp(p, value, n) == 0;
}

static bool read_body(struct lhttp *h, struct lhttp_response *response)
{
    size_t n, size;

    ltext_clear(&response->body);
    if (response->status == 204 || response->status == 304)
        return true;
    if (header_is(response, "Transfer-Encoding", "chunked"))
        return read_chunks(h, &response->body);
    const char *length = lhttp_header(response, "Content-Length", &n);
    if (length == NULL)
        return fail(h, "the answer does not say how long it is");
    if (!parse_number(length, n, 10, LTEXT_CEILING, &size))
        return fail(h, "the answer's Content-Length is '%.*s'", n < 40 ? (int)n : 40, length);
    return read_bytes(h, size, &response->body);
}

/* One attempt. *unseen: the server may not have seen the request, for it had closed the kept
 * connection before. */
static bool attempt(struct lhttp *h, const struct lhttp_request *request,
                    struct lhttp_response *response, bool *unseen)
{
    bool kept = h->fd >= 0;

    *unseen = false;
    if (!kept && !connect_to_server(h))
        return false;
    *unseen = kept;
    if (!send_request(h, request) || !fill(h))
        return false;
    *unseen = false;
    return read_head(h, response) && read_body(h, response);
}

bool lhttp_exchange(struct lhttp *h, const struct lhttp_request *request,
                    struct lhttp_response *response)
{
    response->head.ceiling = HEAD_CEILING;
    bool unseen;
    bool good = attempt(h, request, response, &unseen);

    if (!good)
        lhttp_done(h);
    if (!good && unseen && !(good = attempt(h, request, response, &unseen)))
        lhttp_done(h);
    if (good && (header_is(response, "Connection", "close") || h->at < h->n))
        lhttp_done(h); /* bytes left over belong to no request of ours */
    return good;
}
