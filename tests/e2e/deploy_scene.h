/* A project that is built and an account to deploy it to: what tests of deploy begin with. */
#ifndef E2E_DEPLOY_SCENE_H
#define E2E_DEPLOY_SCENE_H

#include "../support/fake_aws.h"
#include "../support/folder.h"
#include "../unit/unit.h"

#include "base/digest.h"
#include "deploy/destroy.h"

struct scene {
    struct folder folder;
    struct fake *fake;
    struct deploy_options options;
    struct progress progress;
    struct deployment d; /* the last run's */
    bool open;
};

/* What can differ from one build to the next. */
struct build {
    const char *stage;
    const char *code;   /* of the function */
    const char *queue;  /* name of the queue; NULL: no queue */
    const char *extra;  /* more resources, JSON with a comma before; NULL: none */
    const char *action; /* that the role allows; NULL: "sqs:SendMessage" */
    bool protection;
};

static inline struct str scene_digest(struct scene *s, struct str data)
{
    uint8_t digest[SHA256_BYTES];
    char *hex = arena_alloc(&s->folder.arena, SHA256_HEX + 1);
    sha256(digest, data);
    hex_put(hex, digest, SHA256_BYTES);
    return (struct str){ hex, SHA256_HEX };
}

static inline struct str scene_file(struct scene *s, const char *id, const char *path,
                                    struct str data, const char *extension)
{
    struct str sha = scene_digest(s, data);
    return arena_printf(&s->folder.arena,
                        "{\"id\": \"%s\", \"path\": \"%s\", \"sha256\": \"%.*s\", \"bytes\": %zu, "
                        "\"key\": \"stepwright/%.*s%s\"}",
                        id, path, STR(sha), data.n, STR(sha), extension);
}

/* Writes what link would have written; the manifest's path. */
static inline struct str scene_build(struct scene *s, const struct build *b)
{
    struct arena *a = &s->folder.arena;
    struct str code = str_from(b->code ? b->code : "first");
    struct str sha = scene_digest(s, code);
    const char *stage = b->stage ? b->stage : "dev";
    struct str queue = b->queue
                           ? arena_printf(a,
                                          ",\"Inbox\":{\"Type\":\"AWS::SQS::Queue\",\"Properties\":"
                                          "{\"QueueName\":\"%s\"}}",
                                          b->queue)
                           : S("");
    struct str template = arena_printf(
        a,
        "{\"Parameters\":{\"AssetBucket\":{\"Type\":\"String\"}},\"Resources\":{"
        "\"Fn\":{\"Type\":\"AWS::Lambda::Function\",\"Properties\":{\"Code\":{\"S3Bucket\":{"
        "\"Ref\":"
        "\"AssetBucket\"},\"S3Key\":\"stepwright/%.*s.zip\"}}},"
        "\"Role\":{\"Type\":\"AWS::IAM::Role\",\"Properties\":{\"Policies\":[{\"PolicyDocument\":"
        "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"%s\",\"Resource\":\"*\"}]}}]}},"
        "\"StateMachine\":{\"Type\":\"AWS::StepFunctions::StateMachine\",\"Properties\":"
        "{\"DefinitionString\":\"{}\"}}%.*s%s},"
        "\"Outputs\":{\"StateMachineArn\":{\"Value\":{\"Ref\":\"StateMachine\"}}}}",
        STR(sha), b->action ? b->action : "sqs:SendMessage", STR(queue), b->extra ? b->extra : "");
    const char *at = arena_printf(a, "%s/x.template.min.json", stage).p;
    struct str manifest = arena_printf(
        a,
        "{\"version\": 1, \"files\": [], \"pipeline\": \"x\", \"stage\": \"%s\", \"stack\": "
        "\"x-%s\", \"tags\": {\"team\": \"a\"},"
        " \"protection\": %s, \"sources\": {\"Fn\": \"configs/x.yaml:8\"}, \"uploads\": [%.*s], "
        "\"template\": %.*s}",
        stage, stage, b->protection ? "true" : "false",
        STR(scene_file(s, "code", "../bundles/code.zip", code, ".zip")),
        STR(scene_file(s, "template", "x.template.min.json", template, ".template.json")));
    folder_bytes(&s->folder, "bundles/code.zip", code);
    folder_bytes(&s->folder, at, template);
    const char *path = arena_printf(a, "%s/x.manifest.json", stage).p;
    folder_bytes(&s->folder, path, manifest);
    return str_from(folder_at(&s->folder, path));
}

static inline void scene_environment(void)
{
    static const char *const variables[][2] = {
        { "AWS_ACCESS_KEY_ID", "AKIDTEST" },
        { "AWS_SECRET_ACCESS_KEY", "secret" },
        { "AWS_REGION", "eu-west-1" },
        { "AWS_CONFIG_FILE", "/dev/null" },
        { "AWS_EC2_METADATA_DISABLED", "true" },
        { "AWS_SHARED_CREDENTIALS_FILE", "/dev/null" },
        { "no_proxy", "127.0.0.1" },
    };
    for (size_t i = 0; i < COUNT(variables); i++)
        setenv(variables[i][0], variables[i][1], 1);
}

static inline void scene_begin(struct scene *s)
{
    *s = (struct scene){ 0 };
    scene_environment();
    folder_make(&s->folder);
    folder_sub(&s->folder, "bundles");
    s->fake = fake_start();
    fake_add_bucket(s->fake, "assets");
    progress_init(&s->progress, NULL, false, false);
    s->options = (struct deploy_options){ .endpoint_url = server_url(fake_server(s->fake)),
                                          .bucket = S("assets"),
                                          .poll_ms = 1,
                                          .max_attempts = 3,
                                          .backoff_ms = 1,
                                          .timeout_ms = 10000,
                                          .stall_s = 1 };
}

static inline void scene_close(struct scene *s)
{
    if (s->open)
        deployment_close(&s->d);
    s->open = false;
}

static inline void scene_end(struct scene *s)
{
    scene_close(s);
    progress_done(&s->progress);
    fake_stop(s->fake);
    folder_remove(&s->folder);
}

/* One run of deploy as the verb makes it, everything approved; s->d is what it left. */
static inline bool scene_deploy(struct scene *s, struct str manifest)
{
    scene_close(s);
    bool good = deployment_open(&s->d, manifest, &s->options, &s->progress);
    s->open = true;
    if (!good)
        return false;
    deployment_compare(&s->d, false);
    if (s->d.state == DEPLOYMENT_READY)
        deployment_prepare(&s->d);
    if (s->d.state == DEPLOYMENT_READY || s->d.state == DEPLOYMENT_CURRENT)
        deployment_apply(&s->d);
    return s->d.state == DEPLOYMENT_DONE || s->d.state == DEPLOYMENT_CURRENT;
}

static inline bool scene_destroy(struct scene *s, struct str manifest,
                                 const struct destroy_options *o)
{
    scene_close(s);
    bool good = deployment_open(&s->d, manifest, &s->options, &s->progress);
    s->open = true;
    if (!good || !destroy_look(&s->d, o))
        return false;
    if (s->d.state == DEPLOYMENT_READY)
        destroy_apply(&s->d, o);
    return s->d.state == DEPLOYMENT_DONE || s->d.state == DEPLOYMENT_CURRENT;
}

/* What the last run said, as a user sees it. */
static inline const char *scene_messages(struct scene *s)
{
    struct buf out;
    buf_init(&out, 0);
    diags_print(&s->d.ds, &out, false);
    const char *p = arena_str(&s->folder.arena, buf_str(&out)).p;
    buf_done(&out);
    return p;
}

#define assert_deployed(s, manifest)                               \
    do {                                                           \
        if (!scene_deploy((s), (manifest)))                        \
            fail_msg("it did not deploy:\n%s", scene_messages(s)); \
    } while (0)

#define assert_says(s, what)                                                       \
    do {                                                                           \
        if (!strstr(scene_messages(s), (what)))                                    \
            fail_msg("'%s' is not in what it says:\n%s", what, scene_messages(s)); \
    } while (0)

#endif
