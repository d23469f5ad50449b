#include "pack/folder.h"

#include "base/file.h"
#include "base/num.h"
#include "base/path.h"
#include "pack/sink.h"
#include "pack/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool report(struct diags *ds, const char *what, struct str path)
{
    diag_world(ds, "cannot-write", (struct span){ 0 }, "cannot %s '%.*s': %s", what, STR(path),
               strerror(errno));
    return false;
}

/* Removes what is in the folder; false and errno. */
static bool empty_folder(int parent, const char *name, int depth)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    bool ok = d != NULL && depth < FOLDER_MAX_DEPTH;
    if (d && depth >= FOLDER_MAX_DEPTH)
        errno = ELOOP;
    for (struct dirent *e; ok && (e = readdir(d));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (unlinkat(fd, e->d_name, 0) == 0)
            continue;
        ok = (errno == EISDIR || errno == EPERM) && empty_folder(fd, e->d_name, depth + 1) &&
             unlinkat(fd, e->d_name, AT_REMOVEDIR) == 0;
    }
    int error = errno;
    if (d)
        closedir(d);
    else if (fd >= 0)
        close(fd);
    errno = error;
    return ok;
}

bool folder_delete(struct arena *a, struct diags *ds, struct str path)
{
    const char *p = arena_str(a, path).p;
    if (unlink(p) == 0 || errno == ENOENT || errno == ENOTDIR)
        return true;
    if (!empty_folder(AT_FDCWD, p, 0) || rmdir(p) != 0)
        return report(ds, "remove", path);
    return true;
}

static bool copy_file(struct arena *a, struct diags *ds, const struct tree *t,
                      const struct tree_file *f, struct str to)
{
    struct sink sink;
    struct str path = path_join(a, to, tree_path(f));
    int fd = tree_open(t, f);
    if (fd < 0) {
        struct str source = tree_full_path(a, t, f);
        diag_world(ds, "cannot-read", (struct span){ 0 }, "cannot read '%.*s': %s", STR(source),
                   strerror(errno));
        return false;
    }
    bool ok = sink_open(&sink, a, ds, path);
    if (ok) {
        sink_copy(&sink, fd, 0, f->stamp.size);
        ok = sink_publish(&sink, ds);
    }
    close(fd);
    if (ok && f->executable && chmod(path.p, 0755) != 0)
        ok = report(ds, "make executable", path);
    return ok;
}

bool folder_copy(struct arena *a, struct diags *ds, struct str from, struct str to)
{
    struct tree t;
    struct tree_root root = { from, S(""), -1, false };
    bool ok = tree_scan(&t, a, ds, &root, 1) && file_make_dirs(ds, to);
    for (size_t i = 0; i < t.n && ok; i++)
        ok = copy_file(a, ds, &t, &t.files[i], to);
    tree_done(&t);
    return ok;
}

/* The process that a name behind the prefix belongs to; 0 for none. */
static pid_t owner_of(struct str name)
{
    int64_t pid;
    size_t n = 0;
    while (n < name.n && ascii_is_digit(name.p[n]))
        n++;
    return num_get_int(str_sub(name, 0, n), &pid) && pid > 0 && pid <= INT32_MAX ? (pid_t)pid : 0;
}

bool folder_delete_left(struct arena *a, struct diags *ds, struct str dir, struct str prefix)
{
    struct diags none;
    struct names names = { 0 };
    bool ok = true;
    diags_init(&none, a);
    file_list(a, &none, (struct span){ 0 }, (struct str){ 0 }, dir, &names);
    for (size_t i = 0; i < names.all.n && ok; i++) {
        struct str name = names.all.p[i];
        pid_t pid = str_starts(name, prefix) ? owner_of(str_sub(name, prefix.n, name.n)) : 0;
        if (pid && (pid == getpid() || (kill(pid, 0) != 0 && errno == ESRCH)))
            ok = folder_delete(a, ds, path_join(a, dir, name));
    }
    return ok;
}

/* Another process may do the same at the same time: each puts a whole folder there. */
bool folder_replace(struct arena *a, struct diags *ds, struct str from, struct str to)
{
    const char *old = arena_str(a, to).p, *new = arena_str(a, from).p;
    for (int tries = 0; tries < 10; tries++) {
        if (renameat2(AT_FDCWD, new, AT_FDCWD, old, RENAME_EXCHANGE) == 0)
            return folder_delete(a, ds, from);
        if (rename(new, old) == 0)
            return true;
        if ((errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR) ||
            !folder_delete(a, ds, to))
            break;
    }
    return report(ds, "make", to);
}
