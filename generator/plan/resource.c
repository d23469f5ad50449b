/* Resources, roles, assets and the names by which steps find them. */
#include "plan/plan.h"

#include "base/digest.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "base/path.h"

/* "my_table-2" → "MyTable2": letters and digits, words capitalised. */
static struct str camel_case(struct plan *p, struct str name)
{
    char *out = arena_alloc(p->arena, name.n + 1);
    size_t n = 0;
    bool up = true;
    for (size_t i = 0; i < name.n; i++) {
        if (!ascii_is_alnum(name.p[i])) {
            up = true;
            continue;
        }
        out[n++] = up ? ascii_upper(name.p[i]) : name.p[i];
        up = false;
    }
    return (struct str){ out, n };
}

struct str plan_placeholder_name(struct plan *p, struct str name, const char *suffix)
{
    return arena_printf(p->arena, "%.*s%s", STR(camel_case(p, name)), suffix);
}

/* Parameters of the template share the names of resources. */
static bool is_taken(const struct plan *p, struct str id)
{
    return str_eq(id, S("AssetBucket")) || str_eq(id, S(PLAN_IMAGE_REPOSITORY)) ||
           map_has(&p->logical_ids, id);
}

static struct str unique_id(struct plan *p, struct str name, const char *suffix)
{
    struct str base = plan_placeholder_name(p, name, suffix);
    if (base.n && ascii_is_digit(base.p[0]))
        base = arena_printf(p->arena, "N%.*s", STR(base));
    struct str id = base;
    for (int i = 2; is_taken(p, id); i++)
        id = arena_printf(p->arena, "%.*s%d", STR(base), i);
    return id;
}

struct resource *plan_add_resource(struct plan *p, struct str name, const char *suffix,
                                   const char *type, struct span span)
{
    struct resource *r = arena_make(p->arena, struct resource);
    r->id = unique_id(p, name, suffix);
    r->type = type;
    r->span = span;
    r->props = plan_map(p);
    map_put(p->arena, &p->logical_ids, r->id, r);
    vec_push(p->arena, &p->resources, r);
    return r;
}

void res_put(struct plan *p, struct resource *r, const char *key, struct node *value)
{
    plan_put(p, r->props, key, value);
}

void res_put_str(struct plan *p, struct resource *r, const char *key, struct vstr value)
{
    if (value.s.n)
        res_put(p, r, key, node_str(p->arena, value.span, value.s));
}

void res_put_int(struct plan *p, struct resource *r, const char *key, struct vint value)
{
    res_put(p, r, key, node_int(p->arena, value.span, value.v));
}

void res_put_bool(struct plan *p, struct resource *r, const char *key, struct vbool value)
{
    res_put(p, r, key, node_bool(p->arena, value.span, value.v));
}

/* ---- names ---------------------------------------------------------------------------------- */

static struct str known_key(struct plan *p, struct str name, const char *what)
{
    return arena_printf(p->arena, "%s %.*s", what, STR(name));
}

void plan_publish(struct plan *p, const struct item *it, struct resource *r, const char *what)
{
    struct known *k = arena_make(p->arena, struct known);
    *k = (struct known){ .item = it, .resource = r, .what = what };
    map_put(p->arena, &p->by_name, known_key(p, it->name.s, what), k);
}

struct resource *plan_lookup(const struct plan *p, struct str name, const char *what)
{
    for (size_t i = 0; i < p->by_name.n; i++) {
        struct known *k = p->by_name.entries[i].value;
        if (str_eq(k->item->name.s, name) && strcmp(k->what, what) == 0) {
            k->used = true;
            return k->resource;
        }
    }
    return NULL;
}

static const struct item *declared(const struct plan *p, struct str name)
{
    for (size_t i = 0; i < p->pipeline->resources.n; i++)
        if (str_eq(p->pipeline->resources.p[i]->name.s, name))
            return p->pipeline->resources.p[i];
    return NULL;
}

struct resource *plan_find(struct plan *p, struct vstr ref, const char *what)
{
    struct resource *r = plan_lookup(p, ref.s, what);
    if (r)
        return r;
    for (size_t i = 0; i < p->pipeline->broken.n; i++)
        if (str_eq(p->pipeline->broken.p[i], ref.s))
            return NULL; /* reported already */
    const struct item *other = declared(p, ref.s);
    struct diag *d =
        diag_error(p->ds, "unknown-reference", ref.span, "no %s is named '%.*s'", what, STR(ref.s));
    if (other && str_eq(str_from(what), str_from(other->kind->type))) {
        diag_help(d, "declare it before it is used");
        diag_note(d, other->name.span, "'%.*s' is declared here, further down", STR(ref.s));
    } else if (other) {
        diag_note(d, other->name.span, "'%.*s' is a %s", STR(ref.s), other->kind->type);
    } else {
        struct str near = plan_nearest(p, ref.s, what);
        if (near.n)
            diag_help(d, "did you mean '%.*s'?", STR(near));
        else
            diag_help(d, "declare one under aws_resources");
    }
    return NULL;
}

struct str plan_nearest(struct plan *p, struct str ref, const char *what)
{
    VEC(struct str) names = { 0 };
    for (size_t i = 0; i < p->by_name.n; i++) {
        const struct known *k = p->by_name.entries[i].value;
        if (strcmp(k->what, what) == 0)
            vec_push(p->arena, &names, k->item->name.s);
    }
    size_t near = diag_nearest(ref, names.p, names.n);
    return near == SIZE_MAX ? (struct str){ 0 } : names.p[near];
}

/* ---- assets --------------------------------------------------------------------------------- */

static void put_image(struct buf *out, const struct image *im)
{
    struct json_writer w;
    buf_printf(out, "\n%.*s\n%.*s\n%.*s\n", STR(im->file), STR(im->target), STR(im->platform));
    json_writer_init(&w, out, 0);
    if (im->build_args)
        json_node(&w, im->build_args);
}

static struct str digest_text(struct plan *p, const struct asset *as)
{
    struct buf text;
    uint8_t digest[SHA256_BYTES];
    char *hex = arena_alloc(p->arena, SHA256_HEX);
    buf_init(&text, 0);
    buf_printf(&text, "%.*s\n%.*s\n%.*s", STR(as->dir), STR(as->command), STR(as->runtime));
    if (as->architecture.n)
        buf_printf(&text, "\n%.*s", STR(as->architecture));
    if (as->kind == ASSET_IMAGE)
        put_image(&text, &as->image);
    sha256(digest, buf_str(&text));
    hex_put(hex, digest, SHA256_BYTES);
    buf_done(&text);
    return (struct str){ hex, SHA256_HEX };
}

static bool is_plain_image(const struct image *im)
{
    return str_eq(im->file, S("Dockerfile")) && str_eq(im->platform, S("linux/amd64")) &&
           !im->target.n && !im->build_args;
}

/* The id names the bundle in file names and CMake variables, the same one in every pipeline: the
 * folder below customcode/ with dots for slashes, and a digest where that alone would not tell two
 * bundles apart. */
static struct str asset_id(struct plan *p, const struct asset *as)
{
    struct str dir = as->dir;
    struct str tail = str_starts(dir, S("customcode/")) ? str_sub(dir, 11, dir.n) : dir;
    bool plain = tail.n != dir.n && !as->command.n && !as->runtime.n && !as->architecture.n;
    if (as->kind == ASSET_IMAGE)
        plain = plain && is_plain_image(&as->image);
    char *out = arena_alloc(p->arena, tail.n + 1);
    for (size_t i = 0; i < tail.n; i++) {
        char c = tail.p[i];
        bool keep = ascii_is_alnum(c) || c == '_' || c == '-';
        plain = plain && (keep || c == '/');
        out[i] = c == '/' ? '.' : keep ? c : '_';
    }
    struct str id = { out, tail.n };
    if (as->kind == ASSET_FILE) { /* the last dot is the extension's */
        size_t dot = str_rfind_char(path_base(dir), '.');
        size_t cut = dot == SIZE_MAX ? tail.n : tail.n - path_base(dir).n + dot;
        return arena_printf(p->arena, "%.*s-%.*s%.*s", (int)cut, out, 8, digest_text(p, as).p,
                            (int)(tail.n - cut), tail.p + cut);
    }
    if (as->executable.n)
        id = arena_printf(p->arena, "%.*s.%.*s", STR(id), STR(as->executable));
    if (as->kind == ASSET_IMAGE)
        id = arena_printf(p->arena, "%.*s.image", STR(id));
    if (plain)
        return id;
    return arena_printf(p->arena, "%.*s-%.*s", STR(id), 8, digest_text(p, as).p);
}

static struct asset *add_asset(struct plan *p, struct asset wanted)
{
    wanted.id = asset_id(p, &wanted);
    struct asset *known = map_get(&p->asset_ids, wanted.id);
    if (known)
        return known;
    struct asset *as = arena_make(p->arena, struct asset);
    *as = wanted;
    map_put(p->arena, &p->asset_ids, as->id, as);
    vec_push(p->arena, &p->assets, as);
    return as;
}

struct asset *plan_add_asset(struct plan *p, struct vstr dir, struct str executable)
{
    return add_asset(
        p, (struct asset){
               .kind = ASSET_ZIP, .dir = dir.s, .span = dir.span, .executable = executable });
}

struct asset *plan_add_layer_asset(struct plan *p, struct vstr dir, const struct layer_code *code)
{
    return add_asset(p, (struct asset){ .kind = ASSET_LAYER,
                                        .dir = dir.s,
                                        .span = dir.span,
                                        .command = code->command,
                                        .runtime = code->runtime,
                                        .architecture = code->architecture });
}

struct asset *plan_add_file_asset(struct plan *p, struct vstr path)
{
    return add_asset(p, (struct asset){ .kind = ASSET_FILE, .dir = path.s, .span = path.span });
}

/* "Load it" → "load-it", so that a file's name is plain. */
static struct str file_name(struct plan *p, struct str name)
{
    char *out = arena_alloc(p->arena, name.n);
    for (size_t i = 0; i < name.n; i++) {
        bool plain = ascii_is_alnum(name.p[i]) || name.p[i] == '_' || name.p[i] == '-';
        out[i] = plain ? ascii_lower(name.p[i]) : '-';
    }
    return (struct str){ out, name.n };
}

static bool has_text(const struct plan *p, struct str suffix)
{
    for (size_t i = 0; i < p->texts.n; i++)
        if (str_eq(p->texts.p[i].suffix, suffix))
            return true;
    return false;
}

struct node *plan_add_text(struct plan *p, struct str name, const char *extension, struct str text)
{
    struct str plain = file_name(p, name);
    struct text_asset t = { arena_printf(p->arena, "%.*s.%s", STR(plain), extension), text };
    for (int i = 2; has_text(p, t.suffix); i++)
        t.suffix = arena_printf(p->arena, "%.*s-%d.%s", STR(plain), i, extension);
    vec_push(p->arena, &p->texts, t);
    struct node *key = plan_map(p);
    plan_put(p, key, PLAN_FILE_KEY, plan_str(p, t.suffix));
    return key;
}

/* ---- files that are read ------------------------------------------------------------------- */

struct source *plan_read_text(struct plan *p, struct vstr path, const struct node *variables)
{
    const struct documents *d = p->pipeline->documents;
    return d->text(d->ctx, path, variables);
}

struct node *plan_read_yaml(struct plan *p, struct vstr path, const struct node *variables,
                            struct node **own)
{
    const struct documents *d = p->pipeline->documents;
    return d->yaml(d->ctx, path, variables, own);
}

struct asset *plan_add_image_asset(struct plan *p, struct vstr dir, struct image image)
{
    return add_asset(
        p, (struct asset){ .kind = ASSET_IMAGE, .dir = dir.s, .span = dir.span, .image = image });
}

struct str plan_asset_kind_name(enum asset_kind kind)
{
    switch (kind) {
    case ASSET_ZIP:
        return S("zip");
    case ASSET_LAYER:
        return S("layer");
    case ASSET_FILE:
        return S("file");
    case ASSET_IMAGE:
        return S("image");
    }
    UNREACHABLE();
}

void plan_need_file(struct plan *p, struct str folder, struct str name, struct span span)
{
    struct needed_file f = { path_clean(p->arena, path_join(p->arena, folder, name)), span };
    vec_push(p->arena, &p->needed, f);
}
