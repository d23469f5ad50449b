/* What a folder holds for a bundle, and all that can be wrong with it. */
#include "pack/tree.h"

#include "../support/folder.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

struct scene {
    struct folder folder;
    struct arena arena;
    struct diags diags;
    struct tree tree;
    bool ok;
};

static void begin(struct scene *s)
{
    *s = (struct scene){ 0 };
    folder_make(&s->folder);
    folder_sub(&s->folder, "d");
    diags_init(&s->diags, &s->arena);
}

static void scan_limited(struct scene *s, uint64_t bytes)
{
    struct tree_limits limits = { bytes, S("the test") };
    struct tree_root root = { str_from(folder_at(&s->folder, "d")), S(""), -1, false };
    s->ok = tree_scan(&s->tree, &s->arena, &s->diags, &root, 1) &&
            tree_check(&s->tree, &s->diags, &limits);
}

static void scan(struct scene *s)
{
    scan_limited(s, UINT64_MAX);
}

static void end(struct scene *s)
{
    tree_done(&s->tree);
    arena_done(&s->arena);
    folder_remove(&s->folder);
}

/* Names of the files, each with a blank behind it. */
static const char *names(struct scene *s)
{
    struct buf text;
    buf_init(&text, 0);
    for (size_t i = 0; i < s->tree.n; i++)
        buf_printf(&text, "%.*s ", STR(tree_path(&s->tree.files[i])));
    const char *p = arena_str(&s->arena, buf_str(&text)).p;
    buf_done(&text);
    return p;
}

static struct str drop_folder(struct scene *s, struct str line)
{
    struct buf out;
    buf_init(&out, 0);
    for (size_t at = 0;;) {
        size_t next = str_find(line, s->folder.path, at);
        if (next == SIZE_MAX) {
            buf_put(&out, str_sub(line, at, line.n));
            break;
        }
        buf_put(&out, str_sub(line, at, next));
        at = next + s->folder.path.n + 1;
    }
    struct str text = arena_str(&s->arena, buf_str(&out));
    buf_done(&out);
    return text;
}

/* The diagnostics as printed, the test's folder taken out. */
static const char *messages(struct scene *s)
{
    struct buf text;
    buf_init(&text, 0);
    diags_print(&s->diags, &text, false);
    struct str all = drop_folder(s, buf_str(&text));
    buf_done(&text);
    return all.p;
}

static void expect(struct scene *s, const char *text)
{
    scan(s);
    assert_false(s->ok);
    assert_string_equal(messages(s), text);
    end(s);
}

static void test_sorted(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    static const char *const all[] = { "d/b",    "d/a/z", "d/a.b",      "d/a-b", "d/a0",
                                       "d/aa/q", "d/A",   "d/\xC3\xA9", "d/a b", "d/a/b/c" };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        folder_file(&s.folder, all[i], "12");
    scan(&s);
    assert_true(s.ok);
    assert_string_equal(names(&s), "A a b a-b a.b a/b/c a/z a0 aa/q b \xC3\xA9 ");
    assert_int_equal(tree_bytes(&s.tree), 20);
    assert_int_equal(s.tree.folders.n, 4);
    for (size_t i = 0; i < s.tree.n; i++)
        assert_ptr_equal(tree_find(&s.tree, tree_path(&s.tree.files[i])), &s.tree.files[i]);
    assert_null(tree_find(&s.tree, S("a")));
    end(&s);
}

static void test_modes(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_file(&s.folder, "d/plain", "");
    folder_file(&s.folder, "d/tool", "");
    folder_file(&s.folder, "d/theirs", "");
    chmod(folder_at(&s.folder, "d/tool"), 0700);
    chmod(folder_at(&s.folder, "d/theirs"), 0655);
    scan(&s);
    assert_true(tree_find(&s.tree, S("tool"))->executable);
    assert_false(tree_find(&s.tree, S("plain"))->executable);
    assert_false(tree_find(&s.tree, S("theirs"))->executable);
    end(&s);
}

static void test_ignored(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_file(&s.folder, "d/.bundleignore", "*.log\n/out/\n");
    folder_file(&s.folder, "d/sub/.bundleignore", "!keep.log\n");
    folder_file(&s.folder, "d/a.log", "");
    folder_file(&s.folder, "d/a.py", "");
    folder_file(&s.folder, "d/__pycache__/a.pyc", "");
    folder_file(&s.folder, "d/out/x", "");
    folder_file(&s.folder, "d/sub/keep.log", "");
    folder_file(&s.folder, "d/sub/other.log", "");
    folder_must(mkfifo(folder_at(&s.folder, "d/p.log"), 0644) == 0, "make", "a FIFO");
    scan(&s);
    assert_true(s.ok);
    assert_string_equal(names(&s), "a.py sub/keep.log ");
    assert_int_equal(s.tree.folders.n, 4); /* two folders, two ignore files */
    end(&s);
}

static void test_links_inside(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_file(&s.folder, "d/real/one", "1");
    chmod(folder_at(&s.folder, "d/real/one"), 0755);
    folder_link(&s.folder, "d/uno", "real/one");
    folder_link(&s.folder, "d/due", "uno");
    folder_link(&s.folder, "d/lib", "./real/../real");
    folder_link(&s.folder, "d/real/up", "../real/one");
    folder_link(&s.folder, "d/full", folder_at(&s.folder, "d/real/one"));
    folder_link(&s.folder, "e", "d");
    scan(&s);
    assert_true(s.ok);
    assert_string_equal(names(&s), "due full lib/one lib/up real/one real/up uno ");
    assert_true(tree_find(&s.tree, S("lib/up"))->executable);
    assert_int_equal(tree_bytes(&s.tree), 7);
    end(&s);
}

static void test_link_as_root(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_file(&s.folder, "real/one", "1");
    folder_link(&s.folder, "real/two", "one");
    folder_must(rmdir(folder_at(&s.folder, "d")) == 0, "remove", "d");
    folder_link(&s.folder, "d", "real");
    scan(&s);
    assert_true(s.ok);
    assert_string_equal(names(&s), "one two ");
    end(&s);
}

static void test_links_outside(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_file(&s.folder, "d/a", "1");
    folder_file(&s.folder, "dd/a", "1");
    folder_link(&s.folder, "d/file", "../dd/a");
    folder_link(&s.folder, "d/folder", "../dd");
    folder_link(&s.folder, "d/host", "/etc/hostname");
    expect(&s, "stepwright: error: 'd/file' is a symbolic link out of the bundle [outside-link]\n"
               "      | it points to '../dd/a'; copy what it needs into the bundle\n"
               "stepwright: error: 'd/folder' is a symbolic link out of the bundle [outside-link]\n"
               "      | it points to '../dd'; copy what it needs into the bundle\n"
               "stepwright: error: 'd/host' is a symbolic link out of the bundle [outside-link]\n"
               "      | it points to '/etc/hostname'; copy what it needs into the bundle\n");
}

static void test_links_wrong(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_file(&s.folder, "d/x/a", "1");
    folder_link(&s.folder, "d/nothing", "gone");
    folder_link(&s.folder, "d/below", "x/a/b");
    folder_link(&s.folder, "d/x/round", "../x");
    folder_link(&s.folder, "d/x/top", "..");
    folder_link(&s.folder, "d/p", "q");
    folder_link(&s.folder, "d/q", "p");
    expect(&s,
           "stepwright: error: 'd/below' is a symbolic link to nothing [broken-link]\n"
           "      | it points to 'x/a/b'\n"
           "stepwright: error: 'd/nothing' is a symbolic link to nothing [broken-link]\n"
           "      | it points to 'gone'\n"
           "stepwright: error: 'd/p' is a symbolic link that leads back to itself [link-loop]\n"
           "stepwright: error: 'd/q' is a symbolic link that leads back to itself [link-loop]\n"
           "stepwright: error: 'd/x/round' is a symbolic link to a folder around it [link-loop]\n"
           "      | it points to '../x'\n"
           "stepwright: error: 'd/x/top' is a symbolic link to a folder around it [link-loop]\n"
           "      | it points to '..'\n");
}

/* Two folders that hold links to each other: each is walked below the other once, then it shows. */
static void test_links_across(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_file(&s.folder, "d/a/1", "1");
    folder_file(&s.folder, "d/b/2", "2");
    folder_link(&s.folder, "d/a/to_b", "../b");
    folder_link(&s.folder, "d/b/to_a", "../a");
    scan(&s);
    assert_false(s.ok);
    assert_int_equal(s.diags.errors, 2);
    assert_string_equal(s.diags.all.p[0]->slug, "link-loop");
    end(&s);
}

/* Every folder holds two links to the next: 2^40 files, were they all counted. */
static void test_link_bomb(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    for (int i = 0; i < 40; i++) {
        char name[40], to[40];
        for (int k = 0; k < 2; k++) {
            snprintf(name, sizeof name, "d/n%02d", i);
            mkdir(folder_at(&s.folder, name), 0755);
            snprintf(name, sizeof name, "d/n%02d/%d", i, k);
            snprintf(to, sizeof to, "../n%02d", i + 1);
            if (i < 39)
                folder_link(&s.folder, name, to);
            else
                folder_file(&s.folder, name, "");
        }
    }
    scan(&s);
    assert_false(s.ok);
    assert_string_equal(messages(&s),
                        "stepwright: error: 'd' holds more than 150000 files [too-large]\n");
    end(&s);
}

static void test_special_files(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    folder_must(mkfifo(folder_at(&s.folder, "d/fifo"), 0644) == 0, "make", "a FIFO");
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(at.sun_path, sizeof at.sun_path, "%s", folder_at(&s.folder, "d/socket"));
    folder_must(bind(fd, (struct sockaddr *)&at, sizeof at) == 0, "make", "a socket");
    close(fd);
    folder_link(&s.folder, "d/to_fifo", "fifo");
    expect(&s, "stepwright: error: 'd/fifo' is a FIFO [special-file]\n"
               "      | a bundle holds files and folders only\n"
               "stepwright: error: 'd/socket' is a socket [special-file]\n"
               "      | a bundle holds files and folders only\n"
               "stepwright: error: 'd/to_fifo' is a FIFO [special-file]\n"
               "      | a bundle holds files and folders only\n");
}

static void test_device(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    if (mknod(folder_at(&s.folder, "d/null"), S_IFCHR | 0666, 0x103) != 0) {
        end(&s);
        skip(); /* only root may make one */
    }
    expect(&s, "stepwright: error: 'd/null' is a device [special-file]\n"
               "      | a bundle holds files and folders only\n");
}

static void test_names(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_file(&s.folder, "d/two\nlines", "");
    folder_file(&s.folder, "d/bell\a", "");
    folder_file(&s.folder, "d/latin\xE9", "");
    folder_file(&s.folder, "d/sub\x7F/ok", "");
    expect(&s,
           "stepwright: error: 'd/bell\\x07' has a control character in its name [bad-name]\n"
           "stepwright: error: 'd/latin\\xE9' has a name that is not UTF-8 [bad-name]\n"
           "stepwright: error: 'd/sub\\x7F' has a control character in its name [bad-name]\n"
           "stepwright: error: 'd/two\\x0Alines' has a control character in its name [bad-name]\n");
}

static void test_deep(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    struct buf path;
    buf_init(&path, 0);
    buf_put(&path, str_from(folder_at(&s.folder, "d")));
    for (int i = 0; i < 140; i++) {
        buf_put(&path, S("/n"));
        buf_putc(&path, '\0');
        folder_must(mkdir(path.p, 0755) == 0, "make", path.p);
        path.n--;
    }
    buf_done(&path);
    scan(&s);
    assert_false(s.ok);
    assert_int_equal(s.diags.errors, 1);
    assert_string_equal(s.diags.all.p[0]->slug, "too-deep");
    end(&s);
}

static void test_too_long(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    char name[201];
    memset(name, 'n', 200);
    name[200] = '\0';
    int fd = open(folder_at(&s.folder, "d"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < 22; i++) {
        folder_must(mkdirat(fd, name, 0755) == 0, "make", name);
        int next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close(fd);
        fd = next;
    }
    close(fd);
    scan(&s);
    assert_false(s.ok);
    assert_string_equal(s.diags.all.p[0]->slug, "bad-name");
    end(&s);
}

static void test_too_large(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_file(&s.folder, "d/a", "12345");
    folder_file(&s.folder, "d/b", "123456");
    folder_file(&s.folder, "d/c", "1");
    folder_file(&s.folder, "d/e", "1234");
    scan_limited(&s, 15);
    assert_false(s.ok);
    assert_string_equal(
        messages(&s),
        "stepwright: error: 'd' holds 16 bytes; the test allows 15 unpacked [too-large]\n"
        "stepwright: note: 'd/b' has 6 bytes\nstepwright: note: 'd/a' has 5 bytes\n"
        "stepwright: note: 'd/e' has 4 bytes\n");
    tree_done(&s.tree);
    scan_limited(&s, 16);
    assert_true(s.ok);
    end(&s);
}

static void test_sparse(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_file(&s.folder, "d/model", "");
    folder_must(truncate(folder_at(&s.folder, "d/model"), 3LL << 30) == 0, "stretch", "model");
    scan_limited(&s, 262144000);
    assert_string_equal(messages(&s),
                        "stepwright: error: 'd' holds 3221225472 bytes; the test allows "
                        "262144000 unpacked [too-large]\n"
                        "stepwright: note: 'd/model' has 3221225472 bytes\n");
    end(&s);
}

static void test_empty(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_sub(&s.folder, "d/sub");
    folder_file(&s.folder, "d/a.pyc", "");
    expect(&s, "stepwright: error: 'd' holds nothing to pack [empty-bundle]\n"
               "      | every file in it, if any, is ignored\n");
}

static void test_no_folder(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_must(rmdir(folder_at(&s.folder, "d")) == 0, "remove", "d");
    expect(&s, "stepwright: error: folder 'd' does not exist [no-file]\n");
    begin(&s);
    folder_must(rmdir(folder_at(&s.folder, "d")) == 0, "remove", "d");
    folder_file(&s.folder, "d", "");
    expect(&s, "stepwright: error: 'd' is a file; expected a folder [no-file]\n");
}

static void test_bad_ignore(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_file(&s.folder, "d/a", "");
    folder_file(&s.folder, "d/.bundleignore", "a[\n");
    expect(&s, "d/.bundleignore:1:1: error: pattern 'a[' leaves a '[' open; write '\\[' for the "
               "letter [bad-pattern]\n    1 | a[\n      | ^^\n");
}

/* Root reads everything: the test steps down to a user that owns nothing. */
static void test_unreadable(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_file(&s.folder, "d/ok", "");
    folder_file(&s.folder, "d/shut/a", "");
    chmod(folder_at(&s.folder, "d/shut"), 0);
    bool root = geteuid() == 0;
    if (root && seteuid(65534) != 0) {
        end(&s);
        skip();
    }
    scan(&s);
    int status = diags_exit(&s.diags);
    const char *text = messages(&s);
    if (root)
        folder_must(seteuid(0) == 0, "become", "root");
    chmod(folder_at(&s.folder, "d/shut"), 0755);
    assert_false(s.ok);
    assert_string_equal(
        text, "stepwright: error: cannot read 'd/shut': Permission denied [cannot-read]\n");
    assert_int_equal(status, 3);
    end(&s);
}

static void test_open_changed(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_file(&s.folder, "d/a", "12");
    folder_file(&s.folder, "d/b", "12");
    folder_file(&s.folder, "d/c", "12");
    folder_file(&s.folder, "d/same", "12");
    scan(&s);
    folder_file(&s.folder, "d/a", "123");
    folder_must(unlink(folder_at(&s.folder, "d/b")) == 0, "remove", "b");
    folder_must(unlink(folder_at(&s.folder, "d/c")) == 0, "remove", "c");
    folder_must(mkfifo(folder_at(&s.folder, "d/c"), 0644) == 0, "make", "a FIFO");
    assert_int_equal(tree_open(&s.tree, tree_find(&s.tree, S("a"))), -1);
    assert_int_equal(errno, ESTALE);
    assert_int_equal(tree_open(&s.tree, tree_find(&s.tree, S("b"))), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(tree_open(&s.tree, tree_find(&s.tree, S("c"))), -1);
    assert_int_equal(errno, ESTALE);
    int fd = tree_open(&s.tree, tree_find(&s.tree, S("same")));
    assert_true(fd >= 0);
    close(fd);
    end(&s);
}

/* Two folders laid over each other, the first one's files below a prefix. */
static void test_roots(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_file(&s.folder, "d/a.py", "1");
    folder_file(&s.folder, "d/.bundleignore", "*.log\n/sub/x\n");
    folder_file(&s.folder, "d/sub/x", "1");
    folder_file(&s.folder, "d/sub/y", "1");
    folder_file(&s.folder, "e/python/b.py", "2");
    folder_file(&s.folder, "e/kept.log", "2");
    struct tree_root roots[] = { { str_from(folder_at(&s.folder, "d")), S("python"), -1, false },
                                 { str_from(folder_at(&s.folder, "e")), S(""), -1, false } };
    s.ok = tree_scan(&s.tree, &s.arena, &s.diags, roots, 2);
    assert_true(s.ok);
    assert_string_equal(names(&s), "kept.log python/a.py python/b.py python/sub/y ");
    struct tree_file *f = tree_find(&s.tree, S("python/sub/y"));
    assert_true(str_eq(tree_source(&s.tree, f), S("sub/y")));
    assert_true(
        str_eq(tree_full_path(&s.arena, &s.tree, f), str_from(folder_at(&s.folder, "d/sub/y"))));
    int fd = tree_open(&s.tree, f);
    assert_true(fd >= 0);
    close(fd);
    tree_done(&s.tree);
    folder_file(&s.folder, "e/python/a.py", "3");
    s.ok = tree_scan(&s.tree, &s.arena, &s.diags, roots, 2);
    assert_false(s.ok);
    assert_string_equal(messages(&s), "stepwright: error: 'd/a.py' and 'e/python/a.py' would both "
                                      "be 'python/a.py' in the bundle [duplicate-file]\n");
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sorted),       cmocka_unit_test(test_modes),
        cmocka_unit_test(test_ignored),      cmocka_unit_test(test_links_inside),
        cmocka_unit_test(test_link_as_root), cmocka_unit_test(test_links_outside),
        cmocka_unit_test(test_links_wrong),  cmocka_unit_test(test_links_across),
        cmocka_unit_test(test_link_bomb),    cmocka_unit_test(test_special_files),
        cmocka_unit_test(test_device),       cmocka_unit_test(test_names),
        cmocka_unit_test(test_deep),         cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_too_large),    cmocka_unit_test(test_sparse),
        cmocka_unit_test(test_empty),        cmocka_unit_test(test_no_folder),
        cmocka_unit_test(test_bad_ignore),   cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_open_changed), cmocka_unit_test(test_roots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
