#include "runner/store.h"

#include "base/file.h"
#include "base/path.h"
#include "base/vec.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

void folders_init(struct folders *f, struct arena *a)
{
    *f = (struct folders){ .arena = a };
}

void folders_add(struct folders *f, struct str bucket, struct str folder)
{
    struct str *kept = arena_make(f->arena, struct str);
    *kept = arena_str(f->arena, folder);
    map_put(f->arena, &f->buckets, arena_str(f->arena, bucket), kept);
}

static bool stays_inside(struct str key)
{
    struct str rest = key, part;
    if (!key.n || key.p[0] == '/' || memchr(key.p, 0, key.n))
        return false;
    while (str_split(&rest, '/', &part))
        if (str_eq(part, S("..")) || str_eq(part, S(".")))
            return false;
    return true;
}

static bool get(void *data, struct str bucket, struct str key, struct buf *out)
{
    struct folders *f = data;
    const struct str *folder = map_get(&f->buckets, bucket);
    if (!folder || !stays_inside(key))
        return false;
    struct arena a = { 0 };
    struct str path = arena_printf(&a, "%.*s/%.*s", STR(*folder), STR(key));
    FILE *in = fopen(path.p, "rb");
    bool ok = in != NULL;
    while (ok && !feof(in) && !out->over) {
        char *to = buf_room(out, 1 << 16);
        if (!to)
            break;
        size_t n = fread(to, 1, 1 << 16, in);
        out->n += n;
        ok = !ferror(in);
    }
    if (in)
        fclose(in);
    arena_done(&a);
    return ok && !out->over;
}

struct object {
    struct str key;
    uint64_t size;
};

struct scan {
    struct arena a;
    struct str folder, prefix;
    VEC(struct object) objects;
};

enum { FOLDER_DEPTH = 30 };

static void scan_folder(struct scan *s, struct str below, int depth)
{
    struct str path = arena_printf(&s->a, "%.*s/%.*s", STR(s->folder), STR(below));
    DIR *d = depth < FOLDER_DEPTH ? opendir(path.p) : NULL;
    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        if (e->d_name[0] == '.')
            continue;
        struct str key = arena_printf(&s->a, "%.*s%s%s", STR(below), below.n ? "/" : "", e->d_name);
        struct str file = arena_printf(&s->a, "%.*s/%.*s", STR(s->folder), STR(key));
        struct stat st;
        if (stat(file.p, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode))
            scan_folder(s, key, depth + 1);
        else if (str_starts(key, s->prefix))
            vec_push(&s->a, &s->objects, ((struct object){ key, (uint64_t)st.st_size }));
    }
    if (d)
        closedir(d);
}

static int by_key(const void *a, const void *b)
{
    return str_cmp(((const struct object *)a)->key, ((const struct object *)b)->key);
}

static bool list(void *data, struct str bucket, struct str prefix,
                 void (*found)(void *ctx, struct str key, uint64_t size), void *ctx)
{
    struct folders *f = data;
    const struct str *folder = map_get(&f->buckets, bucket);
    if (!folder)
        return false;
    struct scan s = { .folder = *folder, .prefix = prefix };
    scan_folder(&s, S(""), 0);
    if (s.objects.n)
        qsort(s.objects.p, s.objects.n, sizeof *s.objects.p, by_key);
    for (size_t i = 0; i < s.objects.n; i++)
        found(ctx, s.objects.p[i].key, s.objects.p[i].size);
    arena_done(&s.a);
    return true;
}

static bool put(void *data, struct str bucket, struct str key, struct str bytes)
{
    struct folders *f = data;
    const struct str *folder = map_get(&f->buckets, bucket);
    if (!folder || !stays_inside(key))
        return false;
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    struct str path = arena_printf(&a, "%.*s/%.*s", STR(*folder), STR(key));
    bool ok = file_write(&ds, path, bytes) != WRITE_FAILED;
    arena_done(&a);
    return ok;
}

struct run_store folders_store(struct folders *f)
{
    return (struct run_store){ .data = f, .get = get, .list = list, .put = put };
}
