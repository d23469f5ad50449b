#include "base/depfile.h"

#include <stdlib.h>

void reads_add(struct reads *r, struct str path)
{
    if (!map_has(&r->paths, path))
        map_put(r->arena, &r->paths, arena_str(r->arena, path), NULL);
}

/* "\ " is a blank; backslashes that stand before one count double. "\#" and "$$" are what they
 * escape. */
void depfile_put_path(struct buf *out, struct str path)
{
    size_t slashes = 0;
    for (size_t i = 0; i < path.n; i++) {
        char c = path.p[i];
        if (c == ' ')
            buf_fill(out, '\\', slashes + 1);
        else if (c == '#')
            buf_putc(out, '\\');
        else if (c == '$')
            buf_putc(out, '$');
        buf_putc(out, c);
        slashes = c == '\\' ? slashes + 1 : 0;
    }
}

static int by_bytes(const void *a, const void *b)
{
    return str_cmp(((const struct map_entry *)a)->key, ((const struct map_entry *)b)->key);
}

/* No build tool has a way to write such a name. */
static bool has_no_line_end(struct diags *ds, struct str path)
{
    if (str_find_char(path, '\n', 0) == SIZE_MAX && str_find_char(path, '\r', 0) == SIZE_MAX)
        return true;
    diag_error(ds, "bad-file-name", (struct span){ 0 },
               "the name of file '%.*s' holds a line end, which build tools cannot read",
               STR(path));
    return false;
}

bool depfile_write(struct diags *ds, const struct reads *r, struct str file, struct str target)
{
    struct arena scratch = { 0 };
    struct buf text;
    buf_init(&text, 0);
    size_t n = r->paths.n;
    struct map_entry *paths = arena_make_n(&scratch, struct map_entry, n);
    if (n)
        memcpy(paths, r->paths.entries, n * sizeof *paths);
    qsort(paths, n, sizeof *paths, by_bytes);

    depfile_put_path(&text, target);
    buf_putc(&text, ':');
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        ok = has_no_line_end(ds, paths[i].key) && ok;
        buf_put(&text, i ? S(" \\\n  ") : S(" "));
        depfile_put_path(&text, paths[i].key);
    }
    buf_putc(&text, '\n');
    ok = ok && file_write(ds, file, buf_str(&text)) != WRITE_FAILED;
    buf_done(&text);
    arena_done(&scratch);
    return ok;
}
