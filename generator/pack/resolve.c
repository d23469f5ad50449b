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
#include "pack/tree.h"

#include <stdio.h>
#include <stdlib.h>
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

static bool key_requirements(struct resolving *r, struct str path, int depth)
{
    struct str text, line;
    bool ok = depth < LIMIT_INCLUDE_DEPTH && key_file(r, path, &text);
    while (ok && str_split(&text, '\n', &line)) {
        struct str rest = str_trim(line), word, option = { 0 };
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

/* ---- Python ---- */

/* "3.12" of "python3.12"; empty after a diagnostic. */
static struct str python_version(struct resolving *r)
{
    struct str runtime = r->options->runtime;
    if (runtime.n == 0)
        diag_help(diag_error(r->diags, "no-runtime", NOWHERE,
                             "'%.*s' has a requirements.txt, but the layer has no runtime",
                             STR(r->options->dir)),
                  "say for which: runtime: python3.12");
    else if (!str_starts(runtime, S("python3.")))
        diag_error(r->diags, "bad-runtime", NOWHERE,
                   "'%.*s' has a requirements.txt, but its runtime is '%.*s'", STR(r->options->dir),
                   STR(runtime));
    else
        return str_sub(runtime, 6, runtime.n);
    return (struct str){ 0 };
}

static struct str processor(const struct resolving *r)
{
    return str_eq(r->options->architecture, S("arm64")) ? S("aarch64") : S("x86_64");
}

/* Amazon Linux 2023, with glibc 2.34, against 2, with 2.26. Source: AWS Lambda developer guide,
 * "Lambda runtimes". */
static bool is_al2023(struct str version)
{
    int64_t minor = 0;
    num_get_int(str_sub(version, 2, version.n), &minor);
    return minor >= 12;
}

static void add_words(struct resolving *r, struct command *c, const struct str *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        command_add(r->arena, c, words[i]);
}

/* pip takes all platforms that will do, in the notation of wheels. Source: PEP 600. */
static void ask_pip(struct resolving *r, struct command *c, struct str version, struct str target)
{
    static const char *const AL2[] = { "manylinux_2_26", "manylinux_2_24", "manylinux2014", NULL };
    static const char *const AL2023[] = { "manylinux_2_34", "manylinux_2_28", "manylinux2014",
                                          NULL };
    struct str python = r->options->python;
    const struct str words[] = {
        python.n ? python : S("python3"),
        S("-m"),
        S("pip"),
        S("install"),
        S("--quiet"),
        S("--disable-pip-version-check"),
        S("--no-input"),
        S("--no-compile"),
        S("--no-warn-script-location"),
        S("--only-binary=:all:"),
        S("--implementation"),
        S("cp"),
        S("--python-version"),
        version,
        S("--target"),
        target,
        S("--requirement"),
        S("requirements.txt"),
    };
    add_words(r, c, words, sizeof words / sizeof *words);
    for (const char *const *p = is_al2023(version) ? AL2023 : AL2; *p; p++) {
        command_add(r->arena, c, S("--platform"));
        command_add(r->arena, c, arena_printf(r->arena, "%s_%.*s", *p, STR(processor(r))));
    }
    command_set(r->arena, c, "PYTHONDONTWRITEBYTECODE", S("1"));
}

/* uv takes one platform, the newest C library that will do, and means older ones as well; it knows
 * 2.17 and 2.28 in all its versions. Source: uv, "uv pip install --python-platform". */
static void ask_uv(struct resolving *r, struct command *c, struct str version, struct str target)
{
    const char *libc = is_al2023(version) ? "manylinux_2_28" : "manylinux2014";
    const struct str words[] = {
        S("uv"),
        S("pip"),
        S("install"),
        S("--quiet"),
        S("--no-compile-bytecode"),
        S("--only-binary"),
        S(":all:"),
        S("--link-mode"),
        S("copy"),
        S("--python-version"),
        version,
        S("--python-platform"),
        arena_printf(r->arena, "%.*s-%s", STR(processor(r)), libc),
        S("--target"),
        target,
        S("--requirement"),
        S("requirements.txt"),
    };
    add_words(r, c, words, sizeof words / sizeof *words);
    command_set(r->arena, c, "UV_NO_PROGRESS", S("1"));
}

/* uv is faster, and knows nothing of how pip was told to find packages: where somebody did, pip it
 * is. STEPWRIGHT_UV says otherwise: "on" or "off". */
static bool wants_uv(const struct resolving *r)
{
    static const char *const OF_PIP[] = { "PIP_INDEX_URL",  "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX",
                                          "PIP_FIND_LINKS", "PIP_CONFIG_FILE",     "PIP_CERT" };
    struct str own = str_from(getenv("STEPWRIGHT_UV"));
    if (own.n)
        return str_eq(own, S("on"));
    for (size_t i = 0; i < sizeof OF_PIP / sizeof *OF_PIP; i++)
        if (getenv(OF_PIP[i]))
            return false;
    struct str home = str_from(getenv("HOME"));
    const struct str files[] = { S("/etc/pip.conf"),
                                 path_join(r->arena, home, S(".config/pip/pip.conf")),
                                 path_join(r->arena, home, S(".pip/pip.conf")) };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (is_file(files[i].p))
            return false;
    return r->options->python.n == 0 && command_exists("uv");
}

static bool resolve_python(struct resolving *r)
{
    struct command c = { .dir = r->options->dir };
    struct str version = python_version(r);
    if (version.n == 0)
        return false;
    struct str target = path_join(r->arena, path_absolute(r->arena, r->work), S("python"));
    if (wants_uv(r))
        ask_uv(r, &c, version, target);
    else
        ask_pip(r, &c, version, target);
    struct str what = arena_printf(r->arena, "install what '%.*s' requires",
                                   STR(in_layer(r, S("requirements.txt"))));
    return command_run(r->arena, r->diags, &c, what) &&
           normalise_python(r->arena, r->diags, target);
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
           (!(requests & HAS_PYTHON) || resolve_python(r)) &&
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

static bool make(struct resolving *r, int requests, const char *key)
{
    const struct resolve_options *o = r->options;
    char tree[SHA256_HEX];
    size_t files;
    if (is_done(r, key))
        return true;
    r->work = arena_printf(r->arena, "%.*s.new", STR(o->out));
    bool ok = gather(r, requests) && digest_tree(r, tree, &files) &&
              folder_replace(r->arena, r->diags, r->work, o->out);
    if (!ok) {
        folder_delete(r->arena, r->diags, r->work);
        return false;
    }
    return file_write(r->diags, o->record, record_text(r, key, tree, files)) != WRITE_FAILED;
}

bool resolve_make(struct arena *a, struct diags *ds, const struct resolve_options *o)
{
    struct resolving r = { .arena = a, .diags = ds, .options = o, .reads = { .arena = a } };
    uint8_t digest[SHA256_BYTES];
    char key[SHA256_HEX];
    r.key = sha256_new();
    int requests = find_requests(&r);
    sha256_take(r.key, digest);
    hex_put(key, digest, SHA256_BYTES);
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
