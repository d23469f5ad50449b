/* Objects. Keys are taken as they are in the path, percent-encoding undone for '/' only. */
#include "fake_parts.h"

#include "base/digest.h"
#include "base/num.h"

#include <openssl/evp.h>

struct fake_object_data *fake_find_object(struct fake *f, struct str bucket, struct str key)
{
    const struct map *objects = map_get(&f->buckets, bucket);
    struct fake_object_data *o = objects ? map_get(objects, key) : NULL;
    return o && !o->gone ? o : NULL;
}

static void put_object(struct fake *f, struct str bucket, struct str key, struct str bytes)
{
    struct map *objects = map_get(&f->buckets, bucket);
    struct fake_object_data *o = arena_make(&f->arena, struct fake_object_data);
    o->bytes = fake_keep(f, bytes);
    map_put(&f->arena, objects, fake_keep(f, key), o);
}

static struct str hex_digest(struct arena *a, struct str bytes)
{
    uint8_t digest[SHA256_BYTES];
    char *hex = arena_alloc(a, SHA256_HEX);
    sha256(digest, bytes);
    hex_put(hex, digest, SHA256_BYTES);
    return (struct str){ hex, SHA256_HEX };
}

static struct str base64_digest(struct arena *a, struct str bytes)
{
    uint8_t digest[SHA256_BYTES];
    unsigned char *out = arena_alloc(a, 64);
    sha256(digest, bytes);
    int n = EVP_EncodeBlock(out, digest, SHA256_BYTES);
    return (struct str){ (char *)out, (size_t)n };
}

static struct server_reply error(struct fake_call *c, unsigned status, const char *code,
                                 const char *message)
{
    return (struct server_reply){
        .status = status,
        .body = arena_printf(c->arena,
                             "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>%s</Message>"
                             "<RequestId>req-1</RequestId></Error>",
                             code, message)
    };
}

/* Whether the body is what the headers say it is. */
static bool body_is_whole(struct fake_call *c)
{
    struct str said = server_header(c->request, "x-amz-content-sha256");
    struct str sum = server_header(c->request, "x-amz-checksum-sha256");
    if (said.n == SHA256_HEX && !str_eq(said, hex_digest(c->arena, c->request->body)))
        return false;
    return !sum.n || str_eq(sum, base64_digest(c->arena, c->request->body));
}

static struct fake_upload *find_upload(struct fake *f, struct str id)
{
    for (size_t i = 0; i < f->uploads.n; i++)
        if (str_eq(f->uploads.p[i]->id, id) && !f->uploads.p[i]->done)
            return f->uploads.p[i];
    return NULL;
}

static struct server_reply create_upload(struct fake_call *c, struct str bucket, struct str key)
{
    struct fake *f = c->fake;
    struct fake_upload *u = arena_make(&f->arena, struct fake_upload);
    fake_note(f, "CreateMultipartUpload");
    u->id = arena_printf(&f->arena, "upload-%zu", ++f->serial);
    u->bucket = fake_keep(f, bucket);
    u->key = fake_keep(f, key);
    vec_push(&f->arena, &f->uploads, u);
    return (struct server_reply){
        .body = arena_printf(c->arena,
                             "<InitiateMultipartUploadResult><Bucket>%.*s</Bucket><Key>%.*s</Key>"
                             "<UploadId>%.*s</UploadId></InitiateMultipartUploadResult>",
                             STR(bucket), STR(key), STR(u->id))
    };
}

static struct server_reply put_part(struct fake_call *c, struct fake_upload *u, struct str number)
{
    struct fake *f = c->fake;
    int64_t n = 0;
    fake_note(f, "UploadPart");
    if (!num_get_int(number, &n) || n < 1 || n > 10000)
        return error(c, 400, "InvalidArgument", "Part number must be between 1 and 10000");
    if (!body_is_whole(c))
        return error(c, 400, "BadDigest", "The checksum did not match");
    struct fake_part part = { n, fake_keep(f, c->request->body) };
    size_t at = 0;
    while (at < u->parts.n && u->parts.p[at].number != n)
        at++;
    if (at < u->parts.n)
        u->parts.p[at] = part;
    else
        vec_push(&f->arena, &u->parts, part);
    return (struct server_reply){ .headers = arena_printf(
                                      c->arena, "ETag: \"%.*s\"\r\nx-amz-checksum-sha256: %.*s\r\n",
                                      STR(hex_digest(c->arena, part.bytes)),
                                      STR(base64_digest(c->arena, part.bytes))) };
}

/* Part numbers and ETags of the body, in order. */
static struct server_reply complete(struct fake_call *c, struct fake_upload *u)
{
    struct fake *f = c->fake;
    struct buf whole;
    buf_init(&whole, 0);
    fake_note(f, "CompleteMultipartUpload");
    struct str body = c->request->body;
    size_t at = 0;
    while ((at = str_find(body, S("<PartNumber>"), at)) != SIZE_MAX) {
        size_t from = at + 12, to = str_find(body, S("</PartNumber>"), from);
        int64_t n = 0;
        if (to == SIZE_MAX || !num_get_int(str_sub(body, from, to), &n))
            break;
        for (size_t i = 0; i < u->parts.n; i++)
            if (u->parts.p[i].number == n)
                buf_put(&whole, u->parts.p[i].bytes);
        at = to;
    }
    put_object(f, u->bucket, u->key, buf_str(&whole));
    buf_done(&whole);
    u->done = true;
    return (struct server_reply){
        .body = S(
            "<CompleteMultipartUploadResult><ETag>\"x\"</ETag></CompleteMultipartUploadResult>")
    };
}

static struct server_reply list_parts(struct fake_call *c, const struct fake_upload *u)
{
    struct buf out;
    buf_init(&out, 0);
    fake_note(c->fake, "ListParts");
    buf_put(&out, S("<ListPartsResult><IsTruncated>false</IsTruncated>"));
    for (size_t i = 0; i < u->parts.n; i++)
        buf_printf(&out,
                   "<Part><PartNumber>%lld</PartNumber><ETag>\"%.*s\"</ETag><Size>%zu</Size>"
                   "<ChecksumSHA256>%.*s</ChecksumSHA256></Part>",
                   (long long)u->parts.p[i].number, STR(hex_digest(c->arena, u->parts.p[i].bytes)),
                   u->parts.p[i].bytes.n, STR(base64_digest(c->arena, u->parts.p[i].bytes)));
    buf_put(&out, S("</ListPartsResult>"));
    struct server_reply r = { .body = arena_str(c->arena, buf_str(&out)) };
    buf_done(&out);
    return r;
}

static struct server_reply list_uploads(struct fake_call *c, struct str bucket)
{
    struct buf out;
    struct str prefix = server_parameter(c->arena, c->request->query, "prefix", NULL);
    buf_init(&out, 0);
    fake_note(c->fake, "ListMultipartUploads");
    buf_put(&out, S("<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>"));
    for (size_t i = 0; i < c->fake->uploads.n; i++) {
        const struct fake_upload *u = c->fake->uploads.p[i];
        if (!u->done && str_eq(u->bucket, bucket) && str_starts(u->key, prefix))
            buf_printf(&out, "<Upload><Key>%.*s</Key><UploadId>%.*s</UploadId></Upload>",
                       STR(u->key), STR(u->id));
    }
    buf_put(&out, S("</ListMultipartUploadsResult>"));
    struct server_reply r = { .body = arena_str(c->arena, buf_str(&out)) };
    buf_done(&out);
    return r;
}

static struct server_reply upload_call(struct fake_call *c, struct str id)
{
    struct str method = c->request->method;
    struct fake_upload *u = find_upload(c->fake, id);
    if (!u)
        return error(c, 404, "NoSuchUpload", "The specified upload does not exist");
    if (str_eq(method, S("PUT")))
        return put_part(c, u, server_parameter(c->arena, c->request->query, "partNumber", NULL));
    if (str_eq(method, S("POST")))
        return complete(c, u);
    if (str_eq(method, S("GET")))
        return list_parts(c, u);
    fake_note(c->fake, "AbortMultipartUpload");
    u->done = true;
    return (struct server_reply){ .status = 204 };
}

static struct server_reply object_call(struct fake_call *c, struct str bucket, struct str key)
{
    struct fake *f = c->fake;
    struct str method = c->request->method;
    struct fake_object_data *o = fake_find_object(f, bucket, key);
    if (str_eq(method, S("PUT"))) {
        fake_note(f, "PutObject");
        if (!body_is_whole(c))
            return error(c, 400, "BadDigest", "The checksum did not match");
        put_object(f, bucket, key, c->request->body);
        return (struct server_reply){ .headers = S("ETag: \"x\"\r\n") };
    }
    if (str_eq(method, S("DELETE"))) {
        fake_note(f, "DeleteObject");
        if (o)
            o->gone = true;
        return (struct server_reply){ .status = 204 };
    }
    bool head = str_eq(method, S("HEAD"));
    fake_note(f, head ? "HeadObject" : "GetObject");
    if (!o)
        return head ? (struct server_reply){ .status = 404 }
                    : error(c, 404, "NoSuchKey", "The specified key does not exist.");
    /* What a HEAD says of the length the server leaves out; the digest is what counts here. */
    return (struct server_reply){ .body = head ? (struct str){ 0 } : o->bytes,
                                  .type = "application/octet-stream",
                                  .headers = arena_printf(
                                      c->arena, "ETag: \"x\"\r\nx-amz-checksum-sha256: %.*s\r\n",
                                      STR(base64_digest(c->arena, o->bytes))) };
}

struct server_reply fake_s3(struct fake_call *c)
{
    struct str path = c->request->path;
    if (path.n && path.p[0] == '/')
        path = str_sub(path, 1, path.n);
    size_t slash = str_find_char(path, '/', 0);
    struct str bucket = slash == SIZE_MAX ? path : str_sub(path, 0, slash);
    struct str key = slash == SIZE_MAX ? (struct str){ 0 } : str_sub(path, slash + 1, path.n);
    bool starts = false, uploads = false;
    struct str upload = server_parameter(c->arena, c->request->query, "uploadId", &starts);
    server_parameter(c->arena, c->request->query, "uploads", &uploads);
    if (!map_has(&c->fake->buckets, bucket)) {
        fake_note(c->fake, key.n ? "NoSuchBucket" : "HeadBucket");
        return str_eq(c->request->method, S("HEAD"))
                   ? (struct server_reply){ .status = 404 }
                   : error(c, 404, "NoSuchBucket", "The specified bucket does not exist");
    }
    if (upload.n)
        return upload_call(c, upload);
    if (uploads)
        return str_eq(c->request->method, S("POST")) ? create_upload(c, bucket, key)
                                                     : list_uploads(c, bucket);
    if (!key.n) {
        fake_note(c->fake, "HeadBucket");
        return (struct server_reply){ .headers = S("x-amz-bucket-region: " FAKE_REGION "\r\n") };
    }
    return object_call(c, bucket, key);
}
