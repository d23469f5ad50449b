#include "pack/tree.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/utf8.h"
#include "pack/ignore.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static_assert(sizeof(struct tree_file) <= 48, "many thousands of these stay in memory");

/* A folder being walked, and those around it. */
struct level {
    const struct level *up;
    const struct ignore *ignore;
    struct str path; /* relative to the bundle, "" for the root */
    struct str real; /* absolute, without links */
    unsigned depth;
    int fd;
    dev_t dev;
    ino_t ino;
};

/* An entry of a folder. Folders sort as if a slash stood behind them: walked in that order, whole
 * paths come out sorted by their bytes. */
struct child {
    const char *name;
    uint32_t n;
    bool is_folder; /* or a link to one */
    bool is_link;   /* or it may be one */
};

struct children {
    struct child *p;
    size_t n, cap;
};

struct walk {
    struct tree *tree;
    const struct tree_root *root; /* the one being walked */
    struct str real;              /* the bundle's folder, absolute and without links */
    struct arena *arena;
    struct arena scratch;
    struct diags *diags;
    const char
        *real_dir; /* the bundle's folder without links, found when the first link shows up */
    char *entries; /* room for what a folder lists at once */
    bool ok;
    bool full; /* too many files: look no further */
};

enum { ENTRIES_BYTES = 32 << 10 };

static const struct span NOWHERE;

struct str tree_source(const struct tree *t, const struct tree_file *f)
{
    size_t n = t->roots[f->root].prefix.n;
    return str_sub(tree_path(f), n ? n + 1 : 0, f->path_n);
}

static struct str below(struct arena *a, struct str dir, struct str path)
{
    return path.n ? path_join(a, dir, path) : dir;
}

struct str tree_full_path(struct arena *a, const struct tree *t, const struct tree_file *f)
{
    return below(a, t->roots[f->root].dir, tree_source(t, f));
}

struct str tree_folder_path(struct arena *a, const struct tree *t, const struct tree_folder *f)
{
    return below(a, t->roots[f->root].dir, f->path);
}

/* The path as messages show it: below the folder as given, bytes that would garble a terminal as
 * \x0A. */
static struct str shown(struct walk *w, struct str path)
{
    struct str full = below(w->arena, w->root->dir, path);
    struct buf out;
    buf_init(&out, 0);
    for (size_t at = 0; at < full.n;) {
        size_t from = at;
        uint32_t c = utf8_next(full, &at);
        struct str bytes = str_sub(full, from, at);
        if (c < 0x20 || c == 0x7F || utf8_invalid_at(bytes) != SIZE_MAX)
            buf_printf(&out, "\\x%02X", (unsigned char)full.p[from]);
        else
            buf_put(&out, bytes);
    }
    struct str text = arena_str(w->arena, buf_str(&out));
    buf_done(&out);
    return text;
}

static struct diag *complain(struct walk *w, const char *slug, struct str path, const char *what)
{
    struct str name = shown(w, path);
    w->ok = false;
    return diag_error(w->diags, slug, NOWHERE, "'%.*s' %s", STR(name), what);
}

static void complain_unread(struct walk *w, struct str path, int error)
{
    struct str name = shown(w, path);
    w->ok = false;
    if (error == ENOENT || error == ENOTDIR)
        diag_world(w->diags, "changed-file", NOWHERE, "'%.*s' vanished while it was packed",
                   STR(name));
    else
        diag_world(w->diags, "cannot-read", NOWHERE, "cannot read '%.*s': %s", STR(name),
                   strerror(error));
}

/* ---- files ---- */

void tree_add(struct tree *t, const struct tree_file *f)
{
    if (t->n == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 64;
        t->files = mem_realloc(t->files, t->cap * sizeof *t->files);
    }
    t->files[t->n++] = *f;
}

static uint8_t root_number(const struct walk *w)
{
    return (uint8_t)(w->root - w->tree->roots);
}

static void add_file(struct walk *w, struct str path, const struct stat *st)
{
    struct str prefix = w->root->prefix;
    struct str whole = prefix.n ? path_join(w->arena, prefix, path) : arena_str(w->arena, path);
    struct tree_file f = {
        .path = whole.p,
        .path_n = (uint32_t)whole.n,
        .root = root_number(w),
        .executable = (st->st_mode & S_IXUSR) != 0,
        .stamp = stamp_make(st),
    };
    if (w->tree->n < TREE_MAX_FILES)
        tree_add(w->tree, &f);
    else
        w->full = true;
}

static bool has_control(struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if ((unsigned char)name.p[i] < 0x20 || name.p[i] == 0x7F)
            return true;
    return false;
}

static bool check_name(struct walk *w, struct str path, struct str name)
{
    if (path.n > TREE_MAX_NAME)
        complain(w, "bad-name", path, "is too long a path");
    else if (utf8_invalid_at(name) != SIZE_MAX)
        complain(w, "bad-name", path, "has a name that is not UTF-8");
    else if (has_control(name))
        complain(w, "bad-name", path, "has a control character in its name");
    else
        return true;
    return false;
}

static const char *special_kind(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFIFO:
        return "is a FIFO";
    case S_IFSOCK:
        return "is a socket";
    case S_IFBLK:
    case S_IFCHR:
        return "is a device";
    default:
        return "is neither file nor folder";
    }
}

/* ---- links ---- */

static bool lies_in(struct str path, struct str dir)
{
    return str_starts(path, dir) && (path.n == dir.n || path.p[dir.n] == '/' || dir.n == 1);
}

static struct str link_text(struct walk *w, const struct level *in, const char *name)
{
    char text[PATH_MAX];
    ssize_t n = readlinkat(in->fd, name, text, sizeof text);
    return arena_str(w->arena, (struct str){ text, n > 0 ? (size_t)n : 0 });
}

/* The folder around `in` (or itself) that the link leads to, or NULL. */
static const struct level *find_level(const struct level *in, const struct stat *st)
{
    while (in && (in->dev != st->st_dev || in->ino != st->st_ino))
        in = in->up;
    return in;
}

/* realpath, in the arena; empty and errno. */
static struct str real_path(struct arena *a, struct str path)
{
    char *p = realpath(path.p, NULL);
    struct str real = p ? arena_str(a, str_from(p)) : (struct str){ 0 };
    free(p);
    return real;
}

static void complain_link(struct walk *w, struct str path, struct str to, int error)
{
    if (error == ELOOP)
        complain(w, "link-loop", path, "is a symbolic link that leads back to itself");
    else if (error == ENOENT || error == ENOTDIR)
        diag_help(complain(w, "broken-link", path, "is a symbolic link to nothing"),
                  "it points to '%.*s'", STR(to));
    else
        complain_unread(w, path, error);
}

/* Whether the link leads to a file or folder of the bundle, which *st and *real are then of. It is
 * followed from the real place of its folder: where links lead through folders that were reached by
 * links, none is followed twice. */
static bool follow_link(struct walk *w, const struct level *in, const char *name, struct str path,
                        struct stat *st, struct str *real)
{
    struct str to = link_text(w, in, name);
    *real = real_path(&w->scratch, path_join(&w->scratch, in->real, to));
    if (real->n == 0 || fstatat(in->fd, name, st, 0) != 0)
        complain_link(w, path, to, errno);
    else if (!lies_in(*real, w->real))
        diag_help(complain(w, "outside-link", path, "is a symbolic link out of the bundle"),
                  "it points to '%.*s'; copy what it needs into the bundle", STR(to));
    else if (S_ISDIR(st->st_mode) && find_level(in, st))
        diag_help(complain(w, "link-loop", path, "is a symbolic link to a folder around it"),
                  "it points to '%.*s'", STR(to));
    else
        return true;
    return false;
}

/* ---- folders ---- */

static void walk_folder(struct walk *w, const struct level *up, const char *name, struct str path,
                        struct str real);

/* A file, a link, or what has no place in a bundle. */
static void visit_file(struct walk *w, const struct level *in, const char *name, struct str path)
{
    struct str real = { 0 };
    struct stat st;
    if (fstatat(in->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        complain_unread(w, path, errno);
    else if (S_ISLNK(st.st_mode) && !follow_link(w, in, name, path, &st, &real))
        return; /* it has complained */
    else if (S_ISREG(st.st_mode))
        add_file(w, path, &st);
    else if (S_ISDIR(st.st_mode))
        walk_folder(w, in, name, path,
                    real.n ? real : path_join(&w->scratch, in->real, str_from(name)));
    else
        diag_help(complain(w, "special-file", path, special_kind(st.st_mode)),
                  "a bundle holds files and folders only");
}

static void visit(struct walk *w, const struct level *in, const struct child *c)
{
    struct str name = { c->name, c->n };
    struct str path = path_join(&w->scratch, in->path, name);
    if (ignore_match(in->ignore, path, c->is_folder) || !check_name(w, path, name))
        return;
    if (c->is_folder && !c->is_link)
        walk_folder(w, in, c->name, path, path_join(&w->scratch, in->real, name));
    else
        visit_file(w, in, c->name, path);
}

static bool is_folder_at(int fd, const char *name)
{
    struct stat st;
    return fstatat(fd, name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

static int by_path(const void *a, const void *b)
{
    const struct child *x = a, *y = b;
    uint32_t n = x->n < y->n ? x->n : y->n;
    int c = memcmp(x->name, y->name, n);
    if (c)
        return c;
    /* One begins the other: what stands behind it decides, a slash or nothing for the shorter. */
    int xc = x->n > n ? (unsigned char)x->name[n] : x->is_folder ? '/' : -1;
    int yc = y->n > n ? (unsigned char)y->name[n] : y->is_folder ? '/' : -1;
    return xc - yc;
}

static void add_child(struct walk *w, int fd, const struct dirent64 *e, struct children *list)
{
    struct str name = str_from(e->d_name);
    if (str_eq(name, S(".")) || str_eq(name, S("..")))
        return;
    bool look = e->d_type == DT_LNK || e->d_type == DT_UNKNOWN;
    struct child c = {
        .name = arena_str(&w->scratch, name).p,
        .n = (uint32_t)name.n,
        .is_folder = look ? is_folder_at(fd, e->d_name) : e->d_type == DT_DIR,
        .is_link = look,
    };
    vec_push(&w->scratch, list, c);
}

/* The entries of a folder, sorted; false and errno. */
static bool list_children(struct walk *w, int fd, struct children *list)
{
    ssize_t got;
    while ((got = getdents64(fd, w->entries, ENTRIES_BYTES)) > 0)
        for (ssize_t at = 0; at < got;) {
            const struct dirent64 *e = (const void *)(w->entries + at);
            add_child(w, fd, e, list);
            at += e->d_reclen;
        }
    if (got < 0)
        return false;
    if (list->n)
        qsort(list->p, list->n, sizeof *list->p, by_path);
    return true;
}

/* The folder's own ignore file, in front of the rules of the folders above. */
static void read_ignore(struct walk *w, struct level *l, const struct children *list)
{
    struct child key = { .name = ".bundleignore", .n = sizeof ".bundleignore" - 1 };
    if (!list->n || !bsearch(&key, list->p, list->n, sizeof key, by_path))
        return;
    struct str path = path_join(w->arena, l->path, S(".bundleignore"));
    struct str full = path_join(w->arena, w->root->dir, path);
    struct ignore *ig = arena_make(w->arena, struct ignore);
    ig->up = l->ignore;
    ig->base = l->path.n ? l->path.n + 1 : 0;
    struct tree_folder rules = { path, stamp_path(full.p), root_number(w), true };
    vec_push(w->arena, &w->tree->folders, rules);
    const struct source *src = source_read(w->arena, w->diags, NOWHERE, S(""), full);
    if (src && ignore_read(w->arena, w->diags, src, ig))
        l->ignore = ig;
    else
        w->ok = false;
}

static void walk_children(struct walk *w, struct level *l)
{
    struct children list = { 0 };
    if (!list_children(w, l->fd, &list))
        complain_unread(w, l->path, errno);
    read_ignore(w, l, &list);
    for (size_t i = 0; i < list.n && !w->full; i++) {
        struct arena_mark mark = arena_mark(&w->scratch);
        visit(w, l, &list.p[i]);
        arena_reset(&w->scratch, mark);
    }
}

static void walk_folder(struct walk *w, const struct level *up, const char *name, struct str path,
                        struct str real)
{
    struct level l = { up, up->ignore, path, real, up->depth + 1, -1, 0, 0 };
    struct stat st;
    if (l.depth > TREE_MAX_DEPTH) {
        complain(w, "too-deep", path, "is nested more than 128 folders deep");
        return;
    }
    l.fd = openat(up->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
    if (l.fd < 0 || fstat(l.fd, &st) != 0) {
        complain_unread(w, path, errno);
    } else {
        l.dev = st.st_dev;
        l.ino = st.st_ino;
        struct tree_folder folder = { arena_str(w->arena, path), stamp_make(&st), root_number(w),
                                      false };
        vec_push(w->arena, &w->tree->folders, folder);
        walk_children(w, &l);
    }
    if (l.fd >= 0)
        close(l.fd);
}

/* ---- the whole ---- */

bool tree_open_roots(struct tree *t, struct arena *a, const struct tree_root *roots, size_t n)
{
    bool ok = true;
    *t = (struct tree){ .nroots = n, .arena = a };
    for (size_t i = 0; i < n; i++) {
        struct tree_root *root = &t->roots[i];
        root->dir = arena_str(a, roots[i].dir);
        root->prefix = arena_str(a, roots[i].prefix);
        root->fd = open(root->dir.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ok = ok && root->fd >= 0;
    }
    return ok;
}

static bool find_real_root(struct walk *w)
{
    struct str dir = w->root->dir;
    w->real = real_path(w->arena, dir);
    if (w->root->fd >= 0 && w->real.n)
        return true;
    w->ok = false;
    int fd = w->real.n ? open(dir.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1; /* for errno */
    if (errno == ENOENT)
        diag_error(w->diags, "no-file", NOWHERE, "folder '%.*s' does not exist", STR(dir));
    else if (errno == ENOTDIR)
        diag_error(w->diags, "no-file", NOWHERE, "'%.*s' is a file; expected a folder", STR(dir));
    else
        diag_world(w->diags, "cannot-read", NOWHERE, "cannot read '%.*s': %s", STR(dir),
                   strerror(errno));
    if (fd >= 0)
        close(fd);
    return false;
}

uint64_t tree_bytes(const struct tree *t)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < t->n; i++)
        bytes += t->files[i].stamp.size;
    return bytes;
}

static int by_size(const void *a, const void *b)
{
    const struct tree_file *x = *(struct tree_file *const *)a, *y = *(struct tree_file *const *)b;
    if (x->stamp.size != y->stamp.size)
        return x->stamp.size < y->stamp.size ? 1 : -1;
    return x < y ? -1 : x > y;
}

static void note_largest(const struct tree *t, struct diag *d)
{
    const struct tree_file **files = mem_alloc(t->n * sizeof *files);
    for (size_t i = 0; i < t->n; i++)
        files[i] = &t->files[i];
    qsort(files, t->n, sizeof *files, by_size);
    for (size_t i = 0; i < t->n && i < 3; i++) {
        struct str name = tree_full_path(t->arena, t, files[i]);
        diag_note(d, NOWHERE, "'%.*s' has %llu bytes", STR(name),
                  (unsigned long long)files[i]->stamp.size);
    }
    mem_free(files);
}

bool tree_check(const struct tree *t, struct diags *ds, const struct tree_limits *limits)
{
    uint64_t bytes = tree_bytes(t);
    if (bytes > limits->bytes)
        note_largest(t, diag_error(ds, "too-large", NOWHERE,
                                   "'%.*s' holds %llu bytes; %.*s allows %llu unpacked",
                                   STR(t->roots[0].dir), (unsigned long long)bytes,
                                   STR(limits->what), (unsigned long long)limits->bytes));
    else if (t->n == 0)
        diag_help(diag_error(ds, "empty-bundle", NOWHERE, "'%.*s' holds nothing to pack",
                             STR(t->roots[0].dir)),
                  "every file in it, if any, is ignored");
    return t->n > 0 && bytes <= limits->bytes;
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(tree_path(a), tree_path(b));
}

/* The files of one folder come sorted, unless a name became a folder, or ceased to be one, under
 * our eyes. */
static void sort_files(struct tree *t)
{
    for (size_t i = 1; i < t->n; i++)
        if (by_name(&t->files[i - 1], &t->files[i]) > 0) {
            qsort(t->files, t->n, sizeof *t->files, by_name);
            return;
        }
}

static void check_duplicates(struct walk *w)
{
    const struct tree *t = w->tree;
    for (size_t i = 1; i < t->n; i++) {
        if (by_name(&t->files[i - 1], &t->files[i]) != 0)
            continue;
        struct str one = tree_full_path(w->arena, t, &t->files[i - 1]);
        struct str other = tree_full_path(w->arena, t, &t->files[i]);
        diag_error(w->diags, "duplicate-file", NOWHERE,
                   "'%.*s' and '%.*s' would both be '%.*s' in the bundle", STR(one), STR(other),
                   STR(tree_path(&t->files[i])));
        w->ok = false;
    }
}

static void walk_root(struct walk *w, const struct ignore *ignore)
{
    struct level above = { .ignore = ignore, .fd = w->root->fd };
    if (find_real_root(w))
        walk_folder(w, &above, ".", S(""), w->real);
    if (w->full)
        complain(w, "too-large", S(""), "holds more than 150000 files");
}

bool tree_scan(struct tree *t, struct arena *a, struct diags *ds, const struct tree_root *roots,
               size_t n)
{
    tree_open_roots(t, a, roots, n);
    struct walk w = { .tree = t, .arena = a, .diags = ds, .ok = true };
    w.entries = mem_alloc(ENTRIES_BYTES);
    for (size_t i = 0; i < n && !w.full; i++) {
        w.root = &t->roots[i];
        walk_root(&w, w.root->whole ? NULL : ignore_default(a));
    }
    mem_free(w.entries);
    sort_files(t);
    if (n > 1)
        check_duplicates(&w);
    arena_done(&w.scratch);
    return w.ok;
}

void tree_done(struct tree *t)
{
    for (size_t i = 0; i < t->nroots; i++)
        if (t->roots[i].fd >= 0)
            close(t->roots[i].fd);
    t->nroots = 0;
    mem_free(t->files);
    t->files = NULL;
    t->n = t->cap = 0;
}

struct tree_file *tree_find(const struct tree *t, struct str path)
{
    struct tree_file key = { .path = path.p, .path_n = (uint32_t)path.n };
    return t->n ? bsearch(&key, t->files, t->n, sizeof key, by_name) : NULL;
}

bool tree_unchanged(const struct tree_file *f, int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    struct stamp now = stamp_make(&st);
    now.ctime_ns = f->stamp.ctime_ns; /* a new link or mode is no new content */
    return stamp_equal(&now, &f->stamp);
}

int tree_open(const struct tree *t, const struct tree_file *f)
{
    int fd = openat(t->roots[f->root].fd, tree_source(t, f).p,
                    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0 && !tree_unchanged(f, fd)) {
        close(fd);
        fd = -1;
        errno = ESTALE;
    }
    return fd;
}

bool tree_check_outside(struct arena *a, struct diags *ds, const struct tree *t, struct str out)
{
    bool ok = true;
    char *dir = realpath(t->roots[0].dir.p, NULL);
    char *to = realpath(arena_str(a, path_dir(out)).p, NULL);
    if (dir && to) {
        struct str inside = path_relative(a, str_from(dir), str_from(to));
        if (str_eq(inside, S(".")))
            inside = S("");
        for (size_t i = 0; i < t->folders.n && ok; i++)
            ok = t->folders.p[i].root != 0 || !str_eq(t->folders.p[i].path, inside);
    }
    free(dir);
    free(to);
    if (!ok)
        diag_help(diag_error(ds, "output-inside", NOWHERE,
                             "'%.*s' would lie in the folder that it is made of", STR(out)),
                  "write it elsewhere, or into a folder that .bundleignore names");
    return ok;
}
