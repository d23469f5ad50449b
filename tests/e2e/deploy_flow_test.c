/* Deployments from end to end, against the account of tests/support/fake_aws.h. */
#include "../support/fake_registry.h"
#include "deploy_scene.h"

#include "base/json.h"
#include "pack/oci_image.h"

static const struct build FIRST = { .queue = "inbox" };

static const char *physical(struct scene *s, const char *id)
{
    return fake_physical_id(s->fake, &s->folder.arena, "x-dev", id).p;
}

static const char *status(struct scene *s)
{
    return fake_stack_status(s->fake, &s->folder.arena, "x-dev").p;
}

static void test_the_first_deployment(void **state)
{
    (void)state;
    struct scene s;
    scene_begin(&s);
    assert_deployed(&s, scene_build(&s, &FIRST));
    assert_int_equal(s.d.state, DEPLOYMENT_DONE);
    assert_int_equal(s.d.uploaded, 1);
    assert_int_equal(fake_objects(s.fake), 1);
    assert_int_equal(fake_resources(s.fake), 4);
    assert_string_equal(status(&s), "CREATE_COMPLETE");
    assert_true(diff_broadens(s.d.diff));
    assert_string_equal(stack_output(&s.d.after, "StateMachineArn").p,
                        physical(&s, "StateMachine"));
    assert_int_equal(fake_change_sets(s.fake), 0);
    scene_end(&s);
}

static void test_a_deployment_without_changes(void **state)
{
    (void)state;
    struct scene s;
    scene_begin(&s);
    struct str manifest = scene_build(&s, &FIRST);
    assert_deployed(&s, manifest);
    fake_reset_counts(s.fake);
    assert_deployed(&s, manifest);
    assert_int_equal(s.d.state, DEPLOYMENT_CURRENT);
    assert_string_equal(fake_operations(s.fake, &s.folder.arena).p, "DescribeStacks GetTemplate ");
    scene_end(&s);
}

static void test_an_update_of_one_function(void **state)
{
    (void)state;
    struct scene s;
    scene_begin(&s);
    assert_deployed(&s, scene_build(&s, &FIRST));
    const char *fn = physical(&s, "Fn"), *role = physical(&s, "Role");
    struct build b = FIRST;
    b.code = "second";
    fake_reset_counts(s.fake);
    assert_deployed(&s, scene_build(&s, &b));
    assert_int_equal(fake_count(s.fake, "PutObject"), 1);
    assert_int_equal(fake_count(s.fake, "CreateChangeSet"), 1);
    assert_string_equal(physical(&s, "Fn"), fn);
    assert_string_equal(physical(&s, "Role"), role);
    assert_int_equal(fake_resources(s.fake), 4);
    assert_string_equal(status(&s), "UPDATE_COMPLETE");
    assert_false(diff_broadens(s.d.diff));
    assert_non_null(strstr(fake_property(s.fake, &s.folder.arena, "x-dev", "Fn", "Code").p,
                           scene_digest(&s, S("second")).p));
    scene_end(&s);
}

static void test_a_failed_update_is_rolled_back_and_explained(void **state)
{
    (void)state;
    struct scene s;
    scene_begin(&s);
    assert_deployed(&s, scene_build(&s, &FIRST));
    const char *fn = physical(&s, "Fn");
    struct str before = fake_property(s.fake, &s.folder.arena, "x-dev", "Fn", "Code");
    struct build b = FIRST;
    b.code = "second";
    b.queue = "other";
    fake_fail(s.fake, "Inbox", "the queue was deleted a minute ago", 1);
    assert_false(scene_deploy(&s, scene_build(&s, &b)));
    assert_says(&s, "updating 'x-dev' failed: Inbox (AWS::SQS::Queue): the queue was deleted");
    assert_int_equal(diags_exit(&s.d.ds), 3);
    assert_string_equal(status(&s), "UPDATE_ROLLBACK_COMPLETE");
    assert_string_equal(physical(&s, "Fn"), fn);
    assert_text("code", fake_property(s.fake, &s.folder.arena, "x-dev", "Fn", "Code"), before.p);
    assert_int_equal(fake_resources(s.fake), 4);
    /* … and goes through when what failed does not fail again. */
    assert_deployed(&s, scene_build(&s, &b));
    assert_string_equal(status(&s), "UPDATE_COMPLETE");
    assert_string_equal(physical(&s, "Fn"), fn);
    assert_int_equal(fake_resources(s.fake), 4);
    scene_end(&s);
}

static void test_the_line_of_a_failure_is_named(void **state)
{
    (void)state;
    struct scene s;
    scene_begin(&s);
    fake_fail(s.fake, "Fn", "the runtime is not supported", 1);
    assert_false(scene_deploy(&s, scene_build(&s, &FIRST)));
    assert_says(&s, "creating 'x-dev' failed: Fn (AWS::Lambda::Function): the runtime is not");
    assert_says(&s, "Fn is written at configs/x.yaml:8");
    assert_null(strstr(scene_messages(&s), "cancelled"));
    assert_string_equal(status(&s), "ROLLBACK_COMPLETE");
    scene_end(&s);
}

static void test_the_remains_of_a_failed_creation_go_first(void **state)
{
    (void)state;
    struct scene s;
    scene_begin(&s);
    fake_fail(s.fake, "Role", "no", 1);
    assert_false(scene_deploy(&s, scene_build(&s, &FIRST)));
    assert_deployed(&s, scene_build(&s, &FIRST));
    assert_string_equal(status(&s), "CREATE_COMPLETE");
    assert_int_equal(fake_count(s.fake, "DeleteStack"), 1);
    assert_int_equal(fake_resources(s.fake), 4);
    scene_end(&s);
}

static void test_a_replacement(void **state)
{
    (void)state;
    struct scene s;
    scene_begin(&s);
    assert_deployed(&s, scene_build(&s, &FIRST));
    const char *inbox = physical(&s, "Inbox"), *fn = physical(&s, "Fn");
    struct build b = FIRST;
    b.queue = "renamed";
    assert_deployed(&s, scene_build(&s, &b));
    assert_true(diff_destroys(s.d.diff));
    assert_string_not_equal(physical(&s, "Inbox"), inbox);
    assert_string_equal(physical(&s, "Fn"), fn);
    assert_int_equal(fake_resources(s.fake), 4);
    scene_end(&s);
}

static void test_a_rollback_that_failed(void **state)
{
    (void)state;
    static const struct str skip[] = { S_INIT("Fn") };
    struct scene s;
    scene_begin(&s);
    assert_deployed(&s, scene_build(&s, &FIRST));
    struct build b = FIRST;
    b.code = "second";
    b.queue = "other";
    fake_fail(s.fake, "Inbox", "no", 1);
    fake_fail_rollback(s.fake, "Fn", true);
    assert_false(scene_deploy(&s, scene_build(&s, &b)));
    assert_string_equal(status(&s), "UPDATE_ROLLBACK_FAILED");
    assert_false(scene_deploy(&s, scene_build(&s, &b)));
    assert_says(&s, "--continue-rollback");
    s.options.continue_rollback = true;
    assert_false(scene_deploy(&s, scene_build(&s, &b)));
    assert_says(&s, "the rollback of 'x-dev' failed: Fn");
    s.options.skip = skip;
    s.options.nskip = 1;
    assert_deployed(&s, scene_build(&s, &b));
    assert_string_equal(status(&s), "UPDATE_COMPLETE");
    assert_int_equal(fake_resources(s.fake), 4);
    scene_end(&s);
}

static void test_destroying(void **state)
{
    (void)state;
    struct scene s;
    struct destroy_options o = { 0 };
    scene_begin(&s);
    struct build b = FIRST;
    b.extra = ",\"Store\":{\"Type\":\"AWS::S3::Bucket\",\"DeletionPolicy\":\"Retain\"}";
    struct str manifest = scene_build(&s, &b);
    assert_deployed(&s, manifest);
    assert_true(scene_destroy(&s, manifest, &o));
    assert_int_equal(s.d.state, DEPLOYMENT_DONE);
    assert_int_equal(fake_stacks(s.fake), 0);
    assert_int_equal(fake_resources(s.fake), 1); /* what is retained */
    assert_true(scene_destroy(&s, manifest, &o));
    assert_int_equal(s.d.state, DEPLOYMENT_CURRENT);
    scene_end(&s);
}

static void test_destroying_what_cannot_be_deleted(void **state)
{
    (void)state;
    static const struct str retain[] = { S_INIT("Inbox") };
    struct scene s;
    struct destroy_options o = { .retain = retain, .nretain = 1 };
    scene_begin(&s);
    struct str manifest = scene_build(&s, &FIRST);
    assert_deployed(&s, manifest);
    fake_fail_delete(s.fake, "Inbox", true);
    assert_false(scene_destroy(&s, manifest, &o));
    assert_says(&s, "deleting 'x-dev' failed: Inbox");
    assert_says(&s, "--retain Inbox");
    assert_true(scene_destroy(&s, manifest, &o));
    assert_int_equal(fake_stacks(s.fake), 0);
    scene_end(&s);
}

static void test_protection(void **state)
{
    (void)state;
    struct scene s;
    struct destroy_options o = { 0 };
    scene_begin(&s);
    struct build b = FIRST;
    assert_deployed(&s, scene_build(&s, &b));
    b.protection = true; /* alone: no change set is needed */
    struct str manifest = scene_build(&s, &b);
    fake_reset_counts(s.fake);
    assert_deployed(&s, manifest);
    assert_true(fake_is_protected(s.fake, "x-dev"));
    assert_int_equal(fake_count(s.fake, "CreateChangeSet"), 0);
    assert_false(scene_destroy(&s, manifest, &o));
    assert_says(&s, "--unprotect");
    o.unprotect = true;
    assert_true(scene_destroy(&s, manifest, &o));
    assert_int_equal(fake_stacks(s.fake), 0);
    scene_end(&s);
}

/* The same bundle goes from stage to stage: made once, uploaded once. */
static void test_promotion(void **state)
{
    (void)state;
    struct scene s;
    scene_begin(&s);
    struct build b = FIRST;
    assert_deployed(&s, scene_build(&s, &b));
    b.stage = "test";
    struct str test = scene_build(&s, &b);
    fake_reset_counts(s.fake);
    assert_deployed(&s, test);
    assert_int_equal(fake_stacks(s.fake), 2);
    assert_int_equal(fake_resources(s.fake), 8);
    assert_int_equal(fake_count(s.fake, "PutObject"), 0);
    assert_text("code", fake_property(s.fake, &s.folder.arena, "x-test", "Fn", "Code"),
                fake_property(s.fake, &s.folder.arena, "x-dev", "Fn", "Code").p);
    scene_end(&s);
}

/* Another account's bucket gets the very bytes. */
static void test_promotion_to_another_bucket(void **state)
{
    (void)state;
    struct scene s;
    scene_begin(&s);
    struct str manifest = scene_build(&s, &FIRST);
    assert_deployed(&s, manifest);
    struct build b = FIRST;
    b.stage = "prod";
    fake_add_bucket(s.fake, "prod-assets");
    s.options.bucket = S("prod-assets");
    assert_deployed(&s, scene_build(&s, &b));
    const char *key =
        arena_printf(&s.folder.arena, "stepwright/%.*s.zip", STR(scene_digest(&s, S("first")))).p;
    assert_text("bytes", fake_object(s.fake, &s.folder.arena, "prod-assets", key), "first");
    scene_end(&s);
}

static void test_what_changed_since_the_build_is_refused(void **state)
{
    (void)state;
    struct scene s;
    scene_begin(&s);
    struct str manifest = scene_build(&s, &FIRST);
    folder_file(&s.folder, "bundles/code.zip", "fIrst");
    assert_false(scene_deploy(&s, manifest));
    assert_says(&s, "[changed-since-build]");
    assert_int_equal(fake_objects(s.fake), 0);
    assert_int_equal(fake_resources(s.fake), 0);
    /* Nor is anything left that waits for an approval. */
    assert_int_equal(fake_change_sets(s.fake), 0);
    assert_int_equal(fake_stacks(s.fake), 0);
    scene_end(&s);
}

static void test_a_second_deployment_at_the_same_time_is_refused(void **state)
{
    (void)state;
    struct scene s;
    scene_begin(&s);
    assert_deployed(&s, scene_build(&s, &FIRST));
    struct build b = FIRST;
    b.code = "second";
    struct str manifest = scene_build(&s, &b);
    /* The first begins, and is held. */
    struct deployment first;
    assert_true(deployment_open(&first, manifest, &s.options, &s.progress));
    deployment_compare(&first, false);
    deployment_prepare(&first);
    fake_pace(s.fake, 0);
    assert_true(change_set_execute(&first.cloud, S("x-dev"), first.set.arn, S("token-of-first")));
    deployment_close(&first);
    b.code = "third";
    assert_false(scene_deploy(&s, scene_build(&s, &b)));
    assert_says(&s, "'x-dev' is UPDATE_IN_PROGRESS: another deployment is under way");
    assert_says(&s, "--wait");
    fake_pace(s.fake, 4);
    s.options.wait = true;
    assert_deployed(&s, scene_build(&s, &b));
    assert_int_equal(fake_resources(s.fake), 4);
    scene_end(&s);
}

/* Both have looked at the same stack before either began. */
static void test_a_deployment_that_was_overtaken_is_refused(void **state)
{
    (void)state;
    struct scene s;
    struct deployment slow;
    scene_begin(&s);
    assert_deployed(&s, scene_build(&s, &FIRST));
    struct build b = FIRST;
    b.code = "slow";
    assert_true(deployment_open(&slow, scene_build(&s, &b), &s.options, &s.progress));
    deployment_compare(&slow, false);
    deployment_prepare(&slow);
    assert_int_equal(slow.state, DEPLOYMENT_READY);
    b.code = "quick";
    assert_deployed(&s, scene_build(&s, &b));
    b.code = "slow";
    scene_build(&s, &b);
    deployment_apply(&slow);
    assert_int_equal(slow.state, DEPLOYMENT_FAILED);
    assert_string_equal(slow.ds.all.p[0]->slug, "deployed-by-another");
    assert_true(slow.ds.world);
    assert_non_null(strstr(fake_property(s.fake, &s.folder.arena, "x-dev", "Fn", "Code").p,
                           scene_digest(&s, S("quick")).p));
    deployment_close(&slow);
    scene_end(&s);
}

/* Both have compared; one begins before the other makes its change set. */
static void test_a_stack_that_began_to_change_is_refused(void **state)
{
    (void)state;
    struct scene s;
    struct deployment both[2];
    scene_begin(&s);
    assert_deployed(&s, scene_build(&s, &FIRST));
    struct build b = FIRST;
    for (int i = 0; i < 2; i++) {
        b.code = i ? "slow" : "quick";
        assert_true(deployment_open(&both[i], scene_build(&s, &b), &s.options, &s.progress));
        deployment_compare(&both[i], false);
        if (!i)
            deployment_prepare(&both[i]);
    }
    fake_pace(s.fake, 0);
    assert_true(change_set_execute(&both[0].cloud, S("x-dev"), both[0].set.arn, S("token")));
    deployment_prepare(&both[1]);
    assert_int_equal(both[1].state, DEPLOYMENT_FAILED);
    assert_string_equal(both[1].ds.all.p[0]->slug, "deployed-by-another");
    assert_true(both[1].ds.world);
    fake_pace(s.fake, 4);
    for (int i = 0; i < 2; i++)
        deployment_close(&both[i]);
    scene_end(&s);
}

static void test_a_large_template_goes_through_the_bucket(void **state)
{
    (void)state;
    struct scene s;
    scene_begin(&s);
    struct build b = FIRST;
    char *extra = arena_alloc(&s.folder.arena, 60100);
    size_t n = (size_t)snprintf(extra, 100, ",\"Big\":{\"Type\":\"T\",\"Properties\":{\"P\":\"");
    memset(extra + n, 'x', 60000);
    memcpy(extra + n + 60000, "\"}}", 4);
    b.extra = extra;
    assert_deployed(&s, scene_build(&s, &b));
    assert_int_equal(fake_objects(s.fake), 2);
    assert_int_equal(fake_resources(s.fake), 5);
    scene_end(&s);
}

/* Replaces the manifest by one that says `more` as well. */
static void say_more(struct scene *s, const char *more)
{
    struct str text = folder_read(&s->folder, "dev/x.manifest.json");
    folder_bytes(&s->folder, "dev/x.manifest.json",
                 arena_printf(&s->folder.arena, "{%s, %.*s", more, (int)text.n - 1, text.p + 1));
}

/* States are compared also where both definitions lie in the bucket. */
static void test_a_large_definition_is_compared_by_state(void **state)
{
    (void)state;
    struct scene s;
    scene_begin(&s);
    static const char *const definitions[] = {
        "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\"},\"B\":{\"Type\":\"Fail\"}}}",
        "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\"},\"B\":{\"Type\":\"Succeed\"}}}",
    };
    for (size_t i = 0; i < COUNT(definitions); i++) {
        struct build b = FIRST;
        struct str text = str_from(definitions[i]);
        struct str file = scene_file(&s, "asl.json", "x.asl.json", text, ".asl.json");
        b.extra = arena_printf(&s.folder.arena,
                               ",\"Large\":{\"Type\":\"AWS::StepFunctions::StateMachine\","
                               "\"Properties\":{\"DefinitionS3Location\":{\"Bucket\":\"assets\","
                               "\"Key\":\"stepwright/%.*s.asl.json\"}}}",
                               STR(scene_digest(&s, text)))
                      .p;
        b.code = definitions[i]; /* as bundle, too, so that it is in the bucket */
        scene_build(&s, &b);
        folder_bytes(&s.folder, "dev/x.asl.json", text);
        struct str manifest = str_from(folder_at(&s.folder, "dev/x.manifest.json"));
        struct str whole = folder_read(&s.folder, "dev/x.manifest.json");
        size_t files = str_find(whole, S("\"files\": ["), 0) + 10;
        whole = arena_printf(&s.folder.arena, "%.*s%.*s%.*s", (int)files, whole.p, STR(file),
                             (int)(whole.n - files), whole.p + files);
        size_t at = str_find(whole, S("\"uploads\": ["), 0) + 12;
        folder_bytes(&s.folder, "dev/x.manifest.json",
                     arena_printf(&s.folder.arena, "%.*s%.*s, %.*s", (int)at, whole.p, STR(file),
                                  (int)(whole.n - at), whole.p + at));
        assert_deployed(&s, manifest);
    }
    assert_int_equal(s.d.diff->states.n, 1);
    assert_text("state", s.d.diff->states.p[0].name, "B");
    assert_int_equal(s.d.diff->states.p[0].kind, CHANGE_UPDATE);
    scene_end(&s);
}

/* 40 MB: three parts. A run that is cut off leaves parts that the next one keeps. */
static void test_a_large_bundle_goes_in_parts_and_is_resumed(void **state)
{
    (void)state;
    struct scene s;
    scene_begin(&s);
    size_t size = (40u << 20) + 1;
    char *code = arena_alloc(&s.folder.arena, size + 1);
    for (size_t i = 0; i < size; i++)
        code[i] = (char)('a' + (i >> 16) % 26);
    struct build b = { .code = code };
    struct str manifest = scene_build(&s, &b);
    s.options.max_attempts = 1;
    s.options.timeout_ms = 20000;
    /* Stack, change set (three looks), head, uploads, create, first part: then it is cut off. */
    for (size_t i = 9; i < 40; i++)
        server_fail(fake_server(s.fake), i, FAULT_DROP_BEFORE);
    assert_false(scene_deploy(&s, manifest));
    assert_int_equal(fake_uploads_open(s.fake), 1);
    size_t sent = fake_count(s.fake, "UploadPart");
    server_forget(fake_server(s.fake));
    assert_deployed(&s, manifest);
    assert_true(sent > 0);
    assert_int_equal(fake_count(s.fake, "UploadPart"), 3);
    assert_int_equal(fake_count(s.fake, "CreateMultipartUpload"), 1);
    assert_int_equal(fake_uploads_open(s.fake), 0);
    const char *key =
        arena_printf(&s.folder.arena, "stepwright/%.*s.zip", STR(scene_digest(&s, str_from(code))))
            .p;
    struct str stored = fake_object(s.fake, &s.folder.arena, "assets", key);
    assert_true(str_eq(stored, str_from(code)));
    scene_end(&s);
}

/* An image goes to the account's registry once, under its digest. */
static void test_images(void **state)
{
    (void)state;
    struct scene s;
    struct fake_registry registry;
    scene_begin(&s);
    fake_registry_start(&registry);
    struct arena *a = &s.folder.arena;
    struct diags ds;
    struct oci_spec spec = { 0 };
    struct oci_result made;
    diags_init(&ds, a);
    folder_file(&s.folder, "layer/file", "small");
    struct oci_folder layer = { .dir = str_from(folder_at(&s.folder, "layer")), .to = S("a") };
    vec_push(a, &spec.layers, layer);
    vec_push(a, &spec.platforms, S("linux/amd64"));
    struct str layout = str_from(folder_at(&s.folder, "bundles/image"));
    assert_true(oci_image_make(a, &ds, &spec, layout, NULL, &made));
    struct str index = folder_read(&s.folder, "bundles/image/index.json");
    struct str sha = str_sub(index, str_find(index, S("sha256:"), 0) + 7, index.n);
    sha.n = SHA256_HEX;
    struct str manifest = scene_build(&s, &FIRST);
    say_more(&s, arena_printf(a,
                              "\"images\": [{\"id\": \"i\", \"path\": \"../bundles/image\", "
                              "\"sha256\": \"%.*s\", \"bytes\": 1, \"tag\": \"%.*s\"}]",
                              STR(sha), STR(sha))
                     .p);
    s.options.registry_url = server_url(registry.server);
    s.options.repository = S("team");
    assert_deployed(&s, manifest);
    assert_int_equal(s.d.uploaded, 2);
    assert_non_null(map_get(&registry.manifests, arena_printf(a, "team %.*s", STR(sha))));
    size_t before = server_count(registry.server);
    assert_deployed(&s, manifest);
    assert_int_equal(server_count(registry.server), before);
    /* Other bytes under the same name are not what was built. */
    struct build b = FIRST;
    b.code = "second";
    scene_build(&s, &b);
    say_more(&s, arena_printf(a,
                              "\"images\": [{\"id\": \"i\", \"path\": \"../bundles/image\", "
                              "\"sha256\": \"%064d\", \"bytes\": 1, \"tag\": \"x\"}]",
                              0)
                     .p);
    assert_false(scene_deploy(&s, manifest));
    assert_says(&s, "[changed-since-build]");
    fake_registry_stop(&registry);
    scene_end(&s);
}

static void test_the_wrong_account_is_refused(void **state)
{
    (void)state;
    struct scene s;
    scene_begin(&s);
    struct str manifest = scene_build(&s, &FIRST);
    say_more(&s, "\"account\": \"999999999999\"");
    assert_false(scene_deploy(&s, manifest));
    assert_says(&s,
                "stage 'dev' is for account 999999999999, your credentials are for 123456789012");
    assert_int_equal(fake_stacks(s.fake), 0);
    scene_end(&s);
}

static void test_the_wrong_region_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *option, *variable, *message; /* NULL: it deploys */
    } cases[] = {
        { "us-east-1", "eu-west-1", "stage 'dev' is for region eu-west-1, --region is us-east-1" },
        { "", "us-east-1", NULL }, /* build services set it: the stage wins */
        { "eu-west-1", "us-east-1", NULL },
        { "", "eu-west-1", NULL },
    };
    struct scene s;
    scene_begin(&s);
    struct str manifest = scene_build(&s, &FIRST);
    say_more(&s, "\"region\": \"eu-west-1\"");
    for (size_t i = 0; i < COUNT(cases); i++) {
        setenv("AWS_REGION", cases[i].variable, 1);
        s.options.region = str_from(cases[i].option);
        assert_int_equal(scene_deploy(&s, manifest), cases[i].message == NULL);
        if (cases[i].message)
            assert_says(&s, cases[i].message);
    }
    scene_end(&s);
}

static void test_without_a_bucket_it_says_what_to_do(void **state)
{
    (void)state;
    struct scene s;
    scene_begin(&s);
    s.options.bucket = (struct str){ 0 };
    assert_false(scene_deploy(&s, scene_build(&s, &FIRST)));
    assert_says(&s, "[no-bucket]");
    assert_says(&s, "bootstrap-dev");
    scene_end(&s);
}

static void test_a_saved_plan_is_applied_or_refused(void **state)
{
    (void)state;
    struct scene s;
    scene_begin(&s);
    struct str manifest = scene_build(&s, &FIRST);
    struct arena *a = &s.folder.arena;
    struct str file = str_from(folder_at(&s.folder, "plan.json"));
    assert_true(deployment_open(&s.d, manifest, &s.options, &s.progress));
    s.open = true;
    deployment_compare(&s.d, false);
    deployment_prepare(&s.d);
    assert_true(plan_save(&s.d.ds, file, &s.d, 1));
    struct str text = arena_str(a, folder_read(&s.folder, "plan.json"));
    struct diags ds;
    diags_init(&ds, a);
    const struct node *plan = json_read_node(a, &ds, source_make(a, S("plan"), text));
    for (int again = 0; again < 2; again++) {
        scene_close(&s);
        if (again) { /* somebody was quicker with other things */
            struct build b = FIRST;
            b.code = "second";
            manifest = scene_build(&s, &b);
        }
        assert_true(deployment_open(&s.d, manifest, &s.options, &s.progress));
        s.open = true;
        deployment_compare(&s.d, false);
        assert_int_equal(plan_apply(&s.d, plan), !again);
        if (!again)
            deployment_apply(&s.d);
        assert_int_equal(s.d.state, again ? DEPLOYMENT_FAILED : DEPLOYMENT_DONE);
    }
    assert_says(&s, "[stale-plan]");
    assert_int_equal(fake_count(s.fake, "CreateChangeSet"), 1);
    scene_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_deployment),
        cmocka_unit_test(test_a_deployment_without_changes),
        cmocka_unit_test(test_an_update_of_one_function),
        cmocka_unit_test(test_a_failed_update_is_rolled_back_and_explained),
        cmocka_unit_test(test_the_line_of_a_failure_is_named),
        cmocka_unit_test(test_the_remains_of_a_failed_creation_go_first),
        cmocka_unit_test(test_a_replacement),
        cmocka_unit_test(test_a_rollback_that_failed),
        cmocka_unit_test(test_destroying),
        cmocka_unit_test(test_destroying_what_cannot_be_deleted),
        cmocka_unit_test(test_protection),
        cmocka_unit_test(test_promotion),
        cmocka_unit_test(test_promotion_to_another_bucket),
        cmocka_unit_test(test_what_changed_since_the_build_is_refused),
        cmocka_unit_test(test_a_second_deployment_at_the_same_time_is_refused),
        cmocka_unit_test(test_a_deployment_that_was_overtaken_is_refused),
        cmocka_unit_test(test_a_stack_that_began_to_change_is_refused),
        cmocka_unit_test(test_a_large_template_goes_through_the_bucket),
        cmocka_unit_test(test_a_large_definition_is_compared_by_state),
        cmocka_unit_test(test_a_large_bundle_goes_in_parts_and_is_resumed),
        cmocka_unit_test(test_images),
        cmocka_unit_test(test_the_wrong_account_is_refused),
        cmocka_unit_test(test_the_wrong_region_is_refused),
        cmocka_unit_test(test_without_a_bucket_it_says_what_to_do),
        cmocka_unit_test(test_a_saved_plan_is_applied_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
