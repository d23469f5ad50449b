#include "aws/client.h"
#include "base/path.h"
#include "cli/aws_verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONNECT_MS = 3000, STALL_S = 20 };

static struct str cache_url(void)
{
    return str_from(getenv("STEPWRIGHT_CACHE_URL"));
}

/* ---- HTTP ---- */

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
    struct str base = cache_url();
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

static int over_http(struct str path, const char *file, bool reads)
{
    struct exchange x;
    int code = AWS_WORLD;
    if (begin(&x, path))
        code = reads ? get(&x, file) : put(&x, file, str_starts(path, S("cas/")));
    end(&x);
    return code;
}

/* ---- S3 ---- */

/* One exchange with a bucket, by whatever credentials are found. */
struct bucket {
    struct arena arena;
    struct diags diags;
    struct aws *aws;
    struct str name, path; /* "/prefix/cas/…", encoded */
};

static int complain_call(struct bucket *b, const struct aws_call *c)
{
    const struct aws_result *r = &c->result;
    struct buf words;
    buf_init(&words, 0);
    if (r->outcome == AWS_UNSIGNED && b->diags.all.n)
        buf_put(&words, b->diags.all.p[0]->message);
    else if (r->code.n)
        buf_printf(&words, "it answers %.*s", STR(r->code));
    else
        buf_put(&words, r->message);
    fprintf(stderr, "%.*s\n", STR(buf_str(&words)));
    buf_done(&words);
    return AWS_WORLD;
}

static struct aws_call call_of(struct bucket *b, const char *operation, const char *method)
{
    return (struct aws_call){ .service = &AWS_S3,
                              .operation = str_from(operation),
                              .method = str_from(method),
                              .bucket = b->name,
                              .path = b->path,
                              .raw = true };
}

static int get_object(struct bucket *b, const char *file)
{
    struct aws_call c = call_of(b, "GetObject", "GET");
    c.to_file = true;
    c.fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (c.fd < 0)
        return complain(file, str_from(strerror(errno)));
    int code = aws_call(b->aws, &c)                                        ? AWS_GOOD
               : c.result.outcome == AWS_REFUSED && c.result.status == 404 ? AWS_ABSENT
                                                                           : complain_call(b, &c);
    close(c.fd);
    aws_call_done(&c);
    return code;
}

static bool has_object(struct bucket *b)
{
    struct aws_call c = call_of(b, "HeadObject", "HEAD");
    bool there = aws_call(b->aws, &c);
    aws_call_done(&c);
    return there;
}

static int put_object(struct bucket *b, const char *file, bool is_blob)
{
    struct aws_call c = call_of(b, "PutObject", "PUT");
    struct stat st;
    if (is_blob && has_object(b))
        return AWS_GOOD;
    c.file = (struct http_body){ .is_file = true, .fd = open(file, O_RDONLY | O_CLOEXEC) };
    if (c.file.fd < 0 || fstat(c.file.fd, &st) != 0)
        return complain(file, str_from(strerror(errno)));
    c.file.size = (uint64_t)st.st_size;
    int code = aws_call(b->aws, &c) ? AWS_GOOD : complain_call(b, &c);
    close(c.file.fd);
    aws_call_done(&c);
    return code;
}

/* "s3://bucket/prefix" and a path in it. */
static void find_place(struct bucket *b, struct str url, struct str path)
{
    struct buf out;
    struct str place = str_sub(url, 5, url.n);
    while (str_ends(place, S("/")))
        place.n--;
    size_t slash = str_find_char(place, '/', 0);
    b->name = str_sub(place, 0, slash == SIZE_MAX ? place.n : slash);
    struct str prefix = slash == SIZE_MAX ? (struct str){ 0 } : str_sub(place, slash, place.n);
    buf_init(&out, 0);
    http_encode(&out, prefix, true);
    buf_putc(&out, '/');
    http_encode(&out, path, true);
    b->path = arena_str(&b->arena, buf_str(&out));
    buf_done(&out);
}

static int over_s3(struct str path, const char *file, bool reads)
{
    struct bucket b = { 0 };
    struct aws_environment env = aws_environment_process();
    struct aws_settings settings = { .env = &env,
                                     .http = { .connect_ms = CONNECT_MS, .stall_s = STALL_S },
                                     .max_attempts = 2 };
    diags_init(&b.diags, &b.arena);
    find_place(&b, cache_url(), path);
    b.aws = aws_new(&b.arena, &b.diags, &settings);
    int code = !b.aws  ? complain("no access", b.diags.all.n ? b.diags.all.p[0]->message : S(""))
                : reads ? get_object(&b, file)
                       : put_object(&b, file, str_starts(path, S("cas/")));
    if (b.aws)
        aws_free(b.aws);
    arena_done(&b.arena);
    return code;
}

int aws_cache(int argc, char **argv)
{
    bool reads = argc == 3 && strcmp(argv[0], "get") == 0;
    if (!reads && (argc != 3 || strcmp(argv[0], "put") != 0)) {
        fprintf(stderr, "usage: stepwright-aws cache get|put PATH FILE\n");
        return AWS_USAGE;
    }
    return (str_starts(cache_url(), S("s3://")) ? over_s3 : over_http)(str_from(argv[1]), argv[2],
                                                                       reads);
}
