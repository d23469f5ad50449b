#include "fake_registry.h"

#include "base/digest.h"
#include "base/json.h"
#include "base/num.h"

struct call {
    struct fake_registry *f;
    struct arena *arena;
    const struct server_request *q;
    struct str repository, kind, reference; /* /v2/<repository>/<kind>/<reference> */
};

static struct str digest_of(struct arena *a, struct str bytes)
{
    uint8_t digest[SHA256_BYTES];
    char *text = arena_alloc(a, 7 + SHA256_HEX);
    sha256(digest, bytes);
    memcpy(text, "sha256:", 7);
    hex_put(text + 7, digest, SHA256_BYTES);
    return (struct str){ text, 7 + SHA256_HEX };
}

static struct str key_of(struct arena *a, struct str repository, struct str reference)
{
    return arena_printf(a, "%.*s %.*s", STR(repository), STR(reference));
}

static struct str *find(struct map *m, struct call *c, struct str reference)
{
    return map_get(m, key_of(c->arena, c->repository, reference));
}

static void keep(struct call *c, struct map *m, struct str reference, struct str bytes)
{
    struct str *copy = arena_make(&c->f->arena, struct str);
    *copy = arena_str(&c->f->arena, bytes);
    map_put(&c->f->arena, m, key_of(&c->f->arena, c->repository, reference), copy);
}

static struct server_reply error(struct call *c, unsigned status, const char *code)
{
    return (struct server_reply){
        .status = status,
        .type = "application/json",
        .foreign = true,
        .body = arena_printf(c->arena, "{\"errors\":[{\"code\":\"%s\",\"message\":\"so it is\"}]}",
                             code),
    };
}

/* ---- who asks ------------------------------------------------------------------------------- */

static struct server_reply ask_who(struct call *c)
{
    struct server_reply r = error(c, 401, "UNAUTHORIZED");
    struct str url = server_url(c->f->server);
    r.headers = c->f->tokens ? arena_printf(c->arena,
                                            "WWW-Authenticate: Bearer realm=\"%.*s/token\","
                                            "service=\"fake\",scope=\"repository:x:pull\"\r\n",
                                            STR(url))
                             : S("WWW-Authenticate: Basic realm=\"a \\\"quoted\\\" realm\"\r\n");
    return r;
}

static bool is_known(struct call *c)
{
    struct str said = server_header(c->q, "Authorization");
    if (!c->f->password)
        return true;
    if (c->f->tokens)
        return str_eq(said, S("Bearer a-token"));
    return str_eq(said, arena_printf(c->arena, "Basic %s", c->f->password));
}

static struct server_reply give_token(struct call *c)
{
    struct str said = server_header(c->q, "Authorization");
    if (!str_eq(said, arena_printf(c->arena, "Basic %s", c->f->password)))
        return error(c, 401, "UNAUTHORIZED");
    return (struct server_reply){ .type = "application/json",
                                  .foreign = true,
                                  .body = S("{\"access_token\":\"a-token\"}") };
}

/* ---- blobs ---------------------------------------------------------------------------------- */

static struct str lie_about(struct call *c, struct str bytes)
{
    enum registry_lie lie = c->f->lie;
    if (lie == LIE_SHORT)
        return str_sub(bytes, 0, bytes.n / 2);
    if (lie == LIE_LONG)
        return arena_printf(c->arena, "%.*s and more", STR(bytes));
    if (lie != LIE_BLOB || !bytes.n)
        return bytes;
    struct str other = arena_str(c->arena, bytes);
    ((char *)other.p)[other.n / 2] ^= 1;
    return other;
}

static struct server_reply give_part(struct call *c, struct str bytes)
{
    struct server_reply r = { .type = "application/octet-stream", .foreign = true, .body = bytes };
    struct str range = server_header(c->q, "Range");
    int64_t from;
    if (!c->f->ranges || !str_starts(range, S("bytes=")) ||
        !num_get_int(str_sub(range, 6, range.n - 1), &from) || from >= (int64_t)bytes.n)
        return r;
    r.status = 206;
    r.body = str_sub(bytes, (size_t)from, bytes.n);
    return r;
}

static struct server_reply give_blob(struct call *c)
{
    struct str *bytes = find(&c->f->blobs, c, c->reference);
    bool head = str_eq(c->q->method, S("HEAD"));
    if (head && c->f->lie == LIE_HAVE)
        return (struct server_reply){
            .foreign = true,
            .headers = arena_printf(c->arena, "Docker-Content-Digest: %.*s\r\n", STR(c->reference)),
        };
    if (!bytes)
        return error(c, 404, "BLOB_UNKNOWN");
    if (head || !c->f->storage.n)
        return give_part(c, lie_about(c, *bytes));
    struct server_reply r = { .status = 307, .foreign = true };
    r.headers = arena_printf(c->arena, "Location: %.*s/v2/%.*s/blobs/%.*s\r\n", STR(c->f->storage),
                             STR(c->repository), STR(c->reference));
    return r;
}

static struct server_reply begin_upload(struct call *c)
{
    struct server_reply r = { .status = 202, .foreign = true };
    struct str mount = server_parameter(c->arena, c->q->query, "mount", NULL);
    struct str from = server_parameter(c->arena, c->q->query, "from", NULL);
    struct str *bytes = mount.n ? map_get(&c->f->blobs, key_of(c->arena, from, mount)) : NULL;
    if (bytes && !c->f->ecr) {
        keep(c, &c->f->blobs, mount, *bytes);
        r.status = 201;
        return r;
    }
    struct str base = c->f->ecr ? S("") : server_url(c->f->server);
    r.headers = arena_printf(c->arena, "Location: %.*s/v2/%.*s/blobs/uploads/%zu%s\r\n", STR(base),
                             STR(c->repository), ++c->f->uploads, c->f->ecr ? "" : "?state=x%2By");
    return r;
}

static struct server_reply end_upload(struct call *c)
{
    struct str said = server_parameter(c->arena, c->q->query, "digest", NULL);
    if (!str_eq(said, digest_of(c->arena, c->q->body)))
        return error(c, 400, "DIGEST_INVALID");
    keep(c, &c->f->blobs, said, c->q->body);
    return (struct server_reply){ .status = 201, .foreign = true };
}

/* ---- manifests ------------------------------------------------------------------------------ */

static struct server_reply give_manifest(struct call *c)
{
    struct str *bytes = find(&c->f->manifests, c, c->reference);
    struct str *type = find(&c->f->types, c, c->reference);
    if (!bytes)
        return error(c, 404, "MANIFEST_UNKNOWN");
    struct server_reply r = { .type = arena_str(c->arena, *type).p,
                              .foreign = true,
                              .body = *bytes };
    r.headers =
        arena_printf(c->arena, "Docker-Content-Digest: %.*s\r\n", STR(digest_of(c->arena, *bytes)));
    if (c->f->lie == LIE_MANIFEST)
        r.body = arena_printf(c->arena, "%.*s\n", STR(*bytes));
    return r;
}

/* Whether all that the document names is there. */
static bool has_parts(struct call *c, struct str text, const char *key)
{
    size_t error_at;
    bool all = true;
    struct val v = json_parse_val(text, &error_at);
    struct val list = v.kind == VAL_MAP ? peek_get(v, str_from(key)) : (struct val){ 0 };
    for (size_t i = 0; list.kind == VAL_LIST && i < peek_count(list); i++) {
        struct val digest = peek_get(peek_item(list, i), S("digest"));
        struct map *where = strcmp(key, "layers") == 0 ? &c->f->blobs : &c->f->manifests;
        all = all && digest.kind == VAL_STR && find(where, c, peek_str(digest));
    }
    struct val config = v.kind == VAL_MAP ? peek_get(v, S("config")) : (struct val){ 0 };
    if (config.kind == VAL_MAP)
        all = all && find(&c->f->blobs, c, peek_str(peek_get(config, S("digest"))));
    val_free(v);
    return all;
}

static struct server_reply take_manifest(struct call *c)
{
    struct str digest = digest_of(c->arena, c->q->body);
    struct str type = server_header(c->q, "Content-Type");
    struct str *known = find(&c->f->manifests, c, c->reference);
    if (str_starts(c->reference, S("sha256:")) && !str_eq(c->reference, digest))
        return error(c, 400, "DIGEST_INVALID");
    if (!has_parts(c, c->q->body, "layers") || !has_parts(c, c->q->body, "manifests"))
        return error(c, 404, "MANIFEST_BLOB_UNKNOWN");
    if (c->f->ecr && known)
        return error(c, 400, "ImageTagAlreadyExistsException");
    keep(c, &c->f->manifests, c->reference, c->q->body);
    keep(c, &c->f->manifests, digest, c->q->body);
    keep(c, &c->f->types, c->reference, type);
    keep(c, &c->f->types, digest, type);
    struct server_reply r = { .status = 201, .foreign = true };
    if (c->f->lie == LIE_TAKEN)
        digest = digest_of(c->arena, S("another"));
    r.headers = arena_printf(c->arena, "Docker-Content-Digest: %.*s\r\n", STR(digest));
    return r;
}

/* ---- the whole ------------------------------------------------------------------------------ */

/* /v2/<repository>/<kind>/<reference>; a repository has slashes of its own. */
static bool take_apart(struct call *c)
{
    static const struct str KINDS[] = { S_INIT("/blobs/uploads/"), S_INIT("/blobs/"),
                                        S_INIT("/manifests/") };
    struct str path = c->q->path;
    if (!str_starts(path, S("/v2/")))
        return false;
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        size_t at = str_find(path, KINDS[i], 3);
        if (at == SIZE_MAX)
            continue;
        c->repository = str_sub(path, 4, at);
        c->kind = KINDS[i];
        c->reference = str_sub(path, at + KINDS[i].n, path.n);
        return true;
    }
    return false;
}

static struct server_reply answer(void *self, struct arena *a, const struct server_request *q)
{
    struct call c = { .f = self, .arena = a, .q = q };
    bool get = str_eq(q->method, S("GET")) || str_eq(q->method, S("HEAD"));
    if (!c.f->password && server_header(q, "Authorization").n)
        c.f->leaks++;
    if (str_eq(q->path, S("/token")))
        return give_token(&c);
    if (!is_known(&c))
        return ask_who(&c);
    if (!take_apart(&c))
        return error(&c, 404, "NAME_UNKNOWN");
    if (str_eq(c.kind, S("/blobs/uploads/")))
        return str_eq(q->method, S("POST")) ? begin_upload(&c) : end_upload(&c);
    if (str_eq(c.kind, S("/blobs/")))
        return give_blob(&c);
    return get ? give_manifest(&c) : take_manifest(&c);
}

void fake_registry_start(struct fake_registry *f)
{
    *f = (struct fake_registry){ 0 };
    f->server = server_start(answer, f);
}

void fake_registry_stop(struct fake_registry *f)
{
    server_stop(f->server);
    arena_done(&f->arena);
}

bool fake_registry_is_whole(struct fake_registry *f)
{
    struct arena scratch = { 0 };
    bool whole = true;
    for (size_t i = 0; i < f->blobs.n; i++) {
        struct str digest = digest_of(&scratch, *(struct str *)f->blobs.entries[i].value);
        whole = whole && str_ends(f->blobs.entries[i].key, digest);
    }
    for (size_t i = 0; i < f->manifests.n; i++) {
        struct str key = f->manifests.entries[i].key;
        struct call c = { .f = f,
                          .arena = &scratch,
                          .repository = str_sub(key, 0, str_find_char(key, ' ', 0)) };
        struct str text = *(struct str *)f->manifests.entries[i].value;
        whole = whole && has_parts(&c, text, "layers") && has_parts(&c, text, "manifests");
    }
    arena_done(&scratch);
    return whole;
}
