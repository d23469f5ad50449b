#include "base/path.h"

#include <sys/stat.h>
#include <unistd.h>

struct str path_join(struct arena *a, struct str dir, struct str name)
{
    if (dir.n == 0 || str_eq(dir, S(".")) || (name.n && name.p[0] == '/'))
        return arena_str(a, name);
    const char *slash = str_ends(dir, S("/")) ? "" : "/";
    return arena_printf(a, "%.*s%s%.*s", STR(dir), slash, STR(name));
}

/* Takes the last part off the path in p[0, n), which is clean so far. */
static size_t drop_part(const char *p, size_t n)
{
    while (n && p[n - 1] != '/')
        n--;
    return n > 1 ? n - 1 : n; /* the slash that stands for the root stays */
}

struct str path_clean(struct arena *a, struct str path)
{
    bool absolute = path.n && path.p[0] == '/';
    char *p = arena_alloc(a, path.n + 2);
    size_t n = 0, parts = 0; /* parts that a ".." can take back */
    if (absolute)
        p[n++] = '/';
    struct str rest = path, part;
    while (str_split(&rest, '/', &part)) {
        if (part.n == 0 || str_eq(part, S(".")))
            continue;
        bool up = str_eq(part, S(".."));
        if (up && parts) {
            n = drop_part(p, n);
            parts--;
            continue;
        }
        if (up && absolute)
            continue;
        if (n && p[n - 1] != '/')
            p[n++] = '/';
        memcpy(p + n, part.p, part.n);
        n += part.n;
        parts += !up;
    }
    if (n == 0)
        p[n++] = '.';
    p[n] = '\0';
    return (struct str){ p, n };
}

struct str path_dir(struct str path)
{
    size_t slash = str_rfind_char(path, '/');
    if (slash == SIZE_MAX)
        return S(".");
    return str_sub(path, 0, slash ? slash : 1);
}

struct str path_base(struct str path)
{
    size_t slash = str_rfind_char(path, '/');
    return slash == SIZE_MAX ? path : str_sub(path, slash + 1, path.n);
}

struct str path_stem(struct str path)
{
    struct str base = path_base(path);
    size_t dot = str_rfind_char(base, '.');
    return dot == SIZE_MAX || dot == 0 ? base : str_sub(base, 0, dot);
}

bool path_escapes(struct str clean)
{
    return str_starts(clean, S("/")) || str_eq(clean, S("..")) || str_starts(clean, S("../"));
}

/* Length of what two clean absolute paths share, whole parts only, without the slash behind. */
static size_t shared_prefix(struct str a, struct str b)
{
    size_t shared = 0;
    for (size_t i = 0;; i++) {
        bool end_a = i == a.n || a.p[i] == '/', end_b = i == b.n || b.p[i] == '/';
        if (end_a && end_b)
            shared = i;
        if (i == a.n || i == b.n || a.p[i] != b.p[i])
            return shared;
    }
}

struct str path_relative(struct arena *a, struct str from, struct str to)
{
    if (str_eq(from, S("/")))
        from.n = 0;
    if (str_eq(to, S("/")))
        to.n = 0;
    size_t shared = shared_prefix(from, to);
    size_t ups = 0;
    for (size_t i = shared; i < from.n; i++)
        ups += from.p[i] == '/';
    struct str down = str_sub(to, shared < to.n ? shared + 1 : to.n, to.n);
    char *p = arena_alloc(a, ups * 3 + down.n + 2);
    size_t n = 0;
    for (size_t i = 0; i < ups; i++, n += 3)
        memcpy(p + n, "../", 3);
    if (down.n)
        memcpy(p + n, down.p, down.n);
    else if (ups)
        n--; /* the slash behind the last ".." */
    else
        p[n++] = '.';
    n += down.n;
    p[n] = '\0';
    return (struct str){ p, n };
}

static struct str working_folder(struct arena *a)
{
    for (size_t size = 256;; size *= 2) {
        char *p = arena_alloc(a, size);
        if (getcwd(p, size))
            return str_from(p);
        if (size > 1 << 20)
            return S("/"); /* the folder is gone; nothing relative can be reached either */
    }
}

struct str path_absolute(struct arena *a, struct str path)
{
    return path_clean(a, path_join(a, working_folder(a), path));
}

static bool holds_folder(struct arena *a, struct str dir, struct str name)
{
    struct arena_mark mark = arena_mark(a);
    struct stat st;
    bool found = stat(path_join(a, dir, name).p, &st) == 0 && S_ISDIR(st.st_mode);
    arena_reset(a, mark);
    return found;
}

struct str path_find_root(struct arena *a, struct str start)
{
    for (struct str dir = path_absolute(a, start);; dir = path_dir(dir)) {
        struct str candidate = arena_str(a, dir);
        if (holds_folder(a, candidate, S("configs")) || holds_folder(a, candidate, S("customcode")))
            return candidate;
        if (str_eq(dir, S("/")))
            return (struct str){ 0 };
    }
}
