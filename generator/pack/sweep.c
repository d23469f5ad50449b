#include "pack/sweep.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/map.h"
#include "base/path.h"
#include "pack/content.h"
#include "pack/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct span NOWHERE;
static const int64_t HOUR_NS = (int64_t)3600 * 1000000000;
enum { MONTH_HOURS = 30 * 24, CHUNK = 64 << 10 };

struct entry {
    struct str path;
    struct stamp stamp;
};

struct entries {
    struct entry *p;
    size_t n, cap;
};

/* ---- looking ---- */

static int skip_dots(const struct dirent *e)
{
    return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

/* Files that lie `depth` folders below; a folder that is not there holds none. */
static bool list_files(struct arena *a, struct diags *ds, struct str dir, int depth,
                       struct entries *out)
{
    struct dirent **names;
    int n = scandir(dir.p, &names, skip_dots, alphasort);
    bool ok = n >= 0 || errno == ENOENT;
    if (!ok)
        diag_world(ds, "cannot-read", NOWHERE, "cannot read '%.*s': %s", STR(dir), strerror(errno));
    for (int i = 0; i < n; i++) {
        struct entry e = { .path = path_join(a, dir, str_from(names[i]->d_name)) };
        struct stat st;
        free(names[i]);
        if (lstat(e.path.p, &st) != 0)
            continue; /* gone meanwhile */
        e.stamp = stamp_make(&st);
        if (S_ISREG(st.st_mode))
            vec_push(a, out, e);
        else if (S_ISDIR(st.st_mode) && depth > 0)
            ok = list_files(a, ds, e.path, depth - 1, out) && ok;
    }
    if (n >= 0)
        free(names);
    return ok;
}

struct contents {
    struct entries blobs, actions, indexes, notes;
};

static bool list_all(struct arena *a, struct diags *ds, struct str cache, struct contents *c)
{
    *c = (struct contents){ 0 };
    bool ok = list_files(a, ds, path_join(a, cache, S("cas")), 1, &c->blobs);
    ok = list_files(a, ds, path_join(a, cache, S("ac")), 2, &c->actions) && ok;
    ok = list_files(a, ds, path_join(a, cache, S("idx")), 0, &c->indexes) && ok;
    return list_files(a, ds, path_join(a, cache, S("why")), 0, &c->notes) && ok;
}

static bool is_temporary(const struct entry *e)
{
    return str_starts(path_base(e->path), S(".stepwright-"));
}

static void count(const struct contents *c, struct sweep *s)
{
    for (size_t i = 0; i < c->blobs.n; i++)
        if (!is_temporary(&c->blobs.p[i])) {
            s->blobs++;
            s->blob_bytes += c->blobs.p[i].stamp.size;
        }
    for (size_t i = 0; i < c->actions.n; i++)
        s->actions += !is_temporary(&c->actions.p[i]);
    for (size_t i = 0; i < c->indexes.n; i++)
        s->indexes += !is_temporary(&c->indexes.p[i]);
}

bool sweep_count(struct arena *a, struct diags *ds, struct str cache, struct sweep *s)
{
    struct contents c;
    *s = (struct sweep){ 0 };
    bool ok = list_all(a, ds, cache, &c);
    count(&c, s);
    return ok;
}

/* ---- removing ---- */

static void remove_entry(struct entry *e, struct sweep *s)
{
    if (e->path.n && unlink(e->path.p) == 0) {
        s->removed++;
        s->removed_bytes += e->stamp.size;
    }
    e->path = (struct str){ 0 };
}

static void forget_removed(struct entries *list)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++)
        if (list->p[i].path.n)
            list->p[n++] = list->p[i];
    list->n = n;
}

/* By the time of the last change of any kind: a new name does not change what a file's time says.
 */
static void remove_old(struct entries *list, int64_t before_ns, bool only_temporary,
                       struct sweep *s)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->p[i].stamp.ctime_ns < before_ns && (!only_temporary || is_temporary(&list->p[i])))
            remove_entry(&list->p[i], s);
    forget_removed(list);
}

static int by_use(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->stamp.mtime_ns != y->stamp.mtime_ns)
        return x->stamp.mtime_ns < y->stamp.mtime_ns ? 1 : -1;
    return str_cmp(x->path, y->path);
}

/* "ab/cdef…" at the end of a blob's path, without the slash. */
static struct str blob_name(struct arena *a, const struct entry *e)
{
    struct str dir = path_base(path_dir(e->path));
    return arena_printf(a, "%.*s%.*s", STR(dir), STR(path_base(e->path)));
}

/* Digests of the blobs that an action names, one per line. */
static struct str action_blobs(struct arena *a, const struct entry *e)
{
    char text[STORE_MAX_BLOBS * (SHA256_HEX + 1)];
    int fd = open(e->path.p, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
    if (fd >= 0)
        close(fd);
    return arena_str(a, (struct str){ text, n > 0 ? (size_t)n : 0 });
}

/* Bytes that an action's blobs need beside those that stay anyway; false if one is not there. */
static bool measure(struct map *blobs, const struct map *chosen, struct str names, uint64_t *bytes)
{
    struct str name;
    *bytes = 0;
    if (names.n == 0)
        return false;
    while (str_split(&names, '\n', &name)) {
        struct entry *blob = map_get(blobs, name);
        if (!map_has(chosen, name)) {
            if (!blob)
                return false;
            *bytes += blob->stamp.size;
        }
    }
    return true;
}

/* Keeps the actions used last whose blobs fit, and takes those blobs out of `blobs`. */
static void choose(struct arena *a, struct contents *c, struct map *blobs, uint64_t max_bytes,
                   struct sweep *s)
{
    uint64_t kept = 0, bytes;
    bool room = true;
    struct map chosen = { 0 };
    if (c->actions.n)
        qsort(c->actions.p, c->actions.n, sizeof *c->actions.p, by_use);
    for (size_t i = 0; i < c->actions.n; i++) {
        struct entry *e = &c->actions.p[i];
        struct str names = action_blobs(a, e), name;
        bool whole = measure(blobs, &chosen, names, &bytes);
        room = room && (!whole || bytes <= max_bytes - kept);
        if (!whole || (bytes && !room)) {
            remove_entry(e, s);
            continue;
        }
        kept += bytes;
        while (str_split(&names, '\n', &name)) {
            map_put(a, &chosen, name, e);
            map_put(a, blobs, name, NULL);
        }
    }
}

static void remove_empty_folders(struct arena *a, struct str dir, int depth)
{
    struct dirent **names;
    int n = depth > 0 ? scandir(dir.p, &names, skip_dots, alphasort) : -1;
    for (int i = 0; i < n; i++) {
        struct str path = path_join(a, dir, str_from(names[i]->d_name));
        free(names[i]);
        remove_empty_folders(a, path, depth - 1);
        rmdir(path.p); /* fails where something is in it, as it should */
    }
    if (n >= 0)
        free(names);
}

bool sweep_collect(struct arena *a, struct diags *ds, struct str cache, uint64_t max_bytes,
                   int64_t now_ns, struct sweep *s)
{
    struct contents c;
    struct map blobs = { 0 };
    *s = (struct sweep){ 0 };
    if (!list_all(a, ds, cache, &c))
        return false;
    struct entries *all[] = { &c.blobs, &c.actions, &c.indexes, &c.notes };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        remove_old(all[i], now_ns - HOUR_NS, true, s);
    remove_old(&c.indexes, now_ns - MONTH_HOURS * HOUR_NS, false, s);
    remove_old(&c.notes, now_ns - MONTH_HOURS * HOUR_NS, false, s);
    for (size_t i = 0; i < c.blobs.n; i++)
        map_put(a, &blobs, blob_name(a, &c.blobs.p[i]), &c.blobs.p[i]);
    choose(a, &c, &blobs, max_bytes, s);
    for (size_t i = 0; i < blobs.n; i++) {
        struct entry *blob = blobs.entries[i].value;
        /* A young one may belong to an action that is just being written. */
        if (blob && (blob->stamp.ctime_ns < now_ns - HOUR_NS || max_bytes == 0))
            remove_entry(blob, s);
    }
    remove_empty_folders(a, path_join(a, cache, S("ac")), 2);
    remove_empty_folders(a, path_join(a, cache, S("cas")), 1);
    forget_removed(&c.blobs);
    forget_removed(&c.actions);
    count(&c, s);
    return true;
}

/* ---- reading ---- */

static bool is_whole(const struct entry *e, struct str name)
{
    char chunk[CHUNK], hex[SHA256_HEX];
    uint8_t digest[SHA256_BYTES];
    int fd = open(e->path.p, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT; /* gone meanwhile is no damage */
    struct sha256 *d = sha256_new();
    ssize_t got;
    while ((got = read(fd, chunk, sizeof chunk)) > 0 || (got < 0 && errno == EINTR))
        if (got > 0)
            sha256_add(d, (struct str){ chunk, (size_t)got });
    close(fd);
    sha256_take(d, digest);
    hex_put(hex, digest, SHA256_BYTES);
    return got == 0 && str_eq(name, (struct str){ hex, SHA256_HEX });
}

bool sweep_verify(struct arena *a, struct diags *ds, struct str cache, struct sweep *s)
{
    struct contents c;
    *s = (struct sweep){ 0 };
    if (!list_all(a, ds, cache, &c))
        return false;
    for (size_t i = 0; i < c.blobs.n; i++) {
        struct entry *e = &c.blobs.p[i];
        if (is_temporary(e) || is_whole(e, blob_name(a, e)))
            continue;
        diag_warning(ds, "damaged-blob", NOWHERE, "'%.*s' was damaged and is removed",
                     STR(e->path));
        s->damaged++;
        remove_entry(e, s);
    }
    forget_removed(&c.blobs);
    count(&c, s);
    return true;
}

void sweep_if_due(struct str cache, uint64_t max_bytes, int64_t now_ns)
{
    struct arena scratch = { 0 };
    struct diags none;
    struct sweep unused;
    diags_init(&none, &scratch);
    struct str marker = path_join(&scratch, cache, S("swept"));
    struct stamp last = stamp_path(marker.p);
    if (last.inode == 0) /* a cache of today has nothing to remove yet */
        file_write(&none, marker, S(""));
    else if (last.mtime_ns < now_ns - HOUR_NS && utimensat(AT_FDCWD, marker.p, NULL, 0) == 0)
        sweep_collect(&scratch, &none, cache, max_bytes, now_ns, &unused);
    arena_done(&scratch);
}
