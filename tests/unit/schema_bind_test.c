#include "schema/bind.h"

#include "base/json.h"
#include "base/json_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct inner {
    struct vstr name;
    struct vint size;
};
struct thing {
    struct vstr title, path;
    struct vint timeout, delay;
    struct vfloat rate;
    struct vbool on;
    struct venum mode;
    struct vstrs words;
    struct vany data, table;
    struct vobj one;
    struct vobjs many;
};

#define F(kind, name, ...) FIELD_##kind(struct inner, name, __VA_ARGS__)
static const struct field inner_rows[] = { F(STR, name, .required = true, .doc = ""),
                                           F(INT, size, .dflt = "7") };
#undef F
static const struct fields inner_fields = FIELDS(struct inner, "inner", inner_rows, .doc = "");

#define F(kind, name, ...) FIELD_##kind(struct thing, name, __VA_ARGS__)
static const struct field rows[] = {
    F(STR, title, .required = true, .example = "x"),
    F(STR, path, .runtime = true, .aliases = WORDS("where", "place")),
    F(INT, timeout, .unit = "minutes", .min = 1, .max = 1440, .dflt = "60"),
    F(INT, delay, .runtime = true, .min = 0, .max = INT64_MAX),
    F(FLOAT, rate, .dflt = "1.5"),
    F(BOOL, on, .dflt = "true"),
    F(ENUM, mode, .values = WORDS("fast", "slow"), .dflt = "slow", .any_case = true),
    F(STRS, words, .doc = ""),
    F(ANY, data, .doc = ""),
    F(MAP, table, .doc = ""),
    F(OBJ, one, .sub = &inner_fields),
    F(OBJS, many, .sub = &inner_fields),
};
#undef F
static const struct fields fields = FIELDS(struct thing, "thing", rows, .doc = "");
static const char *const WRAPPERS[] = { "config", NULL };

struct run {
    struct arena arena;
    struct diags ds;
    struct thing thing;
    bool good;
};

static void bind_text(struct run *r, const char *text)
{
    *r = (struct run){ 0 };
    diags_init(&r->ds, &r->arena);
    struct bind b = { .arena = &r->arena, .ds = &r->ds };
    const struct source *src = source_make(&r->arena, S("thing"), str_from(text));
    const struct node *n = json_read_node(&r->arena, &r->ds, src);
    assert_non_null(n);
    struct bind_part part = { &fields, &r->thing };
    r->good = bind_parts(&b, n, WRAPPERS, &part, 1, S("thing"));
}

static void test_defaults(void **state)
{
    (void)state;
    struct run r;
    bind_text(&r, "{\"title\": \"t\"}");
    assert_true(r.good);
    assert_true(r.thing.title.set);
    assert_int_equal(r.thing.timeout.v, 60);
    assert_false(r.thing.timeout.set);
    assert_true(r.thing.rate.v > 1.49 && r.thing.rate.v < 1.51);
    assert_true(r.thing.on.v);
    assert_int_equal(r.thing.mode.v, 1);
    assert_null(r.thing.one.p);
    assert_null(r.thing.data.node);
    assert_int_equal(r.thing.words.n, 0);
    arena_done(&r.arena);
}

static void test_values(void **state)
{
    (void)state;
    struct run r;
    bind_text(
        &r,
        "{\"title\": \"t\", \"where\": \"$.x\", \"config\": {\"timeout\": 5, \"delay\": \"$.d\","
        "\"mode\": \"FAST\", \"words\": \"a\", \"one\": {\"name\": \"n\"}},"
        "\"many\": [{\"name\": \"a\", \"size\": 1}, {\"name\": \"b\"}], \"on\": null}");
    assert_true(r.good);
    assert_true(r.thing.path.runtime);
    assert_int_equal(r.thing.timeout.v, 5);
    assert_true(str_eq(r.thing.delay.path, S("$.d")));
    assert_int_equal(r.thing.mode.v, 0);
    assert_int_equal(r.thing.words.n, 1);
    assert_int_equal(((struct inner *)r.thing.one.p)->size.v, 7);
    assert_int_equal(((struct inner *)r.thing.many.items)[0].size.v, 1);
    assert_int_equal(((struct inner *)r.thing.many.items)[1].size.v, 7);
    assert_true(r.thing.on.v);
    arena_done(&r.arena);
}

static const struct {
    const char *text, *message, *help;
} ERRORS[] = {
    { "{}", "thing has no 'title'", "for example 'title: x'" },
    { "{\"title\": \"\"}", "'title' is empty", NULL },
    { "{\"title\": null}", "'title' is empty", NULL },
    { "{\"title\": 1.5}", "'title' is a number; expected a string", "write \"1.5\" in quotes" },
    { "{\"title\": \"$.x\"}",
      "'title' must be known when the pipeline is built; '$.x' is only known at run time",
      "write the value itself, or a template variable" },
    { "{\"titel\": 1}", "unknown key 'titel' in thing", "did you mean 'title'?" },
    { "{\"titel\": 1, \"title\": \"t\"}", "unknown key 'titel' in thing", "did you mean 'title'?" },
    { "{\"title\": \"t\", \"timeout\": 0}", "'timeout' is 0 minutes; expected 1 to 1440", NULL },
    { "{\"title\": \"t\", \"timeout\": 1441}", "'timeout' is 1441 minutes; expected 1 to 1440",
      NULL },
    { "{\"title\": \"t\", \"delay\": -1}", "'delay' is -1; expected 0 or more", NULL },
    { "{\"title\": \"t\", \"timeout\": \"5\"}",
      "'timeout' is a string; expected an integer (minutes)", "write 5 without quotes" },
    { "{\"title\": \"t\", \"timeout\": 1.0}",
      "'timeout' is a number; expected an integer (minutes)", NULL },
    { "{\"title\": \"t\", \"on\": 1}", "'on' is an integer; expected true or false", NULL },
    { "{\"title\": \"t\", \"mode\": \"fsat\"}", "'mode' cannot be 'fsat'", "did you mean 'fast'?" },
    { "{\"title\": \"t\", \"words\": [1]}", "'words' is an integer; expected a string",
      "write \"1\" in quotes" },
    { "{\"title\": \"t\", \"table\": []}", "'table' is a list; expected a map", NULL },
    { "{\"title\": \"t\", \"one\": {}}", "one has no 'name'", NULL },
    { "{\"title\": \"t\", \"many\": 1}", "'many' is an integer; expected a list of maps", NULL },
    { "{\"title\": \"t\", \"config\": 1}", "'config' is an integer; expected a map", NULL },
    { "{\"title\": \"t\", \"config\": {\"title\": \"u\"}}", "'title' is given twice", NULL },
    { "{\"title\": \"t\", \"path\": \"a\", \"place\": \"b\"}", "'path' is given twice", NULL },
};

static void test_errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ERRORS / sizeof *ERRORS; i++) {
        struct run r;
        bind_text(&r, ERRORS[i].text);
        assert_false(r.good);
        if (r.ds.all.n != 1)
            fail_msg("%s: %zu messages", ERRORS[i].text, r.ds.all.n);
        const struct diag *d = r.ds.all.p[0];
        assert_string_equal(d->message.p, ERRORS[i].message);
        if (ERRORS[i].help) {
            assert_true(d->helps.n >= 1);
            assert_string_equal(d->helps.p[0].p, ERRORS[i].help);
        }
        arena_done(&r.arena);
    }
}

static void test_all_at_once(void **state)
{
    (void)state;
    struct run r;
    bind_text(&r, "{\"timeout\": 0, \"x\": 1, \"on\": 2, \"one\": {\"nam\": 1}}");
    assert_false(r.good);
    assert_int_equal(r.ds.all.n, 5); /* title, timeout, x, on, nam */
    arena_done(&r.arena);
}

/* A wrapper may also be a field: what it holds decides. */
struct job {
    struct vstr config;
    struct vint workers;
};
#define F(kind, name, ...) FIELD_##kind(struct job, name, __VA_ARGS__)
static const struct field job_rows[] = {
    F(STR, config, .aliases = WORDS("job_file")),
    F(INT, workers, .dflt = "2"),
};
#undef F
static const struct fields job_fields = FIELDS(struct job, "job", job_rows, .doc = "");

static void test_wrapper_that_is_a_field(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        "{\"config\": \"a.yaml\", \"workers\": 3}",
        "{\"config\": {\"job_file\": \"a.yaml\", \"workers\": 3}}",
    };
    for (size_t i = 0; i < 2; i++) {
        struct arena a = { 0 };
        struct diags ds;
        struct job job = { 0 };
        diags_init(&ds, &a);
        struct bind b = { .arena = &a, .ds = &ds };
        const struct node *n =
            json_read_node(&a, &ds, source_make(&a, S("job"), str_from(TEXTS[i])));
        struct bind_part part = { &job_fields, &job };
        assert_true(bind_parts(&b, n, WRAPPERS, &part, 1, S("job")));
        assert_true(str_eq(job.config.s, S("a.yaml")));
        assert_int_equal(job.workers.v, 3);
        arena_done(&a);
    }
}

static void test_back_to_data(void **state)
{
    (void)state;
    struct run r;
    struct buf out;
    struct json_writer w;
    bind_text(&r, "{\"place\": \"$.x\", \"title\": \"t\", \"delay\": \"$.d\", \"words\": \"w\", "
                  "\"data\": [1, {}], \"one\": {\"name\": \"n\"}, \"many\": [{\"name\": \"m\", "
                  "\"size\": 0}], \"mode\": \"FAST\"}");
    assert_true(r.good);
    buf_init(&out, 0);
    json_writer_init(&w, &out, 0);
    json_node(&w, bind_node(&r.arena, &fields, &r.thing, (struct span){ 0 }));
    assert_string_equal(arena_str(&r.arena, buf_str(&out)).p,
                        "{\"title\":\"t\",\"path\":\"$.x\",\"timeout\":60,\"delay\":\"$.d\","
                        "\"rate\":1.5,\"on\":true,\"mode\":\"fast\",\"words\":[\"w\"],"
                        "\"data\":[1,{}],\"one\":{\"name\":\"n\",\"size\":7},"
                        "\"many\":[{\"name\":\"m\",\"size\":0}]}");
    buf_done(&out);
    arena_done(&r.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_all_at_once),
        cmocka_unit_test(test_wrapper_that_is_a_field),
        cmocka_unit_test(test_back_to_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
