/* The typed document: what the parser makes of each kind of state, and that printing gives it back.
 */
#include "asl/asl.h"
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct fixture {
    struct arena a;
    struct diags ds;
    struct node *root;
    struct asl_machine *m;
};

static void parse(struct fixture *f, const char *text)
{
    const struct asl_options o = { .placeholders = true };
    *f = (struct fixture){ 0 };
    diags_init(&f->ds, &f->a);
    f->root = json_read_node(&f->a, &f->ds, source_make(&f->a, S("t"), str_from(text)));
    assert_non_null(f->root);
    f->m = asl_parse(&f->a, &f->ds, f->root, &o);
    assert_non_null(f->m);
    assert_int_equal(f->ds.errors, 0);
}

static const struct asl_state *state_of(const struct asl_block *block, const char *name)
{
    const struct asl_state *s = map_get(&block->by_name, str_from(name));
    assert_non_null(s);
    return s;
}

#define assert_text(s, text) assert_true(str_eq((s), S(text)))

static const char whole[] =
    "{\"Comment\": \"all\", \"StartAt\": \"Ask\", \"TimeoutSeconds\": 60, \"States\": {"
    "\"Ask\": {\"Type\": \"Task\", \"Resource\": "
    "\"arn:aws:states:::sqs:sendMessage.waitForTaskToken\","
    "  \"Parameters\": {\"QueueUrl.$\": \"$.q\"}, \"TimeoutSecondsPath\": \"$.t\","
    "  \"HeartbeatSeconds\": 5, \"ResultPath\": null, \"Next\": \"Pick\","
    "  \"Retry\": [{\"ErrorEquals\": [\"A\", \"B\"], \"MaxAttempts\": 0, \"BackoffRate\": 1.5}],"
    "  \"Catch\": [{\"ErrorEquals\": [\"States.ALL\"], \"Next\": \"Stop\"}]},"
    "\"Pick\": {\"Type\": \"Choice\", \"Default\": \"Rest\", \"Choices\": ["
    "  {\"Not\": {\"Or\": [{\"Variable\": \"$.a\", \"IsPresent\": true},"
    "    {\"Variable\": \"$.b\", \"StringLessThanEqualsPath\": \"$.c\"}]}, \"Next\": \"Each\"}]},"
    "\"Each\": {\"Type\": \"Map\", \"MaxConcurrency\": 3, \"ItemsPath\": \"$.l\", \"Next\": "
    "\"Both\","
    "  \"ItemProcessor\": {\"ProcessorConfig\": {\"Mode\": \"DISTRIBUTED\","
    "    \"ExecutionType\": \"EXPRESS\"}, \"StartAt\": \"One\", \"States\": {"
    "    \"One\": {\"Type\": \"Pass\", \"Result\": [1], \"End\": true}}},"
    "  \"ItemReader\": {\"Resource\": \"arn:aws:states:::s3:getObject\","
    "    \"ReaderConfig\": {\"InputType\": \"JSON\", \"MaxItemsPath\": \"$.n\"}}},"
    "\"Both\": {\"Type\": \"Parallel\", \"Next\": \"Rest\", \"Branches\": ["
    "  {\"StartAt\": \"L\", \"States\": {\"L\": {\"Type\": \"Succeed\"}}},"
    "  {\"StartAt\": \"R\", \"States\": {\"R\": {\"Type\": \"Succeed\"}}}]},"
    "\"Rest\": {\"Type\": \"Wait\", \"SecondsPath\": \"$.s\", \"Next\": \"Say\"},"
    "\"Say\": {\"Type\": \"Pass\", \"QueryLanguage\": \"JSONata\", \"Output\": \"{% 1 %}\","
    "  \"Next\": \"Stop\", \"Later\": {\"kept\": true}},"
    "\"Stop\": {\"Type\": \"Fail\", \"ErrorPath\": \"States.UUID()\", \"Cause\": \"${Why}\"}}}";

static void test_task(void **state)
{
    struct fixture f;
    (void)state;
    parse(&f, whole);
    const struct asl_state *s = state_of(&f.m->top, "Ask");
    assert_int_equal(f.m->nstates, 10);
    assert_int_equal(f.m->timeout.number, 60);
    assert_ptr_equal(f.m->top.start, s);
    assert_ptr_equal(s->target, state_of(&f.m->top, "Pick"));
    assert_int_equal(s->type, ASL_TASK);
    assert_int_equal(s->number, 0);
    assert_false(s->terminal);
    assert_int_equal(s->task.parts.kind, ASL_RESOURCE_SERVICE);
    assert_int_equal(s->task.parts.pattern, ASL_TASK_TOKEN);
    assert_text(s->task.parts.service, "sqs");
    assert_text(s->task.parts.action, "sendMessage");
    assert_int_equal(s->task.timeout_s.form, ASL_PATH);
    assert_text(s->task.timeout_s.text, "$.t");
    assert_int_equal(s->task.heartbeat_s.form, ASL_NUMBER);
    assert_int_equal(s->task.heartbeat_s.number, 5);
    assert_int_equal(s->result_path.form, ASL_NULL);
    assert_int_equal(s->input_path.form, ASL_ABSENT);
    assert_int_equal(s->parameters.form, ASL_JSON);
    assert_int_equal(s->retry.n, 1);
    assert_int_equal(s->retry.p[0].errors.node->seq.n, 2);
    assert_int_equal(s->retry.p[0].max_attempts.form, ASL_NUMBER);
    assert_true(s->retry.p[0].backoff_rate.number == 1.5);
    assert_int_equal(s->catchers.n, 1);
    assert_ptr_equal(s->catchers.p[0].target, state_of(&f.m->top, "Stop"));
    arena_done(&f.a);
}

static void test_choice(void **state)
{
    struct fixture f;
    (void)state;
    parse(&f, whole);
    const struct asl_state *s = state_of(&f.m->top, "Pick");
    assert_int_equal(s->choice.rules.n, 1);
    const struct asl_rule *not = &s->choice.rules.p[0], * or = &not ->rules.p[0];
    assert_int_equal(not ->op, ASL_OP_NOT);
    assert_ptr_equal(not ->target, state_of(&f.m->top, "Each"));
    assert_int_equal(not ->rules.n, 1);
    assert_int_equal(or->op, ASL_OP_OR);
    assert_int_equal(or->rules.n, 2);
    assert_int_equal(or->rules.p[0].op, ASL_OP_IS_PRESENT);
    assert_int_equal(or->rules.p[0].operand.number, 1);
    assert_int_equal(or->rules.p[1].op, ASL_OP_STRING_LESS_EQUALS);
    assert_int_equal(or->rules.p[1].operand.form, ASL_PATH);
    assert_text(or->rules.p[1].operand.text, "$.c");
    assert_ptr_equal(s->choice.otherwise_target, state_of(&f.m->top, "Rest"));
    arena_done(&f.a);
}

static void test_nested(void **state)
{
    struct fixture f;
    (void)state;
    parse(&f, whole);
    const struct asl_state *map = state_of(&f.m->top, "Each"), *both = state_of(&f.m->top, "Both");
    assert_true(map->map.distributed);
    assert_text(map->map.processor->processor->execution_type.text, "EXPRESS");
    assert_ptr_equal(map->map.processor->owner, map);
    const struct asl_state *one = state_of(map->map.processor, "One");
    assert_ptr_equal(map->map.processor->start, one);
    assert_ptr_equal(one->block, map->map.processor);
    assert_true(one->terminal);
    assert_int_equal(one->pass.result.node->kind, NODE_SEQ);
    assert_text(map->map.items.text, "$.l");
    assert_int_equal(map->map.max_concurrency.number, 3);
    assert_int_equal(map->map.reader->config->max_items.form, ASL_PATH);
    assert_int_equal(both->parallel.branches.n, 2);
    assert_non_null(both->parallel.branches.p[1].start);
    assert_int_equal(state_of(&f.m->top, "Stop")->number, 9);
    arena_done(&f.a);
}

static void test_forms(void **state)
{
    struct fixture f;
    (void)state;
    parse(&f, whole);
    const struct asl_state *say = state_of(&f.m->top, "Say"), *stop = state_of(&f.m->top, "Stop");
    assert_int_equal(state_of(&f.m->top, "Rest")->wait.seconds.form, ASL_PATH);
    assert_int_equal(say->lang, ASL_JSONATA);
    assert_int_equal(say->output.form, ASL_EXPRESSION);
    assert_text(say->output.text, " 1 ");
    assert_int_equal(say->unknown.n, 1);
    assert_int_equal(f.ds.all.n, 1); /* the warning about it */
    assert_int_equal(stop->fail.error.form, ASL_CALL);
    assert_int_equal(stop->fail.cause.form, ASL_HOLE);
    assert_true(stop->terminal);
    arena_done(&f.a);
}

static void test_printed(void **state)
{
    struct fixture f;
    struct buf text;
    struct json_writer w;
    (void)state;
    parse(&f, whole);
    buf_init(&text, 0);
    json_writer_init(&w, &text, 0);
    asl_print(&w, f.m);
    struct node *again =
        json_read_node(&f.a, &f.ds, source_make(&f.a, S("printed"), buf_str(&text)));
    assert_non_null(again);
    assert_true(node_equal(f.root, again));
    buf_done(&text);
    arena_done(&f.a);
}

/* The order of the tables, whatever was written first. */
static void test_order(void **state)
{
    static const char want[] =
        "{\"Comment\":\"c\",\"StartAt\":\"B\",\"States\":{\"B\":{\"Type\":\"Pass\",\"Comment\":"
        "\"d\",\"Result\":{\"z\":1,\"a\":2},\"End\":true,\"Zz\":1}}}";
    struct fixture f;
    struct buf text;
    struct json_writer w;
    (void)state;
    parse(&f, "{\"States\": {\"B\": {\"Zz\": 1, \"End\": true, \"Result\": {\"z\": 1, \"a\": 2},"
              " \"Comment\": \"d\", \"Type\": \"Pass\"}}, \"StartAt\": \"B\", \"Comment\": \"c\"}");
    buf_init(&text, 0);
    json_writer_init(&w, &text, 0);
    asl_print(&w, f.m);
    assert_true(str_eq(buf_str(&text), str_from(want)));
    buf_done(&text);
    arena_done(&f.a);
}

static void test_resources(void **state)
{
    static const struct {
        const char *text;
        enum asl_resource_kind kind;
        enum asl_pattern pattern;
        const char *service, *action;
    } rows[] = {
        { "arn:aws:lambda:us-east-1:1:function:f:1", ASL_RESOURCE_LAMBDA, ASL_RESOURCE_NO, "lambda",
          "f:1" },
        { "arn:aws:states:us-east-1:1:activity:a", ASL_RESOURCE_ACTIVITY, ASL_RESOURCE_NO,
          "activity", "a" },
        { "arn:aws-cn:states:::states:startExecution.sync:2", ASL_RESOURCE_SERVICE, ASL_SYNC_2,
          "states", "startExecution" },
        { "arn:aws:states:::glue:startJobRun.sync", ASL_RESOURCE_SERVICE, ASL_SYNC, "glue",
          "startJobRun" },
        { "arn:aws:states:::aws-sdk:s3:getObject", ASL_RESOURCE_SDK, ASL_REQUEST, "s3",
          "getObject" },
        { "arn:${AWS::Partition}:states:::lambda:invoke", ASL_RESOURCE_SERVICE, ASL_REQUEST,
          "lambda", "invoke" },
        { "arn:aws:sqs:us-east-1:1:q", ASL_RESOURCE_OTHER, ASL_RESOURCE_NO, "", "" },
        { "arn:", ASL_RESOURCE_OTHER, ASL_RESOURCE_NO, "", "" },
        { "", ASL_RESOURCE_OTHER, ASL_RESOURCE_NO, "", "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct asl_resource r = asl_resource_parse(str_from(rows[i].text));
        if (r.kind != rows[i].kind || r.pattern != rows[i].pattern ||
            !str_eq(r.service, str_from(rows[i].service)) ||
            !str_eq(r.action, str_from(rows[i].action)))
            fail_msg("%s is taken apart wrongly", rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_task),      cmocka_unit_test(test_choice),
        cmocka_unit_test(test_nested),    cmocka_unit_test(test_forms),
        cmocka_unit_test(test_printed),   cmocka_unit_test(test_order),
        cmocka_unit_test(test_resources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
