#include "base/digest.h"
#include "base/file.h"
#include "base/path.h"
#include "deploy/image.h"
#include "pack/oci_document.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INDEXES_MAX = 4 };

static const struct span NOWHERE;

#define ACCEPT                                                                                  \
    OCI_INDEX ", " OCI_MANIFEST ", application/vnd.docker.distribution.manifest.list.v2+json, " \
              "application/vnd.docker.distribution.manifest.v2+json"

static struct str hex_of(struct arena *a, struct str bytes)
{
    uint8_t digest[SHA256_BYTES];
    char *hex = arena_alloc(a, SHA256_HEX);
    sha256(digest, bytes);
    hex_put(hex, digest, SHA256_BYTES);
    return (struct str){ hex, SHA256_HEX };
}

static bool report_digest(struct registry *r, struct str asked, const char *why)
{
    diag_world(r->ds, "bad-digest", NOWHERE, "cannot pull '%.*s': %.*s sends %s for sha256:%.*s",
               STR(r->name.text), STR(r->name.host), why, STR(asked));
    return false;
}

/* ---- manifests ------------------------------------------------------------------------------ */

/* The document `reference` (a tag, or a digest) names, into the layout. */
static struct source *pull_document(struct registry *r, struct str reference, struct str out,
                                    struct oci_descriptor *d)
{
    struct http_request q = { .method = S("GET"), .max_body = OCI_DOCUMENT_BYTES };
    struct http_response answer;
    struct source *src = NULL;
    http_header_add(r->arena, &q.headers, S("Accept"), S(ACCEPT));
    struct str path = arena_printf(r->arena, "manifests/%.*s", STR(reference));
    bool ok = registry_send(r, &q, path, &answer);
    if (!ok || answer.status != 200) {
        registry_report(r, &answer, "pull");
        http_response_done(&answer);
        return NULL;
    }
    struct str text = arena_str(r->arena, buf_str(&answer.body));
    d->bytes = (int64_t)text.n;
    d->sha256 = hex_of(r->arena, text);
    d->media_type = http_header(&answer.headers, S("Content-Type"));
    size_t end = str_find_char(d->media_type, ';', 0);
    d->media_type = str_trim(str_sub(d->media_type, 0, end == SIZE_MAX ? d->media_type.n : end));
    http_response_done(&answer);
    if (str_starts(reference, S("sha256:")) &&
        !str_eq(str_sub(reference, 7, reference.n), d->sha256)) {
        report_digest(r, str_sub(reference, 7, reference.n), "something else");
        return NULL;
    }
    struct str blob = oci_blob_path(r->arena, out, d->sha256);
    if (file_write(r->ds, blob, text) != WRITE_FAILED)
        src = source_make(r->arena, blob, text);
    return src && source_check_utf8(r->ds, src) ? src : NULL;
}

/* ---- blobs ---------------------------------------------------------------------------------- */

static bool blob_is_there(struct str path, const struct oci_descriptor *d)
{
    int fd = open(path.p, O_RDONLY | O_CLOEXEC);
    bool whole = fd >= 0 && oci_is_whole(fd, d->sha256, d->bytes);
    if (fd >= 0)
        close(fd);
    return whole;
}

/* One attempt, which goes on behind what the file has; the file is empty again where that went
 * wrong. */
static bool fetch_once(struct registry *r, const struct oci_descriptor *d, int fd,
                       struct http_response *answer)
{
    struct http_request q = { .method = S("GET"), .to_file = true, .fd = fd };
    off_t have = lseek(fd, 0, SEEK_END);
    if (have < 0 || have >= d->bytes)
        have = ftruncate(fd, 0) == 0 ? lseek(fd, 0, SEEK_SET) : -1;
    if (have > 0)
        http_header_add(r->arena, &q.headers, S("Range"),
                        arena_printf(r->arena, "bytes=%lld-", (long long)have));
    q.max_file = d->bytes - (have > 0 ? have : 0) + 1;
    struct str path = arena_printf(r->arena, "blobs/sha256:%.*s", STR(d->sha256));
    bool answered = registry_once(r, &q, path, answer);
    bool good = answered && (answer->status == 200 || answer->status == 206);
    bool behind = have == 0 || answer->status == 206; /* else the whole came, behind a part */
    if ((answer->status == 200 || answer->status == 206) && behind)
        return good;
    if (ftruncate(fd, have > 0 && !good ? have : 0) != 0)
        return false;
    return false;
}

static bool fetch_blob(struct registry *r, const struct oci_descriptor *d, int fd)
{
    struct http_response answer;
    bool afresh = false;
    for (unsigned attempt = 1;; attempt++) {
        bool good = fetch_once(r, d, fd, &answer), endless = answer.failure == HTTP_TOO_LARGE;
        if (good && !endless && oci_is_whole(fd, d->sha256, d->bytes)) {
            http_response_done(&answer);
            return true;
        }
        bool again = registry_pause(r, &answer, attempt);
        if (!again &&
            (good || endless || (answer.failure == HTTP_OK && answer.status / 100 == 2))) {
            /* A part of one attempt and a part of another may be of two blobs: once afresh. */
            again = !afresh && ftruncate(fd, 0) == 0;
            afresh = true;
            if (!again) {
                report_digest(r, d->sha256, "something else");
                if (ftruncate(fd, 0) != 0) /* no part of anything */
                    errno = 0;
            }
        } else if (!again) {
            registry_report(r, &answer, "pull");
        }
        http_response_done(&answer);
        if (!again)
            return false;
    }
}

/* The part of a blob, locked: another process may be at the same one, and leaves the blob, or its
 * part for us to go on with. -1 and errno; 0 bytes of it may be there. */
static int open_part(struct str part)
{
    for (;;) {
        struct stat ours, theirs;
        int fd = open(part.p, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (fd < 0 || flock(fd, LOCK_EX) != 0)
            return fd;
        if (fstat(fd, &ours) == 0 && stat(part.p, &theirs) == 0 && ours.st_ino == theirs.st_ino)
            return fd;
        close(fd); /* it was renamed, or removed, while we waited */
    }
}

/* The part stays where the pull is cut off, so that the next one goes on with it. */
static bool pull_blob(struct registry *r, const struct oci_descriptor *d, struct str out)
{
    struct str path = oci_blob_path(r->arena, out, d->sha256);
    struct str part = arena_printf(r->arena, "%.*s.part", STR(path));
    if (blob_is_there(path, d))
        return true;
    int fd = open_part(part);
    bool there = fd >= 0 && blob_is_there(path, d);
    bool ok = there || (fd >= 0 && fetch_blob(r, d, fd));
    if (there || (fd >= 0 && !ok && lseek(fd, 0, SEEK_END) == 0))
        unlink(part.p);
    if (fd < 0 || (ok && !there && rename(part.p, path.p) != 0)) {
        diag_world(r->ds, "cannot-write", NOWHERE, "cannot write '%.*s': %s", STR(path),
                   strerror(errno));
        ok = false;
    }
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool report_platform(struct registry *r, struct str platform)
{
    diag_error(r->ds, "no-platform", NOWHERE, "'%.*s' has no image for %.*s", STR(r->name.text),
               STR(platform));
    return false;
}

/* An image that no index speaks of says itself what it is for; if not, it is taken as it is. */
static bool is_for(struct registry *r, const struct oci_descriptor *config,
                   const struct image_platforms *platforms, struct str out)
{
    struct oci_config c;
    struct source *src = oci_read_blob(r->arena, r->ds, out, config);
    if (!src || !oci_parse_config(r->arena, r->ds, src, &c))
        return false;
    struct oci_descriptor own = { .os = c.os,
                                  .architecture = c.architecture,
                                  .variant = c.variant };
    struct oci_index one = { 0 };
    vec_push(r->arena, &one.all, own);
    for (size_t i = 0; c.architecture.n && i < platforms->all.n; i++) {
        struct oci_platform p = oci_platform(platforms->all.p[i]);
        if (!oci_choose(&one, &p))
            return report_platform(r, platforms->all.p[i]);
    }
    return true;
}

/* `platforms`: those that it must be for. */
static bool pull_image(struct registry *r, const struct source *src,
                       const struct image_platforms *platforms, struct str out)
{
    struct oci_manifest manifest;
    if (!oci_parse_manifest(r->arena, r->ds, src, &manifest))
        return false;
    bool ok = pull_blob(r, &manifest.config, out) &&
              (!platforms->all.n || is_for(r, &manifest.config, platforms, out));
    for (size_t i = 0; ok && i < manifest.layers.n; i++)
        ok = pull_blob(r, &manifest.layers.p[i], out);
    return ok;
}

/* ---- indexes -------------------------------------------------------------------------------- */

static bool pull_below(struct registry *r, const struct source *src, struct str media_type,
                       const struct image_platforms *platforms, struct str out, int depth);

static bool pull_entry(struct registry *r, const struct oci_descriptor *d,
                       const struct image_platforms *platforms, struct str out, int depth)
{
    struct oci_descriptor got = { 0 };
    struct source *src =
        pull_document(r, arena_printf(r->arena, "sha256:%.*s", STR(d->sha256)), out, &got);
    return src && pull_below(r, src, d->media_type, platforms, out, depth + 1);
}

static bool pull_index(struct registry *r, const struct source *src,
                       const struct image_platforms *platforms, struct str out, int depth)
{
    struct oci_index index;
    if (!oci_parse_index(r->arena, r->ds, src, &index))
        return false;
    for (size_t i = 0; platforms->all.n == 0 && i < index.all.n; i++)
        if (!index.all.p[i].attestation && !pull_entry(r, &index.all.p[i], platforms, out, depth))
            return false;
    for (size_t i = 0; i < platforms->all.n; i++) {
        struct oci_platform p = oci_platform(platforms->all.p[i]);
        const struct oci_descriptor *d = oci_choose(&index, &p);
        if (!d)
            return report_platform(r, platforms->all.p[i]);
        if (!pull_entry(r, d, platforms, out, depth))
            return false;
    }
    return true;
}

static bool pull_below(struct registry *r, const struct source *src, struct str media_type,
                       const struct image_platforms *platforms, struct str out, int depth)
{
    if (oci_is_index(media_type) && depth < INDEXES_MAX)
        return pull_index(r, src, platforms, out, depth);
    struct image_platforms any = { 0 }; /* an index has said it */
    if (oci_is_manifest(media_type))
        return pull_image(r, src, depth ? &any : platforms, out);
    diag_error(r->ds, "bad-image", NOWHERE, "'%.*s' is of type '%.*s'; expected an image",
               STR(r->name.text), STR(media_type));
    return false;
}

bool image_pull(struct registry *r, const struct image_platforms *platforms, struct str out)
{
    struct oci_descriptor top = { 0 };
    struct oci_index index = { 0 };
    struct buf text;
    struct str reference =
        r->name.sha256.n ? arena_printf(r->arena, "sha256:%.*s", STR(r->name.sha256)) : r->name.tag;
    if (!file_make_dirs(r->ds, path_join(r->arena, out, S("blobs/sha256"))))
        return false;
    struct source *src = pull_document(r, reference, out, &top);
    if (!src || !pull_below(r, src, top.media_type, platforms, out, 0))
        return false;
    top.name = r->name.tag.n ? r->name.tag : S("latest");
    vec_push(r->arena, &index.all, top);
    buf_init(&text, 0);
    oci_put_index(&text, &index);
    bool ok = file_write(r->ds, path_join(r->arena, out, S("oci-layout")),
                         S("{\"imageLayoutVersion\":\"1.0.0\"}")) != WRITE_FAILED &&
              file_write(r->ds, path_join(r->arena, out, S("index.json")), buf_str(&text)) !=
                  WRITE_FAILED;
    buf_done(&text);
    return ok;
}
