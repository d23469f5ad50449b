#include "aws/http.h"
#include "base/path.h"
#include "cli/aws_verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONNECT_MS = 3000, STALL_S = 20 };

/* One exchange with the cache: exit code, words on standard error. */
struct exchange {
    struct arena arena;
    struct http *http;
    struct str url;
};

static int complain(const char *what, struct str why)
{
    fprintf(stderr, "%s: %.*s\n", what, STR(why));
    return AWS_WORLD;
}

static int complain_status(const struct http_response *r)
{
    fprintf(stderr, "it answers %u\n", r->status);
    return AWS_WORLD;
}

static bool begin(struct exchange *x, struct str path)
{
    struct http_settings settings = { .connect_ms = CONNECT_MS, .stall_s = STALL_S };
    struct str base = str_from(getenv("STEPWRIGHT_CACHE_URL"));
    *x = (struct exchange){ 0 };
    while (str_ends(base, S("/")))
        base.n--;
    x->url = arena_printf(&x->arena, "%.*s/%.*s", STR(base), STR(path));
    x->http = http_new(&settings);
    return x->http != NULL;
}

static void end(struct exchange *x)
{
    http_free(x->http);
    arena_done(&x->arena);
}

static struct http_request request(struct exchange *x, struct str method)
{
    struct http_request q = { .method = method, .url = x->url, .plain = true };
    struct str token = str_from(getenv("STEPWRIGHT_CACHE_TOKEN"));
    if (token.n)
        http_header_add(&x->arena, &q.headers, S("Authorization"),
                        arena_printf(&x->arena, "Bearer %.*s", STR(token)));
    return q;
}

static int get(struct exchange *x, const char *file)
{
    struct http_request q = request(x, S("GET"));
    struct http_response r = { 0 };
    q.to_file = true;
    q.fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (q.fd < 0)
        return complain(file, str_from(strerror(errno)));
    int code = !http_send(x->http, &x->arena, &q, &r) ? complain("it cannot be read", r.why)
               : r.status == 404 || r.status == 410   ? AWS_ABSENT
               : r.status != 200                      ? complain_status(&r)
                                                      : AWS_GOOD;
    close(q.fd);
    http_response_done(&r);
    return code;
}

static bool is_there(struct exchange *x)
{
    struct http_request q = request(x, S("HEAD"));
    struct http_response r = { 0 };
    bool there = http_send(x->http, &x->arena, &q, &r) && r.status == 200;
    http_response_done(&r);
    return there;
}

/* Blobs are what their names say, so one that is there need not be sent; an action may be wrong. */
static int put(struct exchange *x, const char *file, bool is_blob)
{
    struct http_request q = request(x, S("PUT"));
    struct http_response r = { 0 };
    struct stat st;
    if (is_blob && is_there(x))
        return AWS_GOOD;
    q.body = (struct http_body){ .is_file = true, .fd = open(file, O_RDONLY | O_CLOEXEC) };
    if (q.body.fd < 0 || fstat(q.body.fd, &st) != 0)
        return complain(file, str_from(strerror(errno)));
    q.body.size = (uint64_t)st.st_size;
    int code = !http_send(x->http, &x->arena, &q, &r) ? complain("it cannot be written", r.why)
               : r.status / 100 != 2                  ? complain_status(&r)
                                                      : AWS_GOOD;
    close(q.body.fd);
    http_response_done(&r);
    return code;
}

int aws_cache(int argc, char **argv)
{
    struct exchange x;
    bool reads = argc == 3 && strcmp(argv[0], "get") == 0;
    if (!reads && (argc != 3 || strcmp(argv[0], "put") != 0)) {
        fprintf(stderr, "usage: stepwright-aws cache get|put PATH FILE\n");
        return AWS_USAGE;
    }
    int code = AWS_WORLD;
    if (begin(&x, str_from(argv[1])))
        code =
            reads ? get(&x, argv[2]) : put(&x, argv[2], str_starts(str_from(argv[1]), S("cas/")));
    end(&x);
    return code;
}
