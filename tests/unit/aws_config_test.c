#include "unit.h"

#include "../support/fake_env.h"
#include "../support/folder.h"
#include "aws/config.h"

struct world {
    struct arena arena;
    struct diags ds;
    struct folder home;
    struct fake_env env;
    struct aws_config config;
};

static int set_up(void **state)
{
    static struct world w;
    w = (struct world){ 0 };
    diags_init(&w.ds, &w.arena);
    folder_make(&w.home);
    fake_env_init(&w.env);
    fake_env_set(&w.env, "HOME", w.home.path.p);
    *state = &w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    aws_config_done(&w->config);
    folder_remove(&w->home);
    arena_done(&w->arena);
    return 0;
}

static struct str setting(struct world *w, const char *profile, const char *key)
{
    return aws_setting(aws_profile(&w->config, str_from(profile)), key);
}

static void test_files(void **state)
{
    struct world *w = *state;
    folder_file(&w->home, ".aws/config",
                "\xef\xbb\xbf# everybody's\n"
                "[default]\r\n"
                "region = eu-west-1   # near\n"
                "output=json\n"
                "s3 =\n"
                "  addressing_style = path\n"
                "  max_concurrent_requests = 20\n"
                "\n"
                "[profile \"two words\"]\n"
                "region=us-east-2\n"
                "url = https://x/#not-a-comment\n"
                "empty =\n"
                "after = 1\n"
                "[profile dev]\n"
                "aws_access_key_id = FROMCONFIG\n"
                "  goes on\n"
                "[plugins]\n"
                "what ever\n"
                "[sso-session corp]\n"
                "sso_region = eu-west-1\n"
                "[services local]\n"
                "s3 =\n"
                "    endpoint_url = http://localhost:9000\n");
    folder_file(&w->home, ".aws/credentials",
                "[dev]\naws_access_key_id = FROMCREDENTIALS\naws_secret_access_key=a/b+c=\n"
                "; a comment\n[default]\nregion = eu-west-3\n");
    assert_true(aws_config_read(&w->arena, &w->ds, &w->env.env, &w->config));
    static const struct {
        const char *profile, *key, *want;
    } CASES[] = {
        { "default", "region", "eu-west-3" },
        { "default", "output", "json" },
        { "default", "s3.addressing_style", "path" },
        { "default", "s3.max_concurrent_requests", "20" },
        { "two words", "region", "us-east-2" },
        { "two words", "url", "https://x/#not-a-comment" },
        { "two words", "empty", "" },
        { "two words", "after", "1" },
        { "dev", "aws_access_key_id", "FROMCREDENTIALS" },
        { "dev", "aws_secret_access_key", "a/b+c=" },
        { "nobody", "region", "" },
        { "plugins", "what ever", "" },
    };
    for (size_t i = 0; i < COUNT(CASES); i++)
        assert_text(CASES[i].key, setting(w, CASES[i].profile, CASES[i].key), CASES[i].want);
    assert_text("session", aws_setting(map_get(&w->config.sessions, S("corp")), "sso_region"),
                "eu-west-1");
}

static void test_absent(void **state)
{
    struct world *w = *state;
    assert_true(aws_config_read(&w->arena, &w->ds, &w->env.env, &w->config));
    assert_int_equal(w->config.profiles.n, 0);
    assert_int_equal(w->ds.errors, 0);
}

/* A message may name the line, never quote it. */
static void test_mistakes(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *name, *text, *want;
    } CASES[] = {
        { "no equals sign", "[default]\naws_secret_access_key: topsecret\n",
          ":2: neither a [section] nor 'key = value'" },
        { "no section", "aws_secret_access_key = topsecret\n",
          ":1: a setting before the first [section]" },
        { "open bracket", "[default\nkey = topsecret\n", ":1: the section's ']' is missing" },
        { "no name", "[ ]\n", ":1: the section has no name" },
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        folder_file(&w->home, ".aws/credentials", CASES[i].text);
        assert_false(aws_config_read(&w->arena, &w->ds, &w->env.env, &w->config));
        aws_config_done(&w->config);
        w->config = (struct aws_config){ 0 };
        struct buf out;
        buf_init(&out, 0);
        diags_print(&w->ds, &out, false);
        if (str_find(buf_str(&out), str_from(CASES[i].want), 0) == SIZE_MAX ||
            str_find(buf_str(&out), S("topsecret"), 0) != SIZE_MAX)
            fail_msg("%s: %.*s", CASES[i].name, STR(buf_str(&out)));
        buf_done(&out);
        diags_init(&w->ds, &w->arena);
    }
}

static void test_region(void **state)
{
    struct world *w = *state;
    folder_file(&w->home, "elsewhere", "[default]\nregion=a\n[profile p]\nregion=b\n");
    fake_env_set(&w->env, "AWS_CONFIG_FILE", "~/elsewhere");
    assert_true(aws_config_read(&w->arena, &w->ds, &w->env.env, &w->config));
    const struct aws_environment *env = &w->env.env;
    assert_text("default", aws_region(env, &w->config, S("")), "a");
    assert_text("named", aws_region(env, &w->config, S("p")), "b");
    fake_env_set(&w->env, "AWS_PROFILE", "p");
    assert_text("AWS_PROFILE", aws_region(env, &w->config, S("")), "b");
    fake_env_set(&w->env, "AWS_DEFAULT_REGION", "c");
    assert_text("AWS_DEFAULT_REGION", aws_region(env, &w->config, S("")), "c");
    fake_env_set(&w->env, "AWS_REGION", "d");
    assert_text("AWS_REGION", aws_region(env, &w->config, S("")), "d");
}

static void test_endpoint(void **state)
{
    struct world *w = *state;
    folder_file(&w->home, ".aws/config",
                "[default]\nservices = local\nendpoint_url = http://profile\n"
                "[services local]\ns3 =\n  endpoint_url = http://section\n");
    assert_true(aws_config_read(&w->arena, &w->ds, &w->env.env, &w->config));
    static const struct {
        const char *variable, *value, *s3, *sts;
    } STEPS[] = {
        { "UNUSED", "", "http://section", "http://profile" },
        { "AWS_ENDPOINT_URL", "http://all", "http://all", "http://all" },
        { "AWS_ENDPOINT_URL_S3", "http://s3", "http://s3", "http://all" },
        { "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", "", "" },
    };
    for (size_t i = 0; i < COUNT(STEPS); i++) {
        fake_env_set(&w->env, STEPS[i].variable, STEPS[i].value);
        assert_text(STEPS[i].variable,
                    aws_endpoint(&w->arena, &w->env.env, &w->config, S(""), S("s3")), STEPS[i].s3);
        assert_text(STEPS[i].variable,
                    aws_endpoint(&w->arena, &w->env.env, &w->config, S(""), S("sts")),
                    STEPS[i].sts);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_files),  TEST(test_absent),   TEST(test_mistakes),
        TEST(test_region), TEST(test_endpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
