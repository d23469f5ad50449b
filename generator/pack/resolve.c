#include "pack/resolve.h"

#include "base/depfile.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/path.h"
#include "pack/command.h"
#include "pack/content.h"
#include "pack/folder.h"
#include "pack/normalise.h"
#include "pack/resolve_python.h"
#include "pack/resolve_store.h"
#include "pack/tree.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct span NOWHERE;

struct resolving {
    struct arena *arena;
    struct diags *diags;
    const struct resolve_options *options;
    struct str work; /* where the tree is gathered until it is whole */
    struct sha256 *key;
    struct reads reads;
    bool locked; /* the same request is always answered by the same packages */
};

/* ---- what it is made of ---- */

static void key_text(struct resolving *r, struct str s)
{
    char size[NUM_TEXT];
    sha256_add(r->key, (struct str){ size, num_put_int(size, (int64_t)s.n) });
    sha256_add(r->key, S(" "));
    sha256_add(r->key, s);
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static struct str in_layer(struct resolving *r, struct str name)
{
    return path_join(r->arena, r->options->dir, path_clean(r->arena, name));
}

/* Names and contents of all files of a folder. */
static bool key_folder(struct resolving *r, struct str dir)
{
    struct tree t;
    struct tree_root root = { dir, S(""), -1, false };
    bool ok = tree_scan(&t, r->arena, r->diags, &root, 1);
    for (size_t i = 0; i < t.folders.n; i++)
        reads_add(&r->reads, tree_folder_path(r->arena, &t, &t.folders.p[i]));
    for (size_t i = 0; i < t.n && ok; i++) {
        uint8_t digest[SHA256_BYTES];
        struct str path = tree_full_path(r->arena, &t, &t.files[i]);
        ok = content_digest(&t, &t.files[i], digest);
        if (!ok)
            diag_world(r->diags, "cannot-read", NOWHERE, "cannot read '%.*s'", STR(path));
        reads_add(&r->reads, path);
        key_text(r, tree_path(&t.files[i]));
        key_text(r, t.files[i].executable ? S("x") : S("-"));
        sha256_add(r->key, (struct str){ (const char *)digest, sizeof digest });
    }
    tree_done(&t);
    return ok;
}

static bool key_file(struct resolving *r, struct str path, struct str *text)
{
    struct str none = { 0 };
    reads_add(&r->reads, path);
    if (!file_read(r->arena, r->diags, NOWHERE, none, path, LIMIT_SOURCE_BYTES, text))
        return false;
    key_text(r, *text);
    return true;
}

static bool key_requirements(struct resolving *r, struct str path, int depth);

/* What a word of requirements.txt names, if it names a file or folder of the layer: a wheel, a
 * folder of wheels, more requirements. */
static bool key_word(struct resolving *r, struct str word, struct str option, int depth)
{
    size_t equals = str_find_char(word, '=', 0);
    if (str_starts(word, S("-")) && equals != SIZE_MAX)
        word = str_sub(word, equals + 1, word.n);
    if (str_starts(word, S("file:")))
        word = str_sub(word, 5, word.n);
    if (word.n == 0 || path_escapes(path_clean(r->arena, word)))
        return true;
    struct str path = in_layer(r, word), text;
    if (str_eq(option, S("-r")) || str_eq(option, S("--requirement")) || str_eq(option, S("-c")) ||
        str_eq(option, S("--constraint")))
        return key_requirements(r, path, depth + 1);
    if (is_folder(path.p))
        return key_folder(r, path);
    return !is_file(path.p) || key_file(r, path, &text);
}

/* A requirement, which may go on in further lines, without a hash: what comes of it depends on the
 * day. */
struct lock_check {
    bool wanted, found, goes_on;
};

static void check_lock(struct resolving *r, struct lock_check *l, struct str line)
{
    if (!l->goes_on)
        *l = (struct lock_check){ .wanted = line.n && line.p[0] != '#' && line.p[0] != '-' };
    l->found = l->found || str_find(line, S("--hash="), 0) != SIZE_MAX;
    l->goes_on = str_ends(line, S("\\"));
    if (!l->goes_on && l->wanted && !l->found)
        r->locked = false;
}

static bool key_requirements(struct resolving *r, struct str path, int depth)
{
    struct str text, line;
    struct lock_check lock = { 0 };
    bool ok = depth < LIMIT_INCLUDE_DEPTH && key_file(r, path, &text);
    while (ok && str_split(&text, '\n', &line)) {
        struct str rest = str_trim(line), word, option = { 0 };
        check_lock(r, &lock, rest);
        while (ok && rest.n && rest.p[0] != '#' && str_split(&rest, ' ', &word)) {
            ok = key_word(r, str_trim(word), option, depth);
            option = word;
        }
    }
    return ok;
}

enum { HAS_PYTHON = 1, HAS_NODE = 2, HAS_COMMAND = 4 };

/* What the folder asks for, and the key that two equal requests share; -1 after a diagnostic. */
static int find_requests(struct resolving *r)
{
    const struct resolve_options *o = r->options;
    struct str requirements = in_layer(r, S("requirements.txt"));
    struct str package = in_layer(r, S("package.json")), lock = in_layer(r, S("package-lock.json"));
    struct str text;
    int found = 0;
    r->locked = o->command.n == 0;
    key_text(r, S("resolve 1"));
    key_text(r, o->runtime);
    key_text(r, o->architecture);
    key_text(r, o->command);
    reads_add(&r->reads, o->dir);
    if (!is_folder(arena_str(r->arena, o->dir).p)) {
        diag_error(r->diags, "no-file", NOWHERE, "folder '%.*s' does not exist", STR(o->dir));
        return -1;
    }
    if (o->command.n)
        return key_folder(r, o->dir) ? HAS_COMMAND : -1;
    if (is_file(requirements.p)) {
        found |= HAS_PYTHON;
        if (!key_requirements(r, requirements, 0))
            return -1;
    }
    if (is_file(package.p)) {
        found |= HAS_NODE;
        if (!is_file(lock.p)) {
            diag_help(diag_error(r->diags, "no-lock", NOWHERE,
                                 "'%.*s' has no package-lock.json beside it", STR(package)),
                      "make it with: npm install --package-lock-only");
            return -1;
        }
        if (!key_file(r, package, &text) || !key_file(r, lock, &text))
            return -1;
    }
    return found;
}

/* ---- Node ---- */

static bool copy_into(struct resolving *r, struct str name, struct str dir)
{
    struct str text, none = { 0 };
    return file_read(r->arena, r->diags, NOWHERE, none, in_layer(r, name), LIMIT_SOURCE_BYTES,
                     &text) &&
           file_write(r->diags, path_join(r->arena, dir, name), text) != WRITE_FAILED;
}

/* Packages of the lock that are files of the layer: "resolved": "file:vendor/x.tgz". */
static bool copy_vendored(struct resolving *r, struct str dir)
{
    struct str text, none = { 0 };
    if (!file_read(r->arena, r->diags, NOWHERE, none, in_layer(r, S("package-lock.json")),
                   LIMIT_SOURCE_BYTES, &text))
        return false;
    for (size_t at = 0; (at = str_find(text, S("\"file:"), at)) != SIZE_MAX;) {
        at += 6;
        size_t end = str_find_char(text, '"', at);
        struct str name = str_sub(text, at, end == SIZE_MAX ? at : end);
        struct str path = in_layer(r, name);
        if (name.n && !path_escapes(path_clean(r->arena, name)) && is_file(path.p) &&
            !copy_into(r, name, dir))
            return false;
    }
    return true;
}

static bool resolve_node(struct resolving *r)
{
    struct str dir = path_join(r->arena, r->work, S("nodejs"));
    struct command c = { .dir = dir };
    bool arm = str_eq(r->options->architecture, S("arm64"));
    const struct str words[] = {
        S("npm"),
        S("ci"),
        S("--omit=dev"),
        S("--ignore-scripts"),
        S("--no-audit"),
        S("--no-fund"),
        S("--no-bin-links"),
        S("--os=linux"),
        S("--libc=glibc"),
        arm ? S("--cpu=arm64") : S("--cpu=x64"),
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        command_add(r->arena, &c, words[i]);
    struct str what =
        arena_printf(r->arena, "install what '%.*s' requires", STR(in_layer(r, S("package.json"))));
    return file_make_dirs(r->diags, dir) && copy_into(r, S("package.json"), dir) &&
           copy_into(r, S("package-lock.json"), dir) && copy_vendored(r, dir) &&
           command_run(r->arena, r->diags, &c, what) && normalise_node(r->arena, r->diags, dir);
}

/* ---- commands ---- */

static bool resolve_command(struct resolving *r)
{
    struct str in = arena_printf(r->arena, "%.*s-input", STR(r->work));
    struct command c = { .input = path_absolute(r->arena, in).p,
                         .output = path_absolute(r->arena, r->work).p };
    struct str what = arena_printf(r->arena, "make the layer '%.*s'", STR(r->options->dir));
    bool ok = folder_delete(r->arena, r->diags, in) &&
              folder_copy(r->arena, r->diags, r->options->dir, in) &&
              command_shell(r->arena, r->diags, &c, r->options->command, what);
    return folder_delete(r->arena, r->diags, in) && ok &&
           normalise_python(r->arena, r->diags, path_join(r->arena, r->work, S("python")));
}

/* ---- the whole ---- */

static struct str record_text(struct resolving *r, const char *key, const char *tree, size_t files)
{
    return arena_printf(r->arena,
                        "{\n  \"key\": \"%.*s\",\n  \"tree\": \"%.*s\",\n  \"files\": %zu\n}\n",
                        SHA256_HEX, key, SHA256_HEX, tree, files);
}

/* Whether the record tells of that key, and the tree is there. */
static bool is_done(struct resolving *r, const char *key)
{
    struct diags none;
    struct str text, nowhere = { 0 };
    diags_init(&none, r->arena);
    return is_folder(arena_str(r->arena, r->options->out).p) &&
           file_read(r->arena, &none, NOWHERE, nowhere, r->options->record, 1 << 16, &text) &&
           str_find(text, (struct str){ key, SHA256_HEX }, 0) != SIZE_MAX;
}

static bool gather(struct resolving *r, int requests)
{
    return folder_delete(r->arena, r->diags, r->work) && file_make_dirs(r->diags, r->work) &&
           (!(requests & HAS_PYTHON) || resolve_python(r->arena, r->diags, r->options, r->work)) &&
           (!(requests & HAS_NODE) || resolve_node(r)) &&
           (!(requests & HAS_COMMAND) || resolve_command(r));
}

/* The digest of what was gathered, before it takes its place. */
static bool digest_tree(struct resolving *r, char hex[static SHA256_HEX], size_t *files)
{
    struct tree t;
    struct tree_root root = { r->work, S(""), -1, false };
    uint8_t digest[SHA256_BYTES];
    struct sha256 *d = sha256_new();
    bool ok = tree_scan(&t, r->arena, r->diags, &root, 1);
    for (size_t i = 0; i < t.n && ok; i++) {
        sha256_add(d, (struct str){ t.files[i].path, t.files[i].path_n + 1 });
        sha256_add(d, t.files[i].executable ? S("x") : S("-"));
        ok = content_digest(&t, &t.files[i], digest);
        sha256_add(d, (struct str){ (const char *)digest, sizeof digest });
    }
    *files = t.n;
    tree_done(&t);
    sha256_take(d, digest);
    hex_put(hex, digest, SHA256_BYTES);
    return ok;
}

/* What the folder asks for, and the key of that. */
static int read_request(struct resolving *r, char key[static SHA256_HEX])
{
    uint8_t digest[SHA256_BYTES];
    r->key = sha256_new();
    int requests = find_requests(r);
    sha256_take(r->key, digest);
    hex_put(key, digest, SHA256_BYTES);
    return requests;
}

/* What was read for the key and what was gathered may be two things if somebody edits meanwhile. */
static bool check_unchanged(struct resolving *r, const char *key)
{
    struct resolving again = {
        .arena = r->arena, .diags = r->diags, .options = r->options, .reads = { .arena = r->arena }
    };
    char now[SHA256_HEX];
    if (read_request(&again, now) < 0)
        return false;
    if (memcmp(key, now, SHA256_HEX) == 0)
        return true;
    diag_world(r->diags, "changed-file", NOWHERE,
               "'%.*s' changed while what it requires was gathered", STR(r->options->dir));
    return false;
}

/* In a folder of this process's own: what an interrupted one has started may still write into its.
 */
static bool make_work(struct resolving *r)
{
    struct str out = r->options->out,
               prefix = arena_printf(r->arena, "%.*s.new-", STR(path_base(out)));
    r->work = arena_printf(r->arena, "%.*s.new-%ld", STR(out), (long)getpid());
    return folder_delete_left(r->arena, r->diags, path_dir(out), prefix) &&
           file_make_dirs(r->diags, r->work);
}

/* From the cache, or by asking. */
static bool fill_work(struct resolving *r, int requests, const char *key)
{
    struct str name = { key, SHA256_HEX };
    bool shared = r->locked && requests && r->options->cache.n;
    if (shared && resolve_recall(r->arena, r->diags, r->options->cache, name, r->work))
        return true;
    if (!gather(r, requests) || !check_unchanged(r, key))
        return false;
    if (shared)
        resolve_keep(r->arena, r->diags, r->options->cache, name, r->work);
    return true;
}

static bool make(struct resolving *r, int requests, const char *key)
{
    const struct resolve_options *o = r->options;
    char tree[SHA256_HEX];
    size_t files;
    if (is_done(r, key))
        return true;
    bool ok = make_work(r) && fill_work(r, requests, key) && digest_tree(r, tree, &files);
    if (ok) {
        unlink(arena_str(r->arena, o->record).p); /* it tells of the tree that goes now */
        ok = folder_replace(r->arena, r->diags, r->work, o->out);
    }
    if (!ok) {
        folder_delete(r->arena, r->diags, r->work);
        return false;
    }
    return file_write(r->diags, o->record, record_text(r, key, tree, files)) != WRITE_FAILED;
}

bool resolve_make(struct arena *a, struct diags *ds, const struct resolve_options *o)
{
    struct resolving r = { .arena = a, .diags = ds, .options = o, .reads = { .arena = a } };
    char key[SHA256_HEX];
    int requests = read_request(&r, key);
    return requests >= 0 && make(&r, requests, key) &&
           (!o->depfile.n || depfile_write(ds, &r.reads, o->depfile,
                                           o->depfile_target.n ? o->depfile_target : o->record));
}

struct str resolve_prefix(struct arena *a, struct str dir, struct str runtime)
{
    static const struct str tops[] = { S_INIT("bin"),    S_INIT("java"),   S_INIT("lib"),
                                       S_INIT("nodejs"), S_INIT("python"), S_INIT("ruby") };
    for (size_t i = 0; i < sizeof tops / sizeof *tops; i++)
        if (is_folder(path_join(a, dir, tops[i]).p))
            return S("");
    return str_starts(runtime, S("python"))   ? S("python")
           : str_starts(runtime, S("nodejs")) ? S("nodejs")
                                              : S("");
}
