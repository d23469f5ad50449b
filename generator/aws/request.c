#include "aws/request.h"

#include "aws/xml.h"
#include "base/json.h"

#include <errno.h>
#include <unistd.h>

enum { SMALL_FILE = 48 << 10 }; /* below libcurl's buffer for a request */

/* ---- where to ---- */

/* The partitions: their DNS suffix, and where services that are not of a region are, which are
 * signed for that region. Source: AWS General Reference, "Service endpoints"; botocore's
 * endpoints of the partitions. */
static const struct {
    struct str prefix;
    const char *suffix, *region, *place; /* "iam.<place>.<suffix>" */
} PARTITIONS[] = {
    { S_INIT("cn-"), "amazonaws.com.cn", "cn-north-1", "cn-north-1." },
    { S_INIT("us-gov-"), "amazonaws.com", "us-gov-west-1", "us-gov." },
    { S_INIT("us-iso-"), "c2s.ic.gov", "us-iso-east-1", "us-iso-east-1." },
    { S_INIT("us-isob-"), "sc2s.sgov.gov", "us-isob-east-1", "us-isob-east-1." },
    { S_INIT("eusc-"), "amazonaws.eu", "eusc-de-east-1", "eusc-de-east-1." },
    { S_INIT(""), "amazonaws.com", "us-east-1", "" },
};

struct aws_target aws_target_of(struct arena *a, const struct aws_service *service,
                                struct str region)
{
    size_t i = 0;
    while (!str_starts(region, PARTITIONS[i].prefix))
        i++;
    if (service->global)
        return (struct aws_target){
            .base = arena_printf(a, "https://%s.%s%s", service->endpoint, PARTITIONS[i].place,
                                 PARTITIONS[i].suffix),
            .region = str_from(PARTITIONS[i].region),
        };
    return (struct aws_target){
        .base = arena_printf(a, "https://%s.%.*s.%s", service->endpoint, STR(region),
                             PARTITIONS[i].suffix),
        .region = region,
    };
}

struct str aws_url_host(struct str url)
{
    size_t from = str_find(url, S("://"), 0);
    from = from == SIZE_MAX ? 0 : from + 3;
    size_t to = from;
    while (to < url.n && url.p[to] != '/' && url.p[to] != '?')
        to++;
    return str_sub(url, from, to);
}

/* ---- requests ---- */

static struct str without_slash(struct str s)
{
    return str_ends(s, S("/")) ? str_sub(s, 0, s.n - 1) : s;
}

/* The bucket as part of the host, except where certificates (dots) or named endpoints forbid. */
static struct str bucket_base(struct arena *a, const struct aws_target *t, struct str bucket)
{
    struct str base = without_slash(t->base);
    if (!bucket.n)
        return base;
    if (t->named || str_find_char(bucket, '.', 0) != SIZE_MAX)
        return arena_printf(a, "%.*s/%.*s", STR(base), STR(bucket));
    return arena_printf(a, "https://%.*s.%.*s", STR(bucket), STR(aws_url_host(base)));
}

static void build_json(struct arena *a, struct aws_call *c, struct http_request *q)
{
    bool one = c->service->protocol == AWS_JSON_1_0;
    q->method = S("POST");
    q->body.bytes = c->input.n ? c->input : S("{}");
    http_header_add(a, &q->headers, S("Content-Type"),
                    one ? S("application/x-amz-json-1.0") : S("application/x-amz-json-1.1"));
    http_header_add(a, &q->headers, S("X-Amz-Target"),
                    arena_printf(a, "%s.%.*s", c->service->target, STR(c->operation)));
}

static void build_query(struct arena *a, struct aws_call *c, struct http_request *q)
{
    q->method = S("POST");
    q->body.bytes = arena_printf(a, "Action=%.*s&Version=%s%.*s", STR(c->operation),
                                 c->service->version, STR(c->input));
    http_header_add(a, &q->headers, S("Content-Type"),
                    S("application/x-www-form-urlencoded; charset=utf-8"));
}

/* A small file as bytes: it is read once, and goes out in one piece with the headers. */
static bool read_small(struct arena *a, struct http_body *body)
{
    size_t size = (size_t)body->size, n = 0;
    char *p = arena_alloc(a, size + 1);
    while (n < size) {
        ssize_t got = pread(body->fd, p + n, size - n, (off_t)(body->at + n));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        n += (size_t)got;
    }
    *body = (struct http_body){ .bytes = { p, size } };
    return true;
}

static bool build_rest(struct arena *a, struct aws_call *c, struct http_request *q)
{
    q->method = c->method;
    q->body = c->file;
    if (!c->file.is_file)
        q->body.bytes = c->input;
    else if (c->file.size <= SMALL_FILE && !read_small(a, &q->body))
        return false;
    q->to_file = c->to_file;
    q->fd = c->fd;
    for (size_t i = 0; i < c->headers.all.n; i++)
        http_header_add(a, &q->headers, c->headers.all.p[i].name, c->headers.all.p[i].value);
    if (c->service->protocol == AWS_REST_JSON && c->input.n)
        http_header_add(a, &q->headers, S("Content-Type"), S("application/json"));
    return true;
}

static bool payload_of(struct arena *a, struct aws_call *c, const struct http_request *q,
                       struct str *hex)
{
    *hex = c->payload_sha256;
    if (hex->n)
        return true;
    if (q->body.is_file)
        return sigv4_payload_file(a, q->body.fd, q->body.at, q->body.size, hex);
    *hex = sigv4_payload(a, q->body.bytes);
    return true;
}

bool aws_request_build(struct arena *a, struct aws_call *c, const struct aws_target *t,
                       struct http_request *q, struct sigv4_request *sign)
{
    enum aws_protocol p = c->service->protocol;
    bool s3 = p == AWS_REST_XML, rest = s3 || p == AWS_REST_JSON;
    bool ok = true;
    if (rest)
        ok = build_rest(a, c, q);
    else if (p == AWS_QUERY)
        build_query(a, c, q);
    else
        build_json(a, c, q);
    struct str base = s3 ? bucket_base(a, t, c->bucket) : without_slash(t->base);
    struct str path = rest && c->path.n ? c->path : S("/");
    q->url = arena_printf(a, "%.*s%.*s%s%.*s", STR(base), STR(path), c->query.n ? "?" : "",
                          STR(c->query));
    q->plain = t->named;
    *sign = (struct sigv4_request){
        .method = q->method,
        .url = q->url,
        .headers = &q->headers,
        .region = t->region,
        .service = str_from(c->service->signing),
        .as_is = s3,
        .payload_header = s3,
    };
    return ok && payload_of(a, c, q, &sign->payload);
}

/* ---- responses ---- */

static struct val child(struct val v, const char *key)
{
    return v.kind == VAL_MAP ? peek_get(v, str_from(key)) : (struct val){ 0 };
}

static struct str text_of(struct arena *a, struct val map, const char *const *keys)
{
    for (; *keys; keys++) {
        struct str s = aws_text(a, map, *keys);
        if (s.n)
            return s;
    }
    return S("");
}

/* "com.amazonaws.x#NotFound:http://…" is NotFound. */
static struct str plain_code(struct str code)
{
    size_t hash = str_find_char(code, '#', 0);
    if (hash != SIZE_MAX)
        code = str_sub(code, hash + 1, code.n);
    size_t colon = str_find_char(code, ':', 0);
    return colon == SIZE_MAX ? code : str_sub(code, 0, colon);
}

static bool is_html(const struct http_response *r)
{
    return str_starts(http_header(&r->headers, S("Content-Type")), S("text/html"));
}

/* "an HTML page, 'Sign in'" */
static struct str describe(struct arena *a, const struct http_response *r)
{
    struct str body = buf_str(&r->body);
    size_t from = str_find(body, S("<title>"), 0);
    size_t to = from == SIZE_MAX ? SIZE_MAX : str_find(body, S("</title>"), from);
    if (to != SIZE_MAX && to - from < 200)
        return arena_printf(a, "an HTML page, '%.*s'", STR(str_trim(str_sub(body, from + 7, to))));
    if (is_html(r))
        return S("an HTML page");
    if (!body.n)
        return S("an empty answer");
    return arena_printf(a, "%zu bytes that it would not send", body.n);
}

static void garbled(struct arena *a, struct aws_result *x, const struct http_response *r)
{
    x->outcome = AWS_GARBLED;
    x->message = describe(a, r);
}

static struct str request_id(const struct http_response *r)
{
    static const char *const NAMES[] = { "x-amzn-RequestId", "x-amz-request-id",
                                         "x-amzn-request-id" };
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        struct str id = http_header(&r->headers, str_from(NAMES[i]));
        if (id.n)
            return id;
    }
    return S("");
}

static void read_json_error(struct arena *a, struct aws_result *x, const struct http_response *r)
{
    static const char *const CODES[] = { "__type", "code", "Code", NULL };
    static const char *const MESSAGES[] = { "message", "Message", "errorMessage", NULL };
    size_t error_at;
    struct val v = json_parse_val(buf_str(&r->body), &error_at);
    struct str code = http_header(&r->headers, S("x-amzn-ErrorType"));
    x->code = plain_code(code.n ? code : text_of(a, v, CODES));
    x->message = text_of(a, v, MESSAGES);
    val_free(v);
}

/* <ErrorResponse><Error>…</Error></ErrorResponse>, or S3's bare <Error>. */
static void read_xml_error(struct arena *a, struct aws_result *x, struct val v)
{
    static const char *const IDS[] = { "RequestId", "RequestID", NULL };
    struct val inner = child(v, "Error");
    struct val error = inner.kind == VAL_MAP ? inner : v;
    x->code = aws_text(a, error, "Code");
    x->message = aws_text(a, error, "Message");
    struct str id = text_of(a, v, IDS);
    if (id.n)
        x->request_id = id;
}

static void read_refusal(struct arena *a, struct aws_call *c, const struct http_response *r)
{
    struct aws_result *x = &c->result;
    enum aws_protocol p = c->service->protocol;
    x->outcome = AWS_REFUSED;
    if (p == AWS_QUERY || p == AWS_REST_XML) {
        struct val v = xml_val(a, buf_str(&r->body), NULL);
        read_xml_error(a, x, v);
        val_free(v);
    } else {
        read_json_error(a, x, r);
    }
    bool silent = !r->body.n; /* answers to HEAD, and S3's 304, 412 … */
    if (!x->code.n && !silent)
        garbled(a, x, r);
    if (!x->code.n)
        x->code = arena_printf(a, "%u", r->status);
}

/* Takes the query protocol's <XResponse><XResult> apart. */
static struct val unwrap(struct arena *a, struct aws_call *c, struct val v)
{
    static const char *const IDS[] = { "RequestId", NULL };
    struct str name = arena_printf(a, "%.*sResult", STR(c->operation));
    struct str id = text_of(a, child(v, "ResponseMetadata"), IDS);
    struct val result = child(v, name.p);
    if (id.n)
        c->result.request_id = id;
    if (result.kind == VAL_UNDEFINED)
        return v;
    result = val_copy(result);
    val_free(v);
    return result;
}

static void read_xml(struct arena *a, struct aws_call *c, const struct http_response *r)
{
    struct aws_result *x = &c->result;
    struct str root = S("");
    struct val v = xml_val(a, buf_str(&r->body), &root);
    if (v.kind == VAL_UNDEFINED) {
        garbled(a, x, r);
    } else if (str_eq(root, S("Error"))) { /* S3: 200, and then it went wrong */
        x->outcome = AWS_REFUSED;
        x->status = 500;
        read_xml_error(a, x, v);
        val_free(v);
    } else {
        x->data = c->service->protocol == AWS_QUERY ? unwrap(a, c, v) : v;
    }
}

static void read_data(struct arena *a, struct aws_call *c, const struct http_response *r)
{
    struct aws_result *x = &c->result;
    enum aws_protocol p = c->service->protocol;
    size_t error_at;
    if (c->raw || c->to_file) {
        x->body = buf_str(&r->body);
    } else if (!r->body.n) {
        if (p == AWS_QUERY) /* always says something */
            garbled(a, x, r);
        else
            x->data = val_map();
    } else if (p == AWS_QUERY || p == AWS_REST_XML) {
        read_xml(a, c, r);
    } else {
        x->data = json_parse_val(buf_str(&r->body), &error_at);
        if (x->data.kind == VAL_UNDEFINED)
            garbled(a, x, r);
    }
}

void aws_response_read(struct arena *a, struct aws_call *c, const struct http_response *r)
{
    struct aws_result *x = &c->result;
    x->outcome = AWS_DONE;
    x->status = r->status;
    x->headers = &r->headers;
    x->request_id = request_id(r);
    if (r->status / 100 != 2)
        read_refusal(a, c, r);
    else if (is_html(r) && !x->request_id.n) /* a portal's; an object that is HTML has an id */
        garbled(a, x, r);
    else
        read_data(a, c, r);
}
