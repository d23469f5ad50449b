#include "pack/store.h"

#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- keys ---- */

static void add_number(struct sha256 *d, uint64_t v)
{
    char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (char)(v >> (8 * i) & 0xFF);
    sha256_add(d, (struct str){ bytes, sizeof bytes });
}

static void add_text(struct sha256 *d, struct str s)
{
    add_number(d, s.n);
    sha256_add(d, s);
}

static void take_hex(struct sha256 *d, char hex[static SHA256_HEX + 1])
{
    uint8_t digest[SHA256_BYTES];
    sha256_take(d, digest);
    hex_put(hex, digest, SHA256_BYTES);
    hex[SHA256_HEX] = '\0';
}

void store_key(struct store_key *key, struct str codec, const struct tree *t,
               const struct zip_packed *packed, bool digests)
{
    struct sha256 *shape = sha256_new(), *action = digests ? sha256_new() : NULL;
    add_text(shape, codec);
    add_number(shape, t->n);
    for (size_t i = 0; i < t->n; i++) {
        const struct tree_file *f = &t->files[i];
        add_text(shape, tree_path(f));
        add_number(shape, f->stamp.size << 1 | (f->executable || f->started));
        if (digests)
            sha256_add(action, (struct str){ (const char *)packed[i].digest, SHA256_BYTES });
    }
    take_hex(shape, key->shape);
    key->action[0] = '\0';
    if (digests) {
        sha256_add(action, (struct str){ key->shape, SHA256_HEX });
        take_hex(action, key->action);
    }
}

void store_key_of(struct store_key *key, struct str kind, struct str recipe)
{
    struct sha256 *shape = sha256_new(), *action = sha256_new();
    add_text(shape, kind);
    take_hex(shape, key->shape);
    add_text(action, kind);
    add_text(action, recipe);
    take_hex(action, key->action);
}

/* Of the action that says no more than that the blob is of use. */
static void blob_key(struct store_key *key, struct str digest)
{
    store_key_of(key, S("blob"), digest);
}

/* ---- places ---- */

static struct str blob_path(const struct store *s, struct str hex)
{
    return arena_printf(s->arena, "%.*s/cas/%.2s/%.*s", STR(s->cache), hex.p, (int)hex.n - 2,
                        hex.p + 2);
}

static struct str shape_path(const struct store *s, const struct store_key *key)
{
    return arena_printf(s->arena, "%.*s/ac/%.2s/%s", STR(s->cache), key->shape, key->shape + 2);
}

static struct str action_path(const struct store *s, const struct store_key *key)
{
    return path_join(s->arena, shape_path(s, key), str_from(key->action));
}

/* ---- reading ---- */

bool store_knows_shape(const struct store *s, const struct store_key *key)
{
    return s->cache.n && access(shape_path(s, key).p, F_OK) == 0;
}

static bool is_digest(struct str hex)
{
    size_t i = 0;
    while (i < hex.n && (ascii_is_digit(hex.p[i]) || (hex.p[i] >= 'a' && hex.p[i] <= 'f')))
        i++;
    return i == hex.n && i == SHA256_HEX;
}

static bool are_digests(struct str lines)
{
    struct str line;
    while (str_split(&lines, '\n', &line))
        if (!is_digest(line))
            return false;
    return true;
}

struct str store_recall(const struct store *s, const struct store_key *key)
{
    char text[STORE_MAX_BLOBS * (SHA256_HEX + 1)];
    int fd = s->cache.n ? open(action_path(s, key).p, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    if (fd < 0)
        return (struct str){ 0 };
    ssize_t n = read(fd, text, sizeof text);
    struct str digests = { text, n > 0 ? (size_t)n : 0 };
    bool good = digests.n && are_digests(digests);
    if (good)
        futimens(fd, NULL); /* of use today; where it may not be, it just ages */
    close(fd);
    return good ? arena_str(s->arena, digests) : (struct str){ 0 };
}

struct str store_find(const struct store *s, struct str digest)
{
    struct store_key key;
    struct str path = s->cache.n && is_digest(digest) ? blob_path(s, digest) : (struct str){ 0 };
    if (path.n == 0 || access(path.p, R_OK) != 0)
        return (struct str){ 0 };
    blob_key(&key, digest);
    store_recall(s, &key);
    return path;
}

void store_drop(const struct store *s, struct str digest)
{
    if (s->cache.n && is_digest(digest))
        unlink(blob_path(s, digest).p);
}

bool store_load(const struct store *s, struct str digest, struct sink *out)
{
    char real[SHA256_HEX + 1] = "";
    struct stat st;
    int fd = s->cache.n && is_digest(digest)
                 ? open(blob_path(s, digest).p, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
                 : -1;
    if (fd < 0)
        return false;
    bool read = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    if (read)
        sink_copy(out, fd, 0, (uint64_t)st.st_size);
    close(fd);
    sink_digest(out, real);
    bool whole = read && str_eq(digest, str_from(real));
    if (!whole && !out->error) /* what could not be written says nothing of the blob */
        store_drop(s, digest);
    return whole;
}

bool store_fetch(const struct store *s, const struct store_key *key, struct sink *out)
{
    return store_load(s, store_recall(s, key), out);
}

/* ---- keeping ---- */

void store_note(const struct store *s, const struct store_key *key, struct str digests)
{
    struct diags none; /* a cache that cannot be filled is no error */
    diags_init(&none, s->arena);
    if (s->cache.n)
        file_write(&none, action_path(s, key), digests);
}

/* A second name for the file costs nothing; where that cannot be, a copy. */
static bool keep_blob(const struct store *s, struct str path, struct str blob)
{
    struct diags none;
    struct sink copy;
    struct stat st;
    diags_init(&none, s->arena);
    if (!file_make_dirs(&none, path_dir(blob)))
        return false;
    if (link(path.p, blob.p) == 0 || errno == EEXIST)
        return true;
    int fd = open(path.p, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fstat(fd, &st) == 0 && sink_open(&copy, s->arena, &none, blob);
    if (ok) {
        sink_copy(&copy, fd, 0, (uint64_t)st.st_size);
        ok = sink_publish(&copy, &none);
    }
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool keep(const struct store *s, struct str digest, struct str path)
{
    return s->cache.n && is_digest(digest) &&
           keep_blob(s, arena_str(s->arena, path), blob_path(s, digest));
}

bool store_put(const struct store *s, struct str digest, struct str path)
{
    struct store_key key;
    blob_key(&key, digest);
    bool kept = keep(s, digest, path);
    if (kept)
        store_note(s, &key, digest);
    return kept;
}

void store_keep(const struct store *s, const struct store_key *key, struct str path,
                const uint8_t sha256[static SHA256_BYTES])
{
    char hex[SHA256_HEX];
    hex_put(hex, sha256, SHA256_BYTES);
    struct str digest = { hex, SHA256_HEX };
    if (keep(s, digest, path))
        store_note(s, key, digest);
}
