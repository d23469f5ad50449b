#include "base/diag.h"
#include "base/limits.h"

#include "unit.h"

struct run {
    struct arena arena;
    struct diags diags;
    struct buf out;
};

static void start(struct run *r)
{
    *r = (struct run){ 0 };
    diags_init(&r->diags, &r->arena);
    buf_init(&r->out, 0);
}

static void finish(struct run *r)
{
    buf_done(&r->out);
    arena_done(&r->arena);
}

static struct source *text_source(struct run *r, const char *path, const char *text)
{
    return source_make(&r->arena, str_from(path), str_from(text));
}

/* One diagnostic at [at, at + len) of a file. */
static const struct {
    const char *name, *text;
    uint32_t at, len;
    const char *help, *want;
} places[] = {
    { "a word", "one: two\nthree: four\n", 9, 5, "did you mean 'tree'?",
      "f:2:1: error: wrong [w]\n"
      "    2 | three: four\n"
      "      | ^^^^^ did you mean 'tree'?\n" },
    { "inside a line", "a: bcd\n", 3, 3, NULL,
      "f:1:4: error: wrong [w]\n"
      "    1 | a: bcd\n"
      "      |    ^^^\n" },
    { "an empty span", "abc", 1, 0, NULL,
      "f:1:2: error: wrong [w]\n"
      "    1 | abc\n"
      "      |  ^\n" },
    { "an empty file", "", 0, 0, NULL,
      "f:1:1: error: wrong [w]\n"
      "    1 | \n"
      "      | ^\n" },
    { "the end of a file without a line end", "ab\ncd", 5, 0, NULL,
      "f:2:3: error: wrong [w]\n"
      "    2 | cd\n"
      "      |   ^\n" },
    { "the end of a file behind a line end", "ab\n", 3, 0, NULL,
      "f:2:1: error: wrong [w]\n"
      "    2 | \n"
      "      | ^\n" },
    { "a span beyond the end", "ab", 7, 3, NULL,
      "f:1:3: error: wrong [w]\n"
      "    1 | ab\n"
      "      |   ^\n" },
    { "a line end", "ab\ncd\n", 2, 1, NULL,
      "f:1:3: error: wrong [w]\n"
      "    1 | ab\n"
      "      |   ^\n" },
    { "a span over lines", "ab\ncd\nef\n", 1, 6, NULL,
      "f:1:2: error: wrong [w]\n"
      "    1 | ab\n"
      "      |  ^\n" },
    { "tabs", "\ta:\tbc\n", 4, 2, NULL,
      "f:1:5: error: wrong [w]\n"
      "    1 |  a: bc\n"
      "      |     ^^\n" },
    { "characters of several bytes", "\xC3\xA9\xE2\x82\xAC: \xF0\x9F\x98\x80x\n", 7, 5, NULL,
      "f:1:5: error: wrong [w]\n"
      "    1 | \xC3\xA9\xE2\x82\xAC: \xF0\x9F\x98\x80x\n"
      "      |     ^^\n" },
    { "bytes that are no UTF-8", "a\xFF\xFE z\n", 1, 2, NULL,
      "f:1:2: error: wrong [w]\n"
      "    1 | a\xEF\xBF\xBD\xEF\xBF\xBD z\n"
      "      |  ^^\n" },
    { "control characters", "a\x1B[31mb\x07\x7F\n", 7, 1, NULL,
      "f:1:8: error: wrong [w]\n"
      "    1 | a\xEF\xBF\xBD[31mb\xEF\xBF\xBD\xEF\xBF\xBD\n"
      "      |        ^\n" },
    { "CRLF", "ab\r\ncd\r\n", 4, 2, NULL,
      "f:2:1: error: wrong [w]\n"
      "    2 | cd\n"
      "      | ^^\n" },
    { "CR alone", "ab\rcd\ref", 6, 2, NULL,
      "f:3:1: error: wrong [w]\n"
      "    3 | ef\n"
      "      | ^^\n" },
    { "the LF of a CRLF", "ab\r\ncd", 3, 1, NULL,
      "f:1:4: error: wrong [w]\n"
      "    1 | ab\n"
      "      |   ^\n" },
};

static void excerpts_with_carets(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(places); i++) {
        struct run r;
        start(&r);
        struct source *src = text_source(&r, "f", places[i].text);
        struct diag *d =
            diag_error(&r.diags, "w", (struct span){ src, places[i].at, places[i].len }, "wrong");
        if (places[i].help)
            diag_help(d, "%s", places[i].help);
        diags_print(&r.diags, &r.out, false);
        assert_text(places[i].name, buf_str(&r.out), places[i].want);
        finish(&r);
    }
}

/* A line of 10-character words, each holding its number. */
static struct str long_line(struct arena *a, unsigned words, const char *between)
{
    struct buf b;
    buf_init(&b, 0);
    for (unsigned i = 0; i < words; i++)
        buf_printf(&b, "%08u%s", i * 10, between);
    struct str s = arena_str(a, buf_str(&b));
    buf_done(&b);
    return s;
}

static void long_lines_are_windowed(void **state)
{
    (void)state;
    static const struct {
        uint32_t at, len;
        const char *want;
    } cases[] = {
        { 0, 8,
          "f:1:1: error: wrong [w]\n"
          "    1 | 00000000, 00000010, 00000020, 00000030, 00000040, 00000050, 00000060, "
          "00000070, 00000080, 00000090, …\n"
          "      | ^^^^^^^^\n" },
        { 60, 8,
          "f:1:61: error: wrong [w]\n"
          "    1 | 00000000, 00000010, 00000020, 00000030, 00000040, 00000050, 00000060, "
          "00000070, 00000080, 00000090, …\n"
          "      |                                                             ^^^^^^^^\n" },
        { 50000, 8,
          "f:1:50001: error: wrong [w]\n"
          "    1 | …00049940, 00049950, 00049960, 00049970, 00049980, 00049990, 00050000, "
          "00050010, 00050020, 00050030, …\n"
          "      |                                                              ^^^^^^^^\n" },
        { 50000, 500,
          "f:1:50001: error: wrong [w]\n"
          "    1 | …00049940, 00049950, 00049960, 00049970, 00049980, 00049990, 00050000, "
          "00050010, 00050020, 00050030, …\n"
          "      |                                                              "
          "^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n" },
        { 99990, 8,
          "f:1:99991: error: wrong [w]\n"
          "    1 | …00099900, 00099910, 00099920, 00099930, 00099940, 00099950, 00099960, "
          "00099970, 00099980, 00099990, \n"
          "      |                                                                           "
          "                 ^^^^^^^^\n" },
        { 100000, 0,
          "f:1:100001: error: wrong [w]\n"
          "    1 | …00099900, 00099910, 00099920, 00099930, 00099940, 00099950, 00099960, "
          "00099970, 00099980, 00099990, \n"
          "      |                                                                           "
          "                           ^\n" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct run r;
        start(&r);
        struct source *src = source_make(&r.arena, S("f"), long_line(&r.arena, 10000, ", "));
        diag_error(&r.diags, "w", (struct span){ src, cases[i].at, cases[i].len }, "wrong");
        diags_print(&r.diags, &r.out, false);
        assert_text("long line", buf_str(&r.out), cases[i].want);
        finish(&r);
    }
}

static void long_lines_beyond_ascii(void **state)
{
    (void)state;
    struct run r;
    start(&r);
    /* 12 bytes and 10 characters a word */
    struct source *src =
        source_make(&r.arena, S("f"), long_line(&r.arena, 1000, "\xC3\xA9\xC3\xA9"));
    diag_error(&r.diags, "w", (struct span){ src, 6000, 8 }, "wrong");
    diags_print(&r.diags, &r.out, false);
    assert_text("bytes and characters", buf_str(&r.out),
                "f:1:5001: error: wrong [w]\n"
                "    1 | …00004940éé00004950éé00004960éé00004970éé00004980éé00004990éé00005000éé"
                "00005010éé00005020éé00005030éé…\n"
                "      |                                                              ^^^^^^^^\n");
    finish(&r);
}

/* A minified document of ten megabytes with a thousand mistakes. */
static void long_lines_do_not_take_for_ever(void **state)
{
    (void)state;
    struct run r;
    start(&r);
    struct source *src = source_make(&r.arena, S("f"), long_line(&r.arena, 1000000, ", "));
    for (uint32_t i = 0; i < LIMIT_DIAGS; i++)
        diag_error(&r.diags, "w", (struct span){ src, i * 10000, 8 }, "wrong");
    diags_print(&r.diags, &r.out, false);
    assert_true(r.out.n > LIMIT_DIAGS * 100);
    finish(&r);
}

static void notes_helps_and_no_place(void **state)
{
    (void)state;
    struct run r;
    start(&r);
    struct source *src = text_source(&r, "a.yaml", "one: 1\ntwo: 2\n");
    struct diag *d = diag_warning(&r.diags, "odd", (struct span){ src, 7, 3 }, "odd '%s'", "two");
    diag_help(d, "first");
    diag_help(d, "second");
    diag_note(d, (struct span){ src, 0, 3 }, "see 'one'");
    diag_note(d, (struct span){ 0 }, "and nowhere");
    d = diag_world(&r.diags, "cannot-write", (struct span){ 0 }, "cannot write 'x'");
    diag_help(d, "make room");
    diags_print(&r.diags, &r.out, false);
    assert_text("text", buf_str(&r.out),
                "stepwright: error: cannot write 'x' [cannot-write]\n"
                "      | make room\n"
                "a.yaml:2:1: warning: odd 'two' [odd]\n"
                "    2 | two: 2\n"
                "      | ^^^ first\n"
                "      | second\n"
                "a.yaml:1:1: note: see 'one'\n"
                "    1 | one: 1\n"
                "      | ^^^\n"
                "stepwright: note: and nowhere\n");
    assert_int_equal(diags_exit(&r.diags), 3);
    finish(&r);
}

static void colours(void **state)
{
    (void)state;
    struct run r;
    start(&r);
    struct source *src = text_source(&r, "f", "ab\n");
    struct diag *d = diag_error(&r.diags, "w", (struct span){ src, 1, 1 }, "wrong");
    diag_note(d, (struct span){ src, 0, 1 }, "here");
    diags_print(&r.diags, &r.out, true);
    assert_text("colour", buf_str(&r.out),
                "\033[1mf:1:2: \033[1;31merror:\033[0m wrong [w]\n"
                "    1 | ab\n"
                "      |  \033[1;31m^\033[0m\n"
                "\033[1mf:1:1: \033[1;36mnote:\033[0m here\n"
                "    1 | ab\n"
                "      | \033[1;36m^\033[0m\n");
    finish(&r);
}

static void what_a_user_wrote_cannot_drive_the_terminal(void **state)
{
    (void)state;
    struct run r;
    start(&r);
    struct source *src = text_source(&r, "\x1B]0;f\x07", "x");
    struct diag *d =
        diag_error(&r.diags, "w", (struct span){ src, 0, 1 }, "key '%s'", "\x1B[2J\xE2\x80\xAE");
    diag_help(d, "%s",
              "\x9B"
              "1m\r");
    diags_print(&r.diags, &r.out, false);
    assert_null(memchr(r.out.p, 0x1B, r.out.n));
    assert_null(memchr(r.out.p, 0x07, r.out.n));
    assert_null(memchr(r.out.p, '\r', r.out.n));
    assert_int_equal(str_find(buf_str(&r.out), S("\xE2\x80\xAE"), 0), SIZE_MAX);
    finish(&r);
}

static void sorted_and_each_once(void **state)
{
    (void)state;
    struct run r;
    start(&r);
    struct source *b = text_source(&r, "b", "bbb\n"), *a = text_source(&r, "a", "aaa\n");
    diag_error(&r.diags, "w", (struct span){ b, 2, 1 }, "late");
    diag_error(&r.diags, "w", (struct span){ b, 0, 1 }, "early");
    diag_error(&r.diags, "w", (struct span){ a, 0, 1 }, "first file");
    diag_error(&r.diags, "w", (struct span){ b, 2, 1 }, "late");
    diag_error(&r.diags, "v", (struct span){ b, 2, 1 }, "late");
    diag_error(&r.diags, "w", (struct span){ b, 2, 0 }, "late");
    diag_error(&r.diags, "w", (struct span){ 0 }, "nowhere");
    diags_sort(&r.diags);
    static const char *const want[] = { "nowhere", "first file", "early", "late", "late", "late" };
    assert_int_equal(r.diags.all.n, COUNT(want));
    for (size_t i = 0; i < COUNT(want); i++)
        assert_text("order", r.diags.all.p[i]->message, want[i]);
    assert_int_equal(r.diags.all.p[3]->span.len, 0);
    assert_string_equal(r.diags.all.p[4]->slug, "v");
    assert_int_equal(r.diags.errors, 6);
    diags_sort(&r.diags);
    assert_int_equal(r.diags.errors, 6);
    finish(&r);
}

static void exit_codes(void **state)
{
    (void)state;
    struct run r;
    start(&r);
    assert_int_equal(diags_exit(&r.diags), 0);
    diag_warning(&r.diags, "w", (struct span){ 0 }, "odd");
    assert_int_equal(diags_exit(&r.diags), 0);
    diag_error(&r.diags, "w", (struct span){ 0 }, "wrong");
    assert_int_equal(diags_exit(&r.diags), 1);
    diag_world(&r.diags, "w", (struct span){ 0 }, "failed");
    assert_int_equal(diags_exit(&r.diags), 3);
    finish(&r);
}

static void over_the_limit_they_are_only_counted(void **state)
{
    (void)state;
    struct run r;
    start(&r);
    struct source *src = text_source(&r, "f", "x\n");
    for (int i = 0; i < LIMIT_DIAGS + 5; i++) {
        struct diag *d = diag_error(&r.diags, "w", (struct span){ src, 0, 1 }, "number %d", i);
        diag_help(d, "help %d", i);
        diag_note(d, (struct span){ src, 0, 1 }, "note %d", i);
    }
    diag_world(&r.diags, "w", (struct span){ 0 }, "the disk is full");
    assert_int_equal(r.diags.errors, LIMIT_DIAGS + 6);
    assert_int_equal(r.diags.all.n, LIMIT_DIAGS);
    assert_int_equal(diags_exit(&r.diags), 3);
    diags_print(&r.diags, &r.out, false);
    assert_true(str_ends(buf_str(&r.out), S("stepwright: 6 more are not shown\n")));
    finish(&r);
}

/* template.yaml ──template──> text; the segments say where its bytes come from. */
static void generated_text_points_at_the_template(void **state)
{
    (void)state;
    struct run r;
    start(&r);
    struct source *written = text_source(&r, "t.yaml", "a: {{ name }}\nb: 1\n");
    struct source *made = text_source(&r, "t.yaml", "a: Maria\nb: 1\n");
    struct segment segments[] = {
        { .at = 0, .literal = true, .from = { written, 0, 3 } },
        { .at = 3, .literal = false, .from = { written, 3, 10 } },
        { .at = 8, .literal = true, .from = { written, 13, 6 } },
    };
    source_map(&r.arena, made, segments, COUNT(segments));
    static const struct {
        const char *name;
        uint32_t at, len, want_at, want_len;
    } cases[] = {
        { "literal", 0, 1, 0, 1 },
        { "literal, moved", 9, 1, 14, 1 },
        { "computed, all of it", 3, 5, 3, 10 },
        { "computed, a part", 5, 2, 3, 10 },
        { "from literal into computed", 1, 4, 1, 12 },
        { "from computed into literal", 6, 4, 3, 12 },
        { "over everything", 0, 14, 0, 19 },
        { "an empty span", 9, 0, 14, 0 },
        { "the end", 14, 0, 19, 0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct span s = span_origin((struct span){ made, cases[i].at, cases[i].len }, NULL);
        assert_ptr_equal(s.src, written);
        if (s.at != cases[i].want_at || s.len != cases[i].want_len)
            fail_msg("%s: %u+%u", cases[i].name, s.at, s.len);
    }
    finish(&r);
}

static void frames_become_notes(void **state)
{
    (void)state;
    struct run r;
    start(&r);
    struct source *macros = text_source(&r, "m.j2", "{% macro m() %}x: {{ y }}{% endmacro %}\n");
    struct source *page = text_source(&r, "p.yaml", "k:\n  {{ m() }}\n");
    struct source *made = text_source(&r, "p.yaml", "k:\n  x: 1\n");
    struct frame included = { .what = S("in the file included here"), .at = { page, 0, 2 } };
    struct frame call = { .what = S("in macro 'm'"), .at = { page, 5, 9 }, .up = &included };
    struct segment segments[] = {
        { .at = 0, .literal = true, .from = { page, 0, 5 } },
        { .at = 5, .literal = true, .from = { macros, 15, 3 }, .frame = &call },
        { .at = 8, .from = { macros, 18, 7 }, .frame = &call },
        { .at = 9, .literal = true, .from = { page, 14, 1 } },
    };
    source_map(&r.arena, made, segments, COUNT(segments));
    diag_error(&r.diags, "w", (struct span){ made, 8, 1 }, "wrong");
    diags_print(&r.diags, &r.out, false);
    assert_text("frames", buf_str(&r.out),
                "m.j2:1:19: error: wrong [w]\n"
                "    1 | {% macro m() %}x: {{ y }}{% endmacro %}\n"
                "      |                   ^^^^^^^\n"
                "p.yaml:2:3: note: in macro 'm'\n"
                "    2 |   {{ m() }}\n"
                "      |   ^^^^^^^^^\n"
                "p.yaml:1:1: note: in the file included here\n"
                "    1 | k:\n"
                "      | ^^\n");
    finish(&r);
}

static void a_file_knows_how_it_was_included(void **state)
{
    (void)state;
    struct run r;
    start(&r);
    struct source *page = text_source(&r, "p.yaml", "a: !include q.yaml\n");
    struct source *other = text_source(&r, "q.yaml", "b: 2\n");
    struct frame frame = { .what = S("included here"), .at = { page, 3, 15 } };
    other->frame = &frame;
    diag_error(&r.diags, "w", (struct span){ other, 3, 1 }, "wrong");
    diags_print(&r.diags, &r.out, false);
    assert_text("included", buf_str(&r.out),
                "q.yaml:1:4: error: wrong [w]\n"
                "    1 | b: 2\n"
                "      |    ^\n"
                "p.yaml:1:4: note: included here\n"
                "    1 | a: !include q.yaml\n"
                "      |    ^^^^^^^^^^^^^^^\n");
    finish(&r);
}

static void as_json(void **state)
{
    (void)state;
    struct run r;
    start(&r);
    diags_print_json(&r.diags, &r.out);
    assert_text("none", buf_str(&r.out), "[]\n");
    r.out.n = 0;
    struct source *src = text_source(&r, "f", "a\nbc: \"d\n");
    struct diag *d = diag_error(&r.diags, "w", (struct span){ src, 2, 5 }, "wrong \"%s\"", "\n");
    diag_help(d, "why");
    diag_note(d, (struct span){ src, 0, 1 }, "here");
    diag_warning(&r.diags, "v", (struct span){ 0 }, "odd");
    diags_print_json(&r.diags, &r.out);
    assert_text("two", buf_str(&r.out),
                "[\n"
                "  {\n"
                "    \"severity\": \"warning\",\n"
                "    \"code\": \"v\",\n"
                "    \"message\": \"odd\",\n"
                "    \"help\": [],\n"
                "    \"notes\": []\n"
                "  },\n"
                "  {\n"
                "    \"severity\": \"error\",\n"
                "    \"code\": \"w\",\n"
                "    \"message\": \"wrong \\\"\\n\\\"\",\n"
                "    \"file\": \"f\",\n"
                "    \"line\": 2,\n"
                "    \"column\": 1,\n"
                "    \"end_line\": 2,\n"
                "    \"end_column\": 6,\n"
                "    \"at\": 2,\n"
                "    \"length\": 5,\n"
                "    \"help\": [\n"
                "      \"why\"\n"
                "    ],\n"
                "    \"notes\": [\n"
                "      {\n"
                "        \"message\": \"here\",\n"
                "        \"file\": \"f\",\n"
                "        \"line\": 1,\n"
                "        \"column\": 1,\n"
                "        \"end_line\": 1,\n"
                "        \"end_column\": 2,\n"
                "        \"at\": 0,\n"
                "        \"length\": 1\n"
                "      }\n"
                "    ]\n"
                "  }\n"
                "]\n");
    finish(&r);
}

static void suggestions(void **state)
{
    (void)state;
    static const struct str words[] = { S_INIT("worker_type"), S_INIT("workers"), S_INIT("timeout"),
                                        S_INIT("max_retries") };
    static const struct {
        const char *word;
        size_t want;
    } cases[] = {
        { "worker_tpye", 0 }, { "WORKER_TYPE", 0 }, { "worker", 1 },  { "time_out", 2 },
        { "maxretries", 3 },  { "zzz", SIZE_MAX },  { "", SIZE_MAX }, { "tim", SIZE_MAX },
        { "workerz", 1 },     { "x", SIZE_MAX },    { "tmieuot", 2 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t got = diag_nearest(str_from(cases[i].word), words, COUNT(words));
        if (got != cases[i].want)
            fail_msg("'%s' is near to %zu", cases[i].word, got);
    }
    assert_int_equal(diag_nearest(S("a"), NULL, 0), SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(excerpts_with_carets),
        cmocka_unit_test(long_lines_are_windowed),
        cmocka_unit_test(long_lines_beyond_ascii),
        cmocka_unit_test(long_lines_do_not_take_for_ever),
        cmocka_unit_test(notes_helps_and_no_place),
        cmocka_unit_test(colours),
        cmocka_unit_test(what_a_user_wrote_cannot_drive_the_terminal),
        cmocka_unit_test(sorted_and_each_once),
        cmocka_unit_test(exit_codes),
        cmocka_unit_test(over_the_limit_they_are_only_counted),
        cmocka_unit_test(generated_text_points_at_the_template),
        cmocka_unit_test(frames_become_notes),
        cmocka_unit_test(a_file_knows_how_it_was_included),
        cmocka_unit_test(as_json),
        cmocka_unit_test(suggestions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
