#include "deploy/registry.h"

#include "aws/request.h"
#include "aws/retry.h"
#include "base/json.h"

#include <time.h>

enum { ATTEMPTS = 5, BACKOFF_MS = 500, REDIRECTS = 5, NAME_MAX = 255 };

static const struct span NOWHERE;

/* ---- names ---------------------------------------------------------------------------------- */

static bool all_of(struct str s, const char *others, bool upper)
{
    for (size_t i = 0; i < s.n; i++)
        if (!ascii_is_digit(s.p[i]) && !ascii_is_lower(s.p[i]) &&
            !(upper && ascii_is_upper(s.p[i])) && !strchr(others, s.p[i]))
            return false;
    return s.n > 0 && memchr(s.p, '\0', s.n) == NULL;
}

/* Source: OCI Distribution Specification, "Pulling manifests": <name>, <reference>. */
static bool is_repository(struct str s)
{
    struct str rest = s, part;
    while (str_split(&rest, '/', &part))
        if (!all_of(part, "._-", false) || !ascii_is_alnum(part.p[0]) ||
            !ascii_is_alnum(part.p[part.n - 1]))
            return false;
    return s.n > 0 && s.n <= NAME_MAX && s.p[s.n - 1] != '/';
}

static bool is_digest(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (ascii_hex(s.p[i]) < 0 || ascii_is_upper(s.p[i]))
            return false;
    return s.n == SHA256_HEX;
}

/* The part before the first '/' is a host if it looks like one. */
static void take_host(struct arena *a, struct str *rest, struct registry_name *out)
{
    size_t slash = str_find_char(*rest, '/', 0);
    struct str first = str_sub(*rest, 0, slash == SIZE_MAX ? 0 : slash);
    if (str_find_char(first, '.', 0) != SIZE_MAX || str_find_char(first, ':', 0) != SIZE_MAX ||
        str_eq(first, S("localhost"))) {
        out->host = first;
        *rest = str_sub(*rest, slash + 1, rest->n);
        if (!str_eq(first, S("docker.io")) && !str_eq(first, S("index.docker.io")))
            return;
        slash = str_find_char(*rest, '/', 0);
    }
    out->host = S("registry-1.docker.io");
    if (slash == SIZE_MAX)
        *rest = arena_printf(a, "library/%.*s", STR(*rest));
}

bool registry_name_parse(struct arena *a, struct diags *ds, struct str text,
                         struct registry_name *out)
{
    struct str rest = text;
    *out = (struct registry_name){ .text = text };
    size_t at = str_find(rest, S("@sha256:"), 0);
    bool ok = true;
    if (at != SIZE_MAX) {
        out->sha256 = str_sub(rest, at + 8, rest.n);
        rest = str_sub(rest, 0, at);
        ok = is_digest(out->sha256);
    }
    take_host(a, &rest, out);
    size_t colon = str_rfind_char(rest, ':');
    if (colon != SIZE_MAX) {
        out->tag = str_sub(rest, colon + 1, rest.n);
        rest = str_sub(rest, 0, colon);
        ok = ok && all_of(out->tag, "._-", true) && out->tag.n <= 128;
    } else if (!out->sha256.n) {
        out->tag = S("latest");
    }
    out->repository = rest;
    if (ok && is_repository(rest) && all_of(out->host, ".-:[]", true))
        return true;
    struct diag *d = diag_error(ds, "bad-image-name", NOWHERE, "'%.*s' names no image", STR(text));
    diag_help(d, "expected host/repository:tag, or host/repository@sha256:…");
    return false;
}

bool registry_is_local(struct str url)
{
    struct str host = aws_url_host(url);
    if (str_find_char(host, '@', 0) != SIZE_MAX)
        return false; /* what stands before it is no host */
    static const struct str LOCAL[] = { S_INIT("127.0.0.1"), S_INIT("localhost"), S_INIT("[::1]") };
    for (size_t i = 0; i < sizeof LOCAL / sizeof *LOCAL; i++)
        if (str_starts(host, LOCAL[i]) && (host.n == LOCAL[i].n || host.p[LOCAL[i].n] == ':'))
            return true;
    return false;
}

/* ---- sessions ------------------------------------------------------------------------------- */

bool registry_open(struct registry *r, struct arena *a, struct diags *ds,
                   const struct registry_settings *settings, const struct registry_name *name)
{
    *r = (struct registry){ .arena = a, .ds = ds, .settings = settings, .name = *name };
    buf_init(&r->authorization, 0);
    buf_init(&r->basic, 0);
    r->base = arena_printf(a, "https://%.*s", STR(name->host));
    if (registry_is_local(r->base))
        r->base = arena_printf(a, "http://%.*s", STR(name->host));
    if (settings->base.n)
        r->base = settings->base;
    struct str region = registry_ecr_region(name->host);
    if (!region.n) {
        r->http = http_new(&settings->aws.http);
        return r->http != NULL;
    }
    struct aws_settings aws = settings->aws;
    aws.region = region;
    r->aws = aws_new(a, ds, &aws);
    r->http = r->aws ? aws_http(r->aws) : NULL;
    return r->aws != NULL;
}

static void wipe(struct buf *b)
{
    if (b->p)
        explicit_bzero(b->p, b->cap);
    buf_done(b);
}

void registry_close(struct registry *r)
{
    wipe(&r->authorization);
    wipe(&r->basic);
    if (r->aws)
        aws_free(r->aws);
    else if (r->http)
        http_free(r->http);
    r->aws = NULL;
    r->http = NULL;
}

/* ---- requests ------------------------------------------------------------------------------- */

/* Scheme, host and port of a URL. */
static struct str origin_of(struct str url)
{
    size_t at = str_find(url, S("://"), 0);
    size_t end = str_find_char(url, '/', at == SIZE_MAX ? 0 : at + 3);
    return str_sub(url, 0, end == SIZE_MAX ? url.n : end);
}

/* A Location, seen from the URL that was asked. */
static struct str follow_location(struct registry *r, struct str url, struct str location)
{
    if (str_find(location, S("://"), 0) != SIZE_MAX)
        return location;
    if (str_starts(location, S("/")))
        return arena_printf(r->arena, "%.*s%.*s", STR(origin_of(url)), STR(location));
    size_t slash = str_rfind_char(url, '/');
    return arena_printf(r->arena, "%.*s/%.*s", (int)slash, url.p, STR(location));
}

static bool is_redirect(const struct http_request *q, const struct http_response *out)
{
    bool moved = out->status == 301 || out->status == 302 || out->status == 303 ||
                 out->status == 307 || out->status == 308;
    return moved && (str_eq(q->method, S("GET")) || str_eq(q->method, S("HEAD"))) &&
           http_header(&out->headers, S("Location")).n;
}

/* The request as it is, with the authorization if it goes to the registry itself. */
static bool send_to(struct registry *r, const struct http_request *q, struct str url,
                    struct http_response *out)
{
    struct http_request once = *q;
    once.url = url;
    once.plain = registry_is_local(url) && registry_is_local(r->base);
    once.headers = (struct http_headers){ 0 };
    for (size_t i = 0; i < q->headers.all.n; i++)
        vec_push(r->arena, &once.headers.all, q->headers.all.p[i]);
    if (r->authorization.n && str_eq(origin_of(url), origin_of(r->base)))
        http_header_add(r->arena, &once.headers, S("Authorization"), buf_str(&r->authorization));
    *out = (struct http_response){ 0 };
    return http_send(r->http, r->arena, &once, out);
}

bool registry_once(struct registry *r, struct http_request *q, struct str path,
                   struct http_response *out)
{
    struct str url = path;
    if (str_find(path, S("://"), 0) == SIZE_MAX)
        url = arena_printf(r->arena, "%.*s/v2/%.*s/%.*s", STR(r->base), STR(r->name.repository),
                           STR(path));
    r->fresh = false;
    for (int redirects = 0;;) {
        if (!send_to(r, q, url, out))
            return false;
        bool ours = str_eq(origin_of(url), origin_of(r->base));
        if (out->status == 401 && ours && !r->fresh && registry_authorize(r, out)) {
            r->fresh = true;
        } else if (is_redirect(q, out) && redirects++ < REDIRECTS) {
            url = follow_location(r, url, http_header(&out->headers, S("Location")));
        } else {
            return true;
        }
        http_response_done(out);
    }
}

static void sleep_ms(int64_t ms)
{
    struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };
    nanosleep(&t, NULL);
}

bool registry_pause(const struct registry *r, const struct http_response *out, unsigned attempt)
{
    unsigned attempts = r->settings->attempts ? r->settings->attempts : ATTEMPTS;
    unsigned ceiling = r->settings->backoff_ms ? r->settings->backoff_ms : BACKOFF_MS;
    enum retry why = RETRY_NO;
    if (out->failure == HTTP_DROPPED || out->failure == HTTP_TIMEOUT ||
        out->failure == HTTP_NO_CONNECT)
        why = RETRY_PAUSE;
    else if (out->failure == HTTP_OK && out->status == 429)
        why = RETRY_LATER;
    else if (out->failure == HTTP_OK && out->status >= 500 && out->status != 501)
        why = RETRY_PAUSE;
    if (why == RETRY_NO || attempt >= attempts)
        return false;
    sleep_ms(retry_wait_ms(why, attempt, ceiling, http_header(&out->headers, S("Retry-After"))));
    return true;
}

bool registry_send(struct registry *r, struct http_request *q, struct str path,
                   struct http_response *out)
{
    for (unsigned attempt = 1;; attempt++) {
        bool answered = registry_once(r, q, path, out);
        if (!registry_pause(r, out, attempt))
            return answered;
        http_response_done(out);
    }
}

/* ---- what went wrong ------------------------------------------------------------------------ */

/* {"errors": [{"code": …, "message": …}]} in words; empty if it is something else. */
static struct str words_of(struct registry *r, const struct http_response *out)
{
    size_t error;
    struct val v = json_parse_val(buf_str(&out->body), &error);
    struct str words = S("");
    if (v.kind == VAL_MAP) {
        struct val list = peek_get(v, S("errors"));
        struct val first =
            list.kind == VAL_LIST && peek_count(list) ? peek_item(list, 0) : (struct val){ 0 };
        struct str code = aws_text(r->arena, first, "code");
        struct str message = aws_text(r->arena, first, "message");
        if (code.n)
            words = arena_printf(r->arena, "%.*s%s%.*s", STR(code), message.n ? ": " : "",
                                 STR(message));
    }
    val_free(v);
    return words;
}

void registry_report(struct registry *r, const struct http_response *out, const char *what)
{
    struct str text = r->name.text, host = r->name.host;
    if (out->failure != HTTP_OK) {
        diag_world(r->ds, "registry-unreached", NOWHERE, "cannot %s '%.*s': %.*s: %.*s", what,
                   STR(text), STR(host), STR(out->why));
        return;
    }
    struct str words = words_of(r, out);
    bool denied = out->status == 401 || out->status == 403, theirs = out->status >= 500;
    const char *slug = denied ? "registry-denied" : "registry-refused";
    struct diag *d =
        theirs || out->status == 429
            ? diag_world(r->ds, slug, NOWHERE, "cannot %s '%.*s': %.*s answers %u%s%.*s", what,
                         STR(text), STR(host), out->status, words.n ? ", " : "", STR(words))
            : diag_error(r->ds, slug, NOWHERE, "cannot %s '%.*s': %.*s answers %u%s%.*s", what,
                         STR(text), STR(host), out->status, words.n ? ", " : "", STR(words));
    if (!denied)
        return;
    if (r->aws)
        diag_help(d, "the AWS credentials in use must allow it");
    else if (r->basic.n)
        diag_help(d, "the credentials of 'docker login %.*s' do not allow it", STR(host));
    else
        diag_help(d, "'docker login %.*s', or of podman or buildah, leaves credentials", STR(host));
}
