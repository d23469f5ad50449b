#include "deploy/manifest.h"

#include "base/digest.h"

#include "../support/folder.h"
#include "unit.h"

struct scene {
    struct folder folder;
    struct arena arena;
    struct diags ds;
    struct manifest m;
};

static struct str digest_of(struct arena *a, const char *text)
{
    uint8_t digest[SHA256_BYTES];
    char *hex = arena_alloc(a, SHA256_HEX);
    sha256(digest, str_from(text));
    hex_put(hex, digest, SHA256_BYTES);
    return (struct str){ hex, SHA256_HEX };
}

static struct str entry(struct arena *a, const char *id, const char *path, const char *content)
{
    return arena_printf(a,
                        "{\"id\": \"%s\", \"path\": \"%s\", \"sha256\": \"%.*s\", \"bytes\": %zu, "
                        "\"key\": \"stepwright/%s\"}",
                        id, path, STR(digest_of(a, content)), strlen(content), id);
}

static void begin(struct scene *s)
{
    *s = (struct scene){ 0 };
    struct arena *a = &s->arena;
    folder_make(&s->folder);
    diags_init(&s->ds, a);
    folder_file(&s->folder, "bundles/code.zip", "zipped");
    folder_file(&s->folder, "dev/x.template.min.json", "{\"Resources\":{}}");
    folder_file(&s->folder, "dev/x.iam.json", "{\"roles\": []}");
    folder_bytes(
        &s->folder, "dev/x.manifest.json",
        arena_printf(
            a,
            "{\"version\": 1, \"pipeline\": \"x\", \"stage\": \"dev\", \"stack\": \"x-dev\", "
            "\"tags\": {\"a\": \"b\"}, \"protection\": true, "
            "\"sources\": {\"Fn\": \"configs/x.yaml:3\"}, "
            "\"uploads\": [%.*s], \"files\": [%.*s], \"template\": %.*s}",
            STR(entry(a, "code", "../bundles/code.zip", "zipped")),
            STR(entry(a, "iam.json", "x.iam.json", "{\"roles\": []}")),
            STR(entry(a, "template", "x.template.min.json", "{\"Resources\":{}}"))));
    assert_true(
        manifest_read(a, &s->ds, str_from(folder_at(&s->folder, "dev/x.manifest.json")), &s->m));
}

static void end(struct scene *s)
{
    folder_remove(&s->folder);
    arena_done(&s->arena);
}

static void test_it_is_read(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    assert_text("stack", s.m.stack, "x-dev");
    assert_text("region", s.m.region, "");
    assert_true(s.m.protection);
    assert_text("source", manifest_source(&s.m, S("Fn")), "configs/x.yaml:3");
    assert_text("no source", manifest_source(&s.m, S("Gn")), "");
    assert_text("path", s.m.uploads.all.p[0].path, folder_at(&s.folder, "bundles/code.zip"));
    assert_non_null(manifest_document(&s.arena, &s.ds, &s.m, S("template")));
    assert_non_null(manifest_document(&s.arena, &s.ds, &s.m, S("iam.json")));
    assert_null(manifest_document(&s.arena, &s.ds, &s.m, S("asl.json")));
    assert_true(manifest_check(&s.ds, &s.m, MANIFEST_FULL));
    assert_int_equal(s.ds.all.n, 0);
    end(&s);
}

/* What is deployed is what was built, or nothing is. */
static void test_files_that_changed_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *file, *content; /* NULL: removed */
        bool quick, full;
    } cases[] = {
        { "a bundle grew", "bundles/code.zip", "zipped more", false, false },
        { "a bundle of the same size", "bundles/code.zip", "zIpped", true, false },
        { "a bundle is gone", "bundles/code.zip", NULL, false, false },
        { "the template", "dev/x.template.min.json", "{\"Resources\":{ ", false, false },
        { "the permissions", "dev/x.iam.json", "{\"roles\": {}}", false, false },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scene s;
        begin(&s);
        if (cases[i].content)
            folder_file(&s.folder, cases[i].file, cases[i].content);
        else
            assert_int_equal(unlink(folder_at(&s.folder, cases[i].file)), 0);
        if (manifest_check(&s.ds, &s.m, MANIFEST_QUICK) != cases[i].quick)
            fail_msg("%s: quick", cases[i].name);
        assert_int_equal(s.ds.errors, cases[i].quick ? 0 : 1);
        if (manifest_check(&s.ds, &s.m, MANIFEST_FULL) != cases[i].full)
            fail_msg("%s: full", cases[i].name);
        assert_string_equal(s.ds.all.p[0]->slug, "changed-since-build");
        end(&s);
    }
}

#define ITS "\"pipeline\": \"x\", \"stage\": \"dev\", \"stack\": \"x-dev\""
#define LISTS ", \"uploads\": [], \"files\": []"
#define FILE_OK                                                                                  \
    ", \"template\": {\"id\": \"template\", \"path\": \"t\", \"bytes\": 1, \"sha256\": \"" ZEROS \
    "\"}"
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static void test_what_is_no_manifest_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "{}",
        "[1]",
        "{\"version\": 1, " ITS LISTS "}",
        "{\"version\": 1, " ITS LISTS ", \"template\": {}}",
        "{\"version\": 1, " ITS LISTS ", \"template\": 1}",
        "{" ITS LISTS FILE_OK "}",
        "{\"version\": 2, " ITS LISTS FILE_OK "}",
        "{\"version\": \"1\", " ITS LISTS FILE_OK "}",
        "{\"version\": 1, " ITS ", \"files\": []" FILE_OK "}",
        "{\"version\": 1, " ITS ", \"uploads\": []" FILE_OK "}",
        "{\"version\": 1, " ITS ", \"uploads\": {}, \"files\": []" FILE_OK "}",
        "{\"version\": 1, " ITS ", \"uploads\": [], \"files\": \"x\"" FILE_OK "}",
        "{\"version\": 1, " ITS LISTS ", \"images\": 1" FILE_OK "}",
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scene s;
        begin(&s);
        folder_file(&s.folder, "dev/x.manifest.json", cases[i]);
        if (manifest_read(&s.arena, &s.ds, s.m.path, &s.m))
            fail_msg("%s was taken for a manifest", cases[i]);
        assert_string_equal(s.ds.all.p[0]->slug, "bad-manifest");
        end(&s);
    }
}

static void test_the_least_manifest(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    folder_file(&s.folder, "dev/x.manifest.json", "{\"version\": 1, " ITS LISTS FILE_OK "}");
    assert_true(manifest_read(&s.arena, &s.ds, s.m.path, &s.m));
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_read),
        cmocka_unit_test(test_files_that_changed_are_refused),
        cmocka_unit_test(test_what_is_no_manifest_is_refused),
        cmocka_unit_test(test_the_least_manifest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
