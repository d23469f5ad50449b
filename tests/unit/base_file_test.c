#include "base/file.h"
#include "base/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

/* Each test has a folder of its own, made and removed by setup and teardown. */
struct place {
    struct arena arena;
    struct diags diags;
    char dir[64];
};

static int setup(void **state)
{
    struct place *t = calloc(1, sizeof *t);
    assert_non_null(t);
    diags_init(&t->diags, &t->arena);
    snprintf(t->dir, sizeof t->dir, "file-test-XXXXXX");
    assert_non_null(mkdtemp(t->dir));
    *state = t;
    return 0;
}

static void remove_tree(const char *path)
{
    struct dirent **entries;
    int n = scandir(path, &entries, NULL, NULL);
    for (int i = 0; i < n; i++) {
        char below[512];
        snprintf(below, sizeof below, "%s/%s", path, entries[i]->d_name);
        if (strcmp(entries[i]->d_name, ".") != 0 && strcmp(entries[i]->d_name, "..") != 0) {
            if (unlink(below) != 0)
                remove_tree(below);
        }
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    rmdir(path);
}

static int teardown(void **state)
{
    struct place *t = *state;
    file_fail_write(0);
    remove_tree(t->dir);
    arena_done(&t->arena);
    free(t);
    return 0;
}

static struct str in(struct place *t, const char *name)
{
    return arena_printf(&t->arena, "%s/%s", t->dir, name);
}

static struct str last_message(struct place *t)
{
    assert_true(t->diags.all.n > 0);
    return t->diags.all.p[t->diags.all.n - 1]->message;
}

static const char *last_slug(struct place *t)
{
    return t->diags.all.p[t->diags.all.n - 1]->slug;
}

static struct str content(struct place *t, struct str path)
{
    struct str text;
    assert_true(file_read(&t->arena, &t->diags, (struct span){ 0 }, S(""), path, 1 << 20, &text));
    return text;
}

static int count_entries(const char *path)
{
    DIR *d = opendir(path);
    assert_non_null(d);
    int n = 0;
    while (readdir(d))
        n++;
    closedir(d);
    return n - 2;
}

static void written_only_if_changed(void **state)
{
    struct place *t = *state;
    struct str path = in(t, "a/b/c.txt");
    assert_int_equal(file_write(&t->diags, path, S("one\0two")), WRITE_CHANGED);
    assert_text("content", str_sub(content(t, path), 0, 3), "one");
    assert_int_equal(content(t, path).n, 7);

    struct stat before, after;
    assert_int_equal(stat(path.p, &before), 0);
    assert_int_equal(file_write(&t->diags, path, S("one\0two")), WRITE_SAME);
    assert_int_equal(stat(path.p, &after), 0);
    assert_true(before.st_ino == after.st_ino);
    assert_true(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);

    assert_int_equal(file_write(&t->diags, path, S("one\0twi")), WRITE_CHANGED);
    assert_int_equal(file_write(&t->diags, path, S("one\0tw")), WRITE_CHANGED);
    assert_int_equal(content(t, path).n, 6);
    assert_int_equal(file_write(&t->diags, path, S("")), WRITE_CHANGED);
    assert_int_equal(file_write(&t->diags, path, S("")), WRITE_SAME);
    assert_int_equal(content(t, path).n, 0);
    assert_int_equal(count_entries(in(t, "a/b").p), 1);
    assert_int_equal(t->diags.all.n, 0);
}

static void a_large_file_differs_in_its_last_byte(void **state)
{
    struct place *t = *state;
    struct buf b;
    buf_init(&b, 0);
    buf_fill(&b, 'x', 1 << 17);
    struct str path = in(t, "large");
    assert_int_equal(file_write(&t->diags, path, buf_str(&b)), WRITE_CHANGED);
    assert_int_equal(file_write(&t->diags, path, buf_str(&b)), WRITE_SAME);
    b.p[b.n - 1] = 'y';
    assert_int_equal(file_write(&t->diags, path, buf_str(&b)), WRITE_CHANGED);
    assert_true(str_eq(content(t, path), buf_str(&b)));
    buf_done(&b);
}

static void the_umask_decides_the_mode(void **state)
{
    struct place *t = *state;
    struct stat st;
    mode_t old = umask(027);
    assert_int_equal(file_write(&t->diags, in(t, "f"), S("x")), WRITE_CHANGED);
    umask(old);
    assert_int_equal(stat(in(t, "f").p, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
}

static void a_name_as_long_as_the_system_allows(void **state)
{
    struct place *t = *state;
    struct buf name;
    buf_init(&name, 0);
    buf_fill(&name, 'n', 255);
    struct str path = arena_printf(&t->arena, "%s/%.*s", t->dir, STR(buf_str(&name)));
    assert_int_equal(file_write(&t->diags, path, S("x")), WRITE_CHANGED);
    buf_done(&name);
}

/* Every step fails in its turn: the old file stands, nothing else is left, and one message. */
static void the_nth_step_fails(void **state)
{
    struct place *t = *state;
    struct str path = in(t, "out/f");
    assert_int_equal(file_write(&t->diags, path, S("old")), WRITE_CHANGED);
    int n = 1;
    for (;; n++) {
        size_t before = t->diags.all.n;
        file_fail_write(n);
        enum written done = file_write(&t->diags, path, S("new"));
        file_fail_write(0);
        assert_int_equal(count_entries(in(t, "out").p), 1);
        if (done == WRITE_CHANGED)
            break;
        assert_int_equal(done, WRITE_FAILED);
        assert_text("old", content(t, path), "old");
        assert_int_equal(t->diags.all.n, before + 1);
        assert_string_equal(last_slug(t), "cannot-write");
        assert_int_equal(diags_exit(&t->diags), 3);
        assert_text(
            "message", last_message(t),
            arena_printf(&t->arena, "cannot write '%s/out/f': No space left on device", t->dir).p);
    }
    assert_int_equal(n, 4); /* write, flush and rename have failed */
    assert_text("new", content(t, path), "new");
}

static void nothing_is_left_where_nothing_was(void **state)
{
    struct place *t = *state;
    for (int n = 1; n < 4; n++) {
        file_fail_write(n);
        assert_int_equal(file_write(&t->diags, in(t, "f"), S("new")), WRITE_FAILED);
        assert_int_equal(count_entries(t->dir), 0);
    }
}

static void a_file_size_limit(void **state)
{
    struct place *t = *state;
    struct rlimit old, small;
    getrlimit(RLIMIT_FSIZE, &old);
    small = (struct rlimit){ 1000, old.rlim_max };
    struct buf b;
    buf_init(&b, 0);
    buf_fill(&b, 'x', 5000);
    assert_int_equal(file_write(&t->diags, in(t, "f"), S("old")), WRITE_CHANGED);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    enum written done = file_write(&t->diags, in(t, "f"), buf_str(&b));
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    assert_int_equal(done, WRITE_FAILED);
    assert_text("old", content(t, in(t, "f")), "old");
    assert_int_equal(count_entries(t->dir), 1);
    buf_done(&b);
}

static void a_full_disk(void **state)
{
    struct place *t = *state;
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", t->dir, "tmpfs", 0, "size=64k") != 0) {
        print_message("skipped: mounting a small file system needs privileges\n");
        skip();
    }
    struct buf b;
    buf_init(&b, 0);
    buf_fill(&b, 'x', 1 << 20);
    assert_int_equal(file_write(&t->diags, in(t, "f"), S("old")), WRITE_CHANGED);
    enum written done = file_write(&t->diags, in(t, "f"), buf_str(&b));
    int left = count_entries(t->dir);
    struct str after = content(t, in(t, "f"));
    enum written small = file_write(&t->diags, in(t, "f"), S("still room for this"));
    umount(t->dir);
    assert_int_equal(done, WRITE_FAILED);
    assert_int_equal(left, 1);
    assert_text("old", after, "old");
    assert_int_equal(small, WRITE_CHANGED);
    assert_true(str_ends(last_message(t), S("/f': No space left on device")));
    buf_done(&b);
}

static void what_stands_in_the_way(void **state)
{
    struct place *t = *state;
    assert_int_equal(file_write(&t->diags, in(t, "f"), S("x")), WRITE_CHANGED);
    assert_int_equal(mkdir(in(t, "d").p, 0777), 0);
    assert_int_equal(file_write(&t->diags, in(t, "f/g"), S("x")), WRITE_FAILED);
    assert_true(str_ends(last_message(t), S("/f': Not a directory")));
    assert_int_equal(file_write(&t->diags, in(t, "d"), S("x")), WRITE_FAILED);
    assert_true(str_ends(last_message(t), S("/d': Is a directory")));
    assert_int_equal(count_entries(t->dir), 2);
    assert_int_equal(t->diags.all.n, 2);
    assert_int_equal(file_write(&t->diags, S(""), S("x")), WRITE_FAILED);
}

static void folders_are_made(void **state)
{
    struct place *t = *state;
    assert_true(file_make_dirs(&t->diags, in(t, "a//b/./c/")));
    assert_true(file_make_dirs(&t->diags, in(t, "a/b/c")));
    assert_true(file_make_dirs(&t->diags, in(t, "a/x/../y")));
    assert_true(file_make_dirs(&t->diags, S(".")));
    assert_true(file_make_dirs(&t->diags, S("/")));
    assert_true(file_make_dirs(&t->diags, S("")));
    struct stat st;
    assert_int_equal(stat(in(t, "a/y").p, &st), 0);
    assert_int_equal(t->diags.all.n, 0);
    assert_int_equal(file_write(&t->diags, in(t, "f"), S("x")), WRITE_CHANGED);
    assert_false(file_make_dirs(&t->diags, in(t, "f")));
    assert_false(file_make_dirs(&t->diags, in(t, "f/g/h")));
    assert_int_equal(t->diags.all.n, 2);
}

static bool read_from(struct place *t, struct str root, const char *path, size_t limit,
                      struct str *text)
{
    return file_read(&t->arena, &t->diags, (struct span){ 0 }, root, str_from(path), limit, text);
}

static void reading(void **state)
{
    struct place *t = *state;
    struct str root = str_from(t->dir), text;
    assert_int_equal(file_write(&t->diags, in(t, "d/f"), S("12345")), WRITE_CHANGED);
    assert_true(read_from(t, root, "d/f", 5, &text));
    assert_text("text", text, "12345");
    assert_int_equal(text.p[text.n], '\0');
    assert_true(read_from(t, S(""), in(t, "d/f").p, 100, &text));
    assert_int_equal(file_write(&t->diags, in(t, "e"), S("")), WRITE_CHANGED);
    assert_true(read_from(t, root, "e", 0, &text));
    assert_int_equal(text.n, 0);
    assert_true(read_from(t, S(""), "/proc/self/status", 1 << 20, &text)); /* of size 0 */
    assert_true(text.n > 100);
    assert_int_equal(t->diags.all.n, 0);
}

static void what_cannot_be_read(void **state)
{
    struct place *t = *state;
    struct str root = str_from(t->dir), text;
    assert_int_equal(file_write(&t->diags, in(t, "f"), S("12345")), WRITE_CHANGED);
    assert_int_equal(mkfifo(in(t, "pipe").p, 0666), 0);
    assert_int_equal(symlink("loop", in(t, "loop").p), 0);
    static const struct {
        const char *path, *slug, *message;
        int exit;
    } cases[] = {
        { "none", "no-file", "file 'none' does not exist", 1 },
        { "f/g", "no-file", "file 'f/g' does not exist", 1 },
        { "loop", "no-file", "file 'loop' does not exist", 1 },
        { "", "no-file", "'' is a folder; expected a file", 1 },
        { ".", "no-file", "'.' is a folder; expected a file", 1 },
        { "pipe", "no-file", "'pipe' is a device or pipe; expected a file", 1 },
        { "/dev/zero", "no-file", "'/dev/zero' is a device or pipe; expected a file", 1 },
        { "f", "too-large", "file 'f' is larger than 4 bytes", 1 },
        { "/proc/self/status", "too-large", "file '/proc/self/status' is larger than 4 bytes", 1 },
        { "/proc/self/mem", "cannot-read", "cannot read '/proc/self/mem': Input/output error", 3 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        diags_init(&t->diags, &t->arena);
        assert_false(read_from(t, root, cases[i].path, 4, &text));
        assert_int_equal(t->diags.all.n, 1);
        assert_text(cases[i].path, last_message(t), cases[i].message);
        assert_string_equal(last_slug(t), cases[i].slug);
        assert_int_equal(diags_exit(&t->diags), cases[i].exit);
    }
    diags_init(&t->diags, &t->arena);
    assert_false(file_read(&t->arena, &t->diags, (struct span){ 0 }, root, S("f\0g"), 9, &text));
    assert_string_equal(last_slug(t), "no-file");
}

static void unreadable_files_are_the_worlds_fault(void **state)
{
    struct place *t = *state;
    struct str text;
    uid_t me = geteuid();
    assert_int_equal(file_write(&t->diags, in(t, "f"), S("x")), WRITE_CHANGED);
    assert_int_equal(chmod(in(t, "f").p, 0), 0);
    if (me == 0)
        assert_int_equal(seteuid(65534), 0); /* root may read everything */
    bool ok = read_from(t, str_from(t->dir), "f", 9, &text);
    assert_int_equal(seteuid(me), 0);
    assert_false(ok);
    assert_text("message", last_message(t), "cannot read 'f': Permission denied");
    assert_int_equal(diags_exit(&t->diags), 3);
}

static void sources_are_utf8(void **state)
{
    struct place *t = *state;
    struct str root = str_from(t->dir);
    assert_int_equal(file_write(&t->diags, in(t, "good"),
                                S("\xEF\xBB\xBF"
                                  "a: \xC3\xA9\n")),
                     WRITE_CHANGED);
    assert_int_equal(file_write(&t->diags, in(t, "bad"), S("a: 1\nb: \xE9t\xE9\n")), WRITE_CHANGED);
    struct source *src = source_read(&t->arena, &t->diags, (struct span){ 0 }, root, S("good"));
    assert_non_null(src);
    assert_text("path", src->path, "good");
    assert_int_equal(src->text.n, 9);
    assert_int_equal(src->nlines, 2);
    assert_null(source_read(&t->arena, &t->diags, (struct span){ 0 }, root, S("bad")));
    struct buf out;
    buf_init(&out, 0);
    diags_print(&t->diags, &out, false);
    assert_text("message", buf_str(&out),
                "bad:2:4: error: byte 0xE9 is not valid UTF-8 [not-utf8]\n"
                "    2 | b: \xEF\xBF\xBDt\xEF\xBF\xBD\n"
                "      |    ^ save the file as UTF-8\n");
    buf_done(&out);
    assert_null(source_read(&t->arena, &t->diags, (struct span){ src, 3, 1 }, root, S("none")));
    assert_ptr_equal(t->diags.all.p[1]->span.src, src);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(written_only_if_changed),
        TEST(a_large_file_differs_in_its_last_byte),
        TEST(the_umask_decides_the_mode),
        TEST(a_name_as_long_as_the_system_allows),
        TEST(the_nth_step_fails),
        TEST(nothing_is_left_where_nothing_was),
        TEST(a_file_size_limit),
        TEST(what_stands_in_the_way),
        TEST(folders_are_made),
        TEST(reading),
        TEST(what_cannot_be_read),
        TEST(unreadable_files_are_the_worlds_fault),
        TEST(sources_are_utf8),
        TEST(a_full_disk), /* the last: what it mounts is seen by this process only */
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
