#include "pack/oci_build.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/pool.h"
#include "pack/command.h"
#include "pack/content.h"
#include "pack/folder.h"

#include <errno.h>
#include <stdlib.h>

static const struct span NOWHERE;

struct building {
    struct arena *arena;
    struct diags *ds;
    const struct oci_build *b;
    struct str file;             /* the Dockerfile's name */
    struct str work;             /* a folder of our own */
    struct str context;          /* what the builder sees */
    struct str layout;           /* what it makes */
    struct str record, document; /* beside and in the folder that the image is to be */
};

/* ---- what the image is made of -------------------------------------------------------------- */

struct digests {
    const struct tree *tree;
    uint8_t (*all)[SHA256_BYTES];
    int *errors;
};

static void digest_file(void *ctx, size_t i)
{
    struct digests *d = ctx;
    d->errors[i] = content_digest(d->tree, &d->tree->files[i], d->all[i]) ? 0 : errno;
}

static void put_recipe(struct buf *text, const struct building *m)
{
    const struct oci_build *b = m->b;
    buf_printf(text, "dockerfile 1\n%.*s\n%.*s\n%.*s\n", STR(m->file), STR(b->target),
               STR(b->platform));
    for (size_t i = 0; i < b->args.n; i++) {
        buf_put(text, b->args.p[i]);
        buf_putc(text, '\0');
    }
}

static bool put_files(struct buf *text, struct diags *ds, const struct tree *t)
{
    struct digests d = { .tree = t };
    bool ok = true;
    d.all = mem_alloc(t->n * sizeof *d.all);
    d.errors = mem_alloc(t->n * sizeof *d.errors);
    pool_run(t->n, 0, digest_file, &d);
    for (size_t i = 0; i < t->n; i++) {
        const struct tree_file *f = &t->files[i];
        buf_put(text, tree_path(f));
        buf_putc(text, '\0');
        buf_putc(text, f->executable ? 'x' : '-');
        buf_put(text, (struct str){ (const char *)d.all[i], SHA256_BYTES });
        if (!d.errors[i])
            continue;
        diag_world(ds, "cannot-read", NOWHERE, "cannot read '%.*s': %s", STR(tree_path(f)),
                   strerror(d.errors[i]));
        ok = false;
    }
    mem_free(d.all);
    mem_free(d.errors);
    return ok;
}

/* The key of the image, and what was read for it. */
static bool find_key(struct building *m, struct reads *reads, struct str *key)
{
    struct tree_root root = { .dir = m->b->dir };
    struct tree t;
    struct buf text;
    uint8_t digest[SHA256_BYTES];
    char *hex = arena_alloc(m->arena, SHA256_HEX);
    bool ok = tree_scan(&t, m->arena, m->ds, &root, 1) &&
              tree_check_outside(m->arena, m->ds, &t, m->record) &&
              tree_check_outside(m->arena, m->ds, &t, m->document);
    if (ok && !tree_find(&t, m->file)) {
        struct diag *d = diag_error(m->ds, "no-file", NOWHERE, "'%.*s' has no file '%.*s'",
                                    STR(m->b->dir), STR(m->file));
        diag_help(d, "a Dockerfile, or an image file whose name ends in .yaml, says how to build");
        ok = false;
    }
    for (size_t i = 0; ok && reads && i < t.folders.n; i++)
        reads_add(reads, tree_folder_path(m->arena, &t, &t.folders.p[i]));
    for (size_t i = 0; ok && reads && i < t.n; i++)
        reads_add(reads, tree_full_path(m->arena, &t, &t.files[i]));
    buf_init(&text, 0);
    put_recipe(&text, m);
    ok = ok && put_files(&text, m->ds, &t);
    sha256(digest, buf_str(&text));
    hex_put(hex, digest, SHA256_BYTES);
    *key = (struct str){ hex, SHA256_HEX };
    buf_done(&text);
    tree_done(&t);
    return ok;
}

/* ---- builders ------------------------------------------------------------------------------- */

static void add_all(struct building *m, struct command *c, const char *const *words)
{
    for (; *words; words++)
        command_add(m->arena, c, str_from(*words));
}
#define ADD(m, c, ...) add_all((m), (c), (const char *const[]){ __VA_ARGS__, NULL })

/* Whether a command works, whatever it says. */
static bool works(struct building *m, const char *const *words)
{
    struct diags silent;
    struct command c = { 0 };
    diags_init(&silent, m->arena);
    if (!command_exists(words[0]))
        return false;
    add_all(m, &c, words);
    return command_run(m->arena, &silent, &c, S("it"));
}
#define WORKS(m, ...) works((m), (const char *const[]){ __VA_ARGS__, NULL })

/* What all three take alike. */
static void add_what(struct building *m, struct command *c)
{
    const struct oci_build *b = m->b;
    ADD(m, c, "--platform", arena_str(m->arena, b->platform).p, "--file",
        path_join(m->arena, m->context, m->file).p);
    if (b->target.n)
        ADD(m, c, "--target", arena_str(m->arena, b->target).p);
    for (size_t i = 0; i < b->args.n; i++)
        ADD(m, c, "--build-arg", arena_str(m->arena, b->args.p[i]).p);
}

static bool run_builder(struct building *m, struct command *c, const char *what)
{
    c->live = true;
    return command_run(m->arena, m->ds, c,
                       arena_printf(m->arena, "%s '%.*s'", what, STR(m->b->dir)));
}

/* Neither provenance nor a bill of materials: they make an index of what Lambda wants as one image,
 * and other bytes each time. */
static bool run_buildx(struct building *m)
{
    struct command c = { 0 };
    ADD(m, &c, "docker", "buildx", "build", "--progress", "plain", "--provenance=false",
        "--sbom=false", "--output",
        arena_printf(m->arena, "type=oci,tar=false,rewrite-timestamp=true,dest=%.*s",
                     STR(m->layout))
            .p);
    add_what(m, &c);
    ADD(m, &c, m->context.p);
    command_set(m->arena, &c, "SOURCE_DATE_EPOCH", S("0"));
    return run_builder(m, &c, "build with docker buildx");
}

/* The image's id, which the builder leaves in a file. */
static bool read_id(struct building *m, struct str path, struct str *id)
{
    if (!file_read(m->arena, m->ds, NOWHERE, (struct str){ 0 }, path, 1024, id))
        return false;
    *id = str_trim(*id);
    return true;
}

static void set_defaults(struct building *m, struct command *c, const char *storage)
{
    /* Without a runtime for containers, a changed root has to do. */
    if (!getenv("BUILDAH_ISOLATION") && !command_exists("runc") && !command_exists("crun"))
        command_set(m->arena, c, "BUILDAH_ISOLATION", S("chroot"));
    if (storage)
        command_set(m->arena, c, "STORAGE_DRIVER", str_from(storage));
}

static bool run_buildah(struct building *m, const char *program, const char *storage)
{
    struct command build = { 0 }, push = { 0 };
    struct str id, iid = path_join(m->arena, m->work, S("iid"));
    ADD(m, &build, program, "build", "--format", "oci", "--layers", "--timestamp", "0", "--iidfile",
        iid.p);
    add_what(m, &build);
    ADD(m, &build, m->context.p);
    set_defaults(m, &build, storage);
    if (!run_builder(m, &build, "build") || !read_id(m, iid, &id))
        return false;
    ADD(m, &push, program, "push", "--quiet", arena_str(m->arena, id).p,
        arena_printf(m->arena, "oci:%.*s:latest", STR(m->layout)).p);
    set_defaults(m, &push, storage);
    return run_builder(m, &push, "take the image of");
}

static bool run_podman(struct building *m)
{
    return run_buildah(m, "podman", NULL);
}

/* Overlays need what not every container allows; copies always do. */
static bool run_buildah_itself(struct building *m)
{
    bool plain = getenv("STORAGE_DRIVER") || WORKS(m, "buildah", "info");
    return run_buildah(m, "buildah", plain ? NULL : "vfs");
}

static bool has_buildx(struct building *m)
{
    return WORKS(m, "docker", "buildx", "inspect");
}
static bool has_podman(struct building *m)
{
    return WORKS(m, "podman", "info");
}
static bool has_buildah(struct building *m)
{
    return WORKS(m, "buildah", "--version");
}

static const struct builder {
    struct str name;
    bool (*works)(struct building *m);
    bool (*run)(struct building *m);
} BUILDERS[] = {
    { S_INIT("buildx"), has_buildx, run_buildx },
    { S_INIT("podman"), has_podman, run_podman },
    { S_INIT("buildah"), has_buildah, run_buildah_itself },
};

static const struct builder *find_builder(struct building *m)
{
    struct str wanted = m->b->builder;
    for (size_t i = 0; i < sizeof BUILDERS / sizeof *BUILDERS; i++)
        if (wanted.n ? str_eq(BUILDERS[i].name, wanted) : BUILDERS[i].works(m))
            return &BUILDERS[i];
    struct diag *d =
        wanted.n ? diag_error(m->ds, "no-builder", NOWHERE, "'%.*s' is no builder of images",
                              STR(wanted))
                 : diag_world(m->ds, "no-builder", NOWHERE,
                              "nothing here builds '%.*s/%.*s': neither docker buildx, podman nor "
                              "buildah works",
                              STR(m->b->dir), STR(m->file));
    if (wanted.n)
        diag_help(d, "expected buildx, podman or buildah");
    else
        diag_help(d, "an image file in YAML needs none of them");
    return NULL;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static bool build(struct building *m, struct str out)
{
    const struct builder *builder = find_builder(m);
    if (!builder || !folder_delete(m->arena, m->ds, m->work) ||
        !folder_copy(m->arena, m->ds, m->b->dir, m->context))
        return false;
    bool ok = builder->run(m) && folder_replace(m->arena, m->ds, m->layout, out);
    struct diags silent;
    diags_init(&silent, m->arena);
    folder_delete(m->arena, ok ? m->ds : &silent, m->work);
    return ok;
}

bool oci_build_make(struct arena *a, struct diags *ds, const struct oci_build *b, struct str out,
                    struct reads *reads, struct oci_result *result)
{
    struct building m = { .arena = a, .ds = ds, .b = b };
    struct str key;
    *result = (struct oci_result){ 0 };
    m.file = path_clean(a, b->file.n ? b->file : S("Dockerfile"));
    m.work = path_absolute(a, arena_printf(a, "%.*s.work", STR(out)));
    m.context = path_join(a, m.work, S("context"));
    m.layout = path_join(a, m.work, S("layout"));
    m.record = arena_printf(a, "%.*s.json", STR(out));
    m.document = path_join(a, out, S("index.json"));
    if (!file_make_dirs(ds, path_dir(out)) || !find_key(&m, reads, &key))
        return false;
    if (oci_image_is_current(a, out, key))
        return true;
    return build(&m, out) && oci_image_record(a, ds, out, key, result);
}
