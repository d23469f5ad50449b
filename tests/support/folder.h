/* A folder of a test's own, gone when the test is done. Paths are relative to it. */
#ifndef SUPPORT_FOLDER_H
#define SUPPORT_FOLDER_H

#include "base/arena.h"
#include "base/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
    struct arena arena;
    struct str path;
};

/* For what a test cannot do without: says what failed and ends the program. */
static inline void folder_must(bool ok, const char *what, const char *path)
{
    if (ok)
        return;
    fprintf(stderr, "test folder: cannot %s %s: %s\n", what, path, strerror(errno));
    exit(99);
}

static inline void folder_make(struct folder *f)
{
    char name[] = "/tmp/stepwright-test-XXXXXX";
    *f = (struct folder){ 0 };
    folder_must(mkdtemp(name), "make", name);
    folder_must(chmod(name, 0755) == 0, "open up", name);
    f->path = arena_str(&f->arena, str_from(name));
}

static inline int folder_remove_one(const char *path, const struct stat *st, int kind,
                                    struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static inline void folder_remove(struct folder *f)
{
    nftw(f->path.p, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    arena_done(&f->arena);
}

/* The full path of a name in it. */
static inline const char *folder_at(struct folder *f, const char *name)
{
    return path_join(&f->arena, f->path, str_from(name)).p;
}

static inline void folder_sub(struct folder *f, const char *name)
{
    folder_must(mkdir(folder_at(f, name), 0755) == 0, "make", name);
}

/* A file with that content; the folders above it are made. */
static inline void folder_bytes(struct folder *f, const char *name, struct str content)
{
    char *path = (char *)folder_at(f, name);
    for (char *p = path + f->path.n + 1; *p; p++)
        if (*p == '/') {
            *p = '\0';
            mkdir(path, 0755);
            *p = '/';
        }
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    folder_must(fd >= 0, "make", path);
    folder_must(write(fd, content.p, content.n) == (ssize_t)content.n, "write", path);
    close(fd);
}

static inline void folder_file(struct folder *f, const char *name, const char *content)
{
    folder_bytes(f, name, str_from(content));
}

static inline void folder_link(struct folder *f, const char *name, const char *to)
{
    folder_must(symlink(to, folder_at(f, name)) == 0, "link", name);
}

/* What the file holds, or an empty str without a pointer. */
static inline struct str folder_read(struct folder *f, const char *name)
{
    struct stat st;
    int fd = open(folder_at(f, name), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return (struct str){ 0 };
    folder_must(fstat(fd, &st) == 0, "look at", name);
    char *p = arena_alloc(&f->arena, (size_t)st.st_size + 1);
    ssize_t n = read(fd, p, (size_t)st.st_size);
    close(fd);
    return (struct str){ p, n > 0 ? (size_t)n : 0 };
}

/* How many entries a folder in it has, besides itself and the one above; "" is the folder. */
static inline int folder_count(struct folder *f, const char *name)
{
    struct dirent **list;
    int n = scandir(folder_at(f, name), &list, NULL, NULL);
    for (int i = 0; i < n; i++)
        free(list[i]);
    if (n >= 0)
        free(list);
    return n - 2;
}

#endif
