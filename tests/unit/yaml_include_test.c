/* !include: what comes of it, and what is said where it goes wrong, with the way there. */
#include "base/file.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "yaml/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct file {
    const char *path, *text;
};

static const struct {
    const char *name;
    struct file files[4]; /* the first one is read */
    const char *expected; /* JSON, then messages */
} cases[] = {
    { "YAML and text",
      { { "configs/a.yaml", "a: !include b.yaml\nb: !include sql/q.sql\n" },
        { "configs/b.yaml", "x: [1, 2]\n" },
        { "configs/sql/q.sql", "select 1;\n-- {{ x }} [\n" } },
      "{\"a\":{\"x\":[1,2]},\"b\":\"select 1;\\n-- {{ x }} [\\n\"}" },
    { "relative to the file that includes",
      { { "configs/a.yaml", "!include parts/b.yml" },
        { "configs/parts/b.yml", "- !include ../c.json\n- !include ./d.yaml.j2\n" },
        { "configs/c.json", "{\"c\": 1}" },
        { "configs/parts/d.yaml.j2", "d: 2" } },
      "[{\"c\":1},{\"d\":2}]" },
    { "an empty file", { { "a.yaml", "a: !include b.yaml\n" }, { "b.yaml", "" } }, "{\"a\":null}" },
    { "byte order marks",
      { { "a.yaml", "[!include b.yaml, !include c.txt]\n" },
        { "b.yaml", "\xEF\xBB\xBF"
                    "b" },
        { "c.txt", "\xEF\xBB\xBF"
                   "c" } },
      "[\"b\",\"c\"]" },
    { "quoted path",
      { { "a.yaml", "a: !include \"b c.yaml\"\n" }, { "b c.yaml", "1" } },
      "{\"a\":1}" },
    { "merged and named",
      { { "a.yaml",
          "base: &base !include b.yaml\nx:\n  <<: *base\n  k: 2\ny: {<<: !include b.yaml}\n" },
        { "b.yaml", "k: 1\nl: 1\n" } },
      "{\"base\":{\"k\":1,\"l\":1},\"x\":{\"k\":2,\"l\":1},\"y\":{\"k\":1,\"l\":1}}" },
    { "anchors end with their file",
      { { "a.yaml", "a: &x 1\nb: !include b.yaml\n" }, { "b.yaml", "*x" } },
      "b.yaml:1:1: error: '*x' names no anchor that stands before it [unknown-alias]\n"
      "    1 | *x\n"
      "      | ^^ quote the value if the '*' belongs to it\n"
      "a.yaml:2:13: note: included from here\n"
      "    2 | b: !include b.yaml\n"
      "      |             ^^^^^^\n" },
    { "the way there",
      { { "a.yaml", "a: !include b.yaml\n" },
        { "b.yaml", "b:\n  - !include c/c.yaml\n" },
        { "c/c.yaml", "x: 1\nx: 2\n" } },
      "c/c.yaml:2:1: error: key 'x' stands here a second time [duplicate-key]\n"
      "    2 | x: 2\n"
      "      | ^\n"
      "c/c.yaml:1:1: note: 'x' is first written here\n"
      "    1 | x: 1\n"
      "      | ^\n"
      "b.yaml:2:14: note: included from here\n"
      "    2 |   - !include c/c.yaml\n"
      "      |              ^^^^^^^^\n"
      "a.yaml:1:13: note: included from here\n"
      "    1 | a: !include b.yaml\n"
      "      |             ^^^^^^\n" },
    { "errors of all files",
      { { "a.yaml", "a: !include b.yaml\nb: !include c.yaml\nb: 1\n" },
        { "b.yaml", "x: [" },
        { "c.yaml", "y: *z" } },
      "a.yaml:3:1: error: key 'b' stands here a second time [duplicate-key]\n"
      "    3 | b: 1\n"
      "      | ^\n"
      "a.yaml:2:1: note: 'b' is first written here\n"
      "    2 | b: !include c.yaml\n"
      "      | ^\n"
      "b.yaml:1:4: error: '[' is never closed [unbalanced]\n"
      "    1 | x: [\n"
      "      |    ^ close it with ']'\n"
      "a.yaml:1:13: note: included from here\n"
      "    1 | a: !include b.yaml\n"
      "      |             ^^^^^^\n"
      "c.yaml:1:4: error: '*z' names no anchor that stands before it [unknown-alias]\n"
      "    1 | y: *z\n"
      "      |    ^^ quote the value if the '*' belongs to it\n"
      "a.yaml:2:13: note: included from here\n"
      "    2 | b: !include c.yaml\n"
      "      |             ^^^^^^\n" },
    { "itself",
      { { "configs/a.yaml", "a: !include ../configs/a.yaml\n" } },
      "configs/a.yaml:1:13: error: 'configs/a.yaml' includes itself [include-cycle]\n"
      "    1 | a: !include ../configs/a.yaml\n"
      "      |             ^^^^^^^^^^^^^^^^^\n" },
    { "a cycle",
      { { "a.yaml", "a: !include b.yaml\n" },
        { "b.yaml", "b: !include c.yaml\n" },
        { "c.yaml", "c: !include b.yaml\n" } },
      "c.yaml:1:13: error: 'b.yaml' includes itself [include-cycle]\n"
      "    1 | c: !include b.yaml\n"
      "      |             ^^^^^^ b.yaml includes c.yaml includes b.yaml\n"
      "b.yaml:1:13: note: included from here\n"
      "    1 | b: !include c.yaml\n"
      "      |             ^^^^^^\n"
      "a.yaml:1:13: note: included from here\n"
      "    1 | a: !include b.yaml\n"
      "      |             ^^^^^^\n" },
    { "missing, and the rest goes on",
      { { "a.yaml", "a: !include b.yaml\nb: !include c.yaml\n" } },
      "a.yaml:1:13: error: file 'b.yaml' does not exist [no-file]\n"
      "    1 | a: !include b.yaml\n"
      "      |             ^^^^^^\n"
      "a.yaml:2:13: error: file 'c.yaml' does not exist [no-file]\n"
      "    2 | b: !include c.yaml\n"
      "      |             ^^^^^^\n" },
    { "outside",
      { { "configs/a.yaml", "- !include ../../x.yaml\n- !include /etc/passwd\n- !include ..\n" } },
      "configs/a.yaml:1:12: error: '../../x.yaml' leaves the project [outside-project]\n"
      "    1 | - !include ../../x.yaml\n"
      "      |            ^^^^^^^^^^^^ paths are relative to the folder of this file\n"
      "configs/a.yaml:2:12: error: '/etc/passwd' leaves the project [outside-project]\n"
      "    2 | - !include /etc/passwd\n"
      "      |            ^^^^^^^^^^^ paths are relative to the folder of this file\n"
      "configs/a.yaml:3:12: error: file '.' does not exist [no-file]\n"
      "    3 | - !include ..\n"
      "      |            ^^\n" },
    { "no path",
      { { "a.yaml", "a: !include\nb: !include ''\n" } },
      "a.yaml:1:4: error: !include names no file [no-file]\n"
      "    1 | a: !include\n"
      "      |    ^^^^^^^^\n"
      "a.yaml:2:4: error: !include names no file [no-file]\n"
      "    2 | b: !include ''\n"
      "      |    ^^^^^^^^\n" },
    { "as a key",
      { { "a.yaml", "!include b: 1\n" } },
      "a.yaml:1:1: error: a key cannot be !include [wrong-tag]\n"
      "    1 | !include b: 1\n"
      "      | ^^^^^^^^\n" },
    { "text that is none",
      { { "a.yaml", "a: !include b.sql\n" }, { "b.sql", "select '\xE4'" } },
      "b.sql:1:9: error: byte 0xE4 is not valid UTF-8 [not-utf8]\n"
      "    1 | select '\xEF\xBF\xBD'\n"
      "      |         ^ save the file as UTF-8\n"
      "a.yaml:1:13: note: included from here\n"
      "    1 | a: !include b.sql\n"
      "      |             ^^^^^\n" },
    { "two documents in an included file",
      { { "a.yaml", "a: !include b.yaml\nc: *d\n" }, { "b.yaml", "1\n---\n2\n" } },
      "a.yaml:2:4: error: '*d' names no anchor that stands before it [unknown-alias]\n"
      "    2 | c: *d\n"
      "      |    ^^ quote the value if the '*' belongs to it\n"
      "b.yaml:2:1: error: a second document begins here; a file holds one [one-document]\n"
      "    2 | ---\n"
      "      | ^^^ move it to a file of its own, or remove the '---'\n"
      "a.yaml:1:13: note: included from here\n"
      "    1 | a: !include b.yaml\n"
      "      |             ^^^^^^\n" },
};

static struct source *load(void *context, struct arena *a, struct diags *ds, struct str path,
                           struct span cause, const struct frame *frame)
{
    const struct file *files = context;
    for (size_t i = 0; i < 4 && files[i].path; i++) {
        if (!str_eq(path, str_from(files[i].path)))
            continue;
        struct source *src = source_make(a, path, str_from(files[i].text));
        src->frame = frame;
        return src;
    }
    diag_error(ds, "no-file", cause, "file '%.*s' does not exist", STR(path));
    return NULL;
}

static void put_result(struct buf *out, const struct node *n, struct diags *ds)
{
    struct json_writer w;
    json_writer_init(&w, out, 0);
    if (n)
        json_node(&w, n);
    diags_print(ds, out, false);
}

static bool check(const char *name, const struct file *files, const char *expected)
{
    struct arena a = { 0 };
    struct diags ds;
    struct buf out;
    diags_init(&ds, &a);
    buf_init(&out, 0);
    struct source *src = source_make(&a, str_from(files[0].path), str_from(files[0].text));
    struct yaml_options options = { load, (void *)files };
    put_result(&out, yaml_read(&a, &ds, src, &options), &ds);
    bool same = str_eq(buf_str(&out), str_from(expected));
    if (!same)
        print_error("%s: expected\n%s\nbut it is\n%.*s\n", name, expected, STR(buf_str(&out)));
    buf_done(&out);
    arena_done(&a);
    return same;
}

static void includes(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        wrong += !check(cases[i].name, cases[i].files, cases[i].expected);
    assert_int_equal(wrong, 0);
}

/* Included nodes point into their own file, which knows how it came in. */
static void keeps_spans(void **state)
{
    (void)state;
    static const struct file files[4] = { { "a.yaml", "a: !include b.yaml\nt: !include c.txt\n" },
                                          { "b.yaml", "x:  [1]\n" },
                                          { "c.txt", "text\n" } };
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    struct source *src = source_make(&a, str_from(files[0].path), str_from(files[0].text));
    struct yaml_options options = { load, (void *)files };
    struct node *n = yaml_read(&a, &ds, src, &options);
    struct span list = node_get(node_get(n, S("a")), S("x"))->span;
    assert_true(str_eq(list.src->path, S("b.yaml")));
    assert_int_equal(list.at, 4);
    assert_int_equal(list.len, 3);
    assert_ptr_equal(list.src->frame->at.src, src);
    assert_int_equal(list.src->frame->at.at, 12);
    assert_null(list.src->frame->up);
    const struct node *text = node_get(n, S("t"));
    assert_true(str_eq(span_text(text->span), S("text\n")));
    assert_true(text->quoted);
    arena_done(&a);
}

/* Every path asked for includes the next: a0 includes a1 includes a2 … */
static struct source *load_next(void *context, struct arena *a, struct diags *ds, struct str path,
                                struct span cause, const struct frame *frame)
{
    (void)context;
    (void)ds;
    (void)cause;
    struct str text = arena_printf(a, "!include x%.*s", STR(path));
    struct source *src = source_make(a, path, text);
    src->frame = frame;
    return src;
}

/* The same two lines again and again, under ever new names. */
static struct source *load_twice(void *context, struct arena *a, struct diags *ds, struct str path,
                                 struct span cause, const struct frame *frame)
{
    (void)ds;
    (void)cause;
    size_t *count = context;
    struct str name = arena_printf(a, "%zu.yaml", ++*count);
    struct source *src = source_make(
        a, path, arena_printf(a, "[!include %.*s, !include x%.*s]", STR(name), STR(name)));
    src->frame = frame;
    return src;
}

static const struct diag *only_error(struct arena *a, struct diags *ds, yaml_load loader,
                                     void *context)
{
    diags_init(ds, a);
    struct yaml_options options = { loader, context };
    struct source *src = source_make(a, S("a.yaml"), S("!include b.yaml"));
    assert_null(yaml_read(a, ds, src, &options));
    assert_int_equal(ds->all.n, 1);
    return ds->all.p[0];
}

static void stops_at_limits(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct diags ds;
    const struct diag *d = only_error(&a, &ds, load_next, NULL);
    assert_string_equal(d->slug, "too-deep");
    assert_true(str_eq(d->message, S("files include each other more than 20 deep")));
    arena_done(&a);
}

static void stops_at_many_files(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct diags ds;
    size_t count = 0;
    diags_init(&ds, &a);
    struct yaml_options options = { load_twice, &count };
    struct source *src = source_make(&a, S("a.yaml"), S("!include b.yaml"));
    assert_null(yaml_read(&a, &ds, src, &options));
    assert_true(count <= LIMIT_INCLUDES + 1);
    bool said = false;
    for (size_t i = 0; i < ds.all.n; i++)
        said |= strcmp(ds.all.p[i]->slug, "too-large") == 0 &&
                str_eq(ds.all.p[i]->message, S("the document includes more than 1000 files"));
    assert_true(said);
    arena_done(&a);
}

static struct str write_file(struct arena *a, struct diags *ds, const char *dir, const char *name,
                             const char *text)
{
    struct str path = arena_printf(a, "%s/%s", dir, name);
    assert_int_equal(file_write(ds, path, str_from(text)), WRITE_CHANGED);
    return path;
}

/* The loader for files: reads below the root, and keeps a record. */
static void loads_files(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct diags ds;
    struct buf out;
    diags_init(&ds, &a);
    buf_init(&out, 0);
    char dir[] = "/tmp/yaml_include_XXXXXX";
    assert_non_null(mkdtemp(dir));
    struct str yaml = write_file(&a, &ds, dir, "configs/b.yaml", "x: !include c.sql\n");
    struct str sql = write_file(&a, &ds, dir, "configs/c.sql", "select 1");

    struct reads reads = { .arena = &a };
    struct yaml_files files = { .root = str_from(dir), .reads = &reads };
    struct yaml_options options = { yaml_load_file, &files };
    struct str text = S("a: !include b.yaml\nb: !include d.yaml\nc: !include ../configs\n");
    struct source *src = source_make(&a, S("configs/a.yaml"), text);
    put_result(&out, yaml_read(&a, &ds, src, &options), &ds);
    assert_true(
        str_eq(buf_str(&out), S("configs/a.yaml:2:13: error: file 'configs/d.yaml' does not exist "
                                "[no-file]\n"
                                "    2 | b: !include d.yaml\n"
                                "      |             ^^^^^^\n"
                                "configs/a.yaml:3:13: error: 'configs' is a folder; expected a "
                                "file [no-file]\n"
                                "    3 | c: !include ../configs\n"
                                "      |             ^^^^^^^^^^\n")));
    assert_int_equal(reads.paths.n, 2);
    assert_true(map_has(&reads.paths, S("configs/b.yaml")));
    assert_true(map_has(&reads.paths, S("configs/c.sql")));

    buf_done(&out);
    remove(yaml.p);
    remove(sql.p);
    remove(arena_printf(&a, "%s/configs", dir).p);
    remove(dir);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(includes),        cmocka_unit_test(keeps_spans),
        cmocka_unit_test(stops_at_limits), cmocka_unit_test(stops_at_many_files),
        cmocka_unit_test(loads_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
