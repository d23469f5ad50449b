#include "fake_api.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_CEILING = 16 * 1024 * 1024 };

/* How many bytes the request has, once its head is there; 0 before. */
static size_t whole_size(const char *request)
{
    const char *end = strstr(request, "\r\n\r\n");
    const char *length = strstr(request, "Content-Length: ");

    if (end == NULL)
        return 0;
    size_t head = (size_t)(end - request) + 4;
    return head + (length != NULL && length < end ? strtoul(length + 16, NULL, 10) : 0);
}

/* One request, whole; NULL when the client has closed. */
static char *read_request(int fd)
{
    size_t n = 0;
    char *request = calloc(1, REQUEST_CEILING);

    while (request != NULL && n < REQUEST_CEILING - 1) {
        ssize_t got = recv(fd, request + n, REQUEST_CEILING - 1 - n, 0);
        if (got <= 0)
            break;
        n += (size_t)got;
        if (whole_size(request) != 0 && n >= whole_size(request))
            return request;
    }
    free(request);
    return NULL;
}

static void send_answer(int fd, const struct fake_answer *answer)
{
    size_t n = strlen(answer->text);
    size_t step = answer->manner == FAKE_DRIBBLE ? 1 : n;

    for (size_t at = 0; at < n;) {
        ssize_t sent = send(fd, answer->text + at, at + step > n ? n - at : step, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        at += (size_t)sent;
    }
}

/* Answers on one connection; returns the first answer that is left. */
static const struct fake_answer *serve(struct fake_api *api, int fd,
                                       const struct fake_answer *answer)
{
    while (answer->text != NULL && api->request_count < FAKE_MAX_REQUESTS) {
        char *request = read_request(fd);
        if (request == NULL)
            break;
        api->requests[api->request_count++] = request;
        send_answer(fd, answer);
        if ((answer++)->manner == FAKE_CLOSE)
            break;
    }
    return answer;
}

static void *play(void *arg)
{
    struct fake_api *api = arg;
    const struct fake_answer *answer = api->script;
    int one = 1;

    while (answer->text != NULL && api->request_count < FAKE_MAX_REQUESTS) {
        int fd = accept(api->listener, NULL, NULL);
        if (fd < 0)
            break;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        api->connection_count++;
        answer = serve(api, fd, answer);
        if (answer->text == NULL)
            close(api->listener); /* before the connection, so that nobody can come back */
        close(fd);
    }
    return NULL;
}

void fake_api_start(struct fake_api *api, const struct fake_answer *script)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    char authority[40];

    *api = (struct fake_api){ .script = script };
    api->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(api->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(api->listener, 4) != 0 ||
        getsockname(api->listener, (struct sockaddr *)&address, &size) != 0)
        abort();
    snprintf(authority, sizeof authority, "127.0.0.1:%d", ntohs(address.sin_port));
    setenv("AWS_LAMBDA_RUNTIME_API", authority, 1);
    if (pthread_create(&api->thread, NULL, play, api) != 0)
        abort();
}

void fake_api_join(struct fake_api *api)
{
    shutdown(api->listener, SHUT_RDWR); /* wakes an accept that nobody will answer */
    pthread_join(api->thread, NULL);
}

void fake_api_done(struct fake_api *api)
{
    for (size_t i = 0; i < api->request_count; i++)
        free(api->requests[i]);
}
