#include "pack/stamp.h"

#include <sys/stat.h>

/* Some file systems count times in steps of two seconds. */
static const int64_t SETTLE_NS = 2000000000;

static int64_t in_ns(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

struct stamp stamp_make(const struct stat *st)
{
    return (struct stamp){ (uint64_t)st->st_size, st->st_ino, in_ns(st->st_mtim),
                           in_ns(st->st_ctim) };
}

struct stamp stamp_path(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? stamp_make(&st) : (struct stamp){ 0 };
}

bool stamp_equal(const struct stamp *a, const struct stamp *b)
{
    return a->size == b->size && a->inode == b->inode && a->mtime_ns == b->mtime_ns &&
           a->ctime_ns == b->ctime_ns;
}

bool stamp_settled(const struct stamp *s, int64_t now_ns)
{
    int64_t last = s->mtime_ns > s->ctime_ns ? s->mtime_ns : s->ctime_ns;
    return last < now_ns - SETTLE_NS;
}
