#include "pack/normalise.h"

#include "base/file.h"
#include "base/limits.h"
#include "base/path.h"
#include "pack/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

static const struct span NOWHERE;

static int skip_dots(const struct dirent *e)
{
    return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

struct name_list {
    VEC(struct str) all;
};

/* Sorted names of a folder's entries; none if it is not there. */
static bool list_names(struct arena *a, struct diags *ds, struct str dir, struct name_list *out)
{
    struct dirent **entries;
    int n = scandir(dir.p, &entries, skip_dots, alphasort);
    *out = (struct name_list){ 0 };
    if (n < 0 && errno != ENOENT)
        diag_world(ds, "cannot-read", NOWHERE, "cannot read '%.*s': %s", STR(dir), strerror(errno));
    for (int i = 0; i < n; i++) {
        vec_push(a, &out->all, arena_str(a, str_from(entries[i]->d_name)));
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    return n >= 0 || errno == ENOENT;
}

static bool is_folder(struct str path)
{
    struct stat st;
    return lstat(path.p, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_bytecode(struct str name)
{
    return str_eq(name, S("__pycache__")) || str_ends(name, S(".pyc")) || str_ends(name, S(".pyo"));
}

static bool delete_bytecode(struct arena *a, struct diags *ds, struct str dir, int depth)
{
    struct name_list names;
    bool ok = depth < FOLDER_MAX_DEPTH && list_names(a, ds, dir, &names);
    for (size_t i = 0; ok && i < names.all.n; i++) {
        struct str path = path_join(a, dir, names.all.p[i]);
        if (is_bytecode(names.all.p[i]))
            ok = folder_delete(a, ds, path);
        else if (is_folder(path))
            ok = delete_bytecode(a, ds, path, depth + 1);
    }
    return ok;
}

static int by_bytes(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* The file that a line of RECORD is about: its first field, of comma-separated ones (PEP 376). */
static struct str record_file(struct arena *a, struct str line)
{
    struct buf out;
    bool quoted = line.n && line.p[0] == '"';
    if (!quoted) {
        size_t comma = str_find_char(line, ',', 0);
        return arena_str(a, str_sub(line, 0, comma == SIZE_MAX ? line.n : comma));
    }
    buf_init(&out, 0);
    for (size_t i = 1; i < line.n && (line.p[i] != '"' || (i + 1 < line.n && line.p[i + 1] == '"'));
         i++) {
        i += line.p[i] == '"';
        buf_putc(&out, line.p[i]);
    }
    struct str name = arena_str(a, buf_str(&out));
    buf_done(&out);
    return name;
}

/* Keeps the lines of files that are still there. */
static bool tidy_record(struct arena *a, struct diags *ds, struct str dir, struct str record)
{
    struct name_list lines = { 0 };
    struct str text, line, none = { 0 };
    struct stat st;
    if (lstat(record.p, &st) != 0)
        return true;
    if (!file_read(a, ds, NOWHERE, none, record, LIMIT_SOURCE_BYTES, &text))
        return false;
    while (str_split(&text, '\n', &line)) {
        line = str_trim(line);
        if (line.n && lstat(path_join(a, dir, record_file(a, line)).p, &st) == 0)
            vec_push(a, &lines.all, line);
    }
    if (lines.all.n)
        qsort(lines.all.p, lines.all.n, sizeof *lines.all.p, by_bytes);
    struct buf out;
    buf_init(&out, 0);
    for (size_t i = 0; i < lines.all.n; i++) {
        buf_put(&out, lines.all.p[i]);
        buf_putc(&out, '\n');
    }
    bool ok = file_write(ds, record, buf_str(&out)) != WRITE_FAILED;
    buf_done(&out);
    return ok;
}

static bool tidy_package(struct arena *a, struct diags *ds, struct str dir, struct str info)
{
    static const struct str notes[] = { S_INIT("INSTALLER"), S_INIT("REQUESTED"),
                                        S_INIT("direct_url.json"), S_INIT("uv_cache.json") };
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
        if (!folder_delete(a, ds, path_join(a, info, notes[i])))
            return false;
    return tidy_record(a, ds, dir, path_join(a, info, S("RECORD")));
}

bool normalise_python(struct arena *a, struct diags *ds, struct str dir)
{
    struct name_list names;
    if (!is_folder(arena_str(a, dir)))
        return true;
    bool ok = folder_delete(a, ds, path_join(a, dir, S("bin"))) && delete_bytecode(a, ds, dir, 0) &&
              list_names(a, ds, dir, &names);
    for (size_t i = 0; ok && i < names.all.n; i++)
        if (str_ends(names.all.p[i], S(".dist-info")))
            ok = tidy_package(a, ds, dir, path_join(a, dir, names.all.p[i]));
    return ok;
}

bool normalise_node(struct arena *a, struct diags *ds, struct str dir)
{
    struct name_list names;
    bool ok = list_names(a, ds, dir, &names) &&
              folder_delete(a, ds, path_join(a, dir, S("node_modules/.package-lock.json"))) &&
              folder_delete(a, ds, path_join(a, dir, S("node_modules/.bin")));
    for (size_t i = 0; ok && i < names.all.n; i++) {
        struct str name = names.all.p[i];
        if (!str_eq(name, S("node_modules")))
            ok = folder_delete(a, ds, path_join(a, dir, name));
    }
    return ok;
}
