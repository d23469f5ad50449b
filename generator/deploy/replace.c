/* Source: CloudFormation template reference, "Update requires: Replacement" of each property. */
#include "deploy/replace.h"

struct row {
    const char *type;
    const char *properties; /* separated by blanks; "*": all but Tags */
};

/* Sorted by type. */
static const struct row ROWS[] = {
    { "AWS::ApiGateway::Deployment", "DeploymentCanarySettings RestApiId" },
    { "AWS::ApiGateway::Method", "HttpMethod ResourceId RestApiId" },
    { "AWS::ApiGateway::Resource", "ParentId PathPart RestApiId" },
    { "AWS::ApiGateway::Stage", "RestApiId StageName" },
    { "AWS::Athena::NamedQuery", "*" },
    { "AWS::Athena::PreparedStatement", "StatementName WorkGroup" },
    { "AWS::Athena::WorkGroup", "Name" },
    { "AWS::Batch::ComputeEnvironment", "ComputeEnvironmentName Type" },
    { "AWS::Batch::JobDefinition", "JobDefinitionName" },
    { "AWS::Batch::JobQueue", "JobQueueName JobQueueType" },
    { "AWS::CloudWatch::Alarm", "AlarmName" },
    { "AWS::CodeBuild::Project", "Name" },
    { "AWS::DynamoDB::Table", "KeySchema LocalSecondaryIndexes TableName" },
    { "AWS::ECR::Repository", "EncryptionConfiguration RepositoryName" },
    { "AWS::ECS::Cluster", "ClusterName" },
    { "AWS::ECS::TaskDefinition", "*" },
    { "AWS::EMRServerless::Application", "Name Type" },
    { "AWS::Events::Connection", "Name" },
    { "AWS::Events::Rule", "EventBusName Name" },
    { "AWS::Glue::Job", "Name" },
    { "AWS::IAM::ManagedPolicy", "Description ManagedPolicyName Path" },
    { "AWS::IAM::Role", "Path RoleName" },
    { "AWS::Lambda::EventSourceMapping", "EventSourceArn StartingPosition" },
    { "AWS::Lambda::Function", "FunctionName PackageType" },
    { "AWS::Lambda::LayerVersion", "*" },
    { "AWS::Lambda::Permission", "*" },
    { "AWS::Logs::LogGroup", "LogGroupName" },
    { "AWS::Pipes::Pipe", "Name Source" },
    { "AWS::S3::Bucket", "BucketName" },
    { "AWS::SNS::Subscription", "Endpoint Protocol TopicArn" },
    { "AWS::SNS::Topic", "FifoTopic TopicName" },
    { "AWS::SQS::Queue", "FifoQueue QueueName" },
    { "AWS::SageMaker::Endpoint", "EndpointName" },
    { "AWS::SageMaker::EndpointConfig", "*" },
    { "AWS::SageMaker::Model", "*" },
    { "AWS::SageMaker::ModelPackageGroup", "ModelPackageGroupDescription ModelPackageGroupName" },
    { "AWS::Scheduler::Schedule", "Name" },
    { "AWS::SecretsManager::Secret", "Name" },
    { "AWS::StepFunctions::Activity", "EncryptionConfiguration Name" },
    { "AWS::StepFunctions::StateMachine", "StateMachineName StateMachineType" },
};

static const struct row *find_row(struct str type)
{
    size_t from = 0, to = sizeof ROWS / sizeof *ROWS;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        int order = str_cmp(str_from(ROWS[mid].type), type);
        if (order == 0)
            return &ROWS[mid];
        if (order < 0)
            from = mid + 1;
        else
            to = mid;
    }
    return NULL;
}

bool replace_forced(struct str type, struct str property)
{
    const struct row *row = find_row(type);
    if (!row)
        return false;
    struct str rest = str_from(row->properties), one;
    if (str_eq(rest, S("*")))
        return !str_eq(property, S("Tags"));
    while (str_split(&rest, ' ', &one))
        if (str_eq(one, property))
            return true;
    return false;
}

bool replace_is_usual(struct str type)
{
    const struct row *row = find_row(type);
    return row && row->properties[0] == '*';
}
