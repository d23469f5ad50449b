#include "support/policy.h"

#include "base/json.h"
#include "unit/unit.h"

static const struct {
    const char *name, *pattern, *arn;
    bool fits;
} ARNS[] = {
    { "the same", "arn:aws:sns:eu-west-1:1:a", "arn:aws:sns:eu-west-1:1:a", true },
    { "case counts", "arn:aws:sns:eu-west-1:1:A", "arn:aws:sns:eu-west-1:1:a", false },
    { "a star at the end", "arn:aws:s3:::data/*", "arn:aws:s3:::data/in/a", true },
    { "a star in the middle", "arn:aws:s3:::data/*/a", "arn:aws:s3:::data/in/x/a", true },
    { "no star, more text", "arn:aws:s3:::data", "arn:aws:s3:::data/in", false },
    { "a star passes the colons of the last part", "arn:aws:logs:r:1:log-group:x:*",
      "arn:aws:logs:r:1:log-group:x:log-stream:", true },
    { "a group's name is not its streams", "arn:aws:logs:r:1:log-group:x",
      "arn:aws:logs:r:1:log-group:x:log-stream:", false },
    { "a star ends at the colons of the other parts", "arn:aws:s*:1:a", "arn:aws:sns:eu-west-1:1:a",
      false },
    { "a star for the region", "arn:aws:sns:*:1:a", "arn:aws:sns:eu-west-1:1:a", true },
    { "a question mark is one character", "arn:aws:s3:::a?", "arn:aws:s3:::ab", true },
    { "and not none", "arn:aws:s3:::a?", "arn:aws:s3:::a", false },
    { "everything", "*", "arn:aws:s3:::a", true },
    { "no resource wants everything", "arn:aws:s3:::*", "*", false },
    { "no resource", "*", "*", true },
};

static void arns_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ARNS); i++)
        if (policy_arn_fits(str_from(ARNS[i].pattern), str_from(ARNS[i].arn)) != ARNS[i].fits)
            fail_msg("%s", ARNS[i].name);
}

#define CALL "s3:GetObject", "arn:aws:s3:::data/a"
#define ST(more) "[{\"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::data/*\"" more "}]"
#define IF(condition) ST(", \"Condition\": " condition)
#define ON(key, value) IF("{\"" key "\": {\"aws:ResourceAccount\": " value "}}")
static const struct {
    const char *name, *policy, *action, *resource, *context;
    enum policy_verdict verdict;
} CASES[] = {
    { "nothing is allowed by itself", "[]", CALL, NULL, POLICY_DENIED },
    { "what a statement allows", ST(""), CALL, NULL, POLICY_ALLOWED },
    { "another action", ST(""), "s3:PutObject", "arn:aws:s3:::data/a", NULL, POLICY_DENIED },
    { "another resource", ST(""), "s3:GetObject", "arn:aws:s3:::other/a", NULL, POLICY_DENIED },
    { "actions ignore case", ST(""), "S3:getobject", "arn:aws:s3:::data/a", NULL, POLICY_ALLOWED },
    { "actions have wildcards", "[{\"Action\": \"s3:Get*\", \"Resource\": \"*\"}]", CALL, NULL,
      POLICY_ALLOWED },
    { "lists", "[{\"Action\": [\"a:B\", \"s3:*\"], \"Resource\": [\"x\", \"*\"]}]", CALL, NULL,
      POLICY_ALLOWED },
    { "a deny wins",
      "[{\"Action\": \"*\", \"Resource\": \"*\"}, {\"Effect\": \"Deny\", \"Action\": \"s3:Get*\", "
      "\"Resource\": \"*\"}]",
      CALL, NULL, POLICY_FORBIDDEN },
    { "a deny that comes first",
      "[{\"Effect\": \"Deny\", \"Action\": \"s3:*\", \"Resource\": \"*\"}, {\"Action\": \"*\", "
      "\"Resource\": \"*\"}]",
      CALL, NULL, POLICY_FORBIDDEN },
    { "all actions but some", "[{\"NotAction\": \"iam:*\", \"Resource\": \"*\"}]", CALL, NULL,
      POLICY_ALLOWED },
    { "these some", "[{\"NotAction\": \"s3:*\", \"Resource\": \"*\"}]", CALL, NULL, POLICY_DENIED },
    { "all resources but some", "[{\"Action\": \"*\", \"NotResource\": \"arn:aws:s3:::data/*\"}]",
      CALL, NULL, POLICY_DENIED },
    { "a condition", ON("StringEquals", "\"1\""), CALL, "{\"aws:ResourceAccount\": \"1\"}",
      POLICY_ALLOWED },
    { "that does not hold", ON("StringEquals", "\"1\""), CALL, "{\"aws:ResourceAccount\": \"2\"}",
      POLICY_DENIED },
    { "a key that the request has not", ON("StringEquals", "\"1\""), CALL, NULL, POLICY_DENIED },
    { "keys ignore case", ON("StringEquals", "\"1\""), CALL, "{\"AWS:resourceaccount\": \"1\"}",
      POLICY_ALLOWED },
    { "one of several values", ON("StringEquals", "[\"0\", \"1\"]"), CALL,
      "{\"aws:ResourceAccount\": \"1\"}", POLICY_ALLOWED },
    { "like", ON("StringLike", "\"1*\""), CALL, "{\"aws:ResourceAccount\": \"12\"}",
      POLICY_ALLOWED },
    { "equals knows no wildcards", ON("StringEquals", "\"1*\""), CALL,
      "{\"aws:ResourceAccount\": \"12\"}", POLICY_DENIED },
    { "not equals", ON("StringNotEquals", "\"1\""), CALL, "{\"aws:ResourceAccount\": \"1\"}",
      POLICY_DENIED },
    { "not equals holds without the key", ON("StringNotEquals", "\"1\""), CALL, NULL,
      POLICY_ALLOWED },
    { "if exists", ON("StringEqualsIfExists", "\"1\""), CALL, NULL, POLICY_ALLOWED },
    { "any value", ON("ForAnyValue:StringEquals", "\"1\""), CALL,
      "{\"aws:ResourceAccount\": [\"0\", \"1\"]}", POLICY_ALLOWED },
    { "any value, none there", ON("ForAnyValue:StringEquals", "\"1\""), CALL, NULL, POLICY_DENIED },
    { "all values", ON("ForAllValues:StringEquals", "\"1\""), CALL,
      "{\"aws:ResourceAccount\": [\"0\", \"1\"]}", POLICY_DENIED },
    { "ARNs", ON("ArnLike", "\"arn:aws:sns:*:1:a*\""), CALL,
      "{\"aws:ResourceAccount\": \"arn:aws:sns:r:1:ab\"}", POLICY_ALLOWED },
    { "booleans", ON("Bool", "true"), CALL, "{\"aws:ResourceAccount\": \"true\"}", POLICY_ALLOWED },
    { "two keys must both hold", IF("{\"StringEquals\": {\"a:b\": \"1\", \"a:c\": \"2\"}}"), CALL,
      "{\"a:b\": \"1\"}", POLICY_DENIED },
    { "an unknown operator is no pass", ON("NumericLessThan", "\"1\""), CALL, NULL, POLICY_BROKEN },
    { "even where another statement allows",
      "[{\"Action\": \"*\", \"Resource\": \"*\"}, {\"Action\": \"a:B\", \"Resource\": \"*\", "
      "\"Condition\": {\"Null\": {\"a:b\": \"true\"}}}]",
      CALL, NULL, POLICY_BROKEN },
    { "policy variables are not known", "[{\"Action\": \"*\", \"Resource\": \"a${aws:username}\"}]",
      CALL, NULL, POLICY_BROKEN },
    { "functions are not filled in", "[{\"Action\": \"*\", \"Resource\": {\"Ref\": \"Topic\"}}]",
      CALL, NULL, POLICY_BROKEN },
    { "an unknown key", "[{\"Actions\": \"*\", \"Action\": \"*\", \"Resource\": \"*\"}]", CALL,
      NULL, POLICY_BROKEN },
    { "no action", "[{\"Resource\": \"*\"}]", CALL, NULL, POLICY_BROKEN },
};

static struct node *read_json(struct arena *a, struct diags *ds, const char *text)
{
    return json_read_node(a, ds, source_make(a, S("test"), str_from(text)));
}

static void policies_are_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct arena a = { 0 };
        struct diags ds;
        diags_init(&ds, &a);
        struct policy_call call = {
            str_from(CASES[i].action), str_from(CASES[i].resource), NULL, { 0 }
        };
        if (CASES[i].context)
            call.context = read_json(&a, &ds, CASES[i].context);
        struct policy_answer got = policy_judge(&a, read_json(&a, &ds, CASES[i].policy), &call);
        if (ds.errors || got.verdict != CASES[i].verdict)
            fail_msg("%s: verdict %d", CASES[i].name, (int)got.verdict);
        arena_done(&a);
    }
}

static void a_pair_can_be_taken_out(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    const struct node *policy = read_json(
        &a, &ds,
        "[{\"Action\": [\"s:A\", \"s:B\"], \"Resource\": [\"a:a:a:a:a:x\", \"a:a:a:a:a:y\"]}]");
    const struct node *less = policy_without_pair(&a, policy, 0, 0, 1);
    static const struct {
        const char *action, *resource;
        enum policy_verdict verdict;
    } left[] = {
        { "s:A", "a:a:a:a:a:x", POLICY_ALLOWED },
        { "s:A", "a:a:a:a:a:y", POLICY_DENIED },
        { "s:B", "a:a:a:a:a:x", POLICY_ALLOWED },
        { "s:B", "a:a:a:a:a:y", POLICY_ALLOWED },
    };
    for (size_t i = 0; i < COUNT(left); i++) {
        struct policy_call call = {
            str_from(left[i].action), str_from(left[i].resource), NULL, { 0 }
        };
        assert_int_equal(policy_judge(&a, less, &call).verdict, left[i].verdict);
    }
    arena_done(&a);
}

static void trust_names_the_service(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct diags ds;
    diags_init(&ds, &a);
    const struct node *policy = read_json(
        &a, &ds,
        "[{\"Action\": \"sts:AssumeRole\", \"Principal\": {\"Service\": \"glue.amazonaws.com\"}}]");
    struct policy_call call = { S("sts:AssumeRole"), S("*"), NULL, S("glue.amazonaws.com") };
    assert_int_equal(policy_judge(&a, policy, &call).verdict, POLICY_ALLOWED);
    call.service = S("lambda.amazonaws.com");
    assert_int_equal(policy_judge(&a, policy, &call).verdict, POLICY_DENIED);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arns_fit),
        cmocka_unit_test(policies_are_judged),
        cmocka_unit_test(a_pair_can_be_taken_out),
        cmocka_unit_test(trust_names_the_service),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
