#include "deploy/upload.h"

#include "base/digest.h"
#include "deploy/multipart.h"
#include "jsonpath/text.h"

#include <fcntl.h>
#include <unistd.h>

static const struct span NOWHERE;

/* Calls under way, at most UPLOAD_WINDOW at a time. `begin` fills in the i-th call; `ended` sees
 * its result and returns false after a diagnostic, which stops new ones from beginning. */
bool upload_run(struct cloud *c, size_t n, upload_begin *begin, upload_ended *ended, void *ctx)
{
    struct aws_call *calls = arena_make_n(c->arena, struct aws_call, n);
    bool good = true;
    size_t next = 0, running = 0;
    while (running || (good && next < n)) {
        while (good && next < n && running < UPLOAD_WINDOW) {
            struct aws_call *call = &calls[next];
            call->service = &AWS_S3;
            call->user = call;
            good = begin(ctx, next++, call);
            if (good) {
                aws_start(c->aws, call);
                running++;
            }
        }
        struct aws_call *call = running ? aws_wait(c->aws) : NULL;
        if (!call)
            break;
        running--;
        good = ended(ctx, (size_t)(call - calls), call) && good;
        aws_call_done(call);
    }
    return good;
}

struct str upload_base64(struct arena *a, const uint8_t *bytes, size_t n)
{
    struct buf out;
    buf_init(&out, 0);
    text_base64_encode(&out, (struct str){ (const char *)bytes, n });
    struct str text = arena_str(a, buf_str(&out));
    buf_done(&out);
    return text;
}

/* The digest as S3 wants it in a header. */
static struct str checksum(struct arena *a, struct str hex)
{
    uint8_t bytes[SHA256_BYTES];
    for (size_t i = 0; i < SHA256_BYTES; i++)
        bytes[i] = (uint8_t)(ascii_hex(hex.p[2 * i]) << 4 | ascii_hex(hex.p[2 * i + 1]));
    return upload_base64(a, bytes, sizeof bytes);
}

struct str upload_path(struct arena *a, struct str key)
{
    struct buf path;
    buf_init(&path, 0);
    buf_putc(&path, '/');
    http_encode(&path, key, true);
    struct str text = arena_str(a, buf_str(&path));
    buf_done(&path);
    return text;
}

/* ---- what is missing ------------------------------------------------------------------------- */

struct look {
    struct cloud *cloud;
    struct str bucket;
    const struct manifest_file *const *files;
    bool *missing;
};

static bool look_begin(void *ctx, size_t i, struct aws_call *call)
{
    struct look *l = ctx;
    call->operation = S("HeadObject");
    call->method = S("HEAD");
    call->bucket = l->bucket;
    call->path = upload_path(l->cloud->arena, l->files[i]->key);
    call->raw = true;
    return true;
}

static bool look_ended(void *ctx, size_t i, struct aws_call *call)
{
    struct look *l = ctx;
    l->missing[i] = call->result.outcome == AWS_REFUSED && call->result.status == 404;
    if (call->result.outcome == AWS_DONE || l->missing[i])
        return true;
    aws_report(l->cloud->aws, call,
               arena_printf(l->cloud->arena, "look for %.*s in bucket '%.*s'", STR(l->files[i]->id),
                            STR(l->bucket))
                   .p);
    return false;
}

bool upload_find_missing(struct cloud *c, struct str bucket,
                         const struct manifest_file *const *files, size_t n,
                         struct uploads *missing)
{
    struct look l = { c, bucket, files, arena_make_n(c->arena, bool, n) };
    if (!upload_run(c, n, look_begin, look_ended, &l))
        return false;
    for (size_t i = 0; i < n; i++) {
        bool twice = false; /* two bundles with the same bytes are one object */
        for (size_t j = 0; j < missing->all.n && !twice; j++)
            twice = str_eq(missing->all.p[j]->key, files[i]->key);
        if (l.missing[i] && !twice)
            vec_push(c->arena, &missing->all, files[i]);
    }
    return true;
}

/* ---- small files ----------------------------------------------------------------------------- */

struct send {
    struct cloud *cloud;
    struct progress *progress;
    struct str bucket;
    struct uploads small;
    int *fds;
};

static bool send_begin(void *ctx, size_t i, struct aws_call *call)
{
    struct send *s = ctx;
    const struct manifest_file *f = s->small.all.p[i];
    s->fds[i] = open(f->path.p, O_RDONLY | O_CLOEXEC);
    if (s->fds[i] < 0) {
        diag_world(s->cloud->ds, "cannot-read", NOWHERE, "cannot read '%.*s'", STR(f->path));
        return false;
    }
    call->operation = S("PutObject");
    call->method = S("PUT");
    call->bucket = s->bucket;
    call->path = upload_path(s->cloud->arena, f->key);
    call->file = (struct http_body){ .is_file = true, .fd = s->fds[i], .size = (uint64_t)f->bytes };
    call->payload_sha256 = f->sha256;
    http_header_add(s->cloud->arena, &call->headers, S("x-amz-checksum-sha256"),
                    checksum(s->cloud->arena, f->sha256));
    return true;
}

static void say_sent(const struct send *s, const struct manifest_file *f)
{
    progress_say(s->progress, "  uploaded %.*s, %lld bytes", STR(f->id), (long long)f->bytes);
    progress_advance(s->progress);
}

static bool send_ended(void *ctx, size_t i, struct aws_call *call)
{
    struct send *s = ctx;
    const struct manifest_file *f = s->small.all.p[i];
    close(s->fds[i]);
    if (call->result.outcome == AWS_DONE) {
        say_sent(s, f);
        return true;
    }
    aws_report(
        s->cloud->aws, call,
        arena_printf(s->cloud->arena, "upload %.*s to bucket '%.*s'", STR(f->id), STR(s->bucket))
            .p);
    return false;
}

bool upload_send(struct cloud *c, struct progress *p, struct str bucket,
                 const struct uploads *files)
{
    struct send s = { .cloud = c, .progress = p, .bucket = bucket };
    for (size_t i = 0; i < files->all.n; i++)
        if (files->all.p[i]->bytes <= UPLOAD_PART)
            vec_push(c->arena, &s.small.all, files->all.p[i]);
    s.fds = arena_make_n(c->arena, int, s.small.all.n);
    if (!upload_run(c, s.small.all.n, send_begin, send_ended, &s))
        return false;
    for (size_t i = 0; i < files->all.n; i++) {
        if (files->all.p[i]->bytes <= UPLOAD_PART)
            continue;
        if (!multipart_send(c, bucket, files->all.p[i]))
            return false;
        say_sent(&s, files->all.p[i]);
    }
    return true;
}
