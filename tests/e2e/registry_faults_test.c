/* Images to and from a registry that fails at each request in turn, lies, or is peculiar. A push or
 * pull completes, or says why not and completes when it is run again; nothing wrong is ever taken
 * for an image. */
#include "../support/fake_env.h"
#include "../support/fake_registry.h"
#include "../support/folder.h"
#include "../unit/unit.h"

#include "base/file.h"
#include "base/path.h"
#include "deploy/image.h"
#include "pack/oci_image.h"

enum { MOST = 40 }; /* requests of one push or pull, more than there are */

struct scene {
    struct folder folder;
    struct arena arena;
    struct diags ds;
    struct fake_env env;
    struct fake_registry registry;
    struct registry_settings settings;
    struct str layout; /* an image to push */
};

static void begin(struct scene *s)
{
    *s = (struct scene){ .layout = { 0 } };
    folder_make(&s->folder);
    diags_init(&s->ds, &s->arena);
    fake_registry_start(&s->registry);
    s->registry.ranges = true;
    s->settings.aws.env = fake_env_init(&s->env);
    fake_env_set(&s->env, "HOME", s->folder.path.p);
    s->settings.aws.http.stall_s = 1;
    s->settings.backoff_ms = 1;

    char text[20000];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * i % 251);
    folder_bytes(&s->folder, "a/file", (struct str){ text, sizeof text });
    folder_file(&s->folder, "b/file", "small");
    struct oci_spec spec = { 0 };
    struct oci_folder a = { .dir = str_from(folder_at(&s->folder, "a")), .to = S("a") };
    struct oci_folder b = { .dir = str_from(folder_at(&s->folder, "b")), .to = S("b") };
    struct oci_result result;
    vec_push(&s->arena, &spec.layers, a);
    vec_push(&s->arena, &spec.layers, b);
    vec_push(&s->arena, &spec.platforms, S("linux/amd64"));
    s->layout = str_from(folder_at(&s->folder, "image"));
    assert_true(oci_image_make(&s->arena, &s->ds, &spec, s->layout, NULL, &result));
}

static void end(struct scene *s)
{
    fake_registry_stop(&s->registry);
    arena_done(&s->arena);
    folder_remove(&s->folder);
}

static void open_registry(struct scene *s, struct registry *r, const char *image)
{
    struct registry_name name;
    struct str host = server_url(s->registry.server);
    host = str_sub(host, 7, host.n);
    diags_init(&s->ds, &s->arena);
    assert_true(registry_name_parse(&s->arena, &s->ds,
                                    arena_printf(&s->arena, "%.*s/%s", STR(host), image), &name));
    assert_true(registry_open(r, &s->arena, &s->ds, &s->settings, &name));
}

static bool push(struct scene *s, const char *image)
{
    struct registry r;
    struct image_sent sent;
    open_registry(s, &r, image);
    bool ok = image_push(&r, s->layout, &sent);
    registry_close(&r);
    return ok;
}

static bool pull(struct scene *s, const char *image, const char *to)
{
    struct registry r;
    struct image_platforms all = { 0 };
    open_registry(s, &r, image);
    bool ok = image_pull(&r, &all, str_from(folder_at(&s->folder, to)));
    registry_close(&r);
    return ok;
}

static const char *words(struct scene *s)
{
    struct buf out;
    buf_init(&out, 0);
    diags_print(&s->ds, &out, false);
    struct str text = arena_str(&s->arena, buf_str(&out));
    buf_done(&out);
    return text.p;
}

static bool has_index(struct scene *s, const char *to)
{
    return file_exists(str_from(folder_at(&s->folder, to)), S("index.json"));
}

/* Whether what was pulled is the image that was pushed, blob for blob. */
static bool is_same(struct scene *s, const char *to)
{
    struct oci_result first, second;
    struct str out = str_from(folder_at(&s->folder, to));
    struct diags ds;
    diags_init(&ds, &s->arena);
    return oci_image_record(&s->arena, &ds, out, S("k"), &second) &&
           oci_image_record(&s->arena, &ds, s->layout, S("k"), &first) &&
           str_eq(first.sha256, second.sha256) && first.bytes == second.bytes;
}

/* ---- every request meets every fault -------------------------------------------------------- */

static bool push_meets(struct scene *s, enum server_fault fault, size_t n, size_t times)
{
    size_t before = server_count(s->registry.server);
    for (size_t i = 0; i < times; i++)
        server_fail(s->registry.server, n + i, fault);
    bool ok = push(s, "team/x:v1");
    bool met = server_count(s->registry.server) >= before + n;
    server_forget(s->registry.server);
    if (!ok && !s->ds.errors)
        fail_msg("push, %s at %zu: it fails without a word", server_fault_name(fault), n);
    if (!ok && !push(s, "team/x:v1"))
        fail_msg("push, %s at %zu: it fails again: %s", server_fault_name(fault), n, words(s));
    if (!fake_registry_is_whole(&s->registry))
        fail_msg("push, %s at %zu: the registry has a broken image", server_fault_name(fault), n);
    if (!pull(s, "team/x:v1", "check") || !is_same(s, "check"))
        fail_msg("push, %s at %zu: another image: %s", server_fault_name(fault), n, words(s));
    return met;
}

static bool pull_meets(struct scene *s, enum server_fault fault, size_t n, size_t times)
{
    assert_true(push(s, "team/x:v1"));
    size_t before = server_count(s->registry.server);
    for (size_t i = 0; i < times; i++)
        server_fail(s->registry.server, n + i, fault);
    bool ok = pull(s, "team/x:v1", "back");
    bool met = server_count(s->registry.server) >= before + n;
    server_forget(s->registry.server);
    if (!ok && (!s->ds.errors || has_index(s, "back")))
        fail_msg("pull, %s at %zu: an image after a failure", server_fault_name(fault), n);
    if (!ok && !pull(s, "team/x:v1", "back"))
        fail_msg("pull, %s at %zu: it fails again: %s", server_fault_name(fault), n, words(s));
    if (!is_same(s, "back"))
        fail_msg("pull, %s at %zu: another image", server_fault_name(fault), n);
    return met;
}

static void everywhere(bool (*meets)(struct scene *, enum server_fault, size_t, size_t),
                       enum server_fault fault, size_t times)
{
    for (size_t n = 1; n < MOST; n++) {
        struct scene s;
        begin(&s);
        bool met = meets(&s, fault, n, times);
        end(&s);
        if (!met || (fault == FAULT_STALL && n == 3)) /* each of these takes a second */
            return;
    }
    fail_msg("it never ends");
}

static void test_one_fault(void **state)
{
    (void)state;
    for (int fault = FAULT_DROP_BEFORE; fault < FAULT_COUNT; fault++) {
        everywhere(push_meets, (enum server_fault)fault, 1);
        everywhere(pull_meets, (enum server_fault)fault, 1);
    }
}

static void test_down(void **state)
{
    (void)state;
    static const enum server_fault FAULTS[] = { FAULT_DROP_BEFORE, FAULT_429, FAULT_500 };
    for (size_t i = 0; i < COUNT(FAULTS); i++) {
        everywhere(push_meets, FAULTS[i], 8);
        everywhere(pull_meets, FAULTS[i], 8);
    }
}

/* ---- lies ----------------------------------------------------------------------------------- */

static const struct lie_case {
    const char *name;
    enum registry_lie lie;
    bool push; /* else a pull */
    const char *slug;
} lie_cases[] = {
    { "blobs with another byte", LIE_BLOB, false, "bad-digest" },
    { "blobs that end early", LIE_SHORT, false, "bad-digest" },
    { "blobs that go on", LIE_LONG, false, "bad-digest" },
    { "a manifest taken for another", LIE_TAKEN, true, "bad-digest" },
    { "blobs that are not there", LIE_HAVE, true, "registry-refused" },
};

static void test_lies(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lie_cases); i++) {
        const struct lie_case *c = &lie_cases[i];
        struct scene s;
        begin(&s);
        if (!c->push)
            assert_true(push(&s, "x:v1"));
        s.registry.lie = c->lie;
        bool ok = c->push ? push(&s, "x:v1") : pull(&s, "x:v1", "back");
        diags_sort(&s.ds);
        if (ok || !s.ds.all.n || strcmp(s.ds.all.p[0]->slug, c->slug) != 0)
            fail_msg("%s: %s", c->name, ok ? "it is believed" : words(&s));
        if (!c->push && has_index(&s, "back"))
            fail_msg("%s: there is an image", c->name);
        s.registry.lie = LIE_NONE;
        if (c->push ? !push(&s, "x:v1") : !pull(&s, "x:v1", "back") || !is_same(&s, "back"))
            fail_msg("%s: the next one fails: %s", c->name, words(&s));
        end(&s);
    }
}

/* A blob that is not what it is called by is not sent, whatever the registry would say. */
static void test_damaged(void **state)
{
    (void)state;
    size_t n = 1;
    for (size_t i = 0; i < n; i++) {
        struct scene s;
        struct names names = { 0 };
        struct str text;
        begin(&s);
        struct str blobs = str_from(folder_at(&s.folder, "image/blobs/sha256"));
        assert_true(
            file_list(&s.arena, &s.ds, (struct span){ 0 }, (struct str){ 0 }, blobs, &names));
        n = names.all.n;
        struct str path = path_join(&s.arena, blobs, names.all.p[i]);
        assert_true(file_read(&s.arena, &s.ds, (struct span){ 0 }, (struct str){ 0 }, path, 1 << 20,
                              &text));
        ((char *)text.p)[text.n / 2] ^= 1;
        assert_true(file_write(&s.ds, path, text) == WRITE_CHANGED);
        bool ok = push(&s, "x:v1");
        if (ok || strcmp(s.ds.all.p[0]->slug, "bad-digest") != 0)
            fail_msg("blob %zu: %s", i, ok ? "it is sent" : words(&s));
        ((char *)text.p)[text.n / 2] ^= 1;
        assert_true(file_write(&s.ds, path, text) == WRITE_CHANGED);
        assert_true(push(&s, "x:v1"));
        end(&s);
    }
    assert_int_equal(n, 4);
}

/* One image that no index speaks of is for what its configuration says. */
static void test_platform(void **state)
{
    (void)state;
    static const struct {
        const char *platform;
        bool good;
    } cases[] = { { "linux/amd64", true }, { "linux/arm64", false }, { "windows/amd64", false } };
    struct scene s;
    begin(&s);
    assert_true(push(&s, "x:v1"));
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct registry r;
        struct image_platforms one = { 0 };
        vec_push(&s.arena, &one.all, str_from(cases[i].platform));
        open_registry(&s, &r, "x:v1");
        const char *to = arena_printf(&s.arena, "to%zu", i).p;
        bool ok = image_pull(&r, &one, str_from(folder_at(&s.folder, to)));
        registry_close(&r);
        if (ok != cases[i].good || has_index(&s, to) != ok)
            fail_msg("%s: %s", cases[i].platform, ok ? "it is taken" : words(&s));
        if (!ok)
            assert_string_equal(s.ds.all.p[0]->slug, "no-platform");
    }
    end(&s);
}

/* A manifest asked for by its digest must be that one; by a tag, it may be any. */
static void test_manifest_lie(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    assert_true(push(&s, "x:v1"));
    struct oci_result result;
    assert_true(oci_image_record(&s.arena, &s.ds, s.layout, S("k"), &result));
    const char *name = arena_printf(&s.arena, "x@sha256:%.*s", STR(result.sha256)).p;
    assert_true(pull(&s, name, "good"));
    s.registry.lie = LIE_MANIFEST;
    assert_false(pull(&s, name, "bad"));
    assert_string_equal(s.ds.all.p[0]->slug, "bad-digest");
    assert_false(has_index(&s, "bad"));
    end(&s);
}

/* ---- peculiarities -------------------------------------------------------------------------- */

static void put_login(struct scene *s, const char *auth)
{
    struct str url = server_url(s->registry.server);
    struct str text = arena_printf(&s->arena, "{\"auths\":{\"%.*s\":{\"auth\":\"%s\"}}}",
                                   (int)url.n - 7, url.p + 7, auth);
    folder_bytes(&s->folder, ".docker/config.json", text);
}

static void test_logins(void **state)
{
    (void)state;
    for (int tokens = 0; tokens < 2; tokens++) {
        struct scene s;
        begin(&s);
        s.registry.password = "YWRhOnNlY3JldA==";
        s.registry.tokens = tokens;
        assert_false(push(&s, "x:v1"));
        assert_string_equal(s.ds.all.p[0]->slug, "registry-denied");
        put_login(&s, "YWRhOndyb25n");
        assert_false(push(&s, "x:v1"));
        assert_null(strstr(words(&s), "YWRhOndyb25n"));
        put_login(&s, "YWRhOnNlY3JldA==");
        if (!push(&s, "x:v1") || !pull(&s, "x:v1", "back") || !is_same(&s, "back"))
            fail_msg("tokens %d: %s", tokens, words(&s));
        end(&s);
    }
}

/* Storage elsewhere is not told who we are. */
static void test_redirect(void **state)
{
    (void)state;
    struct scene s;
    struct fake_registry storage;
    begin(&s);
    assert_true(push(&s, "x:v1"));
    fake_registry_start(&storage);
    storage.blobs = s.registry.blobs;
    s.registry.storage = server_url(storage.server);
    s.registry.password = "YWRhOnNlY3JldA==";
    put_login(&s, "YWRhOnNlY3JldA==");
    if (!pull(&s, "x:v1", "back") || !is_same(&s, "back"))
        fail_msg("%s", words(&s));
    assert_true(server_count(storage.server) > 0);
    assert_int_equal(storage.leaks, 0);
    fake_registry_stop(&storage);
    end(&s);
}

static void test_ecr(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    s.registry.ecr = true;
    s.registry.password = "QVdTOnRva2Vu";
    put_login(&s, "QVdTOnRva2Vu");
    if (!push(&s, "x:v1") || !push(&s, "x:v1") || !pull(&s, "x:v1", "back") || !is_same(&s, "back"))
        fail_msg("%s", words(&s));
    /* The tag is taken by another image, and stays. */
    folder_file(&s.folder, "b/file", "another");
    struct oci_spec spec = { 0 };
    struct oci_folder b = { .dir = str_from(folder_at(&s.folder, "b")), .to = S("b") };
    struct oci_result result;
    vec_push(&s.arena, &spec.layers, b);
    vec_push(&s.arena, &spec.platforms, S("linux/amd64"));
    assert_true(oci_image_make(&s.arena, &s.ds, &spec, s.layout, NULL, &result));
    assert_false(push(&s, "x:v1"));
    assert_non_null(strstr(words(&s), "ImageTagAlreadyExistsException"));
    assert_true(push(&s, "x:v2"));
    end(&s);
}

/* A connection that ends in the middle of a blob: the rest is asked for, not all again. */
static void test_range(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    assert_true(push(&s, "x:v1"));
    size_t before = server_count(s.registry.server);
    server_fail(s.registry.server, 3, FAULT_TRUNCATED);
    assert_true(pull(&s, "x:v1", "back") && is_same(&s, "back"));
    struct server_request q = server_request(s.registry.server, &s.arena, before + 3);
    assert_true(str_starts(server_header(&q, "Range"), S("bytes=")));
    s.registry.ranges = false;
    server_fail(s.registry.server, 3, FAULT_TRUNCATED);
    assert_true(pull(&s, "x:v1", "back2") && is_same(&s, "back2"));
    end(&s);
}

/* ---- names ---------------------------------------------------------------------------------- */

static const struct name_case {
    const char *text, *host, *repository, *tag, *sha256;
} name_cases[] = {
    { "alpine", "registry-1.docker.io", "library/alpine", "latest", "" },
    { "team/x:v1", "registry-1.docker.io", "team/x", "v1", "" },
    { "docker.io/alpine:3", "registry-1.docker.io", "library/alpine", "3", "" },
    { "localhost:5000/a/b/c", "localhost:5000", "a/b/c", "latest", "" },
    { "public.ecr.aws/docker/library/python:3.12-slim", "public.ecr.aws", "docker/library/python",
      "3.12-slim", "" },
    { "x.io/a@sha256:7cc4b5aefd1d0cadf8d97d4350462ba51c694ebca145b08d7d41b41acc8db5aa", "x.io", "a",
      "", "7cc4b5aefd1d0cadf8d97d4350462ba51c694ebca145b08d7d41b41acc8db5aa" },
    { "x.io/a:b@sha256:7cc4b5aefd1d0cadf8d97d4350462ba51c694ebca145b08d7d41b41acc8db5aa", "x.io",
      "a", "b", "7cc4b5aefd1d0cadf8d97d4350462ba51c694ebca145b08d7d41b41acc8db5aa" },
    { "", NULL, NULL, NULL, NULL },
    { "x.io/", NULL, NULL, NULL, NULL },
    { "x.io/A", NULL, NULL, NULL, NULL },
    { "x.io/../a", NULL, NULL, NULL, NULL },
    { "x.io/a//b", NULL, NULL, NULL, NULL },
    { "x.io/a:", NULL, NULL, NULL, NULL },
    { "x.io/a:b?c", NULL, NULL, NULL, NULL },
    { "user@x.io/a", NULL, NULL, NULL, NULL },
    { "x.io/a@sha256:12", NULL, NULL, NULL, NULL },
};

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(name_cases); i++) {
        const struct name_case *c = &name_cases[i];
        struct arena a = { 0 };
        struct diags ds;
        struct registry_name n;
        diags_init(&ds, &a);
        bool ok = registry_name_parse(&a, &ds, str_from(c->text), &n);
        if (ok != (c->host != NULL) || ok != !ds.errors)
            fail_msg("'%s' is %s", c->text, ok ? "taken" : "refused");
        if (ok) {
            assert_text(c->text, n.host, c->host);
            assert_text(c->text, n.repository, c->repository);
            assert_text(c->text, n.tag, c->tag);
            assert_text(c->text, n.sha256, c->sha256);
        }
        arena_done(&a);
    }
}

static void test_places(void **state)
{
    (void)state;
    assert_text("ECR", registry_ecr_region(S("123456789012.dkr.ecr.eu-west-1.amazonaws.com")),
                "eu-west-1");
    assert_text("China", registry_ecr_region(S("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn")),
                "cn-north-1");
    assert_text("another", registry_ecr_region(S("123456789012.dkr.ecr.evil.com")), "");
    assert_true(registry_is_local(S("http://127.0.0.1:5000/v2/")));
    assert_true(registry_is_local(S("http://localhost/x")));
    assert_false(registry_is_local(S("http://127.0.0.1.evil.com/")));
    assert_false(registry_is_local(S("http://127.0.0.1:80@evil.com/")));
    struct arena a = { 0 };
    struct str h = S("Bearer realm=\"https://a/\\\"b\", service=x , SCOPE=\"r:a:pull,push\"");
    assert_text("quoted", registry_challenge(&a, h, S("realm")), "https://a/\"b");
    assert_text("bare", registry_challenge(&a, h, S("service")), "x");
    assert_text("any case", registry_challenge(&a, h, S("scope")), "r:a:pull,push");
    assert_text("open", registry_challenge(&a, S("Bearer realm=\"x"), S("realm")), "");
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),     cmocka_unit_test(test_places),
        cmocka_unit_test(test_one_fault), cmocka_unit_test(test_down),
        cmocka_unit_test(test_lies),      cmocka_unit_test(test_manifest_lie),
        cmocka_unit_test(test_logins),    cmocka_unit_test(test_redirect),
        cmocka_unit_test(test_ecr),       cmocka_unit_test(test_range),
        cmocka_unit_test(test_damaged),   cmocka_unit_test(test_platform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
