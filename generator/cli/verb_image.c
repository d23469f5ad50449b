/* `stepwright image`: a container image, as an OCI image layout. */
#include "base/file.h"
#include "base/path.h"
#include "cli/cli.h"
#include "frontend/image.h"
#include "pack/cache.h"
#include "pack/command.h"
#include "pack/folder.h"
#include "pack/oci_build.h"
#include "pack/resolve.h"
#include "pack/zip_unpack.h"

#include <stdlib.h>
#include <unistd.h>

struct request {
    struct str arg, out, file, depfile, depfile_target;
    struct str programs, bases;  /* folders where these are */
    struct texts bundles;        /* likewise, several */
    struct str target, platform; /* of a Dockerfile */
    struct texts build_args;
    int64_t threads;
};

struct assembly {
    struct cli *c;
    const struct request *q;
    const struct image_file *file;
    struct str folder; /* of the image file */
    struct oci_spec spec;
    struct reads reads;
};

/* ---- where layers come from ----------------------------------------------------------------- */

/* A folder beside the image for what is made on the way. */
static struct str work_folder(struct assembly *s, const char *kind, struct str name)
{
    char *plain = arena_alloc(&s->c->arena, name.n);
    for (size_t i = 0; i < name.n; i++)
        plain[i] = ascii_is_alnum(name.p[i]) ? name.p[i] : '_';
    return arena_printf(&s->c->arena, "%.*s.work/%s-%.*s", STR(s->q->out), kind, (int)name.n,
                        plain);
}

static bool take_program(struct assembly *s, const struct image_layer *l, struct oci_folder *f)
{
    struct str name = l->program.s;
    f->dir = path_join(&s->c->arena, s->q->programs, name);
    f->whole = true;
    if (s->q->programs.n && file_is_dir((struct str){ 0 }, f->dir))
        return true;
    struct diag *d = diag_error(&s->c->ds, "no-program", l->program.span,
                                "no program '%.*s' is built here", STR(name));
    diag_help(d, "stepwright_add_program(%.*s SOURCES …) in CMake builds one", STR(name));
    return false;
}

static bool take_bundle(struct assembly *s, const struct image_layer *l, struct oci_folder *f)
{
    struct arena *a = &s->c->arena;
    struct str name = arena_printf(a, "%.*s.zip", STR(l->bundle.s)), zip = { 0 };
    for (size_t i = 0; i < s->q->bundles.all.n && !zip.n; i++)
        if (file_exists(s->q->bundles.all.p[i], name))
            zip = path_join(a, s->q->bundles.all.p[i], name);
    if (!zip.n) {
        struct diag *d = diag_error(&s->c->ds, "no-bundle", l->bundle.span,
                                    "no bundle '%.*s' is made here", STR(l->bundle.s));
        diag_help(d, "a bundle is made of what a step or resource of some pipeline names; its id "
                     "is the folder below customcode/ with dots for slashes");
        return false;
    }
    reads_add(&s->reads, zip);
    f->dir = work_folder(s, "bundle", l->bundle.s);
    f->whole = f->made = true;
    return folder_delete(a, &s->c->ds, f->dir) && zip_unpack(a, &s->c->ds, zip, f->dir);
}

static bool take_requirements(struct assembly *s, const struct image_layer *l, struct oci_folder *f)
{
    static const char *const NAMES[] = { "requirements.txt", "package.json", "package-lock.json" };
    struct arena *a = &s->c->arena;
    struct str dir = path_clean(a, path_join(a, s->folder, l->requirements.s));
    struct resolve_options r = { .dir = dir, .runtime = l->runtime.s, .cache = cache_folder(a) };
    struct oci_platform platform =
        oci_platform(l->platform.s.n ? l->platform.s : s->spec.platforms.p[0]);
    f->dir = work_folder(s, "requirements", dir);
    f->whole = f->made = true;
    r.out = f->dir;
    r.record = arena_printf(a, "%.*s.json", STR(f->dir));
    r.architecture = str_eq(platform.architecture, S("arm64")) ? S("arm64") : S("x86_64");
    reads_add(&s->reads, dir);
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (file_exists(dir, str_from(NAMES[i])))
            reads_add(&s->reads, path_join(a, dir, str_from(NAMES[i])));
    return resolve_make(a, &s->c->ds, &r);
}

static bool take_layer(struct assembly *s, const struct image_layer *l)
{
    struct arena *a = &s->c->arena;
    const char *kind = l->directory.set ? "directory"
                       : l->program.set ? "program"
                       : l->bundle.set  ? "bundle"
                                        : "requirements";
    struct str name = l->directory.set ? l->directory.s
                      : l->program.set ? l->program.s
                      : l->bundle.set  ? l->bundle.s
                                       : l->requirements.s;
    struct str to = path_clean(a, str_sub(l->to.s, 1, l->to.s.n));
    struct oci_folder f = { .dir = path_clean(a, path_join(a, s->folder, name)),
                            .to = str_eq(to, S(".")) ? S("") : to,
                            .platform = l->platform.s,
                            .note = arena_printf(a, "stepwright %s %.*s to %.*s", kind, STR(name),
                                                 STR(l->to.s)) };
    bool ok = l->program.set        ? take_program(s, l, &f)
              : l->bundle.set       ? take_bundle(s, l, &f)
              : l->requirements.set ? take_requirements(s, l, &f)
                                    : true;
    if (ok)
        vec_push(a, &s->spec.layers, f);
    return ok;
}

/* ---- the base ------------------------------------------------------------------------------- */

/* The program that talks to registries, which lies beside this one. */
static struct str network_program(struct cli *c)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path);
    struct str own = { path, n > 0 ? (size_t)n : 0 };
    struct str beside = path_join(&c->arena, path_dir(own), S("stepwright-aws"));
    return n > 0 && file_exists((struct str){ 0 }, beside) ? beside : S("stepwright-aws");
}

static bool pull_base(struct assembly *s, struct str base, struct str dir)
{
    struct arena *a = &s->c->arena;
    struct command pull = { .live = true };
    command_add(a, &pull, network_program(s->c));
    command_add(a, &pull, S("pull"));
    command_add(a, &pull, base);
    command_add(a, &pull, S("--out"));
    command_add(a, &pull, dir);
    for (size_t i = 0; i < s->spec.platforms.n; i++) {
        command_add(a, &pull, S("--platform"));
        command_add(a, &pull, s->spec.platforms.p[i]);
    }
    return command_run(a, &s->c->ds, &pull, arena_printf(a, "pull '%.*s'", STR(base)));
}

static void warn_unpinned(struct assembly *s, struct str base, struct str dir)
{
    struct oci_index index;
    if (str_find(base, S("@sha256:"), 0) != SIZE_MAX)
        return;
    struct diag *d = diag_warning(&s->c->ds, "unpinned-base", s->file->base.span,
                                  "what '%.*s' names may change", STR(base));
    if (oci_read_layout(&s->c->arena, &s->c->ds, dir, &index) && index.all.n == 1)
        diag_help(d, "'%.*s@sha256:%.*s' is what it was when it was pulled", STR(base),
                  STR(index.all.p[0].sha256));
}

/* An image in a registry is pulled once, to a folder that images on the same base share. */
static bool take_base(struct assembly *s)
{
    struct arena *a = &s->c->arena;
    struct str base = s->file->base.s;
    if (str_eq(base, S("scratch")))
        return true;
    if (str_starts(base, S("oci:"))) {
        s->spec.base = path_join(a, s->folder, str_sub(base, 4, base.n));
        return true;
    }
    struct buf name;
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX];
    buf_init(&name, 0);
    buf_put(&name, base);
    for (size_t i = 0; i < s->spec.platforms.n; i++)
        buf_printf(&name, " %.*s", STR(s->spec.platforms.p[i]));
    sha256(digest, buf_str(&name));
    buf_done(&name);
    hex_put(hex, digest, SHA256_BYTES);
    struct str bases = s->q->bases.n ? s->q->bases : path_join(a, path_dir(s->q->out), S("bases"));
    s->spec.base = path_join(a, bases, arena_printf(a, "%.16s", hex));
    if (!file_exists(s->spec.base, S("index.json")) && !pull_base(s, base, s->spec.base))
        return false;
    warn_unpinned(s, base, s->spec.base);
    return true;
}

/* ---- the rest ------------------------------------------------------------------------------- */

static void take_texts(struct arena *a, struct oci_texts *to, const struct vstrs *from)
{
    to->set = from->set;
    for (size_t i = 0; i < from->n; i++)
        vec_push(a, &to->all, from->items[i].s);
}

static void take_settings(struct assembly *s)
{
    struct arena *a = &s->c->arena;
    const struct image_file *f = s->file;
    const struct node *env = f->env.node, *labels = f->labels.node;
    take_texts(a, &s->spec.entrypoint, &f->entrypoint);
    take_texts(a, &s->spec.cmd, &f->cmd);
    for (uint32_t i = 0; env && i < env->map.n; i++)
        vec_push(a, &s->spec.env,
                 arena_printf(a, "%.*s=%.*s", STR(env->map.entries[i].key),
                              STR(image_text(a, env->map.entries[i].value))));
    for (uint32_t i = 0; labels && i < labels->map.n; i++) {
        struct oci_label l = { labels->map.entries[i].key,
                               image_text(a, labels->map.entries[i].value) };
        vec_push(a, &s->spec.labels, l);
    }
    for (size_t i = 0; i < f->platforms.n; i++)
        vec_push(a, &s->spec.platforms, f->platforms.items[i].s);
    if (!f->platforms.n)
        vec_push(a, &s->spec.platforms, S("linux/amd64"));
    s->spec.user = f->user.s;
    s->spec.workdir = f->workdir.s;
    s->spec.codec = f->compression.v == IMAGE_ZSTD ? OCI_ZSTD : OCI_GZIP;
    s->spec.level = (int)f->level.v;
    s->spec.threads = (unsigned)s->q->threads;
    s->spec.cache = cache_folder(a);
}

static bool assemble(struct cli *c, const struct request *q, struct str path)
{
    struct assembly s = { .c = c, .q = q, .folder = path_dir(path) };
    struct oci_result result;
    s.reads.arena = &c->arena;
    reads_add(&s.reads, path);
    s.file = image_file_read(&c->arena, &c->ds, (struct str){ 0 }, path);
    if (!s.file)
        return false;
    take_settings(&s);
    bool ok = take_base(&s);
    const struct image_layer *layers = s.file->layers.items;
    for (size_t i = 0; ok && i < s.file->layers.n; i++)
        ok = take_layer(&s, &layers[i]);
    return ok && oci_image_make(&c->arena, &c->ds, &s.spec, q->out, &s.reads, &result) &&
           (!q->depfile.n || depfile_write(&c->ds, &s.reads, q->depfile, q->depfile_target));
}

static bool build(struct cli *c, const struct request *q)
{
    const char *builder = getenv("STEPWRIGHT_IMAGE_BUILDER");
    struct oci_build b = { .dir = q->arg,
                           .file = q->file,
                           .target = q->target,
                           .platform = q->platform.n ? q->platform : S("linux/amd64"),
                           .builder = str_from(builder) };
    struct reads reads = { .arena = &c->arena };
    struct oci_result result;
    for (size_t i = 0; i < q->build_args.all.n; i++)
        vec_push(&c->arena, &b.args, q->build_args.all.p[i]);
    return oci_build_make(&c->arena, &c->ds, &b, q->out, &reads, &result) &&
           (!q->depfile.n || depfile_write(&c->ds, &reads, q->depfile, q->depfile_target));
}

/* A folder's image file, unless it is to be built by another. */
static struct str choose_file(struct cli *c, struct request *q)
{
    if (!file_is_dir((struct str){ 0 }, q->arg))
        return q->arg;
    if (!q->file.n && file_exists(q->arg, S("image.yaml")))
        q->file = S("image.yaml");
    return path_join(&c->arena, q->arg, q->file.n ? q->file : S("Dockerfile"));
}

/* ---- the verb ------------------------------------------------------------------------------- */

int verb_image(struct cli *c, int argc, char **argv)
{
    struct request q = { .file = { 0 } };
    struct texts args = { 0 };
    const struct option options[] = {
        { "--out", OPTION_TEXT, &q.out, true },
        { "--file", OPTION_TEXT, &q.file, false },
        { "--depfile", OPTION_TEXT, &q.depfile, false },
        { "--depfile-target", OPTION_TEXT, &q.depfile_target, false },
        { "--programs", OPTION_TEXT, &q.programs, false },
        { "--bundles", OPTION_LIST, &q.bundles, false },
        { "--bases", OPTION_TEXT, &q.bases, false },
        { "--target", OPTION_TEXT, &q.target, false },
        { "--platform", OPTION_TEXT, &q.platform, false },
        { "--build-arg", OPTION_LIST, &q.build_args, false },
        { "--threads", OPTION_INT, &q.threads, false },
    };
    if (!cli_options(c, argc, argv, options, sizeof options / sizeof *options, &args))
        return EXIT_USAGE;
    if (args.all.n != 1)
        return cli_usage(c, "expected one folder or image file");
    if (q.threads < 0 || q.threads > 1024)
        return cli_usage(c, "--threads is %lld; expected 0 to 1024", (long long)q.threads);
    if (!q.depfile_target.n)
        q.depfile_target = arena_printf(&c->arena, "%.*s.json", STR(q.out));
    q.arg = args.all.p[0];
    struct str path = choose_file(c, &q);
    if (image_file_is(path) && (q.target.n || q.platform.n || q.build_args.all.n))
        return cli_usage(c, "--target, --platform and --build-arg are for Dockerfiles");
    if (!image_file_is(path) && !file_is_dir((struct str){ 0 }, q.arg))
        return cli_usage(c, "'%.*s' is no image file: its name does not end in .yaml", STR(q.arg));
    if (image_file_is(path))
        assemble(c, &q, path);
    else
        build(c, &q);
    return cli_finish(c);
}
