#include "base/file.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "base/utf8.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- failing on purpose ---- */

enum { FAIL_UNSET = -1 };

/* The one variable of this program: steps until a write fails, 0 for never. */
static atomic_int fail_after = FAIL_UNSET;

void file_fail_write(int n)
{
    atomic_store(&fail_after, n);
}

static int fail_from_environment(void)
{
    const char *text = getenv("STEPWRIGHT_FAIL_WRITE");
    int64_t n;
    return text && num_get_int(str_from(text), &n) && n > 0 && n < INT32_MAX ? (int)n : 0;
}

bool file_fails_now(void)
{
    int left = FAIL_UNSET;
    if (atomic_load(&fail_after) == FAIL_UNSET)
        atomic_compare_exchange_strong(&fail_after, &left, fail_from_environment());
    left = atomic_load(&fail_after);
    while (left > 0) {
        if (atomic_compare_exchange_weak(&fail_after, &left, left - 1)) {
            errno = ENOSPC;
            return left == 1;
        }
    }
    return false;
}

/* ---- reading ---- */

static int open_again(const char *path, int flags)
{
    int fd;
    do
        fd = open(path, flags | O_CLOEXEC, 0666);
    while (fd < 0 && errno == EINTR);
    return fd;
}

static ssize_t read_again(int fd, char *to, size_t n)
{
    ssize_t got;
    do
        got = read(fd, to, n);
    while (got < 0 && errno == EINTR);
    return got;
}

static bool report_unread(struct diags *ds, struct span cause, struct str path, int error)
{
    if (error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG || error == ELOOP)
        diag_error(ds, "no-file", cause, "file '%.*s' does not exist", STR(path));
    else
        diag_world(ds, "cannot-read", cause, "cannot read '%.*s': %s", STR(path), strerror(error));
    return false;
}

static bool report_too_large(struct diags *ds, struct span cause, struct str path, size_t limit)
{
    diag_error(ds, "too-large", cause, "file '%.*s' is larger than %zu bytes", STR(path), limit);
    return false;
}

static bool stat_at(struct str root, struct str path, struct stat *st)
{
    struct arena a = { 0 };
    struct str full = path_join(&a, root, path);
    bool found = stat(arena_str(&a, full).p, st) == 0;
    arena_done(&a);
    return found;
}

bool file_exists(struct str root, struct str path)
{
    struct stat st;
    return stat_at(root, path, &st);
}

bool file_is_dir(struct str root, struct str path)
{
    struct stat st;
    return stat_at(root, path, &st) && S_ISDIR(st.st_mode);
}

static int compare_names(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

bool file_list(struct arena *a, struct diags *ds, struct span cause, struct str root,
               struct str path, struct names *names)
{
    DIR *dir = opendir(arena_str(a, path_join(a, root, path)).p);
    if (!dir && (errno == ENOENT || errno == ENOTDIR)) {
        diag_error(ds, "no-file", cause, "folder '%.*s' does not exist", STR(path));
        return false;
    }
    struct dirent *e = NULL;
    errno = dir ? 0 : errno;
    while (dir && (e = readdir(dir)))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            vec_push(a, &names->all, arena_str(a, str_from(e->d_name)));
    int error = errno;
    if (dir)
        closedir(dir);
    if (error) {
        diag_world(ds, "cannot-read", cause, "cannot read folder '%.*s': %s", STR(path),
                   strerror(error));
        return false;
    }
    if (names->all.n)
        qsort(names->all.p, names->all.n, sizeof *names->all.p, compare_names);
    return true;
}

/* A device or pipe could be endless, or wait for ever: only files are read. */
static bool is_readable_kind(struct diags *ds, struct span cause, struct str path,
                             const struct stat *st)
{
    if (S_ISREG(st->st_mode))
        return true;
    diag_error(ds, "no-file", cause, "'%.*s' is a %s; expected a file", STR(path),
               S_ISDIR(st->st_mode) ? "folder" : "device or pipe");
    return false;
}

/* Everything in fd, of which `expected` bytes are likely; one more is asked for, to see the end. */
static bool read_all(struct arena *a, int fd, size_t expected, size_t limit, struct str *text)
{
    size_t cap = (expected < limit ? expected : limit) + 1, n = 0;
    char *p = arena_alloc(a, cap + 1);
    for (;;) {
        ssize_t got = read_again(fd, p + n, cap - n);
        if (got < 0)
            return false;
        n += (size_t)got;
        if (got == 0 || n > limit)
            break;
        if (n == cap) { /* it has grown, or is one of /proc */
            char *bigger = arena_alloc(a, cap * 2 + 1);
            memcpy(bigger, p, n);
            p = bigger;
            cap *= 2;
        }
    }
    *text = (struct str){ p, n };
    p[n] = '\0';
    return true;
}

bool file_read(struct arena *a, struct diags *ds, struct span cause, struct str root,
               struct str path, size_t limit, struct str *text)
{
    struct str full = path_join(a, root, path);
    if (str_find_char(path, '\0', 0) != SIZE_MAX)
        return report_unread(ds, cause, path, ENOENT);
    int fd = open_again(full.p, O_RDONLY | O_NONBLOCK);
    if (fd < 0)
        return report_unread(ds, cause, path, errno);
    struct stat st;
    bool ok = false;
    if (fstat(fd, &st) != 0)
        report_unread(ds, cause, path, errno);
    else if (!is_readable_kind(ds, cause, path, &st))
        ok = false;
    else if (st.st_size > 0 && (uintmax_t)st.st_size > limit)
        report_too_large(ds, cause, path, limit);
    else if (!read_all(a, fd, (size_t)st.st_size, limit, text))
        report_unread(ds, cause, path, errno);
    else if (text->n > limit)
        report_too_large(ds, cause, path, limit);
    else
        ok = true;
    close(fd);
    return ok;
}

bool source_check_utf8(struct diags *ds, const struct source *src)
{
    struct str text = src->text;
    size_t bad = utf8_invalid_at(text);
    if (bad == SIZE_MAX)
        return true;
    struct diag *d = diag_error(ds, "not-utf8", (struct span){ src, (uint32_t)bad, 1 },
                                "byte 0x%02X is not valid UTF-8", (unsigned char)text.p[bad]);
    bool wide = str_starts(text, S("\xFF\xFE")) || str_starts(text, S("\xFE\xFF"));
    diag_help(d, wide ? "the file looks like UTF-16; save it as UTF-8" : "save the file as UTF-8");
    return false;
}

struct source *source_read(struct arena *a, struct diags *ds, struct span cause, struct str root,
                           struct str path)
{
    struct str text;
    if (!file_read(a, ds, cause, root, path, LIMIT_SOURCE_BYTES, &text))
        return NULL;
    struct source *src = source_make(a, arena_str(a, path), text);
    return source_check_utf8(ds, src) ? src : NULL;
}

/* ---- writing ---- */

static bool write_all(int fd, struct str data)
{
    while (data.n) {
        if (file_fails_now())
            return false;
        ssize_t put = write(fd, data.p, data.n);
        if (put < 0 && errno != EINTR)
            return false;
        if (put > 0)
            data = str_sub(data, (size_t)put, data.n);
    }
    return true;
}

/* Whether the file holds these bytes already. */
static bool holds(const char *path, struct str data)
{
    int fd = open_again(path, O_RDONLY | O_NONBLOCK);
    if (fd < 0)
        return false;
    struct stat st;
    bool same = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uintmax_t)st.st_size == data.n;
    while (same) {
        char chunk[16384];
        ssize_t got = read_again(fd, chunk, sizeof chunk);
        if (got == 0)
            break;
        same = got > 0 && (size_t)got <= data.n && memcmp(chunk, data.p, (size_t)got) == 0;
        if (same)
            data = str_sub(data, (size_t)got, data.n);
    }
    close(fd);
    return same && data.n == 0;
}

/* A new, empty file in the folder; -1 and errno. The name tells threads and processes apart, and a
 * left-over of a killed process is stepped over. */
static int open_temporary(struct arena *a, struct str dir, struct str *path)
{
    static atomic_uint serial;
    for (int tries = 0; tries < 100; tries++) {
        unsigned n = atomic_fetch_add(&serial, 1);
        *path = path_join(a, dir, arena_printf(a, ".stepwright-%ld-%u.tmp", (long)getpid(), n));
        int fd = open_again(path->p, O_WRONLY | O_CREAT | O_EXCL);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

/* False with errno; no temporary file is left then. */
static bool replace_file(struct arena *a, const char *path, struct str dir, struct str data)
{
    struct str temporary;
    int fd = open_temporary(a, dir, &temporary);
    if (fd < 0)
        return false;
    bool ok = write_all(fd, data) && !file_fails_now();
    int error = errno;
    if (close(fd) != 0 && ok) {
        ok = false;
        error = errno;
    }
    if (ok && (file_fails_now() || rename(temporary.p, path) != 0)) {
        ok = false;
        error = errno;
    }
    if (!ok)
        unlink(temporary.p);
    errno = error;
    return ok;
}

enum written file_write(struct diags *ds, struct str path, struct str data)
{
    struct arena scratch = { 0 };
    enum written result = WRITE_FAILED;
    struct str name = arena_str(&scratch, path);
    struct str dir = arena_str(&scratch, path_dir(path));
    if (holds(name.p, data))
        result = WRITE_SAME;
    else if (!file_make_dirs(ds, dir))
        result = WRITE_FAILED;
    else if (replace_file(&scratch, name.p, dir, data))
        result = WRITE_CHANGED;
    else
        diag_world(ds, "cannot-write", (struct span){ 0 }, "cannot write '%.*s': %s", STR(path),
                   strerror(errno));
    arena_done(&scratch);
    return result;
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool make_dir(const char *path)
{
    return mkdir(path, 0777) == 0 || (errno == EEXIST && is_folder(path));
}

/* Goes up to the first folder that can be made, as most are there, then down again; another process
 * may be making the same folders. */
static bool make_dirs(char *path)
{
    size_t n = strlen(path), at = n;
    if (is_folder(path))
        return true;
    while (!make_dir(path)) {
        while (at > 0 && path[--at] != '/')
            ;
        if (errno != ENOENT || at == 0) {
            errno = errno == EEXIST ? ENOTDIR : errno;
            return false;
        }
        path[at] = '\0';
    }
    while (at < n) {
        path[at] = '/';
        at += strlen(path + at);
        if (!make_dir(path)) {
            errno = errno == EEXIST ? ENOTDIR : errno;
            return false;
        }
    }
    return true;
}

bool file_make_dirs(struct diags *ds, struct str path)
{
    if (path.n == 0)
        return true;
    struct arena scratch = { 0 };
    struct str clean = path_clean(&scratch, path);
    bool ok = make_dirs((char *)arena_str(&scratch, clean).p);
    if (!ok)
        diag_world(ds, "cannot-write", (struct span){ 0 }, "cannot make the folder '%.*s': %s",
                   STR(path), strerror(errno));
    arena_done(&scratch);
    return ok;
}
