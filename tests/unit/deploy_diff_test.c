#include "deploy/diff.h"

#include "base/json.h"
#include "deploy/cfn_text.h"
#include "deploy/replace.h"

#include "unit.h"

static struct arena arena;
static struct diags ds;

/* JSON with ' for ", so that it can be read here. NULL for "". */
static const struct node *json(const char *text)
{
    struct str s = arena_str(&arena, str_from(text));
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\'')
            ((char *)s.p)[i] = '"';
    return s.n ? json_read_node(&arena, &ds, source_make(&arena, S("t"), s)) : NULL;
}

static const struct node *resources(const char *text)
{
    return *text ? json(arena_printf(&arena, "{'Resources': {%s}}", text).p) : NULL;
}

#define ROLE(statements)                                                               \
    "'R': {'Type': 'AWS::IAM::Role', 'Properties': {'Policies': [{'PolicyDocument': {" \
    "'Statement': [" statements "]}}]}}"
#define MACHINE(definition)                                                                 \
    "'M': {'Type': 'AWS::StepFunctions::StateMachine', 'Properties': {'DefinitionString': " \
    "'" definition "'}}"

struct row {
    const char *name, *before, *after; /* inside of Resources; "" before: nothing is deployed */
    const char *want;
    bool broadens, destroys;
};

static const struct row CASES[] = {
    { "nothing changed", "'A': {'Type': 'T'}", "'A': {'Type': 'T'}", "s-dev: no changes\n", false,
      false },
    { "the first deployment", "", "'A': {'Type': 'T'}",
      "s-dev is new\n  resources\n    + A  T  c.yaml:3\n", false, false },
    { "a resource goes", "'A': {'Type': 'T'}, 'B': {'Type': 'T'}", "'B': {'Type': 'T'}",
      "s-dev\n  resources\n    - A  T  c.yaml:3\n", false, true },
    { "a resource is kept", "'A': {'Type': 'T', 'DeletionPolicy': 'Retain'}, 'B': {'Type': 'T'}",
      "'B': {'Type': 'T'}", "s-dev\n  resources\n    - A  T, kept outside of the stack  c.yaml:3\n",
      false, false },
    { "a value changes", "'A': {'Type': 'T', 'Properties': {'P': {'Q': [1, {'R': 'x'}]}}}",
      "'A': {'Type': 'T', 'Properties': {'P': {'Q': [1, {'R': 'y', 'S': true}]}}}",
      "s-dev\n  resources\n    ~ A  T  c.yaml:3\n        P.Q[1].R: x → y\n        P.Q[1].S: now "
      "true\n",
      false, false },
    { "functions are values", "'A': {'Type': 'T', 'Properties': {'P': {'Ref': 'X'}}}",
      "'A': {'Type': 'T', 'Properties': {'P': {'Fn::GetAtt': ['X', 'Arn']}}}",
      "s-dev\n  resources\n    ~ A  T  c.yaml:3\n        P: ${X} → ${X.Arn}\n", false, false },
    { "a replacement", "'A': {'Type': 'AWS::SQS::Queue', 'Properties': {'QueueName': 'a'}}",
      "'A': {'Type': 'AWS::SQS::Queue', 'Properties': {'QueueName': 'b'}}",
      "s-dev\n  resources\n    ~ A  AWS::SQS::Queue, is replaced  c.yaml:3\n"
      "        QueueName: a → b (replaces it)\n",
      false, true },
    { "a usual replacement",
      "'A': {'Type': 'AWS::Lambda::LayerVersion', 'Properties': {'Content': {'S3Key': 'a'}}}",
      "'A': {'Type': 'AWS::Lambda::LayerVersion', 'Properties': {'Content': {'S3Key': 'b'}}}",
      "s-dev\n  resources\n    ~ A  AWS::Lambda::LayerVersion, is replaced  c.yaml:3\n"
      "        Content.S3Key: a → b (replaces it)\n",
      false, false },
    { "another type", "'A': {'Type': 'T'}", "'A': {'Type': 'U'}",
      "s-dev\n  resources\n    ~ A  U, is replaced  c.yaml:3\n        Type: T → U\n", false, true },
    { "a new permission", ROLE("{'Effect': 'Allow', 'Action': ['s3:GetObject'], 'Resource': 'a'}"),
      ROLE("{'Effect': 'Allow', 'Action': ['s3:GetObject', 's3:PutObject'], 'Resource': 'a'}"),
      "s-dev\n  resources\n    ~ R  AWS::IAM::Role\n"
      "        Policies[0].PolicyDocument.Statement[0].Action: [\"s3:GetObject\"] → "
      "[\"s3:GetObject\",\"s3:PutObject\"]\n"
      "  permissions\n    + role R (the machine) may now s3:PutObject on a\n"
      "        because step 'x' writes it (c.yaml:9)\n",
      true, false },
    { "a permission goes",
      ROLE("{'Effect': 'Allow', 'Action': ['s3:GetObject', 's3:ListBucket'], 'Resource': 'a'}"),
      ROLE("{'Effect': 'Allow', 'Action': ['s3:GetObject'], 'Resource': 'a'}"),
      "s-dev\n  resources\n    ~ R  AWS::IAM::Role\n"
      "        Policies[0].PolicyDocument.Statement[0].Action: "
      "[\"s3:GetObject\",\"s3:ListBucket\"] → "
      "[\"s3:GetObject\"]\n"
      "  permissions\n    - role R (the machine) may no longer s3:ListBucket on a\n"
      "        no step needs it any more\n",
      false, false },
    { "a pattern covers what is under it",
      ROLE("{'Effect': 'Allow', 'Action': 'S3:*', 'Resource': '*'}"),
      ROLE("{'Effect': 'Allow', 'Action': 's3:Get*', 'Resource': 'a/*'}"),
      "s-dev\n  resources\n    ~ R  AWS::IAM::Role\n"
      "        Policies[0].PolicyDocument.Statement[0].Action: S3:* → s3:Get*\n"
      "        Policies[0].PolicyDocument.Statement[0].Resource: * → a/*\n"
      "  permissions\n    - role R (the machine) may no longer S3:* on *\n"
      "        no step needs it any more\n",
      false, false },
    { "a condition goes",
      ROLE("{'Effect': 'Allow', 'Action': 'a:b', 'Resource': 'r', 'Condition': {'x': 1}}"),
      ROLE("{'Effect': 'Allow', 'Action': 'a:b', 'Resource': 'r'}"),
      "s-dev\n  resources\n    ~ R  AWS::IAM::Role\n"
      "        Policies[0].PolicyDocument.Statement[0].Condition: {\"x\":1} → nothing\n"
      "  permissions\n    + role R (the machine) may now a:b on r\n",
      true, false },
    { "a denial comes", ROLE(""), ROLE("{'Effect': 'Deny', 'Action': 'a:b', 'Resource': 'r'}"),
      "s-dev\n  resources\n    ~ R  AWS::IAM::Role\n"
      "        Policies[0].PolicyDocument.Statement: "
      "[] → [{\"Effect\":\"Deny\",\"Action\":\"a:b\",\"Resource\":\"r\"}]\n"
      "  permissions\n    - role R (the machine) is denied: a:b on r\n",
      false, false },
    { "a denial goes", ROLE("{'Effect': 'Deny', 'Action': 'a:b', 'Resource': 'r'}"), ROLE(""),
      "s-dev\n  resources\n    ~ R  AWS::IAM::Role\n"
      "        Policies[0].PolicyDocument.Statement: "
      "[{\"Effect\":\"Deny\",\"Action\":\"a:b\",\"Resource\":\"r\"}] → []\n"
      "  permissions\n    + role R (the machine) is no longer denied: a:b on r\n",
      true, false },
    { "somebody is denied",
      "'B': {'Type': 'T', 'Properties': {'PolicyDocument': {'Statement': []}}}",
      "'B': {'Type': 'T', 'Properties': {'PolicyDocument': {'Statement': [{'Effect': 'Deny', "
      "'Principal': '*', 'Action': 'a:b', 'Resource': 'r'}]}}}",
      "s-dev\n  resources\n    ~ B  T\n"
      "        PolicyDocument.Statement: "
      "[] → [{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"a:b\",\"Resource\":…\n"
      "  permissions\n    - policy B denies *: a:b on r\n",
      false, false },
    { "somebody is admitted", "'F': {'Type': 'T'}",
      "'F': {'Type': 'T'}, 'P': {'Type': 'AWS::Lambda::Permission', 'Properties': {'FunctionName': "
      "{'Ref': 'F'}, 'Action': 'lambda:InvokeFunction', 'Principal': 's3.amazonaws.com'}}",
      "s-dev\n  resources\n    + P  AWS::Lambda::Permission\n  permissions\n"
      "    + function ${F} admits s3.amazonaws.com: lambda:InvokeFunction\n",
      true, false },
    { "states",
      MACHINE("{\\'StartAt\\':\\'A\\',\\'States\\':{\\'A\\':{\\'Type\\':\\'Pass\\'},"
              "\\'B\\':{\\'Type\\':\\'Map\\',\\'ItemProcessor\\':{\\'StartAt\\':\\'C\\',"
              "\\'States\\':{\\'C\\':{\\'Type\\':\\'Pass\\'}}}}}}"),
      MACHINE("{\\'StartAt\\':\\'B\\',\\'States\\':{\\'D\\':{\\'Type\\':\\'Pass\\'},"
              "\\'B\\':{\\'Type\\':\\'Map\\',\\'ItemProcessor\\':{\\'StartAt\\':\\'C\\',"
              "\\'States\\':{\\'C\\':{\\'Type\\':\\'Wait\\',\\'Seconds\\':1}}}}}}"),
      "s-dev\n  resources\n    ~ M  AWS::StepFunctions::StateMachine\n"
      "        DefinitionString: see below\n  states\n    ~ (the machine itself): StartAt\n"
      "    - A\n    + D\n    ~ C: Type, Seconds\n",
      false, false },
};

static const struct manifest *manifest_of_test(void)
{
    struct manifest *m = arena_make(&arena, struct manifest);
    m->stack = S("s-dev");
    m->sources = json("{'A': 'c.yaml:3'}");
    return m;
}

static void test_changes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        const struct row *c = &CASES[i];
        struct diff_side old = { .template = resources(c->before) };
        struct diff_side new = {
            .template = resources(c->after),
            .iam = json("{'roles': [{'role': 'R', 'for': 'the machine', 'statements': [{'Action': "
                        "['s3:PutObject'], 'Resource': ['a'], 'because': [{'reason': "
                        "'step \\u0027x\\u0027 writes it', 'file': 'c.yaml', 'line': 9}]}]}]}"),
        };
        struct buf out;
        const struct manifest *m = manifest_of_test();
        struct diff *d = diff_make(&arena, &old, &new, m);
        buf_init(&out, 0);
        diff_print(d, m, false, &out);
        assert_text(c->name, buf_str(&out), c->want);
        if (diff_broadens(d) != c->broadens || diff_destroys(d) != c->destroys)
            fail_msg("%s: broadens %d, destroys %d", c->name, diff_broadens(d), diff_destroys(d));
        buf_done(&out);
    }
    assert_int_equal(ds.all.n, 0);
    arena_done(&arena);
    diags_init(&ds, &arena);
}

/* What a change set says counts for more than our table. */
static void test_change_sets_refine(void **state)
{
    (void)state;
    struct diff_side old = { .template = resources("'A': {'Type': 'T', 'Properties': {'P': 1}}") };
    struct diff_side new = { .template = resources("'A': {'Type': 'T', 'Properties': {'P': 2}}") };
    static const struct {
        const char *said;
        enum replacement want;
        bool destroys;
    } cases[] = { { "True", REPLACE_YES, true },
                  { "Conditional", REPLACE_MAYBE, true },
                  { "False", REPLACE_NO, false } };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct diff *d = diff_make(&arena, &old, &new, manifest_of_test());
        diff_refine(d, json(arena_printf(&arena,
                                         "[{'ResourceChange': {'LogicalResourceId': 'A', "
                                         "'Replacement': '%s'}}]",
                                         cases[i].said)
                                .p));
        assert_int_equal(d->resources.p[0].replacement, cases[i].want);
        assert_int_equal(diff_destroys(d), cases[i].destroys);
    }
    arena_done(&arena);
}

static void test_levels(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        unsigned levels;
    } cases[] = { { "never", true, 0 },
                  { "any", true, DIFF_ANY },
                  { "broadening", true, DIFF_BROADENING },
                  { "destructive,broadening", true, DIFF_BROADENING | DIFF_DESTRUCTIVE },
                  { "", false, 0 },
                  { "all", false, 0 },
                  { "any,", true, DIFF_ANY } };
    for (size_t i = 0; i < COUNT(cases); i++) {
        unsigned levels;
        assert_int_equal(diff_levels_get(str_from(cases[i].text), &levels), cases[i].good);
        if (cases[i].good)
            assert_int_equal(levels, cases[i].levels);
    }
}

static void test_uploads_are_what_the_deployed_template_does_not_name(void **state)
{
    (void)state;
    struct manifest *m = arena_make(&arena, struct manifest);
    vec_push(&arena, &m->uploads.all,
             ((struct manifest_file){ .id = S("a"), .key = S("k/1.zip") }));
    vec_push(&arena, &m->uploads.all,
             ((struct manifest_file){ .id = S("b"), .key = S("k/2.zip") }));
    struct diff_side old = { .template = resources(
                                 "'A': {'Type': 'T', 'Properties': {'S3Key': 'k/1.zip'}}") };
    struct diff *d = diff_make(&arena, &old, &old, m);
    assert_int_equal(d->uploads.n, 1);
    assert_true(str_eq(d->uploads.p[0]->id, S("b")));
    assert_false(diff_any(d));
    arena_done(&arena);
}

static void test_json(void **state)
{
    (void)state;
    struct diff_side old = { .template = resources("'A': {'Type': 'T', 'Properties': {'P': 1}}") };
    struct diff_side new = { .template = resources("'A': {'Type': 'T', 'Properties': {'P': 2}}") };
    struct buf out;
    buf_init(&out, 0);
    diff_print_json(diff_make(&arena, &old, &new, manifest_of_test()), manifest_of_test(), &out);
    const struct node *n = json(arena_str(&arena, buf_str(&out)).p);
    const struct node *first = node_get(n, S("resources"))->seq.items[0];
    assert_true(str_eq(node_get(first, S("id"))->str, S("A")));
    assert_true(str_eq(node_get(first, S("change"))->str, S("update")));
    assert_true(node_get(n, S("changes"))->boolean);
    buf_done(&out);
    arena_done(&arena);
}

static void test_functions_as_text(void **state)
{
    (void)state;
    static const struct {
        const char *json, *want;
    } cases[] = {
        { "'x'", "x" },
        { "{'Ref': 'A'}", "${A}" },
        { "{'Fn::GetAtt': 'A.Arn'}", "${A.Arn}" },
        { "{'Fn::Sub': 'a${B}'}", "a${B}" },
        { "{'Fn::Join': ['/', [{'Ref': 'A'}, 'x', {'Fn::Join': ['-', ['1', '2']]}]]}",
          "${A}/x/1-2" },
        { "{'Fn::Join': ['/', 3]}", "{\"Fn::Join\":[\"/\",3]}" },
        { "{'a': [1, null]}", "{\"a\":[1,null]}" },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_text(cases[i].json, cfn_text(&arena, json(cases[i].json)), cases[i].want);
    arena_done(&arena);
}

static void test_replacement_table(void **state)
{
    (void)state;
    assert_true(replace_forced(S("AWS::Lambda::Function"), S("FunctionName")));
    assert_false(replace_forced(S("AWS::Lambda::Function"), S("Code")));
    assert_true(replace_forced(S("AWS::SageMaker::Model"), S("PrimaryContainer")));
    assert_false(replace_forced(S("AWS::SageMaker::Model"), S("Tags")));
    assert_true(replace_forced(S("AWS::Athena::NamedQuery"), S("QueryString")));
    assert_true(replace_forced(S("AWS::StepFunctions::StateMachine"), S("StateMachineType")));
    assert_false(replace_forced(S("AWS::Zebra::Thing"), S("Name")));
    assert_true(replace_is_usual(S("AWS::Lambda::Permission")));
    assert_false(replace_is_usual(S("AWS::SQS::Queue")));
}

int main(void)
{
    diags_init(&ds, &arena);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_change_sets_refine),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_uploads_are_what_the_deployed_template_does_not_name),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_functions_as_text),
        cmocka_unit_test(test_replacement_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
