#include "aws/http.h"

#include "base/mem.h"

#include <curl/curl.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTIONS = 10,
    CONNECT_MS = 10000,
    STALL_S = 60,
    MAX_BODY = 64 << 20,
    SECRET_BODY = 64 << 10, /* one piece from the start: growing would leave copies behind */
    MAX_HEADERS = 256,
    TICK_MS = 1000,
};

/* One transfer at libcurl. Kept and used again. */
struct http_handle {
    CURL *easy;
    struct curl_slist *headers;
    struct http_transfer *t;
    uint64_t sent; /* bytes of a file body */
    bool over, failed_here;
    bool whole_head; /* libcurl is content with half of one where no body follows */
    char words[CURL_ERROR_SIZE];
    struct http_handle *next;
};

struct queue {
    struct http_transfer *first, **last;
};

struct http {
    CURLM *multi;
    struct http_settings settings;
    struct arena arena; /* texts of the settings */
    struct http_handle *handles, *idle;
    struct queue waiting, ended;
    size_t active, under_way;
};

static void queue_init(struct queue *q)
{
    q->first = NULL;
    q->last = &q->first;
}

static void queue_put(struct queue *q, struct http_transfer *t)
{
    t->next = NULL;
    *q->last = t;
    q->last = &t->next;
}

/* Takes t out, or the first where t is NULL; NULL if it is not there. */
static struct http_transfer *queue_take(struct queue *q, const struct http_transfer *t)
{
    for (struct http_transfer **at = &q->first; *at; at = &(*at)->next)
        if (!t || *at == t) {
            struct http_transfer *found = *at;
            *at = found->next;
            if (!*at)
                q->last = at;
            return found;
        }
    return NULL;
}

struct http *http_new(const struct http_settings *settings)
{
    /* A millisecond less, and nothing that a configuration file may change about TLS. */
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return NULL;
    struct http *h = mem_alloc(sizeof *h);
    *h = (struct http){ .multi = curl_multi_init(), .settings = *settings };
    if (!h->settings.connections)
        h->settings.connections = CONNECTIONS;
    if (!h->settings.connect_ms)
        h->settings.connect_ms = CONNECT_MS;
    if (!h->settings.stall_s)
        h->settings.stall_s = STALL_S;
    h->settings.ca_file = arena_str(&h->arena, settings->ca_file);
    queue_init(&h->waiting);
    queue_init(&h->ended);
    curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)h->settings.connections + 4);
    return h;
}

void http_free(struct http *h)
{
    if (!h)
        return;
    for (struct http_handle *n = h->handles, *next; n; n = next) {
        next = n->next;
        if (n->t)
            curl_multi_remove_handle(h->multi, n->easy);
        curl_slist_free_all(n->headers);
        curl_easy_cleanup(n->easy);
        mem_free(n);
    }
    curl_multi_cleanup(h->multi);
    curl_global_cleanup();
    arena_done(&h->arena);
    mem_free(h);
}

/* ---- headers ---- */

struct str http_header(const struct http_headers *headers, struct str name)
{
    for (size_t i = headers->all.n; i-- > 0;)
        if (str_same_letters(headers->all.p[i].name, name))
            return headers->all.p[i].value;
    return (struct str){ 0 };
}

void http_header_add(struct arena *a, struct http_headers *headers, struct str name,
                     struct str value)
{
    vec_push(a, &headers->all, ((struct http_header){ name, value }));
}

/* ---- what libcurl calls ---- */

static size_t take_header(char *p, size_t size, size_t n, void *self)
{
    struct http_handle *handle = self;
    struct http_transfer *t = handle->t;
    struct str line = { p, size * n };
    size_t colon = str_find_char(line, ':', 0);
    bool first = str_starts(line, S("HTTP/"));
    handle->whole_head = !first && (handle->whole_head || str_trim(line).n == 0);
    if (first)
        t->response.headers.all.n = 0; /* of an interim response */
    else if (colon != SIZE_MAX && t->response.headers.all.n < MAX_HEADERS)
        http_header_add(t->arena, &t->response.headers,
                        arena_str(t->arena, str_sub(line, 0, colon)),
                        arena_str(t->arena, str_trim(str_sub(line, colon + 1, line.n))));
    return line.n;
}

static bool write_all(int fd, struct str s)
{
    while (s.n) {
        ssize_t n = write(fd, s.p, s.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        s = str_sub(s, (size_t)n, s.n);
    }
    return true;
}

static size_t take_body(char *p, size_t size, size_t n, void *self)
{
    struct http_handle *handle = self;
    struct http_transfer *t = handle->t;
    struct str part = { p, size * n };
    long status = 0;
    curl_easy_getinfo(handle->easy, CURLINFO_RESPONSE_CODE, &status);
    if (t->request.to_file && status / 100 == 2) {
        int64_t most = t->request.max_file;
        handle->over = most && t->response.got + part.n > (uint64_t)most;
        handle->failed_here = !handle->over && !write_all(t->request.fd, part);
    } else {
        buf_put(&t->response.body, part);
        handle->over = t->response.body.over;
    }
    t->response.got += part.n;
    return handle->failed_here || handle->over ? 0 : part.n;
}

static size_t give_body(char *p, size_t size, size_t n, void *self)
{
    struct http_handle *handle = self;
    const struct http_body *body = &handle->t->request.body;
    uint64_t left = body->size - handle->sent;
    size_t want = size * n < left ? size * n : (size_t)left;
    if (!want)
        return 0;
    ssize_t got;
    do
        got = pread(body->fd, p, want, (off_t)(body->at + handle->sent));
    while (got < 0 && errno == EINTR);
    if (got <= 0) { /* also where the file has become shorter */
        handle->failed_here = true;
        return CURL_READFUNC_ABORT;
    }
    handle->sent += (uint64_t)got;
    return (size_t)got;
}

static int seek_body(void *self, curl_off_t at, int origin)
{
    struct http_handle *handle = self;
    if (origin != SEEK_SET || at < 0)
        return CURL_SEEKFUNC_CANTSEEK;
    handle->sent = (uint64_t)at;
    return CURL_SEEKFUNC_OK;
}

/* ---- starting ---- */

static struct http_handle *take_handle(struct http *h)
{
    for (struct http_handle *n = h->handles; n; n = n->next)
        if (!n->t)
            return n;
    struct http_handle *n = mem_alloc(sizeof *n);
    *n = (struct http_handle){ .easy = curl_easy_init(), .next = h->handles };
    if (!n->easy)
        mem_exhausted(0);
    h->handles = n;
    return n;
}

static void add_line(struct http_handle *n, struct str line)
{
    struct curl_slist *more = curl_slist_append(n->headers, line.p);
    if (!more)
        mem_exhausted(line.n);
    n->headers = more;
}

static void set_headers(struct http_handle *n, struct http_transfer *t)
{
    const struct http_headers *headers = &t->request.headers;
    for (size_t i = 0; i < headers->all.n; i++) {
        const struct http_header *one = &headers->all.p[i];
        /* libcurl takes "Name;" for a header without a value. */
        add_line(n, arena_printf(t->arena, one->value.n ? "%.*s: %.*s" : "%.*s;%.*s",
                                 STR(one->name), STR(one->value)));
    }
    add_line(n, S("Expect:"));
    if (!http_header(headers, S("Content-Type")).p)
        add_line(n, S("Content-Type:"));
    curl_easy_setopt(n->easy, CURLOPT_HTTPHEADER, n->headers);
}

static void set_body(struct http_handle *n, const struct http_request *q)
{
    if (q->body.is_file) {
        curl_easy_setopt(n->easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(n->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)q->body.size);
        curl_easy_setopt(n->easy, CURLOPT_READFUNCTION, give_body);
        curl_easy_setopt(n->easy, CURLOPT_READDATA, n);
        curl_easy_setopt(n->easy, CURLOPT_SEEKFUNCTION, seek_body);
        curl_easy_setopt(n->easy, CURLOPT_SEEKDATA, n);
    } else if (q->body.bytes.n || str_eq(q->method, S("PUT")) || str_eq(q->method, S("POST"))) {
        curl_easy_setopt(n->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body.bytes.n);
        curl_easy_setopt(n->easy, CURLOPT_POSTFIELDS, q->body.bytes.n ? q->body.bytes.p : "");
    }
    if (str_eq(q->method, S("HEAD")))
        curl_easy_setopt(n->easy, CURLOPT_NOBODY, 1L);
}

static void set_up(const struct http *h, struct http_handle *n, struct http_transfer *t)
{
    const struct http_request *q = &t->request;
    CURL *e = n->easy;
    curl_easy_reset(e);
    curl_easy_setopt(e, CURLOPT_PRIVATE, n);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, n->words);
    curl_easy_setopt(e, CURLOPT_URL, arena_str(t->arena, q->url).p);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, q->plain ? "http,https" : "https");
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)h->settings.connect_ms);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)q->timeout_ms);
    curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, (long)h->settings.stall_s);
    curl_easy_setopt(e, CURLOPT_USERAGENT, "stepwright");
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, n);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, n);
    if (h->settings.ca_file.n)
        curl_easy_setopt(e, CURLOPT_CAINFO, h->settings.ca_file.p);
    if (q->direct)
        curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
    set_body(n, q);
    /* Last: the options above choose a method of their own. */
    if (!str_eq(q->method, S("HEAD")))
        curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, arena_str(t->arena, q->method).p);
    set_headers(n, t);
}

static void start_next(struct http *h)
{
    while (h->waiting.first && h->active < h->settings.connections) {
        struct http_transfer *t = queue_take(&h->waiting, NULL);
        struct http_handle *n = take_handle(h);
        n->t = t;
        n->sent = 0;
        n->over = n->failed_here = n->whole_head = false;
        n->words[0] = '\0';
        t->handle = n;
        set_up(h, n, t);
        curl_multi_add_handle(h->multi, n->easy);
        h->active++;
    }
}

static bool one_line(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == '\0')
            return false;
    return true;
}

/* Why it cannot be sent; NULL if it can. */
static const char *refusal(const struct http_request *q)
{
    bool lines = one_line(q->method) && one_line(q->url);
    for (size_t i = 0; i < q->headers.all.n; i++)
        lines = lines && one_line(q->headers.all.p[i].name) && one_line(q->headers.all.p[i].value);
    if (!lines)
        return "a line break in the URL or a header";
    if (str_starts(q->url, S("https://")) || (q->plain && str_starts(q->url, S("http://"))))
        return NULL;
    return q->plain ? "the URL is neither https:// nor http://"
                    : "the URL does not begin with https://";
}

void http_start(struct http *h, struct http_transfer *t)
{
    t->response = (struct http_response){ .secret = t->request.secret };
    buf_init(&t->response.body, t->request.max_body ? t->request.max_body : MAX_BODY);
    if (t->request.secret)
        buf_room(&t->response.body,
                 t->response.body.max < SECRET_BODY ? t->response.body.max : SECRET_BODY);
    h->under_way++;
    const char *why = refusal(&t->request);
    if (!why) {
        queue_put(&h->waiting, t);
        start_next(h);
        return;
    }
    t->response.failure = HTTP_BAD_URL;
    t->response.why = str_from(why);
    queue_put(&h->ended, t);
}

/* ---- ending ---- */

static enum http_failure failure_of(CURLcode code, const struct http_handle *n, bool sent)
{
    if (n->over)
        return HTTP_TOO_LARGE;
    if (n->failed_here)
        return HTTP_LOCAL;
    switch (code) {
    case CURLE_OK:
        return n->whole_head ? HTTP_OK : HTTP_DROPPED;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return HTTP_BAD_URL;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return HTTP_NO_HOST;
    case CURLE_COULDNT_CONNECT:
        return HTTP_NO_CONNECT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
        return HTTP_TLS;
    case CURLE_OPERATION_TIMEDOUT:
        return sent ? HTTP_TIMEOUT : HTTP_NO_CONNECT;
    default:
        return HTTP_DROPPED;
    }
}

static void end_one(struct http *h, CURL *easy, CURLcode code)
{
    struct http_handle *n = NULL;
    long size = 0, status = 0;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&n);
    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &size);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    struct http_transfer *t = n->t;
    t->response.sent = size > 0;
    t->response.status = (unsigned)status;
    t->response.failure = failure_of(code, n, size > 0);
    if (code == CURLE_OK && t->response.failure != HTTP_OK)
        t->response.why = S("the connection ended within the headers");
    else if (t->response.failure != HTTP_OK)
        t->response.why =
            arena_str(t->arena, str_from(n->words[0] ? n->words : curl_easy_strerror(code)));
    curl_multi_remove_handle(h->multi, easy);
    curl_slist_free_all(n->headers);
    n->headers = NULL;
    n->t = NULL;
    t->handle = NULL;
    h->active--;
    queue_put(&h->ended, t);
}

/* Whether a transfer has ended. */
static bool pump(struct http *h)
{
    int running, left;
    bool ended = false;
    start_next(h);
    curl_multi_perform(h->multi, &running);
    for (CURLMsg *m; (m = curl_multi_info_read(h->multi, &left));)
        if (m->msg == CURLMSG_DONE) {
            end_one(h, m->easy_handle, m->data.result);
            ended = true;
        }
    start_next(h);
    return ended;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The transfer `only` (NULL: any) once it has ended. */
static struct http_transfer *wait_for(struct http *h, const struct http_transfer *only, int wait_ms)
{
    int64_t until = now_ms() + wait_ms;
    for (;;) {
        struct http_transfer *t = queue_take(&h->ended, only);
        if (t) {
            h->under_way--;
            return t;
        }
        if (pump(h))
            continue;
        int64_t left = wait_ms < 0 ? TICK_MS : until - now_ms();
        if (h->active + (h->waiting.first != NULL) == 0 || left <= 0)
            return NULL;
        curl_multi_poll(h->multi, NULL, 0, left < TICK_MS ? (int)left : TICK_MS, NULL);
    }
}

struct http_transfer *http_wait(struct http *h, int wait_ms)
{
    return wait_for(h, NULL, wait_ms);
}

size_t http_under_way(const struct http *h)
{
    return h->under_way;
}

bool http_send(struct http *h, struct arena *a, const struct http_request *q,
               struct http_response *r)
{
    struct http_transfer t = { .request = *q, .arena = a };
    http_start(h, &t);
    if (!wait_for(h, &t, -1))
        UNREACHABLE();
    *r = t.response;
    return r->failure == HTTP_OK;
}

void http_response_done(struct http_response *r)
{
    if (r->secret && r->body.p)
        OPENSSL_cleanse(r->body.p, r->body.cap);
    buf_done(&r->body);
}

void http_encode(struct buf *out, struct str s, bool path)
{
    static const char DIGITS[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (ascii_is_alnum(s.p[i]) || (c < 0x80 && memchr("-._~", c, 4)) || (path && c == '/'))
            buf_putc(out, s.p[i]);
        else
            buf_put(out, (struct str){ (char[]){ '%', DIGITS[c >> 4], DIGITS[c & 15] }, 3 });
    }
}
