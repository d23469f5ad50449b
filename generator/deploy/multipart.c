/* Source: Amazon S3 user guide, "Uploading and copying objects using multipart upload". */
#include "deploy/multipart.h"

#include "base/digest.h"
#include "base/num.h"

#include <fcntl.h>
#include <unistd.h>

static const struct span NOWHERE;

struct part {
    uint64_t at, size;
    struct str hex, base64; /* its digest */
    struct str etag;        /* once it is there */
};

struct work {
    struct cloud *cloud;
    struct str bucket, path, id; /* id of the upload */
    const struct manifest_file *file;
    int fd;
    struct part *parts;
    size_t n;
    size_t *todo; /* numbers of the parts to send */
};

/* A call by itself. *data is the parsed answer. */
static bool call_s3(struct work *w, const char *operation, const char *method, struct str path,
                    struct str query, struct str body, const struct node **data)
{
    struct aws_call call = { .service = &AWS_S3,
                             .operation = str_from(operation),
                             .method = str_from(method),
                             .bucket = w->bucket,
                             .path = path,
                             .query = query,
                             .input = body };
    if (str_eq(call.operation, S("CreateMultipartUpload")))
        http_header_add(w->cloud->arena, &call.headers, S("x-amz-checksum-algorithm"), S("SHA256"));
    bool good = aws_call(w->cloud->aws, &call);
    *data = val_to_node(w->cloud->arena, val_copy(call.result.data), NOWHERE);
    if (!good)
        aws_report(w->cloud->aws, &call,
                   arena_printf(w->cloud->arena, "upload %.*s to bucket '%.*s'", STR(w->file->id),
                                STR(w->bucket))
                       .p);
    aws_call_done(&call);
    return good;
}

/* Digests of all parts. */
static bool measure(struct work *w)
{
    struct arena *a = w->cloud->arena;
    uint64_t bytes = (uint64_t)w->file->bytes, size = UPLOAD_PART;
    while ((bytes + size - 1) / size > UPLOAD_PARTS)
        size *= 2;
    w->n = (size_t)((bytes + size - 1) / size);
    w->parts = arena_make_n(a, struct part, w->n);
    for (size_t i = 0; i < w->n; i++) {
        struct part *p = &w->parts[i];
        uint8_t digest[SHA256_BYTES];
        char block[65536], *hex = arena_alloc(a, SHA256_HEX);
        struct sha256 *running = sha256_new();
        p->at = i * size;
        p->size = bytes - p->at < size ? bytes - p->at : size;
        uint64_t done = 0;
        while (done < p->size) {
            size_t want = p->size - done < sizeof block ? (size_t)(p->size - done) : sizeof block;
            ssize_t n = pread(w->fd, block, want, (off_t)(p->at + done));
            if (n <= 0)
                break;
            sha256_add(running, (struct str){ block, (size_t)n });
            done += (uint64_t)n;
        }
        sha256_take(running, digest);
        hex_put(hex, digest, SHA256_BYTES);
        p->hex = (struct str){ hex, SHA256_HEX };
        p->base64 = upload_base64(a, digest, sizeof digest);
        if (done < p->size) {
            diag_world(w->cloud->ds, "cannot-read", NOWHERE, "cannot read '%.*s'",
                       STR(w->file->path));
            return false;
        }
    }
    return true;
}

/* An upload of the same key that was cut off, and which parts it has. The key is the file's digest,
 * so it can only be of the same bytes. */
static bool resume(struct work *w)
{
    struct arena *a = w->cloud->arena;
    const struct node *data;
    struct buf query;
    buf_init(&query, 0);
    buf_put(&query, S("prefix="));
    http_encode(&query, w->file->key, false);
    buf_put(&query, S("&uploads="));
    bool good = call_s3(w, "ListMultipartUploads", "GET", S("/"), arena_str(a, buf_str(&query)),
                        (struct str){ 0 }, &data);
    buf_done(&query);
    if (!good)
        return false;
    for (size_t i = 0; i < cloud_count(data, "Upload") && !w->id.n; i++)
        if (str_eq(cloud_text(cloud_item(data, "Upload", i), "Key"), w->file->key))
            w->id = cloud_text(cloud_item(data, "Upload", i), "UploadId");
    if (!w->id.n)
        return true;
    if (!call_s3(w, "ListParts", "GET", w->path, arena_printf(a, "uploadId=%.*s", STR(w->id)),
                 (struct str){ 0 }, &data))
        return false;
    for (size_t i = 0; i < cloud_count(data, "Part"); i++) {
        const struct node *part = cloud_item(data, "Part", i);
        int64_t number = 0;
        if (!num_get_int(cloud_text(part, "PartNumber"), &number) || number < 1 ||
            number > (int64_t)w->n)
            continue;
        struct part *p = &w->parts[number - 1];
        if (str_eq(cloud_text(part, "ChecksumSHA256"), p->base64))
            p->etag = cloud_text(part, "ETag");
    }
    return true;
}

static bool begin_upload(struct work *w)
{
    const struct node *data;
    if (!call_s3(w, "CreateMultipartUpload", "POST", w->path, S("uploads="), (struct str){ 0 },
                 &data))
        return false;
    w->id = cloud_text(data, "UploadId");
    return true;
}

static bool part_begin(void *ctx, size_t i, struct aws_call *call)
{
    struct work *w = ctx;
    const struct part *p = &w->parts[w->todo[i]];
    call->operation = S("UploadPart");
    call->method = S("PUT");
    call->bucket = w->bucket;
    call->path = w->path;
    call->query =
        arena_printf(w->cloud->arena, "partNumber=%zu&uploadId=%.*s", w->todo[i] + 1, STR(w->id));
    call->file = (struct http_body){ .is_file = true, .fd = w->fd, .at = p->at, .size = p->size };
    call->payload_sha256 = p->hex;
    http_header_add(w->cloud->arena, &call->headers, S("x-amz-checksum-sha256"), p->base64);
    return true;
}

static bool part_ended(void *ctx, size_t i, struct aws_call *call)
{
    struct work *w = ctx;
    if (call->result.outcome == AWS_DONE) {
        w->parts[w->todo[i]].etag =
            arena_str(w->cloud->arena, http_header(call->result.headers, S("etag")));
        return true;
    }
    struct diag *d =
        aws_report(w->cloud->aws, call,
                   arena_printf(w->cloud->arena, "upload part %zu of %zu of %.*s to bucket '%.*s'",
                                w->todo[i] + 1, w->n, STR(w->file->id), STR(w->bucket))
                       .p);
    if (d)
        diag_help(d, "parts that arrived are kept; the next run goes on from there");
    return false;
}

static bool send_parts(struct work *w)
{
    size_t n = 0;
    w->todo = arena_make_n(w->cloud->arena, size_t, w->n);
    for (size_t i = 0; i < w->n; i++)
        if (!w->parts[i].etag.n)
            w->todo[n++] = i;
    return upload_run(w->cloud, n, part_begin, part_ended, w);
}

static bool complete(struct work *w)
{
    struct buf body;
    const struct node *data;
    buf_init(&body, 0);
    buf_put(&body, S("<CompleteMultipartUpload "
                     "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"));
    for (size_t i = 0; i < w->n; i++)
        buf_printf(&body,
                   "<Part><ChecksumSHA256>%.*s</ChecksumSHA256><ETag>%.*s</ETag><PartNumber>%zu"
                   "</PartNumber></Part>",
                   STR(w->parts[i].base64), STR(w->parts[i].etag), i + 1);
    buf_put(&body, S("</CompleteMultipartUpload>"));
    struct cloud_mark mark = cloud_mark(w->cloud);
    bool good =
        call_s3(w, "CompleteMultipartUpload", "POST", w->path,
                arena_printf(w->cloud->arena, "uploadId=%.*s", STR(w->id)), buf_str(&body), &data);
    buf_done(&body);
    if (good)
        return true;
    /* Where the answer got lost, asking again finds no upload any more, but the object. */
    const struct manifest_file *one = w->file;
    struct uploads missing = { 0 };
    if (!upload_find_missing(w->cloud, w->bucket, &one, 1, &missing) || missing.all.n)
        return false;
    cloud_forget(w->cloud, mark);
    return true;
}

bool multipart_send(struct cloud *c, struct str bucket, const struct manifest_file *f)
{
    struct work w = { .cloud = c,
                      .bucket = bucket,
                      .path = upload_path(c->arena, f->key),
                      .file = f,
                      .fd = open(f->path.p, O_RDONLY | O_CLOEXEC) };
    if (w.fd < 0) {
        diag_world(c->ds, "cannot-read", NOWHERE, "cannot read '%.*s'", STR(f->path));
        return false;
    }
    bool good =
        measure(&w) && resume(&w) && (w.id.n || begin_upload(&w)) && send_parts(&w) && complete(&w);
    close(w.fd);
    return good;
}
