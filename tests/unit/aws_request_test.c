#include "unit.h"

#include "aws/request.h"

static void test_targets(void **state)
{
    (void)state;
    static const struct {
        const struct aws_service *service;
        const char *region, *base, *signed_for;
    } CASES[] = {
        { &AWS_STEP_FUNCTIONS, "eu-west-1", "https://states.eu-west-1.amazonaws.com", "eu-west-1" },
        { &AWS_ECR, "us-east-1", "https://api.ecr.us-east-1.amazonaws.com", "us-east-1" },
        { &AWS_STS, "us-gov-east-1", "https://sts.us-gov-east-1.amazonaws.com", "us-gov-east-1" },
        { &AWS_S3, "cn-north-1", "https://s3.cn-north-1.amazonaws.com.cn", "cn-north-1" },
        { &AWS_LOGS, "us-iso-west-1", "https://logs.us-iso-west-1.c2s.ic.gov", "us-iso-west-1" },
        { &AWS_LOGS, "us-isob-east-1", "https://logs.us-isob-east-1.sc2s.sgov.gov",
          "us-isob-east-1" },
        { &AWS_S3, "eusc-de-east-1", "https://s3.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1" },
        { &AWS_IAM, "eu-west-1", "https://iam.amazonaws.com", "us-east-1" },
        { &AWS_IAM, "", "https://iam.amazonaws.com", "us-east-1" },
        { &AWS_IAM, "us-gov-east-1", "https://iam.us-gov.amazonaws.com", "us-gov-west-1" },
        { &AWS_IAM, "cn-northwest-1", "https://iam.cn-north-1.amazonaws.com.cn", "cn-north-1" },
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct arena a = { 0 };
        struct aws_target t = aws_target_of(&a, CASES[i].service, str_from(CASES[i].region));
        assert_text(CASES[i].base, t.base, CASES[i].base);
        assert_text(CASES[i].base, t.region, CASES[i].signed_for);
        assert_false(t.named);
        arena_done(&a);
    }
}

static void test_buckets(void **state)
{
    (void)state;
    static const struct {
        const char *base, *bucket, *path, *query, *want;
        bool named;
    } CASES[] = {
        { "https://s3.eu-west-1.amazonaws.com", "b", "/k", "",
          "https://b.s3.eu-west-1.amazonaws.com/k", false },
        { "https://s3.eu-west-1.amazonaws.com", "b", "", "list-type=2",
          "https://b.s3.eu-west-1.amazonaws.com/?list-type=2", false },
        { "https://s3.eu-west-1.amazonaws.com", "a.b", "/k", "",
          "https://s3.eu-west-1.amazonaws.com/a.b/k", false },
        { "https://s3.eu-west-1.amazonaws.com", "", "", "", "https://s3.eu-west-1.amazonaws.com/",
          false },
        { "http://localhost:9000/", "b", "/k", "", "http://localhost:9000/b/k", true },
        { "http://localhost:9000/deep", "b", "/k", "x", "http://localhost:9000/deep/b/k?x", true },
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct arena a = { 0 };
        struct http_request q = { 0 };
        struct sigv4_request sign;
        struct aws_target t = { str_from(CASES[i].base), S("eu-west-1"), CASES[i].named };
        struct aws_call c = { .service = &AWS_S3,
                              .method = S("GET"),
                              .bucket = str_from(CASES[i].bucket),
                              .path = str_from(CASES[i].path),
                              .query = str_from(CASES[i].query) };
        assert_true(aws_request_build(&a, &c, &t, &q, &sign));
        assert_text(CASES[i].want, q.url, CASES[i].want);
        assert_int_equal(q.plain, CASES[i].named);
        assert_true(sign.as_is && sign.payload_header);
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_buckets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
