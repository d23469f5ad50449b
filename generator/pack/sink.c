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

static void flush(struct sink *s)
{
    write_at(s, s->held, s->nheld, s->at);
    s->at += s->nheld;
    s->nheld = 0;
}

void sink_put(struct sink *s, struct str data)
{
    if (data.n > HELD - s->nheld)
        flush(s);
    if (data.n > HELD) {
        write_at(s, (const uint8_t *)data.p, data.n, s->at);
        s->at += data.n;
    } else if (data.n) {
        memcpy(s->held + s->nheld, data.p, data.n);
        s->nheld += data.n;
    }
}

uint64_t sink_at(const struct sink *s)
{
    return s->at + s->nheld;
}

void sink_put_at(struct sink *s, uint64_t at, struct str data)
{
    flush(s);
    write_at(s, (const uint8_t *)data.p, data.n, at);
}

void sink_rewind(struct sink *s, uint64_t at)
{
    flush(s);
    s->at = at;
    if (!s->error && ftruncate(s->fd, (off_t)at) != 0)
        s->error = errno;
}

/* ---- the end ---- */

static ssize_t read_at(int fd, void *p, size_t n, uint64_t at)
{
    ssize_t got;
    do
        got = pread(fd, p, n, (off_t)at);
    while (got < 0 && errno == EINTR);
    return got;
}

/* Whether fd holds these bytes there. */
static bool holds(int fd, uint64_t at, struct str data)
{
    char chunk[CHUNK];
    while (data.n) {
        ssize_t got = read_at(fd, chunk, data.n, at);
        if (got <= 0 || memcmp(chunk, data.p, (size_t)got) != 0)
            return false;
        data = str_sub(data, (size_t)got, data.n);
        at += (uint64_t)got;
    }
    return true;
}

/* The file as it was before, if it is as long; -1 otherwise. */
static int open_old(const struct sink *s)
{
    struct stat st;
    int fd = open(s->path.p, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != s->at)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* Reads what was written, once, for the digest and to see whether anything is new. */
static bool digest_and_compare(struct sink *s, uint8_t digest[static SHA256_BYTES])
{
    int old = open_old(s);
    bool same = old >= 0;
    struct sha256 *d = sha256_new();
    char chunk[CHUNK];
    for (uint64_t at = 0; at < s->at && !s->error;) {
        size_t want = s->at - at < CHUNK ? (size_t)(s->at - at) : CHUNK;
        ssize_t got = read_at(s->fd, chunk, want, at);
        if (got <= 0) {
            s->error = got < 0 ? errno : EIO;
            break;
        }
        struct str piece = { chunk, (size_t)got };
        sha256_add(d, piece);
        same = same && holds(old, at, piece);
        at += (uint64_t)got;
    }
    sha256_take(d, digest);
    if (old >= 0)
        close(old);
    return same;
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

static void publish(struct sink *s)
{
    settle(s);
    if (!s->error && !s->name.n)
        name_it(s);
    if (s->error)
        return;
    if (!file_fails_now() && rename(s->name.p, s->path.p) == 0)
        s->name = (struct str){ 0 };
    else
        s->error = errno;
}

enum written sink_commit(struct sink *s, struct diags *ds, uint8_t digest[static SHA256_BYTES])
{
    enum written done = WRITE_CHANGED;
    flush(s);
    if (digest_and_compare(s, digest))
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
}
