#include "aws/sigv4.h"

#include "base/mem.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ALGORITHM "AWS4-HMAC-SHA256"

struct pair {
    struct str name, value;
};

struct pairs {
    VEC(struct pair) all;
};

static struct str take(struct arena *a, struct buf *b)
{
    struct str s = arena_str(a, buf_str(b));
    buf_done(b);
    return s;
}

static struct str encoded(struct arena *a, struct str s, bool path)
{
    struct buf b;
    buf_init(&b, 0);
    http_encode(&b, s, path);
    return take(a, &b);
}

static struct str hex(struct arena *a, const uint8_t *bytes, size_t n)
{
    char *p = arena_alloc(a, 2 * n + 1);
    hex_put(p, bytes, n);
    return (struct str){ p, 2 * n };
}

struct str sigv4_payload(struct arena *a, struct str body)
{
    uint8_t digest[SHA256_BYTES];
    sha256(digest, body);
    return hex(a, digest, sizeof digest);
}

bool sigv4_payload_file(struct arena *a, int fd, uint64_t at, uint64_t size, struct str *text)
{
    enum { CHUNK = 1 << 17 };
    char *chunk = mem_alloc(CHUNK);
    struct sha256 *d = sha256_new();
    bool ok = true;
    while (ok && size) {
        ssize_t got = pread(fd, chunk, size < CHUNK ? (size_t)size : CHUNK, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        ok = got > 0;
        if (!ok)
            break;
        sha256_add(d, (struct str){ chunk, (size_t)got });
        at += (uint64_t)got;
        size -= (uint64_t)got;
    }
    uint8_t digest[SHA256_BYTES];
    sha256_take(d, digest);
    mem_free(chunk);
    *text = hex(a, digest, sizeof digest);
    return ok;
}

void sigv4_time(char out[static SIGV4_TIME], int64_t time)
{
    time_t t = (time_t)time;
    struct tm tm;
    char text[SIGV4_TIME + 1] = "19700101T000000Z";
    if (gmtime_r(&t, &tm))
        strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &tm);
    memcpy(out, text, SIGV4_TIME);
}

/* ---- the URL's parts ---- */

struct url_parts {
    struct str host, path, query;
    bool has_query;
};

static struct url_parts split_url(struct str url)
{
    struct url_parts u = { 0 };
    bool tls = str_starts(url, S("https:"));
    size_t scheme = str_find(url, S("://"), 0);
    struct str rest = scheme == SIZE_MAX ? url : str_sub(url, scheme + 3, url.n);
    size_t slash = 0;
    while (slash < rest.n && rest.p[slash] != '/' && rest.p[slash] != '?')
        slash++;
    u.host = str_sub(rest, 0, slash);
    /* A Host header has no default port. */
    struct str port = tls ? S(":443") : S(":80");
    if (str_ends(u.host, port))
        u.host.n -= port.n;
    rest = str_sub(rest, slash, rest.n);
    size_t question = str_find_char(rest, '?', 0);
    u.has_query = question != SIZE_MAX;
    u.path = u.has_query ? str_sub(rest, 0, question) : rest;
    if (u.has_query)
        u.query = str_sub(rest, question + 1, rest.n);
    return u;
}

/* RFC 3986, 5.2.4, and no empty parts: "//a/./b/../c/" is "/a/c/". */
static struct str normal_path(struct arena *a, struct str path)
{
    struct {
        VEC(struct str) all;
    } parts = { 0 };
    struct str rest = path, part;
    bool folder = true;
    while (str_split(&rest, '/', &part)) {
        folder = part.n == 0 || str_eq(part, S(".")) || str_eq(part, S(".."));
        if (str_eq(part, S("..")) && parts.all.n)
            parts.all.n--;
        else if (!folder)
            vec_push(a, &parts.all, part);
    }
    folder = folder || str_ends(path, S("/"));
    struct buf b;
    buf_init(&b, 0);
    for (size_t i = 0; i < parts.all.n; i++)
        buf_printf(&b, "/%.*s", STR(parts.all.p[i]));
    if (folder || !parts.all.n)
        buf_putc(&b, '/');
    return take(a, &b);
}

static struct str canonical_path(struct arena *a, const struct sigv4_request *q, struct str path)
{
    if (!path.n)
        return S("/");
    if (q->as_is)
        return path;
    return encoded(a, normal_path(a, path), true);
}

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    int order = str_cmp(x->name, y->name);
    return order ? order : str_cmp(x->value, y->value);
}

/* What was percent-encoded, each service's client in its own way, is encoded in AWS's way. */
static struct str encoded_again(struct arena *a, struct str s)
{
    struct buf plain;
    buf_init(&plain, 0);
    for (size_t i = 0; i < s.n; i++) {
        bool escape = s.p[i] == '%' && i + 2 < s.n && ascii_hex(s.p[i + 1]) >= 0 &&
                      ascii_hex(s.p[i + 2]) >= 0;
        buf_putc(&plain,
                 escape ? (char)(ascii_hex(s.p[i + 1]) * 16 + ascii_hex(s.p[i + 2])) : s.p[i]);
        i += escape ? 2 : 0;
    }
    struct str out = encoded(a, buf_str(&plain), false);
    buf_done(&plain);
    return out;
}

static struct str canonical_query(struct arena *a, struct str query)
{
    struct pairs pairs = { 0 };
    struct str one;
    while (str_split(&query, '&', &one)) {
        size_t eq = str_find_char(one, '=', 0);
        if (!one.n)
            continue;
        struct str name = str_sub(one, 0, eq == SIZE_MAX ? one.n : eq);
        struct str value = eq == SIZE_MAX ? S("") : str_sub(one, eq + 1, one.n);
        vec_push(a, &pairs.all, ((struct pair){ encoded_again(a, name), encoded_again(a, value) }));
    }
    if (pairs.all.n)
        qsort(pairs.all.p, pairs.all.n, sizeof *pairs.all.p, compare_pairs);
    struct buf b;
    buf_init(&b, 0);
    for (size_t i = 0; i < pairs.all.n; i++)
        buf_printf(&b, "%s%.*s=%.*s", i ? "&" : "", STR(pairs.all.p[i].name),
                   STR(pairs.all.p[i].value));
    return take(a, &b);
}

/* ---- headers ---- */

/* Trimmed, runs of white space as one blank. */
static struct str plain_value(struct arena *a, struct str value)
{
    struct buf b;
    buf_init(&b, 0);
    value = str_trim(value);
    for (size_t i = 0; i < value.n; i++) {
        bool space = ascii_is_space(value.p[i]);
        if (!space || !ascii_is_space(value.p[i - 1]))
            buf_putc(&b, space ? ' ' : value.p[i]);
    }
    return take(a, &b);
}

/* Proxies and libraries change these on the way. */
static bool is_signed(struct str lower)
{
    static const struct str NOT[] = { S_INIT("authorization"), S_INIT("connection"),
                                      S_INIT("expect"),        S_INIT("transfer-encoding"),
                                      S_INIT("user-agent"),    S_INIT("x-amzn-trace-id") };
    for (size_t i = 0; i < sizeof NOT / sizeof *NOT; i++)
        if (str_eq(NOT[i], lower))
            return false;
    return true;
}

static void add_header(struct arena *a, struct pairs *to, struct str name, struct str value)
{
    struct str lower = arena_str(a, name);
    for (size_t i = 0; i < lower.n; i++)
        ((char *)lower.p)[i] = ascii_lower(lower.p[i]);
    if (!is_signed(lower))
        return;
    value = plain_value(a, value);
    for (size_t i = 0; i < to->all.n; i++)
        if (str_eq(to->all.p[i].name, lower)) {
            struct str *have = &to->all.p[i].value;
            *have = arena_printf(a, "%.*s,%.*s", STR(*have), STR(value));
            return;
        }
    vec_push(a, &to->all, ((struct pair){ lower, value }));
}

static struct pairs signed_headers(struct arena *a, const struct http_headers *own,
                                   const struct http_headers *more, struct str host)
{
    struct pairs pairs = { 0 };
    add_header(a, &pairs, S("host"), host);
    for (size_t i = 0; own && i < own->all.n; i++)
        add_header(a, &pairs, own->all.p[i].name, own->all.p[i].value);
    for (size_t i = 0; more && i < more->all.n; i++)
        add_header(a, &pairs, more->all.p[i].name, more->all.p[i].value);
    qsort(pairs.all.p, pairs.all.n, sizeof *pairs.all.p, compare_pairs);
    return pairs;
}

static struct str names_of(struct arena *a, const struct pairs *headers)
{
    struct buf b;
    buf_init(&b, 0);
    for (size_t i = 0; i < headers->all.n; i++)
        buf_printf(&b, "%s%.*s", i ? ";" : "", STR(headers->all.p[i].name));
    return take(a, &b);
}

/* ---- the signature ---- */

static void hmac(uint8_t out[static SHA256_BYTES], struct str key, struct str data)
{
    if (!HMAC(EVP_sha256(), key.p, (int)key.n, (const unsigned char *)data.p, data.n, out, NULL))
        UNREACHABLE();
}

void sigv4_key(uint8_t key[static SHA256_BYTES], struct str secret, struct str date,
               struct str region, struct str service)
{
    struct buf first;
    buf_init(&first, 0);
    buf_room(&first, secret.n + 4); /* at once: growing would leave a copy of the secret */
    buf_put(&first, S("AWS4"));
    buf_put(&first, secret);
    hmac(key, buf_str(&first), date);
    OPENSSL_cleanse(first.p, first.n);
    buf_done(&first);
    const struct str scope[] = { region, service, S("aws4_request") };
    for (size_t i = 0; i < 3; i++) {
        uint8_t before[SHA256_BYTES];
        memcpy(before, key, sizeof before);
        hmac(key, (struct str){ (const char *)before, sizeof before }, scope[i]);
        OPENSSL_cleanse(before, sizeof before);
    }
}

/* What a signature is made of beside the headers and the query. */
struct scope {
    char time[SIGV4_TIME];
    struct str text; /* "20150830/us-east-1/service/aws4_request" */
};

static struct scope scope_of(struct arena *a, const struct sigv4_request *q)
{
    struct scope s;
    sigv4_time(s.time, q->time);
    s.text = arena_printf(a, "%.*s/%.*s/%.*s/aws4_request", SIGV4_DATE, s.time, STR(q->region),
                          STR(q->service));
    return s;
}

static struct str signature(struct arena *a, const struct sigv4_request *q,
                            const struct sigv4_identity *who, const struct scope *scope,
                            struct str query, const struct pairs *headers,
                            struct sigv4_trace *trace)
{
    struct url_parts u = split_url(q->url);
    struct buf b;
    buf_init(&b, 0);
    buf_printf(&b, "%.*s\n%.*s\n%.*s\n", STR(q->method), STR(canonical_path(a, q, u.path)),
               STR(query));
    for (size_t i = 0; i < headers->all.n; i++)
        buf_printf(&b, "%.*s:%.*s\n", STR(headers->all.p[i].name), STR(headers->all.p[i].value));
    buf_printf(&b, "\n%.*s\n%.*s", STR(names_of(a, headers)), STR(q->payload));
    struct str canonical = take(a, &b);
    struct str to_sign = arena_printf(a, ALGORITHM "\n%.*s\n%.*s\n%.*s", SIGV4_TIME, scope->time,
                                      STR(scope->text), STR(sigv4_payload(a, canonical)));
    uint8_t key[SHA256_BYTES], mac[SHA256_BYTES];
    sigv4_key(key, who->secret, str_sub(scope->text, 0, SIGV4_DATE), q->region, q->service);
    hmac(mac, (struct str){ (const char *)key, sizeof key }, to_sign);
    OPENSSL_cleanse(key, sizeof key);
    struct str text = hex(a, mac, sizeof mac);
    if (trace)
        *trace = (struct sigv4_trace){ canonical, to_sign, text };
    return text;
}

void sigv4_sign(struct arena *a, const struct sigv4_request *q, const struct sigv4_identity *who,
                struct http_headers *add, struct sigv4_trace *trace)
{
    struct url_parts u = split_url(q->url);
    struct scope scope = scope_of(a, q);
    struct str time = arena_str(a, (struct str){ scope.time, SIGV4_TIME });
    struct http_headers ours = { 0 };
    http_header_add(a, &ours, S("X-Amz-Date"), time);
    if (who->token.n && !q->token_unsigned)
        http_header_add(a, &ours, S("X-Amz-Security-Token"), who->token);
    if (q->payload_header)
        http_header_add(a, &ours, S("X-Amz-Content-Sha256"), q->payload);
    struct pairs headers = signed_headers(a, q->headers, &ours, u.host);
    struct str text = signature(a, q, who, &scope, canonical_query(a, u.query), &headers, trace);
    if (who->token.n && q->token_unsigned)
        http_header_add(a, &ours, S("X-Amz-Security-Token"), who->token);
    http_header_add(a, &ours, S("Authorization"),
                    arena_printf(a,
                                 ALGORITHM " Credential=%.*s/%.*s, SignedHeaders=%.*s, "
                                           "Signature=%.*s",
                                 STR(who->key_id), STR(scope.text), STR(names_of(a, &headers)),
                                 STR(text)));
    for (size_t i = 0; i < ours.all.n; i++)
        http_header_add(a, add, ours.all.p[i].name, ours.all.p[i].value);
}

struct str sigv4_presign(struct arena *a, const struct sigv4_request *q,
                         const struct sigv4_identity *who, int64_t expires_s,
                         struct sigv4_trace *trace)
{
    struct url_parts u = split_url(q->url);
    struct scope scope = scope_of(a, q);
    struct pairs headers = signed_headers(a, q->headers, NULL, u.host);
    struct str token = who->token.n ? arena_printf(a, "&X-Amz-Security-Token=%.*s",
                                                   STR(encoded(a, who->token, false)))
                                    : S("");
    struct buf b;
    buf_init(&b, 0);
    if (u.query.n)
        buf_printf(&b, "%.*s&", STR(u.query));
    buf_printf(&b, "X-Amz-Algorithm=" ALGORITHM "&X-Amz-Credential=%.*s%%2F%.*s",
               STR(encoded(a, who->key_id, false)), STR(encoded(a, scope.text, false)));
    buf_printf(&b, "&X-Amz-Date=%.*s&X-Amz-SignedHeaders=%.*s&X-Amz-Expires=%lld", SIGV4_TIME,
               scope.time, STR(encoded(a, names_of(a, &headers), false)), (long long)expires_s);
    if (!q->token_unsigned)
        buf_put(&b, token);
    struct str query = take(a, &b);
    struct str text = signature(a, q, who, &scope, canonical_query(a, query), &headers, trace);
    size_t end = u.has_query ? str_find_char(q->url, '?', 0) : q->url.n;
    struct str base = str_sub(q->url, 0, end);
    return arena_printf(a, "%.*s%s?%.*s%.*s&X-Amz-Signature=%.*s", STR(base), u.path.n ? "" : "/",
                        STR(query), STR(q->token_unsigned ? token : S("")), STR(text));
}
