#include "base/file.h"
#include "base/num.h"
#include "base/path.h"
#include "deploy/image.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INDEXES_MAX = 4, UPLOADS = 5 /* attempts at one blob, each in a session of its own */ };

static const struct span NOWHERE;

struct push {
    struct registry *r;
    struct str layout;
    struct image_sent *sent;
    struct map done; /* digests of blobs and manifests that are there */
};

static bool refuse(struct push *p, struct http_response *answer)
{
    registry_report(p->r, answer, "push");
    http_response_done(answer);
    return false;
}

/* ---- blobs ---------------------------------------------------------------------------------- */

/* Whether it is the blob that the answer speaks of: others than registries answer 200, too. */
static bool is_of(const struct http_response *answer, const struct oci_descriptor *d)
{
    struct str digest = http_header(&answer->headers, S("Docker-Content-Digest"));
    int64_t bytes;
    if (str_starts(digest, S("sha256:")))
        return str_eq(str_sub(digest, 7, digest.n), d->sha256);
    return num_get_int(http_header(&answer->headers, S("Content-Length")), &bytes) &&
           bytes == d->bytes;
}

/* 1 it is there, 0 it is not, -1 after a diagnostic. */
static int has_blob(struct push *p, const struct oci_descriptor *d)
{
    struct http_request q = { .method = S("HEAD") };
    struct http_response answer;
    struct str path = arena_printf(p->r->arena, "blobs/sha256:%.*s", STR(d->sha256));
    if (!registry_send(p->r, &q, path, &answer) ||
        (answer.status != 404 && answer.status / 100 != 2))
        return refuse(p, &answer) - 1;
    int there = answer.status / 100 == 2 && is_of(&answer, d);
    http_response_done(&answer);
    return there;
}

/* A session to send a blob in: its URL, or an empty one if the blob was mounted, or after a
 * diagnostic. */
static bool begin_upload(struct push *p, struct str sha256, struct str *session)
{
    struct registry *r = p->r;
    struct http_request q = { .method = S("POST") };
    struct http_response answer;
    struct buf path;
    *session = (struct str){ 0 };
    buf_init(&path, 0);
    buf_put(&path, S("blobs/uploads/"));
    if (r->mount_from.n) {
        buf_printf(&path, "?mount=sha256%%3A%.*s&from=", STR(sha256));
        http_encode(&path, r->mount_from, false);
    }
    bool ok = registry_send(r, &q, arena_str(r->arena, buf_str(&path)), &answer);
    buf_done(&path);
    struct str location = http_header(&answer.headers, S("Location"));
    if (!ok || (answer.status != 201 && answer.status != 202) ||
        (answer.status == 202 && !location.n))
        return refuse(p, &answer);
    if (answer.status == 201) {
        p->sent->mounted++;
    } else {
        bool whole = str_find(location, S("://"), 0) != SIZE_MAX;
        *session = arena_printf(r->arena, "%.*s%.*s", STR(whole ? S("") : r->base), STR(location));
    }
    http_response_done(&answer);
    return true;
}

/* All of it in one request: ECR drops what comes in more. */
static bool send_blob(struct push *p, struct str session, struct str sha256, int fd, uint64_t size,
                      struct http_response *answer)
{
    bool query = str_find_char(session, '?', 0) != SIZE_MAX;
    struct http_request q = { .method = S("PUT"),
                              .body = { .is_file = true, .fd = fd, .size = size } };
    http_header_add(p->r->arena, &q.headers, S("Content-Type"), S("application/octet-stream"));
    return registry_once(p->r, &q,
                         arena_printf(p->r->arena, "%.*s%sdigest=sha256%%3A%.*s", STR(session),
                                      query ? "&" : "?", STR(sha256)),
                         answer);
}

/* Not every registry compares, and who pulls would find out. */
static bool check_blob(struct push *p, const struct oci_descriptor *d, int fd)
{
    if (oci_is_whole(fd, d->sha256, d->bytes))
        return true;
    diag_error(p->r->ds, "bad-digest", NOWHERE, "'%.*s' does not hold what it is called by",
               STR(oci_blob_path(p->r->arena, p->layout, d->sha256)));
    return false;
}

/* A lost answer may hide a blob that arrived: each attempt looks first. */
static bool upload(struct push *p, const struct oci_descriptor *d, int fd)
{
    for (unsigned attempt = 1;; attempt++) {
        struct http_response answer;
        struct str session;
        int there = has_blob(p, d);
        if (there)
            return there > 0;
        if (attempt == 1 && !check_blob(p, d, fd))
            return false;
        if (!begin_upload(p, d->sha256, &session))
            return false;
        if (!session.n)
            return true;
        bool answered = send_blob(p, session, d->sha256, fd, (uint64_t)d->bytes, &answer);
        if (answered && answer.status == 201) {
            p->sent->sent++;
            http_response_done(&answer);
            return true;
        }
        if (attempt >= UPLOADS || !registry_pause(p->r, &answer, attempt))
            return refuse(p, &answer);
        http_response_done(&answer);
    }
}

static bool push_blob(struct push *p, const struct oci_descriptor *d)
{
    struct arena *a = p->r->arena;
    struct str path = oci_blob_path(a, p->layout, d->sha256);
    struct stat st;
    if (map_has(&p->done, d->sha256))
        return true;
    int fd = open(path.p, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0 || st.st_size != d->bytes) {
        diag_error(p->r->ds, "bad-image", NOWHERE, "'%.*s' is missing or not whole", STR(path));
        if (fd >= 0)
            close(fd);
        return false;
    }
    p->sent->blobs++;
    bool ok = upload(p, d, fd);
    close(fd);
    map_put(a, &p->done, d->sha256, p);
    return ok;
}

/* ---- manifests ------------------------------------------------------------------------------ */

/* Whether the registry has that manifest under this reference. */
static bool manifest_is_there(struct push *p, struct str reference, struct str sha256)
{
    struct registry *r = p->r;
    struct http_request q = { .method = S("HEAD") };
    struct http_response answer;
    http_header_add(r->arena, &q.headers, S("Accept"), S(OCI_INDEX ", " OCI_MANIFEST));
    struct str path = arena_printf(r->arena, "manifests/%.*s", STR(reference));
    bool there = registry_send(r, &q, path, &answer) && answer.status == 200;
    struct str digest = http_header(&answer.headers, S("Docker-Content-Digest"));
    there =
        there && str_starts(digest, S("sha256:")) && str_eq(str_sub(digest, 7, digest.n), sha256);
    http_response_done(&answer);
    return there;
}

/* ECR refuses to write a tag twice where tags are immutable: fine, if it names this image. */
static bool put_manifest(struct push *p, const struct oci_descriptor *d, struct str text,
                         struct str reference)
{
    struct registry *r = p->r;
    struct http_request q = { .method = S("PUT"), .body = { .bytes = text } };
    struct http_response answer;
    http_header_add(r->arena, &q.headers, S("Content-Type"), d->media_type);
    struct str path = arena_printf(r->arena, "manifests/%.*s", STR(reference));
    bool ok = registry_send(r, &q, path, &answer);
    struct str digest = http_header(&answer.headers, S("Docker-Content-Digest"));
    if (ok && answer.status == 201) {
        bool same = !digest.n || str_eq(str_sub(digest, digest.n < 7 ? 0 : 7, digest.n), d->sha256);
        http_response_done(&answer);
        if (!same)
            diag_world(r->ds, "bad-digest", NOWHERE, "%.*s has taken '%.*s' for another image",
                       STR(r->name.host), STR(r->name.text));
        return same;
    }
    if (ok && answer.status == 400 && manifest_is_there(p, reference, d->sha256)) {
        http_response_done(&answer);
        return true;
    }
    return refuse(p, &answer);
}

static bool push_manifest(struct push *p, const struct oci_descriptor *d, struct str reference,
                          int depth);

static bool push_parts(struct push *p, const struct oci_descriptor *d, const struct source *src,
                       int depth)
{
    struct arena *a = p->r->arena;
    struct oci_manifest manifest;
    struct oci_index index;
    if (!oci_is_index(d->media_type)) {
        bool ok = oci_parse_manifest(a, p->r->ds, src, &manifest);
        for (size_t i = 0; ok && i < manifest.layers.n; i++)
            ok = push_blob(p, &manifest.layers.p[i]);
        return ok && push_blob(p, &manifest.config);
    }
    bool ok = depth < INDEXES_MAX && oci_parse_index(a, p->r->ds, src, &index);
    for (size_t i = 0; ok && i < index.all.n; i++)
        ok = push_manifest(p, &index.all.p[i],
                           arena_printf(a, "sha256:%.*s", STR(index.all.p[i].sha256)), depth + 1);
    return ok;
}

static bool push_manifest(struct push *p, const struct oci_descriptor *d, struct str reference,
                          int depth)
{
    struct source *src = oci_read_blob(p->r->arena, p->r->ds, p->layout, d);
    return src && push_parts(p, d, src, depth) && put_manifest(p, d, src->text, reference);
}

bool image_push(struct registry *r, struct str layout, struct image_sent *sent)
{
    struct push p = { .r = r, .layout = layout, .sent = sent };
    struct oci_index index;
    *sent = (struct image_sent){ 0 };
    r->writes = true;
    if (!oci_read_layout(r->arena, r->ds, layout, &index))
        return false;
    if (index.all.n != 1) {
        diag_error(r->ds, "bad-image", NOWHERE, "'%.*s' has %zu images; expected one", STR(layout),
                   index.all.n);
        return false;
    }
    const struct oci_descriptor *d = &index.all.p[0];
    if (r->name.sha256.n && !str_eq(r->name.sha256, d->sha256)) {
        diag_error(r->ds, "bad-digest", NOWHERE, "'%.*s' holds sha256:%.*s, not what '%.*s' names",
                   STR(layout), STR(d->sha256), STR(r->name.text));
        return false;
    }
    struct str reference =
        r->name.tag.n ? r->name.tag : arena_printf(r->arena, "sha256:%.*s", STR(d->sha256));
    sent->there = manifest_is_there(&p, reference, d->sha256);
    return sent->there || push_manifest(&p, d, reference, 0);
}
