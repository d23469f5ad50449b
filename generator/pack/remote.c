#include "pack/remote.h"

#include "base/path.h"
#include "pack/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const int64_t PEACE_S =
    60; /* after a failure: a build has many bundles, and time-outs add up */
enum { ABSENT = 1, CHUNK = 64 << 10 };

static struct str remote_url(void)
{
    return str_from(getenv("STEPWRIGHT_CACHE_URL"));
}

/* Its time is that of the last failure of this remote. */
static struct str marker_path(const struct store *s)
{
    uint8_t digest[SHA256_BYTES];
    char hex[16];
    sha256(digest, remote_url());
    hex_put(hex, digest, sizeof hex / 2);
    return arena_printf(s->arena, "%.*s/remote-%.*s", STR(s->cache), (int)sizeof hex, hex);
}

bool remote_is_on(const struct store *s)
{
    if (!s->cache.n || remote_url().n == 0)
        return false;
    struct stamp failed = stamp_path(marker_path(s).p);
    return failed.inode == 0 || failed.mtime_ns / 1000000000 + PEACE_S < (int64_t)time(NULL);
}

/* "https://me:secret@host/x" without what is between the slashes and the '@'. */
static struct str shown_url(struct arena *a)
{
    struct str url = remote_url();
    size_t slashes = str_find(url, S("://"), 0);
    if (slashes == SIZE_MAX)
        return url;
    size_t slash = str_find_char(url, '/', slashes + 3);
    struct str host = str_sub(url, slashes + 3, slash == SIZE_MAX ? url.n : slash);
    size_t at = str_rfind_char(host, '@');
    return at == SIZE_MAX ? url
                          : arena_printf(a, "%.*s%.*s", (int)slashes + 3, url.p,
                                         STR(str_sub(url, slashes + 3 + at + 1, url.n)));
}

static void give_up(const struct store *s, struct diags *ds, struct str why)
{
    struct diags none;
    struct str marker = marker_path(s), url = shown_url(s->arena);
    diags_init(&none, s->arena);
    file_write(&none, marker, S(""));
    utimensat(AT_FDCWD, marker.p, NULL, 0);
    diag_help(diag_warning(ds, "remote-cache", (struct span){ 0 },
                           "the shared cache '%.*s' cannot be used: %.*s", STR(url), STR(why)),
              "the build goes on without it");
}

/* The program beside this one, or whichever PATH finds. */
static struct str helper(struct arena *a)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self);
    struct str own = { self, n > 0 && n < (ssize_t)sizeof self ? (size_t)n : 0 };
    struct str beside = path_join(a, path_dir(own), S("stepwright-aws"));
    return own.n && access(beside.p, X_OK) == 0 ? beside : S("stepwright-aws");
}

/* 0, ABSENT, or -1 after a warning. */
static int transfer(const struct store *s, struct diags *ds, const char *verb, struct str path,
                    struct str file)
{
    struct command c = { 0 };
    struct buf words;
    const struct str argv[] = { helper(s->arena), S("cache"), str_from(verb), path, file };
    for (size_t i = 0; i < sizeof argv / sizeof *argv; i++)
        command_add(s->arena, &c, argv[i]);
    buf_init(&words, 0);
    int status = command_status(s->arena, &c, &words);
    if (status != 0 && status != ABSENT) {
        struct str why = str_trim(buf_str(&words));
        give_up(s, ds, why.n ? why : S("stepwright-aws failed"));
        status = -1;
    }
    buf_done(&words);
    return status;
}

static struct str action_name(struct arena *a, const struct store_key *key)
{
    return arena_printf(a, "ac/%s", key->action);
}

static struct str blob_name(struct arena *a, struct str digest)
{
    return arena_printf(a, "cas/%.*s", STR(digest));
}

/* A file in the cache that a sweep removes if we do not. */
static struct str temporary(const struct store *s, const char *what)
{
    return arena_printf(s->arena, "%.*s/cas/.stepwright-%ld-%s.tmp", STR(s->cache), (long)getpid(),
                        what);
}

static bool digest_of(struct str path, uint8_t digest[static SHA256_BYTES])
{
    char chunk[CHUNK];
    int fd = open(path.p, O_RDONLY | O_CLOEXEC);
    struct sha256 *d = sha256_new();
    ssize_t got = -1;
    while (fd >= 0 && ((got = read(fd, chunk, sizeof chunk)) > 0 || (got < 0 && errno == EINTR)))
        if (got > 0)
            sha256_add(d, (struct str){ chunk, (size_t)got });
    if (fd >= 0)
        close(fd);
    sha256_take(d, digest);
    return got == 0;
}

/* The digest that a fetched action names; empty if it names none. */
static struct str read_digest(const struct store *s, struct str file)
{
    struct diags none;
    struct str text = { 0 }, root = { 0 };
    diags_init(&none, s->arena);
    if (!file_read(s->arena, &none, (struct span){ 0 }, root, file, SHA256_HEX + 1, &text))
        return (struct str){ 0 };
    text = str_trim(text);
    for (size_t i = 0; i < text.n; i++)
        if (!ascii_is_digit(text.p[i]) && (text.p[i] < 'a' || text.p[i] > 'f'))
            return (struct str){ 0 };
    return text.n == SHA256_HEX ? text : (struct str){ 0 };
}

/* The blob into `file`, and from there into the store if it is what it should be. */
static bool fetch_blob(const struct store *s, struct diags *ds, const struct store_key *key,
                       struct str digest, struct str file)
{
    uint8_t real[SHA256_BYTES];
    char hex[SHA256_HEX];
    if (transfer(s, ds, "get", blob_name(s->arena, digest), file) != 0)
        return false;
    if (!digest_of(file, real))
        return false;
    hex_put(hex, real, SHA256_BYTES);
    if (!str_eq(digest, (struct str){ hex, SHA256_HEX })) {
        give_up(s, ds,
                arena_printf(s->arena, "the blob %.*s is not what its name says", STR(digest)));
        return false;
    }
    store_keep(s, key, file, real);
    return true;
}

bool remote_fetch(const struct store *s, struct diags *ds, const struct store_key *key)
{
    struct diags none;
    struct str action = temporary(s, "action"), blob = temporary(s, "blob");
    diags_init(&none, s->arena);
    if (!remote_is_on(s) || !file_make_dirs(&none, path_dir(action)))
        return false;
    bool ok = transfer(s, ds, "get", action_name(s->arena, key), action) == 0;
    if (ok) {
        struct str digest = read_digest(s, action);
        ok = digest.n && fetch_blob(s, ds, key, digest, blob);
        if (!digest.n)
            give_up(s, ds, S("it answers with something that is no digest"));
    }
    unlink(action.p);
    unlink(blob.p);
    return ok;
}

void remote_keep(const struct store *s, struct diags *ds, const struct store_key *key,
                 struct str path, const uint8_t sha256[static SHA256_BYTES])
{
    struct diags none;
    char hex[SHA256_HEX];
    hex_put(hex, sha256, SHA256_BYTES);
    struct str digest = { hex, SHA256_HEX }, action = temporary(s, "action");
    diags_init(&none, s->arena);
    if (!remote_is_on(s) || str_eq(str_from(getenv("STEPWRIGHT_CACHE_PUT")), S("off")))
        return;
    /* The blob first: an action is there only when what it names is. */
    if (transfer(s, ds, "put", blob_name(s->arena, digest), path) == 0 &&
        file_write(&none, action, digest) != WRITE_FAILED)
        transfer(s, ds, "put", action_name(s->arena, key), action);
    unlink(action.p);
}
