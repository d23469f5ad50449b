#include "aws/client.h"

#include "aws/instant.h"
#include "aws/request.h"
#include "aws/retry.h"
#include "base/mem.h"
#include "base/num.h"

#include <time.h>
#include <unistd.h>

enum {
    ATTEMPTS = 5,
    BACKOFF_MS = 500,
    TIMEOUT_MS = 60000,
    RENEW_S = 120, /* credentials that end sooner than this are fetched again */
    SKEW_S = 60,   /* a clock less wrong than this is not what a service complains about */
};

/* A call under way. */
struct aws_state {
    struct aws_call *call;
    struct arena arena; /* of the attempt, and so of the result */
    struct http_transfer transfer;
    int64_t due_ms;    /* of an attempt that waits */
    struct str region; /* S3: where the bucket turned out to be; else empty */
    char region_text[40];
    int64_t file_at;         /* to_file: where the answer's bytes begin */
    bool renewed, set_clock; /* once each */
    struct aws_state *next;
};

struct aws {
    struct arena *a;
    struct diags *ds;
    struct aws_settings settings;
    struct aws_environment env;
    struct aws_config config;
    struct http *http;
    struct str region;
    struct credentials credentials;
    bool has_credentials, broken; /* broken: a diagnostic says why there are none */
    int64_t clock_s;              /* the services' clocks minus ours */
    int budget;
    struct aws_state *waiting; /* for their time */
    struct aws_state *ended, **last_ended;
    size_t under_way;
};

/* ---- settings ---- */

static unsigned attempts_of(struct aws *aws)
{
    struct str text = aws_variable(&aws->env, "AWS_MAX_ATTEMPTS");
    int64_t n;
    if (!text.n)
        text = aws_setting(
            aws_profile(&aws->config, aws_profile_name(&aws->env, aws->settings.profile)),
            "max_attempts");
    return num_get_int(text, &n) && n >= 1 && n <= 100 ? (unsigned)n : ATTEMPTS;
}

static struct str kept(struct arena *a, struct str s)
{
    return s.n ? arena_str(a, s) : s;
}

struct aws *aws_new(struct arena *a, struct diags *ds, const struct aws_settings *settings)
{
    struct aws *aws = mem_alloc(sizeof *aws);
    *aws = (struct aws){ .a = a, .ds = ds, .settings = *settings, .env = *settings->env };
    struct aws_settings *s = &aws->settings;
    s->env = &aws->env;
    s->profile = kept(a, s->profile);
    s->endpoint_url = kept(a, s->endpoint_url);
    s->role_arn = kept(a, s->role_arn);
    aws->budget = RETRY_BUDGET;
    aws->last_ended = &aws->ended;
    if (!aws_config_read(a, ds, &aws->env, &aws->config)) {
        aws_free(aws);
        return NULL;
    }
    if (!s->http.ca_file.n)
        s->http.ca_file = aws_variable(&aws->env, "AWS_CA_BUNDLE");
    s->max_attempts = s->max_attempts ? s->max_attempts : attempts_of(aws);
    s->backoff_ms = s->backoff_ms ? s->backoff_ms : BACKOFF_MS;
    s->timeout_ms = s->timeout_ms ? s->timeout_ms : TIMEOUT_MS;
    aws->region =
        kept(a, s->region.n ? s->region : aws_region(&aws->env, &aws->config, s->profile));
    aws->http = http_new(&s->http);
    if (!aws->http) {
        diag_world(ds, "no-http", (struct span){ 0 }, "cannot start libcurl");
        aws_free(aws);
        return NULL;
    }
    return aws;
}

static void state_free(struct aws_state *s)
{
    http_response_done(&s->transfer.response);
    arena_done(&s->arena);
    mem_free(s);
}

void aws_free(struct aws *aws)
{
    if (!aws)
        return;
    http_free(aws->http);
    credentials_done(&aws->credentials);
    aws_config_done(&aws->config);
    mem_free(aws);
}

struct str aws_client_region(const struct aws *aws)
{
    return aws->region;
}

struct http *aws_http(struct aws *aws)
{
    return aws->http;
}

struct diags *aws_diags(struct aws *aws)
{
    return aws->ds;
}

/* ---- credentials ---- */

static int64_t now(struct aws *aws)
{
    return aws->env.now(aws->env.self);
}

/* The files again, too: somebody may have logged in since. What was there stays after a failure. */
static bool fetch_credentials(struct aws *aws, struct diags *ds)
{
    struct credentials fresh = { 0 };
    struct aws_config config = { 0 };
    struct credentials_from from = {
        .env = &aws->env,
        .config = &config,
        .profile = aws->settings.profile,
        .region = aws->region,
        .endpoint_url = aws->settings.endpoint_url,
        .clock_s = aws->clock_s,
        .http = aws->http,
    };
    bool ok = aws_config_read(aws->a, ds, &aws->env, &config) &&
              credentials_find(aws->a, ds, &from, &fresh);
    if (ok && aws->settings.role_arn.n)
        ok = credentials_assume(aws->a, ds, &from, aws->settings.role_arn, S(""), &fresh);
    aws_config_done(&config);
    if (!ok) {
        credentials_done(&fresh);
        return false;
    }
    credentials_done(&aws->credentials);
    aws->credentials = fresh;
    return aws->has_credentials = true;
}

/* For good, or there are none: a diagnostic says why. */
static bool need_credentials(struct aws *aws)
{
    aws->broken = !fetch_credentials(aws, aws->ds);
    return !aws->broken;
}

const struct credentials *aws_credentials(struct aws *aws)
{
    const struct credentials *c = &aws->credentials;
    if (aws->broken || (!aws->has_credentials && !need_credentials(aws)))
        return NULL;
    int64_t left = c->expires ? c->expires - (now(aws) + aws->clock_s) : INT64_MAX;
    if (left > RENEW_S)
        return c;
    if (left <= 0)
        return need_credentials(aws) ? c : NULL;
    struct diags quiet; /* still good: a source that fails now may recover before they end */
    diags_init(&quiet, aws->a);
    fetch_credentials(aws, &quiet);
    return c;
}

/* ---- attempts ---- */

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void end(struct aws *aws, struct aws_state *s)
{
    s->next = NULL;
    *aws->last_ended = s;
    aws->last_ended = &s->next;
}

static void end_unsigned(struct aws *aws, struct aws_state *s)
{
    s->call->result.outcome = AWS_UNSIGNED;
    end(aws, s);
}

/* False after [no-region]. */
static bool find_target(struct aws *aws, struct arena *a, const struct aws_service *service,
                        struct str region, struct aws_target *t)
{
    region = region.n ? region : aws->region;
    if (!region.n && !service->global) {
        struct diag *d = diag_error(aws->ds, "no-region", (struct span){ 0 }, "no AWS region");
        diag_help(d, "set AWS_REGION, a region for the profile, or 'region' for the stage in "
                     "configs/stages.yaml");
        return false;
    }
    *t = aws_target_of(a, service, region);
    struct str url = aws->settings.endpoint_url;
    if (!url.n)
        url = aws_endpoint(a, &aws->env, &aws->config, aws->settings.profile,
                           str_from(service->name));
    if (!url.n)
        return true;
    t->base = url;
    t->named = true;
    return true;
}

static void attempt(struct aws *aws, struct aws_state *s)
{
    struct aws_call *c = s->call;
    struct aws_target target;
    struct sigv4_request sign;
    struct http_headers add = { 0 };
    struct http_request *q = &s->transfer.request;
    http_response_done(&s->transfer.response);
    val_free(c->result.data);
    /* The texts of the attempt before go with its arena. */
    c->result =
        (struct aws_result){ .attempts = c->result.attempts, .uncertain = c->result.uncertain };
    arena_done(&s->arena);
    s->transfer = (struct http_transfer){ .arena = &s->arena, .user = s };
    const struct credentials *who = aws_credentials(aws);
    if (!who || !find_target(aws, &s->arena, c->service, s->region, &target)) {
        end_unsigned(aws, s);
        return;
    }
    c->result.attempts++;
    c->result.host = aws_url_host(target.base);
    if (!aws_request_build(&s->arena, c, &target, q, &sign)) {
        c->result.outcome = AWS_UNREACHED;
        c->result.message = S("the file to send could not be read");
        end(aws, s);
        return;
    }
    sign.time = now(aws) + aws->clock_s;
    sigv4_sign(&s->arena, &sign, &who->id, &add, NULL);
    for (size_t i = 0; i < add.all.n; i++)
        http_header_add(&s->arena, &q->headers, add.all.p[i].name, add.all.p[i].value);
    q->timeout_ms = c->to_file || c->file.is_file ? 0 : aws->settings.timeout_ms;
    http_start(aws->http, &s->transfer);
}

void aws_start(struct aws *aws, struct aws_call *c)
{
    struct aws_state *s = mem_alloc(sizeof *s);
    *s = (struct aws_state){ .call = c };
    if (c->to_file)
        s->file_at = (int64_t)lseek(c->fd, 0, SEEK_CUR);
    c->state = s;
    c->result = (struct aws_result){ 0 };
    aws->under_way++;
    attempt(aws, s);
}

/* The server's clock, from its answer; false where that is not the trouble. */
static bool set_clock(struct aws *aws, const struct http_response *r)
{
    int64_t theirs;
    if (!instant_parse_http(http_header(&r->headers, S("Date")), &theirs))
        return false;
    int64_t offset = theirs - now(aws), change = offset - aws->clock_s;
    if (change < SKEW_S && change > -SKEW_S)
        return false;
    aws->clock_s = offset;
    return true;
}

static bool set_region(struct aws_state *s, const struct http_response *r)
{
    struct str region = http_header(&r->headers, S("x-amz-bucket-region"));
    if (s->region.n || region.n > sizeof s->region_text)
        return false;
    memcpy(s->region_text, region.p, region.n);
    s->region = (struct str){ s->region_text, region.n };
    return true;
}

/* A failed stream must not leave half an answer in front of the next. */
static bool rewind_file(const struct aws_state *s)
{
    const struct aws_call *c = s->call;
    return !c->to_file || (s->file_at >= 0 && ftruncate(c->fd, (off_t)s->file_at) == 0 &&
                           lseek(c->fd, (off_t)s->file_at, SEEK_SET) >= 0);
}

/* Whether `why` may have another attempt, having done what that needs. */
static bool prepare(struct aws *aws, struct aws_state *s, enum retry why)
{
    const struct http_response *r = &s->transfer.response;
    switch (why) {
    case RETRY_NO:
        return false;
    case RETRY_FRESH:
        if (s->renewed || !need_credentials(aws))
            return false;
        return s->renewed = true;
    case RETRY_CLOCK:
        if (s->set_clock || !set_clock(aws, r))
            return false;
        return s->set_clock = true;
    case RETRY_REGION:
        return set_region(s, r);
    case RETRY_PAUSE:
    case RETRY_LATER:
        return s->call->result.attempts < aws->settings.max_attempts &&
               retry_pay(&aws->budget, r->failure);
    }
    UNREACHABLE();
}

static void judge(struct aws *aws, struct aws_state *s)
{
    struct aws_call *c = s->call;
    const struct http_response *r = &s->transfer.response;
    if (r->failure == HTTP_OK) {
        aws_response_read(&s->arena, c, r);
    } else {
        c->result.outcome = AWS_UNREACHED;
        c->result.message = r->why;
        c->result.headers = &r->headers;
        c->result.status = 0;
    }
    enum retry why = retry_judge(c, r->failure);
    if (r->sent && why == RETRY_PAUSE)
        c->result.uncertain = true;
    if (c->result.outcome == AWS_DONE)
        retry_refund(&aws->budget, c->result.attempts);
    if (c->once || !prepare(aws, s, why) || !rewind_file(s)) {
        if (aws->broken)
            c->result.outcome = AWS_UNSIGNED;
        end(aws, s);
        return;
    }
    s->due_ms = now_ms() + retry_wait_ms(why, c->result.attempts, aws->settings.backoff_ms,
                                         http_header(&r->headers, S("Retry-After")));
    s->next = aws->waiting;
    aws->waiting = s;
}

/* Starts those whose time has come; the milliseconds until the next, -1 if none waits. */
static int start_due(struct aws *aws)
{
    int64_t here = now_ms(), next = -1;
    struct aws_state *all = aws->waiting;
    aws->waiting = NULL;
    while (all) {
        struct aws_state *s = all;
        all = s->next;
        if (s->due_ms <= here) {
            attempt(aws, s);
            continue;
        }
        next = next < 0 || s->due_ms - here < next ? s->due_ms - here : next;
        s->next = aws->waiting;
        aws->waiting = s;
    }
    return (int)next;
}

/* The ended call `only` (NULL: any). */
static struct aws_state *take_ended(struct aws *aws, const struct aws_call *only)
{
    for (struct aws_state **at = &aws->ended; *at; at = &(*at)->next)
        if (!only || (*at)->call == only) {
            struct aws_state *s = *at;
            *at = s->next;
            if (!*at)
                aws->last_ended = at;
            aws->under_way--;
            return s;
        }
    return NULL;
}

static struct aws_call *wait_for(struct aws *aws, const struct aws_call *only)
{
    while (aws->under_way) {
        int wait = start_due(aws);
        struct aws_state *s = take_ended(aws, only);
        if (s)
            return s->call;
        if (http_under_way(aws->http)) {
            struct http_transfer *t = http_wait(aws->http, wait);
            if (t)
                judge(aws, t->user);
        } else if (wait > 0) {
            nanosleep(&(struct timespec){ wait / 1000, wait % 1000 * 1000000L }, NULL);
        } else if (wait < 0 && !aws->ended) {
            UNREACHABLE();
        }
    }
    return NULL;
}

struct aws_call *aws_wait(struct aws *aws)
{
    return wait_for(aws, NULL);
}

bool aws_call(struct aws *aws, struct aws_call *c)
{
    aws_start(aws, c);
    wait_for(aws, c);
    return c->result.outcome == AWS_DONE;
}

void aws_call_done(struct aws_call *c)
{
    val_free(c->result.data);
    c->result = (struct aws_result){ 0 };
    if (c->state)
        state_free(c->state);
    c->state = NULL;
}

bool aws_refused(const struct aws_call *c, struct str code)
{
    return c->result.outcome == AWS_REFUSED && str_eq(c->result.code, code);
}

struct str aws_presign(struct aws *aws, struct arena *a, struct str method, struct str bucket,
                       struct str key, int64_t expires_s)
{
    struct aws_target target;
    struct http_request q = { 0 };
    struct sigv4_request sign;
    struct buf path;
    buf_init(&path, 0);
    buf_putc(&path, '/');
    http_encode(&path, key, true);
    struct aws_call c = { .service = &AWS_S3,
                          .method = method,
                          .bucket = bucket,
                          .path = arena_str(a, buf_str(&path)),
                          .payload_sha256 = S("UNSIGNED-PAYLOAD") };
    buf_done(&path);
    const struct credentials *who = aws_credentials(aws);
    if (!who || !find_target(aws, a, &AWS_S3, S(""), &target) ||
        !aws_request_build(a, &c, &target, &q, &sign))
        return S("");
    sign.time = now(aws) + aws->clock_s;
    return sigv4_presign(a, &sign, &who->id, expires_s, NULL);
}
