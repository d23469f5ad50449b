#include "check/names.h"
#include "unit.h"

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
    const char *type, *property, *name;
    bool fits;
} names[] = {
    { "AWS::ApiGateway::Stage", "StageName", "v1", true },
    { "AWS::ApiGateway::Stage", "StageName", "v.1", false },
    { "AWS::Athena::PreparedStatement", "StatementName", "_by_day", true },
    { "AWS::Athena::PreparedStatement", "StatementName", "1by_day", false },
    { "AWS::Athena::PreparedStatement", "StatementName", "by-day", false },
    { "AWS::Athena::WorkGroup", "Name", "My.Reports_1-x", true },
    { "AWS::Athena::WorkGroup", "Name", "my reports", false },
    { "AWS::Batch::JobQueue", "JobQueueName", "a", true },
    { "AWS::Batch::JobQueue", "JobQueueName", "-a", false },
    { "AWS::Batch::JobDefinition", "JobDefinitionName", A63 A63 "aa", true },
    { "AWS::Batch::JobDefinition", "JobDefinitionName", A63 A63 "aaa", false },
    { "AWS::CloudWatch::Alarm", "AlarmName", "too slow: \xc3\xbc", true },
    { "AWS::CloudWatch::Alarm", "AlarmName", "two\nlines", false },
    { "AWS::DynamoDB::Table", "TableName", "a.b", true },
    { "AWS::DynamoDB::Table", "TableName", "ab", false },
    { "AWS::DynamoDB::Table", "TableName", "a b c", false },
    { "AWS::ECR::Repository", "RepositoryName", "team/jobs-1", true },
    { "AWS::ECR::Repository", "RepositoryName", "Team", false },
    { "AWS::ECR::Repository", "RepositoryName", "team//jobs", false },
    { "AWS::ECR::Repository", "RepositoryName", "team-", false },
    { "AWS::Lambda::Function", "FunctionName", A63 "a", true },
    { "AWS::Lambda::Function", "FunctionName", A63 "aa", false },
    { "AWS::Lambda::Function", "FunctionName", "a.b", false },
    { "AWS::Lambda::Function", "FunctionName", "", false },
    { "AWS::S3::Bucket", "BucketName", "my.data-1", true },
    { "AWS::S3::Bucket", "BucketName", A63, true },
    { "AWS::S3::Bucket", "BucketName", A63 "a", false },
    { "AWS::S3::Bucket", "BucketName", "My-data", false },
    { "AWS::S3::Bucket", "BucketName", "my..data", false },
    { "AWS::S3::Bucket", "BucketName", "-data", false },
    { "AWS::S3::Bucket", "BucketName", "data_in", false },
    { "AWS::S3::Bucket", "BucketName", "192.168.0.1", false },
    { "AWS::S3::Bucket", "BucketName", "xn--data", false },
    { "AWS::S3::Bucket", "BucketName", "data-s3alias", false },
    { "AWS::SNS::Topic", "TopicName", "news.fifo", true },
    { "AWS::SNS::Topic", "TopicName", "news.of.today", false },
    { "AWS::SQS::Queue", "QueueName", ".fifo", false },
    { "AWS::SQS::Queue", "QueueName", A63 "aaaaaaaaaaaaaaaaa", true },
    { "AWS::SQS::Queue", "QueueName", A63 "aaaaaaaaaaaaaaaaaa", false },
    { "AWS::SSM::Parameter", "Name", "/reviews/dev/queue", true },
    { "AWS::SSM::Parameter", "Name", "/aws-reviews/dev/queue", false },
    { "AWS::SSM::Parameter", "Name", "/SSM/dev", false },
    { "AWS::SageMaker::ModelPackageGroup", "ModelPackageGroupName", A63, true },
    { "AWS::SageMaker::ModelPackageGroup", "ModelPackageGroupName", "a_b", false },
    { "AWS::SageMaker::ModelPackageGroup", "ModelPackageGroupName", "a-", false },
    { "AWS::StepFunctions::Activity", "Name", "worker.\xc3\xbc", true },
    { "AWS::StepFunctions::Activity", "Name", "a worker", false },
    { "AWS::StepFunctions::StateMachine", "StateMachineName", "reviews-dev", true },
    { "AWS::StepFunctions::StateMachine", "StateMachineName", "reviews:dev", false },
};

static void rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        const struct name_rule *rule =
            names_rule(str_from(names[i].type), str_from(names[i].property));
        assert_non_null(rule);
        if (names_fit(rule, str_from(names[i].name)) != names[i].fits)
            fail_msg("%s '%s'", names[i].type, names[i].name);
    }
    assert_null(names_rule(S("AWS::Lambda::Permission"), S("FunctionName")));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(rules) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
