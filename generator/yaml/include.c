#include "base/file.h"
#include "base/path.h"
#include "yaml/reader.h"

struct source *yaml_load_file(void *files, struct arena *a, struct diags *ds, struct str path,
                              struct span cause, const struct frame *frame)
{
    const struct yaml_files *f = files;
    struct str text;
    if (!file_read(a, ds, cause, f->root, path, LIMIT_SOURCE_BYTES, &text))
        return NULL;
    if (f->reads)
        reads_add(f->reads, path);
    struct source *src = source_make(a, arena_str(a, path), text);
    src->frame = frame;
    return src;
}

/* .yaml, .yml, .json, and what a template makes of such a file. */
static bool is_yaml(struct str path)
{
    if (str_ends(path, S(".j2")))
        path.n -= 3;
    return str_ends(path, S(".yaml")) || str_ends(path, S(".yml")) || str_ends(path, S(".json"));
}

/* "a.yaml includes b.yaml includes a.yaml", from the file `path` down to itself. */
static struct str describe_cycle(struct arena *a, const struct chain *chain, struct str path)
{
    struct str text = path;
    for (;; chain = chain->up) {
        text = arena_printf(a, "%.*s includes %.*s", STR(chain->path), STR(text));
        if (str_eq(chain->path, path))
            return text;
    }
}

/* False after a diagnostic if the file is being read already, or too many are. */
static bool check_chain(struct reader *r, struct str path, struct span at)
{
    struct diags *ds = r->session->ds;
    for (const struct chain *c = r->chain; c; c = c->up) {
        if (!str_eq(c->path, path))
            continue;
        struct diag *d = diag_error(ds, "include-cycle", at, "'%.*s' includes itself", STR(path));
        if (c != r->chain)
            diag_help(d, "%.*s", STR(describe_cycle(&r->scratch, r->chain, path)));
        return false;
    }
    if (r->chain->depth >= LIMIT_INCLUDE_DEPTH) {
        diag_error(ds, "too-deep", at, "files include each other more than %d deep",
                   LIMIT_INCLUDE_DEPTH);
        return false;
    }
    return true;
}

static bool check_size(struct reader *r, const struct source *src, struct span at)
{
    struct session *s = r->session;
    bool too_many = ++s->includes > LIMIT_INCLUDES;
    if (!too_many && src->text.n <= LIMIT_SOURCE_BYTES - s->bytes) {
        s->bytes += src->text.n;
        return true;
    }
    s->stopped = true;
    if (too_many)
        diag_error(s->ds, "too-large", at, "the document includes more than %d files",
                   LIMIT_INCLUDES);
    else
        diag_error(s->ds, "too-large", at, "what the document includes is larger than %d bytes",
                   LIMIT_SOURCE_BYTES);
    return false;
}

/* The path as written, seen from the file in which it stands; empty after a diagnostic. */
static struct str resolve(struct reader *r, struct str path, struct span at)
{
    struct diags *ds = r->session->ds;
    struct str none = { 0 };
    if (path.n == 0) {
        diag_error(ds, "no-file", at, "!include names no file");
        return none;
    }
    if (!r->session->opt->load) {
        diag_error(ds, "no-file", at, "!include does not work here");
        return none;
    }
    struct str dir = path_dir(span_origin(at, NULL).src->path);
    struct str clean = path_clean(r->session->arena, path_join(&r->scratch, dir, path));
    if (!path_escapes(clean))
        return clean;
    struct diag *d = diag_error(ds, "outside-project", at, "'%.*s' leaves the project", STR(path));
    diag_help(d, "paths are relative to the folder of this file");
    return none;
}

static struct node *text_node(struct reader *r, const struct source *src)
{
    if (!source_check_utf8(r->session->ds, src))
        return NULL;
    size_t mark = str_starts(src->text, S("\xEF\xBB\xBF")) ? 3 : 0;
    struct span all = { src, (uint32_t)mark, (uint32_t)(src->text.n - mark) };
    struct node *n = node_str(r->session->arena, all, span_text(all));
    n->quoted = true;
    return n;
}

static struct node *read_file(struct reader *r, struct str path, struct span at, size_t *height)
{
    struct session *s = r->session;
    struct frame *frame = arena_make(s->arena, struct frame);
    *frame = (struct frame){ .what = S("included from here"), .at = at };
    span_origin(at, &frame->up);
    struct source *src = s->opt->load(s->opt->context, s->arena, s->ds, path, at, frame);
    if (!src || !check_size(r, src, at))
        return NULL;
    struct chain chain = { .path = path, .up = r->chain, .depth = r->chain->depth + 1 };
    return is_yaml(path) ? reader_read(s, src, &chain, r->base + r->depth, height)
                         : text_node(r, src);
}

struct node *include_node(struct reader *r, struct str path, struct span at, size_t *height)
{
    struct node *n = NULL;
    struct str file = resolve(r, path, at);
    if (file.n && check_chain(r, file, at))
        n = read_file(r, file, at, height);
    return n ? n : node_null(r->session->arena, at);
}
