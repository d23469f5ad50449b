#include "frontend/image.h"

#include "base/file.h"
#include "base/num.h"
#include "base/path.h"
#include "schema/bind.h"
#include "yaml/yaml.h"

static const struct span NOWHERE;

/* ---- checks of single keys ------------------------------------------------------------------ */

static void check_platform_text(struct bind *b, struct str s, struct span span)
{
    size_t slash = str_find_char(s, '/', 0);
    if (slash != SIZE_MAX && slash > 0 && slash + 1 < s.n)
        return;
    struct diag *d = diag_error(b->ds, "bad-platform", span, "'%.*s' is no platform", STR(s));
    diag_help(d, "expected for example linux/amd64 or linux/arm64");
}

/* Two of the same in an index: which of them is pulled, nobody knows. */
static void check_once(struct bind *b, const struct node *list, uint32_t at)
{
    for (uint32_t i = 0; i < at; i++)
        if (node_is_str(list->seq.items[i]) &&
            str_eq(list->seq.items[i]->str, list->seq.items[at]->str)) {
            diag_error(b->ds, "duplicate-platform", list->seq.items[at]->span,
                       "'%.*s' is named twice", STR(list->seq.items[at]->str));
            return;
        }
}

static void check_platform(struct bind *b, const struct field *f, const struct node *value)
{
    (void)f;
    if (node_is_str(value)) {
        check_platform_text(b, value->str, value->span);
        return;
    }
    for (uint32_t i = 0; value->kind == NODE_SEQ && i < value->seq.n; i++)
        if (node_is_str(value->seq.items[i])) {
            check_platform_text(b, value->seq.items[i]->str, value->seq.items[i]->span);
            check_once(b, value, i);
        }
}

/* What would be one long name of a program: nothing splits it, as a shell does. */
static void check_entrypoint(struct bind *b, const struct field *f, const struct node *value)
{
    if (!node_is_str(value) || str_find_char(value->str, ' ', 0) == SIZE_MAX)
        return;
    struct diag *d = diag_error(b->ds, "not-a-list", value->span,
                                "%s is one string with blanks, which is no program", f->key);
    diag_help(d, "write a list, for example [/app/run, --all]");
}

static void check_scalars(struct bind *b, const struct field *f, const struct node *value)
{
    for (uint32_t i = 0; value->kind == NODE_MAP && i < value->map.n; i++) {
        const struct node *n = value->map.entries[i].value;
        if (n->kind == NODE_SEQ || n->kind == NODE_MAP || n->kind == NODE_NULL)
            diag_error(b->ds, "wrong-type", n->span, "'%.*s' in %s is %s; expected a string",
                       STR(value->map.entries[i].key), f->key, node_kind_name(n));
    }
}

static bool has_nul(struct str s)
{
    return str_find_char(s, '\0', 0) != SIZE_MAX;
}

static void check_env(struct bind *b, const struct field *f, const struct node *value)
{
    check_scalars(b, f, value);
    for (uint32_t i = 0; value->kind == NODE_MAP && i < value->map.n; i++) {
        struct str name = value->map.entries[i].key;
        const struct node *n = value->map.entries[i].value;
        struct diag *d = NULL;
        if (!name.n || has_nul(name) || str_find_char(name, '=', 0) != SIZE_MAX)
            d = diag_error(b->ds, "bad-variable", value->map.entries[i].key_span,
                           "'%.*s' is no name of an environment variable", STR(name));
        if (d)
            diag_help(d, "expected a name without '=' and NUL");
        if (node_is_str(n) && has_nul(n->str))
            diag_error(b->ds, "bad-variable", n->span,
                       "the value of '%.*s' holds a NUL, where a program would see it end",
                       STR(name));
    }
}

static void check_to(struct bind *b, const struct field *f, const struct node *value)
{
    (void)f;
    if (!node_is_str(value) ||
        (str_starts(value->str, S("/")) && str_find(value->str, S(".."), 0) == SIZE_MAX &&
         str_find(value->str, S("/.wh."), 0) == SIZE_MAX))
        return;
    struct diag *d = diag_error(b->ds, "bad-path", value->span, "'%.*s' is no place in an image",
                                STR(value->str));
    diag_help(d, "expected an absolute path, for example /app");
}

/* ---- tables --------------------------------------------------------------------------------- */

#define F(kind, name, ...) FIELD_##kind(struct image_layer, name, __VA_ARGS__)
static const struct field layer_rows[] = {
    F(STR, directory, .doc = "A folder beside the image file; .bundleignore counts.",
      .example = "app"),
    F(STR, program, .doc = "What stepwright_add_program builds, by its name."),
    F(STR, bundle, .doc = "What a bundle of this build holds, by the bundle's id.",
      .example = "lambda_functions.greet"),
    F(STR, requirements,
      .doc = "A folder with requirements.txt or package-lock.json, whose packages are installed.",
      .example = "."),
    F(STR, to, .dflt = "/", .check = check_to, .doc = "Where in the image it goes.",
      .example = "/app"),
    F(STR, platform, .check = check_platform,
      .doc = "The only platform that it is for; else it is for all.", .example = "linux/arm64"),
    F(STR, runtime, .doc = "With `requirements`: the Python or Node that they are for.",
      .example = "python3.12"),
};
#undef F
static const struct fields layer_fields =
    FIELDS(struct image_layer, "layer", layer_rows,
           .doc = "One of directory, program, bundle and requirements, as a layer of its own.");

#define F(kind, name, ...) FIELD_##kind(struct image_file, name, __VA_ARGS__)
static const struct field file_rows[] = {
    F(STR, base, .dflt = "scratch",
      .doc = "What the image is built on: scratch, an image in a registry (best by its digest), "
             "or oci:FOLDER, an OCI image layout.",
      .example = "public.ecr.aws/docker/library/alpine:3.20@sha256:…"),
    F(OBJS, layers, .required = true, .sub = &layer_fields,
      .doc = "What is put on the base, one layer each."),
    F(STRS, entrypoint, .check = check_entrypoint,
      .doc = "The program that a container runs, and its first arguments."),
    F(STRS, cmd, .doc = "Arguments, or the program where there is no entrypoint."),
    F(MAP, env, .check = check_env, .doc = "Environment variables."),
    F(STR, user, .doc = "User that it runs as: name or number, and group.", .example = "1000:1000"),
    F(STR, workdir, .check = check_to, .doc = "Folder that it starts in."),
    F(MAP, labels, .check = check_scalars, .doc = "Labels."),
    F(STRS, platforms, .check = check_platform,
      .doc = "Platforms, linux/amd64 if none is named; more than one make an index, which Lambda "
             "does not take."),
    F(ENUM, compression, .values = WORDS("gzip", "zstd"), .dflt = "gzip",
      .doc = "zstd is for Fargate and EKS only."),
    F(INT, level, .min = 1, .max = 19, .doc = "Of the compression; 4 for gzip, 3 for zstd."),
};
#undef F
const struct fields image_fields =
    FIELDS(struct image_file, "image", file_rows, .doc = "A container image.");

/* ---- checks across keys --------------------------------------------------------------------- */

static void check_layer(struct diags *ds, const struct image_layer *l, struct span span)
{
    int n = l->directory.set + l->program.set + l->bundle.set + l->requirements.set;
    if (n != 1)
        diag_error(ds, n ? "both-keys" : "missing-key", span,
                   "a layer has %s of directory, program, bundle and requirements",
                   n ? "exactly one" : "one");
    if (l->runtime.set && !l->requirements.set)
        diag_error(ds, "both-keys", l->runtime.span, "'runtime' is for requirements only");
}

static void check_level(struct diags *ds, const struct image_file *f)
{
    if (f->level.set && f->compression.v == IMAGE_GZIP && f->level.v > 12)
        diag_error(ds, "out-of-range", f->level.span, "level is %lld; gzip has 1 to 12",
                   (long long)f->level.v);
}

bool image_file_is(struct str name)
{
    return str_ends(name, S(".yaml")) || str_ends(name, S(".yml"));
}

const struct image_file *image_file_read(struct arena *a, struct diags *ds, struct str root,
                                         struct str path)
{
    static const char *const WRAPPERS[] = { "image", NULL };
    struct source *src = source_read(a, ds, NOWHERE, root, path);
    const struct node *n = src ? yaml_read(a, ds, src, NULL) : NULL;
    if (!n)
        return NULL;
    if (n->kind != NODE_MAP) {
        struct diag *d =
            diag_error(ds, "wrong-type", n->span, "the image file is %s; expected a map",
                       n->kind == NODE_NULL ? "empty" : node_kind_name(n));
        diag_help(d, "begin with 'image:' and below it 'layers:'");
        return NULL;
    }
    struct bind b = { .arena = a, .ds = ds };
    struct image_file *f = arena_make(a, struct image_file);
    struct bind_part part = { &image_fields, f };
    size_t before = ds->errors;
    if (!bind_parts(&b, n, WRAPPERS, &part, 1, S("the image")))
        return NULL;
    for (size_t i = 0; i < f->layers.n; i++)
        check_layer(ds, &((const struct image_layer *)f->layers.items)[i], f->layers.span);
    check_level(ds, f);
    return ds->errors == before ? f : NULL;
}

struct str image_text(struct arena *a, const struct node *n)
{
    char text[NUM_TEXT];
    switch (n->kind) {
    case NODE_STR:
        return n->str;
    case NODE_INT:
        return arena_str(a, (struct str){ text, num_put_int(text, n->integer) });
    case NODE_FLOAT:
        return arena_str(a, (struct str){ text, num_put_double(text, n->number) });
    case NODE_BOOL:
        return n->boolean ? S("true") : S("false");
    default:
        return (struct str){ 0 };
    }
}
