#include "pack/sink.h"

#include "base/mem.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HELD = 256 << 10, CHUNK = 64 << 10 };

static void report(const struct sink *s, struct diags *ds, int error)
{
    diag_world(ds, "cannot-write", (struct span){ 0 }, "cannot write '%.*s': %s", STR(s->path),
               strerror(error));
}

/* The next name for a temporary file: threads and processes get different ones. */
static struct str temporary_name(struct arena *a, struct str dir)
{
    static atomic_uint serial;
    unsigned n = atomic_fetch_add(&serial, 1);
    return path_join(a, dir, arena_printf(a, ".stepwright-%ld-z%u.tmp", (long)getpid(), n));
}

/* A file without a name, if it can be given one later; -1 otherwise. */
static int open_nameless(struct str dir)
{
#ifdef O_TMPFILE
    if (access("/proc/self/fd", X_OK) == 0)
        return open(dir.p, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
#endif
    (void)dir;
    return -1;
}

static int open_named(struct sink *s)
{
    for (int tries = 0; tries < 100; tries++) {
        s->name = temporary_name(s->arena, s->dir);
        int fd = open(s->name.p, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

bool sink_open(struct sink *s, struct arena *a, struct diags *ds, struct str path)
{
    *s = (struct sink){ .arena = a, .fd = -1 };
    s->path = arena_str(a, path);
    s->dir = arena_str(a, path_dir(path));
    if (!file_make_dirs(ds, s->dir))
        return false;
    s->fd = open_nameless(s->dir);
    if (s->fd < 0)
        s->fd = open_named(s);
    if (s->fd < 0) {
        report(s, ds, errno);
        return false;
    }
    s->held = mem_alloc(HELD);
    s->digest = sha256_new();
    return true;
}

/* Writes at an offset; notes what fails. */
static void write_at(struct sink *s, const uint8_t *p, size_t n, uint64_t at)
{
    while (n && !s->error) {
        if (file_fails_now()) {
            s->error = errno;
            return;
        }
        ssize_t put = pwrite(s->fd, p, n, (off_t)at);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            s->error = put < 0 ? errno : EIO;
            return;
        }
        p += put;
        n -= (size_t)put;
        at += (uint64_t)put;
    }
}

/* Bytes that follow those before. */
static void write_on(struct sink *s, const uint8_t *p, size_t n)
{
    if (s->digest)
        sha256_add(s->digest, (struct str){ (const char *)p, n });
    write_at(s, p, n, s->at);
    s->at += n;
}

static void flush(struct sink *s)
{
    if (s->nheld)
        write_on(s, s->held, s->nheld);
    s->nheld = 0;
}

void sink_put(struct sink *s, struct str data)
{
    if (data.n > HELD - s->nheld)
        flush(s);
    if (data.n > HELD) {
        write_on(s, (const uint8_t *)data.p, data.n);
    } else if (data.n) {
        memcpy(s->held + s->nheld, data.p, data.n);
        s->nheld += data.n;
    }
}

static ssize_t read_at(int fd, void *p, size_t n, uint64_t at)
{
    ssize_t got;
    do
        got = pread(fd, p, n, (off_t)at);
    while (got < 0 && errno == EINTR);
    return got;
}

void sink_copy(struct sink *s, int fd, uint64_t at, uint64_t n)
{
    while (n && !s->error) {
        if (s->nheld == HELD)
            flush(s);
        size_t room = HELD - s->nheld;
        ssize_t got = read_at(fd, s->held + s->nheld, n < room ? (size_t)n : room, at);
        if (got <= 0) {
            s->error = got < 0 ? errno : EIO;
            return;
        }
        s->nheld += (size_t)got;
        at += (uint64_t)got;
        n -= (uint64_t)got;
    }
}

/* From here on the digest is made at the end, of what was written. */
static void stop_digest(struct sink *s)
{
    uint8_t unused[SHA256_BYTES];
    if (s->digest)
        sha256_take(s->digest, unused);
    s->digest = NULL;
}

uint64_t sink_at(const struct sink *s)
{
    return s->at + s->nheld;
}

void sink_put_at(struct sink *s, uint64_t at, struct str data)
{
    flush(s);
    stop_digest(s);
    write_at(s, (const uint8_t *)data.p, data.n, at);
}

void sink_rewind(struct sink *s, uint64_t at)
{
    flush(s);
    stop_digest(s);
    s->at = at;
    if (!s->error && ftruncate(s->fd, (off_t)at) != 0)
        s->error = errno;
}

/* ---- the end ---- */

static void read_digest(struct sink *s, struct sha256 *d)
{
    for (uint64_t at = 0; at < s->at && !s->error;) {
        size_t want = s->at - at < HELD ? (size_t)(s->at - at) : HELD;
        ssize_t got = read_at(s->fd, s->held, want, at);
        if (got <= 0) {
            s->error = got < 0 ? errno : EIO;
            return;
        }
        sha256_add(d, (struct str){ (const char *)s->held, (size_t)got });
        at += (uint64_t)got;
    }
}

static void finish_digest(struct sink *s)
{
    flush(s);
    if (s->digested)
        return;
    struct sha256 *d = s->digest ? s->digest : sha256_new();
    if (!s->digest)
        read_digest(s, d);
    sha256_take(d, s->sha256);
    s->digest = NULL;
    s->digested = true;
}

void sink_digest(struct sink *s, char hex[static SHA256_HEX + 1])
{
    finish_digest(s);
    hex_put(hex, s->sha256, SHA256_BYTES);
    hex[SHA256_HEX] = '\0';
}

/* Whether fd holds the same n bytes there as the sink. */
static bool holds(struct sink *s, int fd, uint64_t at, size_t n)
{
    char theirs[CHUNK], ours[CHUNK];
    for (size_t done = 0; done < n;) {
        ssize_t got = read_at(fd, theirs, n - done, at + done);
        if (got <= 0 || read_at(s->fd, ours, (size_t)got, at + done) != got ||
            memcmp(theirs, ours, (size_t)got) != 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

/* Whether the file that stands there holds the same; s->stamp is then of it. */
static bool is_same(struct sink *s, const struct sink_before *before, const uint8_t *digest)
{
    s->stamp = stamp_path(s->path.p);
    if (s->stamp.inode == 0 || s->stamp.size != s->at)
        return false;
    if (before && stamp_equal(&before->stamp, &s->stamp))
        return memcmp(before->sha256, digest, SHA256_BYTES) == 0;
    int fd = open(s->path.p, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool same = fd >= 0;
    for (uint64_t at = 0; at < s->at && same; at += CHUNK)
        same = holds(s, fd, at, s->at - at < CHUNK ? (size_t)(s->at - at) : CHUNK);
    struct stat st;
    struct stamp after = { 0 };
    if (fd >= 0 && fstat(fd, &st) == 0)
        after = stamp_make(&st);
    if (fd >= 0)
        close(fd);
    return same && stamp_equal(&after, &s->stamp);
}

/* Gives the nameless file a name beside the one that it will take. */
static void name_it(struct sink *s)
{
    struct str fd = arena_printf(s->arena, "/proc/self/fd/%d", s->fd);
    for (int tries = 0; tries < 100; tries++) {
        struct str name = temporary_name(s->arena, s->dir);
        if (!file_fails_now() && linkat(AT_FDCWD, fd.p, AT_FDCWD, name.p, AT_SYMLINK_FOLLOW) == 0) {
            s->name = name;
            return;
        }
        if (errno != EEXIST)
            break;
    }
    s->error = errno;
}

/* Some file systems report what they could not store only when a file is closed. */
static void settle(struct sink *s)
{
    int again = fcntl(s->fd, F_DUPFD_CLOEXEC, 0);
    if (again < 0 || close(again) != 0)
        s->error = errno;
}

/* The stamp is taken through the open file: another process may put its own in the place. */
static void publish(struct sink *s)
{
    struct stat st;
    settle(s);
    if (!s->error && !s->name.n)
        name_it(s);
    if (s->error)
        return;
    if (!file_fails_now() && rename(s->name.p, s->path.p) == 0)
        s->name = (struct str){ 0 };
    else
        s->error = errno;
    s->stamp = fstat(s->fd, &st) == 0 ? stamp_make(&st) : (struct stamp){ 0 };
}

enum written sink_commit(struct sink *s, struct diags *ds, const struct sink_before *before,
                         uint8_t digest[static SHA256_BYTES])
{
    enum written done = WRITE_CHANGED;
    finish_digest(s);
    memcpy(digest, s->sha256, SHA256_BYTES);
    if (!s->error && is_same(s, before, digest))
        done = WRITE_SAME;
    else if (!s->error)
        publish(s);
    if (s->error) {
        report(s, ds, s->error);
        done = WRITE_FAILED;
    }
    sink_drop(s);
    return done;
}

bool sink_publish(struct sink *s, struct diags *ds)
{
    stop_digest(s);
    flush(s);
    if (!s->error)
        publish(s);
    bool ok = !s->error;
    if (!ok)
        report(s, ds, s->error);
    sink_drop(s);
    return ok;
}

void sink_drop(struct sink *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    if (s->name.n)
        unlink(s->name.p);
    s->name = (struct str){ 0 };
    mem_free(s->held);
    s->held = NULL;
    stop_digest(s);
}
